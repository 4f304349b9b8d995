"""`wattgraph analytics …`: each analytic of the catalog of sheets as a command, under any lens and scope.

A command is made from the function of its sheet: a parameter without a default is an argument, one with a default an
option; the words beside it are its help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from rich.markup import escape
from rich.table import Table as TerminalTable

from cli.lens_options import LENS_OPTIONS, lens_from, option
from cli.stores import Data, Uri, with_store
from cli.terminal import new_table, out, progress, write_output
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.scope import Scope
from graph.analytics.core.table import Table
from graph.concurrency.progress import progress_to, run_stoppable
from graph.exports.formats import table_formats
from graph.exports.wording import exclusion_sentences, format_cell, provenance
from graph.reports.sheets import ANALYTICS, Key
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
SheetFormat = StrEnum("SheetFormat", {name: name for name in (TABLE, *FORMATS)})  # type: ignore[misc]  # the table's keys

# ---- the options that all have


_SCOPE = (
    option("type", list[LinkType] | None, "Only links of this type; several times for several."),
    option("layer", Layer | None, "Only links of this layer."),
    option("basis", CapacityBasis | None, "Only links with megawatts of this basis."),
    option("status", list[LinkStatus] | None, "Only links of this status [default: SIGNED, ACTIVE]."),
    option("commitment", list[Commitment] | None, "Only links of this commitment [default: FIRM]."),
)
_OUTPUT = (
    option("format", SheetFormat, "How to write it.", SheetFormat(TABLE)),
    option("output", Path | None, "File to write [default: standard output]."),
)
_STORE = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    for name, annotation in (("data", Data), ("neo4j_uri", Uri))
)


def scope_of(given: Mapping[str, Any]) -> Scope:
    usual = Scope()
    return Scope(
        types=frozenset(map(str, given["type"])) if given["type"] else None,
        layer=given["layer"],
        basis=given["basis"],
        status=frozenset(given["status"]) if given["status"] else usual.status,
        commitment=frozenset(given["commitment"]) if given["commitment"] else usual.commitment,
    )


# ---- from a sheet to a command


def _own(sheet: Callable[..., Table]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a sheet beside facts and scope, with their types looked up."""
    hints = get_type_hints(sheet, include_extras=True)
    parameters = inspect.signature(sheet).parameters.items()
    own = {name: one.replace(annotation=hints[name]) for name, one in parameters}
    return {name: one for name, one in own.items() if name not in ("facts", "scope")}


def _asked_for(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter as the command line asks for it."""
    type_, told = get_args(parameter.annotation)
    many = get_origin(type_) is tuple
    plain = list[_plain(get_args(type_)[0])] if many else _plain(type_)  # type: ignore[misc]  # a type that is made
    if parameter.default is inspect.Parameter.empty:
        shown: Any = typer.Argument(help=told, show_default=False)
    else:
        shown = typer.Option(help=told, show_default=parameter.default is not None and parameter.default != ())
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=list(parameter.default) if many and parameter.default is not parameter.empty else parameter.default,
        annotation=Annotated[plain, shown],
    )


def _plain(type_: Any) -> Any:
    return str if type_ is Key else type_


async def _named(reader: Reader, own: Mapping[str, inspect.Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given for the parameters of a sheet; organizations by key, whichever name they were given by."""
    found: dict[str, Any] = {}
    for name, parameter in own.items():
        type_, value = get_args(parameter.annotation)[0], given[name]
        if type_ is Key:
            value = (await known_organization(reader, value)).key
        elif get_origin(type_) is tuple:
            is_key = get_args(type_)[0] is Key
            value = tuple([(await known_organization(reader, one)).key if is_key else one for one in value])
        found[name] = value
    return found


def _command(name: str, sheet: Callable[..., Table]) -> Callable[..., None]:
    own = _own(sheet)
    scoped = "scope" in inspect.signature(sheet).parameters

    def run(**given: Any) -> None:
        async def use(store: Store) -> Table:
            reader = await store.reader(lens_from(given))
            asked = await _named(reader, own, given)
            scope = {"scope": scope_of(given)} if scoped else {}
            return await computed(reader, lambda facts: sheet(facts=facts, **scope, **asked))

        show(with_store(given["data"], given["neo4j_uri"], use), given["format"], given["output"])

    asked_for = [_asked_for(one) for one in own.values()]
    every = [*asked_for, *(_SCOPE if scoped else ()), *LENS_OPTIONS.values(), *_OUTPUT, *_STORE]
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {one.name: one.annotation for one in every}
    run.__doc__ = inspect.getdoc(sheet)
    run.__name__ = name
    return run


async def computed(reader: Reader, make: Callable[[Facts], Table]) -> Table:
    """A sheet of all that a reader shows; long work shows a bar on a terminal."""
    facts = await facts_of(reader)
    with progress() as told, progress_to(told):
        return await run_stoppable(make, facts)


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
    numeric = _numeric(table)
    for column in table.columns:
        shown.add_column(escape(column.header), justify="right" if column.name in numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(escape(format_cell(row.get(column.name))) for column in table.columns))
    return shown


def _numeric(table: Table) -> set[str]:
    return {name for row in table.rows for name, cell in row.items() if isinstance(cell, int | float)}


for _name, _sheet in ANALYTICS.items():
    app.command(_name)(_command(_name, _sheet))
