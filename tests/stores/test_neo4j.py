"""The store in Neo4j: how the graph stands there, and what faults, kills and other writers do to it."""

from __future__ import annotations

import asyncio
import inspect
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from neo4j import AsyncManagedTransaction, Driver, GraphDatabase
from neo4j import exceptions as driver_errors

from graph.audit.journal import Action, WriteRequest
from graph.concurrency.progress import progress_to
from graph.errors import (
    BadQuery,
    BadSettings,
    OutcomeUnknown,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreNotReady,
    StoreRefused,
    StoreTimeout,
    StoreUnavailable,
    WattgraphError,
)
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.evidence.statements import Statement
from graph.settings import PROJECT, Settings
from graph.stores.neo4j.mapping import nodes_of
from graph.stores.neo4j.store import ERRORS, SCHEMA_CHANGES, Contradiction, Neo4jStore, translate
from graph.stores.query import LINKS_BOTH, And, Compare, Filter, Not, Or, Order, Page, Query
from graph.vocabulary.enums import Confidence, Nature
from graph.vocabulary.model import LINKS
from tests.facts import LEASE, ORGANIZATIONS, SITES, TODAY, log_of
from tests.neo4j_fixture import MARK, emptied
from tests.stores import writer
from tests.stores.neo4j_proxy import Fault, Proxy, proxied
from tests.stores.random_queries import random_log
from tests.stores.writer import one_claim

ALL = Page(500)
PATIENCE = 25
"""Seconds: less than the 30 for which the driver tries again by itself, much more than a busy machine adds."""
OURS = "NOT n:WattgraphTest AND NOT n:StoreState AND NOT n:StoreGate AND NOT n:StoreSchemaLock AND NOT n:DataVersion"
OURS += " AND NOT n:JournalEntry AND NOT n:Token"


@pytest.fixture
def uri(neo4j_uri: str) -> str:
    return emptied(neo4j_uri)


@pytest.fixture
def browser(uri: str) -> Iterator[Driver]:
    """What somebody sees who asks the database itself."""
    with GraphDatabase.driver(uri) as driver:
        yield driver


@pytest.fixture
async def store(uri: str) -> AsyncIterator[Neo4jStore]:
    store = await open_neo4j(uri)
    yield store
    await store.close()


@pytest.fixture
def facts(tmp_path: Path) -> StatementLog:
    return log_of(tmp_path)


async def open_neo4j(uri: str, max_rows: int = 100_000, day: date = TODAY, **settings: Any) -> Neo4jStore:
    given = {"neo4j_timeout": 30, **settings}  # on a busy machine too, no answer is given up that would come
    return await Neo4jStore.open(Settings(neo4j_uri=uri, **given), lambda: day, max_rows)


def run_cypher(browser: Driver, text: str, **parameters: Any) -> list[list[Any]]:
    return [record.values() for record in browser.execute_query(text, parameters).records]


def picture(browser: Driver) -> tuple[list[Any], list[Any]]:
    """Everything that stands in the database, but for the state: nodes and relationships."""
    nodes = run_cypher(browser, f"MATCH (n) WHERE {OURS} RETURN labels(n), properties(n)")
    joined = run_cypher(
        browser, f"MATCH (n)-[r]->(m) WHERE {OURS} RETURN labels(n), n.key, type(r), properties(r), labels(m), m.key"
    )
    return _sorted(nodes), _sorted(joined)


def _sorted(rows: list[list[Any]]) -> list[str]:
    return sorted(repr([sorted(cell) if isinstance(cell, list) else _items(cell) for cell in row]) for row in rows)


def _items(cell: Any) -> Any:
    return sorted(cell.items()) if isinstance(cell, dict) else cell


async def picture_of(log: StatementLog, browser: Driver, uri: str) -> tuple[list[Any], list[Any]]:
    """The picture that a load into an empty database makes."""
    emptied(uri)
    store = await open_neo4j(uri)
    await store.load(log)
    await store.close()
    return picture(browser)


# ---- how it stands there


class TestShape:
    @pytest.fixture(autouse=True)
    async def _loaded(self, store: Neo4jStore, facts: StatementLog) -> None:
        await store.load(facts)

    def test_an_organization_bears_its_kinds_as_labels(self, browser: Driver) -> None:
        ((labels, name),) = run_cypher(browser, "MATCH (n:AiHost) RETURN labels(n), n.name")
        assert (sorted(labels), name) == (["AiHost", "Entity", "Organization"], "Host Corp")

    def test_a_link_joins_its_ends_and_bears_its_quantities(self, browser: Driver) -> None:
        text = "MATCH (:Organization {key: 'host'})-[r:PROVIDES_CAPACITY]->(:Organization {key: 'cloud'}) RETURN r"
        ((link,),) = run_cypher(browser, text)
        assert (link["key"], link["value_usd"], link["term_years"], link["status"]) == ("lease", 1e9, 10.0, "SIGNED")

    def test_arrows_out_of_an_organization_are_links_and_nothing_else(self, browser: Driver) -> None:
        types = {row[0] for row in run_cypher(browser, "MATCH (:Organization)-[r]->() RETURN type(r)")}
        assert types == {"PROVIDES_CAPACITY"}
        assert types <= LINKS.keys()

    def test_evidence_hangs_on_the_link_and_cites_its_source(self, browser: Driver) -> None:
        text = """MATCH (s:Statement {property: 'value'})-[:ABOUT]->(l:Link), (s)-[:CITES]->(d:Source)
                  MATCH (l)-[:FROM]->(a), (l)-[:TO]->(b), (l)-[:AT]->(c:Site)
                  RETURN l.key, l.name, a.key, b.key, c.key, d.key"""
        assert run_cypher(browser, text) == [
            ["lease", "Host Corp → Cloud Inc, 1 bn USD", "host", "cloud", "campus", "filing"]
        ]

    def test_every_statement_is_joined_to_its_subject(self, browser: Driver) -> None:
        assert run_cypher(browser, "MATCH (s:Statement)-[:ABOUT]->(n {key: s.subject}) RETURN count(s)") == [[22]]

    def test_every_node_has_a_name_to_be_drawn_by(self, browser: Driver) -> None:
        unnamed = "MATCH (n) WHERE coalesce(n.name, '') = '' AND NOT n:WattgraphTest RETURN labels(n)"
        assert run_cypher(browser, unnamed) == []
        said = run_cypher(browser, "MATCH (s:Statement {subject: 'lease', property: 'value'}) RETURN s.name")
        assert said == [["value: 1 bn USD"]]

    def test_the_figures_of_a_link_are_the_firm_ones(self, browser: Driver) -> None:
        text = "MATCH (l:Link {key: 'lease'}), ()-[r:PROVIDES_CAPACITY]->() RETURN l.value_usd, r.value_usd, r.name"
        assert run_cypher(browser, text) == [[1e9, 1e9, "Host Corp → Cloud Inc, 1 bn USD"]]

    def test_keys_are_unique(self, browser: Driver) -> None:
        with pytest.raises(driver_errors.ConstraintError):
            browser.execute_query("CREATE (:Organization {key: 'host'})")


async def test_what_is_not_known_yet_stands_apart(uri: str, browser: Driver, facts: StatementLog) -> None:
    """On 2026-01-11 only the filing of the day before has been published: the lab's two statements wait."""
    store = await open_neo4j(uri, day=date(2026, 1, 11))
    await store.load(facts)
    await store.close()
    text = (
        "MATCH (n:WithheldStatement) RETURN n.subject, COUNT { (n)--() }, 'Statement' IN labels(n) ORDER BY n.property"
    )
    assert run_cypher(browser, text) == [["lab", 0, False]] * 2
    assert run_cypher(browser, "MATCH (n:WithheldSource) RETURN count(n)") == [[4]]


# ---- what a load writes


async def test_a_difference_leaves_what_a_fresh_load_makes(uri: str, browser: Driver) -> None:
    logs = [random_log(seed) for seed in (1, 2, 3)]
    fresh = [await picture_of(log, browser, uri) for log in logs]
    store = await open_neo4j(uri)
    for number in (1, 0, 2, 1):
        await store.load(logs[number])
        assert picture(browser) == fresh[number]
    await store.close()


async def test_every_row_and_nothing_else_is_there(store: Neo4jStore, browser: Driver) -> None:
    log = random_log(4)
    await store.load(log)
    wanted = nodes_of(project(log, DEFAULT_LENS.on(TODAY)))
    for label, nodes in wanted.items():
        assert run_cypher(browser, f"MATCH (n:{label}) RETURN n.key ORDER BY n.key") == [[key] for key in sorted(nodes)]
    assert run_cypher(browser, f"MATCH (n) WHERE {OURS} RETURN count(n)") == [
        [sum(len(nodes) for nodes in wanted.values())]
    ]


async def test_a_load_of_the_same_writes_no_row(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    await store.load(facts)
    before = run_cypher(browser, f"MATCH (n) WHERE {OURS} RETURN elementId(n), properties(n) ORDER BY elementId(n)")
    (mark,) = run_cypher(browser, "MATCH (n:StoreState) RETURN n.mark")
    await store.load(facts)
    assert (
        run_cypher(browser, f"MATCH (n) WHERE {OURS} RETURN elementId(n), properties(n) ORDER BY elementId(n)")
        == before
    )
    assert run_cypher(browser, "MATCH (n:StoreState) RETURN n.mark") == [mark]


async def test_an_unfinished_row_is_written_again(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    await store.load(facts)
    before = picture(browser)
    browser.execute_query("MATCH (n:Link) REMOVE n.row_hash, n.status")
    change = await store.load(facts)
    assert change.changed == {"Link": 1}
    assert picture(browser) == before


async def test_a_key_may_come_to_name_another_kind(
    store: Neo4jStore, browser: Driver, uri: str, facts: StatementLog, tmp_path: Path
) -> None:
    other = log_of(
        tmp_path / "other",
        organizations=ORGANIZATIONS.replace("id: lab,", "id: other,"),
        sites=SITES + "- {id: lab, claims: [{says: {name: Lab}, sources: [filing], confidence: high}]}",
    )
    fresh = await picture_of(other, browser, uri)
    emptied(uri)
    await store.load(facts)
    await store.load(other)
    assert picture(browser) == fresh


# ---- several at once


@pytest.mark.slow
async def test_two_loads_at_once_follow_each_other(uri: str, browser: Driver) -> None:
    logs = [random_log(5), random_log(6)]
    fresh = [await picture_of(log, browser, uri) for log in logs]
    emptied(uri)
    stores = [await open_neo4j(uri) for _ in logs]
    changes = await asyncio.gather(*(store.load(log) for store, log in zip(stores, logs, strict=True)))
    versions = await stores[0].versions()
    assert {version.id for version in versions} == {change.version.id for change in changes}
    assert picture(browser) == fresh[[log.version for log in logs].index(versions[0].id)]
    for store in stores:
        await store.close()


async def test_the_same_load_twice_at_once_writes_once(uri: str, facts: StatementLog) -> None:
    stores = [await open_neo4j(uri) for _ in range(3)]
    changes = await asyncio.gather(*(store.load(facts) for store in stores))
    assert sorted(change.has_changes for change in changes) == [False, False, True]
    assert len(await stores[0].versions()) == 1
    for store in stores:
        await store.close()


async def test_readers_see_a_write_entirely_or_not_at_all(uri: str, facts: StatementLog, tmp_path: Path) -> None:
    """Links and their statuses differ wholly between the two states; a mixture would show in any answer."""
    states = [_many_leases(tmp_path, "SIGNED", range(60)), _many_leases(tmp_path, "ACTIVE", range(30, 90))]
    writer, other = await open_neo4j(uri), await open_neo4j(uri, neo4j_timeout=60)
    await writer.load(states[0])
    done = asyncio.Event()
    answers = asyncio.gather(*(_watch(other, done) for _ in range(3)))
    for number in range(1, 4):
        await writer.load(states[number % 2])
    done.set()
    seen = {answer for part in await answers for answer in part}
    assert seen == {("SIGNED", 60, 60), ("ACTIVE", 60, 60)}
    await writer.close()
    await other.close()


def _many_leases(folder: Path, status: str, numbers: range) -> StatementLog:
    leases = "".join(LEASE.replace("id: lease", f"id: lease-{n}").replace("SIGNED", status) for n in numbers)
    return log_of(folder / status, links_provides_capacity=leases)


async def _watch(store: Neo4jStore, done: asyncio.Event) -> set[tuple[str, int, int]]:
    seen = set()
    while not done.is_set():
        reader = await store.reader()
        found = await reader.find(Query("Link", orders=(Order("status"),)), ALL)
        hung = (await reader.find_each(LINKS_BOTH, ["campus"], Query("Link"), ALL))["campus"]
        seen |= {(row.columns["status"], part.total, len(part.rows)) for part in (found, hung) for row in part.rows}
    return seen


async def test_only_one_projects_again_on_the_day_of_a_flip(uri: str, browser: Driver, facts: StatementLog) -> None:
    before, after = date(2026, 1, 31), date(2026, 2, 1)
    first = await open_neo4j(uri, day=before)
    await first.load(facts)
    stores = [await open_neo4j(uri, day=after) for _ in range(3)]
    readers = await asyncio.gather(*(store.reader() for store in stores))
    for reader in readers:
        assert (await reader.get("Organization", ["lab"]))[0] is not None
    ((day, flip),) = run_cypher(browser, "MATCH (n:StoreState) RETURN n.projected_for, n.next_flip")
    assert (day, flip) == ("2026-02-01", "2026-02-02")
    assert len(await first.versions()) == 1
    for store in (first, *stores):
        await store.close()


async def test_a_gate_that_a_dead_writer_left_closed_is_opened(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    browser.execute_query("MATCH (n:StoreGate) SET n.closed_by = 'a dead one'")
    assert (await (await store.reader()).find(Query("Link"), ALL)).total == 1
    assert run_cypher(browser, "MATCH (n:StoreGate) RETURN n.closed_by") == [[None]]


# ---- in parts


async def test_a_load_in_parts_makes_the_same_picture(uri: str, browser: Driver) -> None:
    first, second = random_log(8), random_log(9)
    fresh = await picture_of(second, browser, uri)
    emptied(uri)
    store = await open_neo4j(uri, max_rows=100)
    for log in (first, second):
        await store.load(log)
    assert picture(browser) == fresh
    assert run_cypher(browser, "MATCH (n:StoreState) RETURN n.loading") == [[None]]
    await store.close()


class _Cut(Exception):
    pass


def _cut_after(told: int) -> Any:
    left = iter(range(told))

    def progress(what: str, done: int, of: int) -> None:
        if next(left, None) is None:
            raise _Cut

    return progress


async def test_a_load_that_was_cut_off_is_finished_by_the_next(uri: str, browser: Driver) -> None:
    before, after = random_log(10), random_log(11)
    fresh = await picture_of(after, browser, uri)
    emptied(uri)
    store = await open_neo4j(uri, max_rows=100)
    await store.load(before)
    with pytest.raises(_Cut), progress_to(_cut_after(45)):
        await store.load(after)
    with pytest.raises(StoreNotReady) as caught:
        await store.reader()
    assert "wattgraph load" in caught.value.remedy
    with pytest.raises(StoreNotReady):
        await store.apply(StatementLog.of([], []), reason="not now")
    written = run_cypher(browser, "MATCH (n:Statement) WHERE n.row_hash IS NOT NULL RETURN count(n)")[0][0]
    change = await store.load(after)
    assert picture(browser) == fresh
    assert change.added.get("Statement", 0) + change.changed.get("Statement", 0) <= len(after.statements)
    assert written > 0
    assert (await store.versions())[0].id == after.version
    await store.close()


async def test_a_load_in_parts_that_another_takes_over_gives_up(uri: str, browser: Driver) -> None:
    log = random_log(12)
    fresh = await picture_of(log, browser, uri)
    emptied(uri)
    first, second = await open_neo4j(uri, max_rows=100), await open_neo4j(uri, max_rows=100)

    async def both() -> tuple[Any, Any]:
        return await asyncio.gather(first.load(log), second.load(log), return_exceptions=True)

    ends = await both()
    assert all(not isinstance(end, BaseException) or isinstance(end, StoreBusy) for end in ends)
    await second.load(log)
    assert picture(browser) == fresh
    await first.close()
    await second.close()


# ---- kills

LOADER = """
import asyncio, sys
from datetime import date
from graph.settings import Settings
from graph.stores.neo4j.store import Neo4jStore
from tests.stores.random_queries import TODAY, random_log

async def main():
    log = random_log(int(sys.argv[2]))
    store = await Neo4jStore.open(Settings(neo4j_uri=sys.argv[1]), lambda: TODAY, int(sys.argv[3]))
    print("go", flush=True)
    await store.load(log)
    print("done", flush=True)

asyncio.run(main())
"""


def _kill_a_load(uri: str, seed: int, max_rows: int, seconds: float) -> None:
    command = [sys.executable, "-c", LOADER, uri, str(seed), str(max_rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
async def test_a_killed_load_leaves_the_state_before_or_after(uri: str, browser: Driver) -> None:
    draw = random.Random(13)
    fresh = {seed: await picture_of(random_log(seed), browser, uri) for seed in (20, 21)}
    store = await open_neo4j(uri)
    now = 21
    for _ in range(4):
        wanted = 41 - now
        await asyncio.to_thread(_kill_a_load, uri, wanted, 100_000, draw.uniform(0.05, 0.9))
        version = (await store.reader()).version.id
        assert version in (random_log(now).version, random_log(wanted).version)
        now = wanted if version == random_log(wanted).version else now
        assert picture(browser) == fresh[now]
    await store.close()


@pytest.mark.slow
async def test_a_killed_load_in_parts_is_finished_by_the_next(uri: str, browser: Driver) -> None:
    draw = random.Random(14)
    fresh = await picture_of(random_log(22), browser, uri)
    store = await open_neo4j(uri)
    for _ in range(2):
        emptied(uri)
        await store.load(random_log(23))
        await asyncio.to_thread(_kill_a_load, uri, 22, 60, draw.uniform(0.2, 0.8))
        with suppress(StoreNotReady):
            assert (await store.reader()).version.id in (random_log(22).version, random_log(23).version)
        await store.load(random_log(22))
        assert picture(browser) == fresh
    await store.close()


# ---- writes upon writes


async def test_writes_one_upon_the_other_leave_what_a_fresh_load_makes(uri: str, browser: Driver) -> None:
    """Random statements of one graph come upon another; every third write withdraws some."""
    base, other, draw = random_log(31), random_log(32), random.Random(8)
    store = await open_neo4j(uri)
    await store.load(base)
    for number, said in enumerate(draw.sample(other.statements, 12)):
        gone = draw.sample((await store.log()).statements, 3 if number % 3 == 2 else 0)
        log = StatementLog.of([said], [other.sources[said.source]])
        await store.apply(log, [one.id for one in gone], reason="desk", import_key=str(number))
    whole, found = await store.log(), picture(browser)
    await store.verify_journal()
    await store.close()
    assert found == await picture_of(whole, browser, uri)


async def test_a_write_asks_only_for_what_it_changes(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    """A row that somebody altered by hand is left by a write that does not concern it; a load puts it right."""
    await store.load(facts)
    run_cypher(browser, "MATCH (n:Organization {key: 'cloud'}) SET n.row_hash = 'other'")
    change = await store.apply(one_claim("desk", 1), reason="claim")
    assert (change.added, change.changed) == ({"Source": 1, "Statement": 1}, {"Organization": 1})
    assert run_cypher(browser, "MATCH (n:Organization {key: 'cloud'}) RETURN n.row_hash") == [["other"]]
    assert (await store.load(facts)).changed == {"Organization": 1}


async def test_another_store_that_wrote_since_is_noticed(uri: str, browser: Driver, facts: StatementLog) -> None:
    first, second = await open_neo4j(uri), await open_neo4j(uri)
    await first.load(facts)
    for number in range(3):
        await first.apply(one_claim("first", number), reason="claim")
        await second.apply(one_claim("second", number), reason="claim")
    ((aliases,),) = run_cypher(browser, "MATCH (n:Organization {key: 'lab'}) RETURN n.aliases")
    assert aliases == [f"{name}-{number}" for name in ("first", "second") for number in range(3)]
    assert (await second.verify_journal()).number == 7
    await first.close()
    await second.close()


@pytest.mark.slow
async def test_who_kept_an_answer_hears_of_its_own_write_at_once_and_of_another_store_s_soon(
    uri: str, facts: StatementLog
) -> None:
    own, other = await open_neo4j(uri), await open_neo4j(uri)
    await own.load(facts)
    await own.reader()
    assert await (await own.last_reader()).is_current()
    await own.apply(one_claim("own", 1), reason="by this process")
    assert not await (await own.last_reader()).is_current()
    assert await (await own.last_reader()).is_current()
    await other.apply(one_claim("other", 1), reason="by another")
    for _ in range(2_000):  # it takes a quarter of a second
        if not await (await own.last_reader()).is_current():
            break
        await asyncio.sleep(0.01)
    assert (await own.last_reader()).version == (await other.reader()).version
    await own.close()
    await other.close()


@pytest.mark.slow
async def test_a_reader_of_what_was_seen_last_answers_with_what_is_there_and_tells_that_it_is_not_current(
    uri: str, facts: StatementLog
) -> None:
    first, second = await open_neo4j(uri, neo4j_revision_seconds=0), await open_neo4j(uri)
    await first.load(facts)
    seen = await first.reader()
    fresh = await first.last_reader()
    assert await fresh.is_current()
    await second.apply(one_claim("late", 1), reason="since then")
    late, unasked = await first.last_reader(), await first.last_reader()
    assert late.version == unasked.version == seen.version
    written = (await (await second.reader()).find(Query("Statement"), ALL)).total
    assert (await late.find(Query("Statement"), ALL)).total == written
    assert not await late.is_current()
    assert not await unasked.is_current()
    assert late.version == (await first.reader()).version != seen.version
    assert await (await first.last_reader()).is_current()
    await first.close()
    await second.close()


@pytest.mark.slow
async def test_kills_of_writers_lose_no_acknowledged_claim_and_double_none(uri: str, facts: StatementLog) -> None:
    """Whoever does not know what became of a claim writes it again under its key."""
    chance, acknowledged = random.Random(6), list[int]()
    store = await open_neo4j(uri)
    await store.load(facts)
    for _ in range(2):
        first = len(acknowledged) + 1
        acknowledged += await asyncio.to_thread(writer.write_and_kill, uri, first, first + 500, chance)
        # the transaction of the killed writer holds the lock until the server has noticed
        await store.note(WriteRequest(Action.REFUSED))
        keys = {entry.import_key for entry in await store.journal(1) if entry.import_key}
        assert {writer.key_of("killed", number) for number in acknowledged} <= keys
        assert len((await store.log()).statements) == len(facts.statements) + len(keys)
        await store.verify_journal()
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    await store.close()


@pytest.mark.slow
async def test_two_processes_lose_and_double_nothing(uri: str, facts: StatementLog) -> None:
    store = await open_neo4j(uri)
    await store.load(facts)
    writers = [writer.start(uri, *each) for each in (("one", 1, 12), ("two", 1, 12), ("one", 4, 8))]
    outputs = await asyncio.gather(*(asyncio.to_thread(one.communicate) for one in writers))
    said = [line for text, _ in outputs for line in text.splitlines()]
    assert (len(said), sum(line.endswith("False") for line in said)) == (29, 24)
    assert len((await store.log()).statements) == len(facts.statements) + 24
    entries = await store.journal()
    assert len({entry.import_key for entry in entries}) == len(entries) == 25
    assert (await store.verify_journal()).number == 25
    await store.close()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("MATCH (n:JournalEntry {number: 2}) SET n.actor = 'nobody'", 2),
        ("MATCH (n:JournalEntry {number: 2}) SET n.subjects = []", 2),
        ("MATCH (n:JournalEntry {number: 3}) DELETE n", 3),
        ("MATCH (n:JournalEntry {number: 2}) DELETE n", 2),
        ("MATCH (n:StoreState) SET n.journal_number = 2", 3),
    ],
)
async def test_whoever_alters_the_journal_is_found(
    text: str, first: int, store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    for number in range(2):
        await store.apply(one_claim("desk", number), reason="claim", import_key=f"key-{number}")
    assert (await store.verify_journal()).number == 3
    run_cypher(browser, text)
    with pytest.raises(StoreDamaged, match=f"from entry {first} on"):
        await store.verify_journal()


async def test_the_database_refuses_an_import_key_twice(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    await store.apply(one_claim("desk", 1), reason="claim", import_key="one")
    with pytest.raises(driver_errors.ConstraintError):
        run_cypher(browser, "CREATE (:JournalEntry {number: 99, import_key: 'one'})")


# ---- faults


async def _refused(uri: str, **settings: Any) -> WattgraphError:
    store = await open_neo4j(uri, **{"neo4j_timeout": 5, **settings})
    try:
        await store.reader()
    except WattgraphError as error:
        return error
    finally:
        await store.close()
    raise AssertionError("it answered")


async def test_a_server_that_is_gone_is_told_with_its_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    began = time.monotonic()
    error = await _refused(f"bolt://{address}", neo4j_password="open sesame")
    assert isinstance(error, StoreUnavailable)
    assert address in error.message
    assert "WATTGRAPH_NEO4J_URI" in error.remedy
    assert "sesame" not in str(error)
    assert time.monotonic() - began < PATIENCE


async def test_a_name_that_does_not_exist_is_told() -> None:
    error = await _refused("bolt://nowhere.invalid:7687")
    assert isinstance(error, StoreUnavailable)
    assert "nowhere.invalid" in error.message


@pytest.mark.parametrize("address", ["bolt://neo4j:sesame@", "bolt://sesame@host:port"])
async def test_an_address_that_cannot_be_one_is_a_bad_setting(address: str) -> None:
    with pytest.raises(BadSettings) as caught:
        await open_neo4j(address)
    assert "sesame" not in str(caught.value)


@pytest.mark.slow
async def test_a_server_that_stays_silent_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        error = await _refused(f"bolt://127.0.0.1:{server.getsockname()[1]}", neo4j_timeout=3)
    assert isinstance(error, StoreTimeout | StoreUnavailable)
    assert time.monotonic() - began < PATIENCE


@pytest.fixture
async def proxy(uri: str) -> AsyncIterator[Proxy]:
    async with proxied(uri) as proxy:
        yield proxy


@pytest.fixture
async def through(proxy: Proxy, facts: StatementLog) -> AsyncIterator[Neo4jStore]:
    """A loaded store behind the proxy."""
    loading = await open_neo4j(proxy.uri)
    await loading.load(facts)
    await loading.close()
    store = await open_neo4j(proxy.uri, neo4j_timeout=5)
    yield store
    await store.close()


async def test_broken_connections_are_replaced_without_notice(through: Neo4jStore, proxy: Proxy) -> None:
    proxy.reset()
    assert (await (await through.reader()).find(Query("Link"), ALL)).total == 1


async def test_a_black_hole_ends_at_the_deadline(through: Neo4jStore, proxy: Proxy) -> None:
    reader = await through.reader()
    proxy.begin(Fault.BLACK_HOLE)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        await reader.find(Query("Link"), ALL)
    assert time.monotonic() - began < PATIENCE
    assert "WATTGRAPH_NEO4J_URI" in caught.value.remedy


async def test_a_lost_answer_to_a_commit_is_an_unknown_outcome(
    through: Neo4jStore, proxy: Proxy, facts: StatementLog, uri: str
) -> None:
    """Doing the same again settles it, whether or not it was written."""
    proxy.lost_commit_after = b"SET n += $properties"
    said = Statement(
        "lab", "Organization", "country", "FR", "news", Confidence.HIGH, Nature.STATED, None, date(2026, 2, 1)
    )
    with pytest.raises(OutcomeUnknown):
        await through.apply(StatementLog.of([said], []), reason="desk", import_key="one")
    proxy.lost_commit_after = None
    again = await through.apply(StatementLog.of([said], []), reason="desk", import_key="one")
    assert again.added_statements == 1
    assert [entry.import_key for entry in await through.journal()] == [None, "one"]
    assert (await (await through.reader()).get("Organization", ["lab"]))[0]["country"] == "FR"
    assert len((await through.log()).statements) == len(facts.statements) + 1


async def test_an_unknown_database_is_a_bad_setting(uri: str) -> None:
    error = await _refused(uri, neo4j_database="nowhere")
    assert isinstance(error, BadSettings)
    assert "WATTGRAPH_NEO4J_DATABASE" in error.remedy


async def test_what_somebody_broke_by_hand_is_told(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    await store.load(facts)
    browser.execute_query("MATCH (n:Statement) WITH n LIMIT 1 REMOVE n.confidence SET n.nature = 'no such'")
    browser.execute_query("MATCH (n:StoreState) SET n.mark = 'another'")
    with pytest.raises(StoreDamaged):
        await store.log()


@pytest.mark.parametrize("failure", [KeyError("x"), ValueError("x"), OSError(5, "x"), TimeoutError("x")])
async def test_a_failure_that_is_not_the_database_s_is_not_said_of_it(
    failure: Exception, store: Neo4jStore, facts: StatementLog
) -> None:
    def fail(*_: object) -> None:
        raise failure

    with progress_to(fail), pytest.raises(type(failure)) as raised:
        await store.load(facts)
    assert raised.value is failure
    assert (await store.load(facts)).has_changes


@pytest.mark.parametrize("label", ["JournalEntry", "DataVersion"])
async def test_a_history_that_somebody_broke_by_hand_is_told(
    label: str, store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    browser.execute_query(f"MATCH (n:{label}) REMOVE n.version")  # type: ignore[arg-type]  # a text of this file
    with pytest.raises(StoreDamaged, match="is not whole"):
        await (store.journal() if label == "JournalEntry" else store.versions())


async def test_a_store_of_a_newer_program_is_left_alone(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    browser.execute_query("MATCH (n:StoreState) SET n.shape = 99")
    with pytest.raises(StoreRefused):
        await store.reader()


async def test_a_store_of_an_older_program_is_projected_again(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    browser.execute_query("MATCH (n:StoreState) SET n.policy = 0")
    browser.execute_query("MATCH (n:Organization {key: 'lab'}) SET n.row_hash = 'older', n.name = 'older'")
    assert (await (await store.reader()).get("Organization", ["lab"]))[0]["name"] == "Lab"


async def test_a_history_of_an_older_program_gets_names_too(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    await store.load(facts)
    browser.execute_query("MATCH (n) WHERE n:DataVersion OR n:JournalEntry OR n:Organization REMOVE n.name, n.row_hash")
    browser.execute_query("MATCH (n:StoreState) SET n.shape = 1")
    await store.load(facts)
    text = "MATCH (n) WHERE n:DataVersion OR n:JournalEntry RETURN n.name ORDER BY n.name"
    ((version,), (entry,)) = sorted(run_cypher(browser, text), reverse=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d: load", version)
    assert entry == "1: LOAD"
    assert (await store.verify_journal()).number == 1


async def test_a_query_that_meets_new_indexes_is_tried_again(
    store: Neo4jStore, facts: StatementLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neo4j cannot plan it meanwhile, and tells so by an error that the driver does not try again."""
    run = AsyncManagedTransaction.run
    failures = [driver_errors.DatabaseError(f"Could not compile query {SCHEMA_CHANGES}")] * 2

    async def failing(self: AsyncManagedTransaction, *arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await run(self, *arguments)

    monkeypatch.setattr(AsyncManagedTransaction, "run", failing)
    await store.load(facts)
    assert (await store.reader()).version.id == facts.version


def test_every_error_of_the_driver_is_one_of_ours() -> None:
    classes = [kind for _, kind in inspect.getmembers(driver_errors, inspect.isclass) if issubclass(kind, Exception)]
    assert len(classes) > 30
    for kind in classes:
        known = translate(kind.__new__(kind))
        assert known is not None, kind
        assert issubclass(known.error, WattgraphError)
        assert known.remedy


def test_every_entry_of_the_table_says_what_to_do() -> None:
    for known in ERRORS.values():
        assert known.message.endswith(".")
        assert known.remedy.endswith((".", ")."))


@pytest.mark.parametrize(
    ("code", "error", "final"),
    [
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", StoreRefused, True),
        ("Neo.TransientError.Transaction.DeadlockDetected", StoreBusy, False),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", StoreTimeout, False),
        ("Neo.ClientError.Security.Unauthorized", StoreRefused, False),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", Contradiction, False),
        ("Neo.DatabaseError.Schema.ConstraintCreationFailed", Contradiction, False),
        ("Neo.ClientError.Statement.AccessMode", StoreRefused, False),
        ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailable, False),
        ("Neo.DatabaseError.General.UnknownError", StoreUnavailable, False),
    ],
)
def test_codes_of_the_database_are_ours(code: str, error: type[StoreError], final: bool) -> None:
    known = translate(driver_errors.Neo4jError._hydrate_neo4j(code=code, message="said"))
    assert known is not None
    assert (known.error, known.final) == (error, final)


# ---- what is asked stays data

PAYLOADS = (
    "x'}) DETACH DELETE n //",
    "`) DETACH DELETE n //",
    "\\u0060) DETACH DELETE n //",
    "$p0",
    "host' OR 1=1",
    "\\",
    '"',
    "\x00",
)


async def test_payloads_in_values_and_keys_stay_data(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    await store.load(facts)
    before = picture(browser)
    reader = await store.reader()
    for payload in PAYLOADS:
        assert await reader.get("Organization", [payload]) == [None]
        for op in ("eq", "contains", "startswith"):
            assert (await reader.find(Query("Organization", Compare("name_fold", op, payload)), ALL)).total == 0
        assert (await reader.find_each(LINKS_BOTH, [payload], Query("Link"), ALL))[payload].total == 0
        assert await reader.search(payload, ["Organization"], 5) == []
    assert picture(browser) == before


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_payloads_as_names_are_refused(store: Neo4jStore, facts: StatementLog, payload: str) -> None:
    await store.load(facts)
    reader = await store.reader()
    for query in (
        Query(payload),
        Query("Link", Compare(payload, "eq", 1)),
        Query("Link", Compare("status", payload, 1)),
        Query("Link", orders=(Order(payload),)),
    ):
        with pytest.raises(BadQuery):
            await reader.find(query, ALL)


async def test_payloads_that_are_stored_come_back_as_they_were(store: Neo4jStore) -> None:
    log = random_log(15)
    await store.load(log)
    assert await store.log() == log


async def test_half_a_character_is_refused_and_not_sent(store: Neo4jStore, facts: StatementLog) -> None:
    await store.load(facts)
    reader = await store.reader()
    with pytest.raises(BadQuery):
        await reader.find(Query("Organization", Compare("name", "eq", "\ud800")), ALL)


async def test_a_deep_filter_is_answered_in_time(store: Neo4jStore, facts: StatementLog) -> None:
    """Written with AND and OR all the way down, the planner took minutes over it."""
    await store.load(facts)
    where: Filter = Compare("status", "eq", "SIGNED")
    for level in range(10):
        where = (And if level % 2 else Or)((Compare("status", "eq", str(level)), Not(Not(where))))
    found = await (await store.reader()).find(Query("Link", where), ALL)
    assert found.total == 0


async def test_a_filter_without_end_is_refused(store: Neo4jStore, facts: StatementLog) -> None:
    await store.load(facts)
    where: Filter = Compare("status", "eq", "SIGNED")
    for _ in range(100):
        where = Not(where)
    reader = await store.reader()
    with pytest.raises(BadQuery):
        await reader.find(Query("Link", where), ALL)


async def test_a_lens_is_projected_once_for_many_waiters(store: Neo4jStore, facts: StatementLog) -> None:
    await store.load(facts)
    lens = Lens(known_on=date(2026, 1, 15))
    readers = await asyncio.gather(*(store.reader(lens) for _ in range(5)))
    assert len({id(reader) for reader in readers}) == 1
    assert MARK not in {row.key async for row in readers[0].stream("Organization")}


# ---- the first load


def _without_schema(browser: Driver) -> None:
    """The database as it is before anything was loaded."""
    for kind, shown in (("CONSTRAINT", "CONSTRAINTS"), ("INDEX", "INDEXES")):
        names = run_cypher(browser, f"SHOW {shown} YIELD name RETURN name")
        for (name,) in names:
            if name.startswith("wattgraph_"):
                browser.execute_query(f"DROP {kind} `{name}` IF EXISTS")  # type: ignore[arg-type]  # names of the schema


def _start_loader(uri: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOADER, uri, "20", "100000"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True)


@pytest.mark.slow
async def test_several_processes_load_into_an_empty_database_at_once(uri: str, browser: Driver) -> None:
    _without_schema(browser)
    loaders = [_start_loader(uri) for _ in range(3)]
    told = [await asyncio.to_thread(loader.communicate) for loader in loaders]
    assert [out for out, _ in told] == ["go\ndone\n"] * 3
    store = await open_neo4j(uri, neo4j_timeout=60)
    assert (await store.verify()).is_whole
    assert (await store.log()).version == random_log(20).version
    assert (await store.verify_journal()).number == 1  # a load that changes nothing makes no entry
    await store.close()


async def test_the_time_of_a_read_does_not_bound_a_load(uri: str, facts: StatementLog) -> None:
    """Of a read that takes longer the store says so; the load before it succeeded."""
    store = await open_neo4j(uri, neo4j_timeout=0.001)
    assert (await store.load(facts)).has_changes
    await store.reader()  # the first answer may take longer
    with pytest.raises(StoreTimeout, match="WATTGRAPH_NEO4J_TIMEOUT"):
        await store.journal()
    await store.close()


async def test_rows_of_another_program_are_named_and_stay(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    browser.execute_query("CREATE (:Organization {title: 'Theirs'})-[:PROVIDES_CAPACITY]->(:Event {when: 'now'})")
    with pytest.raises(StoreDamaged, match=r"not Wattgraph's under :Event, :Organization\."):
        await store.load(facts)
    assert run_cypher(browser, "MATCH (n:Organization)-[r]->(m:Event) RETURN n.title, m.when") == [["Theirs", "now"]]


async def test_a_constraint_that_does_not_hold_is_not_laid_on_another_program(
    store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    """Two rows of the store itself, or whatever its constraint is about."""
    await store.load(facts)
    browser.execute_query("MATCH (n:StoreState) SET n.journal_number = 0")
    with pytest.raises(StoreDamaged, match="contradict a constraint"):
        await store.apply(one_claim("desk", 1), reason="claim")


ORPHANED = "wattgraph_Link_key"


def _constraints(browser: Driver) -> set[str]:
    return {name for (name,) in run_cypher(browser, "SHOW CONSTRAINTS YIELD name RETURN name")}


@pytest.mark.parametrize(
    "code", ["EquivalentSchemaRuleAlreadyExists", "ConstraintWithNameAlreadyExists", "IndexAlreadyExists"]
)
async def test_constraints_that_another_process_made_meanwhile_are_looked_for_again(
    code: str, store: Neo4jStore, browser: Driver, facts: StatementLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process of an earlier release makes them, which takes no lock."""
    await store.load(facts)
    browser.execute_query(f"DROP CONSTRAINT {ORPHANED}")
    run = AsyncManagedTransaction.run
    failures = [driver_errors.Neo4jError._hydrate_neo4j(code=f"Neo.ClientError.Schema.{code}", message="said")]

    async def failing(self: AsyncManagedTransaction, text: str, *arguments: Any) -> Any:
        if text.startswith("CREATE CONSTRAINT") and failures:
            raise failures.pop()
        return await run(self, text, *arguments)

    monkeypatch.setattr(AsyncManagedTransaction, "run", failing)
    assert not (await store.load(facts)).has_changes
    assert failures == []
    assert ORPHANED in _constraints(browser)


async def test_one_process_at_a_time_makes_constraints(store: Neo4jStore, browser: Driver, facts: StatementLog) -> None:
    """Two locks stand there, as where two processes made one at once; one of them is held."""
    await store.load(facts)
    browser.execute_query(f"DROP CONSTRAINT {ORPHANED}")
    browser.execute_query("MATCH (n:StoreSchemaLock) DELETE n")
    browser.execute_query("CREATE (:StoreSchemaLock {key: 'store'}), (:StoreSchemaLock {key: 'store', held: true})")
    with browser.session() as session, session.begin_transaction() as holder:
        holder.run("MATCH (n:StoreSchemaLock {held: true}) SET n.taken = true").consume()
        load = asyncio.create_task(store.load(facts))
        await asyncio.sleep(1)
        assert ORPHANED not in _constraints(browser)
        assert not load.done()
        holder.commit()
    await load
    assert ORPHANED in _constraints(browser)


@pytest.mark.parametrize("shows", [True, False], ids=["shown", "hides all"])
async def test_a_load_heals_an_index_that_stands_without_its_constraint(
    shows: bool,
    store: Neo4jStore,
    browser: Driver,
    facts: StatementLog,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The index is made by hand; where Neo4j leaves one behind, SHOW INDEXES fails until it is gone."""
    await store.load(facts)
    browser.execute_query(f"DROP CONSTRAINT {ORPHANED}")
    browser.execute_query(f"CREATE INDEX {ORPHANED} FOR (n:Link) ON (n.key)")
    run = AsyncManagedTransaction.run
    dropped: list[str] = []

    async def failing(self: AsyncManagedTransaction, text: str, *arguments: Any) -> Any:
        if text.startswith("SHOW INDEXES") and not (shows or dropped):
            raise driver_errors.DatabaseError(f"OnlineIndexProxy[Index( id=137, name='{ORPHANED}' )] is ONLINE")
        if text.startswith("DROP INDEX"):
            dropped.append(text)
        return await run(self, text, *arguments)

    monkeypatch.setattr(AsyncManagedTransaction, "run", failing)
    assert not (await store.load(facts)).has_changes
    assert dropped == [f"DROP INDEX `{ORPHANED}` IF EXISTS"]
    assert f"The index {ORPHANED} stands without its constraint" in caplog.text
    assert ORPHANED in _constraints(browser)


async def test_a_failure_that_names_no_index_of_the_store_drops_nothing(
    store: Neo4jStore, facts: StatementLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(self: AsyncManagedTransaction, text: str, *arguments: Any) -> Any:
        assert text.startswith("SHOW INDEXES")
        raise driver_errors.DatabaseError("OnlineIndexProxy[Index( id=137, name='theirs' )] is ONLINE")

    monkeypatch.setattr(AsyncManagedTransaction, "run", failing)
    with pytest.raises(StoreUnavailable, match="Neo4j failed"):
        await store.load(facts)
