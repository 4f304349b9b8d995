"""What an operator sees of the service: its log, its metrics, its traces, and never a secret."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.fairness.processor_time import charge_step, measure_processor_time
from api.http import routes
from api.telemetry.logs import HIDDEN, REQUESTS, configure_logs, log_request
from api.telemetry.request_record import RECORD, OperationKind, RequestOutcome, RequestRecord, client_network
from api.telemetry.tracing import RequestTracer
from graph.audit.tokens import TokenScope
from graph.evidence.lens import Lens
from graph.settings import Settings, read_settings
from graph.stores.base import Reader
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.writers import token_of
from tests.overlay import CANARY, overlay_in

PASSWORD = "correct horse battery"
NAMED = "query Lease { links(first: 3) { nodes { key } } }"
PRIVATE = "{ graph(lens: {overlay: true}) { links(first: 3) { nodes { key } } } }"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What goes to a stream that is no terminal."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level, REQUESTS.handlers, REQUESTS.propagate
    configure_logs(Settings(neo4j_password=PASSWORD), stream)
    yield stream
    root.handlers, root.level, REQUESTS.handlers, REQUESTS.propagate = before


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


@asynccontextmanager
async def client_over(store: EmbeddedStore, tracer: RequestTracer | None = None, **more: Any) -> AsyncIterator[Any]:
    app = create_app(read_settings(deadline=600, **more), store, tracer)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("203.0.113.77", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        client.app = app  # type: ignore[attr-defined]
        yield client


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY, overlay=overlay_in(tmp_path))
    await opened.load(facts.log_of(tmp_path))
    yield opened
    await opened.close()


# ---- the log


async def test_the_line_of_a_request_says_who_asked_for_what_and_how_it_ended(
    store: EmbeddedStore, logged: io.StringIO
) -> None:
    _, token = await token_of(store, TokenScope.READER)
    async with client_over(store) as client:
        answer = await client.post("/graphql", json={"query": NAMED}, headers={"x-request-id": "from-the-proxy"})
        await client.post("/graphql", json={"query": "{ nonsense }"}, headers={"authorization": f"Bearer {token}"})
        await client.get("/organizations/host")
        await client.get("/organizations/nobody%0a")
        await client.get("/organizations/host?token=hush")
        await client.post("/graphql", json={"query": NAMED}, headers={"authorization": "Bearer wg_no_token"})
    assert answer.headers["x-request-id"] == "from-the-proxy"
    named, refused, page, missing, wrong, denied = events(logged)
    assert named.pop("seconds") > 0
    assert named.pop("processor_seconds") >= 0  # it is measured on the loop of a service
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", named.pop("timestamp"))
    assert named == {
        "event": "request",
        "level": "info",
        "logger": "wattgraph.requests",
        "request_id": "from-the-proxy",
        "client": "203.0.113.0/24",
        "method": "POST",
        "operation": "query",
        "operation_name": "Lease",
        "route": "/graphql",
        "status": 200,
        "outcome": "ok",
        "cost": 3,
        "bytes": len(answer.content),
    }
    assert re.fullmatch(r"[\w ]+ \([0-9a-f]{12}\)", refused["client"])
    assert (refused["operation"], refused["outcome"]) == ("graphql", "errors")
    assert refused["codes"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert (page["operation"], page["route"], page["outcome"]) == ("page", "/organizations/{key}", "ok")
    assert (missing["outcome"], missing["codes"]) == ("refused", ["NOT_FOUND"])
    assert (wrong["outcome"], wrong["codes"]) == ("refused", ["BAD_INPUT"])
    assert (denied["outcome"], denied["status"], denied["client"]) == ("denied", 401, "203.0.113.0/24")
    assert "hush" not in logged.getvalue()
    assert token not in logged.getvalue()


async def test_no_secret_reaches_the_log_whatever_fails(
    store: EmbeddedStore, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 49 of the catalogue: token, password, header and private facts in the text of an unexpected error."""
    _, token = await token_of(store, TokenScope.OVERLAY)
    basic = "Basic d2c6c2VjcmV0"

    read = EmbeddedStore.reader

    def failing(under_a_lens: bool) -> Callable[..., Awaitable[Reader]]:
        async def reader(self: EmbeddedStore, lens: Lens | None = None) -> Reader:
            if (lens is not None) is not under_a_lens:
                return await read(self, lens)
            raise RuntimeError(f"Bearer {token} {basic} {PASSWORD} of {CANARY if lens else 'public'}")

        return reader

    async with client_over(store) as client:
        for document, under_a_lens in ((PRIVATE, True), (NAMED, False)):
            monkeypatch.setattr(EmbeddedStore, "reader", failing(under_a_lens))
            answer = await client.post(
                "/graphql", json={"query": document}, headers={"authorization": f"Bearer {token}"}
            )
            assert CANARY not in answer.text
    written = logged.getvalue()
    for secret in (token, basic.partition(" ")[2], PASSWORD, CANARY):
        assert secret not in written
    plan, private, public = (event for event in events(logged) if "exception" in event)
    assert plan["exception"].endswith(f"RuntimeError: {HIDDEN}")
    assert private["exception"].endswith(f"RuntimeError: {HIDDEN}")
    assert public["exception"].endswith(f"RuntimeError: Bearer {HIDDEN} Basic {HIDDEN} {HIDDEN} of public")
    assert private["request_id"] != public["request_id"]


def test_a_name_neither_begins_a_line_nor_moves_the_cursor(logged: io.StringIO) -> None:
    """Row 55: on a terminal too."""
    hostile = "host\r\n2026\x1b[2J\u202e{}"
    log_request(RequestRecord("id", hostile), "GET")
    [event] = events(logged)
    assert event["client"] == hostile
    terminal = io.StringIO()
    configure_logs(Settings(log_format="text"), terminal)
    log_request(RequestRecord("id", hostile), "GET")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())  # the colours of the line itself
    assert shown.count("\n") == 1
    assert r"client=host\r\n2026\x1b[2J\u202e{}" in shown


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("127.0.0.1", "127.0.0.1"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_of_an_address_the_network_is_logged(host: str | None, network: str) -> None:
    assert client_network(host) == network


def test_the_record_has_what_a_request_used_until_it_ended() -> None:
    """A request that never waits is one step, of which half is done where its line is written."""

    async def request() -> float:
        RECORD.set(record := RequestRecord("id", "client"))
        for _ in range(300_000):
            pass
        charge_step()
        return record.processor_seconds

    async def run() -> float:
        measure_processor_time(asyncio.get_running_loop())
        return await asyncio.create_task(request())

    assert asyncio.run(run()) > 0.001


# ---- metrics


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


async def test_metrics_count_requests_caches_and_the_store(store: EmbeddedStore) -> None:
    async with client_over(store) as client:
        for _ in range(3):
            await client.post("/graphql", json={"query": NAMED})
        await client.post("/graphql", json={"query": "{ nonsense }"})
        for accept in ("text/html", "application/json"):
            await client.get("/organizations/host?validOn=2026-11-01", headers={"accept": accept})
        await client.get("/nowhere")
        for client_text in ("one", "two"):
            await client.get(f"/organizations/{client_text}")
        told = samples((await client.get("/metrics")).text)
    requests = {
        (labels["operation"], labels["outcome"]): value
        for (name, pairs), value in told.items()
        for labels in [dict(pairs)]
        if name == "wattgraph_requests_total"
    }
    assert requests == {
        ("query", "ok"): 3,
        ("graphql", "errors"): 1,
        ("page", "ok"): 2,
        ("page", "refused"): 2,
        ("other", "refused"): 1,
    }
    assert told["wattgraph_cache_requests_total", (("cache", "answers"), ("result", "hit"))] == 2
    assert told["wattgraph_cache_requests_total", (("cache", "lenses"), ("result", "miss"))] == 1
    assert told["wattgraph_cache_requests_total", (("cache", "lenses"), ("result", "hit"))] >= 1
    assert told["wattgraph_request_seconds_count", (("operation", "query"),)] == 3
    assert told["wattgraph_request_cost_rows_bucket", (("le", "10.0"),)] == 3  # three rows each; the page asks for more
    assert told["wattgraph_store_up", ()] == 1
    version = (await store.reader()).version
    assert told["wattgraph_data_info", (("store", "embedded"), ("version", version.id))] == 1
    assert told["wattgraph_data_statements", ()] == version.statements
    assert 0 <= told["wattgraph_data_age_seconds", ()] < 600
    assert told["process_resident_memory_bytes", ()] > 1e7
    assert told["process_open_fds", ()] > 3
    assert told["wattgraph_requests_in_progress", ()] == 1  # the scrape itself
    assert told["wattgraph_queue_in_work", ()] == 1
    assert told["wattgraph_queue_waiting", ()] == 0


async def test_labels_hold_nothing_that_a_client_chose(store: EmbeddedStore) -> None:
    async with client_over(store) as client:
        await client.post("/graphql", json={"query": f"query {CANARY} {{ dataVersion {{ id }} }}"})
        await client.get(f"/{CANARY}?{CANARY}")
        await client.get(f"/organizations/{CANARY}", headers={"x-request-id": CANARY})
        text = (await client.get("/metrics")).text
    assert CANARY not in text
    labels = {value for _, pairs in samples(text) for key, value in pairs if key in ("operation", "outcome")}
    assert labels <= {*OperationKind, *RequestOutcome}


@pytest.mark.parametrize(
    ("settings", "anybody", "with_token"),
    [
        ({}, 200, 200),
        ({"public_reading": False}, 401, 200),
        ({"metrics": "token"}, 401, 200),
        ({"metrics": "off"}, 404, 404),
    ],
)
async def test_who_may_read_metrics(
    settings: dict[str, Any], anybody: int, with_token: int, store: EmbeddedStore
) -> None:
    _, token = await token_of(store, TokenScope.READER)
    async with client_over(store, **settings) as client:
        assert (await client.get("/metrics")).status_code == anybody
        answer = await client.get("/metrics", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == with_token
        open_metrics = await client.get(
            "/metrics", headers={"authorization": f"Bearer {token}", "accept": "application/openmetrics-text"}
        )
        assert with_token != 200 or open_metrics.text.endswith("# EOF\n")


async def test_the_delay_of_the_loop_is_measured(store: EmbeddedStore) -> None:
    """The loop stands still for 0.6 s, so that a look that was due within is at least 0.35 s late."""
    async with client_over(store) as client, client.app.router.lifespan_context(client.app):
        await asyncio.sleep(0.01)
        await hold_the_loop(0.6)
        await asyncio.sleep(0.01)
        told = samples((await client.get("/metrics")).text)
    late = (
        told["wattgraph_loop_delay_seconds_count", ()] - told["wattgraph_loop_delay_seconds_bucket", (("le", "0.25"),)]
    )
    assert late >= 1


async def hold_the_loop(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        pass


async def test_metrics_are_told_while_the_store_does_not_answer(tmp_path: Path) -> None:
    app = create_app(read_settings(data=tmp_path))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        told = samples((await client.get("/metrics")).text)
    assert told["wattgraph_store_up", ()] == 0
    assert not any(name == "wattgraph_data_info" for name, _ in told)


# ---- traces


async def test_a_request_is_a_span_within_that_of_its_client(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    async def fail(request: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(routes, "open_reader", fail)
    async with client_over(store, RequestTracer(provider)) as client:
        await client.post("/graphql", json={"query": NAMED}, headers={"traceparent": f"00-{trace}-{parent}-01"})
        await client.get("/readyz")
    asked, failed = exporter.get_finished_spans()
    assert asked.name == "query /graphql"
    assert f"{asked.context.trace_id:032x}" == trace
    assert asked.parent is not None
    assert f"{asked.parent.span_id:016x}" == parent
    told = dict(asked.attributes or {})
    assert (told["graphql.operation.name"], told["wattgraph.outcome"], told["wattgraph.cost"]) == ("Lease", "ok", 3)
    assert told["http.response.status_code"] == 200
    assert (failed.name, failed.status.is_ok) == ("probe /readyz", False)
    assert CANARY not in f"{failed.to_json()}"
