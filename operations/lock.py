"""What requirements.lock says: versions, hashes, and who needs whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graph.settings import PROJECT

LOCK = PROJECT / "requirements.lock"
_SHIPPED = "wattgraph (pyproject.toml)"
"""How the lock names the project as the one that needs a package; tools of development have a group behind it."""
_HEAD = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>.+?))?(?: \\)?")


@dataclass(frozen=True, slots=True)
class Locked:
    """`needed_by`: the names of other packages, or of the project."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]


def read_lock(path: Path = LOCK) -> Mapping[str, Locked]:
    """The packages by name. A package that the lock has in several versions is a mistake: ValueError."""
    packages: dict[str, Locked] = {}
    for entry in re.split(r"^(?=[a-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        package = _read_entry(entry.splitlines())
        if package.name in packages:
            raise ValueError(f"{path.name} has {package.name} twice.")
        packages[package.name] = package
    return packages


def _read_entry(lines: list[str]) -> Locked:
    head = _HEAD.fullmatch(lines[0])
    if head is None:
        raise ValueError(f"{lines[0]!r} is no entry of a lock.")
    hashes = tuple(match[1] for line in lines if (match := re.search(r"--hash=sha256:([0-9a-f]{64})", line)))
    comments = [line.strip().removeprefix("#").strip() for line in lines if line.strip().startswith("#")]
    needed_by = tuple(name for comment in comments if (name := comment.removeprefix("via").strip()))
    return Locked(head["name"], head["version"], head["marker"], hashes, needed_by)


def direct(packages: Mapping[str, Locked]) -> Iterable[Locked]:
    """What pyproject.toml asks for, extras included."""
    return [one for one in packages.values() if _SHIPPED in one.needed_by]


def shipped(packages: Mapping[str, Locked]) -> Iterable[Locked]:
    """What an installation with all extras brings, by name: without the tools of development."""
    known = {one.name for one in direct(packages)}
    while more := {name for name, one in packages.items() if name not in known and known.intersection(one.needed_by)}:
        known |= more
    return [packages[name] for name in sorted(known)]
