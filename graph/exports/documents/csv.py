"""CSV of a document: the rows of all its tables in one, so that each can be cited by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from graph.exports.csv import MEDIA_TYPE, PlainCell, render_csv_rows
from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentColumn,
    DocumentRow,
    DocumentTable,
    ReportDocument,
    SaidText,
)
from graph.exports.documents.references import References
from graph.exports.documents.said import EVIDENCE, IN_SHORT
from graph.exports.formats import Format
from graph.exports.wording import format_lens
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Bound

MAX_TEXT = 32_000
"""Characters of a cell; spreadsheets cut a cell off after 32,767."""
CsvCells = dict[str, PlainCell]


def render(document: ReportDocument) -> str:
    """`record` is the name of the table, `source` for a source, `text` for a text with numbers and `method` for a
    sentence on method. A column has the same name and unit in all tables that have it. What a row rests on follows:
    keys, statements, addresses of sources and of figures; then by which lens and data version, and under which licence,
    alike in every row."""
    references = References(document)
    rows = [*_rows(document, references)]
    columns = dict.fromkeys(["record", *(name for row in rows for name in row)])
    last = [*_LAST, *_stamp(document)]
    ordered = [*(name for name in columns if name not in last), *last]
    return render_csv_rows(ordered, ({**row, **_stamp(document)} for row in rows))


_LAST = ("note", "rests_on", "statements", "source_numbers", "source_urls", "sources_read", "figures")


def _rows(document: ReportDocument, references: References) -> Iterator[CsvCells]:
    yield from _texts(document)
    for table in document.tables:
        for row in table.rows:
            yield {"record": table.name, **_cells(table, row), **_evidence(row, references)}
    for one in references.sources:
        yield {
            "record": "source",
            "source_numbers": str(one.number),
            "source_urls": one.url,
            "sources_read": str(one.source["read"] or "UNKNOWN"),
            "note": "; ".join(part for part in (one.publisher, one.title, one.published, one.annotation) if part),
        }
    for sentence in (*document.notes, *document.assumptions):
        yield {"record": "method", "note": sentence}


def _texts(document: ReportDocument) -> Iterator[CsvCells]:
    """What it says in short, on evidence, and in whatever other text has numbers."""
    for record, where, sentences in (("says", IN_SHORT, document.sentences), ("evidence", EVIDENCE, document.evidence)):
        for sentence in sentences:
            yield {"record": record, "note": sentence, "figures": _ids_of(document, SaidText(where, sentence))}
    for said in document.addresses:
        ids = _ids_of(document, said)
        if ids and said.where not in (IN_SHORT, EVIDENCE):
            yield {"record": "text", "note": f"{said.where}: {said.text}", "figures": ids}


def _ids_of(document: ReportDocument, said: SaidText) -> str | None:
    return _joined([id for id in document.addresses.get(said, ()) if id])


def _cells(table: DocumentTable, row: DocumentRow) -> CsvCells:
    cells: CsvCells = {"key": row.key} if row.key else {}
    for column in table.columns:
        cells |= _cell(column, row.cell(column))
    return cells


def _cell(column: DocumentColumn, cell: DocumentCell) -> CsvCells:
    name = f"{column.name} [{column.unit}]" if column.unit else column.name
    cells: CsvCells = {name: cell.value}
    if cell.has_interval:
        cells |= {f"{name}_low": cell.low, f"{name}_high": cell.high}
    if cell.bound is not Bound.EXACT:
        cells[f"{name}_bound"] = str(cell.bound)
    if isinstance(cell.value, str) and cell.text and cell.text != cell.value:
        cells[f"{name}_name"] = cell.text
    return cells


def _evidence(row: DocumentRow, references: References) -> CsvCells:
    every = [row.evidence, *(cell.evidence for cell in row.cells.values())]
    whole = CellEvidence(
        subjects=tuple(dict.fromkeys(key for one in every for key in one.subjects)),
        sources=tuple(dict.fromkeys(key for one in every for key in one.sources)),
    )
    statements = dict.fromkeys(key for one in every for key in references.statement_keys(one))
    numbers = sorted({number for one in every for number in references.numbers(one)})
    cited = [references.sources[number - 1] for number in numbers]
    return {
        "rests_on": _joined(whole.subjects),
        "statements": _joined(list(statements)),
        "source_numbers": _joined(list(map(str, numbers))),
        "source_urls": _joined([one.url for one in cited]),
        "sources_read": _joined([str(one.source["read"] or "UNKNOWN") for one in cited]),
        "figures": _joined([cell.evidence.figure for cell in row.cells.values() if cell.evidence.figure]),
    }


def _joined(texts: tuple[str, ...] | list[str]) -> str | None:
    """Texts with blanks between them; where they are too long for a cell, the first of them and how many more."""
    fitting = sum(length <= MAX_TEXT for length in accumulate(len(text) + 1 for text in texts))
    more = [f"and {len(texts) - fitting} more"] if fitting < len(texts) else []
    return " ".join([*texts[:fitting], *more]) or None


def _stamp(document: ReportDocument) -> Mapping[str, PlainCell]:
    method = document.method
    return {
        "valid_on": str(method.lens.valid_on),
        "known_on": str(method.lens.known_on),
        "lens": format_lens(method.lens),
        "data_version": method.data_version,
        "data_through": str(method.data_through) if method.data_through else None,
        "scenario": method.lens.scenario,
        "licence": FACTS_LICENCE.name,
    }


FORMAT = Format("csv", MEDIA_TYPE, render, download=True)
