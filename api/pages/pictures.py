"""Links and debts as charts draw them: as bars of a timeline, and as ends of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from api.pages.agreements import BASIS_TEXT, describe_subject, running_part
from api.pages.page import Visit
from api.pages.wording import billions, bounded, format_megawatts
from graph.analytics.core.amounts import capacities_of, stated_amount
from graph.evidence.firmness import BINDING, Firmness, firmness
from graph.evidence.policy import day_of
from graph.pictures.axis import YearSpan, later, year_span
from graph.pictures.chain import ChainEnd
from graph.pictures.timeline import NARROW, TimeBar, timeline
from graph.vocabulary.enums import ServiceState
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.values import CapacityBasis, total_capacity
from graph.vocabulary.wording import megawatts

MAX_BARS = 16
TIMELINE_CAPTION = (
    "Dot: announced. Hollow bar: planned. Full bar: confirmed in service, as high as the part that runs. A dashed "
    "end: known by its year alone; an open one: not stated. Line: debt, from issue to maturity."
)


def stated_megawatts(link: Row) -> tuple[float, str] | None:
    """Of the first basis that it states, with the words for them."""
    totals = (total_capacity(capacities_of(link), basis) for basis in CapacityBasis)
    total = next((one for one in totals if one), None)
    return (total.mw, f"{format_megawatts(total.mw, total.bound)} MW {_BASIS_WORDS[total.basis]}") if total else None


_BASIS_WORDS = {**BASIS_TEXT, CapacityBasis.UNSTATED: "(basis not stated)"}


def contract_bar(visit: Visit, link: Row, label: str) -> TimeBar:
    start = year_span(link["service_from"]) if link["service_from"] else None
    amount, mw, term = stated_amount(link), stated_megawatts(link), link.of_role(PropertyRole.TERM)
    is_running = link["service_state"] is ServiceState.CONFIRMED
    part = running_part(link) if is_running else None
    running = f"{megawatts(part.mw)} in service" if part else ""
    money = f"{bounded(billions(amount.amount), amount.bound)} bn {amount.currency}" if amount else ""
    return TimeBar(
        label=label,
        firmness=Firmness.LAPSED if link.key in visit.facts.snapshot.replaced else firmness(link),
        start=start,
        end=_end(link, start, term),
        announced=link["announced"].earliest if link["announced"] else None,
        running=(part.mw / part.whole if part else 1.0) if is_running else 0.0,
        words=", ".join(one for one in (mw[1] if mw else "", running, money, f"{term:g} years" if term else "") if one),
    )


def _end(link: Row, start: YearSpan | None, term: float | None) -> YearSpan | None:
    if link["service_to"]:
        return year_span(link["service_to"])
    return later(start, term) if start and term else None


def debt_bar(visit: Visit, debt: Row) -> TimeBar:
    amount, name = debt["value"], visit.facts.name(debt.key)
    coupon = f" at {debt['coupon_pct']:g} %" if debt["coupon_pct"] else ""
    return TimeBar(
        label=(name.partition(", ")[2] or name) + coupon,
        firmness=Firmness.UNSTATED,
        start=year_span(debt["issued"]) if debt["issued"] else None,
        end=year_span(debt["maturity"]) if debt["maturity"] else None,
        is_debt=True,
        words=f"{bounded(billions(amount.amount), amount.bound)} bn {amount.currency}" if amount else "",
    )


def contract_bars(visit: Visit, links: Iterable[Row]) -> list[TimeBar]:
    """Those with a date, the firm and large ones first, each by both parties."""
    dated = [link for link in links if link["service_from"] or link["announced"]]
    ordered = sorted(dated, key=firm_and_large_first)
    return [contract_bar(visit, link, _parties(visit, link)) for link in ordered[:MAX_BARS]]


def firm_and_large_first(link: Row) -> tuple[int, float, float, str]:
    """The order in which links are drawn: by how firmly they bind, by megawatts, by money, by key."""
    amount, mw = stated_amount(link), stated_megawatts(link)
    size = -(mw[0] if mw else 0), -(amount.amount if amount else 0)
    return _FIRMEST.index(firmness(link)), *size, link.key


_FIRMEST = tuple(Firmness)


def _parties(visit: Visit, link: Row) -> str:
    return f"{visit.facts.name(link.columns['from'])} → {visit.facts.name(link.columns['to'])}"


def timeline_pair(visit: Visit, bars: Sequence[TimeBar], title: str) -> tuple[Markup, Markup] | None:
    """Wide and narrow; None where nothing has a beginning."""
    if not any(bar.start for bar in bars):
        return None
    today = day_of(visit.lens.valid_on)
    return timeline(bars, today, title), timeline(bars, today, title, NARROW)


def chain_end(visit: Visit, link: Row, end: str) -> ChainEnd:
    """The party at the `from` or `to` end of a link, with megawatts and what it is about."""
    mw = stated_megawatts(link)
    words = ", ".join(part for part in (mw[1] if mw else "", describe_subject(visit, link)) if part)
    name = visit.facts.name(link.columns[end])
    return ChainEnd(name, words, firmness(link), mw[0] if mw else None, link["status"] in BINDING)
