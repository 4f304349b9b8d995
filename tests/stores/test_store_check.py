"""What stands in a store that somebody altered by hand: it is found, told, and written anew."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph.audit.journal import Action
from graph.audit.tokens import TokenScope, new_token
from graph.errors import StoreDamaged
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.settings import Settings
from graph.stores.base import Store, StoreCheck
from graph.stores.embedded.inspection import projection_checks
from graph.stores.embedded.store import FILE_NAME, EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.vocabulary.model import Row
from tests.command import run_command
from tests.facts import TODAY, log_of
from tests.neo4j_fixture import emptied
from tests.stores.conftest import OpenStore
from tests.stores.test_neo4j import picture, run_cypher
from tests.stores.writer import one_claim

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def facts(tmp_path: Path) -> StatementLog:
    return log_of(tmp_path)


async def _filled(store: Store, facts: StatementLog) -> None:
    """The facts, a claim over the API, a token."""
    await store.load(facts)
    await store.apply(one_claim("desk", 1), reason="claim", import_key="one")
    await store.put_token(new_token("desk", TokenScope.EDITOR, None, now=NOW)[0])


async def test_a_store_that_nobody_altered_is_whole(open_store: OpenStore, facts: StatementLog) -> None:
    store = await open_store()
    await _filled(store, facts)
    check = await store.verify()
    assert check.is_whole
    counts = {one.label: (one.stored, one.expected) for one in check.labels}
    assert (counts["Statement"], counts["Source"]) == ((23, 23), (7, 7))  # the small world, a claim and its memo
    assert all(one.stored_hash == one.expected_hash for one in check.labels)


async def test_a_repair_changes_nothing_of_a_store_that_is_whole(open_store: OpenStore, facts: StatementLog) -> None:
    store = await open_store()
    await _filled(store, facts)
    before, tokens = await store.log(), await store.tokens()
    outcome = await store.repair(actor="desk")
    assert not outcome.has_changes
    assert (await store.log(), await store.tokens()) == (before, tokens)
    last = (await store.journal())[-1]
    assert (last.action, last.actor) == (Action.REPAIR, "desk")
    assert (await store.verify_journal()).number == 4  # the load, the claim, the token, the repair


# ---- Neo4j


@pytest.fixture
def browser(neo4j_uri: str) -> Any:
    with GraphDatabase.driver(emptied(neo4j_uri)) as driver:
        yield driver


@pytest.fixture
async def neo4j_store(neo4j_uri: str, browser: Driver, facts: StatementLog) -> AsyncIterator[Neo4jStore]:
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, neo4j_timeout=30), lambda: TODAY)
    await _filled(store, facts)
    yield store
    await store.close()


BY_HAND = {
    "a name": "MATCH (n:Organization {key: 'lab'}) SET n.name = 'other'",
    "a property too many": "MATCH (n:Organization {key: 'lab'}) SET n.comment = 'mine'",
    "a property gone": "MATCH (n:Link {key: 'lease'}) REMOVE n.term_years",
    "a label gone": "MATCH (n:Organization {key: 'lab'}) REMOVE n:Organization",
    "the label of entities gone": "MATCH (n:Organization {key: 'lab'}) REMOVE n:Entity",
    "another label": "MATCH (n:Organization {key: 'lab'}) SET n:Site",
    "a row deleted": "MATCH (n:Organization {key: 'lab'}) DETACH DELETE n",
    "a link deleted": "MATCH (n:Link {key: 'lease'}) DETACH DELETE n",
    "the site of a link": "MATCH (:Link {key: 'lease'})-[r:AT]->() DELETE r",
    "a relationship of a link deleted": "MATCH ()-[r:PROVIDES_CAPACITY]->() DELETE r",
    "a relationship of a link altered": "MATCH ()-[r:PROVIDES_CAPACITY]->() SET r.term_years = 99",
    "a relationship of a link turned": "MATCH (a)-[r:PROVIDES_CAPACITY]->(b) WITH a, b, r, properties(r) AS all"
    " DELETE r CREATE (b)-[s:PROVIDES_CAPACITY]->(a) SET s = all",
    "a relationship more": "MATCH (a:Statement), (b:Site) WITH a, b LIMIT 1 CREATE (a)-[:ABOUT]->(b)",
    "a link made by hand": "MATCH (a:Organization {key: 'lab'}) CREATE (a)-[:PROVIDES_CAPACITY {key: 'mine'}]->(a)",
    "a link without a key": "MATCH (a:Organization {key: 'lab'}) CREATE (a)-[:PROVIDES_CAPACITY]->(a)",
    "a row made by hand": "CREATE (:Organization:Entity {key: 'mine', name: 'Mine'})",
    "a row without a key": "CREATE (:Organization:Entity {name: 'Mine'})",
    "the reason of a statement": "MATCH (n:Statement) WITH n LIMIT 3 SET n.reason = 'because'",
    "a source's rows": "MATCH (n:Source {key: 'news'})<-[r:CITES]-() DELETE r",
}


async def test_what_somebody_did_in_neo4j_is_found_repaired_and_healed_by_a_load(
    neo4j_store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    before, version = picture(browser), (await neo4j_store.reader()).version
    for what, text in BY_HAND.items():
        browser.execute_query(text)  # type: ignore[arg-type]  # a text of this file
        check = await neo4j_store.verify()
        assert not check.is_whole, what
        assert (check.altered, check.fits_version) == ((), True), what
        await neo4j_store.repair()
        assert picture(browser) == before, what
        browser.execute_query(text)  # type: ignore[arg-type]  # a text of this file
        await neo4j_store.load(facts)
        assert picture(browser) == before, what
    assert (await neo4j_store.verify()).is_whole
    assert (await neo4j_store.reader()).version == version
    assert len(await neo4j_store.tokens()) == 1
    actions = [entry.action for entry in await neo4j_store.journal()]
    assert actions.count(Action.REPAIR) == len(BY_HAND)
    assert (await neo4j_store.verify_journal()).number == len(actions)


TWINS = (
    (
        "MATCH (n:Organization {key: 'lab'}) CREATE (m:Organization:Entity) SET m = properties(n), m.name = 'b'",
        "MATCH (n:Statement) WITH n LIMIT 1 CREATE (m:Statement) SET m = properties(n)",
    ),
    (
        "CREATE (:Organization:Entity {key: 'lab', name: 'Mine'})",  # a row that is not whole
        "MATCH (a)-[r:PROVIDES_CAPACITY]->(b) CREATE (b)-[s:PROVIDES_CAPACITY]->(a) SET s = properties(r)",
    ),
)
"""Rows with the key of another: those that a repair takes away, and those that a load does. Two at a time, because the
database plans everything anew after each change of its constraints."""
TWINNED = ("Organization", "Entity", "Statement", "PROVIDES_CAPACITY")
ENTERED = ("JournalEntry", "DataVersion")
"""Labels of the journal and of the history."""


async def test_rows_with_one_key_are_found_and_one_of_them_goes(
    neo4j_store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    """Entries of journal and history that stand twice are one again too."""
    before, log, number = picture(browser), await neo4j_store.log(), (await neo4j_store.verify_journal()).number
    heal: list[Callable[[], Any]] = [neo4j_store.repair, partial(neo4j_store.load, facts)]
    for twins, healed in zip(TWINS, heal, strict=True):
        _drop_constraints(browser, *TWINNED, *ENTERED)
        for text in twins:
            browser.execute_query(text)  # type: ignore[arg-type]  # a text of this file
        check = await neo4j_store.verify()
        assert (check.strays, check.is_whole) == (len(twins), False)
        with pytest.raises(StoreDamaged, match="contradict a constraint"):
            await neo4j_store.apply(one_claim("desk", 2), reason="claim")
        if healed == neo4j_store.repair:
            browser.execute_query(f"MATCH (n:{'|'.join(ENTERED)}) CREATE (m:$(labels(n))) SET m = properties(n)")  # type: ignore[arg-type]
        await healed()
        assert (picture(browser), await neo4j_store.log()) == (before, log)
        assert (await neo4j_store.verify()).is_whole
        # the repair is entered; a load of what was there is not
        assert (await neo4j_store.verify_journal()).number == number + 1


def _drop_constraints(browser: Driver, *labels: str) -> None:
    """Those of these labels or types alone: the database takes long to make each again."""
    shown = "SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE labelsOrTypes[0] IN $labels RETURN name"
    for name in run_cypher(browser, shown, labels=list(labels)):
        browser.execute_query(f"DROP CONSTRAINT {name[0]}")  # type: ignore[arg-type]  # a name of the schema


STATEMENTS_BY_HAND = {
    "altered": "MATCH (n:Statement {property: 'term_years'}) SET n.value = '99'",
    "deleted": "MATCH (n:Statement {property: 'term_years'}) DETACH DELETE n",
    "unreadable": "MATCH (n:Statement {property: 'term_years'}) SET n.nature = 'no such'",
    "without its source": "MATCH (n:Source {key: 'news'}) DETACH DELETE n",
}


async def test_statements_of_the_facts_that_were_altered_come_back_with_a_load(
    neo4j_store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    before, log = picture(browser), await neo4j_store.log()
    for what, text in STATEMENTS_BY_HAND.items():
        browser.execute_query(text)  # type: ignore[arg-type]  # a text of this file
        check = await neo4j_store.verify()
        assert (check.fits_version, check.is_whole) == (False, False), what
        await neo4j_store.repair()
        assert (await neo4j_store.verify()).is_whole, what
        await neo4j_store.load(facts)
        assert picture(browser) == before, what
        assert (await neo4j_store.log()) == log, what
    assert (await neo4j_store.verify_journal()).number == 3 + 2 * len(STATEMENTS_BY_HAND)


async def test_a_load_gives_no_altered_write_of_the_api_up(
    neo4j_store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    browser.execute_query("MATCH (n:Statement {entered: 'API'}) SET n.value = '[\"other\"]'")
    with pytest.raises(StoreDamaged, match="came over the API"):
        await neo4j_store.load(facts)
    await neo4j_store.repair()
    assert (await neo4j_store.log()).statements == facts.statements


async def test_a_state_that_was_deleted_is_made_anew_by_a_load(
    neo4j_store: Neo4jStore, browser: Driver, facts: StatementLog
) -> None:
    browser.execute_query("MATCH (n) WHERE n:StoreState OR n:StoreGate DETACH DELETE n")
    await neo4j_store.load(facts)
    assert (await neo4j_store.verify()).is_whole
    await neo4j_store.apply(one_claim("desk", 2), reason="claim")
    assert (await neo4j_store.verify_journal()).number >= 4


# ---- the embedded store


@pytest.fixture
async def data(tmp_path: Path, facts: StatementLog) -> Path:
    store = await EmbeddedStore.open(tmp_path / "data", lambda: TODAY)
    await _filled(store, facts)
    await store.close()
    return tmp_path / "data"


def _sql(data: Path, text: str) -> None:
    with closing(sqlite3.connect(data / FILE_NAME)) as connection:
        connection.execute(text)
        connection.commit()


async def _with(data: Path, use: Callable[[EmbeddedStore], Any]) -> Any:
    store = await EmbeddedStore.open(data, lambda: TODAY)
    try:
        return await use(store)
    finally:
        await store.close()


ROWS_BY_HAND = {
    "altered": "UPDATE statements SET value = '99' WHERE property = 'term_years'",
    "deleted": "DELETE FROM statements WHERE property = 'term_years'",
    "unreadable": "UPDATE statements SET nature = 'no such' WHERE property = 'term_years'",
    "a source": "UPDATE sources SET columns = '{}' WHERE id = 'news'",
}


@pytest.mark.parametrize("text", ROWS_BY_HAND.values(), ids=ROWS_BY_HAND)
async def test_rows_of_the_file_that_were_altered_come_back_with_a_load(
    text: str, data: Path, facts: StatementLog
) -> None:
    log = await _with(data, lambda store: store.log())
    _sql(data, text)
    check: StoreCheck = await _with(data, lambda store: store.verify())
    assert not check.is_whole
    await _with(data, lambda store: store.load(facts))
    assert (await _with(data, lambda store: store.verify())).is_whole
    assert await _with(data, lambda store: store.log()) == log
    assert len(await _with(data, lambda store: store.tokens())) == 1
    assert (await _with(data, lambda store: store.verify_journal())).number == 5


async def test_a_load_gives_no_altered_write_of_the_file_up(data: Path, facts: StatementLog) -> None:
    _sql(data, "UPDATE statements SET value = '[\"other\"]' WHERE entered = 'API'")
    with pytest.raises(StoreDamaged, match="came over the API"):
        await _with(data, lambda store: store.load(facts))
    await _with(data, lambda store: store.repair())
    assert (await _with(data, lambda store: store.log())).statements == facts.statements


def test_a_kept_projection_that_is_not_what_would_be_projected_is_found(facts: StatementLog) -> None:
    made = project(facts, DEFAULT_LENS.on(TODAY))
    lab, links = made.rows["Organization"]["lab"], dict(made.rows["Link"])
    del links["lease"]
    other = Row("Organization", "lab", {**lab.columns, "name": "Other"})
    kept = replace(made, rows={**made.rows, "Organization": {**made.rows["Organization"], "lab": other}, "Link": links})
    differing = {one.label: one for one in projection_checks(kept, made) if not one.is_whole}
    assert (differing["Organization"].changed, differing["Link"].missing) == (("lab",), ("lease",))
    assert len(differing) == 2
    assert all(one.is_whole for one in projection_checks(made, made))


async def test_a_projection_that_is_kept_of_earlier_data_is_no_difference(data: Path) -> None:
    store = await EmbeddedStore.open(data, lambda: TODAY)
    await store.apply(one_claim("desk", 2), reason="claim")
    assert (await store.verify()).is_whole
    await store.close()


def test_the_command_says_what_differs_and_repairs_it(data: Path) -> None:
    whole = run_command(data, "store", "verify")
    _sql(data, "UPDATE statements SET value = '99' WHERE property = 'term_years'")
    said = run_command(data, "store", "verify")
    audited = run_command(data, "audit", "verify")
    repaired = run_command(data, "store", "verify", "--repair")
    again = run_command(data, "store", "verify")
    assert [one.returncode for one in (whole, said, audited, repaired, again)] == [0, 1, 1, 0, 0]
    assert "Altered, no longer what was stored under these keys: " in said.stdout
    assert "--repair" in said.stderr
    assert "22 statements" in repaired.stdout  # of 23 one went
    assert "wattgraph load" in repaired.stderr


def test_an_audit_of_rows_that_were_altered_in_neo4j_fails(
    neo4j_store: Neo4jStore, browser: Driver, neo4j_uri: str, tmp_path: Path
) -> None:
    browser.execute_query("MATCH (n:Organization {key: 'lab'}) SET n.name = 'other'")
    done = run_command(tmp_path, "audit", "verify", "--neo4j-uri", neo4j_uri)
    assert done.returncode == 1
    assert "store verify" in done.stderr
