"""Where sources disagree: statements that count about one thing, and do not say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from graph.stores.base import Reader
from graph.stores.query import EVERYTHING, MAX_PER_PAGE, And, Compare, Filter, Page, Query, both, cursor_of
from graph.vocabulary.model import KINDS, Row

COUNTED = Compare("counted", "eq", True)
RIVALS = And((COUNTED, Compare("chosen", "eq", False)))
"""Statements that count and say something else than what is shown."""
Slot = tuple[str, str, str]
"""Subject, property and slot: what statements are rivals about."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What is shown of one slot of a property, and what else is said of it, the best first."""

    place: Slot
    chosen: Row
    rivals: tuple[Row, ...]


def slot_of(statement: Row) -> Slot:
    """What a statement is about. Two capacities of another basis, stage or phase are about different things."""
    columns = statement.columns
    type_ = KINDS[columns["subject_kind"]].properties[columns["property"]].type
    return columns["subject"], columns["property"], type_.slot(type_.from_json(json.loads(columns["value"])))


def conflicts_of(counted: Iterable[Row]) -> list[Conflict]:
    """The conflicts among statements that count, given with the best of each property first."""
    slots: dict[Slot, list[Row]] = {}
    for row in counted:
        slots.setdefault(slot_of(row), []).append(row)
    found = ((place, rows, tuple(row for row in rows if not row["chosen"])) for place, rows in sorted(slots.items()))
    return [Conflict(place, rows[0], rivals) for place, rows, rivals in found if rivals]


async def conflict_slots(reader: Reader, among: Filter = EVERYTHING) -> list[Slot]:
    """Where the statements `among` hold conflicts, in order; it reads the rivals alone, page by page."""
    query = Query("Statement", both(RIVALS, among))
    places: set[Slot] = set()
    page = Page(MAX_PER_PAGE)
    while True:
        found = await reader.find(query, page)
        places |= {slot_of(row) for row in found.rows}
        if not found.has_next:
            return sorted(places)
        page = Page(MAX_PER_PAGE, cursor_of(found.rows[-1], query.orders))
