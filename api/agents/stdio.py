"""The server over standard input and output, for a client that starts it as its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.agents.server import create_server
from api.context.store_provider import StoreProvider
from graph.concurrency.lazy_import import lazy_import
from graph.settings import Settings
from graph.stores.base import Store

if TYPE_CHECKING:
    from mcp.server import stdio
else:
    stdio = lazy_import("mcp.server.stdio")


async def serve_stdio(store: Store, settings: Settings) -> None:
    """Serve until standard input ends."""
    server = create_server(StoreProvider(store), settings)
    async with stdio.stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
