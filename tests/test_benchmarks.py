"""The benchmarks at a size that takes a few seconds; beside peers in `make audit` alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from benchmarks import fairness, growth, processes, start
from benchmarks.__main__ import JSON, PARTS
from benchmarks.clients import Connection
from benchmarks.generated import write_facts
from benchmarks.loading import MEMORY, LoadCost, compare, measure_load
from benchmarks.questions import FIVE, QUESTIONS, SHAPES
from benchmarks.race import Cell, Results, Size, race
from benchmarks.results import Goal, factors, goals, growth_section, race_section, write_section
from benchmarks.services import (
    DRIVER_COLLECTED,
    DRIVER_RECORDS,
    EMBEDDED,
    NEO4J_GRAPHQL,
    ON_NEO4J,
    STRAWBERRY_DICTS,
    STRAWBERRY_NEO4J,
)
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT
from tests.budgets import AUDIT
from tests.seeds_fixture import copy_of
from tests.server import running_server

SMALLEST = Size(organizations=20, contracts=50, rounds=1, seconds=0.0, repeats=1)
"""Each client asks once."""
only_in_audit = pytest.mark.skipif(not AUDIT, reason="starts many servers: make audit")


# ---- what is loaded


def test_the_market_is_the_same_in_one_file_and_in_several(tmp_path: Path) -> None:
    write_facts(tmp_path / "one", organizations=20, contracts=50)
    write_facts(tmp_path / "several", organizations=20, contracts=50, files=3)
    log = read_seeds(tmp_path / "one")
    assert len(log.statements) == 4 * 20 + 9 * 50  # of each organization four, of each contract seven and its two ends
    assert read_seeds(tmp_path / "several").version == log.version
    with pytest.raises(RuntimeError, match="ended with"):
        measure_load(PROJECT, tmp_path / "several", **{MEMORY: "30000000"})


@pytest.mark.audited
@only_in_audit
def test_loads_of_two_commits_are_compared(tmp_path: Path) -> None:
    write_facts(tmp_path, organizations=20, contracts=50)
    table = compare(PROJECT, tmp_path, runs=1)
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == ["| processor time, s", "| peak memory, MB"]


# ---- the race


@pytest.mark.slow
def test_the_race_runs_without_neo4j_and_shows_what_it_measured() -> None:
    """Beside a plain Strawberry server over dictionaries, whose answers have to be ours."""
    results = race(SMALLEST, neo4j=False)
    assert results.missing == []
    assert results.cells.keys() == QUESTIONS.keys()
    for question in FIVE:
        cells = results.cells[question.name]
        assert list(cells) == [
            EMBEDDED,
            STRAWBERRY_DICTS,
            f"{EMBEDDED}, answer kept",
            f"{EMBEDDED}, ETag, 304",
        ]
        assert all(cell.p50_ms > 0 and cell.per_second[8] > 0 and cell.per_second[32] > 0 for cell in cells.values())
    assert orjson.loads(orjson.dumps(results, option=JSON))["cells"].keys() == QUESTIONS.keys()
    shown = race_section(results).text
    assert "20 organizations and 50 contracts" in shown
    assert f"| {STRAWBERRY_DICTS} | " in shown
    assert "| embedded | " in shown.partition("What loading")[2]


@pytest.mark.audited
@only_in_audit
def test_the_race_runs_beside_all_peers() -> None:
    results = race(SMALLEST)
    assert results.missing == []
    asked = results.cells[FIVE[0].name].keys()
    assert {ON_NEO4J, NEO4J_GRAPHQL, STRAWBERRY_NEO4J, DRIVER_RECORDS, DRIVER_COLLECTED} <= asked
    assert "one-client" in race_section(results).charts


def _measured(ours_ms: float) -> Results:
    """Everybody takes 10 ms and gives 100 answers in a second; the driver takes 2 ms, ours on Neo4j `ours_ms`."""
    results = Results(SMALLEST)
    names = [EMBEDDED, ON_NEO4J, NEO4J_GRAPHQL, DRIVER_RECORDS, DRIVER_COLLECTED]
    names += [f"{one}, {how}" for one in (EMBEDDED, ON_NEO4J) for how in ("answer kept", "ETag, 304")]
    for question in (*FIVE, *SHAPES):
        for name in names:
            rates = {8: 100.0, 32: 100.0} if question in FIVE else {}
            results.cells[question.name][name] = Cell(10.0, rates)
        results.cells[question.name][DRIVER_COLLECTED].p50_ms = 2.0
        results.cells[question.name][ON_NEO4J] = Cell(ours_ms, {8: 300.0, 32: 150.0} if question in FIVE else {})
    return results


def test_ratios_say_how_many_times_as_fast_ours_is() -> None:
    point = FIVE[0].name
    results = _measured(ours_ms=4.0)
    # 10 ms : 4 ms; 300 : 100 and 150 : 100 answers in a second
    assert factors(results, Goal(point, ON_NEO4J, NEO4J_GRAPHQL, 2)) == [2.5, 3.0, 1.5]
    results.missing.append("A peer is not measured: it is not installed.")
    shown = race_section(results).text
    assert "\n\n- A peer is not measured: it is not installed.\n\n" in shown
    lines = [line for line in shown.splitlines() if line.startswith(f"| {point} | {ON_NEO4J} |")]
    assert lines[0].endswith("| 2.50 | 3.00 | 1.50 | 2 | no |")
    assert lines[1].endswith(f"| {DRIVER_COLLECTED} | 0.50 | 3.00 | 1.50 | 0.5 | yes |")


def test_where_the_database_takes_most_of_the_time_the_driver_is_what_is_compared_with() -> None:
    results = _measured(ours_ms=4.0)
    assert _peers(results) == [NEO4J_GRAPHQL, DRIVER_COLLECTED]
    results.cells[FIVE[0].name][DRIVER_COLLECTED].p50_ms = 6.0  # of 10 ms
    assert _peers(results) == [DRIVER_COLLECTED]


def _peers(results: Results) -> list[str]:
    """With what ours on Neo4j is compared in the first question."""
    return [goal.peer for goal in goals(results) if (goal.question, goal.ours) == (FIVE[0].name, ON_NEO4J)]


# ---- clients


async def test_an_answer_is_read_by_its_length() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(head + b"{}\n\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, Connection.to(server.sockets[0].getsockname()[1]) as connection:
        assert await connection.ask(b"a\n") == (head, b"{}\n\n")
        assert await connection.ask(b"b\n") == (head, b"{}\n\n")


# ---- growth, starting, processes


@pytest.mark.audited
@only_in_audit
def test_growth_starting_and_processes_are_measured(tmp_path: Path) -> None:
    grown = growth.measure_all([50], rounds=1)
    section = growth_section(grown)
    assert "| contracts | 50 |" in section.text
    assert [row.split(" | ")[0] for row in start.compare(PROJECT, runs=1).splitlines()[2:]] == [
        f"| {what}, {measured}, s"
        for what in ("empty folder", "store that is there")
        for measured in ("clock", "processor time")
    ]
    shared = processes.measure(organizations=20, contracts=50, seconds=0.2)
    assert len(shared.coherent_ms) == processes.WRITES
    assert shared.outdated == 0
    assert min(shared.per_second.values()) > 0


def test_what_memory_holds_follows_from_the_two_largest_sizes() -> None:
    """1,000 more contracts take 8 MB more to load and 2 MB to serve: 8.192 and 2.048 kB each; 8 GB are 7,629 MB."""
    p50 = {question.name: 1.0 for question in FIVE}
    sizes = [(1_000, 100.0, 50.0), (2_000, 108.0, 52.0)]
    grown = [growth.Grown(size, LoadCost(1.0, peak, 1.0, ""), 1.0, served, p50) for size, peak, served in sizes]
    [line] = growth.held(grown)
    assert "8.2 kB while it is loaded and 2.0 kB while it is served" in line
    assert line.endswith("8 GB hold about 953,674.")  # 7,629.39 MB : 0.008 MB
    assert "| memory of the service, MB | 50.0 | 52.0 | 1.0 |" in growth.show(grown)


# ---- the README


def test_a_section_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    begin, end = "<!-- growth: written by `make bench` -->", "<!-- end of growth -->"
    readme.write_text(f"before\n{begin}\nold\n{end}\nafter\n", encoding="utf-8")
    section = growth_section(["9 contracts were not loaded within 8 GB: no memory"])
    write_section(tmp_path, "growth", section)
    written = readme.read_text(encoding="utf-8")
    assert written.startswith(f"before\n{begin}\nFive contracts")
    assert "9 contracts were not loaded" in written
    assert "old" not in written
    assert written.endswith(f"\n{end}\nafter\n")


def test_each_part_has_its_place_in_the_readme() -> None:
    text = (PROJECT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for name in PARTS:
        assert text.count(f"<!-- {name}: written by `make bench` -->") == 1
        assert text.count(f"<!-- end of {name} -->") == 1


# ---- fairness


@pytest.mark.slow
def test_an_attack_is_answered_or_refused_and_others_are_served(seeds_data: Path, tmp_path: Path) -> None:
    data = copy_of(seeds_data, tmp_path / "data")
    kinds = ["an invalid document of 10 kB", "a wrong token"]
    with running_server(data, **fairness.DEFAULTS) as server:
        outcomes = [*fairness.measure(server, kinds, pairs=1, seconds=0.3)]
    assert [one.kind for one in outcomes] == kinds
    assert all(one.server_errors == 0 and one.kept > 0 and one.hostile.total() == 3 for one in outcomes)
    assert outcomes[1].hostile.keys() <= {"401", "left"}
    assert "| a wrong token | " in fairness.show(outcomes)


def test_what_is_not_reached_is_named() -> None:
    of_all = fairness.Outcome("a kind", 0.89, 1.51, 100.1, 1, Counter({"429": 2, "200": 5}), 120.0)
    assert of_all.misses == ["kept", "p99", "/healthz", "5xx"]
    reached = replace(of_all, kept=0.9, slower=1.5, health_ms=100, server_errors=0)
    assert fairness.show([reached, of_all]).splitlines()[2:] == [
        "| a kind | 90 % | 1.5 | 100 | 0 | 200 × 5, 429 × 2 | 120 | reached |",
        "| a kind | 89 % | 1.5 | 100 | 1 | 200 × 5, 429 × 2 | 120 | kept, p99, /healthz, 5xx |",
        "",
        "1 of 2 kinds reach all.",
    ]
