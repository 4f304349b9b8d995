"""Values that others have published, typed in with where they stand. Three printed decimals are held to 5e-4."""

from __future__ import annotations

import networkx as nx
import pytest

from graph.analytics.core.scope import Weight
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import centrality, fitting
from graph.errors import BadQuery
from tests.analytics.world import link, network, snapshot

PRINTED = 5e-4


def _scores(shown: NetworkView, metric: str, **parameters: object) -> dict[str, float]:
    rows = centrality(fitting(shown, metric), metric, **parameters).rows
    return {row.organization.key: row.score for row in rows if row.score is not None}


def _undirected(edges: object) -> NetworkView:
    return build_view(network(edges), directed=False)  # type: ignore[arg-type]


def test_c_1_betweenness_of_the_florentine_families() -> None:
    # networkx/algorithms/centrality/tests/test_betweenness_centrality.py, test_florentine_families_graph
    expected = {
        "Medici": 0.522,
        "Guadagni": 0.255,
        "Albizzi": 0.212,
        "Salviati": 0.143,
        "Ridolfi": 0.114,
        "Bischeri": 0.104,
        "Strozzi": 0.103,
        "Barbadori": 0.093,
        "Tornabuoni": 0.092,
        "Castellani": 0.055,
        "Peruzzi": 0.022,
        "Acciaiuoli": 0.0,
        "Ginori": 0.0,
        "Lamberteschi": 0.0,
        "Pazzi": 0.0,
    }
    shown = _undirected(nx.florentine_families_graph().edges)
    assert (shown.graph.number_of_nodes(), shown.graph.number_of_edges()) == (15, 20)
    assert _scores(shown, "BETWEENNESS") == pytest.approx(expected, abs=PRINTED)


def test_c_2_closeness_of_the_florentine_families() -> None:
    # networkx/algorithms/centrality/tests/test_closeness_centrality.py, test_florentine_families_graph
    expected = {
        "Medici": 0.560,
        "Ridolfi": 0.500,
        "Albizzi": 0.483,
        "Tornabuoni": 0.483,
        "Guadagni": 0.467,
        "Barbadori": 0.4375,
        "Strozzi": 0.4375,
        "Pazzi": 0.286,
    }
    scores = _scores(_undirected(nx.florentine_families_graph().edges), "CLOSENESS")
    assert {key: scores[key] for key in expected} == pytest.approx(expected, abs=PRINTED)


def test_c_5_betweenness_of_the_krackhardt_kite() -> None:
    # the same file, test_krackhardt_kite_graph: ends of unordered pairs, not normalized
    expected = {"0": 0.833, "1": 0.833, "2": 0.0, "3": 3.667, "4": 0.0, "5": 8.333, "6": 8.333, "7": 14, "8": 8, "9": 0}
    shown = _undirected(nx.krackhardt_kite_graph().edges)
    assert _scores(shown, "BETWEENNESS", normalized=False) == pytest.approx(expected, abs=PRINTED)


def test_c_6_the_kite_has_three_leaders() -> None:
    # networkx tests: degree of 3 is 6 of 9 others, .667; betweenness of 7 is 14 of 36 pairs, .389; closeness of 5 and 6
    # is 9 others in 14 steps, .643
    shown = _undirected(nx.krackhardt_kite_graph().edges)
    degree = centrality(shown, "DEGREE", normalized=True).rows[0]
    betweenness = centrality(shown, "BETWEENNESS").rows[0]
    nearest = [row for row in centrality(shown, "CLOSENESS").rows if row.rank == 1]
    assert (degree.organization.key, degree.score) == ("3", pytest.approx(0.667, abs=PRINTED))
    assert (betweenness.organization.key, betweenness.score) == ("7", pytest.approx(0.389, abs=PRINTED))
    assert [row.organization.key for row in nearest] == ["5", "6"]
    assert nearest[0].score == pytest.approx(0.643, abs=PRINTED)


def test_c_7_betweenness_of_the_karate_club() -> None:
    # Zachary 1977, members numbered from 1 as there; the values are printed in many places
    edges = [(tail + 1, head + 1) for tail, head in nx.karate_club_graph().edges]
    scores = _scores(_undirected(edges), "BETWEENNESS")
    expected = {"1": 0.437635, "34": 0.304075, "33": 0.145247, "3": 0.143657, "32": 0.138276}
    assert {key: scores[key] for key in expected} == pytest.approx(expected, abs=1e-6)
    assert sorted(scores, key=lambda key: -scores[key])[:5] == list(expected)


def test_c_8_the_karate_club_as_a_whole() -> None:
    # KONECT, network ucidata-zachary
    graph = _undirected(nx.karate_club_graph().edges).graph
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (34, 78)
    assert nx.density(graph) == pytest.approx(0.139037, abs=1e-6)
    assert sum(nx.triangles(graph).values()) / 3 == 45
    assert nx.transitivity(graph) == pytest.approx(0.255682, abs=1e-6)
    assert nx.degree_assortativity_coefficient(graph) == pytest.approx(-0.475613, abs=1e-6)
    assert nx.diameter(graph) == 5


def test_c_11_betweenness_in_les_miserables() -> None:
    # networkx, test_betweenness_centrality.py, test_les_miserables_graph
    scores = _scores(_undirected(nx.les_miserables_graph().edges), "BETWEENNESS")
    expected = {"Valjean": 0.570, "Myriel": 0.177, "Gavroche": 0.165, "Marius": 0.132, "Fantine": 0.130}
    assert {key: scores[key] for key in expected} == pytest.approx(expected, abs=PRINTED)


def test_c_12_pagerank_of_six_pages_one_of_which_leads_nowhere() -> None:
    # Langville and Meyer, "A Survey of Eigenvector Methods of Web Information Retrieval"; page 2 is dangling
    edges = [(1, 2), (1, 3), (3, 1), (3, 2), (3, 5), (4, 5), (4, 6), (5, 4), (5, 6), (6, 4)]
    expected = dict(
        zip("123456", [0.03721197, 0.05395735, 0.04150565, 0.37508082, 0.20599833, 0.28624589], strict=True)
    )
    assert _scores(build_view(network(edges)), "PAGERANK", alpha=0.9) == pytest.approx(expected, abs=1e-6)


def test_c_14_directed_betweenness_of_the_neo4j_example() -> None:
    # Neo4j Graph Data Science manual, Betweenness Centrality, examples
    edges = [
        ("Alice", "Carol"),
        ("Bob", "Carol"),
        ("Carol", "Dan"),
        ("Carol", "Eve"),
        ("Dan", "Frank"),
        ("Eve", "Frank"),
        ("Frank", "Gale"),
    ]
    scores = _scores(build_view(network(edges)), "BETWEENNESS", normalized=False)
    assert scores == {"Alice": 0, "Bob": 0, "Carol": 8, "Dan": 3, "Eve": 3, "Frank": 5, "Gale": 0}


PAGES = ["About", "Product", "Links"]
SITES = ["Site A", "Site B", "Site C", "Site D"]
WEB = [("Home", page) for page in PAGES] + [(page, "Home") for page in PAGES]
WEB += [("Links", page) for page in SITES] + [(page, "Home") for page in SITES]


def test_c_16_twenty_rounds_of_the_neo4j_example_have_not_settled() -> None:
    # Neo4j Graph Data Science manual, PageRank, examples: what its default of 20 rounds prints, 4 % off (trap 1)
    graph = build_view(network(WEB)).graph
    scores = dict.fromkeys(graph, 0.15)
    for _ in range(19):
        passed = {page: scores[page] / graph.out_degree(page) for page in graph}
        scores = {page: 0.15 + 0.85 * sum(passed[source] for source in graph.predecessors(page)) for page in graph}
    assert scores["Home"] == pytest.approx(3.2156820, abs=1e-6)
    assert [scores[page] for page in PAGES] == pytest.approx([1.0542701] * 3, abs=1e-6)
    assert scores["Site A"] == pytest.approx(0.3278579, abs=1e-6)
    with pytest.raises(BadQuery, match="PAGERANK did not settle in 20 rounds"):
        centrality(build_view(network(WEB)), "PAGERANK", max_iterations=20)


def test_c_17_pagerank_of_the_neo4j_example_is_converged() -> None:
    # the same, converged; there unnormalized, so 8 times ours
    scores = _scores(build_view(network(WEB)), "PAGERANK")
    assert 8 * scores["Home"] == pytest.approx(3.35248, abs=1e-5)
    assert 8 * scores["About"] == pytest.approx(1.099869, abs=1e-6)
    assert 8 * scores["Site A"] == pytest.approx(0.336978, abs=1e-6)


def test_trap_4_weights_that_a_graph_carries_are_not_read_unasked() -> None:
    # karate_club_graph has weights, which PageRank reads by default and betweenness does not
    club = nx.karate_club_graph()
    plain = nx.pagerank(club, weight=None, tol=1e-12, max_iter=1000)
    weighted = nx.pagerank(club, tol=1e-12, max_iter=1000)
    scores = _scores(_undirected(club.edges), "PAGERANK")
    assert scores["33"] == pytest.approx(plain[33], abs=1e-9)
    assert abs(scores["33"] - weighted[33]) > 1e-3
    assert not any("weight" in data for _, _, data in _undirected(club.edges).graph.edges(data=True))


def test_trap_3_parallel_links_do_not_inflate() -> None:
    # Twice A to B, once A to C; both lead nowhere, so everybody gets what A gets, B and C besides .85 of A by share.
    # Collapsed: B = C = 1.425 A, so A (1 + 2.85) = 1 and B = C = .3701. Counted: B = A + .85 A 2/3 = .4069, C = .3333.
    links = [link("one", "a", "b"), link("two", "a", "b"), link("three", "a", "c")]
    collapsed = _scores(build_view(snapshot(links)), "PAGERANK")
    assert (collapsed["b"], collapsed["c"]) == (pytest.approx(0.3701, abs=5e-5), pytest.approx(0.3701, abs=5e-5))
    counted = _scores(build_view(snapshot(links), weight=Weight.COUNT), "PAGERANK")
    assert (counted["b"], counted["c"]) == (pytest.approx(0.4069, abs=5e-5), pytest.approx(0.3333, abs=5e-5))
