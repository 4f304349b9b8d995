"""Rankings that are asked for: view, metric and engine in one question, answered from the facts of a lens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from graph.analytics.core.facts import Facts
from graph.analytics.core.method import Engine
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Scope, Weight
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import METRICS, Centrality, centrality, fitting
from graph.analytics.network.uncertainty import RankIntervals, SourceSensitivity, rank_intervals, source_sensitivity
from graph.errors import BadQuery, EngineUnsupported

T = TypeVar("T")

_BY_PATHS = frozenset({"BETWEENNESS", "CLOSENESS", "HARMONIC"})
_SLOWER = 30
"""How many times as long networkx takes for paths as igraph does (benchmarks/README.md)."""


@dataclass(frozen=True)
class RankingQuery:
    """Which ranking. Without an engine, by the fastest whose values are those of networkx."""

    metric: str
    scope: Scope = DEFAULT_SCOPE
    flow: Flow = Flow.LINK
    weight: Weight = Weight.NONE
    directed: bool = True
    samples: int | None = None
    engine: Engine | None = None
    max_work: int | None = None
    """Nodes and edges that computing it may pass, for a service; None: as many as it takes."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {} if self.samples is None else {"samples": self.samples}

    def view(self, facts: Facts) -> NetworkView:
        """The view, its weight as the metric reads it. Raises ScopeRequired, BadQuery for too much work."""
        made = facts.view(self.scope, flow=self.flow, weight=self.weight, directed=self.directed)
        self._check_work(made)
        return fitting(made, self.metric)

    def _check_work(self, view: NetworkView) -> None:
        """Paths are followed from every node, or from the samples, through all edges; networkx is slower at it."""
        if self.max_work is None or self.metric not in _BY_PATHS:
            return
        sources, slower = self.samples or len(view.nodes), _SLOWER if self.engine is Engine.NETWORKX else 1
        work = sources * (len(view.nodes) + len(view.edges)) * slower
        if work > self.max_work:
            size = f"{len(view.nodes):,} organizations and {len(view.edges):,} edges"
            raise BadQuery(
                f"{self.metric} of {size} takes too long here.",
                remedy="Narrow the scope, ask for BETWEENNESS with samples, for engine GDS, or compute it in Python.",
            )

    def by_engine(self, compute: Callable[[Engine], T]) -> T:
        """What the engine computes; where none was asked for and the fastest refuses, what networkx computes."""
        if self.engine is not None:
            return compute(self.engine)
        entry = METRICS.get(self.metric)
        try:
            return compute(Engine.IGRAPH if entry and entry.by_igraph else Engine.NETWORKX)
        except EngineUnsupported:
            return compute(Engine.NETWORKX)


def ranking(facts: Facts, question: RankingQuery) -> Centrality:
    """Raises what `centrality` raises."""
    view = question.view(facts)
    return question.by_engine(lambda engine: centrality(view, question.metric, engine=engine, **question.parameters))


def ranking_intervals(facts: Facts, question: RankingQuery) -> RankIntervals:
    """How far its ranks move when sources are doubted. Raises what `rank_intervals` raises."""
    view = question.view(facts)
    return question.by_engine(
        lambda engine: rank_intervals(view, question.metric, facts.log, engine=engine, **question.parameters)
    )


def ranking_sensitivity(facts: Facts, question: RankingQuery) -> SourceSensitivity:
    """What it is without each source: all that move it. Raises what `source_sensitivity` raises."""
    view, every = question.view(facts), len(facts.sources)
    return question.by_engine(
        lambda engine: source_sensitivity(
            view, question.metric, facts.log, first=every, engine=engine, **question.parameters
        )
    )
