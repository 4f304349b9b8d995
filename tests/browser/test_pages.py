"""The pages in a real Chromium: axe-core, keyboard, width, policy, hostile names, and a walk from ticker to source.

`WATTGRAPH_TEST_UPDATE_DOCS=1` takes the pictures of the documentation anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from api.pages.catalog import PAGES
from graph.audit.tokens import TokenScope
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.projection import Graph
from graph.publication.figures import figure_id
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.values import Money
from tests import facts
from tests.api.live_server import inside
from tests.api.writers import token_of
from tests.browser.conftest import PHONE, PICTURES, UPDATE, WIDE, Visit, Visitor, visits
from tests.budgets import AUDIT, cases
from tests.pages.small_world import HOSTILE_KEYS, hostile_world

pytestmark = pytest.mark.slow

COMPANY, CONTRACT = "/organizations/hut8", "/links/iren-microsoft-cloud"
BADGE = figure_id("iren-microsoft-cloud", "value", DEFAULT_LENS.on(facts.TODAY), Money(9.7e9))
ADDRESSES: Mapping[str, str] = {
    "/search": "/search?q=river",
    "/compare": "/compare?before=2026-10-31&after=2026-11-30",
    "/statements": "/statements?subject=iren-microsoft-cloud&property=value",
    "/organizations/{key}": COMPANY,
    "/links/{key}": CONTRACT,
}
"""Of pages that need more than their path; a page of an entity that is not here shows the one with most links."""
REPORT = "/reports/changes?before=2026-10-31&after=2026-11-30"
ROWS = 30
"""Of a table that axe-core looks at in `make test`: it takes seconds for hundreds."""
PATHS = [*(page.path for page in PAGES), f"/figures/{BADGE}", "/nowhere", "/reports", REPORT, "/exports", "/feeds"]
PATHS += ["/reports/centrality"] if AUDIT else []


def _address(path: str, graph: Graph) -> str:
    if path in ADDRESSES or "{key}" not in path:
        return ADDRESSES.get(path, path)
    [label] = [page.label for page in PAGES if page.path == path]
    most = max(graph.rows[label].values(), key=lambda row: (row.columns.get("link_count", 0), row.key))
    return path.replace("{key}", most.key)


# ---- one visit of each page

CONTROLS = """() => {
    const tabbable = 'a[href], button, input, select, textarea, summary, [tabindex]';
    return [...document.querySelectorAll(tabbable)].filter(one =>
        one.tabIndex >= 0 && !one.disabled && one.checkVisibility({visibilityProperty: true})
        && !(one.type === 'radio' && !one.checked && document.querySelector(`[name="${one.name}"]:checked`)));
}"""
WATCH = f"""window.wanted = ({CONTROLS})(); window.reached = []; window.unseen = [];
document.addEventListener('focusin', event => {{
    reached.push(wanted.indexOf(event.target));
    const style = getComputedStyle(event.target);
    const box = event.target.getBoundingClientRect();
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2 || box.width === 0)
        unseen.push(event.target.outerHTML.slice(0, 160));
}}); wanted.length"""


WHOLE = ("/", "/organizations/{key}", "/links/{key}", "/compare")
"""Pages of which every control is reached in `make test`; of the others those of the first rows of each table."""


PRINTED = ("/organizations/{key}", "/links/{key}", "/compare", "/graph")


@pytest.mark.audited
@pytest.mark.parametrize("path", PATHS)
async def test_a_page_is_wide_enough_printed_whole_complete_by_keyboard_and_without_fault(
    path: str, visitor: Visitor, drawing_visitor: Visitor, seeds_graph: Graph, axe: Path
) -> None:
    opened = drawing_visitor if path == "/graph" else visitor
    visit = await opened(_address(path, seeds_graph), 404 if path == "/nowhere" else 200, color_scheme="light")
    await _is_narrow_in_every_window(visit)
    if path in PRINTED:
        await _is_printed_whole(visit)
    if path in WHOLE:
        await _reaches_every_control_in_order(visit)
    await _has_no_fault(visit)
    if path not in WHOLE:
        await visit.shorten_tables(cases(2, 10_000))
        await _reaches_every_control_in_order(visit)


async def _is_narrow_in_every_window(visit: Visit) -> None:
    for width in (390, 700, 1120, 1290, 1440):
        await visit.page.set_viewport_size({"width": width, "height": 900})
        assert await visit.is_narrow(), width


async def _has_no_fault(visit: Visit) -> None:
    """By axe-core, wide and light, on a phone and dark; in `make audit` the colours of the other two as well, and every
    row of long tables."""
    await visit.shorten_tables(cases(ROWS, 10_000))
    faults = await visit.faults()
    await visit.page.emulate_media(color_scheme="dark")
    faults += await visit.faults("color-contrast") if AUDIT else []
    await visit.page.set_viewport_size(PHONE)
    faults += await visit.faults()
    await visit.page.emulate_media(color_scheme="light")
    faults += await visit.faults("color-contrast") if AUDIT else []
    await visit.page.set_viewport_size(WIDE)
    assert sorted(set(faults)) == []


async def _reaches_every_control_in_order(visit: Visit) -> None:
    """Each is seen to have the focus."""
    await visit.page.evaluate("document.activeElement.blur(); getSelection().setPosition(document.body, 0)")
    count = await visit.page.evaluate(WATCH)
    for _ in range(count + 3 * await visit.page.locator("input[type=date]:visible").count()):  # day, month, year
        await visit.page.keyboard.press("Tab")
    reached = await visit.page.evaluate("reached")
    assert reached[:count] == list(range(count))
    assert await visit.page.evaluate("unseen") == []


async def _is_printed_whole(visit: Visit) -> None:
    """No table is cut to a window, no control is printed, and each number of a source is in a list."""
    await visit.page.emulate_media(media="print")
    assert await visit.page.evaluate(CUT) == []
    assert await visit.page.locator("nav:visible, input:visible, select:visible, .ask:visible").count() == 0
    if await visit.page.locator(".ref:visible").count():
        await expect(visit.page.locator("ol.sources li").first).to_be_visible()
    await visit.page.emulate_media(media="screen")


CUT = """[...document.querySelectorAll('main *')].filter(one =>
    one.checkVisibility() && getComputedStyle(one).overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 1
    && !one.matches('.vh, .stage, svg, svg *, img')).map(one => one.outerHTML.slice(0, 120))"""


async def test_a_figure_opens_by_enter(visitor: Visitor) -> None:
    visit = await visitor(CONTRACT)
    await visit.page.locator("details.fig > summary").first.focus()
    await visit.page.keyboard.press("Enter")
    opened = visit.page.locator("details.fig[open]")
    await expect(opened).to_have_count(1)
    await expect(opened.get_by_role("link", name="Dell Technologies").first).to_be_visible()


# ---- the way to a source


async def test_from_a_ticker_to_a_contract_and_the_source_of_its_value(visitor: Visitor) -> None:
    """Hut 8 is HUT; the lease of River Bend is worth 7 bn USD by the exhibit that Hut 8 filed."""
    visit = await visitor("/")
    await visit.page.locator("input[name=q]").first.fill("HUT")
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Hut 8")
    await visit.page.locator("a[href='/links/hut8-fluidstack-river-bend']:visible").first.click()
    value = visit.page.locator(".keys > div").filter(has_text="Value").locator("details.fig")
    await expect(value.locator("summary")).to_contain_text("7.00")
    await value.locator("summary").click()
    source = value.get_by_role("link", name="SEC EDGAR").first
    await expect(source).to_be_visible()
    assert str(await source.get_attribute("href")).startswith("https://www.sec.gov/Archives/edgar/data/1964789/")


async def test_a_figure_of_the_graph_opens_its_statements_in_place(drawing_visitor: Visitor) -> None:
    """By a click on a wide page, where the panel lies within the window; by a key on a phone."""
    for window in (WIDE, PHONE):
        visit = await drawing_visitor("/graph", viewport=window)
        value = visit.page.locator(f'#tbl tr[data-key="{CONTRACT.rpartition("/")[2]}"] a.opens').nth(1)
        await (value.click() if window is WIDE else value.press("Enter"))
        panel = visit.page.locator("#tbl details.fig[open] > .who")
        await expect(panel.get_by_role("link", name="Dell Technologies").first).to_be_in_viewport()
        await expect(panel).to_contain_text("says otherwise")
        assert await visit.is_narrow()
        await visit.page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()


async def test_a_browser_is_asked_for_the_token_and_sends_it(chromium: Browser, tmp_path: Path) -> None:
    """Playwright answers what Chromium would ask its user: it has the token, and sends it once it is challenged."""
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path))
    _, token = await token_of(store, TokenScope.READER)
    async with inside(store, deadline=600, public_reading=False) as running:
        for password, status in ((token, 200), ("wg_wrong", 401)):
            context = await chromium.new_context(http_credentials={"username": "reader", "password": password})
            page = await context.new_page()
            answers: list[int] = []
            page.on("response", lambda answer, answers=answers: answers.append(answer.status))
            answer = await page.goto(f"{running.url}/organizations/host")
            assert answer is not None
            assert answer.status == status
            assert ("Host Corp" in await page.content()) is (status == 200)
            refused = [one for one in answers if one >= 400]
            assert status == 401 or refused == [401]  # the challenge, and no other: the picture has the token too
            await context.close()
    await store.close()


# ---- pictures


PHOTOGRAPHED = {
    "page-home": "/",
    "page-company": COMPANY,
    "page-contract": CONTRACT,
    "graph-2025-09": "/graph?validOn=2025-09-30",
    "graph-2026-11": "/graph",
}


async def test_pictures_of_the_documentation_are_of_pages_in_the_font_that_they_bring(
    drawing_visitor: Visitor,
) -> None:
    """One is looked at; all are taken where that is wanted."""
    for name, address in PHOTOGRAPHED.items() if UPDATE else [("page-contract", CONTRACT)]:
        visit = await drawing_visitor(address)
        await visit.page.wait_for_load_state("networkidle")
        assert await visit.page.evaluate("[...document.fonts].some(font => font.status === 'loaded')")
        if UPDATE:
            await visit.page.wait_for_timeout(3_000)  # what is drawn by script, and ranks made in the background
            await visit.page.screenshot(path=PICTURES / f"{name}.png")


# ---- hostile names

BEGINNING = "<script>window.hacked=1</script><img src=x onerror='hacked=1'> \u05d0\u05d1\u05d2 {{7*7}} "
NAME = BEGINNING + "W" * (300 - len(BEGINNING))


async def test_a_hostile_name_is_text_on_every_page(chromium: Browser, tmp_path: Path) -> None:
    """Of 300 letters, with markup and Hebrew; marks that turn the direction of reading are refused at the door."""
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path, **hostile_world(NAME)))
    rows = await (await store.reader()).rows("Statement")
    keys = {**HOSTILE_KEYS, "Statement": min(key for key, row in rows.items() if row["subject"] == "host")}
    async with inside(store, deadline=600) as running, visits(chromium, running.url) as visitor:
        visit = await visitor("/feeds", viewport=PHONE)
        for page in PAGES:
            address = page.path.replace("{key}", keys.get(page.label, "")) + QUERY.get(page.path, "")
            await visit.open(address)
            assert await visit.page.evaluate("typeof hacked") == "undefined", address
            assert await visit.is_narrow(), address
            assert "<script>window.hacked=1</script>" in await visit.page.locator("body").inner_text(), address
            assert await visit.reports() == [], address
    await store.close()


QUERY = {
    "/search": "?q=window",
    "/statements": "?subject=lease&property=to",
    "/compare": "?before=2026-01-01&after=2026-11-30",
}
