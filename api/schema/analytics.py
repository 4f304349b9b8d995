"""The fields of the analytics, made from what each of the catalog declares. Results are computed off the event loop,
from all that their lens shows, and once for all requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from strawberry import ID, UNSET
from strawberry.types.arguments import StrawberryArgument

from api.context.fields import Field, argument, deprecated, field, list_of
from api.context.request_context import LensView
from api.schema.connections import page_size
from api.schema.ids import parse_id
from api.schema.lenses import UnderLens
from api.schema.results import item_type, page_arguments, page_of, show, type_of
from api.schema.scalars import enum_of
from api.schema.scope import SCOPE, scope_of
from api.schema.types import finite
from api.schema.unknown_keys import note_unknown_keys
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import PAGE_OF_ROWS, Analytic, Column, Cost, ListOf
from graph.analytics.core.inputs import resolve_keys
from graph.analytics.core.parameters import Parameter, camel
from graph.analytics.core.scope import Scope
from graph.errors import BadQuery
from graph.stores.query import Query
from graph.vocabulary.model import ENTITIES

COST = 500
"""What an analytic adds to the cost of a query: it takes about as long as answering with some hundred rows."""
MAX_WORK = 3_000_000_000
"""Nodes and edges that one ranking may pass: half a minute."""
RESAMPLING_COST = 20_000
"""What drawing or leaving out sources adds: some hundred rankings."""
_COSTS: Mapping[Cost, int] = {Cost.SINGLE: 0, Cost.RESAMPLING: RESAMPLING_COST}


# ---- inputs


def _key(label: str, text: str) -> str:
    """The key of a row that an argument names. Raises BadQuery for the id of another kind."""
    kinds = tuple(ENTITIES) if label == "Entity" else (label,)
    kind, key = parse_id(text)
    if kind is None or kind in kinds:
        return key
    named = f"one of {', '.join(kinds)}" if label == "Entity" else f"an {label.lower()}"
    raise BadQuery(f"{text} is the id of a {kind}.", remedy=f"Give the id or key of {named}.")


def _value(parameter: Parameter, value: Any) -> Any:
    if parameter.key_of:
        return _key(parameter.key_of, value)
    if parameter.page_size:
        return page_size(value)
    return finite(parameter.field_name, value) if parameter.type is float else value


def _input(parameter: Parameter, value: Any) -> Any:
    """The input of the value of an argument."""
    if parameter.type is Scope:
        return scope_of(value)
    if value is None or value is UNSET:
        return parameter.default
    if parameter.collection is None:
        return _value(parameter, value)
    return parameter.collection(dict.fromkeys(_value(parameter, one) for one in value))


async def _inputs(view: LensView, analytic: Analytic, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """With names of organizations and other entities resolved to keys. Raises BadQuery, AmbiguousKey."""
    stated = [(one, _input(one, arguments.get(one.identifier, UNSET))) for one in analytic.parameters]
    for scope in (value for _, value in stated if isinstance(value, Scope)):
        await note_unknown_keys(view, Query("Link", scope.where))
    return {one.name: await resolve_keys(view.reader, one, value) for one, value in stated}


async def _computed(reading: UnderLens, analytic: Analytic, arguments: Mapping[str, Any]) -> tuple[Any, LensView]:
    """The result under the lens of a reading, computed by the database if the input `engine` is GDS."""
    view, limits = await reading.view(), {"max_work": MAX_WORK}
    inputs = await _inputs(view, analytic, arguments)
    key, database = (analytic.name, *inputs.items()), analytic.by_database(inputs)
    context = reading.context
    if database is None:
        work = lambda facts: analytic.compute(facts, inputs, limits)  # noqa: E731  # as short as it is
        return await context.computed(view, key, work, long=analytic.long(inputs)), view
    prepared = await context.computed(
        view, ("in database", *key), lambda facts: database.prepare(facts, inputs, **limits), long=False
    )
    return analytic.with_inputs(await database.run(context.store, prepared, inputs), inputs), view


# ---- arguments


def _type_of(parameter: Parameter) -> Any:
    type_ = parameter.type
    if parameter.key_of:
        type_ = ID
    elif issubclass(type_, StrEnum):
        type_ = enum_of(type_)
    type_ = list_of(type_) if parameter.collection else type_
    return type_ if parameter.required or parameter.required_by_api else type_ | None


def _argument(parameter: Parameter) -> StrawberryArgument:
    if parameter.type is Scope:
        return SCOPE
    stated = not (parameter.required or parameter.required_by_api or parameter.default in (None, ()))
    named = " Id, key, ticker or name." if parameter.key_of else ""
    made = argument(
        parameter.identifier,
        _type_of(parameter),
        parameter.description + named,
        parameter.default if stated else UNSET,
    )
    made.graphql_name = parameter.field_name
    return made


# ---- fields


def _field(analytic: Analytic, name: str, type_: Any, read: Callable[..., Any], doc: str, page: int | None) -> Field:
    arguments = [_argument(one) for one in analytic.parameters]
    made = field(name, type_, read, doc, [*arguments, *(page_arguments(page) if page else ())])
    dearer = {camel(name): _COSTS[cost] for name, cost in analytic.cost_of.items()}
    made.cost = {"": COST + _COSTS[analytic.cost], **dearer}
    return made


def _whole(analytic: Analytic) -> Field:
    """The field of the whole result."""
    page = None if analytic.lists else analytic.page

    async def read(self: UnderLens, **arguments: Any) -> Any:
        result, view = await _computed(self, analytic, arguments)
        if getattr(result, "truncated", False):
            view.mark_truncated()
        rows = analytic.tables[0].of(result) if page else None
        part = None if rows is None else page_of(rows, view, arguments["first"], arguments["skip"])
        return type_of(analytic.result)(of=result, view=view, part=part)

    more = " With what does not count, and the method." if analytic.lists else ""
    return _field(analytic, analytic.field_name, type_of(analytic.result), read, analytic.doc + more, page)


def _list(analytic: Analytic, name: str, column: Column) -> Field:
    """A field that shows one list of the result alone."""
    several: ListOf = column.type

    async def read(self: UnderLens, first: int, skip: int, **arguments: Any) -> list[Any]:
        result, view = await _computed(self, analytic, arguments)
        return [show(several.of, one, view) for one in page_of(column.read(result), view, first, skip)]

    doc = analytic.doc if name == analytic.name else column.doc
    made = _field(analytic, name, list_of(item_type(several.of)), read, doc, analytic.page or PAGE_OF_ROWS)
    instead = analytic.deprecated_lists.get(name)
    return deprecated(made, instead) if instead else made


def _fields() -> Iterator[Field]:
    for analytic in ANALYTICS.values():
        columns = {column.name: column for column in analytic.result.columns}
        yield from (_list(analytic, name, columns[one]) for name, one in analytic.lists.items())
        yield _whole(analytic)


OF_ANALYTICS: tuple[Field, ...] = tuple(_fields())
