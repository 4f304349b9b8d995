"""GraphQL over WebSocket at `/graphql`, by the protocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api.context.auth import authenticate_headers
from api.context.errors import (
    BadRequest,
    DocumentNotFound,
    DocumentNotTrusted,
    NotAcceptable,
    PersistedQueryNotFound,
    TooManySubscriptions,
    Unauthenticated,
    error_payload,
)
from api.execution.trusted_documents import TrustedDocuments
from api.execution.validation import GraphQLRequest
from api.http.errors import error_response
from api.http.request import build_request, parse_json_object
from api.live.hub import SubscriptionHub
from api.live.response_stream import Authenticator, stream_responses
from graph.errors import StoreError

router = APIRouter(include_in_schema=False)

PROTOCOL = "graphql-transport-ws"
_DOCUMENT_REFUSED = (DocumentNotFound, DocumentNotTrusted, PersistedQueryNotFound)
"""They end one operation. The message is as the protocol has it, so the connection stays open."""
MAX_REASON_BYTES = 123
"""The room of a close frame."""


class CloseReason(NamedTuple):
    """Why the service closes a connection, as the close frame says."""

    code: int
    text: str


GOING_AWAY = CloseReason(1001, "The service is going away: connect again in a moment")
TOO_BIG = CloseReason(1009, "The message is too long")
TRY_AGAIN = CloseReason(1013, "The store does not answer: connect again in a moment")
FORBIDDEN = CloseReason(4403, "Forbidden: send a valid token, as Authorization in the payload of connection_init")
UNAUTHORIZED = CloseReason(4401, "Unauthorized: send connection_init and wait for connection_ack first")
INIT_TIMEOUT = CloseReason(4408, "Connection initialisation timeout")
TOO_MANY_INITS = CloseReason(4429, "Too many initialisation requests")


def invalid(reason: str) -> CloseReason:
    return CloseReason(4400, reason)


def already_exists(id: str) -> CloseReason:
    return CloseReason(4409, f"Subscriber for {id} already exists")


class CloseConnection(Exception):
    """The service closes the connection for this reason."""

    def __init__(self, reason: CloseReason) -> None:
        super().__init__(reason)
        self.reason = reason


@router.websocket("/graphql")
async def graphql(socket: WebSocket) -> None:
    hub: SubscriptionHub = socket.app.state.hub
    session = _WebSocketSession(socket, hub)
    try:
        _check_protocol(socket)
        with hub.connection(socket, session.leave):
            await session.run()
    except BadRequest as problem:
        await socket.send_denial_response(error_response(problem))


def _check_protocol(socket: WebSocket) -> None:
    """Raises NotAcceptable, in place of the protocol's close code 4406."""
    if PROTOCOL not in socket.scope["subprotocols"]:
        remedy = f"Ask for Sec-WebSocket-Protocol: {PROTOCOL}."
        raise NotAcceptable("4406: Subprotocol not acceptable.", remedy=remedy)


class _WebSocketSession:
    """One socket: reads the messages of the client and runs its operations, each as a task, until it leaves."""

    def __init__(self, socket: WebSocket, hub: SubscriptionHub) -> None:
        self._socket = socket
        self._hub = hub
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._authenticate: Authenticator | None = None
        """Set by connection_init."""
        self._timeout_reason = INIT_TIMEOUT
        self._timeout = asyncio.timeout(hub.settings.live_init_seconds)

    def leave(self) -> None:
        """Close the connection, because the service stops."""
        self._timeout_reason = GOING_AWAY
        with suppress(RuntimeError):  # it has ended or has not begun
            self._timeout.reschedule(0)

    async def run(self) -> None:
        try:
            async with self._timeout:
                await self._socket.accept(PROTOCOL)
                while True:
                    await self._handle(await self._receive())
        except TimeoutError:
            await self._close(self._timeout_reason)
        except CloseConnection as close:
            await self._close(close.reason)
        except WebSocketDisconnect:
            pass
        finally:
            await self._cancel_operations()

    async def _close(self, reason: CloseReason) -> None:
        text = reason.text.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(WebSocketDisconnect):
            await self._socket.close(reason.code, text)

    async def _cancel_operations(self) -> None:
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # messages of the client

    async def _receive(self) -> Mapping[str, Any]:
        """The next message. Raises CloseConnection, WebSocketDisconnect."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text = event.get("text")
        if text is None:
            raise CloseConnection(invalid("Send messages as text"))
        if len(text) > self._hub.settings.live_message_bytes:
            raise CloseConnection(TOO_BIG)
        try:
            return parse_json_object(text.encode(errors="surrogatepass"), "message")
        except BadRequest as problem:
            raise CloseConnection(invalid(problem.message)) from None

    async def _handle(self, message: Mapping[str, Any]) -> None:
        """Raises CloseConnection."""
        match message.get("type"):
            case "connection_init":
                await self._initialise(message)
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._complete(_operation_id(message))
            case other:
                raise CloseConnection(invalid(f"Unknown message type {str(other)[:40]!r}"))

    async def _initialise(self, message: Mapping[str, Any]) -> None:
        if self._authenticate is not None:
            raise CloseConnection(TOO_MANY_INITS)
        payload = message.get("payload")
        if not isinstance(payload, dict | None):
            raise CloseConnection(invalid("The payload of connection_init is no object"))
        self._authenticate = await self._authenticator(payload or {})
        self._timeout.reschedule(None)
        await self._send({"type": "connection_ack"})

    async def _authenticator(self, payload: Mapping[str, Any]) -> Authenticator:
        """Browsers cannot set headers of a WebSocket, so a token may also come in the payload.

        Raises CloseConnection."""
        in_payload = [str(value) for name, value in payload.items() if name.lower() == "authorization"]
        authorizations = in_payload or self._socket.headers.getlist("authorization")
        state = self._socket.app.state
        authenticate = partial(authenticate_headers, authorizations, state.settings, state.provider)
        try:
            await authenticate()
        except Unauthenticated:
            raise CloseConnection(FORBIDDEN) from None
        except StoreError:
            raise CloseConnection(TRY_AGAIN) from None
        return authenticate

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        if self._authenticate is None:
            raise CloseConnection(UNAUTHORIZED)
        id = _operation_id(message)
        try:
            request = _request(message, self._socket.app.state.trusted_documents)
        except _DOCUMENT_REFUSED as refusal:
            return await self._refuse(id, refusal)
        if id in self._operations:
            raise CloseConnection(already_exists(id))
        max_operations = self._hub.settings.live_subscriptions
        if len(self._operations) >= max_operations:
            problem = TooManySubscriptions(
                f"{max_operations} operations are under way on this connection.",
                remedy="Complete one, or open another connection.",
            )
            return await self._refuse(id, problem)
        self._operations[id] = asyncio.create_task(self._run_operation(id, request, self._authenticate))

    def _complete(self, id: str) -> None:
        """The client may reuse the id at once."""
        task = self._operations.pop(id, None)
        if task is not None:
            task.cancel()

    # messages of the service

    async def _run_operation(self, id: str, request: GraphQLRequest, authenticate: Authenticator) -> None:
        """Run an operation to its end, unless the client's `complete` cancels it."""
        with suppress(WebSocketDisconnect):  # `_receive` raises it as well
            last: dict[str, Any] = {"id": id, "type": "complete"}
            async with aclosing(stream_responses(self._hub, request, authenticate, asyncio.Event())) as responses:
                async for response in responses:
                    if not response.ran:
                        last = {"id": id, "type": "error", "payload": response.body["errors"]}
                        break
                    await self._send({"id": id, "type": "next", "payload": response.body})
            del self._operations[id]
            await self._send(last)

    async def _refuse(self, id: str, problem: BadRequest) -> None:
        """End an operation that does not run; the connection stays open."""
        await self._send({"id": id, "type": "error", "payload": [error_payload(problem)]})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())


def _operation_id(message: Mapping[str, Any]) -> str:
    """Raises CloseConnection."""
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise CloseConnection(invalid("The message has no id"))
    return id


def _request(message: Mapping[str, Any], trusted_documents: TrustedDocuments) -> GraphQLRequest:
    """Raises CloseConnection, and what refuses a document."""
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise CloseConnection(invalid("The payload of subscribe is no object"))
    try:
        return build_request(payload, trusted_documents)
    except _DOCUMENT_REFUSED:
        raise
    except BadRequest as problem:
        raise CloseConnection(invalid(f"The payload of subscribe: {problem.message}")) from None
