"""The GraphQL fields of the model's properties."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, Protocol

import strawberry

from api.context.fields import Field, add_fields, field, list_of, output_type
from api.context.request_context import LensView
from api.context.sources import ColumnValue, RowReference
from api.schema.connections import to_node
from api.schema.properties import RENAMED, describe, properties_of
from api.schema.row_bounds import with_items
from api.schema.scalars import enum_of
from graph.vocabulary.enums import InvestmentInstrument, Recourse, Seniority
from graph.vocabulary.model import Property, Row, has_own_field
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
"""Choices that are text in the schema."""


class RowObject(Protocol):
    """What the fields of properties are read from: a row under the lens of a view."""

    row: Row
    view: LensView


@strawberry.type(
    name="Capacity",
    description="Megawatts of one basis, as one source or several state them. Never added across bases.",
)
class CapacityObject:
    """The GraphQL type of a values.Capacity."""

    mw: float = strawberry.field(description="Megawatts.")
    basis: CapacityBasis = strawberry.field(description="What they measure.")
    stage: CapacityStage | None = strawberry.field(description="How far they have come.")
    bound: Bound = strawberry.field(description="How the figure bounds the true one.")
    phase: str | None = strawberry.field(description="The part of the whole; without one it is the total.")
    since: PartialDate | None = strawberry.field(name="from", description="Since when, or from when.")


class MoneyObject:
    """The GraphQL type of a values.Money."""


add_fields(
    MoneyObject,
    [
        field("amount", float, attrgetter("amount"), "In whole units of the currency."),
        field("currency", str, attrgetter("currency"), "ISO 4217 code."),
        field("bound", Bound, attrgetter("bound"), "How the figure bounds the true one."),
        field(
            "usd",
            float | None,
            lambda money: money.amount if money.currency == "USD" else None,
            "In US dollars; null for another currency, which is never converted.",
        ),
    ],
)
output_type(MoneyObject, "Money", "An amount with its currency.")


@strawberry.type(name="Termination", description="Who may end a contract before its term.")
class TerminationObject:
    """The GraphQL type of a values.Termination."""

    party: TerminationParty = strawberry.field(description="Who may.")
    notice_days: int | None = strawberry.field(description="Notice that it takes. Unit: days.")


def property_fields(label: str, type_of: Callable[[tuple[str, ...]], Any]) -> Iterator[Field]:
    """The fields of the properties of a label; `type_of` gives the type of rows of some kinds."""
    for prop in properties_of(label).values():
        if has_own_field(label, prop):
            yield from _fields(label, prop, type_of)


def _fields(label: str, prop: Property, type_of: Callable[[tuple[str, ...]], Any]) -> Iterator[Field]:
    name, doc, required = RENAMED.get(prop.name, prop.name), describe(prop), prop.required
    match prop.type:
        case Ref(kinds):
            type_ = _nullable(type_of(kinds), required)
            yield field(name, type_, _reference(prop.name), doc, source=RowReference(prop.name))
        case Refs(kinds):
            type_, source = list_of(type_of(kinds)), RowReference(prop.name, several=True)
            yield with_items(label, prop.name, field(name, type_, _references(prop), doc, source=source))
        case Capacities():
            column = ColumnValue(prop.name, prop.type, capped=True)
            yield with_items(label, prop.name, field(name, list[CapacityObject], _capacities(prop), doc, source=column))
        case CountType():
            bound = f"{prop.name}_bound"
            yield field(name, int | None, _column(prop.name), doc, source=ColumnValue(prop.name))
            bound_doc = f"How that bounds the true one: {doc}"
            yield field(f"{name}_bound", Bound | None, _column(bound), bound_doc, source=ColumnValue(bound))
        case _:
            column = ColumnValue(prop.name, prop.type, parts=_parts(prop))
            yield field(name, _value_type(prop, required), _value(prop), doc, source=column)


def _parts(prop: Property) -> Mapping[str, ColumnValue]:
    """The columns of the parts of money, by the fields of its GraphQL type."""
    if not isinstance(prop.type, MoneyType):
        return {}
    types = {"amount": Number(), "currency": Text(), "bound": Choice(Bound), "usd": Number()}
    return {part: ColumnValue(f"{prop.name}_{part}", type_) for part, type_ in types.items()}


def _nullable(type_: Any, required: bool) -> Any:
    return type_ if required else type_ | None


def _value_type(prop: Property, required: bool) -> Any:
    """The GraphQL type of a value that refers to no row. Raises TypeError for a property type without one."""
    match prop.type:
        case Texts():
            return list[str]
        case Choices(choices):
            return list_of(enum_of(choices))
        case Choice(choices):
            return _nullable(str if choices in AS_TEXT else enum_of(choices), required)
        case Flag(default):
            return _nullable(bool, required or default is not None)
    simple = {
        Text: str,
        Number: float,
        Whole: int,
        Day: date,
        PartialDay: PartialDate,
        MoneyType: MoneyObject,
        TerminationType: TerminationObject,
    }
    if type(prop.type) not in simple:
        raise TypeError(f"{prop.name} has no field for its type {prop.type}")
    return _nullable(simple[type(prop.type)], required)


def _column(column: str) -> Callable[[Any], Any]:
    return lambda node: node.row.columns.get(column)


def _value(prop: Property) -> Callable[[Any], Any]:
    read, name = prop.type.from_columns, prop.name
    return lambda node: read(name, node.row.columns)


def _capacities(prop: Property) -> Callable[[Any], Any]:
    read = _value(prop)
    return lambda node: node.view.capped(read(node))


def _reference(name: str) -> Callable[[Any], Awaitable[Any] | None]:
    """Reads the row that a property refers to; its possible labels depend on the type of the link."""

    async def load(node: RowObject, key: str) -> Any:
        row = await node.view.row(_labels(node, name), key)
        return row and to_node(row, node.view)

    def read(node: RowObject) -> Awaitable[Any] | None:
        key = node.row.columns.get(name)
        return None if key is None else load(node, key)

    return read


def _references(prop: Property) -> Callable[[Any], Any]:
    """Reads the rows that a property refers to, in the order stated, without those that the lens does not show."""

    async def load(node: RowObject, keys: list[str]) -> list[Any]:
        rows = await node.view.rows(_labels(node, prop.name), node.view.capped(keys))
        return [to_node(row, node.view) for row in rows if row]

    def read(node: RowObject) -> Any:
        keys = node.row.columns.get(prop.name)
        return load(node, keys) if keys else []

    return read


def _labels(node: RowObject, name: str) -> tuple[str, ...]:
    labels: tuple[str, ...] = node.row.kind.properties[name].refers_to
    return labels
