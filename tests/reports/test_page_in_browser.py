"""The page of the report in a real Chromium: under its own policy, wide, on a phone, and printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from graph.reports.catalog import REPORTS
from graph.reports.centrality import CentralityReport
from graph.reports.centrality_document import REPORT, document_of
from graph.reports.report import Lenses
from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests.browser.conftest import PICTURES, UPDATE
from tests.facts import lens

pytestmark = pytest.mark.slow

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        await launched.close()


@pytest.fixture(scope="module")
def address(report: CentralityReport, tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(str(REPORT.formats["html"].render(document_of(report))), encoding="utf-8")
    return file.as_uri()


async def _open(browser: Browser, address: str, width: int, height: int) -> tuple[Page, list[str]]:
    page = await browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    return page, complaints


async def _fits(page: Page, complaints: list[str], width: int) -> None:
    assert complaints == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    # the style is taken: the policy knows its hash
    assert await page.evaluate("getComputedStyle(document.querySelector('thead th')).position") == "sticky"


async def test_the_page_fits_its_window_is_read_by_clicks_and_printed(browser: Browser, address: str) -> None:
    """One visit: the window of a desktop and of a phone, a long table, the way to a source, order and filter, print."""
    page, complaints = await _open(browser, address, 1280, 900)
    await _fits(page, complaints, 1280)
    await _prints_fewer_than_ten_pages_without_what_is_folded(page)
    await _keeps_the_head_of_a_long_table_in_sight(page)
    await _leads_from_a_row_to_its_links_and_from_a_link_to_its_source(page)
    await _sorts_a_table_by_a_head_and_filters_it_by_words(page)
    await page.close()
    page, complaints = await _open(browser, address, 390, 844)
    await _fits(page, complaints, 390)
    await page.close()


async def _keeps_the_head_of_a_long_table_in_sight(page: Page) -> None:
    table = page.locator("#t-ranking")
    await table.locator("tbody tr:nth-child(60)").scroll_into_view_if_needed()
    head, row = [await table.locator(one).first.bounding_box() for one in ("thead th", "tbody tr:nth-child(60)")]
    assert head is not None
    assert row is not None
    assert 0 <= head["y"] < row["y"] < 900


async def _leads_from_a_row_to_its_links_and_from_a_link_to_its_source(page: Page) -> None:
    row = page.locator("[id='r-hut8']")
    await row.locator("summary").first.click()
    await row.locator("a", has_text="Hut 8 → Fluidstack").first.click()
    assert page.url.split("#")[1].startswith("e-hut8-fluidstack")
    evidence = page.locator(f"[id='{page.url.split('#')[1]}']")
    assert await evidence.is_visible()
    await evidence.locator(".refs a").first.click()
    assert page.url.split("#")[1].startswith("s-")


async def _sorts_a_table_by_a_head_and_filters_it_by_words(page: Page) -> None:
    table = page.locator("#t-ranking")
    await table.locator("thead button", has_text="Sources").first.click()
    await table.locator("thead button", has_text="Sources").first.click()
    counts = [int(text) for text in await table.locator("tbody td:nth-child(5)").all_text_contents()]
    assert counts == sorted(counts, reverse=True)
    await page.locator("#ranking input[type=search]").first.fill("hut 8")
    assert await table.locator("tbody tr:visible").count() >= 1
    assert "Nvidia" not in await table.locator("tbody tr:visible td:nth-child(2)").all_text_contents()


async def _prints_fewer_than_ten_pages_without_what_is_folded(page: Page) -> None:
    printed = pypdfium2.PdfDocument(await page.pdf(format="A4"))
    assert len(printed) < 10
    text = "".join(one.get_textpage().get_text_range() for one in printed)
    assert "more rows stand in the page" in text
    await page.emulate_media(media="print")
    assert await page.locator("#t-link tbody tr:visible").count() == 0
    await page.emulate_media(media="screen")


# ---- every report, looked at

LOOKED_AT = tuple(REPORTS) if UPDATE else ("dossier",)
"""Reports of which pages are opened; all of them where the pictures of the documentation are taken anew."""
COLUMNS, SCALE, COLOURS = 4, 0.8, 64
"""Of the picture of a PDF: pages in a row, their size, and the palette of every picture."""


@pytest.mark.parametrize("name", LOOKED_AT)
async def test_each_report_fits_a_desktop_a_phone_and_paper(
    name: str, browser: Browser, report: CentralityReport, seeded: EmbeddedStore, tmp_path: Path
) -> None:
    """`WATTGRAPH_TEST_UPDATE_DOCS=1` takes the pictures of docs/reports_gallery.md anew."""
    folder = PICTURES if UPDATE else tmp_path
    document = document_of(report) if name == "centrality" else await _document(name, seeded)
    file = tmp_path / f"{name}.html"
    file.write_text(str(REPORTS[name].formats["html"].render(document)), encoding="utf-8")
    for suffix, (width, height) in {"": (1280, 900), "-phone": (390, 844)}.items():
        page, complaints = await _open(browser, file.as_uri(), width, height)
        assert complaints == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        shot = Image.open(BytesIO(await page.screenshot())).convert("RGB")
        shot.quantize(COLOURS).save(folder / f"report-{name}{suffix}.png", optimize=True)
        await page.close()
    pdf = pypdfium2.PdfDocument(REPORTS[name].formats["pdf"].render(document))
    assert len(pdf) < 10
    _contact_sheet(pdf).save(folder / f"report-{name}-pdf.png", optimize=True)


def test_the_gallery_shows_every_report() -> None:
    gallery = (PROJECT / "docs" / "reports_gallery.md").read_text(encoding="utf-8")
    wanted = [f"images/report-{name}{suffix}.png" for name in REPORTS for suffix in ("", "-phone", "-pdf")]
    assert [one for one in wanted if one not in gallery or not (PROJECT / "docs" / one).exists()] == []


async def _document(name: str, store: EmbeddedStore) -> Any:
    """Of Hut 8, where it is about one organization; between the ends of October and January, where it compares."""
    inputs = {one.name: "hut8" if one.required else one.default for one in REPORTS[name].parameters}
    if REPORTS[name].lenses is Lenses.TWO:
        readers = [await store.reader(lens(day, day)) for day in ("2025-10-31", "2026-01-31")]
    else:
        readers = [await store.reader()]
    return await REPORTS[name].document(store, readers, inputs)


def _contact_sheet(pdf: pypdfium2.PdfDocument) -> Image.Image:
    """All pages, a few in a row."""
    drawn = [page.render(scale=SCALE).to_pil() for page in pdf]
    width, height = drawn[0].size
    size = width * min(COLUMNS, len(drawn)), height * -(-len(drawn) // COLUMNS)
    whole = Image.new("RGB", size, "white")
    for number, one in enumerate(drawn):
        whole.paste(one, (number % COLUMNS * width, number // COLUMNS * height))
    return whole.quantize(COLOURS)
