"""`wattgraph analytics …`: each analytic of the catalog as a command, under any lens and scope.

A command is made from what the analytic declares: an input without a default is an argument, one with a default an
option."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table as TerminalTable

from cli.inputs import input_options, requested_inputs
from cli.lens_options import LENS_OPTIONS, lens_from, option
from cli.stores import Data, Uri, with_store
from cli.terminal import new_table, out, progress, write_output
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Analytic
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of
from graph.concurrency.progress import progress_to, run_stoppable
from graph.exports.formats import table_formats
from graph.exports.wording import exclusion_sentences, format_cell, provenance
from graph.stores.base import Reader, Store

app = typer.Typer(
    no_args_is_help=True,
    help="Sums, rankings and risk: who provides how much to whom, who is central, who loses what if one fails.",
)

TABLE = "table"
FORMATS = table_formats()
TableFormat = StrEnum("TableFormat", {name: name for name in (TABLE, *FORMATS)})  # type: ignore[misc]  # the table's keys

# ---- the options that all have

_OUTPUT = (
    option("format", TableFormat, "How to write it.", TableFormat(TABLE)),
    option("output", Path | None, "File to write [default: standard output]."),
)
_STORE = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    for name, annotation in (("data", Data), ("neo4j_uri", Uri))
)


# ---- from an analytic to a command


def _options_of(analytic: Analytic) -> list[inspect.Parameter]:
    options = list(input_options(analytic.parameters))
    if analytic.page is not None:
        options.append(option("first", int, "At most so many rows.", analytic.page))
    return options


def _command(analytic: Analytic) -> Callable[..., None]:
    def run(**options: Any) -> None:
        async def use(store: Store) -> Table:
            reader = await store.reader(lens_from(options))
            inputs = await requested_inputs(reader, analytic.parameters, options)
            return await computed(store, reader, analytic, inputs, options.get("first") if analytic.page else None)

        show(with_store(options["data"], options["neo4j_uri"], use), options["format"], options["output"])

    run.__doc__ = analytic.doc
    run.__name__ = analytic.command
    parameters = [*_options_of(analytic), *LENS_OPTIONS.values(), *_OUTPUT, *_STORE]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


async def computed(
    store: Store, reader: Reader, analytic: Analytic, inputs: Mapping[str, Any], first: int | None = None
) -> Table:
    """The table of all that a reader shows; long work shows a bar on a terminal."""
    facts = await facts_of(reader)
    with progress() as report, progress_to(report):
        return table_of(analytic, await _result(store, facts, analytic, inputs), inputs, first)


async def _result(store: Store, facts: Facts, analytic: Analytic, inputs: Mapping[str, Any]) -> Any:
    database = analytic.by_database(inputs)
    if database is None:
        return await run_stoppable(lambda facts: analytic.compute(facts, inputs), facts)
    prepared = await run_stoppable(lambda facts: database.prepare(facts, inputs), facts)
    return analytic.with_inputs(await database.run(store, prepared, inputs), inputs)


# ---- output


def show(table: Table, format: str, output: Path | None) -> None:
    """Write a table to a file, whole or not at all, or to standard output."""
    if format != TABLE:
        write_output(FORMATS[format].render(table), output)
        return
    if output is not None:
        raise typer.BadParameter(
            f"A table is for the terminal; give --format {', '.join(FORMATS)}.", param_hint="--output"
        )
    print_table(table)


def print_table(table: Table) -> None:
    for part in table.parts:
        out.print(_terminal_table(part))
    if table.truncated:
        out.print("There are more rows than these: --first.")
    for sentence in (*exclusion_sentences(table.excluded), *table.method.assumptions, provenance(table.method)):
        out.print(sentence, style="dim", markup=False, soft_wrap=True)


def _terminal_table(table: Table) -> TerminalTable:
    shown = new_table(title=escape(table.title), title_justify="left")
    numeric = {name for row in table.rows for name, cell in row.items() if isinstance(cell, int | float)}
    for column in table.columns:
        shown.add_column(escape(column.header), justify="right" if column.name in numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(escape(format_cell(row.get(column.name))) for column in table.columns))
    return shown


for _analytic in ANALYTICS.values():
    app.command(_analytic.command)(_command(_analytic))
