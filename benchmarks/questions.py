"""Five questions that people ask of such a graph: answered by a plan, beside the same service answering field by field;
and over HTTP beside peers that answer them from the same facts.

    python -m benchmarks.questions [--organizations 10000] [--contracts 50000] [--rounds 40] [--peer NAME=URL=PID]

The market is made up, always the same, and loaded into an embedded store in a temporary folder (a minute or two; --data
FOLDER keeps it). Both ways have to give the same bytes before they are timed. They take turns, each question with other
values in every round, nothing of an answer is kept. What counts is the median of the processor time; over HTTP also
that of the clock, which other work on the machine lengthens.

A peer is @neo4j/graphql over a Neo4j that `wattgraph load` filled with the same market: PID is that of its process.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from api.context.store_provider import StoreProvider
from api.execution.execute import PLANS_ANSWER, execute_request
from api.execution.validation import GraphQLRequest
from benchmarks.market import CONTRACTS, ORGANIZATIONS, market
from graph.stores.embedded.store import EmbeddedStore
from tests.server import running_server

UNCOUNTED = 4
"""Rounds at the beginning that are not counted."""


@dataclass(frozen=True)
class Question:
    """`document` and `variables` as the service takes them; `peer` is the document of @neo4j/graphql. The variables
    follow from the number of the round and the number of organizations."""

    name: str
    document: str
    variables: Callable[[int, int], Mapping[str, Any]]
    peer: str


QUESTIONS = (
    Question(
        "one organization with 20 contracts",
        """query ($k: String!) { organization(key: $k) { key name kinds links(direction: OUT, first: 20) { nodes {
             key value { amount } capacities { mw } target { ... on Organization { key name } } } } } }""",
        lambda number, organizations: {"k": f"o{random.Random(number).randrange(organizations)}"},
        """query ($k: String!) { organizations(where: {key: {eq: $k}}) { key name kinds providesConnection(first: 20) {
             edges { properties { key value_usd mw_critical_it } node { key name } } } } }""",
    ),
    Question(
        "500 organizations, 5 fields",
        "query ($n: Int!) { organizations(first: $n) { nodes { key name kinds country ticker } } }",
        lambda number, _: {"n": 500 - number % 3},
        "query ($n: Int!) { organizations(limit: $n) { key name kinds country ticker } }",
    ),
    Question(
        "50 organizations, 10 contracts, customer",
        """query ($n: Int!) { organizations(first: $n) { nodes { key name links(direction: OUT, first: 10) { nodes {
             key value { amount } capacities { mw } announced
             target { ... on Organization { key name kinds } } } } } } }""",
        lambda number, _: {"n": 50 - number % 3},
        """query ($n: Int!) { organizations(limit: $n) { key name providesConnection(first: 10) { edges {
             properties { key value_usd mw_critical_it announced } node { key name kinds } } } } }""",
    ),
    Question(
        "count by the beginning of a name",
        "query ($c: String!) { organizations(where: {name: {startsWith: $c}}, first: 1) { totalCount } }",
        lambda number, _: {"c": f"Org {number % 9 + 1}"},
        "query ($c: String!) { organizationsConnection(where: {name: {startsWith: $c}}, first: 1) { totalCount } }",
    ),
    Question(
        "contracts above a value, the 50 largest",
        """query ($v: Float!) { links(where: {valueUsd: {gt: $v}}, orderBy: [{valueUsd: DESC}], first: 50) { nodes {
             key value { amount } source { ... on Organization { name } }
             target { ... on Organization { name } } } } }""",
        lambda number, _: {"v": 5e9 + 1e6 * number},
        """query ($v: Float!) { organizationsConnection(
             where: {providesConnection: {some: {edge: {value_usd: {gt: $v}}}}}, first: 50) { edges { node {
             key name } } } }""",
    ),
)


# ---- in one process


@dataclass
class Times:
    """Milliseconds of each round."""

    processor: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the processor time."""
        return statistics.median(self.processor)


async def compare_ways(provider: StoreProvider, organizations: int, rounds: int) -> Mapping[str, tuple[Times, Times]]:
    """For each question the times of the plan, and of the reference executor. Raises SystemExit where they answer
    differently."""
    results: dict[str, tuple[Times, Times]] = {}
    for question in QUESTIONS:
        ways = results[question.name] = Times(), Times()
        for number in range(rounds + UNCOUNTED):
            request = GraphQLRequest(question.document, question.variables(number, organizations))
            bodies = [
                await _timed(provider, request, way, times) for way, times in zip((True, False), ways, strict=True)
            ]
            if bodies[0] != bodies[1]:
                raise SystemExit(f"{question.name}: the plan answers {bodies[0][:500]!r}, not {bodies[1][:500]!r}")
        for times in ways:
            del times.processor[:UNCOUNTED]
    return results


async def _timed(provider: StoreProvider, request: GraphQLRequest, plan: bool, times: Times) -> bytes:
    token = PLANS_ANSWER.set(plan)
    began = time.process_time()
    body = (await execute_request(provider, request)).json
    times.processor.append(1_000 * (time.process_time() - began))
    PLANS_ANSWER.reset(token)
    return body


# ---- over HTTP


@dataclass
class Service:
    """A service that is asked over one connection."""

    name: str
    url: str
    process: int
    documents: Mapping[str, str]

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._path = address.path or "/"
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)

    def ask(self, question: Question, variables: Mapping[str, Any], times: Times) -> bytes:
        """Raises SystemExit for an error."""
        body = orjson.dumps({"query": self.documents[question.name], "variables": variables})
        began, spent = time.perf_counter(), _processor_seconds(self.process)
        self._connection.request("POST", self._path, body, {"content-type": "application/json"})
        answer = self._connection.getresponse().read()
        times.clock.append(1_000 * (time.perf_counter() - began))
        times.processor.append(1_000 * (_processor_seconds(self.process) - spent))
        if b'"errors"' in answer[:200]:
            raise SystemExit(f"{self.name}, {question.name}: {answer[:500].decode()}")
        return answer


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare_services(services: Sequence[Service], organizations: int, rounds: int) -> None:
    """Prints a table: the median on the clock, and the mean of the processor time, which is told in hundredths of a
    second."""
    print("\n| over HTTP | " + " | ".join(one.name for one in services) + " |\n|---|" + "---|" * len(services))
    for question in QUESTIONS:
        times = [Times() for _ in services]
        for number in range(rounds + UNCOUNTED):
            variables = question.variables(number, organizations)
            for service, of_service in zip(services, times, strict=True):
                service.ask(question, variables, of_service)
        cells = (
            f"{statistics.median(one.clock[UNCOUNTED:]):.1f} ms ({statistics.mean(one.processor[UNCOUNTED:]):.1f})"
            for one in times
        )
        print(f"| {question.name} | {' | '.join(cells)} |", flush=True)


# ---- the command


@contextmanager
def _store_of_market(folder: Path | None, organizations: int, contracts: int) -> Iterator[Path]:
    if folder is not None and (folder / "wattgraph.sqlite").exists():
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        data = folder or Path(temporary)
        asyncio.run(_load(data, organizations, contracts))
        yield data


async def _load(data: Path, organizations: int, contracts: int) -> None:
    store = await EmbeddedStore.open(data)
    await store.load(market(organizations, contracts))
    await store.close()


async def _in_one_process(data: Path, organizations: int, rounds: int) -> None:
    store = await EmbeddedStore.open(data)
    results = await compare_ways(StoreProvider(store), organizations, rounds)
    await store.close()
    print("| question | plan | field by field | ratio |\n|---|---|---|---|")
    for name, (plan, reference) in results.items():
        ratio = reference.median / plan.median
        print(f"| {name} | {plan.median:.2f} ms | {reference.median:.2f} ms | {ratio:.1f} |", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    arguments.add_argument("--contracts", type=int, default=CONTRACTS)
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--data", type=Path, help="folder of the store of the market, made where it is missing")
    arguments.add_argument("--peer", action="append", default=[], metavar="NAME=URL=PID")
    given = arguments.parse_args()
    with _store_of_market(given.data, given.organizations, given.contracts) as data:
        asyncio.run(_in_one_process(data, given.organizations, given.rounds))
        own = {one.name: one.document for one in QUESTIONS}
        theirs = {one.name: one.peer for one in QUESTIONS}
        with running_server(data, WATTGRAPH_ANSWER_CACHE="0") as server:
            ours = Service("embedded", f"{server.url}/graphql", server.process.pid, own)
            named = (one.split("=") for one in given.peer)
            peers = [Service(name, url, int(process), theirs) for name, url, process in named]
            compare_services([ours, *peers], given.organizations, given.rounds)
    print(f"\nload of the machine: {' '.join(f'{one:.1f}' for one in os.getloadavg())}")


if __name__ == "__main__":
    main()
