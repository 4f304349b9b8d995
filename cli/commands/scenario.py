"""`wattgraph scenario`: what there is to suppose, what a scenario changes, and who loses what if it fails so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.analytics import computed
from cli.commands.diff import print_changes
from cli.options.lens import LENS_OPTIONS, with_lens_options
from cli.options.stores import Data, Uri, with_store
from cli.tables import print_table
from cli.terminal import err, out, write_output
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.table import Table
from graph.evidence.lens import Lens
from graph.evidence.scenarios import Scenario
from graph.exports import markdown
from graph.exports.json import render_json, to_json
from graph.reports import changes
from graph.reports.changes import ChangeReport, changes_between
from graph.seeding.scenario_files import read_scenarios
from graph.settings import read_settings
from graph.stores.base import Store


class ScenarioFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"


@dataclass(frozen=True)
class _Answer:
    """What a scenario changes against the facts, and a table for each of its shocks."""

    scenario: Scenario
    changes: ChangeReport
    shocks: tuple[Table, ...]


@with_lens_options(*(name for name in LENS_OPTIONS if name != "scenario"))
def scenario(
    name: Annotated[
        str | None, typer.Argument(help="Its id, or the name of its file; without one: a list.", show_default=False)
    ] = None,
    format: Annotated[ScenarioFormat, typer.Option(help="How to write it.")] = ScenarioFormat.table,
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: standard output.", show_default=False)
    ] = None,
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What if: list the scenarios of seeds/scenarios, or tell what one of them changes and who loses what."""
    if name is None:
        _list(data, neo4j_uri)
        return
    answer = with_store(data, neo4j_uri, lambda store: _answer(store, lens, name))
    if format is ScenarioFormat.table:
        if output is not None:
            raise typer.BadParameter("A table is for the terminal; give --format md or json.", param_hint="--output")
        _print(answer)
        return
    text = _markdown(answer) if format is ScenarioFormat.md else _json(answer)
    write_output(text, output)


def _list(data: Path | None, neo4j_uri: str | None) -> None:
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    listed = read_scenarios(settings.seeds, settings.facts_file_bytes)
    if not listed.by_id:
        out.print("There is none in the folder scenarios of the facts; seeds/README.md tells how to write one.")
    for broken in sorted({problem.file for problem in listed.problems}):
        err.print(f"Not read: {broken}; `wattgraph check` tells why.", markup=False, soft_wrap=True)
    for one in listed.by_id.values():
        out.print(one.key, style="bold", markup=False)
        out.print(f"  {one.summary}", markup=False)
        for planned in one.shocks:
            out.print(f"  shock: {', '.join(planned.fail)} ({planned.model})", markup=False, soft_wrap=True)


async def _answer(store: Store, lens: Lens, name: str) -> _Answer:
    """`lens` is the one of the facts. Raises BadLens, BadInput for a scenario that does not fit the facts."""
    chosen, shock = store.scenarios.named(name), ANALYTICS["shock"]
    supposed = replace(lens, scenario=name)
    reader = await store.reader(supposed)
    changed = await changes_between(store, lens, supposed)
    inputs = [shock.inputs(fail=planned.fail, model=planned.model) for planned in chosen.shocks]
    return _Answer(chosen, changed, tuple([await computed(store, reader, shock, one) for one in inputs]))


def _print(answer: _Answer) -> None:
    out.print(answer.scenario.summary, markup=False)
    print_changes(answer.changes)
    for table in answer.shocks:
        print_table(table)


def _markdown(answer: _Answer) -> str:
    return "\n".join([changes.render_markdown(answer.changes), *map(markdown.render, answer.shocks)])


def _json(answer: _Answer) -> str:
    whole = {
        "scenario": answer.scenario.key,
        "summary": answer.scenario.summary,
        **changes.to_json(answer.changes),
        "shocks": [to_json(table) for table in answer.shocks],
    }
    return render_json(whole)
