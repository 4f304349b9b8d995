from __future__ import annotations

import math
from datetime import date

import networkx as nx
import numpy as np
import pytest

from graph.analytics.core import igraph_backend
from graph.analytics.core.method import Engine
from graph.analytics.core.scope import Flow, Meaning, Scope, Weight
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import METRICS, centrality, fitting, ranks_of
from graph.errors import BadQuery, EngineUnsupported, WeightRefused
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from tests.analytics.world import DAY, LENS, link, mw, network, organization, snapshot, usd

SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)

FIVE = snapshot(
    [
        link("one", "bank", "host", "INVESTS_IN"),
        link("two", "host", "cloud", capacities=mw(100), value=usd(10)),
        link("three", "host", "cloud", capacities=mw(50)),
        link("four", "host", "lab", capacities=mw(25)),
        link("five", "cloud", "lab", value=usd(4)),
    ],
    organization("alone"),
)
"""bank to host; host to cloud twice and to lab; cloud to lab; alone has no link."""


def _scores(shown: NetworkView, metric: str, **parameters: object) -> dict[str, float | None]:
    return {row.organization.key: row.score for row in centrality(shown, metric, **parameters).rows}


def test_degrees_count_counterparties_not_links() -> None:
    shown = build_view(FIVE)
    assert _scores(shown, "OUT_DEGREE") == {"host": 2, "bank": 1, "cloud": 1, "lab": 0, "alone": 0}
    assert _scores(shown, "IN_DEGREE") == {"lab": 2, "host": 1, "cloud": 1, "bank": 0, "alone": 0}
    assert _scores(shown, "DEGREE") == {"host": 3, "cloud": 2, "lab": 2, "bank": 1, "alone": 0}
    # three of the four others
    assert _scores(shown, "DEGREE", normalized=True)["host"] == 0.75


def test_strength_without_a_weight_counts_links() -> None:
    assert _scores(build_view(FIVE), "OUT_STRENGTH") == {"host": 3, "bank": 1, "cloud": 1, "lab": 0, "alone": 0}


def test_strength_adds_megawatts_and_is_none_without_a_figure() -> None:
    # host sells 100 + 50 and 25; cloud has a contract without megawatts, which is not the same as none
    shown = build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    assert _scores(shown, "OUT_STRENGTH") == {"host": 175, "lab": 0, "bank": 0, "alone": 0, "cloud": None}
    assert _scores(shown, "IN_STRENGTH") == {"cloud": 150, "lab": 25, "bank": 0, "alone": 0, "host": 0}


def test_strength_agrees_with_networkx_where_nothing_is_contained() -> None:
    shown = build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    found = {key: score or 0 for key, score in _scores(shown, "STRENGTH").items()}
    assert found == dict(shown.graph.degree(weight="strength"))


def test_betweenness_counts_shortest_paths_between_others() -> None:
    # only bank to cloud and bank to lab lead through another, through host: 2 of the 4 * 3 ordered pairs of others
    scores = _scores(build_view(FIVE), "BETWEENNESS")
    assert scores == {"host": pytest.approx(2 / 12), "alone": 0, "bank": 0, "cloud": 0, "lab": 0}


def test_trap_2_betweenness_refuses_a_raw_strength_by_name() -> None:
    shown = build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    message = (
        r"BETWEENNESS reads a distance, and the view has CAPACITY_MW in MW, as strength\. Give it view\.by_distance"
    )
    with pytest.raises(WeightRefused, match=message):
        centrality(shown, "BETWEENNESS")


def test_trap_2_pagerank_refuses_a_distance_by_name() -> None:
    shown = build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW).by_distance()
    with pytest.raises(WeightRefused, match=r"PAGERANK reads a strength, and the view has 1 / \(CAPACITY_MW in MW\)"):
        centrality(shown, "PAGERANK")


def test_trap_2_a_degree_refuses_any_weight() -> None:
    with pytest.raises(WeightRefused, match="DEGREE reads no weight"):
        centrality(build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW), "DEGREE")


def test_trap_2_a_strong_detour_is_shorter_than_a_weak_link() -> None:
    # a to c directly over 1 MW is 1 long; through b over 10 and 10 MW it is 1/10 + 1/10 long, so b lies between.
    # Were megawatts read as lengths, the direct way would be 1 long and the detour 20.
    links = [
        link("ab", "a", "b", capacities=mw(10)),
        link("bc", "b", "c", capacities=mw(10)),
        link("ac", "a", "c", capacities=mw(1)),
    ]
    shown = fitting(build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "BETWEENNESS")
    found = centrality(shown, "BETWEENNESS", normalized=False)
    assert found.rows[0].organization.key == "b"
    assert found.rows[0].score == 1
    assert found.method.weight == "1 / (CAPACITY_MW in MW), as distance"


def test_pagerank_follows_strengths() -> None:
    # c leads nowhere, so everybody gets what a gets, b and c besides .85 a by share: 3/4 and 1/4. a = 1 / 3.85
    links = [link("ab", "a", "b", capacities=mw(30)), link("ac", "a", "c", capacities=mw(10))]
    scores = _scores(build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "PAGERANK")
    a = 1 / 3.85
    assert scores == {
        "a": pytest.approx(a),
        "b": pytest.approx(a * (1 + 0.85 * 3 / 4)),
        "c": pytest.approx(a * (1 + 0.85 / 4)),
    }


def test_ties_share_a_rank_and_leave_the_next_free() -> None:
    scores = np.array([2.0, 1.0, 2.0, math.nan, 0.1 + 0.2, 0.3, math.nan])
    assert ranks_of(scores).tolist() == [1, 3, 1, 6, 4, 4, 6]
    assert ranks_of(np.array([])).tolist() == []


def test_rows_of_one_rank_stand_by_name() -> None:
    shown = build_view(snapshot([], organization("x", name="Zulu"), organization("y", name="Alfa")))
    assert [row.organization.key for row in centrality(shown, "DEGREE").rows] == ["y", "x"]


@pytest.mark.parametrize("no_number", [math.nan, math.inf])
def test_what_is_no_number_becomes_none(no_number: float, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = "graph.analytics.network.centrality.nx.betweenness_centrality"
    monkeypatch.setattr(computed, lambda graph, **_: dict.fromkeys(graph, no_number))
    rows = centrality(build_view(FIVE), "BETWEENNESS").rows
    assert {row.score for row in rows} == {None}
    assert {row.rank for row in rows} == {1}


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_answers_for_an_empty_graph_and_for_one_node(metric: str) -> None:
    assert centrality(build_view(snapshot([])), metric).rows == ()
    alone = centrality(build_view(snapshot([], organization("alone"))), metric).rows
    # scores of PageRank sum to 1, those of Katz have the length 1; the last two are not defined without a tie
    expected = {"PAGERANK": 1.0, "KATZ": 1.0, "EIGENVECTOR": None, "CONSTRAINT": None}
    assert [(row.rank, row.score) for row in alone] == [(1, expected.get(metric, 0.0))]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_says_what_it_says_and_answers_for_every_node(metric: str) -> None:
    rows = centrality(build_view(FIVE), metric).rows
    assert {row.organization.key for row in rows} == {"alone", "bank", "cloud", "host", "lab"}
    assert METRICS[metric].doc.endswith(".")


def test_a_result_says_how_it_came_about() -> None:
    method = centrality(build_view(FIVE, flow=Flow.MONEY), "PAGERANK", alpha=0.5).method
    assert (method.name, method.engine, method.weight) == ("PAGERANK", Engine.NETWORKX, "none: every edge counts as 1")
    assert method.parameters["alpha"] == 0.5
    assert method.size == {"nodes": 5, "edges": 4, "links": 5}
    assert method.parameters["flow"] == "MONEY"
    assert method.parameters["scope"]["commitment"] == ["FIRM"]
    assert set(method.libraries) == {"networkx", "numpy", "scipy"}
    assert (method.data_version, method.data_through, method.lens) == ("version", date(2026, 11, 23), LENS)
    assert method.data_through == DAY
    assert method.assumptions == ("5 of 5 counted links state no commitment and pass as FIRM.",)


def test_a_metric_with_a_direction_refuses_an_undirected_view() -> None:
    with pytest.raises(BadQuery, match=r"IN_DEGREE needs a direction"):
        centrality(build_view(FIVE, directed=False), "IN_DEGREE")


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(BadQuery, match=r"No metric FAME\. Ask for one of DEGREE"):
        centrality(build_view(FIVE), "FAME")


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(BadQuery, match=r"PAGERANK has no parameter damping"):
        centrality(build_view(FIVE), "PAGERANK", damping=0.5)


@pytest.mark.parametrize("alpha", [-0.1, 1, math.nan])
def test_an_alpha_out_of_range_is_refused(alpha: float) -> None:
    with pytest.raises(BadQuery, match="alpha is"):
        centrality(build_view(FIVE), "PAGERANK", alpha=alpha)


def test_pagerank_that_does_not_settle_is_an_error_with_a_remedy() -> None:
    with pytest.raises(BadQuery, match=r"did not settle in 2 rounds\. Give a smaller alpha"):
        centrality(build_view(FIVE), "PAGERANK", max_iterations=2)


def test_the_meaning_of_every_weighted_metric_is_declared() -> None:
    declared = {name: metric.weight_meaning for name, metric in METRICS.items() if metric.weight_meaning}
    assert declared == {
        "STRENGTH": Meaning.STRENGTH,
        "IN_STRENGTH": Meaning.STRENGTH,
        "OUT_STRENGTH": Meaning.STRENGTH,
        "BETWEENNESS": Meaning.DISTANCE,
        "CLOSENESS": Meaning.DISTANCE,
        "HARMONIC": Meaning.DISTANCE,
        "EIGENVECTOR": Meaning.STRENGTH,
        "KATZ": Meaning.STRENGTH,
        "PAGERANK": Meaning.STRENGTH,
        "HUBS": Meaning.STRENGTH,
        "AUTHORITIES": Meaning.STRENGTH,
        "CONSTRAINT": Meaning.STRENGTH,
    }


@pytest.mark.parametrize("metric", METRICS)
def test_trap_2_every_metric_refuses_a_weight_that_it_reads_the_other_way_round(metric: str) -> None:
    shown = build_view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    wrong = shown if METRICS[metric].weight_meaning is Meaning.DISTANCE else shown.by_distance()
    with pytest.raises(WeightRefused, match=f"^{metric} reads "):
        centrality(wrong, metric)


def _shape(*edges: str, directed: bool = True) -> NetworkView:
    """ab: from a to b."""
    return build_view(snapshot(link(edge, *edge) for edge in edges), directed=directed)


def test_closeness_and_harmonic_run_along_the_edges_towards_the_node() -> None:
    # a > b > c: two reach c, from 1 and 2 steps; one of two reaches b
    shown = _shape("ab", "bc")
    assert _scores(shown, "CLOSENESS") == {"a": 0, "b": pytest.approx(1 / 2), "c": pytest.approx(2 / 3)}
    assert _scores(shown, "HARMONIC") == {"a": 0, "b": 1, "c": 1.5}
    assert _scores(shown, "HARMONIC", normalized=True)["c"] == 0.75


def test_closeness_counts_for_less_where_few_can_reach() -> None:
    # x and y reach each other in one step, but are one of three others; a, b and c make a path of their own
    scores = _scores(_shape("ab", "bc", "xy", directed=False), "CLOSENESS")
    assert scores["x"] == pytest.approx(1 / 4)
    assert scores["b"] == pytest.approx(2 / 4 * 1)
    assert scores["a"] == pytest.approx(2 / 4 * 2 / 3)


def test_a_strong_tie_is_near() -> None:
    # 4 MW from a to b, so b is 1/4 away
    links = [link("ab", "a", "b", capacities=mw(4))]
    shown = fitting(build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "HARMONIC")
    assert _scores(shown, "HARMONIC") == {"a": 0, "b": 4}


def test_eigenvector_of_a_path_of_three_and_of_a_circle() -> None:
    # a - b - c: the middle is the square root of 2 times an end, and the length is 1
    scores = _scores(_shape("ab", "bc", directed=False), "EIGENVECTOR")
    assert scores == pytest.approx({"a": 1 / 2, "b": math.sqrt(1 / 2), "c": 1 / 2}, abs=1e-9)
    alike = dict.fromkeys("abc", math.sqrt(1 / 3))
    assert _scores(_shape("ab", "bc", "ca"), "EIGENVECTOR") == pytest.approx(alike, abs=1e-9)


def test_eigenvector_gives_no_score_where_nothing_leads_in_a_circle_and_says_so() -> None:
    found = centrality(build_view(FIVE), "EIGENVECTOR")
    assert {row.score for row in found.rows} == {None}
    assert found.method.assumptions[-1] == "No score: no edges lead in a circle, so there is no eigenvector."


def test_eigenvector_is_zero_beside_the_piece_that_outweighs() -> None:
    # a triangle (largest eigenvalue 2) outweighs a pair (1); what rounds leave of the pair is no rank
    scores = _scores(_shape("ab", "bc", "ca", "xy", directed=False), "EIGENVECTOR")
    assert (scores["x"], scores["y"]) == (0, 0)


def test_eigenvector_that_does_not_settle_is_an_error_with_a_remedy() -> None:
    # two circles, the one feeding the other: the second grows without end beside the first
    with pytest.raises(BadQuery, match=r"EIGENVECTOR did not settle in 100 rounds\. Ask for an undirected view"):
        centrality(_shape("ab", "ba", "bc", "cd", "dc"), "EIGENVECTOR", max_iterations=100)


def test_katz_adds_walks_each_step_worth_alpha() -> None:
    # a > b > c with 1/2 a step: 1, 1 + 1/2, 1 + 1/2 (1 + 1/2); the length of (4, 6, 7) / 4 is the root of 101 / 16
    scores = _scores(_shape("ab", "bc"), "KATZ", alpha=0.5)
    root = math.sqrt(101)
    assert scores == pytest.approx({"a": 4 / root, "b": 6 / root, "c": 7 / root}, abs=1e-9)


def test_katz_takes_an_alpha_that_settles_and_tells_it() -> None:
    # a star of four: a node has at most 4 edges, so no eigenvalue exceeds 4; 0.9 / 4
    found = centrality(_shape("ab", "ac", "ad", "ae", directed=False), "KATZ")
    assert found.rows[0].organization.key == "a"
    assert found.method.assumptions[-1] == "Each step is worth 0.225 of the one before."


def test_katz_with_too_large_an_alpha_is_an_error_with_a_remedy() -> None:
    with pytest.raises(BadQuery, match=r"KATZ did not settle in 50 rounds\. Give a smaller alpha"):
        centrality(_shape("ab", directed=False), "KATZ", alpha=1.5, max_iterations=50)


def test_hubs_point_and_authorities_are_pointed_to() -> None:
    # a and b point to x, b to y as well. Hubs: a' = a + b, b' = a + 2b, so b is the golden ratio times a, and x so y
    golden = (1 + math.sqrt(5)) / 2
    shown = _shape("ax", "bx", "by")
    small, large = 1 / (1 + golden), golden / (1 + golden)
    assert _scores(shown, "HUBS") == pytest.approx({"a": small, "b": large, "x": 0, "y": 0}, abs=1e-9)
    assert _scores(shown, "AUTHORITIES") == pytest.approx({"a": 0, "b": 0, "x": large, "y": small}, abs=1e-9)
    ranks = {row.organization.key: row.rank for row in centrality(shown, "HUBS").rows}
    assert ranks == {"b": 1, "a": 2, "x": 3, "y": 3}


def test_hubs_follow_strengths() -> None:
    # 3 MW and 4 MW into one: hubs as 3 to 4
    links = [link("ax", "a", "x", capacities=mw(3)), link("bx", "b", "x", capacities=mw(4))]
    scores = _scores(build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "HUBS")
    assert scores == pytest.approx({"a": 3 / 7, "b": 4 / 7, "x": 0}, abs=1e-9)


def test_hubs_of_pieces_alike_are_alike_every_time() -> None:
    # from equal scores four pairs stay equal; from a random start any mixture of them would do
    shown = _shape("ax", "by", "cz", "dw")
    found = [_scores(shown, "HUBS") for _ in range(3)]
    assert found[0] == found[1] == found[2]
    assert found[0] == pytest.approx(dict.fromkeys("abcd", 1 / 4) | dict.fromkeys("wxyz", 0), abs=1e-9)


def test_hubs_that_do_not_settle_are_an_error_with_a_remedy() -> None:
    with pytest.raises(BadQuery, match=r"HITS did not settle in 2 rounds\. Give more iterations"):
        centrality(_shape("ax", "bx", "by"), "HUBS", max_iterations=2)


def test_the_core_number_counts_counterparties_not_directions() -> None:
    # a triangle with a leaf; that a and b point to each other makes them no more than one counterparty
    assert _scores(_shape("ab", "ba", "bc", "ca", "al"), "CORE_NUMBER") == {"a": 2, "b": 2, "c": 2, "l": 1}


def test_trap_5_constraint_answers_for_a_node_without_out_edges_and_not_for_one_without_ties() -> None:
    # b's only tie is a: 1. a has two of half each, unconnected: 1/4 + 1/4
    shown = build_view(snapshot([link("ab", "a", "b"), link("ac", "a", "c")], organization("alone")))
    assert _scores(shown, "CONSTRAINT") == {"b": 1, "c": 1, "a": 0.5, "alone": None}


def test_constraint_follows_strengths_of_both_directions() -> None:
    # a has 3 MW with b, both directions together, and 1 with c: (3/4)^2 + (1/4)^2
    links = [
        link("ab", "a", "b", capacities=mw(2)),
        link("ba", "b", "a", capacities=mw(1)),
        link("ac", "a", "c", capacities=mw(1)),
    ]
    scores = _scores(build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "CONSTRAINT")
    assert scores["a"] == pytest.approx(10 / 16)


def test_sampled_betweenness_is_within_its_bound_and_says_so() -> None:
    shown = build_view(network(nx.les_miserables_graph().edges), directed=False)
    exact = _scores(shown, "BETWEENNESS")
    found = centrality(shown, "BETWEENNESS", samples=40, seed=1)
    # 5 % to be off, 77 nodes, and 39 others to speak of a source
    bound = math.sqrt(math.log(2 * 77 / 0.05) / 78)
    assert found.method.assumptions[-1] == (
        f"Estimated from 40 of 77 nodes (seed 1): with a probability of 95% no score is off by more than {bound:.4g}."
    )
    off = max(abs(row.score - exact[row.organization.key]) for row in found.rows)
    assert 0 < off < bound
    pairs = centrality(shown, "BETWEENNESS", samples=40, seed=1, normalized=False)
    assert f"off by more than {bound * 76 * 75 / 2:,.4g}." in pairs.method.assumptions[-1]


def test_a_sample_of_all_is_exact_and_tells_no_error() -> None:
    found = centrality(build_view(FIVE), "BETWEENNESS", samples=5)
    assert found.rows == centrality(build_view(FIVE), "BETWEENNESS").rows
    assert not any("Estimated" in told for told in found.method.assumptions)


@pytest.mark.parametrize("samples", [1, 6])
def test_a_sample_has_two_to_all_nodes(samples: int) -> None:
    with pytest.raises(BadQuery, match="Give 2 to 5"):
        centrality(build_view(FIVE), "BETWEENNESS", samples=samples)


# ---- engines


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.by_igraph])
@pytest.mark.parametrize("weight", [Weight.NONE, Weight.COUNT])
def test_igraph_gives_what_networkx_gives(metric: str, weight: Weight) -> None:
    if METRICS[metric].weight_meaning is None:
        weight = Weight.NONE
    shown = fitting(build_view(network(nx.les_miserables_graph().edges), weight=weight, directed=False), metric)
    plain, fast = (centrality(shown, metric, engine=engine) for engine in (Engine.NETWORKX, Engine.IGRAPH))
    assert {row.organization.key: row.rank for row in fast.rows} == {
        row.organization.key: row.rank for row in plain.rows
    }
    assert [row.score for row in fast.rows] == pytest.approx([row.score for row in plain.rows], abs=1e-9)
    assert fast.method.engine is Engine.IGRAPH
    assert set(fast.method.libraries) == {"networkx", "igraph"}


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("weight", [Weight.NONE, Weight.CAPACITY_MW])
def test_igraph_is_given_what_networkx_is_given(weight: Weight, directed: bool) -> None:
    links = [
        link("two", "b", "a", capacities=mw(20)),
        link("one", "a", "b", capacities=mw(10)),
        link("more", "a", "b", capacities=mw(5)),
        link("far", "c", "a", capacities=mw(1)),
        link("nothing", "c", "b", capacities=mw(0)),
    ]
    shown = build_view(snapshot(links, organization("alone")), SHELL_MW, weight=weight, directed=directed)
    for one in (shown, shown.by_distance()):
        names = [one.weight.attribute] if one.weight else []
        expected = igraph_backend.convert_from_nx(one.graph, edge_attrs=dict.fromkeys(names, 1.0))
        assert list(one.converted.index) == list(expected.index)
        assert one.converted.graph.get_edgelist() == expected.graph.get_edgelist()
        assert one.converted.is_directed() is directed
        for name in names:
            assert one.converted.weights[name].tolist() == expected.weights[name].tolist()


@pytest.mark.parametrize("metric", ["PAGERANK", "BETWEENNESS", "CORE_NUMBER", "DEGREE"])
def test_igraph_is_given_its_graph_without_one_of_networkx(metric: str) -> None:
    shown = build_view(network(nx.karate_club_graph().edges), directed=False)
    centrality(shown, metric, engine=Engine.IGRAPH if METRICS[metric].by_igraph else Engine.NETWORKX)
    assert "graph" not in vars(shown)
    assert shown.converted is shown.converted


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if not metric.by_igraph])
def test_igraph_says_what_it_does_not_compute(metric: str) -> None:
    with pytest.raises(EngineUnsupported, match=rf"IGRAPH does not compute {metric} here\. Ask for NETWORKX"):
        centrality(build_view(FIVE), metric, engine=Engine.IGRAPH)


def test_igraph_says_why_it_declines() -> None:
    # bank to host to cloud: no circle joins all, so the eigenvector would hang on the start
    with pytest.raises(EngineUnsupported, match="IGRAPH does not compute EIGENVECTOR here: only of a strongly conn"):
        centrality(_shape("ab", "ba", "bc"), "EIGENVECTOR", engine=Engine.IGRAPH)
