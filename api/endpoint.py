"""`/graphql`: GraphQL over HTTP, by POST with a JSON body or by GET with query parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import fastapi
from fastapi import APIRouter, Response
from strawberry.types.graphql import OperationType

from api.answers import Answers, entity_tag, is_known
from api.context import Context
from api.errors import BadRequest, refusal
from api.execute import Answer, Request, answer
from api.holder import StoreHolder
from api.negotiation import JSON, accepted
from api.request import read_request
from graph.errors import StoreError
from graph.settings import Settings
from graph.stores.base import Reader

router = APIRouter(include_in_schema=False)
T = TypeVar("T")
_BY_METHOD = {"GET": (OperationType.QUERY,), "HEAD": (OperationType.QUERY,), "POST": (OperationType.QUERY,)}
"""The kinds of operations that a method may run. A GET changes nothing."""


class ClientLeft(Exception):
    """Nobody waits for the answer."""


@router.api_route("/graphql", methods=["GET", "HEAD", "POST"])
async def graphql(request: fastapi.Request) -> Response:
    state = request.app.state
    settings: Settings = state.settings
    media = JSON
    try:
        media = accepted(",".join(request.headers.getlist("accept")))
        asked = await read_request(request, state.trusted, settings.body_deadline)
        return await _while_waited_for(request, _answered(request, asked, media), settings.deadline)
    except BadRequest as problem:
        return refusal(problem, media, extensions=await Context(state.holder).told(reached_store=False))
    except ClientLeft:
        return Response(status_code=400)


async def _answered(request: fastapi.Request, asked: Request, media: str) -> Response:
    """From what is kept, where nothing has changed since; else anew."""
    answers: Answers = request.app.state.answers
    holder: StoreHolder = request.app.state.holder
    reader = await _reader(holder)
    tag = entity_tag(reader, asked, media) if reader else None
    if tag and request.method != "POST" and is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=_headers(tag))
    body = answers.get(tag) if tag else None
    if body is not None:
        return Response(body, headers=_headers(tag), media_type=media)
    found = await answer(holder, asked, _BY_METHOD[request.method])
    if tag and reader and _holds(found, reader):
        answers.keep(tag, found.json)
        return Response(found.json, headers=_headers(tag), media_type=media)
    return Response(found.json, 200 if found.ran or media == JSON else 400, _headers(None), media)


async def _reader(holder: StoreHolder) -> Reader | None:
    with suppress(StoreError):  # the fields that fail for it tell
        return await holder.store.reader()
    return None


def _holds(found: Answer, reader: Reader) -> bool:
    """Whether the same request has the same answer as long as the data stays."""
    return not found.failed and found.body["extensions"]["dataVersion"] == reader.version.id


def _headers(tag: str | None) -> dict[str, str]:
    told = {"Cache-Control": "no-cache" if tag else "no-store", "Vary": "Accept, Authorization"}
    return {**told, "ETag": tag} if tag else told


async def _while_waited_for(request: fastapi.Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What the work gives. It ends at its next await when the client leaves, or the time is over.

    Raises ClientLeft, BadRequest (504)."""
    working, leaving = asyncio.create_task(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({working, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if leaving.done():
            raise ClientLeft
        raise BadRequest(
            f"The answer took longer than {seconds:g} s.",
            remedy="Ask for less at a time, or allow more in WATTGRAPH_DEADLINE.",
            status=504,
        )
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
