"""`/links.csv`: the links that an address asks for, one in each line, with units, bounds and sources."""

from __future__ import annotations

from collections.abc import Iterator

from api.pages.link_filters import link_query, matching
from api.pages.page import Visit
from graph.exports.csv import render_csv_rows
from graph.stores.query import MAX_PER_PAGE, Page, Query, cursor_of
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis, total_capacity

_COLUMNS = (
    *("key", "type", "source", "source_name", "target", "target_name", "site", "deal", "chips", "layer", "service"),
    *("status", "commitment", "in_force"),
    *(f"{basis.lower()}_{part}" for basis in CapacityBasis for part in ("mw", "bound")),
    *("value", "value_currency", "value_bound", "term_years", "announced", "service_from", "service_to"),
    *("service_state", "origins", "sources", "valid_on", "known_on", "data_version", "licence"),
)


_PLAIN = (
    *("site", "deal", "layer", "service", "status", "commitment", "term_years", "announced", "service_from"),
    *("service_to", "service_state", "origins"),
)
"""Columns of links that the file has as they are."""


def link_list_csv(visit: Visit) -> str:
    """Every link that the address asks for, in its order."""
    query = link_query(visit.parameters).query
    return render_csv_rows(_COLUMNS, (_row(visit, row) for row in _every(visit, query)))


def _every(visit: Visit, query: Query) -> Iterator[Row]:
    """The rows of all pages."""
    part = matching(visit, query, Page(first=MAX_PER_PAGE))
    yield from part.rows
    while part.has_next:
        part = matching(visit, query, Page(first=MAX_PER_PAGE, after=cursor_of(part.rows[-1], query.orders)))
        yield from part.rows


def _row(visit: Visit, row: Row) -> dict[str, str | float | int | None]:
    columns, name, value = row.columns, visit.facts.name, row["value"]
    stated = visit.facts.statements_of(row.key)
    sources = {one.columns["source"] for of_property in stated.values() for one in of_property if one.columns["chosen"]}
    return {
        "key": row.key,
        "type": columns[TYPE_COLUMN],
        **{end: columns[column] for end, column in (("source", "from"), ("target", "to"))},
        "source_name": name(columns["from"]),
        "target_name": name(columns["to"]),
        "chips": " ".join(columns.get("chips", ())),
        "in_force": str(bool(columns["in_force"])).lower(),
        **{one: columns.get(one) for one in _PLAIN},
        **dict(_megawatts(row)),
        "value": value and value.amount,
        "value_currency": value and value.currency,
        "value_bound": value and str(value.bound),
        "sources": " ".join(sorted(sources)),
        "valid_on": str(visit.lens.valid_on),
        "known_on": str(visit.lens.known_on),
        "data_version": visit.version.id,
        "licence": FACTS_LICENCE.name,
    }


def _megawatts(row: Row) -> Iterator[tuple[str, str | float]]:
    for basis in CapacityBasis:
        total = total_capacity(row["capacities"] or (), basis)
        if total:
            yield f"{basis.lower()}_mw", total.mw
            yield f"{basis.lower()}_bound", str(total.bound)
