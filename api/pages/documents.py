"""The GraphQL documents behind pages, and behind parts of them: files of `queries`, with the fragments they spread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from graphql import FragmentDefinitionNode, parse

QUERIES = Path(__file__).with_name("queries")
_SHARED = QUERIES / "fragments.graphql"
_SPREAD = re.compile(r"\.\.\.(\w+)")


@cache
def read_document(name: str) -> str:
    """A file of `queries`, with the shared fragments that it spreads and does not define itself."""
    return with_fragments((QUERIES / name).read_text(encoding="utf-8"))


def with_fragments(text: str) -> str:
    """A document with the shared fragments that it spreads and does not define itself."""
    needed = [_fragments()[name] for name in _missing(text)]
    return "\n\n".join([text.strip(), *needed]) + "\n"


def _missing(text: str) -> Iterator[str]:
    """Names of fragments that are spread and stand in the shared file, those that these spread included."""
    waiting, seen = _SPREAD.findall(text), set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or f"fragment {name} " in text:
            continue
        seen.add(name)
        yield name
        waiting += _SPREAD.findall(_fragments()[name])


@cache
def _fragments() -> Mapping[str, str]:
    text = _SHARED.read_text(encoding="utf-8")
    parts = (one for one in parse(text).definitions if isinstance(one, FragmentDefinitionNode) and one.loc)
    return {one.name.value: text[one.loc.start : one.loc.end] for one in parts if one.loc}
