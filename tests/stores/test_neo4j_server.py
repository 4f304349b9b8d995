"""The runner of a local Neo4j, on real processes: one server for the file, and homes that hold none."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import ServerError
from graph.stores.neo4j import server as neo4j_server
from graph.stores.neo4j.server import Neo4jServer, find_java, find_maven, start, status, stop
from tests.neo4j_fixture import HOW_TO_GET_ONE, ServerForTests


@pytest.fixture(scope="module")
def running(neo4j_for_tests: ServerForTests, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """The server of the tests, where they have started one themselves."""
    if neo4j_for_tests.started:
        yield neo4j_for_tests.started
        return
    try:
        find_java()
        find_maven()
    except ServerError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{missing} To get one: {HOW_TO_GET_ONE}.")
    home = tmp_path_factory.mktemp("neo4j")
    yield start(home, heap="512m", wait_seconds=600)
    stop(home)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of the server's."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]) as process:
        yield process
        process.kill()


def write_state(home: Path, **state: object) -> Path:
    file = home / "run" / "wattgraph.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"home": str(home), "bolt_port": 1, "http_port": 2, "auth": False, "born": "x"} | state))
    return file


def test_a_started_server_answers_on_its_ports_and_names_them(running: Neo4jServer) -> None:
    with urllib.request.urlopen(running.http_url, timeout=120) as answer:
        said = json.load(answer)
    assert said["neo4j_version"] == neo4j_server.NEO4J
    assert said["bolt_direct"] == running.bolt_uri
    assert status(running.home) == running


def test_the_browser_address_connects_without_authentication(running: Neo4jServer) -> None:
    assert running.browser_url.endswith(
        f":{running.http_port}/browser/?connectURL=bolt://127.0.0.1:{running.bolt_port}&preselectAuthMethod=NO_AUTH"
    )
    with urllib.request.urlopen(running.browser_url, timeout=120) as page:
        assert page.status == 200


def test_a_server_listens_on_loopback_only(running: Neo4jServer) -> None:
    listening = subprocess.run(
        [sys.executable, "-c", LISTENERS, str(running.pid)], capture_output=True, text=True, check=True
    )
    assert set(listening.stdout.split()) == {f"127.0.0.1:{running.bolt_port}", f"127.0.0.1:{running.http_port}"}


# psutil gives the v6 form of a v4 address as ::ffff:127.0.0.1.
LISTENERS = """
import psutil, sys
for link in psutil.Process(int(sys.argv[1])).net_connections():
    if link.status == psutil.CONN_LISTEN:
        print(f"{link.laddr.ip.removeprefix('::ffff:')}:{link.laddr.port}")
"""


def test_starting_twice_on_one_home_returns_the_running_server(running: Neo4jServer) -> None:
    assert start(running.home, bolt_port=running.bolt_port) == running


def test_a_port_in_use_is_refused_before_anything_starts(running: Neo4jServer, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=f"Port {running.bolt_port} of 127.0.0.1 cannot be had.*another port"):
        start(tmp_path, bolt_port=running.bolt_port)
    assert status(tmp_path) is None


def test_a_failed_start_shows_the_log_and_leaves_no_process(running: Neo4jServer, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"Invalid maximum heap size: -Xmx9x[\s\S]*Give the heap as 512m or 2g"):
        start(tmp_path, heap="9x")
    assert not (tmp_path / "run" / "wattgraph.json").exists()


def test_a_start_that_takes_too_long_is_ended(running: Neo4jServer, tmp_path: Path, monkeypatch) -> None:
    spawned: list[int] = []
    spawn = neo4j_server._spawn
    monkeypatch.setattr(neo4j_server, "_spawn", lambda *asked: spawned.append(spawn(*asked)) or spawned[-1])
    with pytest.raises(ServerError, match=r"did not start within 0\.2 seconds"):
        start(tmp_path, heap="512m", wait_seconds=0.2)
    assert neo4j_server._born(spawned[0]) is None


def test_a_server_is_stopped_once(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    born = neo4j_server._born(sleeper.pid)
    file = write_state(tmp_path, pid=sleeper.pid, born=born)
    assert stop(tmp_path)
    assert sleeper.wait() == -signal.SIGTERM
    assert not file.exists()
    assert not stop(tmp_path)


def test_a_foreign_process_with_the_id_of_a_past_server_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    file = write_state(tmp_path, pid=sleeper.pid, born="another boot 12345")
    assert status(tmp_path) is None
    assert not stop(tmp_path)
    assert sleeper.poll() is None
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"', '{"born": "x"}'])
def test_a_state_file_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    write_state(tmp_path, pid=1).write_text(text)
    assert status(tmp_path) is None
    assert not stop(tmp_path)


def test_missing_java_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_server, "JVM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ServerError, match="needs Java 17 or 21, and there is none") as told:
        start(tmp_path / "home")
    assert "apt-get install openjdk-17-jre-headless" in told.value.remedy


def test_a_java_of_another_release_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"25.0.1\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setattr(neo4j_server, "JVM_FOLDERS", ())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match=r"java is Java 25\)"):
        find_java()


def test_missing_maven_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match="apt-get install maven"):
        neo4j_server.fetch_jars(tmp_path / "bin" / "java")


def test_a_failed_fetch_leaves_nothing_that_looks_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] no route'; exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("WATTGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match=r"could not fetch[\s\S]*no route"):
        neo4j_server.fetch_jars(tmp_path / "bin" / "java")
    assert not [folder for folder in (tmp_path / "cache").glob("neo4j-*") if folder.suffix not in {".part", ".lock"}]


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", neo4j_server._free_port()))
