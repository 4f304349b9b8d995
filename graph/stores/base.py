"""What a store is: a `Store` keeps statements, a `Reader` answers queries about one projection of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from graph.audit.journal import EMPTY_HEAD, NO_EFFECT, Action, Effect, Entry, Head, WriteRequest, digest_of
from graph.audit.tokens import Token, TokenScope
from graph.concurrency.cache_use import CacheUse
from graph.errors import StoreDamaged, StoreNotReady
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.statements import Entered
from graph.seeding.overlay_files import PRIVATE, Overlay
from graph.seeding.scenario_files import Scenarios
from graph.stores.query import Hit, Page, Query, Relation, Slice
from graph.stores.selection import ReadAhead, RowSelection
from graph.stores.sizes import Sizes
from graph.vocabulary.model import Row


@dataclass(frozen=True, slots=True)
class DataVersion:
    """One state of the data: `id` is a hash of all that answers depend on, `recorded_at` an ISO 8601 time in UTC."""

    id: str
    recorded_at: str
    statements: int
    reason: str

    @property
    def stored(self) -> str:
        """The id of what is stored: without the overlay, which has a version of its own."""
        return self.id.partition(PRIVATE)[0]


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A data version with its number in the history, and the version of the policy that its id was made under."""

    number: int
    version: DataVersion
    policy: int


@dataclass(frozen=True, slots=True)
class StoreContent:
    """All that a store holds, of one state, without what follows from it: what a backup is made of. Versions and
    entries of the journal are the oldest first."""

    log: StatementLog
    versions: tuple[RecordedVersion, ...]
    entries: tuple[Entry, ...]
    tokens: tuple[Token, ...]

    @property
    def head(self) -> Head:
        return self.entries[-1].head if self.entries else EMPTY_HEAD

    @property
    def newest(self) -> RecordedVersion | None:
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What a write did: rows added, changed and removed, by label, the version that resulted, and its effect on the
    statements.

    `repeated`: an earlier write had the same import key; nothing was done now, and version and effect are what that one
    recorded, without rows."""

    version: DataVersion
    added: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    effect: Effect = NO_EFFECT
    repeated: bool = False

    @property
    def has_changes(self) -> bool:
        return any(sum(part.values()) for part in (self.added, self.changed, self.removed))

    @property
    def added_statements(self) -> int:
        return self.effect.added

    @property
    def unchanged_statements(self) -> int:
        """Statements of the request that the store held already."""
        return self.effect.unchanged

    @property
    def retracted_statements(self) -> int:
        return self.effect.retracted


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """How rows of a label, as a store holds them, compare with those that its statements make: counts, hashes over all,
    and the keys that differ."""

    label: str
    stored: int
    expected: int
    stored_hash: str
    expected_hash: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.extra or self.changed) and self.stored_hash == self.expected_hash


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a store holds, compared with its statements."""

    version: DataVersion
    labels: tuple[LabelCheck, ...]
    altered: tuple[str, ...] = ()
    """Keys of statements and sources that do not say any more what was stored under them."""
    fits_version: bool = True
    """Whether the statements are those of the recorded data version."""
    strays: int = 0
    """Rows without a key of their own, which somebody made by hand."""

    @property
    def is_whole(self) -> bool:
        rows_fit = all(one.is_whole for one in self.labels)
        return rows_fit and self.fits_version and not (self.altered or self.strays)


@dataclass(frozen=True, slots=True)
class LogWrite:
    """A write to the statements: what it makes of those that are stored, what the journal says of it, and the
    statements that it brings."""

    change: Callable[[StatementLog], StatementLog]
    request: WriteRequest
    brought: StatementLog


def load_of(log: StatementLog, reason: str, actor: str) -> LogWrite:
    """Makes `log` all that the seeds say."""
    return LogWrite(log.replacing_seeds_of, WriteRequest(Action.LOAD, actor, reason), log)


def change_of(
    added: StatementLog, retracted: Collection[str], day: date, entered: Entered, request: WriteRequest
) -> LogWrite:
    """Adds statements that were `entered` so, and withdraws others as of a day. A request without a digest gets that of
    the statements."""
    marked = added.entered_by(entered)
    identified = replace(request, digest=request.digest or digest_of(added, retracted))
    return LogWrite(lambda stored: stored.changed(marked, retracted, day), identified, added)


def written_anew(request: WriteRequest) -> LogWrite:
    """Changes no statement."""
    return LogWrite(lambda stored: stored, request, StatementLog((), {}))


def no_facts() -> StoreNotReady:
    return StoreNotReady("The store holds no facts yet.", remedy="Run `wattgraph load`.")


def no_store(folder: Path) -> StoreNotReady:
    return StoreNotReady(f"There is no store in {folder}.", remedy="Set WATTGRAPH_DATA, or run `wattgraph load`.")


def altered_writes() -> StoreDamaged:
    return StoreDamaged(
        "Statements that came over the API were altered by hand; the facts cannot bring them back.",
        remedy="Put a backup in place of the store; or give them up with `wattgraph store verify --repair`.",
    )


def repeated(entry: Entry, version: DataVersion) -> WriteOutcome:
    """The outcome of a write whose import key belongs to `entry`, which left `version`."""
    effect = Effect(entry.added, entry.unchanged, entry.retracted, entry.subjects, entry.more)
    return WriteOutcome(version, effect=effect, repeated=True)


def token_columns(token: Token) -> dict[str, str]:
    """All of a token that is not None; `token_of` reads it back."""
    return {name: str(value) for name, value in asdict(token).items() if value is not None}


def token_of(columns: Mapping[str, str]) -> Token:
    return Token(**{**columns, "scope": TokenScope(columns["scope"])})  # type: ignore[arg-type]  # str but for the scope


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

    @property
    def stale_since(self) -> str | None:
        """Since when the store has not answered, an ISO 8601 time in UTC, where this reader answers in its place from
        what was kept; else None."""

    async def get(self, label: str, keys: Sequence[str]) -> list[Row | None]:
        """The rows of `keys`, in their order; None where there is none."""

    async def find(self, query: Query, page: Page) -> Slice: ...

    @property
    def reads_ahead(self) -> bool:
        """Whether `find_with` takes fewer calls than `find` and what follows it."""

    async def find_with(self, query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> ReadAhead:
        """The page that `find` finds, and what the selection shows beneath its rows; without `with_total` the total of
        the page may be 0."""

    async def is_current(self) -> bool:
        """Whether all answers are of the version at which the reader was opened, and that was the store's own then."""

    async def count(self, query: Query) -> int:
        """How many rows `find` finds on all pages; makes none."""

    async def count_each(self, relation: Relation, parents: Collection[str], query: Query) -> Mapping[str, int]:
        """For every parent how many rows `find_each` finds on all pages; makes none."""

    async def find_each(
        self, relation: Relation, parents: Collection[str], query: Query, page: Page
    ) -> Mapping[str, Slice]:
        """For every parent the page of the rows that belong to it. `query.label` is the relation's."""

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        """The best matches among entities of `labels`, by name, key, ticker, alias and former name."""

    def stream(self, label: str) -> AsyncIterator[Row]:
        """Every row of a label, in the order of their keys."""

    async def rows(self, label: str) -> Mapping[str, Row]:
        """Every row of a label by key, in their order; a row may be made only when it is looked up."""


class Store(Protocol):
    """Keeps statements and sources, and their projection under the default lens."""

    @property
    def scenarios(self) -> Scenarios:
        """Those that a lens may name, as their files were when the store was opened."""

    @property
    def overlay(self) -> Overlay:
        """The private facts that a lens may ask for; they are in no store."""

    @property
    def lens_use(self) -> CacheUse:
        """How often a projection under another lens than the default one was kept from before."""

    async def reader(self, lens: Lens | None = None) -> Reader:
        """A reader under `lens`; without one, under the default lens of today.

        Raises BadLens, BadInput for a scenario or an overlay that does not fit the facts, and StoreNotReady while a
        load is unfinished."""

    async def last_reader(self) -> Reader:
        """A reader under the default lens of today, opened at the version that was seen last: without a look at the
        store, where that takes a call of its own. Its `is_current` tells whether what it read counts. Raises as
        `reader`."""

    async def load(self, log: StatementLog, *, reason: str = "load", actor: str = "") -> WriteOutcome:
        """Make `log` all that the seeds say: what is gone from it is removed, what came by the API stays. Reports its
        progress (`graph/concurrency/progress.py`).

        Enters the journal if it changed anything."""

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
        """Add the statements and sources of `added`, and withdraw statements by id as of today. All or nothing, with
        the entry in the journal.

        With an import key the write happens once, however many requests bear the key, also at the same time: later ones
        get the outcome of the first, and write nothing. After OutcomeUnknown repeat the request with the same key.
        `digest` identifies the content; without it the statements do. Raises BadInput, ImportKeyReused."""

    async def earlier(self, import_key: str, digest: str) -> WriteOutcome | None:
        """The outcome of the write that had this import key, whatever the same content would do today; None for a new
        key. Raises ImportKeyReused for another content."""

    async def note(self, request: WriteRequest) -> Entry:
        """Enter into the journal what changed no data, such as a refused write. The request has no import key."""

    async def journal(self, after: int = 0, first: int = 500) -> list[Entry]:
        """Entries with a number above `after`, oldest first."""

    async def journal_head(self) -> Head:
        """The last entry, without reading the journal; cheap enough to be read twice a second."""

    async def verify_journal(self) -> Head:
        """Read the whole journal and return its head. Raises StoreDamaged naming the first entry that does not fit."""

    async def verify(self) -> StoreCheck:
        """Compare all that the store holds with what its statements make."""

    async def repair(self, *, actor: str = "") -> WriteOutcome:
        """Write anew what differs from the statements. Statements and sources that were altered cannot be trusted: they
        go, and those of the facts come back with the next load. Tokens and journal stay; it enters the journal."""

    async def tokens(self, id: str | None = None) -> list[Token]:
        """All tokens, revoked ones too, by id; or the one of an id, where there is one."""

    async def put_token(self, token: Token, *, actor: str = "", reason: str = "") -> Entry:
        """Add a token, or replace the one of its id; enters the journal by itself."""

    async def log(self) -> StatementLog:
        """All statements and sources, counted or not."""

    async def sizes(self) -> Sizes | None:
        """How many rows there are at most, whatever the lens; None where nothing knows it yet. Reads no rows."""

    async def versions(self) -> list[DataVersion]:
        """How the data came to be, newest first."""

    async def close(self) -> None: ...


class MovesContent(Protocol):
    """A store whose backup is no copy of a file of its own."""

    async def content(self) -> StoreContent:
        """All that the store holds, of one state. Raises StoreDamaged as `verify_journal` does."""

    async def put_content(self, content: StoreContent) -> WriteOutcome:
        """Put it in place of all that the store holds: statements, history, journal and tokens."""
