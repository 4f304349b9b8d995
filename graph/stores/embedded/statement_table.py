"""Statements and sources as rows of the file, one column for each part of a statement, with a checksum over all.

A row's checksum is the CRC-32 of its JSON; that of the content is the sum over all rows and the newest version. So a
write moves it by its own rows alone, and reading compares it in one pass, without encoding a value or hashing an id.
Any flipped bit changes the sum. It does not hold off a forger: `full_version` computes ids and version anew
(`wattgraph audit verify`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any
from zlib import crc32

import orjson

from graph.audit.journal import Entry
from graph.concurrency.collector import collector_paused
from graph.concurrency.progress import report_progress
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.rows import (
    Record,
    source_of,
    source_row,
    statement_records,
    statements_of_records,
)
from graph.evidence.statements import Source, Statement
from graph.stores.embedded.sqlite_schema import PUT_STATEMENT, READ_STATEMENTS, READ_STATEMENTS_OF, indexes_made_last
from graph.vocabulary.model import Row
from graph.vocabulary.values import canonical

_BATCH = 1_000
_DECODED_AT_ONCE = 50_000
"""Statements of a store that is large: in a smaller one rows are not decoded before somebody needs it."""
_MANY = 10_000
"""Statements of one write from which on making indexes anew may pay."""
_READ_SOURCES = "SELECT id, columns FROM sources ORDER BY id"
_READ_SOURCES_OF = "SELECT id, columns FROM sources WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
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
        return DecodedRows(tuple(statements_of_records(self.statements)), self.sources, self.checksum()).log(version)


@dataclass(frozen=True, slots=True)
class DecodedRows:
    """The rows of a large store, whose statements are decoded as they are read: they take a fifth of the memory of
    their rows. `rows_checksum` is of the rows."""

    statements: Sequence[Statement]
    sources: Sequence[tuple[str, str]]
    rows_checksum: int

    def checksum(self) -> int:
        return self.rows_checksum

    def log(self, version: str | None) -> StatementLog:
        """As of StoredRows."""
        with collector_paused():
            return StatementLog.from_stored(self.statements, map(source_of_record, self.sources), version)


@dataclass(frozen=True, slots=True)
class Touched:
    """Subjects and sources that writes concern, as their entries in the journal name them."""

    MAX_ENTRIES = 1_000
    MAX_SUBJECTS = 5_000
    """Beyond these reading all is not slower."""

    subjects: frozenset[str]
    sources: frozenset[str]

    @staticmethod
    def of(entries: Sequence[Entry]) -> Touched | None:
        """None where they name too many, or not all."""
        if len(entries) > Touched.MAX_ENTRIES or any(entry.more for entry in entries):
            return None
        named = [name.partition(":") for entry in entries for name in entry.subjects]
        if len(named) > Touched.MAX_SUBJECTS:
            return None
        return Touched(
            frozenset(key for label, _, key in named if label != "Source"),
            frozenset(key for label, _, key in named if label == "Source"),
        )

    def rows_in(self, log: StatementLog) -> StoredRows:
        """Their rows in a log, as they are written."""
        statements = [one for subject in self.subjects for one in log.by_subject.get(subject, ())]
        sources = [log.sources[key] for key in self.sources if key in log.sources]
        return StoredRows([*statement_records(statements)], [*map(_source_record, sources)])

    def replaced_in(self, log: StatementLog, rows: StoredRows, version: str) -> StatementLog:
        """The log with these rows in place of theirs."""
        read = rows.log(None)
        statements = [one for one in log.statements if one.subject not in self.subjects]
        kept = {key: one for key, one in log.sources.items() if key not in self.sources}
        sources = {**kept, **read.sources}
        with collector_paused():
            return StatementLog.from_stored(
                sorted((*statements, *read.statements), key=lambda one: one.id),
                (sources[key] for key in sorted(sources)),
                version,
            )


def read_touched(connection: sqlite3.Connection, touched: Touched) -> StoredRows:
    subjects, sources = (json.dumps(sorted(keys)) for keys in (touched.subjects, touched.sources))
    return StoredRows(
        connection.execute(READ_STATEMENTS_OF, (subjects,)).fetchall(),
        connection.execute(_READ_SOURCES_OF, (sources,)).fetchall(),
    )


def source_of_record(record: tuple[str, str]) -> Source:
    key, text = record
    return source_of(Row("Source", key, orjson.loads(text)))


def checksum(rows: Iterable[Sequence[object]]) -> int:
    return sum(map(crc32, map(orjson.dumps, rows)))


def read_rows(connection: sqlite3.Connection) -> StoredRows:
    with collector_paused():
        statements = connection.execute(READ_STATEMENTS).fetchall()
    return StoredRows(statements, connection.execute(_READ_SOURCES).fetchall())


def read_compactly(connection: sqlite3.Connection) -> StoredRows | DecodedRows:
    """All rows; those of a large store in one pass, and decoded. Raises ValueError, KeyError for what no statement
    says."""
    if connection.execute("SELECT count(*) FROM statements").fetchone()[0] < _DECODED_AT_ONCE:
        return read_rows(connection)
    totals: list[int] = []
    with collector_paused():
        statements = tuple(statements_of_records(_summed(connection.execute(READ_STATEMENTS), totals)))
    sources = connection.execute(_READ_SOURCES).fetchall()
    return DecodedRows(statements, sources, sum(totals) + checksum(sources))


def _summed(rows: sqlite3.Cursor, totals: list[int]) -> Iterator[Record]:
    """The rows; the checksums of them are added to `totals`."""
    while batch := rows.fetchmany(_BATCH):
        totals.append(checksum(batch))
        yield from batch


def full_version(log: StatementLog, policy: int) -> str:
    """The version of a log that was stored under a version of the policy, with the id of every statement computed from
    what it says."""
    return StatementLog.of((one.but() for one in log.statements), log.sources.values()).version_under(policy)


def write_difference(connection: sqlite3.Connection, what: LogDifference) -> int:
    """Write what differs; returns by how much the checksum of all rows moves."""
    before = checksum(statement_records(what.outdated))
    before += checksum(_stored_sources(connection, [then.key for then, _ in what.sources if then]))
    after = _put(connection, _PUT_SOURCE, [_source_record(now) for _, now in what.sources if now], "writing sources")
    with indexes_made_last(connection) if _is_most(connection, what.statements) else nullcontext():
        after += _put(connection, PUT_STATEMENT, what.upserted, "writing statements", statement_records)
    connection.executemany("DELETE FROM statements WHERE id = ?", [(one.id,) for one in what.removed])
    lost = [(then.key,) for then, now in what.sources if then and not now]
    connection.executemany("DELETE FROM sources WHERE id = ?", lost)
    return after - before


def _is_most(connection: sqlite3.Connection, statements: int) -> bool:
    """Whether a write of so many statements concerns most of what will be there."""
    return statements >= _MANY and statements > connection.execute("SELECT count(*) FROM statements").fetchone()[0]


def _source_record(source: Source) -> tuple[str, str]:
    return source.key, canonical(source_row(source).columns)


def _stored_sources(connection: sqlite3.Connection, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """As they stand: another version of the vocabulary may have written other columns."""
    for key in keys:
        yield connection.execute("SELECT id, columns FROM sources WHERE id = ?", (key,)).fetchone()


def _put(
    connection: sqlite3.Connection,
    text: str,
    items: Sequence[Any],
    what: str,
    rows_of: Callable[[Any], Iterable[Sequence[object]]] = iter,
) -> int:
    """Write the row of each item; returns the checksum of all."""
    total = done = 0
    every = iter(rows_of(items))
    while rows := list(islice(every, _BATCH)):
        connection.executemany(text, rows)
        total += checksum(rows)
        done += len(rows)
        report_progress(what, done, len(items))
    return total
