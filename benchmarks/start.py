"""How long the service takes from nothing to its first answer, beside an earlier commit.

    python -m benchmarks.start [--base 74de9ee] [--runs 3]

`wattgraph serve` on an empty folder reads the facts, loads them and answers `/readyz`; then once more on the store that
it left. Both commits in turn, with the libraries of this environment, each with the facts of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clients import processor_seconds
from benchmarks.loading import BASE, worktree
from graph.settings import PROJECT
from tests.server import Server, free_port, wait_until_ready

Cost = tuple[float, float]
"""Seconds on the clock, seconds of processor time."""


def start(checkout: Path, data: Path) -> Cost:
    serve = "sys.argv[1:] = ['serve']; from cli.main import main; main()"
    code = f"import sys; sys.path.insert(0, {str(checkout)!r}); {serve}"
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("WATTGRAPH_")}
    own |= {"WATTGRAPH_DATA": str(data), "WATTGRAPH_PORT": str(port)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=checkout, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_ready(Server(f"http://127.0.0.1:{port}", process, own), "/readyz")
        return time.perf_counter() - began, processor_seconds(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def cold_and_warm(checkout: Path) -> tuple[Cost, Cost]:
    with tempfile.TemporaryDirectory() as data:
        return start(checkout, Path(data)), start(checkout, Path(data))


def compare(base: Path, runs: int) -> str:
    """The table of both in turn."""
    rounds = [(cold_and_warm(base), cold_and_warm(PROJECT)) for _ in range(runs)]
    lines = ["| from the start to /readyz | base | ours | ours : base |", "|---|---|---|---|"]
    for place, what in enumerate(("empty folder", "store that is there")):
        for part, measured in enumerate(("clock", "processor time")):
            lines.append(_row(f"{what}, {measured}, s", [[one[place][part] for one in pair] for pair in rounds]))
    return "\n".join(lines)


def _row(what: str, pairs: Sequence[Sequence[float]]) -> str:
    base, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    return f"| {what} | {base:.1f} | {ours:.1f} | {ours / base:.2f} |"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--base", default=BASE, help=f"commit to compare with (default: {BASE})")
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    with worktree(given.base) as base:
        print(f"load average {os.getloadavg()[0]:.1f} when it began\n\n{compare(base, given.runs)}")


if __name__ == "__main__":
    main()
