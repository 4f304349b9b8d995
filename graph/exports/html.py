"""HTML: a self-contained page with a table for each part, then what is excluded and assumed."""

from __future__ import annotations

from graph.analytics.core.table import Table
from graph.exports.formats import HTML_SUFFIX, Format
from graph.exports.templates import HERE, render_page
from graph.publication.cells import cell_figures

MEDIA_TYPE = "text/html; charset=utf-8"


def render(table: Table) -> str:
    numeric = {name for part in table.parts for row in part.rows for name, cell in row.items() if _is_number(cell)}
    return render_page(HERE / "table.html.j2", table=table, numeric=numeric, figures=cell_figures(table))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


FORMAT = Format(HTML_SUFFIX, MEDIA_TYPE, render)
