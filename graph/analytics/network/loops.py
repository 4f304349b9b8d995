"""Money loops: money that comes back to where it started, leg by leg, with the evidence for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from operator import lt
from typing import Annotated

from graph.analytics.core.amounts import Amount, amount_of, stated_amount
from graph.analytics.core.declaration import (
    PAGE_OF_LINKS,
    Analytic,
    Column,
    KeyOf,
    Listing,
    ListOf,
    Record,
    RowOf,
    Section,
    within,
)
from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.inputs import First, InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import EXCLUDED_LINKS, LINKS_OF_ROW, METHOD_OF_RESULT, TOTAL_FOUND, TRUNCATED
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Weight, link_kind
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.walks import Adjacency, Hop, SearchBudget, completing, confidence_of, ways_of, weakest
from graph.errors import BadQuery
from graph.evidence.policy import day_of
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import Row
from graph.vocabulary.values import Money
from graph.vocabulary.wording import quote

MAX_LENGTH = 8
"""Loops of more legs are not looked for: there are too many to mean anything."""


class LegKind(StrEnum):
    """What the money of a leg is for: it FUNDS whom it goes to (invests, lends, guarantees), or it BUYS from them (pays
    for what is delivered)."""

    FUNDS = "FUNDS"
    BUYS = "BUYS"


@dataclass(frozen=True, slots=True)
class Leg:
    """A link by which money flows from payer to payee. `amount` is as stated; None where nothing is."""

    link: Row
    payer: str
    payee: str
    kind: LegKind
    amount: Money | None


@dataclass(frozen=True)
class MoneyLoop:
    """Organizations in the order in which money passes them, the first by key first; `hops` leads from each to the
    next, the last back to the first. All links of a hop are legs of it: one of them closes the loop.

    `min_value_usd` is the least of what the largest leg of each hop states; None where a hop states nothing. Amounts
    are never added."""

    organizations: tuple[Row, ...]
    hops: tuple[Hop, ...]
    min_value_usd: float | None
    weakest_confidence: Confidence
    weakest: tuple[Hop, ...]
    in_force_on: date
    number: int = 0
    """Its place among the loops of a table, from 1."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(_leg(link, hop) for hop in self.hops for link in hop.links)


@dataclass(frozen=True)
class LoopTable:
    """The loops of the largest least amount first, those without one last; of equals the shorter, then by key.
    `total_count` counts those beyond the rows too."""

    rows: tuple[MoneyLoop, ...]
    total_count: int
    truncated: bool
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def money_loops(
    snapshot: Snapshot,
    confidence: Mapping[str, Confidence],
    *,
    max_length: Annotated[int, Parameter("At most so many legs.", at_least=2, at_most=MAX_LENGTH)] = 5,
    min_value_usd: Annotated[
        float | None, Parameter("Only loops each hop of which states at least so many US dollars.")
    ] = None,
    through: Annotated[
        str | None, Parameter("Only loops that pass through this organization.", key_of="Organization")
    ] = None,
    scope: InScope = DEFAULT_SCOPE,
    first: First = 20,
    budget: SearchBudget | None = None,
) -> LoopTable:
    """Cycles in which money flows, all legs in force on the day of the lens, each cycle once.

    `confidence` is that of each link (`support.confidence_by_subject`). `min_value_usd` leaves out loops whose hops do
    not all state so much. With `through` only links that could be part of such a loop are listed as excluded.

    Raises BadQuery for lengths beyond MAX_LENGTH, and for a key that is no organization."""
    if through is not None and through not in snapshot.organizations:
        raise BadQuery(f"No organization {quote(through)}.", remedy="Name the key of an organization.")
    view = build_view(snapshot, scope, flow=Flow.MONEY)
    budget = budget or SearchBudget()
    loops = [_loop(walk, view, confidence) for walk in _cycles(view, max_length, budget, through)]
    rows = [loop for loop in loops if min_value_usd is None or (loop.min_value_usd or 0) >= min_value_usd]
    rows.sort(key=_order)
    return LoopTable(
        rows=tuple(replace(loop, number=number) for number, loop in enumerate(rows[:first], start=1)),
        total_count=len(rows),
        truncated=budget.cut_short or len(rows) > first,
        excluded=view.excluded if through is None else _closing(view, through, max_length),
        method=_method(
            view,
            {"links": len(view.included), "loops": len(rows)},
            _notes(loops, min_value_usd, budget),
        ),
    )


def _cycles(view: NetworkView, max_length: int, budget: SearchBudget, through: str | None) -> Iterator[tuple[str, ...]]:
    """Each simple cycle once, from its first organization by key."""
    adjacency = Adjacency.of(view.graph.edges)
    if through is not None:
        for walk in adjacency.simple_paths(through, through, max_length, budget):
            first = walk.index(min(walk))
            yield (*walk[first:-1], *walk[:first])
        return
    for start in sorted(adjacency.successors):
        for walk in adjacency.simple_paths(start, start, max_length, budget, among=partial(lt, start)):
            yield walk[:-1]


def _closing(view: NetworkView, through: str, max_length: int) -> tuple[Excluded, ...]:
    """The excluded links that could be legs of a loop through an organization."""
    return completing(
        view.excluded,
        lambda link: ways_of(link, Flow.MONEY, view.scope),
        view.graph.edges,
        (through, through),
        max_length,
    )


def _loop(walk: tuple[str, ...], view: NetworkView, confidence: Mapping[str, Confidence]) -> MoneyLoop:
    hops = tuple(_hop(tail, head, view) for tail, head in zip(walk, (*walk[1:], walk[0]), strict=True))
    least = weakest(hops, confidence)
    largest = [_largest_usd(hop) for hop in hops]
    stated = [amount for amount in largest if amount is not None]
    return MoneyLoop(
        organizations=tuple(view.snapshot.organizations[key] for key in walk),
        hops=hops,
        min_value_usd=min(stated) if len(stated) == len(hops) else None,
        weakest_confidence=least,
        weakest=tuple(hop for hop in hops if confidence_of(hop, confidence) is least),
        in_force_on=day_of(view.snapshot.lens.valid_on),
    )


def _hop(tail: str, head: str, view: NetworkView) -> Hop:
    return Hop(tail, head, tuple(view.included[key].link for key in view.graph.edges[tail, head]["links"]))


def _largest_usd(hop: Hop) -> float | None:
    amounts = [amount_of(link, Weight.VALUE_USD, DEFAULT_SCOPE) for link in hop.links]
    return max((one.value for one in amounts if isinstance(one, Amount)), default=None)


def _leg(link: Row, hop: Hop) -> Leg:
    kind = link_kind(link)
    funds = kind.money_flow is kind.dependency_flow
    return Leg(link, hop.tail, hop.head, LegKind.FUNDS if funds else LegKind.BUYS, stated_amount(link))


def _order(loop: MoneyLoop) -> tuple[float, int, tuple[str, ...]]:
    largest = float("-inf") if loop.min_value_usd is None else loop.min_value_usd
    return -largest, len(loop.hops), tuple(row.key for row in loop.organizations)


def _notes(loops: list[MoneyLoop], min_value_usd: float | None, budget: SearchBudget) -> Iterator[str]:
    yield "Every leg is in force on the day of the lens; what flowed before or after it is not compared."
    yield "All links between two organizations are legs of one hop; amounts of stock and of flow stand side by side."
    silent = sum(loop.min_value_usd is None for loop in loops)
    if silent:
        left_out = " and are left out" if min_value_usd is not None else ""
        yield f"{silent} of {len(loops)} loops have a hop that states no amount in USD{left_out}."
    if budget.cut_short:
        yield "The search was cut short: there are more loops."


def _method(view: NetworkView, size: Mapping[str, int], notes: Iterator[str]) -> Method:
    return method_of(view.snapshot, "MONEY_LOOPS", {}, "none", (*notes, *view.assumptions), size=size)


# ---- the declaration

LEG = Record(
    "Leg",
    "A link by which money flows from one organization to the next.",
    (
        Column("payer", KeyOf("Organization"), "From whom."),
        Column("kind", LegKind, "What the money is for."),
        Column("payee", KeyOf("Organization"), "To whom."),
        Column("amount", Money, "As stated; null where nothing is."),
        Column("link", RowOf("Link"), "The link."),
    ),
)
MONEY_LOOP = Record(
    "MoneyLoop",
    "Money that comes back to where it started; all legs are in force on one day. Amounts are never added.",
    (
        Column("number", int, "Its place among those of this answer, from 1.", header="loop"),
        Column(
            "organizations",
            ListOf(RowOf("Organization"), page=None),
            "In the order in which the money passes them.",
        ),
        Column(
            "min_value_usd",
            float | None,
            "The least of what the largest leg of each hop states.",
            "USD",
            header="least",
        ),
        Column(
            "weakest_confidence", Confidence, "Confidence of the weakest step: that of its best link.", header="weakest"
        ),
        Column(
            "legs",
            LINKS_OF_ROW,
            "All links by which it flows, leg by leg.",
            value=lambda loop: tuple(leg.link for leg in loop.legs),
            header="links",
        ),
        Column(
            "typed_legs",
            ListOf(LEG, page=PAGE_OF_LINKS),
            "The same links, each with what its money is for.",
            value=lambda loop: loop.legs,
            header="",
        ),
        Column("in_force_on", date, "The day on which all legs are in force.", header=""),
    ),
)

ANALYTICS = (
    Analytic(
        name="money_loops",
        doc="Money that comes back to where it started, leg by leg. Amounts are never added.",
        section=Section.WALKS,
        function=money_loops,
        result=Record(
            "LoopTable",
            "Money loops, each once.",
            (
                Column(
                    "rows",
                    ListOf(MONEY_LOOP, page=None),
                    "The largest least amount first, those without one last.",
                ),
                TOTAL_FOUND,
                TRUNCATED,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing("Money loops", "rows", MONEY_LOOP.columns),
            Listing(
                "Legs",
                lambda result: [(loop, leg) for loop in result.rows for leg in loop.legs],
                (
                    *within(lambda pair: pair[0], MONEY_LOOP.columns[:1]),
                    *within(lambda pair: pair[1], LEG.columns[:-1]),
                    Column("link", KeyOf("Link"), "The link.", value=lambda pair: pair[1].link.key),
                ),
            ),
        ),
    ),
)
