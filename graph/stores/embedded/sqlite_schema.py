"""The tables of the file, its formats, and how a file of an older format becomes one of the newest.

    1  statements and sources, each row one JSON text; versions
    2  the journal, its head, tokens
    3  one column for each part of a statement; a checksum of all rows in the head; the kept projection
    4  the database file that the log belongs to (`database_file.py`); an index of subjects
    5  where in its document a statement stands, and when somebody looked last

A file is converted when it is opened, in one transaction, and every statement is checked against its hash on the way.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from graph.errors import StoreRefused
from graph.evidence.rows import STATEMENT_COLUMNS
from graph.stores.embedded import sqlite_errors

SCHEMA_VERSION = 5

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

_COLUMNS = """
ALTER TABLE statements RENAME TO statements_2;
DROP INDEX statements_by_source;
CREATE TABLE statements (id TEXT PRIMARY KEY, subject TEXT NOT NULL, subject_kind TEXT NOT NULL, property TEXT NOT NULL,
    value TEXT NOT NULL, source TEXT NOT NULL REFERENCES sources (id) DEFERRABLE INITIALLY DEFERRED,
    confidence TEXT NOT NULL, nature TEXT NOT NULL, known_from TEXT, known_from_latest TEXT NOT NULL,
    said_known_from TEXT, withdrawn TEXT, note TEXT, entered TEXT NOT NULL, as_of TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX statements_by_source ON statements (source);
ALTER TABLE head ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
CREATE TABLE projection (only INTEGER PRIMARY KEY CHECK (only = 0), number INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    day TEXT NOT NULL, next_flip TEXT, content BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
"""
"""`checksum` of the head covers statements, sources and the newest version; `projection` holds the default lens."""

_BASE = """
ALTER TABLE head ADD COLUMN base TEXT;
CREATE INDEX statements_by_subject ON statements (subject);
"""
"""`base` of the head: the state of the database file that the log is applied to."""

_LOOKED_UP = """
ALTER TABLE statements ADD COLUMN locator TEXT;
ALTER TABLE statements ADD COLUMN last_verified TEXT;
"""

_FORMATS = (_FACTS, _JOURNAL, _COLUMNS, _BASE, _LOOKED_UP)
"""What adds the tables of each format to a file of the one before."""
FORMAT_OF_CHECKSUM = 3
"""The first format with columns for the parts of a statement, and a checksum of all."""
COLUMNS_OF_FORMAT: Mapping[int, int] = {3: 14, 4: 14}
"""How many of STATEMENT_COLUMNS the rows had that the checksum of an earlier format covers."""

STATEMENT_INDEXES: Mapping[str, str] = {"statements_by_source": "source", "statements_by_subject": "subject"}
"""The columns that indexes of the table of statements are of."""


@contextmanager
def indexes_made_last(connection: sqlite3.Connection) -> Iterator[None]:
    """Within a transaction: many rows are written without the indexes of statements, which are made of all of them
    afterwards. That takes half the time."""
    for name in STATEMENT_INDEXES:
        connection.execute(f"DROP INDEX {name}")
    yield
    for name, column in STATEMENT_INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON statements ({column})")


_COLUMN_NAMES = ", ".join(STATEMENT_COLUMNS)
READ_STATEMENTS = f"SELECT id, {_COLUMN_NAMES} FROM statements ORDER BY id"  # noqa: S608 (names of columns)
READ_STATEMENTS_OF = f"""SELECT id, {_COLUMN_NAMES} FROM statements
    WHERE subject IN (SELECT value FROM json_each(?)) ORDER BY id"""  # noqa: S608 (names of columns)
"""Those of subjects, a JSON list."""
PUT_STATEMENT = f"""INSERT INTO statements (id, {_COLUMN_NAMES}) VALUES (?{", ?" * len(STATEMENT_COLUMNS)})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in STATEMENT_COLUMNS)}"""  # noqa: S608


def connect(path: Path) -> sqlite3.Connection:
    wait = sqlite_errors.WAIT_SECONDS
    connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # a checkpoint alone changes the database file, and says so before it does (`database_file.py`)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    connection.execute(f"BEGIN {mode}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # after some errors, such as a full disk, SQLite has ended the transaction itself
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def file_format(connection: sqlite3.Connection, path: Path) -> int:
    """Raises StoreRefused for a file of a newer Wattgraph."""
    number = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if number > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path.name} was written by a newer Wattgraph (format {number}).",
            remedy="Use that version, or another WATTGRAPH_DATA.",
        )
    return number


def create_tables(connection: sqlite3.Connection, old: int) -> None:
    """Bring the tables of format `old` (0: an empty file) to the newest one, with the statements in them."""
    for text in _FORMATS[old:]:
        for statement in _statements_of(text):
            connection.execute(statement)
    if old < FORMAT_OF_CHECKSUM:
        _split_columns(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _statements_of(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _split_columns(connection: sqlite3.Connection) -> None:
    """Format 2 kept all of a statement as one JSON text, with the JSON of its value as a text in it."""
    rows = connection.execute("SELECT id, columns FROM statements_2").fetchall()
    records = ((id, *map(json.loads(text).get, STATEMENT_COLUMNS)) for id, text in rows)
    connection.executemany(PUT_STATEMENT, records)
    connection.execute("DROP TABLE statements_2")
