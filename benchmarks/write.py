"""What a write costs that concerns little, as ratios of medians measured in one run on one machine.

    python -m benchmarks.write [--runs 5]

Compared are: projecting everything against projecting again only what a write of one statement concerns, and a write
to the embedded store (durable, published, counted) against projecting everything once. Nothing else should run
meanwhile; absolute times prove nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.load import SEEDS, compare, measure
from graph.evidence.lens import DEFAULT_LENS, today
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.projection import Graph, project, reproject
from graph.evidence.statements import Statement
from graph.seeding.reader import read_seeds
from graph.stores.embedded.store import EmbeddedStore


def most_said(log: StatementLog, label: str) -> Statement:
    """A statement about the subject of this kind of which most is said."""
    groups = [group for group in log.by_subject.values() if group[0].kind == label]
    return max(groups, key=len)[0]


def noted(one: Statement, number: int) -> StatementLog:
    """A statement that is not there yet and says the same."""
    return StatementLog.of([one.but(note=f"noted {number}")], [])


def against_project(log: StatementLog, day: date, runs: int) -> None:
    lens = DEFAULT_LENS.on(day)
    graph = project(log, lens)
    whole = measure(runs, lambda: project(log, lens))
    for what in ("Organization", "PROVIDES_CAPACITY", "Site"):
        after = log.changed(noted(most_said(log, what), 0), (), day)
        again = measure(runs, partial(project_again, graph, after, after.since(log)))
        compare(f"project everything : project a statement about one {what}", whole, again)


def project_again(graph: Graph, after: StatementLog, difference: LogDifference) -> None:
    # a fresh log: what one has derived would otherwise be there from the second run on
    reproject(graph, StatementLog(after.statements, after.sources), difference)


async def writes(log: StatementLog, folder: Path, runs: int) -> float:
    """The median of writing one statement to the embedded store."""
    store = await EmbeddedStore.open(folder)
    await store.load(log)
    one, times = most_said(log, "PROVIDES_CAPACITY"), []
    for number in range(runs):
        began = time.perf_counter()
        await store.apply(noted(one, number), reason="benchmark", import_key=str(number))
        times.append(time.perf_counter() - began)
    await store.close()
    return statistics.median(times)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    log, day = read_seeds(SEEDS), today()
    print(f"{len(log.statements)} statements, {len(log.sources)} sources, median of {runs} runs\n")
    print("| ours : peer | ours | peer | ratio |\n|---|---|---|---|")
    against_project(log, day, runs)
    whole = measure(runs, lambda: project(log, DEFAULT_LENS.on(day)))
    with tempfile.TemporaryDirectory() as folder:
        compare("write to the embedded store : project", asyncio.run(writes(log, Path(folder), runs)), whole)


if __name__ == "__main__":
    main()
