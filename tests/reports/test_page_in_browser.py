"""The page of the report in a real Chromium: under its own policy, wide, on a phone, and printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from graph.reports.centrality import CentralityReport, render_html

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
    file.write_text(render_html(report), encoding="utf-8")
    return file.as_uri()


async def _open(browser: Browser, address: str, width: int, height: int) -> tuple[Page, list[str]]:
    page = await browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    return page, complaints


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_the_page_fits_its_window_and_breaks_no_rule(
    browser: Browser, address: str, width: int, height: int
) -> None:
    page, complaints = await _open(browser, address, width, height)
    assert complaints == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    # the style is taken: the policy knows its hash
    assert await page.evaluate("getComputedStyle(document.querySelector('thead th')).position") == "sticky"
    await page.close()


async def test_the_head_of_a_long_table_stays_in_sight(browser: Browser, address: str) -> None:
    page, _ = await _open(browser, address, 1280, 900)
    await page.evaluate("document.querySelector('#ranking tbody tr:nth-child(60)').scrollIntoView()")
    box = await page.locator("#ranking thead th").first.bounding_box()
    assert box is not None
    assert box["y"] == pytest.approx(0, abs=1)
    await page.close()


async def test_a_row_leads_to_its_links_and_a_link_to_its_source(browser: Browser, address: str) -> None:
    page, _ = await _open(browser, address, 1280, 900)
    await page.get_by_role("link", name="Hut 8", exact=True).first.click()
    assert page.url.endswith("#o-hut8")
    lines = page.locator("#o-hut8 tbody tr")
    assert "Fluidstack" in " ".join(await lines.all_text_contents())
    await lines.locator(".refs a").first.click()
    assert page.url.split("#")[1].startswith("s-")
    await page.close()


async def test_an_option_opens_the_list_of_what_is_left_out(browser: Browser, address: str) -> None:
    page, _ = await _open(browser, address, 1280, 900)
    await page.locator("td.beside a").first.click()
    line = page.locator(f"[id='{page.url.split('#')[1]}']")
    assert await line.is_visible()
    await page.close()


async def test_what_is_folded_is_printed(browser: Browser, address: str) -> None:
    page, _ = await _open(browser, address, 1280, 900)
    await page.emulate_media(media="print")
    folded = page.locator("#left-out details tbody tr").first
    assert await folded.is_visible()
    await page.close()
