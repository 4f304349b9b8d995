"""The server process: uvicorn, with what subscriptions need of it."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import Config

from api.streams import Live
from graph.settings import Settings

_NOT_STARTED = 3


class Server(uvicorn.Server):
    """Uvicorn closes WebSockets with 1012 and waits for event streams until its patience ends; here the connections of
    subscriptions are told first, in their own way."""

    def __init__(self, config: Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._live.close()
        await super().shutdown(sockets)


def run(app: FastAPI, **options: Any) -> None:
    """Serve the app until a signal comes; options as of `uvicorn.run`. Exits where the address cannot be had."""
    settings: Settings = app.state.settings
    # Without compression: messages are small, and each compressing socket would hold its own window.
    config = Config(app, ws_max_size=settings.live_message_bytes, ws_per_message_deflate=False, **options)
    server = Server(config, app.state.live)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_NOT_STARTED)
