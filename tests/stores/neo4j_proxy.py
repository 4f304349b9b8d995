"""A proxy before Neo4j that breaks what goes through it."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

COMMIT = b"\x00\x02\xb0\x12"
"""The message as it stands on the wire."""
BEGIN = b"\xb1\x11"
MAGIC = b"\x60\x60\xb0\x17"
"""What a connection begins with."""
LATENCY_SECONDS = 0.05
"""Each way: a line around half of the world."""
_TAIL = 128
"""Bytes that are remembered of what was sent before, for a pattern that stands across two packets."""


class Fault(StrEnum):
    """As toxiproxy names them."""

    RESET = "reset"
    REFUSE = "refuse"
    BLACK_HOLE = "black hole"
    LATENCY = "latency"
    SLICER = "slicer"
    HALF_CLOSE = "half close"


@dataclass(frozen=True)
class Trigger:
    """A fault begins once a connection has sent these bytes, `after` others, and so many bytes of the answer have gone
    back."""

    sent: bytes
    answered: int = 0
    after: bytes = b""


class Proxy:
    """Passes everything on until it is told otherwise."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 7687)
        self._listener: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self.fault: Fault | None = None
        """What is in force."""
        self.trigger: Trigger | None = None
        self._waiting: Fault | None = None
        self.lost_commit_after: bytes | None = None
        """A connection that has sent these bytes breaks when its next commit is on its way; the answer is lost."""
        self.port = 0
        self.idle = asyncio.Event()
        """Set while no connection is open."""
        self.idle.set()

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self.reset()
        await self.idle.wait()

    def reset(self) -> None:
        """Breaks all connections."""
        for connection in list(self._connections):
            connection.abort()

    def arm(self, fault: Fault, trigger: Trigger) -> None:
        """From the trigger on the fault is in force."""
        self._waiting, self.trigger = fault, trigger

    def begin(self, fault: Fault) -> None:
        """From now on, for connections that are open and for those to come, until `heal`."""
        self.fault, self._waiting, self.trigger = fault, None, None
        if fault is Fault.REFUSE:
            assert self._listener is not None
            self._listener.close()
            self._listener = None
        if fault in (Fault.REFUSE, Fault.RESET):
            self.reset()
        if fault is Fault.HALF_CLOSE:
            for connection in list(self._connections):
                connection.half_close()

    async def heal(self) -> None:
        """What has lost bytes stays lost."""
        self.fault = self._waiting = self.trigger = None
        if self._listener is None:
            await self.listen()

    def begin_what_waits(self) -> None:
        if self._waiting is not None:
            self.begin(self._waiting)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, writer)
        self._connections.add(connection)
        self.idle.clear()
        try:
            with suppress(OSError):
                await connection.serve(reader, *self._server)
        finally:
            self._connections.discard(connection)
            if not self._connections:
                self.idle.set()


class _Connection:
    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = client
        self._upstream: asyncio.StreamWriter | None = None
        self._tail = b""
        self._has_sent_first = False
        """Whether the client has sent what comes before what the trigger names."""
        self._has_sent = False
        self._answered = 0
        self._is_dead = False
        """Whether bytes were lost: what comes after them makes no sense any more."""
        self._is_half_closed = False

    async def serve(self, reader: asyncio.StreamReader, host: str, port: int) -> None:
        upstream_reader, self._upstream = await asyncio.open_connection(host, port)
        if self._proxy.fault is Fault.HALF_CLOSE:
            self.half_close()
        try:
            await asyncio.gather(self._forward(reader, self._upstream), self._back(upstream_reader))
        finally:
            for one in (self._client, self._upstream):
                await closed(one)

    def abort(self) -> None:
        for writer in (self._client, self._upstream):
            if writer is None:
                continue
            with suppress(OSError):  # what was sent last is lost, and the other end is told so
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def half_close(self) -> None:
        self._is_half_closed = True
        with suppress(OSError, RuntimeError):
            self._client.write_eof()

    async def _forward(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        loses_commit = False
        while data := await reader.read(65_536):
            lost = self._proxy.lost_commit_after
            loses_commit = loses_commit or (lost is not None and lost in data)
            self._look_for_trigger(data)
            await self._pass(data, upstream)
            if loses_commit and COMMIT in data:
                self._client.transport.abort()
                await asyncio.sleep(1)  # the server is to receive the commit before its end breaks as well
                break
        upstream.close()

    def _look_for_trigger(self, data: bytes) -> None:
        trigger, seen = self._proxy.trigger, self._tail + data
        self._tail = seen[-_TAIL:]
        if trigger is None:
            return
        self._has_sent_first = self._has_sent_first or trigger.after in seen
        if self._has_sent_first and trigger.sent in seen:
            self._has_sent = True
            if not trigger.answered:
                self._proxy.begin_what_waits()

    async def _back(self, upstream: asyncio.StreamReader) -> None:
        while data := await upstream.read(65_536):
            trigger = self._proxy.trigger
            if trigger is not None and self._has_sent:
                rest = max(trigger.answered - self._answered, 0)
                self._answered += len(data)
                if self._answered >= trigger.answered:
                    await self._pass(data[:rest], self._client)
                    self._proxy.begin_what_waits()
                    data = data[rest:]
            await self._pass(data, self._client)
        self._client.close()

    async def _pass(self, data: bytes, to: asyncio.StreamWriter) -> None:
        fault = self._proxy.fault
        if fault is Fault.RESET:
            self.abort()
        if fault is Fault.BLACK_HOLE:
            self._is_dead = True
        if self._is_dead or (self._is_half_closed and to is self._client):
            return
        if fault is Fault.LATENCY:
            await asyncio.sleep(LATENCY_SECONDS)
        if fault is not Fault.SLICER:
            to.write(data)
            await to.drain()
            return
        chance = random.Random(len(data))
        while data:
            size = chance.randint(1, 40)
            to.write(data[:size])
            await to.drain()
            await asyncio.sleep(0)  # else the pieces go out together
            data = data[size:]


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def proxied(uri: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(uri)
    await proxy.listen()
    yield proxy
    await proxy.close()
