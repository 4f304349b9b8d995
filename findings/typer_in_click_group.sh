#!/usr/bin/env bash
# typer 0.29.0 brings a click of its own (`typer._click`): its commands are no click commands any more. A click group
# takes one without a word (`Group.add_command`), and it runs; but wrong use of it is no longer wrong use to click. The
# error of the subcommand leaves through the group as an exception: a traceback and exit code 1, where typer 0.15.4
# printed the usage and exited with 2. `isinstance(command, click.Command)` is False.
#
# Whoever mounts a Typer application in a click program, or scripts against exit code 2, meets this.
# What helps: mount Typer in Typer (`add_typer`), and keep click groups out of a program made of Typer commands.
#
# Seen on 2026-11-30, Python 3.11, click 8.1.8 with typer 0.15.4, click 8.5.1 with typer 0.29.0:
#   typer 0.15.4: a click command: True, exit code of wrong use: 2
#   typer 0.29.0: a click command: False, exit code of wrong use: 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/program.py" <<'PYTHON'
import sys

import click
import typer
from typer.main import get_command

app = typer.Typer()


@app.command()
def load(folder: str) -> None:
    print("loaded", folder)


@app.command()
def check() -> None:
    print("checked")


inner = get_command(app)
if sys.argv[1:] == ["kind"]:
    print(isinstance(inner, click.Command))
else:
    outer = click.Group("outer")
    outer.add_command(inner, "inner")
    outer()
PYTHON

behaviour_of() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "typer==$1" "click==$2"
  "$folder/$1/bin/python" "$folder/program.py" inner load facts >/dev/null
  local code=0
  "$folder/$1/bin/python" "$folder/program.py" inner load >/dev/null 2>&1 || code=$?
  echo "a click command: $("$folder/$1/bin/python" "$folder/program.py" kind), exit code of wrong use: $code"
}

before=$(behaviour_of 0.15.4 8.1.8)
now=$(behaviour_of 0.29.0 8.5.1)
echo "typer 0.15.4: $before"
echo "typer 0.29.0: $now"
[ "$before" = "a click command: True, exit code of wrong use: 2" ]
[ "$now" = "a click command: False, exit code of wrong use: 1" ]
