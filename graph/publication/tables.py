"""The tables that figures may be cells of: of all analytics, plain counts, and what is known; reports add theirs
above."""

from __future__ import annotations

from graph.analytics.catalog import ANALYTICS
from graph.publication.known import KNOWN, KnownCounts
from graph.publication.row_counts import ROWS, RowCounts
from graph.publication.sources import AnalyticTables, TableSources

TABLES: TableSources = {
    **{name: AnalyticTables(one) for name, one in ANALYTICS.items()},
    ROWS: RowCounts(),
    KNOWN: KnownCounts(),
}
