"""Addresses of the figures that a page shows."""

from __future__ import annotations

from collections.abc import Collection

from graph.evidence.lens import Lens
from graph.publication.answers import megawatts_of
from graph.publication.figures import figure_id
from graph.vocabulary.model import Row
from graph.vocabulary.types import Capacities, mw_column
from graph.vocabulary.values import Capacity, total_capacity

NO_ADDRESS = ""


def address_of(id: str | None) -> str:
    """The address of a figure; empty without an ID."""
    return f"/figures/{id}" if id else NO_ADDRESS


def stated_address(row: Row, name: str, lens: Lens, slots: Collection[str]) -> str:
    """Of what is shown of a property; of megawatts, of the total of the entries of these slots. Empty where that is no
    figure."""
    if not isinstance(row.kind.properties[name].type, Capacities):
        return address_of(figure_id(row.key, name, lens, row[name]))
    shown: tuple[Capacity, ...] = row[name] or ()
    entries = [one for one in shown if one.slot in slots]
    totals = ((one, total_capacity(entries, one.basis)) for one in entries)
    names = (
        (column, total) for one, total in totals for column in (mw_column(one.basis), mw_column(one.basis, one.stage))
    )
    bases = {one.basis for one in entries}
    column = next((name for name, total in names if total and megawatts_of(shown, name) == total), None)
    if column is None or len(bases) > 1:
        return NO_ADDRESS
    return address_of(figure_id(row.key, column, lens, megawatts_of(shown, column)))
