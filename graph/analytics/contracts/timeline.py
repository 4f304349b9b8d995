"""The timeline: megawatts in service over time, as confirmed, planned, or overdue without confirmation.

In force is not in service: a contract counts from the day its service begins. A row is a stock, as of the last day of
its period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Annotated

from graph.analytics.contracts.capacity import LayerContracts, layers_of
from graph.analytics.contracts.groups import (
    CapacityGroup,
    Group,
    Period,
    group_of,
    group_sort_key,
    group_to_dict,
    names_placeholder,
    period_of,
)
from graph.analytics.core.amounts import Amount, capacities_of
from graph.analytics.core.chains import ContractDag, distinct
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Parameter, Record, Section, declared
from graph.analytics.core.exclusions import Excluded, ExclusionReason
from graph.analytics.core.inputs import InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.records import (
    BASIS,
    EXCLUDED_LINKS,
    GROUP,
    LAYER,
    LINKS_OF_ROW,
    METHOD_OF_RESULT,
    TOTAL_COUNT,
    UNNAMED,
)
from graph.analytics.core.scope import DEFAULT_SCOPE, EdgeWeight, Weight
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.lens import Lens
from graph.evidence.policy import day_of
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage, Json, PartialDate

_RUNNING = frozenset({CapacityStage.IN_SERVICE, CapacityStage.BILLING})


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Megawatts in service on the last day of a period, by how sure that is; `links` are those that are added."""

    period: str
    group: Mapping[str, Json]
    unnamed: bool
    layer: Layer
    basis: CapacityBasis
    confirmed_mw: float
    planned_mw: float
    overdue_mw: float
    links: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows by layer, basis, group and period, each group from its first megawatt on. `excluded` are contracts, or
    parts of them, without a stated start of service."""

    by: Period
    rows: tuple[TimelineRow, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def timeline(
    snapshot: Snapshot,
    group_by: Annotated[tuple[CapacityGroup, ...], Parameter("By what; nothing: all together.")] = (),
    by: Annotated[Period, Parameter("How long a period is.")] = Period.QUARTER,
    scope: InScope = DEFAULT_SCOPE,
) -> Timeline:
    """Megawatts in service over time. A start known to the month, quarter or year counts from its last day."""
    groupings = tuple(dict.fromkeys(group_by))
    layers = layers_of(snapshot, scope)
    plans = [plan for one in layers for plan in _plans(one)]
    periods = tuple(_periods(plans, by, day_of(snapshot.lens.valid_on)))
    rows = (row for one in layers for row in _rows(one, [p for p in plans if p.of(one)], periods, groupings))
    return Timeline(
        by=by,
        rows=tuple(rows),
        excluded=tuple(_excluded(layers, plans)),
        method=method_of(snapshot, "TIMELINE", {}, str(EdgeWeight(Weight.CAPACITY_MW)), _assumed(plans)),
    )


# ---- what runs when


@dataclass(frozen=True, slots=True)
class _Part:
    """Megawatts of a contract that begin on one day; `state` is never ENDED. `since` None: it is not known."""

    mw: float
    since: date | None
    state: ServiceState | None


@dataclass(frozen=True, slots=True)
class _ServicePlan:
    """When the megawatts of one contract, in one basis, begin, and until which day they last."""

    included: Included
    layer: Layer
    basis: CapacityBasis
    parts: tuple[_Part, ...]
    until: date
    ended: bool

    @property
    def link(self) -> Row:
        return self.included.link

    def of(self, contracts: LayerContracts) -> bool:
        return self.layer is contracts.layer

    def on(self, day: date) -> Mapping[ServiceState, float]:
        """The megawatts in service on a day, by state."""
        mw_by_state: dict[ServiceState, float] = {}
        for part in self.parts:
            if part.state and part.since and part.since <= day <= self.until:
                mw_by_state[part.state] = mw_by_state.get(part.state, 0.0) + part.mw
        return mw_by_state


def _plans(contracts: LayerContracts) -> Iterator[_ServicePlan]:
    lens = contracts.snapshot.lens
    for basis, measured in contracts.measured.items():
        for one in measured.values():
            ended = one.link["service_state"] is ServiceState.ENDED
            parts = tuple(_parts(one, basis, lens))
            yield _ServicePlan(one, contracts.layer, basis, parts, _until(one.link, lens), ended)


def _until(link: Row, lens: Lens) -> date:
    """The last day on which the service may run."""
    ends = (link.of_role(PropertyRole.SERVICE_END), link["effective_to"])
    return min((end.latest if lens.lasts(end, end.latest) else end.earliest for end in ends if end), default=date.max)


def _parts(included: Included, basis: CapacityBasis, lens: Lens) -> Iterator[_Part]:
    """Dated phases, then the rest of the contract from its own start."""
    phases = list(_dated(included.link, basis))
    parts = [_phase(entry, included.link, lens) for entry in phases]
    yield from parts
    rest = included.amount.value - sum(part.mw for part in parts)
    if rest <= 0:
        return
    if any(entry.stage in _RUNNING for entry in phases):
        # what runs is stated; the start of the service was that of this part
        yield _Part(rest, None, None)
    else:
        yield _whole(included.link, rest, lens)


def _dated(link: Row, basis: CapacityBasis) -> Iterator[Capacity]:
    """Entries that say since when, or that it runs; of each phase the furthest stage."""
    stages = [None, *CapacityStage]
    furthest: dict[str | None, Capacity] = {}
    for entry in capacities_of(link):
        if entry.basis is basis and (entry.since or entry.stage in _RUNNING):
            known = furthest.get(entry.phase)
            if known is None or stages.index(entry.stage) > stages.index(known.stage):
                furthest[entry.phase] = entry
    whole = furthest.pop(None, None)
    if whole is not None and not furthest:
        yield whole
    yield from furthest.values()


def _phase(entry: Capacity, link: Row, lens: Lens) -> _Part:
    start = entry.since or link.of_role(PropertyRole.SERVICE_START)
    if entry.stage in _RUNNING:
        return _Part(entry.mw, _confirmed_since(start, lens), ServiceState.CONFIRMED)
    own: PartialDate | None = link.of_role(PropertyRole.SERVICE_START)
    with_it = own is not None and start.latest <= own.latest
    if with_it and link["service_state"] in (ServiceState.CONFIRMED, ServiceState.ENDED):
        return _Part(entry.mw, _confirmed_since(start, lens), ServiceState.CONFIRMED)
    return _Part(entry.mw, start.latest, _due(start, lens))


def _whole(link: Row, mw: float, lens: Lens) -> _Part:
    start, state = link.of_role(PropertyRole.SERVICE_START), link["service_state"]
    if state in (ServiceState.CONFIRMED, ServiceState.ENDED):
        return _Part(mw, _confirmed_since(start, lens), ServiceState.CONFIRMED)
    return _Part(mw, start.latest if start else None, state)


def _confirmed_since(start: PartialDate | None, lens: Lens) -> date:
    """Running capacity began today at the latest; without a stated start, today."""
    today = day_of(lens.valid_on)
    return min(start.latest, today) if start else today


def _due(start: PartialDate, lens: Lens) -> ServiceState:
    past = start.latest < day_of(lens.valid_on)
    return ServiceState.OVERDUE_UNCONFIRMED if past else ServiceState.PLANNED


# ---- periods


def _periods(plans: Iterable[_ServicePlan], by: Period, today: date) -> Iterator[tuple[str, date]]:
    """Every period from the first start until the last, and the present one, each with its last day."""
    starts = [part.since for plan in plans for part in plan.parts if part.since]
    if not starts:
        return
    first, last = min(starts), max(*starts, today)
    year, month = first.year, 1
    while (year, month) <= (last.year, last.month):
        end = _month_of_end(month, by)
        if (year, end) >= (first.year, first.month):
            yield period_of(year, month, by), _last_day(year, end)
        year, month = (year, end + 1) if end < 12 else (year + 1, 1)


def _month_of_end(month: int, by: Period) -> int:
    return {Period.YEAR: 12, Period.QUARTER: month + 2, Period.MONTH: month}[by]


def _last_day(year: int, month: int) -> date:
    return PartialDate.read(f"{year}-{month:02}").latest


# ---- rows


def _rows(
    contracts: LayerContracts,
    plans: Sequence[_ServicePlan],
    periods: Sequence[tuple[str, date]],
    by: Sequence[CapacityGroup],
) -> Iterator[TimelineRow]:
    grouped: dict[tuple[CapacityBasis, Group], list[_ServicePlan]] = {}
    for plan in plans:
        group = group_of(plan.link, by, contracts.snapshot, plan.included.amount.stage)
        grouped.setdefault((plan.basis, group), []).append(plan)
    order = list(CapacityBasis)
    for basis, group in sorted(grouped, key=lambda one: (order.index(one[0]), group_sort_key(one[1]))):
        begun = False
        for period, day in periods:
            row = _row(grouped[basis, group], period, day, contracts.declared)
            begun = begun or bool(row.links)
            if begun:
                yield replace(row, group=group_to_dict(group), unnamed=names_placeholder(group, contracts.snapshot))


def _row(plans: Sequence[_ServicePlan], period: str, day: date, chains: ContractDag) -> TimelineRow:
    running = {plan.link.key: (plan, states) for plan in plans if (states := plan.on(day))}
    amounts = {
        key: replace(plan.included, amount=Amount(sum(states.values()))) for key, (plan, states) in running.items()
    }
    distinct_plans = [running[key] for key in distinct(amounts, chains)]

    def added(state: ServiceState) -> float:
        return float(sum((Fraction(states.get(state, 0.0)) for _, states in distinct_plans), Fraction(0)))

    return TimelineRow(
        period=period,
        group={},
        unnamed=False,
        layer=plans[0].layer,
        basis=plans[0].basis,
        confirmed_mw=added(ServiceState.CONFIRMED),
        planned_mw=added(ServiceState.PLANNED),
        overdue_mw=added(ServiceState.OVERDUE_UNCONFIRMED),
        links=tuple(plan.link for plan, _ in distinct_plans),
    )


# ---- what is left out, and what is assumed


def _excluded(layers: Iterable[LayerContracts], plans: Iterable[_ServicePlan]) -> Iterator[Excluded]:
    excluded: dict[str, Excluded] = {}
    for one in layers:
        for left_out in (*one.excluded, *one.unmeasured):
            excluded.setdefault(left_out.link.key, left_out)
    for plan in plans:
        undated = sum(part.mw for part in plan.parts if not (part.since and part.state))
        if undated:
            of = f"{undated:g} of {plan.included.amount.value:g} MW {plan.basis}"
            excluded.setdefault(
                plan.link.key, Excluded(plan.link, ExclusionReason.NO_START, f"{of} state no start of service")
            )
    yield from (excluded[key] for key in sorted(excluded))


def _assumed(plans: Sequence[_ServicePlan]) -> Iterator[str]:
    yield "Each row is a stock on the last day of its period."
    yield "A start known to the month, quarter or year counts from its last day."
    unknown = _keys(
        plan
        for plan in plans
        if plan.link.of_role(PropertyRole.SERVICE_START) is None and any(_runs(part) for part in plan.parts)
    )
    if unknown:
        yield f"{len(unknown)} contracts run, and not all say since when: from today on ({', '.join(unknown)})."
    ended = _keys(plan for plan in plans if plan.ended)
    if ended:
        yield f"{len(ended)} services have ended and count as confirmed until then ({', '.join(ended)})."
    yield "Contracts that are declared to be served out of one another count once; what else may overlap is added."


def _runs(part: _Part) -> bool:
    return part.state is ServiceState.CONFIRMED


def _keys(plans: Iterable[_ServicePlan]) -> list[str]:
    return sorted({plan.link.key for plan in plans})


# ---- the declaration

TIMELINE_ROW = Record(
    "TimelineRow",
    "Megawatts in service on the last day of a period.",
    (
        GROUP,
        UNNAMED,
        LAYER,
        BASIS,
        Column("period", str, "The period, e.g. 2026-Q3."),
        Column("confirmed_mw", float, "Megawatts that are said to run.", "MW", header="confirmed"),
        Column("planned_mw", float, "Megawatts planned to run by then.", "MW", header="planned"),
        Column("overdue_mw", float, "Megawatts whose planned start has passed unconfirmed.", "MW", header="overdue"),
        Column("links", LINKS_OF_ROW, "The contracts that are added."),
    ),
)

ANALYTICS = (
    Analytic(
        name="timeline",
        doc="Megawatts in service over time: confirmed, planned, overdue without confirmation.",
        section=Section.MEGAWATTS,
        function=timeline,
        result=Record(
            "Timeline",
            "Megawatts in service over time; a signed contract is in force before its service begins.",
            (
                Column("by", Period, "How long a period is."),
                Column(
                    "rows",
                    ListOf(TIMELINE_ROW),
                    "By layer, basis, group and period, each group from its first megawatt on.",
                ),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Megawatts in service", "rows", TIMELINE_ROW.columns),),
    ),
)
