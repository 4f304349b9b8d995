"""Changes as text: in words, as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graph.comparison.diff import ChangeCause, ChangeKind, RowChange
from graph.exports.wording import format_dates
from graph.reports.changes import REPORT, ChangedLabel, ChangeReport, changes_between, format_value, gather
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.model import LinkType
from graph.vocabulary.values import Json
from tests import facts
from tests.facts import lens

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
    text = str(REPORT.formats["md"].render(changes))
    assert text.startswith("# What changed from 2026-04-01 to 2026-07-01\n\n2 changes; data version ")
    assert "## Host Corp → Cloud Inc, ≈ 1.2 bn USD\n\nLink lease\n\n|" in text
    assert "\n| value | USD 100 | ≈ USD 1.2 bn | we learnt more | filing, late (second hand), release |\n" in text
    assert "\n| added |  | provides capacity: host → lab | both | late (second hand) |\n" in text


def test_csv_has_a_line_for_each_change_with_values_as_JSON(changes: ChangeReport) -> None:
    first, second = csv.DictReader(io.StringIO(str(REPORT.formats["csv"].render(changes))))
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
    told = json.loads(str(REPORT.formats["json"].render(changes)))
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
