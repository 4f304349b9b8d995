"""Changes as text: in words, as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graph.analytics.core.snapshot import read_snapshot
from graph.analytics.core.views import build_view
from graph.comparison.diff import ChangeCause, ChangeKind, RowChange
from graph.exports.documents.model import ReportDocument
from graph.exports.documents.references import References
from graph.exports.wording import format_dates
from graph.reports.catalog import REPORTS
from graph.reports.changes import DIFFERENCE, ChangedLabel, ChangeReport, changes_between, format_value, gather
from graph.reports.rank_moves import rank_moves
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.model import LinkType
from graph.vocabulary.values import Json
from tests import facts
from tests.analytics.world import link, organization, snapshot, usd
from tests.facts import lens

NOTHING_MORE = {one.name: one.default for one in REPORTS["changes"].parameters}
"""Inputs of the report of changes that select nothing."""

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100}, sources: [filing, release], confidence: high}
    - {says: {value_usd: 1200000000, value_bound: ABOUT}, sources: [late], confidence: high, as_of: '2026-03-01'}
- id: second
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - {says: {announced: '2026-05-01'}, sources: [late], confidence: high}
"""
"""Known on 2026-01-12 at the latest (filing, release) and on 2026-06-20 (late)."""


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStore]:
    folder = tmp_path_factory.mktemp("changes")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    sources = facts.SOURCES.replace("origin: late}", "origin: late, read: SECOND_HAND, through: [blog]}")
    await store.load(facts.log_of(folder, links_provides_capacity=LEASE, sources=sources))
    yield store
    await store.close()


@pytest.fixture
async def changes(store: EmbeddedStore) -> ChangeReport:
    """From 2026-04-01 to 2026-07-01: the value of the first lease was learnt, the second lease came."""
    return await changes_between(store, lens("2026-04-01", "2026-04-01"), lens("2026-07-01", "2026-07-01"))


def test_changes_stand_together_by_row_with_the_sources_of_both_sides(changes: ChangeReport) -> None:
    rows = [(label, key, name, [one.change.property for one in told]) for label, key, name, told in changes.by_row]
    assert rows == [
        ("Link", "lease", "Host Corp → Cloud Inc, ≈ 1.2 bn USD", ["value"]),
        ("Link", "second", "Host Corp → Lab, provides capacity", [None]),
    ]
    assert [one.sources for one in changes.changes] == [("filing", "late", "release"), ("late",)]


def test_markdown_has_a_table_for_each_row(changes: ChangeReport) -> None:
    text = str(DIFFERENCE.formats["md"].render(changes))
    assert text.startswith("# What changed from 2026-04-01 to 2026-07-01\n\n2 changes; data version ")
    assert "## Host Corp → Cloud Inc, ≈ 1.2 bn USD\n\nLink lease\n\n|" in text
    assert "\n| value | USD 100 | ≈ USD 1.2 bn | we learnt more | filing, late (second hand), release |\n" in text
    assert "\n| added |  | provides capacity: host → lab | both | late (second hand) |\n" in text


def test_csv_has_a_line_for_each_change_with_values_as_JSON(changes: ChangeReport) -> None:
    first, second = csv.DictReader(io.StringIO(str(DIFFERENCE.formats["csv"].render(changes))))
    assert first == {
        "label": "Link",
        "key": "lease",
        "name": "Host Corp → Cloud Inc, ≈ 1.2 bn USD",
        "type": "PROVIDES_CAPACITY",
        "property": "value",
        "kind": "CHANGED",
        "cause": "WE_LEARNT_MORE",
        "before": '{"amount":100,"bound":"EXACT","currency":"USD"}',
        "after": '{"amount":1200000000,"bound":"ABOUT","currency":"USD"}',
        "sources": "filing late release",
        "licence": "CC BY 4.0",
        "sources_read": "UNKNOWN SECOND_HAND UNKNOWN",
    }
    assert (second["property"], second["kind"], second["before"]) == ("", "ADDED", "")


def test_json_has_lenses_version_and_all_values(changes: ChangeReport) -> None:
    told = json.loads(str(DIFFERENCE.formats["json"].render(changes)))
    assert told["dataVersion"] == changes.data_version
    assert told["before"] == {"validOn": "2026-04-01", "knownOn": "2026-04-01"}
    assert [(one["key"], one["kind"], one["cause"]) for one in told["changes"]] == [
        ("lease", "CHANGED", "WE_LEARNT_MORE"),
        ("second", "ADDED", "BOTH"),
    ]
    assert told["changes"][1]["after"]["to"] == "lab"
    assert told["licence"]["name"] == "CC BY 4.0"
    assert (told["changes"][1]["sources"], told["changes"][1]["sourcesRead"]) == (["late"], ["SECOND_HAND"])


# ---- a part of them


@pytest.mark.parametrize(
    ("only", "keys"),
    [
        ({}, ["lease", "second"]),
        ({"subject": ("lab",)}, ["second"]),
        ({"subject": ("lab", "cloud")}, ["lease", "second"]),
        ({"subject": ("host",), "kind": (ChangeKind.CHANGED,)}, ["lease"]),
        ({"cause": (ChangeCause.BOTH,)}, ["second"]),
        ({"type": (LinkType("PROVIDES_CAPACITY"),)}, ["lease", "second"]),
        ({"type": (LinkType("OWNS"),)}, []),
        ({"label": (ChangedLabel("Site"), ChangedLabel("Link"))}, ["lease", "second"]),
        ({"label": (ChangedLabel("Organization"),)}, []),
    ],
)
async def test_a_report_of_a_part_says_of_how_many(only: dict[str, Any], keys: list[str], store: EmbeddedStore) -> None:
    before, after = [await store.reader(lens(day, day)) for day in ("2026-04-01", "2026-07-01")]
    report = await gather(store, before, after, **only)
    assert [one.change.key for one in report.changes] == keys
    assert report.count == ("2 changes" if len(keys) == 2 else f"{len(keys)} of 2 changes")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "yes"),
        ("2026-H2", "2026-H2"),
        (15, "15"),
        (["A", "B"], "A; B"),
        ({"amount": 5e8, "currency": "EUR", "bound": "UP_TO"}, "≤ EUR 500 m"),
        (
            [{"mw": 70, "basis": "CRITICAL_IT", "bound": "ABOUT", "stage": "IN_SERVICE"}],
            "≈ 70 MW critical IT, in service",
        ),
        ({"mw": 7, "basis": "GROSS", "bound": "EXACT", "phase": "two", "from": "2027"}, "7 MW gross, two, from 2027"),
        ({"unit": "PCT", "low": 5, "high": 7.5, "bound": "EXACT", "period": "FY2026"}, "5 to 7.5 PCT FY2026"),
        ({"unit": "USD", "value": 2e9, "bound": "AT_LEAST"}, "≥ USD 2 bn"),
        ({"unit": "TEXT", "text": "Baa1", "bound": "EXACT"}, "Baa1"),
        ({"count": 2, "years": 5}, '{"count":2,"years":5}'),
    ],
)
def test_values_in_words(value: Json, words: str) -> None:
    change = RowChange(ChangeKind.CHANGED, ChangeCause.BOTH, "Link", "lease", "value", None, value)
    assert format_value(change, value) == words


def test_a_row_without_a_name_is_told_by_what_it_needs() -> None:
    change = RowChange(ChangeKind.ADDED, ChangeCause.BOTH, "Debt", "notes", None, None, {})
    assert format_value(change, {"issuer": "host", "instrument": "NOTES", "coupon_pct": 5}) == "host, NOTES"
    assert format_value(change, {"name": "Notes", "issuer": "host"}) == "Notes"


def test_two_dates_are_told_where_they_differ() -> None:
    assert format_dates(lens("2026-03-01", "2026-03-01")) == "2026-03-01"
    assert format_dates(lens("2026-03-01", "2026-09-01")) == "2026-03-01 as known on 2026-09-01"


# ---- the report: who moved, and why


async def test_the_report_of_a_small_world_says_who_moved_and_by_which_statements(store: EmbeddedStore) -> None:
    before, after = [await store.reader(lens(day, day)) for day in ("2026-04-01", "2026-07-01")]
    moves = rank_moves(*[build_view(await read_snapshot(reader)) for reader in (before, after)])
    # neither lease says that it is signed, so that none counts
    assert (moves.organizations, moves.links, moves.among) == ((), (), (0, 0))
    document = await REPORTS["changes"].document(store, [before, after], NOTHING_MORE)
    assert document.sentences[2].startswith(
        "2 changes in all: 0 because the world changed, 1 because we learnt more, 1"
    )
    told = json.loads(str(REPORTS["changes"].formats["json"].render(document)))
    assert told["before"] == {"validOn": "2026-04-01", "knownOn": "2026-04-01"}
    assert [one["key"] for one in told["changes"]] == ["lease", "second"]


def test_a_link_moves_its_two_ends_by_the_ranks_that_they_would_stand_without_it() -> None:
    ends = {"one": ("a", "b"), "two": ("a", "c"), "three": ("d", "a")}
    links = {key: link(key, *pair, value=usd(5)) for key, pair in ends.items()}
    organizations = [organization(key) for key in "abcd"]
    before = build_view(snapshot([links["one"]], *organizations))
    after = build_view(snapshot(list(links.values()), *organizations))
    moves = rank_moves(before, after)
    # a had one counterparty and has three; b fell from the shared first rank to the shared second
    assert [(one.key, one.rank_before, one.rank_after) for one in moves.organizations] == [
        ("a", 1, 1),
        ("c", None, 2),
        ("d", None, 2),
        ("b", 1, 2),
    ]
    # without `two`, c would have no rank, which counts as the last, 4: two ranks from 2; a stays first
    assert [(one.link.key, one.came, one.ranks_moved) for one in moves.links] == [("three", True, 2), ("two", True, 2)]


async def test_contracts_that_moved_the_ranking_around_the_turn_of_2025_are_named(seeded: EmbeddedStore) -> None:
    days = ("2025-10-31", "2026-01-31")
    readers = [await seeded.reader(lens(day, day)) for day in days]
    document: ReportDocument = await REPORTS["changes"].document(seeded, readers, NOTHING_MORE)
    named = document.sentences[1]
    for contract in ("IREN–Microsoft, 9.7 bn USD", "Hut 8–Fluidstack, 7 bn USD", "Cipher Digital–Amazon, 5.5 bn USD"):
        assert contract in named
    moving = next(table for table in document.tables if table.name == "moving")
    statements = next(table for table in document.tables if table.name == "statements")
    references = References(document)
    for key in ("iren-microsoft-cloud", "hut8-fluidstack-river-bend", "cipher-amazon-lease"):
        row = next(row for row in moving.rows if row.key == key)
        assert row.cells["what"].value == "came"
        said = {one.cells["statement"].value for one in statements.rows if one.cells["link"].target == key}
        assert said == set(references.statement_keys(row.evidence))
        assert len(said) > 3
    iren = next(row for row in next(document.tables).rows if row.key == "iren")
    # 18th of 109 before, 11th of 141 after
    assert (iren.cells["rank_before"].value, iren.cells["rank_after"].value) == (18, 11)
    assert "IREN → Microsoft, 200 MW" in str(iren.cells["moved_by"].value)
