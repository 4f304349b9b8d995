"""Connections: one page of rows, cut by cursors of values, with the number of rows on all pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import strawberry
from strawberry import Private
from strawberry.types.arguments import StrawberryArgument

from api.context.fields import argument, list_of
from api.context.request_context import LensView, SliceRequest
from api.schema.cursors import read_cursor, write_cursor
from api.schema.filters import FILTER_INPUTS, compile_filter
from api.schema.orders import ORDERS, compile_orders
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


def to_node(row: Row, view: LensView) -> Any:
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


@strawberry.type(name="Edge", description="A row of a page, with its cursor.")
class ConnectionEdge(Generic[T]):
    cursor: str = strawberry.field(description="The place of the row in this order and under this lens; opaque.")
    node: T = strawberry.field(description="The row.")


class PageContent(Protocol):
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
    found: Private[PageContent]
    show: Private[Callable[[Any], Any]]
    mark: Private[Callable[[Any], str]]
    mark_truncated: Private[Callable[[], None]]
    """Is told when the answer holds rows of the page, and there are more behind them."""
    more: Private[bool]

    def _edges(self) -> list[ConnectionEdge[T]]:
        return [ConnectionEdge(cursor=self.mark(row), node=self.show(row)) for row in self._rows()]

    def _nodes(self) -> list[T]:
        return [self.show(row) for row in self._rows()]

    def _rows(self) -> Sequence[Any]:
        if self.more:
            self.mark_truncated()
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

    edges: list[ConnectionEdge[T]] = strawberry.field(
        resolver=_edges, description="The rows of the page, each with its cursor."
    )
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
    where = argument("where", FILTER_INPUTS[label] | None, "Only rows that satisfy this.")
    if label not in ORDERS:
        return (where, *FORWARD)
    order_by = argument("order_by", list_of(ORDERS[label]) | None, "In this order, then by key. Without it: by key.")
    return (where, order_by, *BOTH_WAYS)


def build_query(label: str, asked: Mapping[str, Any]) -> Query:
    """The query that the arguments `where` and `orderBy` ask."""
    where = asked.get("where")
    return Query(
        label, EVERYTHING if where is None else compile_filter(where), compile_orders(asked.get("order_by") or ())
    )


def build_page(asked: Mapping[str, Any], query: Query, lens: Lens) -> Page:
    """The page that the arguments ask. Raises BadQuery, BadCursor."""
    first, after, last, before = (asked.get(name) for name in ("first", "after", "last", "before"))
    return Page(
        DEFAULT_PER_PAGE if first is None and last is None else first,
        None if after is None else read_cursor(after, query, lens),
        last,
        None if before is None else read_cursor(before, query, lens),
    )


def _page_of_rows(found: Slice, page: Page, query: Query, view: LensView) -> Connection[Any]:
    return Connection(
        found=found,
        mark_truncated=view.mark_truncated,
        more=found.has_previous if page.backward else found.has_next,
        show=lambda row: to_node(row, view),
        mark=lambda row: write_cursor(cursor_of(row, query.orders), query, view.lens),
    )


async def row_connection(view: LensView, query: Query, asked: Mapping[str, Any]) -> Connection[Any]:
    """A page of all rows that satisfy a query."""
    page = build_page(asked, query, view.lens)
    return _page_of_rows(await view.reader.find(query, page), page, query, view)


async def related_connection(
    view: LensView, relation: Relation, parent: str, query: Query, asked: Mapping[str, Any]
) -> Connection[Any]:
    """A page of the rows that belong to a parent; batched with those of other parents."""
    page = build_page(asked, query, view.lens)
    return _page_of_rows(await view.slice(SliceRequest(relation, query, page), parent), page, query, view)


async def related_rows(view: LensView, relation: Relation, parent: str, query: Query) -> list[Any]:
    """The rows that belong to a parent, as many as a list shows that cannot be paged."""
    found = await view.slice(SliceRequest(relation, query, Page(MAX_UNPAGED)), parent)
    if found.has_next:
        view.mark_truncated()
    return [to_node(row, view) for row in found.rows]


async def all_related_rows(view: LensView, relation: Relation, parent: str, query: Query) -> list[Row]:
    """All rows that belong to a parent, page after page."""
    page = Page(MAX_PER_PAGE)
    found = await view.slice(SliceRequest(relation, query, page), parent)
    rows = list(found.rows)
    while found.has_next:
        page = Page(MAX_PER_PAGE, cursor_of(rows[-1], query.orders))
        found = await view.slice(SliceRequest(relation, query, page), parent)
        rows += found.rows
    return rows


# ---- what is no list of rows

SortKey = tuple[str, ...]
"""A place in an order of several texts."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of things that are in order by place."""

    rows: Sequence[Any]
    total: int
    has_next: bool
    has_previous: bool


def list_page(things: Sequence[Any], place: Callable[[Any], SortKey], size: int, after: SortKey | None) -> ListPage:
    start = 0 if after is None else bisect_right(things, after, key=place)
    return ListPage(things[start : start + size], len(things), start + size < len(things), after is not None)


def list_connection(
    found: ListPage, *, show: Callable[[Any], Any], mark: Callable[[Any], str], mark_truncated: Callable[[], None]
) -> Connection[Any]:
    return Connection(found=found, show=show, mark=mark, mark_truncated=mark_truncated, more=found.has_next)


def page_size(first: int | None) -> int:
    """How many `first` asks for. Raises BadQuery."""
    return Page(DEFAULT_PER_PAGE if first is None else first).size
