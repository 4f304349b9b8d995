"""Worker processes: they do what would hold up the service. Each serves the same routes over the same store, takes one
request at a time, and is ended where it does not stop when nobody waits any more.

A worker has a lower priority than the service, so that on a busy machine the service goes first."""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO

import httpx

from api.context.errors import WorkerEnded
from api.fairness.budgets import Account
from api.fairness.processor_time import charge
from api.fairness.queue import FairQueue
from graph.settings import LogLevel, Settings

logger = logging.getLogger(__name__)
Serve = Callable[[Settings, Path], None]
"""Serves all routes on the Unix socket of this path, in the process of a worker, until it is ended."""
STATE = "/worker"
"""Where a worker tells what it has spent, and whether it works still."""
RECORD_HEADER = b"wattgraph-record"
"""In an answer: what the worker found out about the request, for the log and the metrics of the service."""
START_SECONDS = 120
STOP_SECONDS = 1.0
"""What a worker gets to stop when nobody waits for the answer any more."""
SPOOL_BYTES = 4_000_000
"""Of an answer that are held in memory; what is beyond goes to a temporary file."""
_STATE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A request as a worker gets it. `path` includes the query string."""

    method: str
    path: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """What a worker answered: it is whole, so the worker is free while the client reads."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    content: IO[bytes]
    """To be closed by its reader."""


class WorkerPool:
    """The workers of a service, as many as WATTGRAPH_WORKERS says."""

    def __init__(self, settings: Settings, serve: Serve) -> None:
        self._count, self._serve = settings.workers, serve
        self._settings = settings.model_copy(update=_OF_A_WORKER)
        self.queue = FairQueue(self._count, self._count)
        self._folder = Path()
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._starting: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()
        self.is_up = False
        """Whether a worker is there, or was: one that ended is replaced soon."""

    def start(self) -> None:
        """Begin to start the workers."""
        self._folder = Path(tempfile.mkdtemp(prefix="wattgraph-"))
        for _ in range(self._count):
            self._replace()

    async def close(self) -> None:
        """End all workers that are idle or being started; those at work end with the requests, or with the service."""
        for task in [*self._starting]:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        while not self._idle.empty():
            await self._idle.get_nowait().end()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def answer(self, account: Account, request: Forwarded) -> WorkerAnswer:
        """The answer of a worker, in the turn of the client; the request is charged. When this is cancelled, a worker
        that does not stop at once is ended. Raises WorkerEnded."""
        await self.queue.enter(account)
        try:
            worker = await self._idle.get()
            began, spent = monotonic(), worker.spent
            try:
                return await worker.answer(request)
            finally:
                if await worker.has_stopped():
                    charge(worker.spent - spent)
                    self._idle.put_nowait(worker)
                else:
                    charge(monotonic() - began)  # it tells nothing any more; it may have used all of it
                    await worker.end()
                    self._replace()
        finally:
            self.queue.leave(account)

    def _replace(self) -> None:
        task = asyncio.create_task(self._start_one())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_one(self) -> None:
        wait = 0.5
        while True:
            worker = _Worker(self._settings, self._serve, self._folder / str(next(self._numbers)))
            try:
                if await worker.is_up():
                    self.is_up = True
                    self._idle.put_nowait(worker)
                    return
            except BaseException:
                await worker.end()
                raise
            await worker.end()
            logger.error("A worker did not start; the next try is in %.1f s", wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, 30)


_OF_A_WORKER: Mapping[str, object] = {"log_level": LogLevel.WARNING, "traces": False, "neo4j_revision_seconds": 0.0}
"""The service has a line for each request, and its span. What is written through the service is there at once."""


class _Worker:
    """One process."""

    def __init__(self, settings: Settings, serve: Serve, path: Path) -> None:
        self._path = path
        # not forked: the threads and locks of the service would be in an unknown state
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, path), daemon=True)
        self._process.start()
        self._transport = httpx.AsyncHTTPTransport(uds=str(path))  # and no client, which would add headers of its own
        self.spent = 0.0
        """Seconds of processor time, when the worker was last asked."""

    async def is_up(self) -> bool:
        """Whether it answers, as soon as it does. Waits no longer than a start may take."""
        until = monotonic() + START_SECONDS
        while self._process.is_alive() and monotonic() < until:
            if await self._state():
                return True
            await asyncio.sleep(0.05)
        return False

    async def answer(self, request: Forwarded) -> WorkerAnswer:
        """Raises WorkerEnded."""
        content = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (closed by whoever reads it)
        try:
            answered = await self._ask(request)
            async for part in answered.aiter_raw():
                content.write(part)
        except httpx.TransportError as problem:
            content.close()
            logger.warning("A worker ended before it answered: %s", problem)
            what = "The process that made the answer has ended."
            raise WorkerEnded(what, remedy="Ask again, for less at a time.") from None
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return WorkerAnswer(answered.status_code, answered.headers.raw, content)

    async def _ask(self, request: Forwarded, seconds: float | None = None) -> httpx.Response:
        """The head of the answer; its content is to be read whole. `seconds` is how long each step of it may take."""
        url = httpx.URL(scheme="http", host="worker", raw_path=request.path)
        times = {"timeout": httpx.Timeout(seconds).as_dict()}
        sent = httpx.Request(request.method, url, headers=request.headers, content=request.body, extensions=times)
        return await self._transport.handle_async_request(sent)

    async def has_stopped(self) -> bool:
        """Whether nothing of the last request goes on, within what a worker gets to stop."""
        until = monotonic() + STOP_SECONDS
        while self._process.is_alive():
            state = await self._state()
            if state and not state["running"]:
                return True
            if monotonic() >= until:
                return False
            await asyncio.sleep(0.02)
        return False

    async def end(self) -> None:
        await self._transport.aclose()
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._path.unlink(missing_ok=True)

    async def _state(self) -> Mapping[str, float] | None:
        """`running`: calls in threads for requests; `spent`: seconds of processor time. None where it does not tell."""
        with suppress(httpx.TransportError):
            answered = await self._ask(Forwarded("GET", STATE.encode(), ()), _STATE_SECONDS)
            await answered.aread()
            state: Mapping[str, float] = answered.json()
            self.spent = state["spent"]
            return state
        return None
