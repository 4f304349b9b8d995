"""All reports, by name: each module of graph/reports that declares REPORT adds one."""

from __future__ import annotations

from collections.abc import Mapping

import graph.reports
from graph.analytics.core.discovery import declared_in
from graph.exports.dataset.pairs import SOURCES as PAIR_TABLES
from graph.publication.sources import TableSources
from graph.publication.tables import TABLES
from graph.reports.figure_tables import ReportTables
from graph.reports.report import Report


def discover_reports() -> Mapping[str, Report]:
    """The reports of all modules, by name in alphabetical order."""
    return {
        report.name: report for report in sorted(declared_in(graph.reports, "REPORT"), key=lambda report: report.name)
    }


REPORTS: Mapping[str, Report] = discover_reports()

FIGURE_TABLES: TableSources = {
    **TABLES,
    **PAIR_TABLES,
    **{one.cited_name: ReportTables(one) for one in REPORTS.values()},
}
"""The tables that figures may be cells of: of analytics, plain counts, pairs of exports, and of every report."""
