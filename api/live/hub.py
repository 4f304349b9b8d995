"""Operations whose answers come one after another, whichever transport carries them, and what the transports share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, cast

from graphql import ExecutionResult, subscribe
from graphql import OperationType as Operation
from starlette.requests import HTTPConnection
from strawberry.utils.await_maybe import await_maybe

from api.context.auth import Caller
from api.context.change_feed import ChangeFeed
from api.context.errors import GoingAway, deadline_exceeded
from api.context.limits import Limits
from api.context.store_provider import StoreProvider
from api.execution.execute import (
    GraphQLRequest,
    GraphQLResponse,
    ValidatedRequest,
    ValidationFailed,
    cost_extension,
    error_payloads,
    rejected,
    run,
    validate_request,
)
from api.live.connection_quota import ConnectionQuota
from api.schema.build import schema
from api.schema.subscriptions import SubscriptionContext, SubscriptionRoot
from graph.settings import Settings

MOST_WAITING = 100
"""Changes that wait for a slow client before they are put into one."""
_LEAVE_SECONDS = 5.0
"""How long the service waits for its connections when it goes away."""


Authenticator = Callable[[], Awaitable[Caller]]
"""Tells who listens, each time anew: a token may be revoked meanwhile. Raises Unauthenticated, StoreError."""


class SubscriptionHub:
    """What the connections of one app share: the changes, the places, and the end of the service."""

    def __init__(self, settings: Settings, provider: StoreProvider) -> None:
        self.settings = settings
        self.provider = provider
        self.change_feed = ChangeFeed(provider, settings.live_poll_seconds, MOST_WAITING)
        self.quota = ConnectionQuota(settings.live_connections, settings.live_connections_per_client)
        self._open: set[Callable[[], None]] = set()
        self._ended = asyncio.Event()
        self._closed = False

    @contextmanager
    def connection(self, client: HTTPConnection, leave: Callable[[], None]) -> Iterator[None]:
        """A place for a connection; `leave` is called when the service goes away. Raises BadRequest."""
        if self._closed:
            raise GoingAway("The service is going away.", remedy="Connect again in a moment.")
        with self.quota.acquire(client.client.host if client.client else ""):
            self._open.add(leave)
            self._ended.clear()
            try:
                yield
            finally:
                self._open.discard(leave)
                if not self._open:
                    self._ended.set()

    async def close(self) -> None:
        """Take no connection any more, end the ones there are, and wait until they have ended."""
        self._closed = True
        for leave in tuple(self._open):
            leave()
        if self._open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _LEAVE_SECONDS)


async def stream(
    hub: SubscriptionHub, request: GraphQLRequest, who: Authenticator, listening: asyncio.Event
) -> AsyncGenerator[GraphQLResponse]:
    """The answer of a query, or the answers of a subscription as they come about. What goes wrong is an answer too.

    Who listens is asked before each answer. `listening` is set when a subscription has begun: what is written from
    then on is told."""
    limits = Limits.of(hub.settings)
    try:
        validated = validate_request(request, (Operation.QUERY, Operation.SUBSCRIPTION), limits)
        if validated.kind is Operation.QUERY:
            async with asyncio.timeout(hub.settings.deadline):
                yield await run(hub.provider, validated, limits, await who())
            return
        async with aclosing(_told(hub, validated, who, listening)) as answers:
            async for one in answers:
                yield one
    except ValidationFailed as problem:
        yield await rejected(hub.provider, problem, limits)
    except TimeoutError:
        yield await rejected(hub.provider, ValidationFailed([deadline_exceeded(hub.settings.deadline)]), limits)
    except Exception as problem:  # noqa: BLE001 (what is not expected is logged where it is told)
        yield await rejected(hub.provider, ValidationFailed([problem]), limits)


async def _told(
    hub: SubscriptionHub, validated: ValidatedRequest, who: Authenticator, listening: asyncio.Event
) -> AsyncGenerator[GraphQLResponse]:
    limits = Limits.of(hub.settings)
    context = SubscriptionContext(hub.provider, await who(), hub.change_feed, listening)
    results = await await_maybe(
        subscribe(
            schema.core,
            validated.document,
            root_value=SubscriptionRoot(context),
            context_value=context,
            variable_values=dict(validated.request.variables or {}),
            operation_name=validated.request.operation,
            hide_suggestions=not limits.introspection,
        )
    )
    if isinstance(results, ExecutionResult):
        raise ValidationFailed(results.errors or (), validated.figures)
    async with aclosing(cast("AsyncGenerator[ExecutionResult]", results)) as told_of:
        async for result in told_of:
            await who()
            yield await _answer_of(result, context, validated, limits)


async def _answer_of(
    result: ExecutionResult, context: SubscriptionContext, validated: ValidatedRequest, limits: Limits
) -> GraphQLResponse:
    body: dict[str, Any] = {"errors": error_payloads(result.errors, limits)} if result.errors else {}
    extensions = await context.extensions(reached_store=False, cost=cost_extension(validated.figures, limits))
    told_of = {"dataVersion": context.version.id} if context.version else {}
    return GraphQLResponse({**body, "data": result.data, "extensions": extensions | told_of}, ran=True)
