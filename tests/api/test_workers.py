"""Worker processes: real ones, that answer, are ended, and are replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from api.context.errors import WorkerEnded
from api.fairness.budgets import Account, Budget
from api.fairness.forwarding import may_be_forwarded
from api.fairness.processor_time import SPENDER
from api.fairness.workers import Forwarded, WorkerPool
from graph.settings import read_settings
from tests import facts
from tests.api.worker_app import serve
from tests.server import forwarded, free_port, running_server, wait_until_forwarding

EARLIER = '{ graph(lens: {validOn: "2026-06-01"}) { organizations(first: 2) { nodes { key } } } }'
LENGTHY = (
    {"query": "{ __schema { queryType { name } } }"},
    {"query": "#" * 5_000 + "\n{ organizations { totalCount } }"},
    {"query": "{ " + "nothing " * 1_000 + "}"},
    {"query": "query ($k: String) { organization(key: $k) { key } }", "variables": {"k": "k" * 60_000}},
)
"""What takes long to check: the schema, long documents, also invalid ones, and a long body."""
OF_THE_PROCESS = ("date", "etag", "allow", "x-request-id")
BUDGET = Budget(60, 0.001)
TOLD = Forwarded("POST", b"/tell?a=b%20c", [(b"x-forwarded-for", b"192.0.2.7")], b"hello")


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    made = WorkerPool(read_settings(workers=1), serve)
    made.start()
    yield made
    await made.close()


async def _told(pool: WorkerPool) -> list[str]:
    answer = await asyncio.wait_for(pool.answer(Account(BUDGET), TOLD), 120)
    with answer.content as content:
        assert (answer.status, dict(answer.headers)[b"x-more"]) == (201, b"yes")
        return content.read().decode().split("|")


async def test_a_request_and_its_answer_arrive_whole(pool: WorkerPool) -> None:
    assert (await _told(pool))[:4] == ["POST", "a=b%20c", "192.0.2.7", "hello"]


async def test_the_client_is_charged_for_what_the_worker_spends(pool: WorkerPool) -> None:
    SPENDER.set(account := Account(BUDGET))
    (await pool.answer(account, Forwarded("GET", b"/spend", ()))).content.close()
    assert account.spent > 0.25


async def test_a_worker_that_works_on_for_nobody_is_ended_and_replaced(pool: WorkerPool) -> None:
    before = await _told(pool)
    SPENDER.set(account := Account(BUDGET))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await pool.answer(account, Forwarded("GET", b"/work", ()))
    assert account.spent > 0.05  # a second to stop, on however busy a machine
    assert (await _told(pool))[4] != before[4]


async def test_an_idle_worker_stays_when_a_client_leaves(pool: WorkerPool) -> None:
    before = await _told(pool)
    leaving = asyncio.create_task(pool.answer(Account(BUDGET), TOLD))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert await _told(pool) == before


async def test_a_worker_that_ends_is_told_and_replaced(pool: WorkerPool) -> None:
    with pytest.raises(WorkerEnded):
        await pool.answer(Account(BUDGET), Forwarded("GET", b"/end", ()))
    assert (await _told(pool))[0] == "POST"


@pytest.mark.slow
def test_pages_come_from_a_worker_and_are_those_of_the_service(tmp_path_factory: pytest.TempPathFactory) -> None:
    answers = []
    port = free_port()
    for workers in ("0", "1"):
        folder = tmp_path_factory.mktemp("data")
        seeds = str(facts.write(folder))
        with running_server(folder, port=port, WATTGRAPH_SEEDS=seeds, WATTGRAPH_WORKERS=workers) as server:
            answers.append(list(_answers(server.url)))
            if workers == "1":
                wait_until_forwarding(server.url)
            answers.append(list(_answers(server.url)))
            if workers == "1":
                before = forwarded(server.url)
                list(_ask_at_length(server.url))
                assert forwarded(server.url) == before + 2  # the answers to the first two are kept
    assert [status for status, _, _ in answers[0]] == [200, 404, 200, 200, 200, 405, 200, 200, *[200] * len(LENGTHY)]
    assert all(one == answers[0] for one in answers)


def _answers(url: str) -> Iterator[tuple[int, dict[str, str], bytes]]:
    """Status, headers and content of answers, without what is another in each process."""
    with httpx.Client(base_url=url, timeout=120, headers={"Accept": "text/html"}) as client:
        for path in ("/links/lease", "/nowhere", "/links?commitment=FIRM", "/"):
            yield _parts(client.get(path))
        yield _parts(client.head("/links/lease"))
        yield _parts(client.post("/links/lease"))
        json = {"Accept": "application/json"}
        yield _parts(client.post("/graphql", json={"query": EARLIER}, headers=json))
        yield _parts(client.get("/graphql", params={"query": EARLIER}, headers=json))
    yield from _ask_at_length(url)


def _ask_at_length(url: str) -> Iterator[tuple[int, dict[str, str], bytes]]:
    with httpx.Client(base_url=url, timeout=120, headers={"Accept": "application/json"}) as client:
        for body in LENGTHY:
            yield _parts(client.post("/graphql", json=body))


def _parts(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: text for name, text in answer.headers.items() if name not in OF_THE_PROCESS}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize(
    ("method", "headers", "forwarded"),
    [
        ("POST", [], True),
        ("POST", [(b"authorization", b"Bearer one")], False),
        ("GET", [(b"authorization", b"Bearer one")], True),
        ("POST", [(b"accept", b"text/event-stream")], False),
    ],
)
def test_what_may_write_is_not_forwarded(method: str, headers: list[tuple[bytes, bytes]], forwarded: bool) -> None:
    scope = {"type": "http", "method": method, "path": "/graphql", "headers": headers}
    assert may_be_forwarded(scope) is forwarded
