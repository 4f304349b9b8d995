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

from cli.options.inputs import input_options, requested_inputs
from cli.options.lens import LENS_OPTIONS, lens_from, option
from cli.options.stores import Data, Uri, with_store
from cli.tables import FITTING, TableView, print_table
from cli.terminal import progress, write_output
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Analytic
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of
from graph.concurrency.progress import progress_to, run_stoppable
from graph.exports.formats import table_formats
from graph.settings import read_settings
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
_VIEW = (
    option("columns", str | None, "Only these columns, by their names in the head, separated by commas."),
    option("wide", bool, "All columns, however long the lines.", False),
    option("links", bool, "The keys of the links and debts below each row.", False),
)
_STORE = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    for name, annotation in (("data", Data), ("neo4j_uri", Uri))
)


# ---- from an analytic to a command


def _options_of(analytic: Analytic) -> list[inspect.Parameter]:
    options = list(input_options(analytic.parameters))
    if not _bounds_rows(analytic):
        options.append(option("first", int | None, "At most so many rows.", analytic.page, at_least=0))
    return options


def _bounds_rows(analytic: Analytic) -> bool:
    """Whether the number of rows is an input of its own."""
    return any(one.name == "first" for one in analytic.parameters)


def _command(analytic: Analytic) -> Callable[..., None]:
    def run(**options: Any) -> None:
        async def use(store: Store) -> Table:
            reader = await store.reader(lens_from(options))
            inputs = await requested_inputs(reader, analytic.parameters, options)
            return await computed(store, reader, analytic, inputs, None if _bounds_rows(analytic) else options["first"])

        view = TableView(_names(options["columns"]), options["wide"], options["links"])
        show(with_store(options["data"], options["neo4j_uri"], use), options["format"], options["output"], view)

    run.__doc__ = analytic.doc
    run.__name__ = analytic.command
    parameters = [*_options_of(analytic), *LENS_OPTIONS.values(), *_OUTPUT, *_VIEW, *_STORE]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


async def computed(
    store: Store, reader: Reader, analytic: Analytic, inputs: Mapping[str, Any], first: int | None = None
) -> Table:
    """The table of all that a reader shows; long work shows a bar on a terminal."""
    facts = await facts_of(reader)
    with progress() as report, progress_to(report):
        return table_of(analytic, await _result(store, facts, analytic, inputs), inputs, first, facts.footnotes)


async def _result(store: Store, facts: Facts, analytic: Analytic, inputs: Mapping[str, Any]) -> Any:
    database = analytic.by_database(inputs)
    if database is None:
        return await run_stoppable(lambda facts: analytic.compute(facts, inputs), facts)
    prepared = await run_stoppable(lambda facts: database.prepare(facts, inputs), facts)
    return analytic.with_inputs(await database.run(store, prepared, inputs), inputs)


# ---- output


def _names(columns: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in columns.split(",")) if columns is not None else ()


def show(table: Table, format: str, output: Path | None, view: TableView = FITTING) -> None:
    """Write a table to a file, whole or not at all, or to standard output. Raises BadQuery for an unknown column."""
    if format != TABLE:
        chosen = table.with_columns(view.columns) if view.columns else table
        write_output(FORMATS[format].write_file(chosen, read_settings().public_address or ""), output)
        return
    if output is not None:
        raise typer.BadParameter(
            f"A table is for the terminal; give --format {', '.join(FORMATS)}.", param_hint="--output"
        )
    print_table(table, view)


for _analytic in ANALYTICS.values():
    app.command(_analytic.command)(_command(_analytic))
