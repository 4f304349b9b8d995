"""The embedded store: the projection in memory, immutable and indexed; statements durable in one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from graph.audit.journal import Action, Entry, Head, WriteRequest, action_of, digest_of
from graph.audit.tokens import Token
from graph.concurrency.progress import Progress, silent
from graph.errors import StoreNotReady
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.evidence.projection import Graph, project, reproject
from graph.evidence.statements import Entered, StatementLog
from graph.seeding.scenario_files import NO_SCENARIOS, Scenarios
from graph.stores.base import DataVersion, Reader, WriteOutcome
from graph.stores.embedded.lenses import DEFAULT_MAX_LENSES, LensReaders
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.sqlite_log import Known, SqliteLog, Written
from graph.vocabulary.model import LABELS, Row


@dataclass(frozen=True)
class _State:
    """What is published at one moment: statements and the reader of the default lens over them."""

    known: Known
    reader: EmbeddedReader

    @property
    def day(self) -> date | None:
        return self.reader.lens.valid_on

    def holds_on(self, day: date) -> bool:
        """Whether no interval has begun or ended until `day`."""
        flip = self.reader.graph.next_flip
        return flip is None or day < flip

    def on(self, day: date) -> _State:
        graph = replace(self.reader.graph, lens=DEFAULT_LENS.on(day))
        return _State(self.known, EmbeddedReader(graph, self.reader.version))


class EmbeddedStore:
    """One process of possibly several over one SQLite file; each sees what the others write."""

    def __init__(
        self,
        file: SqliteLog,
        clock: Callable[[], date] = today,
        max_lenses: int = DEFAULT_MAX_LENSES,
        scenarios: Scenarios = NO_SCENARIOS,
    ) -> None:
        self._file = file
        self._clock = clock
        self._lock = asyncio.Lock()
        self._lenses = LensReaders(max_lenses, scenarios)
        self._state: _State | None = None

    @staticmethod
    async def open(
        folder: Path,
        clock: Callable[[], date] = today,
        max_lenses: int = DEFAULT_MAX_LENSES,
        scenarios: Scenarios = NO_SCENARIOS,
    ) -> EmbeddedStore:
        """The store in `folder`, which is made where it is missing. Raises StoreError.

        `max_lenses`: projections under other lenses that are kept. `scenarios`: those that a lens may name."""
        file = await asyncio.to_thread(SqliteLog.open, folder / "wattgraph.sqlite")
        return EmbeddedStore(file, clock, max_lenses, scenarios)

    @property
    def scenarios(self) -> Scenarios:
        return self._lenses.scenarios

    async def reader(self, lens: Lens | None = None) -> Reader:
        wanted = self._lenses.resolved(lens, self._clock())
        state = await self._current()
        if wanted == state.reader.lens:
            return state.reader

        async def log() -> StatementLog:
            return state.known.log

        return await self._lenses.reader(state.reader.version, wanted, log)

    async def load(
        self, log: StatementLog, *, reason: str = "load", actor: str = "", progress: Progress = silent
    ) -> WriteOutcome:
        request = WriteRequest(Action.LOAD, actor, reason)
        return await self._write(log.replacing_seeds_of, request, log, progress)

    async def apply(
        self,
        added: StatementLog,
        retracted: Collection[str] = (),
        *,
        reason: str,
        actor: str = "",
        import_key: str | None = None,
        digest: str | None = None,
        entered: Entered = Entered.API,
    ) -> WriteOutcome:
        marked = added.entered_by(entered)
        content = digest or digest_of(added, retracted)
        request = WriteRequest(action_of(added, retracted), actor, reason, import_key, content)
        return await self._write(lambda stored: stored.changed(marked, retracted, self._clock()), request, added)

    async def earlier(self, import_key: str, digest: str) -> WriteOutcome | None:
        return await asyncio.to_thread(
            self._file.earlier, WriteRequest(Action.ADD, import_key=import_key, digest=digest)
        )

    async def note(self, request: WriteRequest) -> Entry:
        return await asyncio.to_thread(self._file.note, request)

    async def journal(self, after: int = 0, first: int = 500) -> list[Entry]:
        return await asyncio.to_thread(self._file.journal, after, first)

    async def journal_head(self) -> Head:
        return await asyncio.to_thread(self._file.journal_head)

    async def verify_journal(self) -> Head:
        return await asyncio.to_thread(self._file.verify_journal)

    async def tokens(self, id: str | None = None) -> list[Token]:
        return await asyncio.to_thread(self._file.tokens, id)

    async def put_token(self, token: Token, *, actor: str = "", reason: str = "") -> Entry:
        return await asyncio.to_thread(self._file.put_token, token, WriteRequest(Action.TOKEN, actor, reason))

    async def log(self) -> StatementLog:
        return (await self._current()).known.log

    async def versions(self) -> list[DataVersion]:
        return await asyncio.to_thread(self._file.versions)

    async def close(self) -> None:
        await asyncio.to_thread(self._file.close)

    async def _current(self) -> _State:
        """The default lens of today over what the file holds now."""
        state = self._state
        if state is None or state.known.number != self._file.number() or state.day != self._clock():
            async with self._lock:
                state = await self._refreshed()
        return state

    async def _refreshed(self) -> _State:
        """Read what the file holds now, unless somebody just did, and publish its projection at once."""
        state, day, number = self._state, self._clock(), self._file.number()
        if state is None or state.known.number != number:
            known, version = await asyncio.to_thread(self._file.read)
            if version is None:
                raise StoreNotReady("The store holds no facts yet.", remedy="Run `wattgraph load`.")
            return await self._publish(known, version, day)
        if not state.holds_on(day):
            return await self._publish(state.known, state.reader.version, day)
        self._state = state = state.on(day)
        return state

    async def _write(
        self,
        change: Callable[[StatementLog], StatementLog],
        request: WriteRequest,
        asked: StatementLog,
        progress: Progress = silent,
    ) -> WriteOutcome:
        """Make the change durable, then publish its projection at once: a reader sees the old graph or the new one."""
        async with self._lock:
            day, known = self._clock(), self._state.known if self._state else None
            work = partial(self._file.write, change, request, asked=asked, known=known, progress=progress)
            written = await asyncio.to_thread(work)
            if isinstance(written, WriteOutcome):
                return written
            before, after = await asyncio.to_thread(self._graphs, written, day)
            self._state = _State(written.after, EmbeddedReader(after, written.version))
        return await asyncio.to_thread(change_between, before, after, written)

    def _graphs(self, written: Written, day: date) -> tuple[Graph, Graph]:
        """The projections before and after a write; what it does not concern is the same in both."""
        state = self._state
        if state and state.known.log is written.before and state.day == day:
            before = state.reader.graph
        else:
            before = project(written.before, DEFAULT_LENS.on(day))
        return before, reproject(before, written.after.log, written.difference)

    async def _publish(self, known: Known, version: DataVersion, day: date) -> _State:
        graph = await asyncio.to_thread(project, known.log, DEFAULT_LENS.on(day))
        self._state = _State(known, EmbeddedReader(graph, version))
        return self._state


def change_between(before: Graph, after: Graph, written: Written) -> WriteOutcome:
    """What a write did, with how many rows of each label were added, changed and removed."""
    counts: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "removed": {}}
    for label in LABELS:
        old, new = _kept_rows(before, label), _kept_rows(after, label)
        found = {
            "added": len(new.keys() - old.keys()),
            "changed": sum(_differ(row, old.get(key)) for key, row in new.items()),
            "removed": len(old.keys() - new.keys()),
        }
        for what, count in found.items():
            if count:
                counts[what][label] = count
    return WriteOutcome(written.version, counts["added"], counts["changed"], counts["removed"], written.effect)


def _differ(now: Row, then: Row | None) -> bool:
    return then is not now and then is not None and then.columns != now.columns


def _kept_rows(graph: Graph, label: str) -> Mapping[str, Row]:
    return {**graph.rows[label], **graph.withheld.get(label, {})}
