"""The catalog: each report in each format by route and by command; reports and formats are added by one module each."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

import graph.exports
import graph.reports
from api.app import create_app
from api.http.reports import reports_router
from api.pages.listings import listings_router
from cli.commands.reports import report_app
from docs.generate import reports as reports_page
from graph.exports.formats import Format, table_formats
from graph.exports.standalone import standalone
from graph.reports.catalog import REPORTS, discover_reports
from graph.reports.report import Lenses, Report
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts

QUERIES = {
    Lenses.ONE: "validOn=2026-07-01&knownOn=2026-07-01",
    Lenses.TWO: "before=2026-01-01&after=2026-07-01",
}
OPTIONS = {
    Lenses.ONE: ("--valid-on", "2026-07-01", "--known-on", "2026-07-01"),
    Lenses.TWO: ("--before", "2026-01-01", "--after", "2026-07-01"),
}
"""The same lenses in an address and on the command line; between the two days the lease of the small world appears."""

LEASES = '''
"""A report with one table."""

from graph.analytics.core.method import method_of
from graph.analytics.core.snapshot import read_snapshot
from graph.analytics.core.table import Table, TableColumn
from graph.reports.report import Report
from graph.stores.base import Reader


async def gather(reader: Reader) -> Table:
    snapshot = await read_snapshot(reader)
    rows = [{"link": key, "term": link["term_years"]} for key, link in sorted(snapshot.links.items())]
    method = method_of(snapshot, "LEASES", {}, "none", (), libraries=())
    return Table("Leases", (TableColumn("link"), TableColumn("term", "years")), rows, method)


REPORT = Report("leases", "Leases", "Every lease with its term.", gather)
'''
PROFILE = '''
"""A report on one organization."""

from typing import Annotated

from graph.analytics.core.declaration import Parameter
from graph.analytics.core.inputs import OfOrganization
from graph.analytics.core.method import method_of
from graph.analytics.core.snapshot import read_snapshot
from graph.analytics.core.table import Table, TableColumn
from graph.reports.report import Report
from graph.stores.base import Reader

Most = Annotated[int, Parameter("At most so many rows.", at_least=1, at_most=20)]
Newest = Annotated[bool, Parameter("The newest first.")]


async def gather(reader: Reader, organization: OfOrganization, at_most: Most = 10, newest: Newest = True) -> Table:
    method = method_of(await read_snapshot(reader), "PROFILE", {}, "none", (), libraries=())
    row = {"organization": organization, "at_most": at_most, "newest": "yes" if newest else "no"}
    return Table("Profile", tuple(map(TableColumn, row)), [row], method)


REPORT = Report("profile", "Profile", "One organization.", gather)
'''
TSV = '''
"""Values between tabs."""

from graph.analytics.core.table import Table
from graph.exports.formats import Format
from graph.exports.wording import format_cell


def render(table: Table) -> str:
    rows = [[format_cell(row.get(column.name)) for column in table.columns] for row in table.rows]
    return "".join("\\t".join(cells) + "\\n" for cells in [[column.header for column in table.columns], *rows])


FORMAT = Format("tsv", "text/tab-separated-values; charset=utf-8", render, download=True)
'''


@pytest.fixture(autouse=True)
def one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """To which the numbers of files lead, whoever writes them."""
    monkeypatch.setenv("WATTGRAPH_PUBLIC_ADDRESS", SERVICE)


@pytest.fixture(scope="module")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small world, which no process holds open."""
    folder = tmp_path_factory.mktemp("catalog")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder))
    await store.close()
    return folder / "data"


@pytest.fixture
async def store(data: Path) -> AsyncIterator[EmbeddedStore]:
    opened = await EmbeddedStore.open(data, clock=lambda: facts.TODAY)
    yield opened
    await opened.close()


def _client(store: EmbeddedStore, reports: Mapping[str, Report]) -> httpx.AsyncClient:
    settings = read_settings()
    whole = create_app(settings, store)
    app = FastAPI(exception_handlers=whole.exception_handlers)
    app.state = whole.state
    app.include_router(listings_router(settings.watch, reports))
    app.include_router(reports_router(lambda: store, reports))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


def _query(report: Report) -> str:
    """The lenses of a report in an address, and the organization where it is about one."""
    return "&".join([*(f"{name}=host" for name in report.required_inputs), QUERIES[report.lenses]])


def _options(report: Report) -> tuple[str, ...]:
    return (*("host" for _ in report.required_inputs), *OPTIONS[report.lenses])


async def _command(data: Path, reports: Mapping[str, Report], *arguments: str) -> bytes:
    """Standard output of `wattgraph report`."""
    result = await asyncio.to_thread(CliRunner().invoke, report_app(reports), [*arguments, "--data", str(data)])
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


SERVICE = "https://graph.example.org"


def _as_file(answer: httpx.Response, suffix: str) -> bytes:
    """What a command writes: in a text with links these are whole."""
    return standalone(answer.text, suffix, SERVICE).encode() if suffix in ("html", "md") else answer.content


def _mark_of(name: str, suffix: str) -> bytes:
    """What each answer holds: bytes that begin such files, the address of a source, or a word of the report."""
    beginnings = {"pdf": b"%PDF-", "xlsx": b"PK", "bib": b"", "csl.json": b"["}
    said = SAID.get(name, b"lease")
    return beginnings.get(suffix, said.replace(b"2026-07-01", b"1 Jul 2026") if suffix == "html" else said)


SAID = {
    "coverage": b"links with a value",
    # of the small world no debt, loop, guarantee or stated total is known: they say so, under the lens
    **dict.fromkeys(("debt", "guarantees", "loops", "reconciliation"), b"2026-07-01"),
}


@pytest.mark.parametrize("name", REPORTS)
async def test_each_report_has_each_format_by_route_and_by_command(name: str, data: Path, store: EmbeddedStore) -> None:
    """The command is tried with a text and a file of bytes: all formats are written by the same functions."""
    report = REPORTS[name]
    async with _client(store, REPORTS) as client:
        for suffix in report.formats:
            address = f"/reports/{name}.{suffix}?{_query(report)}"
            answer, head = await client.get(address), await client.head(address)
            again = await client.get(address, headers={"If-None-Match": answer.headers["etag"]})
            assert (answer.status_code, answer.headers["content-type"]) == (200, report.formats[suffix].media_type)
            assert _mark_of(name, suffix) in answer.content, suffix
            assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            if suffix in ("md", "xlsx"):
                written = await _command(data, REPORTS, name, "--format", suffix, *_options(report))
                assert written == _as_file(answer, suffix)


@pytest.mark.parametrize("name", REPORTS)
async def test_each_answer_links_to_all_other_formats(name: str, store: EmbeddedStore) -> None:
    report = REPORTS[name]
    async with _client(store, REPORTS) as client:
        links = (await client.get(f"/reports/{name}?{_query(report)}")).headers["link"]
        found = re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', links)
        answers = [await client.get(address) for address, _ in found]
    others = [each for each in report.formats.values() if each.suffix != "html"]
    assert [type_ for _, type_ in found] == [each.bare_media_type for each in others]
    assert [answer.headers["content-type"] for answer in answers] == [each.media_type for each in others]


@pytest.mark.parametrize("name", REPORTS)
async def test_a_page_is_negotiated(name: str, store: EmbeddedStore) -> None:
    query = _query(REPORTS[name])
    wishes = {
        "*/*": "text/html",
        "text/*;q=0.5, text/csv": "text/csv",
        "text/markdown, text/html;q=0.9": "text/markdown",
    }
    async with _client(store, REPORTS) as client:
        for accept, media in wishes.items():
            answer = await client.get(f"/reports/{name}?{query}", headers={"accept": accept})
            assert answer.headers["content-type"].partition(";")[0] == media
            assert answer.headers["vary"] == "Accept"
        refused = await client.get(f"/reports/{name}?{query}", headers={"accept": "image/png"})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/reports/nothing", "No report 'nothing'. /reports lists all of them."),
        ("/reports/nothing.md", "No report 'nothing'. /reports lists all of them."),
        (
            "/reports/centrality.docx",
            "The report centrality has no format 'docx'. It has bib, csl.json, csv, html, json, md, pdf, xlsx.",
        ),
    ],
)
async def test_what_there_is_not_is_404_with_what_there_is(store: EmbeddedStore, address: str, message: str) -> None:
    async with _client(store, REPORTS) as client:
        answer = await client.get(address)
    assert answer.status_code == 404
    assert answer.json()["errors"][0] == {"message": message, "extensions": {"code": "NOT_FOUND"}}


async def test_the_list_is_JSON_for_a_program(store: EmbeddedStore) -> None:
    async with _client(store, REPORTS) as client:
        listing = (await client.get("/reports", headers={"accept": "application/json"})).json()["reports"]
        whole = [report for report in listing if not report["required"]]
        addresses = [format["address"] for report in whole for format in report["formats"]]
        assert {(await client.get(address)).status_code for address in addresses} == {200}
    assert [report["name"] for report in listing] == list(REPORTS)
    assert listing[0]["parameters"][:3] == ["validOn", "knownOn", "scenario"]


async def test_the_whole_lens_can_be_named(store: EmbeddedStore) -> None:
    lens = "natures=STATED,REPORTED&minConfidence=HIGH&minReliability=LOW&excludeSources=blog,news&certainty=CERTAIN"
    async with _client(store, REPORTS) as client:
        answer = await client.get(f"/reports/centrality.md?{QUERIES[Lenses.ONE]}&{lens}")
        address = re.findall(r"<([^>]+)>", answer.headers["link"])[0]
        other = await client.get(address)
        wrong = await client.get("/reports/centrality?certainty=maybe")
    told = "certainty CERTAIN; natures REPORTED, STATED; confidence at least HIGH; reliability at least LOW; without "
    assert f"{told}sources blog, news" in answer.text
    assert set(address.partition("?")[2].split("&")) == {
        *QUERIES[Lenses.ONE].split("&"),
        *lens.replace("STATED,REPORTED", "REPORTED,STATED").split("&"),
    }
    assert other.headers["content-type"].startswith("application/x-bibtex")
    assert wrong.json()["errors"][0]["message"] == (
        "certainty is 'maybe', which is no value of it. Name one of CERTAIN, POSSIBLE."
    )


async def test_two_lenses_are_30_days_apart_where_the_first_has_no_day(store: EmbeddedStore) -> None:
    async with _client(store, REPORTS) as client:
        told = (await client.get("/reports/changes.json?after=2026-07-31")).json()
        file = (await client.get("/reports/changes.csv?after=2026-07-31&beforeKnown=2026-02-01")).headers
    assert told["before"] == {"validOn": "2026-07-01", "knownOn": "2026-07-01"}
    assert told["after"] == {"validOn": "2026-07-31", "knownOn": "2026-07-31"}
    assert 'filename="wattgraph-changes-2026-07-01-2026-07-31-' in file["content-disposition"]
    assert "beforeValid=2026-07-01&beforeKnown=2026-02-01&afterValid=2026-07-31" in file["link"]


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Report]:
    """The catalog with one more report and one more format, each a module in a folder of its package."""
    for package, name, text in ((graph.reports, "leases_added", LEASES), (graph.exports, "tsv_added", TSV)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    return discover_reports()


async def test_an_added_report_has_everything_in_every_format(
    added: Mapping[str, Report], data: Path, store: EmbeddedStore
) -> None:
    formats = ["bib", "csl.json", "csv", "html", "json", "md", "pdf", "tsv", "xlsx"]
    assert [*added] == sorted([*REPORTS, "leases"])
    assert list(added["leases"].formats) == formats
    async with _client(store, added) as client:
        page = await client.get("/reports/leases")
        assert "<td>lease</td>" in page.text
        assert page.headers["link"].count('rel="alternate"') == 8
        assert "/reports/leases.tsv?" in page.headers["link"]
        tsv = await client.get(f"/reports/leases.tsv?{QUERIES[Lenses.ONE]}")
        assert (tsv.text, tsv.headers["content-type"]) == (
            "link\tterm [years]\nlease\t10\n",
            "text/tab-separated-values; charset=utf-8",
        )
        assert tsv.headers["content-disposition"].endswith('.tsv"')
        for suffix in formats:
            answer = await client.get(f"/reports/leases.{suffix}?{QUERIES[Lenses.ONE]}")
            assert answer.status_code == 200
            written = await _command(data, added, "leases", "--format", suffix, *OPTIONS[Lenses.ONE])
            assert written == _as_file(answer, suffix)
        listing = (await client.get("/reports")).text
    assert all(f'href="/reports/leases.{suffix}"' in listing for suffix in formats if suffix != "html")
    assert json.loads(await _command(data, added, "leases", "--format", "json"))["rows"] == [
        {"link": "lease", "term": 10}
    ]


async def test_an_added_report_is_listed_by_the_command_and_the_documentation(added: Mapping[str, Report]) -> None:
    listed = CliRunner().invoke(report_app(added), ["--help"])
    assert re.search(r"leases +Every lease with its term\.", listed.output)
    page = reports_page(added, table_formats())
    assert (
        "| `/reports/leases` | Every lease with its term. | one lens | `bib`, `csl.json`, `csv`, `html`, `json`, `md`, "
        "`pdf`, `tsv`, `xlsx` | "
        "`wattgraph report leases` |"
    ) in page
    assert "| `tsv` | `text/tab-separated-values; charset=utf-8` |" in page


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Report]:
    """The catalog with a report that takes inputs."""
    (tmp_path / "profile_added.py").write_text(PROFILE, encoding="utf-8")
    monkeypatch.setattr(graph.reports, "__path__", [*graph.reports.__path__, str(tmp_path)])
    return discover_reports()


async def test_a_report_with_inputs_takes_them_in_an_address_and_on_the_command_line(
    profiles: Mapping[str, Report], data: Path, store: EmbeddedStore
) -> None:
    query, options = QUERIES[Lenses.ONE], OPTIONS[Lenses.ONE]
    async with _client(store, profiles) as client:
        plain = await client.get(f"/reports/profile.csv?organization=host&{query}")
        by_name = await client.get(f"/reports/profile.csv?organization=Host+Corp&atMost=1&newest=false&{query}")
        again = await client.get(re.findall(r"<([^>]+)>", by_name.headers["link"])[0])
        listing = (await client.get("/reports", headers={"accept": "application/json"})).json()["reports"]
    header, *rows = plain.text.splitlines() + by_name.text.splitlines()[1:]
    assert header == '"organization","at_most","newest","figures","lens","data_through","data_version","licence"'
    assert all('"valid_on 2026-07-01, known_on 2026-07-01"' in row for row in rows)
    figure = ',"at_most=report.profile,organization=host'
    assert [row.partition(figure)[0] for row in rows] == ['"host",10,"yes"', '"host",1,"no"']
    assert plain.headers["etag"] != by_name.headers["etag"]
    assert f"/reports/profile.json?organization=host&atMost=1&newest=false&{query}" in by_name.headers["link"]
    assert again.status_code == 200
    assert 'filename="wattgraph-profile-host-2026-07-01-' in plain.headers["content-disposition"]
    assert {one["name"]: one["parameters"][:3] for one in listing}["profile"] == ["organization", "atMost", "newest"]
    written = await _command(data, profiles, "profile", "Host Corp", "--format", "csv", *options)
    assert written == plain.content
    fewer = await _command(
        data, profiles, "profile", "host", "--at-most", "1", "--no-newest", "--format", "csv", *options
    )
    assert fewer == by_name.content
    assert "| `organization`, `atMost`, `newest`, one lens |" in reports_page(profiles)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "organization is missing: Whose. Add ?organization=... to the address."),
        ("organization=hostt", 'No organization "hostt". Did you mean host?'),
        ("organization=host&atMost=many", "atMost is 'many', which is no whole number. At most so many rows, 1 to 20."),
        ("organization=host&atMost=21", "atMost is 21. Give 1 to 20."),
        ("organization=host&newest=yes", "newest is 'yes', which is no true or false. The newest first."),
    ],
)
async def test_a_wrong_input_is_told_with_its_remedy(
    profiles: Mapping[str, Report], store: EmbeddedStore, query: str, message: str
) -> None:
    async with _client(store, profiles) as client:
        answer = await client.get(f"/reports/profile?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, message)


async def test_a_report_without_a_page_answers_with_its_first_format(store: EmbeddedStore) -> None:
    changes = REPORTS["changes"]
    plain = Report("plain", "Plain", "Bytes.", changes.gather, {"csv": changes.formats["csv"]}, Lenses.TWO)
    async with _client(store, {"plain": plain}) as client:
        answer = await client.get("/reports/plain")
        listing = (await client.get("/reports")).text
        addresses = re.findall(r'href="(/reports/[^"]+)"', listing)
        assert [(await client.get(address)).status_code for address in addresses] == [200, 200]
    assert answer.headers["content-type"].startswith("text/csv")


async def test_a_format_may_write_bytes(data: Path, store: EmbeddedStore, tmp_path: Path) -> None:
    changes = REPORTS["changes"]
    format = Format("bin", "application/octet-stream", lambda _: b"\x00\xff\r\n", download=True)
    reports = {"raw": Report("raw", "Raw", "Bytes.", changes.gather, {"bin": format}, Lenses.TWO)}
    async with _client(store, reports) as client:
        assert (await client.get("/reports/raw.bin")).content == b"\x00\xff\r\n"
    assert await _command(data, reports, "raw") == b"\x00\xff\r\n"
    await _command(data, reports, "raw", "--output", str(tmp_path / "file.bin"))
    assert (tmp_path / "file.bin").read_bytes() == b"\x00\xff\r\n"
