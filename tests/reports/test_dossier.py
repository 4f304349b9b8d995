"""The dossier of one organization, and all reports in a folder."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import cast

import pypdfium2
import pytest
from typer.testing import CliRunner

from cli.commands.reports import report_app
from graph.exports.documents.charts import png_files, svg_files
from graph.exports.documents.model import DocumentTable, ReportDocument
from graph.exports.documents.references import References
from graph.reports.catalog import REPORTS
from graph.stores.base import Store
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.exports.test_documents import page_faults

_ISO_DAY = r"(?<![\w/-])20\d\d-\d\d-\d\d(?![\w/-])"


@pytest.fixture(scope="module")
async def dossier(seeds_reader: EmbeddedReader) -> ReportDocument:
    """Of Hut 8, on the facts of the project."""
    made = await REPORTS["dossier"].document(cast("Store", None), [seeds_reader], {"organization": "hut8"})
    return cast("ReportDocument", made)


def _table(document: ReportDocument, name: str) -> DocumentTable:
    return next(table for table in document.tables if table.name == name)


def test_a_dossier_says_in_three_sentences_what_the_organization_is(dossier: ReportDocument) -> None:
    kind, capacity, evidence = dossier.sentences
    assert kind.startswith("Hut 8 (miner, AI host) stands in ")
    # River Bend 245 MW, Beacon Point twice 352 MW
    assert "949 MW critical IT of the shell layer" in capacity
    assert re.search(r"rest on \d+ sources of \d+ independent origins", evidence)


def test_its_firm_contracts_add_to_what_it_says_itself(dossier: ReportDocument) -> None:
    sums = {
        row.cells["basis"].value: row for row in _table(dossier, "sums").rows if row.cells["layer"].value == "shell"
    }
    assert sums["critical IT"].cells["mw"].value == 245 + 352 + 352
    assert sums["critical IT"].cells["mw"].evidence.figure.startswith("firm,layer=SHELL,from=hut8:mw_critical_it")
    # 7 bn for River Bend, twice 9.8 bn for Beacon Point
    assert sums["dollars"].cells["usd"].value == 26.6e9
    provided = {row.key for row in _table(dossier, "provides").rows}
    assert "hut8-fluidstack-river-bend" in provided
    assert {row.cells["debt"].value for row in _table(dossier, "debts").rows}
    # others say an earlier state of five of its values, and none says otherwise, as its page says too
    assert "rivals" not in {one.name for one in dossier.tables if one.rows}
    assert "on 0 of their values sources disagree." in " ".join(dossier.sentences)


def test_every_table_of_a_dossier_rests_on_sources_that_its_bibliography_lists(dossier: ReportDocument) -> None:
    references = References(dossier)
    for name in ("provides", "debts", "events"):
        assert all(references.numbers(row.evidence) for row in _table(dossier, name).rows), name
    entries = str(REPORTS["dossier"].formats["bib"].render(dossier)).count("\n@") + 1
    assert entries == len(references.sources) > 20
    assert page_faults(str(REPORTS["dossier"].formats["html"].render(dossier))) == []
    pdf = pypdfium2.PdfDocument(REPORTS["dossier"].formats["pdf"].render(dossier))
    assert len(pdf) < 10
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert re.search(r"\b30 Nov 2026\b", text)
    assert not re.search(_ISO_DAY, text)
    markdown = re.sub(r"\]\([^)]*\)|https?:\S+", "", str(REPORTS["dossier"].formats["md"].render(dossier)))
    assert "30 Nov 2026" in markdown
    assert not re.search(_ISO_DAY, markdown)


def test_its_ranks_have_intervals_and_its_claims_are_doubted(dossier: ReportDocument) -> None:
    ranks = {row.cells["measure"].value: row.cells["rank"] for row in _table(dossier, "ranks").rows}
    for measure in ("degree", "betweenness", "pagerank"):
        low, value, high = ranks[measure].low, ranks[measure].value, ranks[measure].high
        assert low <= value <= high > low  # type: ignore[operator]
    assert not ranks["in degree"].has_interval
    said = {str(row.cells["claim"].value).partition(" ")[2] for row in _table(dossier, "fragility").rows}
    assert {one.split(",")[0] for one in said} >= {
        "has more counterparties on record than Hut 8",
        "8 has more counterparties on record than Amazon",
        "8 provides 20 bn USD of the shell layer or more by firm contracts",
    }


def test_charts_are_files_of_their_own_that_come_out_alike(dossier: ReportDocument) -> None:
    files, pictures = dict(svg_files(dossier)), dict(png_files(dossier))
    assert [*files] == [f"dossier-{chart.name}.svg" for chart in dossier.charts]
    assert [name.removesuffix(".png") for name in pictures] == [name.removesuffix(".svg") for name in files]
    assert pictures == dict(png_files(dossier))
    assert all(content.startswith(b"\x89PNG\r\n") for content in pictures.values())
    assert all(b"var(--" not in content for content in files.values())
    assert not any(b'href="/' in content for content in files.values())
    led = dict(svg_files(dossier, "https://graph.example.org"))
    assert all(b'href="https://graph.example.org/figures/' in content for content in led.values())


async def test_all_reports_are_written_to_a_folder_with_a_page_that_leads_to_them(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path))
    await store.close()
    arguments = ["all", "--out", str(tmp_path / "out"), "--organization", "Host Corp", "--data", str(tmp_path / "data")]
    result = await asyncio.to_thread(CliRunner().invoke, report_app(REPORTS), [*arguments, "--known-on", "2026-11-30"])
    assert result.exit_code == 0, result.output
    assert re.search(rf"{len(REPORTS)} reports in [\d.]+ s of processor time\.", result.stderr)
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert page_faults(index.replace('href="', 'href="https://example.org/')) == []
    linked = set(re.findall(r'href="([^"#:]+)"', index))
    written = {one.relative_to(tmp_path / "out").as_posix() for one in (tmp_path / "out").rglob("*") if one.is_file()}
    assert linked == written - {"index.html"}
    suffixes = set(REPORTS["dossier"].formats)
    assert {f"dossier-host.{suffix}" for suffix in suffixes} <= linked
    assert json.loads((tmp_path / "out" / "dossier-host.json").read_text(encoding="utf-8"))["subject"] == "host"
