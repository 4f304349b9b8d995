"""The embedded reader: answers from one projection in memory, whatever its lens."""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial

from graph.concurrency.cooperative import checkpoint
from graph.evidence.lens import Lens
from graph.evidence.projection import Graph, Rows
from graph.stores.base import DataVersion
from graph.stores.embedded.reached_rows import ReachedRows
from graph.stores.embedded.row_index import RowGroups, RowIndex
from graph.stores.query import (
    EVERYTHING,
    KEY_COLUMN,
    OPERATORS,
    Compare,
    Filter,
    Hit,
    Order,
    Orders,
    Page,
    Query,
    Relation,
    Slice,
    best_hits,
    cut,
    ordered,
    predicate,
    search_filter,
)
from graph.stores.selection import ReadAhead, RowSelection
from graph.vocabulary.model import Row

_MAX_ORDERS = 32
"""Orders of all rows of a label; clients choose them, so that they have to be few."""
_MAX_PARENTS = 1_000
"""Parents whose rows are kept in an order: two pages of them."""
_UPWARD = frozenset({"gt", "gte"})
_SIDE_BY_SIDE = _UPWARD | {"lt", "lte"}
"""Operators whose rows stand side by side in an order by the same column."""
_FEW = 200
"""So few candidates are looked at one by one, whatever rows their filter reaches."""
_ROWS_AT_ONCE = 50
"""Rows that are compared between two checkpoints: each may reach many others."""
_SELECTIVE = 4
"""An index serves a query when at most one of so many rows is a candidate; else rows that are in order already do."""


class EmbeddedReader:
    """Answers from one projection; what it sorted, grouped or indexed it keeps."""

    def __init__(self, graph: Graph, version: DataVersion) -> None:
        self.graph = graph
        """The projection itself."""
        self._version = version
        self._stale_since: str | None = None
        # no property refers to a statement
        referred = [rows for label, rows in graph.rows.items() if label != "Statement"]
        self._by_key = {key: row for rows in referred for key, row in rows.items()}
        self._indexes = {label: RowIndex(rows) for label, rows in graph.rows.items()}
        self._groups = RowGroups(graph.rows)
        self._reached = ReachedRows(self._indexes, self._groups, graph.rows, self._by_key)
        # what is kept must not lead back to the reader: it would outlive the next write until a cycle is looked for
        self._in_order = lru_cache(_MAX_ORDERS)(partial(_ordered, graph.rows))
        self._children_in_order = lru_cache(_MAX_PARENTS)(self._groups.ordered)

    @property
    def lens(self) -> Lens:
        return self.graph.lens

    @property
    def version(self) -> DataVersion:
        return self._version

    @property
    def data_through(self) -> date | None:
        return self.graph.data_through

    @property
    def stale_since(self) -> str | None:
        return self._stale_since

    def stale(self, since: str) -> EmbeddedReader:
        """The same reader, as one that answers in place of a store that has not answered since then."""
        reader = copy.copy(self)
        reader._stale_since = since
        return reader

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        rows = self.graph.rows[label]
        return [rows.get(key) for key in keys]

    async def find(self, query: Query, page: Page) -> Slice:
        return cut(await self._rows_of(query), query.orders, page)

    @property
    def reads_ahead(self) -> bool:
        return False

    async def find_with(self, query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> ReadAhead:
        return ReadAhead(await self.find(query, page))

    async def is_current(self) -> bool:
        return True

    async def count(self, query: Query) -> int:
        ranged = self._indexes[query.label].range(query.where)
        if ranged is not None and isinstance(query.where, Compare):
            return ranged.count(query.where.op, query.where.value)
        where = await self._reachless(query)
        if isinstance(where, Compare) and (where.column, where.op) == (KEY_COLUMN, "in"):
            return sum(map(self.graph.rows[query.label].__contains__, where.value))
        return len(await self._filtered(query.label, where, ()))

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        slices: dict[str, Slice] = {}
        for parent in parents:
            await checkpoint()
            children = self._children_in_order(relation, parent, query.orders)
            slices[parent] = cut(await self._satisfying(query.where, children), query.orders, page)
        return slices

    async def count_each(self, relation: Relation, parents: Collection[str], query: Query) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for parent in parents:
            await checkpoint()
            counts[parent] = len(await self._satisfying(query.where, self._groups.children(relation, parent)))
        return counts

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        where = search_filter(text)
        rows = [row for label in labels for row in self.graph.rows[label].values()]
        return best_hits(await self._satisfying(where, rows), text, first)

    async def stream(self, label: str) -> AsyncIterator[Row]:
        for row in self._in_order(label, ()):
            await checkpoint()
            yield row

    async def rows(self, label: str) -> Mapping[str, Row]:
        return self.graph.rows[label]

    async def _rows_of(self, query: Query) -> Sequence[Row]:
        """The rows of a query, in order."""
        if query.orders and (segment := in_segment(query.where, query.orders[0])) is not None:
            return segment(self._in_order(query.label, query.orders))
        if query.where == EVERYTHING:
            return self._in_order(query.label, query.orders)
        return await self._filtered(query.label, await self._reachless(query), query.orders)

    async def _reachless(self, query: Query) -> Filter:
        """The filter of a query without its reach, unless few rows may satisfy it."""
        candidates = self._indexes[query.label].candidates(query.where)
        if candidates is None or len(candidates) > _FEW:
            return await self._reached.resolved(query.where, query.label)
        return query.where

    async def _filtered(self, label: str, where: Filter, orders: Orders) -> Sequence[Row]:
        candidates = self._indexes[label].candidates(where)
        if candidates is not None and len(candidates) * _SELECTIVE <= len(self.graph.rows[label]):
            return ordered(await self._satisfying(where, candidates), orders)
        return await self._satisfying(where, self._in_order(label, orders))

    async def _satisfying(self, where: Filter, rows: Sequence[Row]) -> Sequence[Row]:
        if where == EVERYTHING:
            return rows
        satisfying: list[Row] = []
        fits = predicate(where, self._by_key.get, self._groups.children)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            await checkpoint()
            some = rows[start : start + _ROWS_AT_ONCE]
            match where:
                case Compare("key", "in", keys):  # what a filter through links becomes
                    satisfying += [row for row in some if row.key in keys]
                case _:
                    satisfying += filter(fits, some)
        return satisfying


def in_segment(where: Filter, order: Order) -> Callable[[Sequence[Row]], Sequence[Row]] | None:
    """Cuts from rows in this order those that satisfy the filter, where they stand side by side; None where they may
    not."""
    if not isinstance(where, Compare) or where.column != order.column or where.op not in _SIDE_BY_SIDE:
        return None
    column, satisfies, want = where.column, OPERATORS[where.op], where.value
    at_the_end = (where.op in _UPWARD) is not order.descending

    def cut_out(rows: Sequence[Row]) -> Sequence[Row]:
        there = bisect_left(rows, True, key=lambda row: row.columns.get(column) is None)
        if at_the_end:
            start = bisect_left(rows, True, 0, there, key=lambda row: satisfies(row.columns[column], want))
            return rows[start:there]
        return rows[: bisect_left(rows, True, 0, there, key=lambda row: not satisfies(row.columns[column], want))]

    return cut_out


def _ordered(rows: Rows, label: str, orders: Orders) -> list[Row]:
    return ordered(rows[label].values(), orders)
