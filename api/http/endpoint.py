"""`/graphql`: GraphQL over HTTP, by POST with a JSON body or by GET with query parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import fastapi
from fastapi import Response
from graphql import OperationType as Operation
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from api.context.auth import Caller
from api.context.connection import ClientDisconnected, run_while_connected
from api.context.errors import BadRequest, deadline_exceeded
from api.context.limits import Limits
from api.context.query_cost import LENS_COST
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.execute import GraphQLResponse, run_validated, validation_response
from api.execution.response_cache import ResponseCache, entity_tag
from api.execution.validation import (
    GraphQLRequest,
    ValidatedRequest,
    ValidationFailed,
    takes_long_to_check,
    validate_with,
)
from api.fairness.forwarding import FORWARD_DOCUMENT, ForwardDocument, may_write, response_of
from api.http.authentication import PRIVATE_HEADERS, authenticate
from api.http.caching import asks_anew, matches_etag
from api.http.errors import error_response
from api.http.event_stream import EventStream
from api.http.guard import ENDPOINT, check_origin
from api.http.negotiation import EVENTS, JSON, OFFERED, negotiate_graphql
from api.http.request import read_request
from api.telemetry.request_record import note_client_left
from graph.errors import StoreError
from graph.settings import Settings
from graph.stores.base import Reader

_READS = (Operation.QUERY,)
LONG_ROWS = LENS_COST // 2
"""Cost from which on a worker answers, where there is one."""
_ALLOWED = {"GET": _READS, "HEAD": _READS, "POST": (*_READS, Operation.MUTATION)}
"""The kinds of operations that a method may run. A GET changes nothing."""


async def graphql(request: fastapi.Request) -> ASGIApp:
    state = request.app.state
    settings: Settings = state.settings
    media = JSON
    try:
        media = negotiate_graphql(",".join(request.headers.getlist("accept")), (*OFFERED, EVENTS))
        caller = await authenticate(request)
        graphql_request = await read_request(request)
        if media == EVENTS:
            check_origin(request.headers, settings)  # of a GET too: a stream takes a connection of the quota
            return EventStream(state.hub, graphql_request, lambda: authenticate(request))
        return await _respond(request, graphql_request, caller, media)
    except (BadRequest, StoreError) as problem:
        extensions = await RequestContext(state.provider).extensions(reached_store=False)
        return error_response(problem, JSON if media == EVENTS else media, extensions=extensions)
    except ClientDisconnected:
        note_client_left()
        return Response(status_code=400)


class EndpointRoute(Route):
    """A route of Starlette: FastAPI would look for parameters and dependencies, of which there are none."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


ROUTE = EndpointRoute(ENDPOINT, graphql, methods=["GET", "HEAD", "POST"], include_in_schema=False)


async def _respond(request: fastapi.Request, graphql_request: GraphQLRequest, caller: Caller, media: str) -> ASGIApp:
    """Raises BadRequest, ClientDisconnected, DeadlineExceeded. A write is neither cancelled when its client leaves nor
    held to the deadline of queries; its store has deadlines of its own."""
    state = request.app.state
    provider: StoreProvider = state.provider
    limits: Limits = state.limits
    validated = None
    if not _is_checked_by_a_worker(request, graphql_request):
        try:
            validated = await validate_with(provider, graphql_request, _ALLOWED[request.method], limits)
        except ValidationFailed as problem:
            return _uncached(await validation_response(provider, problem, limits), media)
        if validated.kind is Operation.MUTATION:
            return _uncached(await _run_to_end(run_validated(provider, validated, limits, caller)), media)
    try:
        async with asyncio.timeout(state.settings.deadline):
            reader = await _default_reader(provider, anew=asks_anew(request.headers.get("cache-control", "")))
            tag = entity_tag(reader, provider.store.scenarios, graphql_request, media) if reader else ""
            if reader and (kept := await _kept_response(request, reader, tag, media)):
                return kept
    except TimeoutError:
        raise deadline_exceeded(state.settings.deadline) from None
    query = (
        _run_query(request, validated, caller, media, reader, tag)
        if validated
        else _forwarded(request.scope[FORWARD_DOCUMENT], graphql_request, state.response_cache, tag)
    )
    return await run_while_connected(request.receive, query, state.settings.deadline)


def _is_checked_by_a_worker(request: fastapi.Request, graphql_request: GraphQLRequest) -> bool:
    """Whether it may take long to find out what is asked, and there is a worker to do so; it does the rest too."""
    return FORWARD_DOCUMENT in request.scope and not may_write(request.scope) and takes_long_to_check(graphql_request)


async def _kept_response(request: fastapi.Request, reader: Reader, tag: str, media: str) -> Response | None:
    """What the client has already, or the cache has, where nothing has changed since."""
    cache: ResponseCache = request.app.state.response_cache
    is_known = request.method != "POST" and matches_etag(request.headers.get("if-none-match", ""), tag)
    body = cache.get(tag)
    if not (is_known or body is not None) or reader.stale_since or not await _is_current(reader):
        return None
    if is_known:
        return Response(status_code=304, headers=_cache_headers(tag))
    return Response(body, headers=_cache_headers(tag), media_type=media)


async def _run_query(
    request: fastapi.Request, validated: ValidatedRequest, caller: Caller, media: str, reader: Reader | None, tag: str
) -> ASGIApp:
    """The response to a query that is computed, or that a worker computes."""
    provider: StoreProvider = request.app.state.provider
    cache: ResponseCache = request.app.state.response_cache
    limits: Limits = request.app.state.limits
    if reader is None:
        return _uncached(await run_validated(provider, validated, limits, caller), media)
    version = reader.version.id  # that of the tag: a reader of Neo4j tells the version of its last answer
    forward: ForwardDocument | None = request.scope.get(FORWARD_DOCUMENT)
    if forward and validated.figures.rows >= LONG_ROWS:
        return await _forwarded(forward, validated.request, cache, tag)
    response = await run_validated(provider, validated, limits, caller, reader)
    if response.has_errors or response.is_private or response.is_stale or response.version != version:
        return _uncached(response, media)
    body = response.json
    cache.put(tag, body)
    return Response(body, headers=_cache_headers(tag), media_type=media)


async def _forwarded(forward: ForwardDocument, asked: GraphQLRequest, cache: ResponseCache, tag: str) -> ASGIApp:
    """The response of a worker. Raises WorkerEnded."""
    answer = await forward({"query": asked.document, "variables": asked.variables, "operationName": asked.operation})
    if answer.status == 200 and dict(answer.headers).get(b"etag") == tag.encode():
        cache.put(tag, answer.content.read())
        answer.content.seek(0)
    return response_of(answer)


async def _default_reader(provider: StoreProvider, *, anew: bool) -> Reader | None:
    """`anew`: the store is looked at now, and not only where nobody has for a moment."""
    with suppress(StoreError):  # the query's fields report it
        return await (provider.store.reader() if anew else provider.store.last_reader())
    return None


async def _is_current(reader: Reader) -> bool:
    with suppress(StoreError):  # the query's fields report it
        return await reader.is_current()
    return False


_writes: set[asyncio.Task[GraphQLResponse]] = set()
"""Writes that run. The event loop holds weak references only, and a client that left awaits its write no more."""


async def _run_to_end(work: Coroutine[Any, Any, GraphQLResponse]) -> GraphQLResponse:
    """The result of a write, which goes on when its client leaves."""
    task = asyncio.create_task(work)
    _writes.add(task)
    task.add_done_callback(_writes.discard)
    return await asyncio.shield(task)


def _uncached(response: GraphQLResponse, media: str) -> Response:
    """A response that nobody may cache. Under `application/json` its status is always 200."""
    status = 400 if not response.ran else 403 if response.is_forbidden else 503 if response.is_unanswered else 200
    headers = PRIVATE_HEADERS if response.is_private else {"Cache-Control": "no-store"}
    return Response(response.json, 200 if media == JSON else status, headers, media)


def _cache_headers(tag: str) -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Vary": "Accept, Authorization", "ETag": tag}
