"""Progress: long work tells how far it is. Whoever watches may stop it by raising from what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def silent(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


_watcher: ContextVar[Progress] = ContextVar("watcher", default=silent)


def tell(what: str, done: int, of: int) -> None:
    """Tell whoever watches this piece of work. Raises what the watcher raises: the work is to stop."""
    _watcher.get()(what, done, of)


@contextmanager
def watched(by: Progress) -> Iterator[None]:
    """What is told within goes to `by`, in threads too that take the context along (`asyncio.to_thread`)."""
    token = _watcher.set(by)
    try:
        yield
    finally:
        _watcher.reset(token)
