from __future__ import annotations

import networkx as nx
import pytest

from graph.analytics.core.method import Engine
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.structure import Cut, communities, core, minimum_cut, weak_points
from graph.errors import BadQuery, EngineUnsupported, WeightRefused
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from tests.analytics.world import link, mw, network, organization, snapshot

SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
TRIANGLES = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "f"), ("f", "d")]
"""Two triangles, and c to d between them."""


def _keys(rows: tuple[Row, ...]) -> list[str]:
    return [row.key for row in rows]


def _network_view(edges: object, **how: bool) -> NetworkView:
    return build_view(network(edges), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_two_triangles_are_two_communities_with_equal_shares(engine: Engine) -> None:
    found = communities(_network_view(TRIANGLES), engine=engine)
    assert [_keys(row.organizations) for row in found.rows] == [["a", "b", "c"], ["d", "e", "f"]]
    # each: 3 of 7 edges, and 7 of 14 ends
    assert [row.modularity_share for row in found.rows] == pytest.approx([3 / 7 - 1 / 4] * 2)
    assert found.modularity == pytest.approx(5 / 14)
    assert [row.id for row in found.rows] == [1, 2]
    assert found.method.engine is engine
    assert found.method.parameters["directed"] is False


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_shares_add_to_the_modularity_that_networkx_computes(engine: Engine) -> None:
    shown = _network_view(nx.karate_club_graph().edges, directed=False)
    found = communities(shown, engine=engine, resolution=0.8)
    division = [set(_keys(row.organizations)) for row in found.rows]
    assert found.modularity == pytest.approx(nx.community.modularity(shown.graph, division, resolution=0.8), abs=1e-12)


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_the_same_seed_gives_the_same_communities(engine: Engine) -> None:
    shown = _network_view(nx.les_miserables_graph().edges)
    assert communities(shown, seed=7, engine=engine) == communities(shown, seed=7, engine=engine)


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_communities_follow_strengths(engine: Engine) -> None:
    # a square: strong are a to b and c to d, so those are the pairs; 200 of 202 within, and half of the ends each
    links = [
        link("ab", "a", "b", capacities=mw(100)),
        link("bc", "b", "c", capacities=mw(1)),
        link("cd", "c", "d", capacities=mw(100)),
        link("da", "d", "a", capacities=mw(1)),
    ]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    found = communities(shown, engine=engine)
    assert [_keys(row.organizations) for row in found.rows] == [["a", "b"], ["c", "d"]]
    assert [row.modularity_share for row in found.rows] == pytest.approx([100 / 202 - 1 / 4] * 2)
    with pytest.raises(WeightRefused, match="COMMUNITIES reads a strength"):
        communities(shown.by_distance(), engine=engine)


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_without_a_link_there_is_no_community(engine: Engine) -> None:
    found = communities(build_view(snapshot([], organization("alone"))), engine=engine)
    assert (found.rows, found.modularity) == ((), None)


@pytest.mark.parametrize("engine", [Engine.NETWORKX, Engine.IGRAPH])
def test_a_link_that_weighs_nothing_joins_nobody(engine: Engine) -> None:
    links = [link("ab", "a", "b", capacities=mw(1)), link("bc", "b", "c", capacities=mw(0))]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    assert [_keys(row.organizations) for row in communities(shown, engine=engine).rows] == [["a", "b"]]


def test_a_resolution_has_to_be_above_zero() -> None:
    with pytest.raises(BadQuery, match="resolution is 0"):
        communities(_network_view(TRIANGLES), resolution=0)


def test_gds_does_not_compute_communities() -> None:
    with pytest.raises(EngineUnsupported, match="GDS does not compute COMMUNITIES"):
        communities(_network_view(TRIANGLES), engine=Engine.GDS)


def test_c_4_cut_vertices_and_bridges_of_the_florentine_families() -> None:
    # the bridges lead to those with one tie: Acciaiuoli, Ginori, Lamberteschi, Pazzi, and Salviati with them
    found = weak_points(_network_view(nx.florentine_families_graph().edges))
    assert _keys(found.articulation_points) == ["Albizzi", "Guadagni", "Medici", "Salviati"]
    ends = {frozenset((row.columns["from"], row.columns["to"])) for row in found.bridges}
    assert ends == {
        frozenset(pair)
        for pair in [
            ("Acciaiuoli", "Medici"),
            ("Ginori", "Albizzi"),
            ("Lamberteschi", "Guadagni"),
            ("Pazzi", "Salviati"),
            ("Salviati", "Medici"),
        ]
    }


def test_trap_5_weak_points_answer_for_a_directed_view() -> None:
    # networkx refuses directed graphs; who points where does not matter to what falls apart
    found = weak_points(_network_view(TRIANGLES))
    assert _keys(found.articulation_points) == ["c", "d"]
    assert [(row.columns["from"], row.columns["to"]) for row in found.bridges] == [("c", "d")]


def test_a_bridge_of_parallel_links_is_told_with_all_of_them() -> None:
    links = [link("one", "a", "b"), link("two", "a", "b"), link("back", "b", "a"), link("on", "b", "c")]
    found = weak_points(build_view(snapshot(links)))
    assert _keys(found.bridges) == ["back", "on", "one", "two"]


def test_the_core_has_no_one_with_fewer_counterparties_in_it() -> None:
    shown = _network_view([*TRIANGLES, ("a", "leaf"), ("leaf", "a")])
    assert _keys(core(shown, 2)) == ["a", "b", "c", "d", "e", "f"]
    assert _keys(core(shown, 1)) == ["a", "b", "c", "d", "e", "f", "leaf"]
    assert core(shown, 3) == ()


def _cut(found: Cut) -> tuple[float, list[str]]:
    return found.size, _keys(found.links)


def test_the_minimum_cut_is_told_as_all_links_of_its_edges() -> None:
    # two ways from a to d, and one edge of two links on to e
    links = [link("one", "d", "e"), link("two", "d", "e")]
    links += [link(f"{tail}{head}", tail, head) for tail, head in ("ab", "bd", "ac", "cd")]
    shown = build_view(snapshot(links))
    assert _cut(minimum_cut(shown, "a", "e")) == (1, ["one", "two"])
    assert minimum_cut(shown, "a", "d").size == 2


def test_the_minimum_cut_by_strength_takes_the_weakest_edges() -> None:
    # unweighted any of the two steps would do; of 100 and 30 + 20 MW the second is less
    links = [
        link("ab", "a", "b", capacities=mw(100)),
        link("bc1", "b", "c", capacities=mw(30)),
        link("bc2", "b", "c", capacities=mw(20)),
    ]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    assert _cut(minimum_cut(shown, "a", "c")) == (50, ["bc1", "bc2"])
    with pytest.raises(WeightRefused, match="MINIMUM_CUT reads a strength"):
        minimum_cut(shown.by_distance(), "a", "c")


def test_the_minimum_cut_follows_the_edges_of_a_directed_view() -> None:
    edges = [("a", "b"), ("b", "c")]
    assert _cut(minimum_cut(_network_view(edges), "c", "a")) == (0, [])
    assert minimum_cut(_network_view(edges, directed=False), "c", "a").size == 1


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [("a", "a", "the same organization"), ("a", "nobody", '"nobody" is no named organization')],
)
def test_the_minimum_cut_needs_two_organizations(source: str, target: str, message: str) -> None:
    with pytest.raises(BadQuery, match=message):
        minimum_cut(_network_view(TRIANGLES), source, target)
