"""The services that are compared, each in a process of its own over the same market, and how each is asked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.clients import Clients, Target, http_request
from benchmarks.questions import Question, Variables
from graph.errors import ServerError
from graph.settings import PROJECT
from graph.stores.neo4j import server as neo4j_server
from tests.server import free_port, running_server

PEERS = PROJECT / "benchmarks" / "peers"
START_SECONDS = 180
CACHE_OFF = {"WATTGRAPH_ANSWER_CACHE": "0"}
LIKE_PEERS = {
    "WATTGRAPH_BUDGET_SECONDS": "0",
    "WATTGRAPH_REQUESTS_AT_ONCE": "64",
    "WATTGRAPH_REQUESTS_PER_CLIENT": "64",
    "WATTGRAPH_LOG_LEVEL": "warning",
    "WATTGRAPH_WORKERS": "0",
}
"""All clients are one to the service, and ask for more than one may: none waits for its turn, as none does at a peer.
No server logs requests, and each is one process."""

EMBEDDED, ON_NEO4J = "ours, embedded", "ours on Neo4j"
NEO4J_GRAPHQL = "@neo4j/graphql"
STRAWBERRY_DICTS, STRAWBERRY_NEO4J = "Strawberry over dicts", "Strawberry on Neo4j"
DRIVER_RECORDS, DRIVER_COLLECTED = "driver + orjson, records", "driver + orjson, collected"
KEPT, UNCHANGED = "answer kept", "ETag, 304"


class PeerMissing(Exception):
    """One line: which peer cannot be had, and why."""


@dataclass(frozen=True)
class Service:
    """`process` is that of the server. Where the answer is `kept`, each question is asked with the same variables again
    and again; where it is `unchanged`, by a client that has it already."""

    name: str
    port: int
    process: int
    path: str
    body: Callable[[Question, Variables], Any]
    data: Callable[[Question, Any], Any] = lambda _, data: data
    kept: bool = False
    unchanged: bool = False
    answers_all: bool = True

    def target(self, question: Question, numbers: Sequence[int], organizations: int, tag: str = "") -> Target:
        """The requests for rounds of these numbers."""
        asked = [question.variables(number, organizations) for number in (numbers[:1] if self.kept else numbers)]
        bodies = [orjson.dumps(self.body(question, variables)) for variables in asked]
        return Target(self.name, self.port, [http_request(self.port, self.path, body, tag) for body in bodies])

    def answer(self, clients: Clients, question: Question, number: int, organizations: int) -> Any:
        """The data of an answer in our shape. Raises RuntimeError for an error."""
        _, body = clients.answer(self.target(question, [number], organizations))
        return self.data(question, orjson.loads(body)["data"])


def _document(question: Question, variables: Variables) -> Any:
    return {"query": question.document, "variables": variables}


def _peer_document(question: Question, variables: Variables) -> Any:
    return {"query": question.peer, "variables": variables}


def _cypher(collected: bool) -> Callable[[Question, Variables], Any]:
    return lambda question, variables: {"question": question.name, "variables": variables, "collected": collected}


# ---- each service


@contextmanager
def neo4j(home: Path) -> Iterator[neo4j_server.Neo4jServer]:
    """A Neo4j of the project's release, stopped at the end. Raises PeerMissing."""
    try:
        server = neo4j_server.start(home, heap="2g")
    except ServerError as error:
        raise PeerMissing(f"No Neo4j, so nothing on it is measured: {error}") from error
    try:
        yield server
    finally:
        neo4j_server.stop(home)


@contextmanager
def ours(name: str, data: Path, **environment: str) -> Iterator[Service]:
    with running_server(data, **LIKE_PEERS, **environment) as server:
        port = int(server.url.rpartition(":")[2])
        yield Service(name, port, server.process.pid, "/graphql", _document)


def with_kept_answers(service: Service) -> Iterator[Service]:
    """The same service, asked for what it has answered before."""
    common = (service.port, service.process, service.path, service.body, service.data)
    yield Service(f"{service.name}, {KEPT}", *common, kept=True)
    yield Service(f"{service.name}, {UNCHANGED}", *common, kept=True, unchanged=True)


@contextmanager
def neo4j_graphql(uri: str) -> Iterator[Service]:
    """Raises PeerMissing where node or its packages cannot be had."""
    _install_node_packages()
    with _started(["node", "neo4j_graphql.mjs", uri], PEERS) as (port, process):
        yield Service(NEO4J_GRAPHQL, port, process, "/", _peer_document, lambda question, data: question.of_peer(data))


def _install_node_packages() -> None:
    installed, lock = PEERS / "node_modules" / ".package-lock.json", PEERS / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    if not shutil.which("node") or not shutil.which("npm"):
        raise PeerMissing(f"{NEO4J_GRAPHQL} is not measured: node and npm are not installed.")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if (ended := subprocess.run(command, cwd=PEERS, capture_output=True, text=True, check=False)).returncode:
        raise PeerMissing(f"{NEO4J_GRAPHQL} is not measured: `npm ci` in {PEERS} failed: {ended.stderr[-300:]}")


@contextmanager
def strawberry(name: str, *arguments: str) -> Iterator[Service]:
    with _started(["benchmarks.peers.strawberry_server", *arguments]) as (port, process):
        yield Service(name, port, process, "/graphql", _document, answers_all=False)


@contextmanager
def drivers(uri: str) -> Iterator[tuple[Service, Service]]:
    """One server: rows one record at a time, and collected."""
    with _started(["benchmarks.peers.driver_server", uri]) as (port, process):
        yield (
            Service(DRIVER_RECORDS, port, process, "/", _cypher(collected=False)),
            Service(DRIVER_COLLECTED, port, process, "/", _cypher(collected=True)),
        )


@contextmanager
def _started(command: Sequence[str], folder: Path = PROJECT) -> Iterator[tuple[int, int]]:
    """Port and process of a server that gets its port as the last argument; a name of a module is run by this Python.
    Raises PeerMissing."""
    port = free_port()
    program = [*command] if command[0] == "node" else [sys.executable, "-m", *command]
    process = subprocess.Popen([*program, str(port)], cwd=folder, env=_environment(), stdout=subprocess.DEVNULL)
    try:
        _wait_for_port(port, process, " ".join(command[:2]))
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("WATTGRAPH_")} | {
        "NODE_ENV": "production"
    }


def _wait_for_port(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PeerMissing(f"{name} ended with {process.returncode} before it listened.")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise PeerMissing(f"{name} did not listen within {START_SECONDS} s.")
