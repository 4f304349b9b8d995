"""Kill -9 of the service, of a load and of Neo4j while somebody writes: what was acknowledged is there, once.

The writer gives each write an import key, notes what was acknowledged, and sends again what was not."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx

from graph.audit.tokens import TokenScope
from graph.errors import StoreError
from graph.evidence.log import StatementLog
from graph.evidence.statements import Statement
from graph.settings import PROJECT, Settings
from graph.stores.base import Store
from graph.stores.neo4j import server as neo4j_server
from graph.stores.neo4j.server import Neo4jServer
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.query import Page, Query
from graph.vocabulary.enums import Confidence, Nature
from tests import facts
from tests.api.writers import ADD, token_of
from tests.server import START_SECONDS, Server, environment, free_port, wait_until_ready
from tests.stores import writer

STATEMENTS_IN_A_WRITE = 10
HANG_SECONDS = 300.0
LEASES = 300
"""So many more than the small world has, so that a load takes a while."""


@dataclass
class Ledger:
    """What became of the writes of a run."""

    what: str
    store: str
    kills: int = 0
    acknowledged: list[int] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    first_answers: list[float] = field(default_factory=list)
    """After kills of Neo4j: seconds from the moment when its port takes connections to the first good answer."""

    @property
    def statements(self) -> int:
        return len(self.acknowledged) * STATEMENTS_IN_A_WRITE


def key_of(number: int) -> str:
    return f"claim-{number}"


def says(number: int) -> list[tuple[str, object]]:
    """What one write says of an organization of its own: ten statements."""
    aliases = [("aliases", (f"Alias {number}-{each}",)) for each in range(STATEMENTS_IN_A_WRITE - 3)]
    return [("name", f"Organization {number}"), ("kinds", ("OTHER",)), ("country", "US"), *aliases]


def log_of_write(number: int) -> StatementLog:
    said = [
        Statement(
            *(key_of(number), "Organization", name, value, writer.MEMO.key),  # type: ignore[arg-type]
            *(Confidence.HIGH, Nature.STATED, None, date(2026, 3, 1)),
        )
        for name, value in says(number)
    ]
    return StatementLog.of(said, [writer.MEMO])


def records_of_write(number: int) -> list[dict[str, object]]:
    claims = [
        {
            "says": {name: list(value) if isinstance(value, tuple) else value},
            "sources": ["filing"],
            "confidence": "high",
        }
        for name, value in says(number)
    ]
    return [{"type": "Organization", "id": key_of(number), "claims": claims}]


async def write_all(write: Callable[[int], Awaitable[None]], numbers: Iterable[int], ledger: Ledger) -> None:
    """Each number until it is acknowledged."""
    for number in numbers:
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                with suppress(StoreError, httpx.TransportError):
                    await write(number)
                    break
                await asyncio.sleep(0.05)
        ledger.acknowledged.append(number)


async def run(
    ledger: Ledger,
    write: Callable[[int], Awaitable[None]],
    kill: Callable[[], Awaitable[None]],
    *,
    writes: int,
    kills: int,
    chance: random.Random,
) -> None:
    """Writes, and kills evenly spread among them, each at a moment of chance."""
    writing = asyncio.create_task(write_all(write, range(1, writes + 1), ledger))
    for number in range(kills):
        due = (number + 1) * writes // (kills + 1)
        while len(ledger.acknowledged) < due and not writing.done():  # noqa: ASYNC110 (a list tells nobody)
            await asyncio.sleep(0.005)
        await asyncio.sleep(chance.uniform(0, 0.1))
        await kill()
        ledger.kills += 1
    await writing


async def settle(ledger: Ledger, store: Store) -> None:
    """Counts what is lost and doubled, in statements."""
    keys = Counter(entry.import_key for entry in await _journal(store))
    present = Counter(one.subject for one in (await store.log()).statements)
    await store.verify_journal()
    assert (await store.verify()).is_whole
    for number in ledger.acknowledged:
        there, entries = present[key_of(number)], keys[key_of(number)]
        ledger.lost += max(STATEMENTS_IN_A_WRITE - there, 0) + (STATEMENTS_IN_A_WRITE if not entries else 0)
        ledger.doubled += max(there - STATEMENTS_IN_A_WRITE, 0) + max(entries - 1, 0) * STATEMENTS_IN_A_WRITE


async def _journal(store: Store) -> list:  # type: ignore[type-arg]
    entries = []
    while more := await store.journal(entries[-1].number if entries else 0):
        entries += more
    return entries


# ---- the service


@dataclass
class KilledService:
    """`wattgraph serve` over a store, which is killed and started again on the same port."""

    data: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        run = (sys.executable, "-m", "cli.main", "serve")
        given = environment(self.data, self.port, **self.settings)
        self.process = subprocess.Popen(
            run, cwd=PROJECT, env=given, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until_ready(Server(self.url, self.process, given), "/readyz")

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    async def killed_and_started(self) -> None:
        await asyncio.to_thread(self.kill)
        await asyncio.to_thread(self.start)


async def kill_services(place: str, folder: Path, *, writes: int, kills: int, seed: int = 1) -> Ledger:
    """`place`: a folder, or the address of Neo4j, which holds nothing. Writes over HTTP."""
    is_neo4j = place.startswith("bolt:")
    ledger = Ledger("service", "Neo4j" if is_neo4j else "embedded")
    store = await writer.open_store(place)
    await store.load(facts.log_of(folder))
    _, text = await token_of(store, TokenScope.EDITOR)
    await store.close()
    service = KilledService(Path(place) if not is_neo4j else folder, {"WATTGRAPH_NEO4J_URI": place} if is_neo4j else {})
    await asyncio.to_thread(service.start)
    try:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {text}"}, timeout=START_SECONDS) as client:

            async def write(number: int) -> None:
                """Raises TransportError where it was not acknowledged."""
                given = {"input": {"importKey": key_of(number), "records": records_of_write(number)}}
                response = await client.post(f"{service.url}/graphql", json={"query": ADD, "variables": given})
                answer = response.json()
                if "errors" in answer:
                    code = answer["errors"][0]["extensions"]["code"]
                    assert code.startswith(("STORE_", "OUTCOME_")), answer
                    raise httpx.ReadError(code)

            chance = random.Random(seed)
            await run(ledger, write, service.killed_and_started, writes=writes, kills=kills, chance=chance)
    finally:
        await asyncio.to_thread(service.kill)
    store = await writer.open_store(place)
    await settle(ledger, store)
    await store.close()
    return ledger


# ---- loads

_LOADER = """
import asyncio, sys
from pathlib import Path
from graph.seeding.reader import read_seeds
from tests.stores.writer import open_store

async def main():
    log = read_seeds(Path(sys.argv[2]))
    store = await open_store(sys.argv[1])
    print("go", flush=True)
    await store.load(log)
    await store.close()

asyncio.run(main())
"""


def _load_and_kill(place: str, seeds: Path, after: float) -> None:
    command = [sys.executable, "-c", _LOADER, place, str(seeds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)


async def kill_loads(place: str, folder: Path, *, writes: int, kills: int, seed: int = 2) -> Ledger:
    """Loads alternate between the small world and one with more leases; each that was killed is done again."""
    ledger = Ledger("load", "Neo4j" if place.startswith("bolt:") else "embedded")
    chance = random.Random(seed)
    grown = "".join(facts.LEASE.replace("id: lease", f"id: lease-{number}") for number in range(LEASES))
    (folder / "grown").mkdir()
    seeds = [facts.write(folder), facts.write(folder / "grown", links_provides_capacity=facts.LEASE + grown)]
    store = await writer.open_store(place)
    began = time.monotonic()
    await store.load(facts.log_of(folder / "grown", links_provides_capacity=facts.LEASE + grown))
    took = time.monotonic() - began
    await store.load(facts.log_of(folder))

    async def write(number: int) -> None:
        await store.apply(log_of_write(number), reason="claim", actor="writer", import_key=key_of(number))

    async def kill() -> None:
        chosen = seeds[(ledger.kills + 1) % 2]
        await asyncio.to_thread(_load_and_kill, place, chosen, chance.uniform(0, took))
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", _LOADER, place, str(chosen)],
            cwd=PROJECT,
            check=True,
            capture_output=True,
        )

    await run(ledger, write, kill, writes=writes, kills=kills, chance=chance)
    await settle(ledger, store)
    await store.close()
    return ledger


# ---- Neo4j


async def kill_neo4j(home: Path, folder: Path, *, writes: int, kills: int, seed: int = 3) -> Ledger:
    """A server of its own in `home`."""
    ledger, chance = Ledger("Neo4j", "Neo4j"), random.Random(seed)
    ports = {"bolt_port": _port(chance), "http_port": _port(chance)}
    server = await asyncio.to_thread(neo4j_server.start, home, heap="1g", wait_seconds=HANG_SECONDS, **ports)
    try:
        store = await Neo4jStore.open(Settings(neo4j_uri=server.bolt_uri), lambda: facts.TODAY)
        await store.load(facts.log_of(folder))

        async def write(number: int) -> None:
            await store.apply(log_of_write(number), reason="claim", actor="writer", import_key=key_of(number))

        async def kill() -> None:
            running = neo4j_server.status(home)
            assert running is not None
            os.kill(running.pid, signal.SIGKILL)
            async with _timing_first_answer(store, server, ledger):
                await asyncio.to_thread(_start_again, home, server)

        await run(ledger, write, kill, writes=writes, kills=kills, chance=chance)
        await settle(ledger, store)
        await store.close()
    finally:
        await asyncio.to_thread(neo4j_server.stop, home)
    return ledger


def _port(chance: random.Random) -> int:
    """A free one below those that the system gives to clients: one that asks again and again for a server that is down
    would in the end be given the server's port itself, and be connected with itself."""
    while True:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port := chance.randint(20_000, 32_000)))
            return port


def _start_again(home: Path, server: Neo4jServer) -> None:
    """Its threads may hold its ports for a moment after the process is dead."""
    deadline = time.monotonic() + HANG_SECONDS
    while neo4j_server.status(home) or not (_is_free(server.bolt_port) and _is_free(server.http_port)):
        assert time.monotonic() < deadline, "a killed Neo4j is still there"
        time.sleep(0.05)
    neo4j_server.start(
        home, bolt_port=server.bolt_port, http_port=server.http_port, heap="1g", wait_seconds=HANG_SECONDS
    )


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


@asynccontextmanager
async def _timing_first_answer(store: Neo4jStore, server: Neo4jServer, ledger: Ledger) -> AsyncIterator[None]:
    """Asks all the time from before the port is there."""
    asking = asyncio.create_task(_first_answer(store))
    opened = asyncio.create_task(_opened(server.bolt_port))
    yield
    ledger.first_answers.append(await asking - await opened)


async def _opened(port: int) -> float:
    """When the port takes connections again: that of a process that was just killed does for a moment."""
    return await asyncio.to_thread(_wait_until_opened, port)


def _wait_until_opened(port: int) -> float:
    while _takes_connections(port):
        time.sleep(0.01)
    while not _takes_connections(port):
        time.sleep(0.05)
    return time.monotonic()


def _takes_connections(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


async def _first_answer(store: Neo4jStore) -> float:
    """When a read is answered that began after the kill."""
    while True:
        with suppress(StoreError):
            await (await store.reader()).find(Query("Link"), Page(10))
            return time.monotonic()
        await asyncio.sleep(0.1)
