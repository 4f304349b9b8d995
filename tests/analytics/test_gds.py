"""Centralities by Graph Data Science in a real Neo4j are those of networkx."""

from __future__ import annotations

from collections.abc import AsyncIterator

import networkx as nx
import pytest

from graph.analytics.core.method import Engine
from graph.analytics.core.scope import Weight
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import METRICS, centrality, fitting
from graph.analytics.network.gds import gds_centrality
from graph.errors import EngineUnsupported, WeightRefused
from graph.evidence.lens import Lens
from graph.settings import Settings
from graph.stores.neo4j.cypher import Cypher
from graph.stores.neo4j.store import Neo4jStore
from tests.analytics.test_published import WEB
from tests.analytics.world import DAY, LENS, network, organization, snapshot
from tests.budgets import cases

GIVEN = ("DEGREE", "IN_DEGREE", "OUT_DEGREE", "BETWEENNESS", "CLOSENESS", "PAGERANK")
PLAIN = [(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (6, 7), (8, 1), (2, 1)]
"""A circle, a way out of it and one into it, and a piece beside."""


@pytest.fixture
async def database(neo4j_uri: str) -> AsyncIterator[Neo4jStore]:
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, neo4j_timeout=60), lambda: DAY)
    yield store
    await store.close()


def _network_view(edges: object, *, directed: bool = True, weight: Weight = Weight.NONE) -> NetworkView:
    given = network(edges)  # type: ignore[arg-type]
    return build_view(given, directed=directed, weight=weight)


async def _agree(database: Neo4jStore, shown: NetworkView, metric: str, **parameters: object) -> None:
    found = await gds_centrality(database, shown, metric, on=DAY, **parameters)
    expected = centrality(shown, metric, **parameters)
    scores, others = ({row.organization.key: row.score for row in one.rows} for one in (found, expected))
    assert scores == pytest.approx(others, abs=1e-6)


@pytest.mark.parametrize("metric", GIVEN)
async def test_gds_gives_what_networkx_gives(database: Neo4jStore, metric: str) -> None:
    await _agree(database, _network_view(PLAIN), metric)
    if not METRICS[metric].needs_direction:
        await _agree(database, _network_view(PLAIN, directed=False), metric)
        await _agree(database, _network_view(nx.karate_club_graph().edges, directed=False), metric)


@pytest.mark.parametrize("metric", ["BETWEENNESS", "PAGERANK"])
async def test_gds_reads_weights_as_networkx_does(database: Neo4jStore, metric: str) -> None:
    shown = fitting(_network_view([*PLAIN, (1, 2), (3, 4), (3, 4)], weight=Weight.COUNT), metric)
    await _agree(database, shown, metric)


@pytest.mark.parametrize("metric", ["DEGREE", "BETWEENNESS"])
async def test_gds_scales_as_networkx_does(database: Neo4jStore, metric: str) -> None:
    for normalized in (True, False):
        await _agree(database, _network_view(PLAIN), metric, normalized=normalized)


async def test_c_17_gds_pagerank_is_converged(database: Neo4jStore) -> None:
    # C-16 and trap 1: by its own default it stops after 20 rounds, at 3.2156820
    found = await gds_centrality(database, _network_view(WEB), "PAGERANK", on=DAY)
    assert found.rows[0].organization.key == "Home"
    assert 8 * (found.rows[0].score or 0) == pytest.approx(3.35248, abs=1e-5)
    assert found.method.engine is Engine.GDS
    assert found.method.libraries["neo4j-gds"].startswith("2.")


async def test_organizations_without_a_link_are_ranked_too(database: Neo4jStore) -> None:
    shown = build_view(snapshot([], organization("alone"), organization("other")))
    found = await gds_centrality(database, shown, "DEGREE", on=DAY)
    assert [(row.rank, row.score) for row in found.rows] == [(1, 0), (1, 0)]
    assert (await gds_centrality(database, build_view(snapshot([])), "DEGREE", on=DAY)).rows == ()


async def test_no_projection_stays_behind(database: Neo4jStore) -> None:
    await gds_centrality(database, _network_view(PLAIN), "DEGREE", on=DAY)
    listed = "CALL gds.graph.list() YIELD graphName RETURN collect(graphName) AS answer"
    assert await database.compute(Cypher(listed)) == []


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - set(GIVEN)))
async def test_another_metric_is_not_supported(database: Neo4jStore, metric: str) -> None:
    with pytest.raises(EngineUnsupported, match=f"GDS does not compute {metric} here") as refused:
        await gds_centrality(database, _network_view(PLAIN), metric, on=DAY)
    assert refused.value.code == "ENGINE_UNSUPPORTED"


async def test_another_lens_weight_or_sample_is_not_supported(database: Neo4jStore) -> None:
    earlier = Lens(DAY.replace(year=2025), DAY)
    with pytest.raises(EngineUnsupported, match="under another lens than the default"):
        await gds_centrality(database, build_view(snapshot([], lens=earlier)), "DEGREE", on=DAY)
    nearby = _network_view(PLAIN, weight=Weight.COUNT).by_distance()
    with pytest.raises(EngineUnsupported, match="CLOSENESS here with a weight"):
        await gds_centrality(database, nearby, "CLOSENESS", on=DAY)
    with pytest.raises(WeightRefused, match="PAGERANK reads a strength"):
        await gds_centrality(database, nearby, "PAGERANK", on=DAY)
    with pytest.raises(EngineUnsupported, match="from samples"):
        await gds_centrality(database, _network_view(PLAIN), "BETWEENNESS", on=DAY, samples=3)
    assert build_view(snapshot([])).snapshot.lens == LENS


@pytest.mark.parametrize("metric", ["DEGREE", "BETWEENNESS", "CLOSENESS", "PAGERANK"])
@pytest.mark.audited
async def test_three_engines_agree_on_many_nodes(database: Neo4jStore, metric: str) -> None:
    """A random graph in several pieces: 2.5 edges a node."""
    nodes = cases(500, 2_000)
    shown = _network_view(nx.gnm_random_graph(nodes, nodes * 5 // 2, seed=3, directed=True).edges)
    found = [await gds_centrality(database, shown, metric, on=DAY), centrality(shown, metric)]
    if METRICS[metric].by_igraph:
        found.append(centrality(shown, metric, engine=Engine.IGRAPH))
    usual = {row.organization.key: row.score for row in found[1].rows}
    for one in found:
        assert {row.organization.key: row.score for row in one.rows} == pytest.approx(usual, abs=1e-6)
