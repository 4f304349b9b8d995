"""Readers under other lenses: each is projected once for many waiters, off the event loop, and a few are kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from graph.lens import Lens
from graph.projection import project
from graph.statements import StatementLog
from graph.stores.base import DataVersion
from graph.stores.embedded_reader import EmbeddedReader

MOST_LENSES = 8
"""Where no setting says otherwise."""


class LensReaders:
    """The readers used last, by data version and resolved lens."""

    def __init__(self, most: int = MOST_LENSES) -> None:
        self._most = most
        # one at a time: projecting keeps a core busy, and the service has to answer meanwhile
        self._turn = asyncio.Semaphore(1)
        self._tasks: OrderedDict[tuple[str, Lens], asyncio.Task[EmbeddedReader]] = OrderedDict()

    async def reader(
        self, version: DataVersion, lens: Lens, log: Callable[[], Awaitable[StatementLog]]
    ) -> EmbeddedReader:
        """The reader under `lens` (both dates set); `log` fetches the statements of `version` if it has to be made."""
        key = (version.id, lens)
        task = self._tasks.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._tasks[key] = asyncio.create_task(self._project(version, lens, log))
        self._tasks.move_to_end(key)
        for old in [old for old, one in self._tasks.items() if one.done()][: max(0, len(self._tasks) - self._most)]:
            del self._tasks[old]
        # a waiter that leaves must not take the projection away from the others
        return await asyncio.shield(task)

    async def _project(
        self, version: DataVersion, lens: Lens, log: Callable[[], Awaitable[StatementLog]]
    ) -> EmbeddedReader:
        async with self._turn:
            graph = await asyncio.to_thread(project, await log(), lens)
        return EmbeddedReader(graph, version)
