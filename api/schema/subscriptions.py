"""`graphChanged`: which changes a client wants to be told, and what it is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from strawberry import ID, UNSET, Private

from api.context.auth import Caller
from api.context.change_feed import EVERYTHING, MOST_SUBJECTS, ChangeEvent, ChangeFeed, ChangeFilter
from api.context.fields import add_fields, argument, field, input_type
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.schema.data_versions import DataVersionObject
from api.schema.ids import global_id, parse_id
from api.schema.types import not_null
from graph.errors import BadQuery
from graph.stores import base as stores
from graph.vocabulary.model import LinkType

MOST_NAMED = 500
"""Subjects that a filter names at most."""

ChangeFilterInput = input_type(
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


@strawberry.type(name="GraphChange", description="The data became another version.")
class GraphChangeObject:
    data_version: DataVersionObject = strawberry.field(description="The state of the data since then.")
    subjects: list[ID] = strawberry.field(
        description=f"Global ids of what was written about, as far as it was wanted; at most {MOST_SUBJECTS}."
    )
    all: bool = strawberry.field(
        description="Whether more changed than is listed, possibly anything: after a large load, or when changes came "
        "faster than they were taken."
    )


class SubscriptionContext(RequestContext):
    """The context of one operation that is told of changes."""

    def __init__(self, provider: StoreProvider, caller: Caller, feed: ChangeFeed, listening: asyncio.Event) -> None:
        super().__init__(provider, caller)
        self.change_feed = feed
        self.listening = listening
        """Set as soon as nothing is missed any more."""
        self.version: stores.DataVersion | None = None
        """What the client was told of last."""


class SubscriptionRoot:
    context: Private[SubscriptionContext]

    def __init__(self, context: SubscriptionContext) -> None:
        self.context = context


def _graph_changed(self: SubscriptionRoot, filter: Any = UNSET) -> AsyncIterator[GraphChangeObject]:
    """Raises BadQuery at once, and not when the first change comes."""
    return _changes(self.context, EVERYTHING if filter is UNSET else _wanted(not_null("filter", filter)))


async def _changes(context: SubscriptionContext, wanted: ChangeFilter) -> AsyncIterator[GraphChangeObject]:
    async with context.change_feed.listen(wanted) as subscriber:
        context.listening.set()
        while True:
            change = await subscriber.next()
            context.version = change.version
            yield _told(change)


_changed = field(
    "graph_changed",
    GraphChangeObject,
    _graph_changed,
    "Every change of the data, or of a part of it.",
    [argument("filter", ChangeFilterInput | None, "Which changes; without it all.")],
)
_changed.is_subscription = True
add_fields(SubscriptionRoot, [_changed])
strawberry.type(
    SubscriptionRoot,
    name="Subscription",
    description="What is told while it happens, over a WebSocket or server-sent events.",
)


def _wanted(filter: Any) -> ChangeFilter:
    """Raises BadQuery."""
    subjects, types = _given("subjects", filter.subjects), _given("types", filter.types)
    return ChangeFilter(
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


def _told(change: ChangeEvent) -> GraphChangeObject:
    ids = [ID(global_id(touched.label, touched.key)) for touched in change.subjects]
    return GraphChangeObject(data_version=change.version, subjects=ids, all=change.all)  # type: ignore[arg-type]
