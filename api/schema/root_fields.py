"""The fields that `Query` and `Graph` share: single rows, lists, search, evidence, analytics, and the lens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry
from strawberry import ID
from strawberry.types.arguments import StrawberryArgument

from api.context.fields import Field, add_fields, argument, field, output_type
from api.context.request_context import LensView, RequestContext
from api.context.sources import RootPage, RootRow, RootValue
from api.schema.analytics import OF_ANALYTICS
from api.schema.connections import (
    FORWARD_ARGUMENTS,
    TYPES,
    WHOLE_PAGE,
    PageShown,
    RowPage,
    Select,
    build_query,
    connection_of,
    found_page,
    list_arguments,
    related_page,
    row_connection,
    row_page,
    to_node,
)
from api.schema.coverage_fields import COVERAGE_FIELDS
from api.schema.evidence_fields import LENS_FIELDS, THROUGH, data_through
from api.schema.ids import key_for, parse_id
from api.schema.lenses import LensObject
from api.schema.row_bounds import with_children, with_rows_of
from api.schema.scalars import EntityKind
from api.schema.subjects import check_subjects
from api.schema.types import (
    BEST_FIRST,
    PROPERTY_ARGUMENT,
    EntityNode,
    StatementNode,
    about_property,
    has_label,
)
from api.schema.unknown_keys import note_unknown_row
from graph.evidence.lens import Lens
from graph.stores.names import entity_called
from graph.stores.query import KEY_COLUMN, STATEMENTS_OF, Compare, Page, Query, both
from graph.vocabulary.model import ENTITIES, LABELS, Row

ROOT_LABELS = tuple(label for label in LABELS if label != "Statement")
"""Labels with a field for one row and a field for a list."""


@dataclass(kw_only=True, eq=False)
class LensRoot:
    """The fields under one lens."""

    context: RequestContext
    selected_lens: Lens

    async def view(self) -> LensView:
        """Raises BadLens, StoreError."""
        return await self.context.view(self.selected_lens)


# ---- one row

_KEY = argument("key", str, "Its key or global id.")
_NAME = argument("key", str, "Its id, key, ticker, name, or an alias or former name: the first of these that fits.")


def _row_field(label: str) -> Field:
    async def find(self: LensRoot, key: str, select: Select | None = None) -> Row | None:
        view = await self.view()
        by_name = label == "Organization"
        row = await (_organization(view, key, select) if by_name else _row(view, label, key, select))
        if row is None:
            await note_unknown_row(view, label, key)
        return row

    async def read(self: LensRoot, key: str) -> Any:
        row = await find(self, key)
        return row and to_node(row, await self.view())

    doc = f"One row of kind {label}; null where the lens shows none."
    arguments = [_NAME if label == "Organization" else _KEY]
    return field(label.lower(), TYPES[label] | None, read, doc, arguments, RootRow(find, reads_ahead=True))


async def _row(view: LensView, label: str, text: str, select: Select | None = None) -> Row | None:
    key = key_for(text, label)
    return None if key is None else await _row_of(view, label, key, select)


async def _row_of(view: LensView, label: str, key: str, select: Select | None) -> Row | None:
    if select is None or not view.reader.reads_ahead:
        return await view.row((label,), key)
    query = Query(label, Compare(KEY_COLUMN, "eq", key))
    found = await found_page(view, query, Page(1), PageShown(total=False, select=select))
    return next(iter(found.rows), None)


async def _organization(view: LensView, text: str, select: Select | None) -> Row | None:
    if parse_id(text)[0] is not None:
        return await _row(view, "Organization", text, select)
    return await _row_of(view, "Organization", text, select) or await entity_called(view.reader, text)


# ---- lists


def _list_field(label: str) -> Field:
    async def find(self: LensRoot, *, shown: PageShown = WHOLE_PAGE, **args: Any) -> RowPage:
        return await row_page(await self.view(), build_query(label, args), args, shown)

    doc, arguments = f"Rows of kind {label}.", list_arguments(label)
    made = _page_field(f"{label.lower()}s", TYPES[label], RootPage(find, reads_ahead=True), doc, arguments)
    return with_rows_of(label, made)


def _page_field(
    name: str,
    node: Any,
    source: RootPage,
    doc: str,
    arguments: Iterable[StrawberryArgument],
) -> Field:
    """A field of the page that its source finds."""

    async def read(self: LensRoot, **args: Any) -> Any:
        return row_connection(await source.find(self, **args))

    return field(name, connection_of(node), read, doc, arguments, source)


async def _statements(
    self: LensRoot, subject: str, property: str | None = None, *, shown: PageShown = WHOLE_PAGE, **args: Any
) -> RowPage:
    label, key = parse_id(subject)
    query = Query("Statement", both(about_property(property), has_label(label)), BEST_FIRST)
    page = await related_page(await self.view(), STATEMENTS_OF, key, query, args, shown)
    if not page.slice.total:
        await check_subjects(self.context, (label, key))
    return page


# ---- search


@strawberry.type(description="An entity that a search found.")
class SearchHit:
    entity: EntityNode = strawberry.field(description="What was found.")
    matched: str = strawberry.field(description="The name, key, ticker, alias or former name that matched.")
    score: float = strawberry.field(description="How well it matched; 1 is exact.")


async def _search(self: LensRoot, text: str, first: int, kinds: list[EntityKind] | None = None) -> list[Any]:
    labels = tuple(ENTITIES) if kinds is None else tuple(dict.fromkeys(str(kind) for kind in kinds))
    view = await self.view()
    size = Page(first).size
    hits = await view.reader.search(text, labels, size + 1)
    view.truncated |= len(hits) > size
    return [SearchHit(entity=to_node(hit.row, view), matched=hit.matched, score=hit.score) for hit in hits[:size]]


_SEARCH = (
    argument("text", str, "Words that have to stand in its names, whole or in part."),
    argument("kinds", list[EntityKind] | None, "Only entities of these kinds."),
    argument("first", int | None, "So many of the best, 1 to 500.", 10),
)

# ---- the lens


async def _lens(self: LensRoot) -> Lens:
    return (await self.view()).lens


async def _data_through(self: LensRoot) -> date:
    return data_through((await self.view()).reader)


def _fields() -> Iterator[Field]:
    yield field("lens", LensObject, _lens, "The lens, with both dates.", source=RootValue())
    yield field("data_through", date, _data_through, THROUGH, source=RootValue())
    yield from (_row_field(label) for label in ROOT_LABELS)
    yield from (_list_field(label) for label in ROOT_LABELS)
    subject = argument("subject", ID, "Global id or key of what they are about.")
    doc = "Who says what about a row: every known statement, counted or not, by property, the chosen ones first."
    arguments = (subject, PROPERTY_ARGUMENT, *FORWARD_ARGUMENTS)
    yield with_children(STATEMENTS_OF, _page_field("statements", StatementNode, RootPage(_statements), doc, arguments))
    yield field("search", list[SearchHit], _search, "Entities by name, key, ticker, alias, former name.", _SEARCH)
    yield from LENS_FIELDS
    yield from COVERAGE_FIELDS
    yield from OF_ANALYTICS


add_fields(LensRoot, _fields())
output_type(LensRoot, "LensRoot", "")
