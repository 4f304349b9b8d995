"""Views: the networkx graph that the links of a scope make.

Nodes are organizations that are not placeholders; an edge joins two of them. Parallel links collapse into one edge
before any metric sees them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import networkx as nx

from graph.analytics.assumptions import assumptions
from graph.analytics.chains import distinct
from graph.analytics.scope import (
    QUANTITIES,
    UNMEASURED,
    USUAL_SCOPE,
    Counted,
    EdgeWeight,
    Excluded,
    Flow,
    Meaning,
    Scope,
    Snapshot,
    Weight,
    ends_of,
    require,
    select,
)


class Side(StrEnum):
    """Which links of an organization: those that leave it, that reach it, or both."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


@dataclass(frozen=True)
class View:
    """A networkx graph with what it was made from. Each edge keeps `links`, the sorted keys of its links, and where
    there is a weight, the attribute that `weight` names. Do not change the graph."""

    graph: Any
    counted: Mapping[str, Counted]
    excluded: tuple[Excluded, ...]
    snapshot: Snapshot
    scope: Scope
    flow: Flow
    weight: EdgeWeight | None
    directed: bool
    assumptions: tuple[str, ...]

    def by_distance(self) -> View:
        """The same with 1/strength for a weight; an edge of strength 0 is infinitely long, so it is left out."""
        if self.weight is None or self.weight.meaning is Meaning.DISTANCE:
            return self
        graph = self.graph.copy()
        none = [(tail, head) for tail, head, strength in graph.edges(data="strength") if strength == 0]
        graph.remove_edges_from(none)
        for _, _, data in graph.edges(data=True):
            data["distance"] = 1 / data.pop("strength")
        told = (f"{len(none)} edges of strength 0 are left out of distances.",) if none else ()
        weight = replace(self.weight, meaning=Meaning.DISTANCE)
        return replace(self, graph=graph, weight=weight, assumptions=(*self.assumptions, *told))

    def undirected(self) -> View:
        """The same without directions: what links two organizations is one edge, whichever way each link points. Its
        weight is the strength."""
        if not self.directed:
            return self
        strength = self.weight and replace(self.weight, meaning=Meaning.STRENGTH)
        graph = graph_of(self.graph, self.counted, strength, directed=False)
        return replace(self, graph=graph, weight=strength, directed=False)

    def links_at(self, organization: str, side: Side = Side.BOTH) -> tuple[str, ...]:
        """Keys of its counted links."""
        return self._at.get((organization, side), ())

    def unmeasured_at(self, organization: str, side: Side = Side.BOTH) -> tuple[str, ...]:
        """Keys of its links that are relationships in scope and state no figure that could be added."""
        return self._unmeasured_at.get((organization, side), ())

    def distinct(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Which of these links are to be added, so that what one contains of another counts once (`covers`, `uses`)."""
        if self.weight is None or self.weight.weight not in QUANTITIES:
            return tuple(keys)
        return distinct({key: self.counted[key] for key in keys})

    def strength(self, organization: str, side: Side = Side.BOTH) -> float | None:
        """Its links added, each contract once; None where it has links in scope and none states a figure."""
        keys = self.links_at(organization, side)
        if not keys and self.unmeasured_at(organization, side):
            return None
        return sum((self.counted[key].amount.value for key in self.distinct(keys)), 0.0)

    @cached_property
    def _at(self) -> Mapping[tuple[str, Side], tuple[str, ...]]:
        return _by_end((key, one.tail, one.head) for key, one in self.counted.items())

    @cached_property
    def _unmeasured_at(self) -> Mapping[tuple[str, Side], tuple[str, ...]]:
        left_out = [one.link for one in self.excluded if one.why in UNMEASURED]
        ends = ((link.key, ends_of(link, self.flow)) for link in left_out)
        return _by_end((key, *pair) for key, pair in ends if pair is not None)


def _by_end(edges: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, Side], tuple[str, ...]]:
    found: dict[tuple[str, Side], list[str]] = {}
    for key, tail, head in edges:
        for place in ((tail, Side.OUT), (head, Side.IN), (tail, Side.BOTH), (head, Side.BOTH)):
            found.setdefault(place, []).append(key)
    return {place: tuple(keys) for place, keys in found.items()}


def view(
    given: Snapshot,
    scope: Scope = USUAL_SCOPE,
    *,
    flow: Flow = Flow.LINK,
    weight: Weight = Weight.NONE,
    directed: bool = True,
) -> View:
    """The graph of the links in scope. Nodes are all organizations but placeholders, joined or not, by key.

    Raises ScopeRequired for megawatts without one layer and one basis, and for money without one layer."""
    require(scope, weight)
    counted, excluded = select(given, scope, flow, weight)
    made = None if weight is Weight.NONE else EdgeWeight(weight)
    nodes = (key for key, row in sorted(given.organizations.items()) if not row["placeholder"])
    graph = graph_of(nodes, counted, made, directed=directed)
    assumed = tuple(assumptions(counted, scope, weight))
    return View(graph, counted, excluded, given, scope, flow, made, directed, assumed)


def graph_of(nodes: Iterable[str], counted: Mapping[str, Counted], weight: EdgeWeight | None, *, directed: bool) -> Any:
    """The networkx graph of a view: nodes in the order given, edges with their links and weight."""
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(
        (tail, head, {"links": keys, **_weighed(keys, counted, weight)})
        for (tail, head), keys in _edges(counted, directed).items()
    )
    return graph


def _edges(counted: Mapping[str, Counted], directed: bool) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Links by the edge they make, in the order of the ends."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, one in counted.items():
        ends = (one.tail, one.head) if directed else (min(one.tail, one.head), max(one.tail, one.head))
        found.setdefault(ends, []).append(key)
    return {ends: tuple(found[ends]) for ends in sorted(found)}


def _weighed(keys: tuple[str, ...], counted: Mapping[str, Counted], weight: EdgeWeight | None) -> dict[str, float]:
    """The strength of an edge: that of its links together, each contract once."""
    if weight is None:
        return {}
    links = {key: counted[key] for key in keys}
    once = distinct(links) if weight.weight in QUANTITIES else keys
    return {weight.attribute: sum(counted[key].amount.value for key in once)}
