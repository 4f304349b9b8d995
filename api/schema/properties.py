"""The model's properties of each label, flattened. GraphQL fields, filters and orders derive from them."""

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
    properties = link_properties() | Link.properties if label == "Link" else KINDS[label].properties
    flat: dict[str, Property] = {}
    for name, prop in properties.items():
        parts = FIGURE_PARTS if isinstance(prop.type, FigureType) else {name: prop}
        flat |= {part: replace(figure_part, name=part) for part, figure_part in parts.items()}
    return flat


def order_columns(prop: Property) -> tuple[str, ...]:
    """The columns that can order rows by a property; megawatts have one for each basis."""
    if isinstance(prop.type, Capacities):
        return tuple(mw_column(basis) for basis in CapacityBasis)
    return (prop.order_column,)


@cache
def numeric_columns(label: str) -> frozenset[str]:
    """Order columns that hold numbers; the others hold ASCII text."""
    numeric = (Number, Whole, CountType, MoneyType, Capacities)
    ordered = (prop for prop in properties_of(label).values() if prop.ordered and isinstance(prop.type, numeric))
    return frozenset(column for prop in ordered for column in order_columns(prop))


def describe(prop: Property) -> str:
    """The description of a field: the description of the property, and the unit."""
    return f"{prop.doc} Unit: {prop.unit}." if prop.unit else prop.doc
