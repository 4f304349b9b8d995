"""The first sentences and figures of an organization's page: made from data, absent where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.pages.agreements import (
    BASIS_WORDS,
    LAYER_WORDS,
    AgreementEnd,
    amount_figure,
    dollar_sum,
    megawatt_sum,
)
from api.pages.commitments import commitment_mark
from api.pages.debts_owed import DebtSchedule
from api.pages.evidence import ShownFigure
from api.pages.lead import KeyFigure, LeadPart, party, said, strong
from api.pages.page import Visit
from api.pages.parties import party_name
from api.pages.pictures import firm_and_large_first, stated_megawatts
from api.pages.wording import count_of, format_day, join_words
from graph.analytics.contracts.firm_sums import CONTRACTS
from graph.analytics.contracts.groups import CapacityGroup, Period, period_of
from graph.analytics.contracts.timeline import timeline
from graph.analytics.core.facts import Facts
from graph.analytics.core.scope import Scope
from graph.evidence.policy import day_of
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import megawatts, words

_MAJORITY = 0.5
"""From this share of the megawatts on a counterparty is named in the lead."""


MAX_POSITIONS, MAX_ROLES = 2, 2
"""Layers of each side, and other roles, that the lead tells of."""
MANY_COUNTERPARTIES = 5
"""From so many on a role is told of beside contracts for capacity."""


@dataclass(frozen=True, slots=True)
class Position:
    """The firm contracts of one side, layer and basis that hold the most megawatts, or of which most are known."""

    layer: Layer
    basis: CapacityBasis | None
    contracts: tuple[Row, ...]
    megawatts: ShownFigure | None
    value: ShownFigure | None
    end: AgreementEnd
    stating_megawatts: int
    stating_value: int


@dataclass(frozen=True, slots=True)
class Sides:
    """What it provides and what it takes: of each a position for each layer with firm contracts, the largest first."""

    provided: tuple[Position, ...]
    taken: tuple[Position, ...]


def sides_of(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Sides:
    return Sides(_positions(visit, out, AgreementEnd.TARGET), _positions(visit, into, AgreementEnd.SOURCE))


def _positions(visit: Visit, links: Sequence[Row], end: AgreementEnd) -> tuple[Position, ...]:
    firm = [
        link for link in links if link.columns[TYPE_COLUMN] == "PROVIDES_CAPACITY" and visit.facts.sums.counts(link)
    ]
    made = [_position(visit, layer, [link for link in firm if link["layer"] is layer], end) for layer in Layer]
    return tuple(sorted((one for one in made if one.contracts), key=_size))


def _position(visit: Visit, layer: Layer, contracts: Sequence[Row], end: AgreementEnd) -> Position:
    keys = [link.key for link in contracts]
    sums = ((basis, megawatt_sum(visit, layer, basis, keys, end)) for basis in CapacityBasis)
    basis, mw = next(((basis, made) for basis, made in sums if made), (None, None))
    added = visit.facts.sums.megawatts(layer, basis, keys) if basis else None
    valued = visit.facts.sums.dollars(layer, keys)
    return Position(
        layer=layer,
        basis=basis,
        contracts=tuple(contracts),
        megawatts=mw,
        value=dollar_sum(visit, layer, keys, end),
        end=end,
        stating_megawatts=len(contracts) - added.without if added else 0,
        stating_value=len(contracts) - valued.without if valued else 0,
    )


def _size(position: Position) -> tuple[float, int]:
    mw = position.megawatts.number if position.megawatts else 0
    return -float(mw or 0), -len(position.contracts)


# ---- the lead


def lead(
    visit: Visit, sides: Sides, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None
) -> tuple[LeadPart, ...]:
    """What it provides, what it takes, whether that runs, what it owes; empty where none of that is known."""
    name, unnamed = visit.facts.name(visit.key), bool(visit.row["placeholder"])
    subject = "This unnamed party" if unnamed else name
    parts: list[LeadPart] = []
    for of_side, verb in ((sides.provided, "provides"), (sides.taken, "takes")):
        for position in of_side[:MAX_POSITIONS]:
            parts += _sentence(visit, position, subject if not parts else "It", verb)
    roles = _other_roles(visit, out, into)
    if roles and (not parts or roles[0][1] >= MANY_COUNTERPARTIES):
        parts.append(said(f"{' It' if parts else subject} {_both([words_of for words_of, _ in roles])}."))
    if not parts:
        parts += _not_firm(visit, subject, out, into)
    if debts and debts.total:
        whose = " Its" if parts else f"{subject}'s"
        parts += [said(f"{whose} debts and credit lines come to "), strong(f"{debts.total.text} bn USD"), said(".")]
    return tuple(parts)


def _sentence(visit: Visit, position: Position, subject: str, verb: str) -> Iterator[LeadPart]:
    yield said(f"{' ' if subject == 'It' else ''}{subject} {verb} ")
    among, about = len(position.contracts), LAYER_WORDS[position.layer].lower()
    contracts = count_of(among, "firm contract")
    if position.megawatts and position.basis:
        yield strong(f"{position.megawatts.text} MW")
        yield said(f" {_OF_BASIS[position.basis]} ({about}) in {_stating(position.stating_megawatts, among)}")
    else:
        yield from (said(f"{about} in "), strong(contracts), said(" without megawatts"))
    if position.value:
        partly = position.stating_value < among
        yield said(f"; {_states_value(position.stating_value)} " if partly else ", worth ")
        yield strong(f"{position.value.text} bn USD")
    yield said(". ")
    yield from _largest_party(visit, position)
    yield from _running(position)


def _states_value(stating: int) -> str:
    return f"{count_of(stating, 'of them states', 'of them state')} a value:"


def _stating(stating: int, among: int) -> str:
    """3 firm contracts; or 1 of 6 firm contracts, where the others state nothing."""
    return count_of(among, "firm contract") if stating == among else f"{stating} of {among} firm contracts"


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
    if made is None or not made.high or made.low != made.high:
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
    among = len(position.contracts)
    running = sum(link["service_state"] is ServiceState.CONFIRMED for link in position.contracts)
    if running:
        yield said(
            "It is in service." if among == 1 else f"{count_of(running, 'of them is', 'of them are')} in service."
        )
        return
    planned = [link["service_from"] for link in position.contracts if link["service_state"] is ServiceState.PLANNED]
    first = min((moment for moment in planned if moment), key=lambda moment: moment.earliest, default=None)
    when = f": {'it' if among == 1 else 'the first'} is planned for {format_day(first)}." if first else "."
    yield said(f"{'It is not' if among == 1 else 'None of them is'} known to run yet{when}")


def _other_roles(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> list[tuple[str, int]]:
    """What links other than contracts for capacity say of it, in words, with how many counterparties; the most of them
    first."""
    roles: dict[str, set[str]] = {}
    for links, end, reading in ((out, "to", "reads"), (into, "from", "reads_back")):
        for link in links:
            if link["in_force"] and link.columns[TYPE_COLUMN] != "PROVIDES_CAPACITY":
                ends = link.kind.ends  # type: ignore[attr-defined]  # the kind of a link
                roles.setdefault(getattr(ends, reading), set()).add(link.columns[end])
    ranked = sorted(roles.items(), key=lambda role: (-len(role[1]), role[0]))[:MAX_ROLES]
    return [(f"{reads} {_parties(visit, keys)}", len(keys)) for reads, keys in ranked]


def _both(clauses: Sequence[str]) -> str:
    """Clauses that have an "and" of their own."""
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"


def _parties(visit: Visit, keys: set[str]) -> str:
    named = sorted(keys, key=lambda key: (-(visit.facts.entities[key].columns.get("link_count") or 0), key))
    shown = [visit.facts.name(key) for key in named[:2]]
    return join_words(shown) if len(named) <= 2 else f"{', '.join(shown)} and {len(named) - 2} more"


def _not_firm(visit: Visit, subject: str, out: Sequence[Row], into: Sequence[Row]) -> Iterator[LeadPart]:
    """Of contracts for capacity that are in no sum the largest, with how far it has come."""
    sides = ((out, "to", "provides", "to"), (into, "from", "takes", "from"))
    found = [
        (link, end, verb, preposition)
        for links, end, verb, preposition in sides
        for link in links
        if link["in_force"] and link.columns[TYPE_COLUMN] == "PROVIDES_CAPACITY"
    ]
    if not found:
        return
    link, end, verb, preposition = min(found, key=lambda one: firm_and_large_first(one[0]))
    mw, mark = stated_megawatts(link), commitment_mark(link)
    how = words(link.columns.get("status")) if mark.code in ("firm", "unstated") else mark.word
    yield said(f"{subject} has no firm contract for capacity: it {verb} ")
    yield strong(mw[1]) if mw else said("capacity")
    yield from (said(f" {preposition} "), party(party_name(visit, link.columns[end])), said(f" ({how})."))
    if len(found) > 1:
        yield said(f" {len(found) - 1} more {'is' if len(found) == 2 else 'are'} not firm either.")


# ---- five figures


def key_figures(
    visit: Visit, sides: Sides, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None
) -> Iterator[KeyFigure]:
    for of_side, verb in ((sides.provided, "provided"), (sides.taken, "taken")):
        for position in of_side[:MAX_POSITIONS]:
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
    among, layer = len(position.contracts), LAYER_WORDS[position.layer].lower()
    if position.megawatts and position.basis:
        below = f"{_stating(position.stating_megawatts, among)}, {layer}"
        yield KeyFigure(f"{BASIS_WORDS[position.basis]} {verb}, firm", position.megawatts, "MW", below)
        yield from _in_service(visit, position)
    if position.value:
        below = f"{_stating(position.stating_value, among)}, {layer}"
        yield KeyFigure(f"Base-term value {verb}, firm", position.value, "bn USD", below)


def _in_service(visit: Visit, position: Position) -> Iterator[KeyFigure]:
    """Megawatts that are confirmed to run today, of the same layer and basis."""
    by_party = visit.facts.computed("in service", megawatts_in_service)
    mw = by_party.get((position.end, visit.key, position.layer, position.basis))
    if mw:
        yield KeyFigure(
            "In service", ShownFigure(megawatts(mw)), "MW", f"confirmed, {LAYER_WORDS[position.layer].lower()}"
        )


_Running = Mapping[tuple[AgreementEnd, str, Layer, CapacityBasis | None], float]


def megawatts_in_service(facts: Facts) -> _Running:
    """By side, organization, layer and basis: what runs today, as the timeline has it."""
    day = day_of(facts.snapshot.lens.valid_on)
    period = period_of(day.year, day.month, Period.QUARTER)
    running: dict[tuple[AgreementEnd, str, Layer, CapacityBasis | None], float] = {}
    for end, group in ((AgreementEnd.TARGET, CapacityGroup.PROVIDER), (AgreementEnd.SOURCE, CapacityGroup.CUSTOMER)):
        scope = Scope(types=CONTRACTS)
        for row in timeline(facts.snapshot, facts.log, (group,), Period.QUARTER, scope).rows:
            if row.period == period:
                key = (end, str(row.group[group]), row.layer, row.basis)
                running[key] = row.confirmed_mw + row.start_unknown_mw
    return running


def _counterparties(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Iterator[KeyFigure]:
    ends = {link.columns["to"] for link in out} | {link.columns["from"] for link in into}
    organizations = [key for key in ends if visit.facts.entities[key].label == "Organization"]
    if organizations:
        unnamed = sum(key in visit.facts.snapshot.placeholders for key in organizations)
        below = f"{unnamed} of them unnamed" if unnamed else f"{count_of(len(out) + len(into), 'link')}"
        yield KeyFigure("Counterparties", ShownFigure(f"{len(organizations):,}"), "", below)
