"""Statements and sources in one SQLite file, durable and checked. The only module that knows sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from graph.audit.journal import (
    NOTHING,
    Action,
    Effect,
    Entry,
    Head,
    WriteRequest,
    check_repeat,
    columns_of,
    effect_of,
    entry_for,
    entry_of,
    verify,
)
from graph.audit.tokens import Token
from graph.concurrency.progress import Progress, silent
from graph.errors import StoreBusy, StoreDamaged, StoreError, StoreRefused, StoreUnavailable
from graph.evidence.rows import source_of, source_row, statement_columns, statement_of
from graph.evidence.statements import POLICY_VERSION, LogDifference, StatementLog
from graph.stores.base import DataVersion, WriteOutcome, repeated, token_columns, token_of
from graph.vocabulary.model import Row
from graph.vocabulary.values import canonical

SCHEMA_VERSION = 2
WAIT_SECONDS = 10.0
_BATCH = 1_000

_FACTS = """
CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statements (id TEXT PRIMARY KEY, columns TEXT NOT NULL, source TEXT NOT NULL
    REFERENCES sources (id) DEFERRABLE INITIALLY DEFERRED) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS statements_by_source ON statements (source);
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY, id TEXT NOT NULL, recorded_at TEXT NOT NULL,
    statements INTEGER NOT NULL, reason TEXT NOT NULL, policy INTEGER NOT NULL) STRICT;
"""

_JOURNAL = """
CREATE TABLE journal (number INTEGER PRIMARY KEY, entry TEXT NOT NULL,
    import_key TEXT GENERATED ALWAYS AS (json_extract(entry, '$.import_key')) STORED UNIQUE) STRICT;
CREATE TRIGGER journal_keeps_entries BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'append only'); END;
CREATE TRIGGER journal_keeps_their_text BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'append only'); END;
CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 0), number INTEGER NOT NULL, hash TEXT NOT NULL,
    data INTEGER NOT NULL) STRICT;
INSERT INTO head VALUES (0, 0, '', 0);
CREATE TABLE tokens (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
"""`head` holds the last entry of the journal, and the number of the last one that changed the data."""
_MIGRATIONS = (_FACTS, _JOURNAL)
"""What makes a file of one format out of one of the format before."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was stored when the last write that changed the data had this number."""

    log: StatementLog
    number: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a write found, what it left, and how the two differ."""

    before: StatementLog
    after: Known
    version: DataVersion
    effect: Effect
    difference: LogDifference


class SqliteLog:
    """Every method blocks; call them off the event loop (but for `number`, which takes microseconds)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection = _connect(path)
        self._watch = _connect(path)

    @staticmethod
    def open(path: Path) -> SqliteLog:
        """Raises StoreUnavailable when the file cannot be made or opened, StoreDamaged when it is not such a file."""
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            log = SqliteLog(path)
            _create(log._connection, path)
        return log

    def number(self) -> int:
        """The number of the last write that changed the data, whichever connection or process made it. A writer does
        not keep it waiting: in WAL mode whoever reads sees what was there before."""
        with _translated(self._path):
            return _data_number(self._watch)

    def read(self) -> tuple[Known, DataVersion | None]:
        """All statements and the newest version (None for a file that was never loaded).

        Raises StoreDamaged when the content does not match the hash that was recorded with it."""
        with self._lock, _translated(self._path), _transaction(self._connection, "DEFERRED"):
            known = Known(_log(_stored(self._connection)), _data_number(self._connection))
            version, policy = _newest(self._connection)
        if version and policy == POLICY_VERSION and known.log.version != version.id:
            raise _damaged(self._path, "its content does not match its hash")
        named = version and DataVersion(known.log.version, version.recorded_at, version.statements, version.reason)
        return known, named

    def write(
        self,
        change: Callable[[StatementLog], StatementLog],
        request: WriteRequest,
        *,
        asked: StatementLog,
        known: Known | None = None,
        progress: Progress = silent,
    ) -> Written | WriteOutcome:
        """Replace what is stored by `change` of it, with its entry in the journal, in one transaction that holds off
        other writers; or what an earlier write did that had the same import key.

        `known`: what was stored lately; unless somebody wrote since, it is not read again. A load that changes nothing
        makes no entry."""
        with self._lock, _translated(self._path), _transaction(self._connection, "IMMEDIATE"):
            earlier = _earlier(self._connection, request)
            if earlier is not None:
                return earlier
            number = _data_number(self._connection)
            stored = known.log if known and known.number == number else _log(_stored(self._connection))
            log = change(stored)
            difference = log.since(stored)
            self._write(difference, progress)
            at = _now()
            changed = _record(self._connection, log, request.reason, at) or difference.anything
            version = _version(self._connection)
            effect = effect_of(asked, difference)
            if changed or request.action.always_entered:
                number = _enter(self._connection, request, effect, version, at, changed=changed)
            return Written(stored, Known(log, number), version, effect, difference)

    def earlier(self, request: WriteRequest) -> WriteOutcome | None:
        """What the write did that had the request's import key. Raises ImportKeyReused."""
        with self._lock, _translated(self._path), _transaction(self._connection, "DEFERRED"):
            return _earlier(self._connection, request)

    def note(self, request: WriteRequest) -> Entry:
        """Add an entry that changes no data."""
        with self._lock, _translated(self._path), _transaction(self._connection, "IMMEDIATE"):
            return _note(self._connection, request)

    def journal(self, after: int, first: int) -> list[Entry]:
        """Entries with a number above `after`, oldest first."""
        with self._lock, _translated(self._path):
            return _entries(self._connection, after, first)

    def journal_head(self) -> Head:
        with self._lock, _translated(self._path):
            return _head(self._connection)

    def verify_journal(self) -> Head:
        """The head of the journal. Raises StoreDamaged when it, or the data that it tells of, was altered."""
        with self._lock, _translated(self._path), _transaction(self._connection, "DEFERRED"):
            head = verify(_all_entries(self._connection), _head(self._connection))
            last = _entries(self._connection, head.number - 1, 1)
            newest, policy = _newest(self._connection)
            held = _log(_stored(self._connection)).version
        if last and newest and policy == POLICY_VERSION and {last[0].version, newest.id} != {held}:
            raise _damaged(self._path, "its journal tells of another version of the data")
        return head

    def tokens(self, id: str | None = None) -> list[Token]:
        """All by id, or the one of an id."""
        with self._lock, _translated(self._path):
            asked = "SELECT columns FROM tokens WHERE ? IS NULL OR id = ? ORDER BY id"
            rows = self._connection.execute(asked, (id, id)).fetchall()
            return [token_of(json.loads(text)) for (text,) in rows]

    def put_token(self, token: Token, request: WriteRequest) -> Entry:
        with self._lock, _translated(self._path), _transaction(self._connection, "IMMEDIATE"):
            columns = canonical(token_columns(token))
            self._connection.execute(
                "INSERT INTO tokens VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET columns = excluded.columns",
                (token.id, columns),
            )
            return _note(self._connection, request)

    def _write(self, what: LogDifference, progress: Progress) -> None:
        sources = [(now.key, canonical(source_row(now).columns)) for _, now in what.sources if now]
        statements = [(one.id, canonical(statement_columns(one)), one.source) for one in what.put]
        for table, rows in (("sources", sources), ("statements", statements)):
            for start in range(0, len(rows), _BATCH):
                self._connection.executemany(_PUT[table], rows[start : start + _BATCH])
                progress(f"writing {table}", min(start + _BATCH, len(rows)), len(rows))
        self._connection.executemany(_DELETE["statements"], [(one.id,) for one in what.gone])
        lost = [(then.key,) for then, now in what.sources if then and not now]
        self._connection.executemany(_DELETE["sources"], lost)

    def versions(self) -> list[DataVersion]:
        """Newest first."""
        with self._lock, _translated(self._path):
            rows = self._connection.execute(
                "SELECT id, recorded_at, statements, reason FROM versions ORDER BY number DESC"
            ).fetchall()
        return [DataVersion(*row) for row in rows]

    def close(self) -> None:
        with self._lock, _translated(self._path):
            self._connection.close()
            self._watch.close()


_PUT: Mapping[str, str] = {
    "sources": "INSERT INTO sources (id, columns) VALUES (?, ?)"
    " ON CONFLICT (id) DO UPDATE SET columns = excluded.columns",
    "statements": "INSERT INTO statements (id, columns, source) VALUES (?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET columns = excluded.columns, source = excluded.source",
}
_DELETE: Mapping[str, str] = {
    "sources": "DELETE FROM sources WHERE id = ?",
    "statements": "DELETE FROM statements WHERE id = ?",
}


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _create(connection: sqlite3.Connection, path: Path) -> None:
    found = _format(connection)
    if found > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path.name} was written by a newer Wattgraph (format {found}).",
            remedy="Use that version, or another WATTGRAPH_DATA.",
        )
    if found < SCHEMA_VERSION:
        with _transaction(connection, "IMMEDIATE"):
            _migrate(connection)


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest format, unless another process just did."""
    found = _format(connection)
    for text in _MIGRATIONS[found:]:
        for statement in _statements_of(text):
            connection.execute(statement)
    if found == 1:
        _journal_of_versions(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _statements_of(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _journal_of_versions(connection: sqlite3.Connection) -> None:
    """Format 1 knew when the data became what, and why, but not by whom."""
    rows = connection.execute("SELECT id, recorded_at, statements, reason FROM versions ORDER BY number").fetchall()
    for row in rows:
        version = DataVersion(*row)
        request = WriteRequest(Action.LOAD, reason=version.reason)
        _enter(connection, request, Effect(more=True), version, version.recorded_at, changed=True)


@contextmanager
def _transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    connection.execute(f"BEGIN {mode}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


Stored = dict[str, dict[str, str]]
"""By table, the columns of every row as text, by id."""


def _stored(connection: sqlite3.Connection) -> Stored:
    with closing(connection.cursor()) as cursor:
        return {
            "sources": dict(cursor.execute("SELECT id, columns FROM sources")),
            "statements": dict(cursor.execute("SELECT id, columns FROM statements")),
        }


def _log(stored: Stored) -> StatementLog:
    return StatementLog.of(
        (statement_of(Row("Statement", key, json.loads(text))) for key, text in stored["statements"].items()),
        (source_of(Row("Source", key, json.loads(text))) for key, text in stored["sources"].items()),
    )


def _newest(connection: sqlite3.Connection) -> tuple[DataVersion | None, int]:
    row = connection.execute(
        "SELECT id, recorded_at, statements, reason, policy FROM versions ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (DataVersion(*row[:4]), row[4]) if row else (None, POLICY_VERSION)


def _version(connection: sqlite3.Connection) -> DataVersion:
    version, _ = _newest(connection)
    return version or DataVersion("", "", 0, "")


def _record(connection: sqlite3.Connection, log: StatementLog, reason: str, at: str) -> bool:
    """Add a version if the content is another one; whether it was."""
    if _version(connection).id == log.version:
        return False
    connection.execute(
        "INSERT INTO versions (id, recorded_at, statements, reason, policy) VALUES (?, ?, ?, ?, ?)",
        (log.version, at, len(log.statements), reason, POLICY_VERSION),
    )
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# ---- the journal


def _head(connection: sqlite3.Connection) -> Head:
    return Head(*connection.execute("SELECT number, hash FROM head").fetchone())


def _data_number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT data FROM head").fetchone()[0])


def _enter(
    connection: sqlite3.Connection,
    request: WriteRequest,
    effect: Effect,
    version: DataVersion,
    at: str,
    *,
    changed: bool,
) -> int:
    """Add an entry and move the head; returns the number of the last entry that changed the data."""
    entry = entry_for(request, effect, at=at, version=version.id, statements=version.statements, head=_head(connection))
    connection.execute(
        "INSERT INTO journal (number, entry) VALUES (?, ?)", (entry.number, canonical(columns_of(entry)))
    )
    connection.execute(
        "UPDATE head SET number = ?1, hash = ?2, data = iif(?3, ?1, data)", (entry.number, entry.hash, changed)
    )
    return _data_number(connection)


def _note(connection: sqlite3.Connection, request: WriteRequest) -> Entry:
    _enter(connection, request, NOTHING, _version(connection), _now(), changed=False)
    return _entries(connection, _head(connection).number - 1, 1)[0]


def _entries(connection: sqlite3.Connection, after: int, first: int) -> list[Entry]:
    rows = connection.execute("SELECT entry FROM journal WHERE number > ? ORDER BY number LIMIT ?", (after, first))
    return [entry_of(json.loads(text)) for (text,) in rows]


def _all_entries(connection: sqlite3.Connection) -> Iterator[Entry]:
    rows = connection.execute("SELECT entry FROM journal ORDER BY number")
    return (entry_of(json.loads(text)) for (text,) in rows)


def _earlier(connection: sqlite3.Connection, request: WriteRequest) -> WriteOutcome | None:
    """What the write did that had the request's import key. Raises ImportKeyReused."""
    row = connection.execute("SELECT entry FROM journal WHERE import_key = ?", (request.import_key,)).fetchone()
    if row is None:
        return None
    entry = entry_of(json.loads(row[0]))
    check_repeat(entry, request)
    version = connection.execute(
        # the newest that it can have left; a clock that was set back since has recorded them all later
        "SELECT id, recorded_at, statements, reason FROM versions WHERE id = ?"
        " ORDER BY recorded_at <= ? DESC, number DESC LIMIT 1",
        (entry.version, entry.at),
    ).fetchone()
    return repeated(entry, DataVersion(*version))


# ---- errors


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path.name} cannot be trusted: {what}.",
        remedy="Move it out of WATTGRAPH_DATA and run `wattgraph load`, or put a backup in its place.",
    )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and of reading its rows as the project's own."""
    try:
        yield
    except sqlite3.Error as error:
        raise _own(error, path) from error
    except OSError as error:
        raise StoreUnavailable(
            f"{path.name} cannot be used ({error.strerror}).",
            remedy="Set WATTGRAPH_DATA to a folder that can be written.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"a row cannot be read ({type(error).__name__})") from error


def _own(error: sqlite3.Error, path: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, make in _ERRORS.items():
        if name.startswith(prefix):
            return make(error, path)
    return StoreUnavailable(
        f"{path.name} cannot be used: {error}.", remedy="Look at the file, or set another WATTGRAPH_DATA."
    )


_ERRORS: Mapping[str, Callable[[sqlite3.Error, Path], StoreError]] = {
    "SQLITE_BUSY": lambda error, path: StoreBusy(
        f"Another process has been writing to {path.name} for {WAIT_SECONDS:g} s.", remedy="Try again when it is done."
    ),
    "SQLITE_LOCKED": lambda error, path: StoreBusy(f"{path.name} is locked.", remedy="Try again."),
    "SQLITE_CORRUPT": lambda error, path: _damaged(path, str(error)),
    "SQLITE_NOTADB": lambda error, path: _damaged(path, "it is not an SQLite file"),
    "SQLITE_READONLY": lambda error, path: StoreUnavailable(
        f"{path.name} is read-only.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_FULL": lambda error, path: StoreUnavailable(
        "The disk is full.", remedy="Make room and try again; nothing was lost."
    ),
    "SQLITE_CANTOPEN": lambda error, path: StoreUnavailable(
        f"{path.name} cannot be opened.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_IOERR": lambda error, path: StoreUnavailable(
        f"{path.name} cannot be read or written: {error}.", remedy="Look at the disk."
    ),
}
