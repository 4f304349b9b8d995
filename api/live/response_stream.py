"""The responses of one operation, one after another, independent of the protocol that carries them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

from graphql import ExecutionResult, subscribe
from graphql import OperationType as Operation
from strawberry.utils.await_maybe import await_maybe

from api.context.auth import Caller
from api.context.errors import deadline_exceeded
from api.context.limits import Limits
from api.execution.execute import (
    GraphQLResponse,
    cost_extension,
    error_payloads,
    run_validated,
    validation_response,
)
from api.execution.validation import GraphQLRequest, ValidatedRequest, ValidationFailed, validate_with
from api.live.hub import SubscriptionHub
from api.schema.build import schema
from api.schema.subscriptions import SubscriptionContext, SubscriptionRoot

Authenticator = Callable[[], Awaitable[Caller]]
"""Authenticates the client of a connection, anew at each call: its token may be revoked meanwhile. Raises
Unauthenticated, StoreError."""


async def stream_responses(
    hub: SubscriptionHub, request: GraphQLRequest, authenticate: Authenticator, subscribed: asyncio.Event
) -> AsyncGenerator[GraphQLResponse]:
    """The response of a query, or those of a subscription as its events occur. Errors are responses too.

    The client is authenticated before each response. `subscribed` is set when a subscription receives all later
    changes."""
    limits = Limits.of(hub.settings)
    try:
        validated = await validate_with(hub.provider, request, (Operation.QUERY, Operation.SUBSCRIPTION), limits)
        if validated.kind is Operation.QUERY:
            async with asyncio.timeout(hub.settings.deadline):
                yield await run_validated(hub.provider, validated, limits, await authenticate())
            return
        async with aclosing(_subscribe(hub, validated, authenticate, subscribed)) as responses:
            async for response in responses:
                yield response
    except ValidationFailed as problem:
        yield await validation_response(hub.provider, problem, limits)
    except TimeoutError:
        overdue = ValidationFailed([deadline_exceeded(hub.settings.deadline)])
        yield await validation_response(hub.provider, overdue, limits)
    except Exception as error:  # noqa: BLE001 (an unexpected one is logged where its payload is made)
        yield await validation_response(hub.provider, ValidationFailed([error]), limits)


async def _subscribe(
    hub: SubscriptionHub, validated: ValidatedRequest, authenticate: Authenticator, subscribed: asyncio.Event
) -> AsyncGenerator[GraphQLResponse]:
    limits = Limits.of(hub.settings)
    context = SubscriptionContext(hub.provider, await authenticate(), hub.change_feed, subscribed)
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
    async with aclosing(cast("AsyncGenerator[ExecutionResult]", results)) as events:
        async for result in events:
            await authenticate()
            yield await _event_response(result, context, validated, limits)


async def _event_response(
    result: ExecutionResult, context: SubscriptionContext, validated: ValidatedRequest, limits: Limits
) -> GraphQLResponse:
    body: dict[str, Any] = {"errors": error_payloads(result.errors, limits)} if result.errors else {}
    extensions = await context.extensions(reached_store=False, cost=cost_extension(validated.figures, limits))
    published = {"dataVersion": context.version.id} if context.version else {}
    return GraphQLResponse({**body, "data": result.data, "extensions": extensions | published}, ran=True)
