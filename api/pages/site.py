"""`/sites/KEY`: one campus: its megawatts, who runs it, who feeds it, who takes its capacity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.pages.agreements import BASIS_WORDS, AgreementEnd, megawatt_figure, megawatt_sum
from api.pages.entity import (
    EntityPicture,
    EntityView,
    RelatedRows,
    contract_section,
    entity_section,
    entity_view,
    finish_head,
)
from api.pages.evidence import ShownFigure
from api.pages.figure_address import firm_count_address, known_address
from api.pages.lead import KeyFigure, LeadPart, Phrase, parties, said, strong
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.pictures import TIMELINE_CAPTION, chain_end, contract_bars, firm_and_large_first, timeline_pair
from api.pages.wording import join_words
from graph.pictures.chain import ChainEnd, chain
from graph.pictures.timeline import NARROW, WIDE
from graph.publication.figures import CONTRACTS, FirmSumFigure
from graph.publication.known import of_types
from graph.vocabulary.countries import country_name
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis

_RUN = ("OWNS", "OPERATES", "ACQUIRES")
_MAX_ENDS = 7
_LET = ((Layer.SHELL, "let out"), (Layer.COMPUTE, "provided as computing"))


def site_view(visit: Visit) -> EntityView:
    links = visit.facts.links_naming(visit.key)
    contracts, power = of_types(links, "PROVIDES_CAPACITY"), of_types(links, "SUPPLIES_POWER")
    run = of_types(links, *_RUN)
    rest = [link for link in links if link not in contracts and link not in power and link not in run]
    head = finish_head(
        "Site",
        visit.facts.name(visit.key),
        _whereabouts(visit.row),
        _lead(visit, contracts, run),
        _keys(visit, contracts),
        RelatedRows("Part of", _named(visit, [visit.row.columns.get("part_of")])),
        RelatedRows("Parts", _named(visit, _parts(visit))),
        RelatedRows("Utility", _named(visit, [visit.row.columns.get("utility")])),
    )
    sections = [
        *contract_section(visit, "contracts", "Capacity that it provides", contracts, note=_NO_SUMS),
        *entity_section(visit, "run", "Who owns and runs it", run, end=AgreementEnd.SOURCE),
        *entity_section(visit, "power", "Who feeds it", power),
        *entity_section(visit, "others", "What else names it", rest),
    ]
    pictures = (_timeline(visit, contracts), _chain(visit, power, contracts))
    return entity_view(visit, head, sections, pictures)


_NO_SUMS = (
    "In no sum: options, letters, what has lapsed. Layers and bases are never added: a "
    "building is let to a cloud, which provides computing from it."
)


def _named(visit: Visit, keys: Sequence[str | None]) -> tuple[PartyName, ...]:
    return tuple(party_name(visit, key) for key in keys if key)


def _parts(visit: Visit) -> list[str]:
    rows = visit.facts.entities.values()
    return sorted(row.key for row in rows if row.label == "Site" and row.columns.get("part_of") == visit.key)


def _whereabouts(site: Row) -> Iterator[str]:
    yield from (site.columns.get(name, "") for name in ("locality", "region"))
    yield country_name(site.columns.get("country"))
    if site["grid"]:
        yield f"grid: {site['grid']}"


# ---- the head


def _lead(visit: Visit, contracts: Sequence[Row], run: Sequence[Row]) -> Iterator[LeadPart]:
    """What is stated of it, what of that is let, and who runs it."""
    site, name = visit.row, visit.facts.name(visit.key)
    yield said(f"{name} is ")
    megawatts = [(basis, one) for basis in CapacityBasis if (one := megawatt_figure(visit, site, basis, name))]
    yield said("stated with " if megawatts else "stated without megawatts")
    for place, (basis, figure) in enumerate(megawatts):
        yield from (said(" and " if place else ""), strong(f"{figure.text} MW", figure.cited), said(f" {_unit(basis)}"))
    yield said(".")
    yield from _let(visit, contracts)
    runners = dict.fromkeys(link.columns["from"] for link in run if link["in_force"])
    if runners:
        yield said(" It is owned or run by ")
        yield from parties([party_name(visit, key) for key in runners])
        yield said(".")


def _unit(basis: CapacityBasis) -> str:
    return {CapacityBasis.CRITICAL_IT: "of critical IT load", CapacityBasis.UNSTATED: "of a basis not stated"}.get(
        basis, BASIS_WORDS[basis].lower()
    )


def _let(visit: Visit, contracts: Sequence[Row]) -> Iterator[LeadPart]:
    for layer, verb in _LET:
        firm = [link for link in contracts if link["layer"] is layer and visit.facts.sums.counts(link)]
        if firm:
            takers = join_words(sorted({visit.facts.name(link.columns["to"]) for link in firm}))
            figures = [(basis, _sum(visit, layer, basis, firm)) for basis in CapacityBasis]
            stated = [(f"{one.text} MW {_unit(basis)}", one.cited) for basis, one in figures if one]
            yield from (said(" In "), said(f"{len(firm):,}", _firm_address(visit, layer, len(firm))))
            yield said(" firm contract " if len(firm) == 1 else " firm contracts ")
            yield from _joined(stated) if stated else (said("capacity without stated megawatts"),)
            yield said(f" {'are' if stated else 'is'} {verb} to {takers}.")


def _firm_address(visit: Visit, layer: Layer, count: int) -> str:
    return firm_count_address(FirmSumFigure(layer, "site", visit.key, CONTRACTS), visit.lens, count)


def _joined(stated: Sequence[tuple[str, str]]) -> Iterator[LeadPart]:
    """A, B and C, each with its address."""
    for place, one in enumerate(stated):
        if place:
            yield said(" and " if place == len(stated) - 1 else ", ")
        yield strong(*one)


def _sum(visit: Visit, layer: Layer, basis: CapacityBasis, links: Sequence[Row]) -> ShownFigure | None:
    return megawatt_sum(visit, layer, basis, [link.key for link in links], AgreementEnd.BOTH)


def _keys(visit: Visit, contracts: Sequence[Row]) -> Iterator[KeyFigure]:
    site, name = visit.row, visit.facts.name(visit.key)
    for basis in CapacityBasis:
        figure = megawatt_figure(visit, site, basis, f"{BASIS_WORDS[basis]}, {name}")
        if figure:
            yield KeyFigure(f"{BASIS_WORDS[basis]}, stated", figure, "MW", "of the site")
    for layer, verb in _LET:
        firm = [link for link in contracts if link["layer"] is layer and visit.facts.sums.counts(link)]
        let = _sum(visit, layer, CapacityBasis.CRITICAL_IT, firm)
        if let:
            yield KeyFigure(f"Critical IT, {verb}, firm", let, "MW", _of_contracts(visit, layer, len(firm)))
    energized = visit.citer.figure(site, "energized", what=f"Energized, {name}")
    if energized:
        yield KeyFigure("Energized", energized, "", "when voltage is on; says nothing of tenants")
    address = known_address(visit.key, "contracts", visit.lens, len(contracts))
    yield KeyFigure("Contracts", ShownFigure(f"{len(contracts):,}", address=address), "", "firm or not")


def _of_contracts(visit: Visit, layer: Layer, count: int) -> Phrase:
    noun = " contract" if count == 1 else " contracts"
    return said(f"{count:,}", _firm_address(visit, layer, count)), said(noun)


# ---- pictures


def _timeline(visit: Visit, contracts: Sequence[Row]) -> EntityPicture | None:
    title = f"Contracts at {visit.facts.name(visit.key)} in time"
    pair = timeline_pair(visit, contract_bars(visit, contracts), title)
    return pair and EntityPicture("time", "When it runs", *pair, TIMELINE_CAPTION)


def _chain(visit: Visit, power: Sequence[Row], contracts: Sequence[Row]) -> EntityPicture | None:
    """Who feeds it and who takes its capacity; None where one side is empty."""
    incoming, outgoing = (list(_ends(visit, links, end)) for links, end in ((power, "from"), (contracts, "to")))
    if not (incoming and outgoing):
        return None
    name = visit.facts.name(visit.key)
    wide, narrow = (chain(name, incoming, outgoing, width) for width in (WIDE, NARROW))
    caption = "Width by megawatts of the first basis stated, not to be compared across bases; colour by commitment."
    return EntityPicture("chain", "Its place in the chain", wide, narrow, caption)


def _ends(visit: Visit, links: Sequence[Row], end: str) -> Iterator[ChainEnd]:
    in_force = sorted((link for link in links if link["in_force"]), key=firm_and_large_first)
    return (chain_end(visit, link, end) for link in in_force[:_MAX_ENDS])


PAGE = HtmlPage("/sites/{key}", "entity.html.j2", "site.graphql", site_view, label="Site")
