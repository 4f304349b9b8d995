"""Statements, sources, journal and tokens in one SQLite file, durable and checked.

A statement stands in one row with a column for each of its parts (`statement_table.py`); reading compares one checksum
and decodes, without encoding and hashing again what `wattgraph audit verify` hashes. The projection of the default
lens stands beside them (`kept_projection.py`), so that opening decodes statements only for a write, an export
or another lens. `sqlite_schema.py` has the formats, `sqlite_errors.py` the errors.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

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
from graph.concurrency.collector import collector_paused
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.policy import POLICY_VERSION
from graph.evidence.projection import Graph, project
from graph.stores.base import (
    DataVersion,
    RecordedVersion,
    StoreCheck,
    StoreContent,
    WriteOutcome,
    altered_writes,
    no_facts,
    repeated,
    token_columns,
    token_of,
)
from graph.stores.embedded.connections import Connections
from graph.stores.embedded.database_file import record_base
from graph.stores.embedded.inspection import TrustedRows, projection_checks
from graph.stores.embedded.kept_projection import keep_projection, kept_projection
from graph.stores.embedded.sqlite_errors import damaged, decoding
from graph.stores.embedded.sqlite_schema import (
    COLUMNS_OF_FORMAT,
    FORMAT_OF_CHECKSUM,
    SCHEMA_VERSION,
    create_tables,
    file_format,
    transaction,
)
from graph.stores.embedded.statement_table import (
    DecodedRows,
    StoredRows,
    Touched,
    checksum,
    full_version,
    read_compactly,
    read_rows,
    read_touched,
    write_difference,
)
from graph.vocabulary.values import canonical


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of the data: the number of the last write that changed them, and the checksum of what it left. A backup
    that was put in place may have the same number, but not both."""

    number: int
    checksum: int


@dataclass(frozen=True, slots=True)
class StoredLog:
    """What is stored at a revision; `rows_checksum` is of statements and sources, without the version."""

    log: StatementLog
    revision: Revision
    rows_checksum: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write met, what it left, and how the two differ."""

    before: StoredLog
    after: StoredLog
    version: DataVersion
    effect: Effect
    difference: LogDifference


class SqliteLog:
    """Every method blocks; call them off the event loop (but for `revision`, which takes microseconds)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._path = connections.path

    @staticmethod
    def open(path: Path) -> SqliteLog:
        """Raises StoreUnavailable when the file cannot be made or opened, StoreDamaged when it is not such a file, or
        not the one that the log beside it belongs to."""
        return SqliteLog(Connections.open(path, _convert))

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._connections.main

    def revision(self) -> Revision:
        """Of the data, whichever connection or process wrote them last. A writer does not keep it waiting: in WAL mode
        a reader sees what was there before."""
        return self._connections.watch(_revision)

    def read(self, known: StoredLog | None = None) -> tuple[StoredLog, DataVersion | None]:
        """All statements and the newest version (None for a file that was never loaded). Of what differs from `known`,
        what was stored before, only that is read, where the journal names it.

        Raises StoreDamaged when the content does not match the checksum that was recorded with it."""
        with self._connections.reading():
            stored, (version, _) = self._stored(known), _newest(self._connection)
        return stored, version and replace(version, id=stored.log.version)

    def read_projection(self, day: date) -> tuple[Graph, Revision, DataVersion, StoredRows | DecodedRows] | None:
        """The projection of the default lens on `day`, the revision of the data, their version and rows; None where
        no projection is kept that holds. Raises StoreDamaged as `read` does."""
        with self._connections.reading():
            revision, (version, policy) = _revision(self._connection), _newest(self._connection)
            kept = kept_projection(self._connection)
            if version is None or policy != POLICY_VERSION or kept is None or not kept.holds(revision.number, day):
                return None
            rows = self._checked_rows()
        return kept.graph(rows.statements, version.id, day), revision, version, rows

    def decoded(self, rows: StoredRows | DecodedRows, version: str | None, revision: Revision) -> StoredLog:
        """The statements that the rows of a revision hold."""
        with decoding(self._path):
            log = rows.log(version)
        return StoredLog(log, revision, rows.checksum())

    def keep_projection(self, graph: Graph, revision: Revision) -> None:
        """Keep the projection of the data of `revision`, unless another process wrote since. Raises StoreBusy at
        once while one writes."""
        with self._connections.writing(wait_seconds=0):
            if _revision(self._connection) == revision:
                keep_projection(self._connection, graph, revision.number)

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
        with self._connections.writing(), collector_paused():
            earlier = self._earlier(request)
            if earlier is not None:
                return earlier
            stored = self._stored(known)
            log = change(stored.log)
            difference = log.since(stored.log)
            total = _recorded_checksum(self._connection) - _version_checksum(self._connection)
            total += write_difference(self._connection, difference)
            at = _now()
            changed = _record(self._connection, log, request.reason, at) or difference.has_changes
            total += _version_checksum(self._connection)
            version, effect = _version(self._connection), effect_of(brought, difference)
            if changed or request.action.always_entered:
                _enter(self._connection, request, effect, version, at, new_checksum=total if changed else None)
            after = StoredLog(log, _revision(self._connection), total - _version_checksum(self._connection))
        return Committed(stored, after, version, effect, difference)

    def earlier(self, request: WriteRequest) -> WriteOutcome | None:
        """What the write did that had the request's import key. Raises ImportKeyReused."""
        with self._connections.reading():
            return self._earlier(request)

    def note(self, request: WriteRequest) -> Entry:
        """Add an entry that changes no data."""
        with self._connections.writing():
            return self._note(request)

    def journal(self, after: int, first: int) -> list[Entry]:
        """Entries with a number above `after`, oldest first."""
        with self._connections.reading():
            return self._entries(after, first)

    def journal_head(self) -> Head:
        with self._connections.reading():
            return _head(self._connection)

    def verify_journal(self) -> Head:
        """The head of the journal. Raises StoreDamaged when it, or the data that it describes, was altered."""
        with self._connections.reading():
            return self._verified()

    def check(self) -> StoreCheck:
        """How the rows compare with their ids, the version and what is kept of the projection. Raises StoreNotReady."""
        with self._connections.reading():
            rows, (version, policy) = read_rows(self._connection), _newest(self._connection)
            total = rows.checksum() + _version_checksum(self._connection)
            fits = total == _recorded_checksum(self._connection)
            kept, number = kept_projection(self._connection), _revision(self._connection).number
        if version is None:
            raise no_facts()
        trusted = TrustedRows.of(rows)
        fits = fits and trusted.log.version_under(policy) == version.id
        checks = [*trusted.checks(rows)]
        if kept and fits and not trusted.altered and kept.holds(number, day := date.fromisoformat(kept.day)):
            graph = kept.graph(rows.statements, version.id, day)
            checks += projection_checks(graph, project(trusted.log, graph.lens))
        return StoreCheck(version, tuple(checks), trusted.altered, fits)

    def repair(self, request: WriteRequest) -> WriteOutcome:
        """Remove rows that cannot be trusted and the kept projection, and record checksum and version of the others.
        For a load it raises StoreDamaged where it would remove what came over the API."""
        with self._connections.writing():
            trusted = TrustedRows.of(read_rows(self._connection))
            if trusted.has_altered_writes and request.action is Action.LOAD:
                raise altered_writes()
            self._connection.execute("DELETE FROM projection")
            for table, keys in (("statements", trusted.altered_statements), ("sources", trusted.altered_sources)):
                self._connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(key,) for key in keys])  # noqa: S608
            at = _now()
            _record(self._connection, trusted.log, request.reason, at)
            version, gone = _version(self._connection), len(trusted.altered_statements)
            total = read_rows(self._connection).checksum() + _version_checksum(self._connection)
            effect = Effect(retracted=gone, more=True)
            _enter(self._connection, request, effect, version, at, new_checksum=total)
        removed = {"Statement": gone, "Source": len(trusted.altered_sources)}
        return WriteOutcome(version, removed={label: count for label, count in removed.items() if count}, effect=effect)

    def tokens(self, id: str | None = None) -> list[Token]:
        """All by id, or the one of an id."""
        with self._connections.reading():
            wanted = "SELECT columns FROM tokens WHERE ? IS NULL OR id = ? ORDER BY id"
            rows = self._connection.execute(wanted, (id, id)).fetchall()
        with decoding(self._path):
            return [token_of(json.loads(text)) for (text,) in rows]

    def put_token(self, token: Token, request: WriteRequest) -> Entry:
        with self._connections.writing():
            columns = canonical(token_columns(token))
            self._connection.execute(
                "INSERT INTO tokens VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET columns = excluded.columns",
                (token.id, columns),
            )
            return self._note(request)

    def versions(self) -> list[DataVersion]:
        """Newest first."""
        with self._connections.reading():
            rows = self._connection.execute(
                "SELECT id, recorded_at, statements, reason FROM versions ORDER BY number DESC"
            ).fetchall()
        return [DataVersion(*row) for row in rows]

    def copy_to(self, target: sqlite3.Connection) -> tuple[Head, DataVersion | None]:
        """Copy all of the file, of one state; returns what it is. Raises StoreDamaged as `verify_journal` does."""
        with self._connections.reading():
            head, (version, _) = self._verified(), _newest(self._connection)
            self._connection.backup(target)
        return head, version

    def content(self) -> StoreContent:
        """All that the file holds, of one state. Raises StoreDamaged as `verify_journal` does."""
        with self._connections.reading():
            self._verified()
            stored = self._stored()
            versions = self._connection.execute(
                "SELECT number, id, recorded_at, statements, reason, policy FROM versions ORDER BY number"
            ).fetchall()
            entries = self._entries(0, -1)
            tokens = self._connection.execute("SELECT columns FROM tokens ORDER BY id").fetchall()
        with decoding(self._path):
            return StoreContent(
                stored.log,
                tuple(RecordedVersion(number, DataVersion(*rest), policy) for number, *rest, policy in versions),
                tuple(entries),
                tuple(token_of(json.loads(text)) for (text,) in tokens),
            )

    def fill(self, content: StoreContent) -> None:
        """Write all of it into a file that holds nothing."""
        with self._connections.writing(), collector_paused():
            write_difference(self._connection, content.log.since(StatementLog((), {})))
            self._connection.executemany(
                "INSERT INTO versions (number, id, recorded_at, statements, reason, policy) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (one.number, version.id, version.recorded_at, version.statements, version.reason, one.policy)
                    for one in content.versions
                    for version in (one.version,)
                ],
            )
            self._connection.executemany(
                "INSERT INTO journal (number, entry) VALUES (?, ?)",
                [(entry.number, canonical(columns_of(entry))) for entry in content.entries],
            )
            self._connection.executemany(
                "INSERT INTO tokens VALUES (?, ?)", [(one.id, canonical(token_columns(one))) for one in content.tokens]
            )
            total = read_rows(self._connection).checksum() + _version_checksum(self._connection)
            head = content.head
            self._connection.execute(
                "UPDATE head SET number = ?1, hash = ?2, data = ?1, checksum = ?3", (head.number, head.hash, total)
            )

    def close(self) -> None:
        self._connections.close()

    # within a transaction

    def _stored(self, known: StoredLog | None = None) -> StoredLog:
        """What the transaction sees. Where another process wrote since `known` was read, only what it touched."""
        revision = _revision(self._connection)
        if known and known.revision == revision:
            return known
        return (known and self._caught_up(known, revision)) or self._read_all(revision)

    def _read_all(self, revision: Revision) -> StoredLog:
        rows, (version, policy) = self._checked_rows(), _newest(self._connection)
        current = version.id if version and policy == POLICY_VERSION else None
        return self.decoded(rows, current, revision)

    def _caught_up(self, known: StoredLog, revision: Revision) -> StoredLog | None:
        """`known` with what was written since; None where the journal does not name all of it, as the checksum says."""
        entries = self._entries(known.revision.number, Touched.MAX_ENTRIES + 1)
        touched = Touched.of(entries)
        version, policy = _newest(self._connection)
        if touched is None or version is None or policy != POLICY_VERSION:
            return None
        now = read_touched(self._connection, touched)
        total = known.rows_checksum - touched.rows_in(known.log).checksum() + now.checksum()
        if total + _version_checksum(self._connection) != revision.checksum:
            return None
        with decoding(self._path):
            return StoredLog(touched.replaced_in(known.log, now, version.id), revision, total)

    def _verified(self) -> Head:
        entries = self._entries(0, -1)
        head = verify(entries, _head(self._connection))
        newest, policy = _newest(self._connection)
        rows = read_rows(self._connection)
        with decoding(self._path):
            computed = full_version(rows.log(None), policy)
        if entries and newest and {entries[-1].version, newest.id} != {computed}:
            raise damaged(self._path, "its journal describes another version of the data")
        self._checked_rows()
        return head

    def _checked_rows(self) -> StoredRows | DecodedRows:
        with decoding(self._path):
            rows = read_compactly(self._connection)
        if rows.checksum() + _version_checksum(self._connection) != _recorded_checksum(self._connection):
            raise damaged(self._path, "its content does not match its checksum")
        return rows

    def _note(self, request: WriteRequest) -> Entry:
        _enter(self._connection, request, NO_EFFECT, _version(self._connection), _now(), new_checksum=None)
        return self._entries(_head(self._connection).number - 1, 1)[0]

    def _entries(self, after: int, first: int) -> list[Entry]:
        """All of them where `first` is negative."""
        text = "SELECT entry FROM journal WHERE number > ? ORDER BY number LIMIT ?"
        rows = self._connection.execute(text, (after, first)).fetchall()
        with decoding(self._path):
            return [entry_of(json.loads(text)) for (text,) in rows]

    def _earlier(self, request: WriteRequest) -> WriteOutcome | None:
        """What the write did that had the request's import key. Raises ImportKeyReused."""
        row = self._connection.execute(
            "SELECT entry FROM journal WHERE import_key = ?", (request.import_key,)
        ).fetchone()
        if row is None:
            return None
        with decoding(self._path):
            entry = entry_of(json.loads(row[0]))
        check_repeat(entry, request)
        version = self._connection.execute(
            # the newest that it can have left; a clock that was set back since has recorded them all later
            "SELECT id, recorded_at, statements, reason FROM versions WHERE id = ?"
            " ORDER BY recorded_at <= ? DESC, number DESC LIMIT 1",
            (entry.version, entry.at),
        ).fetchone()
        return repeated(entry, DataVersion(*version))


def _convert(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest format, unless another process just did."""
    if file_format(connection, path) == SCHEMA_VERSION:
        return
    with transaction(connection, "IMMEDIATE"):
        old = file_format(connection, path)
        if old == SCHEMA_VERSION:
            return
        _create_tables(connection, old, path)
        record_base(connection, path)
        if old < FORMAT_OF_CHECKSUM:
            rows = read_rows(connection)
            with decoding(path):
                _check_hashes(connection, rows, path)
            total = rows.checksum() + _version_checksum(connection)
            connection.execute("UPDATE head SET checksum = ?", (total,))
        elif old in COLUMNS_OF_FORMAT:
            _widen_checksum(connection, COLUMNS_OF_FORMAT[old])
        if old == 1:
            _journal_of_versions(connection)


def _widen_checksum(connection: sqlite3.Connection, columns: int) -> None:
    """Move the checksum by what new columns add to every row: one that did not fit before does not fit now."""
    rows = read_rows(connection).statements
    more = checksum(rows) - checksum(row[: 1 + columns] for row in rows)
    connection.execute("UPDATE head SET checksum = checksum + ?", (more,))


def _create_tables(connection: sqlite3.Connection, old: int, path: Path) -> None:
    """Raises StoreDamaged for rows of the old format that do not fit the new one."""
    try:
        with decoding(path):
            create_tables(connection, old)
    except sqlite3.IntegrityError as error:
        raise damaged(path, f"a row cannot be read ({error})") from error


def _check_hashes(connection: sqlite3.Connection, rows: StoredRows, path: Path) -> None:
    version, policy = _newest(connection)
    if version and full_version(rows.log(None), policy) != version.id:
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


def _revision(connection: sqlite3.Connection) -> Revision:
    return Revision(*connection.execute("SELECT data, checksum FROM head").fetchone())


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
