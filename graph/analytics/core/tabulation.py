"""Results of analytics as tables, made from the columns that the analytics declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.analytics.core.declaration import Analytic, Column, Groups, Listing, Record, within
from graph.analytics.core.table import Cell, Table, TableColumn
from graph.vocabulary.model import Row
from graph.vocabulary.values import Money, PartialDate


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One column of a table: a column of a record, or a part of one."""

    column: TableColumn
    read: Callable[[Any], Any]


def table_of(analytic: Analytic, result: Any, inputs: Mapping[str, Any], first: int | None = None) -> Table:
    """The first so many rows of a result, None for all, with the tables that belong to it."""
    main, *others = analytic.tables
    rows = main.of(result)
    shown = rows if first is None else rows[:first]
    return _table(
        main,
        result,
        shown,
        inputs,
        excluded=getattr(result, "excluded", ()),
        truncated=len(rows) > len(shown) or getattr(result, "truncated", False),
        supplements=tuple(
            _table(one, result, rows, inputs) for one in others if (rows := one.of(result)) or not one.sparse
        ),
    )


def _table(listing: Listing, result: Any, rows: Sequence[Any], inputs: Mapping[str, Any], **more: Any) -> Table:
    leaves = list(_leaves(listing.columns, rows, result))
    return Table(
        title=listing.titled(result, inputs),
        columns=tuple(leaf.column for leaf in leaves),
        rows=[{leaf.column.name: _cell(leaf.read(row)) for leaf in leaves} for row in rows],
        method=result.method,
        **more,
    )


def _leaves(columns: Sequence[Column], rows: Sequence[Any], result: Any) -> Iterator[_Leaf]:
    for column in columns:
        if column.header == "" or (column.sparse and not any(_is_stated(column.read(row)) for row in rows)):
            continue
        unit = column.unit if isinstance(column.unit, str) else column.unit(result)
        yield from _parts(column, unit, rows, result)


def _parts(column: Column, unit: str, rows: Sequence[Any], result: Any) -> Iterator[_Leaf]:
    if isinstance(column.type, Record):
        yield from _leaves(within(column.read, column.type.columns), rows, result)
    elif column.type is Groups:
        for name in dict.fromkeys(name for row in rows for name in column.read(row)):
            yield _Leaf(TableColumn(name), _member(column, name))
    elif column.type is Money:
        yield _Leaf(TableColumn("amount"), lambda row: (money := column.read(row)) and money.amount)
        yield _Leaf(TableColumn("currency"), lambda row: (money := column.read(row)) and money.currency)
    elif isinstance(column.header, tuple):
        key, name = column.header
        yield _Leaf(TableColumn(key), column.read)
        yield _Leaf(TableColumn(name), lambda row: _name(column.read(row)))
    else:
        yield _Leaf(TableColumn(column.header or column.name, unit), column.read)


def _is_stated(value: Any) -> bool:
    """A mark that no row has is as good as unstated."""
    return value is not None and value is not False


def _member(column: Column, name: str) -> Callable[[Any], Any]:
    return lambda row: column.read(row).get(name)


def _name(row: Row) -> str:
    return str(row["name"] or row.key)


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return "yes" if value else "no"
        case Row():
            return value.key
        case list() | tuple():
            return tuple(one.key if isinstance(one, Row) else str(one) for one in value)
        case date() | PartialDate():
            return str(value)
    return value  # type: ignore[no-any-return]  # a number, a text, a code, or None
