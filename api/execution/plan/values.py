"""Values as the reference executor completes them: leaves serialized by the schema, null only where it may be,
composite values without rows in them field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import iscoroutinefunction
from math import isfinite
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLOutputType, get_named_type
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT, serialize_float, serialize_int
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.context.fields import Field
from api.context.request_context import LensView
from api.context.sources import ColumnValue
from api.execution.plan.errors import NotCovered, PlanAbandoned
from api.schema.connections import to_node
from graph.stores.query import MAX_UNPAGED
from graph.stores.row_lists import column_of, keys_of, rows_at
from graph.vocabulary.model import Row
from graph.vocabulary.types import (
    Capacities,
    Choice,
    Choices,
    Day,
    Flag,
    Number,
    PartialDay,
    Text,
    Texts,
    Type,
    Whole,
)
from graph.vocabulary.values import Columns

MAX_MADE = 4_096
Complete = Callable[[Any], Any]
"""From the value of a field to its JSON. Raises PlanAbandoned, or what the schema raises."""
MakeObjects = Callable[[Sequence[Sequence[Any]], int], list[dict[str, Any]]]
"""From a list of values for each name, with one value for each of so many objects, to the objects."""
Read = Callable[[Sequence[Row], LensView], list[Any]]
"""The JSON of a field, of many rows of a view."""


def declared(definition: GraphQLField) -> StrawberryField:
    """What declares a field of the schema."""
    field: StrawberryField = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return field


def completing(type_: GraphQLOutputType, composite: Complete | None = None) -> Complete:
    """Completes values of a type; `composite` those of its named type, where that is no leaf."""
    if isinstance(type_, GraphQLNonNull):
        return _non_null(completing(type_.of_type, composite))
    if isinstance(type_, GraphQLList):
        item = completing(type_.of_type, composite)
        return lambda values: None if values is None else [item(value) for value in values]
    complete = composite if composite else _serializing(type_)
    return lambda value: None if value is None else complete(value)


def _serializing(leaf: Any) -> Complete:
    serialize = leaf.coerce_output_value

    def complete(value: Any) -> Any:
        result = serialize(value)
        if result is None:
            raise PlanAbandoned(f"{leaf} has no value for {value!r}")
        return result

    return complete


def _non_null(complete: Complete) -> Complete:
    def checked(value: Any) -> Any:
        result = complete(value)
        if result is None:
            raise PlanAbandoned("null where none may be")
        return result

    return checked


def part_of(definition: GraphQLField) -> Callable[[Any], Any]:
    """Reads a field of a composite value without arguments. Raises NotCovered for one that has to be awaited."""
    field = declared(definition)
    if isinstance(field, Field) and not iscoroutinefunction(field.read) and not field.arguments and not field.source:
        return field.read
    if field.base_resolver is None and not isinstance(field, Field):
        return attrgetter(field.python_name)
    raise NotCovered(field.python_name)


def computing(field: Field, complete: Complete, arguments: Mapping[str, Any]) -> Read:
    """Reads a field that Python computes, row by row."""
    read = field.read
    return lambda rows, view: [complete(read(to_node(row, view), **arguments)) for row in rows]


# ---- columns


def reading(column: ColumnValue, type_: GraphQLOutputType) -> Read:
    """Reads a leaf of many rows, without a call for each where its type allows that."""
    read = _plain(column, get_named_type(type_))
    if read is None:
        return _decoding(column, completing(type_))
    return _requiring(read) if isinstance(type_, GraphQLNonNull) else read


def reading_composite(column: ColumnValue, type_: GraphQLOutputType, composite: Complete) -> Read:
    """Reads a composite value of many rows, object by object; each text of a list of texts once."""
    if not isinstance(column.type, Capacities):
        return _decoding(column, completing(type_, composite))
    name, from_json = column.name, column.type.from_json
    made = _Made(lambda text: composite(from_json(json.loads(text))))

    def read(rows: Sequence[Row], view: LensView) -> list[Any]:
        listed = capped([texts or () for texts in column_of(rows, name)], view)
        return [[made[text] for text in texts] for texts in listed]

    return read


def capped(lists: Sequence[Sequence[str]], view: LensView) -> Sequence[Sequence[str]]:
    """The first MAX_UNPAGED items of each list."""
    if max(map(len, lists), default=0) <= MAX_UNPAGED:
        return lists
    return [view.capped(one) for one in lists]


def reading_parts(parts: Mapping[str, Read], first: str, type_: GraphQLOutputType) -> Read:
    """Reads a composite value from the columns of its parts, by name in the answer; it is missing where `first` is."""
    make, reads = object_maker(parts), tuple(parts.values())

    def read(rows: Sequence[Row], view: LensView) -> list[Any]:
        values = column_of(rows, first)
        if None not in values:
            return make([one(rows, view) for one in reads], len(rows))
        numbers = [number for number, value in enumerate(values) if value is not None]
        there = rows_at(rows, numbers)
        objects: list[Any] = [None] * len(rows)
        for number, made in zip(numbers, make([one(there, view) for one in reads], len(there)), strict=True):
            objects[number] = made
        return objects

    return _requiring(read) if isinstance(type_, GraphQLNonNull) else read


def object_maker(names: Iterable[str]) -> MakeObjects:
    """Makes objects of values by name."""
    listed = list(names)
    if not listed:
        return lambda _, count: [{} for _ in range(count)]
    if not all(name.isidentifier() and name.isascii() for name in listed):
        raise ValueError("names of GraphQL alone become part of a program")
    parameters = [f"a{number}" for number in range(len(listed))]
    parts = (f"{name!r}: {value}" for name, value in zip(listed, parameters, strict=True))
    # a function with the names in it takes less than half of the time of dict(zip(names, values))
    make = eval(f"lambda {', '.join(parameters)}: {{{', '.join(parts)}}}")  # noqa: S307 (identifiers alone)
    return lambda values, _: list(map(make, *values))


def _requiring(read: Read) -> Read:
    def checked(rows: Sequence[Row], view: LensView) -> list[Any]:
        values = read(rows, view)
        if None in values:
            raise PlanAbandoned("null where none may be")
        return values

    return checked


_OF_ONE_COLUMN = (Text, PartialDay, Day, Flag, Number, Whole, Choice, Choices, Texts, Capacities)


def columns_read(column: ColumnValue) -> tuple[str, ...]:
    """The columns that the value is read of."""
    if column.type is None or isinstance(column.type, _OF_ONE_COLUMN):
        return (column.name,)
    return column.type.column_names(column.name)


def _plain(column: ColumnValue, leaf: Any) -> Read | None:
    """Reads what stands in the columns as the answer shows it; None where it has to be decoded."""
    name = column.name
    match column.type:
        case Text() if column.or_key:
            return lambda rows, _: _or_key(column_of(rows, name), rows)
        case Text() | PartialDay() | Day():
            return lambda rows, _: column_of(rows, name)
        case Flag(default):
            return lambda rows, _: [default if value is None else value for value in column_of(rows, name)]
        case Number():
            return lambda rows, _: _numbers(column_of(rows, name))
        case Whole():
            return lambda rows, _: _whole_numbers(column_of(rows, name))
        case Choice(choices):
            shown = _Made(lambda text: leaf.coerce_output_value(choices(text)), {None: None})
            return lambda rows, _: [shown[value] for value in column_of(rows, name)]
        case Choices(choices):
            listed = _Made(lambda text: leaf.coerce_output_value(choices(text)))
            return lambda rows, _: [[listed[text] for text in texts or ()] for texts in column_of(rows, name)]
        case Texts():
            return lambda rows, _: [list(texts or ()) for texts in column_of(rows, name)]
    return None


def _or_key(values: list[Any], rows: Sequence[Row]) -> list[Any]:
    """Values with the key of the row in place of those that are missing."""
    if None not in values:
        return values
    return [key if value is None else value for value, key in zip(values, keys_of(rows), strict=True)]


class _Made(dict[Any, Any]):
    """What is made of each text, once; of MAX_MADE texts it starts again."""

    def __init__(self, make: Callable[[str], Any], known: Mapping[Any, Any] = MappingProxyType({})) -> None:
        super().__init__(known)
        self._make = make

    def __missing__(self, text: str) -> Any:
        if len(self) >= MAX_MADE:
            self.clear()
        made = self[text] = self._make(text)
        return made


def _numbers(values: list[Any]) -> list[Any]:
    if set(map(type, values)) <= _FLOATS and isfinite(sum(filter(None, values))):
        return values
    return [
        value if value is None or (value.__class__ is float and isfinite(value)) else serialize_float(value)
        for value in values
    ]


_FLOATS = {float, type(None)}


def _whole_numbers(values: list[Any]) -> list[Any]:
    return [
        value
        if value is None or (value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT)
        else serialize_int(value)
        for value in values
    ]


def _decoding(column: ColumnValue, complete: Complete) -> Read:
    decode = _decoder(column.type, column.name)
    return lambda rows, _: [complete(decode(row.columns)) for row in rows]


def _decoder(type_: Type | None, name: str) -> Callable[[Columns], Any]:
    if type_ is None:
        return lambda columns: columns.get(name)
    read = type_.from_columns
    return lambda columns: read(name, columns)
