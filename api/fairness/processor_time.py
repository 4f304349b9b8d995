"""The processor time that a request takes, in whatever task or thread its work is done.

A loop that measures its tasks charges each step of a task to the request in whose context the task was created, and
each call of a worker thread alike. So work that several requests share is charged to the one that began it, and work
that goes on when its client has left is charged all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, ContextVar
from functools import partial
from time import thread_time
from typing import Any, ParamSpec, Protocol, TypeVar

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
        started = thread_time()
        try:
            return self._work.send(value)
        finally:
            _charge(thread_time() - started)

    def throw(self, *problem: Any) -> Any:
        started = thread_time()
        try:
            return self._work.throw(*problem)
        finally:
            _charge(thread_time() - started)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        result: T = yield from self._work  # type: ignore[misc]
        return result


def _charge(seconds: float) -> None:
    if spender := SPENDER.get():
        spender.charge(seconds)


class _MeasuringExecutor(ThreadPoolExecutor):
    """The threads of a loop; a call is charged to the request that made it."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        spender = SPENDER.get()
        if spender is None:
            return super().submit(call, *args, **kwargs)
        return super().submit(_charged_call, spender, partial(call, *args, **kwargs))


def _charged_call(spender: Spender, call: Callable[[], T]) -> T:
    started = thread_time()
    try:
        return call()
    finally:
        spender.charge(thread_time() - started)
