"""Long work tells how far it is, and stops when whoever watches says so."""

from __future__ import annotations

import asyncio
import threading

import pytest

from graph.concurrency.progress import Stopped, progress_to, report_progress, run_stoppable


class Counting:
    """Work in small steps that has no end of its own."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def __call__(self) -> None:
        try:
            step = 0
            while True:
                step += 1
                report_progress("steps", step, 0)
                self.begun.set()
        finally:
            self.ended.set()


def test_what_is_told_goes_to_the_watcher_of_its_context() -> None:
    outer: list[tuple[str, int, int]] = []
    inner: list[tuple[str, int, int]] = []
    report_progress("nobody", 0, 1)
    with progress_to(lambda *told: outer.append(told)):
        report_progress("work", 1, 2)
        with progress_to(lambda *told: inner.append(told)):
            report_progress("part", 1, 1)
        report_progress("work", 2, 2)
    assert (outer, inner) == ([("work", 1, 2), ("work", 2, 2)], [("part", 1, 1)])


def test_a_watcher_that_raises_stops_the_work() -> None:
    def stop(what: str, done: int, of: int) -> None:
        if done == 3:
            raise Stopped

    work = Counting()
    with progress_to(stop), pytest.raises(Stopped):
        work()
    assert work.ended.is_set()


async def test_stoppable_work_gives_its_result_from_a_thread() -> None:
    here = threading.get_ident()
    assert await run_stoppable(lambda base, more: (base + more, threading.get_ident() != here), 1, more=2) == (3, True)


async def test_who_watches_outside_is_told() -> None:
    told: list[int] = []
    with progress_to(lambda what, done, of: told.append(done)):
        await run_stoppable(lambda: [report_progress("work", step, 3) for step in (1, 2, 3)])
    assert told == [1, 2, 3]


async def test_the_error_of_the_work_is_raised() -> None:
    def work() -> None:
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        await run_stoppable(work)


async def test_cancelled_work_has_ended_when_the_waiter_is_told() -> None:
    work = Counting()
    running = asyncio.create_task(run_stoppable(work))
    await asyncio.to_thread(work.begun.wait)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert work.ended.is_set()
