"""The graph in a real Chromium: sliders, filters, permalinks, exports, wheel and keys."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.async_api import Page, expect

from graph.pictures.svg import NAMESPACE
from tests.browser.conftest import PATIENCE, Visitor

pytestmark = pytest.mark.slow

IREN_MICROSOFT = "iren-microsoft-cloud"
SHOWN = """() => { const {graph, sigma} = window.wattgraph; return JSON.stringify([
  graph.mapNodes((key, node) => [key, node.label, sigma.graphToViewport(node)]),
  graph.mapEdges((key, edge) => [key, edge.colour, edge.width, edge.bend, edge.dashed]),
]); }"""


async def _drawn(page: Page) -> None:
    await page.locator("html[data-drawn]").wait_for(state="attached")


async def _shown(page: Page) -> Any:
    """What is drawn, with places in pixels."""
    return json.loads(await page.evaluate(SHOWN))


async def _has(page: Page, edge: str) -> bool:
    return bool(await page.evaluate("key => window.wattgraph.graph.hasEdge(key)", edge))


async def _place(page: Page, node: str) -> Any:
    return await page.evaluate("key => window.wattgraph.sigma.getNodeDisplayData(key)?.x", node)


VIEW = """(() => { const {x, y, ratio} = wattgraph.sigma.getCamera();
  const whole = Math.abs(x - 0.5) + Math.abs(y - 0.5) + Math.abs(ratio - 1) < 0.001;
  return whole ? "" : [x, y, ratio].map((one) => Number(one.toFixed(4))).join(); })()"""
LINKED = "new URL(document.getElementById('permalink').href).searchParams.get('view') ?? ''"


async def _until(page: Page, holds: str) -> None:
    """Wait for a state; a policy without eval lets a page not wait for it by itself."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not await page.evaluate(holds):  # noqa: ASYNC110 (of what is waited for nobody tells)
            await asyncio.sleep(0.02)


async def _view(page: Page) -> str:
    """Where the camera stands, once it has come to rest and the permalink says so."""
    await _until(page, f"!wattgraph.sigma.getCamera().isAnimating() && ({LINKED}) === {VIEW}")
    return str(await page.evaluate(VIEW))


CAMERA = """async () => {
  const net = document.getElementById("net"), find = document.getElementById("gfind"), seen = [];
  const press = () => net.dispatchEvent(new KeyboardEvent("keydown", {key: "+", bubbles: true}));
  const search = () => { find.value = "IREN"; find.dispatchEvent(new Event("change", {bubbles: true})); };
  const camera = wattgraph.sigma.getCamera(), state = () => JSON.stringify(camera.getState());
  for (const act of [press, search]) {
    const before = state();
    act();
    seen.push([before !== state(), camera.isAnimating()]);
    while (camera.isAnimating()) await new Promise(requestAnimationFrame);
  }
  return seen;
}"""
"""Whether the camera is somewhere else at once, and whether it is on its way, after a key and after a search."""


async def test_iren_and_microsoft_come_month_by_month_and_for_who_wants_it_without_motion(
    drawing_visitor: Visitor,
) -> None:
    """From September 2025 to October 2026. Where no motion is wanted, a press goes on by one month and the camera is at
    once where it goes; otherwise months are played and the camera moves there."""
    page = (await drawing_visitor("/graph?validOn=2025-09-30", reduced_motion="reduce")).page
    await _drawn(page)
    before = await _place(page, "iren")
    assert not await _has(page, IREN_MICROSOFT)
    assert await page.locator(f'#tbl tr[data-key="{IREN_MICROSOFT}"]').count() == 0
    play = page.locator("[data-play=valid]")
    await expect(play).to_have_accessible_name("+1 month: what was true")
    await play.click()
    await page.locator('#permalink[href*="validOn=2025-10-31"]').wait_for()
    assert await page.evaluate("wattgraph.timeline.playing") == ""
    await expect(page.locator("#o-valid")).to_have_text("31 Oct 2025")
    assert await page.evaluate(CAMERA) == [[True, False], [True, False]]
    assert not await _has(page, IREN_MICROSOFT)

    await page.emulate_media(reduced_motion="no-preference")
    await expect(play).to_have_accessible_name("Play what was true, month by month")
    assert [on_its_way for _, on_its_way in await page.evaluate(CAMERA)] == [True, True]
    await play.click()
    # announced on 3 November 2025
    await page.locator(f'#tbl tr[data-key="{IREN_MICROSOFT}"]').wait_for(state="attached")
    await play.click()
    await _goes_to_october_2026(page)
    assert await _has(page, IREN_MICROSOFT)
    assert await _place(page, "iren") == before


async def _goes_to_october_2026(page: Page) -> None:
    """By the keys of the slider, whose last step is the day of the service."""
    slider = page.locator("#t-valid")
    assert not re.search("(Sep|Oct) 2025", await page.locator("#o-valid").text_content() or "")
    await slider.focus()
    last = int(await slider.get_attribute("max") or 0)
    assert last >= 30  # months since January 2024, and the day of the service
    october = int(await slider.evaluate("input => input.steps.indexOf('2026-10-31')"))
    await page.keyboard.press("End")
    for _ in range(last - october):
        await page.keyboard.press("ArrowLeft")
    await page.locator('#permalink[href*="validOn=2026-10-31"]').wait_for()
    assert "validOn=2026-10-31" in page.url


async def test_filtered_to_firm_contracts_of_200_mw_and_opened_again_in_a_fresh_profile(
    drawing_visitor: Visitor, tmp_path: Path
) -> None:
    page = (await drawing_visitor("/graph")).page
    await _drawn(page)
    for commitment in ("CONDITIONAL", "OPTION", "UNSTATED"):
        await page.locator(f"[name=commitment][value={commitment}]").uncheck()
    await page.locator("[name=atLeast]").fill("200")
    await page.locator("[name=atLeast]").press("Enter")
    await page.locator('#files a[href^="/graph.svg"][href*="atLeast=200"]').first.wait_for()
    await expect(page.locator("#said")).to_contain_text("contracts of")
    rows = await page.locator("#tbl tbody tr").evaluate_all("rows => rows.map(row => row.dataset.key)")
    shown = await _shown(page)
    assert sorted(rows) == sorted(edge[0] for edge in shown[1])
    assert {edge[1] for edge in shown[1]} == {"firm"}
    figures = await page.locator("#tbl td:nth-child(2)").evaluate_all("cells => cells.map(cell => +cell.dataset.v)")
    assert figures
    assert min(figures) >= 200
    assert IREN_MICROSOFT in rows  # 200 MW

    again = (await drawing_visitor((await page.locator("#permalink").get_attribute("href")) or "")).page
    await _drawn(again)
    assert await _shown(again) == shown

    async with page.expect_download() as downloading:
        await page.locator("#png").click()
    picture = tmp_path / "picture.png"
    await (await downloading.value).save_as(picture)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    svg = await (await page.request.get(await page.locator("#files a").first.evaluate("link => link.href"))).text()
    lines = list(ElementTree.fromstring(svg).iter(f"{{{NAMESPACE}}}title"))  # noqa: S314 (our own)
    assert len(lines) == 1 + len(shown[1]) + len(shown[0])  # of the picture, of lines, of dots


async def test_search_wheel_drag_and_keys_move_the_picture_and_a_link_keeps_where_it_stands(
    drawing_visitor: Visitor,
) -> None:
    page = (await drawing_visitor("/graph")).page
    await _drawn(page)
    await _finds_iren_and_dims_the_rest(page)
    await page.locator("#net").press("Escape")
    await page.locator("#net").press("0")
    await page.locator('#permalink:not([href*="view="])').wait_for()

    box = await page.locator("#net").bounding_box()
    assert box is not None
    at = box["x"] + box["width"] - 160, box["y"] + box["height"] - 60
    start = await page.evaluate("scrollY")
    await page.locator("#net").blur()
    await page.mouse.move(*at)
    await page.mouse.wheel(0, -200)
    assert await page.evaluate("wattgraph.sigma.getCamera().ratio") == 1  # the wheel scrolls the page
    await page.mouse.click(*at)
    await page.mouse.wheel(0, -300)
    await _until(page, "wattgraph.sigma.getCamera().ratio < 1")
    assert await page.evaluate("scrollY") == start
    await page.mouse.down()
    await page.mouse.move(at[0] - 90, at[1] - 40, steps=6)
    await page.mouse.up()
    for key in ("ArrowLeft", "ArrowDown", "+", "-"):
        await page.keyboard.press(key)
    view = await _view(page)
    assert view.count(",") == 2
    again = (await drawing_visitor((await page.locator("#permalink").get_attribute("href")) or "")).page
    await _drawn(again)
    assert await _view(again) == view
    await page.keyboard.press("0")
    await page.locator('#permalink:not([href*="view="])').wait_for()


async def _finds_iren_and_dims_the_rest(page: Page) -> None:
    await page.locator("#gfind").fill("IREN")
    await page.locator("#gfind").press("Enter")
    await expect(page.locator("#tip")).to_contain_text("IREN:")
    rows = page.locator("#tbl tbody tr:not([hidden])")
    keys = await rows.evaluate_all("rows => rows.map(row => row.dataset.key)")
    assert IREN_MICROSOFT in keys
    assert all("iren" in key for key in keys)


NO_WEBGL = """const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === "webgl2" ? null : getContext.call(this, kind, ...more);
};"""


@pytest.mark.parametrize("lacks", ["scripts", "WebGL"])
async def test_without_scripts_and_without_webgl_the_picture_is_the_one_of_the_server(
    lacks: str, visitor: Visitor
) -> None:
    visit = await visitor("/feeds", java_script_enabled=lacks != "scripts")
    await visit.page.add_init_script(NO_WEBGL)
    await visit.open("/graph?commitment=FIRM")
    page = visit.page
    await expect(page.locator("#still")).to_be_visible()
    await expect(page.locator("#still")).to_have_js_property("complete", True)
    assert await page.locator("#still").evaluate("image => image.naturalWidth > 0")
    await expect(page.locator("#net")).to_be_hidden()
    await expect(page.locator("#filters button")).to_be_visible()
