"""Which program this is: its version, and what its files hold."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import graph

_SUFFIXES = (".py", ".j2", ".css", ".graphql")
_PACKAGES = (Path(__file__).parents[1], Path(graph.__file__).parent)


@cache
def program_version() -> str:
    """Differs wherever an answer may: also between two checkouts of one version, whose pages a browser would otherwise
    take for the same. Reads all files of the program, once."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted(package.rglob("*")):
            if path.suffix in _SUFFIXES:
                digest.update(f"{path.relative_to(package.parent)}\n".encode())
                digest.update(path.read_bytes())
    return f"{version('wattgraph')} {digest.hexdigest()[:16]}"
