"""CSV (RFC 4180) that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate

from graph.analytics.core.footnotes import Citation, Footnotes
from graph.analytics.core.method import Method
from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.exports.formats import Format
from graph.exports.wording import format_lens
from graph.publication.cells import cell_figures
from graph.publication.figures import column_text
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import ENTITIES
from graph.vocabulary.wording import FORMULA_STARTS

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
PlainCell = str | float | int | None


def safe_text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def safe_cell(cell: PlainCell) -> PlainCell:
    """Numbers as they are, whole ones without a point; a text that would run gets an apostrophe before it."""
    if isinstance(cell, str):
        return safe_text(cell)
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def render_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, PlainCell]]) -> str:
    """Texts quoted, numbers bare, missing values empty, lines ended by CR LF. A row may leave columns out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(cell) for name, cell in row.items() if cell is not None})
    return out.getvalue()


# ---- tables

_Read = Callable[[TableRow], PlainCell]
_CITED = frozenset({"Link", "Debt", "Observation", "Source", "Statement"})
"""Labels of rows that state figures: by them a figure is cited."""
_NAMED = frozenset({*ENTITIES, "Entity"})
_MAX_TEXT = 32_000
"""Characters of a cell; spreadsheets cut a cell off after 32,767."""


def render(table: Table) -> str:
    """The rows of the table itself, without supplements, so that each can be cited by itself.

    Units stand in the header; several keys have blanks between them, several names semicolons. What refers to rows has
    their names beside; links, debts and stated totals have parties, dates and sources. `figures` has the addresses of
    the numbers, below /figures/, each after the name of its column. The last columns say by which lens and data
    version, and under which licence, alike in every row."""
    columns = dict(_columns(table))
    rows = ({header: read(row) for header, read in columns.items()} for row in table.rows)
    return render_csv_rows(list(columns), rows)


def _columns(table: Table) -> Iterator[tuple[str, _Read]]:
    for column in table.columns:
        yield column.header, partial(_plain, column)
        if table.footnotes and column.named and column.refers_to in _NAMED and _has_names(table, column):
            yield f"{column.name}_name", partial(_names, table, column)
    if table.footnotes and any(column.refers_to in _CITED for column in table.columns):
        yield from _citations(table, table.footnotes)
    yield from _figures(table)
    yield from _provenance(table.method)


def _plain(column: TableColumn, row: TableRow) -> PlainCell:
    cell = row.get(column.name)
    return " ".join(cell) if isinstance(cell, tuple) else cell


def _has_names(table: Table, column: TableColumn) -> bool:
    return any(table.name(key) != key for row in table.rows for key in _keys(column, row))


def _names(table: Table, column: TableColumn, row: TableRow) -> str:
    return _joined(map(table.name, _keys(column, row)))


def _keys(column: TableColumn, row: TableRow) -> tuple[str, ...]:
    cell = row.get(column.name)
    return cell if isinstance(cell, tuple) else (cell,) if isinstance(cell, str) else ()


def _citations(table: Table, footnotes: Footnotes) -> Iterator[tuple[str, _Read]]:
    cited = [column for column in table.columns if column.refers_to in _CITED]

    def keys(row: TableRow) -> list[str]:
        return list(dict.fromkeys(key for column in cited for key in _keys(column, row)))

    yield "parties", lambda row: _joined(map(footnotes.parties, keys(row)))
    yield "dates", lambda row: _joined(map(footnotes.dates, keys(row)))
    yield "sources", lambda row: _joined(map(_source, footnotes.citations_of(keys(row))))


def _figures(table: Table) -> Iterator[tuple[str, _Read]]:
    figures = cell_figures(table)[0]
    if figures is not None and any(map(figures.of_row, table.rows)):
        yield "figures", lambda row: " ".join(f"{column_text(name)}={id}" for name, id in figures.of_row(row).items())


def _source(citation: Citation) -> str:
    row = citation.source
    published = row.columns.get("published") or "undated"
    more = f", {citation.annotation.replace('; ', ', ')}" if citation.annotation else ""
    return f"{row['publisher']} ({published}{more}) {row['url']}"


def _joined(texts: Iterable[str]) -> str:
    """Texts with semicolons between them; where they are too long for a cell, the first of them and how many more."""
    stated = [text for text in texts if text]
    lengths = accumulate(len(text) + len("; ") for text in stated)
    fitting = sum(length <= _MAX_TEXT for length in lengths)
    more = [f"and {len(stated) - fitting} more"] if fitting < len(stated) else []
    return "; ".join([*stated[:fitting], *more])


def _provenance(method: Method) -> Iterator[tuple[str, _Read]]:
    through = str(method.data_through) if method.data_through else None
    yield "lens", lambda _: format_lens(method.lens)
    yield "data_through", lambda _: through
    yield "data_version", lambda _: method.data_version
    yield "licence", lambda _: FACTS_LICENCE.name


FORMAT = Format("csv", MEDIA_TYPE, render, download=True)
