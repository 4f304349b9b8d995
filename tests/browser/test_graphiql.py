"""GraphiQL in a real Chromium, under its own policy: nothing complains, nothing leaves the origin.

`WATTGRAPH_TEST_UPDATE_DOCS=1` takes the picture of the documentation anew."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from graph.settings import PROJECT
from tests.api.live_server import Inside, until
from tests.browser.conftest import UPDATE

pytestmark = pytest.mark.slow

PICTURE = PROJECT / "docs" / "images" / "graphiql.png"
TITLES = ["WhoHostsMicrosoft", "ContractAndEvidence", "RivalsOfAValue", "TwoDatesSideBySide", "DebtsByCoupon",
          "LargeContracts", "CompanyAndLinks", "Search", "IfOpenAIFails"]  # fmt: skip
TOKEN = "token-of-the-test"


@dataclass
class Visit:
    """The open page, and what it has done since."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request to the API."""

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.on("websocket", lambda socket: self.addresses.append(socket.url))
        self.page.on("request", lambda request: request.method == "POST" and self.sent.append(request.headers))

    @property
    def editor(self) -> Locator:
        return self.page.locator(".graphiql-query-editor .CodeMirror")

    @property
    def answer(self) -> Locator:
        return self.page.locator(".graphiql-response")

    async def open(self) -> None:
        async with self.page.expect_response(f"{self.home}/graphql"):  # introspection
            await self.page.goto(f"{self.home}/graphiql")
        await self.editor.wait_for()

    async def write(self, document: str) -> None:
        await self.editor.click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.insert_text(document)
        await self.page.clock.run_for(1_000)  # GraphiQL takes note of an edit a tenth of a second late

    async def type_headers(self, headers: dict[str, str]) -> None:
        await self.page.get_by_role("button", name="Headers", exact=True).click()
        await self.page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
        await self.page.keyboard.insert_text(json.dumps(headers))

    async def run(self) -> None:
        async with self.page.expect_response(f"{self.home}/graphql"):
            await self.page.get_by_role("button", name="Execute query").click()

    async def kept(self) -> str:
        """All that the browser keeps for this origin, once the delayed writing of tabs is over."""
        await self.page.clock.run_for(2_000)
        return str(await self.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])"))


@pytest.fixture
async def visit(chromium: Browser, service: Inside) -> AsyncIterator[Visit]:
    """A visit of a new profile; whatever the test does, nothing may complain and nothing may leave the origin."""
    context = await chromium.new_context(viewport={"width": 1500, "height": 940})
    context.set_default_timeout(120_000)
    await context.clock.install()
    made = Visit(await context.new_page(), service.url)
    yield made
    await context.close()
    assert made.complaints == []
    origins = (service.url, service.url.replace("http", "ws"), "data:")
    assert [address for address in made.addresses if not address.startswith(origins)] == []


async def test_the_tabs_show_the_examples_and_the_first_runs_at_a_click(visit: Visit) -> None:
    await visit.open()
    assert await visit.page.locator(".graphiql-tab-button").all_inner_texts() == TITLES
    await visit.run()
    await expect(visit.answer).to_contain_text('"nebius-microsoft"')
    assert visit.sent[-1]["accept"] == "application/graphql-response+json, application/json"
    answers = await visit.page.evaluate("document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()")
    keys = [node["key"] for node in json.loads(answers)["data"]["links"]["nodes"]]
    assert "iren-microsoft-cloud" in keys


async def test_the_evidence_of_a_contract_is_a_click_away(visit: Visit, tmp_path: Path) -> None:
    await visit.open()
    await visit.page.get_by_text("ContractAndEvidence", exact=True).click()
    await visit.run()
    await expect(visit.answer).to_contain_text("Dell Technologies")
    await visit.page.screenshot(path=PICTURE if UPDATE else tmp_path / "p.png")


async def test_every_tab_runs_however_quick_the_click(visit: Visit) -> None:
    await visit.open()
    for title in TITLES:
        await visit.page.get_by_text(title, exact=True).first.click()
        await expect(visit.editor).to_contain_text(f"query {title}")
        await visit.run()
        await expect(visit.answer).to_contain_text('"data"')
        await expect(visit.answer).not_to_contain_text('"errors"')


async def test_the_documentation_finds_a_type_and_explains_its_fields(visit: Visit) -> None:
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await visit.page.get_by_role("combobox").fill("Organization")
    await visit.page.get_by_role("option", name="Organization", exact=True).click()
    explorer = visit.page.locator(".graphiql-doc-explorer")
    await expect(explorer).to_contain_text("ticker")
    await explorer.get_by_role("link", name="ticker", exact=True).click()
    await expect(explorer).to_contain_text("String")


async def test_a_field_is_completed(visit: Visit) -> None:
    await visit.open()
    await visit.write('{ organization(key: "iren") { tick')
    await visit.page.keyboard.press("Control+Space")
    await expect(visit.page.locator(".CodeMirror-hints li", has_text="ticker").first).to_be_visible()
    await visit.page.keyboard.press("Enter")
    await expect(visit.editor).to_contain_text("ticker")
    await visit.page.keyboard.insert_text(" } }")
    await visit.run()
    await expect(visit.answer).to_contain_text('"ticker": "IREN"')


async def test_what_is_wrong_is_marked_and_the_refusal_is_shown(visit: Visit) -> None:
    await visit.open()
    await visit.write("{ organizations { noSuchField } }")
    await visit.page.locator(".CodeMirror-lint-mark-error").first.wait_for()
    await visit.run()
    await expect(visit.answer).to_contain_text("GRAPHQL_VALIDATION_FAILED")
    # the browser notes each answer that is no 200
    assert [text for text in visit.complaints if "400 (Bad Request)" not in text] == []
    visit.complaints.clear()


async def test_typed_headers_are_sent_and_not_kept(visit: Visit) -> None:
    await visit.open()
    await visit.page.get_by_label("Show History").click()
    await visit.type_headers({"Authorization": f"Bearer {TOKEN}"})
    await visit.write("{ organizations { totalCount } }")
    await visit.run()
    assert visit.sent[-1]["authorization"] == f"Bearer {TOKEN}"
    # what the history holds, once as the latest, once as a favourite
    latest = visit.page.locator(".graphiql-history-item").first
    await expect(latest).to_contain_text("organizations")
    assert "organizations { totalCount }" in (recent := await visit.kept())
    await latest.get_by_label("Add favorite").click()
    kept = await visit.kept()
    assert "graphiql:favorites" in kept
    assert TOKEN not in recent + kept
    assert not [address for address in [visit.page.url, *visit.addresses] if TOKEN in address]
    [complaint] = visit.complaints  # the service does not know the token
    assert "401" in complaint
    visit.complaints.clear()


async def test_what_is_written_is_there_after_a_reload_and_headers_are_not(visit: Visit) -> None:
    await visit.open()
    await visit.type_headers({"Authorization": f"Bearer {TOKEN}"})
    await visit.write("query Mine { sites { totalCount } }")
    await visit.kept()
    await visit.open()
    await expect(visit.editor).to_contain_text("query Mine")
    await visit.run()
    await expect(visit.answer).to_contain_text('"totalCount"')
    assert "authorization" not in visit.sent[-1]


async def test_clearing_the_data_brings_the_examples_back(visit: Visit) -> None:
    await visit.open()
    await visit.write("query Mine { sites { totalCount } }")
    assert "Mine" in await visit.kept()
    await visit.page.get_by_label("Open settings dialog").click()
    await visit.page.get_by_role("button", name="Clear data").click()
    await visit.page.get_by_role("button", name="Cleared data").wait_for()
    await visit.open()
    assert await visit.page.locator(".graphiql-tab-button").all_inner_texts() == TITLES
    assert "Mine" not in await visit.kept()


async def test_an_earlier_permission_to_keep_headers_is_not_heeded(visit: Visit) -> None:
    await visit.open()
    await visit.page.evaluate("localStorage.setItem('graphiql:shouldPersistHeaders', 'true')")
    await visit.open()
    await visit.type_headers({"Authorization": f"Bearer {TOKEN}"})
    assert TOKEN not in await visit.kept()
    await visit.page.get_by_label("Open settings dialog").click()
    await expect(visit.page.get_by_role("dialog")).not_to_contain_text("Persist headers")


async def test_dialogs_and_menus_need_no_style_element(visit: Visit) -> None:
    await visit.open()
    for door in ("Open short keys dialog", "Open settings dialog"):
        await visit.page.get_by_label(door).click()
        await visit.page.get_by_role("dialog").wait_for()
        assert await visit.page.evaluate("getComputedStyle(document.body).overflow") == "hidden"
        assert await visit.page.locator("style").count() == 0
        await visit.page.keyboard.press("Escape")
        await visit.page.get_by_role("dialog").wait_for(state="detached")
        assert await visit.page.evaluate("document.adoptedStyleSheets.length") == 0


async def test_a_subscription_goes_through_a_socket_of_the_origin_and_headers_in_its_first_message(
    visit: Visit,
) -> None:
    said: list[dict[str, Any]] = []

    def answer(socket: WebSocketRoute, text: str | bytes) -> None:
        said.append(json.loads(text))
        if said[-1]["type"] == "connection_init":
            socket.send('{"type": "connection_ack"}')
        elif said[-1]["type"] == "subscribe":
            payload = {"data": {"heard": "a change"}}
            socket.send(json.dumps({"type": "next", "id": said[-1]["id"], "payload": payload}))
            socket.send(json.dumps({"type": "complete", "id": said[-1]["id"]}))

    opened: list[str] = []

    def listen(socket: WebSocketRoute) -> None:
        opened.append(socket.url)
        socket.on_message(lambda text: answer(socket, text))

    await visit.page.route_web_socket("**/*", listen)
    await visit.open()
    assert opened == []
    await visit.type_headers({"Authorization": f"Bearer {TOKEN}"})
    await visit.write("subscription { heard }")
    await visit.page.get_by_role("button", name="Execute query").click()
    await expect(visit.answer).to_contain_text('"heard": "a change"')
    assert opened == [f"{visit.home.replace('http', 'ws')}/graphql"]
    assert said[0] == {"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}
    assert said[1]["payload"]["query"] == "subscription { heard }"


@pytest.mark.parametrize(("scheme", "light"), [("light", True), ("dark", False)])
async def test_it_is_light_or_dark_as_the_system_is(scheme: Any, light: bool, visit: Visit) -> None:
    await visit.page.emulate_media(color_scheme=scheme)
    await visit.open()
    colour = "getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor"
    channels = (await visit.page.evaluate(colour)).removeprefix("rgb(").removesuffix(")").split(",")
    assert all((int(channel) > 127) is light for channel in channels)


async def test_without_javascript_it_says_so(chromium: Browser, service: Inside) -> None:
    page = await chromium.new_page(java_script_enabled=False)
    await page.goto(f"{service.url}/graphiql")
    assert "JavaScript" in await page.locator("body").inner_text()
    await page.get_by_role("link", name="the first page").click()
    assert page.url == f"{service.url}/"
    await page.close()


async def test_the_policy_is_in_force(visit: Visit) -> None:
    await visit.open()
    for attempt, directive in (
        ("document.head.append(Object.assign(document.createElement('style'), {textContent: 'p {}'}))", "style-src"),
        ("document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))", "script-src"),
        ("fetch('http://127.0.0.1:9/').catch(() => null)", "connect-src"),
    ):
        await visit.page.evaluate(f"void ({attempt})")
        await until(lambda directive=directive: directive in " ".join(visit.complaints))  # type: ignore[misc]
    visit.complaints.clear()
    # a socket of the origin it lets through, whatever the server then says
    await visit.page.evaluate(
        "new Promise(ended => new WebSocket(location.href.replace('http', 'ws')).onclose = ended)"
    )
    assert "Content Security Policy" not in " ".join(visit.complaints)
    visit.complaints.clear()
    visit.addresses.clear()
