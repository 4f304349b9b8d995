"""Rows in memory by what their columns hold, and by the parent that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.evidence.projection import Rows
from graph.evidence.rows import LazyRows
from graph.stores.query import KEY_COLUMN, And, Compare, Filter, Or, Orders, Refers, Relation, ordered
from graph.vocabulary.model import Row

Buckets = Mapping[Any, list[Row]]
"""Rows by value."""


class RowIndex:
    """The rows of one label. A column is indexed when a filter first needs it."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = rows
        self._values: dict[str, Buckets] = {}
        self._items: dict[str, Buckets] = {}

    def candidates(self, where: Filter) -> list[Row] | None:
        """The fewest rows known to contain all that satisfy the filter; None where the index does not serve it."""
        match where:
            case And(parts):
                return min(
                    (rows for part in parts if (rows := self.candidates(part)) is not None), key=len, default=None
                )
            case Or(parts):
                return self._in_any(parts)
            case Compare(column, "eq" | "has" as op, value):
                return self._having(column, op, (value,))
            case Compare(column, "in" | "hasany" as op, values):
                return self._having(column, op, values)
            case Refers(name, Compare(column, "eq" | "in" as op, value)) if column == KEY_COLUMN:
                keys = (value,) if op == "eq" else value
                return self._in_any((Compare(name, "in", keys), Compare(name, "hasany", keys)))
        return None

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
