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

from api.context.auth import caller_with
from api.context.errors import BadRequest, NotAcceptable, TooManySubscriptions, Unauthenticated, refusal, told
from api.execution.execute import Request
from api.execution.trusted import TrustedDocuments
from api.http.request import read_object, request_of
from api.live.streams import Live, Who, stream
from graph.errors import StoreError

router = APIRouter(include_in_schema=False)

PROTOCOL = "graphql-transport-ws"
MOST_REASON_BYTES = 123
"""A close frame has room for so many."""


class Why(NamedTuple):
    """Why the service closes a connection, as the close frame tells it."""

    code: int
    reason: str


GOING_AWAY = Why(1001, "The service is going away: connect again in a moment")
TOO_BIG = Why(1009, "The message is too long")
TRY_AGAIN = Why(1013, "The store does not answer: connect again in a moment")
FORBIDDEN = Why(4403, "Forbidden: send a good token, as Authorization in the payload of connection_init")
UNAUTHORIZED = Why(4401, "Unauthorized: send connection_init and wait for connection_ack first")
INIT_TIMEOUT = Why(4408, "Connection initialisation timeout")
TOO_MANY_INITS = Why(4429, "Too many initialisation requests")


def invalid(reason: str) -> Why:
    return Why(4400, reason)


def already_exists(id: str) -> Why:
    return Why(4409, f"Subscriber for {id} already exists")


class Close(Exception):
    """The connection has to be closed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@router.websocket("/graphql")
async def graphql(socket: WebSocket) -> None:
    live: Live = socket.app.state.live
    conversation = _Conversation(socket, live)
    try:
        _check_protocol(socket)
        with live.connection(socket, conversation.leave):
            await conversation.run()
    except BadRequest as problem:
        await socket.send_denial_response(refusal(problem))


def _check_protocol(socket: WebSocket) -> None:
    """Raises NotAcceptable, which stands for the protocol's own 4406."""
    if PROTOCOL not in socket.scope["subprotocols"]:
        remedy = f"Ask for Sec-WebSocket-Protocol: {PROTOCOL}."
        raise NotAcceptable("4406: Subprotocol not acceptable.", remedy=remedy)


class _Conversation:
    """One socket: reads what the client sends, and runs its operations, each as a task, until it leaves."""

    def __init__(self, socket: WebSocket, live: Live) -> None:
        self._socket = socket
        self._live = live
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._who: Who | None = None
        """Known after connection_init."""
        self._end = INIT_TIMEOUT
        self._limit = asyncio.timeout(live.settings.live_init_seconds)

    def leave(self) -> None:
        """End the conversation, because the service goes away."""
        self._end = GOING_AWAY
        with suppress(RuntimeError):  # it has ended or is not begun
            self._limit.reschedule(0)

    async def run(self) -> None:
        try:
            async with self._limit:
                await self._socket.accept(PROTOCOL)
                while True:
                    await self._take(await self._message())
        except TimeoutError:
            await self._close(self._end)
        except Close as close:
            await self._close(close.why)
        except WebSocketDisconnect:
            pass
        finally:
            await self._end_operations()

    async def _close(self, why: Why) -> None:
        reason = why.reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
        with suppress(WebSocketDisconnect):
            await self._socket.close(why.code, reason)

    async def _end_operations(self) -> None:
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # what the client sends

    async def _message(self) -> Mapping[str, Any]:
        """The next message. Raises Close, WebSocketDisconnect."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text = event.get("text")
        if text is None:
            raise Close(invalid("Send messages as text"))
        if len(text) > self._live.settings.live_message_bytes:
            raise Close(TOO_BIG)
        try:
            return read_object(text.encode(errors="surrogatepass"), "message")
        except BadRequest as problem:
            raise Close(invalid(problem.message)) from None

    async def _take(self, message: Mapping[str, Any]) -> None:
        """Raises Close."""
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
                self._complete(_id_of(message))
            case other:
                raise Close(invalid(f"Unknown message type {str(other)[:40]!r}"))

    async def _initialise(self, message: Mapping[str, Any]) -> None:
        if self._who is not None:
            raise Close(TOO_MANY_INITS)
        payload = message.get("payload")
        if not isinstance(payload, dict | None):
            raise Close(invalid("The payload of connection_init is no object"))
        self._who = await self._identified(payload or {})
        self._limit.reschedule(None)
        await self._send({"type": "connection_ack"})

    async def _identified(self, payload: Mapping[str, Any]) -> Who:
        """Browsers cannot give a socket headers, so a token may come in the payload as well. Raises Close."""
        named = [str(value) for name, value in payload.items() if name.lower() == "authorization"]
        given = named or self._socket.headers.getlist("authorization")
        who = partial(caller_with, given, self._socket.app.state)
        try:
            await who()
        except Unauthenticated:
            raise Close(FORBIDDEN) from None
        except StoreError:
            raise Close(TRY_AGAIN) from None
        return who

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        if self._who is None:
            raise Close(UNAUTHORIZED)
        id, request = _id_of(message), _request_of(message, self._socket.app.state.trusted)
        if id in self._operations:
            raise Close(already_exists(id))
        most = self._live.settings.live_subscriptions
        if len(self._operations) >= most:
            problem = TooManySubscriptions(
                f"{most} operations are under way on this connection.",
                remedy="Complete one, or open another connection.",
            )
            return await self._send({"id": id, "type": "error", "payload": [told(problem)]})
        self._operations[id] = asyncio.create_task(self._operate(id, request, self._who))

    def _complete(self, id: str) -> None:
        """The id may be used again at once."""
        task = self._operations.pop(id, None)
        if task is not None:
            task.cancel()

    # what it is told

    async def _operate(self, id: str, request: Request, who: Who) -> None:
        """Run an operation to its end: the client's `complete` cancels it."""
        with suppress(WebSocketDisconnect):  # the reader notices as well
            last: dict[str, Any] = {"id": id, "type": "complete"}
            async with aclosing(stream(self._live, request, who, asyncio.Event())) as answers:
                async for answer in answers:
                    if not answer.ran:
                        last = {"id": id, "type": "error", "payload": answer.body["errors"]}
                        break
                    await self._send({"id": id, "type": "next", "payload": answer.body})
            del self._operations[id]
            await self._send(last)

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())


def _id_of(message: Mapping[str, Any]) -> str:
    """Raises Close."""
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Close(invalid("The message has no id"))
    return id


def _request_of(message: Mapping[str, Any], trusted: TrustedDocuments) -> Request:
    """Raises Close."""
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise Close(invalid("The payload of subscribe is no object"))
    try:
        return request_of(payload, trusted)
    except BadRequest as problem:
        raise Close(invalid(f"The payload of subscribe: {problem.message}")) from None
