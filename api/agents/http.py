"""`/mcp`: the server over streamable HTTP. Each request stands for itself: there are no sessions, and the answer to one
is one JSON text, in the protocol of 2026-07-28 and in those before it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import fastapi
from fastapi import APIRouter, Response
from starlette.types import Message, Receive

from api.agents.sdk import import_sdk
from api.agents.server import create_server
from api.context.connection import ClientDisconnected, read_body, run_while_connected
from api.context.errors import NotInstalled
from api.context.store_provider import StoreProvider
from api.http.authentication import authenticate
from api.http.request import check_content_encoding, check_content_type, parse_json_object
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadSettings
from graph.settings import Settings

if TYPE_CHECKING:
    from mcp.server import streamable_http_manager
else:
    streamable_http_manager = lazy_import("mcp.server.streamable_http_manager")

MCP = "/mcp"
_GRACE_SECONDS = 5.0
"""Beyond the deadline of a call, which tells its end better."""
router = APIRouter(include_in_schema=False)


class AgentDoor:
    """The server of `/mcp`, begun at the first request: most services never have one."""

    def __init__(self, provider: StoreProvider, settings: Settings) -> None:
        self._provider, self._settings = provider, settings
        self._beginning = asyncio.Lock()
        self._end = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._manager: streamable_http_manager.StreamableHTTPSessionManager | None = None

    async def manager(self) -> streamable_http_manager.StreamableHTTPSessionManager:
        """Raises NotInstalled."""
        async with self._beginning:
            if self._manager is None:
                self._manager = await self._begin()
            return self._manager

    async def _begin(self) -> streamable_http_manager.StreamableHTTPSessionManager:
        try:
            await asyncio.to_thread(import_sdk)
        except BadSettings as error:
            raise NotInstalled(error.message, remedy=error.remedy) from None
        server = create_server(self._provider, self._settings)
        # hosts and origins are checked by the guard of the service
        manager = streamable_http_manager.StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        begun = asyncio.Event()
        self._serving = asyncio.create_task(self._serve(manager, begun))
        await begun.wait()
        return manager

    async def _serve(self, manager: Any, begun: asyncio.Event) -> None:
        """In a task of its own, since the manager has to be left by the task that entered it."""
        async with manager.run():
            begun.set()
            await self._end.wait()

    async def close(self) -> None:
        self._end.set()
        if self._serving is not None:
            with suppress(asyncio.CancelledError):
                await self._serving


@router.post(MCP)
async def mcp(request: fastapi.Request) -> Response:
    """Raises BadRequest, StoreError."""
    settings: Settings = request.app.state.settings
    await authenticate(request)
    body = await read_body(request.headers, request.receive, settings.limit_body_bytes, settings.body_deadline)
    check_content_type(request.headers.get("content-type", ""))
    check_content_encoding(request.headers.get("content-encoding", ""))
    parse_json_object(body, "body")  # refuses what two parsers would read differently
    door: AgentDoor = request.app.state.agents
    exchange = _exchange(await door.manager(), request.scope, body)
    try:
        return await run_while_connected(request.receive, exchange, settings.deadline + _GRACE_SECONDS)
    except ClientDisconnected:
        return Response(status_code=400)


async def _exchange(manager: Any, scope: Mapping[str, Any], body: bytes) -> Response:
    """What the SDK answers to a request, as one response that nobody may cache."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await manager.handle_request(scope, _receiving(body), send)
    start, *rest = sent
    response = Response(b"".join(part.get("body", b"") for part in rest), start["status"])
    # the SDK's own headers; the length is that of the whole
    response.raw_headers = [pair for pair in start["headers"] if pair[0] != b"cache-control"]
    response.headers["Cache-Control"] = "no-store"
    return response


def _receiving(body: bytes) -> Receive:
    """Gives the body once, and nothing after it."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive
