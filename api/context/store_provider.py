"""The holder keeps the store of the service: opens it in the background, and tries again until the database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from graph.analytics.core.facts import Facts
from graph.concurrency.single_flight import SingleFlightCache
from graph.errors import StoreError, StoreUnavailable, WattgraphError
from graph.stores.base import DataVersion, Store

logger = logging.getLogger(__name__)
MOST_KEPT = 16
"""Results that took long and are kept; a difference between two far dates is a few megabytes."""
MOST_FACTS = 4
"""Lenses whose rows are kept for analytics; those of the embedded store are its own."""
MOST_RESULTS = 64
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


class StoreProvider:
    """Without a store, everybody who asks for it is told why."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._problem: StoreError = _not_open("It is being opened.")
        self.last_version: DataVersion | None = None
        """The data version that an answer was given from last."""
        self.cache: SingleFlightCache[tuple[Hashable, ...], Any] = SingleFlightCache(MOST_KEPT)
        """What took long to make. Each key begins with what it is, and holds the data version."""
        self.facts: SingleFlightCache[Hashable, Facts] = SingleFlightCache(MOST_FACTS)
        """What analytics read, by data version and lens."""
        self.results: SingleFlightCache[Hashable, Any] = SingleFlightCache(MOST_RESULTS, cancel_running=True)
        self.long: SingleFlightCache[Hashable, Any] = SingleFlightCache(MOST_RESULTS, cancel_running=True)
        """Results of analytics: those that take a moment, and those that take many."""

    @property
    def store(self) -> Store:
        """Raises StoreError while there is none."""
        if self._store is None:
            raise self._problem
        return self._store

    async def open(self, open_store: Callable[[], Awaitable[Store]]) -> None:
        """Open the store, however long it takes until the database answers."""
        wait = _FIRST_WAIT
        while self._store is None:
            try:
                self._store = await open_store()
            except WattgraphError as problem:
                self._problem = problem if isinstance(problem, StoreError) else _not_open(str(problem))
                logger.warning("The store does not open, next try in %.0f s: %s", wait, problem)
            except Exception:  # whatever a driver or a disk throws must not end the trying
                self._problem = _not_open("It failed unexpectedly; the log of the service tells more.")
                logger.exception("The store does not open, next try in %.0f s", wait)
            if self._store is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)

    async def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            await store.close()


def _not_open(why: str) -> StoreUnavailable:
    return StoreUnavailable(f"The store is not open yet. {why}", remedy="Try again in a few seconds.")
