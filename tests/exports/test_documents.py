"""One document in every format, read back by the readers that people use; hostile texts are texts in all of them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser

import bibtexparser
import openpyxl
import pypdfium2
import pytest
from markdown_it import MarkdownIt
from markupsafe import Markup

from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.method import method_of
from graph.exports.documents.formats import document_formats
from graph.exports.documents.html import report_policy, script, style
from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
    visible,
)
from graph.exports.documents.references import References
from graph.pictures.stacks import ShareBar, share_bars
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound
from tests.analytics.world import link, organization, snapshot

FORMATS = document_formats()
EVIL = "</style><script>alert(1)</script>"
RUNS = '=HYPERLINK("http://x.org")|"><img src=x onerror=alert(1)>'
TURNED = "abc\u202edef\x00\x1b[31m\u200f"


def _statement(key: str, property: str, source: str, value: str) -> Row:
    columns = {
        "subject": "lease",
        "subject_kind": "PROVIDES_CAPACITY",
        "property": property,
        "value": value,
        "source": source,
        "chosen": True,
        "counted": True,
        "nature": "STATED",
        "confidence": "HIGH",
    }
    return Row("Statement", key, columns)


def _source(key: str, **columns: str) -> Row:
    usual = {"publisher": "Regulator", "title": "A filing", "url": f"https://example.org/{key}", "kind": "FILING"}
    return Row("Source", key, {**usual, "origin": key, "read": "UNKNOWN", **columns})


def _document(one: str = "Host Corp", other: str = "Cloud Inc", title: str = "A filing") -> ReportDocument:
    """A lease of 7 bn USD for 245 MW over 15 years, by a filing that says value and megawatts; and news."""
    world = snapshot(
        [link("lease", "host", "cloud")], organization("host", name=one), organization("cloud", name=other)
    )
    statements = [
        _statement("s1", "value", "filing", '{"amount": 7000000000, "currency": "USD", "bound": "EXACT"}'),
        _statement("s2", "capacities", "filing", '{"mw": 245, "basis": "CRITICAL_IT", "bound": "EXACT"}'),
        _statement("s3", "status", "news", '"SIGNED"'),
    ]
    quarter = {"published": "2026-Q3", "published_earliest": "2026-07-01", "published_latest": "2026-09-30"}
    sources = [
        _source("filing", title=title, published="2026-01-10", published_earliest="2026-01-10"),
        _source("news", publisher="Paper & Co", title="News 100 %", kind="NEWS", **quarter),
    ]
    footnotes = Footnotes(world, {}, {row.key: row for row in statements}, {row.key: row for row in sources})
    money = CellEvidence(("lease",), frozenset({"value"}), figure="lease:value:2026-11-30:7000000000USD:2-abcdef")
    cells = {
        "provider": DocumentCell(one, target="host"),
        "value": DocumentCell(7e9, evidence=money),
        "mw": DocumentCell(
            245.0, bound=Bound.ABOUT, evidence=CellEvidence(("lease",), frozenset({"capacities/CRITICAL_IT"}))
        ),
        "years": DocumentCell(15.0),
        "usd_per_mw_year": DocumentCell(7e9 / 245 / 15, formula="{value}/{mw}/{years}"),
        "rank": DocumentCell(2, low=1, high=4),
    }
    columns = (
        DocumentColumn("provider", "Provider"),
        DocumentColumn("value", "Value", "USD", "Base term, as the contract says."),
        DocumentColumn("mw", "Critical IT", "MW", digits=1),
        DocumentColumn("years", "Term", "years", detail=True),
        DocumentColumn("usd_per_mw_year", "Price", "USD per MW and year"),
        DocumentColumn("rank", "Rank", digits=0),
    )
    row = DocumentRow(cells, "host", CellEvidence(("lease",), frozenset({"status"})))
    table = DocumentTable("prices", "Prices", columns, [row, row, row], note=other, printed=1)
    bars = share_bars([ShareBar(one, 0.6, "60 %"), ShareBar(other, 0.4, "40 %", hollow=True)], "Shares")
    chart = DocumentChart("shares", "Shares", bars, "share of MW", "Hollow is not named.")
    method = method_of(world, "PRICES", {"scope": {}}, "none", ["One assumption."], libraries=())
    return ReportDocument(
        name="prices",
        title=f"Prices of {one}",
        sentences=(f"{one} asks 1.9 m USD.", "One contract counts.", "One source."),
        sections=(DocumentSection("prices", "Prices", (f"About {other}.",), (chart,), (table,)),),
        method=method,
        footnotes=footnotes,
        figures=(("Contracts", "1"),),
        evidence=("One figure rests on a filing.",),
        notes=("A note.",),
    )


def _written(document: ReportDocument, suffix: str) -> bytes:
    content = FORMATS[suffix].render(document)
    return content.encode() if isinstance(content, str) else content


# ---- what is in it


def test_sources_are_numbered_by_publisher_and_cells_name_those_that_say_them() -> None:
    document = _document()
    references = References(document)
    assert [(one.number, one.source.key) for one in references.sources] == [(1, "news"), (2, "filing")]
    row = document.sections[0].tables[0].rows[0]
    assert references.numbers(row.cells["value"].evidence) == (2,)
    assert references.numbers(row.evidence) == (1,)
    assert references.statement_keys(row.cells["mw"].evidence) == ("s2",)
    assert [(one.property, one.number) for one in references.subjects[0].statements] == [
        ("capacities", 2),
        ("status", 1),
        ("value", 2),
    ]


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_document_gives_the_same_bytes(suffix: str) -> None:
    assert _written(_document(), suffix) == _written(_document(), suffix)


def test_a_workbook_has_values_in_its_formulas_and_addresses_as_links() -> None:
    content = io.BytesIO(_written(_document(), "xlsx"))
    live, cached = openpyxl.load_workbook(content), openpyxl.load_workbook(content, data_only=True)
    assert live.sheetnames == ["Report", "Prices", "Evidence", "Sources", "Method"]
    sheet = live["Prices"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:5] == ["Provider", "Value (USD)", "Critical IT (MW)", "Term (years)", "Price (USD per MW and year)"]
    assert heads[5:8] == ["Rank", "Rank from", "Rank to"]
    assert sheet.freeze_panes == "B2"
    assert sheet["E3"].value == "=B3/C3/D3"
    # 7 bn over 245 MW and 15 years: 1.90 m a year
    assert cached["Prices"]["E3"].value == pytest.approx(1_904_761.9, abs=0.1)
    assert [sheet["F2"].value, sheet["G2"].value, sheet["H2"].value] == [2, 1, 4]
    assert live["Sources"]["E2"].hyperlink.target == "https://example.org/news"
    assert {row[6].value for row in live["Evidence"].iter_rows(min_row=2)} == {"s1", "s2", "s3"}
    assert [cell.value for cell in live["Method"]["B"]][-1] == FACTS_LICENCE.sentence


def test_a_pdf_has_text_charts_as_vectors_and_only_the_first_rows() -> None:
    pdf = pypdfium2.PdfDocument(_written(_document(), "pdf"))
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert len(pdf) == 1
    assert "Prices of Host Corp" in text
    assert "2 (1–4)" in text
    assert "2 more rows stand in the page and in the files .xlsx, .csv and .json." in text
    assert "Term" not in text  # a detail
    kinds = Counter(one.type for page in pdf for one in page.get_objects())
    assert kinds[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE] == 0
    assert "60 %" in text  # the words of the chart are text too


def test_bibliographies_come_back_and_a_quarter_is_the_months_that_it_spans() -> None:
    parsed = bibtexparser.loads(_written(_document(), "bib").decode())
    entries = {one["ID"]: one for one in parsed.entries}
    assert entries["filing"]["ENTRYTYPE"] == "techreport"
    assert entries["news"]["date"] == "2026-07/2026-09"
    assert entries["news"]["author"] == "{Paper \\& Co}"
    items = {one["id"]: one for one in json.loads(_written(_document(), "csl.json"))}
    assert items["news"]["issued"] == {"date-parts": [[2026, 7], [2026, 9]]}
    assert items["filing"]["issued"] == {"date-parts": [[2026, 1, 10]]}
    assert items["filing"]["author"] == [{"literal": "Regulator"}]


def test_json_and_csv_hold_every_value_with_what_it_rests_on() -> None:
    told = json.loads(_written(_document(), "json"))
    row = told["sections"][0]["tables"][0]["rows"][0]
    assert row["cells"]["value"]["value"] == 7e9
    assert row["cells"]["value"]["figure"].startswith("/figures/lease:value")
    assert row["cells"]["value"]["restsOn"] == {"keys": ["lease"], "properties": ["value"], "sources": [2]}
    assert (row["cells"]["rank"]["low"], row["cells"]["rank"]["high"], row["cells"]["years"]) == (1, 4, 15.0)
    rows = [*csv.DictReader(io.StringIO(_written(_document(), "csv").decode(), newline=""), strict=True)]
    prices = [one for one in rows if one["record"] == "prices"]
    assert (prices[0]["value [USD]"], prices[0]["mw [MW]_bound"], prices[0]["rank_low"]) == ("7000000000", "ABOUT", "1")
    assert (prices[0]["rests_on"], prices[0]["statements"]) == ("lease", "s3 s1 s2")
    assert prices[0]["source_urls"] == "https://example.org/news https://example.org/filing"
    assert Counter(one["record"] for one in rows) == {"says": 3, "evidence": 1, "prices": 3, "source": 2, "method": 2}
    assert {one["licence"] for one in rows} == {FACTS_LICENCE.name}


# ---- pages

OWN = ("#", "/charts/", "/statements/", "/figures/")
"""How addresses begin that lead elsewhere in the page, or to a figure at the service."""


class Elements(HTMLParser):
    """The elements of a page; each that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src"):
                self.addresses.append(value or "")
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def page_faults(text: str) -> list[str]:
    """What a report's page must not have: elements that load something, handlers, styles of their own, IDs twice,
    addresses that lead nowhere."""
    page = Elements(text)
    loading = page.tags.keys() & {"link", "img", "iframe", "object", "form", "base", "foreignobject", "image", "use"}
    inside = {address.removeprefix("#") for address in page.addresses if address.startswith("#")}
    schemes = {address.split(":")[0] for address in page.addresses if not address.startswith(OWN)}
    return [
        *page.open,
        *loading,
        *(name for name in page.attributes if name.startswith("on") or name in ("src", "style")),
        *(id for id, count in Counter(page.ids).items() if count > 1),
        *(inside - set(page.ids)),
        *(schemes - {"http", "https"}),
    ]


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    text = _written(_document(), "html").decode()
    assert page_faults(text) == []
    page = Elements(text)
    assert (page.tags["script"], page.tags["style"]) == (1, 1)
    assert f"<script>{script()}</script>" in text
    assert f"<style>{style()}</style>" in text
    assert "unsafe" not in report_policy()
    assert text.count('class="more"') == 2
    assert "https://" not in style()


# ---- hostile texts


@pytest.mark.parametrize(
    "name", [EVIL, RUNS, TURNED, "{{ 7 * 7 }} [a](javascript:alert(1)) `x` #panic()", "a\nb\r\n= c"]
)
def test_a_hostile_name_is_a_text_in_every_format(name: str) -> None:
    document = _document(name, name, name)
    written = {suffix: _written(document, suffix) for suffix in FORMATS}
    for suffix in ("bib", "csl.json", "csv", "html", "json", "md"):
        shown = written[suffix].decode()
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u200e\u200f\u2066-\u2069]", shown), suffix
    page = written["html"].decode()
    assert page_faults(page) == []
    assert (Elements(page).tags["script"], Elements(page).tags["img"]) == (1, 0)
    assert ">49<" not in page
    markdown = Elements(MarkdownIt("commonmark").enable("table").render(written["md"].decode()))
    assert not markdown.tags.keys() & {"script", "img", "style"}
    assert all(one.startswith((*OWN, "https://example.org/", FACTS_LICENCE.url)) for one in markdown.addresses)
    rows = csv.DictReader(io.StringIO(written["csv"].decode(), newline=""), strict=True)
    assert not any(str(cell).startswith(tuple("=+-@\t\r\n")) for row in rows for cell in row.values())
    book = openpyxl.load_workbook(io.BytesIO(written["xlsx"]))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert {cell.value for cell in cells} == {"=B2/C2/D2", "=B3/C3/D3", "=B4/C4/D4"}
    assert book["Prices"]["A2"].value == visible(name)
    pdf = pypdfium2.PdfDocument(written["pdf"])
    assert len(pdf) >= 1
    assert bibtexparser.loads(written["bib"].decode()).entries[1]["ID"] == "filing"


def test_what_nobody_sees_is_taken_out_of_a_text() -> None:
    assert visible(TURNED) == "abcdef[31m"
    assert visible("a\n\tb  c") == "a b c"


def test_a_character_that_the_font_lacks_is_drawn_all_the_same() -> None:
    assert _written(_document("株式会社 Ω"), "pdf").startswith(b"%PDF-")


def test_the_colours_of_a_printed_picture_are_written_out() -> None:
    chart = next(_document().charts)
    assert isinstance(chart.picture, Markup)
    assert chart.alternative.startswith("Shares (share of MW). Host Corp: 60 %")
