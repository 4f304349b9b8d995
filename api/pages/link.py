"""`/links/KEY`: every property of one link, who says so, what else is said, and why this value is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.pages.agreements import (
    BASIS_TEXT,
    BASIS_WORDS,
    LAYER_WORDS,
    amount_figure,
    amount_property,
    describe_subject,
    megawatt_figure,
    price_figure,
    running_part,
    service_figure,
    term_figure,
)
from api.pages.commitments import CommitmentMark, commitment_mark
from api.pages.depth import property_words
from api.pages.evidence import CitedDocument, ShownFigure
from api.pages.figure_address import known_address, stated_figure_address
from api.pages.lead import MAX_KEYS, KeyFigure, LeadPart, party, said, strong
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.pictures import running_text
from api.pages.properties import PropertyGroup, PropertyLine, property_lines
from api.pages.wording import count_of, format_megawatts, join_words
from graph.comparison.standing import ValueStanding, standing_of
from graph.vocabulary.enums import Confidence, Reliability, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, Property, Row
from graph.vocabulary.types import PartialDay, Ref, Refs
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage, TerminationParty
from graph.vocabulary.wording import format_day, words


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """What one source says of each property: `says`, `weakly`, `earlier`, `otherwise`, or empty where it is silent."""

    document: CitedDocument
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelatedLinks:
    """Links that this one refers to, or that refer to it, in one way."""

    title: str
    links: tuple[PartyName, ...]


@dataclass(frozen=True, slots=True)
class LinkView:
    over: str
    title: str
    provider: PartyName
    customer: PartyName
    reads: str
    site: PartyName | None
    deal: PartyName | None
    chips: tuple[PartyName, ...]
    mark: CommitmentMark
    status: str
    announced: str
    lead: tuple[LeadPart, ...]
    keys: tuple[KeyFigure, ...]
    groups: tuple[PropertyGroup, ...]
    columns: tuple[str, ...]
    matrix: tuple[MatrixRow, ...]
    related: tuple[RelatedLinks, ...]
    statements: int
    documents: int
    graph: str


def link_view(visit: Visit) -> LinkView:
    link = visit.row
    statements = [row for rows in visit.facts.statements_of(link.key).values() for row in rows]
    documents = len({row.columns["source"] for row in statements})
    provider, customer = (party_name(visit, link.columns[end]) for end in ("from", "to"))
    site, deal = (link.columns.get(name) for name in ("site", "deal"))
    columns, matrix = _matrix(visit, link)
    return LinkView(
        over=_over(link),
        title=_title(visit, link, provider, customer),
        provider=provider,
        customer=customer,
        reads=link.kind.ends.reads,  # type: ignore[attr-defined]  # the kind of a link
        site=party_name(visit, site) if site else None,
        deal=party_name(visit, deal) if deal else None,
        chips=tuple(party_name(visit, key) for key in link["chips"] or ()),
        mark=commitment_mark(link, link.key in visit.facts.snapshot.replaced),
        status=words(link.columns.get("status")),
        announced=format_day(link["announced"]),
        lead=tuple(_lead(visit, link, provider, customer)),
        keys=tuple(_keys(visit, link, documents, len(statements)))[:MAX_KEYS],
        groups=tuple(_groups(visit, link)),
        columns=columns,
        matrix=matrix,
        related=tuple(_related(visit, link)),
        statements=len(statements),
        documents=documents,
        graph=visit.address.to("/graph", **{"type": "ALL", "from": provider.key, "to": customer.key, "hops": "1"}),
    )


def _title(visit: Visit, link: Row, provider: PartyName, customer: PartyName) -> str:
    """Who to whom, and what, where that is a kind of service."""
    service, site = words(link.columns.get("service")), link.columns.get("site")
    what = f": {service}{f' at {visit.facts.name(site)}' if site else ''}" if service else ""
    return f"{provider.name} to {customer.name}{what}"


_TYPE_WORDS: Mapping[str, str] = {
    "PROVIDES_CAPACITY": "Contract for capacity",
    "SUPPLIES": "Supply",
    "SUPPLIES_POWER": "Power",
    "INVESTS_IN": "Investment",
    "LENDS_TO": "Loan",
    "GUARANTEES": "Guarantee",
    "OWNS": "Ownership",
    "ACQUIRES": "Acquisition",
    "OPERATES": "Operation",
    "MAKES": "Making of a chip",
    "FABRICATES": "Manufacture of a chip",
    "PARTNERS_WITH": "Partnership",
}


def _over(link: Row) -> str:
    kind = _TYPE_WORDS[link.columns[TYPE_COLUMN]]
    return f"{kind}, {LAYER_WORDS[link['layer']].lower()}" if link["layer"] else kind


# ---- the head


def _lead(visit: Visit, link: Row, provider: PartyName, customer: PartyName) -> Iterator[LeadPart]:
    yield from (party(provider), said(f" {link.kind.ends.reads} "), party(customer))  # type: ignore[attr-defined]
    what = describe_subject(visit, link)
    if what:
        yield said(f" ({what})")
    megawatts, basis = _megawatts(visit, link)
    value, term = amount_figure(visit, link, "Value"), term_figure(visit, link, "Base term")
    if megawatts and basis:
        unit = "of critical IT load" if basis is CapacityBasis.CRITICAL_IT else BASIS_TEXT[basis]
        yield from (said(": "), strong(f"{megawatts.text} MW", megawatts.cited), said(f" {unit}"))
    if value:
        yield from (said(" for " if megawatts else ": "), strong(_with_unit(value.text), value.cited))
    if term:
        yield from (said(" over "), strong(f"{term.text} years", term.cited))
    paid = link["prepayment_pct"]
    if paid and value:
        yield from (said(", "), said(f"{paid:g} %", stated_figure_address(link, "prepayment_pct", visit.lens)))
        yield said(" of it paid ahead")
    yield said(".")
    yield from _state(visit, link)
    if link["termination"]:
        yield said(f" It may be ended early by {_ENDED_BY[link['termination'].party]}.")
    contested = [property_words(line.evidence.about) for line in _lines(visit, link) if line.evidence.contested]
    if contested:
        yield said(f" Sources disagree on {join_words(list(dict.fromkeys(contested)))}.")


_ENDED_BY: Mapping[TerminationParty, str] = {
    TerminationParty.CUSTOMER: "the customer",
    TerminationParty.PROVIDER: "the provider",
    TerminationParty.EITHER: "either",
    TerminationParty.NONE: "nobody",
}


def _with_unit(text: str) -> str:
    number, _, currency = text.rpartition(" ") if text[-1:].isalpha() else (text, "", "")
    return f"{number} bn {currency or 'USD'}"


def _state(visit: Visit, link: Row) -> Iterator[LeadPart]:
    state: ServiceState | None = link["service_state"]
    since, moment = format_day(link["service_from"]), link["announced"]
    if not link["in_force"]:
        yield said(f" It is no longer in force ({words(link.columns.get('status'))}).")
    elif state is ServiceState.CONFIRMED:
        part = running_part(link)
        since = format_day(part.since) if part and part.since else since
        what = (said(" "), said(*running_text(visit, link, part)), said(" are")) if part else (said(" It is"),)
        yield from (*what, said(f" in service{f' since {since}' if since else ''}."))
    elif state is ServiceState.PLANNED:
        yield said(f" Service is planned{f' from {since}' if since else ''}.")
    elif state in (ServiceState.OVERDUE_UNCONFIRMED, ServiceState.NOT_YET_REPORTED):
        yield said(f" Its service should have begun ({since}); no source says that it runs.")
    elif moment:
        yield said(f" It was announced on {format_day(moment)}.")


def _megawatts(visit: Visit, link: Row) -> tuple[ShownFigure | None, CapacityBasis | None]:
    for basis in CapacityBasis:
        made = megawatt_figure(visit, link, basis, f"{BASIS_WORDS[basis]}, MW")
        if made is not None:
            return made, basis
    return None, None


def _keys(visit: Visit, link: Row, documents: int, statements: int) -> Iterator[KeyFigure]:
    megawatts, basis = _megawatts(visit, link)
    if megawatts and basis:
        yield KeyFigure(BASIS_WORDS[basis], megawatts, "MW", _agreement_of(megawatts))
    value = amount_figure(visit, link, "Value over the base term")
    if value:
        name = property_words(amount_property(link), link.kind.kind_name)
        yield KeyFigure(name[:1].upper() + name[1:], value, "bn USD", _agreement_of(value))
    service = service_figure(visit, link, "Service")
    running = [one for one in link["capacities"] or () if one.stage in _RUNNING]
    if running:
        yield _running(visit, link, running[0])
    elif service:
        yield KeyFigure("Service", service, "", _agreement_of(service))
    price = price_figure(visit, link)
    if price:
        yield KeyFigure("Price", price, "USD per kW and month", price.note)
    term = term_figure(visit, link, "Base term")
    if term and not price:
        yield KeyFigure("Base term", term, "years", _agreement_of(term))
    cited = known_address(visit.key, "own_sources", visit.lens, documents)
    said_of_it = said(f"{statements:,}", known_address(visit.key, "own_statements", visit.lens, statements))
    noun = said(" statement" if statements == 1 else " statements")
    yield KeyFigure("Evidence", ShownFigure(f"{documents:,}", address=cited), "sources", (said_of_it, noun))


_RUNNING = (CapacityStage.IN_SERVICE, CapacityStage.BILLING)


def _running(visit: Visit, link: Row, entry: Capacity) -> KeyFigure:
    """Megawatts that are in service, or billed."""
    what = f"{BASIS_WORDS[entry.basis]}, MW, {words(entry.stage)}"
    text = format_megawatts(entry.mw, entry.bound)
    figure = visit.citer.figure(link, "capacities", what=what, text=text, number=entry.mw, slots={entry.slot})
    below = ", ".join(
        part for part in (entry.phase or "", f"since {format_day(entry.since)}" if entry.since else "") if part
    )
    return KeyFigure(words(entry.stage).capitalize(), figure or ShownFigure(text), "MW", below)


def _agreement_of(figure: ShownFigure) -> str:
    evidence = figure.evidence
    if evidence is None:
        return ""
    if evidence.contested:
        other = next(one for one in evidence.values if one.standing is ValueStanding.OTHERWISE)
        return f"≠ {count_of(other.sources, 'source says', 'sources say')} {other.text}"
    return f"{count_of(evidence.origins, 'origin')}{' agree' if evidence.origins > 1 else ''}"


# ---- properties

_BARGAIN, _FIRMNESS, _DELIVERED, _PARTIES, _OTHERS = (
    "The bargain",
    "How firm, and since when",
    "What is delivered",
    "Between whom",
    "Other links",
)
_OF_FIRMNESS = frozenset({"status", "commitment", "disputed", "binding", "exercised"})
_LABELS: Mapping[str, Mapping[str, str]] = {
    "PROVIDES_CAPACITY": {"from": "Provider", "to": "Customer"},
    "SUPPLIES": {"from": "Supplier", "to": "Buyer"},
    "SUPPLIES_POWER": {"from": "Supplier", "to": "Supplied"},
    "INVESTS_IN": {"from": "Investor", "to": "Recipient"},
    "LENDS_TO": {"from": "Lender", "to": "Borrower"},
    "GUARANTEES": {"from": "Guarantor", "to": "Beneficiary"},
}


def _group_of(prop: Property) -> str:
    if prop.name in ("from", "to", "deal", "debt", "guaranteed_obligor"):
        return _PARTIES
    if isinstance(prop.type, Ref | Refs):
        return _OTHERS if "Link" in prop.type.kinds else _DELIVERED
    if prop.name in _OF_FIRMNESS or isinstance(prop.type, PartialDay):
        return _FIRMNESS
    return _BARGAIN if prop.unit or prop.name in ("renewals", "termination") else _DELIVERED


def _groups(visit: Visit, link: Row) -> Iterator[PropertyGroup]:
    lines = _lines(visit, link)
    properties = link.kind.properties
    for title in (_BARGAIN, _FIRMNESS, _DELIVERED, _PARTIES, _OTHERS):
        of_group = tuple(line for line in lines if _group_of(properties[line.evidence.about]) == title)
        if of_group:
            yield PropertyGroup(title, of_group)


def _lines(visit: Visit, link: Row) -> list[PropertyLine]:
    return property_lines(visit, link, _LABELS.get(link.kind.kind_name))


# ---- sources against properties

_CELLS: Mapping[ValueStanding, str] = {
    ValueStanding.SHOWN: "says",
    ValueStanding.EARLIER: "earlier",
    ValueStanding.OTHERWISE: "otherwise",
    ValueStanding.NOT_COUNTED: "",
}
_RANK = {"": 0, "weakly": 1, "earlier": 2, "says": 3, "otherwise": 4}
_GRADES = {grade: place for place, grade in enumerate(Reliability)}


def _matrix(visit: Visit, link: Row) -> tuple[tuple[str, ...], tuple[MatrixRow, ...]]:
    """Labels of the properties, and a row for each source, the most reliable first."""
    stated = visit.facts.statements_of(link.key)
    names = [name for name in link.kind.properties if name in stated and name not in ("from", "to")]
    said_by: dict[str, dict[str, str]] = {}
    for name in names:
        for row in stated[name]:
            cells = said_by.setdefault(row.columns["source"], {})
            cells[name] = max(cells.get(name, ""), _cell(row), key=_RANK.__getitem__)
    used = [name for name in names if any(cells.get(name) for cells in said_by.values())]
    sources = sorted(said_by, key=lambda key: _source_order(visit.facts.sources[key], said_by[key]))
    rows = (
        MatrixRow(visit.citer.bibliography.document(key), tuple(said_by[key].get(name, "") for name in used))
        for key in sources
    )
    labels = _LABELS.get(link.kind.kind_name, {})
    return tuple((labels.get(name) or property_words(name, link.kind.kind_name)).capitalize() for name in used), tuple(
        rows
    )


def _cell(statement: Row) -> str:
    cell = _CELLS[standing_of(statement)]
    return "weakly" if cell == "says" and statement["confidence"] is Confidence.LOW else cell


def _source_order(source: Row, cells: Mapping[str, str]) -> tuple[int, int, str, str]:
    published = source.columns.get("published_earliest", "9999")
    return -_GRADES[source["reliability"]], -Counter(map(bool, cells.values()))[True], published, source.key


# ---- other links


def _related(visit: Visit, link: Row) -> Iterator[RelatedLinks]:
    for title, keys in (
        ("It is served out of", link["uses"] or ()),
        ("Served out of it", [one.key for one in visit.facts.links_citing(link.key, "uses")]),
        ("It takes the place of", link["replaces"] or ()),
        ("Replaced by", [one.key for one in visit.facts.links_citing(link.key, "replaces")]),
        ("It contains", link["covers"] or ()),
        ("Contained in", [one.key for one in visit.facts.links_citing(link.key, "covers")]),
        ("It guarantees", link["guarantees"] or ()),
        ("Guaranteed by", [one.key for one in visit.facts.links_citing(link.key, "guarantees")]),
        ("It secures", _secured(visit, link)),
    ):
        if keys:
            yield RelatedLinks(title, tuple(party_name(visit, key) for key in keys))


def _secured(visit: Visit, link: Row) -> list[str]:
    """The debts that its payments secure."""
    debts = (row for row in visit.facts.entities.values() if row.label == "Debt")
    return [row.key for row in debts if link.key in (row["secured_by"] or ())]


PAGE = HtmlPage("/links/{key}", "link.html.j2", "link.graphql", link_view, label="Link")
