"""The embedded reader: answers from one projection in memory, whatever its lens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date

from graph.lens import Lens
from graph.model import Row
from graph.projection import Graph
from graph.query import (
    EVERYTHING,
    Hit,
    Orders,
    Page,
    Query,
    Relation,
    Slice,
    best_hits,
    cut,
    matches,
    ordered,
    search_filter,
)
from graph.stores.base import DataVersion


class EmbeddedReader:
    """Answers from one projection; what it sorted or grouped once it keeps."""

    def __init__(self, graph: Graph, version: DataVersion) -> None:
        self.graph = graph
        """The projection itself."""
        self._version = version
        self._by_key = {key: row for rows in graph.rows.values() for key, row in rows.items()}
        self._sorted: dict[tuple[str, Orders], list[Row]] = {}
        self._grouped: dict[Relation, dict[str, list[Row]]] = {}

    @property
    def lens(self) -> Lens:
        return self.graph.lens

    @property
    def version(self) -> DataVersion:
        return self._version

    @property
    def data_through(self) -> date | None:
        return self.graph.data_through

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        rows = self.graph.rows[label]
        return [rows.get(key) for key in keys]

    async def find(self, query: Query, page: Page) -> Slice:
        return self._page(self._in_order(query.label, query.orders), query, page)

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        children = self._children(relation)
        return {parent: self._page(ordered(children.get(parent, ()), query.orders), query, page) for parent in parents}

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        wanted = search_filter(text)
        rows = (row for label in labels for row in self.graph.rows[label].values())
        return best_hits((row for row in rows if matches(wanted, row, self._by_key.get)), text, first)

    async def stream(self, label: str) -> AsyncIterator[Row]:
        for row in self._in_order(label, ()):
            yield row

    def _page(self, rows: Sequence[Row], query: Query, page: Page) -> Slice:
        if query.where != EVERYTHING:
            rows = [row for row in rows if matches(query.where, row, self._by_key.get)]
        return cut(rows, query.orders, page)

    def _in_order(self, label: str, orders: Orders) -> list[Row]:
        found = self._sorted.get((label, orders))
        if found is None:
            found = self._sorted[label, orders] = ordered(self.graph.rows[label].values(), orders)
        return found

    def _children(self, relation: Relation) -> Mapping[str, Sequence[Row]]:
        found = self._grouped.get(relation)
        if found is None:
            found = self._grouped[relation] = {}
            for row in self.graph.rows[relation.label].values():
                for parent in relation.parents(row):
                    found.setdefault(parent, []).append(row)
        return found
