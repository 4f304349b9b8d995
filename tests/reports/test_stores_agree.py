"""A report does not tell which store it comes from."""

from __future__ import annotations

from graph.reports.centrality import FORMATS, CentralityReport, centrality_report
from graph.seeds import read_seeds
from graph.settings import PROJECT, read_settings
from graph.stores.neo4j import Neo4jStore
from tests.core import facts
from tests.neo4j_fixture import empty_neo4j


async def test_neo4j_gives_the_bytes_of_the_embedded_store(neo4j_uri: str, report: CentralityReport) -> None:
    empty_neo4j(neo4j_uri)
    store = await Neo4jStore.open(read_settings(neo4j_uri=neo4j_uri), clock=lambda: facts.TODAY)
    await store.load(read_seeds(PROJECT / "seeds"))
    there = await centrality_report(await store.reader())
    await store.close()
    empty_neo4j(neo4j_uri)
    assert [render(there) for render in FORMATS.values()] == [render(report) for render in FORMATS.values()]
