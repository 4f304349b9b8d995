"""Errors of SQLite, and of reading its rows, as the project's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from graph.errors import StoreBusy, StoreDamaged, StoreError, StoreUnavailable

WAIT_SECONDS = 10.0
"""How long a connection waits for another that writes."""


def damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path.name} cannot be trusted: {what}.",
        remedy="Move it out of WATTGRAPH_DATA and run `wattgraph load`, or put a backup in its place.",
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raises the project's StoreError for what SQLite, the operating system, and rows that cannot be read raise."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error, path) from error
    except OSError as error:
        raise StoreUnavailable(
            f"{path.name} cannot be used ({error.strerror}).",
            remedy="Set WATTGRAPH_DATA to a folder that can be written.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, f"a row cannot be read ({type(error).__name__})") from error


def _translate(error: sqlite3.Error, path: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, make in _ERRORS.items():
        if name.startswith(prefix):
            return make(error, path)
    return StoreUnavailable(
        f"{path.name} cannot be used: {error}.", remedy="Look at the file, or set another WATTGRAPH_DATA."
    )


_ERRORS: Mapping[str, Callable[[sqlite3.Error, Path], StoreError]] = {
    "SQLITE_BUSY": lambda error, path: StoreBusy(
        f"Another process has been writing to {path.name} for {WAIT_SECONDS:g} s.", remedy="Try again when it is done."
    ),
    "SQLITE_LOCKED": lambda error, path: StoreBusy(f"{path.name} is locked.", remedy="Try again."),
    "SQLITE_CORRUPT": lambda error, path: damaged(path, str(error)),
    "SQLITE_NOTADB": lambda error, path: damaged(path, "it is not an SQLite file"),
    "SQLITE_READONLY": lambda error, path: StoreUnavailable(
        f"{path.name} is read-only.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_FULL": lambda error, path: StoreUnavailable(
        "The disk is full.", remedy="Make room and try again; nothing was lost."
    ),
    "SQLITE_CANTOPEN": lambda error, path: StoreUnavailable(
        f"{path.name} cannot be opened.", remedy="Set WATTGRAPH_DATA to a folder that can be written."
    ),
    "SQLITE_IOERR": lambda error, path: StoreUnavailable(
        f"{path.name} cannot be read or written: {error}.", remedy="Look at the disk."
    ),
}
