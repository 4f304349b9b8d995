"""Readers under other lenses: each is projected once for many waiters, off the event loop, and a few are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from graph.lens import Lens
from graph.once import KeptTasks
from graph.projection import project
from graph.statements import StatementLog
from graph.stores.base import DataVersion
from graph.stores.embedded_reader import EmbeddedReader

MOST_LENSES = 8
"""Where no setting says otherwise."""


class LensReaders:
    """The readers used last, by data version and resolved lens."""

    def __init__(self, most: int = MOST_LENSES) -> None:
        self._kept: KeptTasks[tuple[str, Lens], EmbeddedReader] = KeptTasks(most)

    async def reader(
        self, version: DataVersion, lens: Lens, log: Callable[[], Awaitable[StatementLog]]
    ) -> EmbeddedReader:
        """The reader under `lens` (both dates set); `log` fetches the statements of `version` if it has to be made."""

        async def make() -> EmbeddedReader:
            graph = await asyncio.to_thread(project, await log(), lens)
            return EmbeddedReader(graph, version)

        return await self._kept.get((version.id, lens), make)
