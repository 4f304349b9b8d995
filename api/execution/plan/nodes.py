"""What a plan is made of: objects of rows, their fields, connections. Each node makes the JSON of many rows at once;
what the nodes of one level need of the store is fetched in one batch, as the data loaders do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

from graphql import DocumentNode

from api.context.fields import Field
from api.context.request_context import Labels, LensView
from api.context.sources import RootPage, RootRow
from api.execution.plan.arguments import FieldArguments, Variables
from api.execution.plan.errors import PlanAbandoned
from api.execution.plan.selecting import Selected, SelectedColumns
from api.execution.plan.values import MakeObjects, Read, capped, object_maker
from api.schema.connections import PageShown, RowPage, build_page, checked_page
from graph.stores.query import MAX_UNPAGED, Orders, Page, Query, Relation
from graph.stores.row_lists import column_of, joined, keys_of, labels_of, rows_at
from graph.stores.selection import RowSelection, SliceRequest
from graph.vocabulary.model import KINDS, TYPE_COLUMN, Row

T = TypeVar("T")
MAX_SELECTIONS = 16
"""Selections that a root keeps: one for each order and size of page."""
ROWS_AT_ONCE = 500
"""Rows whose objects are made between two checkpoints: a millisecond or two."""


async def all_of(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results, in order; when one fails the others are cancelled. Raises the first error."""
    if len(work) == 1:
        return [await work[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as problems:
        raise problems.exceptions[0] from None
    return [task.result() for task in tasks]


class Fetched(Protocol):
    """A field of rows that needs more of the store."""

    async def values(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[Any]:
        """The JSON of the field for each row."""

    async def select(self, selected: Selected) -> None:
        """Adds what it needs of the store beneath rows, as far as that can be read together with them."""

    def is_fixed(self) -> bool:
        """Whether nothing of a request but the number of rows decides what it adds."""


@dataclass(slots=True)
class ObjectPlan:
    """Objects of rows of one label: `read` has the fields that rows themselves hold, `fetched` the others, by their
    name in the answer; `names` has the order of all."""

    names: tuple[str, ...]
    read: Mapping[str, Read]
    fetched: Mapping[str, Fetched]
    _make: MakeObjects = field(init=False)

    def __post_init__(self) -> None:
        self._make = object_maker(self.names)

    async def objects(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[dict[str, Any]]:
        fetched = await self._fetch(rows, view, variables) if self.fetched and rows else {}
        objects: list[dict[str, Any]] = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            portion = rows[start : start + ROWS_AT_ONCE]
            values = [
                self.read[name](portion, view) if name in self.read else fetched[name][start : start + ROWS_AT_ONCE]
                for name in self.names
            ]
            objects += self._make(values, len(portion))
            await view.checkpoint()
        return objects

    async def _fetch(self, rows: Sequence[Row], view: LensView, variables: Variables) -> Mapping[str, list[Any]]:
        values = await all_of([one.values(rows, view, variables) for one in self.fetched.values()])
        return dict(zip(self.fetched, values, strict=True))


@dataclass(slots=True)
class Target:
    """Objects of rows whose label decides which fields they have."""

    by_label: Mapping[str, ObjectPlan]
    columns: SelectedColumns

    @property
    def needs_whole_rows(self) -> bool:
        return self.columns.of(tuple(self.by_label), ()) is None

    def is_fixed(self) -> bool:
        return all(one.is_fixed() for plan in self.by_label.values() for one in plan.fetched.values())

    async def selection(self, selected: Selected, orders: Orders = ()) -> RowSelection:
        """What the objects show of rows in these orders; `selected` is empty."""
        for plan in self.by_label.values():
            for one in plan.fetched.values():
                await one.select(selected)
        labels = tuple(self.by_label)
        return selected.of(labels, self.columns.of(labels, orders))

    async def objects(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[dict[str, Any]]:
        """The object of each row, in their order."""
        labels = labels_of(rows)
        if len(labels) == 1:
            return await self.by_label[labels.pop()].objects(rows, view, variables)
        parts = {label: [number for number, row in enumerate(rows) if row.label == label] for label in sorted(labels)}
        work = [
            self.by_label[label].objects([rows[number] for number in numbers], view, variables)
            for label, numbers in parts.items()
        ]
        made: dict[int, dict[str, Any]] = {}
        for numbers, objects in zip(parts.values(), await all_of(work), strict=True):
            made.update(zip(numbers, objects, strict=True))
        return [made[number] for number in range(len(rows))]

    async def objects_or_none(
        self, rows: Sequence[Row | None], view: LensView, variables: Variables
    ) -> list[dict[str, Any] | None]:
        """None for a row that there is not."""
        objects = iter(await self.objects([row for row in rows if row is not None], view, variables))
        return [None if row is None else next(objects) for row in rows]


# ---- fields of rows


@dataclass(slots=True)
class ReferencePlan:
    """The row that a property refers to."""

    property: str
    target: Target
    required: bool

    def is_fixed(self) -> bool:
        return self.target.is_fixed()

    async def values(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[Any]:
        objects = await of_each_kind(self.property, rows, partial(self._of, view, variables))
        if self.required and None in objects:
            raise PlanAbandoned(f"{self.property} leads nowhere")
        return objects

    async def select(self, selected: Selected) -> None:
        beneath = selected.beneath()
        if beneath.fits(whole_rows=self.target.needs_whole_rows):
            selected.add_reference(self.property, await self.target.selection(beneath))

    async def _of(self, view: LensView, variables: Variables, labels: Labels, rows: Sequence[Row]) -> list[Any]:
        keys = column_of(rows, self.property)
        named: dict[str, None] = dict.fromkeys(key for key in keys if key is not None)
        made = await objects_named(self.target, labels, named, view, variables)
        return [made.get(key) for key in keys]


@dataclass(slots=True)
class ReferencesPlan:
    """The rows that a property refers to."""

    property: str
    target: Target

    def is_fixed(self) -> bool:
        return self.target.is_fixed()

    async def values(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[Any]:
        objects = await of_each_kind(self.property, rows, partial(self._of, view, variables))
        return [one or [] for one in objects]

    async def select(self, selected: Selected) -> None:
        beneath = selected.beneath(MAX_UNPAGED)
        if beneath.fits(whole_rows=self.target.needs_whole_rows):
            selected.add_reference(self.property, await self.target.selection(beneath))

    async def _of(self, view: LensView, variables: Variables, labels: Labels, rows: Sequence[Row]) -> list[Any]:
        keys = capped([of_row or () for of_row in column_of(rows, self.property)], view)
        named = dict.fromkeys(key for of_row in keys for key in of_row)
        made = await objects_named(self.target, labels, named, view, variables)
        return [[made[key] for key in of_row if key in made] for of_row in keys]


async def objects_named(
    target: Target, labels: Labels, keys: Collection[str], view: LensView, variables: Variables
) -> Mapping[str | None, Any]:
    """The objects of the rows of keys, by key; of the keys that no row has there are none."""
    if not keys:
        return {}
    found, rows = await view.rows_at_once(labels, keys)
    return dict(zip(found, await target.objects(rows, view, variables), strict=True))


async def of_each_kind(
    property: str, rows: Sequence[Row], read: Callable[[Labels, Sequence[Row]], Coroutine[Any, Any, list[Any]]]
) -> list[Any]:
    """What `read` makes of rows whose property may refer to rows of the same labels, which the type of a link decides;
    None for a row whose kind has no such property. All rows are of one label."""
    label = rows[0].label
    kinds = column_of(rows, TYPE_COLUMN) if label == "Link" else [label] * len(rows)
    having = {kind: KINDS[kind].properties.get(property) for kind in set(kinds)}
    labels = {kind: None if prop is None else prop.refers_to for kind, prop in having.items()}
    targets = {one: None for one in labels.values() if one is not None}
    if len({*labels.values()}) == len(targets) == 1:
        return await read(next(iter(targets)), rows)
    numbers = {one: [number for number, kind in enumerate(kinds) if labels[kind] == one] for one in targets}
    work = [read(of_kind, rows_at(rows, some)) for of_kind, some in numbers.items()]
    values: list[Any] = [None] * len(rows)
    for some, read_values in zip(numbers.values(), await all_of(work) if work else (), strict=True):
        for number, value in zip(some, read_values, strict=True):
            values[number] = value
    return values


def parted(values: Sequence[T], counts: Iterator[int]) -> list[list[T]]:
    """The values, the first so many, the next so many …"""
    rest = iter(values)
    return [list(islice(rest, count)) for count in counts]


@dataclass(slots=True)
class ChildSelection:
    """Which children a field shows. Where no variables stand in its arguments it is compiled once."""

    select: Callable[..., tuple[Relation, Query]]
    arguments: FieldArguments
    _selected: tuple[Relation, Query] | None = None

    def is_fixed(self) -> bool:
        """Whether it is one of every request: a cursor is read under its lens."""
        known = self.arguments.constant
        return known is not None and known.get("after") is None and known.get("before") is None

    async def page_request(self, view: LensView, variables: Variables, shown: PageShown) -> tuple[SliceRequest, Page]:
        """What to fetch for a connection, and its page. Raises BadQuery, BadCursor."""
        arguments = self.arguments.of(variables)
        relation, query = self._of(arguments)
        page = await checked_page(view, query, arguments)
        return shown.request(relation, query, page), page

    async def page_ahead(self, selected: Selected, shown: PageShown) -> SliceRequest:
        """As `page_request`, but notes nothing: there may be no row to fetch it for."""
        arguments = self.arguments.of(selected.variables)
        relation, query = self._of(arguments)
        return shown.request(relation, query, await build_page(arguments, query, selected.view))

    def list_request(self, variables: Variables) -> SliceRequest:
        """What to fetch for a list without pages. Raises BadQuery."""
        return SliceRequest(*self._of(self.arguments.of(variables)), Page(MAX_UNPAGED), with_total=False)

    def _of(self, arguments: Mapping[str, Any]) -> tuple[Relation, Query]:
        selected = self._selected or self.select(**arguments)
        if self.arguments.constant is not None:
            self._selected = selected
        return selected


@dataclass(slots=True)
class ChildListPlan:
    """The first of the rows that belong to a row, without pages."""

    selection: ChildSelection
    target: Target

    def is_fixed(self) -> bool:
        return self.selection.is_fixed() and self.target.is_fixed()

    async def values(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[Any]:
        request = self.selection.list_request(variables)
        slices = await view.slices_at_once(request, keys_of(rows))
        if any(one.has_next for one in slices):
            view.mark_truncated()
        found = [one.rows for one in slices]
        objects = await self.target.objects(joined(found), view, variables)
        return parted(objects, map(len, found))

    async def select(self, selected: Selected) -> None:
        request = self.selection.list_request(selected.variables)
        beneath = selected.beneath(MAX_UNPAGED)
        if beneath.fits(whole_rows=self.target.needs_whole_rows):
            selected.add_children(request, await self.target.selection(beneath, request.query.orders))


@dataclass(slots=True)
class ChildPagePlan:
    """A page of the rows that belong to a row."""

    selection: ChildSelection
    connection: ConnectionPlan

    def is_fixed(self) -> bool:
        return self.selection.is_fixed() and self.connection.is_fixed()

    async def values(self, rows: Sequence[Row], view: LensView, variables: Variables) -> list[Any]:
        request, page = await self.selection.page_request(view, variables, self.connection.shown)
        slices = await view.slices_at_once(request, keys_of(rows))
        pages = [RowPage(one, page, request.query, view) for one in slices]
        return await self.connection.objects(pages, view, variables)

    async def select(self, selected: Selected) -> None:
        request = await self.selection.page_ahead(selected, self.connection.shown)
        beneath = selected.beneath(request.page.size if request.page else 1)
        if beneath.fits(whole_rows=self.connection.needs_whole_rows):
            selected.add_children(request, await self.connection.selection(beneath, request.query))


# ---- connections


class PagePart(Protocol):
    """A field of connections, or of their edges."""

    async def values(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[Any]: ...

    def targets(self) -> Collection[Target]:
        """Those that show rows of the pages."""


@dataclass(slots=True)
class ConnectionPlan:
    """Connections of rows: one for each page."""

    parts: Mapping[str, PagePart]
    shown: PageShown
    columns: SelectedColumns
    _make: MakeObjects = field(init=False)

    def __post_init__(self) -> None:
        self._make = object_maker(self.parts)

    @property
    def needs_whole_rows(self) -> bool:
        return any(target.needs_whole_rows for target in self._targets())

    def is_fixed(self) -> bool:
        return all(target.is_fixed() for target in self._targets())

    def _targets(self) -> list[Target]:
        return [target for part in self.parts.values() for target in part.targets()]

    async def selection(self, selected: Selected, query: Query) -> RowSelection:
        """What is shown of the rows of pages of a query; `selected` is empty."""
        targets = self._targets()
        for target in targets:
            await target.selection(selected)
        labels = (query.label,)
        return selected.of(labels, self.columns.of(labels if targets else (), query.orders))

    async def objects(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[dict[str, Any]]:
        values = await all_of([part.values(pages, view, variables) for part in self.parts.values()])
        return self._make(values, len(pages))


@dataclass(slots=True)
class OfPage:
    """What each page tells by itself."""

    read: Callable[[RowPage], Any]

    def targets(self) -> Collection[Target]:
        return ()

    async def values(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[Any]:
        return [self.read(page) for page in pages]


@dataclass(slots=True)
class PageInfoPlan:
    """`pageInfo`; `read` by name in the answer."""

    read: Mapping[str, Callable[[RowPage], Any]]

    def targets(self) -> Collection[Target]:
        return ()

    async def values(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[Any]:
        return [{name: read(page) for name, read in self.read.items()} for page in pages]


@dataclass(slots=True)
class NodesPlan:
    """The rows of each page."""

    target: Target

    def targets(self) -> Collection[Target]:
        return (self.target,)

    async def values(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[Any]:
        mark_shown(pages)
        objects = await self.target.objects(joined([page.slice.rows for page in pages]), view, variables)
        return parted(objects, (len(page.slice.rows) for page in pages))


@dataclass(slots=True)
class EdgesPlan:
    """The rows of each page with their cursors. `nodes` has the names of `node`, `fixed` the value of others but
    cursors."""

    names: tuple[str, ...]
    nodes: Mapping[str, Target]
    fixed: Mapping[str, Any]
    _make: MakeObjects = field(init=False)

    def __post_init__(self) -> None:
        self._make = object_maker(self.names)

    def targets(self) -> Collection[Target]:
        return self.nodes.values()

    async def values(self, pages: Sequence[RowPage], view: LensView, variables: Variables) -> list[Any]:
        mark_shown(pages)
        rows = joined([page.slice.rows for page in pages])
        work = [target.objects(rows, view, variables) for target in self.nodes.values()]
        nodes = dict(zip(self.nodes, await all_of(work) if work else (), strict=True))
        values = [
            nodes[name]
            if name in nodes
            else [self.fixed[name]] * len(rows)
            if name in self.fixed
            else await _cursors(pages, view)
            for name in self.names
        ]
        edges = self._make(values, len(rows))
        return parted(edges, (len(page.slice.rows) for page in pages))


async def _cursors(pages: Sequence[RowPage], view: LensView) -> list[str]:
    cursors: list[str] = []
    for page in pages:
        cursors += map(page.cursor, page.slice.rows)
        await view.checkpoint()
    return cursors


def mark_shown(pages: Sequence[RowPage]) -> None:
    """Record the lists that have more rows than they show."""
    for page in pages:
        if page.is_truncated:
            page.view.mark_truncated()


# ---- fields of the root


class RootField(Protocol):
    """A field of `Query` or `Graph`."""

    async def value(self, root: Any, variables: Variables) -> Any: ...


@dataclass(slots=True)
class RootPlan:
    """The object of a root, by name in the answer."""

    fields: Mapping[str, RootField]

    async def object(self, root: Any, variables: Variables) -> dict[str, Any]:
        if not self.fields:
            return {}
        values = await all_of([one.value(root, variables) for one in self.fields.values()])
        return dict(zip(self.fields, values, strict=True))


class KeptSelections:
    """What a root selects, where nothing of a request but its key decides that."""

    def __init__(self, root: Target | ConnectionPlan) -> None:
        self._root = root
        self._is_fixed: bool | None = None
        self._selections: dict[Hashable, RowSelection] = {}

    async def of(self, key: Hashable, select: Callable[[], Awaitable[RowSelection]]) -> RowSelection:
        if self._is_fixed is None:
            self._is_fixed = self._root.is_fixed()
        selection = self._selections.get(key)
        if selection is None:
            selection = await select()
            if self._is_fixed and len(self._selections) < MAX_SELECTIONS:
                self._selections[key] = selection
        return selection


@dataclass(slots=True)
class FixedPlan:
    """What is known before anything runs."""

    fixed: Any

    async def value(self, root: Any, variables: Variables) -> Any:
        return self.fixed


@dataclass(slots=True)
class RootPagePlan:
    source: RootPage
    arguments: FieldArguments
    connection: ConnectionPlan
    _kept: KeptSelections = field(init=False)

    def __post_init__(self) -> None:
        self._kept = KeptSelections(self.connection)

    async def value(self, root: Any, variables: Variables) -> Any:
        shown = self.connection.shown
        if self.source.reads_ahead and variables.read_ahead:
            shown = replace(shown, select=partial(self._select, variables))
        page = await self.source.find(root, **self.arguments.of(variables), shown=shown)
        [connection] = await self.connection.objects([page], page.view, variables)
        return connection

    async def _select(self, variables: Variables, view: LensView, query: Query, page: Page) -> RowSelection:
        return await self._kept.of(
            (query.label, query.orders, page.size),
            lambda: self.connection.selection(Selected(view, variables, page.size), query),
        )


@dataclass(slots=True)
class RootRowPlan:
    source: RootRow
    arguments: FieldArguments
    target: Target
    _kept: KeptSelections = field(init=False)

    def __post_init__(self) -> None:
        self._kept = KeptSelections(self.target)

    async def value(self, root: Any, variables: Variables) -> Any:
        reads_ahead = self.source.reads_ahead and variables.read_ahead
        ahead = {"select": partial(self._select, variables)} if reads_ahead else {}
        row = await self.source.find(root, **self.arguments.of(variables), **ahead)
        [value] = await self.target.objects_or_none([row], await root.view(), variables)
        return value

    async def _select(self, variables: Variables, view: LensView, query: Query, page: Page) -> RowSelection:
        return await self._kept.of(page.size, lambda: self.target.selection(Selected(view, variables, page.size)))


@dataclass(slots=True)
class RootRowsPlan:
    find: Callable[..., Awaitable[list[Row | None]]]
    arguments: FieldArguments
    target: Target

    async def value(self, root: Any, variables: Variables) -> Any:
        rows = await self.find(root, **self.arguments.of(variables))
        return await self.target.objects_or_none(rows, await root.view(), variables)


@dataclass(slots=True)
class RootValuePlan:
    field: Field
    complete: Callable[[Any], Any]

    async def value(self, root: Any, variables: Variables) -> Any:
        return self.complete(await self.field.read(root))


@dataclass(slots=True)
class ExecutedPlan:
    """A field that no plan reads, beside others: the reference executor answers a document of it alone."""

    name: str
    document: DocumentNode

    async def value(self, root: Any, variables: Variables) -> Any:
        result = await variables.execute(self.document)
        if result.errors or result.data is None:
            raise PlanAbandoned(f"{self.name} has errors")
        return result.data[self.name]


@dataclass(slots=True)
class UnderLensPlan:
    field: Field
    arguments: FieldArguments
    root: RootPlan

    async def value(self, root: Any, variables: Variables) -> Any:
        return await self.root.object(await self.field.read(root, **self.arguments.of(variables)), variables)
