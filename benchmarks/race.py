"""The race: this service beside what people would pick instead, over the same market, in one run.

Every answer is compared with ours before anything is timed. Then, for each question, one client asks all services in
turn, each going first as often as the others, and 8 and 32 clients ask one service after another, in turn again, for a
moment each. What counts are medians. Nothing of an answer is kept but where the name of the service says so.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import services as services_of
from benchmarks.clients import Clients, client_process, processor_seconds
from benchmarks.generated import write_facts
from benchmarks.loading import LoadCost, measure_load
from benchmarks.questions import FIVE, SHAPES, Question
from benchmarks.services import CACHE_OFF, PeerMissing, Service
from graph.settings import PROJECT

CLIENTS = (8, 32)
CHECKED = (0, 1, 2)
"""Rounds whose answers are compared before anything is timed."""
VARIABLES = 60
"""So many different variables each question is asked with."""
_TAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Size:
    organizations: int
    contracts: int
    rounds: int
    """Of one client, for each question and service."""
    seconds: float
    """That 8 or 32 clients ask one service."""
    repeats: int
    """How often they do."""


@dataclass
class Cell:
    """What was measured of one question and service."""

    p50_ms: float = 0.0
    per_second: dict[int, float] = field(default_factory=dict)
    """Answers in a second, by the number of clients."""
    server_ms: float = 0.0
    """Processor time of the server for one answer, 8 clients asking; in `database_ms` that of Neo4j."""
    database_ms: float = 0.0
    client_share: float = 0.0
    """The largest share of the time that the process of the clients was busy."""


@dataclass
class Results:
    size: Size
    cells: dict[str, dict[str, Cell]] = field(default_factory=lambda: defaultdict(dict))
    """By question and service."""
    missing: list[str] = field(default_factory=list)
    """One line for each peer that could not be had."""
    loads: dict[str, LoadCost] = field(default_factory=dict)


class Steps:
    """Tells on standard error what is being done, and how much of it is left."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._began = total, 0, time.monotonic()

    def next(self, what: str) -> None:
        self._done += 1
        spent = time.monotonic() - self._began
        print(f"[{self._done:3d}/{self._total}] {spent:4.0f} s  {what}", file=sys.stderr, flush=True)


def race(size: Size, neo4j: bool = True) -> Results:
    """Everything, from the facts on; without `neo4j` what needs none. Raises SystemExit where answers differ."""
    results = Results(size)
    steps = Steps(2 + neo4j + (3 + len(CLIENTS)) * len(FIVE) + 2 * len(SHAPES))
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        facts, data = scratch / "facts", scratch / "data"
        write_facts(facts, size.organizations, size.contracts)
        steps.next(f"loading {size.contracts:,} contracts into an embedded store")
        results.loads["embedded"] = measure_load(PROJECT, facts, WATTGRAPH_DATA=str(data))
        uri, database = _neo4j(stack, scratch, facts, results, steps) if neo4j else ("", 0)
        steps.next("starting the services")
        services = list(_services(stack, data, uri, results))
        clients = stack.enter_context(client_process())
        _Race(services, clients, database, results, steps).run()
    return results


def _neo4j(stack: ExitStack, scratch: Path, facts: Path, results: Results, steps: Steps) -> tuple[str, int]:
    """Address and process of a Neo4j that holds the market; an empty address where none can be had."""
    steps.next("starting Neo4j and loading the same into it")
    try:
        server = stack.enter_context(services_of.neo4j(scratch / "neo4j"))
    except PeerMissing as reason:
        results.missing.append(str(reason))
        return "", 0
    settings = {"WATTGRAPH_NEO4J_URI": server.bolt_uri, "WATTGRAPH_NEO4J_WRITE_TIMEOUT": "3600"}
    results.loads["Neo4j"] = measure_load(PROJECT, facts, **settings)
    return server.bolt_uri, server.pid


def _services(stack: ExitStack, data: Path, uri: str, results: Results) -> Iterator[Service]:
    """All that can be had, ours first; what cannot is named in the results."""

    def begin(service: AbstractContextManager[Any]) -> Any:
        try:
            return stack.enter_context(service)
        except PeerMissing as reason:
            results.missing.append(str(reason))
            return None

    size = results.size
    on_neo4j = {"WATTGRAPH_NEO4J_URI": uri, "WATTGRAPH_NEO4J_TIMEOUT": "600"}
    stores = [(services_of.EMBEDDED, {}), *([(services_of.ON_NEO4J, on_neo4j)] if uri else [])]
    for name, environment in stores:
        yield stack.enter_context(services_of.ours(name, data, **CACHE_OFF, **environment))
    if uri and (peer := begin(services_of.neo4j_graphql(uri))):
        yield peer
    market = ("--market", str(size.organizations), str(size.contracts))
    plain = [
        (services_of.STRAWBERRY_DICTS, market),
        *([(services_of.STRAWBERRY_NEO4J, ("--neo4j", uri))] if uri else []),
    ]
    for name, arguments in plain:
        if peer := begin(services_of.strawberry(name, *arguments)):
            yield peer
    if uri:
        yield from begin(services_of.drivers(uri)) or ()
    for name, environment in stores:
        yield from services_of.with_kept_answers(stack.enter_context(services_of.ours(name, data, **environment)))


class _Race:
    def __init__(
        self, services: Sequence[Service], clients: Clients, database: int, results: Results, steps: Steps
    ) -> None:
        self._services, self._clients, self._database = services, clients, database
        self._results, self._size, self._steps = results, results.size, steps

    def run(self) -> None:
        for question in (*FIVE, *SHAPES):
            asked = [one for one in self._services if question.plain or one.answers_all]
            self._steps.next(f"{question.name}: comparing answers")
            asked = self._compare_answers(question, asked)
            tags = {one.name: self._tag(one, question) for one in asked if one.unchanged}
            if question in FIVE:
                self._steps.next(f"{question.name}: warming up")
                for service in asked:
                    self._throughput(service, question, tags, CLIENTS[0])
            self._steps.next(f"{question.name}: one client")
            self._time_one_client(question, asked, tags)
            for clients in CLIENTS if question in FIVE else ():
                self._steps.next(f"{question.name}: {clients} clients")
                self._time_many_clients(question, asked, tags, clients)

    def _compare_answers(self, question: Question, asked: Sequence[Service]) -> Sequence[Service]:
        """Those that answer; why others do not is told in the results. Raises SystemExit where answers differ."""
        wanted: list[Any] = []
        answering = []
        for service in asked:
            try:
                answers = [
                    service.answer(self._clients, question, number, self._size.organizations) for number in CHECKED
                ]
            except (RuntimeError, TimeoutError) as error:
                reason = " ".join(str(error).split())[:300] or type(error).__name__
                self._results.missing.append(f'{service.name} gives no answer to "{question.name}": {reason}')
                continue
            wanted = wanted or answers
            if answers != wanted:
                raise SystemExit(
                    f"{question.name}: {service.name} answers\n{str(answers)[:1000]}\nand {asked[0].name}\n"
                    f"{str(wanted)[:1000]}"
                )
            answering.append(service)
        return answering

    def _target(self, service: Service, question: Question, tags: dict[str, str]) -> Any:
        return service.target(question, range(VARIABLES), self._size.organizations, tags.get(service.name, ""))

    def _tag(self, service: Service, question: Question) -> str:
        head, _ = self._clients.answer(service.target(question, [0], self._size.organizations))
        found = _TAG.search(head)
        if found is None:
            raise RuntimeError(f"{service.name} gives no ETag: {head.decode()}")
        return found[1].decode()

    def _time_one_client(self, question: Question, asked: Sequence[Service], tags: dict[str, str]) -> None:
        targets = [self._target(one, question, tags) for one in asked]
        rounds = self._size.rounds if question in FIVE else max(1, self._size.rounds // 2)
        times = self._clients.latencies(targets, rounds, uncounted=max(1, rounds // 4))
        for service, milliseconds in zip(asked, times, strict=True):
            cell = self._results.cells[question.name].setdefault(service.name, Cell())
            cell.p50_ms = statistics.median(milliseconds)

    def _time_many_clients(
        self, question: Question, asked: Sequence[Service], tags: dict[str, str], clients: int
    ) -> None:
        rates: dict[str, list[Cell]] = defaultdict(list)
        for repeat in range(self._size.repeats):
            for step in range(len(asked)):
                service = asked[(repeat + step) % len(asked)]
                rates[service.name].append(self._throughput(service, question, tags, clients))
        for name, measured in rates.items():
            cell = self._results.cells[question.name][name]
            cell.per_second[clients] = statistics.median(one.per_second[clients] for one in measured)
            cell.client_share = max(cell.client_share, *(one.client_share for one in measured), 0.0)
            if clients == CLIENTS[0]:
                cell.server_ms = statistics.median(one.server_ms for one in measured)
                cell.database_ms = statistics.median(one.database_ms for one in measured)

    def _throughput(self, service: Service, question: Question, tags: dict[str, str], clients: int) -> Cell:
        processes = (service.process, self._database)
        before = [processor_seconds(one) for one in processes]
        measured = self._clients.throughput(self._target(service, question, tags), clients, self._size.seconds)
        spent = [processor_seconds(one) - was for one, was in zip(processes, before, strict=True)]
        server, database = (1_000 * one / measured.answers for one in spent)
        rate = {clients: measured.per_second}
        return Cell(0.0, rate, server, database, measured.client_share)
