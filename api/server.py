"""The server process: uvicorn, with an orderly end of subscriptions."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import uvicorn
from fastapi import FastAPI

from api.connections import MAX_CONNECTIONS, BoundedProtocol, ConnectionBounds, HeldConnections
from api.live.hub import SubscriptionHub
from api.telemetry.logs import configure_logs
from graph.errors import BadSettings
from graph.settings import Settings

SHUTDOWN_SECONDS = 10


_TICKS_PER_SWEEP = 10
"""A second: uvicorn ticks ten times in it."""
_LINGER_SECONDS = 0.5
"""How long a service that stops takes what clients had sent before they could know it."""


class Server(uvicorn.Server):
    """Ends the connections of subscriptions before uvicorn shuts down: uvicorn alone closes WebSockets with 1012, and
    waits for event streams until its timeout. It would also drop requests that it has not read yet."""

    def __init__(self, config: uvicorn.Config, hub: SubscriptionHub, connections: HeldConnections) -> None:
        super().__init__(config)
        self._hub, self._connections = hub, connections
        logging.getLogger("uvicorn.error").addFilter(_is_no_denied_handshake)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_SWEEP == 0:
            self._connections.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._hub.close()
        self.config.app.state.stopping = True  # type: ignore[union-attr]  # it is no text and no bare function
        if self.server_state.connections:
            await self._answer_what_was_sent(sockets or [])
        await super().shutdown(sockets)

    async def _answer_what_was_sent(self, sockets: list[socket.socket]) -> None:
        """HeldConnections are taken and read for a while yet; each answer tells its client to connect elsewhere."""
        await asyncio.sleep(_LINGER_SECONDS)
        waiting = [connection for one in sockets for connection in _take_waiting(one)]
        for server in self.servers:
            server.close()  # at once: what connects between is refused by nobody
        for connection in waiting:
            await asyncio.get_running_loop().connect_accepted_socket(self._make_protocol, connection)
        await asyncio.sleep(_LINGER_SECONDS)

    def _make_protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def _take_waiting(listening: socket.socket) -> Iterator[socket.socket]:
    """HeldConnections that nobody has taken yet; when the socket is closed, they would be reset."""
    while True:
        try:
            connection, _ = listening.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        yield connection


def _is_no_denied_handshake(record: logging.LogRecord) -> bool:
    """Uvicorn logs every denied WebSocket handshake as an error of the app, so any client could fill the log."""
    return "without completing handshake" not in record.getMessage()


def listen(settings: Settings) -> socket.socket:
    """A socket that listens on the address of the settings. Raises BadSettings where that is not possible."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        server_socket = socket.create_server((settings.host.strip("[]"), settings.port), family=family, backlog=2048)
    except OSError as error:
        raise BadSettings(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}).",
            remedy="Stop the process that listens there, or pass another --port or --host.",
        ) from None
    # inherited by its connections; without it a response in two parts waits 40 ms on a persistent connection
    server_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server_socket


def collect_garbage_seldom() -> None:
    """With the default thresholds the collector traverses all rows of the store again and again: answers take twice as
    long, and the loop stops for 0.2 s."""
    gc.set_threshold(50_000, 20, 50)


def run(app: FastAPI, server_socket: socket.socket) -> None:
    """Serve the app on a listening socket until a signal arrives."""
    collect_garbage_seldom()
    settings: Settings = app.state.settings
    configure_logs(settings)
    bounds = ConnectionBounds(
        settings.connection_seconds, settings.connections_per_client, tuple(map(str, settings.trusted_proxies))
    )
    connections = HeldConnections(bounds, app.state.metrics.count_let_go)
    config = uvicorn.Config(
        app,
        http=partial(BoundedProtocol, connections),  # type: ignore[arg-type]  # it is called, as a class would be
        log_config=None,
        access_log=False,  # the line of each request tells more
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        limit_concurrency=MAX_CONNECTIONS + 1,
        server_header=False,
        # otherwise a client that sends X-Forwarded-For evades the limits per address
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws_max_size=settings.live_message_bytes,
        # messages are small, and each compressing socket would hold its own window
        ws_per_message_deflate=False,
    )
    with suppress(KeyboardInterrupt):
        Server(config, app.state.hub, connections).run(sockets=[server_socket])
