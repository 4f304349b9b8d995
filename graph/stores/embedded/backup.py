"""Backup and restore: the file of the embedded store, and the same file of what another store holds.

A backup is one file without a log, made from one state of the store while others may write. It bears a hash of all its
rows. A restore copies it next to the store, checks hash, journal and statements there, and lets it take the place of
the store's file in one step; services that have the store open go on with it. Another store writes and reads what the
file holds (`StoreContent`), so that a backup of the one is restored into the other."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from graph.audit.journal import Head
from graph.errors import BadInput, StoreDamaged, StoreNotReady, StoreUnavailable
from graph.stores.base import DataVersion, StoreContent, no_store
from graph.stores.embedded.database_file import (
    FORMAT_WITH_BASE,
    log_is_empty,
    put_in_place,
    staged_path,
    sync_folder,
)
from graph.stores.embedded.sqlite_errors import damaged, file_errors, translated
from graph.stores.embedded.sqlite_log import SqliteLog
from graph.stores.embedded.sqlite_schema import file_format, transaction

_SEAL = "backup"
"""The table that holds the hash of a backup."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds; `version` is None where no facts were ever loaded, `sealed` whether it bore a hash."""

    version: DataVersion | None
    head: Head
    sealed: bool = True


def back_up(path: Path, target: Path) -> Summary:
    """Write what the store in `path` holds now to the new file `target`, whole or not at all. Raises BadInput for a
    file that exists, StoreDamaged for a store that is not whole."""
    if not path.exists():
        raise no_store(path.parent)
    check_is_new(target)
    part = target.with_name(target.name + ".part")
    log = SqliteLog.open(path)
    try:
        with _copying_to(part), _new_database(part) as copy:
            head, version = log.copy_to(copy)
            _seal(copy)
    finally:
        log.close()
    with file_errors(target):
        part.replace(target)
        sync_folder(target.parent)
    return Summary(version, head)


def check_is_new(target: Path) -> None:
    """Raises BadInput for a file that exists."""
    if target.exists():
        raise BadInput(f"{target} exists.", remedy="Name a new file.")


def restore(source: Path, path: Path) -> Summary:
    """Put what `source` holds in place of the store in `path`, whatever lies there. Raises BadInput, and leaves the
    store as it is, when `source` is no whole backup.

    A backup that was made by other means has no hash: statements and journal are checked alone. One of an earlier
    format is converted."""
    if not source.is_file():
        raise BadInput(f"There is no file {source}.", remedy="Name a backup.")
    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    staged = staged_path(path)
    part = staged.with_name(staged.name + ".part")
    with _copying_to(part):
        summary = _checked_copy(source, part)
        with file_errors(path):
            part.replace(staged)
            sync_folder(path.parent)
    try:
        put_in_place(path)
    except StoreUnavailable:
        with suppress(OSError):  # else it would come into place whenever that becomes possible
            staged.unlink(missing_ok=True)
        raise
    return summary


def write_backup(content: StoreContent, target: Path) -> Summary:
    """Write what a store holds to the new file `target`, whole or not at all. Raises BadInput for a file that
    exists."""
    check_is_new(target)
    with file_errors(target), tempfile.TemporaryDirectory(prefix=f"{target.name}.", dir=target.parent) as folder:
        path = Path(folder) / target.name
        log = SqliteLog.open(path)
        try:
            log.fill(content)
        finally:
            log.close()
        return back_up(path, target)


def read_backup(source: Path) -> tuple[StoreContent, Summary]:
    """What a backup holds, checked as `restore` checks it. Raises BadInput when it is no whole backup."""
    if not source.is_file():
        raise BadInput(f"There is no file {source}.", remedy="Name a backup.")
    with tempfile.TemporaryDirectory(prefix="wattgraph-restore-") as folder:
        part = Path(folder) / source.name
        summary = _checked_copy(source, part)
        log = SqliteLog.open(part)
        try:
            return log.content(), summary
        finally:
            log.close()


@contextmanager
def _copying_to(part: Path) -> Iterator[None]:
    """Removes what is left of a copy, of this one and of one that was cut off."""
    _remove(part)
    try:
        yield
    except BaseException:
        _remove(part)
        raise


def _remove(part: Path) -> None:
    with file_errors(part):
        for rest in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + rest).unlink(missing_ok=True)


@contextmanager
def _new_database(path: Path) -> Iterator[sqlite3.Connection]:
    """On the disk when it ends."""
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection
    with file_errors(path), path.open("rb+") as file:
        os.fsync(file.fileno())


def _checked_copy(source: Path, part: Path) -> Summary:
    try:
        with _new_database(part) as copy:
            with translated(source), closing(_only_read(source)) as original:
                original.backup(copy)
            sealed = _unseal(copy, source)
        log = SqliteLog.open(part)
        try:
            summary = _summary(log)
        finally:
            log.close()
    except (StoreDamaged, StoreNotReady) as error:
        raise BadInput(
            f"{source} is no whole backup: {error.message}", remedy="Take another one; the store is as it was."
        ) from error
    return Summary(summary.version, summary.head, sealed)


def _only_read(source: Path) -> sqlite3.Connection:
    """A connection that changes neither the file nor its log."""
    mode = "immutable=1" if log_is_empty(source) else "mode=ro"
    return sqlite3.connect(f"{source.resolve().as_uri()}?{mode}", uri=True)


def _summary(log: SqliteLog) -> Summary:
    """Raises StoreDamaged unless statements and journal are whole."""
    head, versions = log.verify_journal(), log.versions()
    return Summary(versions[0] if versions else None, head)


# ---- the hash


def _seal(copy: sqlite3.Connection) -> None:
    copy.execute("PRAGMA journal_mode = DELETE")
    with transaction(copy, "IMMEDIATE"):
        copy.execute("UPDATE head SET base = NULL")
        content = _content_hash(copy)
        copy.execute(f"CREATE TABLE {_SEAL} (made_at TEXT NOT NULL, content TEXT NOT NULL) STRICT")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        copy.execute(f"INSERT INTO {_SEAL} VALUES (?, ?)", (made_at, content))  # noqa: S608 (a constant)


def _unseal(copy: sqlite3.Connection, source: Path) -> bool:
    """Whether it bore a hash. Raises StoreDamaged where it does not match, and for what is no store."""
    problems = [row[0] for row in copy.execute("PRAGMA integrity_check(1)")]
    if problems != ["ok"]:
        raise damaged(source, problems[0].splitlines()[-1])
    if not file_format(copy, source) > 0 or "statements" not in _tables(copy):
        raise damaged(source, "it holds no store")
    sealed = _SEAL in _tables(copy)
    if sealed:
        [recorded] = copy.execute(f"SELECT content FROM {_SEAL}").fetchone()  # noqa: S608 (a constant)
        if recorded != _content_hash(copy):
            raise damaged(source, "its content does not match its hash")
        copy.execute(f"DROP TABLE {_SEAL}")
    if file_format(copy, source) >= FORMAT_WITH_BASE:
        copy.execute("UPDATE head SET base = NULL")
    return sealed


def _content_hash(connection: sqlite3.Connection) -> str:
    """Of the tables and of all their rows, but for the table that holds it."""
    schema = connection.execute("SELECT name, sql FROM sqlite_master WHERE name <> ? ORDER BY name", (_SEAL,))
    digest = hashlib.sha256(repr(schema.fetchall()).encode())
    for table in sorted(_tables(connection) - {_SEAL}):
        digest.update(table.encode())
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1"):  # noqa: S608 (a name of the schema)
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in rows}
