"""The first sentences and figures of an organization's page: made from data, absent where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.pages.agreements import (
    BASIS_WORDS,
    LAYER_WORDS,
    STATE_WORDS,
    AgreementEnd,
    amount_figure,
    dollar_sum,
    megawatt_sum,
)
from api.pages.debts_owed import DebtSchedule
from api.pages.evidence import ShownFigure
from api.pages.lead import KeyFigure, LeadPart, party, said, strong
from api.pages.page import Visit
from api.pages.parties import party_name
from api.pages.wording import count_of, format_day
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis

_MAJORITY = 0.5
"""From this share of the megawatts on a counterparty is named in the lead."""


@dataclass(frozen=True, slots=True)
class Position:
    """The firm contracts of one side, layer and basis that hold the most megawatts, or of which most are known."""

    layer: Layer
    basis: CapacityBasis | None
    contracts: tuple[Row, ...]
    megawatts: ShownFigure | None
    value: ShownFigure | None
    end: AgreementEnd


def positions(visit: Visit, links: Sequence[Row], end: AgreementEnd) -> list[Position]:
    """One for each layer with firm contracts, the largest first."""
    firm = [
        link for link in links if link.columns[TYPE_COLUMN] == "PROVIDES_CAPACITY" and visit.facts.sums.counts(link)
    ]
    made = [_position(visit, layer, [link for link in firm if link["layer"] is layer], end) for layer in Layer]
    return sorted((one for one in made if one.contracts), key=_size)


def _position(visit: Visit, layer: Layer, contracts: Sequence[Row], end: AgreementEnd) -> Position:
    keys = [link.key for link in contracts]
    sums = ((basis, megawatt_sum(visit, layer, basis, keys, end)) for basis in CapacityBasis)
    basis, mw = next(((basis, made) for basis, made in sums if made), (None, None))
    return Position(layer, basis, tuple(contracts), mw, dollar_sum(visit, layer, keys, end), end)


def _size(position: Position) -> tuple[float, int]:
    mw = position.megawatts.number if position.megawatts else 0
    return -float(mw or 0), -len(position.contracts)


# ---- the lead


def lead(visit: Visit, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None) -> tuple[LeadPart, ...]:
    """What it provides, what it takes, whether that runs, what it owes; empty where none of that is known."""
    provided, taken = positions(visit, out, AgreementEnd.TARGET), positions(visit, into, AgreementEnd.SOURCE)
    name, unnamed = visit.facts.name(visit.key), bool(visit.row["placeholder"])
    subject = "This unnamed party" if unnamed else name
    parts: list[LeadPart] = []
    for position, verb in ((provided[:1], "provides"), (taken[:1], "takes")):
        if position:
            parts += _sentence(visit, position[0], subject if not parts else "It", verb)
    if not parts:
        parts += _other_roles(visit, out, into, subject)
    if debts and debts.total:
        parts += [said(" It owes " if parts else f"{subject} owes "), strong(f"{debts.total.text} bn USD"), said(".")]
    return tuple(parts)


def _sentence(visit: Visit, position: Position, subject: str, verb: str) -> Iterator[LeadPart]:
    lead_in = "" if subject != "It" else " "
    yield said(f"{lead_in}{subject} {verb} ")
    contracts = count_of(len(position.contracts), "firm contract")
    about = LAYER_WORDS[position.layer].lower()
    if position.megawatts and position.basis:
        yield strong(f"{position.megawatts.text} MW")
        yield said(f" {_OF_BASIS[position.basis]} ({about}) in {contracts}")
    else:
        yield said(f"{about} in ")
        yield strong(contracts)
        yield said(", none of which states megawatts")
    if position.value:
        yield said(" worth ")
        yield strong(f"{position.value.text} bn USD")
    yield said(". ")
    yield from _largest_party(visit, position)
    yield from _running(position)


_OF_BASIS: Mapping[CapacityBasis, str] = {
    CapacityBasis.CRITICAL_IT: "of critical IT load",
    CapacityBasis.GROSS: "gross",
    CapacityBasis.GENERATION: "nameplate",
    CapacityBasis.UNSTATED: "of unstated basis",
}


def _largest_party(visit: Visit, position: Position) -> Iterator[LeadPart]:
    """Who holds most of the megawatts, where somebody does and there are others."""
    if position.basis is None or len(position.contracts) < 2:
        return
    made = visit.facts.sums.megawatts(position.layer, position.basis, [link.key for link in position.contracts])
    if made is None or not made.high:
        return
    by_party: dict[str, float] = {}
    for one in made.added:
        key = one.link.columns[position.end.value]
        by_party[key] = by_party.get(key, 0.0) + one.amount.value
    key, most = max(by_party.items(), key=lambda pair: (pair[1], pair[0]))
    if len(by_party) > 1 and most / made.high >= _MAJORITY:
        yield party(party_name(visit, key))
        verb = "takes" if position.end is AgreementEnd.TARGET else "provides"
        yield said(f" {verb} {most / made.high:.0%} of it. ")


def _running(position: Position) -> Iterator[LeadPart]:
    running = [link for link in position.contracts if link["service_state"] is ServiceState.CONFIRMED]
    if running:
        yield said(f"{count_of(len(running), 'of them is', 'of them are')} in service.")
        return
    planned = [link["service_from"] for link in position.contracts if link["service_state"] is ServiceState.PLANNED]
    first = min((moment for moment in planned if moment), key=lambda moment: moment.earliest, default=None)
    yield said(
        "None of them is known to run yet" + (f": the first is planned for {format_day(first)}." if first else ".")
    )


def _other_roles(visit: Visit, out: Sequence[Row], into: Sequence[Row], subject: str) -> list[LeadPart]:
    """Of an organization without firm contracts for capacity: in which roles links name it."""
    roles: dict[str, set[str]] = {}
    for link, end, reads in (
        *((link, "to", link.kind.ends.reads) for link in out if hasattr(link.kind, "ends")),
        *((link, "from", link.kind.ends.reads_back) for link in into if hasattr(link.kind, "ends")),
    ):
        if link["in_force"]:
            roles.setdefault(reads, set()).add(link.columns[end])
    ranked = sorted(roles.items(), key=lambda role: (-len(role[1]), role[0]))[:3]
    if not ranked:
        return []
    described = [f"{reads} {_parties(visit, keys)}" for reads, keys in ranked]
    return [said(f"{subject} {', '.join(described)}.")]


def _parties(visit: Visit, keys: set[str]) -> str:
    named = sorted(keys, key=lambda key: (-(visit.facts.entities[key].columns.get("link_count") or 0), key))
    shown = [visit.facts.name(key) for key in named[:2]]
    return ", ".join(shown) if len(named) <= 2 else f"{', '.join(shown)} and {len(named) - 2} more"


# ---- five figures


def key_figures(
    visit: Visit, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None
) -> tuple[KeyFigure, ...]:
    return tuple(_key_figures(visit, out, into, debts))


def _key_figures(
    visit: Visit, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None
) -> Iterator[KeyFigure]:
    for links, end, verb in ((out, AgreementEnd.TARGET, "provided"), (into, AgreementEnd.SOURCE, "taken")):
        for position in positions(visit, links, end)[:1]:
            yield from _of_position(visit, position, verb)
    yield from _guaranteed(visit, into)
    if debts and debts.total:
        yield KeyFigure("Debt outstanding", debts.total, "bn USD", count_of(len(debts.outstanding), "debt"))
    yield from _counterparties(visit, out, into)


def _guaranteed(visit: Visit, into: Sequence[Row]) -> Iterator[KeyFigure]:
    """The largest guarantee that it has; guarantees are not added, they may cover the same."""
    guarantees = [link for link in into if link.columns[TYPE_COLUMN] == "GUARANTEES" and link["in_force"]]
    figures = [(link, made) for link in guarantees if (made := amount_figure(visit, link, "Guarantee"))]
    if figures:
        link, largest = max(figures, key=lambda pair: float(pair[1].number or 0))
        by = f"by {visit.facts.name(link.columns['from'])}"
        others = f", the largest of {len(guarantees)}" if len(guarantees) > 1 else ""
        yield KeyFigure("Guaranteed to it", largest, "bn USD", by + others)


def _of_position(visit: Visit, position: Position, verb: str) -> Iterator[KeyFigure]:
    count = count_of(len(position.contracts), "firm contract")
    layer = LAYER_WORDS[position.layer].lower()
    if position.megawatts and position.basis:
        yield KeyFigure(f"{BASIS_WORDS[position.basis]} {verb}, firm", position.megawatts, "MW", f"{count}, {layer}")
        yield from _in_service(visit, position, verb)
    if position.value:
        yield KeyFigure(f"Base-term value {verb}, firm", position.value, "bn USD", f"{count}, {layer}")


def _in_service(visit: Visit, position: Position, verb: str) -> Iterator[KeyFigure]:
    """Megawatts of contracts whose service is confirmed, of the same layer and basis."""
    assert position.basis is not None  # noqa: S101 (its caller has megawatts)
    running = [link.key for link in position.contracts if link["service_state"] is ServiceState.CONFIRMED]
    made = megawatt_sum(visit, position.layer, position.basis, running, position.end)
    if made is not None:
        label = f"Of it under contracts {STATE_WORDS[ServiceState.CONFIRMED]}"
        yield KeyFigure(label, made, "MW", f"{count_of(len(running), 'contract')}, {verb}")


def _counterparties(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Iterator[KeyFigure]:
    ends = {link.columns["to"] for link in out} | {link.columns["from"] for link in into}
    organizations = [key for key in ends if visit.facts.entities[key].label == "Organization"]
    if organizations:
        unnamed = sum(key in visit.facts.snapshot.placeholders for key in organizations)
        below = f"{unnamed} of them unnamed" if unnamed else f"{count_of(len(out) + len(into), 'link')}"
        yield KeyFigure("Counterparties", ShownFigure(f"{len(organizations):,}"), "", below)
