"""PDF of a document, set by Typst: the first rows of its tables, its charts as vectors, the sources that it names.

Where the service is known, numbers and charts are links to their living addresses; a number in a chart is none, since
Typst draws no links of an SVG.

Typst comes as a wheel and needs nothing from the system; the fonts are our own (benchmarks/README.md has the trial)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from graph.concurrency.lazy_import import lazy_import
from graph.exports.documents.column_widths import PrintedCell, column_widths, shortened
from graph.exports.documents.model import (
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    ReportDocument,
    SaidText,
    visible,
)
from graph.exports.documents.references import Reference, References
from graph.exports.documents.said import EVIDENCE, IN_SHORT, LinkedTexts, head_text, section_text
from graph.exports.escaping import linkable
from graph.exports.formats import Format
from graph.exports.wording import exclusion_sentences, method_lines, provenance
from graph.pictures.metrics import FOLDER as FONTS
from graph.pictures.printed import printed_svg
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Json
from graph.vocabulary.wording import format_day, format_days

if TYPE_CHECKING:
    import typst
else:
    typst = lazy_import("typst")

MEDIA_TYPE = "application/pdf"
TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
_NOTES = 40
"""Assumptions that print tells."""


def render(document: ReportDocument, service: str = "") -> bytes:
    """The same document gives the same bytes: the file has no time of its own. Its numbers lead to a `service`, where
    its address is known."""
    inputs = {"document": json.dumps(_Printed(document, service).to_json(), ensure_ascii=False)}
    pdf, warnings = _compiler().compile_with_warnings(sys_inputs=inputs, format="pdf")
    if warnings:  # a font that is missing, or a character that no font has
        raise ValueError("; ".join(str(one) for one in warnings))
    assert isinstance(pdf, bytes)  # noqa: S101 (one file, as `output` is not named)
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(TEMPLATE, font_paths=[FONTS], ignore_system_fonts=True)


class _Printed:
    """What is printed of a document, as the template takes it."""

    def __init__(self, document: ReportDocument, service: str) -> None:
        self.document = document
        self.references = References(document)
        self.service = service
        self.texts = LinkedTexts(document, service)

    def to_json(self) -> Json:
        document = self.document
        return {
            "title": format_days(document.title),
            "sentences": [self._said(IN_SHORT, one) for one in document.sentences],
            "figures": [[name, self._linked(head_text(name, value))] for name, value in document.figures],
            "provenance": list(self._provenance()),
            "evidence": [self._said(EVIDENCE, one) for one in document.evidence],
            "sections": [self._section(one) for one in document.sections],
            "method": list(self._method()),
            "readings": self._readings,
            "sources": [_source(one) for one in self.references.printed],
            "licence": FACTS_LICENCE.sentence,
        }

    def _provenance(self) -> Iterator[str]:
        yield format_days(visible(provenance(self.document.method)))
        if self.document.before:
            yield f"Compared with {format_days(visible(provenance(self.document.before)))}"

    def _said(self, where: str, text: str) -> Json:
        return self._linked(SaidText(where, text))

    def _linked(self, said: SaidText) -> Json:
        return [[format_days(text), address] for text, address in self.texts.parts(said)]

    def _section(self, section: DocumentSection) -> Json:
        return {
            "title": self._linked(section_text(section, section.title)),
            "text": [self._linked(section_text(section, one)) for one in section.text],
            "charts": [self._chart(one) for one in section.charts],
            "tables": [self._table(one) for one in section.printed_tables],
            "rest": section.rest,
        }

    def _table(self, table: DocumentTable) -> Json:
        columns = table.printed_columns
        printed = [[self._cell(table, one, row.cell(one)) for row in table.printed_rows] for one in columns]
        titles = [format_days(one.title) for one in columns]
        heads = [f"{title} {one.unit}" for title, one in zip(titles, columns, strict=True)]
        if any(row.evidence for row in table.printed_rows):
            printed.append(
                [PrintedCell("", self.references.marks(row.evidence), whole=True) for row in table.printed_rows]
            )
            heads.append("Sources")
        widths = column_widths(printed, heads)
        return {
            "title": self._said(f"table {table.name}", table.title),
            "columns": [
                {"title": title, "unit": one.unit, "numeric": one.name in table.numeric}
                for title, one in zip(titles, columns, strict=True)
            ],
            "rows": [
                [{"text": self._parts(cell), "marks": cell.marks} for cell in row] for row in zip(*printed, strict=True)
            ],
            "marked": len(heads) > len(columns),
            "widths": list(widths.columns),
            "size": widths.size,
            "rest": table.rest,
            "note": self._said(f"table {table.name}", table.note) if table.note else [],
        }

    def _cell(self, table: DocumentTable, column: DocumentColumn, cell: DocumentCell) -> PrintedCell:
        marks, address = self.references.marks(cell.evidence), self.texts.address(cell.evidence.figure)
        where, text = column.name if column.is_sentence else "", column.show(cell)
        return PrintedCell(
            shortened(text if where else format_days(text)), marks, column.name in table.numeric, address, where
        )

    def _parts(self, cell: PrintedCell) -> Json:
        return self._said(cell.where, cell.text) if cell.where else [[cell.text, cell.address]]

    def _method(self) -> Iterator[Json]:
        yield from (self._said("notes", one) for one in self.document.notes)
        yield from (self._said("left out", visible(one)) for one in exclusion_sentences(self.document.excluded))
        assumptions = self.document.assumptions
        yield from (self._said("assumptions", one) for one in assumptions[:_NOTES])
        if len(assumptions) > _NOTES:
            rest = f"{len(assumptions) - _NOTES} more notes stand in the page and in the files .xlsx, .csv and .json."
            yield [[rest, ""]]
        for method in method_lines(self.document.methods or (self.document.method,)):
            yield [[format_days(visible(method.sentence)), ""]]

    def _chart(self, chart: DocumentChart) -> Json:
        where = f"chart {chart.name}"
        return {
            "title": self._said(where, chart.titled),
            "note": self._said(where, chart.note) if chart.note else [],
            "svg": printed_svg(chart.picture),
            "alt": format_days(chart.alternative),
            "address": f"{self.service}{chart.address}" if self.service and chart.address else "",
        }

    @property
    def _readings(self) -> str:
        rest = len(self.references.sources) - len(self.references.printed)
        named = "Those that figures above mark stand here; the page and the files .xlsx, .bib and .csl.json have all."
        return f"{self.references.readings} {named}" if rest else self.references.readings


def _source(reference: Reference) -> Json:
    more = f"; {reference.annotation}" if reference.annotation else ""
    return {
        "number": str(reference.number),
        "publisher": reference.publisher,
        "title": reference.title,
        "more": f"{format_day(reference.published)}{format_days(more)}",
        "url": reference.url if linkable(reference.url) else "",
    }


FORMAT = Format("pdf", MEDIA_TYPE, render, leads_to_figures=True)
