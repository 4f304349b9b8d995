"""Data loaders: the keys that the fields of one level request are fetched in one batch, and the values are delivered
in portions.

All that is delivered in one turn of the event loop is completed in that turn, thousands of rows long; between two
portions other tasks get their turn. The next level is fetched only after all portions are delivered, so that it is one
batch again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, TypeVar

from graph.concurrency.cooperative import checkpoint

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")
Result = TypeVar("Result")

ROWS_PER_TURN = 200
"""Rows that are delivered in one turn of the event loop: some 20 ms."""
_TURNS_TO_SETTLE = 4
"""Turns of the loop until all fields that received a value have requested what they need of it."""


class LoadScheduler:
    """Shared by the data loaders of a request: while one delivers, the others do not fetch. A field that reads many
    rows at once counts as a delivery while it lets others have their turn."""

    def __init__(self) -> None:
        self._deliveries = 0
        self.turns_to_settle = _TURNS_TO_SETTLE

    async def settle(self) -> None:
        """Wait until no loader delivers, and all fields have requested what they need of the values delivered."""
        quiet_turns = 0
        while quiet_turns < self.turns_to_settle:
            quiet_turns = 0 if self._deliveries else quiet_turns + 1
            await asyncio.sleep(0)

    async def checkpoint(self) -> None:
        """Let others have their turn where it is due; no loader fetches meanwhile."""
        self._deliveries += 1
        try:
            await checkpoint()
        finally:
            self._deliveries -= 1

    async def deliver(self, values: Iterable[tuple[asyncio.Future[T], T, int]]) -> None:
        """Resolve each future with its value, whose number of rows is the third part."""
        self._deliveries += 1
        try:
            rows = 0
            for waiter, value, weight in values:
                if not waiter.done():
                    waiter.set_result(value)
                rows += weight
                if rows >= ROWS_PER_TURN:
                    rows = 0
                    for _ in range(_TURNS_TO_SETTLE):
                        await asyncio.sleep(0)
        finally:
            self._deliveries -= 1


class DataLoader(Generic[Key, T]):
    """Fetches each key once. `fetch` returns the values of keys in their order, `weigh` counts the rows in a value."""

    def __init__(
        self,
        fetch: Callable[[Sequence[Key]], Awaitable[Sequence[T]]],
        weigh: Callable[[T], int],
        scheduler: LoadScheduler,
    ) -> None:
        self._fetch, self._weigh, self._scheduler = fetch, weigh, scheduler
        self._cache: dict[Key, T] = {}
        self._waiters: dict[Key, list[asyncio.Future[T]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: Key) -> Awaitable[T]:
        """The value of a key. Raises what `fetch` raises.

        Every call has a future of its own: all that wait for one future would resume in one turn."""
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if not self._waiters:
            self._start_batch()
        self._waiters.setdefault(key, []).append(waiter)
        return waiter

    async def load_many(self, keys: Iterable[Key]) -> list[T]:
        return list(await asyncio.gather(*map(self.load, keys)))

    def _start_batch(self) -> None:
        task = asyncio.create_task(self._load_batch())
        self._tasks.add(task)  # the event loop holds weak references only
        task.add_done_callback(self._tasks.discard)

    async def _load_batch(self) -> None:
        await self._scheduler.settle()
        waiters, self._waiters = self._waiters, {}
        missing = [key for key in waiters if key not in self._cache]
        try:
            self._cache |= zip(missing, await self._fetch(missing), strict=True) if missing else ()
        except Exception as problem:  # noqa: BLE001 (raised by each waiter)
            _fail(chain.from_iterable(waiters.values()), problem)
            return
        await self._scheduler.deliver(self._values(waiters))

    def _values(self, waiters: Mapping[Key, list[asyncio.Future[T]]]) -> Iterator[tuple[asyncio.Future[T], T, int]]:
        for key, futures in waiters.items():
            value = self._cache[key]
            weight = self._weigh(value)
            yield from ((future, value, weight) for future in futures)


class BatchLoader(Generic[T, Result]):
    """Fetches what the fields of one level request for all of their rows, each at once: `fetch` takes the requests of a
    level, and returns their results in their order."""

    def __init__(self, fetch: Callable[[Sequence[T]], Awaitable[Sequence[Result]]], scheduler: LoadScheduler) -> None:
        self._fetch, self._scheduler = fetch, scheduler
        self._waiters: list[tuple[T, asyncio.Future[Result]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def load(self, request: T) -> Result:
        """The result of a request. Raises what `fetch` raises."""
        waiter: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiters.append((request, waiter))
        if len(self._waiters) == 1:
            task = asyncio.create_task(self._load_batch())
            self._tasks.add(task)  # the event loop holds weak references only
            task.add_done_callback(self._tasks.discard)
        return await waiter

    async def _load_batch(self) -> None:
        await self._scheduler.settle()
        waiting, self._waiters = self._waiters, []
        try:
            results = await self._fetch([request for request, _ in waiting])
        except Exception as problem:  # noqa: BLE001 (raised by each waiter)
            _fail((waiter for _, waiter in waiting), problem)
            return
        for (_, waiter), result in zip(waiting, results, strict=True):
            if not waiter.done():
                waiter.set_result(result)


def _fail(waiters: Iterable[asyncio.Future[T]], problem: Exception) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(problem)
