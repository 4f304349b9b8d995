from __future__ import annotations

import math
from datetime import date

import networkx as nx
import pytest

from graph.analytics.centrality import METRICS, centrality, fitting, ranks_of
from graph.analytics.method import Engine
from graph.analytics.scope import Flow, Meaning, Scope, Weight
from graph.analytics.views import View, view
from graph.errors import BadQuery, WeightRefused
from graph.model import Layer
from graph.values import CapacityBasis
from tests.analytics.world import DAY, LENS, link, mw, organization, snapshot, usd

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


def _scores(shown: View, metric: str, **parameters: object) -> dict[str, float | None]:
    return {row.organization.key: row.score for row in centrality(shown, metric, **parameters).rows}


def test_degrees_count_counterparties_not_links() -> None:
    shown = view(FIVE)
    assert _scores(shown, "OUT_DEGREE") == {"host": 2, "bank": 1, "cloud": 1, "lab": 0, "alone": 0}
    assert _scores(shown, "IN_DEGREE") == {"lab": 2, "host": 1, "cloud": 1, "bank": 0, "alone": 0}
    assert _scores(shown, "DEGREE") == {"host": 3, "cloud": 2, "lab": 2, "bank": 1, "alone": 0}
    # three of the four others
    assert _scores(shown, "DEGREE", normalized=True)["host"] == 0.75


def test_strength_without_a_weight_counts_links() -> None:
    assert _scores(view(FIVE), "OUT_STRENGTH") == {"host": 3, "bank": 1, "cloud": 1, "lab": 0, "alone": 0}


def test_strength_adds_megawatts_and_is_none_without_a_figure() -> None:
    # host sells 100 + 50 and 25; cloud has a contract without megawatts, which is not the same as none
    shown = view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    assert _scores(shown, "OUT_STRENGTH") == {"host": 175, "lab": 0, "bank": 0, "alone": 0, "cloud": None}
    assert _scores(shown, "IN_STRENGTH") == {"cloud": 150, "lab": 25, "bank": 0, "alone": 0, "host": 0}


def test_strength_agrees_with_networkx_where_nothing_is_contained() -> None:
    shown = view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    found = {key: score or 0 for key, score in _scores(shown, "STRENGTH").items()}
    assert found == dict(shown.graph.degree(weight="strength"))


def test_betweenness_counts_shortest_paths_between_others() -> None:
    # only bank to cloud and bank to lab lead through another, through host: 2 of the 4 * 3 ordered pairs of others
    scores = _scores(view(FIVE), "BETWEENNESS")
    assert scores == {"host": pytest.approx(2 / 12), "alone": 0, "bank": 0, "cloud": 0, "lab": 0}


def test_trap_2_betweenness_refuses_a_raw_strength_by_name() -> None:
    shown = view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW)
    message = (
        r"BETWEENNESS reads a distance, and the view has CAPACITY_MW in MW, as strength\. Give it view\.by_distance"
    )
    with pytest.raises(WeightRefused, match=message):
        centrality(shown, "BETWEENNESS")


def test_trap_2_pagerank_refuses_a_distance_by_name() -> None:
    shown = view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW).by_distance()
    with pytest.raises(WeightRefused, match=r"PAGERANK reads a strength, and the view has 1 / \(CAPACITY_MW in MW\)"):
        centrality(shown, "PAGERANK")


def test_trap_2_a_degree_refuses_any_weight() -> None:
    with pytest.raises(WeightRefused, match="DEGREE reads no weight"):
        centrality(view(FIVE, SHELL_MW, weight=Weight.CAPACITY_MW), "DEGREE")


def test_trap_2_a_strong_detour_is_shorter_than_a_weak_link() -> None:
    # a to c directly over 1 MW is 1 long; through b over 10 and 10 MW it is 1/10 + 1/10 long, so b lies between.
    # Were megawatts read as lengths, the direct way would be 1 long and the detour 20.
    links = [
        link("ab", "a", "b", capacities=mw(10)),
        link("bc", "b", "c", capacities=mw(10)),
        link("ac", "a", "c", capacities=mw(1)),
    ]
    shown = fitting(view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "BETWEENNESS")
    found = centrality(shown, "BETWEENNESS", normalized=False)
    assert found.rows[0].organization.key == "b"
    assert found.rows[0].score == 1
    assert found.method.weight == "1 / (CAPACITY_MW in MW), as distance"


def test_pagerank_follows_strengths() -> None:
    # c leads nowhere, so everybody gets what a gets, b and c besides .85 a by share: 3/4 and 1/4. a = 1 / 3.85
    links = [link("ab", "a", "b", capacities=mw(30)), link("ac", "a", "c", capacities=mw(10))]
    scores = _scores(view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW), "PAGERANK")
    a = 1 / 3.85
    assert scores == {
        "a": pytest.approx(a),
        "b": pytest.approx(a * (1 + 0.85 * 3 / 4)),
        "c": pytest.approx(a * (1 + 0.85 / 4)),
    }


def test_ties_share_a_rank_and_leave_the_next_free() -> None:
    assert ranks_of({"a": 2.0, "b": 1.0, "c": 2.0, "d": None, "e": 0.1 + 0.2, "f": 0.3}) == {
        "a": 1,
        "c": 1,
        "b": 3,
        "e": 4,
        "f": 4,
        "d": 6,
    }


def test_rows_of_one_rank_stand_by_name() -> None:
    shown = view(snapshot([], organization("x", name="Zulu"), organization("y", name="Alfa")))
    assert [row.organization.key for row in centrality(shown, "DEGREE").rows] == ["y", "x"]


@pytest.mark.parametrize("no_number", [math.nan, math.inf])
def test_what_is_no_number_becomes_none(no_number: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nx, "betweenness_centrality", lambda graph, **_: dict.fromkeys(graph, no_number))
    rows = centrality(view(FIVE), "BETWEENNESS").rows
    assert {row.score for row in rows} == {None}
    assert {row.rank for row in rows} == {1}


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_answers_for_an_empty_graph_and_for_one_node(metric: str) -> None:
    assert centrality(view(snapshot([])), metric).rows == ()
    alone = centrality(view(snapshot([], organization("alone"))), metric).rows
    assert [(row.rank, row.score) for row in alone] == [(1, 1.0 if metric == "PAGERANK" else 0.0)]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_says_what_it_says_and_answers_for_every_node(metric: str) -> None:
    rows = centrality(view(FIVE), metric).rows
    assert {row.organization.key for row in rows} == {"alone", "bank", "cloud", "host", "lab"}
    assert METRICS[metric].says.endswith(".")


def test_a_result_says_how_it_came_about() -> None:
    method = centrality(view(FIVE, flow=Flow.MONEY), "PAGERANK", alpha=0.5).method
    assert (method.name, method.engine, method.weight) == ("PAGERANK", Engine.NETWORKX, "none: every edge counts as 1")
    assert method.parameters["alpha"] == 0.5
    assert (method.parameters["nodes"], method.parameters["edges"], method.parameters["links"]) == (5, 4, 5)
    assert method.parameters["flow"] == "MONEY"
    assert method.parameters["scope"]["commitment"] == ["FIRM"]
    assert set(method.libraries) == {"networkx", "numpy", "scipy"}
    assert (method.data_version, method.data_through, method.lens) == ("version", date(2026, 11, 23), LENS)
    assert method.data_through == DAY
    assert method.assumptions == ("5 of 5 counted links state no commitment and pass as FIRM.",)


def test_a_metric_with_a_direction_refuses_an_undirected_view() -> None:
    with pytest.raises(BadQuery, match=r"IN_DEGREE needs a direction"):
        centrality(view(FIVE, directed=False), "IN_DEGREE")


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(BadQuery, match=r"No metric FAME\. Ask for one of DEGREE"):
        centrality(view(FIVE), "FAME")


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(BadQuery, match=r"PAGERANK has no parameter damping"):
        centrality(view(FIVE), "PAGERANK", damping=0.5)


@pytest.mark.parametrize("alpha", [-0.1, 1, math.nan])
def test_an_alpha_out_of_range_is_refused(alpha: float) -> None:
    with pytest.raises(BadQuery, match="alpha is"):
        centrality(view(FIVE), "PAGERANK", alpha=alpha)


def test_pagerank_that_does_not_settle_is_an_error_with_a_remedy() -> None:
    with pytest.raises(BadQuery, match=r"did not settle in 2 rounds\. Give a smaller alpha"):
        centrality(view(FIVE), "PAGERANK", most_iterations=2)


def test_the_meaning_of_every_weighted_metric_is_declared() -> None:
    declared = {name: metric.reads for name, metric in METRICS.items() if metric.reads}
    assert declared == {
        "STRENGTH": Meaning.STRENGTH,
        "IN_STRENGTH": Meaning.STRENGTH,
        "OUT_STRENGTH": Meaning.STRENGTH,
        "BETWEENNESS": Meaning.DISTANCE,
        "PAGERANK": Meaning.STRENGTH,
    }
