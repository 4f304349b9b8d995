"""What starting a command, opening the store and the test suite cost, beside an earlier commit.

    python -m benchmarks.house [--base COMMIT] [--runs 5] [--suite]

The base commit gets a worktree and an environment of its own in a temporary folder (`make setup`), and a store of its
own seeds. Runs alternate between base and this checkout; one run of each goes before and is not counted, so that both
find their bytecode written. What counts is processor time, user and system, of the processes that are started: it
depends little on what else runs. With --suite, `make test` runs once on each, and the clock counts as well: nothing
else should run meanwhile, and what runs on detached from the tests (a Neo4j server) is not in its processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.settings import PROJECT

BASE = "97c4edc"
"""The commit before the folders of the house."""

OPEN = """
import asyncio, time
from graph.settings import read_settings
from graph.stores.open import open_store

async def seconds():
    began = time.process_time()
    store = await open_store(read_settings())
    await store.reader()
    spent = time.process_time() - began
    await store.close()
    return spent

print(asyncio.run(seconds()))
"""
"""Runs on both commits; imports do not count."""

Cost = tuple[float, float]
"""Seconds of processor time, seconds on the clock."""


@dataclass(frozen=True)
class House:
    """A checkout with its environment and a store of its own seeds."""

    name: str
    folder: Path
    data: Path

    @property
    def environment(self) -> Mapping[str, str]:
        dropped = ("WATTGRAPH_", "PYTHONDONTWRITEBYTECODE", "MAKE")
        own = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return {**own, "WATTGRAPH_DATA": str(self.data)}

    def run(self, *command: str) -> str:
        """What a command prints. Raises CalledProcessError."""
        ended = subprocess.run(
            command, cwd=self.folder, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return ended.stdout

    def cost(self, *command: str) -> Cost:
        before, began = _children(), time.perf_counter()
        self.run(*command)
        return _children() - before, time.perf_counter() - began

    def start(self, *arguments: str) -> float:
        return self.cost(".venv/bin/wattgraph", *arguments)[0]

    def open_store(self) -> float:
        return float(self.run(".venv/bin/python", "-c", OPEN))


def _children() -> float:
    """Processor time of all processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def base_house(commit: str) -> Iterator[House]:
    """The base commit with an environment, in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "base"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
        try:
            house = House("base", folder, Path(scratch) / "data")
            house.run("make", "setup")
            yield house
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def compare_starts(houses: Sequence[House], runs: int) -> None:
    for house in houses:
        house.run(".venv/bin/wattgraph", "load")
    measures: dict[str, Callable[[House], float]] = {
        "open the store of the seeds": House.open_store,
        "wattgraph --help": lambda house: house.start("--help"),
        "wattgraph query '{ dataThrough }'": lambda house: house.start("query", "{ dataThrough }"),
    }
    for what, measure in measures.items():
        seconds = [[measure(house) for house in houses] for _ in range(runs + 1)][1:]
        base, ours = (statistics.median(one) for one in zip(*seconds, strict=True))
        _print(f"{what}, processor time", base, ours)


def compare_suites(houses: Sequence[House]) -> None:
    base, ours = (house.cost("make", "test") for house in houses)
    _print("make test, processor time", base[0], ours[0])
    _print("make test, clock", base[1], ours[1])


def _print(what: str, base: float, ours: float) -> None:
    print(f"{what:<55} base {base:8.2f} s  ours {ours:8.2f} s  ours : base {ours / base:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default=BASE, help=f"commit to compare with (default: {BASE})")
    parser.add_argument("--runs", type=int, default=5, help="runs that count, of each (default: 5)")
    parser.add_argument("--suite", action="store_true", help="also run make test on both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, base_house(options.base) as base:
        houses = (base, House("ours", PROJECT, Path(data)))
        compare_starts(houses, options.runs)
        if options.suite:
            compare_suites(houses)


if __name__ == "__main__":
    main()
