"""The store of the service: opened in the background, with retries until the database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Any

from graph.analytics.core.facts import Facts
from graph.concurrency.single_flight import SingleFlightCache
from graph.errors import StoreError, StoreUnavailable, WattgraphError
from graph.stores.base import DataVersion, Store
from graph.stores.sizes import Sizes

logger = logging.getLogger(__name__)
MAX_RESULTS = 16
"""Cached differences, conflicts and coverages; a difference between two far dates is a few megabytes."""
MAX_FACTS = 4
"""Lenses whose rows are cached for analytics; the embedded store has a cache of its own."""
MAX_ANALYTICS = 64
_FIRST_RETRY_SECONDS, _MAX_RETRY_SECONDS = 1.0, 30.0


class StoreProvider:
    """Holds the store, once it is open, and the caches that all requests share."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._problem: StoreError = _not_open("It is being opened.")
        self.last_version: DataVersion | None = None
        """The data version of the last reader opened."""
        self.results: SingleFlightCache[tuple[Hashable, ...], Any] = SingleFlightCache(MAX_RESULTS)
        """Differences, conflicts and coverages, by name, data versions and lenses."""
        self.facts: SingleFlightCache[Hashable, Facts] = SingleFlightCache(MAX_FACTS)
        """The input of analytics, by data version and lens."""
        self.analytics: SingleFlightCache[Hashable, Any] = SingleFlightCache(MAX_ANALYTICS, cancel_running=True)
        """Results of analytics that take a moment, by function and arguments, data version and lens."""
        self.long_analytics: SingleFlightCache[Hashable, Any] = SingleFlightCache(MAX_ANALYTICS, cancel_running=True)
        """Results of analytics that take up to half a minute."""

    @property
    def store(self) -> Store:
        """Raises StoreError while the store is not open, with the reason."""
        if self._store is None:
            raise self._problem
        return self._store

    async def sizes(self) -> Sizes | None:
        """How many rows there are at most; None while the store does not answer."""
        with suppress(StoreError):
            return await self.store.sizes()
        return None

    async def open(self, open_store: Callable[[], Awaitable[Store]]) -> None:
        """Open the store, with retries for as long as the database does not answer."""
        wait = _FIRST_RETRY_SECONDS
        while self._store is None:
            try:
                self._store = await open_store()
            except WattgraphError as problem:
                self._problem = problem if isinstance(problem, StoreError) else _not_open(str(problem))
                logger.warning("The store does not open, next try in %.0f s: %s", wait, problem)
            except Exception:  # an unexpected error of a driver or a disk must not end the retries
                self._problem = _not_open("It failed unexpectedly; the log of the service has the details.")
                logger.exception("The store does not open, next try in %.0f s", wait)
            if self._store is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, _MAX_RETRY_SECONDS)

    async def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            await store.close()


def _not_open(reason: str) -> StoreUnavailable:
    return StoreUnavailable(f"The store is not open yet. {reason}", remedy="Try again in a few seconds.")
