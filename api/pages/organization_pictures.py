"""Pictures of an organization's page: its contracts and debts in time, and its place in the chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from api.pages.page import Visit
from api.pages.pictures import chain_end, contract_bar, debt_bar, firm_and_large_first, timeline_pair
from graph.evidence.firmness import Firmness, firmness
from graph.pictures.chain import ChainEnd, chain
from graph.vocabulary.enums import ENDED
from graph.vocabulary.model import TYPE_COLUMN, Row

_MOST_BARS, _MOST_DEBTS, _MOST_ENDS = 12, 6, 7


def timeline_pictures(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> tuple[Markup, Markup] | None:
    """Wide and narrow; None where nothing has a beginning."""
    provided = [link for link in out if _is_drawn(link)]
    taken = [link for link in into if _is_drawn(link)]
    contracts = sorted(provided or taken, key=firm_and_large_first)[:_MOST_BARS]
    end = "to" if provided else "from"
    bars = [contract_bar(visit, link, visit.facts.name(link.columns[end])) for link in contracts]
    debts = sorted(filter(_is_outstanding, visit.facts.debts_of(visit.key)), key=_due)[:_MOST_DEBTS]
    bars += [debt_bar(visit, debt) for debt in debts]
    return timeline_pair(visit, bars, f"Contracts and debts of {visit.facts.name(visit.key)} in time")


def _is_drawn(link: Row) -> bool:
    dated = link["service_from"] is not None or link["announced"] is not None
    of_capacity = link.columns[TYPE_COLUMN] == "PROVIDES_CAPACITY"
    return of_capacity and dated and firmness(link) in (Firmness.FIRM, Firmness.UNSTATED, Firmness.CONDITIONAL)


def _is_outstanding(debt: Row) -> bool:
    return debt["issued"] is not None and debt["status"] not in ENDED


def _due(debt: Row) -> tuple[str, str]:
    return debt["maturity"].earliest.isoformat() if debt["maturity"] else "9999", debt.key


# ---- the chain


def chain_picture(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Markup | None:
    """What it takes from whom, and to whom it gives; None where one side is empty."""
    incoming, outgoing = _ends(visit, into, "from"), _ends(visit, out, "to")
    return chain(visit.facts.name(visit.key), incoming, outgoing) if incoming and outgoing else None


_CHAINED = ("PROVIDES_CAPACITY", "SUPPLIES", "SUPPLIES_POWER")


def _ends(visit: Visit, links: Iterable[Row], end: str) -> list[ChainEnd]:
    """All where there is room, else the largest of each party."""
    delivered = [link for link in links if link.columns[TYPE_COLUMN] in _CHAINED and link["in_force"]]
    delivered.sort(key=firm_and_large_first)
    if len(delivered) > _MOST_ENDS:
        by_party: dict[str, Row] = {}
        for link in delivered:
            by_party.setdefault(link.columns[end], link)
        delivered = list(by_party.values())
    return [chain_end(visit, link, end) for link in delivered[:_MOST_ENDS]]
