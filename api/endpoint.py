"""`/graphql`: GraphQL over HTTP, by POST with a JSON body or by GET with query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fastapi
import orjson
from fastapi import APIRouter, Response
from strawberry.types.graphql import OperationType

from api.auth import caller_of
from api.context import Context
from api.errors import BadRequest, told
from api.event_stream import EventStream, prefers_events
from api.execute import Request, answer
from api.holder import StoreHolder
from graph.errors import StoreError

router = APIRouter(include_in_schema=False)

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
"""The media type under which a refused request has a status of its own; under JSON it answers 200 with errors."""


_ALLOWED = {"GET": (OperationType.QUERY,), "POST": (OperationType.QUERY, OperationType.MUTATION)}


@router.get("/graphql")
@router.post("/graphql")
async def graphql(request: fastapi.Request) -> Response:
    holder: StoreHolder = request.app.state.holder
    media = GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else JSON
    try:
        caller = await caller_of(request)
        asked = await _read(request)
        if prefers_events(request.headers.get("accept", "")):
            return EventStream(request.app.state.live, asked, lambda: caller_of(request))
        found = await answer(holder, asked, _ALLOWED[request.method], caller=caller)
    except (BadRequest, StoreError) as problem:
        status, headers = (problem.status, problem.headers) if isinstance(problem, BadRequest) else (503, {})
        body = {"errors": [told(problem)], "extensions": await Context(holder).told(reached_store=False)}
        return Response(orjson.dumps(body), status, headers, media_type=media)
    return Response(found.json, 200 if found.ran or media == JSON else 400, media_type=media)


async def _read(request: fastapi.Request) -> Request:
    """Raises BadRequest."""
    if request.method == "GET":
        asked: dict[str, Any] = dict(request.query_params)
        asked["variables"] = _json(asked.get("variables", "").encode() or b"null", "the variables")
    else:
        _check_content_type(request.headers.get("content-type", ""))
        asked = _mapping(_json(await request.body(), "the body"))
    return Request(_document(asked), _variables(asked), _operation(asked))


def _check_content_type(given: str) -> None:
    kind, *parameters = (part.strip().lower() for part in given.split(";"))
    if kind != JSON or any(part.startswith("charset=") and part.strip('"') not in _UTF8 for part in parameters):
        raise BadRequest("The body is not JSON in UTF-8.", remedy=f"Send it with Content-Type: {JSON}.", status=415)


_UTF8 = ("charset=utf-8", 'charset="utf-8')


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"Cannot read {what} as JSON: {problem}.", remedy="Send one JSON object in UTF-8.") from None


def _mapping(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest("The body is no JSON object.", remedy='Send {"query": "...", "variables": {}}.')
    return body


def _document(asked: Mapping[str, Any]) -> str:
    document = asked.get("query")
    if not isinstance(document, str) or not document:
        raise BadRequest("The request has no query.", remedy="Send a GraphQL document as the text of `query`.")
    return document


def _variables(asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    variables = asked.get("variables")
    if not isinstance(variables, dict | None):
        raise BadRequest("The variables are no JSON object.", remedy="Send `variables` as an object, by name.")
    return variables


def _operation(asked: Mapping[str, Any]) -> str | None:
    operation = asked.get("operationName") or None
    if not isinstance(operation, str | None):
        raise BadRequest("The operationName is no text.", remedy="Send the name of an operation of the document.")
    return operation
