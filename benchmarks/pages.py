"""Server time of the pages of all organizations, each made for the first time: from the rows of the lens to the HTML,
without HTTP, in processor time.

    python -m benchmarks.pages [--runs 3]

What all pages of a lens share (sums, ranks, what is at stake) is made once, with the first page, and stands apart; the
intervals of ranks are made in the background by the service, and are not there. Of the runs, each with an index of its
own, the least of each page counts: other programs only add to it. The loop beside it tells how fast the machine is.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from api.pages import organization
from api.pages.address import Address
from api.pages.background import Background
from api.pages.fact_index import FactIndex
from api.pages.frame import PageFrame
from api.pages.page import Visit
from api.pages.rendering import render_page
from api.server import collect_garbage_seldom
from graph.analytics.core.facts import Facts, facts_of
from graph.evidence.lens import DEFAULT_LENS, today
from graph.evidence.projection import project
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader

T = TypeVar("T")
LIMIT = 50.0
"""Milliseconds that a page may take."""
SHOWN = 10
FRAME = PageFrame("http://localhost", "/", True, True, True, ())


def milliseconds(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    made = work()
    return (time.process_time() - begun) * 1e3, made


def read_facts() -> Facts:
    graph = project(read_seeds(PROJECT / "seeds"), DEFAULT_LENS.on(today()))
    return asyncio.run(facts_of(EmbeddedReader(graph, DataVersion(graph.version, "", 0, ""))))


def page(index: FactIndex, key: str) -> str:
    address = Address("http://localhost", f"/organizations/{key}", [], [])
    version = DataVersion(index.snapshot.data_version, "", 0, "")
    visit = Visit(organization.PAGE, index, version, address, Background("benchmark"), key)
    return render_page(visit, visit.page.view(visit), FRAME)


def measure(runs: int) -> None:
    collect_garbage_seldom()
    facts = read_facts()
    least: dict[str, float] = {}
    sizes: dict[str, int] = {}
    shared, loops = [], []
    for run in range(runs):
        index = FactIndex(facts)
        keys = sorted(index.snapshot.organizations, key=lambda key: (-len(index.links_naming(key, "from", "to")), key))
        keys = [*keys[run:], *keys[:run]]  # another comes first, and makes what is shared
        gc.collect()
        for key in keys:
            spent, text = milliseconds(lambda: page(index, key))  # noqa: B023 (called at once)
            least[key], sizes[key] = min(spent, least.get(key, spent)), len(text)
            if key == keys[0]:
                shared.append(spent)
        loops.append(milliseconds(lambda: sum(number * number for number in range(1_000_000)))[0])
    slowest = sorted(least, key=lambda key: -least[key])[:SHOWN]
    for key in slowest:
        print(f"{key:<24} {least[key]:6.0f} ms {sizes[key] / 1e3:6.0f} kB")
    over = sum(spent > LIMIT for spent in least.values())
    print(f"median of {len(least)}: {statistics.median(least.values()):.1f} ms; over {LIMIT:.0f} ms: {over}")
    print(f"first page of a lens, with what all share: {min(shared):,.0f} ms; a loop of a million: {min(loops):.0f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    measure(parser.parse_args().runs)
