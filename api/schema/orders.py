"""Order inputs: the GraphQL inputs of `orderBy`, derived from the model's ordered properties. Each takes exactly one
key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import strawberry

from api.context.fields import input_type
from api.schema.filters import set_fields
from api.schema.properties import describe, properties_of
from api.schema.scalars import SortDirection
from graph.stores.query import Order, Orders
from graph.vocabulary.model import LABELS, TYPE_COLUMN, Property
from graph.vocabulary.types import Capacities, MoneyType, mw_column
from graph.vocabulary.values import CapacityBasis


@strawberry.input(description="Order by megawatts of one basis.")
class CapacityOrder:
    basis: CapacityBasis = strawberry.field(description="What the megawatts measure.")
    direction: SortDirection = strawberry.field(description="Which end first.")


@dataclass(frozen=True)
class OrderKey:
    """One key of an order input."""

    name: str
    type: Any
    doc: str
    order: Callable[[Any], Order]


def compile_orders(inputs: Iterable[Any]) -> Orders:
    """The orders of a list of order inputs, the first one first."""
    return tuple(type(one).keys[name].order(value) for one in inputs for name, value in set_fields(one))


def _by(column: str) -> Callable[[SortDirection], Order]:
    return lambda direction: Order(column, direction is SortDirection.DESC)


def _by_megawatts(input: CapacityOrder) -> Order:
    return Order(mw_column(input.basis), input.direction is SortDirection.DESC)


def _key(prop: Property) -> OrderKey:
    match prop.type:
        case Capacities():
            return OrderKey("capacity_mw", CapacityOrder, describe(prop), _by_megawatts)
        case MoneyType():
            return OrderKey(f"{prop.name}_usd", SortDirection, describe(prop), _by(prop.order_column))
        case _:
            return OrderKey(prop.name, SortDirection, describe(prop), _by(prop.order_column))


def _keys(label: str) -> Iterator[OrderKey]:
    if label == "Link":
        yield OrderKey("type", SortDirection, "What sort of link it is.", _by(TYPE_COLUMN))
    yield from (_key(prop) for prop in properties_of(label).values() if prop.ordered)


def _order_input(label: str, keys: Iterable[OrderKey]) -> Any:
    by_name = {key.name: key for key in keys}
    parts = [(key.name, key.type, key.doc) for key in by_name.values()]
    cls = input_type(f"{label}Order", "Exactly one key. Missing values last, then by key.", parts, one_of=True)
    cls.keys = by_name
    return cls


ORDERS: dict[str, Any] = {label: _order_input(label, keys) for label in LABELS if (keys := tuple(_keys(label)))}
"""The order input of each label that has ordered properties."""
