"""`wattgraph analytics …`: each analytic of the catalog as a command, under any lens and scope.

A command is made from what the analytic declares: an input without a default is an argument, one with a default an
option."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as TerminalTable

from cli.lens_options import LENS_OPTIONS, lens_from, option
from cli.stores import Data, Uri, with_store
from cli.terminal import new_table, out, progress, write_output
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Analytic, Parameter
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of
from graph.concurrency.progress import progress_to, run_stoppable
from graph.exports.formats import table_formats
from graph.exports.wording import exclusion_sentences, format_cell, provenance
from graph.stores.base import Reader, Store
from graph.stores.names import known_organization
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import LinkType
from graph.vocabulary.values import CapacityBasis

app = typer.Typer(
    no_args_is_help=True,
    help="Sums, rankings and risk: who provides how much to whom, who is central, who loses what if one fails.",
)

TABLE = "table"
FORMATS = table_formats()
TableFormat = StrEnum("TableFormat", {name: name for name in (TABLE, *FORMATS)})  # type: ignore[misc]  # the table's keys

# ---- the options that all have

_SCOPE = (
    option("type", list[LinkType] | None, "Only links of this type; several times for several."),
    option("layer", Layer | None, "Only links of this layer."),
    option("basis", CapacityBasis | None, "Only links with megawatts of this basis."),
    option("status", list[LinkStatus] | None, "Only links of this status [default: SIGNED, ACTIVE]."),
    option("commitment", list[Commitment] | None, "Only links of this commitment [default: FIRM]."),
)
_OUTPUT = (
    option("format", TableFormat, "How to write it.", TableFormat(TABLE)),
    option("output", Path | None, "File to write [default: standard output]."),
)
_STORE = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    for name, annotation in (("data", Data), ("neo4j_uri", Uri))
)


def scope_of(options: Mapping[str, Any]) -> Scope:
    return Scope(
        types=frozenset(map(str, options["type"])) if options["type"] else None,
        layer=options["layer"],
        basis=options["basis"],
        status=frozenset(options["status"]) if options["status"] else DEFAULT_SCOPE.status,
        commitment=frozenset(options["commitment"]) if options["commitment"] else DEFAULT_SCOPE.commitment,
    )


# ---- from an analytic to a command


def _options_of(analytic: Analytic) -> list[inspect.Parameter]:
    options = [one for parameter in analytic.parameters for one in _options(parameter)]
    if analytic.page is not None:
        options.append(option("first", int, "At most so many rows.", analytic.page))
    return options


def _options(parameter: Parameter) -> tuple[inspect.Parameter, ...]:
    if parameter.type is Scope:
        return _SCOPE
    generic: Any = list
    type_: Any = generic[parameter.type] if parameter.collection else parameter.type
    if not parameter.required:
        several = parameter.collection and parameter.default is not None
        default = list(parameter.default) if several else parameter.default
        return (option(parameter.identifier, type_ if default is not None else type_ | None, parameter.says, default),)
    shown = typer.Argument(help=parameter.says, show_default=False, metavar=parameter.name.upper())
    annotation = Annotated[type_, shown]
    return (inspect.Parameter(parameter.identifier, inspect.Parameter.KEYWORD_ONLY, annotation=annotation),)


async def _inputs(reader: Reader, analytic: Analytic, options: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs by name; organizations by key, whichever name they were given by. Raises BadQuery."""
    return {one.name: await _input(reader, one, options) for one in analytic.parameters}


async def _input(reader: Reader, parameter: Parameter, options: Mapping[str, Any]) -> Any:
    if parameter.type is Scope:
        return scope_of(options)
    value = options[parameter.identifier]
    if value is None or parameter.collection is None:
        return value if value is None else await _value(reader, parameter, value)
    return parameter.collection([await _value(reader, parameter, one) for one in value])


async def _value(reader: Reader, parameter: Parameter, value: Any) -> Any:
    return (await known_organization(reader, value)).key if parameter.key_of == "Organization" else value


def _command(analytic: Analytic) -> Callable[..., None]:
    def run(**options: Any) -> None:
        async def use(store: Store) -> Table:
            reader = await store.reader(lens_from(options))
            inputs = await _inputs(reader, analytic, options)
            return await computed(store, reader, analytic, inputs, options.get("first") if analytic.page else None)

        show(with_store(options["data"], options["neo4j_uri"], use), options["format"], options["output"])

    run.__doc__ = analytic.says
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
