"""Statements and sources as rows of the file, one column for each part of a statement, with a checksum over all.

A row's checksum is the CRC-32 of its JSON; that of the content is the sum over all rows and the newest version. So a
write moves it by its own rows alone, and reading compares it in one pass, without encoding a value or hashing an id.
Any flipped bit changes the sum. It does not hold off a forger: `full_version` computes ids and version anew
(`wattgraph audit verify`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import orjson

from graph.concurrency.collector import collector_paused
from graph.concurrency.progress import report_progress
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.rows import (
    Record,
    source_of,
    source_row,
    statement_record,
    statements_of_records,
)
from graph.stores.embedded.sqlite_schema import PUT_STATEMENT, READ_STATEMENTS
from graph.vocabulary.model import Row
from graph.vocabulary.values import canonical

_BATCH = 1_000
_PUT_SOURCE = (
    "INSERT INTO sources (id, columns) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET columns = excluded.columns"
)


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows as they stand: statements by id, sources (key and JSON) by key."""

    statements: Sequence[Record]
    sources: Sequence[tuple[str, str]]

    def checksum(self) -> int:
        return checksum(self.statements) + checksum(self.sources)

    def log(self, version: str | None) -> StatementLog:
        """The statements, under the version that was recorded with them; None: it is computed on first use."""
        sources = (source_of(Row("Source", key, orjson.loads(text))) for key, text in self.sources)
        with collector_paused():
            return StatementLog.from_stored(statements_of_records(self.statements), sources, version)


def checksum(rows: Iterable[Sequence[object]]) -> int:
    return sum(map(crc32, map(orjson.dumps, rows)))


def read_rows(connection: sqlite3.Connection) -> StoredRows:
    with collector_paused():
        statements = connection.execute(READ_STATEMENTS).fetchall()
    return StoredRows(statements, connection.execute("SELECT id, columns FROM sources ORDER BY id").fetchall())


def full_version(log: StatementLog) -> str:
    """The version of a stored log with the id of every statement computed from what it says."""
    return StatementLog.of(map(replace, log.statements), log.sources.values()).version


def write_difference(connection: sqlite3.Connection, what: LogDifference) -> int:
    """Write what differs; returns by how much the checksum of all rows moves."""
    before = checksum(statement_record(then) for then, _ in what.statements if then)
    before += checksum(_stored_sources(connection, [then.key for then, _ in what.sources if then]))
    sources = [(now.key, canonical(source_row(now).columns)) for _, now in what.sources if now]
    statements = [statement_record(now) for _, now in what.statements if now]
    _put(connection, _PUT_SOURCE, sources, "writing sources")
    _put(connection, PUT_STATEMENT, statements, "writing statements")
    connection.executemany("DELETE FROM statements WHERE id = ?", [(one.id,) for one in what.removed])
    lost = [(then.key,) for then, now in what.sources if then and not now]
    connection.executemany("DELETE FROM sources WHERE id = ?", lost)
    return checksum(statements) + checksum(sources) - before


def _stored_sources(connection: sqlite3.Connection, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """As they stand: another version of the vocabulary may have written other columns."""
    for key in keys:
        yield connection.execute("SELECT id, columns FROM sources WHERE id = ?", (key,)).fetchone()


def _put(connection: sqlite3.Connection, text: str, rows: Sequence[Sequence[object]], what: str) -> None:
    for start in range(0, len(rows), _BATCH):
        connection.executemany(text, rows[start : start + _BATCH])
        report_progress(what, min(start + _BATCH, len(rows)), len(rows))
