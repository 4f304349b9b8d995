"""What an `orderBy` asks: input types that derive from the model's ordered properties. Each takes exactly one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import strawberry

from api.context.fields import input_type
from api.schema.filters import given
from api.schema.properties import described, properties_of
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
class Key:
    """One key of an order input."""

    name: str
    type: Any
    doc: str
    order: Callable[[Any], Order]


def compile_orders(asked: Iterable[Any]) -> Orders:
    """The orders that a list of order inputs asks for, the first one first."""
    return tuple(type(one).keys[name].order(value) for one in asked for name, value in given(one))


def _by(column: str) -> Callable[[SortDirection], Order]:
    return lambda direction: Order(column, direction is SortDirection.DESC)


def _by_megawatts(asked: CapacityOrder) -> Order:
    return Order(mw_column(asked.basis), asked.direction is SortDirection.DESC)


def _key(about: Property) -> Key:
    match about.type:
        case Capacities():
            return Key("capacity_mw", CapacityOrder, described(about), _by_megawatts)
        case MoneyType():
            return Key(f"{about.name}_usd", SortDirection, described(about), _by(about.order_column))
        case _:
            return Key(about.name, SortDirection, described(about), _by(about.order_column))


def _keys(label: str) -> Iterator[Key]:
    if label == "Link":
        yield Key("type", SortDirection, "What sort of link it is.", _by(TYPE_COLUMN))
    yield from (_key(about) for about in properties_of(label).values() if about.ordered)


def _order_input(label: str, keys: Iterable[Key]) -> Any:
    by_name = {key.name: key for key in keys}
    parts = [(key.name, key.type, key.doc) for key in by_name.values()]
    made = input_type(f"{label}Order", "Exactly one key. Missing values last, then by key.", parts, one_of=True)
    made.keys = by_name
    return made


ORDERS: dict[str, Any] = {label: _order_input(label, keys) for label in LABELS if (keys := tuple(_keys(label)))}
"""The order input of each label that has ordered properties."""
