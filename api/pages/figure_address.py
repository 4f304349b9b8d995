"""Addresses of the figures that a page shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from api.pages.fact_index import FactIndex
from graph.analytics.contracts.firm_sums import FirmSum
from graph.evidence.lens import Lens
from graph.publication.answers import firm_sum, megawatts_of
from graph.publication.figures import FirmSumFigure, cell_id, figure_id, firm_sum_id
from graph.publication.known import KNOWN, WHAT
from graph.publication.row_counts import COUNT, ROWS
from graph.reports.catalog import FIGURE_TABLES
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.types import Capacities, mw_column
from graph.vocabulary.values import Capacity, total_capacity

NO_ADDRESS = ""


def address_of(id: str | None) -> str:
    """The address of a figure; empty without an ID."""
    return f"/figures/{id}" if id else NO_ADDRESS


def stated_address(row: Row, name: str, lens: Lens, slots: Callable[[], Collection[str]]) -> str:
    """Of what is shown of a property; of megawatts, of the total of the entries of these slots. Empty where that is no
    figure."""
    if not isinstance(row.kind.properties[name].type, Capacities):
        return address_of(figure_id(row.key, name, lens, row[name]))
    shown: tuple[Capacity, ...] = row[name] or ()
    wanted = slots()
    entries = [one for one in shown if one.slot in wanted]
    totals = ((one, total_capacity(entries, one.basis)) for one in entries)
    names = (
        (column, total) for one, total in totals for column in (mw_column(one.basis), mw_column(one.basis, one.stage))
    )
    bases = {one.basis for one in entries}
    column = next((name for name, total in names if total and megawatts_of(shown, name) == total), None)
    if column is None or len(bases) > 1:
        return NO_ADDRESS
    return address_of(figure_id(row.key, column, lens, megawatts_of(shown, column)))


def stated_figure_address(row: Row, name: str, lens: Lens) -> str:
    """Of a property that has one value."""
    return address_of(figure_id(row.key, name, lens, row[name]))


def cell_address(
    source: str, inputs: Mapping[str, Any], row: Mapping[str, Any], column: str, lens: Lens, value: Any
) -> str:
    """Of a cell of the table of an analytic, or of a report (`report.` before its name)."""
    return address_of(cell_id(source, inputs, row, column, lens=lens, value=value, sources=FIGURE_TABLES))


def count_address(inputs: Mapping[str, Any], lens: Lens, count: int) -> str:
    """Of a plain count of rows, of the kind and what else `inputs` say."""
    return cell_address(ROWS, inputs, {}, COUNT, lens, count)


def known_address(key: str, what: str, lens: Lens, count: int) -> str:
    """Of a count of what is known about a row (`graph/publication/known.py`)."""
    return cell_address(KNOWN, {"about": key}, {WHAT: what}, COUNT, lens, count)


def firm_count_address(query: FirmSumFigure, lens: Lens, value: float) -> str:
    """Of what is counted of firm contracts, or a share of them."""
    return address_of(firm_sum_id(query, lens, value, value))


def firm_sum_address(facts: FactIndex, key: str, layer: Layer, measure: str, made: FirmSum) -> str:
    """Of what firm contracts add to, where they are all that `key` has in a layer: as provider, as customer, as either,
    or at the site that they share. Empty where they are a part of these."""
    links = [one.link for one in (*made.added, *made.contained)]
    sites = {link.columns.get("site") for link in links}
    site = sites.pop() if len(sites) == 1 else None
    for end, party in (("from", key), ("to", key), ("party", key), ("site", site)):
        if party and len(facts.sums.contracts_of(layer, end, party)) == len(links) + made.without:
            query = FirmSumFigure(layer, end, party, measure)
            whole = firm_sum(facts.sums, query)
            if whole is not None and whole.contracts == made.contracts:
                return address_of(firm_sum_id(query, facts.lens, made.low, made.high))
    return NO_ADDRESS
