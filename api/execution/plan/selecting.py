"""What a plan shows of rows, gathered for stores that read it together with the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from api.context.request_context import Labels, LensView
from api.execution.plan.arguments import Variables
from graph.stores.query import Orders
from graph.stores.selection import RowSelection, SliceRequest

MAX_ROWS_AHEAD = 20_000
"""Rows of a level that are read together with those above; of more the levels are read one by one, so that no statement
of the database brings a whole large answer at once."""
MAX_WHOLE_ROWS_AHEAD = 5_000
"""The same of rows with all their columns."""
MAX_PARTS = 16
"""Relations and references that one statement reads: the database takes a tenth of a second to plan a few, and much
longer for many."""


@dataclass(slots=True)
class SelectedColumns:
    """The columns that a plan reads of rows, by label, wherever it shows such a row: where two places show one row,
    either reads what the other has fetched."""

    _by_label: dict[str, set[str] | None] = field(default_factory=dict)

    def add(self, label: str, columns: Iterable[str] | None) -> None:
        """None: all columns."""
        known = self._by_label.setdefault(label, set())
        if columns is None or known is None:
            self._by_label[label] = None
        else:
            known.update(columns)

    def of(self, labels: Labels, orders: Orders) -> tuple[str, ...] | None:
        """Those of rows that have one of the labels and stand in these orders."""
        wanted = {order.column for order in orders}
        for label in labels:
            columns = self._by_label.get(label, set())
            if columns is None:
                return None
            wanted |= columns
        return tuple(sorted(wanted))


@dataclass(slots=True)
class Selected:
    """What is selected beneath the rows of one level of a request, of which there are at most so many."""

    view: LensView
    variables: Variables
    rows: int
    _parts: list[None] = field(default_factory=list)
    """One for each part of the statement so far, shared by all levels."""
    _references: dict[tuple[str, RowSelection], None] = field(default_factory=dict)
    _children: dict[tuple[SliceRequest, RowSelection], None] = field(default_factory=dict)

    def beneath(self, each: int = 1) -> Selected:
        """Nothing yet beneath the next level, with so many rows for each of this one."""
        return Selected(self.view, self.variables, self.rows * each, self._parts)

    def fits(self, *, whole_rows: bool) -> bool:
        """Whether the level, of rows with all their columns or with some, may be read together with those above; it is
        one more part of the statement then."""
        most = MAX_WHOLE_ROWS_AHEAD if whole_rows else MAX_ROWS_AHEAD
        fits = self.rows <= most and len(self._parts) < MAX_PARTS
        self._parts.extend([None] * fits)
        return fits

    def add_reference(self, name: str, selection: RowSelection) -> None:
        self._references[name, selection] = None

    def add_children(self, request: SliceRequest, selection: RowSelection) -> None:
        self._children[request, selection] = None

    def of(self, labels: Labels, columns: tuple[str, ...] | None) -> RowSelection:
        return RowSelection(labels, columns, tuple(self._references), tuple(self._children))
