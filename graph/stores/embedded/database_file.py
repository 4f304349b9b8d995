"""Which file a store works on, and whether the log beside it belongs to it.

SQLite applies a log (`-wal`) to whatever database lies beside it: a backup that is copied over a database whose process
was killed is damaged by the log of the other. So the log says which database it belongs to: the first write to an empty
log records size and time of the database file (`base` in the table `head`). Nothing but a checkpoint changes that file;
a checkpoint removes `base` beforehand, and the next write to the log, empty again, records it anew.

A process that has the file open compares, before every answer and around every write, what lies at the path with what
it opened. A backup takes the place of a file in one step (`put_in_place`): what lies at `staged_path` is whole, and
whoever finds it there completes the step.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from graph.errors import StoreDamaged, StoreUnavailable
from graph.stores.embedded.sqlite_errors import file_errors

if sys.platform != "win32":
    import fcntl

FORMAT_WITH_BASE = 4
"""The first format of the file with `base`."""


@lru_cache(maxsize=64)  # asked several times for each answer
def log_path(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


@lru_cache(maxsize=64)
def staged_path(path: Path) -> Path:
    """Where a backup lies, whole and checked, until it takes the place of the file."""
    return path.with_name(path.name + ".restoring")


def log_is_empty(path: Path) -> bool:
    try:
        return log_path(path).stat().st_size == 0
    except FileNotFoundError:
        return True


def base_of(path: Path) -> str:
    """Size and time of the last change of the database file. Raises StoreUnavailable where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise gone(path) from None
    return f"{stat.st_size} {stat.st_mtime_ns}"


def gone(path: Path) -> StoreUnavailable:
    """The database file, or its log."""
    return StoreUnavailable(
        f"{path.name} was moved or deleted while it was in use; nothing is written.",
        remedy="Put it back, or put a backup in its place with `wattgraph restore FILE`.",
    )


def replaced(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"{path.name} was replaced, and beside it lies the log of the file before ({log_path(path).name}) with writes"
        " that it lacks; nothing was changed.",
        remedy="Put a backup in its place with `wattgraph restore FILE`; to take the file together with that log, if"
        f" they fit, restore {path.name} itself.",
    )


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """The database file and its log that a process has open."""

    database: tuple[int, int]
    log: tuple[int, int]

    @staticmethod
    def at(path: Path) -> OpenedFile | None:
        """What lies at the path now; None where one of both is missing."""
        try:
            return OpenedFile(_identity(path), _identity(log_path(path)))
        except FileNotFoundError:
            return None

    def check_replaced(self, path: Path) -> None:
        """Another database lies at the path, or this one with its log. Raises StoreUnavailable otherwise, and
        StoreDamaged where the file was emptied."""
        try:
            is_same, is_empty = _identity(path) == self.database, path.stat().st_size == 0
        except FileNotFoundError:
            raise gone(path) from None
        if is_same and OpenedFile.at(path) != self:
            raise gone(log_path(path))
        if is_same and is_empty:
            raise StoreDamaged(
                f"{path.name} was emptied while it was in use; nothing is written.",
                remedy="Put a backup in its place with `wattgraph restore FILE`.",
            )


def _identity(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_dev, stat.st_ino


def check_before_opening(path: Path) -> None:
    """Complete a restore that was cut off; raises StoreDamaged for a log that belongs to another file, which opening
    would apply, or to one that is missing."""
    put_in_place(path)
    if not path.exists():
        _check_no_log(path)
    if log_is_empty(path):
        return
    # a connection that only reads does not apply the log when it is closed
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] >= FORMAT_WITH_BASE:
            check_log(connection, path)
    finally:
        connection.close()


def _check_no_log(path: Path) -> None:
    """A new file would take the log, also an empty one, from a process that still has the file before open."""
    if log_path(path).exists():
        raise StoreDamaged(
            f"{path.name} is missing, and its log lies in its folder ({log_path(path).name}).",
            remedy="Put the file back, or put a backup in its place with `wattgraph restore FILE`; for a new store stop"
            " what uses this one, and remove its log.",
        )


def check_log(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreDamaged when the log belongs to another database than the one beside it, StoreUnavailable when there
    is none. A checkpoint that comes between is harmless: `base` is another one then."""
    while not log_is_empty(path):
        base = recorded_base(connection)
        if base is None or base == base_of(path):
            return
        if not log_is_empty(path) and recorded_base(connection) == base:
            raise replaced(path)


def recorded_base(connection: sqlite3.Connection) -> str | None:
    """None: a checkpoint goes on, or was cut off."""
    row = connection.execute("SELECT base FROM head").fetchone()
    return None if row is None else row[0]


def record_base(connection: sqlite3.Connection, path: Path) -> None:
    """In a transaction that writes: where it is the first of a log, the log belongs to the database as it is now."""
    if log_is_empty(path):
        connection.execute("UPDATE head SET base = ?", (base_of(path),))


def keep_from_collector(connection: sqlite3.Connection) -> None:
    """The last connection to be closed applies the log: without taking `base` away first, and also to a database that
    the log does not belong to. So nothing but `close` may close it, not the end of the last reference or of the
    process either: as after a kill, the log stays as it is."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


# ---- a backup in place of the file


def put_in_place(path: Path) -> None:
    """Let what is staged take the place of the file, whose log goes with it. Whoever is cut off in it is followed by
    the next to open the file."""
    staged = staged_path(path)
    if not staged.exists():
        return
    with file_errors(path), _one_at_a_time(path.parent):
        if not staged.exists():
            return
        for rest in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + rest).unlink()
        staged.replace(path)
        sync_folder(path.parent)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """The lock goes with the process that holds it."""
    with _opened(folder) as handle:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def sync_folder(folder: Path) -> None:
    """So that a renamed file has its new name also after a power cut."""
    with _opened(folder) as handle:
        os.fsync(handle)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)
