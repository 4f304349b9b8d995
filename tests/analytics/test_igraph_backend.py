"""The backend's values are networkx's own, on graphs of every kind and in networkx's own tests."""

from __future__ import annotations

import math
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core import igraph_backend
from graph.analytics.core.igraph_info import FUNCTIONS, NAME, info

EXACT = 1e-9
TIGHT = {"tol": 1e-15, "max_iter": 5000}


@pytest.fixture(autouse=True)
def _kept_conversions() -> Any:
    with nx.config(warnings_to_ignore={"cache"}):
        yield


@st.composite
def graphs(draw: st.DrawFn, *, loops: bool = True) -> Any:
    """Directed or not, in pieces or not, with or without loops; lengths that add without rounding."""
    count = draw(st.integers(1, 9))
    nodes = [f"n{number}" for number in range(count)]
    graph = nx.DiGraph() if draw(st.booleans()) else nx.Graph()
    graph.add_nodes_from(nodes)
    ends = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    weights = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0])
    for (tail, head), weight in draw(st.lists(st.tuples(ends, weights), max_size=3 * count)):
        if loops or tail != head:
            graph.add_edge(tail, head, weight=weight)
    return graph


weights = st.sampled_from([None, "weight"])


def _same(name: str, graph: Any, *, plain: dict[str, Any] | None = None, **arguments: Any) -> None:
    """What the backend gives is what networkx gives, key by key."""
    function = getattr(nx, name)
    found = function(graph, backend=NAME, **arguments)
    expected = function(graph, **arguments, **(plain or {}))
    for one, other in zip(found, expected, strict=True) if name == "hits" else [(found, expected)]:
        assert one == pytest.approx(other, rel=EXACT, abs=EXACT, nan_ok=True)


@given(graphs(), weights, st.booleans())
def test_betweenness_is_networkx_s(graph: Any, weight: str | None, normalized: bool) -> None:
    _same("betweenness_centrality", graph, weight=weight, normalized=normalized)
    _same("edge_betweenness_centrality", graph, weight=weight, normalized=normalized)


@given(graphs(), weights, st.booleans(), st.data())
def test_sampled_betweenness_draws_the_sources_that_networkx_draws(
    graph: Any, weight: str | None, normalized: bool, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(graph)))
    _same("betweenness_centrality", graph, k=k, seed=3, weight=weight, normalized=normalized)
    if len(graph) > 1:
        _same("edge_betweenness_centrality", graph, k=k, seed=3, weight=weight, normalized=normalized)


@given(graphs(), weights, st.booleans())
def test_closeness_is_networkx_s(graph: Any, distance: str | None, wf_improved: bool) -> None:
    _same("closeness_centrality", graph, distance=distance, wf_improved=wf_improved)
    one = nx.closeness_centrality(graph, "n0", distance=distance, wf_improved=wf_improved, backend=NAME)
    assert one == pytest.approx(nx.closeness_centrality(graph, distance=distance, wf_improved=wf_improved)["n0"])


@given(graphs(), weights)
def test_harmonic_is_networkx_s(graph: Any, distance: str | None) -> None:
    _same("harmonic_centrality", graph, distance=distance)
    _same("harmonic_centrality", graph, distance=distance, nbunch=["n0"])


@given(graphs(), weights, st.sampled_from([0.5, 0.85]), st.sampled_from([None, {"n0": 1.0}, {"n0": 1.0, "n1": 3.0}]))
def test_pagerank_is_networkx_s(graph: Any, weight: str | None, alpha: float, reset: dict[str, float] | None) -> None:
    _same("pagerank", graph, weight=weight, alpha=alpha, personalization=reset, plain=TIGHT)


@given(graphs(), weights)
def test_eigenvector_is_networkx_s_or_declined_where_it_hangs_on_the_start(graph: Any, weight: str | None) -> None:
    joined = nx.is_strongly_connected(graph) if graph.is_directed() else nx.is_connected(graph)
    if joined and graph.size():
        _same("eigenvector_centrality", graph, weight=weight, plain={"tol": 1e-14, "max_iter": 50_000})
    else:
        with pytest.raises(NotImplementedError):
            nx.eigenvector_centrality(graph, weight=weight, backend=NAME)


@given(graphs())
def test_hits_is_networkx_s_or_declined_where_it_hangs_on_the_start(graph: Any) -> None:
    pairs = nx.Graph()
    for tail, head in graph.edges if graph.is_directed() else nx.DiGraph(graph).edges:
        pairs.add_edge(("points", tail), ("is pointed to", head))
    if len(graph) > 1 and pairs.size() and nx.is_connected(pairs):
        _same("hits", graph, plain={"tol": 0, "max_iter": 5000})
    else:
        with pytest.raises(NotImplementedError):
            nx.hits(graph, backend=NAME)


@given(graphs(loops=False))
def test_core_number_is_networkx_s(graph: Any) -> None:
    _same("core_number", graph)


@given(st.lists(st.floats(0.01, 100), min_size=12, max_size=12))
def test_lengths_that_add_with_rounding_give_the_same_all_the_same(lengths: list[float]) -> None:
    # a circle of odd length has no two ways of equal length unless lengths repeat
    graph = nx.cycle_graph(11)
    for (tail, head), length in zip(graph.edges, lengths, strict=False):
        graph.edges[tail, head]["weight"] = length
    _same("closeness_centrality", graph, distance="weight")
    _same("harmonic_centrality", graph, distance="weight")


# ---- what is declined goes to networkx


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("betweenness_centrality", {"endpoints": True}),
        ("betweenness_centrality", {"weight": lambda tail, head, data: 1}),
        ("harmonic_centrality", {"sources": [0]}),
        ("pagerank", {"dangling": {0: 1}}),
        ("pagerank", {"personalization": {0: -1, 1: 2}}),
        ("eigenvector_centrality", {"nstart": dict.fromkeys(range(34), 1)}),
    ],
)
def test_arguments_that_igraph_does_not_take_are_networkx_s(name: str, arguments: dict[str, Any]) -> None:
    graph = nx.karate_club_graph()
    with pytest.raises(NotImplementedError):
        getattr(nx, name)(graph, backend=NAME, **arguments)
    with nx.config.backend_priority(algos=[NAME]):
        found = getattr(nx, name)(graph, **arguments)
    assert found == pytest.approx(getattr(nx, name)(graph, **arguments))


@pytest.mark.parametrize("weight", [0, -1, math.inf, "heavy"])
def test_weights_that_igraph_cannot_read_as_networkx_does_are_declined(weight: Any) -> None:
    graph = nx.path_graph(3)
    graph.edges[0, 1]["weight"] = weight
    with pytest.raises(NotImplementedError):
        nx.betweenness_centrality(graph, weight="weight", backend=NAME)


def test_a_multigraph_is_declined() -> None:
    with pytest.raises(NotImplementedError):
        nx.betweenness_centrality(nx.MultiGraph([(0, 1), (0, 1)]), backend=NAME)


def test_what_costs_less_than_converting_is_not_taken_over_unasked() -> None:
    graph = nx.karate_club_graph()
    converted = igraph_backend.convert_from_nx(graph)
    assert igraph_backend.should_run("core_number", (graph,), {}) == "converting it costs more"
    assert igraph_backend.should_run("core_number", (converted,), {}) is True
    assert igraph_backend.should_run("betweenness_centrality", (graph,), {}) is True
    assert igraph_backend.convert_to_nx(converted) is graph


# ---- as networkx sees it


def test_networkx_finds_the_backend_by_its_entry_points() -> None:
    backends = entry_points(group="networkx.backends", name=NAME)
    told = entry_points(group="networkx.backend_info", name=NAME)
    assert [one.load() for one in backends] == [igraph_backend]
    assert [one.load() for one in told] == [info]
    assert {name for name in FUNCTIONS if callable(getattr(igraph_backend, name))} == set(FUNCTIONS)


OWN_TESTS = (
    "networkx.algorithms.centrality.tests.test_betweenness_centrality",
    "networkx.algorithms.centrality.tests.test_closeness_centrality",
    "networkx.algorithms.centrality.tests.test_eigenvector_centrality",
    "networkx.algorithms.centrality.tests.test_harmonic_centrality",
    "networkx.algorithms.link_analysis",
    "networkx.algorithms.tests.test_core",
)
"""networkx's tests of the functions that the backend implements."""


@pytest.mark.slow
def test_g_7_networkx_s_own_tests_pass_with_the_backend(tmp_path: Path) -> None:
    log = tmp_path / "log"
    own = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={tmp_path}"]
    own += ["--import-mode=importlib", f"--log-file={log}", "--log-file-level=DEBUG", "--pyargs", *OWN_TESTS]
    taken = {"NETWORKX_TEST_BACKEND": NAME, "NETWORKX_FALLBACK_TO_NX": "True"}
    ran = subprocess.run(own, env=os.environ | taken, cwd=Path.cwd(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "failed" not in ran.stdout.splitlines()[-1]
    # and they ran here, not in networkx after all
    calls = set(re.findall(rf"Using backend '{NAME}' for call to '(\w+)'", log.read_text(encoding="utf-8")))
    assert calls == set(FUNCTIONS)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("unit", [1e-12, 3e-8, 1.0, 7e11])
@pytest.mark.parametrize(
    ("function", "named"),
    [
        (nx.betweenness_centrality, "weight"),
        (nx.edge_betweenness_centrality, "weight"),
        (nx.closeness_centrality, "distance"),
        (nx.harmonic_centrality, "distance"),
    ],
)
def test_short_and_long_distances_keep_their_digits(
    function: Callable[..., Any], named: str, unit: float, directed: bool
) -> None:
    # one over contracts of 1 to 300 billion dollars is some 1e-12 to 1e-9
    draw = random.Random(1)
    graph = nx.gnm_random_graph(60, 300, seed=1, directed=directed)
    for _, _, data in graph.edges(data=True):
        data["length"] = unit * draw.uniform(1, 300)
    expected = function(graph, **{named: "length"})
    found = function(graph, **{named: "length"}, backend=NAME)
    assert found == pytest.approx(expected, rel=1e-9)
