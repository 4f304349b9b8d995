"""Neo4j Browser, in a real Chromium, as a reader opens it: style and guide come from a real service by themselves.

`WATTGRAPH_TEST_UPDATE_DOCS=1` takes the pictures of the README and of docs/neo4j.md anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from graph.browser.guide import SLIDES, saved_queries
from graph.browser.style import ORGANIZATION_FILLS, token
from graph.evidence.log import StatementLog
from graph.vocabulary.enums import OrganizationKind
from tests.browser.conftest import CHROMIUM, PATIENCE, PICTURES, UPDATE
from tests.neo4j_fixture import ServerForTests
from tests.seeds_fixture import copy_of, load_into_neo4j
from tests.server import running_server

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
CIRCLES = """circles => circles.map(circle => [
    [...circle.querySelectorAll('text.caption')].map(text => text.textContent.trim()).join(' ').trim(),
    [...circle.querySelectorAll('circle')].map(one => one.getAttribute('fill'))
])"""

PLACES = "parts => parts.map(part => part.getAttribute('transform')).join()"


@pytest.fixture(scope="module")
def neo4j_service(
    neo4j_for_tests: ServerForTests, seeds_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The service at the address that the Neo4j of the tests tells Browser."""
    data = copy_of(seeds_data, tmp_path_factory.mktemp("neo4j-browser") / "data")
    with running_server(data, port=neo4j_for_tests.api_port) as running:
        yield running.url


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=QUIET, viewport={"width": 1500, "height": 1000}
        )
        yield await context.new_page()
        await context.close()


@pytest.mark.slow
async def test_style_and_guide_are_in_place_and_queries_draw_legible_pictures(
    page: Page, neo4j_service: str, neo4j_uri: str, neo4j_browser: str, seeds_log: StatementLog, tmp_path: Path
) -> None:
    await load_into_neo4j(neo4j_uri, seeds_log)
    pictures = PICTURES if UPDATE else tmp_path

    await page.goto(neo4j_browser)
    await page.get_by_text(f":play {neo4j_service}/browser/guide.html").wait_for(timeout=PATIENCE)
    await page.get_by_role("heading", name=SLIDES[0].title).wait_for(timeout=PATIENCE)
    await expect(page.get_by_text(f"1 / {len(SLIDES)}")).to_be_visible()
    await page.screenshot(path=pictures / "neo4j-guide.png")

    await page.locator("pre.runnable i").first.click()
    circles, arrows = await _drawing(page, pictures / "neo4j-browser.png")
    assert ORGANIZATION_FILLS[OrganizationKind.HYPERSCALER] in circles["Microsoft"]
    assert ORGANIZATION_FILLS[OrganizationKind.NEOCLOUD] in circles["IREN"]
    assert ORGANIZATION_FILLS[OrganizationKind.CHIP_VENDOR] in circles["Nvidia"]
    assert "200 MW" in arrows
    assert "PROVIDES_CAPACITY" not in arrows

    circles, arrows = await _run(page, "source_of_an_edge", tmp_path)
    assert {"from", "to", "about", "cites"} <= arrows
    assert token("mark") in circles["value: 9.7 bn USD"]
    assert "" not in circles

    circles, arrows = await _run(page, "circular_money", tmp_path)
    assert ORGANIZATION_FILLS[OrganizationKind.AI_LAB] in circles["OpenAI"]
    assert any(one.endswith("bn USD") for one in arrows)


async def _run(page: Page, name: str, folder: Path) -> tuple[dict[str, list[str]], set[str]]:
    """What a saved query draws that is typed into the editor."""
    frames = page.locator("article")
    before = await frames.count()
    await page.locator(".monaco-editor").first.click()
    await page.keyboard.insert_text(" ".join(saved_queries()[name].cypher.split()))
    await page.keyboard.press("Control+Enter")
    await expect(frames).to_have_count(before + 1)
    return await _drawing(page, folder / f"{name}.png")


async def _stillness(page: Page) -> None:
    """Nothing of the drawing has moved for half a second."""
    before = None
    while (places := await page.locator("svg g[transform]").evaluate_all(PLACES)) != before:
        before = places
        await page.wait_for_timeout(500)


async def _drawing(page: Page, picture: Path) -> tuple[dict[str, list[str]], set[str]]:
    """Of the newest frame: the fills of circles by their captions, and what arrows say. It is photographed."""
    frame = page.locator("article").first
    await frame.locator("svg g.node").nth(4).wait_for(timeout=PATIENCE)
    await page.get_by_title("Fullscreen", exact=True).first.click()
    await _stillness(page)
    await page.get_by_label("zoom-to-fit").first.click()
    await _stillness(page)
    await page.screenshot(path=picture)
    circles = dict(await page.locator("svg g.node").evaluate_all(CIRCLES))
    arrows = {text.strip() for text in await page.locator("svg g.relationship text").all_text_contents()}
    await page.get_by_title("Close fullscreen", exact=True).first.click()
    return circles, arrows
