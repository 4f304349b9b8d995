#!/usr/bin/env bash
# Rich 15.0.0: printing into a pipe that is closed ends the program from inside `Console.print`, with exit code 1.
#
# `yourtool | head -1` closes the pipe. Python raises BrokenPipeError where a program writes; Rich catches it within
# `Console.print`, points standard output at nothing and raises SystemExit(1). A program's own `except BrokenPipeError`
# around the print never runs, cleaning up that waits for it does not happen, and the exit code is the one that most
# command lines give for wrong input. A plain `print` in the same program raises as Python documents it.
#
# What helps: override `Console.on_broken_pipe`, or let a console write into memory and write its text by oneself.
#
# Seen on 2026-11-30, Python 3.11:
#   plain print: handled, exit code 141
#   Console.print: not handled, exit code 1
#   with on_broken_pipe: handled, exit code 141
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rich==15.0.0"
cat > "$folder/tool.py" <<'PYTHON'
import os
import sys

from rich.console import Console


class Raising(Console):
    def on_broken_pipe(self):
        raise


show = {"plain": print, "rich": Console().print, "raising": Raising().print}[sys.argv[1]]
try:
    for _ in range(100_000):
        show("a line")
    sys.stdout.flush()
except BrokenPipeError:
    print("handled", file=sys.stderr)
    os._exit(141)
PYTHON

cat > "$folder/ended.py" <<'PYTHON'
import os
import subprocess
import sys

for name, way in (("plain print", "plain"), ("Console.print", "rich"), ("with on_broken_pipe", "raising")):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([sys.executable, sys.argv[1], way], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    print(f"{name}: {ended.stderr.strip() or 'not handled'}, exit code {ended.returncode}")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/ended.py" "$folder/tool.py")
echo "$seen"
[ "$seen" = "plain print: handled, exit code 141
Console.print: not handled, exit code 1
with on_broken_pipe: handled, exit code 141" ]
