"""Runs the scripts of this folder in node, with the packages of its lock."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECONDS = 240


def run_node(script: str, *arguments: str) -> Any:
    """What a script prints, as JSON."""
    return json.loads(_run(HERE, script, *arguments))


def compile_relay(schema: str, folder: Path) -> Mapping[str, str]:
    """The operations that relay-compiler writes for `relay/`, by their hash. It works in the folder."""
    shutil.copytree(HERE / "relay", folder, dirs_exist_ok=True)
    (folder / "schema.graphql").write_text(schema, encoding="utf-8")
    persisted = folder / "persisted.json"  # it adds to the file, and demands that there is one
    persisted.write_text("{}", encoding="utf-8")
    _run(folder, str(HERE / "node_modules/relay-compiler/cli.js"), "relay.config.json")
    operations: Mapping[str, str] = json.loads(persisted.read_text(encoding="utf-8"))
    return operations


def _run(folder: Path, script: str, *arguments: str) -> str:
    assert shutil.which("node"), "node is missing: bash tests/setup.sh"
    assert (HERE / "node_modules").is_dir(), "the packages of node are missing: bash tests/setup.sh"
    ended = subprocess.run(
        ["node", script, *arguments], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
