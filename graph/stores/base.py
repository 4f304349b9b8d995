"""What a store is: a `Store` keeps statements, a `Reader` answers queries about one projection of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from graph.lens import Lens
from graph.model import Row
from graph.query import Hit, Page, Query, Relation, Slice
from graph.statements import Entered, StatementLog

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def silent(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """One state of the data: `id` is a hash of all that answers depend on, `recorded_at` an ISO 8601 time in UTC."""

    id: str
    recorded_at: str
    statements: int
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: rows added, changed and removed, by label, and the version that resulted."""

    version: DataVersion
    added: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        return any(sum(part.values()) for part in (self.added, self.changed, self.removed))


class Reader(Protocol):
    """Answers queries about one projection. Each answer is whole: a write is seen entirely or not at all."""

    @property
    def lens(self) -> Lens:
        """The lens, resolved: with both dates."""

    @property
    def version(self) -> DataVersion: ...

    @property
    def data_through(self) -> date | None:
        """Publication date of the newest source that counts; None without a dated one."""

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        """The rows of `keys`, in their order; None where there is none."""

    async def find(self, query: Query, page: Page) -> Slice: ...

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        """For every parent the page of the rows that belong to it. `query.label` is the relation's."""

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        """The best matches among entities of `labels`, by name, key, ticker, alias and former name."""

    def stream(self, label: str) -> AsyncIterator[Row]:
        """Every row of a label, by key."""


class Store(Protocol):
    """Keeps statements and sources, and their projection under the default lens."""

    async def reader(self, lens: Lens | None = None) -> Reader:
        """A reader under `lens`; without one, under the default lens of today.

        Raises StoreNotReady while a load is unfinished."""

    async def load(self, log: StatementLog, *, reason: str = "load", progress: Progress = silent) -> Change:
        """Make `log` all that the seeds say: what is gone from it is removed, what came by the API stays."""

    async def apply(
        self, added: StatementLog, retracted: Collection[str] = (), *, reason: str, entered: Entered = Entered.API
    ) -> Change:
        """Add the statements and sources of `added`, and withdraw statements by id as of today. All or nothing."""

    async def log(self) -> StatementLog:
        """All statements and sources, counted or not."""

    async def versions(self) -> list[DataVersion]:
        """How the data came to be, newest first."""

    async def close(self) -> None: ...
