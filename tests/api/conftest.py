"""The API over the embedded store with the real facts, and over the small world of `tests/core/facts.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from graph.seeds import read_seeds
from graph.settings import PROJECT, read_settings
from graph.statements import StatementLog
from graph.stores.base import Store
from graph.stores.embedded import EmbeddedStore
from tests.core import facts

Ask = Callable[..., Awaitable[Any]]
"""Runs a document with variables over HTTP: the whole answer."""


@pytest.fixture(scope="session")
async def seeded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStore]:
    """The real facts, on a day that stays."""
    store = await EmbeddedStore.open(tmp_path_factory.mktemp("seeded"), clock=lambda: facts.TODAY)
    await store.load(read_seeds(PROJECT / "seeds"))
    yield store
    await store.close()


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


def small_log(folder: Path, **files: str) -> StatementLog:
    return facts.log_of(folder, **files)


def client_of(store: Store) -> httpx.AsyncClient:
    app = create_app(read_settings(), store)
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
