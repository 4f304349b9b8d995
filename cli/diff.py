"""`wattgraph diff`: the report of changes, with its days as arguments and a table for the terminal."""

from __future__ import annotations

from inspect import Parameter
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.inputs import input_options
from cli.report_command import (
    SHARED_LENS_OPTIONS,
    STORE_OPTIONS,
    output_options,
    read_document,
    side_options,
    with_signature,
)
from cli.terminal import new_table, out, write_output
from graph.exports.wording import format_dates
from graph.reports import changes
from graph.reports.changes import REPORT, ChangeReport

TABLE = "table"
_BEFORE = typer.Argument(help="YYYY-MM-DD: the world on that day, as it was known on that day.")
_AFTER = typer.Argument(help="YYYY-MM-DD, to compare with; default: today (UTC).", show_default=False)
_PARAMETERS = (
    Parameter("before", Parameter.KEYWORD_ONLY, annotation=Annotated[str, _BEFORE]),
    Parameter("after", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, _AFTER]),
    *input_options(REPORT.parameters),
    *side_options("before"),
    *side_options("after"),
    *SHARED_LENS_OPTIONS,
    *output_options((TABLE, *REPORT.formats)),
    *STORE_OPTIONS,
)


def diff(**values: Any) -> None:
    """What changed between two dates: what was added, removed, changed, and whether the world changed or we learnt
    more.

    A date moves both the day in the world and the state of knowledge; --before-known and the like move one of them
    alone. What else makes a lens holds for both sides.

    Contracts come first. Example: wattgraph diff 2026-03-01 2026-09-01 --before-known 2026-09-01 shows what changed in
    the world, and nothing that was only learnt; --subject openai --type PROVIDES_CAPACITY shows what changed of the
    contracts of OpenAI."""
    format, output = values["format"], values["output"]
    if format != TABLE:
        write_output(REPORT.formats[format].render(read_document(REPORT, values)), output)
    elif output is None:
        print_changes(read_document(REPORT, values))
    else:
        message = f"A table is for the terminal; give --format {', '.join(REPORT.formats)}."
        raise typer.BadParameter(message, param_hint="--output")


with_signature(diff, _PARAMETERS)


def print_changes(report: ChangeReport) -> None:
    """Prints changes as a table: a row, then what changed of it."""
    table = new_table("", "before", "after", "cause")
    for label, key, name, row_changes in report.by_row:
        table.add_row(escape(f"{name} ({label} {key})"), style="bold")
        for change in (one.change for one in row_changes):
            what = change.property or change.kind.lower()
            old, new = (escape(changes.format_value(change, value)) for value in (change.before, change.after))
            table.add_row(f"  {what}", old, new, changes.CAUSES[change.cause])
    out.print(table)
    out.line(
        f"{report.count} from {format_dates(report.before)} to {format_dates(report.after)}; "
        f"data version {report.data_version}."
    )
