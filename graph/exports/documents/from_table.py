"""Tables of analytics in a document: cells with names, rows with what they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from graph.analytics.core.table import Cell, Table, TableColumn, TableRow
from graph.exports.documents.model import (
    NO_EVIDENCE,
    PRINTED_ROWS,
    CellEvidence,
    DocumentCell,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.publication.cells import CellFigures, cell_figures
from graph.vocabulary.model import ENTITIES
from graph.vocabulary.wording import words

_CITED = frozenset({"Link", "Debt", "Observation", "Source", "Statement"})
"""Labels of rows that state figures."""
_SHARES = frozenset({"share", "amount_share"})
"""Columns of numbers from 0 to 1: three digits tell them."""
_CODE = re.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_ENTITY = frozenset({*ENTITIES, "Entity"})


def document_table(
    table: Table,
    name: str,
    *,
    title: str = "",
    note: str = "",
    printed: int = PRINTED_ROWS,
    figures: CellFigures | None = None,
) -> DocumentTable:
    """A table with names in place of keys, where its footnotes know them; the links, debts and totals that a row names
    are what it rests on. `figures`: the addresses of its numbers; without them those that its origin gives."""
    figures = figures or cell_figures(table)[0]
    columns = {column.name: _column(column) for column in table.columns}
    shape = _RowLayout({name: column.name for name, column in columns.items()}, _coded(table))
    return DocumentTable(
        name=name,
        title=title or table.title,
        columns=tuple(columns.values()),
        rows=[_row(table, row, shape, figures.of_row(row) if figures else {}) for row in table.rows],
        note=note or ("There are more rows than these." if table.truncated else ""),
        printed=printed,
    )


def document_tables(table: Table, names: Sequence[str]) -> list[DocumentTable]:
    """A table and its supplements, by these names, with the footnotes of the table."""
    parts = zip(table.parts, names, cell_figures(table), strict=True)
    return [
        document_table(replace(part, footnotes=table.footnotes), name, figures=figures) for part, name, figures in parts
    ]


def _column(column: TableColumn) -> DocumentColumn:
    name = column.name.replace(" ", "_")
    title = words(column.name) if column.name.isupper() else column.name.replace("_", " ")
    if column.holds_owners:
        title = "organization"
    digits = 3 if name in _SHARES else None
    return DocumentColumn(name, f"{title[:1].upper()}{title[1:]}", column.unit, digits=digits, detail=column.detail)


@dataclass(frozen=True)
class _RowLayout:
    """What rows of a table have in common: the names of its columns in a document, and which hold codes."""

    names: Mapping[str, str]
    coded: frozenset[str]


def _row(table: Table, row: TableRow, shape: _RowLayout, figures: Mapping[str, str]) -> DocumentRow:
    cells = {
        shape.names[column.name]: _cell(table, column, row, shape, figures.get(column.name, ""))
        for column in table.columns
        if row.get(column.name) is not None
    }
    keyed = list(_keys(table, row, _CITED))
    about = next(_keys(table, row, _ENTITY), ("", ""))
    sources = tuple(key for label, key in keyed if label == "Source")
    statements = tuple(key for label, key in keyed if label == "Statement")
    subjects = tuple(dict.fromkeys(key for label, key in keyed if label not in ("Source", "Statement")))
    evidence = CellEvidence(subjects, statements=statements, sources=sources) if keyed else NO_EVIDENCE
    return DocumentRow(cells, key=about[1], evidence=evidence)


def _keys(table: Table, row: TableRow, labels: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Labels and keys of the rows of these labels that a row names."""
    for column in table.columns:
        if column.refers_to in labels:
            yield from ((column.refers_to, key) for key in _texts(row.get(column.name)))


def _texts(cell: Cell) -> tuple[str, ...]:
    return cell if isinstance(cell, tuple) else (cell,) if isinstance(cell, str) else ()


def _cell(table: Table, column: TableColumn, row: TableRow, shape: _RowLayout, figure: str) -> DocumentCell:
    cell = row[column.name]
    evidence = CellEvidence(figure=figure) if figure else NO_EVIDENCE
    if column.name in shape.coded and isinstance(cell, str) and _CODE.fullmatch(cell):
        return DocumentCell(str(cell), words(cell), evidence=evidence)
    keys = _texts(cell)
    if not keys:
        return DocumentCell(cell if not isinstance(cell, tuple) else None, evidence=evidence)
    named = column.shows_names
    text = "; ".join(_name(table, key) for key in keys) if named else ", ".join(keys)
    return DocumentCell(" ".join(keys), text, evidence=evidence, target=keys[0] if named and len(keys) == 1 else "")


def _coded(table: Table) -> frozenset[str]:
    """Columns of which some cell is a code of several words, or one of the vocabulary."""
    return frozenset(
        column.name
        for column in table.columns
        if not column.refers_to
        and any(
            isinstance(cell, StrEnum) or (isinstance(cell, str) and "_" in cell and _CODE.fullmatch(cell))
            for row in table.rows
            if (cell := row.get(column.name)) is not None
        )
    )


def _name(table: Table, key: str) -> str:
    """A group may be a code: it reads as words."""
    name = table.name(key)
    return words(key) if name == key and key.isupper() and "_" in key else name


def document_of_table(name: str, table: Table) -> ReportDocument:
    """A report that is a table, as a document: each of its tables is a section."""
    parts = document_tables(table, [f"table-{number}" for number in range(1, len(table.parts) + 1)])
    sections = [DocumentSection(part.name, part.title, tables=(part,)) for part in parts]
    through = table.method.data_through
    return ReportDocument(
        name=name,
        title=table.title,
        sentences=(
            f"{len(table.rows):,} {'row' if len(table.rows) == 1 else 'rows'} in {table.title}.",
            f"The data reach through {through}." if through else "No source that counts is dated.",
            f"{len(table.excluded):,} links are left out, with the reason."
            if table.excluded
            else "Nothing is left out.",
        ),
        sections=tuple(sections),
        method=table.method,
        footnotes=table.footnotes,
        evidence=table.notes,
        excluded=table.excluded,
    )


def main_table(document: ReportDocument) -> Table:
    """The first table of a document, for formats that write a table alone."""
    main = next(document.tables)
    columns = tuple(TableColumn(column.name, column.unit, detail=column.detail) for column in main.columns)
    rows: list[TableRow] = [
        {column.name: row.cell(column).value for column in main.columns if row.cell(column).value is not None}
        for row in main.rows
    ]
    return Table(document.title, columns, rows, document.method, footnotes=document.footnotes)
