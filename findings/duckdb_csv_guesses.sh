#!/usr/bin/env bash
# DuckDB 2.0.1: a column of country codes that are all NO becomes a column of the boolean false, without a warning.
#
# The reader of CSV guesses types. yes, no, t and f count as booleans, so a list of sites in Norway alone loses its
# country, and a list of states T and F becomes true and false; one other code in the column and all stay text. Dates
# of day, month and year of two digits are read as year, month and day where that is possible: 05.11.26 becomes
# 26 November 2005. pyarrow 26.0.1 and polars 2.1.0 leave all of these as text.
#
# What helps: types for the columns (`read_csv(file, types = {...})`, or `all_varchar = true`).
#
# Seen on 2026-11-30, Python 3.11:
#   NO, NO      DuckDB: [False, False]
#   NO, SE      DuckDB: ['NO', 'SE']
#   T, F        DuckDB: [True, False]
#   05.11.26    DuckDB: [datetime.date(2005, 11, 26)]
#   with types  DuckDB: ['NO', 'NO']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0

cat > "$folder/guesses.py" <<'PYTHON'
import datetime
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow.csv

FILE = Path(sys.argv[1]) / "cells.csv"


def read(cells, options=""):
    FILE.write_text("site,cell\n" + "".join(f"s{n},{cell}\n" for n, cell in enumerate(cells)))
    assert polars.read_csv(FILE)["cell"].to_list() == cells
    assert pyarrow.csv.read_csv(FILE)["cell"].to_pylist() == cells
    return [cell for (cell,) in duckdb.sql(f"SELECT cell FROM read_csv('{FILE}'{options})").fetchall()]


seen = {
    "NO, NO": read(["NO", "NO"]),
    "NO, SE": read(["NO", "SE"]),
    "T, F": read(["T", "F"]),
    "05.11.26": read(["05.11.26"]),
    "with types": read(["NO", "NO"], ", types = {'cell': 'VARCHAR'}"),
}
for name, cells in seen.items():
    print(f"{name:<11} DuckDB: {cells}")
assert list(seen.values()) == [
    [False, False],
    ["NO", "SE"],
    [True, False],
    [datetime.date(2005, 11, 26)],
    ["NO", "NO"],
]
PYTHON
"$folder/venv/bin/python" "$folder/guesses.py" "$folder"
