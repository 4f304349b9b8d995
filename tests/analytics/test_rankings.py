"""A ranking as one question: which engine, how much work, and progress that may stop it."""

from __future__ import annotations

import asyncio

import networkx as nx
import pytest

from graph.analytics.core.facts import Facts, read_facts
from graph.analytics.core.igraph_info import NAME
from graph.analytics.core.method import Engine
from graph.analytics.core.scope import Scope
from graph.analytics.core.views import build_view
from graph.analytics.network.centrality import METRICS, centrality
from graph.analytics.network.rankings import RankingQuery, ranking, ranking_intervals, ranking_sensitivity
from graph.concurrency.progress import progress_to, run_stoppable
from graph.errors import BadQuery, EngineUnsupported
from tests.analytics.world import network

CIRCLE = [(number, number + 1) for number in range(9)]


class Enough(Exception):
    """Raised by a watcher."""


class Watching:
    """Keeps what is told, and stops the work after so many."""

    def __init__(self, most: int = 10**9) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.most = most

    def __call__(self, what: str, done: int, of: int) -> None:
        self.told.append((what, done, of))
        if len(self.told) >= self.most:
            raise Enough


def facts_of(edges: object) -> Facts:
    return Facts(network(edges), {}, {}, {})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts()


def test_the_views_asked_for_last_are_kept() -> None:
    given = facts_of(CIRCLE)
    assert given.view(Scope(), directed=False) is given.view(Scope(), directed=False)
    assert given.view(Scope()).directed is not given.view(Scope(), directed=False).directed


@pytest.mark.parametrize("metric", METRICS)
def test_without_an_engine_the_fastest_is_taken(metric: str) -> None:
    found = ranking(facts_of(CIRCLE), RankingQuery(metric))
    fastest = {"BETWEENNESS", "CLOSENESS", "HARMONIC", "PAGERANK", "CORE_NUMBER"}
    if metric in fastest:
        assert found.method.engine is Engine.IGRAPH
    if not METRICS[metric].by_igraph:
        assert found.method.engine is Engine.NETWORKX


def test_where_the_fastest_refuses_networkx_answers() -> None:
    """Of a graph in two circles igraph's eigenvector hangs on where it starts."""
    two = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
    assert ranking(facts_of(two), RankingQuery("EIGENVECTOR")).method.engine is Engine.NETWORKX
    with pytest.raises(EngineUnsupported):
        ranking(facts_of(two), RankingQuery("EIGENVECTOR", engine=Engine.IGRAPH))


def test_more_work_than_is_allowed_is_refused_with_a_remedy() -> None:
    """10 nodes and 9 edges from 10 nodes are 190."""
    given = facts_of(CIRCLE)
    assert ranking(given, RankingQuery("BETWEENNESS", max_work=190)).rows
    with pytest.raises(BadQuery, match="with samples"):
        ranking(given, RankingQuery("BETWEENNESS", max_work=189))
    assert ranking(given, RankingQuery("BETWEENNESS", samples=5, max_work=95)).rows
    with pytest.raises(BadQuery, match="takes too long"):
        ranking(given, RankingQuery("CLOSENESS", engine=Engine.NETWORKX, max_work=190 * 29))
    assert ranking(given, RankingQuery("PAGERANK", max_work=1)).rows


@pytest.mark.slow
def test_draws_and_sources_are_told_until_all_are_done(facts: Facts) -> None:
    for work, what in ((ranking_intervals, "draws"), (ranking_sensitivity, "sources")):
        watching = Watching()
        with progress_to(watching):
            work(facts, RankingQuery("DEGREE"))
        told = [(done, of) for name, done, of in watching.told if name == what]
        assert [done for done, _ in told] == list(range(1, len(told) + 1))
        assert told[-1] == (len(told), len(told))
        assert len(told) > 100


@pytest.mark.parametrize("work", [ranking_intervals, ranking_sensitivity])
def test_who_watches_stops_a_long_run(facts: Facts, work: object) -> None:
    watching = Watching(most=5)
    with progress_to(watching), pytest.raises(Enough):
        work(facts, RankingQuery("DEGREE"))  # type: ignore[operator]
    assert len(watching.told) == 5


@pytest.mark.parametrize("metric", ["BETWEENNESS", "CLOSENESS", "HARMONIC"])
def test_who_watches_stops_igraph_between_two_parts_with_its_own_error(metric: str) -> None:
    """20,000 edges and 2,000 nodes: a part of some 90 sources."""
    shown = build_view(network(nx.gnm_random_graph(2_000, 20_000, seed=0, directed=True).edges))
    watching = Watching(most=2)
    with progress_to(watching), pytest.raises(Enough):
        centrality(shown, metric, engine=Engine.IGRAPH)
    (_, first, of), (_, second, _) = watching.told
    assert 0 < first < second < of == 2_000


@pytest.mark.slow
def test_parts_add_to_what_networkx_computes() -> None:
    """300 nodes and 12,000 edges are two parts."""
    nx.config.warnings_to_ignore.add("cache")
    for directed in (True, False):
        graph = nx.gnm_random_graph(300, 12_000, seed=1, directed=directed)
        for function in (nx.betweenness_centrality, nx.closeness_centrality, nx.edge_betweenness_centrality):
            watching = Watching()
            with progress_to(watching):
                ours = function(graph, backend=NAME)
            assert len(watching.told) >= 2
            assert ours == pytest.approx(function(graph, backend="networkx"), abs=1e-12)


async def test_a_long_run_that_is_cancelled_ends(facts: Facts) -> None:
    """A draw takes some milliseconds, 200 would take seconds: what was told when it ended were not all."""
    watching, begun, loop = Watching(), asyncio.Event(), asyncio.get_running_loop()

    def watch(what: str, done: int, of: int) -> None:
        watching(what, done, of)
        if what == "draws":
            loop.call_soon_threadsafe(begun.set)

    with progress_to(watch):
        question = RankingQuery("BETWEENNESS", engine=Engine.NETWORKX)
        running = asyncio.create_task(run_stoppable(ranking_intervals, facts, question))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert 1 <= sum(what == "draws" for what, _, _ in watching.told) < 200
