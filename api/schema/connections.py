"""Connections: one page of rows between cursors, with the number of rows on all pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import strawberry
from strawberry import Private
from strawberry.types.arguments import StrawberryArgument

from api.context.fields import Field, argument, field, list_of
from api.context.request_context import LensView
from api.context.sources import Children
from api.schema.cursors import lenses_of_page, read_cursor, write_cursor
from api.schema.filters import FILTER_INPUTS, compile_filter
from api.schema.orders import ORDERS, compile_orders
from api.schema.unknown_keys import note_unknown_keys
from graph.stores.query import (
    DEFAULT_PER_PAGE,
    EVERYTHING,
    MAX_PER_PAGE,
    MAX_UNPAGED,
    Cursor,
    Page,
    Query,
    Relation,
    Slice,
    cursor_of,
)
from graph.stores.selection import RowSelection, SliceRequest
from graph.vocabulary.model import Row

TYPES: dict[str, Any] = {}
"""The GraphQL type of each label, as `api/schema/types.py` declares them."""


def to_node(row: Row, view: LensView) -> Any:
    """The GraphQL object of a row. Its label selects the type, so that no row appears as another kind."""
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
    """The items of a page, and the number of items on all pages."""

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
    content: Private[PageContent]
    to_object: Private[Callable[[Any], Any]]
    to_cursor: Private[Callable[[Any], str]]
    mark_truncated: Private[Callable[[], None]]
    """Called when the answer shows the rows of the page, and more rows follow in its direction."""
    is_truncated: Private[bool]

    def _edges(self) -> list[ConnectionEdge[T]]:
        return [ConnectionEdge(cursor=self.to_cursor(row), node=self.to_object(row)) for row in self._shown_rows()]

    def _nodes(self) -> list[T]:
        return [self.to_object(row) for row in self._shown_rows()]

    def _shown_rows(self) -> Sequence[Any]:
        if self.is_truncated:
            self.mark_truncated()
        return self.content.rows

    def _page_info(self) -> PageInfo:
        rows = self.content.rows
        return PageInfo(
            has_next_page=self.content.has_next,
            has_previous_page=self.content.has_previous,
            start_cursor=self.to_cursor(rows[0]) if rows else None,
            end_cursor=self.to_cursor(rows[-1]) if rows else None,
        )

    def _total_count(self) -> int:
        return self.content.total

    edges: list[ConnectionEdge[T]] = strawberry.field(
        resolver=_edges, description="The rows of the page, each with its cursor."
    )
    nodes: list[T] = strawberry.field(resolver=_nodes, description="The rows of the page.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="Where the page stands.")
    total_count: int = strawberry.field(resolver=_total_count, description="How many rows there are on all pages.")


def connection_of(node: Any) -> Any:
    """The connection of a type that is built from data."""
    generic: Any = Connection
    return generic[node]


# ---- arguments

AT_MOST = f"at most {MAX_UNPAGED}"
"""In the description of a list without pages; `extensions.truncated` reports rows that it leaves out."""
_COUNT = f"1 to {MAX_PER_PAGE}; {DEFAULT_PER_PAGE} where neither first nor last is given."
FORWARD_ARGUMENTS = (
    argument("first", int | None, f"So many rows from the beginning, {_COUNT}"),
    argument("after", str | None, "Only rows after this cursor."),
)
PAGE_ARGUMENTS = (
    *FORWARD_ARGUMENTS,
    argument("last", int | None, f"So many rows from the end, {_COUNT}"),
    argument("before", str | None, "Only rows before this cursor."),
)


def list_arguments(label: str) -> tuple[StrawberryArgument, ...]:
    """Arguments of a list of a label: filter, order where there is one, page."""
    where = argument("where", FILTER_INPUTS[label] | None, "Only rows that satisfy this.")
    if label not in ORDERS:
        return (where, *FORWARD_ARGUMENTS)
    order_by = argument("order_by", list_of(ORDERS[label]) | None, "In this order, then by key. Without it: by key.")
    return (where, order_by, *PAGE_ARGUMENTS)


def build_query(label: str, args: Mapping[str, Any]) -> Query:
    """The query of the arguments `where` and `orderBy`."""
    where = args.get("where")
    return Query(
        label, EVERYTHING if where is None else compile_filter(where), compile_orders(args.get("order_by") or ())
    )


async def build_page(args: Mapping[str, Any], query: Query, view: LensView) -> Page:
    """The page of the arguments `first`, `after`, `last`, `before`. Raises BadQuery, BadCursor."""
    first, after, last, before = (args.get(name) for name in ("first", "after", "last", "before"))
    return Page(
        DEFAULT_PER_PAGE if first is None and last is None else first,
        await _position(after, query, view),
        last,
        await _position(before, query, view),
    )


async def _position(text: str | None, query: Query, view: LensView) -> Cursor | None:
    return None if text is None else read_cursor(text, query, *await lenses_of_page(text, [view]))


def page_size(first: int | None) -> int:
    """The number of items that `first` requests. Raises BadQuery."""
    return Page(DEFAULT_PER_PAGE if first is None else first).size


# ---- connections of rows


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of rows under the lens of a view."""

    slice: Slice
    """Of a page whose rows nothing shows the total alone."""
    page: Page
    query: Query
    view: LensView

    @property
    def is_truncated(self) -> bool:
        """Whether more rows follow in the direction of the page."""
        return self.slice.has_previous if self.page.backward else self.slice.has_next

    def cursor(self, row: Row) -> str:
        return write_cursor(cursor_of(row, self.query.orders), self.query, self.view.lens)


Select = Callable[[LensView, Query, Page], Awaitable[RowSelection]]
"""What an answer shows of the rows of a page."""


@dataclass(frozen=True, slots=True)
class PageShown:
    """What of a page an answer shows."""

    rows: bool = True
    total: bool = True
    select: Select | None = None
    """What is shown of the rows, where it may be read together with them."""

    def request(self, relation: Relation, query: Query, page: Page) -> SliceRequest:
        """Requests it of the rows that belong to parents."""
        return SliceRequest(relation, query, page if self.rows else None, self.total)


WHOLE_PAGE = PageShown()


async def row_page(view: LensView, query: Query, args: Mapping[str, Any], shown: PageShown = WHOLE_PAGE) -> RowPage:
    """A page of all rows that satisfy a query."""
    page = await checked_page(view, query, args)
    if not shown.rows:
        found = Slice((), await view.reader.count(query))
    else:
        found = await found_page(view, query, page, shown)
    return RowPage(found, page, query, view)


async def found_page(view: LensView, query: Query, page: Page, shown: PageShown) -> Slice:
    """A page of rows, with what is shown beneath them where the store brings it along."""
    if shown.select is None or not view.reader.reads_ahead:
        return await view.reader.find(query, page)
    return await view.find_with(query, page, await shown.select(view, query, page), with_total=shown.total)


async def related_page(
    view: LensView,
    relation: Relation,
    parent: str,
    query: Query,
    args: Mapping[str, Any],
    shown: PageShown = WHOLE_PAGE,
) -> RowPage:
    """A page of the rows that belong to a parent; batched with those of other parents."""
    page = await checked_page(view, query, args)
    return RowPage(await view.slice(shown.request(relation, query, page), parent), page, query, view)


async def checked_page(view: LensView, query: Query, args: Mapping[str, Any]) -> Page:
    """The page of the arguments; notes which keys the filter names in vain. Raises BadQuery, BadCursor."""
    page = await build_page(args, query, view)
    await note_unknown_keys(view, query)
    return page


def row_connection(content: RowPage) -> Connection[Any]:
    view = content.view
    return Connection(
        content=content.slice,
        to_object=lambda row: to_node(row, view),
        to_cursor=content.cursor,
        mark_truncated=view.mark_truncated,
        is_truncated=content.is_truncated,
    )


def children_field(
    name: str,
    node: Any,
    select: Callable[..., tuple[Relation, Query]],
    doc: str,
    arguments: Iterable[StrawberryArgument] = (),
    *,
    paged: bool = True,
) -> Field:
    """A field of the rows that belong to a row: a connection, or a list without pages. `select` gives the relation and
    the query of the arguments."""

    async def read(parent: Any, **args: Any) -> Any:
        relation, query = select(**args)
        if paged:
            return row_connection(await related_page(parent.view, relation, parent.row.key, query, args))
        return await related_rows(parent.view, relation, parent.row.key, query)

    type_ = connection_of(node) if paged else list_of(node)
    return field(name, type_, read, doc, arguments, Children(select, paged))


async def related_rows(view: LensView, relation: Relation, parent: str, query: Query) -> list[Any]:
    """The first MAX_UNPAGED rows that belong to a parent, for a list without pages."""
    rows = await view.slice(SliceRequest(relation, query, Page(MAX_UNPAGED)), parent)
    if rows.has_next:
        view.mark_truncated()
    return [to_node(row, view) for row in rows.rows]


async def all_related_rows(view: LensView, relation: Relation, parent: str, query: Query) -> list[Row]:
    """All rows that belong to a parent, read page by page."""
    page = Page(MAX_PER_PAGE)
    slice = await view.slice(SliceRequest(relation, query, page), parent)
    rows = list(slice.rows)
    while slice.has_next:
        page = Page(MAX_PER_PAGE, cursor_of(rows[-1], query.orders))
        slice = await view.slice(SliceRequest(relation, query, page), parent)
        rows += slice.rows
    return rows


# ---- connections of other sorted lists

SortKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a sorted list."""

    rows: Sequence[Any]
    total: int
    has_next: bool
    has_previous: bool


def list_page(items: Sequence[Any], sort_key: Callable[[Any], SortKey], size: int, after: SortKey | None) -> ListPage:
    """The next `size` items behind a sort key; the items are sorted by it."""
    start = 0 if after is None else bisect_right(items, after, key=sort_key)
    return ListPage(items[start : start + size], len(items), start + size < len(items), after is not None)


def list_connection(
    page: ListPage,
    *,
    to_object: Callable[[Any], Any],
    to_cursor: Callable[[Any], str],
    mark_truncated: Callable[[], None],
) -> Connection[Any]:
    return Connection(
        content=page,
        to_object=to_object,
        to_cursor=to_cursor,
        mark_truncated=mark_truncated,
        is_truncated=page.has_next,
    )
