"""Addresses of the numbers of a document: its tables as tables whose cells figures may be, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graph.analytics.core.table import Table, TableColumn, TableOrigin, TableRow
from graph.exports.documents.model import CellEvidence, DocumentChart, DocumentRow, DocumentTable, ReportDocument
from graph.exports.documents.said import said_addresses, said_table, value_id, with_linked_charts
from graph.publication.cells import CellFigures, cell_figures
from graph.publication.charts import CitedChart
from graph.publication.figures import inputs_text

ROW = "row"
"""The column of the key of each row, as an ID calls it."""
_RESTS_ON = "rests on"


def figure_table(document: ReportDocument, origin: TableOrigin | None = None) -> Table:
    """The tables of a document as one with its supplements, each by its name; the last is what it says in texts."""
    first, *others = [*(_part(document, one) for one in document.tables), said_table(document)]
    return replace(first, supplements=tuple(others), origin=origin)


def _part(document: ReportDocument, table: DocumentTable) -> Table:
    keyed = all(row.key for row in table.rows)
    identity = (TableColumn(ROW, identifies=True),) if keyed else ()
    columns = tuple(
        TableColumn(column.name, column.unit, identifies=column.name not in table.numeric) for column in table.columns
    )
    return Table(
        title=table.title,
        columns=(*identity, *columns, TableColumn(_RESTS_ON, refers_to="Link")),
        rows=[_row(table, row) for row in table.rows],
        method=document.method,
        footnotes=document.footnotes,
        part=table.name,
        key=(ROW,) if keyed else (),
    )


def _row(table: DocumentTable, row: DocumentRow) -> TableRow:
    cells = {column.name: row.cell(column).value for column in table.columns}
    evidence = (row.evidence, *(cell.evidence for cell in row.cells.values()))
    subjects = dict.fromkeys(key for one in evidence for key in one.subjects)
    return {ROW: row.key, **cells, _RESTS_ON: tuple(subjects)}


def with_addresses(document: ReportDocument, origin: TableOrigin) -> ReportDocument:
    """The document with an address for each number that has none, in tables, texts and charts. Private facts have
    none."""
    if document.method.lens.overlay:
        return document
    whole = figure_table(document, origin)
    *figures, said = cell_figures(whole)
    parts = zip(document.tables, whole.parts[:-1], figures, strict=True)
    tables = {table.name: _addressed(table, part, one) for table, part, one in parts if one}
    sections = tuple(
        replace(section, tables=tuple(tables.get(one.name, one) for one in section.tables))
        for section in document.sections
    )
    texts = whole.parts[-1]
    addresses = said_addresses(document, (value_id(said.of_row(row)) for row in texts.rows)) if said else {}
    return _with_chart_addresses(with_linked_charts(replace(document, sections=sections, addresses=addresses)), origin)


def _with_chart_addresses(document: ReportDocument, origin: TableOrigin) -> ReportDocument:
    inputs = inputs_text(origin.parameters, origin.inputs)
    if inputs is None:
        return document

    def addressed(chart: DocumentChart) -> DocumentChart:
        return replace(chart, address=CitedChart(origin.name, inputs, chart.name, document.method.lens).address)

    sections = tuple(replace(one, charts=tuple(map(addressed, one.charts))) for one in document.sections)
    return replace(document, sections=sections)


def _addressed(table: DocumentTable, part: Table, figures: CellFigures) -> DocumentTable:
    rows = [_with_figures(row, figures.of_row(cells)) for row, cells in zip(table.rows, part.rows, strict=True)]
    return replace(table, rows=rows)


def _with_figures(row: DocumentRow, ids: Mapping[str, str]) -> DocumentRow:
    missing = {name: id for name, id in ids.items() if name in row.cells and not row.cells[name].evidence.figure}
    cells = {
        name: replace(row.cells[name], evidence=_cited(row.cells[name].evidence, id)) for name, id in missing.items()
    }
    return replace(row, cells={**row.cells, **cells}) if cells else row


def _cited(evidence: CellEvidence, figure: str) -> CellEvidence:
    return replace(evidence, figure=figure)
