"""What takes longer than a page may: made once for each data version and lens, while pages say that it is not there."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, MutableMapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graph.analytics.core.facts import Facts
from graph.concurrency.progress import run_stoppable
from graph.errors import StoreBusy, WattgraphError

logger = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Facts], Any]
MAX_RESULTS = 64
MAX_ANSWERS = 8
"""Answers that go on at once while nobody waits for them."""


@dataclass
class Background:
    """The background of one visit: results that are there, and the works that it wants and nobody has begun."""

    scope: Hashable
    """Data version and lens."""
    results: MutableMapping[Hashable, Any] = field(default_factory=dict)
    wanted: dict[Hashable, Work] = field(default_factory=dict)

    def result(self, name: str, work: Callable[[Facts], T]) -> T | None:
        """The result of the work under the lens; None while it is not made. It is begun once the page has been sent."""
        key = (name, self.scope)
        if key in self.results:
            made: T = self.results[key]
            return made
        self.wanted[key] = work
        return None


class BackgroundWorks:
    """The works of all visits: one at a time, off the event loop, each once. One that fails is begun again by the next
    page that wants it."""

    def __init__(self) -> None:
        self.results: OrderedDict[Hashable, Any] = OrderedDict()
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}
        self._answers: dict[Hashable, asyncio.Task[Any]] = {}
        self._turn = asyncio.Lock()

    def begin(self, background: Background, facts: Facts) -> None:
        """Begin what a visit wanted, unless it is under way."""
        for key, work in background.wanted.items():
            if key not in self._tasks and key not in self.results:
                # in a context of its own: what all pages share is charged to nobody
                self._tasks[key] = asyncio.create_task(self._make(key, work, facts), context=Context())

    async def _make(self, key: Hashable, work: Work, facts: Facts) -> None:
        try:
            async with self._turn:
                self.results[key] = await run_stoppable(work, facts)
            while len(self.results) > MAX_RESULTS:
                self.results.popitem(last=False)
        except WattgraphError as problem:
            # the message of one under the overlay may repeat what is private
            said = problem.code if facts.snapshot.lens.overlay else problem
            logger.warning("A work in the background failed: %s", said)
        except Exception:  # an unexpected error must not end the others
            logger.exception("A work in the background failed")
        finally:
            del self._tasks[key]

    async def answer_within(
        self, seconds: float, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]
    ) -> asyncio.Task[T] | None:
        """The answer, which may be an error, if it comes within so many seconds; else None, and it goes on being made,
        once for all who ask for the key. What it computed stays in the caches. Raises StoreBusy above MAX_ANSWERS."""
        if key not in self._answers and len(self._answers) >= MAX_ANSWERS:
            raise StoreBusy("Too much is being computed at once.", remedy="Ask again in a minute.")
        task = self._answers.get(key)
        if task is None:
            task = self._answers[key] = asyncio.create_task(make())
            task.add_done_callback(lambda done: self._forget(key, done))
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task if done else None

    def _forget(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        del self._answers[key]
        if not done.cancelled():
            done.exception()  # whoever waits raises it; without anybody it is no fault of the service

    async def finish(self) -> None:
        """Wait for all that is under way."""
        await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Stop all that is under way."""
        tasks = [*self._tasks.values(), *self._answers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
