"""`graphChanged`: which changes a client wants to be told, and what it is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from strawberry import ID, UNSET, Private

from api.context.auth import Caller
from api.context.change_feed import EVERYTHING, MOST_SUBJECTS, Change, Changes, Wanted
from api.context.context import Context
from api.context.fields import add_fields, argument, field, input_type
from api.context.holder import StoreHolder
from api.schema.ids import global_id, parse_id
from api.schema.types import not_null
from api.schema.versions import DataVersion
from graph.errors import BadQuery
from graph.stores import base as stores
from graph.vocabulary.model import LinkType

MOST_NAMED = 500
"""Subjects that a filter names at most."""

ChangeFilter = input_type(
    "ChangeFilter",
    "Which changes to be told. Given both, a change has to fit both.",
    (
        (
            "subjects",
            list[ID],
            f"Global ids or keys, 1 to {MOST_NAMED}: changes of these, and of links that one of them is an end, the "
            "site, a chip, the deal or the debt of. They need not be there yet.",
        ),
        ("types", list[LinkType], "Changes of links of these types."),
    ),
)


@strawberry.type(description="The data became another version.")
class GraphChange:
    data_version: DataVersion = strawberry.field(description="The state of the data since then.")
    subjects: list[ID] = strawberry.field(
        description=f"Global ids of what was written about, as far as it was wanted; at most {MOST_SUBJECTS}."
    )
    all: bool = strawberry.field(
        description="Whether more changed than is listed, possibly anything: after a large load, or when changes came "
        "faster than they were taken."
    )


class LiveContext(Context):
    """The context of one operation that is told of changes."""

    def __init__(self, holder: StoreHolder, caller: Caller, changes: Changes, listening: asyncio.Event) -> None:
        super().__init__(holder, caller)
        self.changes = changes
        self.listening = listening
        """Set as soon as nothing is missed any more."""
        self.version: stores.DataVersion | None = None
        """What the client was told of last."""


class Subscription:
    context: Private[LiveContext]

    def __init__(self, context: LiveContext) -> None:
        self.context = context


def _graph_changed(self: Subscription, filter: Any = UNSET) -> AsyncIterator[GraphChange]:
    """Raises BadQuery at once, and not when the first change comes."""
    return _changes(self.context, EVERYTHING if filter is UNSET else _wanted(not_null("filter", filter)))


async def _changes(context: LiveContext, wanted: Wanted) -> AsyncIterator[GraphChange]:
    async with context.changes.listen(wanted) as listener:
        context.listening.set()
        while True:
            change = await listener.next()
            context.version = change.version
            yield _told(change)


_changed = field(
    "graph_changed",
    GraphChange,
    _graph_changed,
    "Every change of the data, or of a part of it.",
    [argument("filter", ChangeFilter | None, "Which changes; without it all.")],
)
_changed.is_subscription = True
add_fields(Subscription, [_changed])
strawberry.type(Subscription, description="What is told while it happens, over a WebSocket or server-sent events.")


def _wanted(filter: Any) -> Wanted:
    """Raises BadQuery."""
    subjects, types = _given("subjects", filter.subjects), _given("types", filter.types)
    return Wanted(
        None if subjects is None else frozenset(parse_id(subject) for subject in subjects),
        None if types is None else frozenset(str(type_) for type_ in types),
    )


def _given(name: str, values: Any) -> list[Any] | None:
    """The members of a list that was given. Raises BadQuery for one that nothing could fit."""
    if values is UNSET:
        return None
    given: list[Any] = not_null(name, values)
    if not given:
        raise BadQuery(f"{name} is empty.", remedy="Name at least one, or leave it out for all.")
    if len(given) > MOST_NAMED:
        remedy = "Name fewer, or leave it out for all."
        raise BadQuery(f"{len(given)} {name}, the limit is {MOST_NAMED}.", remedy=remedy)
    return given


def _told(change: Change) -> GraphChange:
    ids = [ID(global_id(touched.label, touched.key)) for touched in change.subjects]
    return GraphChange(data_version=change.version, subjects=ids, all=change.all)  # type: ignore[arg-type]
