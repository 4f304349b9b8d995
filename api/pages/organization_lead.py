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
from api.pages.figure_address import firm_count_address, known_address
from api.pages.lead import KeyFigure, LeadPart, Phrase, more_than_shown, party, said, strong
from api.pages.page import Visit
from api.pages.parties import party_name
from api.pages.pictures import firm_and_large_first, megawatts_part
from api.pages.wording import count_of, join_words
from graph.analytics.contracts.in_service import megawatts_in_service
from graph.publication.figures import CONTRACTS, IN_SERVICE, LARGEST_SHARE, RUNNING, STATING, VALUE, FirmSumFigure
from graph.publication.known import LinksAround, counterparties_of
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day, megawatts, words

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
    largest_party: tuple[str, float] | None


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
        largest_party=added.largest_party(end.value) if added else None,
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
    if roles and (not parts or roles[0].counterparties >= MANY_COUNTERPARTIES):
        parts += [said(f"{' It' if parts else subject} "), *_role_parts(roles), said(".")]
    if not parts:
        parts += _not_firm(visit, subject, out, into)
    if debts and debts.total:
        whose = " Its" if parts else f"{subject}'s"
        total = strong(f"{debts.total.text} bn USD", debts.total.cited)
        parts += [said(f"{whose} debts and credit lines come to "), total, said(".")]
    return tuple(parts)


def _sentence(visit: Visit, position: Position, subject: str, verb: str) -> Iterator[LeadPart]:
    yield said(f"{' ' if subject == 'It' else ''}{subject} {verb} ")
    among, about = len(position.contracts), LAYER_WORDS[position.layer].lower()
    if position.megawatts and position.basis:
        yield strong(f"{position.megawatts.text} MW", position.megawatts.cited)
        yield said(f" {_OF_BASIS[position.basis]} ({about}) in ")
        yield from _stating(visit, position, mw_column(position.basis))
    else:
        contracts = count_of(among, "firm contract")
        yield from (said(f"{about} in "), strong(contracts, _counted(visit, position, CONTRACTS, among)))
        yield said(" without megawatts")
    if position.value:
        if position.stating_value < among:
            yield from _states_value(visit, position)
        else:
            yield said(", worth ")
        yield strong(f"{position.value.text} bn USD", position.value.cited)
    yield said(". ")
    yield from _largest_party(visit, position)
    yield from _running(visit, position)


def _counted(visit: Visit, position: Position, measure: str, value: float) -> str:
    """The address of what is counted of all contracts of a position."""
    end = "from" if position.end is AgreementEnd.TARGET else "to"
    return firm_count_address(FirmSumFigure(position.layer, end, visit.key, measure), visit.lens, value)


def _states_value(visit: Visit, position: Position) -> Iterator[LeadPart]:
    count = position.stating_value
    yield said("; ")
    yield said(f"{count:,}", _counted(visit, position, f"{STATING}{VALUE}", count))
    yield said(f" {'of them states' if count == 1 else 'of them state'} a value: ")


def _stating(visit: Visit, position: Position, measure: str) -> Iterator[LeadPart]:
    """3 firm contracts; or 1 of 6 firm contracts, where the others state nothing of the measure."""
    among = len(position.contracts)
    stating = position.stating_value if measure == VALUE else position.stating_megawatts
    if stating != among:
        yield said(f"{stating:,}", _counted(visit, position, f"{STATING}{measure}", stating))
        yield said(" of ")
    yield said(f"{among:,}", _counted(visit, position, CONTRACTS, among))
    yield said(" firm contract" if among == 1 else " firm contracts")


_OF_BASIS: Mapping[CapacityBasis, str] = {
    CapacityBasis.CRITICAL_IT: "of critical IT load",
    CapacityBasis.GROSS: "gross",
    CapacityBasis.GENERATION: "nameplate",
    CapacityBasis.UNSTATED: "of unstated basis",
}


def _largest_party(visit: Visit, position: Position) -> Iterator[LeadPart]:
    """Who holds most of the megawatts, where somebody does and there are others."""
    if position.basis is None or position.largest_party is None:
        return
    key, share = position.largest_party
    if share >= _MAJORITY:
        yield party(party_name(visit, key))
        yield said(f" {'takes' if position.end is AgreementEnd.TARGET else 'provides'} ")
        yield said(f"{share:.0%}", _counted(visit, position, f"{LARGEST_SHARE}{mw_column(position.basis)}", share))
        yield said(" of it. ")


def _running(visit: Visit, position: Position) -> Iterator[LeadPart]:
    among = len(position.contracts)
    running = sum(link["service_state"] is ServiceState.CONFIRMED for link in position.contracts)
    if running and among == 1:
        yield said("It is in service.")
        return
    if running:
        yield said(f"{running:,}", _counted(visit, position, RUNNING, running))
        yield said(f" of them {'is' if running == 1 else 'are'} in service.")
        return
    planned = [link["service_from"] for link in position.contracts if link["service_state"] is ServiceState.PLANNED]
    first = min((moment for moment in planned if moment), key=lambda moment: moment.earliest, default=None)
    when = f": {'it' if among == 1 else 'the first'} is planned for {format_day(first)}." if first else "."
    yield said(f"{'It is not' if among == 1 else 'None of them is'} known to run yet{when}")


@dataclass(frozen=True, slots=True)
class OtherRole:
    """What links other than contracts for capacity say of it, and with whom; the first two by name."""

    reads: str
    named: tuple[str, ...]
    counterparties: int


def _other_roles(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> list[OtherRole]:
    """The most of them first."""
    roles: dict[str, set[str]] = {}
    for links, end, reading in ((out, "to", "reads"), (into, "from", "reads_back")):
        for link in links:
            if link["in_force"] and link.columns[TYPE_COLUMN] != "PROVIDES_CAPACITY":
                ends = link.kind.ends  # type: ignore[attr-defined]  # the kind of a link
                roles.setdefault(getattr(ends, reading), set()).add(link.columns[end])
    ranked = sorted(roles.items(), key=lambda role: (-len(role[1]), role[0]))[:MAX_ROLES]
    return [OtherRole(reads, _parties(visit, keys), len(keys)) for reads, keys in ranked]


def _parties(visit: Visit, keys: set[str]) -> tuple[str, ...]:
    named = sorted(keys, key=lambda key: (-(visit.facts.entities[key].columns.get("link_count") or 0), key))
    return tuple(visit.facts.name(key) for key in named[:2])


def _role_parts(roles: Sequence[OtherRole]) -> Iterator[LeadPart]:
    """Clauses that have an "and" of their own."""
    for place, role in enumerate(roles):
        whole = role.counterparties == len(role.named)
        between = ", and " if place and place == len(roles) - 1 else ", " if place else ""
        yield said(f"{between}{role.reads} {join_words(list(role.named)) if whole else ', '.join(role.named)}")
        if not whole:
            yield more_than_shown(role.counterparties - len(role.named))


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
    mark = commitment_mark(link)
    how = words(link.columns.get("status")) if mark.code in ("firm", "unstated") else mark.word
    yield said(f"{subject} has no firm contract for capacity: it {verb} ")
    text, address = megawatts_part(visit, link)
    yield strong(text, address or "") if text else said("capacity")
    yield from (said(f" {preposition} "), party(party_name(visit, link.columns[end])), said(f" ({how})."))
    if len(found) > 1:
        more = f" {len(found) - 1} more {'is' if len(found) == 2 else 'are'} not firm either."
        yield LeadPart(more, more=True)


# ---- five figures


def key_figures(
    visit: Visit, sides: Sides, out: Sequence[Row], into: Sequence[Row], debts: DebtSchedule | None
) -> Iterator[KeyFigure]:
    for of_side, verb in ((sides.provided, "provided"), (sides.taken, "taken")):
        for position in of_side[:MAX_POSITIONS]:
            yield from _of_position(visit, position, verb)
    yield from _guaranteed(visit, into)
    if debts and debts.total:
        yield KeyFigure("Debt outstanding", debts.total, "bn USD", _of_debts(visit, debts))
    yield from _counterparties(visit, out, into)


def _guaranteed(visit: Visit, into: Sequence[Row]) -> Iterator[KeyFigure]:
    """The largest guarantee that it has; guarantees are not added, they may cover the same."""
    guarantees = [link for link in into if link.columns[TYPE_COLUMN] == "GUARANTEES" and link["in_force"]]
    figures = [(link, made) for link in guarantees if (made := amount_figure(visit, link, "Guarantee"))]
    if figures:
        link, largest = max(figures, key=lambda pair: float(pair[1].number or 0))
        by = said(f"by {visit.facts.name(link.columns['from'])}")
        others = (said(", the largest of several"),) if len(guarantees) > 1 else ()
        yield KeyFigure("Guaranteed to it", largest, "bn USD", (by, *others))


def _of_debts(visit: Visit, debts: DebtSchedule) -> Phrase:
    count = len(debts.outstanding)
    address = known_address(visit.key, "outstanding_debts", visit.lens, count)
    return said(f"{count:,}", address), said(" debt" if count == 1 else " debts")


def _of_position(visit: Visit, position: Position, verb: str) -> Iterator[KeyFigure]:
    layer = said(f", {LAYER_WORDS[position.layer].lower()}")
    if position.megawatts and position.basis:
        below = (*_stating(visit, position, mw_column(position.basis)), layer)
        yield KeyFigure(f"{BASIS_WORDS[position.basis]} {verb}, firm", position.megawatts, "MW", below)
        yield from _in_service(visit, position)
    if position.value:
        below = (*_stating(visit, position, VALUE), layer)
        yield KeyFigure(f"Base-term value {verb}, firm", position.value, "bn USD", below)


def _in_service(visit: Visit, position: Position) -> Iterator[KeyFigure]:
    """Megawatts that are confirmed to run today, of the same layer and basis."""
    end = "from" if position.end is AgreementEnd.TARGET else "to"
    if position.basis is None:
        return
    mw = visit.facts.computed("in service", megawatts_in_service).get((end, visit.key, position.layer, position.basis))
    if mw:
        address = _counted(visit, position, f"{IN_SERVICE}{mw_column(position.basis)}", mw)
        below = f"confirmed, {LAYER_WORDS[position.layer].lower()}"
        yield KeyFigure("In service", ShownFigure(megawatts(mw), address=address), "MW", below)


def _counterparties(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Iterator[KeyFigure]:
    organizations = counterparties_of(LinksAround(out, into), lambda key: visit.facts.entities[key].label)
    if not organizations:
        return
    unnamed, links = (
        sum(key in visit.facts.snapshot.placeholders for key in organizations),
        len({link.key for link in (*out, *into)}),
    )
    figure = _known(visit, "counterparties", len(organizations))
    below = (
        (said(f"{unnamed:,}", _known(visit, "unnamed_counterparties", unnamed).cited), said(" of them unnamed"))
        if unnamed
        else (said(f"{links:,}", _known(visit, "links", links).cited), said(" link" if links == 1 else " links"))
    )
    yield KeyFigure("Counterparties", figure, "", below)


def _known(visit: Visit, what: str, count: int) -> ShownFigure:
    return ShownFigure(f"{count:,}", address=known_address(visit.key, what, visit.lens, count))
