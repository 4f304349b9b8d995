"""Tables: what analytics and reports hand to every format that writes tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.method import Method

Cell = str | float | int | tuple[str, ...] | None
"""A tuple holds keys or codes."""
TableRow = dict[str, Cell]
"""Cells by the name of their column."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`unit` of its numbers; empty for texts, codes, ranks and counts."""

    name: str
    unit: str = ""

    @property
    def header(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """`rows` hold a cell for each column, or leave it out. `truncated`: there are more rows than these.

    `supplements` are tables that belong to this one and have columns and rows of their own."""

    title: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[TableRow]
    method: Method
    excluded: tuple[Excluded, ...] = ()
    truncated: bool = False
    supplements: tuple[Table, ...] = ()

    @property
    def parts(self) -> tuple[Table, ...]:
        """The table and its supplements."""
        return (self, *self.supplements)
