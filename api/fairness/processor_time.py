"""The processor time that a request takes, in whatever task or thread its work is done.

A loop that measures its tasks charges each step of a task to the request in whose context the task was created, and
each call of a worker thread alike. So work that several requests share is charged to the one that began it, and work
that goes on when its client has left is charged all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, ContextVar
from functools import partial
from time import thread_time
from typing import Any, ParamSpec, Protocol, TypeVar

from api.telemetry.request_record import RECORD

P = ParamSpec("P")
T = TypeVar("T")


class Spender(Protocol):
    """Whom processor time is charged to. Called from the loop and from worker threads."""

    def charge(self, seconds: float) -> None: ...


SPENDER: ContextVar[Spender | None] = ContextVar("spender", default=None)
"""Set for each request."""


def measure_processor_time(loop: asyncio.AbstractEventLoop) -> None:
    """Charge the tasks that the loop creates from now on, and the calls of its default executor."""
    loop.set_task_factory(_measured_task)
    loop.set_default_executor(_MeasuringExecutor(thread_name_prefix="wattgraph"))


def _measured_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: Context | None = None,
) -> asyncio.Task[T]:
    return asyncio.Task(_Measured(work), loop=loop, context=context)


class _Measured(Coroutine[Any, Any, T]):
    """A coroutine whose steps are charged to the spender of the context that they run in."""

    __slots__ = ("__name__", "__qualname__", "_work")

    def __init__(self, work: Coroutine[Any, Any, T] | Generator[Any, None, T]) -> None:
        self._work = work
        self.__name__ = getattr(work, "__name__", "task")
        self.__qualname__ = getattr(work, "__qualname__", "task")

    def send(self, value: Any) -> Any:
        _running.since = thread_time()
        try:
            return self._work.send(value)
        finally:
            _end_step()

    def throw(self, *problem: Any) -> Any:
        _running.since = thread_time()
        try:
            return self._work.throw(*problem)
        finally:
            _end_step()

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        result: T = yield from self._work  # type: ignore[misc]
        return result


class _RunningStep(threading.local):
    since: float | None = None
    """Processor time of the thread when the step of a task began, or was charged; None outside a measured step."""


_running = _RunningStep()


def charge_step() -> None:
    """Charge what the step that runs has used so far; also where a request ends within a step."""
    if _running.since is None:
        return
    now = thread_time()
    charge(now - _running.since)
    _running.since = now


def charge(seconds: float) -> None:
    """Charge the request with processor time that another process has used for it."""
    spender, record = SPENDER.get(), RECORD.get()
    if spender is not None:
        spender.charge(seconds)
    if record is not None:
        record.charge(seconds)


def _end_step() -> None:
    charge_step()
    _running.since = None


def _spenders() -> tuple[Spender, ...]:
    """The client that pays, and the record of the request."""
    return tuple(one for one in (SPENDER.get(), RECORD.get()) if one is not None)


class _MeasuringExecutor(ThreadPoolExecutor):
    """The threads of a loop; a call is charged to the request that made it."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        spenders = _spenders()
        if not spenders:
            return super().submit(call, *args, **kwargs)
        submitted = super().submit(_charged_call, spenders, partial(call, *args, **kwargs))
        _calls.add(submitted)
        submitted.add_done_callback(_calls.discard)
        return submitted


_calls: set[Future[Any]] = set()


def running_calls() -> int:
    """Calls for requests that worker threads have begun, or have before them."""
    return len(_calls)


def _charged_call(spenders: tuple[Spender, ...], call: Callable[[], T]) -> T:
    started = thread_time()
    try:
        return call()
    finally:
        for spender in spenders:
            spender.charge(thread_time() - started)
