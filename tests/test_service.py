"""The service as its users meet it: a real process over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from graph.settings import PROJECT
from tests import facts
from tests.neo4j_fixture import emptied
from tests.server import Server, free_port, running_server, wait_until_forwarding

CONTRACT = '{ link(key: "iren-microsoft-cloud") { value { amount } target { key } } }'

LINKS = {"query": "{ links { nodes { key target { key } } } }"}
PAGE, AS_HTML = "/links/lease", {"Accept": "text/html"}
ANY_NAMES = [f"a{number}" for number in range(5_000)]


def _ask(url: str, document: str = CONTRACT) -> dict[str, object]:
    answer = httpx.post(f"{url}/graphql", json={"query": document}, timeout=120)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.slow
def test_row_44_a_first_start_loads_the_facts_and_is_alive_while_it_works(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        answer = _ask(server.url)
        assert answer["data"] == {"link": {"value": {"amount": 9.7e9}, "target": {"key": "microsoft"}}}
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert "/graphql" in httpx.get(server.url, headers={"Accept": "text/html"}).text
        with ThreadPoolExecutor(1) as other:
            drawing = other.submit(httpx.get, f"{server.url}/reports/debt", timeout=300)  # drawn now
            alive = 0
            while not drawing.done():
                alive += httpx.get(f"{server.url}/healthz", timeout=300).status_code == 200 and not drawing.done()
            assert drawing.result().status_code == 200
        assert alive  # it answered while it drew
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(120) in (0, -signal.SIGTERM)


@pytest.mark.slow
def test_make_run_sets_up_loads_and_serves(tmp_path: Path) -> None:
    with running_server(tmp_path, command=("make", "-s", "-C", str(PROJECT), "run")) as server:
        assert "errors" not in _ask(server.url)


@pytest.mark.slow
def test_a_server_whose_database_is_down_lives_and_is_not_ready(tmp_path: Path) -> None:
    closed = f"bolt://127.0.0.1:{free_port()}"
    with running_server(tmp_path, ready="/healthz", WATTGRAPH_NEO4J_URI=closed) as server:
        unready = httpx.get(f"{server.url}/readyz", timeout=120)
        assert unready.status_code == 503
        refused = httpx.post(f"{server.url}/graphql", json={"query": CONTRACT}, timeout=120).json()
        assert refused["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"


def test_a_server_over_neo4j_loads_it_and_answers(tmp_path: Path, neo4j_uri: str) -> None:
    emptied(neo4j_uri)
    small = str(facts.write(tmp_path))
    with running_server(tmp_path, WATTGRAPH_SEEDS=small, WATTGRAPH_NEO4J_URI=neo4j_uri) as server:
        answer = _ask(server.url, '{ link(key: "lease") { value { amount } target { key } } }')
        assert answer["data"] == {"link": {"value": {"amount": 1e9}, "target": {"key": "cloud"}}}
    emptied(neo4j_uri)


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path, WATTGRAPH_SEEDS=str(facts.write(tmp_path))) as server:
        command = [sys.executable, "-m", "cli.main", "serve"]
        ended = subprocess.run(command, env=server.environment, cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "Address already in use" in ended.stderr
    assert "another --port" in ended.stderr


@pytest.mark.slow
def test_a_client_that_spends_its_budget_is_refused_and_no_other(tmp_path: Path) -> None:
    """Each request is charged with the processor time that the process spends on it."""
    small = str(facts.write(tmp_path))
    budget, earned = "0.2", "0.01"
    with running_server(
        tmp_path, WATTGRAPH_SEEDS=small, WATTGRAPH_BUDGET_SECONDS=budget, WATTGRAPH_BUDGET_PER_MINUTE=earned
    ) as server:
        greedy = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(transport=greedy, base_url=server.url, timeout=120) as client:
            asked = (client.post("/graphql", json={"query": f"{{ {name}: __typename }}"}) for name in ANY_NAMES)
            refused = next(answer for answer in asked if answer.status_code == 429)
            assert refused.json()["errors"][0]["extensions"]["code"] == "BUDGET_SPENT"
        assert _ask(server.url, "{ dataVersion { statements } }")["data"]


@pytest.mark.slow
async def test_row_98_a_service_that_is_stopped_under_load_drops_no_answer(tmp_path: Path) -> None:
    """Eight clients ask on connections that they keep, and again as soon as they have an answer, until no connection
    is taken any more. Whatever was sent has been answered, be it by the service or by its worker, though the signal
    goes to all processes, as that of a terminal or of systemd does."""
    seeds = str(facts.write(tmp_path))
    with running_server(
        tmp_path,
        WATTGRAPH_SEEDS=seeds,
        WATTGRAPH_ANSWER_CACHE="0",
        WATTGRAPH_WORKERS="1",
        WATTGRAPH_REQUESTS_AT_ONCE="9",
    ) as server:
        await asyncio.to_thread(wait_until_forwarding, server.url)
        clients = [asyncio.create_task(_ask_until_refused(server, page=number % 2 == 0)) for number in range(8)]
        await asyncio.sleep(1)
        os.killpg(server.process.pid, signal.SIGTERM)
        answered = await asyncio.gather(*clients)
        assert server.process.wait(60) in (0, -signal.SIGTERM)
    assert min(answered) > 0


async def _ask_until_refused(server: Server, *, page: bool) -> int:
    """How many answers came, all of them whole. Raises where one does not. Pages come from the worker."""
    answered = 0
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        while True:
            try:
                answer = await (client.get(PAGE, headers=AS_HTML) if page else client.post("/graphql", json=LINKS))
            except httpx.ConnectError:
                return answered
            assert answer.status_code == 200, answer.text
            assert "lease" in answer.text
            answered += 1
