"""Links and debts as charts draw them: as bars of a timeline, and as ends of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from api.pages.agreements import BASIS_TEXT, RunningPart, TextPart, amount_property, running_part, subject_parts
from api.pages.figure_address import address_of, stated_figure_address
from api.pages.page import Visit
from api.pages.wording import billions, bounded, format_megawatts
from graph.analytics.core.amounts import capacities_of, stated_amount
from graph.evidence.firmness import BINDING, Firmness, firmness
from graph.evidence.policy import day_of
from graph.pictures.axis import YearSpan, later, year_span
from graph.pictures.chain import ChainEnd
from graph.pictures.svg import AddressedText
from graph.pictures.timeline import NARROW, TimeBar, timeline
from graph.publication.answers import megawatts_of
from graph.publication.figures import figure_id
from graph.vocabulary.enums import ServiceState
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis, total_capacity
from graph.vocabulary.wording import megawatts

MAX_BARS = 16
TIMELINE_CAPTION = (
    "Dot: announced. Hollow bar: planned. Full bar: confirmed in service, as high as the part that runs. A dashed "
    "end: known by its year alone; an open one: not stated. Line: debt, from issue to maturity."
)


def stated_megawatts(link: Row) -> float | None:
    """Of the first basis that it states."""
    totals = (total_capacity(capacities_of(link), basis) for basis in CapacityBasis)
    return next((one.mw for one in totals if one), None)


_BASIS_WORDS = {**BASIS_TEXT, CapacityBasis.UNSTATED: "(basis not stated)"}


def contract_bar(visit: Visit, link: Row, label: str) -> TimeBar:
    start = year_span(link["service_from"]) if link["service_from"] else None
    term = link.of_role(PropertyRole.TERM)
    is_running = link["service_state"] is ServiceState.CONFIRMED
    part = running_part(link) if is_running else None
    running = (f"{megawatts(part.mw)} in service", running_text(visit, link, part)[1]) if part else ("", "")
    return TimeBar(
        label=label,
        firmness=Firmness.LAPSED if link.key in visit.facts.snapshot.replaced else firmness(link),
        start=start,
        end=_end(link, start, term),
        announced=link["announced"].earliest if link["announced"] else None,
        running=(part.mw / part.whole if part else 1.0) if is_running else 0.0,
        words=AddressedText.joined([megawatts_part(visit, link), running, money_part(visit, link), _term(visit, link)]),
    )


def megawatts_part(visit: Visit, link: Row) -> TextPart:
    """Of the first basis that it states, with their address; empty where it states none."""
    totals = ((basis, total_capacity(capacities_of(link), basis)) for basis in CapacityBasis)
    for basis, total in totals:
        if total:
            id = figure_id(link.key, mw_column(basis), visit.lens, total)
            return f"{format_megawatts(total.mw, total.bound)} MW {_BASIS_WORDS[basis]}", address_of(id)
    return "", ""


def running_text(visit: Visit, link: Row, part: RunningPart) -> tuple[str, str]:
    """50 of 200 MW, with the address of the part that runs: of the stage that has as much."""
    columns = dict.fromkeys(mw_column(one.basis, one.stage) for one in link["capacities"] if one.stage)
    totals = ((column, megawatts_of(link["capacities"], column)) for column in columns)
    id = next((figure_id(link.key, name, visit.lens, one) for name, one in totals if one and one.mw == part.mw), None)
    return part.amount, address_of(id)


def money_part(visit: Visit, row: Row) -> TextPart:
    """What a link or a debt is about in money, with its address; empty where nobody states it."""
    name = "value" if row.label == "Debt" else amount_property(row)
    amount = row[name]
    if amount is None:
        return "", ""
    text = f"{bounded(billions(amount.amount), amount.bound)} bn {amount.currency}"
    return text, stated_figure_address(row, name, visit.lens)


def _term(visit: Visit, link: Row) -> TextPart:
    prop = link.kind.by_role.get(PropertyRole.TERM)
    if prop is None or link[prop.name] is None:
        return "", ""
    return f"{link[prop.name]:g} years", stated_figure_address(link, prop.name, visit.lens)


def _end(link: Row, start: YearSpan | None, term: float | None) -> YearSpan | None:
    if link["service_to"]:
        return year_span(link["service_to"])
    return later(start, term) if start and term else None


def debt_bar(visit: Visit, debt: Row) -> TimeBar:
    name = visit.facts.name(debt.key)
    coupon = debt["coupon_pct"]
    rate = (f"{coupon:g} %", stated_figure_address(debt, "coupon_pct", visit.lens)) if coupon else ("", "")
    return TimeBar(
        label=AddressedText.joined([(name.partition(", ")[2] or name, None), rate], " at "),
        firmness=Firmness.UNSTATED,
        start=year_span(debt["issued"]) if debt["issued"] else None,
        end=year_span(debt["maturity"]) if debt["maturity"] else None,
        is_debt=True,
        words=AddressedText.joined([money_part(visit, debt)]),
    )


def contract_bars(visit: Visit, links: Iterable[Row]) -> list[TimeBar]:
    """Those with a date, the firm and large ones first, each by both parties."""
    dated = [link for link in links if link["service_from"] or link["announced"]]
    ordered = sorted(dated, key=firm_and_large_first)
    return [contract_bar(visit, link, _parties(visit, link)) for link in ordered[:MAX_BARS]]


def firm_and_large_first(link: Row) -> tuple[int, float, float, str]:
    """The order in which links are drawn: by how firmly they bind, by megawatts, by money, by key."""
    amount, mw = stated_amount(link), stated_megawatts(link)
    size = -(mw or 0), -(amount.amount if amount else 0)
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
    words = AddressedText.joined([megawatts_part(visit, link), *subject_parts(visit, link)])
    name = visit.facts.name(link.columns[end])
    return ChainEnd(name, words, firmness(link), mw, link["status"] in BINDING)
