"""CSV (RFC 4180) that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from graph.analytics.core.table import Cell, Table
from graph.exports.formats import Format

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
PlainCell = str | float | int | None
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet takes a text that begins with one of these for a formula, or for the beginning of one."""


def safe_cell(cell: PlainCell) -> PlainCell:
    """Numbers as they are, whole ones without a point; a text that would run gets an apostrophe before it."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def render_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, PlainCell]]) -> str:
    """Texts quoted, numbers bare, missing values empty, lines ended by CR LF. A row may leave columns out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(cell) for name, cell in row.items() if cell is not None})
    return out.getvalue()


def render(table: Table) -> str:
    """The rows of the table itself, without supplements; units stand in the header, blanks between several keys."""
    headers = {column.name: column.header for column in table.columns}
    rows = ({headers[name]: _plain(cell) for name, cell in row.items()} for row in table.rows)
    return render_csv_rows(list(headers.values()), rows)


def _plain(cell: Cell) -> PlainCell:
    return " ".join(cell) if isinstance(cell, tuple) else cell


FORMAT = Format("csv", MEDIA_TYPE, render, download=True)
