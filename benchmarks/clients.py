"""Clients over HTTP, in a process of their own: how long one answer takes, and how many come in a second.

A client is lean, so that it is not what is measured: requests are bytes made beforehand, an answer is read by its
length and not parsed. What share of its time the process was busy is told with every throughput.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

SECONDS = 60
"""How long a client waits for one answer."""
FIRST_SECONDS = 900
"""How long for the first of a kind, for which a service may read everything that is stored."""
ACCEPTED_SECONDS = 0.003
"""Within these a server has taken a new connection up, which is no part of its answer."""


@dataclass(frozen=True)
class Target:
    """A service, and the requests that it is asked in turn, as they go over the connection."""

    name: str
    port: int
    requests: Sequence[bytes]


@dataclass(frozen=True)
class Throughput:
    answers: int
    per_second: float
    client_share: float
    """Of the time, between 0 and 1, in which the process of the clients used a processor."""


def http_request(port: int, path: str, body: bytes, tag: str = "") -> bytes:
    """A POST; with a tag it asks for an answer only where there is another than the one of that tag."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        *([f"If-None-Match: {tag}"] if tag else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @staticmethod
    @asynccontextmanager
    async def to(port: int) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer. Raises RuntimeError for one that is no success."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        body = await self._reader.readexactly(_length(head))
        _require_success(head, body)
        return head, body


def _require_success(head: bytes, body: bytes) -> None:
    if head[9:12] not in (b"200", b"304") or b'"errors"' in body[:200]:
        raise RuntimeError(f"{head.decode()}{body[:1_000].decode()}")


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"content-length:")
    if start < 0:
        if b"chunked" in lower:
            raise RuntimeError("an answer in chunks is not read")
        return 0
    return int(lower[start + 15 : lower.index(b"\r\n", start)])


# ---- what the process of the clients does


async def _latencies(targets: Sequence[Target], rounds: int, uncounted: int) -> list[list[float]]:
    milliseconds: list[list[float]] = [[] for _ in targets]
    for number in range(uncounted + rounds):
        for step in range(len(targets)):
            place = (number + step) % len(targets)  # each goes first as often as the others
            target = targets[place]
            with socket.create_connection(("127.0.0.1", target.port), SECONDS) as line:
                time.sleep(ACCEPTED_SECONDS)  # noqa: ASYNC251 (nothing else runs: a loop would take longer to wake)
                began = time.perf_counter()
                head, body = _exchange(line, target.requests[number % len(target.requests)])
                taken = 1_000 * (time.perf_counter() - began)
            _require_success(head, body)
            if number >= uncounted:
                milliseconds[place].append(taken)
    return milliseconds


def _exchange(line: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer, by the least that a client can do."""
    line.sendall(request)
    answer = bytearray()
    while (end := answer.find(b"\r\n\r\n") + 4) < 4:
        answer += _received(line)
    head = bytes(answer[:end])
    while len(answer) < end + _length(head):
        answer += _received(line)
    return head, bytes(answer[end:])


def _received(line: socket.socket) -> bytes:
    part = line.recv(2**20)
    if not part:
        raise RuntimeError("the service has ended the connection before its answer did")
    return part


async def _throughput(target: Target, clients: int, seconds: float) -> Throughput:
    numbers, answers = count(), 0
    begun = time.perf_counter()

    async def ask_on() -> None:
        """Once at least."""
        nonlocal answers
        async with Connection.to(target.port) as connection:
            while True:
                await connection.ask(target.requests[next(numbers) % len(target.requests)])
                answers += 1
                if time.perf_counter() - begun >= seconds:
                    break

    spent = time.process_time()
    await asyncio.wait_for(asyncio.gather(*(ask_on() for _ in range(clients))), seconds + SECONDS)
    taken = time.perf_counter() - begun
    return Throughput(answers, answers / taken, (time.process_time() - spent) / taken)


async def _answer(target: Target) -> tuple[bytes, bytes]:
    async with Connection.to(target.port) as connection:
        return await asyncio.wait_for(connection.ask(target.requests[0]), FIRST_SECONDS)


def _run(work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    async def run() -> Any:
        return await work(*arguments)

    return asyncio.run(run())


# ---- what others ask of it


class Clients:
    """The process of the clients, from this side."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def answer(self, target: Target) -> tuple[bytes, bytes]:
        """Head and body of the answer to the first request. Raises RuntimeError."""
        return self._pool.submit(_run, _answer, target).result()

    def latencies(self, targets: Sequence[Target], rounds: int, uncounted: int) -> list[list[float]]:
        """Milliseconds of each answer of each target, one client asking them in turn."""
        return self._pool.submit(_run, _latencies, targets, rounds, uncounted).result()

    def throughput(self, target: Target, clients: int, seconds: float) -> Throughput:
        return self._pool.submit(_run, _throughput, target, clients, seconds).result()


@contextmanager
def client_process() -> Iterator[Clients]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield Clients(pool)


def processor_seconds(process: int) -> float:
    """User and system time that a process has used; 0 for no process."""
    if not process:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
