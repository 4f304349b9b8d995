"""What loading a made-up folder of facts costs, beside an earlier commit: processor time and peak memory.

    python -m benchmarks.loading [--base 74de9ee] [--organizations 10000] [--contracts 50000] [--runs 3]

`wattgraph load` into a new embedded store, in a process of its own, by a worktree of the base commit and by this
checkout in turn, with the libraries of this environment. Both have to end with the same data version. Processor time,
user and system, depends little on what else runs; the ratio is that of the medians. The defaults are 490,000
statements (`generated.py`), 14 MB of YAML, which takes some minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated import CONTRACTS, NO_LIMIT, ORGANIZATIONS, write_facts
from graph.settings import PROJECT

BASE = "74de9ee"
"""The commit before loading became cheaper."""
MEMORY = "BENCHMARK_MEMORY_BYTES"
"""Of the environment of a load: the most memory that it may take, where there is such a bound."""
LOAD = f"""
import os, resource, sys
if bound := int(os.environ.get("{MEMORY}", "0")):
    resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))
from graph.seeding import yaml_records
from cli.main import main
yaml_records.MAX_FILE_BYTES = 10**10  # was no setting
sys.argv = ["wattgraph", "load"]
main()
"""


@dataclass(frozen=True)
class LoadCost:
    seconds: float
    """Processor time, user and system."""
    peak_mb: float
    clock_seconds: float
    version: str


def measure_load(checkout: Path, facts: Path, **environment: str) -> LoadCost:
    """The cost of one load into a new embedded store, or into the store that the environment names. Raises RuntimeError
    where it fails."""
    with tempfile.TemporaryDirectory() as data:
        own = {name: value for name, value in os.environ.items() if not name.startswith("WATTGRAPH_")}
        own |= {"PYTHONPATH": str(checkout), "WATTGRAPH_SEEDS": str(facts), "WATTGRAPH_DATA": data}
        if "facts_file_bytes" in (checkout / "graph" / "settings.py").read_text(encoding="utf-8"):
            own |= NO_LIMIT
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", LOAD], cwd=checkout, env=own | environment, stdout=subprocess.PIPE, text=True
        ) as process:
            printed = process.stdout.read() if process.stdout else ""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"loading with {checkout} ended with {process.returncode}: {printed[-1000:]}")
    [version] = [line.split()[-1].rstrip(".") for line in printed.splitlines() if line.startswith("Data version")]
    clock = time.perf_counter() - began
    return LoadCost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, clock, version)


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """A checkout of a commit, which is removed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "base"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def compare(base: Path, facts: Path, runs: int) -> str:
    """The table of both in turn. Raises RuntimeError where they do not load the same."""
    pairs = [(measure_load(base, facts), measure_load(PROJECT, facts)) for _ in range(runs)]
    versions = {cost.version for pair in pairs for cost in pair}
    if len(versions) > 1:
        raise RuntimeError(f"they loaded different data: {', '.join(sorted(versions))}")
    rows = [
        _row("processor time, s", [(one.seconds, other.seconds) for one, other in pairs]),
        _row("peak memory, MB", [(one.peak_mb, other.peak_mb) for one, other in pairs]),
    ]
    return "\n".join(["| | base | ours | ours : base |", "|---|---|---|---|", *rows])


def _row(what: str, pairs: Sequence[tuple[float, float]]) -> str:
    base, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    return f"| {what} | {base:.1f} | {ours:.1f} | {ours / base:.2f} |"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--base", default=BASE, help=f"commit to compare with (default: {BASE})")
    arguments.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    arguments.add_argument("--contracts", type=int, default=CONTRACTS)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, worktree(given.base) as base:
        write_facts(Path(folder), given.organizations, given.contracts)
        size = f"{given.organizations:,} organizations, {given.contracts:,} contracts"
        print(f"{size}, {given.runs} runs of each in turn; load average {os.getloadavg()[0]:.1f} when they began\n")
        print(compare(base, Path(folder), given.runs))


if __name__ == "__main__":
    main()
