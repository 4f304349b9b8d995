"""What loading costs, as ratios of medians measured in one run on one machine.

    python -m benchmarks.load [--neo4j-uri bolt://127.0.0.1:7687] [--runs 5]

Compared are: reading the seeds against parsing their YAML alone, loading the embedded store against SQLite writing
the same bytes, and (with an address of an EMPTY Neo4j database) loading Neo4j against the bare driver creating the same
nodes, without their relationships, constraints and indexes. Nothing else should run meanwhile; absolute times prove
nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import neo4j
import yaml

from graph.evidence.lens import DEFAULT_LENS, today
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.rows import source_row, statement_record
from graph.seeding.reader import read_seeds
from graph.settings import facts_folder, read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.vocabulary.values import canonical

SEEDS = facts_folder()


def measure(runs: int, work: Callable[[], object]) -> float:
    """The median of `runs` runs in seconds, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def compare(what: str, ours: float, peer: float) -> None:
    print(f"| {what} | {ours * 1000:.0f} ms | {peer * 1000:.0f} ms | {ours / peer:.1f} |", flush=True)


def read_yaml() -> None:
    for path in SEEDS.rglob("*.yaml"):
        yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader)  # noqa: S506 (types nothing)


def load_embedded(log: StatementLog) -> None:
    async def load(folder: Path) -> None:
        store = await EmbeddedStore.open(folder)
        await store.load(log)
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(load(Path(folder)))


def write_sqlite(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        connection.close()


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def empty(driver: neo4j.AsyncDriver) -> None:
    async with driver.session() as session:
        await (await session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")).consume()


async def against_neo4j(uri: str, log: StatementLog, graph: Graph, runs: int) -> None:
    """Empties the database between runs."""
    ours, bare = [], []
    async with neo4j.AsyncGraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        count = (await driver.execute_query("MATCH (n) RETURN count(n) AS n")).records[0]["n"]
        if count:
            raise SystemExit(f"The database at {uri} is not empty ({count} nodes); give an empty one.")
        for _ in range(runs):
            store = await Neo4jStore.open(read_settings(neo4j_uri=uri))
            ours.append(await timed(lambda store=store: store.load(log)))
            await store.close()
            await empty(driver)
            bare.append(await timed(lambda: create_bare(driver, graph)))
            await empty(driver)
    compare("load Neo4j : bare driver creating its nodes alone", statistics.median(ours), statistics.median(bare))


async def create_bare(driver: neo4j.AsyncDriver, graph: Graph) -> None:
    """The same nodes by CREATE in one transaction: no relationships, constraints, indexes, no look at what is there."""
    async with driver.session() as session, await session.begin_transaction() as transaction:
        for label, rows in graph.rows.items():
            nodes = [{"key": row.key, **row.columns} for row in rows.values()]
            for start in range(0, len(nodes), 1_000):
                await run(
                    transaction, f"UNWIND $nodes AS node CREATE (n:Bare:`{label}`) SET n = node", nodes[start:][:1_000]
                )
        await transaction.commit()


async def run(transaction: Any, text: str, nodes: list[dict[str, Any]]) -> None:
    await (await transaction.run(text, nodes=nodes)).consume()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--neo4j-uri", help="address of an empty Neo4j database without authentication")
    arguments.add_argument("--runs", type=int, default=5)
    given = arguments.parse_args()
    log = read_seeds(SEEDS)
    graph = project(log, DEFAULT_LENS.on(today()))
    print(f"{len(log.statements)} statements, {len(log.sources)} sources, median of {given.runs} runs\n")
    print("| ours : peer | ours | peer | ratio |\n|---|---|---|---|")
    compare(
        "read the seeds : parse their YAML",
        measure(given.runs, lambda: read_seeds(SEEDS)),
        measure(given.runs, read_yaml),
    )
    rows = [(one.id, canonical(statement_record(one))) for one in log.statements]
    rows += [(key, canonical(source_row(one).columns)) for key, one in log.sources.items()]
    compare(
        "load embedded : SQLite writing the same bytes",
        measure(given.runs, lambda: load_embedded(log)),
        measure(given.runs, lambda: write_sqlite(rows)),
    )
    if given.neo4j_uri:
        asyncio.run(against_neo4j(given.neo4j_uri, log, graph, given.runs))


if __name__ == "__main__":
    main()
