"""What changed between two lenses: rows that came and went, values that became others, and why.

Between `before` and `after` stand two lenses that move in one way only: `world` has the day in the world and the
scenario of `after`, and all else of `before`; `learnt` has all else of `after` in the world of `before`. What each of
them shows decides the cause. A difference is a pure function of the rows under these four.
"""

from __future__ import annotations

import asyncio
import builtins
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from graph.errors import StoreBusy
from graph.evidence.lens import Lens
from graph.evidence.link_time import FOLLOWS_FROM
from graph.stores.base import Reader, Store
from graph.vocabulary.model import ENTITIES, KINDS, TYPE_COLUMN, Merge, Property, Row
from graph.vocabulary.values import Json, canonical

COMPARED_LABELS = tuple(sorted((*ENTITIES, "Observation", "Link")))
"""Labels whose rows are compared, in the order of changes."""

Rows = Mapping[str, Mapping[str, Row]]
"""By label and key, as of a projection."""


class ChangeKind(StrEnum):
    """What became of a row."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


class ChangeCause(StrEnum):
    """Why two lenses differ. WORLD_CHANGED: only the world (validOn, and a scenario: a world that is supposed) explains
    it. WE_LEARNT_MORE: only the state of knowledge (knownOn) and the other parts of the lens do. BOTH: it takes both,
    or either would do."""

    WORLD_CHANGED = "WORLD_CHANGED"
    WE_LEARNT_MORE = "WE_LEARNT_MORE"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One property of a row that became another, or (`property` None) a whole row that came or went.

    `before` and `after` are values in the JSON of statements (entries of several as a list), None where there is none;
    of a whole row all its values by property, and of a link its type."""

    kind: ChangeKind
    cause: ChangeCause
    label: str
    key: str
    property: str | None
    before: Json
    after: Json

    @builtins.property
    def sort_key(self) -> tuple[str, str, str]:
        """Changes are sorted by this; the row itself comes before its properties."""
        return self.label, self.key, self.property or ""


def middle_lenses(before: Lens, after: Lens) -> tuple[Lens, Lens]:
    """The lens of only the world moved on, and the one of only more learnt."""
    world = replace(before, valid_on=after.valid_on, scenario=after.scenario)
    return world, replace(after, valid_on=before.valid_on, scenario=before.scenario)


def difference(before: Rows, after: Rows, *, world: Rows, learnt: Rows) -> list[RowChange]:
    """All changes from `before` to `after`, by their sort key."""
    corners = (before, after, world, learnt)
    return [
        change
        for label in COMPARED_LABELS
        for key in sorted(before[label].keys() | after[label].keys())
        for change in _changes(*(rows[label].get(key) for rows in corners))
    ]


def _changes(before: Row | None, after: Row | None, world: Row | None, learnt: Row | None) -> Iterator[RowChange]:
    corners = (before, after, world, learnt)
    if before is not None and after is not None:
        if before.columns != after.columns:
            yield from _changed_values(before, after, [row_values(row) for row in corners])
    elif row := before or after:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
        cause = _cause(*(one is not None for one in corners))
        yield RowChange(kind, cause, row.label, row.key, None, row_values(before), row_values(after))


def _changed_values(before: Row, after: Row, corners: Sequence[Mapping[str, Json] | None]) -> Iterator[RowChange]:
    for name in sorted({name for values in corners[:2] for name in values or ()}):
        old, new, *middle = (_NO_ROW if values is None else values.get(name) for values in corners)
        if old != new:
            yield RowChange(ChangeKind.CHANGED, _cause(old, new, *middle), after.label, after.key, name, old, new)


_NO_ROW = object()
"""What a row that is not there has of a property: nothing that any row has."""


def _cause(before: Any, after: Any, world: Any, learnt: Any) -> ChangeCause:
    """The same whichever way one looks: before and after swapped, world and learnt are swapped too."""
    if world == after and learnt == before:
        return ChangeCause.WORLD_CHANGED
    if learnt == after and world == before:
        return ChangeCause.WE_LEARNT_MORE
    return ChangeCause.BOTH


# ---- values


def row_values(row: Row | None) -> dict[str, Json] | None:
    """Everything that is said of a row, by property, and what a link is on the day of the lens. What only repeats
    (layer, counts, texts of searches) is left out."""
    if row is None:
        return None
    values = {
        name: _as_stated(prop, value)
        for name, prop in row.kind.properties.items()
        if (not prop.derived or name in FOLLOWS_FROM) and (value := row[name]) not in (None, ())
    }
    if row.label == "Link":
        values[TYPE_COLUMN] = row.columns[TYPE_COLUMN]
    plain: dict[str, Json] = json.loads(canonical(values))
    return plain


def _as_stated(about: Property, value: Any) -> Json:
    if about.merge is Merge.EACH:
        return [about.type.to_json(entry) for entry in value]
    return about.type.to_json(value)


# ---- evidence


def carriers(change: RowChange, before: Iterable[Row], after: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The statements that carry a change, of the chosen ones about its row under either lens.

    Of a row that came or went all of the lens that shows it; of a value those that say what only one lens shows; of
    what a link is on a day (`in_force`) those that decide it."""
    if change.kind is not ChangeKind.CHANGED:
        return ([], list(after)) if change.kind is ChangeKind.ADDED else (list(before), [])
    name = str(change.property)
    if name in FOLLOWS_FROM:
        old = _about(before, FOLLOWS_FROM[name])
        seen = {row.key for row in old}
        return old, [row for row in _about(after, FOLLOWS_FROM[name]) if row.key not in seen]
    old, new = _about(before, {name}), _about(after, {name})
    return _supporting(old, change.before, change.after), _supporting(new, change.after, change.before)


def _about(statements: Iterable[Row], properties: Collection[str]) -> list[Row]:
    return [row for row in statements if row.columns["property"] in properties]


def _supporting(statements: Iterable[Row], here: Json, there: Json) -> list[Row]:
    """Statements that support a part of the value `here` which is no part of the value `there`."""
    supporting = []
    for row in statements:
        about = KINDS[row.columns["subject_kind"]].properties[row.columns["property"]]
        value = json.loads(row.columns["value"])
        parts = _parts(about, [value] if about.merge is Merge.EACH else value)
        if parts & _parts(about, here) - _parts(about, there):
            supporting.append(row)
    return supporting


def _parts(about: Property, value: Json) -> set[str]:
    """What is chosen one by one: the value whole, or each of several."""
    if value is None:
        return set()
    return {canonical(value)} if about.merge is Merge.BEST else {canonical(part) for part in value}


# ---- from a store


async def difference_between(store: Store, before: Reader, after: Reader) -> list[RowChange]:
    """All changes between what two readers show, worked out off the event loop. Raises StoreError; StoreBusy when
    the data changed underway."""
    world, learnt = [await store.reader(lens) for lens in middle_lenses(before.lens, after.lens)]
    readers = (before, after, world, learnt)
    rows = {reader.lens: await _rows(reader) for reader in {reader.lens: reader for reader in readers}.values()}
    if len({reader.version.id for reader in readers}) > 1:
        raise StoreBusy("The data changed while they were compared.", remedy="Ask again.")
    corners = [rows[reader.lens] for reader in readers]
    return await asyncio.to_thread(difference, *corners[:2], world=corners[2], learnt=corners[3])


async def _rows(reader: Reader) -> Rows:
    return {label: {row.key: row async for row in reader.stream(label)} for label in COMPARED_LABELS}
