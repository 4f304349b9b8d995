"""What takes long is done once for many waiters, and a few results are kept."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from graph.errors import StoreBusy

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


MOST_AWAITED = 50
"""Results that may be waited for at once; whoever comes then is told to come back."""


class KeptTasks(Generic[Key, T]):
    """The `most` results used last, by key; one that failed is tried again. They are made one at a time: each keeps a
    core busy, and the service has to answer meanwhile. One that nobody waits for any more is not begun; with `stops`,
    one that is begun is cancelled too."""

    def __init__(self, most: int, *, stops: bool = False) -> None:
        self._most = most
        self._stops = stops
        self._turn = asyncio.Lock()
        self._tasks: OrderedDict[Key, asyncio.Task[T]] = OrderedDict()
        self._waiters: Counter[Key] = Counter()
        self._begun: Key | None = None

    def __len__(self) -> int:
        return len(self._tasks)

    async def get(self, key: Key, make: Callable[[], Awaitable[T]]) -> T:
        """The result of `key`; `make` makes it where it is missing. It must not ask this object for another.

        Raises StoreBusy when too many wait already."""
        task = self._tasks.get(key)
        if task is None or _failed(task):
            if len(self._waiters) >= MOST_AWAITED:
                raise StoreBusy("Too much is being made at once.", remedy="Ask again in a moment.")
            task = self._tasks[key] = asyncio.create_task(self._made(key, make))
        self._tasks.move_to_end(key)
        self._forget()
        self._waiters[key] += 1
        try:
            # a waiter that leaves must not take the result away from the others
            return await asyncio.shield(task)
        finally:
            self._leave(key, task)

    def _leave(self, key: Key, task: asyncio.Task[T]) -> None:
        self._waiters[key] -= 1
        if self._waiters[key]:
            return
        del self._waiters[key]
        if not task.done() and (self._stops or self._begun != key):
            task.cancel()
            if self._tasks.get(key) is task:
                del self._tasks[key]

    async def _made(self, key: Key, make: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            self._begun = key
            try:
                return await make()
            finally:
                self._begun = None

    def _forget(self) -> None:
        """Somebody waits for what is not done yet, so it stays."""
        done = [key for key, task in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - self._most)]:
            del self._tasks[key]


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
