"""Reports over HTTP, on the real facts and on a day that stays."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.http.reports import reports_router
from graph.errors import StoreUnavailable
from graph.exports.documents.html import report_policy
from graph.exports.documents.model import ReportDocument
from graph.reports.catalog import REPORTS
from graph.settings import read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.reports.conftest import document_on

PATHS = ("/reports/coverage", "/reports/coverage.md", "/reports/coverage.csv")


@pytest.fixture(scope="module")
async def client(seeded: EmbeddedStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(read_settings(), seeded))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as found:
        yield found


@pytest.fixture(scope="module")
async def made(seeded: EmbeddedStore) -> ReportDocument:
    return await document_on("coverage", await seeded.reader())


@pytest.mark.slow
async def test_the_service_gives_the_bytes_that_the_program_gives(
    client: httpx.AsyncClient, made: ReportDocument
) -> None:
    texts = [(await client.get(path)).content for path in PATHS]
    formats = REPORTS["coverage"].formats
    assert texts == [str(formats[suffix].render(made)).encode() for suffix in ("html", "md", "csv")]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/reports", "text/html; charset=utf-8"),
        ("/reports/coverage", "text/html; charset=utf-8"),
        ("/reports/coverage.md", "text/markdown; charset=utf-8"),
        ("/reports/coverage.csv", "text/csv; charset=utf-8; header=present"),
    ],
)
async def test_each_answer_is_typed_and_guarded(client: httpx.AsyncClient, path: str, media_type: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_page_allows_the_style_that_stands_in_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/reports/coverage")
    assert answer.headers["content-security-policy"] == f"{report_policy()}; frame-ancestors 'none'"


@pytest.mark.slow
async def test_a_csv_is_a_download_with_a_plain_name(client: httpx.AsyncClient, made: ReportDocument) -> None:
    answer = await client.get("/reports/coverage.csv?validOn=2026-06-30")
    told = f'attachment; filename="wattgraph-coverage-2026-06-30-{made.method.data_version}.csv"'
    assert answer.headers["content-disposition"] == told
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    assert {row["valid_on"] for row in rows} == {"2026-06-30"}


@pytest.mark.slow
async def test_a_report_of_a_scenario_says_so(client: httpx.AsyncClient) -> None:
    pages = [await client.get(f"{path}?scenario=smaller_stargate") for path in PATHS]
    assert all("in scenario smaller-stargate" in page.text for page in pages[:2])
    assert {row["scenario"] for row in csv.DictReader(io.StringIO(pages[2].text, newline=""))} == {"smaller-stargate"}
    assert "wattgraph-coverage-2026-11-30-smaller-stargate-" in pages[2].headers["content-disposition"]
    address = next(one for one in re.findall(r"<([^>]+)>", pages[0].headers["link"]) if ".csv?" in one)
    assert address == "/reports/coverage.csv?validOn=2026-11-30&knownOn=2026-11-30&scenario=smaller-stargate"
    assert (await client.get(address)).content == pages[2].content
    facts_of_today = await client.get(PATHS[2])
    assert {row["scenario"] for row in csv.DictReader(io.StringIO(facts_of_today.text, newline=""))} == {""}


async def test_a_changed_scenario_changes_the_tag(tmp_path: Path) -> None:
    tags = []
    for factor in ("0.5", "0.25"):
        text = f"- {{id: less, summary: Less, scale: [{{link: lease, by: '{factor}'}}]}}"
        scenarios = facts.scenarios_of(tmp_path, text)
        store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY, scenarios=scenarios)
        await store.load(facts.log_of(tmp_path))
        transport = httpx.ASGITransport(app=create_app(read_settings(), store))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            held = {"If-None-Match": ", ".join(tags)}
            answer = await client.get("/reports/coverage.csv?scenario=less", headers=held)
            assert answer.status_code == 200
            tags.append(answer.headers["etag"])
            again = await client.get("/reports/coverage.csv?scenario=less", headers={"If-None-Match": tags[-1]})
            assert again.status_code == 304
        await store.close()


@pytest.mark.slow
async def test_an_answer_names_its_other_formats(client: httpx.AsyncClient) -> None:
    links = (await client.get("/reports/coverage?knownOn=2026-03-01")).headers["link"]
    addresses = re.findall(r"<([^>]+)>", links)
    suffixes = ("csv", "json", "md", "pdf", "xlsx")
    assert addresses == [f"/reports/coverage.{one}?validOn=2026-11-30&knownOn=2026-03-01" for one in suffixes]
    assert (await client.get(addresses[2])).status_code == 200
    # a report that cites no source by itself has no bibliography
    assert (await client.get("/reports/coverage.bib")).status_code == 404


async def test_what_a_client_holds_already_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/reports/coverage.md")).headers["etag"]
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get("/reports/coverage.md", headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get("/reports/coverage.md", headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.slow
async def test_the_entity_tag_changes_with_format_and_lens(client: httpx.AsyncClient) -> None:
    lenses = ("validOn=2026-06-30", "knownOn=2026-03-01", "scenario=smaller-stargate")
    asked = [*PATHS, *(f"/reports/coverage?{lens}" for lens in lenses)]
    tags = [(await client.get(path)).headers["etag"] for path in asked]
    assert len(set(tags)) == len(asked)
    today = f"/reports/coverage?validOn={facts.TODAY}&knownOn={facts.TODAY}"
    assert (await client.get(today)).headers["etag"] == tags[0]


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ("validOn=2026-02-30", "BAD_LENS", "validOn is '2026-02-30', which is not a day. Write it as 2026-06-30."),
        (
            "scenario=boom",
            "BAD_LENS",
            "No scenario 'boom'. Name one of fluidstack-fails, river-bend-slips, smaller-stargate.",
        ),
        ("scenario=", "BAD_INPUT", "scenario is empty. Give it a value, or leave it out."),
        ("validOn=", "BAD_INPUT", "validOn is empty. Give it a value, or leave it out."),
        ("knownOn=20260630", "BAD_LENS", "knownOn is '20260630', which is not a day. Write it as 2026-06-30."),
        ("knownOn=2026-12-01", "BAD_LENS", "The state of knowledge of 2026-12-01 is in the future. Ask for 2026-11-30"),
        (
            "validon=2026-06-30",
            "BAD_INPUT",
            "No parameter 'validon'. It takes validOn, knownOn, scenario, minConfidence,",
        ),
        ("validOn=2026-06-30&validOn=2026-07-30", "BAD_INPUT", "validOn is given 2 times. Give it once."),
    ],
)
async def test_a_wrong_address_is_told_with_its_remedy(
    client: httpx.AsyncClient, asked: str, code: str, message: str
) -> None:
    for path in PATHS:
        answer = await client.get(f"{path}?{asked}")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, code)
        assert answer.json()["errors"][0]["message"].startswith(message)


async def test_the_list_leads_to_every_report_in_every_format(client: httpx.AsyncClient) -> None:
    page = (await client.get("/reports")).text
    addresses = set(re.findall(r'href="(/reports/[^"]+)"', page))
    whole = [name for name, report in REPORTS.items() if not report.required_inputs]
    files = {f"/reports/{name}.{suffix}" for name in whole for suffix in REPORTS[name].formats if suffix != "html"}
    assert addresses == files | {f"/reports/{name}" for name in whole}
    assert "/reports/dossier?organization=KEY" in page
    assert all(report.title in page for report in REPORTS.values())


async def test_without_a_store_the_answer_is_503(seeded: EmbeddedStore) -> None:
    def closed() -> Store:
        raise StoreUnavailable("The store is not open yet.", remedy="Try again in a few seconds.")

    app = create_app(read_settings(), seeded)
    bare = FastAPI(exception_handlers=app.exception_handlers)
    bare.include_router(reports_router(closed))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=bare), base_url="http://localhost") as client:
        answer = await client.get("/reports/coverage")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "STORE_UNAVAILABLE")


@pytest.mark.slow
async def test_others_are_answered_while_a_report_is_made(seeded: EmbeddedStore) -> None:
    transport = httpx.ASGITransport(app=create_app(read_settings(), seeded))
    answered = 0
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        reports = asyncio.gather(*(client.get(path) for path in PATHS * 3))
        while not reports.done():
            assert (await client.get("/healthz")).status_code == 200
            answered += 1
            await asyncio.sleep(0.01)
        assert {answer.status_code for answer in await reports} == {200}
    assert answered > 10
