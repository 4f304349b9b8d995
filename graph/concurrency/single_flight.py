"""A single-flight cache: one computation serves all callers of its key, and the last few results stay."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from graph.concurrency.cache_use import CacheUse
from graph.errors import StoreBusy

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


MAX_PENDING = 50
"""Keys with callers waiting at once; a further one raises StoreBusy."""


class SingleFlightCache(Generic[Key, T]):
    """The `size` results used last, by key; a failed one is computed again. Computations run one at a time: each keeps
    a core busy, and the service has to answer meanwhile. One without callers is not started; with `cancel_running`,
    one that runs is cancelled too when its last caller leaves."""

    def __init__(self, size: int, *, cancel_running: bool = False) -> None:
        self._size = size
        self._cancel_running = cancel_running
        self._lock = asyncio.Lock()
        self._tasks: OrderedDict[Key, asyncio.Task[T]] = OrderedDict()
        self._waiters: Counter[Key] = Counter()
        self._running: Key | None = None
        self.use = CacheUse()

    def __len__(self) -> int:
        return len(self._tasks)

    async def get(self, key: Key, compute: Callable[[], Awaitable[T]]) -> T:
        """The result of `key`, computed where it is missing. `compute` must not call this cache: that deadlocks.

        Raises StoreBusy when MAX_PENDING keys have callers waiting."""
        task = self._tasks.get(key)
        is_kept = task is not None and not _failed(task)
        self.use.count(is_kept)
        if task is None or not is_kept:
            if len(self._waiters) >= MAX_PENDING:
                raise StoreBusy("Too much is being made at once.", remedy="Ask again in a moment.")
            task = self._tasks[key] = asyncio.create_task(self._compute(key, compute))
        self._tasks.move_to_end(key)
        self._evict()
        self._waiters[key] += 1
        try:
            # a caller that leaves must not cancel the result of the others
            return await asyncio.shield(task)
        finally:
            self._leave(key, task)

    def _leave(self, key: Key, task: asyncio.Task[T]) -> None:
        self._waiters[key] -= 1
        if self._waiters[key]:
            return
        del self._waiters[key]
        if not task.done() and (self._cancel_running or self._running != key):
            task.cancel()
            if self._tasks.get(key) is task:
                del self._tasks[key]

    async def _compute(self, key: Key, compute: Callable[[], Awaitable[T]]) -> T:
        async with self._lock:
            self._running = key
            try:
                return await compute()
            finally:
                self._running = None

    def _evict(self) -> None:
        """Only results that are done: others have callers waiting."""
        done = [key for key, task in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - self._size)]:
            del self._tasks[key]


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
