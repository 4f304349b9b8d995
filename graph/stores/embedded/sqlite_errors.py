"""Errors of SQLite, of the operating system and of reading rows, as the project's own.

SQLite's become so by one table, around its calls; those of the operating system around what is done with files; and a
row that cannot be read, around its decoding alone. Whatever else fails is a defect, and stays what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

from graph.errors import BadInput, StoreBusy, StoreDamaged, StoreUnavailable, WattgraphError

WAIT_SECONDS = 10.0
"""How long a connection waits for another that writes."""


def damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path.name} cannot be trusted: {what}.",
        remedy="Put a backup in its place with `wattgraph restore FILE`; without one move it out of WATTGRAPH_DATA,"
        f" together with {path.name}-wal, and run `wattgraph load`.",
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raises the project's own error for one of SQLite; one that only a defect can cause stays as it is."""
    try:
        yield
    except sqlite3.Error as error:
        own = translate(error, path)
        if own is None:
            raise
        raise own from error


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Raises StoreUnavailable for what the operating system refuses."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise _full() from error
        raise StoreUnavailable(
            f"{path.name} cannot be used ({error.strerror}).",
            remedy="Set WATTGRAPH_DATA to a folder that can be written.",
        ) from error


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Around the decoding of rows, and nothing else. Raises StoreDamaged."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, f"a row cannot be read ({type(error).__name__})") from error


def translate(error: sqlite3.Error, path: Path) -> WattgraphError | None:
    """By the longest name in the table that begins the error's; None for a defect."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if str(error).startswith(_OF_DAMAGE):
        return damaged(path, str(error))
    known = [prefix for prefix in ERRORS if name.startswith(prefix)]
    make = ERRORS[max(known, key=len)] if known else None
    return make and make(error, path)


_OF_DAMAGE = ("no such table", "no such column", "Could not decode to UTF-8")
"""How errors without a code of their own begin that a damaged file causes."""
Make = Callable[[sqlite3.Error, Path], WattgraphError]


def _full() -> StoreUnavailable:
    return StoreUnavailable("The disk is full.", remedy="Make room and try again; nothing was written.")


def _cannot_be_used(error: sqlite3.Error, path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"{path.name} cannot be read or written: {error}.", remedy="Look at the disk.")


def _cannot_be_written(_: sqlite3.Error, path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"{path.name} is read-only.", remedy="Set WATTGRAPH_DATA to a folder that can be written.")


def _again(error: sqlite3.Error, path: Path) -> StoreBusy:
    return StoreBusy(f"{path.name} is being used by another process: {error}.", remedy="Try again.")


ERRORS: Mapping[str, Make | None] = {
    "SQLITE_BUSY": lambda error, path: StoreBusy(
        f"Another process has been writing to {path.name} for {WAIT_SECONDS:g} s.", remedy="Try again when it is done."
    ),
    "SQLITE_LOCKED": _again,
    "SQLITE_PROTOCOL": _again,
    "SQLITE_CORRUPT": lambda error, path: damaged(path, str(error)),
    "SQLITE_NOTADB": lambda error, path: damaged(path, "it is not an SQLite file"),
    "SQLITE_FORMAT": lambda error, path: damaged(path, "it is not an SQLite file"),
    "SQLITE_READONLY": _cannot_be_written,
    "SQLITE_PERM": _cannot_be_written,
    "SQLITE_FULL": lambda error, path: _full(),
    "SQLITE_CANTOPEN": lambda error, path: StoreUnavailable(
        f"{path.name} cannot be opened.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_IOERR": _cannot_be_used,
    "SQLITE_IOERR_SHMSIZE": lambda error, path: _full(),  # no room for the index of the log, on a disk full already
    "SQLITE_NOLFS": _cannot_be_used,
    "SQLITE_NOMEM": lambda error, path: StoreUnavailable(
        f"There is not enough memory for {path.name}.", remedy="Give the process more, or load less at a time."
    ),
    "SQLITE_TOOBIG": lambda error, path: BadInput(
        "A text is longer than a row of the store may be.", remedy="Shorten it, or split it."
    ),
    # what only a defect causes
    "SQLITE_ERROR": None,
    "SQLITE_INTERNAL": None,
    "SQLITE_ABORT": None,
    "SQLITE_INTERRUPT": None,
    "SQLITE_NOTFOUND": None,
    "SQLITE_EMPTY": None,
    "SQLITE_SCHEMA": None,
    "SQLITE_CONSTRAINT": None,
    "SQLITE_MISMATCH": None,
    "SQLITE_MISUSE": None,
    "SQLITE_AUTH": None,
    "SQLITE_RANGE": None,
}
"""Every error of SQLite, by the name of its code or its beginning; None: a defect of the program. An error of its
Python module that has no code is one too."""
