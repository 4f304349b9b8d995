"""Both stores under the private overlay: what it changes, and that nothing of it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from graph.evidence.lens import Lens
from graph.evidence.rows import is_private
from graph.settings import Settings
from graph.stores.base import Reader, Store
from graph.stores.embedded.store import FILE_NAME, EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.query import STATEMENTS_OF, Compare, Order, Page, Query
from tests import facts
from tests.neo4j_fixture import emptied
from tests.overlay import CANARY, overlay_in

PRIVATE = Lens(overlay=True)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
async def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """The small world with a scenario, and the overlay over it."""
    folder = tmp_path_factory.mktemp("overlay")
    log, overlay = facts.log_of(folder), overlay_in(folder)
    scenarios = facts.scenarios_of(folder, "- {id: half, summary: Half, scale: [{link: lease, by: 0.5}]}\n")
    if request.param == "embedded":
        opened: Store = await EmbeddedStore.open(folder / "data", lambda: facts.TODAY, 8, scenarios, overlay)
    else:
        uri = request.getfixturevalue("neo4j_uri")
        emptied(uri)
        settings = Settings(neo4j_uri=uri, neo4j_timeout=60)
        opened = await Neo4jStore.open(settings, lambda: facts.TODAY, scenarios=scenarios, overlay=overlay)
    await opened.load(log)
    yield opened
    await opened.close()


async def _said(reader: Reader, name: str) -> list[tuple[str, bool, bool, str]]:
    """What is said of a property of the lease, the best first: value, whether it is chosen and private, and why."""
    query = Query("Statement", Compare("property", "eq", name), (Order("place"),))
    rows = (await reader.find_each(STATEMENTS_OF, ["lease"], query, Page(10)))["lease"].rows
    return [(row.columns["value"], row["chosen"], is_private(row), row.columns["reason"]) for row in rows]


def _usd(amount: int) -> str:
    return f'{{"amount":{amount},"bound":"EXACT","currency":"USD"}}'


async def test_a_private_rival_is_chosen_by_the_usual_rules_under_the_overlay_alone(store: Store) -> None:
    public, private = await store.reader(), await store.reader(PRIVATE)
    # as_of 2026-11-20 is later than the announcement of 2026-01-10, by which the public value is dated
    assert await _said(private, "value") == [
        (_usd(1234567891), True, True, "moment: 2026-11-20; the next: 2026-01-10"),
        (_usd(1000000000), False, False, "moment: 2026-01-10; the chosen: 2026-11-20"),
    ]
    assert await _said(public, "value") == [(_usd(1000000000), True, False, "no other value")]
    # of one moment, low confidence loses to high
    assert await _said(private, "term_years") == [
        ("10", True, False, "confidence: HIGH; the next: LOW"),
        ("12", False, True, "confidence: LOW; the chosen: HIGH"),
    ]


async def test_rows_of_which_a_private_statement_counts_are_marked(store: Store) -> None:
    rows = {label: await (await store.reader(PRIVATE)).rows(label) for label in ("Organization", "Link", "Source")}
    marked = {key for of_label in rows.values() for key, row in of_label.items() if is_private(row)}
    assert marked == {"lease", "quokkanary-labs", "quokkanary-lease", "quokkanary-call"}
    public = await store.reader()
    every = [row for label in rows for row in (await public.rows(label)).values()]
    assert every
    assert not any(map(is_private, every))


async def test_it_has_a_data_version_of_its_own(store: Store) -> None:
    public, private = (await store.reader()).version, (await store.reader(PRIVATE)).version
    assert private.id == store.overlay.version_over(public.id)
    assert private.stored == public.stored == public.id
    assert private.statements - public.statements == len((await _layered(store)) - (await _public(store)))


async def _public(store: Store) -> set[str]:
    return set((await store.log()).by_id)


async def _layered(store: Store) -> set[str]:
    return set(store.overlay.facts(await store.log(), PRIVATE).by_id)


async def test_what_was_not_known_yet_is_not_shown(store: Store) -> None:
    before = await store.reader(Lens(known_on=date(2026, 11, 19), overlay=True))
    assert await _said(before, "value") == [(_usd(1000000000), True, False, "no other value")]


async def test_a_scenario_supposes_what_the_overlay_says(store: Store) -> None:
    supposed = await store.reader(Lens(scenario="half", overlay=True))
    [lease] = await supposed.get("Link", ["lease"])
    assert lease is not None
    assert lease["value"].amount == 1234567891 / 2


async def test_nothing_of_it_is_written(store: Store) -> None:
    head = (await store.journal_head()).hash
    await store.reader(PRIVATE)
    assert (await store.journal_head()).hash == head
    log = await store.log()
    assert CANARY not in repr((log.statements, log.sources))
    assert (await store.verify()).is_whole


async def test_two_processes_over_one_file_are_of_one_mind(tmp_path: Path) -> None:
    """One has the overlay; what the other writes is beneath it at once, and the file holds nothing of it."""
    overlay = overlay_in(tmp_path)
    with_overlay = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY, overlay=overlay)
    without = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY)
    await without.load(facts.log_of(tmp_path))
    before = (await with_overlay.reader(PRIVATE)).version.id
    longer = facts.LEASE.replace("term_years: 10", "term_years: 11")
    await without.load(facts.log_of(tmp_path, links_provides_capacity=longer))
    after = await with_overlay.reader(PRIVATE)
    assert after.version.id == overlay.version_over((await without.reader()).version.id) != before
    [lease] = await after.get("Link", ["lease"])
    assert lease is not None
    assert (lease["term_years"], lease["value"].amount) == (11, 1234567891)
    for one in (with_overlay, without):
        await one.close()
    files = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert FILE_NAME in files
    assert [name for name, content in files.items() if CANARY.encode() in content.lower()] == []
