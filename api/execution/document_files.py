"""Folders of GraphQL documents that come with the program, and the fragments that the documents of a folder share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from graphql import FragmentDefinitionNode, parse

_SHARED = "fragments.graphql"
_SPREAD = re.compile(r"\.\.\.(\w+)")


class DocumentFolder:
    """A folder of documents. Each file is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._documents: dict[str, str] = {}

    def read(self, name: str) -> str:
        """A file of the folder, with the shared fragments that it spreads and does not define itself."""
        if name not in self._documents:
            self._documents[name] = self.with_fragments((self.folder / name).read_text(encoding="utf-8"))
        return self._documents[name]

    def with_fragments(self, text: str) -> str:
        """A document with the shared fragments that it spreads and does not define itself."""
        needed = [self._fragments[name] for name in self._missing(text)]
        return "\n\n".join([text.strip(), *needed]) + "\n"

    def _missing(self, text: str) -> Iterator[str]:
        """Names of fragments that are spread and stand in the shared file, those that these spread included."""
        waiting, seen = _SPREAD.findall(text), set()
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            if f"fragment {name} " not in text:
                yield name
            waiting += _SPREAD.findall(self._fragments.get(name, ""))

    @cached_property
    def _fragments(self) -> Mapping[str, str]:
        text = (self.folder / _SHARED).read_text(encoding="utf-8")
        parts = (one for one in parse(text).definitions if isinstance(one, FragmentDefinitionNode) and one.loc)
        return {one.name.value: text[one.loc.start : one.loc.end] for one in parts if one.loc}
