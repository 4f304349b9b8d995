"""All documents of tests/queries give the same bytes from the embedded store and from Neo4j."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from api.execution.execute import run_document
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.reports.centrality import REPORT
from graph.seeding.scenario_files import Scenarios
from graph.settings import PROJECT, read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests.facts import TODAY
from tests.seeds_fixture import MAX_LENSES, load_into_neo4j

DOCUMENTS = sorted((PROJECT / "tests" / "queries").glob("*.graphql"))


@pytest.fixture(scope="module")
async def stores(
    neo4j_uri: str, seeded: EmbeddedStore, seeds_log: StatementLog, seeds_scenarios: Scenarios
) -> AsyncIterator[tuple[Store, Store]]:
    await load_into_neo4j(neo4j_uri, seeds_log)
    settings = read_settings(neo4j_uri=neo4j_uri, neo4j_timeout=60, limit_lenses=MAX_LENSES)
    neo4j = await Neo4jStore.open(settings, clock=lambda: TODAY, scenarios=seeds_scenarios)
    yield seeded, neo4j
    await neo4j.close()


def test_there_are_enough_documents() -> None:
    assert len(DOCUMENTS) >= 40


def _request(path: Path) -> tuple[str, str]:
    variables = path.with_suffix(".json")
    return path.read_text(encoding="utf-8"), variables.read_text(encoding="utf-8") if variables.exists() else "{}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])
async def test_both_stores_give_the_same_bytes(path: Path, stores: tuple[Store, Store]) -> None:
    document, given = _request(path)
    answers = [await run_document(store, document, given) for store in stores]
    assert [failed for _, failed in answers] == [False, False]
    embedded, neo4j = (orjson.dumps(orjson.loads(text)["data"]) for text, _ in answers)
    assert embedded == neo4j


async def test_both_stores_give_the_same_data_version(stores: tuple[Store, Store]) -> None:
    embedded, neo4j = [await store.reader() for store in stores]
    assert embedded.version.id == neo4j.version.id
    assert (embedded.version.statements, embedded.data_through) == (neo4j.version.statements, neo4j.data_through)


@pytest.mark.parametrize("name", REPORT.formats)
async def test_both_stores_give_the_same_report(name: str, stores: tuple[Store, Store]) -> None:
    for lens in (None, Lens(scenario="smaller-stargate")):
        embedded, neo4j = [
            REPORT.formats[name].render(await REPORT.gather(await store.reader(lens))) for store in stores
        ]
        assert embedded == neo4j
