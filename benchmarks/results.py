"""What was measured as tables and charts, with versions, day and machine, written between the markers of a README."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup

from benchmarks import services
from benchmarks.growth import Grown, show
from benchmarks.questions import FIVE, SHAPES
from benchmarks.race import CLIENTS, Cell, Results
from benchmarks.services import DRIVER_COLLECTED, DRIVER_RECORDS, EMBEDDED, KEPT, NEO4J_GRAPHQL, ON_NEO4J, UNCHANGED
from graph.pictures.bars import IntervalBar, interval_bars
from graph.pictures.printed import standalone_svg
from graph.stores.neo4j.server import NEO4J

PACKAGES = ("fastapi", "graphql-core", "neo4j", "neo4j-rust-ext", "orjson", "strawberry-graphql", "uvicorn")
CHART_WIDTH = 640
LISTS = (FIVE[1].name, FIVE[2].name)
"""The list and the nested page, of which more is asked."""


@dataclass(frozen=True)
class Section:
    """Markdown, and the charts that it shows by name."""

    text: str
    charts: Mapping[str, Markup] = field(default_factory=dict)


def write_section(folder: Path, name: str, section: Section, command: str = "make bench") -> None:
    """Replace what stands between the markers of a section in the README of a folder, and its charts. A README that is
    not there, or has no such markers, gets them at its end."""
    readme = folder / "README.md"
    begin, end = f"<!-- {name}: written by `{command}` -->", f"<!-- end of {name} -->"
    if not readme.exists():
        folder.mkdir(parents=True, exist_ok=True)
        readme.write_text("# Benchmarks\n", encoding="utf-8")
    text = readme.read_text(encoding="utf-8")
    if begin not in text:
        text += f"\n{begin}\n{end}\n"
    head, _, rest = text.partition(begin)
    readme.write_text(f"{head}{begin}\n{section.text.strip()}\n{end}{rest.partition(end)[2]}", encoding="utf-8")
    for chart, picture in section.charts.items():
        path = folder / "charts" / f"{chart}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{standalone_svg(picture)}\n", encoding="utf-8")


def circumstances() -> str:
    """Day, machine, load and versions, for below a table."""
    load, day = os.getloadavg()[0], datetime.now(UTC).date()
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{day}, {os.cpu_count()} processors ({_processor()}), {_memory_gb():.0f} GB, {system}, load average "
        f"{load:.1f} at the end. Python {platform.python_version()}, {packages}; Neo4j {NEO4J}{_node_packages()}."
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", told.read_text(encoding="utf-8")) if told.exists() else None
    return found[1].strip() if found else platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _node_packages() -> str:
    dependencies = json.loads((services.PEERS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = "".join(f", {name} {number}" for name, number in dependencies.items())
    try:
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"; node {node.removeprefix('v')}{packages}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# ---- the race


def race_section(results: Results) -> Section:
    size = results.size
    parts = [
        f"{size.organizations:,} organizations and {size.contracts:,} contracts; all answers were compared before "
        f"anything was timed. Medians of {size.rounds} rounds for one client, of {size.repeats} × {size.seconds:g} s "
        f"for 8 and 32. {circumstances()}",
        *(f"- {line}" for line in results.missing),
    ]
    if NEO4J_GRAPHQL in results.cells[FIVE[0].name]:
        parts += [
            f"![How many times as fast as {NEO4J_GRAPHQL} this service is, for one client](charts/one-client.svg)",
            "How many times as fast as a peer this service is; of medians, and of answers in a second. Where the "
            f"database alone takes more than half of the time of {NEO4J_GRAPHQL}, what is to be reached on Neo4j is "
            "1.3 times the time of the driver.",
            _goals(results),
        ]
    parts += [
        "Median time of an answer, one client, ms:",
        _by_service(results, FIVE, lambda cell: f"{cell.p50_ms:.1f}"),
        f"The same for other questions, of {max(1, size.rounds // 2)} rounds:",
        _by_service(results, SHAPES, lambda cell: f"{cell.p50_ms:.1f}"),
    ]
    for clients in CLIENTS:
        parts += [f"Answers in a second, {clients} clients:", _by_service(results, FIVE, _rate(clients))]
    parts += [
        "Processor time for one answer, 8 clients, ms: of the server + of Neo4j.",
        _by_service(results, FIVE, lambda cell: f"{cell.server_ms:.1f} + {cell.database_ms:.1f}"),
        f"The clients used {_client_share(results):.0%} of one processor at most.",
        "What loading the market took, by `wattgraph load`; processor time and memory are those of Python.",
        _loads(results),
    ]
    return Section("\n\n".join(part for part in parts if part), _charts(results))


def _loads(results: Results) -> str:
    rows = [
        [store, f"{cost.clock_seconds:.1f}", f"{cost.seconds:.1f}", f"{cost.peak_mb:.0f}"]
        for store, cost in results.loads.items()
    ]
    return table(["into", "clock, s", "processor time, s", "peak memory, MB"], rows)


def _rate(clients: int) -> Callable[[Cell], str]:
    return lambda cell: f"{cell.per_second[clients]:,.0f}"


def _client_share(results: Results) -> float:
    return max(cell.client_share for cells in results.cells.values() for cell in cells.values())


def _by_service(results: Results, questions: Sequence[object], show: Callable[[Cell], str]) -> str:
    names = [question.name for question in questions]  # type: ignore[attr-defined]
    asked = dict.fromkeys(name for question in names for name in results.cells[question])
    rows = []
    for service in asked:
        cells = [results.cells[question].get(service) for question in names]
        rows.append([service, *(show(cell) if cell else "cannot" for cell in cells)])
    return table(["", *names], rows)


@dataclass(frozen=True)
class Goal:
    """`ours` should be `factor` times as fast as `peer`."""

    question: str
    ours: str
    peer: str
    factor: float


def goals(results: Results) -> Iterator[Goal]:
    for goal in _all_goals(results):
        if {goal.ours, goal.peer} <= results.cells[goal.question].keys():
            yield goal


def _all_goals(results: Results) -> Iterator[Goal]:
    for question in (*FIVE, *SHAPES):
        cells, wide = results.cells[question.name], question.name in LISTS
        if NEO4J_GRAPHQL not in cells:
            continue
        if question in SHAPES:
            yield from (Goal(question.name, name, NEO4J_GRAPHQL, 2) for name in (EMBEDDED, ON_NEO4J))
            continue
        drivers = [name for name in (DRIVER_RECORDS, DRIVER_COLLECTED) if name in cells]
        driver = min(drivers, key=lambda name: cells[name].p50_ms, default=None)
        if driver and cells[driver].p50_ms > cells[NEO4J_GRAPHQL].p50_ms / 2:  # mostly the database's time
            yield Goal(question.name, ON_NEO4J, driver, 1 / 1.3)
        else:
            yield Goal(question.name, ON_NEO4J, NEO4J_GRAPHQL, 2)
            if driver:
                yield Goal(question.name, ON_NEO4J, driver, 1 / 2)
        yield Goal(question.name, EMBEDDED, NEO4J_GRAPHQL, 10 if wide else 5)
        if wide or question is FIVE[0]:
            kept = [f"{name}, {how}" for name in (EMBEDDED, ON_NEO4J) for how in (KEPT, UNCHANGED)]
            yield from (Goal(question.name, name, NEO4J_GRAPHQL, 20 if wide else 8) for name in kept)


def factors(results: Results, goal: Goal) -> list[float]:
    """Of the median of one client, and of the answers in a second of 8 and 32."""
    ours, peer = (results.cells[goal.question][name] for name in (goal.ours, goal.peer))
    return [
        peer.p50_ms / ours.p50_ms,
        *(ours.per_second[number] / peer.per_second[number] for number in CLIENTS if number in ours.per_second),
    ]


def _goals(results: Results) -> str:
    rows = []
    for goal in goals(results):
        reached = factors(results, goal)
        shown = [f"{factor:.2f}" if factor < 10 else f"{factor:.0f}" for factor in reached]
        shown += [""] * (1 + len(CLIENTS) - len(shown))
        verdict = "yes" if min(reached) >= goal.factor else "no"
        rows.append([goal.question, goal.ours, goal.peer, *shown, f"{goal.factor:.2g}", verdict])
    many = [f"{clients} clients" for clients in CLIENTS]
    return table(["question", "ours", "peer", "1 client", *many, "to reach", "reached"], rows)


def _charts(results: Results) -> Mapping[str, Markup]:
    bars = []
    for question in FIVE:
        cells = results.cells[question.name]
        for name in (EMBEDDED, ON_NEO4J):
            if NEO4J_GRAPHQL in cells and name in cells:
                factor = factors(results, Goal(question.name, name, NEO4J_GRAPHQL, 1))[0]
                bar = IntervalBar(f"{question.name}: {name}", factor, f"{factor:.1f} times", light=name == ON_NEO4J)
                bars.append(bar)
    title = f"How many times as fast as {NEO4J_GRAPHQL}, one client"
    return {"one-client": interval_bars(bars, title, CHART_WIDTH)} if bars else {}


# ---- growth


def growth_section(grown: Sequence[Grown | str]) -> Section:
    fitting = [one for one in grown if isinstance(one, Grown)]
    points = [(question.name, one, one.p50_ms[question.name]) for question in FIVE for one in fitting]
    bars = [IntervalBar(f"{name}: {one.contracts:,} contracts", p50, f"{p50:.1f} ms") for name, one, p50 in points]
    title = "Median time of an answer of this service, embedded, one client"
    text = (
        f"Five contracts for each organization, embedded. {circumstances()}\n\n"
        f"![{title}, by the number of contracts](charts/growth.svg)\n\n{show(grown)}"
    )
    return Section(text, {"growth": interval_bars(bars, title, CHART_WIDTH)} if bars else {})
