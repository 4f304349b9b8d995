"""From a property of the model to the fields that show it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any

import strawberry

from api.context.fields import Field, add_fields, field, list_of
from api.schema.connections import to_node
from api.schema.properties import RENAMED, described, properties_of
from api.schema.scalars import enum_of
from graph.vocabulary.enums import InvestmentInstrument, Recourse, Seniority
from graph.vocabulary.model import Property, has_own_field
from graph.vocabulary.types import (
    Capacities,
    Choice,
    Choices,
    CountType,
    Day,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    Refs,
    TerminationType,
    Text,
    Texts,
    Whole,
)
from graph.vocabulary.values import Bound, CapacityBasis, CapacityStage, PartialDate, TerminationParty

AS_TEXT = (InvestmentInstrument, Seniority, Recourse)
"""Choices that the schema shows as text."""


@strawberry.type(
    name="Capacity",
    description="Megawatts of one basis, as one source or several state them. Never added across bases.",
)
class CapacityObject:
    """Shows a values.Capacity."""

    mw: float = strawberry.field(description="Megawatts.")
    basis: CapacityBasis = strawberry.field(description="What they measure.")
    stage: CapacityStage | None = strawberry.field(description="How far they have come.")
    bound: Bound = strawberry.field(description="How the figure bounds the true one.")
    phase: str | None = strawberry.field(description="The part of the whole; without one it is the total.")
    since: PartialDate | None = strawberry.field(name="from", description="Since when, or from when.")


class MoneyObject:
    """Shows a values.Money."""

    amount: float = strawberry.field(description="In whole units of the currency.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    bound: Bound = strawberry.field(description="How the figure bounds the true one.")


add_fields(
    MoneyObject,
    [
        field(
            "usd",
            float | None,
            lambda money: money.amount if money.currency == "USD" else None,
            "In US dollars; null for another currency, which is never converted.",
        )
    ],
)
strawberry.type(MoneyObject, name="Money", description="An amount with its currency.")


@strawberry.type(name="Termination", description="Who may end a contract before its term.")
class TerminationObject:
    """Shows a values.Termination."""

    party: TerminationParty = strawberry.field(description="Who may.")
    notice_days: int | None = strawberry.field(description="Notice that it takes. Unit: days.")


def property_fields(label: str, type_of: Callable[[tuple[str, ...]], Any]) -> Iterator[Field]:
    """The fields of the properties of a label; `type_of` gives the type of rows of some kinds."""
    for given in properties_of(label).values():
        if has_own_field(label, given):
            yield from _fields(given, given.required, type_of)


def _fields(given: Property, always: bool, type_of: Callable[[tuple[str, ...]], Any]) -> Iterator[Field]:
    name, doc = RENAMED.get(given.name, given.name), described(given)
    match given.type:
        case Ref(kinds):
            yield field(name, _nullable(type_of(kinds), always), _one(given.name), doc)
        case Refs(kinds):
            yield field(name, list_of(type_of(kinds)), _many(given), doc)
        case Capacities():
            yield field(name, list[CapacityObject], _capacities(given), doc)
        case CountType():
            yield field(name, int | None, _column(given.name), doc)
            yield field(
                f"{name}_bound", Bound | None, _column(f"{given.name}_bound"), f"How that bounds the true one: {doc}"
            )
        case _:
            yield field(name, _plain(given, always), _value(given), doc)


def _nullable(type_: Any, always: bool) -> Any:
    return type_ if always else type_ | None


def _plain(given: Property, always: bool) -> Any:
    """The type of a value that leads nowhere. Raises TypeError for a type that no field is known for."""
    match given.type:
        case Texts():
            return list[str]
        case Choices(choices):
            return list_of(enum_of(choices))
        case Choice(choices):
            return _nullable(str if choices in AS_TEXT else enum_of(choices), always)
        case Flag(default):
            return _nullable(bool, always or default is not None)
    simple = {
        Text: str,
        Number: float,
        Whole: int,
        Day: date,
        PartialDay: PartialDate,
        MoneyType: MoneyObject,
        TerminationType: TerminationObject,
    }
    if type(given.type) not in simple:
        raise TypeError(f"{given.name} has no field for its type {given.type}")
    return _nullable(simple[type(given.type)], always)


def _column(column: str) -> Callable[[Any], Any]:
    return lambda node: node.row.columns.get(column)


def _value(given: Property) -> Callable[[Any], Any]:
    read, name = given.type.from_columns, given.name
    return lambda node: read(name, node.row.columns)


def _capacities(given: Property) -> Callable[[Any], Any]:
    read = _value(given)
    return lambda node: node.view.capped(read(node))


def _one(name: str) -> Callable[[Any], Awaitable[Any] | None]:
    """The row that a property refers to; which kind it may be of depends on the type of the link."""

    async def load(node: Any, key: str) -> Any:
        row = await node.view.row(_labels(node, name), key)
        return row and to_node(row, node.view)

    def read(node: Any) -> Awaitable[Any] | None:
        key = node.row.columns.get(name)
        return None if key is None else load(node, key)

    return read


def _many(given: Property) -> Callable[[Any], Any]:
    """The rows that a property refers to, in the order stated; those that the lens does not show are left out."""

    async def load(node: Any, keys: list[str]) -> list[Any]:
        rows = await node.view.rows(_labels(node, given.name), node.view.capped(keys))
        return [to_node(row, node.view) for row in rows if row]

    def read(node: Any) -> Any:
        keys = node.row.columns.get(given.name)
        return load(node, keys) if keys else []

    return read


def _labels(node: Any, name: str) -> tuple[str, ...]:
    labels: tuple[str, ...] = node.row.kind.properties[name].refers_to
    return labels
