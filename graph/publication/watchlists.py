"""Watch lists: files that name organizations, and which of their links somebody wants to hear of.

A list is a YAML file of a folder, `NAME.yaml`; its first entry may have a title:

    - title: Miners that host AI
      organizations: [iren, hut8]
      types: [PROVIDES_CAPACITY, LENDS_TO]
    - organizations: [openai]

`organizations` are keys; without `types` all that is said of them and of their links counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from graph.errors import BadInput, BadValue
from graph.seeding.yaml_records import RecordFile, read_file
from graph.stores.base import Reader
from graph.stores.names import ORGANIZATIONS, suggestion
from graph.vocabulary.model import LinkType
from graph.vocabulary.parsing import part, read_choice, read_key, read_list, read_mapping, read_text, required
from graph.vocabulary.values import Raw

SUFFIX = ".yaml"
MAX_ORGANIZATIONS = 500
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}", re.ASCII)
_ENTRY = ("title", "organizations", "types")


class BadWatchList(BadInput):
    """A watch list that is not there or cannot be read."""

    code = "BAD_WATCH_LIST"


@dataclass(frozen=True)
class WatchList:
    """Organizations in the order of the list, each with the types of its links that are watched; None: all of them."""

    name: str
    title: str
    types: Mapping[str, frozenset[str] | None]
    file: RecordFile

    @property
    def organizations(self) -> tuple[str, ...]:
        return tuple(self.types)

    async def check(self, reader: Reader) -> None:
        """Raises BadWatchList for an organization that the reader does not show, with file and line."""
        keys = list(self.organizations)
        for key, row in zip(keys, await reader.get("Organization", keys), strict=True):
            if row is None:
                place = next(at for at, value in _keys(self.file.records) if value == key)
                remedy = await suggestion(reader, key, ORGANIZATIONS) or "give a key of the facts"
                self.file.report(place, f"no organization {key}", "in organizations", remedy)
        _refuse_problems(self.file)


def list_names(folder: Path) -> list[str]:
    """The names of the lists of a folder."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if _NAME.fullmatch(path.stem))


def read_watch_list(folder: Path, name: str) -> WatchList:
    """The list of a name, or of a file that is named by its path. Raises BadWatchList."""
    path = Path(name) if name.endswith(SUFFIX) else folder / f"{name}{SUFFIX}"
    if not (name.endswith(SUFFIX) or _NAME.fullmatch(name)) or not path.is_file():
        names = ", ".join(list_names(folder)) or "no lists yet"
        raise BadWatchList(f"There is no watch list {name[:60]!r} in {folder}.", remedy=f"There are {names}.")
    return parse_watch_list(read_file(path, path.name), path.stem)


def parse_watch_list(file: RecordFile, name: str) -> WatchList:
    """Raises BadWatchList."""
    titles: list[str] = []
    watched: dict[str, frozenset[str] | None] = {}
    for number, record in enumerate(file.records):
        try:
            title, keys, types = _entry(record)
        except BadValue as problem:
            file.report((number, *problem.path), problem.message, f"in entry {number + 1}", problem.remedy)
            continue
        titles += [title] if title else []
        for key in keys:
            known = watched.get(key, frozenset())
            watched[key] = None if types is None or known is None else known | types
    if not watched and not file.problems:
        file.report((), "the list names nobody", "in the file", "write - organizations: [key, …]")
    if len(watched) > MAX_ORGANIZATIONS:
        file.report((), f"{len(watched)} organizations", "in the file", f"name at most {MAX_ORGANIZATIONS}")
    _refuse_problems(file)
    return WatchList(name, titles[0] if titles else name, watched, file)


def _entry(record: Raw) -> tuple[str, tuple[str, ...], frozenset[str] | None]:
    stated = read_mapping(record, _ENTRY)
    types = part(stated, "types", partial(read_list, read=partial(read_choice, LinkType)))
    keys: tuple[str, ...] = required(stated, "organizations", partial(read_list, read=read_key))
    return part(stated, "title", read_text, ""), keys, None if types is None else frozenset(map(str, types))


def _refuse_problems(file: RecordFile) -> None:
    if file.problems:
        first, *others = map(str, sorted(file.problems))
        more = f" And {len(others)} more." if others else ""
        raise BadWatchList(f"{first}.{more}", remedy="Mend the list (docs/watch.md).")


def _keys(records: list[Raw]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for number, record in enumerate(records):
        if isinstance(record, dict):
            for place, key in enumerate(record.get("organizations") or ()):
                yield (number, "organizations", place), str(key)
