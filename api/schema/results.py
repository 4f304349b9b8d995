"""Results of analytics as GraphQL types, made from the records that the analytics declare.

A list takes `first` and `skip`, unless it is short: a result is computed once for a data version and a lens, so its
order stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, get_args

from api.context.fields import Field, add_fields, argument, deprecated, field, list_of, output_type
from api.context.request_context import LensView
from api.schema.connections import TYPES, page_size, to_node
from api.schema.derive import MoneyObject
from api.schema.lenses import LensObject
from api.schema.scalars import JSON, enum_of
from api.schema.types import EntityNode
from graph.analytics.core.declaration import PAGE_OF_ROWS, Column, Groups, KeyOf, ListOf, Record, RowOf
from graph.analytics.network.centrality import METRICS, CentralityMetric
from graph.errors import BadQuery
from graph.evidence.lens import Lens
from graph.stores.query import MAX_PER_PAGE
from graph.vocabulary.values import Money

for _value in enum_of(CentralityMetric).__strawberry_definition__.values:  # type: ignore[attr-defined]  # as in enum_of
    _value.description = METRICS[_value.value].doc


@dataclass(eq=False)
class ResultObject:
    """What GraphQL shows of `of`, under the lens of `view`. `part` are the rows that its field gives, where the field
    itself takes `first` and `skip`."""

    of: Any
    view: LensView
    part: Sequence[Any] | None = None


_TYPES: dict[str, Any] = {}


def type_of(record: Record) -> Any:
    """The GraphQL type of a record; made once."""
    if record.name not in _TYPES:
        made = type(record.name, (ResultObject,), {"__module__": __name__})
        add_fields(made, [_field(column) for column in record.columns if column.api])
        output_type(made, record.name, record.doc)
        _TYPES[record.name] = made
    return _TYPES[record.name]


# ---- columns


def _field(column: Column) -> Field:
    match column.type:
        case ListOf(page=None) as several:
            return field(column.name, list_of(item_type(several.of)), _whole_list(column, several), column.doc)
        case ListOf(page=int() as page) as several:
            paged = _paged_list(column, several)
            return field(column.name, list_of(item_type(several.of)), paged, column.doc, page_arguments(page))
        case RowOf() as row:
            type_ = item_type(row)
            return field(column.name, type_ | None if row.optional else type_, _one(column, row), column.doc)
        case KeyOf() as key:
            return field(column.name, TYPES[key.label] | None, _row_of_key(column, key), column.doc)
        case Record() as record:
            type_ = type_of(record)
            return field(column.name, type_ | None if record.optional else type_, _one(column, record), column.doc)
    scalar = field(column.name, _scalar(column.type), lambda node: column.read(node.of), _described(column))
    return deprecated(scalar, column.deprecated) if column.deprecated else scalar


def _described(column: Column) -> str:
    unit = column.unit if isinstance(column.unit, str) else ""
    return column.doc if not unit or unit in column.doc else f"{column.doc} Unit: {unit}."


def _scalar(type_: Any) -> Any:
    """The GraphQL type of a value of the domain."""
    plain = [one for one in get_args(type_) if one is not NoneType]
    if plain and NoneType in get_args(type_):
        return _scalar(plain[0]) | None
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        return enum_of(type_)
    return {Any: JSON, Groups: JSON, Lens: LensObject, Money: MoneyObject | None}.get(type_, type_)


def item_type(of: RowOf | Record) -> Any:
    if isinstance(of, Record):
        return type_of(of)
    return EntityNode if of.label == "Entity" else TYPES[of.label]


def show(of: RowOf | Record, value: Any, view: LensView) -> Any:
    """A row of the graph, or a record, as GraphQL shows it; None stays None."""
    if value is None:
        return None
    return type_of(of)(of=value, view=view) if isinstance(of, Record) else to_node(value, view)


def _one(column: Column, of: RowOf | Record) -> Callable[[ResultObject], Any]:
    return lambda node: show(of, column.read(node.of), node.view)


def _row_of_key(column: Column, key: KeyOf) -> Callable[[ResultObject], Any]:
    async def read(node: ResultObject) -> Any:
        row = await node.view.row((key.label,), column.read(node.of))
        return row and to_node(row, node.view)

    return read


def _whole_list(column: Column, several: ListOf) -> Callable[[Any], list[Any]]:
    def read(node: ResultObject) -> list[Any]:
        values = column.read(node.of) if node.part is None else node.part
        rows = node.view.capped(values) if isinstance(several.of, RowOf) else values
        return [show(several.of, one, node.view) for one in rows]

    return read


def _paged_list(column: Column, several: ListOf) -> Callable[..., list[Any]]:
    def read(node: ResultObject, first: int, skip: int) -> list[Any]:
        return [show(several.of, one, node.view) for one in page_of(column.read(node.of), node.view, first, skip)]

    return read


# ---- pages


def page_arguments(default: int = PAGE_OF_ROWS) -> tuple[Any, ...]:
    return (
        argument("first", int | None, f"So many, 1 to {MAX_PER_PAGE}.", default),
        argument("skip", int | None, "After so many of the first.", 0),
    )


def page_of(values: Sequence[Any], view: LensView, first: int, skip: int) -> Sequence[Any]:
    """The requested page of a list; `truncated` of the answer shows whether more follow. Raises BadQuery."""
    size = page_size(first)
    if skip < 0:
        raise BadQuery(f"skip is {skip}.", remedy="Give 0 or more.")
    if len(values) > skip + size:
        view.mark_truncated()
    return values[skip : skip + size]
