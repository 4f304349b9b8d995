#!/usr/bin/env bash
# graphql-core 3.3.2: a nullable variable inside a `@oneOf` input is refused only where the input itself may be null.
#
# The specification ("All Variable Usages Are Allowed") refuses a variable that may be null as the member of an input
# object with `@oneOf`. graphql-core does so for an argument of type `O`. For `O!` and for `[O!]` the rule looks at the
# type around the member, which is a non-null type and no input object, and passes the document; null is noticed when it
# runs.
#
# What helps: values are still checked when they are coerced, so nothing wrong runs. Whoever validates documents ahead of
# time (trusted documents, code generators) must not take "valid" for "will run": a service that names its orders or
# keys by `@oneOf` should answer the error of coercion with variable and place.
#
# Seen on 2026-11-30, Python 3.11:
#   graphql-core 3.3.2: O: 1 error, O!: 0 errors, [O!]: 0 errors
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "graphql-core==3.3.2"
cat > "$folder/one_of.py" <<'PYTHON'
from graphql import build_schema, parse, validate

schema = build_schema(
    """
    input O @oneOf { a: Int b: Int }
    type Query { nullable(o: O): Int required(o: O!): Int list(o: [O!]): Int }
    """
)


def errors(call):
    return len(validate(schema, parse(f"query Q($v: Int) {{ {call} }}")))


seen = [errors("nullable(o: {a: $v})"), errors("required(o: {a: $v})"), errors("list(o: [{a: $v}])")]
print(f"O: {seen[0]} error, O!: {seen[1]} errors, [O!]: {seen[2]} errors")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/one_of.py")
echo "graphql-core 3.3.2: $seen"
[ "$seen" = "O: 1 error, O!: 0 errors, [O!]: 0 errors" ]
