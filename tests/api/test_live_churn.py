"""Clients that come and go by the hundred leave nothing behind; in `make audit` by the ten thousand."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import struct
from pathlib import Path

import psutil
import pytest

from api.context.change_feed import Subscriber
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.live_server import CHANGED, Inside, inside, until
from tests.budgets import cases

CLIENTS = cases(300, 10_000)
AT_ONCE = 50
WARM_UP = 100
"""Clients after which everything that is made once has been made."""
_UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_QUERY = json.dumps({"query": CHANGED})
_STREAM = (
    "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(_QUERY)}\r\n\r\n{_QUERY}"
).encode()


def _frame(message: object, opcode: int = 1) -> bytes:
    """A frame as clients send it, masked with zeros."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    assert len(payload) < 2**16
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack("!BH", 0x80 | 126, len(payload))
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


_INIT = _frame({"type": "connection_init"})
_SUBSCRIBE = _frame({"type": "subscribe", "id": "1", "payload": {"query": CHANGED}})
_CLOSE = _frame(struct.pack("!H", 1000), opcode=8)

_BEGIN = ((_UPGRADE, b"\r\n\r\n"), (_INIT + _SUBSCRIBE, b"connection_ack"))

WAYS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    (*_BEGIN, (_CLOSE, b"\x88")),
    _BEGIN,
    (*_BEGIN[:1], (_INIT, b"connection_ack"), (_CLOSE, b"\x88")),
    _BEGIN[:1],
    ((_UPGRADE[:60], b""),),
    ((_STREAM, b": listening"),),
    ((_STREAM, b"200 OK"),),
)
"""What a client sends, each up to where it reads; then it resets the connection."""


async def _come_and_go(port: int, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for said, heard in WAYS[number % len(WAYS)]:
            writer.write(said)
            await writer.drain()
            if heard:
                await reader.readuntil(heard)
    finally:
        # so that closing resets it
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def _churn(server: Inside, clients: int) -> None:
    port, numbers = int(server.url.rpartition(":")[2]), iter(range(clients))

    async def come_and_go() -> None:
        for number in numbers:
            async with asyncio.timeout(120):
                await _come_and_go(port, number)

    await asyncio.gather(*(come_and_go() for _ in range(AT_ONCE)))
    feed = server.hub.change_feed
    await until(lambda: not feed.subscribers and not server.hub.quota.in_use and not feed.is_polling)


def _left(server: Inside) -> dict[str, int]:
    gc.collect()
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": psutil.Process().num_fds(),
        "queues": sum(isinstance(one, Subscriber) for one in gc.get_objects()),
        "places": server.hub.quota.in_use,
    }


@pytest.mark.timeout(300 + CLIENTS // 10)
@pytest.mark.audited
@pytest.mark.slow
async def test_clients_that_come_and_go_leave_nothing(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data")
    await store.load(facts.log_of(tmp_path))
    async with inside(store, live_connections_per_client=CLIENTS, live_connections=CLIENTS) as server:
        await _churn(server, WARM_UP)
        before = _left(server)
        await _churn(server, CLIENTS)
        await until(lambda: _left(server) == before)
    await store.close()
