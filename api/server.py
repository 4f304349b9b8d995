"""The server process: uvicorn, with what subscriptions need of it."""

from __future__ import annotations

import gc
import logging
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from api.live.hub import SubscriptionHub
from graph.errors import BadSettings
from graph.settings import Settings

MOST_CONNECTIONS = 1_000
"""Beyond it clients are told 503 at once."""
PATIENCE_SECONDS = 10


class Server(uvicorn.Server):
    """Uvicorn closes WebSockets with 1012 and waits for event streams until its patience ends; here the connections of
    subscriptions are told first, in their own way."""

    def __init__(self, config: uvicorn.Config, hub: SubscriptionHub) -> None:
        super().__init__(config)
        self._hub = hub
        logging.getLogger("uvicorn.error").addFilter(_is_no_refusal)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._hub.close()
        await super().shutdown(sockets)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """Uvicorn takes a WebSocket that is refused with an answer for an error of the app: anybody could fill the log."""
    return "without completing handshake" not in record.getMessage()


def listening(settings: Settings) -> socket.socket:
    """Raises BadSettings where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        line = socket.create_server((settings.host.strip("[]"), settings.port), family=family, backlog=2048)
    except OSError as error:
        raise BadSettings(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}).",
            remedy="Stop what listens there, or give another --port or --host.",
        ) from None
    # its connections inherit it; without it an answer in two parts waits 40 ms on a connection that is kept open
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def run(app: FastAPI, line: socket.socket) -> None:
    """Serve the app on a socket that listens, until a signal comes."""
    # as usual, the collector looks through all rows of the store time and again: answers take twice as long, and the
    # loop stops for 0.2 s
    gc.set_threshold(50_000, 20, 50)
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=PATIENCE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
        server_header=False,
        # else whoever sends X-Forwarded-For has as many addresses as he likes
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws_max_size=settings.live_message_bytes,
        # messages are small, and each compressing socket would hold its own window
        ws_per_message_deflate=False,
    )
    with suppress(KeyboardInterrupt):
        Server(config, app.state.hub).run(sockets=[line])
