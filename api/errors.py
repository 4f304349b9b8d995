"""What an answer tells of an error: a stable code, a message with the remedy. The unexpected is masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import JSONResponse
from graphql import GraphQLError, GraphQLSyntaxError

from graph.errors import BadInput, WattgraphError

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"


class BadRequest(BadInput):
    """A request that is no GraphQL request; `status` is what HTTP calls it."""

    code = "BAD_REQUEST"

    def __init__(
        self, message: str, *, remedy: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
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
    return _placed(error, str(causes[-1]), causes[-1].code, **causes[-1].details)


async def problem(_: Request, error: Exception) -> JSONResponse:
    """An error as the answer of a page: what was given is wrong (400), or the store does not answer (503)."""
    code = error.code if isinstance(error, WattgraphError) else INTERNAL
    if isinstance(error, BadRequest):
        return JSONResponse({"error": str(error), "code": code}, error.status, error.headers)
    return JSONResponse({"error": str(error), "code": code}, 400 if isinstance(error, BadInput) else 503)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it wraps, from the outside in."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _placed(error: BaseException, message: str, code: str, **more: Any) -> dict[str, Any]:
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
