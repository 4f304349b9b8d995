"""The facts of the project, read, projected and loaded once in each process of tests, on a day that stays."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path

import pytest

import cli.commands.facts
import docs.generate
import graph.analytics.core.facts
from api.context.store_provider import StoreProvider
from graph.analytics.network import doubt
from graph.errors import WattgraphError
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.seeding import scenario_files
from graph.seeding.fact_files import read_folder
from graph.seeding.reader import read_files, read_seeds
from graph.seeding.scenario_files import Scenarios, read_scenarios
from graph.seeding.yaml_records import RecordFile
from graph.settings import PROJECT, Settings, read_settings
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.vocabulary.model import Row
from tests.facts import TODAY
from tests.neo4j_fixture import emptied

Under = Callable[[Lens], Graph]
SEEDS = PROJECT / "seeds"
MANY_STATEMENTS = 10_000
"""A log that has as many is that of the facts, or of the facts in a scenario."""
MAX_LENSES = 32
"""So that a lens that several tests ask under is projected once."""
DATABASE = "wattgraph.sqlite"


@pytest.fixture(scope="session", autouse=True)
def projected_once() -> Iterator[None]:
    """Both stores, and the stores that commands open, share their projections of the facts under other lenses than the
    default one: `project` is a pure function, tested as such."""
    project_anew, project_near = scenario_files.project, scenario_files.project_other_days
    kept: OrderedDict[tuple[str, Lens], Graph] = OrderedDict()

    def project_or_recall(log: StatementLog, lens: Lens) -> Graph:
        if len(log.statements) < MANY_STATEMENTS:
            return project_anew(log, lens)
        key = log.version, lens
        graph = kept[key] = kept.pop(key, None) or project_anew(log, lens)
        if len(kept) > MAX_LENSES:
            kept.popitem(last=False)
        return graph

    def project_near_or_recall(near: Graph, log: StatementLog, lens: Lens) -> Graph:
        if len(log.statements) < MANY_STATEMENTS:
            return project_near(near, log, lens)
        return project_or_recall(log, lens)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenario_files, "project", project_or_recall)
        patch.setattr(scenario_files, "project_other_days", project_near_or_recall)
        yield


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """Commands, examples of the documentation and analytics that read the facts of the project on one day get the same
    log: reading takes three seconds, and has its tests in `tests/seeding`."""
    logs: dict[tuple[bool, date], StatementLog] = {}
    files: list[RecordFile] = []

    def read_or_recall(folder: Path, *, check_dates: bool = True, **limits: int) -> StatementLog:
        if folder.resolve() != SEEDS:
            return read_seeds(folder, check_dates=check_dates, **limits)
        key = check_dates, today()
        if key not in logs:
            logs[key] = read_seeds(folder, check_dates=check_dates)
        return logs[key]

    def read_files_or_recall(folder: Path, *limits: int) -> Sequence[RecordFile]:
        if folder.resolve() != SEEDS:
            return read_folder(folder, *limits)
        files.extend(() if files else read_folder(folder))
        return files

    def log_or_recall(given: Sequence[RecordFile], *, day: date | None) -> StatementLog:
        return read_or_recall(SEEDS) if given is files and day == today() else read_files(given, day=day)

    with pytest.MonkeyPatch.context() as patch:
        for module in (cli.commands.facts, graph.analytics.core.facts, docs.generate):
            patch.setattr(module, "read_seeds", read_or_recall)
        patch.setattr(cli.commands.facts, "read_folder", read_files_or_recall)
        patch.setattr(cli.commands.facts, "read_files", log_or_recall)
        yield


@pytest.fixture(scope="session", autouse=True)
def doubted_once() -> Iterator[None]:
    """A link of the facts of which some statements are doubted is projected once, whatever is ranked: the draws of a
    seed, and the facts without one source, are the same for every metric."""
    project_anew = doubt.CountingStatements.project
    kept: dict[tuple[str, Lens], dict[doubt.LinkState, Row | None]] = {}

    def project_or_recall(
        evidence: doubt.CountingStatements, states: Iterable[doubt.LinkState]
    ) -> Mapping[doubt.LinkState, Row | None]:
        if len(evidence.log.statements) < MANY_STATEMENTS:
            return project_anew(evidence, states)
        rows = kept.setdefault((evidence.log.version, evidence.view.snapshot.lens), {})
        rows.update(project_anew(evidence, set(states) - rows.keys()))
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doubt.CountingStatements, "project", project_or_recall)
        yield


@pytest.fixture(scope="session")
def seeds_log() -> StatementLog:
    return read_seeds(SEEDS)


@pytest.fixture(scope="session")
def seeds_scenarios() -> Scenarios:
    return read_scenarios(SEEDS)


@pytest.fixture(scope="session")
def seeds_under(seeds_log: StatementLog) -> Under:
    """The projection of the facts under a lens, made when it is first wanted."""

    @cache
    def under(lens: Lens) -> Graph:
        return project(seeds_log, lens)

    return lambda lens: under(lens.on(TODAY))


@pytest.fixture(scope="session")
def seeds_graph(seeds_under: Under) -> Graph:
    return seeds_under(DEFAULT_LENS)


@pytest.fixture(scope="session")
def seeds_reader(seeds_graph: Graph) -> EmbeddedReader:
    return reader_of(seeds_graph)


def reader_of(graph: Graph) -> EmbeddedReader:
    """A reader without a store."""
    return EmbeddedReader(graph, DataVersion(graph.version, "", 0, ""))


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seeded")


@pytest.fixture(scope="session")
async def seeded(
    seeded_folder: Path, seeds_log: StatementLog, seeds_scenarios: Scenarios
) -> AsyncIterator[EmbeddedStore]:
    """An embedded store with the facts and their scenarios, which no test writes to."""
    store = await EmbeddedStore.open(
        seeded_folder, clock=lambda: TODAY, max_lenses=MAX_LENSES, scenarios=seeds_scenarios
    )
    await store.load(seeds_log)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def seeds_provider(seeded: EmbeddedStore) -> StoreProvider:
    """The store with the facts behind the caches of a service: what several tests compute is computed once."""
    return StoreProvider(seeded)


@pytest.fixture(scope="session")
async def _neo4j_provider(neo4j_uri: str, seeds_scenarios: Scenarios) -> AsyncIterator[StoreProvider]:
    settings = read_settings(neo4j_uri=neo4j_uri, neo4j_timeout=60, limit_lenses=MAX_LENSES)
    provider = StoreProvider(await Neo4jStore.open(settings, lambda: TODAY, scenarios=seeds_scenarios))
    yield provider
    await provider.close()


@pytest.fixture(scope="module")
async def neo4j_provider(_neo4j_provider: StoreProvider, neo4j_uri: str, seeds_log: StatementLog) -> StoreProvider:
    """The same on Neo4j, which no test of the module writes to."""
    await load_into_neo4j(neo4j_uri, seeds_log)
    return _neo4j_provider


@pytest.fixture(scope="session")
def seeds_data(seeded: EmbeddedStore, seeded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an embedded store with the facts: for processes and commands that only read, and to be copied."""
    return copy_of(seeded_folder, tmp_path_factory.mktemp("seeds") / "data")


@pytest.fixture
def seeds_copy(tmp_path: Path, seeds_data: Path) -> Path:
    """The folder of an embedded store with the facts, which the test may write to."""
    return copy_of(seeds_data, tmp_path / "data")


async def load_into_neo4j(uri: str, log: StatementLog) -> None:
    """The database at `uri` now holds the facts; it is emptied and loaded only where it holds something else."""
    if await _neo4j_version(uri) != log.version:
        emptied(uri)
        store = await _neo4j_store(uri)
        await store.load(log)
        await store.close()


async def _neo4j_version(uri: str) -> str | None:
    store = await _neo4j_store(uri)
    try:
        return (await store.reader()).version.id
    except WattgraphError:  # empty, or left by a test that breaks stores
        return None
    finally:
        await store.close()


async def _neo4j_store(uri: str) -> Neo4jStore:
    return await Neo4jStore.open(Settings(neo4j_uri=uri, neo4j_timeout=60), lambda: TODAY)


def copy_of(data: Path, folder: Path) -> Path:
    """`folder`, now an embedded store that holds what the one in `data` does."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(data / DATABASE)) as old, closing(sqlite3.connect(folder / DATABASE)) as new:
        old.backup(new)
    return folder
