"""The context of a request: a reader for each lens, and data loaders that batch what nested fields request."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from api.context.auth import ANONYMOUS, Caller
from api.context.data_loader import BatchLoader, DataLoader, LoadScheduler
from api.context.notes import Notes
from api.context.store_provider import StoreProvider
from graph.analytics.core.facts import Facts, facts_of
from graph.concurrency.progress import run_stoppable
from graph.errors import BadLens, StoreBusy, StoreError
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.stores.base import Reader, Store
from graph.stores.embedded.lenses import DEFAULT_MAX_LENSES
from graph.stores.query import MAX_UNPAGED, Page, Query, Slice
from graph.stores.selection import RowsBeneath, RowSelection, SliceRequest
from graph.vocabulary.model import Row

T = TypeVar("T")
Labels = tuple[str, ...]
RowKey = tuple[tuple[str, ...], str]
"""Labels that a row may have, and its key."""


def _row_weight(row: Row | None) -> int:
    return 1


def _slice_weight(rows: Slice) -> int:
    return 1 + len(rows.rows)


class LensView:
    """The data under one lens as one request sees them. What the fields of one level need goes to the store in batches:
    one call for each label of rows, one for each relation, filter, order and page, whatever the number of parents."""

    def __init__(
        self,
        reader: Reader,
        scheduler: LoadScheduler,
        notes: Notes,
        projects_alike: Callable[[LensView, Lens], Awaitable[bool]],
        *,
        is_default: bool,
    ) -> None:
        self.reader = reader
        self._projects_alike = projects_alike
        self.is_default = is_default
        """Whether the request names no lens for it."""
        self.notes = notes
        """Those of the whole request. What `RequestContext.cached` and `computed` keep for others adds none."""
        self.looked_up: set[tuple[tuple[str, ...], str]] = set()
        """Keys under labels that filters of the request name: each is noted once if there is no such row."""
        self.opened_version = reader.version
        self.truncated = False
        """Whether a list of the answer has rows beyond those that it shows."""
        self._rows: DataLoader[RowKey, Row | None] = DataLoader(self._load_rows, _row_weight, scheduler)
        self._slices: DataLoader[tuple[SliceRequest, str], Slice] = DataLoader(
            self._load_slices, _slice_weight, scheduler
        )
        self._ahead = RowsBeneath()
        """What was read ahead of the plan that reads it; rows have the columns that it needs alone."""
        self.checkpoint = scheduler.checkpoint
        """Lets other requests have their turn where it is due."""
        self._rows_at_once: BatchLoader[tuple[Labels, Collection[str]], Mapping[str, Row]] = BatchLoader(
            self._load_rows_at_once, scheduler
        )
        self._slices_at_once: BatchLoader[tuple[SliceRequest, Sequence[str]], list[Slice]] = BatchLoader(
            self._load_slices_at_once, scheduler
        )

    @property
    def lens(self) -> Lens:
        return self.reader.lens

    async def shows_the_same_as(self, before: Lens) -> bool:
        """Whether the lens shows the same on the days of `before`, which is alike in all else."""
        return before == self.lens or await self._projects_alike(self, before)

    def row(self, labels: tuple[str, ...], key: str) -> Awaitable[Row | None]:
        """The row of a key under the first of the labels that has one; None without one."""
        return self._rows.load((labels, key))

    def rows(self, labels: tuple[str, ...], keys: Iterable[str]) -> Awaitable[list[Row | None]]:
        return self._rows.load_many((labels, key) for key in keys)

    def slice(self, request: SliceRequest, parent: str) -> Awaitable[Slice]:
        """A page of the rows that belong to a parent."""
        return self._slices.load((request, parent))

    async def find_with(self, query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> Slice:
        """The page of a query; what the selection shows beneath is there for `rows_at_once` and `slices_at_once`."""
        found = await self.reader.find_with(query, page, selection, with_total=with_total)
        self._ahead.add(found.beneath)
        return found.slice

    async def rows_at_once(self, labels: Labels, keys: Collection[str]) -> tuple[list[str], Sequence[Row]]:
        """Those of the keys that have a row, and these rows; as `row` finds each."""
        ahead = self._ahead.referred.get(labels)
        if ahead is not None and ahead.covers(keys):
            return ahead.at(keys)
        rows = await self._rows_at_once.load((labels, keys))
        found = [key for key in keys if key in rows]
        return found, [rows[key] for key in found]

    async def slices_at_once(self, request: SliceRequest, parents: Sequence[str]) -> list[Slice]:
        """For each of the parents, in their order, a page of the rows that belong to it."""
        ahead = self._ahead.children.get(request, {})
        if ahead and all(parent in ahead for parent in parents):
            return [ahead[parent] for parent in parents]
        return await self._slices_at_once.load((request, parents))

    def mark_truncated(self) -> None:
        """Record that a list of the answer has more rows than it shows."""
        self.truncated = True

    def capped(self, rows: Sequence[T]) -> Sequence[T]:
        """The first MAX_UNPAGED rows, for a list without pages."""
        if len(rows) > MAX_UNPAGED:
            self.mark_truncated()
        return rows[:MAX_UNPAGED]

    async def _load_rows(self, row_keys: Sequence[RowKey]) -> list[Row | None]:
        keys_by_label: dict[str, dict[str, None]] = {}
        for labels, key in row_keys:
            for label in labels:
                keys_by_label.setdefault(label, {})[key] = None
        results = await asyncio.gather(*(self.reader.get(label, list(keys)) for label, keys in keys_by_label.items()))
        rows: dict[tuple[str, str], Row | None] = {}
        for (label, keys), result in zip(keys_by_label.items(), results, strict=True):
            rows |= {(label, key): row for key, row in zip(keys, result, strict=True)}
        return [next((row for label in labels if (row := rows[label, key])), None) for labels, key in row_keys]

    async def _load_slices(self, requests: Sequence[tuple[SliceRequest, str]]) -> list[Slice]:
        parents: dict[SliceRequest, dict[str, None]] = {}
        for request, parent in requests:
            parents.setdefault(request, {})[parent] = None
        slices = await self._slices_of(parents)
        return [slices[request][parent] for request, parent in requests]

    async def _slices_of(
        self, parents: Mapping[SliceRequest, Collection[str]]
    ) -> Mapping[SliceRequest, Mapping[str, Slice]]:
        results = await asyncio.gather(*(self._find_slices(one, list(keys)) for one, keys in parents.items()))
        return dict(zip(parents, results, strict=True))

    async def _find_slices(self, request: SliceRequest, parents: Sequence[str]) -> Mapping[str, Slice]:
        if request.page is not None:
            return await self.reader.find_each(request.relation, parents, request.query, request.page)
        totals = await self.reader.count_each(request.relation, parents, request.query)
        return {parent: Slice((), total) for parent, total in totals.items()}

    async def _load_rows_at_once(self, requests: Sequence[tuple[Labels, Collection[str]]]) -> list[Mapping[str, Row]]:
        keys_by_label: dict[str, dict[str, None]] = {}
        for labels, keys in requests:
            for label in labels:
                keys_by_label.setdefault(label, {}).update(dict.fromkeys(keys))
        rows = await asyncio.gather(*(self.reader.get(label, list(keys)) for label, keys in keys_by_label.items()))
        found = {
            label: {key: row for key, row in zip(keys, of_label, strict=True) if row is not None}
            for (label, keys), of_label in zip(keys_by_label.items(), rows, strict=True)
        }
        # of two labels with a row of one key the first counts
        return [
            ChainMap(*(found[label] for label in labels)) if len(labels) > 1 else found[labels[0]]
            for labels, _ in requests
        ]

    async def _load_slices_at_once(self, requests: Sequence[tuple[SliceRequest, Sequence[str]]]) -> list[list[Slice]]:
        parents: dict[SliceRequest, dict[str, None]] = {}
        for request, keys in requests:
            parents.setdefault(request, {}).update(dict.fromkeys(keys))
        slices = await self._slices_of(parents)
        return [[slices[request][key] for key in keys] for request, keys in requests]


class RequestContext:
    """The state of one request. It opens all readers, one for each lens, and keeps them until the answer is made."""

    def __init__(
        self,
        provider: StoreProvider,
        caller: Caller = ANONYMOUS,
        max_lenses: int = DEFAULT_MAX_LENSES,
        default_lens: Lens = DEFAULT_LENS,
        reader: Reader | None = None,
    ) -> None:
        """`reader` is one under the default lens that was opened for this request already."""
        self._provider = provider
        self._reader = reader
        self.caller = caller
        self.default_lens = default_lens
        self._max_lenses = max_lenses
        self._views: dict[Lens, asyncio.Future[LensView]] = {}
        self._scheduler = LoadScheduler()
        self._truncated = False
        self.notes = Notes()

    @property
    def store(self) -> Store:
        """Raises StoreUnavailable."""
        return self._provider.store

    async def view(self, lens: Lens | None = None) -> LensView:
        """The view under a lens, the default lens without one; one for all fields that name the lens. Raises BadLens,
        Forbidden, StoreError."""
        lens = lens or self.default_lens
        if lens in self._views and self._views[lens].cancelled():  # with a field beside one that failed
            del self._views[lens]
        if lens not in self._views:
            if len(self._views) >= self._max_lenses:
                remedy = "Ask for the others in another request."
                raise BadLens(f"More than {self._max_lenses} lenses in one request.", remedy=remedy)
            if self._reader is not None and lens == DEFAULT_LENS:
                self._views[lens] = opened = asyncio.get_running_loop().create_future()
                opened.set_result(self._view_of(self._reader, lens))
            else:
                self._views[lens] = asyncio.create_task(self._open_view(lens))
        return await self._views[lens]

    async def _open_view(self, lens: Lens) -> LensView:
        self.caller.check_lens(lens)
        return self._view_of(await self.store.reader(None if lens == DEFAULT_LENS else lens), lens)

    def _view_of(self, reader: Reader, lens: Lens) -> LensView:
        if not lens.overlay:
            self._provider.last_version = reader.version
        is_default = lens == self.default_lens
        return LensView(reader, self._scheduler, self.notes, self._projects_alike, is_default=is_default)

    async def _projects_alike(self, view: LensView, before: Lens) -> bool:
        async def compare(store: Store) -> bool:
            log = await asyncio.to_thread(store.overlay.facts, await store.log(), view.lens)
            return await asyncio.to_thread(store.scenarios.projects_alike, log, before, view.lens)

        return await self.cached(f"alike since {before.valid_on} {before.known_on}", [view], compare)

    def read_one_by_one(self) -> None:
        """From now on fields do not wait for each other, so that each fetches what it needs as soon as it knows it."""
        self._scheduler.turns_to_settle = 0

    async def has_changed(self) -> bool:
        """Whether the data changed during the request, so that parts of the answer may be of different versions, or had
        changed before, unseen."""
        views = list(self._opened_views())
        if self._reader is not None and not await _is_current(self._reader):
            return True
        return len({version.stored for one in views for version in (one.opened_version, one.reader.version)}) > 1

    def _opened_views(self) -> Iterator[LensView]:
        for task in self._views.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                yield task.result()

    def mark_truncated(self) -> None:
        """Record that a list of the answer has more rows than it shows."""
        self._truncated = True

    async def cached(self, name: str, views: Sequence[LensView], make: Callable[[Store], Awaitable[T]]) -> T:
        """The result of `make` for some views, from the cache that all requests share.

        Raises StoreBusy when the data change meanwhile."""
        versions = [_version_and_lens(view) for view in views]

        async def make_once() -> T:
            result = await make(self.store)
            if versions != [_version_and_lens(view) for view in views]:
                raise _data_changed()
            return result

        result: T = await self._provider.results.get((name, *versions), make_once)
        return result

    async def computed(self, view: LensView, key: Hashable, work: Callable[[Facts], T], *, long: bool) -> T:
        """The result of an analytic over all data of a view, computed off the event loop and once for all requests.
        `long` work does not delay the other work, and is cancelled when no request waits for it.

        Raises what `work` raises, StoreBusy."""
        provider, version = self._provider, _version_and_lens(view)

        async def read_facts() -> Facts:
            return await facts_of(view.reader)

        facts: Facts = await provider.facts.get(version, read_facts)
        if facts.snapshot.data_version != view.reader.version.id:
            raise _data_changed()
        cache = provider.long_analytics if long else provider.analytics
        result: T = await cache.get((key, *version), lambda: run_stoppable(work, facts))
        return result

    async def extensions(self, reached_store: bool, cost: Mapping[str, int] | None = None) -> dict[str, Any]:
        """The `extensions` of an answer: data version and dates of the default lens, the cost where it is known,
        whether a list is truncated, the data version with private facts where some are read, since when the store does
        not answer where the answer is of what is kept of it, and the notes since the last call where there are any.

        A request that was refused before it ran costs no store call."""
        view = None
        if reached_store:
            with suppress(Exception):  # the errors of the answer's fields report it
                view = await self.view()
        version = view.reader.version if view else self._provider.last_version
        lens = view.lens if view else self.default_lens.on(today())
        extensions = {
            "dataVersion": version.id if version else None,
            "validOn": lens.valid_on,
            "knownOn": lens.known_on,
            "cost": cost,
            "truncated": self._truncated or any(one.truncated for one in self._opened_views()),
        }
        private = {"overlayVersion": self.overlay_version} if self.overlay_version else {}
        stale = {"stale": {"since": self.stale_since}} if self.stale_since else {}
        notes = self.notes.take()
        return extensions | private | stale | ({"notes": notes} if notes else {})

    @property
    def stale_since(self) -> str | None:
        """Since when the store does not answer, where something was read from what is kept of it; else None."""
        return next((one.reader.stale_since for one in self._opened_views() if one.reader.stale_since), None)

    @property
    def overlay_version(self) -> str | None:
        """The data version with the private facts; None where the request reads none of them."""
        return next((one.reader.version.id for one in self._opened_views() if one.lens.overlay), None)


async def _is_current(reader: Reader) -> bool:
    try:
        return await reader.is_current()
    except StoreError:  # another attempt reports it
        return False


def _version_and_lens(view: LensView) -> tuple[str, Lens]:
    return view.reader.version.id, view.lens


def _data_changed() -> StoreBusy:
    return StoreBusy("The data changed while they were read.", remedy="Ask again.")
