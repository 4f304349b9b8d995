"""Requests that workers answer: pages, pictures, reports, exports and feeds, queries that cost much, and whatever a
client asks that has spent much lately."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context.connection import read_body, run_while_connected
from api.fairness.budgets import Account
from api.fairness.workers import RECORD_HEADER, Forwarded, WorkerAnswer, WorkerPool
from api.telemetry.request_record import current_record, note_described
from graph.settings import Settings

_LASTING = ("/mcp",)
"""Beginnings of addresses whose answers may last as long as the client likes."""
_SERVED_BY_THE_SERVICE = (*_LASTING, "/graphql", "/graphiql", "/static/", "/browser/", "/schema.graphql", "/metrics")
"""Beginnings of those that are answered quickly."""
_LONG_BODY_BYTES = 50_000
_GRACE_SECONDS = 2.0
"""What a worker gets beyond the deadline, which it keeps itself."""
_PART_BYTES = 64_000
_OF_THE_CONNECTION = frozenset({b"connection", b"keep-alive", b"transfer-encoding", RECORD_HEADER})
"""Headers of an answer that are not handed on."""
_REPLACED = _OF_THE_CONNECTION | {b"content-length", b"x-forwarded-for", b"x-forwarded-proto", b"x-request-id"}
"""Those of a request."""
_OF_A_GET = frozenset({b"content-type", b"if-none-match", b"origin", b"sec-fetch-site"})
"""Those that do not fit the same request by POST, or that the service has judged."""


def is_long(scope: Scope) -> bool:
    """Whether a request may take long whoever sends it: a read, of anything but the addresses answered quickly; or a
    long body, which takes long to parse."""
    if scope["method"] in ("GET", "HEAD"):
        return not scope["path"].startswith(_SERVED_BY_THE_SERVICE)
    length = Headers(scope=scope).get("content-length", "")
    return length.isdecimal() and int(length) > _LONG_BODY_BYTES


def may_be_forwarded(scope: Scope) -> bool:
    """Whether the answer to a request ends, so that a worker is free again, and nothing is written: a write goes on
    when its client leaves, and a worker does not."""
    accepted = Headers(scope=scope).get("accept", "")
    return not (scope["path"].startswith(_LASTING) or "text/event-stream" in accepted or may_write(scope))


def may_write(scope: Scope) -> bool:
    """Whether a request may change something: it needs a token to."""
    return scope["method"] not in ("GET", "HEAD") and "authorization" in Headers(scope=scope)


async def forward(workers: WorkerPool, account: Account, scope: Scope, receive: Receive, settings: Settings) -> ASGIApp:
    """The response of a worker. Raises ClientDisconnected, BadRequest."""
    body = await read_body(Headers(scope=scope), receive, settings.limit_body_bytes, settings.body_deadline)
    answering = workers.answer(account, _forwarded(scope, body))
    return response_of(await run_while_connected(receive, answering, settings.deadline + _GRACE_SECONDS))


FORWARD_DOCUMENT = "wattgraph.forward_document"
"""In the scope of a request that the service has begun to answer: has a worker answer it instead."""
ForwardDocument = Callable[[Mapping[str, Any]], Awaitable[WorkerAnswer]]
"""Takes the parameters of a GraphQL request. Raises WorkerEnded."""


async def forward_document(
    workers: WorkerPool, account: Account, scope: Scope, parameters: Mapping[str, Any]
) -> WorkerAnswer:
    """The answer of a worker to a GraphQL request, by whatever method it came. Raises WorkerEnded."""
    headers = [(name, value) for name, value in scope["headers"] if name not in _OF_A_GET]
    headers.append((b"content-type", b"application/json"))
    posted = {**scope, "method": "POST", "query_string": b"", "headers": headers}
    return await workers.answer(account, _forwarded(posted, orjson.dumps(parameters)))


def _forwarded(scope: Scope, body: bytes) -> Forwarded:
    query = scope["query_string"]
    client = scope["client"][0] if scope.get("client") else ""
    headers = [
        *((name, value) for name, value in scope["headers"] if name not in _REPLACED),
        (b"x-forwarded-for", client.encode()),
        (b"x-forwarded-proto", scope.get("scheme", "http").encode()),
        *([(b"x-request-id", record.id.encode())] if (record := current_record()) else []),
    ]
    return Forwarded(scope["method"], scope["raw_path"] + (b"?" + query if query else b""), headers, body)


def response_of(answer: WorkerAnswer) -> ASGIApp:
    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        received = [(name.lower(), value) for name, value in answer.headers]
        note_described(dict(received).get(RECORD_HEADER, b"{}"))
        headers = [(name, value) for name, value in received if name not in _OF_THE_CONNECTION]
        with answer.content:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            while part := answer.content.read(_PART_BYTES):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    return respond
