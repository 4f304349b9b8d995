"""Stores for tests: whoever takes `open_store` or `seeds_store` runs on every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import pytest

from graph.evidence.log import StatementLog
from graph.seeding.scenario_files import NO_SCENARIOS, Scenarios
from graph.settings import Settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests.facts import TODAY
from tests.neo4j_fixture import emptied
from tests.seeds_fixture import load_into_neo4j

ADAPTERS = ("embedded", "neo4j")


class OpenStore:
    """Opens stores over one place, which is empty at first; stores that are open at once see each other's writes."""

    def __init__(self, folder: Path, uri: str | None) -> None:
        self._folder = folder
        self._uri = uri
        self.opened: list[Store] = []

    async def __call__(self, clock: Callable[[], date] = lambda: TODAY, scenarios: Scenarios = NO_SCENARIOS) -> Store:
        store: Store = (
            await Neo4jStore.open(Settings(neo4j_uri=self._uri, neo4j_timeout=30), clock, scenarios=scenarios)
            if self._uri
            else await EmbeddedStore.open(self._folder, clock, scenarios=scenarios)
        )
        self.opened.append(store)
        return store


async def _opening(adapter: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[OpenStore]:
    opening = OpenStore(folder, emptied(request.getfixturevalue("neo4j_uri")) if adapter == "neo4j" else None)
    yield opening
    for store in opening.opened:
        await store.close()


@pytest.fixture(params=ADAPTERS)
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    async for opening in _opening(request.param, tmp_path / "data", request):
        yield opening


@pytest.fixture(scope="class", params=ADAPTERS)
async def seeds_store(
    request: pytest.FixtureRequest, seeded: EmbeddedStore, seeds_log: StatementLog
) -> AsyncIterator[Store]:
    """A store that holds the facts, which the tests do not write to."""
    if request.param == "embedded":
        yield seeded
        return
    uri = request.getfixturevalue("neo4j_uri")
    await load_into_neo4j(uri, seeds_log)
    store = await Neo4jStore.open(Settings(neo4j_uri=uri, neo4j_timeout=60), lambda: TODAY)
    yield store
    await store.close()
