"""`/deals/KEY`: what was signed together: leases, guarantees, loans, warrants, chips, each kind by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.pages.agreements import BASIS_WORDS, LAYER_WORDS, AgreementEnd, dollar_sum, megawatt_sum
from api.pages.entity import (
    EntityPicture,
    EntityView,
    contract_section,
    entity_section,
    entity_view,
    finish_head,
)
from api.pages.evidence import ShownFigure
from api.pages.figure_address import known_address
from api.pages.lead import KeyFigure, LeadPart, parties, said, strong
from api.pages.page import HtmlPage, Visit
from api.pages.parties import party_name
from api.pages.pictures import TIMELINE_CAPTION, contract_bars, debt_bar, timeline_pair
from api.pages.sections import LinkSection
from api.pages.wording import count_of
from graph.publication.known import of_types
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day, words

_TITLES = {
    "PROVIDES_CAPACITY": "Capacity",
    "SUPPLIES": "Supplies",
    "SUPPLIES_POWER": "Power",
    "GUARANTEES": "Guarantees",
    "LENDS_TO": "Loans",
    "INVESTS_IN": "Investments and warrants",
}


def deal_view(visit: Visit) -> EntityView:
    links = visit.facts.links_naming(visit.key, "deal")
    head = finish_head("Deal", visit.facts.name(visit.key), _sub(visit.row), _lead(visit, links), _keys(visit, links))
    return entity_view(visit, head, list(_sections(visit, links)), (_timeline(visit, links),))


def _sub(deal: Row) -> Iterator[str]:
    announced = format_day(deal["announced"])
    yield f"announced {announced}" if announced else ""


def _sections(visit: Visit, links: Sequence[Row]) -> Iterator[LinkSection]:
    """One for each type of link, in the order of the model: their amounts are different things."""
    for name in LINKS:
        id, title = name.lower().replace("_", "-"), _TITLES.get(name) or words(name).capitalize()
        of_type = of_types(links, name)
        if name == "PROVIDES_CAPACITY":
            yield from contract_section(visit, id, title, of_type)
        else:
            yield from entity_section(visit, id, title, of_type, note=_NOTES.get(name, ""))


_NOTES = {
    "GUARANTEES": "A guarantee is neither debt nor rent: its amount is in no sum.",
    "INVESTS_IN": "A warrant is not ownership until it is exercised.",
    "LENDS_TO": "An arranger is not a lender; what was lent stands with the debt.",
}


def _lead(visit: Visit, links: Sequence[Row]) -> Iterator[LeadPart]:
    if visit.row["summary"]:
        yield said(f"{visit.row['summary'].rstrip('.')}. ")
    if not links:
        yield said("No link of it is shown under this lens.")
        return
    kinds = dict.fromkeys(words(link.columns[TYPE_COLUMN]).lower() for link in links)
    yield from (
        said("It holds "),
        strong(count_of(len(links), "link"), _known(visit, "links", len(links)).cited),
        said(f" ({', '.join(kinds)}) between "),
    )
    named = sorted(_parties(links), key=lambda key: -_named_in(links, key))
    yield from parties([party_name(visit, key) for key in named])
    yield said(".")


def _parties(links: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(link.columns[end] for link in links for end in ("from", "to")))


def _named_in(links: Sequence[Row], key: str) -> int:
    return sum(key in (link.columns["from"], link.columns["to"]) for link in links)


def _keys(visit: Visit, links: Sequence[Row]) -> Iterator[KeyFigure]:
    """What its firm contracts add to, layer by layer and basis by basis."""
    contracts = of_types(links, "PROVIDES_CAPACITY")
    for layer in (Layer.SHELL, Layer.COMPUTE):
        keys = [link.key for link in contracts if link["layer"] is layer]
        for basis in CapacityBasis:
            figure = megawatt_sum(visit, layer, basis, keys, AgreementEnd.BOTH)
            if figure:
                yield KeyFigure(f"{BASIS_WORDS[basis]}, firm", figure, "MW", LAYER_WORDS[layer].lower())
        dollars = dollar_sum(visit, layer, keys, AgreementEnd.BOTH)
        if dollars:
            yield KeyFigure("Base-term value, firm", dollars, "bn USD", LAYER_WORDS[layer].lower())
    parties_count = len(_parties(links))
    below = said(f"{parties_count:,}", _known(visit, "parties", parties_count).cited), said(_noun(parties_count))
    yield KeyFigure("Links", _known(visit, "links", len(links)), "", below)


def _noun(parties_count: int) -> str:
    return " party" if parties_count == 1 else " parties"


def _known(visit: Visit, what: str, count: int) -> ShownFigure:
    return ShownFigure(f"{count:,}", address=known_address(visit.key, what, visit.lens, count))


def _timeline(visit: Visit, links: Sequence[Row]) -> EntityPicture | None:
    debts = dict.fromkeys(link.columns["debt"] for link in links if "debt" in link.columns)
    rows = (visit.facts.row(key) for key in debts)
    bars = contract_bars(visit, of_types(links, "PROVIDES_CAPACITY", "SUPPLIES_POWER", "SUPPLIES"))
    bars += [debt_bar(visit, row) for row in rows if row is not None and row["issued"]]
    pair = timeline_pair(visit, bars, f"{visit.facts.name(visit.key)} in time")
    return pair and EntityPicture("time", "When it runs, and when debt falls due", *pair, TIMELINE_CAPTION)


PAGE = HtmlPage("/deals/{key}", "entity.html.j2", "deal.graphql", deal_view, label="Deal")
