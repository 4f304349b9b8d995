#!/usr/bin/env bash
# fonttools 4.68.0: a variable font that `subset.load_font` opened cannot be made into an instance: RuntimeError
# "dictionary changed size during iteration". The same file opened by `TTFont(path)` can, with the same call.
#
# `load_font` opens fonts lazily. `instantiateVariableFont` copies the font first, and the copy reads tables while it
# walks over them. Subsetting first and then taking an instance is an ordinary order of work, and the message names
# neither font nor laziness.
#
# What helps: open with `TTFont(path)`, or pass `inplace=True`, which copies nothing.
#
# Seen on 2026-11-30, Python 3.11, with the variable font of source-sans 3.52.0 (npm):
#   opened by subset.load_font, copied    RuntimeError: dictionary changed size during iteration
#   opened by subset.load_font, in place  an instance
#   opened by TTFont, copied              an instance
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fonttools==4.68.0
(cd "$folder" && npm pack --silent source-sans@3.52.0 >/dev/null && tar xzf source-sans-3.52.0.tgz)

cat > "$folder/instance.py" <<'PYTHON'
import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer


def outcome(font, **how):
    try:
        made = instancer.instantiateVariableFont(font, {"wght": 600}, **how)
    except RuntimeError as problem:
        return f"RuntimeError: {problem}"
    return "a variable font" if "fvar" in made else "an instance"


path = sys.argv[1]
seen = {
    "opened by subset.load_font, copied": outcome(subset.load_font(path, subset.Options())),
    "opened by subset.load_font, in place": outcome(subset.load_font(path, subset.Options()), inplace=True),
    "opened by TTFont, copied": outcome(TTFont(path)),
}
for how, what in seen.items():
    print(f"{how:<37} {what}")
assert list(seen.values()) == ["RuntimeError: dictionary changed size during iteration", "an instance", "an instance"]
PYTHON
"$folder/venv/bin/python" "$folder/instance.py" "$folder/package/VF/SourceSans3VF-Upright.ttf"
