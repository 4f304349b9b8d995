"""Progress: long work reports how far it is. An observer stops the work by raising from its callback."""

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
"""Takes the name of the step, the units done, and the units in all."""


def ignore_progress(what: str, done: int, of: int) -> None:
    """The observer of work that nobody observes."""


_observer: ContextVar[Progress] = ContextVar("observer", default=ignore_progress)


def report_progress(what: str, done: int, of: int) -> None:
    """Reports to the observer of this piece of work. Raises what the observer raises: the work is to stop."""
    _observer.get()(what, done, of)


@contextmanager
def progress_to(observer: Progress) -> Iterator[None]:
    """Within the block, progress goes to `observer`; in threads too that copy the context (`asyncio.to_thread`)."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


class Stopped(Exception):
    """Nobody awaits the work any more."""


async def run_stoppable(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the work, run in a thread; the current observer sees its progress. When cancelled, stops the work
    at its next `report_progress` and awaits that, so that no second run starts beside it."""
    stop, outer = Event(), _observer.get()

    def observe(what: str, done: int, of: int) -> None:
        if stop.is_set():
            raise Stopped
        outer(what, done, of)

    with progress_to(observe):
        running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        running.exception()  # retrieved, so that asyncio logs no Stopped
        raise
