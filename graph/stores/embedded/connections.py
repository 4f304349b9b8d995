"""The two connections of a process to the file: one that reads and writes, and one that watches what others write.

A file that took the place of the one that is open, such as a backup, is opened instead. From one that was moved away or
deleted nothing is read or written any more (StoreUnavailable), nor from one that was overwritten (StoreDamaged)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from graph.errors import OutcomeUnknown, StoreError
from graph.stores.embedded.database_file import (
    OpenedFile,
    base_of,
    check_before_opening,
    check_log,
    gone,
    keep_from_collector,
    log_is_empty,
    log_path,
    record_base,
    recorded_base,
    staged_path,
)
from graph.stores.embedded.sqlite_errors import file_errors, translated
from graph.stores.embedded.sqlite_schema import connect, transaction

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_LOG_BYTES = 4_000_000
"""Beyond it a write also moves the log into the database."""
CHECKPOINT_WAIT_SECONDS = 0.2
"""How long moving the log waits for readers; else a later write does it."""


class Connections:
    """`prepare` brings a file that is opened to the newest format."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection, Path], None]) -> None:
        self.path = path
        self._prepare = prepare
        self._lock = Lock()
        """One transaction at a time."""
        self._watch_lock = Lock()
        """Taken after the other, by whoever needs both."""
        self._problem: str | None = None
        """What was logged last of the file, as long as it is so."""
        self._connect()

    @staticmethod
    def open(path: Path, prepare: Callable[[sqlite3.Connection, Path], None]) -> Connections:
        """Raises StoreUnavailable when the file cannot be made or opened, StoreDamaged when it is no database, or not
        the one that the log beside it belongs to."""
        with file_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with translated(path):
            return Connections(path, prepare)

    def _connect(self) -> None:
        check_before_opening(self.path)
        main, watch = self._connection(), None
        try:
            self._prepare(main, self.path)
            watch = self._connection()
            opened = OpenedFile.at(self.path)
            if opened is None:
                raise gone(self.path)
        except BaseException:
            if log_is_empty(self.path):
                for connection in filter(None, (watch, main)):
                    connection.close()
            raise
        self.main, self._watch, self._opened = main, watch, opened
        self._without_log: tuple[int, str] | None = None
        """As long as the log is empty: what SQLite last saw of other connections, and the database file then."""

    def _connection(self) -> sqlite3.Connection:
        connection = connect(self.path)
        keep_from_collector(connection)
        return connection

    def watch(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` gives; a transaction does not keep it waiting."""
        with translated(self.path):
            with self._reported():
                if not self._is_open():
                    with self._lock:
                        self._reopen()
            with self._watch_lock:
                with self._reported():
                    self._check_log(self._watch)
                return read(self._watch)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the file."""
        with self._lock, translated(self.path):
            with self._reported():
                self._reopen()
                self._check_log(self.main)
            with transaction(self.main, "DEFERRED"):
                yield

    @contextmanager
    def writing(self, wait_seconds: float | None = None) -> Iterator[None]:
        """Holds off other writers. What was written is in the file at the path when it ends; else it raises
        OutcomeUnknown."""
        with self._lock, translated(self.path):
            with self._reported():
                self._reopen()
            with self._waiting(wait_seconds), transaction(self.main, "IMMEDIATE"):
                with self._reported():
                    self._check_log(self.main)
                record_base(self.main, self.path)
                yield
            self._check_written()
            is_long = not log_is_empty(self.path) and log_path(self.path).stat().st_size > MAX_LOG_BYTES
            if is_long or recorded_base(self.main) is None:
                self._checkpoint()

    def _check_written(self) -> None:
        try:
            if not self._is_open():
                raise gone(self.path)
            self._check_log(self.main)
        except StoreError as error:
            logger.error("%s: %s", self.path, error)
            raise OutcomeUnknown(
                f"{self.path.name} was moved, deleted or replaced while it was written to: what is there now may lack"
                " the write.",
                remedy="Look where it went; then do the same again: what is there already is not written twice.",
            ) from error

    @contextmanager
    def _waiting(self, seconds: float | None) -> Iterator[None]:
        """Wait for other processes so long; None: as long as usual."""
        wait = self.main.execute("PRAGMA busy_timeout").fetchone()[0]
        if seconds is not None:
            self.main.execute(f"PRAGMA busy_timeout = {int(seconds * 1_000)}")
        try:
            yield
        finally:
            self.main.execute(f"PRAGMA busy_timeout = {wait}")

    def close(self) -> None:
        """Closed is what may apply the log when it is closed; else it is left as by a kill."""
        with self._lock, self._watch_lock, translated(self.path):
            if not self._fits():
                return
            if not log_is_empty(self.path):
                self._checkpoint()
            if log_is_empty(self.path) or recorded_base(self.main) is None:
                for connection in (self.main, self._watch):
                    connection.close()

    # the file

    def _fits(self) -> bool:
        """Whether the log that is open belongs to the file at the path."""
        try:
            self._check_log(self._watch)
        except StoreError:
            return False
        return OpenedFile.at(self.path) == self._opened

    def _is_open(self) -> bool:
        """Whether the file at the path is the one that is open, and was not overwritten while no log tells it."""
        with file_errors(self.path):
            if staged_path(self.path).exists() or OpenedFile.at(self.path) != self._opened:
                return False
        with self._watch_lock:
            return not self._is_overwritten()

    def _is_overwritten(self) -> bool:
        """While the log is empty, the file changes only after another connection wrote."""
        if not log_is_empty(self.path):
            self._without_log = None
            return False
        before, base = self._without_log, base_of(self.path)
        is_another = before is not None and before[1] != base
        try:
            seen = self._watch.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.DatabaseError:
            if is_another:  # its pages do not fit those that the connection holds
                return True
            raise
        if is_another and before and before[0] == seen and log_is_empty(self.path):
            return True
        self._without_log = seen, base
        return False

    def _reopen(self) -> None:
        """Open the file that took the place of the one that is open, unless another thread just did."""
        if self._is_open():
            return
        if not staged_path(self.path).exists():
            self._opened.check_replaced(self.path)
        with self._watch_lock:
            self._connect()  # those before stay open: closing those of an emptied file deletes the log of the new one
            logger.warning("%s was replaced while it was in use; the file that is there now was opened", self.path)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Logs what is wrong with the file, once and not at every request."""
        try:
            yield
        except StoreError as error:
            if self._problem != error.message:
                logger.error("%s: %s", self.path, error)
            self._problem = error.message
            raise
        self._problem = None

    def _check_log(self, connection: sqlite3.Connection) -> None:
        """Raises StoreDamaged when the file was overwritten under the log."""
        with file_errors(self.path):
            check_log(connection, self.path)

    def _checkpoint(self) -> None:
        """Move the log into the database, unless readers hold it back; what is not moved now is moved later."""
        with suppress(sqlite3.Error), self._waiting(CHECKPOINT_WAIT_SECONDS):
            with transaction(self.main, "IMMEDIATE"):
                self.main.execute("UPDATE head SET base = NULL")
            self.main.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
