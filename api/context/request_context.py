"""The context of a request: one reader for each lens it asks for, and loaders that batch what nested fields ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from api.context.auth import ANONYMOUS, Caller
from api.context.data_loader import DataLoader, LoadScheduler
from api.context.store_provider import StoreProvider
from graph.analytics.core.facts import Facts, facts_of
from graph.concurrency.progress import run_stoppable
from graph.errors import BadLens, StoreBusy
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.stores.base import DataVersion, Reader, Store
from graph.stores.embedded.lenses import DEFAULT_MAX_LENSES
from graph.stores.query import MAX_UNPAGED, Page, Query, Relation, Slice
from graph.vocabulary.model import Row

T = TypeVar("T")
Named = tuple[tuple[str, ...], str]
"""Labels that a row may have, and its key."""


@dataclass(frozen=True, slots=True)
class SliceRequest:
    """What a nested field asks of every parent alike."""

    relation: Relation
    query: Query
    page: Page


def _one(row: Row | None) -> int:
    return 1


def _rows_of(page: Slice) -> int:
    return 1 + len(page.rows)


class LensView:
    """What a request sees under one lens. What the fields of one level ask for goes to the store together:
    one call for each label of rows, one for each relation, filter, order and page, whatever the number of parents."""

    def __init__(self, reader: Reader, scheduler: LoadScheduler) -> None:
        self.reader = reader
        self.opened_version = reader.version.id
        self.truncated = False
        """Whether a list of the answer has rows beyond those that it shows."""
        self._rows: DataLoader[Named, Row | None] = DataLoader(self._load_rows, _one, scheduler)
        self._slices: DataLoader[tuple[SliceRequest, str], Slice] = DataLoader(self._load_slices, _rows_of, scheduler)

    @property
    def lens(self) -> Lens:
        return self.reader.lens

    def row(self, labels: tuple[str, ...], key: str) -> Awaitable[Row | None]:
        """The row of a key, whichever of the labels it has."""
        return self._rows.load((labels, key))

    def rows(self, labels: tuple[str, ...], keys: Iterable[str]) -> Awaitable[list[Row | None]]:
        return self._rows.load_many((labels, key) for key in keys)

    def slice(self, asked: SliceRequest, parent: str) -> Awaitable[Slice]:
        """The page of the rows that belong to a parent."""
        return self._slices.load((asked, parent))

    def mark_truncated(self) -> None:
        """A list of the answer goes on."""
        self.truncated = True

    def capped(self, rows: Sequence[T]) -> Sequence[T]:
        """As many of the rows as a list shows that cannot be paged."""
        if len(rows) > MAX_UNPAGED:
            self.mark_truncated()
        return rows[:MAX_UNPAGED]

    async def _load_rows(self, named: Sequence[Named]) -> list[Row | None]:
        wanted: dict[str, dict[str, None]] = {}
        for labels, key in named:
            for label in labels:
                wanted.setdefault(label, {})[key] = None
        found: dict[tuple[str, str], Row | None] = {}
        answers = await asyncio.gather(*(self.reader.get(label, list(keys)) for label, keys in wanted.items()))
        for (label, keys), rows in zip(wanted.items(), answers, strict=True):
            found |= {(label, key): row for key, row in zip(keys, rows, strict=True)}
        return [next((row for label in labels if (row := found[label, key])), None) for labels, key in named]

    async def _load_slices(self, asked: Sequence[tuple[SliceRequest, str]]) -> list[Slice]:
        parents: dict[SliceRequest, dict[str, None]] = {}
        for one, parent in asked:
            parents.setdefault(one, {})[parent] = None
        answers = await asyncio.gather(
            *(self.reader.find_each(one.relation, list(keys), one.query, one.page) for one, keys in parents.items())
        )
        found = dict(zip(parents, answers, strict=True))
        return [found[one][parent] for one, parent in asked]


class RequestContext:
    """One request. Its readers are made here and nowhere else, one for each lens, and stay until it is answered."""

    def __init__(
        self, provider: StoreProvider, caller: Caller = ANONYMOUS, max_lenses: int = DEFAULT_MAX_LENSES
    ) -> None:
        self._provider = provider
        self.caller = caller
        self._max_lenses = max_lenses
        self._views: dict[Lens, asyncio.Task[LensView]] = {}
        self._scheduler = LoadScheduler()
        self._truncated = False

    @property
    def store(self) -> Store:
        """Raises StoreUnavailable."""
        return self._provider.store

    async def view(self, lens: Lens = DEFAULT_LENS) -> LensView:
        """Raises BadLens, StoreError."""
        if lens not in self._views:
            if len(self._views) >= self._max_lenses:
                remedy = "Ask for the others in another request."
                raise BadLens(f"More than {self._max_lenses} lenses in one request.", remedy=remedy)
            self._views[lens] = asyncio.create_task(self._open(lens))
        return await self._views[lens]

    async def _open(self, lens: Lens) -> LensView:
        reader = await self.store.reader(None if lens == DEFAULT_LENS else lens)
        self._provider.last_version = reader.version
        return LensView(reader, self._scheduler)

    @property
    def data_changed(self) -> bool:
        """Whether the data changed underway, so that parts of the answer may be of different versions."""
        opened = list(self._opened())
        return len({version for one in opened for version in (one.opened_version, one.reader.version.id)}) > 1

    def _opened(self) -> Iterator[LensView]:
        for task in self._views.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                yield task.result()

    def mark_truncated(self) -> None:
        """A list of the answer goes on."""
        self._truncated = True

    async def cached(self, what: str, views: Sequence[LensView], make: Callable[[Store], Awaitable[T]]) -> T:
        """What takes long to make of what some views see: made once for all requests, kept for those that follow.

        Raises StoreBusy when the data change meanwhile."""
        seen = [(view.reader.version.id, view.lens) for view in views]

        async def made() -> T:
            found = await make(self.store)
            if seen != [(view.reader.version.id, view.lens) for view in views]:
                raise StoreBusy("The data changed while they were read.", remedy="Ask again.")
            return found

        found: T = await self._provider.cache.get((what, *seen), made)
        return found

    async def computed(self, view: LensView, what: Hashable, work: Callable[[Facts], T], *, long: bool) -> T:
        """What an analytic makes of all that a view sees, off the event loop; once for all requests. `long` work does
        not keep the rest waiting, and is stopped when nobody waits for it any more.

        Raises what the work raises, StoreBusy."""
        provider, seen = self._provider, (view.reader.version.id, view.lens)

        async def facts() -> Facts:
            return await facts_of(view.reader)

        given: Facts = await provider.facts.get(seen, facts)
        if given.snapshot.data_version != view.reader.version.id:
            raise StoreBusy("The data changed while they were read.", remedy="Ask again.")
        lane = provider.long if long else provider.results
        found: T = await lane.get((what, *seen), lambda: run_stoppable(work, given))
        return found

    async def versions(self) -> list[DataVersion]:
        return await self.store.versions()

    async def extensions(self, reached_store: bool, cost: Mapping[str, int] | None = None) -> dict[str, Any]:
        """What every answer tells of its default lens, of its cost where it is known, and whether a list goes on.

        A request that was refused before it ran costs no store call."""
        view = None
        if reached_store:
            with suppress(Exception):  # the fields that failed for it have told
                view = await self.view()
        version = view.reader.version if view else self._provider.last_version
        lens = view.lens if view else DEFAULT_LENS.on(today())
        return {
            "dataVersion": version.id if version else None,
            "validOn": lens.valid_on,
            "knownOn": lens.known_on,
            "cost": cost,
            "truncated": self._truncated or any(one.truncated for one in self._opened()),
        }
