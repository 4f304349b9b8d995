"""Middleware around every other: the record of each request, which goes to the log, the metrics and its span."""

from __future__ import annotations

from contextlib import nullcontext
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fairness.processor_time import charge_step
from api.telemetry.logs import log_request
from api.telemetry.metrics import Metrics
from api.telemetry.request_record import (
    RECORD,
    OperationKind,
    RequestRecord,
    client_network,
    note_code,
    request_id,
)
from api.telemetry.tracing import RequestTracer

REQUEST_ID = "X-Request-ID"
"""The header by which a request is found in the log; a proxy may choose it."""
_SWITCHED = 101


class ObservingMiddleware:
    """Observes requests and WebSockets; changes nothing of an answer but the header that has its id,
    and the one by which a service that stops ends the connection."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: RequestTracer | None = None) -> None:
        self._app, self._metrics, self._tracer = app, metrics, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        record = _begin(scope)
        # it stays set: the handler of unexpected errors runs around this middleware, in the same task
        RECORD.set(record)
        begun = perf_counter()
        headers = dict(Headers(scope=scope)) if self._tracer else {}
        self._metrics.in_progress.inc()
        try:
            with self._tracer.span(headers, record) if self._tracer else nullcontext():
                try:
                    await self._app(scope, receive, _observed(record, scope, send))
                except Exception:
                    record.status = 500
                    note_code("INTERNAL")
                    raise
                finally:
                    charge_step()
                    record.route = _route(scope) or record.route
                    record.seconds = perf_counter() - begun
        finally:
            self._metrics.in_progress.dec()
            self._metrics.count(record)
            log_request(record, scope.get("method", "GET"))


def _begin(scope: Scope) -> RequestRecord:
    headers = Headers(scope=scope)
    client = scope.get("client")
    record = RequestRecord(request_id(headers.get(REQUEST_ID)), client_network(client[0] if client else None))
    if scope["type"] == "websocket":
        record.operation = OperationKind.SUBSCRIPTION
    return record


def _route(scope: Scope) -> str:
    """The pattern of the address, where the address is one of the service."""
    return str(getattr(scope.get("route"), "path", ""))


def _observed(record: RequestRecord, scope: Scope, send: Send) -> Send:
    async def observe(message: Message) -> None:
        match message["type"]:
            case "http.response.start" | "websocket.http.response.start":
                record.status, record.route = message["status"], _route(scope) or record.route
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = record.id
                if scope["app"].state.stopping:
                    headers["Connection"] = "close"
            case "http.response.body":
                record.bytes_sent += len(message.get("body", b""))
            case "websocket.accept":
                record.status = _SWITCHED
            case "websocket.send":
                record.bytes_sent += len(message.get("text") or message.get("bytes") or "")
        await send(message)

    return observe
