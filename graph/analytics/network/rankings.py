"""Ranking queries: view, metric and engine, computed from the facts of a lens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar

from graph.analytics.core.declaration import Analytic, Column, Cost, InDatabase, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.facts import Facts
from graph.analytics.core.inputs import Directed, Flowing, InScope, Weighed
from graph.analytics.core.method import Engine, Method
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import EXCLUDED_LINKS, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Scope, Weight
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import METRICS, Centrality, CentralityMetric, centrality, fitting, unsupported
from graph.analytics.network.gds import Computes, gds_centrality
from graph.analytics.network.uncertainty import (
    Interval,
    RankIntervals,
    SourceSensitivity,
    rank_intervals,
    source_sensitivity,
)
from graph.errors import BadQuery, EngineUnsupported
from graph.evidence.lens import Lens
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import Row

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
        """Raises BadQuery above `max_work`. Paths run from every node, or from the samples, over all edges; networkx is
        slower."""
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
        """The result of the requested engine. Without one: of the fastest; of networkx if that one refuses."""
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


# ---- what the facts of a lens give

Metric = Annotated[CentralityMetric, Parameter("What to rank by.")]


@declared
def centrality_of(
    facts: Facts,
    metric: Metric,
    flow: Flowing = Flow.LINK,
    weight: Weighed = Weight.NONE,
    directed: Directed = True,
    engine: Annotated[Engine | None, Parameter("What computes it. Default: the fastest with equal values.")] = None,
    uncertainty: Annotated[bool, Parameter("Whether to tell how far ranks move when sources are doubted.")] = False,
    samples: Annotated[
        int | None, Parameter("Betweenness from so many sources, with the error that it may have.")
    ] = None,
    scope: InScope = DEFAULT_SCOPE,
    max_work: int | None = None,
) -> RankingTable:
    """`ranking`, with rank intervals if `uncertainty`. Raises what these raise."""
    query = RankingQuery(str(metric), scope, flow, weight, directed, samples, engine, max_work)
    return _ranking_table(ranking(facts, query), ranking_intervals(facts, query) if uncertainty else None)


class RankedRow(NamedTuple):
    """An organization in a ranking, as `Ranked`; with the best and the worst rank of its interval, None without one."""

    organization: Row
    rank: int
    score: float | None
    rank_low: int | None
    rank_high: int | None


@dataclass(frozen=True, slots=True)
class RankingTable:
    """A ranking of all organizations, the best first, with their rank intervals where sources were doubted."""

    metric: str
    rows: tuple[RankedRow, ...]
    excluded: tuple[Excluded, ...]
    method: Method


def _ranking_table(result: Centrality, drawn: RankIntervals | None) -> RankingTable:
    intervals: Mapping[str, Interval] = drawn.intervals if drawn else {}
    bounds = (
        (one.low, one.high) if one else (None, None)
        for one in (intervals.get(row.organization.key) for row in result.rows)
    )
    rows = tuple(RankedRow(*row, *both) for row, both in zip(result.rows, bounds, strict=True))
    return RankingTable(result.metric, rows, result.excluded, drawn.method if drawn else result.method)


@declared
def source_sensitivity_of(
    facts: Facts,
    metric: Metric,
    flow: Flowing = Flow.LINK,
    weight: Weighed = Weight.NONE,
    directed: Directed = True,
    scope: InScope = DEFAULT_SCOPE,
    max_work: int | None = None,
) -> SourceSensitivity:
    """`ranking_sensitivity`. Raises what it raises."""
    query = RankingQuery(str(metric), scope, flow, weight, directed, max_work=max_work)
    return ranking_sensitivity(facts, query)


# ---- in a database


def _view_for_gds(facts: Facts, inputs: Mapping[str, Any], max_work: int | None = None) -> NetworkView:
    names = ("metric", "scope", "flow", "weight", "directed", "samples", "engine")
    return RankingQuery(**{name: inputs[name] for name in names}, max_work=max_work).view(facts)


async def _by_gds(store: Any, shown: NetworkView, inputs: Mapping[str, Any]) -> RankingTable:
    if not isinstance(store, Computes):
        raise EngineUnsupported("The store is embedded, without Graph Data Science.", remedy="Ask for NETWORKX.")
    metric, samples = str(inputs["metric"]), inputs["samples"]
    if inputs["uncertainty"]:
        raise unsupported(metric, Engine.GDS, " with uncertainty")
    default: Lens = (await store.reader()).lens  # type: ignore[attr-defined]  # a store, of which Computes is a part
    parameters = {} if samples is None else {"samples": samples}
    result = await gds_centrality(store, shown, metric, on=default.valid_on, **parameters)
    return _ranking_table(result, None)


# ---- the declarations

CENTRALITY_ROW = Record(
    "CentralityRow",
    "One organization in a ranking; equal scores share a rank.",
    (
        Column("rank", int, "1 is the highest; after equal scores the next ranks are left free."),
        Column(
            "rank_low",
            int | None,
            "The best rank of its interval; null unless `uncertainty` is asked for.",
            sparse=True,
        ),
        Column("rank_high", int | None, "The worst rank of its interval.", sparse=True),
        Column("organization", RowOf("Organization"), "Who.", header=("key", "name")),
        Column("score", float | None, "The score; null where there is none."),
    ),
)
SOURCE_EFFECT = Record(
    "SourceEffect",
    "What a ranking would be without one source.",
    (
        Column("source", RowOf("Source"), "The source."),
        Column(
            "publisher",
            str | None,
            "Its publisher.",
            value=lambda effect: effect.source["publisher"],
            api=False,
        ),
        Column("read", SourceReading, "How it was read.", value=lambda effect: effect.source["read"], api=False),
        Column("moved", int, "How many organizations would have another rank.", "organizations"),
        Column("largest", RowOf("Organization"), "Who would move furthest.", header="furthest"),
        Column("ranks_moved", int, "By how many ranks.", "ranks", header="ranks"),
    ),
)

ANALYTICS = (
    Analytic(
        name="centrality",
        doc="Organizations ranked by how central they are.",
        section=Section.RANKINGS,
        function=centrality_of,
        result=Record(
            "CentralityTable",
            "A ranking of all organizations but placeholders, the best first.",
            (
                Column(
                    "metric",
                    CentralityMetric,
                    "What is ranked by.",
                    value=lambda result: CentralityMetric(result.metric),
                ),
                Column("rows", ListOf(CENTRALITY_ROW, page=None), "The first of them."),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(lambda result, inputs: f"Organizations by {inputs['metric']}", "rows", CENTRALITY_ROW.columns),
        ),
        page=20,
        cost_of={"uncertainty": Cost.RESAMPLING},
        in_database=InDatabase(_view_for_gds, _by_gds),
    ),
    Analytic(
        name="source_sensitivity",
        doc="Which single source matters most for a ranking.",
        section=Section.RANKINGS,
        function=source_sensitivity_of,
        result=Record(
            "SourceSensitivityTable",
            "The sources that move a ranking, each by itself.",
            (
                Column("rows", ListOf(SOURCE_EFFECT), "The largest move first."),
                TOTAL_COUNT,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(
                lambda result, inputs: f"Sources that move the ranking by {inputs['metric']}",
                "rows",
                SOURCE_EFFECT.columns,
            ),
        ),
        page=10,
        lists={"source_sensitivity": "rows"},
        cost=Cost.RESAMPLING,
    ),
)
