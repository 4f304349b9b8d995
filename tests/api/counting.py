"""A store whose readers count what they are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graph.evidence.lens import Lens
from graph.stores.base import DataVersion, Reader, Store
from graph.stores.query import Hit, Page, Query, Relation, Slice
from graph.vocabulary.model import Row


@dataclass
class Calls:
    """Every call: the verb, of what, and how many keys or parents it had."""

    made: list[tuple[str, str, int]] = field(default_factory=list)
    readers: list[Lens | None] = field(default_factory=list)
    last_readers: int = 0
    """Of the readers those that were opened without a look at the store."""

    def of(self, verb: str) -> list[tuple[str, int]]:
        return [(what, count) for made, what, count in self.made if made == verb]


class CountingReader:
    def __init__(self, reader: Reader, calls: Calls) -> None:
        self._reader = reader
        self._calls = calls

    @property
    def lens(self) -> Lens:
        return self._reader.lens

    @property
    def version(self) -> DataVersion:
        return self._reader.version

    @property
    def data_through(self) -> date | None:
        return self._reader.data_through

    @property
    def stale_since(self) -> str | None:
        return self._reader.stale_since

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        self._calls.made.append(("get", label, len(keys)))
        return await self._reader.get(label, keys)

    async def find(self, query: Query, page: Page) -> Slice:
        self._calls.made.append(("find", query.label, 1))
        return await self._reader.find(query, page)

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        self._calls.made.append(("find_each", f"{query.label} by {'/'.join(relation.columns)}", len(parents)))
        return await self._reader.find_each(relation, parents, query, page)

    async def count(self, query: Query) -> int:
        self._calls.made.append(("count", query.label, 1))
        return await self._reader.count(query)

    async def count_each(self, relation: Relation, parents: Collection[str], query: Query) -> Mapping[str, int]:
        self._calls.made.append(("count_each", f"{query.label} by {'/'.join(relation.columns)}", len(parents)))
        return await self._reader.count_each(relation, parents, query)

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        self._calls.made.append(("search", text, 1))
        return await self._reader.search(text, labels, first)

    async def is_current(self) -> bool:
        return await self._reader.is_current()

    def stream(self, label: str) -> AsyncIterator[Row]:
        return self._reader.stream(label)

    async def rows(self, label: str) -> Mapping[str, Row]:
        return await self._reader.rows(label)


class CountingStore:
    """What is not counted goes to the store below."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls = Calls()

    async def reader(self, lens: Lens | None = None) -> Reader:
        self.calls.readers.append(lens)
        return CountingReader(await self._store.reader(lens), self.calls)

    async def last_reader(self) -> Reader:
        self.calls.readers.append(None)
        self.calls.last_readers += 1
        return CountingReader(await self._store.last_reader(), self.calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
