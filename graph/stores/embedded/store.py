"""The embedded store: the projection in memory, immutable and indexed; statements durable in one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

from graph.audit.journal import Action, Entry, Head, WriteRequest, action_of
from graph.audit.tokens import Token
from graph.concurrency.cache_use import CacheUse
from graph.errors import StoreDamaged, StoreError
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project, reproject
from graph.evidence.rows import Judged, LazyRows, judged_alike
from graph.evidence.statements import Entered
from graph.seeding.overlay_files import NO_OVERLAY, Overlay
from graph.seeding.scenario_files import NO_SCENARIOS, Scenarios
from graph.stores.base import DataVersion, LogWrite, Reader, StoreCheck, WriteOutcome, change_of, load_of, no_facts
from graph.stores.embedded.lenses import DEFAULT_MAX_LENSES, LensReaders
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.sqlite_log import Committed, Revision, SqliteLog, StoredLog
from graph.stores.embedded.statement_table import DecodedRows, StoredRows
from graph.stores.sizes import Sizes
from graph.vocabulary.model import LABELS, Row

FILE_NAME = "wattgraph.sqlite"
"""In the folder of the store."""
_MOSTLY_NEW = 3
"""Where one of so many statements differs, projecting all of them is faster than looking for what is the same."""


@dataclass(frozen=True)
class _Published:
    """What is published at one moment: the reader of the default lens, and the statements once they are decoded."""

    revision: Revision
    reader: EmbeddedReader
    known: StoredLog | None
    """None until it is needed, where the projection came from the file; `rows` are decoded then."""
    rows: StoredRows | DecodedRows | None = None
    kept: bool = False
    """Whether the file keeps this projection."""

    @property
    def day(self) -> date | None:
        return self.reader.lens.valid_on

    def holds_on(self, day: date) -> bool:
        """Whether no interval has begun or ended until `day`; of a day before its own it does not know."""
        flip = self.reader.graph.next_flip
        return self.day is not None and self.day <= day and (flip is None or day < flip)

    def on(self, day: date) -> _Published:
        graph = replace(self.reader.graph, lens=DEFAULT_LENS.on(day))
        return replace(self, reader=EmbeddedReader(graph, self.reader.version))


class EmbeddedStore:
    """One process of possibly several over one SQLite file; each sees what the others write."""

    def __init__(
        self,
        file: SqliteLog,
        clock: Callable[[], date] = today,
        max_lenses: int = DEFAULT_MAX_LENSES,
        scenarios: Scenarios = NO_SCENARIOS,
        overlay: Overlay = NO_OVERLAY,
    ) -> None:
        self._file = file
        self._clock = clock
        self._lock = asyncio.Lock()
        self._lenses = LensReaders(max_lenses, scenarios, overlay)
        self._published: _Published | None = None
        self._sizes: tuple[StatementLog, Sizes] | None = None
        """With the statements that they are of."""

    @staticmethod
    async def open(
        folder: Path,
        clock: Callable[[], date] = today,
        max_lenses: int = DEFAULT_MAX_LENSES,
        scenarios: Scenarios = NO_SCENARIOS,
        overlay: Overlay = NO_OVERLAY,
    ) -> EmbeddedStore:
        """The store in `folder`, which is made where it is missing. Raises StoreError.

        `max_lenses`: projections under other lenses that are cached. `scenarios` and `overlay`: those that a lens may
        name."""
        file = await asyncio.to_thread(SqliteLog.open, folder / FILE_NAME)
        return EmbeddedStore(file, clock, max_lenses, scenarios, overlay)

    @property
    def scenarios(self) -> Scenarios:
        return self._lenses.scenarios

    @property
    def overlay(self) -> Overlay:
        return self._lenses.overlay

    @property
    def lens_use(self) -> CacheUse:
        return self._lenses.use

    async def reader(self, lens: Lens | None = None) -> Reader:
        resolved = self._lenses.resolved(lens, self._clock())
        current = await self._current()
        if resolved == current.reader.lens:
            return current.reader
        known, version = await self._decoded()

        async def log() -> StatementLog:
            return known.log

        return await self._lenses.reader(version, resolved, log)

    async def last_reader(self) -> Reader:
        return await self.reader()

    async def load(self, log: StatementLog, *, reason: str = "load", actor: str = "") -> WriteOutcome:
        write = load_of(log, reason, actor)
        try:
            return await self._write(write)
        except StoreDamaged:  # rows that were altered by hand come back with the facts
            await self._repair(WriteRequest(Action.LOAD, actor, "removed what was altered by hand"))
            return await self._write(write)

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
        request = WriteRequest(action_of(added, retracted), actor, reason, import_key, digest)
        return await self._write(change_of(added, retracted, self._clock(), entered, request))

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

    async def verify(self) -> StoreCheck:
        return await asyncio.to_thread(self._file.check)

    async def repair(self, *, actor: str = "") -> WriteOutcome:
        return await self._repair(WriteRequest(Action.REPAIR, actor, "written anew from the statements"))

    async def _repair(self, request: WriteRequest) -> WriteOutcome:
        async with self._lock:
            self._published = None
            return await asyncio.to_thread(self._file.repair, request)

    async def tokens(self, id: str | None = None) -> list[Token]:
        return await asyncio.to_thread(self._file.tokens, id)

    async def put_token(self, token: Token, *, actor: str = "", reason: str = "") -> Entry:
        return await asyncio.to_thread(self._file.put_token, token, WriteRequest(Action.TOKEN, actor, reason))

    async def log(self) -> StatementLog:
        known, _ = await self._decoded()
        return known.log

    async def sizes(self) -> Sizes:
        known, _ = await self._decoded()
        if self._sizes is None or self._sizes[0] is not known.log:
            self._sizes = known.log, await asyncio.to_thread(Sizes.of, known.log)
        return self._sizes[1]

    async def versions(self) -> list[DataVersion]:
        return await asyncio.to_thread(self._file.versions)

    async def close(self) -> None:
        """Keeps the projection for the next to open the file; without it that one projects anew."""
        published = self._published
        if published and not published.kept:
            with suppress(StoreError):
                await asyncio.to_thread(self._file.keep_projection, published.reader.graph, published.revision)
        await asyncio.to_thread(self._file.close)

    async def _current(self) -> _Published:
        """The default lens of today over what the file holds now."""
        published = self._published
        if published is None or published.revision != self._file.revision() or published.day != self._clock():
            async with self._lock:
                published = await self._refreshed()
        return published

    async def _refreshed(self) -> _Published:
        """Read what the file holds now, unless another task just did, and publish its projection at once."""
        published, day = self._published, self._clock()
        if published is None or published.revision != self._file.revision():
            published = await self._read(await self._known(), day)
        elif published.holds_on(day):
            published = published.on(day)
        else:
            known = await self._known()
            stored = (known, published.reader.version) if known else await self._read_log()
            published = await self._projected(*stored, day)
        self._published = published
        return published

    async def _known(self) -> StoredLog | None:
        """The statements of what is published, which are decoded the first time; None where nothing is."""
        published = self._published
        if published and published.known is None and published.rows:
            version, revision = published.reader.version.id, published.revision
            known = await asyncio.to_thread(self._file.decoded, published.rows, version, revision)
            published = self._published = replace(published, known=known, rows=None)
        return published.known if published else None

    async def _read(self, known: StoredLog | None, day: date) -> _Published:
        """What the file keeps, else what its statements make; of those that are known, what differs since."""
        kept = None if known else await asyncio.to_thread(self._file.read_projection, day)
        if kept:
            graph, revision, version, rows = kept
            return _Published(revision, EmbeddedReader(graph, version), None, rows, kept=True)
        return await self._projected(*await self._read_log(known), day)

    async def _read_log(self, known: StoredLog | None = None) -> tuple[StoredLog, DataVersion]:
        stored, version = await asyncio.to_thread(self._file.read, known)
        if version is None:
            raise no_facts()
        return stored, version

    async def _projected(self, stored: StoredLog, version: DataVersion, day: date) -> _Published:
        graph = await asyncio.to_thread(self._graph, stored, day)
        return _Published(stored.revision, EmbeddedReader(graph, version), stored)

    def _graph(self, stored: StoredLog, day: date) -> Graph:
        """The projection of what is stored; made from the one that is published, where that is of the same day."""
        published = self._published
        if not (published and published.day == day and published.known):
            return project(stored.log, DEFAULT_LENS.on(day))
        if published.revision == stored.revision:
            return published.reader.graph
        return reproject(published.reader.graph, stored.log, stored.log.since(published.known.log))

    async def _decoded(self) -> tuple[StoredLog, DataVersion]:
        """All statements that the file holds now, and their version."""
        published = await self._current()
        known = published.known
        if known is None:
            async with self._lock:
                published = await self._refreshed()
                known = await self._known()
        if known is None:
            raise no_facts()
        return known, published.reader.version

    async def _write(self, write: LogWrite) -> WriteOutcome:
        """Make the change durable, then publish its projection at once: a reader sees the old graph or the new one."""
        async with self._lock:
            day, known = self._clock(), await self._known()
            work = partial(self._file.write, write.change, write.request, brought=write.brought, known=known)
            committed = await asyncio.to_thread(work)
            if isinstance(committed, WriteOutcome):
                return committed
            before, after = await asyncio.to_thread(self._graphs, committed, day)
            reader, revision = EmbeddedReader(after, committed.version), committed.after.revision
            kept = bool(self._published and self._published.kept and self._published.revision == revision)
            self._published = _Published(revision, reader, committed.after, kept=kept)
        return await asyncio.to_thread(outcome, before, after, committed)

    def _graphs(self, committed: Committed, day: date) -> tuple[Graph, Graph]:
        """The projections before and after a write; what it does not concern is the same in both."""
        published = self._published
        if published and published.revision == committed.before.revision and published.day == day:
            before = published.reader.graph
        else:
            before = self._graph(committed.before, day)
        log, difference = committed.after.log, committed.difference
        if _MOSTLY_NEW * difference.statements >= len(log.statements):
            return before, project(log, DEFAULT_LENS.on(day))
        return before, reproject(before, log, difference)


def outcome(before: Graph, after: Graph, committed: Committed) -> WriteOutcome:
    """What a write did, with how many rows of each label were added, changed and removed."""
    counts: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "removed": {}}
    for label in LABELS:
        old, new = _all_parts(before, label), _all_parts(after, label)
        both = [(one, old[key]) for key, one in new.items() if key in old] if old else []
        numbers = {
            "added": len(new) - len(both),
            "changed": sum(_differ(now, then) for now, then in both),
            "removed": len(old) - len(both),
        }
        for what, count in numbers.items():
            if count:
                counts[what][label] = count
    return WriteOutcome(committed.version, counts["added"], counts["changed"], counts["removed"], committed.effect)


def _differ(now: Row | Judged, then: Row | Judged) -> bool:
    if now is then:
        return False
    if isinstance(now, Row) and isinstance(then, Row):
        return now.columns != then.columns
    return not judged_alike(cast(Judged, now), cast(Judged, then))


def _all_parts(graph: Graph, label: str) -> Mapping[str, Row | Judged]:
    """The rows of a label, shown or not; of statements what their rows are made of."""
    shown, withheld = graph.rows[label], graph.withheld.get(label, {})
    if label == "Statement":
        return LazyRows.of(shown).parts.all()
    return {**shown, **withheld}
