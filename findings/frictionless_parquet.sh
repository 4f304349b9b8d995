#!/usr/bin/env bash
# frictionless 5.21.0: of Parquet in a Data Package the right number of bytes is an error, a wrong hash is none.
#
# A resource with a Parquet file and its true `bytes` is invalid ("actual is None"); with a `hash` that is not the file's
# it is valid. Without a schema the types of Parquet are not read but guessed from the first rows: a column of dates that
# begins with 300 absences becomes a year and month, and its date an error; a column of lists is a ValueError of numpy
# that names neither file nor column. Lists do not pass as `array` either, only as `any`.
# The extra `parquet` does not bring pandas, without which each file is invalid.
#
# What helps: a schema with such types, no `bytes`, checksums in a file of their own, the extra `pandas` beside.
#
# Seen on 2026-12-01:
#   true bytes: invalid; The data source does not match the expected byte count: expected is "N" and actual is "None"
#   wrong hash: valid
#   dates without schema: invalid, withdrawn is a yearmonth
#   dates with schema: valid
#   lists without schema: ValueError
#   lists as array: invalid
#   lists as any: valid
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'frictionless[pandas,parquet]==5.21.0' fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1

cat > "$folder/package.py" <<'PYTHON'
import datetime
import os
import re

import pyarrow as pa
import pyarrow.parquet as pq
from frictionless import Resource

day = datetime.date(2026, 11, 30)
pq.write_table(pa.table({"key": ["a", "b"]}), "keys.parquet")
keys = [f"row {number}" for number in range(301)]
pq.write_table(pa.table({"key": keys, "withdrawn": pa.array([None] * 300 + [day], pa.date32())}), "dates.parquet")
pq.write_table(pa.table({"key": ["a", "b"], "chips": pa.array([["x", "y"], ["z"]], pa.list_(pa.string()))}), "lists.parquet")
seen = {}


def judge(what, path, *fields, **more):
    named = [{"name": name, "type": type_} for name, type_ in (("key", "string"), *fields)]
    schema = {"schema": {"fields": named}} if fields or more else {}
    resource = Resource.from_descriptor({"name": "x", "path": path, **schema, **more})
    try:
        report = resource.validate()
    except ValueError:
        seen[what] = "ValueError"
        print(f"{what}: ValueError")
        return
    errors = [error.message for task in report.tasks for error in task.errors]
    seen[what] = "valid" if report.valid else "invalid"
    guessed = [f"{one.name} is a {one.type}" for one in resource.schema.fields[1:] if not schema]
    told = [re.sub(r"\d+", "N", error) for error in errors if "byte" in error]
    print(f"{what}: {seen[what]}" + "".join(f"; {error}" for error in told) + "".join(f", {one}" for one in guessed))


judge("true bytes", "keys.parquet", bytes=os.path.getsize("keys.parquet"))
judge("wrong hash", "keys.parquet", hash="sha256:" + "0" * 64)
judge("dates without schema", "dates.parquet")
judge("dates with schema", "dates.parquet", ("withdrawn", "date"))
judge("lists without schema", "lists.parquet")
judge("lists as array", "lists.parquet", ("chips", "array"))
judge("lists as any", "lists.parquet", ("chips", "any"))
expected = ["invalid", "valid", "invalid", "valid", "ValueError", "invalid", "valid"]
raise SystemExit(0 if list(seen.values()) == expected else 1)
PYTHON
cd "$folder"
"$folder/venv/bin/python" "$folder/package.py"
