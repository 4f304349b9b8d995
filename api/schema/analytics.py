"""The fields of the analytics. Each takes a scope, and is computed off the event loop from all that its lens shows.

To add one, write its result in `api/schema/results.py` and add its field to `OF_ANALYTICS`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from strawberry import ID
from strawberry.types.arguments import StrawberryArgument

from api.context.fields import Field, argument, field, list_of
from api.context.request_context import LensView
from api.schema import results
from api.schema.connections import page_size, to_node
from api.schema.ids import parse_id
from api.schema.result_fields import slice_arguments, sliced
from api.schema.scalars import enum_of
from api.schema.scope import SCOPE, scope_of
from api.schema.types import LinkNode, finite, not_null
from graph.analytics.contracts.capacity import capacity
from graph.analytics.contracts.comparables import comparables
from graph.analytics.contracts.concentration import Measure, Side, chip_dependency, concentration
from graph.analytics.contracts.groups import CapacityGroup, Period
from graph.analytics.contracts.reconciliation import reconciliation
from graph.analytics.contracts.slippage import slippage
from graph.analytics.contracts.timeline import timeline
from graph.analytics.core.facts import Facts
from graph.analytics.core.method import Engine, Method
from graph.analytics.core.scope import Excluded, Flow, Scope, Weight
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import Centrality, CentralityMetric, Ranked
from graph.analytics.network.gds import Computes, gds_centrality
from graph.analytics.network.loops import money_loops
from graph.analytics.network.paths import Direction, paths, reach
from graph.analytics.network.rankings import RankingQuery, ranking, ranking_intervals, ranking_sensitivity
from graph.analytics.network.structure import Communities, Cut, WeakPoints, communities, minimum_cut, weak_points
from graph.analytics.network.uncertainty import Interval
from graph.analytics.risk.shock import ShockAssumptions, shock
from graph.errors import BadQuery, EngineUnsupported
from graph.evidence.scenarios import ShockModel
from graph.stores.base import Store
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import ENTITIES, Row

T = TypeVar("T")

COST = 500
"""What an analytic adds to the cost of a query: it takes about as long as answering with some hundred rows."""
MOST_WORK = 3_000_000_000
"""Nodes and edges that one ranking may pass: half a minute."""
RESAMPLING_COST = 20_000
"""What drawing or leaving out sources adds: some hundred rankings."""


# ---- what is asked


def _key(label: str, given: str) -> str:
    """The key of a row that an argument names. Raises BadQuery for the id of another kind."""
    named, key = parse_id(given)
    if named not in (None, label):
        raise BadQuery(f"{given} is the id of a {named}.", remedy=f"Name an {label.lower()} by its id or key.")
    return key


def _organization(given: str) -> str:
    return _key("Organization", given)


def _entity(given: str) -> str:
    named, key = parse_id(given)
    if named is not None and named not in ENTITIES:
        raise BadQuery(
            f"{given} is the id of a {named}.", remedy=f"Give the id or key of one of {', '.join(ENTITIES)}."
        )
    return key


Reads = Callable[[Facts], Mapping[str, Any]]
"""What an analytic takes of the facts, by the name of its parameter."""


def _snapshot(facts: Facts) -> Mapping[str, Any]:
    return {"snapshot": facts.snapshot}


def _planned(facts: Facts) -> Mapping[str, Any]:
    return {"snapshot": facts.snapshot, "plans": facts.plans}


def _observed(facts: Facts) -> Mapping[str, Any]:
    return {"snapshot": facts.snapshot, "observations": facts.observations}


def _supported(facts: Facts) -> Mapping[str, Any]:
    return {"snapshot": facts.snapshot, "confidence": facts.confidence}


def _everything(facts: Facts) -> Mapping[str, Any]:
    return {"facts": facts}


async def _computed(
    reading: Any, analytic: Callable[..., T], reads: Reads, *, long: bool = False, **asked: Hashable
) -> tuple[T, LensView]:
    """The result of an analytic under the lens of a reading: computed once for all who ask the same."""
    view = await reading.view()

    def work(facts: Facts) -> T:
        return analytic(**reads(facts), **asked)

    return await reading.context.computed(view, (analytic, *asked.items()), work, long=long), view


# ---- capacity


async def _capacity(self: Any, group_by: list[CapacityGroup], scope: Any = None) -> Any:
    table, view = await _computed(self, capacity, _snapshot, group_by=tuple(group_by), scope=scope_of(scope))
    return results.CapacityTable(of=table, view=view)


async def _timeline(
    self: Any, group_by: list[CapacityGroup] | None = None, by: Period | None = Period.QUARTER, scope: Any = None
) -> Any:
    table, view = await _computed(
        self, timeline, _snapshot, group_by=tuple(group_by or ()), by=not_null("by", by), scope=scope_of(scope)
    )
    return results.Timeline(of=table, view=view)


async def _slippage(self: Any, first: int | None, skip: int | None, scope: Any = None) -> Any:
    table, view = await _computed(self, slippage, _planned, scope=scope_of(scope))
    return [results.Slip(of=slip, view=view) for slip in sliced(table.rows, view, first, skip)]


# ---- contracts


async def _comparables(self: Any, scope: Any = None) -> Any:
    table, view = await _computed(self, comparables, _snapshot, scope=scope_of(scope))
    return results.ComparableTable(of=table, view=view)


async def _concentration(self: Any, organization: str, side: Side, measure: Measure, scope: Any = None) -> Any:
    key = _organization(organization)
    found, view = await _computed(
        self, concentration, _snapshot, organization=key, side=side, measure=measure, scope=scope_of(scope)
    )
    return results.Concentration(of=found, view=view)


async def _chip_dependency(self: Any, scope: Any = None) -> Any:
    table, view = await _computed(self, chip_dependency, _snapshot, scope=scope_of(scope))
    return results.ChipDependencyTable(of=table, view=view)


async def _reconciliation(self: Any, organization: str, first: int | None, skip: int | None) -> Any:
    found, view = await _computed(self, reconciliation, _observed, organization=_organization(organization))
    return [results.Reconciliation(of=one, view=view) for one in sliced(found.rows, view, first, skip)]


async def _not_compared(self: Any, organization: str, first: int | None, skip: int | None) -> Any:
    found, view = await _computed(self, reconciliation, _observed, organization=_organization(organization))
    return [results.NotCompared(of=one, view=view) for one in sliced(found.not_compared, view, first, skip)]


# ---- rankings


def _question(metric: Any, scope: Any, flow: Any, weight: Any, directed: Any, **more: Any) -> RankingQuery:
    """Raises BadQuery for a null."""
    return RankingQuery(
        str(metric),
        scope_of(scope),
        not_null("flow", flow),
        not_null("weight", weight),
        not_null("directed", directed),
        **more,
        max_work=MOST_WORK,
    )


def _view_of(facts: Facts, question: RankingQuery) -> NetworkView:
    return question.view(facts)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row of a ranking; with its interval, where that was asked for."""

    rank: int
    organization: Row
    score: float | None
    rank_low: int | None
    rank_high: int | None

    @staticmethod
    def of(row: Ranked, interval: Interval | None) -> _Placed:
        low, high = (interval.low, interval.high) if interval else (None, None)
        return _Placed(row.rank, row.organization, row.score, low, high)


@dataclass(frozen=True, slots=True)
class _Table:
    """The first rows of a ranking."""

    metric: str
    rows: Sequence[_Placed]
    ranking: Sequence[Ranked]
    excluded: Sequence[Excluded]
    method: Method


async def _centrality(
    self: Any,
    metric: Any,
    flow: Flow | None = Flow.LINK,
    weight: Weight | None = Weight.NONE,
    directed: bool | None = True,
    engine: Engine | None = None,
    uncertainty: bool | None = False,
    samples: int | None = None,
    scope: Any = None,
    first: int | None = 20,
    skip: int | None = 0,
) -> Any:
    asked = _question(metric, scope, flow, weight, directed, samples=samples, engine=engine)
    found, view = await (_by_gds if engine is Engine.GDS else _in_process)(self, asked)
    intervals: Mapping[str, Interval] = {}
    method = found.method
    if not_null("uncertainty", uncertainty):
        drawn, _ = await _computed(self, ranking_intervals, _everything, question=asked, long=True)
        intervals, method = drawn.intervals, drawn.method
    shown_rows = sliced(found.rows, view, first, skip)
    rows = [_Placed.of(row, intervals.get(row.organization.key)) for row in shown_rows]
    return results.CentralityTable(of=_Table(found.metric, rows, found.rows, found.excluded, method), view=view)


async def _in_process(self: Any, question: RankingQuery) -> tuple[Centrality, LensView]:
    return await _computed(self, ranking, _everything, question=question)


async def _by_gds(self: Any, question: RankingQuery) -> tuple[Centrality, LensView]:
    """Computed in the database itself."""
    store: Store = self.context.store
    if not isinstance(store, Computes):
        raise EngineUnsupported("The store is embedded, without Graph Data Science.", remedy="Ask for NETWORKX.")
    network, view = await _computed(self, _view_of, _everything, question=question)
    usual = (await store.reader()).lens
    return await gds_centrality(store, network, question.metric, on=usual.valid_on, **question.parameters), view


async def _source_sensitivity(
    self: Any,
    metric: Any,
    flow: Flow | None = Flow.LINK,
    weight: Weight | None = Weight.NONE,
    directed: bool | None = True,
    scope: Any = None,
    first: int | None = 10,
) -> Any:
    asked = _question(metric, scope, flow, weight, directed)
    found, view = await _computed(self, ranking_sensitivity, _everything, question=asked, long=True)
    return [results.SourceEffect(of=one, view=view) for one in sliced(found.rows, view, first, 0)]


# ---- structure


def _communities_of(facts: Facts, scope: Scope, weight: Weight, seed: int) -> Communities:
    return communities(facts.view(scope, weight=weight), seed=seed)


def _weak_points_of(facts: Facts, scope: Scope) -> WeakPoints:
    return weak_points(facts.view(scope))


def _cut_between(facts: Facts, scope: Scope, source: str, target: str) -> Cut:
    return minimum_cut(facts.view(scope), source, target)


async def _communities(
    self: Any,
    first: int | None,
    skip: int | None,
    weight: Weight | None = Weight.NONE,
    seed: int | None = 0,
    scope: Any = None,
) -> Any:
    by, start = not_null("weight", weight), not_null("seed", seed)
    found, view = await _computed(self, _communities_of, _everything, scope=scope_of(scope), weight=by, seed=start)
    return [results.Community(of=one, view=view) for one in sliced(found.rows, view, first, skip)]


async def _weak_points(self: Any, scope: Any = None) -> Any:
    found, view = await _computed(self, _weak_points_of, _everything, scope=scope_of(scope))
    return results.WeakPoints(of=found, view=view)


async def _minimum_cut(self: Any, from_: str, to: str, first: int | None, skip: int | None, scope: Any = None) -> Any:
    source, target = _organization(from_), _organization(to)
    found, view = await _computed(self, _cut_between, _everything, scope=scope_of(scope), source=source, target=target)
    return [to_node(link, view) for link in sliced(found.links, view, first, skip)]


# ---- walks


async def _paths(
    self: Any,
    from_: str,
    to: str,
    max_hops: int | None = 4,
    flow: Flow | None = Flow.DEPENDENCY,
    directed: bool | None = True,
    scope: Any = None,
    first: int | None = 10,
) -> Any:
    found, view = await _computed(
        self,
        paths,
        _supported,
        from_=_entity(from_),
        to=_entity(to),
        scope=scope_of(scope),
        flow=not_null("flow", flow),
        directed=not_null("directed", directed),
        max_hops=not_null("maxHops", max_hops),
        first=page_size(not_null("first", first)),
    )
    return _walked(results.PathTable, found, view)


async def _reach(
    self: Any,
    from_: str,
    direction: Direction | None = Direction.DOWNSTREAM,
    max_hops: int | None = 3,
    scope: Any = None,
    first: int | None = 100,
) -> Any:
    found, view = await _computed(
        self,
        reach,
        _supported,
        from_=_entity(from_),
        direction=not_null("direction", direction),
        max_hops=not_null("maxHops", max_hops),
        scope=scope_of(scope),
        first=page_size(not_null("first", first)),
    )
    return _walked(results.ReachTable, found, view)


async def _money_loops(
    self: Any,
    max_length: int | None = 5,
    min_value_usd: float | None = None,
    scope: Any = None,
    first: int | None = 20,
) -> Any:
    found, view = await _computed(
        self,
        money_loops,
        _supported,
        max_length=not_null("maxLength", max_length),
        min_value_usd=finite("minValueUsd", min_value_usd),
        scope=scope_of(scope),
        first=page_size(not_null("first", first)),
    )
    return _walked(results.LoopTable, found, view)


def _walked(type_: Any, table: Any, view: LensView) -> Any:
    if table.truncated:
        view.mark_truncated()
    return type_(of=table, view=view)


# ---- risk


async def _shock(
    self: Any,
    fail: list[str],
    model: ShockModel | None = ShockModel.DIRECT,
    essential: list[Layer] | None = None,
    weight: Weight | None = Weight.COUNT,
    scope: Any = None,
    **assumed: float | None,
) -> Any:
    given: dict[str, Any] = {name: finite(name, value) for name, value in assumed.items() if value is not None}
    if essential is not None:
        given["essential"] = frozenset(essential)
    found, view = await _computed(
        self,
        shock,
        _snapshot,
        fail=tuple(sorted({_organization(one) for one in fail})),
        model=not_null("model", model),
        weight=not_null("weight", weight),
        assumptions=ShockAssumptions(**given),
        scope=scope_of(scope),
    )
    return results.ShockResult(of=found, view=view)


# ---- the fields


def _analytic(
    name: str,
    type_: Any,
    read: Callable[..., Any],
    doc: str,
    arguments: Iterable[StrawberryArgument],
    cost: Mapping[str, int] | None = None,
) -> Field:
    made = field(name, type_, read, doc, arguments)
    made.cost = {"": COST} | dict(cost or {})
    return made


def _ends(what: str) -> tuple[StrawberryArgument, StrawberryArgument]:
    return _named("from_", f"{what} to start from."), _named("to", f"{what} to arrive at.")


def _named(name: str, doc: str) -> StrawberryArgument:
    made = argument(name, ID, f"{doc} Its id or key.")
    made.graphql_name = name.rstrip("_")
    return made


_GROUPS = list_of(enum_of(CapacityGroup))
_METRIC = argument("metric", enum_of(CentralityMetric), "What to rank by.")
_WEIGHT = argument("weight", enum_of(Weight) | None, "What a link weighs.", Weight.NONE)
_NETWORK = (
    argument("flow", enum_of(Flow) | None, "Which way an edge points.", Flow.LINK),
    _WEIGHT,
    argument("directed", bool | None, "Whether directions count.", True),
)
_OF = argument("organization", ID, "Whose. Its id or key.")


def _first(usual: int, what: str) -> StrawberryArgument:
    return argument("first", int | None, f"So many {what}, 1 to 500.", usual)


OF_ANALYTICS: tuple[Field, ...] = (
    _analytic(
        "capacity",
        results.CapacityTable,
        _capacity,
        "Contracted megawatts by group, once per chain of contracts, with what is not firm beside.",
        (argument("group_by", _GROUPS, "By what; nothing: all together."), SCOPE),
    ),
    _analytic(
        "timeline",
        results.Timeline,
        _timeline,
        "Megawatts in service over time: confirmed, planned, overdue.",
        (
            argument("group_by", _GROUPS | None, "By what."),
            argument("by", enum_of(Period) | None, "How long a period is.", Period.QUARTER),
            SCOPE,
        ),
    ),
    _analytic(
        "slippage",
        list_of(results.Slip),
        _slippage,
        "Planned dates that moved, the latest known first.",
        (SCOPE, *slice_arguments()),
    ),
    _analytic(
        "comparables",
        results.ComparableTable,
        _comparables,
        "What contracts for capacity pay per megawatt and year, side by side.",
        (SCOPE,),
    ),
    _analytic(
        "concentration",
        results.Concentration,
        _concentration,
        "On how few customers, suppliers, chips, power contracts, lenders or guarantors an organization hangs.",
        (
            _OF,
            argument("side", enum_of(Side), "Whose shares."),
            argument("measure", enum_of(Measure), "Shares of what."),
            SCOPE,
        ),
    ),
    _analytic(
        "chip_dependency",
        results.ChipDependencyTable,
        _chip_dependency,
        "Which share of what each host has contracted runs on one vendor's chips; needs scope.layer and scope.basis.",
        (SCOPE,),
    ),
    _analytic(
        "reconciliation",
        list_of(results.Reconciliation),
        _reconciliation,
        "Links found against the totals that the company states, the newest first.",
        (_OF, *slice_arguments()),
    ),
    _analytic(
        "not_compared",
        list_of(results.NotCompared),
        _not_compared,
        "Totals that the company states and `reconciliation` does not compare.",
        (_OF, *slice_arguments()),
    ),
    _analytic(
        "centrality",
        results.CentralityTable,
        _centrality,
        "Organizations ranked by how central they are.",
        (
            _METRIC,
            *_NETWORK,
            argument("engine", enum_of(Engine) | None, "What computes it. Default: the fastest with equal values."),
            argument("uncertainty", bool | None, "Whether to tell how far ranks move when sources are doubted.", False),
            argument("samples", int | None, "Betweenness from so many sources, with the error that it may have."),
            SCOPE,
            *slice_arguments(20),
        ),
        {"uncertainty": RESAMPLING_COST},
    ),
    _analytic(
        "source_sensitivity",
        list_of(results.SourceEffect),
        _source_sensitivity,
        "Which single source matters most for a ranking.",
        (_METRIC, *_NETWORK, SCOPE, _first(10, "sources")),
        {"": COST + RESAMPLING_COST},
    ),
    _analytic(
        "communities",
        list_of(results.Community),
        _communities,
        "Groups of organizations that are linked among themselves more than with others (Louvain), the largest first.",
        (_WEIGHT, argument("seed", int | None, "What chance starts from.", 0), SCOPE, *slice_arguments()),
    ),
    _analytic(
        "weak_points",
        results.WeakPoints,
        _weak_points,
        "Organizations and links without which a piece of the graph falls in two.",
        (SCOPE,),
    ),
    _analytic(
        "minimum_cut",
        list_of(LinkNode),
        _minimum_cut,
        "The fewest links without which nothing leads from one organization to another.",
        (*_ends("The organization"), SCOPE, *slice_arguments()),
    ),
    _analytic(
        "paths",
        results.PathTable,
        _paths,
        "Ways from one entity to another, with the links of every hop and the megawatts that are carried.",
        (
            *_ends("The entity"),
            argument("max_hops", int | None, "At most so many hops, 1 to 10.", 4),
            argument("flow", enum_of(Flow) | None, "Which way to go along a link.", Flow.DEPENDENCY),
            argument("directed", bool | None, "Whether directions count.", True),
            SCOPE,
            _first(10, "paths"),
        ),
    ),
    _analytic(
        "reach",
        results.ReachTable,
        _reach,
        "Whoever depends on an entity, or whomever it depends on.",
        (
            _named("from_", "The entity to start from."),
            argument("direction", enum_of(Direction) | None, "Which way.", Direction.DOWNSTREAM),
            argument("max_hops", int | None, "At most so many hops, 1 to 10.", 3),
            SCOPE,
            _first(100, "entities"),
        ),
    ),
    _analytic(
        "money_loops",
        results.LoopTable,
        _money_loops,
        "Money that comes back to where it started, leg by leg.",
        (
            argument("max_length", int | None, "At most so many legs, 2 to 8.", 5),
            argument("min_value_usd", float | None, "Only loops each hop of which states at least so much."),
            SCOPE,
            _first(20, "loops"),
        ),
    ),
    _analytic(
        "shock",
        results.ShockResult,
        _shock,
        "What others lose if organizations fail: megawatts and dollars at risk, with and without guarantees.",
        (
            argument("fail", list[ID], "Who fails, all together. Ids or keys of organizations."),
            argument("model", enum_of(ShockModel) | None, "How the failure spreads.", ShockModel.DIRECT),
            argument("threshold", float | None, "CASCADE: the share of lost inputs that fells. Default: 0.5."),
            argument("equity_ratio", float | None, "DEBTRANK: equity over what is owed to one. Default: 1."),
            argument("recovery", float | None, "DEBTRANK: the share of a claim that is paid all the same. Default: 0."),
            argument("essential", list_of(enum_of(Layer)) | None, "ESRI: essential inputs. Default: all layers."),
            argument("weight", enum_of(Weight) | None, "What losses are shares of.", Weight.COUNT),
            SCOPE,
        ),
    ),
)
