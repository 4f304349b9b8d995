"""DataLoader: what the fields of one level ask for is fetched together, and what was fetched is handed out in portions.

Whatever is handed out at once is completed in one turn of the event loop, thousands of rows long; between two portions
others get their turn. What the rows lead to is not fetched before all portions are handed out, so that the next level
is one batch again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")

ROWS_PER_TURN = 200
"""Rows that are handed out at once: some 20 ms."""
_SETTLING = 4
"""Turns of the loop until all who were handed something have asked for what it leads to."""


class LoadScheduler:
    """Where the batches of a request are handed out: one at a time, and the next ones are not fetched meanwhile."""

    def __init__(self) -> None:
        self._busy = 0

    async def settle(self) -> None:
        """Wait until nothing is being handed out, and whoever was handed something has asked for more."""
        turns = 0
        while turns < _SETTLING:
            turns = 0 if self._busy else turns + 1
            await asyncio.sleep(0)

    async def deliver(self, answers: Iterable[tuple[asyncio.Future[T], T, int]]) -> None:
        """Each answer, with the number of its rows, to those who wait for it."""
        self._busy += 1
        try:
            rows = 0
            for waiting, value, weight in answers:
                if not waiting.done():
                    waiting.set_result(value)
                rows += weight
                if rows >= ROWS_PER_TURN:
                    rows = 0
                    for _ in range(_SETTLING):
                        await asyncio.sleep(0)
        finally:
            self._busy -= 1


class DataLoader(Generic[Key, T]):
    """Each key is fetched once. `fetch` gives the values of keys in their order, `weigh` the rows in a value."""

    def __init__(
        self,
        fetch: Callable[[Sequence[Key]], Awaitable[Sequence[T]]],
        weigh: Callable[[T], int],
        scheduler: LoadScheduler,
    ) -> None:
        self._fetch, self._weigh, self._scheduler = fetch, weigh, scheduler
        self._known: dict[Key, T] = {}
        self._waiting: dict[Key, list[asyncio.Future[T]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: Key) -> Awaitable[T]:
        """Raises what `fetch` raises. Everybody waits alone: all who wait for one thing would go on in one turn."""
        asked: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            self._begin()
        self._waiting.setdefault(key, []).append(asked)
        return asked

    async def load_many(self, keys: Iterable[Key]) -> list[T]:
        return list(await asyncio.gather(*map(self.load, keys)))

    def _begin(self) -> None:
        task = asyncio.create_task(self._answered())
        self._tasks.add(task)  # the loop itself would forget it
        task.add_done_callback(self._tasks.discard)

    async def _answered(self) -> None:
        await self._scheduler.settle()
        waiting, self._waiting = self._waiting, {}
        wanted = [key for key in waiting if key not in self._known]
        try:
            self._known |= zip(wanted, await self._fetch(wanted), strict=True) if wanted else ()
        except Exception as problem:  # noqa: BLE001 (whoever waits raises it)
            _fail(chain.from_iterable(waiting.values()), problem)
            return
        await self._scheduler.deliver(self._answers(waiting))

    def _answers(self, waiting: Mapping[Key, list[asyncio.Future[T]]]) -> Iterator[tuple[asyncio.Future[T], T, int]]:
        for key, everybody in waiting.items():
            value = self._known[key]
            weight = self._weigh(value)
            yield from ((one, value, weight) for one in everybody)


def _fail(waiting: Iterable[asyncio.Future[T]], problem: Exception) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(problem)
