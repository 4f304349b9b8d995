"""Debts of an issuer as lines of a table, by maturity, with what the outstanding ones add to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.agreements import money_figure
from api.pages.evidence import ShownFigure, computed
from api.pages.figure_address import cell_address
from api.pages.page import Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import billions, bounded
from graph.analytics.contracts.debt import debt_profile
from graph.vocabulary.model import Row
from graph.vocabulary.values import Money
from graph.vocabulary.wording import format_day, words


@dataclass(frozen=True, slots=True)
class DebtLine:
    """`state` is empty for what is outstanding, else why it is in no sum."""

    key: str
    label: str
    href: str
    state: str
    detail: str
    value: ShownFigure | None
    coupon: ShownFigure | None
    issued: ShownFigure | None
    maturity: ShownFigure | None
    funders: tuple[PartyName, ...]


@dataclass(frozen=True, slots=True)
class DebtSchedule:
    """Outstanding debts by maturity, then the others."""

    outstanding: tuple[DebtLine, ...]
    others: tuple[DebtLine, ...]
    total: ShownFigure | None


def debt_schedule(visit: Visit) -> DebtSchedule | None:
    """What the organization of the page owes; None where no debt of it is recorded."""
    rows = sorted(visit.facts.debts_of(visit.key), key=_maturity)
    if not rows:
        return None
    profile = debt_profile(visit.facts.snapshot, group_by=(), issuer=visit.key)
    owed = {row.key for part in profile.rows for row in part.debts}
    reasons = {one.debt.key: one.because for one in profile.not_counted}
    outstanding = [row for row in rows if row.key in owed]
    others = [row for row in rows if row.key not in owed]
    usd = next((part.value_usd for part in profile.rows), None)
    return DebtSchedule(
        outstanding=tuple(debt_line(visit, row, "") for row in sorted(outstanding, key=_maturity)),
        others=tuple(
            debt_line(visit, row, reasons.get(row.key, _unissued(row))) for row in sorted(others, key=_maturity)
        ),
        total=_total(visit, outstanding, usd),
    )


def _unissued(debt: Row) -> str:
    """Why a debt that is not issued on the day of the lens is in no sum."""
    return "issue planned" if debt["issued"] else "day of issue not stated"


def _maturity(debt: Row) -> tuple[str, str]:
    due = debt["maturity"]
    return due.earliest.isoformat() if due else "9999", debt.key


def debt_line(visit: Visit, debt: Row, state: str) -> DebtLine:
    cite, name = visit.citer.figure, visit.facts.name(debt.key)
    details = (words(debt.columns.get("seniority")), words(debt.columns.get("recourse")), debt["use"])
    coupon = debt["coupon_pct"]
    return DebtLine(
        key=debt.key,
        label=words(debt.columns["instrument"]).capitalize(),
        href=visit.address.of(debt),
        state=state,
        detail=", ".join(part for part in details if part),
        value=money_figure(visit, debt, "value", f"Principal or limit, {name}"),
        coupon=cite(debt, "coupon_pct", what=f"Coupon, {name}", text=f"{coupon or 0:.3f}", number=coupon),
        issued=cite(debt, "issued", what=f"Issued, {name}", number=_day(debt, "issued")),
        maturity=cite(debt, "maturity", what=f"Falls due, {name}", number=_day(debt, "maturity")),
        funders=_funders(visit, debt),
    )


def _day(debt: Row, name: str) -> str | None:
    moment = debt[name]
    return moment.earliest.isoformat() if moment else None


def _funders(visit: Visit, debt: Row) -> tuple[PartyName, ...]:
    """Who lent under it, or arranged it."""
    keys = dict.fromkeys(link.columns["from"] for link in visit.facts.links_naming(debt.key, "debt"))
    return tuple(party_name(visit, key) for key in keys)


def _total(visit: Visit, outstanding: Sequence[Row], usd: float | None) -> ShownFigure | None:
    if usd is None:
        return None
    lines = [_addend(visit, row) for row in outstanding if _is_in_dollars(row)]
    silent = len(outstanding) - len(lines)
    note = f"{silent} more state no amount in US dollars." if silent else ""
    address = cell_address("debt_profile", {"issuer": visit.key}, {"ISSUER": visit.key}, "value", visit.lens, usd)
    what = "Outstanding, bn USD added"
    return computed(billions(usd), what, lines, of=outstanding, note=note, number=usd, address=address)


def _is_in_dollars(debt: Row) -> bool:
    value: Money | None = debt["value"]
    return value is not None and value.currency == "USD"


def _addend(visit: Visit, debt: Row) -> str:
    value: Money = debt["value"]
    due = format_day(debt["maturity"])
    return (
        f"{bounded(billions(value.amount), value.bound)}, {visit.facts.name(debt.key)}{f', due {due}' if due else ''}"
    )
