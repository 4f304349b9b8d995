"""`/debts/KEY`: one bond, loan or facility: its terms, who lent or arranged it, and what secures it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.pages.agreements import money_figure
from api.pages.entity import (
    EntityPicture,
    EntityView,
    RelatedRows,
    contract_section,
    entity_section,
    entity_view,
    finish_head,
)
from api.pages.figure_address import stated_figure_address
from api.pages.lead import KeyFigure, LeadPart, parties, party, said, strong
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.pictures import TIMELINE_CAPTION, contract_bars, debt_bar, timeline_pair
from api.pages.sections import LinkSection
from api.pages.wording import billions, bounded
from graph.analytics.contracts.debt import debt_profile
from graph.publication.known import of_types
from graph.vocabulary.enums import ENDED, DebtInstrument
from graph.vocabulary.model import Row
from graph.vocabulary.wording import format_day, words


def debt_view(visit: Visit) -> EntityView:
    debt = visit.row
    links = visit.facts.links_naming(visit.key, "debt")
    security = [row for key in debt["secured_by"] or () if (row := visit.facts.row(key)) is not None]
    loans = of_types(links, "LENDS_TO")
    head = finish_head(
        f"Debt, {words(debt.columns['instrument'])}",
        visit.facts.name(visit.key),
        _sub(debt),
        _lead(visit, debt, security),
        _keys(visit, debt),
        RelatedRows("Owed by", (party_name(visit, debt.columns["issuer"]),)),
        RelatedRows("Other debts of the issuer", _others(visit, debt)),
    )
    sections = [
        *entity_section(visit, "loans", "Who lent or arranged it", loans, note=_ARRANGERS),
        *_security(visit, security),
        *entity_section(visit, "others", "What else names it", [link for link in links if link not in loans]),
    ]
    return entity_view(visit, head, sections, (_timeline(visit, debt, security),))


_ARRANGERS = (
    "An arranger or agent is not a lender. An amount beside a lender is its own part, where a source states it."
)


def _security(visit: Visit, links: Sequence[Row]) -> list[LinkSection]:
    """Contracts for capacity with their sums; where something else secures it too, all as they are."""
    contracts = of_types(links, "PROVIDES_CAPACITY")
    section = contract_section if len(contracts) == len(links) else entity_section
    return section(visit, "security", "What secures it", links)


def _others(visit: Visit, debt: Row) -> tuple[PartyName, ...]:
    rows = visit.facts.debts_of(debt.columns["issuer"])
    return tuple(party_name(visit, row.key) for row in rows if row.key != debt.key)


def _sub(debt: Row) -> Iterator[str]:
    yield from (words(debt.columns.get(name)) for name in ("status", "seniority", "recourse"))
    yield f"rated {debt['rating']}" if debt["rating"] else ""


def _lead(visit: Visit, debt: Row, security: Sequence[Row]) -> Iterator[LeadPart]:
    """Who owes how much at what price until when, for what, secured by what; and whether it is owed on the day."""
    amount, coupon = debt["value"], debt["coupon_pct"]
    yield party(party_name(visit, debt.columns["issuer"]))
    issued, due = format_day(debt["issued"]), format_day(debt["maturity"])
    ended = debt["status"] in ENDED
    yield said(_verb(debt, ended))
    if amount:
        text = f"{bounded(billions(amount.amount), amount.bound)} bn {amount.currency}"
        yield strong(text, stated_figure_address(debt, "value", visit.lens))
    else:
        yield said("an amount that nobody states")
    if coupon is not None:
        yield from (said(" at "), said(f"{coupon:g} %", stated_figure_address(debt, "coupon_pct", visit.lens)))
    yield said(f", issued {issued}" if issued else "")
    yield said(f", due {due}" if due else ", without a stated maturity")
    yield said(f"; for: {debt['use'].rstrip('.')}." if debt["use"] else ".")
    if security:
        yield said(f" {'It is' if issued and not ended else 'It was to be'} secured by ")
        yield from parties([party_name(visit, link.key) for link in security], most=3)
        yield said(".")
    if ended:
        yield said(f" It has ended ({words(debt.columns['status'])}): nothing is owed of it.")


def _verb(debt: Row, ended: bool) -> str:
    """A facility lends up to its limit; how much of it is drawn is not recorded."""
    if debt["issued"] is None and not ended:
        return " plans, or is said, to borrow "
    if debt["instrument"] is DebtInstrument.CREDIT_FACILITY:
        return " could draw up to " if ended else " may draw up to "
    return " owed " if ended else " owes "


def _keys(visit: Visit, debt: Row) -> Iterator[KeyFigure]:
    name, cite = visit.facts.name(visit.key), visit.citer.figure
    amount, coupon, spread = debt["value"], debt["coupon_pct"], debt["spread_bps"]
    principal = money_figure(visit, debt, "value", f"Principal or limit, {name}")
    if principal:
        unit = "bn USD" if amount.currency == "USD" else "bn"
        yield KeyFigure("Principal or limit", principal, unit, _counted(visit, debt))
    rate = cite(debt, "coupon_pct", what=f"Coupon, {name}", text=f"{coupon or 0:g}", number=coupon)
    if rate:
        yield KeyFigure("Coupon", rate, "%")
    above = cite(debt, "spread_bps", what=f"Spread, {name}", text=f"{spread or 0:g}", number=spread)
    if above:
        yield KeyFigure("Spread", above, "basis points", "over the reference rate")
    for column, label in (("issued", "Issued"), ("maturity", "Falls due")):
        figure = cite(debt, column, what=f"{label}, {name}")
        if figure:
            yield KeyFigure(label, figure)


def _counted(visit: Visit, debt: Row) -> str:
    """Whether sums of what the issuer owes hold it on the day of the lens."""
    profile = debt_profile(visit.facts.snapshot, group_by=(), issuer=debt.columns["issuer"])
    if any(row.key == debt.key for part in profile.rows for row in part.debts):
        return "a limit, drawn or not" if debt["instrument"] is DebtInstrument.CREDIT_FACILITY else "owed on the day"
    return next((one.because for one in profile.not_counted if one.debt.key == debt.key), "planned, not owed")


def _timeline(visit: Visit, debt: Row, security: Sequence[Row]) -> EntityPicture | None:
    """The debt below the contracts whose payments secure it."""
    bars = [*contract_bars(visit, security), debt_bar(visit, debt)]
    pair = timeline_pair(visit, bars, f"{visit.facts.name(visit.key)} in time")
    return pair and EntityPicture("time", "From issue to maturity", *pair, TIMELINE_CAPTION)


PAGE = HtmlPage("/debts/{key}", "entity.html.j2", "debt.graphql", debt_view, label="Debt")
