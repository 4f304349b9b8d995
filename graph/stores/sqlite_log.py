"""Statements and sources in one SQLite file, durable and checked. The only module that knows sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from graph.errors import StoreBusy, StoreDamaged, StoreError, StoreRefused, StoreUnavailable
from graph.evidence_rows import source_of, source_row, statement_columns, statement_of
from graph.model import Row
from graph.statements import POLICY_VERSION, StatementLog
from graph.stores.base import DataVersion, Progress, silent
from graph.values import canonical

SCHEMA_VERSION = 1
WAIT_SECONDS = 10.0
_BATCH = 1_000
_TABLES = ("sources", "statements")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statements (id TEXT PRIMARY KEY, columns TEXT NOT NULL, source TEXT NOT NULL
    REFERENCES sources (id) DEFERRABLE INITIALLY DEFERRED) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS statements_by_source ON statements (source);
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY, id TEXT NOT NULL, recorded_at TEXT NOT NULL,
    statements INTEGER NOT NULL, reason TEXT NOT NULL, policy INTEGER NOT NULL) STRICT;
"""

Stored = dict[str, dict[str, str]]
"""By table, the columns of every row as text, by id."""


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
        """Another one after every commit, whichever connection or process made it."""
        with _translated(self._path):
            return self._number()

    def read(self) -> tuple[StatementLog, DataVersion | None]:
        """All statements and the newest version (None for a file that was never loaded).

        Raises StoreDamaged when the content does not match the hash that was recorded with it."""
        with self._lock, _translated(self._path), _transaction(self._connection, "DEFERRED"):
            log = _log(_stored(self._connection))
            version, policy = _newest(self._connection)
        if version and policy == POLICY_VERSION and log.version != version.id:
            raise _damaged(self._path, "its content does not match its hash")
        return log, version and DataVersion(log.version, version.recorded_at, version.statements, version.reason)

    def write(
        self, change: Callable[[StatementLog], StatementLog], reason: str, progress: Progress = silent
    ) -> tuple[StatementLog, StatementLog, DataVersion]:
        """Replace what is stored by `change` of it, in one transaction that holds off other writers.

        Returns what was stored, what is stored now, and its version."""
        with self._lock, _translated(self._path), _transaction(self._connection, "IMMEDIATE"):
            texts = _stored(self._connection)
            stored = _log(texts)
            log = change(stored)
            self._write(texts, _texts(log), progress)
            version = _record(self._connection, log, reason)
        return stored, log, version

    def _write(self, old: Stored, new: Stored, progress: Progress) -> None:
        for table in _TABLES:
            changed = [key for key, columns in new[table].items() if old[table].get(key) != columns]
            for start in range(0, len(changed), _BATCH):
                self._put(table, changed[start : start + _BATCH], new[table])
                progress(f"writing {table}", min(start + _BATCH, len(changed)), len(changed))
        for table in _TABLES:
            gone = [(key,) for key in old[table] if key not in new[table]]
            self._connection.executemany(_DELETE[table], gone)

    def _put(self, table: str, keys: list[str], columns: Mapping[str, str]) -> None:
        self._connection.executemany(_PUT[table], [(key, columns[key]) for key in keys])

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

    def _number(self) -> int:
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])


_PUT: Mapping[str, str] = {
    "sources": "INSERT INTO sources (id, columns) VALUES (?, ?)"
    " ON CONFLICT (id) DO UPDATE SET columns = excluded.columns",
    "statements": "INSERT INTO statements (id, columns, source) VALUES (?1, ?2, json_extract(?2, '$.source'))"
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
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path} was written by a newer Wattgraph (format {found}).",
            remedy="Use that version, or another WATTGRAPH_DATA.",
        )
    if found < SCHEMA_VERSION:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


@contextmanager
def _transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    connection.execute(f"BEGIN {mode}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


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


def _texts(log: StatementLog) -> Stored:
    return {
        "sources": {key: canonical(source_row(source).columns) for key, source in log.sources.items()},
        "statements": {statement.id: canonical(statement_columns(statement)) for statement in log.statements},
    }


def _newest(connection: sqlite3.Connection) -> tuple[DataVersion | None, int]:
    row = connection.execute(
        "SELECT id, recorded_at, statements, reason, policy FROM versions ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (DataVersion(*row[:4]), row[4]) if row else (None, POLICY_VERSION)


def _record(connection: sqlite3.Connection, log: StatementLog, reason: str) -> DataVersion:
    """Add a version if the content is another one; returns the newest."""
    newest, _ = _newest(connection)
    if newest and newest.id == log.version:
        return newest
    version = DataVersion(log.version, datetime.now(UTC).isoformat(timespec="seconds"), len(log.statements), reason)
    connection.execute(
        "INSERT INTO versions (id, recorded_at, statements, reason, policy) VALUES (?, ?, ?, ?, ?)",
        (version.id, version.recorded_at, version.statements, version.reason, POLICY_VERSION),
    )
    return version


# ---- errors


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} cannot be trusted: {what}.",
        remedy="Move it away and run `wattgraph load`, or put a backup in its place.",
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
            f"{path} cannot be used ({error.strerror}).", remedy="Set WATTGRAPH_DATA to a folder that can be written."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"a row cannot be read ({type(error).__name__})") from error


def _own(error: sqlite3.Error, path: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, make in _ERRORS.items():
        if name.startswith(prefix):
            return make(error, path)
    return StoreUnavailable(
        f"{path} cannot be used: {error}.", remedy="Look at the file, or set another WATTGRAPH_DATA."
    )


_ERRORS: Mapping[str, Callable[[sqlite3.Error, Path], StoreError]] = {
    "SQLITE_BUSY": lambda error, path: StoreBusy(
        f"Another process has been writing to {path} for {WAIT_SECONDS:g} s.", remedy="Try again when it is done."
    ),
    "SQLITE_LOCKED": lambda error, path: StoreBusy(f"{path} is locked.", remedy="Try again."),
    "SQLITE_CORRUPT": lambda error, path: _damaged(path, str(error)),
    "SQLITE_NOTADB": lambda error, path: _damaged(path, "it is not an SQLite file"),
    "SQLITE_READONLY": lambda error, path: StoreUnavailable(
        f"{path} is read-only.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_FULL": lambda error, path: StoreUnavailable(
        "The disk is full.", remedy="Make room and try again; nothing was lost."
    ),
    "SQLITE_CANTOPEN": lambda error, path: StoreUnavailable(
        f"{path} cannot be opened.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_IOERR": lambda error, path: StoreUnavailable(
        f"{path} cannot be read or written: {error}.", remedy="Look at the disk."
    ),
}
