"""Connections: one page of rows, cut by cursors of values, with the number of rows on all pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import strawberry
from strawberry import Private
from strawberry.types.arguments import StrawberryArgument

from api.context import Asked, View
from api.cursors import read_cursor, write_cursor
from api.fields import argument, list_of
from api.filters import WHERES, meaning
from api.orders import ORDERS, orders_of
from graph.lens import Lens
from graph.model import Row
from graph.query import (
    EVERYTHING,
    MOST_PER_PAGE,
    MOST_UNPAGED,
    USUAL_PER_PAGE,
    Page,
    Query,
    Relation,
    Slice,
    cursor_of,
)

TYPES: dict[str, Any] = {}
"""The GraphQL type of each label; `api/types.py` enters them."""


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


@strawberry.type(description="A page of rows.")
class Connection(Generic[T]):
    found: Private[Slice]
    query: Private[Query]
    more: Private[bool]
    view: Private[View]

    def _edges(self) -> list[Edge[T]]:
        return [Edge(cursor=self._cursor(row), node=shown(row, self.view)) for row in self._rows()]

    def _nodes(self) -> list[T]:
        return [shown(row, self.view) for row in self._rows()]

    def _rows(self) -> tuple[Row, ...]:
        """The rows of the page, which the answer will hold."""
        self.view.truncated |= self.more
        return self.found.rows

    def _page_info(self) -> PageInfo:
        rows = self.found.rows
        return PageInfo(
            has_next_page=self.found.has_next,
            has_previous_page=self.found.has_previous,
            start_cursor=self._cursor(rows[0]) if rows else None,
            end_cursor=self._cursor(rows[-1]) if rows else None,
        )

    def _total_count(self) -> int:
        return self.found.total

    edges: list[Edge[T]] = strawberry.field(resolver=_edges, description="The rows of the page, each with its cursor.")
    nodes: list[T] = strawberry.field(resolver=_nodes, description="The rows of the page.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="Where the page stands.")
    total_count: int = strawberry.field(resolver=_total_count, description="How many rows there are on all pages.")

    def _cursor(self, row: Row) -> str:
        return write_cursor(cursor_of(row, self.query.orders), self.query, self.view.lens)


def connection_of(node: Any) -> Any:
    """The connection of a type that is made from data."""
    generic: Any = Connection
    return generic[node]


# ---- what is asked

AT_MOST = f"at most {MOST_UNPAGED}"
"""Of a list that cannot be paged; `extensions.truncated` tells of the rest."""
_COUNT = f"1 to {MOST_PER_PAGE}; {USUAL_PER_PAGE} where neither first nor last is given."
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
        USUAL_PER_PAGE if first is None and last is None else first,
        None if after is None else read_cursor(after, query, lens),
        last,
        None if before is None else read_cursor(before, query, lens),
    )


async def listed(view: View, query: Query, asked: Mapping[str, Any]) -> Connection[Any]:
    """A page of all rows that satisfy a query."""
    page = page_of(asked, query, view.lens)
    return _connection(view, query, page, await view.reader.find(query, page))


async def related(
    view: View, relation: Relation, parent: str, query: Query, asked: Mapping[str, Any]
) -> Connection[Any]:
    """A page of the rows that belong to a parent; batched with those of other parents."""
    page = page_of(asked, query, view.lens)
    return _connection(view, query, page, await view.slice(Asked(relation, query, page), parent))


def _connection(view: View, query: Query, page: Page, found: Slice) -> Connection[Any]:
    more = found.has_previous if page.backward else found.has_next
    return Connection(found=found, query=query, more=more, view=view)


async def unpaged(view: View, relation: Relation, parent: str, query: Query) -> list[Any]:
    """The rows that belong to a parent, as many as a list shows that cannot be paged."""
    found = await view.slice(Asked(relation, query, Page(MOST_UNPAGED)), parent)
    view.truncated |= found.has_next
    return [shown(row, view) for row in found.rows]
