"""The connections of the service, each of which a client has to use: who sends no request or takes no answer is let go.

uvicorn alone bounds neither the head of a request nor how long an answer waits for its reader, and counts connections
of all clients together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.context.errors import BadRequest
from api.fairness.clients import client_address
from api.http.errors import error_response

MAX_CONNECTIONS = 1_000
"""Beyond it, where none of them is idle, a client gets 503 at once."""
MAX_HEAD_BYTES = 100_000
"""Of address and headers together."""
_LEAST_BYTES_PER_SECOND = 1_000
"""Of an answer that waits for its reader."""


class LetGoReason(StrEnum):
    """Why a connection was ended; the values of the label `reason`."""

    SILENT = "silent"
    """no whole head of a request arrived in time"""
    LONG_HEAD = "long_head"
    UNREAD = "unread"
    """the client takes its answer too slowly, or not at all"""
    CROWDED = "crowded"
    """idle, and the client or all together wanted more connections than there may be"""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """`seconds` for the head of a request, and without progress of an answer; `per_client` connections of one address,
    but for those of trusted proxies, which have clients behind them."""

    seconds: float
    per_client: int
    proxies: tuple[str, ...] = ()
    """Addresses and networks, or `*`."""
    total: int = MAX_CONNECTIONS

    def is_proxy(self, host: str) -> bool:
        return any(name in ("*", host) or _is_within(host, name) for name in self.proxies)


@lru_cache(1_024)
def _is_within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


class HeldConnections:
    """The connections of a service that speak HTTP. One that became a WebSocket has quotas of its own."""

    def __init__(
        self, bounds: ConnectionBounds, note: Callable[[LetGoReason], None], clock: Callable[[], float] = monotonic
    ) -> None:
        """`note` is told of each connection that is let go."""
        self.bounds, self._note, self.clock = bounds, note, clock
        self._open: dict[BoundedProtocol, str] = {}
        """With the address of each, the oldest first."""
        self._of_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: BoundedProtocol, host: str) -> None:
        """A new connection; where there are too many an idle one goes, if need be this one."""
        address = client_address(host)
        self._open[connection] = address
        self._of_address[address] += 1
        if self._of_address[address] > self.bounds.per_client and not self.bounds.is_proxy(host):
            self._let_go_idle(address, connection)
        elif len(self._open) > self.bounds.total:
            self._let_go_idle(self._of_address.most_common(1)[0][0], connection)

    def leave(self, connection: BoundedProtocol) -> None:
        address = self._open.pop(connection, None)
        if address is not None:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    def sweep(self) -> None:
        """Let go who does not use their connection. To be called about once a second."""
        now = self.clock()
        for connection in list(self._open):
            reason = connection.fault(now, self.bounds.seconds)
            if reason:
                self.let_go(connection, reason)

    def let_go(self, connection: BoundedProtocol, reason: LetGoReason) -> None:
        self._note(reason)
        self.leave(connection)
        connection.transport.abort()

    def _let_go_idle(self, address: str, newest: BoundedProtocol) -> None:
        idle = (one for one, of in self._open.items() if of == address and one.is_idle)
        self.let_go(next(idle, newest), LetGoReason.CROWDED)


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose state says whether its client uses it."""

    def __init__(self, connections: HeldConnections, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._connections = connections
        self._head_since: float | None = connections.clock()
        self._head_bytes = 0
        self._unread, self._unread_since = 0, 0.0

    @property
    def is_idle(self) -> bool:
        """Whether no request is in work."""
        return self.cycle is None or self.cycle.response_complete

    def fault(self, now: float, seconds: float) -> LetGoReason | None:
        if self._head_since is not None and now - self._head_since > seconds:
            return LetGoReason.SILENT
        unread = self.transport.get_write_buffer_size()
        if not unread or unread <= self._unread - seconds * _LEAST_BYTES_PER_SECOND or not self._unread:
            self._unread, self._unread_since = unread, now
        return LetGoReason.UNREAD if unread and now - self._unread_since > seconds else None

    # what uvicorn calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections.enter(self, self.client[0] if self.client else "")

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_head = self._head_since is not None
        super().data_received(data)
        if self._head_since is None or self.transport.is_closing():
            return
        self._head_bytes = (self._head_bytes if was_head else 0) + len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(
                BadRequest(
                    "The head of the request is too long.",
                    remedy=f"Send at most {MAX_HEAD_BYTES:,} bytes of address and headers; a body takes more.",
                )
            )
            self._connections.let_go(self, LetGoReason.LONG_HEAD)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread = 0  # the client took most of what waited

    def handle_websocket_upgrade(self) -> None:
        self._connections.leave(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        remedy = "Look for characters in the request line or a header that HTTP does not allow there."
        self._refuse(BadRequest("The request is not valid HTTP.", remedy=remedy))

    def _refuse(self, error: BadRequest) -> None:
        """Answer in the shape of all errors, and end the connection."""
        answer = error_response(error)
        head = [b"HTTP/1.1 400 Bad Request", b"connection: close"]
        head += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join((*head, b"", bytes(answer.body))))
        self.transport.close()

    # what the parser calls

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_since is None:
            self._head_since, self._head_bytes = self._connections.clock(), 0

    def on_headers_complete(self) -> None:
        self._head_since = None
        super().on_headers_complete()
