"""Faults of the network between a service and a real Neo4j, at the points of their talk: the matrix.

A cell is a fault that begins at a point of an operation. The operation ends in a right answer, in a right one that is
marked stale, or in an error with a code; once the fault is over it works again, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from graph.errors import StoreError
from graph.evidence.log import StatementLog
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.neo4j_fixture import emptied
from tests.stores.neo4j_proxy import BEGIN, COMMIT, MAGIC, Fault, Proxy, Trigger, proxied
from tests.stores.writer import key_of, one_claim

READ = """{
  links(first: 100) {
    totalCount
    nodes { key status value { amount } source { key name } target { key } statements { nodes { property value } } }
  }
}"""
ANALYTIC = """{
  concentration(organization: "host", side: CUSTOMERS, measure: VALUE_USD, scope: { layer: SHELL }) {
    hhi
    shares { organization { key } share amount }
  }
}"""
RIGHT, STALE, WRONG = "right", "stale", "WRONG"
HANG_SECONDS = 120.0
"""What takes longer hangs, on a busy machine too."""
ROWS_IN_A_PART = 10
"""So few that a load of the small world goes in parts."""


@dataclass(frozen=True)
class Point:
    """Where in the talk the fault begins: at once, or at a trigger. `reconnects`: on new connections."""

    name: str
    operation: str
    trigger: Trigger | None = None
    reconnects: bool = False


POINTS = (
    Point("connecting", "read", reconnects=True),
    Point("handshake", "read", Trigger(MAGIC), reconnects=True),
    Point("beginning a transaction", "write", Trigger(BEGIN)),
    Point("amid the rows of a read", "read", Trigger(b"`Link`", answered=400)),
    Point("asking for the revision", "read anew", Trigger(b"AS answer }")),
    Point("in a write, before its commit", "write", Trigger(b"SET n += $properties")),
    Point("at the commit", "write", Trigger(COMMIT, after=b"SET n += $properties")),
    Point("while loading", "load", Trigger(b"UNWIND")),
    Point("in an analytic", "analytic", Trigger(b"$after")),
    Point("idle", "read"),
)


@dataclass(frozen=True)
class Cell:
    """What became of an operation, and of the same again once the fault was over; in seconds by the clock."""

    point: Point
    fault: Fault
    outcome: str
    seconds: float
    recovered: bool
    recovery_seconds: float
    begun: bool
    """Whether the fault was in force before the operation ended."""

    @property
    def is_survived(self) -> bool:
        return self.begun and self.outcome != WRONG and self.recovered

    def __str__(self) -> str:
        times = f"{self.seconds:.1f} s, back in {self.recovery_seconds:.1f} s"
        return f"{self.fault}, {self.point.name}: {self.outcome} in {times}"


@dataclass
class Service:
    """The service over Neo4j behind the proxy, within this process, and what it is to answer."""

    proxy: Proxy
    store: Neo4jStore
    client: httpx.AsyncClient
    logs: tuple[StatementLog, StatementLog]
    expected: dict[str, Any]
    written: list[int] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    loads: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def operation(self, name: str) -> Callable[[], Awaitable[str]]:
        """The operation, which can be done again; it returns what became of it."""
        match name:
            case "write":
                number = next(self.numbers)
                return lambda: self._write(number)
            case "load":
                log = self.logs[next(self.loads) % 2]
                return lambda: self._load(log)
            case "analytic":
                return lambda: self._ask(ANALYTIC)
            case "read anew":
                return lambda: self._ask(READ, {"Cache-Control": "no-cache"})
            case _:
                return lambda: self._ask(READ)

    async def _ask(self, document: str, headers: dict[str, str] | None = None) -> str:
        headers = {"Accept": "application/graphql-response+json", **(headers or {})}
        response = await self.client.post("/graphql", json={"query": document}, headers=headers)
        body = response.json()
        if errors := body.get("errors"):
            code = str(errors[0]["extensions"]["code"])
            return code if response.status_code == 503 else WRONG
        if body["data"] != self.expected[document]:
            return WRONG
        return STALE if "stale" in body["extensions"] else RIGHT

    async def _write(self, number: int) -> str:
        try:
            await self.store.apply(
                one_claim("cell", number), reason="claim", actor="cell", import_key=key_of("cell", number)
            )
        except StoreError as problem:
            return problem.code
        self.written.append(number)
        return RIGHT

    async def _load(self, log: StatementLog) -> str:
        try:
            await self.store.load(log)
        except StoreError as problem:
            return problem.code
        return RIGHT

    async def run(self, point: Point, fault: Fault) -> Cell:
        operation = self.operation(point.operation)
        if point.reconnects:
            self.proxy.reset()
        if point.trigger:
            self.proxy.arm(fault, point.trigger)
        else:
            self.proxy.begin(fault)
        outcome, seconds = await _timed(operation)
        begun = self.proxy.fault is not None
        await self.proxy.heal()
        began = time.monotonic()
        recovered = await self._until_right(operation)
        took = time.monotonic() - began
        if point.operation == "load":  # whatever was cut off is whole again before the next
            recovered = recovered and await self._until_right(self.operation("read anew"))
        return Cell(point, fault, outcome, seconds, recovered, took, begun)

    async def _until_right(self, operation: Callable[[], Awaitable[str]]) -> bool:
        deadline = time.monotonic() + HANG_SECONDS
        while time.monotonic() < deadline:
            if (await _timed(operation))[0] == RIGHT:
                return True
            await asyncio.sleep(0.1)
        return False

    async def settled(self) -> None:
        """Until the service answers, and has kept what it reads in an outage."""
        assert await self._until_right(self.operation("read"))
        while not self.store.has_spare:  # noqa: ASYNC110 (it is kept in the background, which tells nobody)
            await asyncio.sleep(0.05)

    async def lost_and_doubled(self) -> tuple[int, int]:
        """Of the claims that were acknowledged those that are not there, and those that are there more than once."""
        await self.settled()
        keys = [entry.import_key for entry in await self.store.journal() if entry.import_key]
        claims = [one.value for one in (await self.store.log()).statements if one.property == "aliases"]
        await self.store.verify_journal()
        wanted = {number: key_of("cell", number) for number in set(self.written)}
        lost = [key for key in wanted.values() if keys.count(key) < 1 or claims.count((key,)) < 1]
        doubled = [key for key in wanted.values() if keys.count(key) > 1 or claims.count((key,)) > 1]
        return len(lost), len(doubled)


async def _timed(operation: Callable[[], Awaitable[str]]) -> tuple[str, float]:
    """What became of it, and after how many seconds. Raises TimeoutError where it hangs."""
    began = time.monotonic()
    async with asyncio.timeout(HANG_SECONDS):
        outcome = await operation()
    return outcome, time.monotonic() - began


@asynccontextmanager
async def service(uri: str, folder: Path, *, spare_statements: int = 50_000) -> AsyncIterator[Service]:
    """The service over the small world, in a database that is emptied first."""
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    logs = facts.log_of(folder / "one"), facts.log_of(folder / "two", sites=facts.SITES.replace("country: US", ""))
    async with proxied(emptied(uri)) as proxy:
        store = await Neo4jStore.open(
            read_settings(neo4j_uri=proxy.uri),
            lambda: facts.TODAY,
            max_rows=ROWS_IN_A_PART,
            spare_statements=spare_statements,
        )
        await store.load(logs[0])
        async with _client_of(store) as client:
            found = Service(proxy, store, client, logs, await _expected(logs[0], folder))
            yield found
        await store.close()


async def _expected(log: StatementLog, folder: Path) -> dict[str, Any]:
    store = await EmbeddedStore.open(folder / "data", lambda: facts.TODAY)
    await store.load(log)
    async with _client_of(store) as client:
        answers = {one: (await client.post("/graphql", json={"query": one})).json() for one in (READ, ANALYTIC)}
    await store.close()
    assert all("errors" not in answer for answer in answers.values()), answers
    return {document: answer["data"] for document, answer in answers.items()}


def _client_of(store: EmbeddedStore | Neo4jStore) -> httpx.AsyncClient:
    app = create_app(read_settings(answer_cache=0, budget_seconds=0), store)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost", timeout=HANG_SECONDS)
