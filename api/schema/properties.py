"""What GraphQL can say of each kind: the model's properties, laid out flat. Fields, filters, orders derive from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from graph.vocabulary.model import FIGURE_PARTS, KINDS, Link, Property, link_properties
from graph.vocabulary.types import Capacities, CountType, FigureType, MoneyType, Number, Whole, mw_column
from graph.vocabulary.values import CapacityBasis

RENAMED = {"from": "source", "to": "target", "guaranteed_obligor": "obligor"}
"""Properties whose field has another name."""


@cache
def properties_of(label: str) -> Mapping[str, Property]:
    """The properties of a label by name; for `Link` those of all types together, with the ends that any may have."""
    given = link_properties() | Link.properties if label == "Link" else KINDS[label].properties
    flat: dict[str, Property] = {}
    for name, one in given.items():
        parts = FIGURE_PARTS if isinstance(one.type, FigureType) else {name: one}
        flat |= {part: replace(about, name=part) for part, about in parts.items()}
    return flat


def order_columns(given: Property) -> tuple[str, ...]:
    """The columns that can order rows by a property; megawatts have one for each basis."""
    if isinstance(given.type, Capacities):
        return tuple(mw_column(basis) for basis in CapacityBasis)
    return (given.order_column,)


@cache
def numeric_columns(label: str) -> frozenset[str]:
    """Order columns that hold numbers; the others hold ASCII text."""
    counted = (Number, Whole, CountType, MoneyType, Capacities)
    found = (given for given in properties_of(label).values() if given.ordered and isinstance(given.type, counted))
    return frozenset(column for given in found for column in order_columns(given))


def described(given: Property) -> str:
    """The description of a field: the model's words, and the unit."""
    return f"{given.doc} Unit: {given.unit}." if given.unit else given.doc
