"""The outside judges of the GraphQL endpoint, on a real server over the real facts: `make audit`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.clients.audits import run_audits, show
from tests.clients.generated import send_generated
from tests.clients.genqlient import faults
from tests.clients.judge import Tally
from tests.clients.mutated import send_mutated
from tests.server import running_server

WIDTH = 160
"""Columns where the output goes to a file, which has none of its own."""
JUDGES: dict[str, Callable[[str, int, int, Callable[[], object]], Tally]] = {
    "byte-mutated bodies": send_mutated,
    "schemathesis": send_generated,
}


def main(
    cases: Annotated[int, typer.Option(help="Requests of each kind.")] = 50_000,
    seed: Annotated[int, typer.Option(help="What chance starts from; the same seed sends the same.")] = 1,
) -> None:
    """Runs the audits of graphql-http and the real genqlient, then floods the endpoint.

    Ends with 1 when anything is not as it has to be."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with TemporaryDirectory() as data, running_server(Path(data)) as server:
        endpoint = f"{server.url}/graphql"
        audits = run_audits(endpoint)
        show(audits, console)
        genqlient = faults(endpoint)
        console.print("\n".join(f"genqlient: {fault}" for fault in genqlient or ["ok"]))
        tallies = [_run_judge(name, endpoint, cases, seed, console) for name in JUDGES]
    sys.exit(bool(genqlient) or any(one.status != "ok" for one in audits) or any(tally.faults for tally in tallies))


def _run_judge(name: str, endpoint: str, cases: int, seed: int, console: Console) -> Tally:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=cases)
        tally = JUDGES[name](endpoint, cases, seed, lambda: progress.advance(task))
    tally.show(console)
    return tally


if __name__ == "__main__":
    typer.run(main)
