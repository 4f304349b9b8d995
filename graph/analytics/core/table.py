"""Tables: what analytics and reports hand to every format that writes tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.method import Method
from graph.analytics.core.parameters import Parameter
from graph.errors import BadQuery

Cell = str | float | int | tuple[str, ...] | None
"""A tuple holds keys or codes."""
YES, NO = "yes", "no"
"""Cells of marks."""
TableRow = dict[str, Cell]
"""Cells by the name of their column."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`unit` of its numbers; empty for texts, codes, ranks and counts.

    `refers_to`: the label of the rows whose keys its cells hold, Entity for any entity; `named`: whether a terminal
    shows their names in place of the keys. `detail`: a terminal that is too narrow for all columns leaves it out
    first. `identifies`: its cells may tell a row from others."""

    name: str
    unit: str = ""
    refers_to: str = ""
    named: bool = True
    detail: bool = False
    identifies: bool = False

    @property
    def header(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def holds_owners(self) -> bool:
        """Whether its cells are keys of organizations, or `all` of them, without a column of names beside."""
        return self.name == "key" and not self.refers_to

    @property
    def shows_names(self) -> bool:
        """Whether people read names in place of its keys."""
        return self.holds_owners or bool(self.refers_to and self.named)


@dataclass(frozen=True, slots=True)
class TableOrigin:
    """What gave a table, so that its cells can be asked for again: an analytic or a report by `name`, and the inputs
    that it had, typed, by the names of its `parameters`."""

    name: str
    parameters: Sequence[Parameter]
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """`rows` hold a cell for each column, or leave it out. `truncated`: there are more rows than these; `left_out`: how
    many more, as far as it is known. `footnotes` are those of its keys; without them they have no names.

    `supplements` are tables that belong to this one and have columns and rows of their own. `notes` are sentences that
    stand before the rows.

    `origin` is that of the table with its supplements, which are told apart by `part`. `key`: the columns that tell its
    rows apart, by name; where they do not, others that identify join them."""

    title: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[TableRow]
    method: Method
    excluded: tuple[Excluded, ...] = ()
    truncated: bool = False
    supplements: tuple[Table, ...] = ()
    left_out: int = 0
    footnotes: Footnotes | None = None
    notes: tuple[str, ...] = ()
    origin: TableOrigin | None = None
    part: str = ""
    key: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Table, ...]:
        """The table and its supplements."""
        return (self, *self.supplements)

    def with_columns(self, names: Sequence[str]) -> Table:
        """The table with these columns alone, in this order. Raises BadQuery for a name that no column has."""
        by_name = {column.name: column for column in self.columns}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise BadQuery(f"No column {', '.join(unknown)}.", remedy=f"There are {', '.join(by_name)}.")
        return replace(self, columns=tuple(by_name[name] for name in names))

    def name(self, key: str) -> str:
        """The name of the row of this key; the key itself where nothing names it."""
        return self.footnotes.name(key) if self.footnotes else key
