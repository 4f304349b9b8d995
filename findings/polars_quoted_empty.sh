#!/usr/bin/env bash
# polars 2.1.0: one quoted empty cell makes a column of numbers a column of text, without a warning.
#
# A writer that quotes every cell writes an absent number as "". The column is then
# guessed to be text: 15 is the text 15, an unquoted empty cell beside it is null, the quoted one is an empty text.
# pyarrow 26.0.1 and DuckDB 2.0.1 read the same file as numbers, both empty cells as absent.
#
# What helps: write absent cells unquoted; read with `schema_overrides={"term": polars.Int64}`, which makes the quoted
# empty cell null as well.
#
# Seen on 2026-11-30, Python 3.11:
#   polars            ['15', None, '']
#   polars, Int64     [15, None, None]
#   pyarrow           [15, None, None]
#   DuckDB            [15, None, None]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0

cat > "$folder/empty.py" <<'PYTHON'
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow.csv

file = Path(sys.argv[1]) / "terms.csv"
file.write_text('link,term\na,15\nb,\nc,""\n')
seen = {
    "polars": polars.read_csv(file)["term"].to_list(),
    "polars, Int64": polars.read_csv(file, schema_overrides={"term": polars.Int64})["term"].to_list(),
    "pyarrow": pyarrow.csv.read_csv(file)["term"].to_pylist(),
    "DuckDB": [term for (term,) in duckdb.sql(f"SELECT term FROM '{file}'").fetchall()],
}
for name, terms in seen.items():
    print(f"{name:<17} {terms}")
assert seen == {
    "polars": ["15", None, ""],
    "polars, Int64": [15, None, None],
    "pyarrow": [15, None, None],
    "DuckDB": [15, None, None],
}
PYTHON
"$folder/venv/bin/python" "$folder/empty.py" "$folder"
