"""All reports, by name: each module of graph/reports that declares REPORT adds one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

import graph.reports
from graph.reports.report import Report


def discover_reports() -> Mapping[str, Report]:
    """The reports of all modules, by name in alphabetical order."""
    return {report.name: report for report in sorted(_declared_reports(), key=lambda report: report.name)}


def _declared_reports() -> Iterator[Report]:
    for module in iter_modules(graph.reports.__path__, "graph.reports."):
        if module.name != __name__:
            declared = getattr(import_module(module.name), "REPORT", None)
            if declared is not None:
                yield declared


REPORTS: Mapping[str, Report] = discover_reports()
