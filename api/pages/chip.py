"""`/chips/KEY`: one chip or system: who makes and fabricates it, who delivers and takes it, and in what number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.pages.agreements import AgreementEnd
from api.pages.entity import EntityPicture, EntityView, entity_section, entity_view, finish_head
from api.pages.figure_address import known_address, stated_figure_address
from api.pages.lead import KeyFigure, LeadPart, parties, said, strong
from api.pages.page import HtmlPage, Visit
from api.pages.parties import party_name
from api.pages.wording import count_of
from graph.evidence.captions import describe_value
from graph.evidence.firmness import firmness
from graph.pictures.bars import IntervalBar, interval_bars
from graph.pictures.svg import AddressedText
from graph.pictures.timeline import NARROW, WIDE
from graph.publication.known import of_types
from graph.vocabulary.model import Row

_MAX_BARS = 12


def chip_view(visit: Visit) -> EntityView:
    links = visit.facts.links_naming(visit.key)
    made, fabricated = of_types(links, "MAKES"), of_types(links, "FABRICATES")
    contracts, supplies = of_types(links, "PROVIDES_CAPACITY"), of_types(links, "SUPPLIES")
    named = {link.key for group in (made, fabricated, contracts, supplies) for link in group}
    rest = [link for link in links if link.key not in named]
    head = finish_head(
        "Chip or system",
        visit.facts.name(visit.key),
        _sub(visit.row),
        _lead(visit, made, fabricated, supplies, contracts),
        _keys(visit, supplies, contracts),
    )
    sections = [
        *entity_section(visit, "contracts", "Capacity that runs on it", contracts, note=_NO_SPLIT),
        *entity_section(visit, "supplies", "Who delivers it to whom", supplies, note=_NO_SPLIT),
        *entity_section(visit, "made", "Who makes it", [*made, *fabricated], end=AgreementEnd.SOURCE),
        *entity_section(visit, "others", "What else names it", rest),
    ]
    return entity_view(visit, head, sections, (_counts(visit, [*supplies, *contracts]),))


_NO_SPLIT = (
    "A contract may be about several chips: how its megawatts, dollars and numbers split among them is not stated, so "
    "that nothing here is added up for one chip."
)


def _sub(chip: Row) -> Iterator[str]:
    yield from (chip.columns.get(name, "") for name in ("family", "process"))


def _lead(
    visit: Visit, made: Sequence[Row], fabricated: Sequence[Row], supplies: Sequence[Row], contracts: Sequence[Row]
) -> Iterator[LeadPart]:
    """Who makes it where, and how many agreements name it."""
    yield said(visit.facts.name(visit.key))
    yield from _makers(visit, " is made by ", made)
    yield from _makers(visit, " and fabricated by " if made else " is fabricated by ", fabricated)
    counted = [
        ("supplies", len(supplies), "supply", "supplies"),
        ("contracts", len(contracts), "contract for capacity", "contracts for capacity"),
    ]
    named = [one for one in counted if one[1]]
    opening = ". It" if made or fabricated else ""
    if not named:
        yield said(". No supply or contract names it." if opening else " is named in no supply or contract.")
        return
    yield said(f"{opening} is named in ")
    for place, (what, count, noun, plural) in enumerate(named):
        yield said(" and " if place else "")
        yield strong(count_of(count, noun, plural), known_address(visit.key, what, visit.lens, count))
    yield said(".")


def _makers(visit: Visit, opening: str, links: Sequence[Row]) -> Iterator[LeadPart]:
    keys = dict.fromkeys(link.columns["from"] for link in links)
    if keys:
        yield said(opening)
        yield from parties([party_name(visit, key) for key in keys])


def _keys(visit: Visit, supplies: Sequence[Row], contracts: Sequence[Row]) -> Iterator[KeyFigure]:
    chip, name, cite = visit.row, visit.facts.name(visit.key), visit.citer.figure
    for column, label, unit in (("tdp_w", "Power", "W"), ("memory_gb", "Memory", "GB")):
        text = None if chip[column] is None else f"{chip[column]:,g}"
        figure = cite(chip, column, what=f"{label}, {name}", text=text, number=chip[column])
        if figure:
            yield KeyFigure(label, figure, unit, chip["memory_type"] or "" if column == "memory_gb" else "by design")
    for column, label in (("announced", "Announced"), ("in_production", "In production")):
        figure = cite(chip, column, what=f"{label}, {name}")
        if figure:
            yield KeyFigure(label, figure)


def _counts(visit: Visit, links: Sequence[Row]) -> EntityPicture | None:
    """The numbers of chips that agreements about this chip alone state; None where none does."""
    alone = [link for link in links if link["chip_count"] and link.columns.get("chips") == [visit.key]]
    if not alone:
        return None
    largest = sorted(alone, key=lambda link: (-link["chip_count"].value, link.key))[:_MAX_BARS]
    bars = [_bar(visit, link) for link in largest]
    title = f"Numbers of {visit.facts.name(visit.key)} that agreements state"
    caption = (
        "Agreements about this chip alone, each as stated; they are not added, since a delivery and the capacity that "
        "runs on it may be about the same chips. Full: firm; hollow: not."
    )
    wide, narrow = (interval_bars(bars, title, width) for width in (WIDE, NARROW))
    return EntityPicture("counts", "How many", wide, narrow, caption)


def _bar(visit: Visit, link: Row) -> IntervalBar:
    count = link["chip_count"]
    parties = " → ".join(visit.facts.name(link.columns[end]) for end in ("from", "to"))
    words = AddressedText((describe_value(count), stated_figure_address(link, "chip_count", visit.lens)))
    return IntervalBar(parties, float(count.value), words, firmness=firmness(link))


PAGE = HtmlPage("/chips/{key}", "entity.html.j2", "chip.graphql", chip_view, label="Chip")
