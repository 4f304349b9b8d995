"""Connections: one page of rows, cut by cursors of values, with the number of rows on all pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import strawberry
from strawberry import Private
from strawberry.types.arguments import StrawberryArgument

from api.context.context import Asked, View
from api.context.fields import argument, list_of
from api.schema.cursors import read_cursor, write_cursor
from api.schema.filters import WHERES, meaning
from api.schema.orders import ORDERS, orders_of
from graph.evidence.lens import Lens
from graph.stores.query import (
    DEFAULT_PER_PAGE,
    EVERYTHING,
    MAX_PER_PAGE,
    MAX_UNPAGED,
    Page,
    Query,
    Relation,
    Slice,
    cursor_of,
)
from graph.vocabulary.model import Row

TYPES: dict[str, Any] = {}
"""The GraphQL type of each label; `api/schema/types.py` enters them."""


def shown(row: Row, view: View) -> Any:
    """A row as GraphQL shows it. Its label chooses the type, so that no row answers as another kind."""
    return TYPES[row.label](row=row, view=view)


T = TypeVar("T")


@strawberry.type(description="Where a page stands among all rows.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether rows follow. Going backward: whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether rows precede. Going forward: whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first row of the page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row of the page.")


@strawberry.type(description="A row of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The place of the row in this order and under this lens; opaque.")
    node: T = strawberry.field(description="The row.")


class Found(Protocol):
    """What is on a page, and how much there is on all pages."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def total(self) -> int: ...
    @property
    def has_next(self) -> bool: ...
    @property
    def has_previous(self) -> bool: ...


@strawberry.type(description="A page of rows.")
class Connection(Generic[T]):
    found: Private[Found]
    show: Private[Callable[[Any], Any]]
    mark: Private[Callable[[Any], str]]
    cut: Private[Callable[[], None]]
    """Is told when the answer holds rows of the page, and there are more behind them."""
    more: Private[bool]

    def _edges(self) -> list[Edge[T]]:
        return [Edge(cursor=self.mark(row), node=self.show(row)) for row in self._rows()]

    def _nodes(self) -> list[T]:
        return [self.show(row) for row in self._rows()]

    def _rows(self) -> Sequence[Any]:
        if self.more:
            self.cut()
        return self.found.rows

    def _page_info(self) -> PageInfo:
        rows = self.found.rows
        return PageInfo(
            has_next_page=self.found.has_next,
            has_previous_page=self.found.has_previous,
            start_cursor=self.mark(rows[0]) if rows else None,
            end_cursor=self.mark(rows[-1]) if rows else None,
        )

    def _total_count(self) -> int:
        return self.found.total

    edges: list[Edge[T]] = strawberry.field(resolver=_edges, description="The rows of the page, each with its cursor.")
    nodes: list[T] = strawberry.field(resolver=_nodes, description="The rows of the page.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="Where the page stands.")
    total_count: int = strawberry.field(resolver=_total_count, description="How many rows there are on all pages.")


def connection_of(node: Any) -> Any:
    """The connection of a type that is made from data."""
    generic: Any = Connection
    return generic[node]


# ---- what is asked

AT_MOST = f"at most {MAX_UNPAGED}"
"""Of a list that cannot be paged; `extensions.truncated` tells of the rest."""
_COUNT = f"1 to {MAX_PER_PAGE}; {DEFAULT_PER_PAGE} where neither first nor last is given."
FORWARD = (
    argument("first", int | None, f"So many rows from the beginning, {_COUNT}"),
    argument("after", str | None, "Only rows after this cursor."),
)
BOTH_WAYS = (
    *FORWARD,
    argument("last", int | None, f"So many rows from the end, {_COUNT}"),
    argument("before", str | None, "Only rows before this cursor."),
)


def list_arguments(label: str) -> tuple[StrawberryArgument, ...]:
    """Arguments of a list of a label: filter, order where there is one, page."""
    where = argument("where", WHERES[label] | None, "Only rows that satisfy this.")
    if label not in ORDERS:
        return (where, *FORWARD)
    order_by = argument("order_by", list_of(ORDERS[label]) | None, "In this order, then by key. Without it: by key.")
    return (where, order_by, *BOTH_WAYS)


def query_of(label: str, asked: Mapping[str, Any]) -> Query:
    """The query that the arguments `where` and `orderBy` ask."""
    where = asked.get("where")
    return Query(label, EVERYTHING if where is None else meaning(where), orders_of(asked.get("order_by") or ()))


def page_of(asked: Mapping[str, Any], query: Query, lens: Lens) -> Page:
    """The page that the arguments ask. Raises BadQuery, BadCursor."""
    first, after, last, before = (asked.get(name) for name in ("first", "after", "last", "before"))
    return Page(
        DEFAULT_PER_PAGE if first is None and last is None else first,
        None if after is None else read_cursor(after, query, lens),
        last,
        None if before is None else read_cursor(before, query, lens),
    )


def _page_of_rows(found: Slice, page: Page, query: Query, view: View) -> Connection[Any]:
    return Connection(
        found=found,
        cut=view.cut,
        more=found.has_previous if page.backward else found.has_next,
        show=lambda row: shown(row, view),
        mark=lambda row: write_cursor(cursor_of(row, query.orders), query, view.lens),
    )


async def listed(view: View, query: Query, asked: Mapping[str, Any]) -> Connection[Any]:
    """A page of all rows that satisfy a query."""
    page = page_of(asked, query, view.lens)
    return _page_of_rows(await view.reader.find(query, page), page, query, view)


async def related(
    view: View, relation: Relation, parent: str, query: Query, asked: Mapping[str, Any]
) -> Connection[Any]:
    """A page of the rows that belong to a parent; batched with those of other parents."""
    page = page_of(asked, query, view.lens)
    return _page_of_rows(await view.slice(Asked(relation, query, page), parent), page, query, view)


async def unpaged(view: View, relation: Relation, parent: str, query: Query) -> list[Any]:
    """The rows that belong to a parent, as many as a list shows that cannot be paged."""
    found = await view.slice(Asked(relation, query, Page(MAX_UNPAGED)), parent)
    if found.has_next:
        view.cut()
    return [shown(row, view) for row in found.rows]


async def all_rows(view: View, relation: Relation, parent: str, query: Query) -> list[Row]:
    """All rows that belong to a parent, page after page."""
    page = Page(MAX_PER_PAGE)
    found = await view.slice(Asked(relation, query, page), parent)
    rows = list(found.rows)
    while found.has_next:
        page = Page(MAX_PER_PAGE, cursor_of(rows[-1], query.orders))
        found = await view.slice(Asked(relation, query, page), parent)
        rows += found.rows
    return rows


# ---- what is no list of rows

Place = tuple[str, ...]
"""A place in an order of several texts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A page of things that are in order by place."""

    rows: Sequence[Any]
    total: int
    has_next: bool
    has_previous: bool


def part_of(things: Sequence[Any], place: Callable[[Any], Place], size: int, after: Place | None) -> Part:
    start = 0 if after is None else bisect_right(things, after, key=place)
    return Part(things[start : start + size], len(things), start + size < len(things), after is not None)


def page_of_parts(
    found: Part, *, show: Callable[[Any], Any], mark: Callable[[Any], str], cut: Callable[[], None]
) -> Connection[Any]:
    return Connection(found=found, show=show, mark=mark, cut=cut, more=found.has_next)


def size_of(first: int | None) -> int:
    """How many `first` asks for. Raises BadQuery."""
    return Page(DEFAULT_PER_PAGE if first is None else first).size
