"""What only a real connection to a real server process shows: bytes that no HTTP client would send."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.seeds_fixture import copy_of
from tests.server import Server, running_server

BODY = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
SLOW = '{ graph(lens: {knownOn: "2025-03-05"}) { links { totalCount } } }'


@pytest.fixture(scope="module")
def server(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = copy_of(seeds_data, tmp_path_factory.mktemp("wire") / "data")
    with running_server(data, WATTGRAPH_BODY_DEADLINE="1") as running:
        yield running


def connected(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((str(address.hostname), address.port or 0), timeout=120)


def sent(server: Server, *parts: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to raw bytes; the server closes."""
    with connected(server) as line:
        for part in parts:
            line.sendall(part)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def with_length(length: int) -> bytes:
    return HEAD + f"Content-Length: {length}\r\n\r\n".encode()


def test_sound_bytes_are_answered(server: Server) -> None:
    status, body = sent(server, with_length(len(BODY)), BODY)
    assert (status, json.loads(body)["data"]) == (200, {"__typename": "Query"})


def test_a_host_that_is_a_path_is_refused(server: Server) -> None:
    status, body = sent(server, b"GET /healthz HTTP/1.1\r\nHost: a/?x=\r\nConnection: close\r\n\r\n")
    assert status == 400
    assert b"HOST_REFUSED" in body or b"Invalid" in body


def test_two_lengths_of_one_body_are_refused(server: Server) -> None:
    chunked = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"
    both = HEAD + f"Content-Length: {len(BODY)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    # in one piece: a server that closes while more arrives resets the connection, and the answer may be lost with it
    assert sent(server, both + chunked)[0] == 400


def test_a_body_that_is_announced_too_large_is_refused_unread(server: Server) -> None:
    status, body = sent(server, with_length(30_000_000))
    assert status == 413
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.slow
def test_a_body_that_does_not_come_is_given_up(server: Server) -> None:
    status, body = sent(server, with_length(len(BODY)), BODY[:5])
    assert status == 408
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "REQUEST_TIMEOUT"


@pytest.mark.parametrize("length", [60_001, 64_000])
def test_a_long_address_is_refused(length: int, server: Server) -> None:
    status, body = sent(
        server, b"GET /graphql?query=" + b"x" * length + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert status == 414
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "ADDRESS_TOO_LONG"


def test_clients_that_leave_do_no_harm(server: Server) -> None:
    body = json.dumps({"query": SLOW}).encode()
    for _ in range(30):
        with connected(server) as line:
            line.sendall(with_length(len(body)) + body)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if "errors" not in httpx.post(f"{server.url}/graphql", json={"query": SLOW}, timeout=120).json():
            break
    else:
        raise AssertionError("the server does not answer any more")
    assert server.process.poll() is None


def test_the_server_tells_nothing_of_its_make(server: Server) -> None:
    assert "server" not in httpx.get(f"{server.url}/healthz").headers
