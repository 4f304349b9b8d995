"""All that is measured beside peers, in one run: `make bench`, and `make bench-quick`, which takes under ten minutes.

    python -m benchmarks [--quick] [--only race growth load start processes] [--grown 10000 1000000]

The whole run writes its tables between the markers of benchmarks/README.md, and its charts beside it; nothing else
should run meanwhile. The quick one has a smaller market and fewer rounds, and writes into build/benchmarks: it shows
that all works, and about where it stands. A peer that cannot be had is named in place of its figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from benchmarks import growth, loading, processes, race, services, start
from benchmarks.generated import write_facts
from benchmarks.results import Section, circumstances, growth_section, race_section, write_section
from graph.settings import PROJECT

RESULTS = PROJECT / "benchmarks"
QUICK_RESULTS = PROJECT / "build" / "benchmarks"
JSON = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    market: race.Size
    grown: tuple[int, ...]
    """Contracts of each size of the growth."""
    runs: int
    """Of loading and of starting, by each commit."""
    processes: tuple[int, int, float]
    """Organizations, contracts, and seconds of each throughput."""


WHOLE = Extent(
    race.Size(10_000, 50_000, rounds=30, seconds=1.5, repeats=2),
    grown=(10_000, 50_000, 100_000),
    runs=1,
    processes=(2_000, 10_000, 5.0),
)
QUICK = Extent(
    race.Size(400, 2_000, rounds=10, seconds=0.3, repeats=1),
    grown=(1_000, 5_000),
    runs=1,
    processes=(100, 500, 1.0),
)


def _race(extent: Extent) -> Section:
    results = race.race(extent.market)
    QUICK_RESULTS.mkdir(parents=True, exist_ok=True)
    (QUICK_RESULTS / "race.json").write_bytes(orjson.dumps(results, option=JSON))  # every single figure
    return race_section(results)


def _growth(extent: Extent) -> Section:
    return growth_section(growth.measure_all(extent.grown, extent.market.rounds))


def _load(extent: Extent) -> Section:
    """Into an embedded store, beside the commit before loading became cheaper."""
    size = extent.market
    with tempfile.TemporaryDirectory() as facts, loading.worktree(loading.BASE) as base:
        write_facts(Path(facts), size.organizations, size.contracts)
        table = loading.compare(base, Path(facts), extent.runs)
    head = (
        f"Loading {size.contracts:,} contracts into a new embedded store, ours beside {loading.BASE}, {extent.runs} run"
    )
    return Section(f"{head} of each in turn. {circumstances()}\n\n{table}")


def _start(extent: Extent) -> Section:
    with loading.worktree(loading.BASE) as base:
        table = start.compare(base, extent.runs)
    head = (
        f"`wattgraph serve` on the facts of each commit, ours beside {loading.BASE}, {extent.runs} run of each in turn."
    )
    return Section(f"{head} {circumstances()}\n\n{table}")


def _processes(extent: Extent) -> Section:
    organizations, contracts, seconds = extent.processes
    with tempfile.TemporaryDirectory() as home:
        try:
            with services.neo4j(Path(home)) as server:
                told = processes.show(processes.measure(organizations, contracts, seconds, server.bolt_uri))
        except services.PeerMissing as reason:
            told = f"{reason}\n\n{processes.show(processes.measure(organizations, contracts, seconds))}"
    return Section(f"{told}\n\n{circumstances()}")


PARTS: Mapping[str, Callable[[Extent], Section]] = {
    "race": _race,
    "growth": _growth,
    "load": _load,
    "start": _start,
    "processes": _processes,
}


def main() -> None:
    arguments = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--quick", action="store_true", help="small, into build/benchmarks")
    arguments.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments.add_argument("--grown", nargs="+", type=int, metavar="CONTRACTS", help="sizes of the growth")
    given = arguments.parse_args()
    extent, folder = (QUICK, QUICK_RESULTS) if given.quick else (WHOLE, RESULTS)
    extent = replace(extent, grown=given.grown or extent.grown)
    began = time.monotonic()
    for name in given.only:
        print(f"== {name}", file=sys.stderr, flush=True)
        write_section(folder, name, PARTS[name](extent))
    minutes = (time.monotonic() - began) / 60
    print(f"{minutes:.1f} minutes; the results: {(folder / 'README.md').relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
