"""Pictures of an organization's page: its contracts and debts in time, and its place in the chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from api.pages.agreements import describe_subject
from api.pages.page import Visit
from api.pages.wording import billions, bounded, format_megawatts
from graph.analytics.core.amounts import capacities_of, stated_amount
from graph.evidence.firmness import BINDING, Firmness, firmness
from graph.evidence.policy import day_of
from graph.pictures.axis import YearSpan, later, year_span
from graph.pictures.chain import ChainEnd, chain
from graph.pictures.timeline import NARROW, TimeBar, timeline
from graph.vocabulary.enums import ENDED, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, PropertyRole, Row
from graph.vocabulary.values import CapacityBasis, total_capacity

_MOST_BARS, _MOST_DEBTS, _MOST_ENDS = 12, 6, 7


def timeline_pictures(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> tuple[Markup, Markup] | None:
    """Wide and narrow; None where nothing has a beginning."""
    provided = [link for link in out if _is_drawn(link)]
    taken = [link for link in into if _is_drawn(link)]
    contracts = sorted(provided or taken, key=_weight)[:_MOST_BARS]
    bars = [_contract(visit, link, "to" if provided else "from") for link in contracts]
    debts = sorted(filter(_is_outstanding, visit.facts.debts_of(visit.key)), key=_due)[:_MOST_DEBTS]
    bars += [_debt(visit, debt) for debt in debts]
    if not any(bar.start for bar in bars):
        return None
    today, title = day_of(visit.lens.valid_on), f"Contracts and debts of {visit.facts.name(visit.key)} in time"
    return timeline(bars, today, title), timeline(bars, today, title, NARROW)


def _is_drawn(link: Row) -> bool:
    dated = link["service_from"] is not None or link["announced"] is not None
    of_capacity = link.columns[TYPE_COLUMN] == "PROVIDES_CAPACITY"
    return of_capacity and dated and firmness(link) in (Firmness.FIRM, Firmness.UNSTATED, Firmness.CONDITIONAL)


def _weight(link: Row) -> tuple[bool, float, float, str]:
    amount, mw = stated_amount(link), _megawatts(link)
    return firmness(link) is not Firmness.FIRM, -(mw[0] if mw else 0), -(amount.amount if amount else 0), link.key


def _megawatts(link: Row) -> tuple[float, str] | None:
    """Of the first basis that it states, with the words for them."""
    totals = (total_capacity(capacities_of(link), basis) for basis in CapacityBasis)
    total = next((one for one in totals if one), None)
    return (total.mw, f"{format_megawatts(total.mw, total.bound)} MW") if total else None


def _contract(visit: Visit, link: Row, end: str) -> TimeBar:
    start = year_span(link["service_from"]) if link["service_from"] else None
    amount, mw, term = stated_amount(link), _megawatts(link), link.of_role(PropertyRole.TERM)
    words = [mw[1] if mw else "", f"{bounded(billions(amount.amount), amount.bound)} bn" if amount else ""]
    return TimeBar(
        label=visit.facts.name(link.columns[end]),
        firmness=firmness(link),
        start=start,
        end=_end(link, start, term),
        announced=link["announced"].earliest if link["announced"] else None,
        is_running=link["service_state"] is ServiceState.CONFIRMED,
        words=", ".join(part for part in (*words, f"{term:g} years" if term else "") if part),
    )


def _end(link: Row, start: YearSpan | None, term: float | None) -> YearSpan | None:
    if link["service_to"]:
        return year_span(link["service_to"])
    return later(start, term) if start and term else None


def _is_outstanding(debt: Row) -> bool:
    return debt["issued"] is not None and debt["status"] not in ENDED


def _due(debt: Row) -> tuple[str, str]:
    return debt["maturity"].earliest.isoformat() if debt["maturity"] else "9999", debt.key


def _debt(visit: Visit, debt: Row) -> TimeBar:
    amount = debt["value"]
    return TimeBar(
        label=visit.facts.name(debt.key).partition(", ")[2] or visit.facts.name(debt.key),
        firmness=Firmness.UNSTATED,
        start=year_span(debt["issued"]),
        end=year_span(debt["maturity"]) if debt["maturity"] else None,
        is_debt=True,
        words=f"{bounded(billions(amount.amount), amount.bound)} bn {amount.currency}" if amount else "",
    )


# ---- the chain


def chain_picture(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Markup | None:
    """What it takes from whom, and to whom it gives; None where one side is empty."""
    incoming, outgoing = _ends(visit, into, "from"), _ends(visit, out, "to")
    return chain(visit.facts.name(visit.key), incoming, outgoing) if incoming and outgoing else None


_CHAINED = ("PROVIDES_CAPACITY", "SUPPLIES", "SUPPLIES_POWER")


def _ends(visit: Visit, links: Iterable[Row], end: str) -> list[ChainEnd]:
    """The largest, each party once."""
    delivered = (link for link in links if link.columns[TYPE_COLUMN] in _CHAINED and link["in_force"])
    by_party: dict[str, Row] = {}
    for link in sorted(delivered, key=_weight):
        by_party.setdefault(link.columns[end], link)
    return [_chain_end(visit, link, end) for link in list(by_party.values())[:_MOST_ENDS]]


def _chain_end(visit: Visit, link: Row, end: str) -> ChainEnd:
    mw, what = _megawatts(link), describe_subject(visit, link)
    return ChainEnd(
        name=visit.facts.name(link.columns[end]),
        words=", ".join(part for part in (mw[1] if mw else "", what) if part),
        firmness=firmness(link),
        capacity_mw=mw[0] if mw else None,
        is_signed=link["status"] in BINDING,
    )
