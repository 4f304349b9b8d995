"""The pages over the embedded store with the real facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.pages.fact_index import FactIndex
from graph.analytics.core.facts import facts_of
from graph.settings import read_settings
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.store import EmbeddedStore

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What browsers send."""
Look = Callable[..., Awaitable[httpx.Response]]
"""Asks for an address as a browser does."""


@pytest.fixture(scope="session")
def app(seeded: EmbeddedStore) -> FastAPI:
    return create_app(read_settings(deadline=600), seeded)


def client_over(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture(scope="session")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_over(app) as open_client:
        yield open_client


@pytest.fixture(scope="session")
def look(client: httpx.AsyncClient) -> Look:
    async def look(address: str, **headers: str) -> httpx.Response:
        return await client.get(address, headers=BROWSER | headers)

    return look


@pytest.fixture(scope="session")
async def index(seeds_reader: EmbeddedReader) -> FactIndex:
    """The rows of the facts as pages look them up."""
    return FactIndex(await facts_of(seeds_reader))
