"""A proxy before Neo4j that breaks what goes through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

COMMIT = b"\x00\x02\xb0\x12"
"""The message as it stands on the wire."""


class Proxy:
    """Passes everything on until it is told otherwise."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 7687)
        self._writers: set[asyncio.StreamWriter] = set()
        self.lost_commit_after: bytes | None = None
        """A connection that has sent these bytes breaks when its next commit is on its way; the answer is lost."""
        self.silent = False
        """Whether nothing comes back any more, though connections stand."""
        self.port = 0
        self.idle = asyncio.Event()
        """Set while no connection is open."""
        self.idle.set()
        self._serving = 0

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Breaks all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count(1)
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._server)
        self._writers |= {writer, upstream_writer}
        with suppress(OSError):
            await asyncio.gather(self._forward(reader, upstream_writer, writer), self._back(upstream_reader, writer))
        for one in (writer, upstream_writer):
            self._writers.discard(one)
            await closed(one)
        self._count(-1)

    def _count(self, more: int) -> None:
        self._serving += more
        if self._serving:
            self.idle.clear()
        else:
            self.idle.set()

    async def _forward(
        self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, writer: asyncio.StreamWriter
    ) -> None:
        seen = False
        while data := await reader.read(65_536):
            seen = seen or (self.lost_commit_after is not None and self.lost_commit_after in data)
            upstream.write(data)
            await upstream.drain()
            if seen and COMMIT in data:
                writer.transport.abort()
                await asyncio.sleep(1)  # the server is to receive the commit before its end breaks as well
                break
        upstream.close()

    async def _back(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await upstream.read(65_536):
            if not self.silent:
                writer.write(data)
                await writer.drain()
        writer.close()


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def proxied(uri: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(uri)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    server.close()
    proxy.reset()
    await proxy.idle.wait()
