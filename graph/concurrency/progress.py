"""Progress: long work tells how far it is. Whoever watches may stop it by raising from what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

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


class Stopped(Exception):
    """Nobody waits for the work any more."""


async def stoppable(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What the work gives, in a thread; whoever watches here is told. Cancelled, it tells the work to stop at its next
    `tell`, and waits for that, so that no second one runs beside it."""
    stop, outer = Event(), _watcher.get()

    def watch(what: str, done: int, of: int) -> None:
        if stop.is_set():
            raise Stopped
        outer(what, done, of)

    with watched(watch):
        running = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        running.exception()  # looked at, so that nobody is told of a Stopped
        raise
