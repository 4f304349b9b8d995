"""Statements, sources, journal and tokens in one SQLite file, durable and checked.

A statement stands in one row with a column for each of its parts (`statement_table.py`); reading compares one checksum
and decodes, without encoding and hashing again what `wattgraph audit verify` hashes. The projection of the default
lens stands beside them (`kept_projection.py`), so that opening decodes statements only for a write, an export
or another lens. `sqlite_schema.py` has the formats, `sqlite_errors.py` the errors.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock

from graph.audit.journal import (
    NO_EFFECT,
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
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.policy import POLICY_VERSION
from graph.evidence.projection import Graph
from graph.stores.base import DataVersion, WriteOutcome, repeated, token_columns, token_of
from graph.stores.embedded.kept_projection import keep_projection, kept_projection
from graph.stores.embedded.sqlite_errors import damaged, translated
from graph.stores.embedded.sqlite_schema import SCHEMA_VERSION, connect, create_tables, file_format, transaction
from graph.stores.embedded.statement_table import StoredRows, checksum, full_version, read_rows, write_difference
from graph.vocabulary.values import canonical


@dataclass(frozen=True, slots=True)
class StoredLog:
    """What was stored when the last write that changed the data had this number."""

    log: StatementLog
    number: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write met, what it left, and how the two differ."""

    before: StoredLog
    after: StoredLog
    version: DataVersion
    effect: Effect
    difference: LogDifference


class SqliteLog:
    """Every method blocks; call them off the event loop (but for `number`, which takes microseconds)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection = connect(path)
        self._watch = connect(path)

    @staticmethod
    def open(path: Path) -> SqliteLog:
        """Raises StoreUnavailable when the file cannot be made or opened, StoreDamaged when it is not such a file."""
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            log = SqliteLog(path)
            log._convert()
        return log

    def _convert(self) -> None:
        """Bring the file to the newest format, unless another process just did."""
        if file_format(self._connection, self._path) == SCHEMA_VERSION:
            return
        with transaction(self._connection, "IMMEDIATE"):
            old = file_format(self._connection, self._path)
            if old < SCHEMA_VERSION:
                create_tables(self._connection, old)
                rows = read_rows(self._connection)
                _check_hashes(self._connection, rows, self._path)
                total = rows.checksum() + _version_checksum(self._connection)
                self._connection.execute("UPDATE head SET checksum = ?", (total,))
            if old == 1:
                _journal_of_versions(self._connection)

    def number(self) -> int:
        """The number of the last write that changed the data, whichever connection or process made it. A writer does
        not keep it waiting: in WAL mode a reader sees what was there before."""
        with translated(self._path):
            return _data_number(self._watch)

    def read(self) -> tuple[StoredLog, DataVersion | None]:
        """All statements and the newest version (None for a file that was never loaded).

        Raises StoreDamaged when the content does not match the checksum that was recorded with it."""
        with self._transaction("DEFERRED"):
            known, (version, _) = self._known(), _newest(self._connection)
        return known, version and replace(version, id=known.log.version)

    def read_projection(self, day: date) -> tuple[Graph, int, DataVersion] | None:
        """The projection of the default lens on `day`, the number of the data and their version; None where no
        projection is kept that holds. Raises StoreDamaged as `read` does."""
        with self._transaction("DEFERRED"):
            number, (version, policy) = _data_number(self._connection), _newest(self._connection)
            kept = kept_projection(self._connection)
            if version is None or policy != POLICY_VERSION or kept is None or not kept.holds(number, day):
                return None
            rows = self._checked_rows()
        with translated(self._path):
            return kept.graph(rows.statements, version.id, day), number, version

    def keep_projection(self, graph: Graph, number: int) -> None:
        """Keep the projection of the data of `number`, unless another process wrote since. Raises StoreBusy at
        once while one writes."""
        with self._lock, translated(self._path):
            wait = self._connection.execute("PRAGMA busy_timeout").fetchone()[0]
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                with transaction(self._connection, "IMMEDIATE"):
                    if _data_number(self._connection) == number:
                        keep_projection(self._connection, graph, number)
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {wait}")

    def write(
        self,
        change: Callable[[StatementLog], StatementLog],
        request: WriteRequest,
        *,
        brought: StatementLog,
        known: StoredLog | None = None,
    ) -> Committed | WriteOutcome:
        """Replace what is stored by `change` of it, with its entry in the journal, in one transaction that holds off
        other writers; or what an earlier write did that had the same import key.

        `brought`: the statements that the request brings. `known`: what was stored lately; unless another process
        wrote since, it is not read again. A load that changes nothing makes no entry."""
        with self._transaction("IMMEDIATE"):
            earlier = _earlier(self._connection, request)
            if earlier is not None:
                return earlier
            stored = known if known and known.number == _data_number(self._connection) else self._known()
            log = change(stored.log)
            difference = log.since(stored.log)
            total = _recorded_checksum(self._connection) - _version_checksum(self._connection)
            total += write_difference(self._connection, difference)
            at, number = _now(), stored.number
            changed = _record(self._connection, log, request.reason, at) or difference.has_changes
            total += _version_checksum(self._connection)
            version, effect = _version(self._connection), effect_of(brought, difference)
            if changed or request.action.always_entered:
                _enter(self._connection, request, effect, version, at, new_checksum=total if changed else None)
                number = _data_number(self._connection)
            return Committed(stored, StoredLog(log, number), version, effect, difference)

    def earlier(self, request: WriteRequest) -> WriteOutcome | None:
        """What the write did that had the request's import key. Raises ImportKeyReused."""
        with self._transaction("DEFERRED"):
            return _earlier(self._connection, request)

    def note(self, request: WriteRequest) -> Entry:
        """Add an entry that changes no data."""
        with self._transaction("IMMEDIATE"):
            return _note(self._connection, request)

    def journal(self, after: int, first: int) -> list[Entry]:
        """Entries with a number above `after`, oldest first."""
        with self._lock, translated(self._path):
            return _entries(self._connection, after, first)

    def journal_head(self) -> Head:
        with self._lock, translated(self._path):
            return _head(self._connection)

    def verify_journal(self) -> Head:
        """The head of the journal. Raises StoreDamaged when it, or the data that it describes, was altered."""
        with self._transaction("DEFERRED"):
            head = verify(_all_entries(self._connection), _head(self._connection))
            last = _entries(self._connection, head.number - 1, 1)
            newest, policy = _newest(self._connection)
            computed = full_version(read_rows(self._connection).log(None))
            if last and newest and policy == POLICY_VERSION and {last[0].version, newest.id} != {computed}:
                raise damaged(self._path, "its journal describes another version of the data")
            self._checked_rows()
        return head

    def tokens(self, id: str | None = None) -> list[Token]:
        """All by id, or the one of an id."""
        with self._lock, translated(self._path):
            wanted = "SELECT columns FROM tokens WHERE ? IS NULL OR id = ? ORDER BY id"
            rows = self._connection.execute(wanted, (id, id)).fetchall()
            return [token_of(json.loads(text)) for (text,) in rows]

    def put_token(self, token: Token, request: WriteRequest) -> Entry:
        with self._transaction("IMMEDIATE"):
            columns = canonical(token_columns(token))
            self._connection.execute(
                "INSERT INTO tokens VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET columns = excluded.columns",
                (token.id, columns),
            )
            return _note(self._connection, request)

    def versions(self) -> list[DataVersion]:
        """Newest first."""
        with self._lock, translated(self._path):
            rows = self._connection.execute(
                "SELECT id, recorded_at, statements, reason FROM versions ORDER BY number DESC"
            ).fetchall()
        return [DataVersion(*row) for row in rows]

    def close(self) -> None:
        with self._lock, translated(self._path):
            self._connection.close()
            self._watch.close()

    # within a transaction

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[None]:
        """DEFERRED reads one state of the file, IMMEDIATE also holds off other writers."""
        with self._lock, translated(self._path), transaction(self._connection, mode):
            yield

    def _known(self) -> StoredLog:
        """What the transaction sees."""
        rows, (version, policy) = self._checked_rows(), _newest(self._connection)
        current = version.id if version and policy == POLICY_VERSION else None
        return StoredLog(rows.log(current), _data_number(self._connection))

    def _checked_rows(self) -> StoredRows:
        rows = read_rows(self._connection)
        if rows.checksum() + _version_checksum(self._connection) != _recorded_checksum(self._connection):
            raise damaged(self._path, "its content does not match its checksum")
        return rows


def _check_hashes(connection: sqlite3.Connection, rows: StoredRows, path: Path) -> None:
    version, policy = _newest(connection)
    if version and policy == POLICY_VERSION and full_version(rows.log(None)) != version.id:
        raise damaged(path, "its content does not match its hash")


def _journal_of_versions(connection: sqlite3.Connection) -> None:
    """Format 1 knew when the data became what, and why, but not by whom."""
    rows = connection.execute("SELECT id, recorded_at, statements, reason FROM versions ORDER BY number").fetchall()
    for row in rows:
        version = DataVersion(*row)
        request = WriteRequest(Action.LOAD, reason=version.reason)
        now = _recorded_checksum(connection)
        _enter(connection, request, Effect(more=True), version, version.recorded_at, new_checksum=now)


def _recorded_checksum(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT checksum FROM head").fetchone()[0])


def _version_checksum(connection: sqlite3.Connection) -> int:
    """Of the newest version; the sum of all rows is moved by it, so that a version fits no other content."""
    newest = "SELECT number, id, recorded_at, statements, reason, policy FROM versions ORDER BY number DESC LIMIT 1"
    return checksum(connection.execute(newest).fetchall())


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
    new_checksum: int | None,
) -> None:
    """Add an entry and move the head; with a new checksum the entry is one that changed the data."""
    entry = entry_for(request, effect, at=at, version=version.id, statements=version.statements, head=_head(connection))
    connection.execute(
        "INSERT INTO journal (number, entry) VALUES (?, ?)", (entry.number, canonical(columns_of(entry)))
    )
    connection.execute(
        "UPDATE head SET number = ?1, hash = ?2, data = iif(?3 IS NULL, data, ?1), checksum = ifnull(?3, checksum)",
        (entry.number, entry.hash, new_checksum),
    )


def _note(connection: sqlite3.Connection, request: WriteRequest) -> Entry:
    _enter(connection, request, NO_EFFECT, _version(connection), _now(), new_checksum=None)
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
