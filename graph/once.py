"""What takes long is done once for many waiters, and a few results are kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")


class KeptTasks(Generic[Key, T]):
    """The `most` results used last, by key; one that failed is tried again. They are made one at a time: each keeps a
    core busy, and the service has to answer meanwhile."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = asyncio.Lock()
        self._tasks: OrderedDict[Key, asyncio.Task[T]] = OrderedDict()

    async def get(self, key: Key, make: Callable[[], Awaitable[T]]) -> T:
        """The result of `key`; `make` makes it where it is missing. It must not ask this object for another."""
        task = self._tasks.get(key)
        if task is None or _failed(task):
            task = self._tasks[key] = asyncio.create_task(self._made(make))
        self._tasks.move_to_end(key)
        self._forget()
        # a waiter that leaves must not take the result away from the others
        return await asyncio.shield(task)

    async def _made(self, make: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await make()

    def _forget(self) -> None:
        """Somebody waits for what is not done yet, so it stays."""
        done = [key for key, task in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - self._most)]:
            del self._tasks[key]


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
