"""Errors as HTTP responses: status, headers, and the payload of a GraphQL error."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.context.errors import BadRequest, MethodNotAllowed, NotFound, error_payload
from graph.errors import BadInput, Forbidden, WattgraphError

_UNCACHED = {"Cache-Control": "no-store"}


def error_response(error: Exception, media: str = "application/json", **more: Any) -> Response:
    """A response with one error, which nobody may cache: 4xx for a bad request, 503 where the store fails, 500 for an
    unexpected error."""
    body = orjson.dumps({"errors": [error_payload(error)], **more})
    if isinstance(error, BadRequest):
        return Response(body, error.status, _UNCACHED | error.headers, media)
    if isinstance(error, Forbidden):
        return Response(body, 403, _UNCACHED, media)
    status = 400 if isinstance(error, BadInput) else 503 if isinstance(error, WattgraphError) else 500
    return Response(body, status, _UNCACHED, media)


async def handle_error(_: Request, error: Exception) -> Response:
    """The exception handler of errors of the project."""
    return error_response(error)


def as_problem(error: HTTPException) -> Exception:
    """An error of the framework itself as one of the project: an unknown address, a method that is not allowed."""
    match error:
        case HTTPException(status_code=404):
            return NotFound("This address does not exist.", remedy="The page / links to all addresses.")
        case HTTPException(status_code=405, headers=headers):
            remedy = "Use one that the header Allow names."
            return MethodNotAllowed("This address does not take the method.", remedy=remedy, headers=headers)
    return error
