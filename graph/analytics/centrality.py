"""Centrality: who is how important in a view, by which measure.

To add a metric, add an entry to METRICS at the foot of this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from graph.analytics.method import Engine, Method, versions_of
from graph.analytics.scope import Excluded, Meaning
from graph.analytics.views import Side, View
from graph.errors import BadQuery, WeightRefused
from graph.model import Row

Scores = Mapping[str, float | None]
"""A score for every node; None where there is none."""

_SAME_DIGITS = 9
"""Scores that agree in so many significant digits are tied: less than what iterations are exact to."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure. `reads` is the meaning of the weights it takes, None when it takes none; `says` tells a reader what
    a high score means. `score` takes the view, the name of the edges' weight (None: each edge counts as 1) and the
    parameters."""

    says: str
    score: Callable[..., Scores]
    reads: Meaning | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs_direction: bool = False
    libraries: tuple[str, ...] = ("networkx",)


@dataclass(frozen=True, slots=True)
class Ranked:
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


def centrality(view: View, metric: str, **parameters: Any) -> Centrality:
    """Rank the nodes of the view.

    Raises WeightRefused for a weight that the metric would read the wrong way round or not at all: betweenness reads
    distances, so give it `view.by_distance()`. Raises BadQuery for an unknown metric or parameter, and for a metric
    that needs a direction in an undirected view."""
    entry = METRICS.get(metric)
    if entry is None:
        raise BadQuery(f"No metric {metric}.", remedy=f"Ask for one of {', '.join(METRICS)}.")
    _check_direction(metric, entry, view)
    _check_weight(metric, entry, view)
    taken = {**entry.parameters, **_known(metric, entry, parameters)}
    scores = entry.score(view, view.weight.attribute if view.weight else None, **taken)
    return Centrality(metric, ranked(view, scores), view.excluded, _method(view, metric, entry, taken))


def fitting(view: View, metric: str) -> View:
    """The view with its weight as the metric reads it: distances for those that read distances."""
    return view.by_distance() if metric in METRICS and METRICS[metric].reads is Meaning.DISTANCE else view


def _check_direction(metric: str, entry: Metric, view: View) -> None:
    if entry.needs_direction and not view.directed:
        raise BadQuery(f"{metric} needs a direction.", remedy="Ask for a directed view.")


def _check_weight(metric: str, entry: Metric, view: View) -> None:
    if view.weight is None or view.weight.meaning is entry.reads:
        return
    if entry.reads is None:
        remedy = "Ask without a weight, or for a strength."
        raise WeightRefused(f"{metric} reads no weight, and the view has {view.weight}.", remedy=remedy)
    other = "view.by_distance()" if entry.reads is Meaning.DISTANCE else "the view with its strengths"
    raise WeightRefused(
        f"{metric} reads a {entry.reads.lower()}, and the view has {view.weight}.", remedy=f"Give it {other}."
    )


def _known(metric: str, entry: Metric, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(parameters.keys() - entry.parameters.keys())
    if unknown:
        known = ", ".join(entry.parameters) or "none"
        raise BadQuery(f"{metric} has no parameter {', '.join(unknown)}.", remedy=f"Its parameters: {known}.")
    return parameters


def _method(view: View, metric: str, entry: Metric, parameters: Mapping[str, Any]) -> Method:
    size = {"nodes": view.graph.number_of_nodes(), "edges": view.graph.number_of_edges(), "links": len(view.counted)}
    return Method(
        name=metric,
        parameters={
            **parameters,
            "flow": str(view.flow),
            "directed": view.directed,
            "scope": view.scope.told(),
            **size,
        },
        weight=str(view.weight) if view.weight else "none: every edge counts as 1",
        engine=Engine.NETWORKX,
        libraries=versions_of(*entry.libraries),
        data_version=view.snapshot.data_version,
        data_through=view.snapshot.data_through,
        lens=view.snapshot.lens,
        assumptions=view.assumptions,
    )


# ---- ranks


def ranked(view: View, scores: Scores) -> tuple[Ranked, ...]:
    """Every node with its rank: one more than the number of nodes that score higher."""
    finite = {key: _finite(scores.get(key)) for key in view.graph}
    ranks = ranks_of(finite)
    rows = [Ranked(view.snapshot.organizations[key], ranks[key], finite[key]) for key in finite]
    return tuple(
        sorted(rows, key=lambda row: (row.rank, str(row.organization.columns.get("name_sort")), row.organization.key))
    )


def ranks_of(scores: Scores) -> Mapping[str, int]:
    """Ranks with ties: 1, 2, 2, 4. No score is the last rank."""
    rounded = {key: None if score is None else _rounded(score) for key, score in scores.items()}
    values = sorted((value for value in rounded.values() if value is not None), reverse=True)
    first: dict[float | None, int] = {None: len(values) + 1}
    for place, value in enumerate(values, start=1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in rounded.items()}


def _rounded(score: float) -> float:
    return float(f"{score:.{_SAME_DIGITS}g}") + 0.0


def _finite(score: float | None) -> float | None:
    """NaN and infinities are no score."""
    return float(score) if score is not None and math.isfinite(score) else None


# ---- measures


def _degree(side: Side) -> Callable[..., Scores]:
    def score(view: View, weight: None, normalized: bool) -> Scores:
        graph = view.graph
        counted = {Side.OUT: "out_degree", Side.IN: "in_degree", Side.BOTH: "degree"}[side]
        most = max(graph.number_of_nodes() - 1, 1) if normalized else 1
        return {key: count / most for key, count in getattr(graph, counted)()}

    return score


def _strength(side: Side) -> Callable[..., Scores]:
    def score(view: View, weight: str | None) -> Scores:
        return {key: view.strength(key, side) for key in view.graph}

    return score


def _betweenness(view: View, weight: str | None, normalized: bool) -> Scores:
    """Freeman 1977 by Brandes 2001; ends of paths do not count. Weighted paths are shortest by distance."""
    scores: Scores = nx.betweenness_centrality(view.graph, normalized=normalized, weight=weight)
    return scores


def _pagerank(view: View, weight: str | None, alpha: float, tolerance: float, most_iterations: int) -> Scores:
    """Page et al. 1999 by power iteration; a node without out-edges passes its score to all alike. Scores sum to 1."""
    if not 0 <= alpha < 1:
        raise BadQuery(f"alpha is {alpha}.", remedy="Give at least 0 and less than 1.")
    if not view.graph:
        return {}
    try:
        scores: Scores = nx.pagerank(view.graph, alpha=alpha, tol=tolerance, max_iter=most_iterations, weight=weight)
    except nx.PowerIterationFailedConvergence:
        raise BadQuery(
            f"PageRank did not settle in {most_iterations} rounds.", remedy="Give a smaller alpha or more iterations."
        ) from None
    return scores


METRICS: Mapping[str, Metric] = {
    "DEGREE": Metric(
        "Counterparties, those reached and those it is reached from added; parallel links are one.",
        _degree(Side.BOTH),
        parameters={"normalized": False},
    ),
    "IN_DEGREE": Metric(
        "Counterparties whose links point to it.",
        _degree(Side.IN),
        parameters={"normalized": False},
        needs_direction=True,
    ),
    "OUT_DEGREE": Metric(
        "Counterparties that its links point to.",
        _degree(Side.OUT),
        parameters={"normalized": False},
        needs_direction=True,
    ),
    "STRENGTH": Metric(
        "The weight of all its links, a chain of contracts counted once; without a weight their number.",
        _strength(Side.BOTH),
        reads=Meaning.STRENGTH,
    ),
    "IN_STRENGTH": Metric(
        "The weight of the links that lead to it; without a weight their number.",
        _strength(Side.IN),
        reads=Meaning.STRENGTH,
        needs_direction=True,
    ),
    "OUT_STRENGTH": Metric(
        "The weight of the links that start from it; without a weight their number.",
        _strength(Side.OUT),
        reads=Meaning.STRENGTH,
        needs_direction=True,
    ),
    "BETWEENNESS": Metric(
        "The share of shortest paths between two others that lead through it: a broker, or a bottleneck.",
        _betweenness,
        reads=Meaning.DISTANCE,
        parameters={"normalized": True},
    ),
    "PAGERANK": Metric(
        "Where one ends up who follows links at random, starting over now and then: pointed to by many that are "
        "themselves pointed to.",
        _pagerank,
        reads=Meaning.STRENGTH,
        parameters={"alpha": 0.85, "tolerance": 1e-12, "most_iterations": 1000},
        libraries=("networkx", "numpy", "scipy"),
    ),
}
