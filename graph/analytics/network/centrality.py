"""Centrality: who is how important in a view, by which measure.

To add a metric, add an entry to METRICS at the foot of this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.igraph_info import NAME as IGRAPH
from graph.analytics.core.method import Engine, Method, method_of
from graph.analytics.core.scope import Meaning
from graph.analytics.core.views import EdgeSide, NetworkView
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadQuery, EngineUnsupported, WeightRefused
from graph.vocabulary.model import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy_import("numpy")

nx = lazy_import("networkx")

Scores = Mapping[str, float | None]
"""A score for every node; None where there is none."""

TIED = 1e-9
"""Scores that differ by less than this share of themselves are tied: iterations are exact to less."""

_SURE = 0.95
"""How sure the error bound of a sample is."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure. `weight_meaning` is the meaning of the weights it reads, None when it reads none; `doc` explains a
    high score. `score` takes the view, the name of the edges' weight (None: each edge counts as 1), the
    parameters and, where `by_igraph`, the networkx backend that is to compute it. `of_own_links`: the score of a node
    hangs on its own links alone. `notes` takes what `score` takes and returns sentences for `Method.assumptions`."""

    doc: str
    score: Callable[..., Scores]
    weight_meaning: Meaning | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs_direction: bool = False
    libraries: tuple[str, ...] = ("networkx",)
    by_igraph: bool = False
    of_own_links: bool = False
    notes: Callable[..., tuple[str, ...]] = lambda view, weight, **_: ()


class Ranked(NamedTuple):
    """One organization: equal scores share a rank, and the next rank is left free. Those without a score come last."""

    organization: Row
    rank: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Centrality:
    """A ranking of all nodes of a view, best first; of equals by name, then key."""

    metric: str
    rows: tuple[Ranked, ...]
    excluded: tuple[Excluded, ...]
    method: Method


def centrality(view: NetworkView, metric: str, *, engine: Engine = Engine.NETWORKX, **parameters: Any) -> Centrality:
    """Rank the nodes of the view.

    Raises WeightRefused for a weight that the metric would read the wrong way round or not at all: betweenness reads
    distances, so give it `view.by_distance()`. Raises BadQuery for an unknown metric or parameter, for a metric that
    needs a direction in an undirected view, and for rounds that do not settle. Raises EngineUnsupported where the
    engine would give other values than networkx, or none."""
    entry, taken = checked(view, metric, parameters)
    weight = view.weight.attribute if view.weight else None
    scores = _scores(metric, entry, engine)(view, weight, **taken)
    method = method_of_view(view, metric, taken, libraries=_libraries(entry, engine), engine=engine)
    method = replace(method, assumptions=(*method.assumptions, *entry.notes(view, weight, **taken)))
    return Centrality(metric, ranked(view, scores), view.excluded, method)


def checked(view: NetworkView, metric: str, parameters: Mapping[str, Any]) -> tuple[Metric, Mapping[str, Any]]:
    """The metric and all its parameters. Raises what `centrality` raises for a question that cannot be."""
    entry = METRICS.get(metric)
    if entry is None:
        raise BadQuery(f"No metric {metric}.", remedy=f"Ask for one of {', '.join(METRICS)}.")
    _check_direction(metric, entry, view)
    _check_weight(metric, entry, view)
    return entry, {**entry.parameters, **_known(metric, entry, parameters)}


def _scores(metric: str, entry: Metric, engine: Engine) -> Callable[..., Scores]:
    """The metric as the engine computes it."""
    if engine is Engine.NETWORKX:
        return entry.score
    if engine is not Engine.IGRAPH or not entry.by_igraph:
        raise unsupported(metric, engine, "")

    def score(*inputs: Any, **parameters: Any) -> Scores:
        try:
            return entry.score(*inputs, **parameters, backend=IGRAPH)
        except NotImplementedError as error:
            raise unsupported(metric, engine, f": {error.__cause__ or error}") from error

    return score


def unsupported(metric: str, engine: Engine, because: str) -> EngineUnsupported:
    return EngineUnsupported(f"{engine} does not compute {metric} here{because}.", remedy="Ask for NETWORKX.")


def _libraries(entry: Metric, engine: Engine) -> tuple[str, ...]:
    return ("networkx", "igraph") if engine is Engine.IGRAPH else entry.libraries


def fitting(view: NetworkView, metric: str) -> NetworkView:
    """The view with its weight as the metric reads it: distances for those that read distances."""
    return view.by_distance() if metric in METRICS and METRICS[metric].weight_meaning is Meaning.DISTANCE else view


def _check_direction(metric: str, entry: Metric, view: NetworkView) -> None:
    if entry.needs_direction and not view.directed:
        raise BadQuery(f"{metric} needs a direction.", remedy="Ask for a directed view.")


def _check_weight(metric: str, entry: Metric, view: NetworkView) -> None:
    if view.weight is None or view.weight.meaning is entry.weight_meaning:
        return
    if entry.weight_meaning is None:
        remedy = "Ask without a weight, or for a strength."
        raise WeightRefused(f"{metric} reads no weight, and the view has {view.weight}.", remedy=remedy)
    other = "view.by_distance()" if entry.weight_meaning is Meaning.DISTANCE else "the view with its strengths"
    raise WeightRefused(
        f"{metric} reads a {entry.weight_meaning.lower()}, and the view has {view.weight}.", remedy=f"Give it {other}."
    )


def _known(metric: str, entry: Metric, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(parameters.keys() - entry.parameters.keys())
    if unknown:
        known = ", ".join(entry.parameters) or "none"
        raise BadQuery(f"{metric} has no parameter {', '.join(unknown)}.", remedy=f"Its parameters: {known}.")
    return parameters


def method_of_view(
    view: NetworkView,
    name: str,
    parameters: Mapping[str, Any],
    *,
    libraries: tuple[str, ...] = ("networkx",),
    engine: Engine = Engine.NETWORKX,
) -> Method:
    """How a figure of this view came about."""
    size = {"nodes": len(view.nodes), "edges": len(view.edges), "links": len(view.selection.rows)}
    inputs = {**parameters, "flow": str(view.flow), "directed": view.directed, "scope": view.scope.to_dict()}
    weight = str(view.weight) if view.weight else "none: every edge counts as 1"
    return method_of(
        view.snapshot, name, inputs, weight, view.assumptions, engine=engine, libraries=libraries, size=size
    )


# ---- ranks


def ranked(view: NetworkView, scores: Scores) -> tuple[Ranked, ...]:
    """Every node with its rank: one more than the number of nodes that score higher."""
    values = _score_array(view, scores)
    ranks, by_name = ranks_of(values), view.snapshot.by_name
    order = by_name[np.argsort(ranks[by_name], kind="stable")]
    organizations = [view.snapshot.organizations[key] for key in view.nodes]
    score_values = np.where(np.isnan(values), None, values)  # type: ignore[call-overload]  # an array of objects
    rows = zip(
        map(organizations.__getitem__, order.tolist()), ranks[order].tolist(), score_values[order].tolist(), strict=True
    )
    return tuple(map(Ranked._make, rows))


def ranks_by_key(
    view: NetworkView, metric: str, *, engine: Engine = Engine.NETWORKX, **parameters: Any
) -> Mapping[str, int]:
    """The rank of each node, as `centrality` has it. Raises what that raises."""
    scores = _scores_of(view, metric, engine, parameters)
    return dict(zip(view.nodes, ranks_of(scores).tolist(), strict=True))


def finite_scores(view: NetworkView, metric: str, *, engine: Engine = Engine.NETWORKX) -> Mapping[str, float]:
    """The score of each node, as `centrality` has it; 0 for a missing one. Raises what that raises."""
    scores = np.nan_to_num(_scores_of(view, metric, engine, {}))
    return dict(zip(view.nodes, scores.tolist(), strict=True))


def _scores_of(view: NetworkView, metric: str, engine: Engine, parameters: Mapping[str, Any]) -> NDArray[np.float64]:
    entry, taken = checked(view, metric, parameters)
    scores = _scores(metric, entry, engine)(view, view.weight.attribute if view.weight else None, **taken)
    return _score_array(view, scores)


def _score_array(view: NetworkView, scores: Scores) -> NDArray[np.float64]:
    """In the order of the nodes; NaN for a missing one."""
    values = np.array([scores.get(key) for key in view.nodes], np.float64)
    values[~np.isfinite(values)] = math.nan
    return values


def ranks_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks of n scores, ties included: 1, 2, 2, 4. A missing score (NaN) takes the last rank."""
    order = np.argsort(-scores, kind="stable")  # NaN last
    higher, lower = scores[order[:-1]], scores[order[1:]]
    follows = ~(higher - lower <= TIED * np.maximum(np.abs(higher), np.abs(lower)))
    follows &= ~np.isnan(higher)
    firsts = np.append(True, follows)[: len(order)]
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.maximum.accumulate(np.where(firsts, np.arange(1, len(order) + 1), 0))
    return ranks


# ---- measures


def _degree(side: EdgeSide) -> Callable[..., Scores]:
    def score(view: NetworkView, weight: None, normalized: bool) -> Scores:
        edges, nodes = view.edges, len(view.nodes)
        ends = {EdgeSide.OUT: [edges.tails], EdgeSide.IN: [edges.heads], EdgeSide.BOTH: [edges.tails, edges.heads]}[
            side
        ]
        counts = np.sum([np.bincount(end, minlength=nodes) for end in ends], axis=0)
        most = max(nodes - 1, 1) if normalized else 1
        return dict(zip(view.nodes, (counts / most).tolist(), strict=True))

    return score


def _strength(side: EdgeSide) -> Callable[..., Scores]:
    def score(view: NetworkView, weight: str | None) -> Scores:
        return {key: view.strength(key, side) for key in view.nodes}

    return score


def _betweenness(
    view: NetworkView, weight: str | None, normalized: bool, samples: int | None, seed: int, backend: str | None = None
) -> Scores:
    """Freeman 1977 by Brandes 2001, along the edges; ends of paths do not count. Weighted paths are shortest by
    distance. Normalized it is a share of the pairs of others, from 0 to 1; else a number of pairs, unordered in an
    undirected view. `samples`: only paths from so many nodes drawn at random (Brandes and Pich 2007), scaled up.

    Raises BadQuery for samples that are fewer than 2 or more than there are nodes."""
    if samples is not None and not 2 <= samples <= len(view.nodes):
        raise BadQuery(f"{samples} samples.", remedy=f"Give 2 to {len(view.nodes)}, the number of nodes, or none.")
    scores: Scores = nx.betweenness_centrality(
        view.as_taken_by(backend), k=samples, normalized=normalized, weight=weight, seed=seed, backend=backend
    )
    return scores


def sampling_error(nodes: int, samples: int) -> float:
    """By how much a normalized betweenness from so many sources is off at most, for all nodes at once, with a
    probability of 95 %. Hoeffding 1963 with a union over the nodes: the share of paths from one source is between 0 and
    1, and a mean of k - 1 draws without replacement is off by more than e with at most 2 exp(-2 (k - 1) e^2)."""
    return math.sqrt(math.log(2 * nodes / (1 - _SURE)) / (2 * (samples - 1)))


def _sampling_notes(
    view: NetworkView, weight: str | None, normalized: bool, samples: int | None, seed: int
) -> tuple[str, ...]:
    nodes = len(view.nodes)
    if samples is None or samples >= nodes:
        return ()
    pairs = 1 if normalized else (nodes - 1) * (nodes - 2) / (1 if view.directed else 2)
    off = sampling_error(nodes, samples) * pairs
    return (
        f"Estimated from {samples} of {nodes} nodes (seed {seed}): with a probability of {_SURE:.0%} no score is off "
        f"by more than {off:,.4g}.",
    )


def _closeness(view: NetworkView, weight: str | None, backend: str | None = None) -> Scores:
    """Freeman 1979 as Wasserman and Faust 1994 extend it to networks in several pieces: the share of others who reach
    it over their mean distance to it. Distances run along the edges, towards the node; without a weight from 0 to 1."""
    scores: Scores = nx.closeness_centrality(view.as_taken_by(backend), distance=weight, backend=backend)
    return scores


def _harmonic(view: NetworkView, weight: str | None, normalized: bool, backend: str | None = None) -> Scores:
    """Marchiori and Latora 2000: 1/distance added over all others who reach it, along the edges; normalized the mean
    over all others."""
    scores = nx.harmonic_centrality(view.as_taken_by(backend), distance=weight, backend=backend)
    most = max(len(view.nodes) - 1, 1) if normalized else 1
    return {key: score / most for key, score in scores.items()}


def _eigenvector(
    view: NetworkView, weight: str | None, tolerance: float, max_iterations: int, backend: str | None = None
) -> Scores:
    """Bonacich 1972: each is as important as those who point to it together; by power iteration from equal scores, of
    length 1. A graph without a cycle has no such score.

    Raises BadQuery where the rounds do not settle."""
    if not _has_cycle(view.graph):
        return {}
    with _settling("EIGENVECTOR", max_iterations, "Ask for an undirected view, for KATZ, or for more iterations."):
        return _settled(
            nx.eigenvector_centrality(
                view.as_taken_by(backend), max_iter=max_iterations, tol=tolerance, weight=weight, backend=backend
            )
        )


def _no_cycle(view: NetworkView, weight: str | None, **_: Any) -> tuple[str, ...]:
    return () if _has_cycle(view.graph) else ("No score: no edges lead in a circle, so there is no eigenvector.",)


def _has_cycle(graph: Any) -> bool:
    """An undirected edge leads there and back."""
    return bool(graph.size() and not (graph.is_directed() and nx.is_directed_acyclic_graph(graph)))


def _katz(view: NetworkView, weight: str | None, alpha: float | None, tolerance: float, max_iterations: int) -> Scores:
    """Katz 1953: all walks that lead to it, each step worth `alpha` of the one before; scores of length 1. `alpha` has
    to stay under 1 over the largest eigenvalue; None takes 0.9 over what that eigenvalue cannot exceed.

    Raises BadQuery where the rounds do not settle."""
    taken = _katz_alpha(view, weight) if alpha is None else alpha
    with _settling("KATZ", max_iterations, "Give a smaller alpha or more iterations."):
        scores: Scores = nx.katz_centrality(
            view.graph, alpha=taken, tol=tolerance, max_iter=max_iterations, weight=weight
        )
    return scores


def _katz_alpha(view: NetworkView, weight: str | None) -> float:
    """0.9 over the largest sum of a row or column, whichever is less: no eigenvalue exceeds either."""
    graph = view.graph
    sides = (graph.in_degree, graph.out_degree) if view.directed else (graph.degree,)
    most = min(max((sum_ for _, sum_ in side(weight=weight)), default=0) for side in sides)
    return 0.9 / most if most else 0.9


def _katz_notes(view: NetworkView, weight: str | None, alpha: float | None, **_: Any) -> tuple[str, ...]:
    return (f"Each step is worth {_katz_alpha(view, weight):.6g} of the one before.",) if alpha is None else ()


def _hits(part: int) -> Callable[..., Scores]:
    """Kleinberg 1999, by rounds from equal scores: hubs point to authorities, authorities are pointed to by hubs.
    Scores sum to 1; all are 0 without edges.

    Raises BadQuery where the rounds do not settle."""

    def score(
        view: NetworkView, weight: str | None, tolerance: float, max_iterations: int, backend: str | None = None
    ) -> Scores:
        edges = view.edges
        if not (len(edges) if edges.weights is None else edges.weights.sum()):
            return dict.fromkeys(view.nodes, 0.0)
        if backend is not None:
            return _settled(nx.hits(_with_weight(view.converted, weight), backend=backend)[part])
        with _settling("HITS", max_iterations, "Give more iterations."):
            return _settled(_hubs_and_authorities(view.graph, weight, tolerance, max_iterations)[part])

    return score


def _hubs_and_authorities(
    graph: Any, weight: str | None, tolerance: float, max_iterations: int
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    # nx.hits starts anywhere, so between pieces that weigh alike its answer is one of many, and each time another
    matrix = nx.to_scipy_sparse_array(graph, weight=weight, dtype=float)
    authorities = np.full(len(graph), 1 / len(graph))
    for _ in range(max_iterations):
        hubs = matrix @ authorities
        following = matrix.T @ hubs
        following /= following.sum()
        moved = np.abs(following - authorities).sum()
        authorities = following
        if moved < tolerance:
            return _adding_to_one(graph, matrix @ authorities), _adding_to_one(graph, authorities)
    raise nx.PowerIterationFailedConvergence(max_iterations)


def _adding_to_one(graph: Any, scores: NDArray[np.float64]) -> Mapping[str, float]:
    return dict(zip(graph, (scores / scores.sum()).tolist(), strict=True))


def _with_weight(graph: Any, weight: str | None) -> Any:
    """nx.hits reads the attribute `weight`, and only that."""
    return graph if weight is None else replace(graph, weights={"weight": graph.weights[weight]})


def _core_number(view: NetworkView, weight: None, backend: str | None = None) -> Scores:
    """Seidman 1983 by Batagelj and Zaversnik 2003: the largest k for which it is in a group whose members have k
    counterparties each within the group. Directions do not count."""
    scores: Scores = nx.core_number(view.undirected().as_taken_by(backend), backend=backend)
    return scores


def _constraint(view: NetworkView, weight: str | None) -> Scores:
    """Burt 1992: how far its ties lead back to the same counterparties, from near 0 to about 1 (above 1 in small dense
    groups). A tie is what runs between two in both directions; without a tie there is no score."""
    graph = nx.Graph()
    graph.add_nodes_from(view.graph)
    ties = view.undirected().graph.edges(data=weight or "", default=1)
    graph.add_weighted_edges_from((tail, head, strength) for tail, head, strength in ties if strength)
    if not graph.size():
        return {}
    scores: Scores = nx.constraint(graph, weight="weight")
    return scores


def _pagerank(
    view: NetworkView,
    weight: str | None,
    alpha: float,
    tolerance: float,
    max_iterations: int,
    backend: str | None = None,
) -> Scores:
    """Page et al. 1999 by power iteration, along the edges; a node without out-edges passes its score to all alike.
    Scores sum to 1.

    Raises BadQuery for an alpha out of range and where the rounds do not settle."""
    if not 0 <= alpha < 1:
        raise BadQuery(f"alpha is {alpha}.", remedy="Give at least 0 and less than 1.")
    if not view.nodes:
        return {}
    with _settling("PAGERANK", max_iterations, "Give a smaller alpha or more iterations."):
        scores: Scores = nx.pagerank(
            view.as_taken_by(backend),
            alpha=alpha,
            tol=tolerance,
            max_iter=max_iterations,
            weight=weight,
            backend=backend,
        )
    return scores


@contextmanager
def _settling(metric: str, max_iterations: int, remedy: str) -> Iterator[None]:
    try:
        yield
    except nx.PowerIterationFailedConvergence:
        raise BadQuery(f"{metric} did not settle in {max_iterations} rounds.", remedy=remedy) from None


def _settled(scores: Mapping[str, float]) -> Scores:
    """What rounds leave of a score that goes to 0 is 0: less than a billionth of the highest."""
    least = max(scores.values(), default=0.0) * 1e-9
    return {key: score if score > least else 0.0 for key, score in scores.items()}


_ROUNDS = {"tolerance": 1e-12, "max_iterations": 10_000}

METRICS: Mapping[str, Metric] = {
    "DEGREE": Metric(
        "Counterparties, those reached and those it is reached from added; parallel links are one.",
        _degree(EdgeSide.BOTH),
        of_own_links=True,
        parameters={"normalized": False},
    ),
    "IN_DEGREE": Metric(
        "Counterparties whose links point to it.",
        _degree(EdgeSide.IN),
        of_own_links=True,
        parameters={"normalized": False},
        needs_direction=True,
    ),
    "OUT_DEGREE": Metric(
        "Counterparties that its links point to.",
        _degree(EdgeSide.OUT),
        of_own_links=True,
        parameters={"normalized": False},
        needs_direction=True,
    ),
    "STRENGTH": Metric(
        "The weight of all its links, a chain of contracts counted once; without a weight their number.",
        _strength(EdgeSide.BOTH),
        of_own_links=True,
        weight_meaning=Meaning.STRENGTH,
    ),
    "IN_STRENGTH": Metric(
        "The weight of the links that lead to it; without a weight their number.",
        _strength(EdgeSide.IN),
        of_own_links=True,
        weight_meaning=Meaning.STRENGTH,
        needs_direction=True,
    ),
    "OUT_STRENGTH": Metric(
        "The weight of the links that start from it; without a weight their number.",
        _strength(EdgeSide.OUT),
        of_own_links=True,
        weight_meaning=Meaning.STRENGTH,
        needs_direction=True,
    ),
    "BETWEENNESS": Metric(
        "The share of shortest paths between two others that lead through it: a broker, or a bottleneck.",
        _betweenness,
        weight_meaning=Meaning.DISTANCE,
        parameters={"normalized": True, "samples": None, "seed": 0},
        by_igraph=True,
        notes=_sampling_notes,
    ),
    "CLOSENESS": Metric(
        "How near the others are who can reach it along the edges, and how many of all those are.",
        _closeness,
        weight_meaning=Meaning.DISTANCE,
        by_igraph=True,
    ),
    "HARMONIC": Metric(
        "How many others can reach it along the edges, the near ones counting more: 1 over the distance, added.",
        _harmonic,
        weight_meaning=Meaning.DISTANCE,
        parameters={"normalized": False},
        by_igraph=True,
    ),
    "EIGENVECTOR": Metric(
        "Pointed to by those that are themselves pointed to by such, round and round.",
        _eigenvector,
        weight_meaning=Meaning.STRENGTH,
        parameters=_ROUNDS,
        by_igraph=True,
        notes=_no_cycle,
    ),
    "KATZ": Metric(
        "Many walks of links lead to it, the long ones counting less.",
        _katz,
        weight_meaning=Meaning.STRENGTH,
        parameters={"alpha": None, **_ROUNDS},
        notes=_katz_notes,
    ),
    "PAGERANK": Metric(
        "Where one ends up who follows links at random, starting over now and then: pointed to by many that are "
        "themselves pointed to.",
        _pagerank,
        weight_meaning=Meaning.STRENGTH,
        parameters={"alpha": 0.85, "tolerance": 1e-12, "max_iterations": 1000},
        libraries=("networkx", "numpy", "scipy"),
        by_igraph=True,
    ),
    "HUBS": Metric(
        "Points to many that are pointed to by others of its kind: the shared suppliers or payers of one group.",
        _hits(0),
        weight_meaning=Meaning.STRENGTH,
        parameters=_ROUNDS,
        libraries=("networkx", "numpy", "scipy"),
        by_igraph=True,
    ),
    "AUTHORITIES": Metric(
        "Pointed to by many that point to others of its kind: the shared customers or receivers of one group.",
        _hits(1),
        weight_meaning=Meaning.STRENGTH,
        parameters=_ROUNDS,
        libraries=("networkx", "numpy", "scipy"),
        by_igraph=True,
    ),
    "CORE_NUMBER": Metric(
        "In the core: among organizations that each have so many counterparties among themselves.",
        _core_number,
        by_igraph=True,
    ),
    "CONSTRAINT": Metric(
        "Tied to counterparties that are tied to one another, or to a single one; low is free, a broker.",
        _constraint,
        weight_meaning=Meaning.STRENGTH,
        libraries=("networkx", "numpy", "scipy"),
    ),
}

CentralityMetric = StrEnum("CentralityMetric", {name: name for name in METRICS})  # type: ignore[misc]  # the table's keys
CentralityMetric.__doc__ = "What a ranking is by."
