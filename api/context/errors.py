"""What an answer tells of an error: a stable code, a message with the remedy. The unexpected is masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError

from graph.errors import BadInput, WattgraphError

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
"""the document is not GraphQL; it was not run"""
MORE_ERRORS = "MORE_ERRORS"
"""there are more errors than are told"""
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
"""the document, or a variable, does not fit the schema"""
INTERNAL = "INTERNAL"
"""something that nobody foresaw; `extensions.id` names it in the log of the service"""


class BadRequest(BadInput):
    """The request is none that can be answered, whatever it asks."""

    code = "BAD_REQUEST"
    status = 400
    """What HTTP calls it."""

    def __init__(self, message: str, *, remedy: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.headers = dict(headers or {})


class HostRefused(BadRequest):
    """The service does not go by the name in the header Host."""

    code = "HOST_REFUSED"


class Unauthenticated(BadRequest):
    """A token is needed, and none came that is good."""

    code = "UNAUTHENTICATED"
    status = 401


class OriginRefused(BadRequest):
    """A page of another origin asks for more than reading."""

    code = "ORIGIN_REFUSED"
    status = 403


class DocumentNotTrusted(BadRequest):
    """Only trusted documents are answered, and this is none."""

    code = "DOCUMENT_NOT_TRUSTED"
    status = 403


class NotFound(BadRequest):
    """There is nothing at the address."""

    code = "NOT_FOUND"
    status = 404


class DocumentNotFound(NotFound):
    """No trusted document has the id."""

    code = "DOCUMENT_NOT_FOUND"


class MethodNotAllowed(BadRequest):
    """The address, or the operation, does not take the method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class NotAcceptable(BadRequest):
    """No media type that the client takes is offered."""

    code = "NOT_ACCEPTABLE"
    status = 406


class RequestTimeout(BadRequest):
    """The body did not arrive in time."""

    code = "REQUEST_TIMEOUT"
    status = 408


class BodyTooLarge(BadRequest):
    """The body has more bytes than are taken."""

    code = "BODY_TOO_LARGE"
    status = 413


class AddressTooLong(BadRequest):
    """The address has more bytes than are taken."""

    code = "ADDRESS_TOO_LONG"
    status = 414


class UnsupportedMediaType(BadRequest):
    """The body is of a media type that is not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class TooManySubscriptions(BadRequest):
    """More operations or connections are told of changes than may be."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    status = 429


class GoingAway(BadRequest):
    """The service is being stopped and takes no connection any more."""

    code = "GOING_AWAY"
    status = 503


class DeadlineExceeded(BadRequest):
    """The answer took longer than it may; the work on it has ended."""

    code = "DEADLINE_EXCEEDED"
    status = 504


def deadline_exceeded(seconds: float) -> DeadlineExceeded:
    remedy = "Ask for less at a time, or allow more in WATTGRAPH_DEADLINE."
    return DeadlineExceeded(f"The answer took longer than {seconds:g} s.", remedy=remedy)


def error_payload(error: BaseException) -> dict[str, Any]:
    """An error as an answer tells it."""
    causes = list(_causes(error))
    if not isinstance(causes[-1], (GraphQLError, WattgraphError)):
        return _masked(error, causes[-1])
    if isinstance(error, GraphQLSyntaxError):
        return _placed(error, error.message, PARSE_FAILED)
    if isinstance(causes[-1], GraphQLError) or (isinstance(error, GraphQLError) and error.path is None):
        return _placed(error, str(error.message), VALIDATION_FAILED)  # type: ignore[attr-defined]
    return _placed(error, str(causes[-1]), causes[-1].code, **causes[-1].details)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it wraps, from the outside in."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _placed(error: BaseException, message: str, code: str, **more: Any) -> dict[str, Any]:
    """With its place in the document and in the answer, as far as it has one."""
    payload: dict[str, Any] = {"message": message, "extensions": {"code": code, **more}}
    if isinstance(error, GraphQLError):
        if error.locations:
            payload["locations"] = [location.formatted for location in error.locations]
        if error.path is not None:
            payload["path"] = error.path
    return payload


def _masked(error: BaseException, cause: BaseException) -> dict[str, Any]:
    """Its text may hold what is nobody's business, so it goes to the log under an id, and only the id goes out."""
    name = uuid4().hex[:12]
    logger.error("Unexpected error %s", name, exc_info=cause)
    return _placed(error, f"Something went wrong. The log of the service tells more under {name}.", INTERNAL, id=name)
