"""Clients that do not use their connections, before a real server process; and the same by the clock."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from api.connections import MAX_HEAD_BYTES, ConnectionBounds, HeldConnections, LetGoReason
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.clients.judge import Reply, fault_of
from tests.server import Server, running_server

PER_CLIENT = 5
PATIENCE = 120
"""Seconds after which a connection that should have ended never will."""


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("connections")
    store = await EmbeddedStore.open(folder / "data")
    await store.load(facts.log_of(folder))
    await store.close()
    settings = {"WATTGRAPH_CONNECTION_SECONDS": "1", "WATTGRAPH_CONNECTIONS_PER_CLIENT": str(PER_CLIENT)}
    with running_server(folder / "data", **settings) as running:
        yield running


def _connected(server: Server, receives: int | None = None) -> socket.socket:
    address = urlsplit(server.url)
    line = socket.socket()
    if receives:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    line.settimeout(PATIENCE)
    line.connect((str(address.hostname), address.port or 0))
    return line


def _rest(line: socket.socket) -> bytes:
    """What still arrives until the server has closed."""
    rest = b""
    try:
        while chunk := line.recv(65536):
            rest += chunk
    except ConnectionResetError:
        pass
    return rest


def _let_go(server: Server, reason: LetGoReason) -> float:
    name = f'wattgraph_connections_let_go_total{{reason="{reason}"}} '
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)


@pytest.mark.slow
def test_row_40_who_sends_no_whole_head_is_let_go(server: Server) -> None:
    before = _let_go(server, LetGoReason.SILENT)
    with _connected(server) as silent, _connected(server) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert _rest(silent) == _rest(slow) == b""
    assert _let_go(server, LetGoReason.SILENT) >= before + 2


@pytest.mark.slow
def test_who_takes_no_answer_is_let_go(server: Server) -> None:
    """More than the machine keeps for a client that does not read."""
    asked = b"GET /schema.graphql HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with _connected(server, receives=4096) as line:
        line.sendall(100 * asked)
        until = time.monotonic() + PATIENCE
        while not _let_go(server, LetGoReason.UNREAD):
            assert time.monotonic() < until
            time.sleep(0.2)
        whole = len(httpx.get(f"{server.url}/schema.graphql").content)
        assert len(_rest(line)) < 100 * whole


def test_a_head_without_end_is_refused(server: Server) -> None:
    with _connected(server) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * MAX_HEAD_BYTES)
        answer = _rest(line)
    assert answer.startswith(b"HTTP/1.1 400 ") or not answer  # it may be lost with the connection
    assert _let_go(server, LetGoReason.LONG_HEAD) == 1


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: \x7f\r\n", b"\x16\x03\x01 no HTTP"])
def test_what_is_no_http_is_refused_in_the_shape_of_all_errors(head: bytes, server: Server) -> None:
    with _connected(server) as line:
        line.sendall(head + b"\r\n")
        response = http.client.HTTPResponse(line)
        response.begin()
        body = response.read()
        assert _rest(line) == b""
    assert (response.status, response.headers["cache-control"]) == (400, "no-store")
    assert fault_of(Reply(400, response.headers["content-type"], body, 0.0)) is None
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_silent_connections_of_one_address_keep_nobody_out(server: Server) -> None:
    lines = [_connected(server) for _ in range(3 * PER_CLIENT)]
    try:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert _let_go(server, LetGoReason.CROWDED) >= 2 * PER_CLIENT
    finally:
        for line in lines:
            line.close()


# ---- by the clock


class _Line:
    """A connection as the bounds see it."""

    def __init__(self, *, is_idle: bool = True) -> None:
        self.is_idle, self.transport, self.ended = is_idle, self, False

    def abort(self) -> None:
        self.ended = True

    def fault(self, now: float, seconds: float) -> None:
        return None


def _opened(per_client: int, total: int, *lines: tuple[str, bool]) -> list[bool]:
    """Of connections of these addresses, opened one after another and idle or not: which ones are let go."""
    bounds = ConnectionBounds(1, per_client, proxies=("192.0.2.0/24",), total=total)
    connections, opened = HeldConnections(bounds, lambda reason: None), []
    for host, is_idle in lines:
        opened.append(_Line(is_idle=is_idle))
        connections.enter(opened[-1], host)  # type: ignore[arg-type]
    assert len(connections) == sum(not line.ended for line in opened)
    return [line.ended for line in opened]


A, B, PROXY = "198.51.100.1", "198.51.100.2", "192.0.2.9"


@pytest.mark.parametrize(
    ("lines", "ended"),
    [
        ([(A, True), (A, True), (A, True)], [True, False, False]),  # the oldest idle one
        ([(A, False), (A, True), (A, True)], [False, True, False]),
        ([(A, False), (A, False), (A, True)], [False, False, True]),  # all work: no more of them
        ([(A, True), (B, True), (A, True), (B, True)], [False] * 4),
        ([(PROXY, True)] * 4, [False] * 4),  # each of another client
        ([(A, True), (A, True), *[(PROXY, True)] * 3], [False, False, True, False, False]),  # of who has most
    ],
)
def test_the_oldest_idle_connection_makes_room(lines: list[tuple[str, bool]], ended: list[bool]) -> None:
    assert _opened(2, 4, *lines) == ended
