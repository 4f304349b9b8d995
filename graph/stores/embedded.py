"""The embedded store: the projection in memory, immutable and indexed; statements durable in one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from graph.errors import StoreNotReady
from graph.lens import DEFAULT_LENS, Lens, today
from graph.model import LABELS, Row
from graph.projection import Graph, project
from graph.statements import Entered, StatementLog
from graph.stores.base import Change, DataVersion, Progress, Reader, silent
from graph.stores.embedded_reader import EmbeddedReader
from graph.stores.lenses import MOST_LENSES, LensReaders
from graph.stores.sqlite_log import SqliteLog


@dataclass(frozen=True)
class _State:
    """What is published at one moment: statements and the reader of the default lens over them.

    `number` is the file's from before it was read: as long as it is the file's, nobody has written since."""

    log: StatementLog
    reader: EmbeddedReader
    number: int

    @property
    def day(self) -> date | None:
        return self.reader.lens.valid_on

    def holds_on(self, day: date) -> bool:
        """Whether no interval has begun or ended until `day`."""
        flip = self.reader.graph.next_flip
        return flip is None or day < flip

    def on(self, day: date) -> _State:
        graph = replace(self.reader.graph, lens=DEFAULT_LENS.on(day))
        return _State(self.log, EmbeddedReader(graph, self.reader.version), self.number)


class EmbeddedStore:
    """One process of possibly several over one SQLite file; each sees what the others write."""

    def __init__(self, file: SqliteLog, clock: Callable[[], date] = today, most_lenses: int = MOST_LENSES) -> None:
        self._file = file
        self._clock = clock
        self._lock = asyncio.Lock()
        self._lenses = LensReaders(most_lenses)
        self._state: _State | None = None

    @staticmethod
    async def open(folder: Path, clock: Callable[[], date] = today, most_lenses: int = MOST_LENSES) -> EmbeddedStore:
        """The store in `folder`, which is made where it is missing. Raises StoreError.

        `most_lenses`: projections under other lenses that are kept."""
        file = await asyncio.to_thread(SqliteLog.open, folder / "wattgraph.sqlite")
        return EmbeddedStore(file, clock, most_lenses)

    async def reader(self, lens: Lens | None = None) -> Reader:
        wanted = (lens or DEFAULT_LENS).on(self._clock())
        state = await self._current()
        if wanted == state.reader.lens:
            return state.reader

        async def log() -> StatementLog:
            return state.log

        return await self._lenses.reader(state.reader.version, wanted, log)

    async def load(self, log: StatementLog, *, reason: str = "load", progress: Progress = silent) -> Change:
        return await self._write(log.replacing_seeds_of, reason, progress)

    async def apply(
        self, added: StatementLog, retracted: Collection[str] = (), *, reason: str, entered: Entered = Entered.API
    ) -> Change:
        marked = added.entered_by(entered)
        return await self._write(lambda stored: stored.changed(marked, retracted, self._clock()), reason, silent)

    async def log(self) -> StatementLog:
        return (await self._current()).log

    async def versions(self) -> list[DataVersion]:
        return await asyncio.to_thread(self._file.versions)

    async def close(self) -> None:
        await asyncio.to_thread(self._file.close)

    async def _current(self) -> _State:
        """The default lens of today over what the file holds now."""
        state = self._state
        if state is None or state.number != self._file.number() or state.day != self._clock():
            async with self._lock:
                state = await self._refreshed()
        return state

    async def _refreshed(self) -> _State:
        """Read what the file holds now, unless somebody just did, and publish its projection at once."""
        state, day, number = self._state, self._clock(), self._file.number()
        if state is None or state.number != number:
            log, version = await asyncio.to_thread(self._file.read)
            if version is None:
                raise StoreNotReady("The store holds no facts yet.", remedy="Run `wattgraph load`.")
            return await self._publish(log, version, day, number)
        if not state.holds_on(day):
            return await self._publish(state.log, state.reader.version, day, number)
        self._state = state = state.on(day)
        return state

    async def _write(self, change: Callable[[StatementLog], StatementLog], reason: str, progress: Progress) -> Change:
        """Make the change durable, then publish its projection at once: a reader sees the old graph or the new one."""
        async with self._lock:
            day, number = self._clock(), self._file.number()
            stored, log, version = await asyncio.to_thread(self._file.write, change, reason, progress)
            before = await asyncio.to_thread(project, stored, DEFAULT_LENS.on(day))
            # with the number from before: whether others wrote since our commit, the next reader looks
            after = await self._publish(log, version, day, number)
        return change_between(before, after.reader.graph, version)

    async def _publish(self, log: StatementLog, version: DataVersion, day: date, number: int) -> _State:
        graph = await asyncio.to_thread(project, log, DEFAULT_LENS.on(day))
        self._state = _State(log, EmbeddedReader(graph, version), number)
        return self._state


def change_between(before: Graph, after: Graph, version: DataVersion) -> Change:
    """How many rows of each label were added, changed and removed."""
    counts: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "removed": {}}
    for label in LABELS:
        old, new = _kept_rows(before, label), _kept_rows(after, label)
        found = {
            "added": sum(key not in old for key in new),
            "changed": sum(key in old and old[key].columns != row.columns for key, row in new.items()),
            "removed": sum(key not in new for key in old),
        }
        for what, count in found.items():
            if count:
                counts[what][label] = count
    return Change(version, **counts)


def _kept_rows(graph: Graph, label: str) -> Mapping[str, Row]:
    return {**graph.rows[label], **graph.withheld.get(label, {})}
