"""Reading from Neo4j under the default lens: what the store holds, and answers that are whole. It knows no driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from graph.errors import StoreBusy, StoreDamaged, StoreNotReady, StoreRefused
from graph.evidence.lens import Lens
from graph.evidence.policy import POLICY_VERSION
from graph.stores.base import DataVersion, no_facts
from graph.stores.neo4j import cypher
from graph.stores.neo4j.cypher import Cypher
from graph.stores.neo4j.mapping import MAPPING_VERSION, row_of
from graph.stores.neo4j.read_ahead import find_with, page_slice, read_ahead
from graph.stores.query import Hit, Page, Query, Relation, Slice, best_hits
from graph.stores.selection import ReadAhead, RowSelection
from graph.vocabulary.model import Row

ROWS_PER_READ = 2_000
ATTEMPTS = 12
"""How often a read is tried that writes keep coming between."""
_PAUSE_SECONDS = 0.02
"""Longer from attempt to attempt: 1.3 s in all."""
_PATIENCE = 5
"""Attempts after which a commit lock that stays taken counts as left behind by its writer."""


class Database(Protocol):
    """What a reader needs of the connection. Both raise StoreError."""

    async def read(self, statement: Cypher) -> Mapping[str, Any] | None:
        """The record that a statement returns, or None."""

    async def release_left_lock(self, owner: str) -> None:
        """Release the commit lock that a writer left behind, once it has ended, however it did."""


class Latest(Protocol):
    """What is known of the state of the store without a call for each request."""

    def now(self) -> float:
        """The time, for `note`."""

    def note(self, state: State, as_of: float) -> None:
        """What an answer is of that was asked for then."""

    async def current(self) -> State:
        """The state of the store, as late as a request needs it. Raises StoreError."""


class SnapshotChanged(StoreBusy):
    """Another write came between at every attempt."""

    def __init__(self) -> None:
        super().__init__("The data changed while it was read.", remedy="Ask again.")


def damaged(what: str) -> StoreDamaged:
    return StoreDamaged(
        f"The database cannot be read: {what}.",
        remedy="See what differs with `wattgraph store verify`; with `--repair` it is written anew.",
    )


def not_ours(labels: Collection[str]) -> StoreDamaged:
    named = ", ".join(f":{label}" for label in sorted(labels))
    return StoreDamaged(
        f"The database holds rows that are not Wattgraph's under {named}.",
        remedy="Use a database of its own (WATTGRAPH_NEO4J_DATABASE).",
    )


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Around the decoding of what was read, and nothing else. Raises StoreDamaged."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise damaged(f"{what} is not whole") from None


@dataclass(frozen=True, slots=True)
class State:
    """What the store holds, and from which day until which its projection holds. Every write leaves another
    revision."""

    version: DataVersion
    revision: str
    projected_for: date | None
    next_flip: date | None
    data_through: date | None
    made_by: tuple[int, int]

    @staticmethod
    def of(recorded: Mapping[str, Any] | None) -> State:
        """Raises StoreNotReady for a store that is empty or in the middle of a load."""
        if recorded and recorded.get("loading"):
            raise StoreNotReady(
                "The store is being loaded, or a load was cut short.",
                remedy="Wait for the load, or run `wattgraph load` to finish it.",
            )
        if not recorded or "version" not in recorded:
            raise no_facts()
        with decoding("what the node :StoreState says"):
            return State(
                version=version_of(recorded),
                revision=recorded["mark"],
                projected_for=_day(recorded.get("projected_for")),
                next_flip=_day(recorded.get("next_flip")),
                data_through=_day(recorded.get("data_through")),
                made_by=(recorded["shape"], recorded["policy"]),
            )

    def holds_on(self, day: date) -> bool:
        """Whether the stored projection is the one of `day`, made as this program makes it.

        Raises StoreRefused when a newer program made it."""
        current = (MAPPING_VERSION, POLICY_VERSION)
        if self.made_by > current:
            raise StoreRefused("The store was written by a newer Wattgraph.", remedy="Use that version.")
        # a clock may have been set back: what is projected for a later day shows what nobody knows yet
        begun = self.projected_for is None or self.projected_for <= day
        return self.made_by == current and begun and (self.next_flip is None or day < self.next_flip)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def version_of(recorded: Mapping[str, Any]) -> DataVersion:
    return DataVersion(recorded["version"], recorded["recorded_at"], recorded["statements"], recorded["reason"])


class Neo4jReader:
    """Answers in the database, under the default lens. `version` is that of the last answer."""

    def __init__(self, database: Database, latest: Latest, lens: Lens, state: State, *, looked: bool = True) -> None:
        """`looked`: `state` was read from the store when the reader was opened; else it may be an earlier one."""
        self._database = database
        self._latest = latest
        self._lens = lens
        self._state = state
        self._opened_at = state.revision
        self._looked = looked

    @property
    def lens(self) -> Lens:
        return self._lens

    @property
    def version(self) -> DataVersion:
        return self._state.version

    @property
    def data_through(self) -> date | None:
        return self._state.data_through

    @property
    def stale_since(self) -> str | None:
        return None

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        rows = {row.key: row for row in rows_of(label, await self._ask(cypher.get(label, keys)))} if keys else {}
        return [rows.get(key) for key in keys]

    async def find(self, query: Query, page: Page) -> Slice:
        total, rows = await self._ask(cypher.find(query, page))
        return _slice(query.label, rows, total, page)

    @property
    def reads_ahead(self) -> bool:
        return True

    async def find_with(self, query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> ReadAhead:
        answer = await self._ask(find_with(query, page, selection, with_total=with_total))
        with decoding(f"a page of :{query.label}"):
            return await read_ahead(answer, page, selection)

    async def is_current(self) -> bool:
        if not self._looked:
            self._state, self._looked = await self._latest.current(), True
        return self._state.revision == self._opened_at

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        if not parents:
            return {}
        answer = await self._ask(cypher.find_each(relation, list(dict.fromkeys(parents)), query, page))
        slices = {parent: _slice(query.label, rows, total, page) for parent, total, rows in answer}
        return {parent: slices[parent] for parent in parents}

    async def count(self, query: Query) -> int:
        total: int = await self._ask(cypher.count(query))
        return total

    async def count_each(self, relation: Relation, parents: Collection[str], query: Query) -> Mapping[str, int]:
        if not parents:
            return {}
        answer = await self._ask(cypher.count_each(relation, list(dict.fromkeys(parents)), query))
        return dict(answer)

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        answer = await self._ask(cypher.search(text, labels, first)) if labels else []
        return best_hits((row_of(label, properties) for label, properties in answer), text, first)

    async def stream(self, label: str) -> AsyncIterator[Row]:
        """Raises StoreBusy when the data changes underway."""
        revision = self._state.revision
        after: str | None = ""
        while after is not None:
            rows = rows_of(label, await self._ask(cypher.batch(label, after, ROWS_PER_READ)))
            if self._state.revision != revision:
                raise SnapshotChanged
            for row in rows:
                yield row
            after = rows[-1].key if len(rows) == ROWS_PER_READ else None

    async def rows(self, label: str) -> Mapping[str, Row]:
        """Raises StoreBusy when the data changes underway."""
        return {row.key: row async for row in self.stream(label)}

    async def _ask(self, statement: Cypher) -> Any:
        as_of = self._latest.now()
        answer, self._state = await answer_of(self._database, statement, self._state)
        self._looked = True
        self._latest.note(self._state, as_of)
        return answer


async def answer_of(database: Database, statement: Cypher, known: State) -> tuple[Any, State]:
    """The answer, and the state that it is of, of which `known` was read before. Raises StoreNotReady; StoreBusy when
    writes keep coming between."""
    closed: str | None = None
    for attempt in range(ATTEMPTS):
        record = await _record(database, statement.knowing(known.revision))
        after = known if record["state"] is None else State.of(record["state"])
        if record["closed"] is None:
            if after.revision == known.revision:
                return record["answer"], known
            known = after
        closed = await _wait(database, record["closed"], closed, attempt)
    raise SnapshotChanged


async def read_state(database: Database) -> State:
    """What the store holds. Raises as `answer_of`."""
    closed: str | None = None
    for attempt in range(ATTEMPTS):
        record = await _record(database, cypher.state())
        before, after = State.of(record["answer"]), State.of(record["state"])
        if record["closed"] is None and before.revision == after.revision:
            return after
        closed = await _wait(database, record["closed"], closed, attempt)
    raise SnapshotChanged


async def _record(database: Database, statement: Cypher) -> Mapping[str, Any]:
    record = await database.read(statement)
    if record is None:
        raise no_facts()
    return record


async def _wait(database: Database, closed: str | None, before: str | None, attempt: int) -> str | None:
    """Waits until what was in the way may be over: who commits, and who did at the attempt before. A commit lock that
    stays taken is released. Returns who commits."""
    if before and closed == before and attempt > _PATIENCE:
        await database.release_left_lock(before)
    await asyncio.sleep(_PAUSE_SECONDS * attempt)
    return closed


def rows_of(label: str, nodes: Iterable[Mapping[str, Any]]) -> list[Row]:
    with decoding(f"a node :{label}"):
        return [row_of(label, properties) for properties in nodes]


def _slice(label: str, nodes: Sequence[Mapping[str, Any]], total: int, page: Page) -> Slice:
    return page_slice(tuple(rows_of(label, nodes[: page.size])), len(nodes), total, page)
