"""Errors as answers over HTTP: a status, headers, and the error as GraphQL tells it."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.context.errors import BadRequest, MethodNotAllowed, NotFound, error_payload
from graph.errors import BadInput, WattgraphError


def error_response(error: Exception, media: str = "application/json", **more: Any) -> Response:
    """The answer in place of what was asked: wrongly asked 4xx, the store does not answer 503, unexpected 500."""
    body = orjson.dumps({"errors": [error_payload(error)], **more})
    if isinstance(error, BadRequest):
        return Response(body, error.status, error.headers, media)
    status = 400 if isinstance(error, BadInput) else 503 if isinstance(error, WattgraphError) else 500
    return Response(body, status, media_type=media)


async def handle_error(_: Request, error: Exception) -> Response:
    """An error as the answer of a page."""
    return error_response(error)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such page, another method."""
    match error:
        case HTTPException(status_code=404):
            remedy = "The page / leads to all that there is."
            return error_response(NotFound("There is nothing at this address.", remedy=remedy))
        case HTTPException(status_code=405, headers=headers):
            remedy = "Use one that the header Allow names."
            return error_response(
                MethodNotAllowed("This address does not take the method.", remedy=remedy, headers=headers)
            )
    return await handle_error(request, error)
