"""What a change of the schema asks for: `python -m tests.api.schema_changes` takes today's schema as the released one.

CONTRIBUTING.md has the policy in words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    BreakingChange,
    DangerousChange,
    DangerousChangeType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)
from packaging.version import Version

from api.schema.build import sdl
from graph.settings import PROJECT

BASELINE = Path(__file__).with_name("schema_baseline.graphql")
CHANGELOG = PROJECT / "CHANGELOG.md"
_HEAD = "# The schema of version {}; taken by `python -m tests.api.schema_changes`.\n"
_NEW_DEFAULTS = (DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE, DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE)
"""The same request then means something else, which breaks a client more quietly than a field that is gone."""


@dataclass(frozen=True)
class Release:
    version: Version
    schema: GraphQLSchema


def released() -> Release:
    text = BASELINE.read_text(encoding="utf-8")
    return Release(Version(text.split("version ", 1)[1].split(";", 1)[0]), build_schema(text))


def current() -> Release:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Release(Version(project["version"]), build_schema(sdl()))


def objections(old: Release, new: Release, changelog: str) -> list[str]:
    """What has to be done before `new` may follow `old`; nothing where no client of the old schema breaks."""
    changes = breaking(old.schema, new.schema)
    named = set(re.findall(r"`([^`]+)`", _section_of_breaking(changelog)))
    silent = [change for change in changes if coordinate(change) not in named]
    found = [
        f'CHANGELOG.md, Unreleased, "### Breaking" does not name `{coordinate(change)}`: {change.description}'
        for change in silent
    ]
    if changes and not _may_break(old.version, new.version):
        found.append(f"{new.version} may not break what {old.version} had: raise {_part_to_raise(old.version)}")
    return found


def breaking(old: GraphQLSchema, new: GraphQLSchema) -> list[BreakingChange | DangerousChange]:
    dangerous = [change for change in find_dangerous_changes(old, new) if change.type in _NEW_DEFAULTS]
    return [*find_breaking_changes(old, new), *dangerous]


def coordinate(change: BreakingChange | DangerousChange) -> str:
    """Where the change is, as a coordinate of the schema: Type, Type.field, Type.field(argument:), @directive."""
    told = change.description.removeprefix("Standard scalar ")
    union = re.search(r"union type (\w+)", told)
    part = re.search(r"@\w+(?:\(\w+:\))?|\w+\.\w+(?:\(\w+:\))?", told)
    return union[1] if union else part[0] if part else told.split()[0]


def _section_of_breaking(changelog: str) -> str:
    """The text under "### Breaking" of what is not released."""
    unreleased = re.search(r"^## Unreleased$(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    section = unreleased and re.search(r"^### Breaking$(.*?)(?=^### |\Z)", unreleased[1], re.M | re.S)
    return section[1] if section else ""


def _may_break(old: Version, new: Version) -> bool:
    return new.major > old.major or (old.major == new.major == 0 and new.minor > old.minor)


def _part_to_raise(old: Version) -> str:
    return "the major version" if old.major else "the minor version (or leave 0.x)"


def take() -> None:
    BASELINE.write_text(_HEAD.format(current().version) + sdl(), encoding="utf-8")


if __name__ == "__main__":
    take()
