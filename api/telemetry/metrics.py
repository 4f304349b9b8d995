"""The metrics of the service, as Prometheus reads them. Labels have few values: none comes from a client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from api.telemetry.request_record import OperationKind, RequestOutcome, RequestRecord
from graph.concurrency.cache_use import CacheUse

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_DELAYS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_ROWS = (1, 10, 100, 1_000, 10_000, 50_000, 100_000, 200_000)
LOOP_SECONDS = 0.25
"""Between two looks at how late the event loop is."""


@dataclass(frozen=True, slots=True)
class CacheState:
    """`bytes` is None where a cache counts entries alone."""

    use: CacheUse
    entries: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ScrapedState:
    """What a scrape finds. `version` is None while the store does not answer and never did."""

    store: str
    """`embedded` or `neo4j`."""
    is_store_up: bool
    caches: Mapping[str, CacheState] = field(default_factory=dict)
    connections: int = 0
    """WebSockets and event streams that are open."""
    version: str | None = None
    recorded_at: str = ""
    """ISO 8601, in UTC."""
    statements: int = 0
    waiting: int = 0
    in_work: int = 0
    """Requests that wait for their turn, and that have it."""

    @property
    def data_age_seconds(self) -> float:
        age = datetime.now(UTC) - datetime.fromisoformat(self.recorded_at)
        return max(0.0, age.total_seconds())


class StateReader(Protocol):
    def __call__(self) -> ScrapedState: ...


@dataclass(frozen=True, slots=True)
class _KindMetrics:
    """Those of one kind of operation: looking labels up takes longer than counting."""

    requests: Callable[[RequestOutcome], Counter]
    processor: Counter
    bytes: Counter
    seconds: Histogram


class Metrics:
    """Those of one app, in a registry of its own."""

    def __init__(self, read_state: StateReader) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the time of the first event of each series, which nothing here reads
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": "wattgraph", "registry": self.registry}
        self.in_progress = Gauge("requests_in_progress", "Requests that are being answered.", **own)
        self._requests = Counter(
            "requests", "Requests by what they ask for and how they ended.", ("operation", "outcome"), **own
        )
        self._seconds = Histogram(
            "request_seconds", "Seconds until an answer was sent.", ("operation",), buckets=_SECONDS, **own
        )
        self._processor = Counter(
            "request_processor_seconds", "Seconds of processor time that requests used.", ("operation",), **own
        )
        self._cost = Histogram(
            "request_cost_rows", "Rows that a GraphQL answer may hold at most.", buckets=_ROWS, **own
        )
        self._forwarded = Counter("forwarded_requests", "Requests that a worker answered.", **own)
        self._bytes = Counter("response_bytes", "Bytes of bodies that were sent.", ("operation",), **own)
        self._let_go = Counter("connections_let_go", "Connections that their client did not use.", ("reason",), **own)
        self.loop_delay = Histogram(
            "loop_delay_seconds", "How late the event loop runs what is due.", buckets=_DELAYS, **own
        )
        self._of_kind: dict[OperationKind, _KindMetrics] = {}
        for collector in (_StateCollector(read_state), *_of_process()):
            self.registry.register(collector)

    def count(self, record: RequestRecord) -> None:
        """Count a request that has ended."""
        kind = record.kind
        of_kind = self._of_kind.get(kind) or self._begin(kind)
        of_kind.requests(record.outcome).inc()
        of_kind.processor.inc(record.processor_seconds)
        of_kind.bytes.inc(record.bytes_sent)
        if kind is not OperationKind.SUBSCRIPTION:  # it lasts as long as its client likes
            of_kind.seconds.observe(record.seconds)
        if record.is_forwarded:
            self._forwarded.inc()
        if record.cost is not None:
            self._cost.observe(record.cost)

    def count_let_go(self, reason: StrEnum) -> None:
        """Count a connection that was ended for a reason."""
        self._let_go.labels(reason.value).inc()

    def _begin(self, kind: OperationKind) -> _KindMetrics:
        of_kind = self._of_kind[kind] = _KindMetrics(
            requests=cache(lambda outcome: self._requests.labels(kind.value, outcome.value)),
            processor=self._processor.labels(kind.value),
            bytes=self._bytes.labels(kind.value),
            seconds=self._seconds.labels(kind.value),
        )
        return of_kind

    async def watch_loop(self) -> None:
        """Measure the delay of the event loop until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOP_SECONDS
            await asyncio.sleep(LOOP_SECONDS)
            self.loop_delay.observe(max(0.0, loop.time() - due))


def _of_process() -> Iterable[Collector]:
    """Memory, file descriptors, processor time, garbage collections, the version of Python."""
    unregistered = CollectorRegistry()  # they register themselves, and have to stand in that of the app alone
    yield ProcessCollector(registry=unregistered)
    yield PlatformCollector(registry=unregistered)
    yield GCCollector(registry=unregistered)


class _StateCollector(Collector):
    def __init__(self, read_state: StateReader) -> None:
        self._read_state = read_state

    def describe(self) -> Iterable[Metric]:
        """None: they are told by a scrape alone."""
        return ()

    def collect(self) -> Iterable[Metric]:
        state = self._read_state()
        yield _gauge("store_up", "Whether the store answered at this scrape.", float(state.is_store_up))
        yield _gauge("live_connections", "WebSockets and event streams that are open.", state.connections)
        yield _gauge("queue_waiting", "Requests that wait for their turn.", state.waiting)
        yield _gauge("queue_in_work", "Requests that have their turn.", state.in_work)
        if state.version is not None:
            info = GaugeMetricFamily("wattgraph_data_info", "The data version; always 1.", labels=("version", "store"))
            info.add_metric((state.version, state.store), 1)
            yield info
            yield _gauge("data_age_seconds", "Seconds since the data version was recorded.", state.data_age_seconds)
            yield _gauge("data_statements", "Statements that the store holds.", state.statements)
        yield from _of_caches(state.caches)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"wattgraph_{name}", what, value=value)


def _of_caches(caches: Mapping[str, CacheState]) -> Iterable[Metric]:
    requests = CounterMetricFamily(
        "wattgraph_cache_requests", "What was asked of a cache, and whether it was there.", labels=("cache", "result")
    )
    entries = GaugeMetricFamily("wattgraph_cache_entries", "What a cache keeps.", labels=("cache",))
    sizes = GaugeMetricFamily("wattgraph_cache_bytes", "Bytes that a cache keeps.", labels=("cache",))
    for name, state in caches.items():
        requests.add_metric((name, "hit"), state.use.hits)
        requests.add_metric((name, "miss"), state.use.misses)
        if state.entries is not None:
            entries.add_metric((name,), state.entries)
        if state.bytes is not None:
            sizes.add_metric((name,), state.bytes)
    yield from (requests, entries, sizes)
