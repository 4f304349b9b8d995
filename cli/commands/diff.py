"""`wattgraph diff`: the report of changes, with its days as arguments and a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import Parameter
from typing import Annotated, Any

import typer

from cli.options.inputs import input_options
from cli.options.reports import (
    SHARED_LENS_OPTIONS,
    STORE_OPTIONS,
    output_options,
    read_document,
    side_options,
    with_signature,
)
from cli.tables import TextColumn, lay_out
from cli.terminal import out, write_output
from graph.comparison.diff import RowChange
from graph.exports.wording import format_dates
from graph.reports import changes
from graph.reports.changes import DIFFERENCE, ChangeReport
from graph.settings import read_settings

TABLE = "table"
_BEFORE = typer.Argument(help="YYYY-MM-DD: the world on that day, as it was known on that day.")
_AFTER = typer.Argument(help="YYYY-MM-DD, to compare with; default: today (UTC).", show_default=False)
_PARAMETERS = (
    Parameter("before", Parameter.KEYWORD_ONLY, annotation=Annotated[str, _BEFORE]),
    Parameter("after", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, _AFTER]),
    *input_options(DIFFERENCE.parameters),
    *side_options("before"),
    *side_options("after"),
    *SHARED_LENS_OPTIONS,
    *output_options((TABLE, *DIFFERENCE.formats)),
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
        service = read_settings().public_address or ""
        write_output(DIFFERENCE.formats[format].write_file(read_document(DIFFERENCE, values), service), output)
    elif output is None:
        print_changes(read_document(DIFFERENCE, values))
    else:
        message = f"A table is for the terminal; give --format {', '.join(DIFFERENCE.formats)}."
        raise typer.BadParameter(message, param_hint="--output")


with_signature(diff, _PARAMETERS)


def print_changes(report: ChangeReport) -> None:
    """Prints changes as a table: a row, then what changed of it."""
    rows = [(heading, change) for heading, of_row in _by_heading(report) for change in of_row]
    layout = lay_out([TextColumn(head, head, tuple(cells)) for head, cells in _cells(rows)], out.console.width)
    if rows:
        out.print(layout.head, style="bold", markup=False, soft_wrap=True)
    before = ""
    for number, (heading, _) in enumerate(rows):
        if heading != before:
            out.print(heading, style="bold", markup=False)
        before = heading
        out.print(layout.row(number), markup=False, soft_wrap=True)
    out.line(
        f"{report.count} from {format_dates(report.before)} to {format_dates(report.after)}; "
        f"data version {report.data_version}."
    )


def _by_heading(report: ChangeReport) -> Iterator[tuple[str, list[RowChange]]]:
    """The changes of each row, below its name, label and key."""
    for label, key, name, row_changes in report.by_row:
        yield f"{name} ({label} {key})", [one.change for one in row_changes]


def _cells(rows: Sequence[tuple[str, RowChange]]) -> Iterator[tuple[str, Iterator[str]]]:
    """Each column with its cells."""
    of = [change for _, change in rows]
    yield "", (f"  {change.property or change.kind.lower()}" for change in of)
    yield "before", (changes.format_value(change, change.before) for change in of)
    yield "after", (changes.format_value(change, change.after) for change in of)
    yield "cause", (changes.CAUSES[change.cause] for change in of)
