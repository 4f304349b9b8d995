"""Views: the graph that the links of a scope make.

Nodes are organizations that are not placeholders; an edge joins two of them. Parallel links collapse into one edge
before any metric sees them. What a view needs is held as arrays; the graphs of networkx and igraph are made from these
on first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from graph.analytics.core import igraph_backend
from graph.analytics.core.assumptions import about_figures, about_links, about_unnamed
from graph.analytics.core.chains import distinct
from graph.analytics.core.exclusions import UNMEASURED, Excluded, Parties
from graph.analytics.core.scope import (
    DEFAULT_SCOPE,
    QUANTITIES,
    EdgeWeight,
    Flow,
    Meaning,
    Scope,
    Weight,
    ends_of,
    require,
)
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.snapshot import Snapshot
from graph.concurrency.lazy_import import lazy_import

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.analytics.core.snapshot import Positions
else:
    np = lazy_import("numpy")

nx = lazy_import("networkx")


class EdgeSide(StrEnum):
    """Which links of an organization: those that leave it, that reach it, or both."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges as arrays of one length, in the order of their ends: places in `Snapshot.nodes`, of undirected edges the
    lower first. `links` are the places of their links in the selection, by key, those of the n-th edge from `starts[n]`
    to `starts[n + 1]`. `weights` is None where each edge counts as 1."""

    tails: Positions
    heads: Positions
    links: Positions
    starts: Positions
    weights: NDArray[np.float64] | None = None

    @staticmethod
    def of(selection: Selection, nodes: int, weight: Weight, *, directed: bool) -> Edges:
        """With strengths for weights."""
        tails, heads = selection.tails, selection.heads
        if not directed:
            tails, heads = np.minimum(tails, heads), np.maximum(tails, heads)
        # an end that is no node joins nothing
        joined = np.flatnonzero((tails >= 0) & (heads >= 0))
        pairs = tails * nodes + heads
        links = joined[np.argsort(pairs[joined], kind="stable")]
        first = np.flatnonzero(np.diff(pairs[links], prepend=-1))
        edges = Edges(tails[links[first]], heads[links[first]], links, np.append(first, len(links)))
        if weight is Weight.NONE:
            return edges
        strengths = [_added(selection, positions, weight) for positions in edges.links_of_each()]
        return replace(edges, weights=np.array(strengths, np.float64))

    def __len__(self) -> int:
        return len(self.tails)

    def links_of_each(self) -> Iterator[list[int]]:
        links = self.links.tolist()
        return (links[start:end] for start, end in pairwise(self.starts.tolist()))

    def by_distance(self) -> Edges:
        """The same with 1/strength for weights, if there are weights."""
        return self if self.weights is None else replace(self, weights=1 / self.weights)

    def without_zeros(self) -> Edges:
        """The edges whose weight is not 0; all where each counts as 1."""
        if self.weights is None:
            return self
        weighted = self.weights != 0
        counts = np.diff(self.starts)
        return Edges(
            self.tails[weighted],
            self.heads[weighted],
            self.links[np.repeat(weighted, counts)],
            np.append(0, np.cumsum(counts[weighted])),
            self.weights[weighted],
        )


def _added(selection: Selection, positions: list[int], weight: Weight) -> float:
    """What links weigh together, each contract once."""
    if len(positions) == 1:
        return selection.amounts[positions[0]].value
    return _sum(selection, _once(selection, (selection.rows[position].key for position in positions), weight))


def _once(selection: Selection, keys: Iterable[str], weight: Weight) -> tuple[str, ...]:
    """Which of these links are to be added, so that what one contains of another counts once (`covers`, `uses`)."""
    return distinct({key: selection.included[key] for key in keys}) if weight in QUANTITIES else tuple(keys)


def _sum(selection: Selection, keys: Iterable[str]) -> float:
    return sum((selection.included[key].amount.value for key in keys), 0.0)


@dataclass(frozen=True, eq=False)
class NetworkView:
    """A graph with what it was made from. `weight` is what its edges weigh, None where each counts as 1."""

    selection: Selection
    edges: Edges
    snapshot: Snapshot
    scope: Scope
    weight: EdgeWeight | None
    directed: bool
    assumptions: tuple[str, ...]

    @property
    def flow(self) -> Flow:
        return self.selection.flow

    @property
    def included(self) -> Mapping[str, Included]:
        return self.selection.included

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        return self.selection.excluded

    @property
    def nodes(self) -> Mapping[str, int]:
        """The place of each node, in the order of the keys."""
        return self.snapshot.nodes

    @property
    def weighs(self) -> Weight:
        """What its links weigh, however the edges hold it."""
        return self.weight.weight if self.weight else Weight.NONE

    @cached_property
    def graph(self) -> Any:
        """As a networkx graph; do not change it. Each edge keeps `links`, the sorted keys of its links, and where there
        is a weight, the attribute that `weight` names."""
        graph = nx.DiGraph() if self.directed else nx.Graph()
        keys = list(self.nodes)
        graph.add_nodes_from(keys)
        rows, edges = self.selection.rows, self.edges
        ends = zip(edges.tails.tolist(), edges.heads.tolist(), edges.links_of_each(), strict=True)
        graph.add_edges_from(
            (keys[tail], keys[head], {"links": tuple(rows[position].key for position in positions)})
            for tail, head, positions in ends
        )
        if self.weight is not None and edges.weights is not None:
            weights = dict(zip(graph.edges, edges.weights.tolist(), strict=True))
            nx.set_edge_attributes(graph, weights, self.weight.attribute)
        return graph

    @cached_property
    def converted(self) -> Any:
        """As the graph of the igraph backend, which networkx's functions take like its own."""
        edges = self.edges
        weights = {} if self.weight is None or edges.weights is None else {self.weight.attribute: edges.weights}
        ends = edges.tails, edges.heads
        return igraph_backend.converted(self.nodes, *ends, weights, directed=self.directed, source=lambda: self.graph)

    def as_taken_by(self, backend: str | None) -> Any:
        """The graph as a backend of networkx takes it; None: networkx itself."""
        return self.graph if backend is None else self.converted

    def by_distance(self) -> NetworkView:
        """The same with 1/strength for a weight; an edge of strength 0 is infinitely long, so it is left out."""
        if self.weight is None or self.weight.meaning is Meaning.DISTANCE:
            return self
        weighted = self.edges.without_zeros()
        none = len(self.edges) - len(weighted)
        notes = (f"{none} edges of strength 0 are left out of distances.",) if none else ()
        weight = replace(self.weight, meaning=Meaning.DISTANCE)
        return replace(self, edges=weighted.by_distance(), weight=weight, assumptions=(*self.assumptions, *notes))

    def undirected(self) -> NetworkView:
        """The same without directions: what links two organizations is one edge, whichever way each link points. Its
        weight is the strength."""
        return self.made_of(self.selection, directed=False) if self.directed else self

    def made_of(self, selection: Selection, *, directed: bool) -> NetworkView:
        """A view of these links instead, with strengths for weights."""
        weight = self.weight and replace(self.weight, meaning=Meaning.STRENGTH)
        edges = Edges.of(selection, len(self.nodes), self.weighs, directed=directed)
        return replace(self, selection=selection, edges=edges, weight=weight, directed=directed)

    def links_at(self, organization: str, side: EdgeSide = EdgeSide.BOTH) -> tuple[str, ...]:
        """Keys of its included links."""
        return self._at.get((organization, side), ())

    def unmeasured_at(self, organization: str, side: EdgeSide = EdgeSide.BOTH) -> tuple[str, ...]:
        """Keys of its links that are relationships in scope and state no figure that could be added."""
        return self._unmeasured_at.get((organization, side), ())

    def distinct(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Which of these links are to be added, so that what one contains of another counts once (`covers`, `uses`)."""
        return _once(self.selection, keys, self.weighs)

    def strength(self, organization: str, side: EdgeSide = EdgeSide.BOTH) -> float | None:
        """Its links added, each contract once; None where it has links in scope and none states a figure."""
        keys = self.links_at(organization, side)
        if not keys and self.unmeasured_at(organization, side):
            return None
        return _sum(self.selection, self.distinct(keys))

    @cached_property
    def _at(self) -> Mapping[tuple[str, EdgeSide], tuple[str, ...]]:
        return _by_end((key, one.tail, one.head) for key, one in self.included.items())

    @cached_property
    def _unmeasured_at(self) -> Mapping[tuple[str, EdgeSide], tuple[str, ...]]:
        left_out = [one.link for one in self.excluded if one.reason in UNMEASURED]
        ends = ((link.key, ends_of(link, self.flow)) for link in left_out)
        return _by_end((key, *pair) for key, pair in ends if pair is not None)


def _by_end(edges: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, EdgeSide], tuple[str, ...]]:
    by_end: dict[tuple[str, EdgeSide], list[str]] = {}
    for key, tail, head in edges:
        for end in ((tail, EdgeSide.OUT), (head, EdgeSide.IN), (tail, EdgeSide.BOTH), (head, EdgeSide.BOTH)):
            by_end.setdefault(end, []).append(key)
    return {end: tuple(keys) for end, keys in by_end.items()}


def build_view(
    snapshot: Snapshot,
    scope: Scope = DEFAULT_SCOPE,
    *,
    flow: Flow = Flow.LINK,
    weight: Weight = Weight.NONE,
    directed: bool = True,
    parties: Parties = Parties.ORGANIZATIONS,
) -> NetworkView:
    """The graph of the links in scope. Nodes are all organizations but placeholders, joined or not, by key.

    With `parties` NAMED_OR_NOT, links with placeholders join nothing and count in the strengths of their other end.
    Raises ScopeRequired for megawatts without one layer and one basis, and for money without one layer."""
    require(scope, weight)
    selection = select(snapshot, scope, flow, weight, parties=parties)
    edges = Edges.of(selection, len(snapshot.nodes), weight, directed=directed)
    assumed = [*about_links(selection.rows, selection.kinds.tally, scope)]
    assumed.extend(about_unnamed(selection.excluded, snapshot, scope, flow))
    if weight in QUANTITIES:
        assumed.extend(about_figures(selection.included, weight))
    made = None if weight is Weight.NONE else EdgeWeight(weight)
    return NetworkView(selection, edges, snapshot, scope, made, directed, tuple(assumed))
