"""`wattgraph diff`: what changed between two lenses."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from cli.lens_options import LENS_OPTIONS, with_lens_options
from cli.stores import Data, Uri, with_store
from cli.terminal import day_of, new_table, out
from graph.evidence.lens import Lens
from graph.reports import changes

TABLE = "table"
DiffFormat = StrEnum("DiffFormat", {name: name for name in (TABLE, *changes.FORMATS)})  # type: ignore[misc]  # the table's keys
_DEFAULT_FORMAT = DiffFormat(TABLE)
_VALID = typer.Option(help="Another day in the world for this side, YYYY-MM-DD.", show_default=False)
_KNOWN = typer.Option(help="Another state of knowledge for this side, YYYY-MM-DD.", show_default=False)
_SCENARIO = typer.Option(help="Another scenario for this side.", show_default=False)
_SHARED = [name for name in LENS_OPTIONS if name not in ("valid_on", "known_on")]


@with_lens_options(*_SHARED)
def diff(
    before: Annotated[str, typer.Argument(help="YYYY-MM-DD: the world on that day, as it was known on that day.")],
    after: Annotated[
        str | None, typer.Argument(help="YYYY-MM-DD, to compare with; default: today (UTC).", show_default=False)
    ] = None,
    before_valid: Annotated[str | None, _VALID] = None,
    before_known: Annotated[str | None, _KNOWN] = None,
    before_scenario: Annotated[str | None, _SCENARIO] = None,
    after_valid: Annotated[str | None, _VALID] = None,
    after_known: Annotated[str | None, _KNOWN] = None,
    after_scenario: Annotated[str | None, _SCENARIO] = None,
    *,
    lens: Lens,
    format: Annotated[DiffFormat, typer.Option(help="How to write it.")] = _DEFAULT_FORMAT,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What changed between two dates: what was added, removed, changed, and whether the world changed or we learnt
    more.

    A date moves both the day in the world and the state of knowledge; --before-known and the like move one of them
    alone. What else makes a lens holds for both sides.

    Example: wattgraph diff 2026-03-01 2026-09-01 --before-known 2026-09-01 shows what changed in the world, and
    nothing that was only learnt."""
    first, second = day_of("BEFORE", before), day_of("AFTER", after)
    old = replace(
        lens,
        valid_on=day_of("--before-valid", before_valid) or first,
        known_on=day_of("--before-known", before_known) or first,
        scenario=before_scenario or lens.scenario,
    )
    new = replace(
        lens,
        valid_on=day_of("--after-valid", after_valid) or second,
        known_on=day_of("--after-known", after_known) or second,
        scenario=after_scenario or lens.scenario,
    )
    difference = with_store(data, neo4j_uri, lambda store: changes.changes_between(store, old, new))
    if format is _DEFAULT_FORMAT:
        print_changes(difference)
    else:
        sys.stdout.write(changes.FORMATS[format](difference))


def print_changes(difference: changes.Changes) -> None:
    """Prints changes as a table: a row, then what changed of it."""
    table = new_table("", "before", "after", "cause")
    for label, key, told in difference.by_row:
        table.add_row(f"{label} {key}", style="bold")
        for change in (one.change for one in told):
            what = change.property or change.kind.lower()
            old, new = (escape(changes.worded(change, value)) for value in (change.before, change.after))
            table.add_row(f"  {what}", old, new, changes.CAUSES[change.cause])
    out.print(table)
    out.line(
        f"{len(difference.told):,} changes from {changes.dates(difference.before)} to "
        f"{changes.dates(difference.after)}; data version {difference.version}."
    )
