"""How fast the page of the graph draws in a real Chromium: the first picture beside an empty one with the same script,
in turn; the script's time per frame while panning; and ten thousand dots.

    python -m benchmarks.graph [--runs 9]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, Route, async_playwright

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.lens import Lens
from graph.pictures.layout import arrange
from graph.pictures.network import draw_network
from graph.pictures.network_model import network_model
from graph.pictures.network_plan import NetworkPlan
from graph.pictures.network_query import NetworkQuery
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.model import Row
from tests.api.live_server import inside

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SOFTWARE_GL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WINDOW = {"width": 1440, "height": 900}
EMPTY, SEEDS = "/graph?atLeast=999999999", "/graph"
MANY_NODES, MANY_LINKS = 10_000, 20_000
TIME_FRAMES = """() => { const {sigma} = window.wattgraph; window.frames_ = []; let begun = 0;
  sigma.on("beforeRender", () => { begun = performance.now(); });
  sigma.on("afterRender", () => frames_.push(performance.now() - begun)); }"""


async def first_picture(browser: Browser, address: str) -> float:
    """Milliseconds from navigation to the first frame, in a fresh profile."""
    context = await browser.new_context(viewport=WINDOW)
    page = await context.new_page()
    await open_drawn(page, address)
    drawn = float(await page.evaluate("Number(document.documentElement.dataset.drawn)"))
    await context.close()
    return drawn


async def open_drawn(page: Page, address: str) -> None:
    await page.goto(address)
    await page.locator("html[data-drawn]").wait_for(state="attached", timeout=120_000)


@dataclass(frozen=True)
class Panning:
    """Milliseconds of each frame from its begin to its end, sorted; and of processor time of scripts for each frame,
    which other programs on the machine disturb less."""

    frames: list[float]
    script: float

    def __str__(self) -> str:
        at = len(self.frames)
        elapsed = f"median {self.frames[at // 2]:.1f} ms, 95th percentile {self.frames[int(at * 0.95)]:.1f} ms"
        return f"{at} frames, {elapsed}; scripts took {self.script:.1f} ms of the processor for each"


async def pan(page: Page) -> Panning:
    """Drags the picture."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.evaluate(TIME_FRAMES)
    begun = await script_seconds(devtools)
    x, y = await page.locator("#net").evaluate("net => [net.getBoundingClientRect().right - 120, innerHeight - 150]")
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(90):
        await page.mouse.move(x - 4 * step, y - 2 * step)
        await page.wait_for_timeout(8)
    await page.mouse.up()
    await page.wait_for_timeout(500)
    spent = await script_seconds(devtools) - begun
    frames: list[float] = await page.evaluate("frames_")
    return Panning(sorted(frames), 1000 * spent / max(len(frames), 1))


async def script_seconds(devtools: CDPSession) -> float:
    """Of the processor, since the page began."""
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "ScriptDuration"))


def bundle() -> str:
    """The script of the page, as it goes over the wire."""
    script = (PROJECT / "api" / "static" / "graph" / "graph.js").read_bytes()
    return f"script of the page: {len(gzip.compress(script, 9)) / 1000:.1f} kB compressed"


def many() -> dict[str, Any]:
    """The model of a network of many dots, grown at random; prints what laying out and drawing it takes."""
    chance = random.Random(3)
    pairs = [(f"n{one}", f"n{chance.randrange(max(one // 3, 1))}") for one in range(1, MANY_NODES)]
    ends = ((f"n{chance.randrange(MANY_NODES)}", f"n{chance.randrange(MANY_NODES)}") for _ in range(MANY_LINKS))
    pairs += islice(ends, MANY_LINKS - len(pairs))
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    columns = {"type": "PROVIDES_CAPACITY", "in_force": True, "commitment": "FIRM", "status": "SIGNED"}
    ends_of = {f"l{number}": {"from": tail, "to": head} for number, (tail, head) in enumerate(pairs)}
    links = {key: Row("Link", key, columns | both) for key, both in ends_of.items()}
    entities = {key: Row("Organization", key, {"name": f"Company {key}"}) for pair in pairs for key in pair}
    day = date(2026, 11, 30)
    begun = time.perf_counter()
    plan = NetworkPlan(arrange(pairs)).with_links(links.values())
    laid_out = time.perf_counter()
    network = draw_network(Snapshot(links, entities, Lens(day, day), "many", day), plan, NetworkQuery())
    drawn = time.perf_counter()
    size = f"{len(network.dots):,} dots, {len(network.lines):,} lines"
    times = f"layout {laid_out - begun:.1f} s, once for each data version; drawing {drawn - laid_out:.1f} s"
    print(f"{size}: {times}")
    return network_model(network) | {"selected": "", "view": ""}


async def measure_many(browser: Browser, home: str) -> None:
    text = json.dumps(many())

    async def serve(route: Route) -> None:
        page = await (await route.fetch()).text()
        head, _, rest = page.partition('<script type="application/json" id="model"')
        attributes, _, rest = rest.partition(">")
        _, _, tail = rest.partition("</script>")
        body = f'{head}<script type="application/json" id="model"{attributes}>{text}</script>{tail}'
        await route.fulfill(body=body, content_type="text/html")

    page = await browser.new_page(viewport=WINDOW)
    await page.route("**/graph", serve)
    await open_drawn(page, home + SEEDS)
    drawn = float(await page.evaluate("Number(document.documentElement.dataset.drawn)"))
    print(f"{MANY_NODES:,} dots: first picture after {drawn:,.0f} ms; panning {await pan(page)}")


async def measure(runs: int) -> None:
    print(bundle())
    with tempfile.TemporaryDirectory() as folder:
        store = await EmbeddedStore.open(Path(folder))
        await store.load(read_seeds(PROJECT / "seeds"))
        async with inside(store, deadline=600) as running, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
            for address in (EMPTY, SEEDS):  # what the server keeps it has made, and the browser its cache of programs
                await first_picture(browser, running.url + address)
            pairs = [
                (await first_picture(browser, running.url + EMPTY), await first_picture(browser, running.url + SEEDS))
                for _ in range(runs)
            ]
            empty, seeds = (statistics.median(one) for one in zip(*pairs, strict=True))
            medians = f"empty {empty:.0f} ms, seeds {seeds:.0f} ms, ratio {seeds / empty:.2f}"
            print(f"first picture, median of {runs} in turn: {medians}")
            print("ratio of each pair:", " ".join(f"{b / a:.2f}" for a, b in pairs))
            page = await browser.new_page(viewport=WINDOW)
            await open_drawn(page, running.url + SEEDS)
            print(f"panning: {await pan(page)}")
            await measure_many(browser, running.url)
            await browser.close()
        await store.close()
    print(f"load of the machine: {' '.join(f'{one:.1f}' for one in os.getloadavg())}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    asyncio.run(measure(parser.parse_args().runs))
