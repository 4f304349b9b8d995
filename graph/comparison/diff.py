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
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from graph.errors import StoreBusy
from graph.evidence.captions import Rows, caption
from graph.evidence.lens import Lens
from graph.evidence.link_time import FOLLOWS_FROM
from graph.stores.base import Reader, Store
from graph.stores.query import EVERYTHING, Filter, check_size, matches
from graph.vocabulary.model import ENTITIES, KINDS, LINKS, TYPE_COLUMN, LinkRole, Merge, Property, Row
from graph.vocabulary.values import Json, canonical

COMPARED_LABELS = tuple(sorted((*ENTITIES, "Observation", "Link")))
"""Labels whose rows are compared, in the order of changes."""


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
    of a whole row all its values by property, and of a link its type. `name` is what the row is in a few words, after
    the change where it is still there. `subjects` are the row and those that it refers to, its parties among them."""

    kind: ChangeKind
    cause: ChangeCause
    label: str
    key: str
    property: str | None
    before: Json
    after: Json
    type: str | None = None
    """Of a link."""
    name: str = field(default="", compare=False)
    subjects: tuple[Row, ...] = field(default=(), compare=False, repr=False)

    @builtins.property
    def sort_key(self) -> tuple[str, str, str, str]:
        """Changes are sorted by this: contracts first, those for capacity before others, then other links, then what
        else there is by kind; the row itself comes before its properties."""
        return str(self._rank), self.label, self.key, self.property or ""

    @builtins.property
    def _rank(self) -> int:
        roles = LINKS[self.type].roles if self.type else frozenset()
        ranked = (LinkRole.CAPACITY_CONTRACT, LinkRole.CLAIM, LinkRole.GUARANTEE)
        not_links = len(ranked) + (self.label != "Link")
        return next((rank for rank, role in enumerate(ranked) if role in roles), not_links)


def middle_lenses(before: Lens, after: Lens) -> tuple[Lens, Lens]:
    """The lens of only the world moved on, and the one of only more learnt."""
    world = replace(before, valid_on=after.valid_on, scenario=after.scenario)
    return world, replace(after, valid_on=before.valid_on, scenario=before.scenario)


def difference(before: Rows, after: Rows, *, world: Rows, learnt: Rows) -> list[RowChange]:
    """All changes from `before` to `after`, by their sort key."""
    corners = (before, after, world, learnt)
    changes = [
        replace(change, **described)
        for label in COMPARED_LABELS
        for key in before[label].keys() | after[label].keys()
        if (of_row := list(_changes(*(rows[label].get(key) for rows in corners))))
        for described in [_described(label, key, before, after)]
        for change in of_row
    ]
    return sorted(changes, key=lambda change: change.sort_key)


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


def _described(label: str, key: str, before: Rows, after: Rows) -> dict[str, Any]:
    """What is told of a row with each of its changes: `type`, `name` and `subjects`."""
    rows = after if key in after[label] else before
    sides = [rows[label][key] for rows in (after, before) if key in rows[label]]
    keys = {other for row in sides for other in _references(row)} - {key}
    others = (_find(other, after) or _find(other, before) for other in sorted(keys))
    return {
        "type": sides[0].columns.get(TYPE_COLUMN),
        "name": caption(sides[0], rows),
        "subjects": (sides[0], *(row for row in others if row is not None)),
    }


def _references(row: Row) -> set[str]:
    return row.keys_in(prop.name for prop in row.kind.references())


def _find(key: str, rows: Rows) -> Row | None:
    return next((of_label[key] for of_label in rows.values() if key in of_label), None)


_NO_ROW = object()
"""What a row that is not there has of a property: nothing that any row has."""


def _cause(before: Any, after: Any, world: Any, learnt: Any) -> ChangeCause:
    """The same whichever way one looks: before and after swapped, world and learnt are swapped too."""
    if world == after and learnt == before:
        return ChangeCause.WORLD_CHANGED
    if learnt == after and world == before:
        return ChangeCause.WE_LEARNT_MORE
    return ChangeCause.BOTH


# ---- selected changes

CHANGE = "Change"
"""The label of a change as filters see it: its columns are `kind`, `cause`, `label`, `type`, `property` and `subject`,
which refers to its subjects."""


def selected(changes: Iterable[RowChange], where: Filter) -> list[RowChange]:
    """The changes that satisfy a filter. Raises BadQuery for one that is too large or reaches through links."""
    check_size(where)
    return [change for change in changes if where == EVERYTHING or _matches(change, where)]


def _matches(change: RowChange, where: Filter) -> bool:
    by_key = {row.key: row for row in change.subjects}
    columns = {
        "kind": str(change.kind),
        "cause": str(change.cause),
        "label": change.label,
        TYPE_COLUMN: change.type,
        "property": change.property,
        "subject": list(by_key),
    }
    return matches(where, Row(CHANGE, change.key, columns), by_key.get)


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
    if len({reader.version.stored for reader in readers}) > 1:
        raise StoreBusy("The data changed while they were compared.", remedy="Ask again.")
    corners = [rows[reader.lens] for reader in readers]
    return await asyncio.to_thread(difference, *corners[:2], world=corners[2], learnt=corners[3])


async def _rows(reader: Reader) -> Rows:
    return {label: await reader.rows(label) for label in COMPARED_LABELS}
