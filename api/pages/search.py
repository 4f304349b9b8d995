"""`/search?q=`: what is called so, by name, alias, ticker or former name. One exact hit leads to its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.figure_address import stated_figure_address
from api.pages.lead import Phrase, said
from api.pages.page import HtmlPage, Visit, lens_variable
from api.pages.parties import PartyName, party_name
from api.pages.wording import count_of
from graph.stores.query import Hit, best_hits, matches, search_filter
from graph.vocabulary.model import SEARCH_FOLDED, Row
from graph.vocabulary.values import fold
from graph.vocabulary.wording import words

MAX_HITS = 50
SEARCHED: Mapping[str, str] = {
    "Organization": "Organization",
    "Site": "Site",
    "Chip": "Chip",
    "Deal": "Deal",
    "Debt": "Debt",
}
"""Labels that have a page, with what a page calls them."""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """`matched` is the text by which it was found, empty where that is its name."""

    row: PartyName
    kind: str
    detail: Phrase
    matched: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """`only` is the address of the one row that is called exactly so, empty where there is none."""

    text: str
    hits: tuple[FoundRow, ...]
    more: int
    only: str


def search_view(visit: Visit) -> SearchView:
    """Raises BadQuery for a text that is too long."""
    text = visit.parameters.get("q", "").strip()
    if not text:
        return SearchView("", (), 0, "")
    where = search_filter(text)
    rows = [row for row in visit.facts.entities.values() if row.label in SEARCHED]
    found = [row for row in rows if matches(where, row, visit.facts.entities.get)]
    hits = best_hits(found, text, MAX_HITS)
    exact = [row for row in found if fold(text) in row.columns[SEARCH_FOLDED]]
    return SearchView(
        text=text,
        hits=tuple(_hit(visit, one) for one in hits),
        more=len(found) - len(hits),
        only=visit.address.of(exact[0]) if len(exact) == 1 else "",
    )


def _hit(visit: Visit, hit: Hit) -> FoundRow:
    name = party_name(visit, hit.row.key)
    return FoundRow(
        row=name,
        kind=SEARCHED[hit.row.label],
        detail=_detail(visit, hit.row),
        matched="" if hit.matched in (name.name, hit.row.key) else hit.matched,
    )


def _detail(visit: Visit, row: Row) -> Phrase:
    """Words about it, and how many links it has."""
    about = ", ".join(_words(row))
    links = row["link_count"] or 0
    if not links:
        return (said(about),)
    count = said(count_of(links, "link"), stated_figure_address(row, "link_count", visit.lens))
    return (said(f"{about}, "), count) if about else (count,)


def _words(row: Row) -> Iterator[str]:
    if row.label == "Organization":
        yield from (words(kind) for kind in row["kinds"] or ())
    if row.label == "Site":
        yield from (part for part in (row["locality"], row["region"]) if part)
    if row["ticker"]:
        yield row["ticker"]


def search_variables(visit: Visit) -> dict[str, Any]:
    return {"text": visit.parameters.get("q", "").strip() or "-", "lens": lens_variable(visit.address)}


PAGE = HtmlPage(
    "/search",
    "search.html.j2",
    "search.graphql",
    search_view,
    parameters=("q",),
    variables=search_variables,
    redirect=lambda view: view.only,
)
