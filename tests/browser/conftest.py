"""One service and one Chromium for all tests of pages, and visits that complain of what no page may do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests.api.live_server import Inside, inside

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AXE = PROJECT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
NO_GL = ("--disable-gpu",)
SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""The graph is drawn by WebGL; without a graphics card that makes every other page slow."""
UPDATE = os.environ.get("WATTGRAPH_TEST_UPDATE_DOCS") == "1"
PICTURES = PROJECT / "docs" / "images"
PATIENCE = 120_000
"""Milliseconds: on a busy machine too, nothing is given up that would come."""
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
POLICY_REPORTS = """window.reported = [];
addEventListener('securitypolicyviolation', event => reported.push(event.violatedDirective));"""


@dataclass
class Visit:
    """A page of a fresh profile, and what it has done since."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._hear(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _hear(self, text: str) -> None:
        if "GL Driver Message" not in text:  # of Chromium itself, where it draws without a graphics card
            self.complaints.append(text)

    async def open(self, address: str, status: int = 200) -> None:
        response = await self.page.goto(self.home + address)
        assert response is not None
        assert response.status == status, address
        if status != 200:
            self.complaints.clear()  # the console names every status that is an error

    async def is_narrow(self) -> bool:
        """Whether nothing is wider than the window."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    async def shorten_tables(self, rows: int) -> None:
        """Leave so many rows of each table, which are made alike."""
        await self.page.evaluate(
            "rows => document.querySelectorAll(`tbody tr:nth-child(n + ${rows + 1})`).forEach(row => row.remove())",
            rows,
        )

    async def faults(self, *rules: str) -> list[str]:
        """What axe-core finds that is serious or critical, by WCAG 2.2 AA and its best practices; by `rules` alone
        where some are named."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = list(rules)
        found = await self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{fault['id']}: {node['html'][:160]}"
            for fault in found["violations"]
            if fault["impact"] in GRAVE
            for node in fault["nodes"]
        ]

    async def reports(self) -> Sequence[str]:
        """What the content security policy has stopped."""
        reported: list[str] = await self.page.evaluate("window.reported")
        return reported


Visitor = Callable[..., Awaitable[Visit]]
"""Opens an address in a fresh profile; the options are those of a browser's context."""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with _launched(*NO_GL) as browser:
        yield browser


@pytest.fixture(scope="session")
async def drawing_chromium() -> AsyncIterator[Browser]:
    async with _launched(*SOFTWARE_GL) as browser:
        yield browser


@asynccontextmanager
async def _launched(*options: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *options])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def service(seeded: EmbeddedStore) -> AsyncIterator[Inside]:
    """The service over the facts, on a port of its own in the process of the tests; nobody writes to it."""
    async with inside(seeded, deadline=600) as running:
        yield running


@pytest.fixture
async def visitor(chromium: Browser, service: Inside) -> AsyncIterator[Visitor]:
    """Whatever a test does, nothing complains, nothing leaves the origin, nothing breaks the policy."""
    async with visits(chromium, service.url) as opened:
        yield opened


@pytest.fixture
async def drawing_visitor(drawing_chromium: Browser, service: Inside) -> AsyncIterator[Visitor]:
    """A visitor whose browser draws the graph."""
    async with visits(drawing_chromium, service.url) as opened:
        yield opened


class visits:
    """Opens visits, and looks at all of them at the end."""

    def __init__(self, chromium: Browser, home: str) -> None:
        self._chromium, self._home = chromium, home
        self._contexts: list[BrowserContext] = []
        self._visits: list[Visit] = []

    async def __aenter__(self) -> Visitor:
        return self._open

    async def __aexit__(self, *error: object) -> None:
        problems = [problem for visit in self._visits for problem in await self._problems(visit)]
        for context in self._contexts:
            await context.close()
        if error[0] is None:
            assert problems == []

    async def _open(self, address: str, status: int = 200, **options: Any) -> Visit:
        context = await self._chromium.new_context(**{"viewport": WIDE, **options})
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(POLICY_REPORTS)
        self._contexts.append(context)
        visit = Visit(await context.new_page(), self._home)
        self._visits.append(visit)
        await visit.open(address, status)
        return visit

    async def _problems(self, visit: Visit) -> list[str]:
        elsewhere = [one for one in visit.addresses if not one.startswith((visit.home, "data:", "blob:"))]
        scripted = await visit.page.evaluate("'reported' in window")
        return [*visit.complaints, *elsewhere, *(await visit.reports() if scripted else ())]


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{AXE} is missing: run tests/setup.sh", pytrace=False)
        pytest.skip("axe-core is missing: npm ci in tests/clients")
    return AXE
