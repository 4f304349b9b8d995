"""A few cells of the matrix of network faults, on the Neo4j that the tests share; `make reliability` runs all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import neo4j
import pytest

from graph.errors import StoreRefused, StoreUnavailable
from graph.settings import Settings
from graph.stores.neo4j.mapping import set_state
from graph.stores.neo4j.store import MORE_CONNECTIONS, Neo4jStore
from tests.facts import TODAY
from tests.neo4j_fixture import emptied
from tests.reliability.network import POINTS, STALE, Service, service
from tests.stores.neo4j_proxy import Fault

POINT = {point.name: point for point in POINTS}


@pytest.fixture(scope="module")
async def running(neo4j_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(neo4j_uri, tmp_path_factory.mktemp("network")) as found:
        yield found
    emptied(neo4j_uri)


@pytest.mark.parametrize(
    ("fault", "point", "outcomes"),
    [
        (Fault.RESET, "in a write, before its commit", {"STORE_UNAVAILABLE"}),
        (Fault.REFUSE, "idle", {STALE}),
        (Fault.BLACK_HOLE, "amid the rows of a read", {STALE}),
        (Fault.LATENCY, "asking for the revision", {"right"}),
        (Fault.SLICER, "while loading", {"right"}),
        (Fault.HALF_CLOSE, "at the commit", {"OUTCOME_UNKNOWN", "STORE_UNAVAILABLE"}),
    ],
)
async def test_row_78_to_81_a_fault_of_the_network_ends_in_an_answer_or_a_code(
    fault: Fault, point: str, outcomes: set[str], running: Service
) -> None:
    await running.settled()
    cell = await running.run(POINT[point], fault)
    assert cell.outcome in outcomes, cell
    assert cell.is_survived, cell
    assert await running.lost_and_doubled() == (0, 0)


async def test_row_79_where_nothing_is_kept_reads_are_refused_with_a_code_until_the_database_is_back(
    neo4j_uri: str, tmp_path: Path
) -> None:
    async with service(neo4j_uri, tmp_path, spare_statements=0) as found:
        cell = await found.run(POINT["idle"], Fault.REFUSE)
        assert cell.outcome == StoreUnavailable.code
        assert cell.is_survived
    emptied(neo4j_uri)


async def test_row_82_no_free_connection_is_told_soon(neo4j_uri: str) -> None:
    """Soon: within the three seconds that a connection is waited for, and not when one comes free, which is never."""
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, requests_at_once=1), lambda: TODAY)
    driver = store._connection.driver
    taken = [driver.session() for _ in range(1 + MORE_CONNECTIONS)]
    for session in taken:
        await session.begin_transaction()
    with pytest.raises(StoreUnavailable, match="No connection"):
        await store.versions()
    await taken[0].close()
    assert await store.versions() == []
    for session in taken:
        await session.close()
    await store.close()


async def test_row_90_a_write_on_the_path_of_reads_is_refused_by_the_database(neo4j_uri: str) -> None:
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, neo4j_timeout=30), lambda: TODAY)
    with pytest.raises(StoreRefused):
        await store._connection.read(set_state({"mark": "written while reading"}))
    await store.close()
    with neo4j.GraphDatabase.driver(neo4j_uri) as driver:
        found, _, _ = driver.execute_query(
            "MATCH (n:StoreState {mark: 'written while reading'}) RETURN count(n) AS many"
        )
    assert found[0]["many"] == 0
