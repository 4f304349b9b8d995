#!/usr/bin/env bash
# pydantic 2.14.4: `create_model` drops a field whose name begins with two underscores, and says nothing.
#
# Models that are made from GraphQL's data have a field `__typename`. `create_model("M", __typename=(str, ...))` makes a
# model without it: no error, no warning (with one underscore it is a private attribute, which the documentation tells).
# Where extra keys are ignored the value is lost without a word; where they are forbidden the model refuses the very
# data that it was made for.
#
# What helps: a field of another name with `alias="__typename"`, or an alias in the GraphQL document.
#
# Seen on 2026-12-01, Python 3.11, with warnings as errors:
#   fields of the model:       ['key']
#   data with __typename:      extra_forbidden
#   with an alias in place:    {'__typename': 'Organization', 'key': 'iren'}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic==2.14.4

cat > "$folder/fields.py" <<'PYTHON'
from pydantic import ConfigDict, Field, ValidationError, create_model

DATA = {"__typename": "Organization", "key": "iren"}
strict = ConfigDict(extra="forbid")
plain = create_model("Plain", __config__=strict, __typename=(str, ...), key=(str, ...))
aliased = create_model("Aliased", __config__=strict, kind=(str, Field(alias="__typename")), key=(str, ...))
try:
    plain.model_validate(DATA)
    refused = "nothing"
except ValidationError as error:
    refused = error.errors()[0]["type"]
kept = aliased.model_validate(DATA).model_dump(by_alias=True)
print(f"fields of the model:       {list(plain.model_fields)}")
print(f"data with __typename:      {refused}")
print(f"with an alias in place:    {kept}")
assert list(plain.model_fields) == ["key"]
assert refused == "extra_forbidden"
assert kept == DATA
PYTHON
"$folder/venv/bin/python" -W error "$folder/fields.py"
