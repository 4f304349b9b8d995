"""Three processes of the service over one store, behind a proxy: whether they answer alike, and what they gain.

    python -m benchmarks.processes [--neo4j-uri BOLT_URI] [--organizations 500] [--contracts 2500]

Each write goes through the first process; then the time is taken until each of the others answers anew, all of which
keep answers. The throughput is that of 32 clients through the proxy, with one process behind it and with three. Without
a Neo4j that is empty the processes share the file of an embedded store.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle
from pathlib import Path

import httpx

from benchmarks.clients import client_process
from benchmarks.generated import write_facts
from benchmarks.loading import measure_load
from benchmarks.questions import FIVE
from benchmarks.services import CACHE_OFF, Service, ours
from graph.settings import PROJECT

PROCESSES = 3
WRITES = 5
CLIENTS = 32
LONGEST_SECONDS = 30
ADD = """mutation ($input: AddStatementsInput!) { addStatements(input: $input) { __typename } }"""
ASK = '{ organization(key: "o1") { name } }'


@dataclass(frozen=True)
class Shared:
    """After each write: how long it took until every process had answered anew, and how many answers before told what
    was. Answers in a second by the number of processes behind the proxy."""

    coherent_ms: Sequence[float]
    outdated: int
    per_second: dict[int, float]


# ---- the proxy


@contextmanager
def proxy(ports: Sequence[int]) -> Iterator[int]:
    """The port of a proxy that gives each new connection to the next of the services. It runs in a thread; it is there
    to try this, not to be used."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_listen(ports), loop).result()
        yield int(server.sockets[0].getsockname()[1])
        loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(ports: Sequence[int]) -> asyncio.Server:
    following = cycle(ports)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            inward, outward = await asyncio.open_connection("127.0.0.1", next(following))
            await asyncio.gather(_copy(reader, outward), _copy(inward, writer))

    return await asyncio.start_server(pass_on, "127.0.0.1", 0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()
    writer.close()


# ---- what is tried


def measure(organizations: int, contracts: int, seconds: float, neo4j_uri: str = "") -> Shared:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_facts(scratch / "facts", organizations, contracts)
        store = {"WATTGRAPH_DATA": str(scratch / "data")}
        if neo4j_uri:
            store |= {"WATTGRAPH_NEO4J_URI": neo4j_uri, "WATTGRAPH_NEO4J_TIMEOUT": "60"}
        measure_load(PROJECT, scratch / "facts", **store)
        settings = {name: value for name, value in store.items() if name != "WATTGRAPH_DATA"}
        token = make_token(store)
        services = [stack.enter_context(ours(str(one), scratch / "data", **settings)) for one in range(PROCESSES)]
        coherent = [write_and_wait(services, token, number) for number in range(WRITES)]
        uncached = [
            stack.enter_context(ours(str(one), scratch / "data", **CACHE_OFF, **settings)) for one in range(PROCESSES)
        ]
        rates = {count: _rate(uncached[:count], organizations, seconds) for count in (1, PROCESSES)}
    return Shared([one for one, _ in coherent], sum(outdated for _, outdated in coherent), rates)


def make_token(store: dict[str, str]) -> str:
    """A token that may write, to the store that the environment names."""
    command = [sys.executable, "-m", "cli.main", "token", "create", "--name", "benchmark", "--scope", "editor"]
    made = subprocess.run(command, cwd=PROJECT, env=os.environ | store, capture_output=True, text=True, check=True)
    return made.stdout.strip()


def write_and_wait(services: Sequence[Service], token: str, number: int) -> tuple[float, int]:
    """Milliseconds from the answer to a write until all services have told it, and how many answers did not. The later
    its number, the later the day that it is about. Raises RuntimeError after half a minute."""
    name, day = f"Name {number}", str(date(2026, 1, 2 + number))
    addresses = [f"http://127.0.0.1:{one.port}/graphql" for one in services]
    with httpx.Client(timeout=60) as client:
        for address in addresses:  # so that each keeps the answer of before
            _name(client, address)
        record = {
            "type": "Organization",
            "id": "o1",
            "claims": [{"says": {"name": name}, "sources": ["s0"], "confidence": "high", "as_of": day}],
        }
        variables = {"input": {"importKey": name, "records": [record]}}
        written = client.post(
            addresses[0],
            json={"query": ADD, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        if "errors" in written:
            raise RuntimeError(f"the write failed: {written['errors']}")
        began, outdated = time.perf_counter(), 0
        for address in addresses:
            while _name(client, address) != name:
                outdated += 1
                if time.perf_counter() - began > LONGEST_SECONDS:
                    raise RuntimeError(f"{address} does not tell what was written through {addresses[0]}")
        return 1_000 * (time.perf_counter() - began), outdated


def _name(client: httpx.Client, address: str) -> str:
    return str(client.post(address, json={"query": ASK}).json()["data"]["organization"]["name"])


def _rate(services: Sequence[Service], organizations: int, seconds: float) -> float:
    """Answers in a second to the nested question, through the proxy."""
    with proxy([one.port for one in services]) as port, client_process() as clients:
        through = replace(services[0], port=port)
        target = through.target(FIVE[2], range(60), organizations)
        clients.throughput(target, CLIENTS, seconds)  # warms each process up
        return clients.throughput(target, CLIENTS, seconds).per_second


def show(shared: Shared) -> str:
    one, three = shared.per_second[1], shared.per_second[PROCESSES]
    writes, slowest = len(shared.coherent_ms), max(shared.coherent_ms)
    return (
        f"After each of {writes} writes through one of {PROCESSES} processes all of them had answered anew within "
        f"{slowest:.0f} ms, and {shared.outdated or 'no'} answer told what was before. {CLIENTS} clients through a "
        f"proxy: {one:,.0f} answers in a second from one process, {three:,.0f} from {PROCESSES} ({three / one:.2f} "
        f"times) on {os.cpu_count()} processors, which clients, proxy and database share."
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--neo4j-uri", default="", help="address of an empty Neo4j database without authentication")
    arguments.add_argument("--organizations", type=int, default=500)
    arguments.add_argument("--contracts", type=int, default=2_500)
    arguments.add_argument("--seconds", type=float, default=3.0)
    given = arguments.parse_args()
    print(show(measure(given.organizations, given.contracts, given.seconds, given.neo4j_uri)))


if __name__ == "__main__":
    main()
