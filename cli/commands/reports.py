"""`wattgraph report NAME`: each report of the catalog as a command, in every format that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import typer

from cli.commands.all_reports import all_command
from cli.options.inputs import input_options
from cli.options.lens import LENS_OPTIONS
from cli.options.reports import PAIR_OPTIONS, STORE_OPTIONS, output_options, read_document, with_signature
from cli.terminal import write_output
from graph.reports.catalog import REPORTS
from graph.reports.report import Lenses, Report
from graph.settings import read_settings

PREFERRED_FORMAT = "md"


def report_command(report: Report) -> Callable[..., None]:
    """The function that Typer makes the command of a report from."""

    def run(**values: Any) -> None:
        document = read_document(report, values)
        service = read_settings().public_address or ""
        write_output(report.formats[values["format"]].write_file(document, service), values["output"])

    run.__doc__ = report.summary
    formats = sorted(report.formats, key=lambda suffix: suffix != PREFERRED_FORMAT)
    lens_options = LENS_OPTIONS.values() if report.lenses is Lenses.ONE else PAIR_OPTIONS
    options = [*output_options(formats), *lens_options, *STORE_OPTIONS]
    return with_signature(run, [*input_options(report.parameters), *options])


def report_app(reports: Mapping[str, Report]) -> typer.Typer:
    """A command for each report, and one for all."""
    app = typer.Typer(no_args_is_help=True, help="Write a report.")
    app.callback()(_keep_names)
    app.command("all")(all_command(reports))
    for report in reports.values():
        app.command(report.name)(report_command(report))
    return app


def _keep_names() -> None:
    """Write a report."""


app = report_app(REPORTS)
