"""`/graphql`: GraphQL over HTTP, by POST with a JSON body or by GET with query parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import fastapi
from fastapi import APIRouter, Response
from graphql import OperationType as Operation

from api.context.auth import Caller
from api.context.errors import BadRequest, deadline_exceeded
from api.context.limits import Limits
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.execute import (
    GraphQLRequest,
    GraphQLResponse,
    ValidatedRequest,
    ValidationFailed,
    rejected,
    run,
    validate_request,
)
from api.execution.response_cache import ResponseCache, entity_tag
from api.http.authentication import authenticate
from api.http.caching import is_known
from api.http.errors import error_response
from api.http.event_stream import EventStream
from api.http.guard import ENDPOINT, check_origin
from api.http.negotiation import EVENTS, JSON, OFFERED, accepted
from api.http.request import read_request
from graph.errors import StoreError
from graph.settings import Settings
from graph.stores.base import Reader

router = APIRouter(include_in_schema=False)
T = TypeVar("T")
_READS = (Operation.QUERY,)
_ALLOWED = {"GET": _READS, "HEAD": _READS, "POST": (*_READS, Operation.MUTATION)}
"""The kinds of operations that a method may run. A GET changes nothing."""


class ClientLeft(Exception):
    """Nobody waits for the answer."""


@router.api_route(ENDPOINT, methods=["GET", "HEAD", "POST"])
async def graphql(request: fastapi.Request) -> Response:
    state = request.app.state
    settings: Settings = state.settings
    media = JSON
    try:
        media = accepted(",".join(request.headers.getlist("accept")), (*OFFERED, EVENTS))
        caller = await authenticate(request)
        asked = await read_request(request)
        if media == EVENTS:
            check_origin(request.headers, settings)  # a GET too: it takes a place
            return EventStream(state.hub, asked, lambda: authenticate(request))
        return await _answered(request, asked, caller, media)
    except (BadRequest, StoreError) as problem:
        return error_response(
            problem,
            JSON if media == EVENTS else media,
            extensions=await RequestContext(state.provider).extensions(reached_store=False),
        )
    except ClientLeft:
        return Response(status_code=400)


async def _answered(request: fastapi.Request, asked: GraphQLRequest, caller: Caller, media: str) -> Response:
    """Raises BadRequest. A write is not given up when its client leaves, and has the deadlines of its store."""
    state = request.app.state
    provider: StoreProvider = state.provider
    limits = Limits.of(state.settings)
    try:
        validated = validate_request(asked, _ALLOWED[request.method], limits)
    except ValidationFailed as problem:
        return _fresh(await rejected(provider, problem, limits), media)
    if validated.kind is Operation.MUTATION:
        return _fresh(await _to_its_end(run(provider, validated, limits, caller)), media)
    return await _while_waited_for(request, _read(request, validated, caller, media), state.settings.deadline)


async def _read(request: fastapi.Request, validated: ValidatedRequest, caller: Caller, media: str) -> Response:
    """The answer of a query: from what is kept, where nothing has changed since; else anew."""
    provider: StoreProvider = request.app.state.provider
    answers: ResponseCache = request.app.state.answers
    limits = Limits.of(request.app.state.settings)
    reader = await _reader(provider)
    if reader is None:
        return _fresh(await run(provider, validated, limits, caller), media)
    tag = entity_tag(reader, provider.store.scenarios, validated.request, media)
    if request.method != "POST" and is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=_told(tag))
    body = answers.get(tag)
    if body is None:
        found = await run(provider, validated, limits, caller)
        if found.failed or found.version != reader.version.id:
            return _fresh(found, media)
        body = found.json
        answers.keep(tag, body)
    return Response(body, headers=_told(tag), media_type=media)


async def _reader(provider: StoreProvider) -> Reader | None:
    with suppress(StoreError):  # the fields that fail for it tell
        return await provider.store.reader()
    return None


_writing: set[asyncio.Task[GraphQLResponse]] = set()
"""What would be forgotten while it runs, since nobody waits for it any more."""


async def _to_its_end(work: Coroutine[Any, Any, GraphQLResponse]) -> GraphQLResponse:
    """A write that has begun is not given up when its client leaves."""
    task = asyncio.create_task(work)
    _writing.add(task)
    task.add_done_callback(_writing.discard)
    return await asyncio.shield(task)


def _fresh(found: GraphQLResponse, media: str) -> Response:
    """An answer that nobody keeps. Under JSON whatever is GraphQL answers 200."""
    status = 400 if not found.ran else 403 if found.forbidden else 200
    return Response(found.json, 200 if media == JSON else status, {"Cache-Control": "no-store"}, media)


def _told(tag: str) -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Vary": "Accept, Authorization", "ETag": tag}


async def _while_waited_for(request: fastapi.Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What the work gives. It ends at its next await when the client leaves, or the time is over.

    Raises ClientLeft, DeadlineExceeded."""
    working, leaving = asyncio.create_task(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({working, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if leaving.done():
            raise ClientLeft
        raise deadline_exceeded(seconds)
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
