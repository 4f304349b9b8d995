"""A real server process for the tests, on a free port."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from graph.settings import PROJECT

START_SECONDS = 180
DEADLINE = "600"
"""Seconds for an answer: on a busy machine too, none is given up that would come."""


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("WATTGRAPH_")}
    here = {"WATTGRAPH_DATA": str(data), "WATTGRAPH_PORT": str(port), "WATTGRAPH_DEADLINE": DEADLINE}
    # all tests ask from one address
    here |= {"WATTGRAPH_BUDGET_SECONDS": "0", "WATTGRAPH_WORKERS": "0", "WATTGRAPH_LOG_LEVEL": "warning"}
    return {**own, **here, **more}


@contextmanager
def running_server(
    data: Path, command: tuple[str, ...] = (), ready: str = "/readyz", port: int | None = None, **more: str
) -> Iterator[Server]:
    """`wattgraph serve` (or another command) over the embedded store in `data`, stopped at the end. The port is a free
    one unless it is named."""
    port = port or free_port()
    given = environment(data, port, **more)
    run = command or (sys.executable, "-m", "cli.main", "serve")
    # a group of its own, so that what the command starts ends with it
    process = subprocess.Popen(run, cwd=PROJECT, env=given, start_new_session=True, stdout=subprocess.DEVNULL)
    server = Server(f"http://127.0.0.1:{port}", process, given)
    try:
        wait_until_ready(server, ready)
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)


def wait_until_ready(server: Server, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, "the server has ended"
        try:
            if httpx.get(server.url + path, timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server was not ready within {START_SECONDS} s")


def wait_until_forwarding(url: str) -> None:
    """Until pages of the small world come from a worker."""
    before = forwarded(url)
    while forwarded(url) == before:
        time.sleep(0.1)
        httpx.get(f"{url}/links/lease", timeout=120)


def forwarded(url: str) -> float:
    """Requests that were handed to workers so far."""
    metrics = httpx.get(f"{url}/metrics", timeout=120).text
    [value] = re.findall(r"^wattgraph_forwarded_requests_total (\S+)$", metrics, re.MULTILINE)
    return float(value)
