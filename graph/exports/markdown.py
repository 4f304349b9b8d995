"""Markdown: a heading and a table for each part, then what is excluded and assumed."""

from __future__ import annotations

from graph.analytics.core.table import Table
from graph.exports.formats import Format
from graph.exports.templates import HERE, render_template
from graph.publication.cells import cell_figures

MEDIA_TYPE = "text/markdown; charset=utf-8"


def render(table: Table) -> str:
    return render_template(HERE / "table.md.j2", table=table, figures=cell_figures(table))


FORMAT = Format("md", MEDIA_TYPE, render)
