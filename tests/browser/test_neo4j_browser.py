"""Neo4j Browser, in a real Chromium, draws the loaded graph.

`WATTGRAPH_TEST_UPDATE_DOCS=1` takes the README's picture anew."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from graph.evidence.log import StatementLog
from graph.settings import PROJECT
from tests.seeds_fixture import load_into_neo4j

PICTURE = PROJECT / "docs" / "images" / "neo4j-browser.png"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
DRAWN = """
MATCH path = (a:Organization)-[:PROVIDES_CAPACITY {firm: true}]->(b:Organization)
WHERE a.key IN ['iren', 'cipher', 'hut8', 'terawulf'] OR b.key = 'anthropic'
RETURN path
"""
EVIDENCE = """
MATCH path = (l:Link {key: 'iren-microsoft-cloud'})-[:FROM|TO|AT|WITH_CHIP|PART_OF]->()
MATCH said = (l)<-[:ABOUT]-(:Statement {property: 'value'})-[:CITES]->(:Source)
MATCH owed = (:Debt)-[:ISSUED_BY]->(:Organization {key: 'iren'})
MATCH seen = (:Observation)-[:OBSERVES]->(:Organization {key: 'iren'})
RETURN path, said, owed, seen LIMIT 40
"""


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=QUIET, viewport={"width": 1500, "height": 1000}
        )
        yield await context.new_page()
        await context.close()


@pytest.fixture
async def browser_address(neo4j_uri: str, neo4j_browser: str, seeds_log: StatementLog) -> str:
    await load_into_neo4j(neo4j_uri, seeds_log)
    return neo4j_browser


@pytest.mark.slow
async def test_the_graph_is_drawn_with_captions(page: Page, browser_address: str, tmp_path: Path) -> None:
    await page.goto(browser_address)
    await page.get_by_text("Connected to Neo4j").wait_for(timeout=120_000)
    await _run(page, DRAWN)
    nodes = page.locator("svg g.node")
    await nodes.nth(10).wait_for(timeout=120_000)
    captions = [text.strip() for text in await nodes.all_text_contents()]
    assert len([text for text in captions if text]) >= 10
    assert {"IREN", "Hut 8", "TeraWulf"} <= {" ".join(text.split()) for text in captions}, captions
    relationships = set(await page.locator("svg g.relationship text").all_text_contents())
    assert "PROVIDES_CAPACITY" in relationships
    await page.get_by_title("Fullscreen", exact=True).first.click()
    await page.wait_for_timeout(5_000)  # the drawing settles
    await page.get_by_label("zoom-to-fit").first.click()
    await page.wait_for_timeout(1_000)
    await page.screenshot(
        path=PICTURE if os.environ.get("WATTGRAPH_TEST_UPDATE_DOCS") == "1" else tmp_path / "drawn.png"
    )


@pytest.mark.slow
async def test_no_circle_is_blank(page: Page, browser_address: str) -> None:
    """Links, statements, sources, debts and figures are drawn by their names; Browser breaks and cuts a long one."""
    await page.goto(browser_address)
    await page.get_by_text("Connected to Neo4j").wait_for(timeout=120_000)
    await _run(page, EVIDENCE)
    nodes = page.locator("svg g.node")
    await nodes.nth(8).wait_for(timeout=120_000)
    captions = ["".join(text.split()) for text in await nodes.all_text_contents()]
    assert [text for text in captions if not text] == []
    assert any(text.startswith("IREN→") for text in captions), captions
    assert any(text.startswith("value:9.7") for text in captions), captions
    assert any(text.startswith("IREN,") for text in captions), captions


async def _run(page: Page, text: str) -> None:
    editor = page.locator(".monaco-editor textarea").first
    await editor.wait_for(timeout=120_000, state="attached")
    await page.locator(".monaco-editor").first.click()
    await page.keyboard.insert_text(" ".join(text.split()))
    await page.keyboard.press("Control+Enter")
