"""What the store holds, known without a call for each request: what was read a moment ago counts as current."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf

from graph.errors import WattgraphError
from graph.stores.neo4j.reader import State

WATCHED_SECONDS = 10.0
"""How long after the last request the store is still looked at."""


class StateWatch:
    """The state of the store as it was at most `seconds` ago; whatever this process has written since counts. Answers
    bring the state along; while nobody asks the store anything but whether it has changed, it is read in the background
    before it gets too old. With 0 seconds it is read whenever somebody wants to know.

    Times are those at which a read began: the state is as late or later."""

    def __init__(
        self, read: Callable[[], Awaitable[State]], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self.seen: State | None = None
        """What was read last, however long ago."""
        self._as_of = -inf
        self._seen_at = -inf
        """When the read of what was seen had ended."""
        self._written_at = -inf
        self._wanted_at = -inf
        self._reading: tuple[float, asyncio.Task[State]] | None = None
        """The read that is on its way, and when it began."""
        self._watching: asyncio.Task[None] | None = None

    def now(self) -> float:
        return self._clock()

    def note(self, state: State, as_of: float) -> None:
        """What an answer is of that was asked for then."""
        is_same = self.seen is not None and self.seen.revision == state.revision
        if is_same:
            self._as_of = max(self._as_of, as_of)
        elif as_of >= self._seen_at:
            self._as_of = as_of
        else:  # of two that were asked for at once nothing tells which is the later
            self._as_of = -inf
        self.seen, self._seen_at = state, self._clock()

    def note_write(self) -> None:
        """What was asked for before now may not be current any more."""
        self._written_at = self._clock()

    async def current(self) -> State:
        """The state of the store as it was at most `seconds` ago. Raises StoreError."""
        self._wanted_at = self._clock()
        if self.seen is not None and self._counts(self._as_of):
            self._watch_on()
            return self.seen
        began, task = self._reading or (-inf, None)
        if task is None or task.done() or not self._counts(began):
            task = self._begin()
        state = await asyncio.shield(task)
        self._watch_on()
        return state

    @property
    def is_watching(self) -> bool:
        """Whether the store is looked at in the background."""
        return self._watching is not None and not self._watching.done()

    async def close(self) -> None:
        tasks = [self._watching, self._reading and self._reading[1]]
        running = [task for task in tasks if task is not None and not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _counts(self, as_of: float) -> bool:
        return as_of > self._written_at and self._clock() - as_of < self._seconds

    def _begin(self) -> asyncio.Task[State]:
        """Reads the state, for all who wait for it."""
        task = asyncio.create_task(self._read_and_note(began := self._clock()))
        task.add_done_callback(_retrieve)
        self._reading = began, task
        return task

    async def _read_and_note(self, began: float) -> State:
        state = await self._read()
        self.note(state, began)
        return state

    def _watch_on(self) -> None:
        if self._seconds and not self.is_watching:
            self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Looks twice as often as needed, so that no request waits."""
        half = self._seconds / 2
        while self._clock() - self._wanted_at < WATCHED_SECONDS:
            await asyncio.sleep(half)
            if self._clock() - self._as_of >= half:
                with suppress(WattgraphError):  # whoever asks next hears of it
                    await self._begin()


def _retrieve(task: asyncio.Task[State]) -> None:
    """Its error goes to those who wait; where all have left, to nobody."""
    if not task.cancelled():
        task.exception()
