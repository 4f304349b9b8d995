"""What grows with the market: loading, memory, starting, and the answers to the five questions, embedded.

    python -m benchmarks.growth [--contracts 10000 50000 100000] [--rounds 40]

There are five contracts for each organization. Each size is loaded by a process of its own that may take 8 GB of
memory; a size that does not fit is told as such.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import client_process
from benchmarks.generated import CONTRACTS, ORGANIZATIONS, write_facts
from benchmarks.loading import MEMORY, LoadCost, measure_load
from benchmarks.questions import FIVE
from benchmarks.services import CACHE_OFF, EMBEDDED, ours
from graph.settings import PROJECT

MEMORY_BYTES = 8 * 10**9
CONTRACTS_PER_ORGANIZATION = CONTRACTS // ORGANIZATIONS
CONTRACTS_PER_FILE = 50_000
UNCOUNTED = 4
VARIABLES = 60


@dataclass(frozen=True)
class Grown:
    """Of one size. `p50_ms` by question; `memory_mb` of the service after it has answered all."""

    contracts: int
    load: LoadCost
    start_seconds: float
    memory_mb: float
    p50_ms: dict[str, float]


def measure(contracts: int, rounds: int) -> Grown | str:
    """A line that says why where the size cannot be loaded."""
    organizations = max(contracts // CONTRACTS_PER_ORGANIZATION, 2)
    with tempfile.TemporaryDirectory() as scratch:
        facts, data = Path(scratch) / "facts", Path(scratch) / "data"
        write_facts(facts, organizations, contracts, files=-(-contracts // CONTRACTS_PER_FILE))
        bounded = {"WATTGRAPH_DATA": str(data), MEMORY: str(MEMORY_BYTES)}
        try:
            load = measure_load(PROJECT, facts, **bounded)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1]
            return f"{contracts:,} contracts were not loaded within {MEMORY_BYTES / 1e9:.0f} GB: {reason}"
        began = time.perf_counter()
        with ours(EMBEDDED, data, **CACHE_OFF) as service, client_process() as clients:
            ready = time.perf_counter() - began
            medians = {}
            for question in FIVE:
                target = service.target(question, range(VARIABLES), organizations)
                [times] = clients.latencies([target], rounds, UNCOUNTED)
                medians[question.name] = statistics.median(times)
            return Grown(contracts, load, ready, resident_mb(service.process), medians)


def resident_mb(process: int) -> float:
    """The memory of a process that is in use."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure_all(sizes: Sequence[int], rounds: int) -> list[Grown | str]:
    grown = []
    for size in sizes:
        print(f"growth: {size:,} contracts", file=sys.stderr, flush=True)
        grown.append(measure(size, rounds))
    return grown


def show(grown: Sequence[Grown | str]) -> str:
    """A table with a column for each size."""
    fitting = [one for one in grown if isinstance(one, Grown)]
    rows: list[tuple[str, list[float]]] = [
        ("loading: processor time, s", [one.load.seconds for one in fitting]),
        ("loading: peak memory, MB", [one.load.peak_mb for one in fitting]),
        ("from the start to /readyz, s", [one.start_seconds for one in fitting]),
        ("memory of the service, MB", [one.memory_mb for one in fitting]),
        *((f"{name}: p50, ms", [one.p50_ms[name] for one in fitting]) for name in (one.name for one in FIVE)),
    ]
    sizes = [f"{one.contracts:,}" for one in fitting]
    lines = [
        f"| {what} | {' | '.join(f'{value:,.1f}' for value in values)} | {_times(values)} |" for what, values in rows
    ]
    head = f"| contracts | {' | '.join(sizes)} | last : first |\n|---|{'---|' * len(fitting)}---|"
    others = [one for one in grown if isinstance(one, str)]
    return "\n".join([head, *lines, *(f"\n{one}" for one in [*held(fitting), *others])])


def held(grown: Sequence[Grown]) -> Iterator[str]:
    """How much the bound of memory holds, from what a contract takes between the two largest sizes."""
    if len(grown) > 1:
        smaller, larger = sorted(grown, key=lambda one: one.contracts)[-2:]
        more = larger.contracts - smaller.contracts
        loading = (larger.load.peak_mb - smaller.load.peak_mb) / more
        served = (larger.memory_mb - smaller.memory_mb) / more
        holds = MEMORY_BYTES / 2**20 / max(loading, served, 1e-6)
        yield (
            f"Between the two largest sizes a contract (with a fifth of an organization: 9.8 statements) takes "
            f"{1024 * loading:.1f} kB while it is loaded and {1024 * served:.1f} kB while it is served. At that rate "
            f"{MEMORY_BYTES / 1e9:.0f} GB hold about {holds:,.0f}."
        )


def _times(values: Sequence[float]) -> str:
    return f"{values[-1] / values[0]:.1f}" if values else ""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--contracts", type=int, nargs="+", default=[10_000, 50_000, 100_000])
    arguments.add_argument("--rounds", type=int, default=40)
    given = arguments.parse_args()
    print(show(measure_all(given.contracts, given.rounds)))


if __name__ == "__main__":
    main()
