"""The API over the embedded store with the real facts, and over the small world of `tests/facts.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.execution import execute
from graph.evidence.log import StatementLog
from graph.settings import Settings, read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.neo4j_fixture import emptied

Ask = Callable[..., Awaitable[Any]]
"""Runs a document with variables over HTTP: the whole answer."""


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[EmbeddedStore]]]:
    """A store with the small world; files may be given as to `facts.write`."""
    opened: list[EmbeddedStore] = []

    async def make(**files: str) -> EmbeddedStore:
        store = await EmbeddedStore.open(tmp_path / f"data{len(opened)}", clock=lambda: facts.TODAY)
        opened.append(store)
        await store.load(small_log(tmp_path, **files))
        return store

    yield make
    for store in opened:
        await store.close()


@pytest.fixture(params=["plan", "reference"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Once a plan answers what it covers, and once the reference executor answers everything."""
    way: str = request.param
    if way == "reference":
        monkeypatch.setattr(execute, "PLANS_ANSWER", ContextVar("plans_answer", default=False))
    return way


def small_log(folder: Path, **files: str) -> StatementLog:
    return facts.log_of(folder, **files)


def client_of(store: Store) -> httpx.AsyncClient:
    # on a busy machine too, no answer is given up that would come
    app = create_app(read_settings(deadline=600), store)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


@pytest.fixture(scope="session")
async def client(seeded: EmbeddedStore) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(seeded) as found:
        yield found


@pytest.fixture(scope="session")
def ask(client: httpx.AsyncClient) -> Ask:
    return asking(client)


def asking(client: httpx.AsyncClient) -> Ask:
    async def run(document: str, variables: Mapping[str, Any] | None = None) -> Any:
        response = await client.post("/graphql", json={"query": document, "variables": variables or {}})
        return response.json()

    return run


async def _opened(adapter: str, folder: Path, request: pytest.FixtureRequest) -> Store:
    if adapter == "embedded":
        return await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    uri = request.getfixturevalue("neo4j_uri")
    emptied(uri)
    return await Neo4jStore.open(Settings(neo4j_uri=uri, neo4j_timeout=60), lambda: facts.TODAY)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
async def ask_each(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ask]:
    """The small world on each store, with debts, events and observations about it."""
    folder = tmp_path_factory.mktemp("each")
    store = await _opened(request.param, folder, request)
    others = {"debts": facts.DEBTS, "events": facts.EVENTS, "observations": facts.OBSERVATIONS}
    await store.load(small_log(folder, **others))
    async with client_of(store) as client:
        yield asking(client)
    await store.close()


async def data_of(ask: Ask, document: str, variables: Mapping[str, Any] | None = None) -> Any:
    """The data of an answer that must have no errors."""
    answer = await ask(document, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def error_of(ask: Ask, document: str, variables: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """Code and message of the only error of an answer."""
    answer = await ask(document, variables)
    assert len(answer["errors"]) == 1, answer
    return answer["errors"][0]["extensions"]["code"], answer["errors"][0]["message"]
