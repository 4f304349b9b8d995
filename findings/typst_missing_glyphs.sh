#!/usr/bin/env bash
# typst 0.15.2 (PyPI, with its embedded fonts): a character that no font has gives no warning, whether fallback is on or
# off; only a family that is missing does. The PDF has an empty box in its place.
#
# seen:
#   missing family: 1 warning
#   missing character: 0 warnings
#   missing character, no fallback: 0 warnings
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet typst==0.15.2
"$work/venv/bin/python" - <<'PY'
import typst

seen = {}
for name, source in {
    "missing family": '#set text(font: "No Such Family")\nplain',
    "missing character": "\u682a\u5f0f",
    "missing character, no fallback": '#set text(font: "Libertinus Serif", fallback: false)\n\u682a\u5f0f',
}.items():
    compiler = typst.Compiler(source.encode(), ignore_system_fonts=True)
    _, warnings = compiler.compile_with_warnings(format="pdf")
    seen[name] = len(warnings)
    print(f"{name}: {len(warnings)} warning{'' if len(warnings) == 1 else 's'}")
assert seen == {"missing family": 1, "missing character": 0, "missing character, no fallback": 0}, seen
PY
