"""Readers under other lenses: each is projected once for all waiters, off the event loop; the last are cached."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from graph.concurrency.cache_use import CacheUse
from graph.concurrency.single_flight import SingleFlightCache
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.seeding.overlay_files import NO_OVERLAY, Overlay
from graph.seeding.scenario_files import NO_SCENARIOS, Scenarios
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader

DEFAULT_MAX_LENSES = 8
"""Where no setting says otherwise."""


class LensReaders:
    """The readers used last, by data version and resolved lens; scenarios and overlay stay as they are while these
    live. A projection is made from another one of near days, where there is one."""

    def __init__(
        self,
        max_lenses: int = DEFAULT_MAX_LENSES,
        scenarios: Scenarios = NO_SCENARIOS,
        overlay: Overlay = NO_OVERLAY,
    ) -> None:
        self.scenarios = scenarios
        self.overlay = overlay
        self._cache: SingleFlightCache[tuple[str, Lens], EmbeddedReader] = SingleFlightCache(max_lenses)
        self._made: deque[Graph] = deque(maxlen=max_lenses)

    @property
    def use(self) -> CacheUse:
        return self._cache.use

    def resolved(self, lens: Lens | None, day: date) -> Lens:
        """The lens (without one the default lens) on a day, with the id of its scenario. Raises BadLens."""
        return self.scenarios.resolved(lens or DEFAULT_LENS, day)

    async def reader(
        self, version: DataVersion, lens: Lens, log: Callable[[], Awaitable[StatementLog]]
    ) -> EmbeddedReader:
        """The reader under `lens` (resolved); `log` fetches the statements of `version` if it has to be made. Under the
        overlay it is of a data version of its own. Raises NoOverlay, OverlayErrors, BadInput."""
        id = await asyncio.to_thread(self.overlay.version_over, version.id) if lens.overlay else version.id

        async def make() -> EmbeddedReader:
            public = await log()
            facts = await asyncio.to_thread(self.overlay.facts, public, lens)
            graph = await asyncio.to_thread(self.scenarios.project, facts, lens, tuple(self._made))
            self._made.append(graph)
            private = len(facts.statements) - len(public.statements)
            return EmbeddedReader(graph, replace(version, id=id, statements=version.statements + private))

        return await self._cache.get((id, lens), make)
