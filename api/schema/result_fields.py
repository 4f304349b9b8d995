"""Fields of types that show results: values, rows of the graph, results within results, and lists of them.

A list without a page of its own takes `first` and `skip`: a result is made once for a data version and a lens, so its
places stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import strawberry
from strawberry import Private

from api.context.fields import Field, add_fields, argument, field, list_of
from api.context.request_context import LensView
from api.schema.connections import page_size, to_node
from api.schema.types import not_null
from graph.errors import BadQuery
from graph.stores.query import MAX_PER_PAGE

USUAL_ROWS = 100
USUAL_LINKS = 25


class Result:
    """What GraphQL shows of `of`, under the lens of `view`."""

    of: Private[Any]
    view: Private[LensView]


strawberry.type(Result)

Read = Callable[[Any], Any]
"""From what a result shows to a value."""


def _read(name: str, read: Read | None) -> Read:
    return read or (lambda of: getattr(of, name))


def plain(name: str, type_: Any, doc: str, read: Read | None = None) -> Field:
    """A value that leads nowhere."""
    value = _read(name, read)
    return field(name, type_, lambda node: value(node.of), doc)


def row(name: str, type_: Any, doc: str, read: Read | None = None) -> Field:
    """A row of the graph, or None."""
    value = _read(name, read)

    def show(node: Any) -> Any:
        found = value(node.of)
        return found and to_node(found, node.view)

    return field(name, type_, show, doc)


def named(name: str, type_: Any, doc: str) -> Field:
    """A row of the graph by its key."""
    label = type_.__name__

    async def show(node: Any) -> Any:
        found = await node.view.row((label,), getattr(node.of, name))
        return found and to_node(found, node.view)

    return field(name, type_ | None, show, doc)


def part(name: str, type_: Any, doc: str, read: Read | None = None) -> Field:
    """A result within a result."""
    value = _read(name, read)
    return field(name, type_, lambda node: type_(of=value(node.of), view=node.view), doc)


def rows(name: str, type_: Any, doc: str, read: Read | None = None, *, usual: int = USUAL_LINKS) -> Field:
    """A list of rows of the graph, a part at a time."""
    return _listed(name, type_, doc, _read(name, read), to_node, usual)


def parts(name: str, type_: Any, doc: str, read: Read | None = None, *, usual: int = USUAL_ROWS) -> Field:
    """A list of results within a result, a part at a time."""
    return _listed(name, type_, doc, _read(name, read), lambda of, view: type_(of=of, view=view), usual)


def all_rows_of(name: str, type_: Any, doc: str, read: Read | None = None) -> Field:
    """A list of rows that is short by itself."""
    value = _read(name, read)

    def show(node: Any) -> list[Any]:
        return [to_node(one, node.view) for one in node.view.capped(value(node.of))]

    return field(name, list_of(type_), show, doc)


def all_parts(name: str, type_: Any, doc: str, read: Read | None = None) -> Field:
    """A list of results as long as the field above was asked for, or short by itself."""
    value = _read(name, read)
    return field(name, list_of(type_), lambda node: [type_(of=one, view=node.view) for one in value(node.of)], doc)


def _listed(name: str, type_: Any, doc: str, value: Read, show: Callable[[Any, LensView], Any], usual: int) -> Field:
    def read(node: Any, first: int | None, skip: int | None) -> list[Any]:
        return [show(one, node.view) for one in sliced(value(node.of), node.view, first, skip)]

    return field(name, list_of(type_), read, doc, slice_arguments(usual))


def slice_arguments(usual: int = USUAL_ROWS) -> tuple[Any, ...]:
    return (
        argument("first", int | None, f"So many, 1 to {MAX_PER_PAGE}.", usual),
        argument("skip", int | None, "After so many of the first.", 0),
    )


def sliced(things: Sequence[Any], view: LensView, first: int | None, skip: int | None) -> Sequence[Any]:
    """The part of a list that is asked for; `truncated` tells of the rest. Raises BadQuery."""
    size, start = page_size(not_null("first", first)), not_null("skip", skip)
    if start < 0:
        raise BadQuery(f"skip is {start}.", remedy="Give 0 or more.")
    if len(things) > start + size:
        view.mark_truncated()
    return things[start : start + size]


def result(name: str, doc: str, fields: Iterable[Field]) -> Any:
    made = type(name, (Result,), {"__module__": __name__})
    add_fields(made, fields)
    return strawberry.type(made, description=doc)
