"""Every snippet of the documentation is run. `WATTGRAPH_TEST_UPDATE_DOCS=1` writes the answers anew."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from neo4j import AsyncGraphDatabase

from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from api.schema.ids import global_id
from docs.generate import PAGES
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.seeding.reader import read_seeds
from graph.seeding.scenario_files import KEYS
from graph.settings import PROJECT, Settings
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import SourceReading
from tests import facts
from tests.command import Ended, run_command
from tests.seeds_fixture import copy_of, load_into_neo4j
from tests.server import Server, running_server

UPDATE = os.environ.get("WATTGRAPH_TEST_UPDATE_DOCS") == "1"
TEXTS = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "seeds" / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
]
NOT_RUN = re.compile(
    r"make run|docker compose up|wattgraph neo4j|wattgraph report all|wattgraph export edition|text/event-stream"
)
"""Run by tests of their own (test_cli.py, test_service.py, reports/test_dossier.py, exports/test_edition.py), or
checked as files (test_packaging.py)."""


@dataclass(frozen=True)
class Snippet:
    path: Path
    line: int
    language: str
    text: str
    answer: str | None

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(PROJECT)}:{self.line}"


RECIPES = PROJECT / "docs" / "extending.md"
"""Its snippets are applied by test_extending.py."""


def _snippets() -> Iterator[Snippet]:
    for path in (one for one in TEXTS if one != RECIPES):
        found = list(re.finditer(r"^```(\w+)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S))
        for index, match in enumerate(found):
            following = found[index + 1] if index + 1 < len(found) else None
            answered = following is not None and following[1] == "json" and following.start() - match.end() < 3
            line = path.read_text(encoding="utf-8").count("\n", 0, match.start()) + 1
            yield Snippet(path, line, match[1], match[2], following[2] if answered and following else None)


SNIPPETS = list(_snippets())
DOCUMENTS = {path.read_text(encoding="utf-8") for path in (PROJECT / "tests" / "queries").glob("*.graphql")}
"""Run by tests/test_both_stores.py; docs/api.md shows many of them."""


def _of(language: str, chosen: Callable[[str], bool] = bool) -> pytest.MarkDecorator:
    found = [one for one in SNIPPETS if one.language == language and one.text not in DOCUMENTS and chosen(one.text)]
    return pytest.mark.parametrize("snippet", found, ids=[one.name for one in found])


@pytest.fixture(scope="module")
def server(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(copy_of(seeds_data, tmp_path_factory.mktemp("docs") / "data")) as running:
        yield running


def test_every_language_of_a_snippet_is_run() -> None:
    assert {one.language for one in SNIPPETS} <= {"graphql", "json", "sh", "yaml", "cypher", "python"}


@_of("graphql")
async def test_graphql_answers_as_it_is_written(snippet: Snippet, seeds_provider: StoreProvider) -> None:
    response = await execute_request(seeds_provider, GraphQLRequest(snippet.text))
    assert not response.has_errors, response.json
    data = json.loads(response.json)["data"]
    if UPDATE and snippet.answer is not None:
        _write_answer(snippet, data)
    elif snippet.answer is not None:
        assert data == json.loads(snippet.answer)


PYTHON = [one for one in SNIPPETS if one.language == "python" and "graphChanged" not in one.text]
"""Those that compute; the others listen."""


@pytest.mark.parametrize("path", sorted({one.path for one in PYTHON}), ids=lambda path: path.name)
@pytest.mark.slow
def test_python_of_a_page_runs_from_top_to_bottom(path: Path) -> None:
    namespace: dict[str, object] = {}
    for snippet in (one for one in PYTHON if one.path == path):
        printed = io.StringIO()
        with redirect_stdout(printed):
            # blank lines before it: a failure tells the line of the page
            exec(compile("\n" * snippet.line + snippet.text, str(path), "exec"), namespace)  # noqa: S102
        if UPDATE and snippet.answer is not None:
            _write_answer(snippet, json.loads(printed.getvalue()))
        elif snippet.answer is not None:
            assert json.loads(printed.getvalue()) == json.loads(snippet.answer)


def _write_answer(snippet: Snippet, data: object) -> None:
    text = snippet.path.read_text(encoding="utf-8")
    start = text.index(snippet.text) + len(snippet.text)
    old = re.compile(r"```json\n.*?^```$", re.M | re.S).search(text, start)
    assert old is not None
    answer = f"```json\n{_short_json(data)}\n```"
    snippet.path.write_text(text[: old.start()] + answer + text[old.end() :], encoding="utf-8")


def _short_json(data: object, indent: str = "") -> str:
    """JSON with what fits on a line on one line."""
    flat = json.dumps(data, ensure_ascii=False)
    if len(indent) + len(flat) <= 118 or not isinstance(data, dict | list):
        return flat
    inner = indent + "  "
    if isinstance(data, dict):
        parts = [f"{inner}{json.dumps(name)}: {_short_json(value, inner)}" for name, value in data.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _short_json(value, inner) for value in data) + f"\n{indent}]"


@pytest.fixture(scope="module")
def shell(server: Server) -> dict[str, str]:
    """The environment of a reader who has made a token and keeps it in TOKEN."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["wattgraph", "token", "create", "--name", "docs", "--scope", "editor"]
    own = {**server.environment, "PATH": path}
    made = subprocess.run(command, env=own, cwd=PROJECT, capture_output=True, text=True, check=True)
    return {**own, "TOKEN": made.stdout.strip()}


NEO4J_ADDRESS = "bolt://127.0.0.1:7687"


@_of("sh", lambda text: NEO4J_ADDRESS not in text)
@pytest.mark.slow
def test_shell_commands_work(
    snippet: Snippet, server: Server, shell: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    overlay = {OVERLAY_SETTING: str(_write_overlay(tmp_path))} if snippet.path == OVERLAY else {}
    _run_shell(snippet.text, snippet.answer, server, shell | overlay)


OVERLAY, OVERLAY_SETTING = PROJECT / "docs" / "overlay.md", "WATTGRAPH_OVERLAY"
"""A page whose commands read the files that it shows, and the setting that names their folder."""


def _write_overlay(folder: Path) -> Path:
    """The files of docs/overlay.md in a folder `private`."""
    for name, text in re.findall(
        r"^`private/([\w/]+\.yaml)`.*?```yaml\n(.*?)```", OVERLAY.read_text("utf-8"), re.M | re.S
    ):
        path = folder / "private" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "private"


@_of("sh", lambda text: NEO4J_ADDRESS in text)
def test_shell_commands_on_neo4j_work(
    snippet: Snippet,
    server: Server,
    shell: dict[str, str],
    neo4j_loaded: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    _run_shell(snippet.text.replace(NEO4J_ADDRESS, neo4j_loaded), snippet.answer, server, shell)


def _run_shell(text: str, answer: str | None, server: Server, shell: dict[str, str]) -> None:
    # a line that is indented, or closes what is, belongs to the one before it
    for line in re.split(r"\n(?![\s}])", text.strip()):
        if NOT_RUN.search(line):
            continue
        assert line.startswith(("wattgraph ", "curl ")), line
        command = line.replace("http://127.0.0.1:8000", server.url).replace("curl -s", "curl -sf")
        ended = _run_line(command, shell)
        assert ended.returncode == 0, ended.stderr
        assert '"errors"' not in ended.stdout
    if answer is not None:
        assert json.loads(ended.stdout)["data"] == json.loads(answer)


def _run_line(line: str, shell: dict[str, str]) -> Ended | subprocess.CompletedProcess[str]:
    """A command of the shell; a plain one of ours without another start of Python."""
    if line.startswith("wattgraph ") and not re.search(r"[|<>&;$`]", line):
        more = {name: shell[name] for name in (OVERLAY_SETTING,) if name in shell}
        return run_command(Path(shell["WATTGRAPH_DATA"]), *shlex.split(line)[1:], **more)
    return subprocess.run(["bash", "-c", line], env=shell, capture_output=True, text=True)


LISTENING = [one for one in SNIPPETS if one.language in ("python", "sh") and "graphChanged" in one.text]


@pytest.fixture(scope="module")
async def small_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, EmbeddedStore]]:
    """A server over a small world with IREN in it, and the store that another process would write to."""
    folder = tmp_path_factory.mktemp("small")
    store = await EmbeddedStore.open(folder / "data")
    iren = "- {id: iren, claims: [{says: {name: IREN}, sources: [filing], confidence: high}]}\n"
    await store.load(facts.log_of(folder, organizations=facts.ORGANIZATIONS + iren))
    with running_server(folder / "data") as running:
        yield running, store
    await store.close()


@pytest.mark.parametrize("snippet", LISTENING, ids=[one.name for one in LISTENING])
@pytest.mark.slow
async def test_a_snippet_that_listens_is_told_of_a_change(
    snippet: Snippet, small_server: tuple[Server, EmbeddedStore]
) -> None:
    server, store = small_server
    text = snippet.text.replace("127.0.0.1:8000", server.url.removeprefix("http://"))
    command = [sys.executable, "-c", text] if snippet.language == "python" else ["bash", "-c", text]
    listener = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        told = asyncio.create_task(_first_line_with(b"graphChanged", listener))
        for number in range(60):  # it does not tell when it listens
            await _write_of_iren(store, f"{snippet.name} {number}")
            if (await asyncio.wait([told], timeout=1))[0]:
                break
        assert global_id("Organization", "iren") in await told
    finally:
        os.killpg(listener.pid, signal.SIGKILL)
        await listener.wait()


async def _first_line_with(words: bytes, process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await anext(line async for line in process.stdout if words in line)).decode()


async def _write_of_iren(store: EmbeddedStore, note: str) -> None:
    said = (await store.log()).by_subject["iren"][0]
    await store.apply(StatementLog.of([said.but(note=note)], []), reason="a note")


@_of("cypher")
async def test_cypher_returns_something(snippet: Snippet, neo4j_loaded: str) -> None:
    async with AsyncGraphDatabase.driver(neo4j_loaded) as driver:
        assert (await driver.execute_query(snippet.text)).records  # type: ignore[arg-type]


async def test_the_largest_contracts_in_cypher_are_firm_ones(neo4j_loaded: str, seeds_graph: Graph) -> None:
    """Expected are links that are in force, signed or active and firm, told from their own columns."""
    text = next(one.text for one in SNIPPETS if "contract.mw_critical_it >= 200" in one.text)
    links = [one for one in seeds_graph.rows["Link"].values() if one["capacities"]]
    firm = [
        one.columns.get("mw_critical_it", 0)
        for one in links
        if one.columns["type"] == "PROVIDES_CAPACITY" and one["in_force"]
        if one.columns.get("status") in ("SIGNED", "ACTIVE") and one.columns.get("commitment", "FIRM") == "FIRM"
    ]
    async with AsyncGraphDatabase.driver(neo4j_loaded) as driver:
        records = (await driver.execute_query(text)).records  # type: ignore[arg-type]
    assert [record["mw"] for record in records] == sorted((mw for mw in firm if mw >= 200), reverse=True)
    assert all(record["status"] in ("SIGNED", "ACTIVE") for record in records)


@pytest.fixture(scope="module")
async def neo4j_loaded(neo4j_uri: str, seeds_log: StatementLog) -> str:
    await load_into_neo4j(neo4j_uri, seeds_log)
    return neo4j_uri


def test_the_examples_of_the_seeds_can_be_read(tmp_path: Path) -> None:
    of_seeds = PROJECT / "seeds" / "README.md"
    link, source, read, located, observation, correction, scenario = (
        one.text for one in SNIPPETS if one.language == "yaml" and one.path == of_seeds
    )
    more = (
        "\n- {id: example-news, url: 'https://example.org/n', publisher: N, published: '2026', kind: NEWS, origin: n}\n"
    )
    others = "".join(
        f"- {{id: {key}, claims: [{{says: {{name: N}}, sources: [example-filing], confidence: high}}]}}\n"
        for key in ("example-lab", "example-cloud")
    )
    folder = facts.write(
        tmp_path,
        sources=source + more,
        organizations=correction + others,
        observations=observation,
        sites="- {id: example-campus, claims: [{says: {name: Campus}, sources: [example-filing], confidence: high}]}",
        links_provides_capacity=link + link.replace("example-host-example-lab", "example-host-example-rival"),
    )
    log, scenarios = read_seeds(folder), facts.scenarios_of(tmp_path, scenario)
    assert {"example-host-example-lab", "example-host", "example-host-backlog"} <= log.by_subject.keys()
    scenarios.check(log, facts.TODAY)
    supposed = scenarios.project(log, facts.lens(scenario="example-what-if")).rows["Link"]
    assert supposed["example-host-example-lab"]["value"].amount == 0.5 * 1_200_000_000
    assert all(re.search(rf"^(- |  ){key}:", scenario, re.M) for key in KEYS)
    folder = facts.write(
        tmp_path / "read",
        sources=read + more,
        organizations=correction + others,
        sites="[]",
        links_provides_capacity=located,
    )
    log = read_seeds(folder)
    assert (log.sources["example-filing-of-march"].read, log.sources["example-filing"].read) == (
        SourceReading.SECOND_HAND,
        SourceReading.FIRST_HAND,
    )
    assert {"Exhibit 99.1, p. 3, table 2", None} == {one.locator for one in log.by_subject["example-host-example-lab"]}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.slow
def test_generated_pages_are_in_step(name: str) -> None:
    assert (PROJECT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m docs.generate"


def test_every_setting_is_documented() -> None:
    text = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert all(f"WATTGRAPH_{name.upper()}" in text for name in Settings.model_fields)


def test_links_of_the_documentation_lead_somewhere() -> None:
    for path in TEXTS:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert target.startswith("http") or (path.parent / target).exists(), (path, target)
