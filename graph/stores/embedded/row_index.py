"""Rows in memory by what their columns hold, and by the parent that they belong to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeGuard

from graph.evidence.projection import Rows
from graph.evidence.rows import LazyRows
from graph.stores.query import KEY_COLUMN, And, Compare, Filter, Or, Orders, Refers, Relation, ordered
from graph.vocabulary.model import Row

RANGES = frozenset({"gt", "gte", "lt", "lte", "startswith"})
"""Operators that the values of a column answer, once they are in order."""
Buckets = Mapping[Any, list[Row]]
"""Rows by value."""


class SortedColumn:
    """The rows that have a value in one column, by that value. All values are numbers, or all are texts."""

    def __init__(self, rows: Iterable[Row], column: str) -> None:
        pairs = [(value, row) for row in rows if (value := row.columns.get(column)) is not None]
        pairs.sort(key=itemgetter(0))
        self._values = [value for value, _ in pairs]
        self._rows = [row for _, row in pairs]
        self._beside: dict[str, list[Any]] = {}
        """What the same rows have in other columns."""

    def satisfying(self, op: str, want: Any) -> list[Row]:
        """The rows whose value satisfies one of RANGES."""
        start, end = self._bounds(op, want)
        return self._rows[start:end]

    def satisfying_in(self, column: str, op: str, want: Any) -> list[Any]:
        """What the same rows have in another column, without a visit to each."""
        if column not in self._beside:
            self._beside[column] = [row.columns.get(column) for row in self._rows]
        start, end = self._bounds(op, want)
        return self._beside[column][start:end]

    def count(self, op: str, want: Any) -> int:
        start, end = self._bounds(op, want)
        return end - start

    def _bounds(self, op: str, want: Any) -> tuple[int, int]:
        values, last = self._values, len(self._values)
        match op:
            case "gt":
                return bisect_right(values, want), last
            case "gte":
                return bisect_left(values, want), last
            case "lt":
                return 0, bisect_left(values, want)
            case "lte":
                return 0, bisect_right(values, want)
        start = bisect_left(values, want)
        return start, bisect_left(values, True, start, key=lambda value: not value.startswith(want))


class RowIndex:
    """The rows of one label. A column is indexed when a filter first needs it."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = rows
        self._values: dict[str, Buckets] = {}
        self._items: dict[str, Buckets] = {}
        self._sorted: dict[str, SortedColumn] = {}

    def range(self, where: Filter) -> SortedColumn | None:
        """The column whose values in order tell exactly which rows satisfy the filter; None where none does."""
        if not isinstance(where, Compare) or where.op not in RANGES or where.column == KEY_COLUMN:
            return None
        if where.column not in self._sorted:
            self._sorted[where.column] = SortedColumn(self._rows.values(), where.column)
        return self._sorted[where.column]

    def holds_one(self, column: str) -> bool:
        """Whether no row has a list in the column."""
        return not self._by_item(column)

    def values(self, column: str) -> Collection[Any]:
        """What the rows have in a column that holds no lists."""
        return [value for value in self._by_value(column) if value is not None]

    def candidates(self, where: Filter) -> list[Row] | None:
        """The fewest rows known to contain all that satisfy the filter; None where the index does not serve it."""
        match where:
            case And(parts):
                return self._fewest(parts)
            case Or(parts):
                return self._in_any(parts)
            case Compare(column, "eq" | "has" as op, value):
                return self._having(column, op, (value,))
            case Compare(column, "in" | "hasany" as op, values):
                return self._having(column, op, values)
            case Compare(column, op, value) if (ranged := self.range(where)) is not None:
                return ranged.satisfying(op, value)
            case Refers(name, Compare(column, "eq" | "in" as op, value)) if column == KEY_COLUMN:
                keys = (value,) if op == "eq" else value
                return self._in_any((Compare(name, "in", keys), Compare(name, "hasany", keys)))
        return None

    def _fewest(self, parts: Sequence[Filter]) -> list[Row] | None:
        fewest: list[Row] | None = None
        for part in sorted(parts, key=_names_rows):  # those last: how many they are is known beforehand
            if fewest is None or not _names_rows(part) or len(part.value) < len(fewest):
                rows = self.candidates(part)
                fewest = rows if fewest is None or (rows is not None and len(rows) < len(fewest)) else fewest
        return fewest

    def _in_any(self, parts: Iterable[Filter]) -> list[Row] | None:
        union: dict[str, Row] = {}
        for part in parts:
            rows = self.candidates(part)
            if rows is None:
                return None
            union |= {row.key: row for row in rows}
        return list(union.values())

    def _having(self, column: str, op: str, values: Iterable[Any]) -> list[Row]:
        if column == KEY_COLUMN:
            return [self._rows[key] for key in dict.fromkeys(values) if key in self._rows]
        buckets = self._by_value(column) if op in ("eq", "in") else self._by_item(column)
        if op == "eq":
            return [row for value in values for row in buckets.get(value, ())]
        return list({row.key: row for value in values for row in buckets.get(value, ())}.values())

    def _by_value(self, column: str) -> Buckets:
        if column not in self._values:
            pairs = ((row.columns.get(column), row) for row in self._rows.values())
            self._values[column] = _buckets((value, row) for value, row in pairs if not isinstance(value, list))
        return self._values[column]

    def _by_item(self, column: str) -> Buckets:
        if column not in self._items:
            pairs = ((row.columns.get(column), row) for row in self._rows.values())
            self._items[column] = _buckets(
                (item, row) for items, row in pairs if isinstance(items, list) for item in items
            )
        return self._items[column]


def _names_rows(where: Filter) -> TypeGuard[Compare]:
    return isinstance(where, Compare) and where.column == KEY_COLUMN and where.op == "in"


def _buckets(pairs: Iterable[tuple[Any, Row]]) -> Buckets:
    buckets: dict[Any, list[Row]] = {}
    for value, row in pairs:
        buckets.setdefault(value, []).append(row)
    return buckets


class RowGroups:
    """The rows of each parent, for every relation that is read."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._grouped: dict[Relation, Mapping[str, list[str]]] = {}

    def children(self, relation: Relation, parent: str) -> Sequence[Row]:
        rows = self._rows[relation.label]
        by_parent = self._grouped.get(relation)
        if by_parent is None:
            by_parent = self._grouped[relation] = _keys_by_parent(rows, relation)
        return [rows[key] for key in by_parent.get(parent, ())]

    def ordered(self, relation: Relation, parent: str, orders: Orders) -> list[Row]:
        return ordered(self.children(relation, parent), orders)


def _keys_by_parent(rows: Mapping[str, Row], relation: Relation) -> Mapping[str, list[str]]:
    if isinstance(rows, LazyRows):
        (column,) = relation.columns
        return rows.keys_by(column)
    by_parent: dict[str, list[str]] = {}
    for key, row in rows.items():
        for parent in relation.parents(row):
            by_parent.setdefault(parent, []).append(key)
    return by_parent
