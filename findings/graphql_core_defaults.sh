#!/usr/bin/env bash
# graphql-core 3.3.2: the default of an argument of a schema built from its text is not in `default_value` any more.
#
# `build_schema("type Query { a(b: Int = 3): Int }")` gave the argument `b` the `default_value` 3 in 3.2.6. In 3.3.2 it
# is `Undefined`, which is also what an argument without a default has; the default stands in `default.literal`, as a
# node of syntax. No name is missing and nothing is raised, so code of 3.2 that compares the defaults of two printed
# schemas goes on, compares Undefined with Undefined, and finds every change of a default in order.
#
# What helps: read `default`, or compare what `print_schema` or `print_ast` writes.
#
# Seen on 2026-11-30, Python 3.11:
#   graphql-core 3.2.6: default_value 3, of another default equal: False
#   graphql-core 3.3.2: default_value Undefined, of another default equal: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/defaults.py" <<'PYTHON'
from graphql import build_schema, print_schema


def argument(default):
    schema = build_schema(f"type Query {{ a(b: Int = {default}): Int }}")
    assert f"b: Int = {default}" in print_schema(schema)
    return schema.query_type.fields["a"].args["b"]


three, four = argument(3), argument(4)
print(f"default_value {three.default_value}, of another default equal: {three.default_value == four.default_value}")
PYTHON

with_version() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "graphql-core==$1"
  "$folder/$1/bin/python" "$folder/defaults.py"
}

before=$(with_version 3.2.6)
now=$(with_version 3.3.2)
echo "graphql-core 3.2.6: $before"
echo "graphql-core 3.3.2: $now"
[ "$before" = "default_value 3, of another default equal: False" ]
[ "$now" = "default_value Undefined, of another default equal: True" ]
