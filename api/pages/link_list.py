"""`/links`: contracts, and other links, as a table that is filtered and ordered as in the API, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.pages.agreements import AgreementEnd, AgreementTable, agreement_table
from api.pages.figure_address import count_address
from api.pages.lead import Phrase, said
from api.pages.link_csv import link_list_csv
from api.pages.link_filters import (
    ANY_TYPE,
    CONTRACTS,
    PARAMETERS,
    SORT_BASES,
    SORT_WORDS,
    LinkSort,
    link_query,
    matching,
    page_size,
)
from api.pages.page import HtmlPage, PageFile, Visit, lens_variable
from api.schema.cursors import read_cursor, write_cursor
from graph.exports import csv
from graph.stores.query import Page, cursor_of
from graph.vocabulary.enums import Commitment, LinkStatus, ServiceState
from graph.vocabulary.model import LinkType, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import words


@dataclass(frozen=True, slots=True)
class FilterOption:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SortHead:
    """What the head of a column leads to: the list in the order of the column, in the other direction where it has that
    order already. `sorted`: ascending or descending, empty where it is not ordered by it."""

    href: str
    sorted: str


@dataclass(frozen=True)
class LinkListView:
    """`next` is empty on the last page, `first` on the first. `heads`: by the column of the table."""

    lead: Phrase
    table: AgreementTable
    heads: Mapping[str, SortHead]
    options: Mapping[str, Sequence[FilterOption]]
    first: str
    next: str
    csv: str
    total: int
    address: str
    """Of the total, where it has one."""


def link_list_view(visit: Visit) -> LinkListView:
    asked = link_query(visit.parameters)
    after = visit.parameters.get("after")
    start = read_cursor(after, asked.query, visit.lens) if after else None
    part = matching(visit, asked.query, Page(first=page_size(visit.parameters), after=start))
    cursor = write_cursor(cursor_of(part.rows[-1], asked.query.orders), asked.query, visit.lens) if part.rows else ""
    table = agreement_table(visit, part.rows, AgreementEnd.BOTH, wide=True)
    return LinkListView(
        lead=_lead(visit, part.total),
        table=_in_order(table, part.rows),
        heads={column: _head(visit, sort) for column, sort in _COLUMN_SORTS.items()},
        options=dict(_options(visit.parameters)),
        first=visit.address.here(after="") if after else "",
        next=visit.address.here(after=cursor) if part.has_next else "",
        csv=visit.address.here(after="", first="").replace("/links", "/links.csv", 1),
        total=part.total,
        address=_total_address(visit, part.total),
    )


def _total_address(visit: Visit, total: int) -> str:
    """That of a plain count, where all conditions are codes or keys."""
    stated = {"type": CONTRACTS, **{name: text for name, text in visit.parameters.items() if name not in _NO_CONDITION}}
    if not stated.keys() <= _COUNTED:
        return ""
    named = {name: text for name, text in stated.items() if text != ANY_TYPE}
    inputs = {name: text if name in _SINGLE else tuple(text.split(",")) for name, text in named.items()}
    return count_address({"label": "Link", **inputs}, visit.lens, total)


_SINGLE = frozenset({"basis", "site", "deal"})
_COUNTED = frozenset({"type", "status", "commitment", "layer"}) | _SINGLE
_NO_CONDITION = frozenset({"sort", "order", "first", "after"})


_COLUMN_SORTS: Mapping[str, LinkSort] = {basis: sort for sort, basis in SORT_BASES.items()} | {
    "value": LinkSort.USD,
    "term": LinkSort.TERM,
    "service": LinkSort.SERVICE,
    "announced": LinkSort.ANNOUNCED,
}
"""The order of each column that has one."""


def _head(visit: Visit, sort: LinkSort) -> SortHead:
    current = LinkSort(visit.parameters.get("sort", LinkSort.MW))
    if current is LinkSort.MW:
        basis = visit.parameters.get("basis", CapacityBasis.CRITICAL_IT)
        current = next(one for one, of in SORT_BASES.items() if of == basis)
    rising = visit.parameters.get("order") == "asc"
    turned = "asc" if current is sort and not rising else ""
    direction = ("ascending" if rising else "descending") if current is sort else ""
    return SortHead(visit.address.here(sort=sort, order=turned, after=""), direction)


def _lead(visit: Visit, total: int) -> Phrase:
    by = SORT_WORDS[LinkSort(visit.parameters.get("sort", LinkSort.MW))]
    nouns = ("contract for capacity", "contracts for capacity") if _lists_contracts(visit) else ("link", "links")
    return said(f"{total:,}", _total_address(visit, total)), said(f" {nouns[total != 1]}, by {by}")


def _lists_contracts(visit: Visit) -> bool:
    return visit.parameters.get("type", CONTRACTS) == CONTRACTS


def _in_order(table: AgreementTable, rows: Sequence[Row]) -> AgreementTable:
    """The lines in the order of the list, as one group."""
    lines = {line.key: line for line in table.lines}
    groups = tuple(replace(group, counted=(), rest=tuple(lines[row.key] for row in rows)) for group in table.groups)
    return replace(table, groups=groups)


def _options(parameters: Mapping[str, str]) -> Iterator[tuple[str, Sequence[FilterOption]]]:
    """The choices of each select of the form."""
    chosen = {"type": CONTRACTS, "sort": LinkSort.MW, **parameters}
    types = [(ANY_TYPE, "any link"), *((name, words(name).lower()) for name in LinkType)]
    every: Mapping[str, Iterable[tuple[str, str]]] = {
        "type": types,
        "status": [("", "any"), *((one, words(one)) for one in LinkStatus)],
        "commitment": [("", "any"), *((one, words(one)) for one in Commitment)],
        "state": [("", "any"), *((one, words(one)) for one in ServiceState)],
        "basis": [("", "any"), *((one, words(one)) for one in CapacityBasis)],
        "sort": [(one, SORT_WORDS[one]) for one in LinkSort],
    }
    for name, values in every.items():
        of_name = chosen.get(name, "")
        options = [FilterOption(value, text, value == of_name) for value, text in values]
        if of_name and not any(one.chosen for one in options):
            options.append(FilterOption(of_name, of_name.replace(",", ", ").lower(), True))
        yield name, options


# ---- the entry


def link_list_variables(visit: Visit) -> Mapping[str, Any]:
    asked = link_query(visit.parameters)
    after = {"after": visit.parameters["after"]} if "after" in visit.parameters else {}
    page = {"first": page_size(visit.parameters), **after}
    return {"lens": lens_variable(visit.address), "where": asked.where, "orderBy": [asked.order], **page}


PAGE = HtmlPage(
    "/links",
    "link_list.html.j2",
    "links.graphql",
    link_list_view,
    parameters=PARAMETERS,
    variables=link_list_variables,
    files=(PageFile("csv", csv.MEDIA_TYPE, link_list_csv, download=True),),
    navigation="Contracts",
)
