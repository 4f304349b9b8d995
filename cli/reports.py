"""`wattgraph report NAME`: each report of the catalog as a command, in every format that it has."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from cli.all_reports import all_command
from cli.report_command import report_command
from graph.reports.catalog import REPORTS
from graph.reports.report import Report


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
