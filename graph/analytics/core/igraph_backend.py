"""A networkx backend: centralities by igraph, with the values that networkx has.

    nx.betweenness_centrality(graph, backend="wattgraph_igraph")

networkx converts the graph, keeps what was converted (`__networkx_cache__`), and calls the function of the same name
here, which takes the arguments of networkx's own. What would give other values than networkx's is declined: by
`can_run` where the arguments tell, by NotImplementedError where the graph does; networkx then takes its own where
`nx.config.backend_priority` names this backend, and says so where a call names it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from itertools import chain
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

from graph.analytics.core.igraph_info import NAME
from graph.concurrency.lazy_import import lazy_import
from graph.concurrency.progress import report_progress

if TYPE_CHECKING:
    import igraph
    import numpy as np
    from numpy.typing import NDArray
else:
    igraph = lazy_import("igraph")
    np = lazy_import("numpy")
nx = lazy_import("networkx")

Node = Hashable


@dataclass(frozen=True, eq=False)
class Converted:
    """A networkx graph in igraph; nodes and edges have the same order in both. `weights` holds each requested
    edge attribute, one number for each edge; `source` returns the networkx graph."""

    __networkx_backend__ = NAME

    index: Mapping[Any, int]
    graph: igraph.Graph
    weights: Mapping[str, NDArray[np.float64]]
    source: Callable[[], Any]

    def is_directed(self) -> bool:
        return bool(self.graph.is_directed())

    def is_multigraph(self) -> bool:
        return False

    def __len__(self) -> int:
        return len(self.index)

    def weight(self, name: str | None) -> list[float] | None:
        """The weights of the edges, all above 0; None: each edge weighs 1."""
        if name is None or name not in self.weights:
            return None
        weights = self.weights[name]
        if not np.all((weights > 0) & (weights < math.inf)):
            raise NotImplementedError("igraph takes no weight that is 0, less or infinite")
        numbers: list[float] = weights.tolist()
        return numbers

    def lengths(self, name: str | None) -> tuple[list[float] | None, float]:
        """The weights in a unit in which none is under 1, and the unit: a power of two, so that no digit is lost.
        igraph adds 1 to distances on its way, which would cost short ones their digits."""
        weights = self.weight(name)
        if not weights:
            return weights, 1.0
        unit = 2.0 ** (math.frexp(min(weights))[1] - 1)
        if not max(weights) / unit < math.inf:
            raise NotImplementedError("igraph takes no lengths so far apart")
        return (np.array(weights) / unit).tolist(), unit

    def by_node(self, values: Iterable[Any]) -> dict[Node, Any]:
        return dict(zip(self.index, values, strict=True))

    @cached_property
    def has_loops(self) -> bool:
        return any(self.graph.is_loop())

    def walk(self, name: str | None) -> tuple[igraph.Graph, list[float] | None]:
        """The graph as a matrix holds it, with its weights. igraph counts an undirected loop twice, a matrix once."""
        return self.arcs(name) if self.has_loops else (self.graph, self.weight(name))

    def arcs(self, name: str | None) -> tuple[igraph.Graph, list[float] | None]:
        """The same directed, an undirected edge both ways and a loop once."""
        weights = self.weight(name)
        if self.is_directed():
            return self.graph, weights
        tails, heads = np.array(self.graph.get_edgelist(), np.int64).reshape(-1, 2).T
        twice = tails != heads
        both = np.concatenate((tails, heads[twice])), np.concatenate((heads, tails[twice]))
        graph = _graph(len(self), *both, directed=True)
        return graph, weights and [*weights, *np.array(weights)[twice].tolist()]

    def reaching(self) -> list[int]:
        """The number of nodes with a path to each node, itself included; equal within a strong component."""
        components = self.graph.connected_components(mode="strong")
        component = components.membership
        if not self.is_directed() or len(components) == 1:
            sizes = components.sizes()
            return [sizes[number] for number in component]
        between = {
            (component[tail], component[head])
            for tail, head in self.graph.get_edgelist()
            if component[tail] != component[head]
        }
        order = igraph.Graph(len(components), sorted(between), directed=True)
        # a set of nodes as the bits of a number
        sets = [sum(1 << node for node in members) for members in components]
        for number in order.topological_sorting():
            for before in order.predecessors(number):
                sets[number] |= sets[before]
        counts = [one.bit_count() for one in sets]
        return [counts[number] for number in component]


# ---- the interface of a networkx backend


def convert_from_nx(
    graph: Any, *, edge_attrs: Mapping[str, float] | None = None, preserve_edge_attrs: bool = False, **_: Any
) -> Converted:
    """Raises NotImplementedError for a multigraph, and for a weight that is no number."""
    if graph.is_multigraph():
        raise NotImplementedError("igraph would count parallel edges apart")
    if preserve_edge_attrs:
        raise NotImplementedError("only edge attributes that are named are converted")
    index = {node: place for place, node in enumerate(graph)}
    neighbours = graph._adj.values()
    tails = np.repeat(np.arange(len(index)), [len(heads) for heads in neighbours])
    heads = np.fromiter(map(index.__getitem__, chain.from_iterable(neighbours)), np.int64, len(tails))
    # networkx lists an undirected edge where it meets it first
    edges = slice(None) if graph.is_directed() else heads >= tails
    made = _graph(len(index), tails[edges], heads[edges], directed=graph.is_directed())
    weights = {name: _numbers(neighbours, name, usual)[edges] for name, usual in (edge_attrs or {}).items()}
    return Converted(index, made, weights, lambda: graph)


def converted(
    index: Mapping[Any, int],
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    weights: Mapping[str, NDArray[np.float64]],
    *,
    directed: bool,
    source: Callable[[], Any],
) -> Converted:
    """Converts m edges: `tails` and `heads` hold node indexes, `weights` strengths or lengths, each of m entries in the
    order in which networkx lists the edges of `source`."""
    return Converted(index, _graph(len(index), tails, heads, directed=directed), weights, source)


def _graph(nodes: int, tails: NDArray[np.int64], heads: NDArray[np.int64], *, directed: bool) -> igraph.Graph:
    # igraph reads pairs from tuples ten times faster than from an array
    return igraph.Graph(nodes, zip(tails.tolist(), heads.tolist(), strict=True), directed=directed)


def _numbers(neighbours: Iterable[Mapping[Node, Mapping[str, Any]]], name: str, usual: float) -> NDArray[np.float64]:
    try:
        return np.array([data.get(name, usual) for heads in neighbours for data in heads.values()], np.float64)
    except (TypeError, ValueError):
        raise NotImplementedError(f"igraph takes numbers, and {name} holds others") from None


def convert_to_nx(result: Any, **_: Any) -> Any:
    return result.source() if isinstance(result, Converted) else result


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """True, or why not."""
    try:
        bound = signature(globals()[name]).bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    bound.apply_defaults()
    if bound.arguments["G"].is_multigraph():
        return "igraph would count parallel edges apart"
    refused = (parameter for parameter, takes in _TAKES.items() if not takes(bound.arguments.get(parameter)))
    return next((f"not with this {parameter}" for parameter in refused), True)


def should_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether networkx should dispatch by itself: not where converting costs more than computing."""
    bound = signature(globals()[name]).bind(*args, **kwargs).arguments["G"]
    cheap = name in {"pagerank", "core_number", "hits"}
    return "converting it costs more" if cheap and not isinstance(bound, Converted) else True


def _none(value: Any) -> bool:
    return value is None


_TAKES: Mapping[str, Callable[[Any], bool]] = {
    "endpoints": lambda value: not value,
    "weight": lambda value: value is None or isinstance(value, str),
    "distance": lambda value: value is None or isinstance(value, str),
    "sources": _none,
    "dangling": _none,
    "alpha": lambda value: value is None or 0 <= value < 1,
    # Where networkx gives up at once, so that its error is the same.
    "max_iter": lambda value: value is None or value > 0,
}
"""Which values of a parameter igraph can take; of others every value."""


# ---- shortest paths

_A_PART = 2_000_000
"""Nodes and edges that igraph passes in some 20 ms: it lets no other thread run meanwhile."""
_FEWEST = 8
"""Sources of a part: each call prepares the graph anew."""


def _by_parts(G: Converted, what: str, sources: list[int], compute: Callable[[list[int]], Any]) -> Iterator[Any]:
    """Computes `compute` over batches of `sources`. Between batches other threads run, and `report_progress` notifies
    the observer, which may cancel the computation."""
    size = max(_FEWEST, _A_PART // (len(G) + G.graph.ecount() + 1))
    for start in range(0, len(sources), size):
        yield compute(sources[start : start + size])
        if len(sources) > size:
            report_progress(what, min(start + size, len(sources)), len(sources))


def _added(length: int, parts: Iterator[Any]) -> list[float]:
    total = np.zeros(length)
    for part in parts:
        total += np.array(part, np.float64)
    added: list[float] = total.tolist()
    return added


def _every(G: Converted) -> list[int]:
    return list(range(len(G)))


def betweenness_centrality(
    G: Converted,
    k: int | None = None,
    normalized: bool = True,
    weight: str | None = None,
    endpoints: bool = False,
    seed: Any = None,
) -> dict[Node, float]:
    sources, (lengths, _) = _sample(G, k, seed), G.lengths(weight)

    def compute(some: list[int]) -> Any:
        return G.graph.betweenness(directed=True, weights=lengths, sources=some)

    paths_through = _added(len(G), _by_parts(G, "betweenness", sources or _every(G), compute))
    others = len(G) - 1
    if others < 2:
        return G.by_node(paths_through)
    if sources is None:
        scale = _scale(G, others, others, normalized)
        return G.by_node(value * scale for value in paths_through)
    # A source is never between itself and another, so one source fewer speaks about it.
    scale = _scale(G, len(sources), others, normalized)
    own = _scale(G, len(sources) - 1, others, normalized) if len(sources) > 1 else math.nan
    sampled = set(sources)
    return G.by_node(value * (own if place in sampled else scale) for place, value in enumerate(paths_through))


def edge_betweenness_centrality(
    G: Converted, k: int | None = None, normalized: bool = True, weight: str | None = None, seed: Any = None
) -> dict[tuple[Node, Node], float]:
    sources, (lengths, _) = _sample(G, k, seed), G.lengths(weight)

    def compute(some: list[int]) -> Any:
        return G.graph.edge_betweenness(directed=True, weights=lengths, sources=some)

    paths_through = _added(G.graph.ecount(), _by_parts(G, "edge betweenness", sources or _every(G), compute))
    scale = _scale(G, len(G) if sources is None else len(sources), len(G), normalized) if len(G) > 1 else 1.0
    nodes = list(G.index)
    ends = ((nodes[tail], nodes[head]) for tail, head in G.graph.get_edgelist())
    return {edge: value * scale for edge, value in zip(ends, paths_through, strict=True)}


def _scale(G: Converted, sources: int, ends: int, normalized: bool) -> float:
    """What a count of paths from so many sources to `ends` possible ends is multiplied with. Of an undirected graph
    igraph counts each pair once, networkx both ways."""
    if normalized:
        return (1 if G.is_directed() else 2) * (1 / (sources * (ends - 1)))
    return ends / sources


def _sample(G: Converted, k: int | None, seed: Any) -> list[int] | None:
    """Node indexes of the sampled sources, drawn as networkx draws them; None: all nodes are sources."""
    if k is None or k == len(G):
        return None
    return [G.index[node] for node in seed.sample(list(G.index), k)]


def closeness_centrality(
    G: Converted, u: Node | None = None, distance: str | None = None, wf_improved: bool = True
) -> Any:
    _check_node(G, u)
    lengths, unit = G.lengths(distance)

    def compute(some: list[int]) -> Any:
        return G.graph.closeness(some, mode="in", weights=lengths, normalized=True)

    values = list(chain.from_iterable(_by_parts(G, "closeness", _every(G), compute)))
    most = max(len(G) - 1, 1)
    share = [((count - 1) / most if wf_improved else 1.0) / unit for count in G.reaching()]
    scores = G.by_node(0.0 if math.isnan(value) else value * part for value, part in zip(values, share, strict=True))
    return scores if u is None else scores[u]


def harmonic_centrality(
    G: Converted, nbunch: Any = None, distance: str | None = None, sources: Any = None
) -> dict[Node, float]:
    requested = set(G.source().nbunch_iter(nbunch)) if nbunch is not None else G.index
    lengths, unit = G.lengths(distance)

    def compute(some: list[int]) -> Any:
        return G.graph.harmonic_centrality(some, mode="in", weights=lengths, normalized=False)

    scores = G.by_node(chain.from_iterable(_by_parts(G, "harmonic centrality", _every(G), compute)))
    return {node: 0.0 if math.isnan(score) else score / unit for node, score in scores.items() if node in requested}


def _check_node(G: Converted, node: Node | None) -> None:
    if node is not None and node not in G.index:
        raise nx.NodeNotFound(f"Source {node} is not in G")


# ---- walks


def pagerank(
    G: Converted,
    alpha: float = 0.85,
    personalization: Mapping[Node, float] | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: Any = None,
    weight: str | None = "weight",
    dangling: Any = None,
) -> dict[Node, float]:
    """Where to start does not matter to what is solved, so `nstart` is not read."""
    if not len(G):
        return {}
    graph, weights = G.walk(weight)
    if personalization is None:
        return G.by_node(graph.pagerank(damping=alpha, weights=weights))
    reset = [float(personalization.get(node, 0)) for node in G.index]
    if min(reset) < 0 or not sum(reset):
        raise NotImplementedError("igraph takes no personalization that is negative or sums to 0")
    return G.by_node(graph.personalized_pagerank(damping=alpha, reset=reset, weights=weights))


def eigenvector_centrality(
    G: Converted, max_iter: int = 100, tol: float = 1e-6, nstart: Any = None, weight: str | None = None
) -> dict[Node, float]:
    """Of length 1. In a (strongly) connected graph there is one such vector, wherever one starts."""
    if nstart is not None or not G.graph.ecount() or not G.graph.is_connected(mode="strong"):
        raise NotImplementedError("only of a strongly connected graph the eigenvector does not hang on the start")
    graph, weights = G.walk(weight)
    values = graph.eigenvector_centrality(directed=True, weights=weights)
    length = math.hypot(*values)
    return G.by_node(value / length for value in values)


def hits(
    G: Converted, max_iter: int = 100, tol: float = 1e-8, nstart: Any = None, normalized: bool = True
) -> tuple[dict[Node, float], dict[Node, float]]:
    """Hubs and authorities, each adding to 1: the two halves of the eigenvector of the graph that joins, for every
    edge, its tail as one who points with its head as one who is pointed to. There is one where that graph is in one
    piece."""
    count = len(G)
    arcs, weights = G.arcs("weight")
    joined = igraph.Graph(2 * count, [(tail, count + head) for tail, head in arcs.get_edgelist()])
    joined.es["weight"] = 1.0 if weights is None else weights
    pieces = [piece for piece in joined.connected_components() if len(piece) > 1]
    if not normalized or count < 2 or len(pieces) != 1:
        raise NotImplementedError("only where all hubs and authorities are joined the answer hangs on no start")
    scores = [0.0] * (2 * count)
    values = joined.induced_subgraph(pieces[0]).eigenvector_centrality(weights="weight")
    for place, value in zip(pieces[0], values, strict=True):
        scores[place] = value
    return _adding_to_one(G, scores[:count]), _adding_to_one(G, scores[count:])


def _adding_to_one(G: Converted, values: list[float]) -> dict[Node, float]:
    total = sum(values)
    return G.by_node(value / total for value in values)


# ---- degrees


def core_number(G: Converted) -> dict[Node, int]:
    if G.has_loops:
        raise NotImplementedError("networkx refuses loops")
    return G.by_node(G.graph.coreness(mode="all"))


# ---- communities

_DRAWING = Lock()
"""igraph draws from one generator for the whole process."""


def multilevel_communities(G: Converted, *, weight: str | None, resolution: float, seed: int) -> list[set[Any]]:
    """Louvain communities of an undirected graph. No function of the backend: seeds mean something else than to
    networkx, so the division may be another one."""
    with _DRAWING:
        igraph.set_random_number_generator(Random(seed))
        try:
            communities = G.graph.community_multilevel(weights=G.weight(weight), resolution=resolution)
        finally:
            igraph.set_random_number_generator(random)
    nodes = list(G.index)
    return [{nodes[place] for place in community} for community in communities]
