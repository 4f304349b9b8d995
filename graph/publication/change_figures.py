"""Addresses of what a change was and is: the figure of its property under either lens."""

from __future__ import annotations

from typing import Any

from graph.comparison.diff import RowChange
from graph.evidence.lens import Lens
from graph.publication.figures import figure_id
from graph.vocabulary.model import KINDS, Merge, Property
from graph.vocabulary.types import Capacities, mw_column
from graph.vocabulary.values import Capacity, CapacityBasis, Json, total_capacity


def change_figures(change: RowChange, before: Lens, after: Lens) -> tuple[str, str]:
    """The IDs of the value before and after; of megawatts those of the one basis that has changed. Empty where there is
    no figure: a whole row, a text, several values."""
    if change.property is None:
        return "", ""
    prop = KINDS[change.type or change.label].properties[change.property]
    old, new = (_value(prop, value) for value in (change.before, change.after))
    name = change.property
    if isinstance(prop.type, Capacities):
        bases = [basis for basis in CapacityBasis if _total(old, basis) != _total(new, basis)]
        if len(bases) != 1:
            return "", ""
        name, old, new = mw_column(bases[0]), _total(old, bases[0]), _total(new, bases[0])
    return figure_id(change.key, name, before, old) or "", figure_id(change.key, name, after, new) or ""


def _value(prop: Property, value: Json) -> Any:
    if value is None:
        return None
    if prop.merge is Merge.EACH:
        return tuple(prop.type.from_json(one) for one in value)
    return prop.type.from_json(value)


def _total(entries: tuple[Capacity, ...] | None, basis: CapacityBasis) -> Capacity | None:
    return total_capacity(entries or (), basis)
