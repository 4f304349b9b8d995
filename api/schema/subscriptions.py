"""The root type `Subscription`: its field `graphChanged`, and the filter of the changes that a client subscribes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from strawberry import ID, UNSET

from api.context.auth import Caller
from api.context.change_feed import EVERYTHING, MAX_SUBJECTS, ChangeEvent, ChangeFeed, ChangeFilter
from api.context.fields import add_fields, argument, field, input_type, output_type
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.schema.data_versions import DataVersionObject
from api.schema.ids import global_id, parse_id
from graph.errors import BadQuery
from graph.stores.base import DataVersion
from graph.vocabulary.model import LinkType

MAX_FILTER_VALUES = 500
"""Subjects, or types, in one filter."""

ChangeFilterInput = input_type(
    "ChangeFilter",
    "Selects changes. With both fields set, a change has to satisfy both.",
    (
        (
            "subjects",
            list[ID],
            f"Global ids or keys, 1 to {MAX_FILTER_VALUES}: changes of these, and of links of which one is an end, "
            "the site, a chip, the deal or the debt. They need not exist yet.",
        ),
        ("types", list[LinkType], "Changes of links of these types."),
    ),
)


@strawberry.type(name="GraphChange", description="A new data version.")
class GraphChangeObject:
    data_version: DataVersionObject = strawberry.field(description="The new data version.")
    subjects: list[ID] = strawberry.field(
        description=f"Global ids of the subjects of the write that pass the filter; at most {MAX_SUBJECTS}."
    )
    all: bool = strawberry.field(
        description="Whether more changed than is listed, possibly anything: after a large load, or when changes came "
        "faster than the client read them."
    )


class SubscriptionContext(RequestContext):
    """The context of one subscription."""

    def __init__(
        self, provider: StoreProvider, caller: Caller, change_feed: ChangeFeed, subscribed: asyncio.Event
    ) -> None:
        super().__init__(provider, caller)
        self.change_feed = change_feed
        self.subscribed = subscribed
        """Set as soon as no later change is missed."""
        self.version: DataVersion | None = None
        """The data version of the last event."""


class SubscriptionRoot:
    def __init__(self, context: SubscriptionContext) -> None:
        self.context = context


def _graph_changed(self: SubscriptionRoot, filter: Any = None) -> AsyncIterator[GraphChangeObject]:
    """Raises BadQuery at once, not at the first event."""
    return _events(self.context, EVERYTHING if filter is None else _change_filter(filter))


async def _events(context: SubscriptionContext, filter: ChangeFilter) -> AsyncIterator[GraphChangeObject]:
    async with context.change_feed.subscribe(filter) as subscriber:
        context.subscribed.set()
        while True:
            change = await subscriber.next()
            context.version = change.version
            yield _to_object(change)


_changed = field(
    "graph_changed",
    GraphChangeObject,
    _graph_changed,
    "Every change of the data that passes the filter.",
    [argument("filter", ChangeFilterInput | None, "Selects changes; without it all.")],
)
_changed.is_subscription = True
add_fields(SubscriptionRoot, [_changed])
output_type(SubscriptionRoot, "Subscription", "Events as they occur, over a WebSocket or server-sent events.")


def _change_filter(filter: Any) -> ChangeFilter:
    """Raises BadQuery."""
    subjects, types = _filter_values("subjects", filter.subjects), _filter_values("types", filter.types)
    return ChangeFilter(
        None if subjects is None else frozenset(parse_id(subject) for subject in subjects),
        None if types is None else frozenset(str(type_) for type_ in types),
    )


def _filter_values(name: str, values: list[Any] | None) -> list[Any] | None:
    """The values of a list argument; None where it is not set. Raises BadQuery for none or too many."""
    if values is None or values is UNSET:
        return None
    if not values:
        raise BadQuery(f"{name} is empty.", remedy="Name at least one, or leave it out for all.")
    if len(values) > MAX_FILTER_VALUES:
        remedy = "Name fewer, or leave it out for all."
        raise BadQuery(f"{len(values)} {name}, the limit is {MAX_FILTER_VALUES}.", remedy=remedy)
    return values


def _to_object(change: ChangeEvent) -> GraphChangeObject:
    ids = [ID(global_id(subject.label, subject.key)) for subject in change.subjects]
    return GraphChangeObject(data_version=change.version, subjects=ids, all=change.all)  # type: ignore[arg-type]
