"""A Neo4j server for the tests, one per run: a given one, else one in Docker, else one from its Java archives.

`neo4j_uri` is its Bolt address (no authentication), `neo4j_browser` the address of Neo4j Browser on it. The database
is the tests' to empty, with `emptied`. The server's end does not hang on pytest's: a guard process notices when
pytest is gone, however it went, and ends the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from cli.commands.neo4j import browser_settings
from graph.browser.addresses import connect_commands
from graph.errors import ServerError
from graph.stores.neo4j import server as neo4j_server
from tests.budgets import AUDIT
from tests.server import free_port
from tests.workers import claim_neo4j

GIVEN = "WATTGRAPH_TEST_NEO4J_URI"
MARK = "WattgraphTest"
IMAGE = "neo4j:5.26-community"
HOW_TO_GET_ONE = f"run a Docker engine, or install Java 17 or 21 and Maven, or set {GIVEN}"
START_SECONDS = 600
"""How long a server may take: on a busy machine, minutes."""

# A server of minutes never gets back what it spends on compiling well: with the first compiler alone it starts and
# loads the facts in about half the time, and half of the processor time. The tests of the command line inherit this.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

SETTINGS = {"dbms.cypher.min_replan_interval": "1d"}
"""Tests empty and fill the database all the time. Where Neo4j plans every text anew whose counts have changed for ten
seconds, tests of loads and writes take it nearly twice as long (210 s of a processor, 150 with this)."""


@dataclass(frozen=True)
class ServerForTests:
    uri: str
    browser: str | None
    api_port: int
    """Where Neo4j Browser looks for the service's style and guide."""
    started: neo4j_server.Neo4jServer | None = None
    """Where it runs from its Java archives."""


class NoServer(Exception):
    """One line: what is missing."""


@pytest.fixture(scope="session")
def neo4j_for_tests(pytestconfig: pytest.Config) -> Iterator[ServerForTests]:
    claim_neo4j(pytestconfig)
    missing: list[str] = []
    with ExitStack() as servers:
        for offer in (_given_server, _docker_server, _java_server):
            try:
                server = servers.enter_context(offer())
                _claim(server.uri)
            except NoServer as reason:
                missing.append(str(reason))
            else:
                _tell(pytestconfig, missing)
                yield server
                return
    said = f"No Neo4j for the tests: {' '.join(missing)} To get one: {HOW_TO_GET_ONE}."
    if os.environ.get("CI") == "true":
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


@pytest.fixture(scope="session")
def neo4j_uri(neo4j_for_tests: ServerForTests) -> str:
    return neo4j_for_tests.uri


@pytest.fixture(scope="session")
def neo4j_browser(neo4j_for_tests: ServerForTests) -> str:
    if neo4j_for_tests.browser is None:
        pytest.skip(f"The server of {GIVEN} has no known address of Neo4j Browser.")
    return neo4j_for_tests.browser


def emptied(uri: str) -> str:
    """Removes what the last test left, but not the mark that says: this database is the tests'. Constraints and indexes
    stay, since making them takes seconds."""
    with _connected(uri) as driver, driver.session() as session:
        # In batches: a large graph does not fit into one transaction's memory.
        session.run(
            f"MATCH (n) WHERE NOT n:{MARK} CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
    return uri


def _drop_schema(uri: str) -> None:
    with _connected(uri) as driver:
        for name in _names(driver, "SHOW CONSTRAINTS YIELD name"):
            driver.execute_query(f"DROP CONSTRAINT `{name}`")
        # The lookup indexes are the database's own.
        for name in _names(driver, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
            driver.execute_query(f"DROP INDEX `{name}`")


def _tell(config: pytest.Config, missing: list[str]) -> None:
    """A server that was named and is not used would otherwise be passed over in silence."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(GIVEN) and missing and terminal:
        terminal.write_line(f"\n{GIVEN} is not used: {missing[0]}")


@contextmanager
def _given_server() -> Iterator[ServerForTests]:
    given = os.environ.get(GIVEN)
    if not given:
        raise NoServer(f"{GIVEN} is not set.")
    yield ServerForTests(uri=given, browser=None, api_port=free_port())


def _claim(uri: str) -> None:
    """Puts the mark into an empty database; refuses one that holds somebody's data."""
    try:
        with _connected(uri) as driver:
            total, marks = driver.execute_query(
                "MATCH (n) RETURN count(n), count(CASE WHEN $mark IN labels(n) THEN 1 END)", mark=MARK
            ).records[0]
            if total and not marks:
                raise NoServer(f"The database at {uri} holds {total} nodes that are not the tests'.")
            driver.execute_query(f"MERGE (:{MARK})")
    except (DriverError, Neo4jError) as error:
        raise NoServer(f"The server at {uri} does not answer ({type(error).__name__}).") from error
    _drop_schema(emptied(uri))


@pytest.fixture(scope="session")
def neo4j_2026_uri() -> Iterator[str]:
    """A server of the release that is not the usual one, for one test: some forty seconds of a processor, the facts
    included. It needs Java 21."""
    with ExitStack() as servers:
        try:
            server = servers.enter_context(_java_server(neo4j_server.RELEASES["2026"]))
        except NoServer as reason:
            if os.environ.get("CI") == "true" and AUDIT:
                pytest.fail(str(reason), pytrace=False)
            pytest.skip(str(reason))
        _claim(server.uri)
        yield server.uri


@contextmanager
def _java_server(release: neo4j_server.Release = neo4j_server.LTS) -> Iterator[ServerForTests]:
    home = Path(tempfile.mkdtemp(prefix="wattgraph-neo4j-"))
    api_port = free_port()
    browser = browser_settings(f"http://127.0.0.1:{api_port}")
    with _guarded(
        f"from pathlib import Path; from shutil import rmtree; from graph.stores.neo4j.server import stop; "
        f"home = Path({str(home)!r}); stop(home); rmtree(home)"
    ):
        try:
            server = neo4j_server.start(
                home,
                gds=True,
                heap="1g",
                browser=browser,
                release=release,
                wait_seconds=START_SECONDS,
                settings=SETTINGS,
            )
        except ServerError as error:
            raise NoServer(str(error)) from error
        yield ServerForTests(server.bolt_uri, server.browser_url, api_port, server)


def _docker_runs() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        asked = ["docker", "version", "--format", "{{.Server.Version}}"]
        return subprocess.run(asked, capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def _docker_server() -> Iterator[ServerForTests]:
    if not _docker_runs():
        raise NoServer("No Docker engine answers.")
    name, api_port = f"wattgraph-tests-{os.getpid()}", free_port()
    allowed = "NEO4J_browser_remote__content__hostname__whitelist=127.0.0.1,localhost"
    commands = f"NEO4J_browser_post__connect__cmd={connect_commands(f'http://127.0.0.1:{api_port}')}"
    own = [f"NEO4J_{name.replace('_', '__').replace('.', '_')}={value}" for name, value in SETTINGS.items()]
    settings = [word for each in ("NEO4J_AUTH=none", allowed, commands, *own) for word in ("--env", each)]
    run = ["docker", "run", "--detach", "--rm", "--name", name, *settings]
    ports = ["--publish", "127.0.0.1::7687", "--publish", "127.0.0.1::7474"]
    with _guarded(f"import subprocess; subprocess.run(['docker', 'rm', '--force', {name!r}], capture_output=True)"):
        began = subprocess.run([*run, *ports, IMAGE], capture_output=True, text=True, check=False)
        if began.returncode:
            raise NoServer(f"Docker does not run {IMAGE} ({began.stderr.strip().splitlines()[-1]}).")
        bolt, http = _published(name, 7687), _published(name, 7474)
        _wait_until_answering(f"bolt://{bolt}")
        browser = f"http://{http}/browser/?connectURL=bolt://{bolt}&preselectAuthMethod=NO_AUTH"
        yield ServerForTests(uri=f"bolt://{bolt}", browser=browser, api_port=api_port)


def _published(container: str, port: int) -> str:
    """The address on this machine, such as 127.0.0.1:32768."""
    asked = ["docker", "port", container, f"{port}/tcp"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[0]


def _wait_until_answering(uri: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with _connected(uri):
                return
        except DriverError as error:
            if time.monotonic() > deadline:
                raise NoServer(f"The container did not answer within {START_SECONDS} seconds.") from error
            time.sleep(0.5)


@contextmanager
def _guarded(farewell: str) -> Iterator[None]:
    """Runs the Python code `farewell` when the block ends, or when this process is gone, be it by SIGKILL.

    The guard waits at the end of a pipe whose other end only this process holds.
    """
    code = f"import sys; sys.stdin.read(); {farewell}"
    # A session of its own: Ctrl-C is for pytest alone.
    guard = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        guard.communicate()


@contextmanager
def _connected(uri: str) -> Iterator[Driver]:
    with GraphDatabase.driver(uri) as driver:
        driver.verify_connectivity()
        yield driver


def _names(driver: Driver, show: str) -> list[str]:
    return [record["name"] for record in driver.execute_query(show).records]
