"""The coverage report: every table with its numbers; and the header of the others."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph.comparison.coverage import read_evidence
from graph.evidence.projection import project
from graph.exports.documents.formats import document_formats
from graph.reports import changes
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.comparison.test_publisher_record import SETTLED, SIX, _lease
from tests.facts import lens
from tests.reports.conftest import document_on
from tests.seeds_fixture import reader_of


@pytest.fixture
async def report(tmp_path: Path) -> dict[str, Any]:
    """The report as JSON, on six leases of which the news and its reprint say other values than a later filing."""
    leases = "".join(_lease(number, *claims, SETTLED) for number, claims in enumerate(SIX))
    log = facts.log_of(tmp_path, links_provides_capacity=leases)
    made = await document_on("coverage", reader_of(project(log, lens())))
    document: dict[str, Any] = json.loads(document_formats()["json"].render(made))
    return document


def _rows(report: dict[str, Any], title: str) -> list[dict[str, Any]]:
    tables = (table for section in report["sections"] for table in section["tables"])
    rows = next(table["rows"] for table in tables if table["title"] == title)
    return [{name: _value(cell) for name, cell in row["cells"].items()} for row in rows]


def _value(cell: Any) -> Any:
    return cell["value"] if isinstance(cell, dict) else cell


async def test_counts_stand_first_each_with_its_share(report: dict[str, Any]) -> None:
    """Four organizations; all six values are contested, by two origins. The blog alone is undated, and says nothing."""
    counts = {row["what"]: (row["count"], row["of"], row["share"]) for row in _rows(report, "Coverage")}
    assert counts["links with a value"] == (6, 6, 1)
    assert counts["links with megawatts"] == (0, 6, 0)
    assert counts["conflicts"] == (6, None, None)
    assert counts["values on which sources disagree"] == (6, None, None)
    assert counts["organizations without a dated source"] == (0, 4, 0)


async def test_values_that_stood_and_publishers_that_were_right(report: dict[str, Any]) -> None:
    """Two values of 1 February end on 20 June, when the filing says another. Four of 1 February end after two days,
    when the reprint says another, which ends in June. That makes 2 * 2 + 4 * 3 values and 2 * 1 + 4 * 2 ends."""
    lives = {(row["label"], row["property"]): row for row in _rows(report, "How long values stand")}
    never = _rows(report, "Properties of which no value has ended, and their values")
    value, announced = lives["Link", "value"], next(row for row in never if row["property"] == "announced")
    assert (value["values_first_day"], value["changes_first_day"]) == (16, 10)
    assert (announced["label"], announced["values_first_day"], announced["values_last_day"]) == ("Link", 6, 6)
    assert ("Link", "announced") not in lives
    assert [(row["name"], row["cases"], row["right"]) for row in _rows(report, "Publishers")] == [
        ("Other Paper", 6, 0),
        ("Paper", 6, 4),
    ]
    assert [row["name"] for row in _rows(report, "Kinds of sources")] == ["NEWS"]


async def test_what_is_missing_and_how_new_the_sources_are(report: dict[str, Any]) -> None:
    assert [row["gap"] for row in _rows(report, "What is missing")] == [
        "1 of 4 organizations stand for a party that is not named."
    ]
    newest = [(row["organization"], row["age"]) for row in _rows(report, "The newest source about each organization")]
    assert newest[-1] == ("host", (facts.TODAY - date(2026, 6, 20)).days)
    assert report["method"]["libraries"].keys() == {"scipy"}


async def test_every_report_for_reading_ends_with_the_licence_of_the_facts(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path))
    reader = await store.reader()
    centrality, coverage = [await document_on(name, reader) for name in ("centrality", "coverage")]
    difference = await changes.changes_between(store, lens("2026-01-01", "2026-01-01"), lens())
    await store.close()
    address = "https://creativecommons.org/licenses/by/4.0/"
    formats = document_formats()
    for text in (formats["md"].render(centrality), formats["md"].render(coverage), changes.render_markdown(difference)):
        assert text.rstrip().endswith(f"Facts: Wattgraph, [CC BY 4.0](<{address}>).")
    for page in (formats["html"].render(centrality), formats["html"].render(coverage), changes.render_html(difference)):
        footer = page.partition("<footer>")[2]
        assert f'Facts: Wattgraph, <a href="{address}"' in footer
        assert ">CC BY 4.0</a>" in footer


def _unlinked(text: str | bytes) -> str:
    """Markdown or HTML without the addresses of its numbers."""
    without = re.sub(r"\[([^]]*)\]\(/figures/[^)]*\)", r"\1", str(text))
    return re.sub(r'<a class="figure"[^>]*>([^<]*)</a>', r"\1", without)


async def test_headers_say_what_the_sources_of_figures_are_worth(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path))
    reader = await store.reader()
    sentences = await read_evidence(reader)
    assert [" ".join(sentence.split()[:3]) for sentence in sentences] == ["Of 1 values", "Of 4 organizations"]
    formats = document_formats()
    own = "1 rest on a party's own document (0 read first hand, 0 second hand, of 1 nobody says how)"
    centrality = await document_on("centrality", reader)
    difference = await changes.changes_between(store, lens("2026-01-01", "2026-01-01"), lens())
    await store.close()
    for text in (
        _unlinked(formats["md"].render(centrality)),
        formats["csv"].render(centrality),
        changes.render_markdown(difference),
        changes.render_json(difference),
    ):
        assert own in text
    for page in (_unlinked(formats["html"].render(centrality)), changes.render_html(difference)):
        assert own.replace("'", "&#39;") in page
