"""What every store does, on the real seeds and on a graph small enough to derive answers by hand.

The small graph (`tests/facts.py`): host leases a campus to cloud; beside them stand a lab and an unnamed party.
Statements: host 3, cloud 3, lab 2, unnamed 3, campus 2, lease 9 (from, to, site and six in its claim), together 22."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graph.audit.journal import EMPTY_HEAD, Action, WriteRequest, verify
from graph.audit.tokens import Token, TokenScope
from graph.concurrency.progress import progress_to
from graph.errors import BadInput, BadLens, ImportKeyReused, StoreNotReady
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.statements import Entered, Source, Statement
from graph.stores.base import Store
from graph.stores.embedded import sqlite_log
from graph.stores.neo4j import load as neo4j_load
from graph.stores.query import (
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    RELATIONS,
    STATEMENTS_OF,
    And,
    Compare,
    Cursor,
    Filter,
    Order,
    Page,
    Query,
    Refers,
    cut,
    ordered,
    text_filter,
)
from graph.stores.sizes import Sizes
from graph.vocabulary.enums import Confidence, LinkStatus, Nature, SourceKind
from graph.vocabulary.model import LABELS, Row
from graph.vocabulary.values import Money, PartialDate
from tests.facts import LEASE, ORGANIZATIONS, SOURCES, TODAY, log_of, scenarios_of
from tests.seeds_fixture import Under
from tests.stores.conftest import OpenStore

ALL = Page(500)
BY_NAME = (Order("name_sort"),)


@pytest.fixture
def facts(tmp_path: Path) -> StatementLog:
    return log_of(tmp_path)


@pytest.fixture
async def store(open_store: OpenStore, facts: StatementLog) -> Store:
    store = await open_store()
    await store.load(facts)
    return store


def claim(subject: str, name: str, value: object, source: str = "memo", kind: str = "Organization") -> Statement:
    return Statement(
        subject, kind, name, value, source, Confidence.HIGH, Nature.STATED, date(2026, 3, 1), date(2026, 3, 1)
    )


MEMO = Source(
    "memo", "https://example.org/memo", "Desk", SourceKind.FILING, "memo", published=PartialDate.read("2026-03")
)


class TestOnSeeds:
    async def test_every_row_is_the_one_of_the_projection(self, seeds_store: Store, seeds_graph: Graph) -> None:
        reader = await seeds_store.reader()
        for label in LABELS:
            rows = [seeds_graph.rows[label][key] for key in sorted(seeds_graph.rows[label])]
            assert [row async for row in reader.stream(label)] == rows
            assert list((await reader.rows(label)).values()) == rows

    async def test_statements_and_sources_come_back_as_they_were(
        self, seeds_store: Store, seeds_log: StatementLog
    ) -> None:
        assert await seeds_store.log() == seeds_log

    async def test_the_version_is_the_hash_of_the_statements(self, seeds_store: Store, seeds_log: StatementLog) -> None:
        reader = await seeds_store.reader()
        assert (reader.version.id, reader.version.statements) == (seeds_log.version, len(seeds_log.statements))

    async def test_pages_of_links_by_value_are_the_whole_list(self, seeds_store: Store) -> None:
        reader = await seeds_store.reader()
        query = Query("Link", Compare("in_force", "eq", True), (Order("value_usd", descending=True),))
        whole = [row async for row in reader.stream("Link") if row.columns["in_force"]]
        assert await _paged(seeds_store, query, size=97) == ordered(whole, query.orders)

    async def test_relations_of_all_organizations_are_those_of_each(self, seeds_store: Store) -> None:
        reader = await seeds_store.reader()
        parents = [row.key async for row in reader.stream("Organization")]
        for relation in RELATIONS:
            found = await reader.find_each(relation, parents, Query(relation.label), Page(3))
            children: dict[str, list[Row]] = {parent: [] for parent in parents}
            async for row in reader.stream(relation.label):
                for parent in relation.parents(row) & children.keys():
                    children[parent].append(row)
            assert found == {parent: cut(rows, (), Page(3)) for parent, rows in children.items()}

    async def test_a_company_is_found_by_its_ticker(self, seeds_store: Store) -> None:
        hits = await (await seeds_store.reader()).search("nvda", ["Organization"], 5)
        assert (hits[0].row.key, hits[0].matched, hits[0].score) == ("nvidia", "NVDA", 1.0)

    async def test_a_lens_on_the_past_knows_less(self, seeds_store: Store, seeds_under: Under) -> None:
        lens = Lens(known_on=date(2025, 6, 1))
        reader = await seeds_store.reader(lens)
        assert reader.lens == lens.on(TODAY)
        total = len(seeds_under(lens).rows["Link"])
        assert (await reader.find(Query("Link"), Page(1))).total == total


async def _paged(store: Store, query: Query, size: int) -> list[object]:
    reader = await store.reader()
    rows: list[object] = []
    page = Page(size)
    while True:
        found = await reader.find(query, page)
        rows += found.rows
        if not found.has_next:
            assert found.total == len(rows)
            return rows
        last = found.rows[-1]
        page = Page(size, Cursor(tuple(last.columns.get(order.column) for order in query.orders), last.key))


class TestReading:
    async def test_rows_come_in_the_order_of_their_keys(self, store: Store) -> None:
        rows = await (await store.reader()).get("Organization", ["lab", "nobody", "host", "lab"])
        assert [row and row["name"] for row in rows] == ["Lab", None, "Host Corp", "Lab"]

    async def test_no_keys_bring_no_rows(self, store: Store) -> None:
        assert await (await store.reader()).get("Organization", []) == []

    async def test_a_key_of_another_kind_is_not_found(self, store: Store) -> None:
        assert await (await store.reader()).get("Site", ["host"]) == [None]

    async def test_a_filter_an_order_and_a_page_from_either_end(self, store: Store) -> None:
        reader = await store.reader()
        query = Query("Organization", Compare("placeholder", "eq", False), BY_NAME)
        first = await reader.find(query, Page(2))
        assert [row.key for row in first.rows] == ["cloud", "host"]
        assert (first.total, first.has_next, first.has_previous) == (3, True, False)
        last = await reader.find(query, Page(first=None, last=2))
        assert [row.key for row in last.rows] == ["host", "lab"]
        assert (last.total, last.has_next, last.has_previous) == (3, False, True)

    async def test_missing_values_stand_last_in_both_directions(self, store: Store) -> None:
        reader = await store.reader()
        for descending, countries in ((False, ["NO", "US", None, None]), (True, ["US", "NO", None, None])):
            found = await reader.find(Query("Organization", orders=(Order("country", descending),)), ALL)
            assert [row["country"] for row in found.rows] == countries
            assert [row.key for row in found.rows[2:]] == ["lab", "unnamed"]

    async def test_a_filter_reaches_through_a_reference(self, store: Store) -> None:
        where = Refers("site", text_filter("name", "contains", "CAMPUS"))
        found = await (await store.reader()).find(Query("Link", where), ALL)
        assert [row.key for row in found.rows] == ["lease"]

    async def test_sources_are_found_by_how_and_through_what_they_were_read(
        self, open_store: OpenStore, tmp_path: Path
    ) -> None:
        read = SOURCES.replace("origin: late}", "origin: late, read: SECOND_HAND, through: [news, blog]}")
        located = LEASE.replace("confidence: high", "confidence: high\n      locator: p. 3")
        log = log_of(tmp_path, sources=read, links_provides_capacity=located + "      last_verified: '2026-11-20'\n")
        store = await open_store()
        await store.load(log)
        assert await store.log() == log
        reader = await store.reader()

        async def keys(where: Filter) -> list[str]:
            return [row.key for row in (await reader.find(Query("Source", where), ALL)).rows]

        assert await keys(Compare("read", "eq", "SECOND_HAND")) == ["late"]
        assert len(await keys(Compare("read", "eq", "UNKNOWN"))) == 5
        assert await keys(Refers("through", Compare("kind", "eq", "OTHER"))) == ["late"]
        assert await keys(Refers("through", Compare("kind", "eq", "FILING"))) == []
        [late] = await reader.get("Source", ["late"])
        assert late is not None
        assert (late["through"], late["reliability"]) == (("news", "blog"), "MEDIUM")
        said = (await reader.find(Query("Statement", Compare("locator", "eq", "p. 3")), ALL)).rows
        assert {row["last_verified"] for row in said} == {date(2026, 11, 20)}
        assert len(said) == 6  # what the claim says, and not the ends and the site of the record

    async def test_each_parent_has_its_own_page_and_total(self, store: Store) -> None:
        reader = await store.reader()
        found = await reader.find_each(LINKS_BOTH, ["host", "campus", "lab"], Query("Link"), Page(1))
        assert {key: ([row.key for row in part.rows], part.total) for key, part in found.items()} == {
            "host": (["lease"], 1),
            "campus": (["lease"], 1),
            "lab": ([], 0),
        }
        assert (await reader.find_each(LINKS_IN, ["host"], Query("Link"), ALL))["host"].total == 0
        assert (await reader.find_each(LINKS_OUT, ["host"], Query("Link"), ALL))["host"].total == 1

    async def test_statements_stand_with_the_best_of_each_property_first(self, store: Store) -> None:
        query = Query("Statement", orders=(Order("place"),))
        found = await (await store.reader()).find_each(STATEMENTS_OF, ["host"], query, ALL)
        assert [row.columns["property"] for row in found["host"].rows] == ["country", "kinds", "name"]
        assert all(row.columns["chosen"] for row in found["host"].rows)

    async def test_the_sizes_are_those_of_the_last_write(
        self, store: Store, facts: StatementLog, tmp_path: Path
    ) -> None:
        assert await store.sizes() == Sizes.of(facts)
        await store.load(log_of(tmp_path / "less", links_provides_capacity="[]"))
        after = await store.sizes()
        assert after == Sizes.of(await store.log())
        assert after is not None
        assert (after.rows["Link"], after.children[LINKS_OUT]) == (0, 0)

    async def test_a_search_and_a_filter_know_no_diacritics(self, store: Store, tmp_path: Path) -> None:
        name = "Åkerström & Østergård, Hauptstraße"
        nordic = f"- {{id: nordic, claims: [{{says: {{name: '{name}'}}, sources: [filing], confidence: high}}]}}"
        await store.load(log_of(tmp_path / "nordic", organizations=ORGANIZATIONS + nordic))
        reader = await store.reader()
        for text in ("akerstrom", "Ostergard", "ÅKERSTRÖM", "østergård", "strasse", "o\u0308stergard"):
            hits = await reader.search(text, ["Organization"], 3)
            assert [(hit.row.key, hit.matched) for hit in hits] == [("nordic", name)]
            found = await reader.find(Query("Organization", text_filter("name", "contains", text)), ALL)
            assert [row.key for row in found.rows] == ["nordic"]

    async def test_a_search_ranks_by_how_well_a_text_matches(self, store: Store) -> None:
        hits = await (await store.reader()).search("C", ["Organization", "Site"], 3)
        assert [(hit.row.key, hit.score) for hit in hits] == [("campus", 0.9), ("cloud", 0.9), ("host", 0.7)]

    async def test_the_newest_counting_source_dates_the_answers(self, store: Store) -> None:
        """Nothing cites `late`, `release` and the reprint; the news of 2026-02-01 is the newest that counts."""
        assert (await store.reader()).data_through == date(2026, 2, 1)

    async def test_a_lens_sees_its_own_day(self, store: Store) -> None:
        reader = await store.reader(Lens(known_on=date(2026, 1, 15)))
        assert await reader.get("Organization", ["lab"]) == [None]
        assert reader.data_through == date(2026, 1, 10)

    async def test_a_lens_of_tomorrow_is_refused(self, store: Store) -> None:
        with pytest.raises(BadLens):
            await store.reader(Lens(known_on=date(2027, 1, 1)))

    async def test_a_lens_with_an_unknown_source_is_refused(self, store: Store) -> None:
        with pytest.raises(BadLens):
            await store.reader(Lens(exclude_sources=frozenset({"nowhere"})))


class TestLoading:
    async def test_an_empty_store_says_how_to_fill_it(self, open_store: OpenStore) -> None:
        store = await open_store()
        with pytest.raises(StoreNotReady) as caught:
            await store.reader()
        assert "wattgraph load" in caught.value.remedy
        assert await store.versions() == []

    async def test_the_first_load_adds_everything(self, open_store: OpenStore, facts: StatementLog) -> None:
        change = await (await open_store()).load(facts, reason="first")
        assert change.added == {"Organization": 4, "Site": 1, "Link": 1, "Source": 6, "Statement": 22}
        assert (change.changed, change.removed) == ({}, {})
        assert (change.version.id, change.version.statements, change.version.reason) == (facts.version, 22, "first")

    async def test_the_same_load_again_changes_nothing(self, store: Store, facts: StatementLog) -> None:
        change = await store.load(facts, reason="again")
        assert not change.has_changes
        assert [version.reason for version in await store.versions()] == ["load"]

    async def test_a_load_removes_what_is_gone(self, store: Store, tmp_path: Path) -> None:
        """Without the lease: its 9 statements go, and host, cloud and the campus have one link less."""
        change = await store.load(log_of(tmp_path / "less", links_provides_capacity="[]"))
        assert change.removed == {"Link": 1, "Statement": 9}
        assert change.changed == {"Organization": 2, "Site": 1}
        reader = await store.reader()
        assert (await reader.find(Query("Link"), ALL)).total == 0
        assert (await reader.get("Organization", ["host"]))[0]["link_count"] == 0

    async def test_a_changed_value_changes_its_row(self, store: Store, tmp_path: Path) -> None:
        """One statement goes, one comes, and the lease is another row."""
        change = await store.load(log_of(tmp_path / "other", links_provides_capacity=LEASE.replace("SIGNED", "ACTIVE")))
        assert (change.added, change.changed, change.removed) == ({"Statement": 1}, {"Link": 1}, {"Statement": 1})
        assert (await (await store.reader()).get("Link", ["lease"]))[0]["status"] is LinkStatus.ACTIVE

    async def test_kinds_of_an_organization_can_change(self, store: Store, tmp_path: Path) -> None:
        await store.load(log_of(tmp_path / "other", organizations=ORGANIZATIONS.replace("AI_HOST", "MINER")))
        found = await (await store.reader()).find(Query("Organization", Compare("kinds", "has", "MINER")), ALL)
        assert [row.key for row in found.rows] == ["host"]

    async def test_progress_is_told(self, open_store: OpenStore, facts: StatementLog) -> None:
        told: list[tuple[str, int, int]] = []
        store = await open_store()
        with progress_to(lambda what, done, of: told.append((what, done, of))):
            await store.load(facts)
        assert told
        assert all(0 < done <= of for _, done, of in told)

    async def test_versions_are_listed_newest_first(self, store: Store, facts: StatementLog, tmp_path: Path) -> None:
        await store.load(log_of(tmp_path / "less", links_provides_capacity="[]"), reason="less")
        await store.load(facts, reason="back")
        assert [version.reason for version in await store.versions()] == ["back", "less", "load"]
        assert (await store.versions())[0].id == facts.version

    async def test_another_store_on_the_same_place_sees_the_write(
        self, open_store: OpenStore, facts: StatementLog, tmp_path: Path
    ) -> None:
        first, second = await open_store(), await open_store()
        await first.load(facts)
        assert (await (await second.reader()).find(Query("Link"), ALL)).total == 1
        await first.load(log_of(tmp_path / "less", links_provides_capacity="[]"))
        assert (await (await second.reader()).find(Query("Link"), ALL)).total == 0

    async def test_nothing_to_load_is_a_graph_without_rows(self, open_store: OpenStore) -> None:
        store = await open_store()
        assert not (await store.load(StatementLog.of([], []))).has_changes
        assert (await (await store.reader()).find(Query("Organization"), ALL)).total == 0


class TestApplying:
    async def test_added_statements_count_at_once(self, store: Store) -> None:
        """A statement, its source, and the organization that it changes."""
        log = StatementLog.of([claim("lab", "country", "FR")], [MEMO])
        change = await store.apply(log, reason="desk")
        assert change.added == {"Source": 1, "Statement": 1}
        assert change.changed == {"Organization": 1}
        assert (await (await store.reader()).get("Organization", ["lab"]))[0]["country"] == "FR"
        assert (await store.log()).by_id[log.statements[0].id].entered is Entered.API

    async def test_a_load_keeps_what_came_by_the_api(self, store: Store, facts: StatementLog) -> None:
        await store.apply(StatementLog.of([claim("lab", "country", "FR")], [MEMO]), reason="desk")
        assert not (await store.load(facts)).has_changes
        assert (await (await store.reader()).get("Organization", ["lab"]))[0]["country"] == "FR"

    async def test_a_claim_that_is_written_again_takes_its_locator_and_the_later_look(
        self, store: Store, facts: StatementLog
    ) -> None:
        [said] = [one for one in facts.statements if one.property == "term_years"]
        looked = [
            said.but(locator="p. 3", last_verified=date(2026, 11, 20)),
            said.but(locator="p. 4", last_verified=date(2026, 11, 2)),
            said,
        ]
        for number, one in enumerate(looked):
            outcome = await store.apply(StatementLog.of([one], []), reason="looked up", import_key=str(number))
            assert (outcome.effect.added, outcome.effect.retracted) == (0, 0)
        now = (await store.log()).by_id[said.id]
        assert (now.locator, now.last_verified) == ("p. 4", date(2026, 11, 20))
        await store.load(facts)
        now = (await store.log()).by_id[said.id]
        assert (now.locator, now.last_verified, now.entered) == ("p. 4", date(2026, 11, 20), Entered.API)

    async def test_a_withdrawn_statement_counts_no_more_and_is_kept(self, store: Store, facts: StatementLog) -> None:
        gone = next(one for one in facts.statements if one.subject == "host" and one.property == "country")
        change = await store.apply(StatementLog.of([], []), [gone.id], reason="wrong")
        assert change.changed == {"Organization": 1, "Statement": 1}
        reader = await store.reader()
        assert (await reader.get("Organization", ["host"]))[0]["country"] is None
        (row,) = await reader.get("Statement", [gone.id])
        assert row is not None
        assert (row.columns["counted"], row.columns["reason"]) == (False, f"withdrawn on {TODAY}")

    async def test_an_unknown_id_refuses_all_of_it(self, store: Store, facts: StatementLog) -> None:
        log = StatementLog.of([claim("lab", "country", "FR")], [MEMO])
        with pytest.raises(BadInput):
            await store.apply(log, ["nothing-has-this-id"], reason="desk")
        assert await store.log() == facts

    async def test_a_statement_without_its_source_is_refused(self, store: Store, facts: StatementLog) -> None:
        with pytest.raises(BadInput):
            await store.apply(StatementLog.of([claim("lab", "country", "FR")], []), reason="desk")
        assert await store.log() == facts

    async def test_a_new_subject_may_come_by_the_api(self, store: Store) -> None:
        said = [claim("deal", name, value, kind="OWNS") for name, value in (("from", "lab"), ("to", "host"))]
        await store.apply(StatementLog.of(said, [MEMO]), reason="desk")
        reader = await store.reader()
        assert [row.key for row in (await reader.find(Query("Link"), ALL)).rows] == ["deal", "lease"]
        assert (await reader.get("Organization", ["lab"]))[0]["link_count"] == 1


def log_of_one(subject: str = "lab", name: str = "country", value: object = "FR") -> StatementLog:
    """One statement with its source."""
    return StatementLog.of([claim(subject, name, value)], [MEMO])


class TestImportKeys:
    async def test_the_same_key_with_the_same_content_writes_once(self, store: Store, facts: StatementLog) -> None:
        first = await store.apply(log_of_one(), reason="desk", import_key="one")
        again = await store.apply(log_of_one(), reason="again", import_key="one")
        assert (first.repeated, again.repeated, again.has_changes) == (False, True, False)
        assert (again.version, again.effect) == (first.version, first.effect)
        assert len((await store.log()).statements) == len(facts.statements) + 1
        assert [entry.import_key for entry in await store.journal()] == [None, "one"]

    async def test_a_repeat_tells_what_was_recorded_though_others_wrote_since(self, store: Store) -> None:
        first = await store.apply(log_of_one(), reason="desk", import_key="one")
        await store.apply(log_of_one("lab", "country", "DE"), reason="desk", import_key="two")
        again = await store.apply(log_of_one(), reason="desk", import_key="one")
        assert (again.version, again.effect) == (first.version, first.effect)

    async def test_what_a_key_did_is_told_without_its_content(self, store: Store) -> None:
        assert await store.earlier("one", "digest") is None
        first = await store.apply(log_of_one(), reason="desk", import_key="one", digest="digest")
        again = await store.earlier("one", "digest")
        assert again is not None
        assert (again.repeated, again.version, again.effect) == (True, first.version, first.effect)
        with pytest.raises(ImportKeyReused):
            await store.earlier("one", "other")
        assert (await store.apply(log_of_one(), reason="desk", import_key="one", digest="digest")).repeated

    async def test_a_clock_that_was_set_back_loses_no_recorded_version(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = await store.apply(log_of_one(), reason="desk")
        for module in (sqlite_log, neo4j_load):
            monkeypatch.setattr(module, "_now", lambda: "2020-01-01T00:00:00+00:00")
        first = await store.apply(log_of_one(), reason="desk", import_key="one")
        again = await store.apply(log_of_one(), reason="desk", import_key="one")
        assert (first.effect.unchanged, again.repeated) == (1, True)
        assert again.version == first.version == there.version

    async def test_the_same_key_with_another_content_is_refused(self, store: Store) -> None:
        await store.apply(log_of_one(), reason="desk", import_key="one")
        with pytest.raises(ImportKeyReused) as caught:
            await store.apply(log_of_one("lab", "country", "DE"), reason="desk", import_key="one")
        assert caught.value.code == "IMPORT_KEY_REUSED"
        assert (await (await store.reader()).get("Organization", ["lab"]))[0]["country"] == "FR"

    async def test_a_key_of_a_write_that_failed_is_free(self, store: Store) -> None:
        with pytest.raises(BadInput):
            await store.apply(log_of_one(), ["nothing-has-this-id"], reason="desk", import_key="one")
        assert len(await store.journal()) == 1
        assert not (await store.apply(log_of_one(), reason="desk", import_key="one")).repeated

    async def test_a_retraction_happens_once_too(self, store: Store, facts: StatementLog) -> None:
        gone = facts.by_subject["host"][0].id
        nothing = StatementLog.of([], [])
        first = await store.apply(nothing, [gone], reason="wrong", import_key="one")
        again = await store.apply(nothing, [gone], reason="wrong", import_key="one")
        assert (first.retracted_statements, again.retracted_statements, again.repeated) == (1, 1, True)

    async def test_of_two_writers_at_once_with_one_key_one_writes(self, open_store: OpenStore, store: Store) -> None:
        stores = [store, await open_store()]
        found = await asyncio.gather(*(one.apply(log_of_one(), reason="desk", import_key="one") for one in stores * 2))
        assert sorted(change.repeated for change in found) == [False, True, True, True]
        assert len({(change.version, change.effect) for change in found}) == 1
        assert len(await store.journal()) == 2

    async def test_a_key_lasts_as_long_as_the_store(self, open_store: OpenStore, store: Store) -> None:
        await store.apply(log_of_one(), reason="desk", import_key="one")
        assert (await (await open_store()).apply(log_of_one(), reason="desk", import_key="one")).repeated


class TestJournal:
    async def test_a_write_tells_what_it_did_to_the_statements(self, store: Store, facts: StatementLog) -> None:
        """One is new, one is there already, one is withdrawn."""
        there, gone = facts.by_subject["host"][0], facts.by_subject["cloud"][0]
        log = StatementLog.of([there, *log_of_one().statements], [MEMO])
        change = await store.apply(log, [gone.id], reason="desk", actor="token-1", import_key="one")
        assert (change.added_statements, change.unchanged_statements, change.retracted_statements) == (1, 1, 1)
        entry = (await store.journal())[-1]
        assert (entry.action, entry.actor, entry.reason, entry.import_key) == (Action.ADD, "token-1", "desk", "one")
        assert (entry.added, entry.unchanged, entry.retracted) == (1, 1, 1)
        assert entry.subjects == ("Organization:cloud", "Organization:host", "Organization:lab", "Source:memo")
        assert (entry.version, entry.statements, entry.number) == (change.version.id, 23, 2)

    async def test_the_first_load_and_each_that_changes_something_is_entered(
        self, store: Store, facts: StatementLog, tmp_path: Path
    ) -> None:
        await store.load(facts, reason="the same")
        await store.load(log_of(tmp_path / "less", links_provides_capacity="[]"), reason="less", actor="desk")
        first, second = await store.journal()
        assert (first.action, first.added, first.retracted, first.statements) == (Action.LOAD, 22, 0, 22)
        assert len(first.subjects) == 6 + 6  # four organizations, a site and a lease; six sources
        assert (second.reason, second.actor, second.subjects) == ("less", "desk", ("Link:lease",))
        assert (second.added, second.unchanged, second.retracted) == (0, 13, 9)
        assert second.version == (await store.versions())[0].id

    async def test_a_changed_value_is_one_statement_less_and_one_more(self, store: Store, tmp_path: Path) -> None:
        await store.load(log_of(tmp_path / "other", links_provides_capacity=LEASE.replace("SIGNED", "ACTIVE")))
        entry = (await store.journal())[-1]
        assert (entry.added, entry.unchanged, entry.retracted, entry.subjects) == (1, 21, 1, ("Link:lease",))

    async def test_a_write_that_changes_nothing_is_entered_and_makes_no_version(self, store: Store) -> None:
        for _ in range(2):
            await store.apply(log_of_one(), reason="desk")
        assert [entry.added for entry in await store.journal()] == [22, 1, 0]
        assert len(await store.versions()) == 2

    async def test_what_was_refused_is_noted_and_changes_no_data(self, store: Store) -> None:
        before = (await store.reader()).version
        noted = await store.note(WriteRequest(Action.REFUSED, "token-1", "addStatements: scope READER"))
        assert (noted.number, noted.action, noted.version) == (2, Action.REFUSED, before.id)
        assert (await store.reader()).version == before
        assert (await store.journal())[-1] == noted
        assert await store.journal_head() == noted.head

    async def test_a_store_that_holds_nothing_takes_notes(self, open_store: OpenStore, facts: StatementLog) -> None:
        store = await open_store()
        assert await store.journal_head() == EMPTY_HEAD
        await store.note(WriteRequest(Action.REFUSED, reason="too early"))
        with pytest.raises(StoreNotReady):
            await store.reader()
        await store.load(facts)
        assert [entry.action for entry in await store.journal()] == [Action.REFUSED, Action.LOAD]
        assert (await store.verify_journal()).number == 2

    async def test_entries_come_in_pages_oldest_first(self, store: Store) -> None:
        for number in range(4):
            await store.note(WriteRequest(Action.REFUSED, reason=str(number)))
        assert [entry.number for entry in await store.journal(first=2)] == [1, 2]
        assert [entry.number for entry in await store.journal(after=3)] == [4, 5]
        assert await store.journal(after=5) == []

    async def test_the_chain_verifies_and_every_store_continues_it(self, open_store: OpenStore, store: Store) -> None:
        other = await open_store()
        await store.apply(log_of_one(), reason="desk")
        await other.note(WriteRequest(Action.REFUSED))
        await store.apply(log_of_one("lab", "country", "DE"), reason="desk")
        entries = await other.journal()
        assert verify(entries) == await store.verify_journal() == entries[-1].head
        assert [entry.number for entry in entries] == [1, 2, 3, 4]

    async def test_another_process_reads_what_was_written_with_its_entry(
        self, open_store: OpenStore, store: Store
    ) -> None:
        other = await open_store()
        assert (await (await other.reader()).get("Organization", ["lab"]))[0]["country"] is None
        change = await store.apply(log_of_one(), reason="desk")
        assert (await (await other.reader()).get("Organization", ["lab"]))[0]["country"] == "FR"
        assert (await other.journal())[-1].version == change.version.id == (await other.reader()).version.id

    async def test_writes_one_upon_the_other_are_the_projection_of_them_all(
        self, store: Store, facts: StatementLog
    ) -> None:
        """Among them a placeholder that comes and goes, and a party that is named before anything is said of it."""
        links = [("from", "lab"), ("to", "newcomer")]
        owns = StatementLog.of([claim("deal", name, value, kind="OWNS") for name, value in links], [MEMO])
        for log in (
            owns,
            log_of_one("host", "placeholder", True),
            log_of_one("newcomer", "name", "Newcomer"),
            log_of_one(),
        ):
            await store.apply(log, reason="desk")
        gone = [one.id for log in (log_of_one("host", "placeholder", True), owns) for one in log.statements]
        await store.apply(StatementLog.of([], []), gone, reason="wrong")
        graph = project(await store.log(), DEFAULT_LENS.on(TODAY))
        reader = await store.reader()
        for label in LABELS:
            assert [row async for row in reader.stream(label)] == list(graph.rows[label].values())


class TestTokens:
    TOKEN = Token("t1", "desk", TokenScope.EDITOR, "secret", "2026-11-23T10:00:00+00:00", "2027-01-01T00:00:00+00:00")

    async def test_a_token_comes_back_as_it_was(self, open_store: OpenStore) -> None:
        store = await open_store()
        other = replace(self.TOKEN, id="t0", scope=TokenScope.READER, expires=None)
        await store.put_token(self.TOKEN)
        await store.put_token(other)
        again = await open_store()
        assert await again.tokens() == [other, self.TOKEN]
        assert await again.tokens("t1") == [self.TOKEN]
        assert await again.tokens("t2") == await again.tokens("") == []

    async def test_a_token_of_the_same_id_is_replaced(self, store: Store) -> None:
        await store.put_token(self.TOKEN)
        revoked = replace(self.TOKEN, expires=None, revoked="2026-11-24T10:00:00+00:00")
        await store.put_token(revoked)
        assert await store.tokens() == [revoked]

    async def test_the_journal_tells_of_it_and_the_data_stay(self, store: Store) -> None:
        before = (await store.reader()).version
        await store.put_token(self.TOKEN, actor="cli", reason="made token t1 (desk, EDITOR)")
        entry = (await store.journal())[-1]
        assert (entry.action, entry.actor, entry.reason) == (Action.TOKEN, "cli", "made token t1 (desk, EDITOR)")
        assert self.TOKEN.secret_hash not in repr(replace(entry, hash="", previous=""))
        assert (await store.reader()).version == before

    async def test_a_load_leaves_tokens_and_the_journal(self, store: Store, tmp_path: Path) -> None:
        await store.put_token(self.TOKEN)
        await store.load(log_of(tmp_path / "less", links_provides_capacity="[]"))
        assert await store.tokens() == [self.TOKEN]
        assert [entry.action for entry in await store.journal()] == [Action.LOAD, Action.TOKEN, Action.LOAD]


class TestTime:
    async def test_the_graph_follows_the_clock(self, open_store: OpenStore, facts: StatementLog) -> None:
        """`known_from` of the memo is 2026-03-01: the day before nobody knows it."""
        day = date(2026, 2, 28)
        store = await open_store(lambda: day)
        await store.load(
            StatementLog.of([*facts.statements, claim("lab", "country", "FR")], [*facts.sources.values(), MEMO])
        )
        assert (await (await store.reader()).get("Organization", ["lab"]))[0]["country"] is None
        day = date(2026, 3, 1)
        reader = await store.reader()
        assert (await reader.get("Organization", ["lab"]))[0]["country"] == "FR"
        assert (reader.lens.valid_on, len(await store.versions())) == (day, 1)

    async def test_what_is_not_known_yet_is_kept_but_shown_by_no_query(
        self, open_store: OpenStore, facts: StatementLog
    ) -> None:
        store = await open_store(lambda: date(2026, 2, 28))
        early = claim("lab", "country", "FR")
        log = StatementLog.of([*facts.statements, early], [*facts.sources.values(), MEMO])
        await store.load(log)
        reader = await store.reader()
        assert await reader.get("Statement", [early.id]) == [None]
        assert await reader.get("Source", ["memo"]) == [None]
        assert (await reader.find(Query("Statement", Compare("property", "eq", "country")), ALL)).total == 3
        assert (await reader.find_each(STATEMENTS_OF, ["lab"], Query("Statement"), ALL))["lab"].total == 2
        assert await store.log() == log

    async def test_the_lens_is_of_the_day_of_the_question(self, open_store: OpenStore, facts: StatementLog) -> None:
        day = TODAY
        store = await open_store(lambda: day)
        await store.load(facts)
        day = date(2026, 11, 24)
        assert (await store.reader()).lens == DEFAULT_LENS.on(day)
        assert (await store.reader(replace(DEFAULT_LENS, valid_on=TODAY))).lens.valid_on == TODAY


WHAT_IF = """
- id: half
  summary: Half
  scale: [{link: lease, by: '0.5'}]
  dates: [{link: lease, service_from: '2028'}]
- {id: lost, summary: Lost, remove: [nothing]}
"""


class TestScenarios:
    @pytest.fixture
    async def store(self, open_store: OpenStore, facts: StatementLog, tmp_path: Path) -> Store:
        store = await open_store(scenarios=scenarios_of(tmp_path, WHAT_IF))
        await store.load(facts)
        return store

    async def test_a_lens_with_a_scenario_shows_what_it_supposes(self, store: Store, facts: StatementLog) -> None:
        reader = await store.reader(Lens(scenario="half"))
        assert reader.lens == replace(DEFAULT_LENS.on(TODAY), scenario="half")
        graph = store.scenarios.project(facts, reader.lens)
        for label in LABELS:
            assert [row async for row in reader.stream(label)] == list(graph.rows[label].values())
        (lease,) = await reader.get("Link", ["lease"])
        assert lease is not None
        assert (lease["value"], lease["service_from"]) == (Money(5e8), PartialDate.read("2028"))

    async def test_the_store_and_its_data_version_stay_as_they_are(self, store: Store, facts: StatementLog) -> None:
        supposed, reader = await store.reader(Lens(scenario="half")), await store.reader()
        assert supposed.version == reader.version
        assert supposed.data_through == reader.data_through
        assert await reader.get("Source", ["scenario-half"]) == [None]
        assert await store.log() == facts

    async def test_a_write_is_seen_under_the_scenario_too(self, store: Store, facts: StatementLog) -> None:
        await store.reader(Lens(scenario="half"))
        more = claim("lease", "value", Money(8e9), kind="PROVIDES_CAPACITY")
        await store.apply(StatementLog.of([more.but(as_of=PartialDate.read("2026-02"))], [MEMO]), reason="more")
        (lease,) = await (await store.reader(Lens(scenario="half"))).get("Link", ["lease"])
        assert lease is not None
        assert lease["value"] == Money(4e9)

    async def test_what_there_is_not_is_refused(self, store: Store) -> None:
        with pytest.raises(BadLens, match=r"No scenario 'more'\. Name one of half, lost\."):
            await store.reader(Lens(scenario="more"))
        with pytest.raises(BadInput, match=r"Scenario lost does not fit the facts: no link 'nothing'\."):
            await store.reader(Lens(scenario="lost"))


async def test_conditions_are_all_needed(store: Store) -> None:
    where = And((Compare("country", "eq", "US"), Compare("kinds", "has", "NEOCLOUD")))
    assert (await (await store.reader()).find(Query("Organization", where), ALL)).total == 0
