"""Errors of requests, and errors as answers show them: a stable code, and a message with the remedy. An unexpected
error is masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError

from api.telemetry.request_record import note_code
from graph.errors import BadInput, WattgraphError

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
"""the document is not GraphQL; it was not run"""
MORE_ERRORS = "MORE_ERRORS"
"""there are more errors than the answer shows"""
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
"""the document, or a variable, does not fit the schema"""
INTERNAL = "INTERNAL"
"""an unexpected error; `extensions.id` names it in the log of the service"""


class BadRequest(BadInput):
    """The request is malformed."""

    code = "BAD_REQUEST"
    status = 400
    """The HTTP status."""

    def __init__(self, message: str, *, remedy: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.headers = dict(headers or {})


class HostRefused(BadRequest):
    """The header Host names none of the hosts of the service."""

    code = "HOST_REFUSED"


class Unauthenticated(BadRequest):
    """The request needs a valid token and has none."""

    code = "UNAUTHENTICATED"
    status = 401


class OriginRefused(BadRequest):
    """A page of another origin sends a POST or opens a subscription."""

    code = "ORIGIN_REFUSED"
    status = 403


class BeingComputed(BadRequest):
    """The answer takes longer than a request may; it is being computed, and is there when it is asked for again."""

    code = "BEING_COMPUTED"
    status = 503


class DocumentNotTrusted(BadRequest):
    """The document is not trusted, and the service runs trusted documents only."""

    code = "DOCUMENT_NOT_TRUSTED"
    status = 403


class NotFound(BadRequest):
    """The address does not exist."""

    code = "NOT_FOUND"
    status = 404


class DocumentNotFound(NotFound):
    """No trusted document has the id."""

    code = "DOCUMENT_NOT_FOUND"


class PersistedQueryNotFound(BadRequest):
    """No document of the hash in `extensions.persistedQuery` is cached; clients then send the text along.

    Clients recognize it by its whole message, and some read no answer but one of status 200."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    status = 200

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound", remedy="Send the text of the query together with its hash.")

    def __str__(self) -> str:
        return self.message

    @property
    def details(self) -> Mapping[str, Any]:
        return {"remedy": self.remedy}


class MethodNotAllowed(BadRequest):
    """The address, or the operation, does not take the method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class NotAcceptable(BadRequest):
    """The service offers no media type that the client accepts."""

    code = "NOT_ACCEPTABLE"
    status = 406


class RequestTimeout(BadRequest):
    """The body did not arrive in time."""

    code = "REQUEST_TIMEOUT"
    status = 408


class BodyTooLarge(BadRequest):
    """The body has more bytes than the limit."""

    code = "BODY_TOO_LARGE"
    status = 413


class AddressTooLong(BadRequest):
    """The address has more bytes than the limit."""

    code = "ADDRESS_TOO_LONG"
    status = 414


class UnsupportedMediaType(BadRequest):
    """The body is not `application/json` in UTF-8, or it is compressed."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class TooManySubscriptions(BadRequest):
    """The limit of subscriptions or of their connections is reached."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    status = 429


class TooManyRequests(BadRequest):
    """Too many requests of the client wait, or the service was busy with others for too long."""

    code = "TOO_MANY_REQUESTS"
    status = 429


class BudgetSpent(BadRequest):
    """The client has spent its processor time; `retryAfterSeconds` says when it has some again."""

    code = "BUDGET_SPENT"
    status = 429

    def __init__(self, spent: float, seconds: int) -> None:
        """`spent`: seconds of processor time; `seconds`: until there is more."""
        remedy = f"Ask again in {seconds} s, and for less at a time; docs/fairness.md says what a budget buys."
        super().__init__(
            "This client has spent its processor time.", remedy=remedy, headers={"Retry-After": str(seconds)}
        )
        self._details = {"spentSeconds": round(spent, 3), "retryAfterSeconds": seconds}

    @property
    def details(self) -> Mapping[str, Any]:
        return self._details


class NotInstalled(BadRequest):
    """The address needs a library that is not installed."""

    code = "NOT_INSTALLED"
    status = 501


class WorkerEnded(BadRequest):
    """The process that made the answer ended before it was done, for instance because it needed too much memory."""

    code = "WORKER_ENDED"
    status = 503


class GoingAway(BadRequest):
    """The service is stopping and accepts no more connections."""

    code = "GOING_AWAY"
    status = 503


class DeadlineExceeded(BadRequest):
    """The answer took longer than the deadline, and was cancelled."""

    code = "DEADLINE_EXCEEDED"
    status = 504


def deadline_exceeded(seconds: float) -> DeadlineExceeded:
    remedy = "Ask for less at a time, or allow more in WATTGRAPH_DEADLINE."
    return DeadlineExceeded(f"The answer took longer than {seconds:g} s.", remedy=remedy)


def error_payload(error: BaseException) -> dict[str, Any]:
    """An error as an entry of `errors` in an answer."""
    causes = list(_causes(error))
    if not isinstance(causes[-1], (GraphQLError, WattgraphError)):
        return _masked(error, causes[-1])
    if isinstance(error, GraphQLSyntaxError):
        return _payload(error, error.message, PARSE_FAILED)
    if isinstance(causes[-1], GraphQLError) or (isinstance(error, GraphQLError) and error.path is None):
        return _payload(error, str(error.message), VALIDATION_FAILED)  # type: ignore[attr-defined]
    return _payload(error, str(causes[-1]), causes[-1].code, **causes[-1].details)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and the errors that it wraps, from the outside in."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _payload(error: BaseException, message: str, code: str, **more: Any) -> dict[str, Any]:
    """With the location in the document and the path in the answer, where the error has them."""
    note_code(code)
    payload: dict[str, Any] = {"message": message, "extensions": {"code": code, **more}}
    if isinstance(error, GraphQLError):
        if error.locations:
            payload["locations"] = [location.formatted for location in error.locations]
        if error.path is not None:
            payload["path"] = error.path
    return payload


def _masked(error: BaseException, cause: BaseException) -> dict[str, Any]:
    """An error whose text may hold secrets: it is logged under an id, and the answer shows the id alone."""
    id = uuid4().hex[:12]
    logger.error("Unexpected error %s", id, exc_info=cause)
    return _payload(error, f"Something went wrong. The log of the service has the details under {id}.", INTERNAL, id=id)
