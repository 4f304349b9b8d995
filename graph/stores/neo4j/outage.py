"""What reads go on from while the database does not answer: the last projection that was read whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from graph.errors import StoreError, StoreUnavailable
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.stores.embedded.lenses import LensReaders
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.neo4j.reader import State

RETRY_SECONDS = 0.5
"""How often the database is looked for during an outage."""
RENEW_SECONDS = 30.0
"""The least time between two projections that are kept: where writes follow each other, not each is worth the second of
a processor that one of tens of thousands of statements takes."""


class Outage:
    """Knows since when the database does not answer, until when all reads are refused at once, and looks for it.

    Keeps the statements and the default projection of the last data version that was seen, where there are no more
    than `max_statements`: readers of these are given out meanwhile."""

    def __init__(
        self,
        max_statements: int,
        lenses: LensReaders,
        read_log: Callable[[State], Awaitable[StatementLog]],
        knock: Callable[[], asyncio.Task[bool]],
    ) -> None:
        """`read_log` raises StoreError, also where the store has gone on; `knock` begins to
        find out whether the database answers, and ends by itself."""
        self._max_statements = max_statements
        self._lenses = lenses
        self._read_log = read_log
        self._knock = knock
        self._kept: tuple[EmbeddedReader, StatementLog] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self.since: str | None = None
        """Since when there is an outage, an ISO 8601 time in UTC."""
        self._problem = StoreUnavailable("Neo4j did not answer.", remedy="Try again in a moment.")

    @property
    def has_spare(self) -> bool:
        return self._kept is not None

    def renew(self, state: State, day: date) -> None:
        """Keep what the store holds now, in the background, where it is not kept already."""
        kept = self._kept
        is_kept = kept is not None and kept[0].version == state.version and kept[0].lens == DEFAULT_LENS.on(day)
        is_busy = self._renewing is not None and not self._renewing.done()
        if not (is_kept or is_busy) and 0 < state.version.statements <= self._max_statements:
            self._renewing = _in_background(self._renew(state, day))

    def begin(self, problem: StoreUnavailable) -> None:
        """The database did not answer."""
        self._problem = problem
        if self.since is None:
            self.since = datetime.now(UTC).isoformat(timespec="seconds")
            self._looking = _in_background(self._look_for_it())

    async def reader(self, wanted: Lens) -> EmbeddedReader:
        """A reader of what is kept, under a resolved lens, which tells that it is stale. Raises StoreUnavailable
        where nothing is, or there is no outage any more."""
        kept, since = self._kept, self.since
        if kept is None or since is None:
            raise self._again()
        reader, log = kept
        if reader.lens != wanted:
            reader = await self._lenses.reader(reader.version, wanted, partial(_same, log))
        return reader.stale(since)

    def check(self) -> None:
        """Raises StoreUnavailable during an outage."""
        if self.since is not None:
            raise self._again()

    def _again(self) -> StoreUnavailable:
        return StoreUnavailable(self._problem.message, remedy=self._problem.remedy)

    async def close(self) -> None:
        running = [task for task in (self._renewing, self._looking) if task is not None and not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _renew(self, state: State, day: date) -> None:
        with suppress(StoreError):  # the next request begins it anew
            log = await self._read_log(state)
            lens = self._lenses.resolved(None, day)
            self._kept = await self._lenses.reader(state.version, lens, partial(_same, log)), log
        await asyncio.sleep(RENEW_SECONDS)

    async def _look_for_it(self) -> None:
        """Others begin beside a knock that takes long: the first answers of a database that has just been started take
        seconds, and what a connection swallows never comes."""
        knocks: set[asyncio.Task[bool]] = set()
        while not any(one.done() and one.result() for one in knocks):
            knocks = {one for one in knocks if not one.done()} | {self._knock()}
            await asyncio.gather(asyncio.sleep(RETRY_SECONDS), _first(knocks))
        self.since = None


async def _first(knocks: set[asyncio.Task[bool]]) -> None:
    await asyncio.wait(knocks, timeout=RETRY_SECONDS, return_when=asyncio.FIRST_COMPLETED)


def _in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """In no request's name, whichever happened to come."""
    return asyncio.get_running_loop().create_task(work, context=Context())


async def _same(log: StatementLog) -> StatementLog:
    return log
