"""Runs the scripts of this folder in node, with the packages of its lock."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECONDS = 240


def run_node(script: str, *arguments: str) -> Any:
    """What a script prints, as JSON."""
    assert shutil.which("node"), "node is missing: bash tests/setup.sh"
    assert (HERE / "node_modules").is_dir(), "the packages of node are missing: bash tests/setup.sh"
    ended = subprocess.run(
        ["node", script, *arguments], cwd=HERE, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
