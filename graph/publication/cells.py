"""The one place that gives addresses to the numbers of a table: of an analytic, of a report, of whatever has an origin.

An ID names the columns that tell a row from others: first the keys and codes that the table declares, then, where these
are not enough, others that identify, from the left. A table that declares none is told by its texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.analytics.core.table import Cell, Table, TableRow
from graph.evidence.lens import Lens
from graph.publication.figures import (
    UNSTATED,
    CellFigure,
    LivingFigure,
    Pairs,
    cell_text,
    check_citable,
    column_text,
    inputs_text,
)
from graph.publication.values import computed_text

Identity = tuple[str, ...]


@dataclass(frozen=True)
class CellFigures:
    """The figures of the rows of one table. `name` and `inputs` say where it comes from. Raises BadInput for private
    facts."""

    table: Table
    name: str
    inputs: Pairs
    lens: Lens

    def __post_init__(self) -> None:
        for lens in (self.lens, self.table.method.lens):
            check_citable(lens)

    def of_row(self, row: TableRow) -> Mapping[str, str]:
        """IDs of the numbers of a row by column; none where nothing tells the row from others that say otherwise."""
        identity = self._identity(row, self._key)
        pairs = tuple(zip(map(column_text, self._key), identity, strict=True))
        return dict(self._ids(row, pairs, self._rows_of[identity]))

    def _ids(self, row: TableRow, pairs: Pairs, alike: Sequence[TableRow]) -> Iterator[tuple[str, str]]:
        """Of the rows `alike` some numbers may be the same."""
        for column in self.table.columns:
            cell = row.get(column.name)
            said_by_all = all(one.get(column.name) == cell for one in alike)
            if is_number(cell) and said_by_all and column.name not in self._key:
                query = CellFigure(self.name, self.inputs, pairs, column_text(column.name), self.table.part)
                yield column.name, LivingFigure(query, self.lens, str(computed_text(cell))).id

    @cached_property
    def _key(self) -> tuple[str, ...]:
        key = self.table.key or tuple(self._candidates[:1])
        for name in self._candidates:
            told_apart = len(set(self._identities(key)))
            if told_apart == len(self.table.rows):
                break
            if len(set(self._identities((*key, name)))) > told_apart:
                key = (*key, name)
        return key

    @property
    def _candidates(self) -> Sequence[str]:
        identifying = [column.name for column in self.table.columns if column.identifies]
        return identifying or [column.name for column in self.table.columns if not self._has_numbers(column.name)]

    def _has_numbers(self, name: str) -> bool:
        return any(is_number(row.get(name)) for row in self.table.rows)

    def _identities(self, key: Sequence[str]) -> Iterator[Identity]:
        return (self._identity(row, key) for row in self.table.rows)

    @staticmethod
    def _identity(row: TableRow, key: Sequence[str]) -> Identity:
        return tuple(cell_text(row.get(name)) or UNSTATED for name in key)

    @cached_property
    def _rows_of(self) -> Mapping[Identity, Sequence[TableRow]]:
        rows: dict[Identity, list[TableRow]] = {}
        for row in self.table.rows:
            rows.setdefault(self._identity(row, self._key), []).append(row)
        return rows


def is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def cell_figures(table: Table) -> list[CellFigures | None]:
    """The figures of a table and of its supplements, in the order of `parts`; None for what no address can hold: a
    table without an origin, one that a filter has selected, or one with private facts."""
    origin = table.origin
    inputs = inputs_text(origin.parameters, origin.inputs) if origin else None
    if origin is None or inputs is None or table.method.lens.overlay:
        return [None for _ in table.parts]
    return [CellFigures(part, origin.name, inputs, part.method.lens) for part in table.parts]
