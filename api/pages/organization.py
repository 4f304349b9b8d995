"""`/organizations/KEY`: everything known of one organization on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from api.pages.agreements import (
    BASIS_TEXT,
    LAYER_WORDS,
    AgreementEnd,
    agreement_table,
    megawatt_figure,
    megawatt_sum,
)
from api.pages.columns import Block, Columns, arrange
from api.pages.debts_owed import DebtSchedule, debt_schedule
from api.pages.depth import Disagreement, EvidenceDepth, counted_statements, disagreements, evidence_depth
from api.pages.documents import read_document
from api.pages.evidence import ShownFigure
from api.pages.exposures import ExposureTable, exposure_query, exposure_table
from api.pages.figure_address import cell_address, count_address, known_address
from api.pages.lead import MAX_KEYS, KeyFigure, LeadPart, said
from api.pages.observed import ObservedGroup, observed_groups
from api.pages.organization_lead import key_figures, lead, sides_of
from api.pages.organization_pictures import chain_picture, timeline_pictures
from api.pages.page import HtmlPage, Visit, key_and_lens
from api.pages.parties import PartyName, party_name
from api.pages.ranks import RankTable, rank_query, rank_table
from api.pages.sections import EventLine, LinkSection, depth_picture, event_lines
from api.pages.wording import billions, count_of
from graph.analytics.contracts.reconciliation import Reconciliation, stated_totals
from graph.pictures.rank_bands import RankBand, rank_bands
from graph.publication.known import SECTIONS, LinksAround, of_types
from graph.stores.query import MAX_PER_PAGE
from graph.vocabulary.countries import country_name
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day, megawatts, words


@dataclass(frozen=True, slots=True)
class SiteLine:
    site: PartyName
    role: str
    place: str
    utility: ShownFigure | None
    megawatts: tuple[tuple[ShownFigure, str], ...]
    let: tuple[tuple[ShownFigure, str], ...]
    energized: ShownFigure | None


@dataclass(frozen=True, slots=True)
class ChipLine:
    """`role`: what it does with the chip, or in how many links it names it (`count`)."""

    chip: PartyName
    role: str
    count: LeadPart | None
    family: str
    tdp_w: ShownFigure | None
    memory_gb: ShownFigure | None
    production: ShownFigure | None


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A total that the company states, against what the links add to."""

    about: str
    layer: str
    """Of the contracts that it is compared with."""
    day: str
    stated: ShownFigure
    found: str
    gap: str
    found_address: str
    gap_address: str


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A section of the page; `address` is that of its count."""

    id: str
    title: str
    count: int | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class FactEntry:
    label: str
    figure: ShownFigure


@dataclass(frozen=True, slots=True)
class OrganizationView:
    name: str
    unnamed: bool
    sub: str
    lead: tuple[LeadPart, ...]
    keys: tuple[KeyFigure, ...]
    capacity: tuple[LinkSection, ...]
    sections: tuple[LinkSection, ...]
    timeline: tuple[Markup, Markup] | None
    chain: Markup | None
    sites: tuple[SiteLine, ...]
    chips: tuple[ChipLine, ...]
    debts: DebtSchedule | None
    exposure: ExposureTable | None
    observations: tuple[ObservedGroup, ...]
    events: tuple[EventLine, ...]
    totals: tuple[TotalLine, ...]
    not_compared: int
    conflicts: tuple[Disagreement, ...]
    depth: EvidenceDepth
    depth_picture: Markup
    ranks: RankTable | None
    ranks_picture: Markup | None
    facts: tuple[FactEntry, ...]
    contents: tuple[ContentsEntry, ...]
    columns: Columns


def organization_view(visit: Visit) -> OrganizationView:
    links = _links_of(visit)
    debts, sides = debt_schedule(visit), sides_of(visit, links.out, links.into)
    observations = visit.facts.observations_of(visit.key)
    counted = list(counted_statements(visit, _subjects(visit, links, observations)))
    depth, ranks, (totals, not_compared) = evidence_depth(visit, counted), rank_table(visit), _totals(visit)
    made = OrganizationView(
        name=visit.facts.name(visit.key),
        unnamed=bool(visit.row["placeholder"]),
        sub=_sub(visit.row),
        lead=lead(visit, sides, links.out, links.into, debts),
        keys=tuple(key_figures(visit, sides, links.out, links.into, debts))[:MAX_KEYS],
        capacity=tuple(_capacity_sections(visit, links)),
        sections=tuple(_sections(visit, links)),
        timeline=timeline_pictures(visit, links.out, links.into),
        chain=chain_picture(visit, links.out, [*links.into, *links.at_sites]),
        sites=tuple(_sites(visit, links.out)),
        chips=tuple(_chips(visit, links.out, links.into)),
        debts=debts,
        exposure=exposure_table(visit),
        observations=observed_groups(visit, observations),
        events=tuple(event_lines(visit)),
        totals=totals,
        not_compared=not_compared,
        conflicts=tuple(disagreements(visit, counted)),
        depth=depth,
        depth_picture=depth_picture(depth),
        ranks=ranks,
        ranks_picture=_ranks_picture(ranks),
        facts=tuple(_facts(visit)),
        contents=(),
        columns=Columns((), (), ()),
    )
    return _with_columns(_with_contents(visit, made))


def _links_of(visit: Visit) -> LinksAround:
    both = visit.facts.links_naming(visit.key, "from", "to")
    out = [link for link in both if link.columns["from"] == visit.key]
    into = [link for link in both if link.columns["to"] == visit.key]
    return LinksAround(out, into, _supplied_sites(visit, out), _guarantees_for(visit))


def _subjects(visit: Visit, links: LinksAround, observations: Sequence[Row]) -> Iterator[str]:
    """What the page shows statements about."""
    rows = (*links.out, *links.into, *links.at_sites, *visit.facts.debts_of(visit.key), *observations)
    return iter((visit.key, *(row.key for row in rows)))


def _with_contents(visit: Visit, view: OrganizationView) -> OrganizationView:
    def counted(id: str, title: str, count: int, what: str = "") -> ContentsEntry:
        return ContentsEntry(id, title, count, known_address(visit.key, what or id, visit.lens, count))

    entries = [counted(one.id, one.title, len(one.table.lines)) for one in view.capacity]
    entries += [ContentsEntry("time", "In time", None)] if view.timeline else []
    entries += [ContentsEntry("chain", "Its place in the chain", None)] if view.chain else []
    entries += [counted(one.id, one.title, len(one.table.lines)) for one in view.sections]
    debts = len(view.debts.outstanding) + len(view.debts.others) if view.debts else 0
    known = (
        ("sites", "Sites", len(view.sites)),
        ("chips", "Chips", len(view.chips)),
        ("debts", "Debts", debts),
        ("observations", "Figures over time", sum(len(one.lines) for one in view.observations)),
        ("events", "Events", len(view.events)),
    )
    entries += [counted(*one) for one in known if one[2]]
    unsettled = sum(not one.settled for one in view.conflicts)
    entries += [counted("conflicts", "Disagreements", unsettled, "unsettled_conflicts")] if view.conflicts else []
    entries += [ContentsEntry("exposure", "If one fails", None)] if view.exposure else []
    entries += [ContentsEntry("totals", "Stated totals", None)] if view.totals else []
    return replace(view, contents=tuple(sorted(entries, key=lambda one: _ORDER.index(one.id))))


_ORDER = (
    *("provides", "takes", "time", "chain"),
    *(name for name in SECTIONS if name not in ("provides", "takes")),
    *("sites", "chips", "debts", "exposure", "observations", "events", "totals", "conflicts"),
)
"""In which sections stand on the page."""


# ---- where the sections stand: about how high they are, in px

_HEAD, _LINE, _LINE_OF_CAPACITY, _BAR, _END = 90, 55, 70, 30, 40
_TOP_OF_PAGE, _PICTURE, _RAIL, _RANK, _FACT, _ENTRY = 380, 110, 700, 60, 26, 27
_LINES: Mapping[str, int] = {
    "sites": 70,
    "chips": 33,
    "debts": 60,
    "exposure": 36,
    "observations": 40,
    "totals": 50,
    "events": 66,
    "conflicts": 70,
}
_WIDE = frozenset({"supplied-by", "supplies", "sites", "chips", "debts", "observations"})


def _with_columns(view: OrganizationView) -> OrganizationView:
    counts = {entry.id: entry.count or 0 for entry in view.contents} | {
        "conflicts": len(view.conflicts),
        "exposure": len(view.exposure.own) + len(view.exposure.others) if view.exposure else 0,
        "totals": len(view.totals),
    }
    links = [Block(one.id, _HEAD + _LINE * len(one.table.lines), one.id in _WIDE) for one in view.sections]
    others = [Block(id, _HEAD + line * counts[id], id in _WIDE) for id, line in _LINES.items() if counts.get(id)]
    return replace(view, columns=arrange([*links, *others], _rail_height(view) - _main_height(view)))


def _rail_height(view: OrganizationView) -> float:
    ranks = _HEAD + _PICTURE + _RANK * len(view.ranks.lines) if view.ranks else 0
    return _RAIL + ranks + _FACT * len(view.facts) + _ENTRY * len(view.contents)


def _main_height(view: OrganizationView) -> float:
    tables = sum(_HEAD + _LINE_OF_CAPACITY * len(one.table.lines) for one in view.capacity)
    bars = sum(len(one.table.lines) for one in view.capacity)
    return _TOP_OF_PAGE + tables + bool(view.timeline) * (_PICTURE + _BAR * bars) + bool(view.chain) * 2 * _PICTURE


def _sub(row: Row) -> str:
    kinds = ", ".join(words(kind) for kind in row["kinds"] or ())
    listed = f"{row['exchange']}: {row['ticker']}" if row["ticker"] and row["exchange"] else row["ticker"] or ""
    parts = (kinds[:1].upper() + kinds[1:], country_name(row["country"]), listed)
    return ". ".join(part for part in (", ".join(filter(None, parts[:2])), listed) if part)


def _facts(visit: Visit) -> Iterator[FactEntry]:
    row = visit.row
    for name, label in (
        ("ticker", "Ticker"),
        ("exchange", "Exchange"),
        ("country", "Country"),
        ("cik", "CIK"),
        ("lei", "LEI"),
        ("aliases", "Also"),
        ("former_names", "Formerly"),
        ("fiscal_year_end", "Fiscal year ends in month"),
    ):
        figure = visit.citer.figure(row, name, what=label)
        if figure is not None:
            yield FactEntry(label, figure)


# ---- links


def _supplied_sites(visit: Visit, out: Sequence[Row]) -> list[Row]:
    """Power for the sites that it runs or owns."""
    sites = {link.columns["to"] for link in of_types(out, "OPERATES", "OWNS")} & visit.facts.entities.keys()
    supplied = (link for site in sorted(sites) for link in visit.facts.links_naming(site, "to"))
    return [link for link in supplied if link.columns[TYPE_COLUMN] == "SUPPLIES_POWER"]


def _capacity_sections(visit: Visit, links: LinksAround) -> Iterator[LinkSection]:
    for id, title, head, end in (
        ("provides", "Capacity it provides", "Customer, site", AgreementEnd.TARGET),
        ("takes", "Capacity it takes", "Provider, site", AgreementEnd.SOURCE),
    ):
        contracts = SECTIONS[id](links)
        if contracts:
            yield LinkSection(id, title, head, agreement_table(visit, contracts, end, by_layer=True))


def _sections(visit: Visit, of_it: LinksAround) -> Iterator[LinkSection]:
    for id, title, head, end in (
        ("supplied-by", "What it takes from others", "Supplier", "from"),
        ("supplies", "What it delivers", "Buyer", "to"),
        ("money-in", "Money in", "Investor or lender", "from"),
        ("money-out", "Money out", "Recipient", "to"),
        ("guarantees", "Guarantees", "Guarantor, beneficiary", "both"),
        ("owns", "What it owns or acquires", "What", "to"),
        ("owners", "Who owns or acquires it", "Who", "from"),
        ("partners", "Partnerships", "Partners", "both"),
    ):
        links = SECTIONS[id](of_it)
        if links:
            table = agreement_table(visit, links, AgreementEnd(end))
            yield LinkSection(id, title, head, table, _SECTION_NOTES.get(id, ""))


_SECTION_NOTES = {
    "guarantees": "A guarantee is neither debt nor rent, and is added to neither.",
    "money-in": "A warrant is not ownership, an arranger has lent nothing; amounts are not added.",
    "money-out": "A warrant is not ownership, an arranger has lent nothing; amounts are not added.",
}


def _guarantees_for(visit: Visit) -> list[Row]:
    """Guarantees of what the organization owes."""
    rows = of_types(visit.facts.links.values(), "GUARANTEES")
    return [link for link in rows if link.columns.get("guaranteed_obligor") == visit.key]


# ---- sites and chips


def _sites(visit: Visit, out: Sequence[Row]) -> Iterator[SiteLine]:
    roles: dict[str, list[str]] = {}
    for link in of_types(out, "OPERATES", "OWNS"):
        if visit.facts.entities[link.columns["to"]].label == "Site":
            role = words(link.columns.get("role")) or words(link.columns[TYPE_COLUMN])
            roles.setdefault(link.columns["to"], []).append(role)
    for key, named in sorted(roles.items(), key=lambda pair: visit.facts.name(pair[0])):
        yield site_line(visit, visit.facts.entities[key], ", ".join(dict.fromkeys(named)))


def site_line(visit: Visit, site: Row, role: str) -> SiteLine:
    cite, name = visit.citer.figure, visit.facts.name(site.key)
    place = ", ".join(part for part in (site["locality"], site["region"], country_name(site["country"])) if part)
    stated = ((basis, megawatt_figure(visit, site, basis, f"Megawatts, {name}")) for basis in CapacityBasis)
    return SiteLine(
        site=party_name(visit, site.key),
        role=role,
        place=place,
        utility=cite(site, "utility", what=f"Utility, {name}"),
        megawatts=tuple((figure, BASIS_TEXT[basis]) for basis, figure in stated if figure),
        let=tuple(_let(visit, site)),
        energized=cite(site, "energized", what=f"Energized, {name}"),
    )


def _let(visit: Visit, site: Row) -> Iterator[tuple[ShownFigure, str]]:
    """What firm leases of buildings and power at the site add to, by basis."""
    contracts = of_types(visit.facts.links_naming(site.key, "site"), "PROVIDES_CAPACITY")
    keys = [link.key for link in contracts if link["layer"] is Layer.SHELL]
    for basis in CapacityBasis:
        made = megawatt_sum(visit, Layer.SHELL, basis, keys, AgreementEnd.BOTH)
        if made is not None:
            yield made, BASIS_TEXT[basis]


def _chips(visit: Visit, out: Sequence[Row], into: Sequence[Row]) -> Iterator[ChipLine]:
    """Those that it makes, then those of its contracts and supplies."""
    named = Counter(key for link in (*out, *into) for key in link["chips"] or ())
    roles = dict.fromkeys(named, "") | {
        link.columns["to"]: words(link.columns[TYPE_COLUMN]) for link in of_types(out, "MAKES", "FABRICATES")
    }
    for key, role in sorted(roles.items(), key=lambda one: (not one[1], visit.facts.name(one[0]))):
        chip, cite = visit.facts.entities[key], visit.citer.figure
        yield ChipLine(
            chip=party_name(visit, key),
            role=role,
            count=None if role else _named_in(visit, key, named[key]),
            family=chip["family"] or "",
            tdp_w=cite(chip, "tdp_w", what="Thermal design power, W", text=f"{chip['tdp_w'] or 0:,.10g}"),
            memory_gb=cite(chip, "memory_gb", what="Memory, GB", text=f"{chip['memory_gb'] or 0:,.10g}"),
            production=cite(chip, "in_production", what="In production"),
        )


def _named_in(visit: Visit, chip: str, count: int) -> LeadPart:
    inputs = {"label": "Link", "party": visit.key, "chip": chip}
    return said(count_of(count, "link"), count_address(inputs, visit.lens, count))


# ---- totals, events


def _totals(visit: Visit) -> tuple[tuple[TotalLine, ...], int]:
    """What the company states of its contracts, and how many of its totals are not compared."""
    compared, not_compared = visit.facts.computed(
        f"totals {visit.key}", lambda facts: stated_totals(facts.snapshot, facts.observations, visit.key)
    )
    return tuple(_total(visit, one) for one in compared), len(not_compared)


def _total(visit: Visit, one: Reconciliation) -> TotalLine:
    row, figure = one.observation, one.observation["figure"]
    label = row["label"] or words(row.columns["metric"])
    basis = f", {BASIS_TEXT[one.basis]}" if one.basis else ""
    unsure = "" if one.basis_stated or not one.basis else " (basis not stated)"
    day = format_day(figure.as_of)
    text = _amount(one.stated, one.unit)
    if basis.lower() in label.lower():
        basis = ""
    return TotalLine(
        about=f"{label[:1].upper()}{label[1:]}{basis}{unsure}",
        layer=LAYER_WORDS[one.layer].lower(),
        day=day,
        stated=visit.citer.figure(row, "figure", what=f"{label}, {day}", text=text, number=one.stated)
        or ShownFigure(text),
        found="" if one.found is None else _amount(one.found, one.unit),
        gap="" if one.gap is None else _amount(one.gap, one.unit),
        found_address=_total_address(visit, one, "found", one.found),
        gap_address=_total_address(visit, one, "gap", one.gap),
    )


def _total_address(visit: Visit, one: Reconciliation, column: str, value: float | None) -> str:
    row = {"observation": one.observation.key} | ({"basis": one.basis} if one.basis else {})
    return cell_address("reconciliation", {"organization": visit.key}, row, column, visit.lens, value)


def _amount(amount: float, unit: str) -> str:
    return f"{megawatts(amount)} MW" if unit == "MW" else f"{billions(amount)} bn USD"


# ---- pictures of counts


def _ranks_picture(ranks: RankTable | None) -> Markup | None:
    if ranks is None:
        return None
    bands = [RankBand(line.name, line.rank, line.low, line.high) for line in ranks.lines]
    return rank_bands(bands, ranks.among)


def organization_variables(visit: Visit) -> dict[str, Any]:
    return {**key_and_lens(visit), "id": visit.key}


def _depth_query(visit: Visit) -> tuple[str, dict[str, Any]]:
    """Its lists are as long as they have to be: the cost of a query is what it may answer."""
    links, observations = _links_of(visit), visit.facts.observations_of(visit.key)
    subjects = _subjects(visit, links, observations)
    statements = (sum(map(len, visit.facts.statements_of(key).values())) for key in subjects)
    sizes = {
        "links": len(links.out) + len(links.into),
        "debts": len(visit.facts.debts_of(visit.key)),
        "observations": len(observations),
        "statements": max(statements),
    }
    pages = {name: min(max(size, 1), MAX_PER_PAGE) for name, size in sizes.items()}
    power = sorted(link.key for link in links.at_sites)
    return read_document("organization_depth.graphql"), key_and_lens(visit) | pages | {"power": power}


PAGE = HtmlPage(
    "/organizations/{key}",
    "organization.html.j2",
    "organization.graphql",
    organization_view,
    label="Organization",
    variables=organization_variables,
    parts={"ranks": rank_query, "exposure": exposure_query, "depth": _depth_query},
)
