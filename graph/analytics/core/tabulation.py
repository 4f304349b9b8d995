"""Results of analytics as tables, made from the columns that the analytics declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import takewhile
from types import NoneType
from typing import Any, get_args

from graph.analytics.core.declaration import Analytic, Column, Groups, KeyOf, Listing, ListOf, Record, RowOf, within
from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.table import NO, YES, Cell, Table, TableColumn, TableOrigin
from graph.vocabulary.model import ENTITIES, Row
from graph.vocabulary.values import Money, PartialDate


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One column of a table: a column of a record, or a part of one. `is_key`: its cells are keys or codes."""

    column: TableColumn
    read: Callable[[Any], Any]
    is_key: bool = False
    is_number: bool = False


_NAMED = frozenset({*ENTITIES, "Entity"})
"""Labels of the rows that are known by their names, where a column holds a key."""
_KNOWN_BY_KEY = frozenset({"Source"})
"""Labels of the rows that are known by their keys, as a lens excludes them."""


def table_of(
    analytic: Analytic,
    result: Any,
    inputs: Mapping[str, Any],
    first: int | None = None,
    footnotes: Footnotes | None = None,
) -> Table:
    """The first so many rows of a result, None for all, with the tables that belong to it."""
    main, *others = analytic.tables
    rows = main.of(result)
    shown = rows if first is None else rows[:first]
    titled = _as_titled(analytic, inputs, footnotes)
    table = _table(
        main,
        result,
        shown,
        titled,
        excluded=getattr(result, "excluded", ()),
        truncated=len(rows) > len(shown) or getattr(result, "truncated", False),
        left_out=max(len(rows), getattr(result, "total_count", 0)) - len(shown),
        footnotes=footnotes,
        supplements=tuple(
            _table(one, result, rows, titled, footnotes=footnotes)
            for one in others
            if (rows := one.of(result)) or not one.sparse
        ),
        origin=TableOrigin(analytic.name, analytic.parameters, inputs),
    )
    return replace(table, part="")


def _as_titled(analytic: Analytic, inputs: Mapping[str, Any], footnotes: Footnotes | None) -> Mapping[str, Any]:
    """The inputs as a title shows them: rows by their names, not by their keys."""
    if footnotes is None:
        return inputs
    keyed = {one.name for one in analytic.parameters if one.key_of}
    return {name: _with_name(value, footnotes) if name in keyed else value for name, value in inputs.items()}


def _with_name(value: Any, footnotes: Footnotes) -> Any:
    match value:
        case str():
            return footnotes.name(value)
        case tuple():
            return tuple(map(footnotes.name, value))
    return value


def table_of_listings(listings: Sequence[Listing], result: Any, *, notes: tuple[str, ...] = ()) -> Table:
    """All rows of a result by its listings: the first is the table, the others belong to it."""
    main, *others = (_table(one, result, one.of(result), {}) for one in listings)
    return replace(main, supplements=tuple(others), notes=notes)


def _table(listing: Listing, result: Any, rows: Sequence[Any], inputs: Mapping[str, Any], **more: Any) -> Table:
    leaves = list(_leaves(listing.columns, rows, result))
    return Table(
        title=listing.titled(result, inputs),
        columns=tuple(leaf.column for leaf in leaves),
        rows=[{leaf.column.name: _cell(leaf.read(row)) for leaf in leaves} for row in rows],
        method=result.method,
        part=listing.part,
        key=_key(leaves),
        **more,
    )


def _key(leaves: Sequence[_Leaf]) -> tuple[str, ...]:
    """The keys and codes before the first number: what the rows are about. Without one there the first that
    identifies."""
    leading = [leaf for leaf in takewhile(lambda leaf: not leaf.is_number, leaves) if leaf.is_key]
    return tuple(leaf.column.name for leaf in leading or [leaf for leaf in leaves if leaf.column.identifies][:1])


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
            yield _Leaf(TableColumn(name, refers_to="Entity", identifies=True), _member(column, name), is_key=True)
    elif column.type is Money:
        for part in ("amount", "currency"):
            yield _Leaf(TableColumn(part, detail=column.detail), _part_of_money(column, part))
    elif isinstance(column.header, tuple):
        key, name = column.header
        keyed = TableColumn(key, refers_to=_label(column.type), named=False, detail=True, identifies=True)
        yield _Leaf(keyed, column.read, is_key=True)
        yield _Leaf(TableColumn(name, detail=column.detail), lambda row: _name(column.read(row)))
    else:
        label, name = _label(column.type), column.header or column.name
        named = label in _NAMED or not (isinstance(column.type, KeyOf) or label in _KNOWN_BY_KEY)
        shown = TableColumn(name, unit, label, named, column.detail, identifies=_identifies(column.type))
        yield _Leaf(shown, column.read, is_key=_is_key(column.type), is_number=_plain_type(column.type) in (int, float))


def _identifies(type_: Any) -> bool:
    """Whether cells of the type may tell rows apart: keys, codes, texts and dates; numbers and marks do not."""
    return isinstance(type_, ListOf) or _is_key(type_) or _plain_type(type_) in (str, date, PartialDate)


def _is_key(type_: Any) -> bool:
    plain = _plain_type(type_)
    return isinstance(type_, RowOf | KeyOf) or (isinstance(plain, type) and issubclass(plain, StrEnum))


def _plain_type(type_: Any) -> Any:
    """The type without None."""
    return next((one for one in get_args(type_) if one is not NoneType), type_)


def _label(type_: Any) -> str:
    """The label of the rows to which a column of the type refers; empty for none."""
    return type_.label if isinstance(type_, RowOf | KeyOf | ListOf) else ""


def _is_stated(value: Any) -> bool:
    """A mark that no row has is as good as unstated."""
    return value is not None and value is not False


def _member(column: Column, name: str) -> Callable[[Any], Any]:
    return lambda row: column.read(row).get(name)


def _part_of_money(column: Column, part: str) -> Callable[[Any], Any]:
    return lambda row: (money := column.read(row)) and getattr(money, part)


def _name(row: Row) -> str:
    return str(row["name"] or row.key)


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return YES if value else NO
        case Row():
            return value.key
        case list() | tuple():
            return tuple(one.key if isinstance(one, Row) else str(one) for one in value)
        case date() | PartialDate():
            return str(value)
    return value  # type: ignore[no-any-return]  # a number, a text, a code, or None
