"""Tries what can go wrong, and writes what came of it into the table of docs/reliability.md: `make reliability`.

Runs the tests of the catalogue, all cells of the matrix of network faults, kills of the service, of loads and of
Neo4j, and damaged and generated requests. Takes half an hour; nothing else should run."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from docs.reliability_page import RESULTS, SECTIONS, places
from graph.settings import PROJECT
from graph.stores.neo4j import server as neo4j_server
from tests.clients.generated import send_generated
from tests.clients.mutated import send_mutated
from tests.neo4j_fixture import SETTINGS, emptied
from tests.reliability.kills import Ledger, kill_loads, kill_neo4j, kill_services
from tests.reliability.network import POINTS, Cell, service
from tests.server import running_server
from tests.stores.neo4j_proxy import Fault

WIDTH = 160
ANSWER_SECONDS, RECOVERY_SECONDS = 5.0, 10.0
"""Within which a fault has to end in an answer or a code, and after which all is as before."""
console = Console(width=None if sys.stdout.isatty() else WIDTH)


def main(
    statements: Annotated[int, typer.Option(help="Acknowledged statements among the kills of each store.")] = 10_000,
    kills: Annotated[int, typer.Option(help="Kills of each kind.")] = 10,
    inputs: Annotated[int, typer.Option(help="Damaged and generated requests of each kind.")] = 5_000,
    tests: Annotated[bool, typer.Option(help="Whether the tests of the catalogue are run.")] = True,
    faults: Annotated[bool, typer.Option(help="Whether network faults, kills and inputs are tried.")] = True,
    write: Annotated[bool, typer.Option(help="Whether docs/reliability.json is written.")] = True,
) -> None:
    """What is not run keeps the results of its last run.

    Ends with 1 where a test fails, a cell is not survived in time, or a statement is lost or doubled."""
    told: dict[str, Any] = orjson.loads(RESULTS.read_bytes())
    today = datetime.now(UTC).date().isoformat()
    if tests:
        told |= {"tests run on": today, "rows": _results_of_rows(_run_tests())}
    if faults:
        told |= {"faults tried on": today, "figures": _try_faults(statements, kills, inputs)}
    _show(told["rows"], told["figures"])
    if write:
        RESULTS.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        console.print("docs/reliability.json is written; `python -m docs.generate` puts it into the table.")
    figures = told["figures"]
    bad = figures["cells"] - figures["survived"] + figures["lost"] + figures["doubled"] + figures["bad answers"]
    sys.exit(bool(bad or "failed" in told["rows"].values()))


def _try_faults(statements: int, kills: int, inputs: int) -> dict[str, Any]:
    with _neo4j() as uri:
        cells = asyncio.run(_run_matrix(uri))
        ledgers = asyncio.run(_run_kills(uri, statements, kills))
    return _figures(cells, ledgers, *_send_inputs(inputs))


# ---- the tests of the catalogue


def _run_tests() -> dict[str, str]:
    """What became of each test that a row names."""
    names = {name for section in SECTIONS.values() for row in section for name in row.tests}
    ids = sorted({f"{places()[name]}::{name}" for name in names})
    files = sorted({id.partition("::")[0] for id in ids})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        chosen = " or ".join(sorted(f"test_{name}" for name in names))
        pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", f"--junitxml={report}"]
        subprocess.run([*pytest, "-k", chosen, *files], cwd=PROJECT, check=False)
        return _outcomes(report, names)


def _outcomes(report: Path, names: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 (pytest has just written it)
        name = case.get("name", "").partition("[")[0].removeprefix("test_")
        if name not in names:
            continue
        bad = case.find("failure") is not None or case.find("error") is not None
        outcome = "failed" if bad else "not run" if case.find("skipped") is not None else "passed"
        worst = {found.get(name, outcome), outcome}
        found[name] = next(one for one in ("failed", "passed", "not run") if one in worst)
    return found


def _results_of_rows(outcomes: Mapping[str, str]) -> dict[str, str]:
    """By the number of the row; `failed` where one test is."""
    rows: dict[str, str] = {}
    for section in SECTIONS.values():
        for row in section:
            of_row = [outcomes.get(name, "not run") for name in row.tests]
            rest = "passed" if "not run" not in of_row else f"{of_row.count('passed')} of {len(of_row)} passed"
            if of_row:
                rows[str(row.id)] = "failed" if "failed" in of_row else rest if "passed" in of_row else "not run"
    return rows


# ---- faults and kills


@contextmanager
def _neo4j() -> Iterator[str]:
    """A server of its own."""
    with tempfile.TemporaryDirectory() as home:
        server = neo4j_server.start(Path(home), heap="1g", wait_seconds=600, settings=SETTINGS)
        try:
            yield server.bolt_uri
        finally:
            neo4j_server.stop(Path(home))


async def _run_matrix(uri: str) -> list[Cell]:
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        async with service(uri, Path(folder)) as running:
            for fault in Fault:
                for point in POINTS:
                    await running.settled()
                    cells.append(cell := await running.run(point, fault))
                    console.print(("" if _is_in_time(cell) else "NOT SURVIVED: ") + str(cell))
            lost, doubled = await running.lost_and_doubled()
    assert (lost, doubled) == (0, 0)
    return cells


def _is_in_time(cell: Cell) -> bool:
    return cell.is_survived and cell.seconds <= ANSWER_SECONDS and cell.recovery_seconds <= RECOVERY_SECONDS


async def _run_kills(uri: str, statements: int, kills: int) -> list[Ledger]:
    """So many statements for each store, shared by its kinds of kills."""
    ledgers = []
    runs: list[tuple[Callable[..., Any], str, int]] = [
        (kill_services, "", statements // 20),
        (kill_loads, "", statements // 20),
        (kill_services, uri, statements // 30),
        (kill_loads, uri, statements // 30),
        (kill_neo4j, "", statements // 30 + 1),
    ]
    for run, place, writes in runs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            where = folder / "home" if run is kill_neo4j else emptied(place) if place else str(folder / "data")
            ledgers.append(ledger := await run(where, folder, writes=writes, kills=kills))
            console.print(_line(ledger))
    return ledgers


def _line(one: Ledger) -> str:
    line = f"{one.kills} kills of {one.what} on {one.store}: {one.statements:,} acknowledged, {one.lost} lost"
    slowest = f"; first good answer within {max(one.first_answers):.1f} s of the port" if one.first_answers else ""
    return f"{line}, {one.doubled} doubled{slowest}"


def _send_inputs(count: int) -> tuple[int, int]:
    """How many requests were sent, and how many answers were not as they have to be."""
    with tempfile.TemporaryDirectory() as data, running_server(Path(data)) as server:
        endpoint = f"{server.url}/graphql"
        tallies = [send(endpoint, count, 1) for send in (send_mutated, send_generated)]
    return sum(one.cases for one in tallies), sum(len(one.faults) for one in tallies)


# ---- what is told


def _figures(cells: list[Cell], ledgers: list[Ledger], tried: int, bad: int) -> dict[str, Any]:
    return {
        "cells": len(cells),
        "survived": sum(map(_is_in_time, cells)),
        "slowest answer in s": round(max(cell.seconds for cell in cells), 1),
        "slowest recovery in s": round(max(cell.recovery_seconds for cell in cells), 1),
        "inputs": tried,
        "bad answers": bad,
        "kills": sum(one.kills for one in ledgers),
        "statements": sum(one.statements for one in ledgers),
        "lost": sum(one.lost for one in ledgers),
        "doubled": sum(one.doubled for one in ledgers),
        "runs of kills": [_line(one) for one in ledgers],
        "load average": round(os.getloadavg()[0], 1),
    }


def _show(rows: Mapping[str, str], figures: Mapping[str, Any]) -> None:
    every = [row for section in SECTIONS.values() for row in section]
    passed = sum(result == "passed" for result in rows.values())
    table = Table(title="Reliability", show_header=False)
    table.add_row("rows covered", f"{sum(bool(row.tests) for row in every)} of {len(every)}, {passed} passed")
    table.add_row("rows that do not apply", str(sum(bool(row.why) for row in every)))
    table.add_row("network faults survived", f"{figures['survived']} of {figures['cells']}")
    seconds = f"{figures['slowest answer in s']} s, {figures['slowest recovery in s']} s"
    table.add_row("slowest answer, recovery", seconds)
    table.add_row("inputs tried", f"{figures['inputs']:,}, {figures['bad answers']} bad answers")
    for what, name in (("kills", "kills"), ("acknowledged", "statements"), ("lost", "lost"), ("doubled", "doubled")):
        table.add_row(what, f"{figures[name]:,}")
    table.add_row("load average", str(figures["load average"]))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
