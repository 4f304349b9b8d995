"""The timeline: megawatts in service over time, as confirmed, of unknown start, planned, not yet reported or overdue.

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
from graph.analytics.contracts.service_plans import ContractHistory, ServicePlan, Standing, service_plans
from graph.analytics.core.amounts import Amount
from graph.analytics.core.chains import distinct
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, Section
from graph.analytics.core.exclusions import Excluded, ExclusionReason
from graph.analytics.core.inputs import InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
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
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.log import StatementLog
from graph.evidence.policy import day_of
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis, Json, PartialDate


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Megawatts in service on the last day of a period, by how sure that is; `links` are those that are added.

    `start_unknown_mw` run by a later source, and nobody says since when; `not_yet_reported_mw` were planned to run, and
    no source about the parties is new enough to say so."""

    period: str
    group: Mapping[str, Json]
    unnamed: bool
    layer: Layer
    basis: CapacityBasis
    confirmed_mw: float
    start_unknown_mw: float
    planned_mw: float
    not_yet_reported_mw: float
    overdue_mw: float
    links: tuple[Row, ...]

    @property
    def in_service_mw(self) -> float:
        """What runs, whether it is said since when or not."""
        return self.confirmed_mw + self.start_unknown_mw

    @property
    def expected_mw(self) -> float:
        """What is planned to run by then, or should and nobody confirms it."""
        return self.planned_mw + self.not_yet_reported_mw + self.overdue_mw

    @property
    def whole_mw(self) -> float:
        return self.in_service_mw + self.expected_mw


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
    log: StatementLog,
    group_by: Annotated[tuple[CapacityGroup, ...], Parameter("By what; nothing: all together.")] = (),
    by: Annotated[Period, Parameter("How long a period is.")] = Period.QUARTER,
    scope: InScope = DEFAULT_SCOPE,
) -> Timeline:
    """Megawatts in service over time. A start known to the month, quarter or year counts from its last day. Up to
    valid_on the series hangs on `known_on` alone: the past does not move with the day of the question."""
    groupings = tuple(dict.fromkeys(group_by))
    today = day_of(snapshot.lens.valid_on)
    history = ContractHistory(snapshot, log)
    layers = layers_of(history.contracts, scope)
    plans = {one.layer: list(service_plans(one, history)) for one in layers}
    every = [plan for of_layer in plans.values() for plan in of_layer]
    periods = tuple(_periods(every, by, today))
    rows = (row for one in layers for row in _Series(one, periods, groupings, today).rows(plans[one.layer]))
    return Timeline(
        by=by,
        rows=tuple(rows),
        excluded=tuple(_excluded(layers, every)),
        method=method_of(snapshot, "TIMELINE", {}, str(EdgeWeight(Weight.CAPACITY_MW)), _assumed(every)),
    )


# ---- periods


def _periods(plans: Iterable[ServicePlan], by: Period, today: date) -> Iterator[tuple[str, date]]:
    """Every period from the first start until the last, and the present one, each with its last day."""
    parts = [part for plan in plans for part in plan.parts]
    starts = [part.since for part in parts if part.since]
    if not starts:
        return
    first = min([*starts, *(part.unknown_from for part in parts if part.unknown_from not in (None, date.min))])
    last = max(*starts, today)
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


@dataclass(frozen=True)
class _Series:
    """The rows of one layer."""

    contracts: LayerContracts
    periods: Sequence[tuple[str, date]]
    by: Sequence[CapacityGroup]
    today: date

    def rows(self, plans: Iterable[ServicePlan]) -> Iterator[TimelineRow]:
        snapshot, order = self.contracts.snapshot, list(CapacityBasis)
        grouped: dict[tuple[CapacityBasis, Group], list[ServicePlan]] = {}
        for plan in plans:
            group = group_of(plan.link, self.by, snapshot, plan.included.amount.stage)
            grouped.setdefault((plan.basis, group), []).append(plan)
        for basis, group in sorted(grouped, key=lambda one: (order.index(one[0]), group_sort_key(one[1]))):
            yield from self._of_group(grouped[basis, group], basis, group)

    def _of_group(self, plans: Sequence[ServicePlan], basis: CapacityBasis, group: Group) -> Iterator[TimelineRow]:
        """From its first megawatt on."""
        begun = False
        for period, day in self.periods:
            links, mw = self._added(plans, day)
            begun = begun or bool(links)
            if begun:
                yield TimelineRow(
                    period=period,
                    group=group_to_dict(group),
                    unnamed=names_placeholder(group, self.contracts.snapshot),
                    layer=self.contracts.layer,
                    basis=basis,
                    confirmed_mw=mw[Standing.CONFIRMED],
                    start_unknown_mw=mw[Standing.START_UNKNOWN],
                    planned_mw=mw[Standing.PLANNED],
                    not_yet_reported_mw=mw[Standing.NOT_YET_REPORTED],
                    overdue_mw=mw[Standing.OVERDUE],
                    links=links,
                )

    def _added(self, plans: Iterable[ServicePlan], day: date) -> tuple[tuple[Row, ...], Mapping[Standing, float]]:
        """The contracts that are added on a day, once per chain, and what they add to in each column."""
        standing = {plan.link.key: (plan, mw) for plan in plans if (mw := plan.on(day, self.today))}
        amounts = {key: replace(plan.included, amount=Amount(sum(mw.values()))) for key, (plan, mw) in standing.items()}
        once = [standing[key] for key in distinct(amounts, self.contracts.declared)]
        columns = {
            column: float(sum((Fraction(mw.get(column, 0.0)) for _, mw in once), Fraction(0))) for column in Standing
        }
        return tuple(plan.link for plan, _ in once), columns


# ---- what is left out, and what is assumed


def _excluded(layers: Iterable[LayerContracts], plans: Iterable[ServicePlan]) -> Iterator[Excluded]:
    excluded: dict[str, Excluded] = {}
    for one in layers:
        for left_out in (*one.excluded, *one.unmeasured):
            excluded.setdefault(left_out.link.key, left_out)
    for plan in plans:
        undated = sum(part.mw for part in plan.parts if part.since is None)
        if undated:
            of = f"{undated:g} of {plan.included.amount.value:g} MW {plan.basis}"
            excluded.setdefault(
                plan.link.key, Excluded(plan.link, ExclusionReason.NO_START, f"{of} state no start of service")
            )
    yield from (excluded[key] for key in sorted(excluded))


def _assumed(plans: Sequence[ServicePlan]) -> Iterator[str]:
    yield "Each row is a stock on the last day of its period; up to valid_on it shows what is known on known_on."
    yield "A start known to the month, quarter or year counts from its last day."
    unknown = _keys(plan for plan in plans if any(part.unknown_from is not None for part in plan.parts))
    if unknown:
        run = "1 contract runs" if len(unknown) == 1 else f"{len(unknown)} contracts run"
        yield (
            f"{run}, and nobody says since when: confirmed from the day from which a source says so, until then of "
            f"unknown start ({', '.join(unknown)})."
        )
    ended = _keys(plan for plan in plans if plan.ended)
    if ended:
        have = "1 service has ended and counts" if len(ended) == 1 else f"{len(ended)} services have ended and count"
        yield f"{have} as confirmed until then ({', '.join(ended)})."
    yield "Contracts that are declared to be served out of one another count once; what else may overlap is added."


def _keys(plans: Iterable[ServicePlan]) -> list[str]:
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
        Column(
            "start_unknown_mw",
            float,
            "Megawatts that run by a later source, and nobody says since when.",
            "MW",
            header="start unknown",
        ),
        Column("planned_mw", float, "Megawatts planned to run by then.", "MW", header="planned"),
        Column(
            "not_yet_reported_mw",
            float,
            "Megawatts whose planned start has passed, and no source about the parties is newer.",
            "MW",
            header="not yet reported",
        ),
        Column(
            "overdue_mw",
            float,
            "Megawatts whose planned start has passed; newer sources about the parties do not confirm it.",
            "MW",
            header="overdue",
        ),
        Column(
            "in_service_mw", float, "Megawatts that run: confirmed, and of unknown start.", "MW", header="in service"
        ),
        Column(
            "expected_mw", float, "Megawatts planned, not yet reported or overdue, together.", "MW", header="expected"
        ),
        Column("whole_mw", float, "Megawatts in service and expected, together.", "MW", header="whole"),
        Column("links", LINKS_OF_ROW, "The contracts that are added."),
    ),
)

ANALYTICS = (
    Analytic(
        name="timeline",
        doc="Megawatts in service over time: confirmed, of unknown start, planned, not yet reported, overdue.",
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
