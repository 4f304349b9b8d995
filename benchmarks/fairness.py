"""What others keep while one client asks for as much as it can: calm and attack in turn, in one run.

    python -m benchmarks.fairness [--pairs 5] [--seconds 3] [--only introspection ...] [--neo4j-uri URI] [--write]

Eight ordinary clients, each with an address of its own, ask one question after the other with a short pause between;
beside them one hostile client asks for one kind of thing ten times a second (`attacks.py`), and does not wait for its
answers. The service has its default limits; only kept answers are off. For each kind the medians of the pairs are told,
of what the ordinary clients got answered, of their slowest hundredth, and of `/healthz`. It exits with 1 where a kind
misses what is to be reached.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.attacks import ATTACKS, HEALTH, ORDINARY, Attack
from benchmarks.growth import resident_mb
from benchmarks.loading import measure_load
from benchmarks.results import Section, circumstances, write_section
from graph.settings import PROJECT
from tests.server import Server, running_server

CLIENTS = 8
PAUSE_SECONDS = 0.03
"""Between two questions of an ordinary client: together they leave a part of one processor idle."""
ATTACKS_PER_SECOND = 10
HEALTH_SECONDS = 0.05
REST_SECONDS = 1.0
"""Between two windows, in which the service gives up what the hostile client left."""
KEPT, SLOWER, HEALTH_MS = 0.9, 1.5, 100.0
"""What is to be reached: answers of ordinary clients, their 99th percentile, that of /healthz."""
HOSTILE = "127.0.0.2"
DEFAULTS = {
    "WATTGRAPH_ANSWER_CACHE": "0",
    "WATTGRAPH_BUDGET_SECONDS": "60",
    "WATTGRAPH_WORKERS": "1",
    "WATTGRAPH_DEADLINE": "30",
}
RESULTS = PROJECT / "benchmarks"


@dataclass
class Window:
    """What was seen for some seconds; times in ms. Statuses that begin with 5 are of the service itself."""

    times: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    hostile: Counter[str] = field(default_factory=Counter)

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status.startswith("5"))


@dataclass(frozen=True)
class Outcome:
    """Of one kind of attack, by medians: the share of answers that ordinary clients kept, how many times as long their
    99th percentile took, and the 99th percentile of /healthz under attack. `hostile`: what the attack was answered."""

    kind: str
    kept: float
    slower: float
    health_ms: float
    server_errors: int
    hostile: Counter[str]
    memory_mb: float

    @property
    def misses(self) -> list[str]:
        """What was not reached."""
        missed = {
            "kept": self.kept < KEPT,
            "p99": self.slower > SLOWER,
            "/healthz": self.health_ms > HEALTH_MS,
            "5xx": self.server_errors > 0,
        }
        return [name for name, missing in missed.items() if missing]


def percentile(times: Sequence[float], share: float = 0.99) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] if times else 0.0


# ---- clients


async def _answer(reader: asyncio.StreamReader) -> str:
    """The status of an answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    start = lower.find(b"content-length:")
    if start >= 0:
        await reader.readexactly(int(lower[start + 15 : lower.index(b"\r\n", start)]))
    elif b"chunked" in lower:
        while (size := int(await reader.readline(), 16)) + 1:
            await reader.readexactly(size + 2)
            if not size:
                break
    return head[9:12].decode()


@contextmanager
def _closed(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    finally:
        writer.close()


async def _ask_on(
    port: int, address: str, requests: Sequence[bytes], pause: float, until: float, window: Window
) -> None:
    """One after the other over one connection, which is opened anew where it was closed."""
    times = window.health if requests[0] is HEALTH else window.times
    number = 0
    while time.perf_counter() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24, local_addr=(address, 0))
        with _closed(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            while time.perf_counter() < until:
                began = time.perf_counter()
                writer.write(requests[number % len(requests)])
                window.statuses[await _answer(reader)] += 1
                times.append(1_000 * (time.perf_counter() - began))
                number += 1
                await asyncio.sleep(pause)


async def _attack(port: int, requests: Sequence[bytes], window: Window) -> None:
    """So many a second, each over a connection of its own; who is not answered in time leaves."""

    async def one(request: bytes) -> None:
        status = "left"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24, local_addr=(HOSTILE, 0))
            with _closed(writer):
                writer.write(request)
                status = await _answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            status = "let go"
        finally:
            window.hostile[status] += 1

    begun: list[asyncio.Task[None]] = []
    for request in requests:
        begun.append(asyncio.create_task(one(request)))
        await asyncio.sleep(1 / ATTACKS_PER_SECOND)
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


async def watch(port: int, seconds: float, attack: Attack | None = None, first: int = 0) -> Window:
    """What ordinary clients see, with or without an attack whose first request has a number."""
    count = max(1, int(seconds * ATTACKS_PER_SECOND)) if attack else 0
    requests = [attack(number) for number in range(first, first + count)] if attack else []
    window, until = Window(), time.perf_counter() + seconds
    ordinary = [
        _ask_on(port, f"127.0.1.{number + 1}", [*ORDINARY[number:], *ORDINARY[:number]], PAUSE_SECONDS, until, window)
        for number in range(CLIENTS)
    ]
    hostile = [_attack(port, requests, window)] if attack else []
    await asyncio.gather(*ordinary, *hostile, _ask_on(port, "127.0.0.1", [HEALTH], HEALTH_SECONDS, until, window))
    await asyncio.sleep(REST_SECONDS if attack else 0)
    return window


# ---- outcomes


async def outcome(server: Server, kind: str, pairs: int, seconds: float) -> Outcome:
    port, attack = int(server.url.rpartition(":")[2]), ATTACKS[kind]
    windows = []
    for number in range(pairs):
        calm = await watch(port, seconds)
        windows.append((calm, await watch(port, seconds, attack, first=number * 1_000)))
    return Outcome(
        kind,
        statistics.median(len(under.times) / max(len(calm.times), 1) for calm, under in windows),
        statistics.median(percentile(under.times) / max(percentile(calm.times), 0.1) for calm, under in windows),
        statistics.median(percentile(under.health) for _, under in windows),
        sum(under.server_errors for _, under in windows),
        sum((under.hostile for _, under in windows), Counter()),
        resident_mb(server.process.pid),
    )


def measure(server: Server, kinds: Sequence[str], pairs: int, seconds: float) -> Iterator[Outcome]:
    asyncio.run(watch(int(server.url.rpartition(":")[2]), seconds))  # the first answers take longer
    for place, kind in enumerate(kinds, start=1):
        print(f"[{place:2d}/{len(kinds)}] {kind}", file=sys.stderr, flush=True)
        yield asyncio.run(outcome(server, kind, pairs, seconds))


def show(outcomes: Sequence[Outcome]) -> str:
    """A table with a row for each kind, what it misses last."""
    rows = [
        f"| {one.kind} | {100 * one.kept:.0f} % | {one.slower:.1f} | {one.health_ms:.0f} | {one.server_errors} |"
        f" {', '.join(f'{status} × {count}' for status, count in one.hostile.most_common())} | {one.memory_mb:.0f} |"
        f" {', '.join(one.misses) or 'reached'} |"
        for one in outcomes
    ]
    head = (
        "| ten times a second | others keep | p99, times | /healthz p99, ms | 5xx | the hostile client got |"
        " memory, MB | misses |\n|---|---|---|---|---|---|---|---|"
    )
    reached = sum(not one.misses for one in outcomes)
    return "\n".join([head, *rows, "", f"{reached} of {len(outcomes)} kinds reach all."])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=3.0, help="of each window")
    arguments.add_argument("--only", nargs="+", choices=list(ATTACKS), default=list(ATTACKS), metavar="KIND")
    arguments.add_argument("--neo4j-uri", help="over an empty Neo4j, in place of the embedded store")
    arguments.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = arguments.parse_args()
    stored = {"WATTGRAPH_NEO4J_URI": given.neo4j_uri} if given.neo4j_uri else {}
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        measure_load(PROJECT, PROJECT / "seeds", **(stored or {"WATTGRAPH_DATA": str(data)}))
        with running_server(data, **DEFAULTS, **stored) as server:
            outcomes = [*measure(server, given.only, given.pairs, given.seconds)]
    told = f"{show(outcomes)}\n\n{given.pairs} pairs of {given.seconds:g} s each. {circumstances()}"
    print(told)
    if given.write:
        write_section(RESULTS, "fairness", Section(told), "make fairness")
    sys.exit(any(one.misses for one in outcomes))


if __name__ == "__main__":
    main()
