"""What an answer tells of an error: a stable code, a message with the remedy. The unexpected is masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import orjson
from fastapi import Request, Response
from graphql import GraphQLError, GraphQLSyntaxError
from starlette.exceptions import HTTPException

from graph.errors import BadInput, WattgraphError

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
"""the document is not GraphQL; it was not run"""
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
"""the document, or a variable, does not fit the schema"""
INTERNAL = "INTERNAL"
"""something that nobody foresaw; `extensions.id` names it in the log of the service"""


STATUS_CODES: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    408: "REQUEST_TIMEOUT",
    413: "BODY_TOO_LARGE",
    414: "ADDRESS_TOO_LONG",
    415: "UNSUPPORTED_MEDIA_TYPE",
    504: "DEADLINE_EXCEEDED",
}
"""The code of an error that HTTP has a status for."""


class BadRequest(BadInput):
    """A request that is not answered as it was sent; `status` is what HTTP calls it."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        status: int = 400,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.code = code or STATUS_CODES[status]
        self.headers = dict(headers or {})


def told(error: BaseException) -> dict[str, Any]:
    """An error as an answer tells it."""
    causes = list(_causes(error))
    if not isinstance(causes[-1], (GraphQLError, WattgraphError)):
        return _masked(error, causes[-1])
    if isinstance(error, GraphQLSyntaxError):
        return _placed(error, error.message, PARSE_FAILED)
    if isinstance(causes[-1], GraphQLError) or (isinstance(error, GraphQLError) and error.path is None):
        return _placed(error, str(error.message), VALIDATION_FAILED)  # type: ignore[attr-defined]
    return _placed(error, str(causes[-1]), causes[-1].code)


def refusal(problem: BadRequest, media: str = "application/json", **more: Any) -> Response:
    """The answer to a request that was refused."""
    body = orjson.dumps({"errors": [told(problem)], **more})
    return Response(body, problem.status, problem.headers, media)


async def problem(_: Request, error: Exception) -> Response:
    """Any other error as the answer of a page: wrongly asked 400, the store does not answer 503, unexpected 500."""
    status = 400 if isinstance(error, BadInput) else 503 if isinstance(error, WattgraphError) else 500
    return Response(orjson.dumps({"errors": [told(error)]}), status, media_type="application/json")


async def http_problem(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such page, another method, too large a body."""
    if not isinstance(error, HTTPException):
        return await problem(request, error)
    message, remedy = _HTTP_PROBLEMS.get(error.status_code, (f"{error.detail}.", "Look at the address and the method."))
    code = STATUS_CODES.get(error.status_code, "BAD_REQUEST")
    found = BadRequest(message, remedy=remedy, status=error.status_code, code=code, headers=error.headers)
    return refusal(found)


_HTTP_PROBLEMS: Mapping[int, tuple[str, str]] = {
    404: ("There is nothing at this address.", "The page / leads to all that there is."),
    405: ("This address does not take the method.", "Use one that the header Allow names."),
}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it wraps, from the outside in."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _placed(error: BaseException, message: str, code: str, **more: str) -> dict[str, Any]:
    """With its place in the document and in the answer, as far as it has one."""
    shown: dict[str, Any] = {"message": message, "extensions": {"code": code, **more}}
    if isinstance(error, GraphQLError):
        if error.locations:
            shown["locations"] = [location.formatted for location in error.locations]
        if error.path is not None:
            shown["path"] = error.path
    return shown


def _masked(error: BaseException, cause: BaseException) -> dict[str, Any]:
    """Its text may hold what is nobody's business, so it goes to the log under an id, and only the id goes out."""
    name = uuid4().hex[:12]
    logger.error("Unexpected error %s", name, exc_info=cause)
    return _placed(error, f"Something went wrong. The log of the service tells more under {name}.", INTERNAL, id=name)
