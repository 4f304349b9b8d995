"""Calls that wait for a database that is gone end before their deadline: while one waits, somebody knocks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

QUICK_SECONDS = 0.5
"""Within which a call makes nobody knock."""
_KNOCK = 5 / 8
"""The part of the patience that a knock may take."""
_TICKS = 20
"""A knock has so many turns of the event loop, evenly spread."""


@dataclass(eq=False, slots=True)
class Call:
    """A call that is under way."""

    deadline: asyncio.Timeout
    began: float
    given_up: bool = False
    """Whether it ended because the database answered nobody."""

    def give_up(self) -> None:
        self.given_up = True
        self.deadline.reschedule(asyncio.get_running_loop().time())


class Vigil:
    """A connection that swallows everything tells nothing: only that nobody else is answered either tells that the
    database is gone, and not merely slow. A call that has waited since before a knock that found nobody is given up,
    `patience` seconds after it began at the latest."""

    def __init__(self, knock: Callable[[], asyncio.Task[bool]], patience: Callable[[], float]) -> None:
        """`knock` begins to find out whether the database answers at all, and ends by itself; the patience may be more
        for one that has just been started."""
        self._knock = knock
        self._patience = patience
        self._calls: set[Call] = set()
        self._watching: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def call(self, seconds: float) -> AsyncIterator[Call]:
        """Raises TimeoutError after so many seconds, and where it is given up."""
        async with asyncio.timeout(seconds) as deadline:
            call = Call(deadline, asyncio.get_running_loop().time())
            self._calls.add(call)
            if self._watching is None or self._watching.done():
                self._watching = asyncio.create_task(self._watch())
            try:
                yield call
            finally:
                self._calls.discard(call)

    async def answers(self) -> bool:
        """Whether somebody answers a knock in time. A moment in which this process itself had no turn counts little."""
        knock = self._knock()
        for _ in range(_TICKS):
            done, _ = await asyncio.wait([knock], timeout=self._patience() * _KNOCK / _TICKS)
            if done:
                return knock.result()
        return False

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while self._calls:
            await asyncio.sleep(QUICK_SECONDS)
            waiting = [one for one in self._calls if one.began <= loop.time() - QUICK_SECONDS]
            if waiting and not await self.answers():
                for one in self._calls.intersection(waiting):
                    one.give_up()
