"""Where sources disagree: statements that count about one thing, and do not say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from graph.comparison.standing import ValueStanding, standing_of
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
    """The chosen value of one slot of a property, and its rivals, the best first. It is a disagreement where some rival
    says otherwise of the same moment: an earlier state is none, and neither is a party that another source names."""

    slot: Slot
    chosen: Row
    rivals: tuple[Row, ...]

    @property
    def contesting(self) -> tuple[Row, ...]:
        """The rivals that say otherwise."""
        return tuple(row for row in self.rivals if contests(row))

    @property
    def is_settled(self) -> bool:
        """Whether it is no disagreement."""
        return not self.contesting


def contests(statement: Row) -> bool:
    """Whether a statement counts and says otherwise than what is shown, of the same moment."""
    return standing_of(statement) is ValueStanding.OTHERWISE


def slot_of(statement: Row) -> Slot:
    """What a statement is about. Two capacities of another basis, stage or phase are about different things."""
    columns = statement.columns
    type_ = KINDS[columns["subject_kind"]].properties[columns["property"]].type
    return columns["subject"], columns["property"], type_.slot(type_.from_json(json.loads(columns["value"])))


def conflicts_of(counted: Iterable[Row]) -> list[Conflict]:
    """The conflicts among statements that count, which come with the best of each property first."""
    slots: dict[Slot, list[Row]] = {}
    for row in counted:
        slots.setdefault(slot_of(row), []).append(row)
    contested = ((slot, rows, tuple(row for row in rows if not row["chosen"])) for slot, rows in sorted(slots.items()))
    return [Conflict(slot, rows[0], rivals) for slot, rows, rivals in contested if rivals]


def disagreements_of(counted: Iterable[Row]) -> list[Conflict]:
    """The conflicts that nothing has settled, of statements as `conflicts_of` takes them."""
    return [one for one in conflicts_of(counted) if not one.is_settled]


async def conflict_slots(reader: Reader, among: Filter = EVERYTHING) -> list[Slot]:
    """The slots in which the statements `among` conflict, sorted; reads the rivals alone, page by page."""
    query = Query("Statement", both(RIVALS, among))
    slots: set[Slot] = set()
    page = Page(MAX_PER_PAGE)
    while True:
        result = await reader.find(query, page)
        slots |= {slot_of(row) for row in result.rows}
        if not result.has_next:
            return sorted(slots)
        page = Page(MAX_PER_PAGE, cursor_of(result.rows[-1], query.orders))
