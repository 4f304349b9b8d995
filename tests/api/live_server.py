"""The service inside the test's process, on a real port, and clients for what it tells while it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from uvicorn.config import Config
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.app import create_app
from api.connections import ConnectionBounds, HeldConnections
from api.live.hub import SubscriptionHub
from api.server import Server
from graph.settings import read_settings
from graph.stores.base import Store

PROTOCOL = Subprotocol("graphql-transport-ws")
CHANGED = "subscription { graphChanged { dataVersion { id recordedAt statements reason } subjects all } }"
SECONDS = 120.0
"""Until when a change has to be told."""


@dataclass(frozen=True)
class Inside:
    """A server whose inner state the test can look at."""

    url: str
    hub: SubscriptionHub


@asynccontextmanager
async def inside(store: Store, **settings: object) -> AsyncIterator[Inside]:
    given = read_settings(**{"live_poll_seconds": 0.05, **settings})
    app = create_app(given, store)
    connections = HeldConnections(ConnectionBounds(seconds=SECONDS, per_client=1_000), app.state.metrics.count_let_go)
    config = Config(app, port=0, log_level="warning", ws_per_message_deflate=False)
    server = Server(config, app.state.hub, connections)
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Inside(f"http://127.0.0.1:{port}", app.state.hub)
    finally:
        server.should_exit = True
        await running


# ---- over a WebSocket


@dataclass(frozen=True)
class Talk:
    """A WebSocket that speaks the protocol."""

    socket: ClientConnection

    async def say(self, type: str, **parts: object) -> None:
        await self.socket.send(json.dumps({"type": type, **parts}))

    async def hear(self) -> dict[str, Any]:
        message = json.loads(await asyncio.wait_for(self.socket.recv(), SECONDS))
        return dict(message)

    async def begin(self, **payload: str) -> None:
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str = CHANGED, id: str = "1", variables: Mapping[str, Any] | None = None) -> None:
        await self.say("subscribe", id=id, payload={"query": query, "variables": variables})


@asynccontextmanager
async def talking(url: str, **options: Any) -> AsyncIterator[Talk]:
    given = {"subprotocols": [PROTOCOL], **options}
    async with connect(url.replace("http", "ws") + "/graphql", **given) as socket:
        yield Talk(socket)


# ---- over server-sent events


@dataclass(frozen=True)
class Events:
    response: httpx.Response
    lines: AsyncIterator[str]

    async def block(self) -> list[str]:
        """The lines up to the next empty one."""
        found: list[str] = []
        async with asyncio.timeout(SECONDS):
            async for line in self.lines:
                if not line:
                    return found
                found.append(line)
        raise EOFError(found)

    async def event(self) -> tuple[str, Any]:
        """The next event that is no comment: its name and data."""
        while (block := await self.block())[0].startswith(":"):
            pass
        name, data = block
        return name.removeprefix("event: "), json.loads(data.removeprefix("data:") or "null")


@asynccontextmanager
async def events(
    url: str, query: str = CHANGED, method: str = "POST", token: str | None = None, **variables: Any
) -> AsyncIterator[Events]:
    body: dict[str, Any] = {"query": query, "variables": variables}
    asked = {"params": {"query": query}} if method == "GET" else {"json": body}
    headers = {"Accept": "text/event-stream"} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with (
        httpx.AsyncClient(timeout=120) as client,
        client.stream(method, f"{url}/graphql", headers=headers, **asked) as response,  # type: ignore[arg-type]
    ):
        yield Events(response, response.aiter_lines())


async def until(holds: Any, seconds: float = SECONDS) -> None:
    """Wait until `holds()`; fails when it does not come about."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (of what is waited for nobody tells)
            await asyncio.sleep(0.01)
