"""One write through all that it passes: a token, a server process, a subscriber, a kill, and the store behind it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest
from neo4j import GraphDatabase

from tests import facts
from tests.api.live_server import events
from tests.api.writers import ADD
from tests.command import run_command
from tests.neo4j_fixture import emptied
from tests.server import Server, running_server

RECORDS = [
    {"type": "Source", "id": "wire", "url": "https://example.org/wire", "publisher": "Wire", "published": "2026-03-01",
     "kind": "NEWSWIRE", "origin": "wire"},
    {"type": "Organization", "id": "new-host", "claims": [
        {"says": {"name": "New Host", "country": "US"}, "sources": ["wire"], "confidence": "high"}]},
]  # fmt: skip
NAMED = '{ organization(key: "new-host") { name statements(property: "name") { nodes { source { publisher } } } } }'
NAME = {"organization": {"name": "New Host", "statements": {"nodes": [{"source": {"publisher": "Wire"}}]}}}
FILTER = 'subscription { graphChanged(filter: {subjects: ["new-host"]}) { subjects dataVersion { id } } }'


def _wattgraph(data: Path, *arguments: str, **more: str) -> str:
    ended = run_command(data, *arguments, **more)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _post(server: Server, token: str, document: str, **variables: object) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"}
    asked = {"query": document, "variables": variables}
    return dict(httpx.post(f"{server.url}/graphql", json=asked, headers=headers, timeout=240).json())


@pytest.mark.parametrize("adapter", ["embedded", "neo4j"])
@pytest.mark.slow
async def test_a_write_is_told_kept_and_found(adapter: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    uri = request.getfixturevalue("neo4j_uri") if adapter == "neo4j" else None
    more = {"WATTGRAPH_SEEDS": str(facts.write(tmp_path))} | ({"WATTGRAPH_NEO4J_URI": uri} if uri else {})
    if uri:
        emptied(uri)
    _wattgraph(tmp_path, "load", **more)
    token = _wattgraph(tmp_path, "token", "create", "--name", "desk", "--scope", "editor", **more).strip()
    asked = {"importKey": "story", "records": RECORDS}
    with running_server(tmp_path, **more) as server:
        async with events(server.url, FILTER) as stream:
            assert await stream.block() == [": listening"]
            written = _post(server, token, ADD, input=asked)["data"]["addStatements"]  # type: ignore[index]
            assert (written["added"], written["unchanged"], written["retracted"]) == (2, 0, 0)
            _, told = await stream.event()
            assert told["data"]["graphChanged"]["dataVersion"]["id"] == written["dataVersion"]["id"]
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
    with running_server(tmp_path, **more) as server:
        assert _post(server, token, NAMED)["data"] == NAME
        assert _post(server, token, ADD, input=asked)["data"]["addStatements"] == written  # type: ignore[index]
    assert "unbroken" in _wattgraph(tmp_path, "audit", "verify", **more)
    if uri:
        with GraphDatabase.driver(uri) as driver:
            found = driver.execute_query("MATCH (o:Organization {key: 'new-host'}) RETURN o.name AS name").records
            assert [record["name"] for record in found] == ["New Host"]
        emptied(uri)
