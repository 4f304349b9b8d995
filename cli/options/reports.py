"""The options of reports: their lenses, their format, the file; and the document that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options.inputs import requested_inputs
from cli.options.lens import LENS_OPTIONS, lens_from, option
from cli.options.stores import Data, Uri, with_store
from cli.terminal import day_of
from graph.evidence.lens import Lens
from graph.reports.report import DAYS_BETWEEN, Lenses, Report, open_readers
from graph.stores.base import Store

STORE_OPTIONS = tuple(
    Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    for name, annotation in (("data", Data), ("neo4j_uri", Uri))
)
_DATES = ("valid_on", "known_on")
SHARED_LENS_OPTIONS = tuple(each for name, each in LENS_OPTIONS.items() if name not in _DATES)
"""The options that both lenses of a comparison share, unless an option of one side says otherwise."""


def side_options(side: str) -> tuple[Parameter, ...]:
    """The options of one lens of a comparison, without its day."""
    return (
        option(f"{side}_valid", str | None, "Another day in the world for this side, YYYY-MM-DD."),
        option(f"{side}_known", str | None, "Another state of knowledge for this side, YYYY-MM-DD."),
        option(f"{side}_scenario", str | None, "Another scenario for this side."),
    )


def _day_option(side: str, default: str) -> Parameter:
    return option(side, str | None, f"YYYY-MM-DD: the world on that day, as known on that day [default: {default}].")


PAIR_OPTIONS = (
    _day_option("before", f"{DAYS_BETWEEN} days before the other side"),
    *side_options("before"),
    _day_option("after", "today (UTC)"),
    *side_options("after"),
    *SHARED_LENS_OPTIONS,
)


def output_options(formats: Sequence[str]) -> tuple[Parameter, ...]:
    """Format, of which the first is the default, and file."""
    choice = StrEnum("ReportFormat", {suffix: suffix for suffix in formats})  # type: ignore[misc]  # the names at hand
    return (
        option("format", choice, "How to write it.", choice(formats[0])),
        Parameter(
            "output",
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                Path | None, typer.Option("--output", "--out", help="File to write [default: standard output].")
            ],
        ),
    )


def requested_lenses(report: Report, values: Mapping[str, Any]) -> Sequence[Lens]:
    """As many lenses as the report takes. Raises BadParameter for a day that is none."""
    if report.lenses is Lenses.ONE:
        return [lens_from(values)]
    return [_side_lens(side, values) for side in ("before", "after")]


def _side_lens(side: str, values: Mapping[str, Any]) -> Lens:
    lens = lens_from(values)
    day = day_of(f"--{side}", values[side])
    return replace(
        lens,
        valid_on=day_of(f"--{side}-valid", values[f"{side}_valid"]) or day,
        known_on=day_of(f"--{side}-known", values[f"{side}_known"]) or day,
        scenario=values[f"{side}_scenario"] or lens.scenario,
    )


def read_document(report: Report, values: Mapping[str, Any]) -> Any:
    """The document of a report under the lenses and from the store that the options name."""
    lenses = requested_lenses(report, values)

    async def gather(store: Store) -> Any:
        readers = await open_readers(lenses, store.reader)
        inputs = await requested_inputs(readers[-1], report.parameters, values)
        return await report.document(store, readers, inputs)

    return with_store(values["data"], values["neo4j_uri"], gather)


def with_signature(command: Callable[..., None], parameters: Sequence[Parameter]) -> Callable[..., None]:
    """The command with the signature that Typer makes its arguments and options of."""
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command
