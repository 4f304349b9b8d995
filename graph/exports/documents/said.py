"""What a document says in texts: its sentences, head figures, notes and charts, as a table of their numbers.

A number in a text is told from others by where the text stands, by the text without its numbers, and by its place among
these. So it keeps its address while only the numbers change, and no report has to name any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.evidence.lens import Lens
from graph.exports.documents.model import (
    DocumentChart,
    DocumentSection,
    DocumentTable,
    ReportDocument,
    SaidText,
    visible,
)
from graph.exports.numbers import numbers_in, template_of
from graph.exports.wording import exclusion_sentences
from graph.publication.figures import CellFigure, LivingFigure, Pairs, cell_text
from graph.publication.values import computed_text

SAID = "said"
"""The table of these numbers, as an ID calls it."""
IN_SHORT, EVIDENCE = "in short", "evidence"
_WHERE, _TEXT, _NUMBER, _VALUE = "where", "text", "number", "value"
_CHART_TEXT = re.compile(r'<text(?P<attributes>(?: [\w-]+="[^"]*")*)>(?P<content>[^<]*)</text>')
_CLASSES = re.compile(r' class="([^"]*)"')
LABEL, VALUE_CLASSES = "k", frozenset({"halo", "rank"})
"""A text of a chart of this class is a label, whose numbers are parts of names, unless it has one of the others."""
LEVEL = "level"
"""The class of the levels of an axis."""


def said_texts(document: ReportDocument) -> Iterator[SaidText]:
    """Every text that may hold numbers, where it stands first."""
    yield from (SaidText(IN_SHORT, one) for one in document.sentences)
    yield from (head_text(name, value) for name, value in document.figures)
    yield from (SaidText(EVIDENCE, one) for one in document.evidence)
    for section in document.sections:
        yield from _of_section(section)
    yield from (SaidText("notes", one) for one in document.notes)
    yield from (SaidText("left out", visible(one)) for one in exclusion_sentences(document.excluded))
    yield from (SaidText("assumptions", one) for one in document.assumptions)


def head_text(name: str, value: str) -> SaidText:
    """A figure at the head."""
    return SaidText(f"head, {name}", value)


def section_text(section: DocumentSection, text: str) -> SaidText:
    return SaidText(f"section {section.name}", text)


def _of_section(section: DocumentSection) -> Iterator[SaidText]:
    yield section_text(section, section.title)
    yield from (section_text(section, one) for one in section.text)
    for chart in section.charts:
        yield from (SaidText(f"chart {chart.name}", one) for one in (chart.titled, chart.note))
        yield from (said for _, said in _of_chart(chart))
    for table in section.tables:
        yield from (SaidText(f"table {table.name}", one) for one in (table.title, table.note))
        yield from _sentences_of(table)


def _sentences_of(table: DocumentTable) -> Iterator[SaidText]:
    """Cells that are sentences."""
    for column in table.columns:
        if column.is_sentence:
            yield from (
                SaidText(column.name, row.cell(column).text or str(row.cell(column).value)) for row in table.rows
            )


def _of_chart(chart: DocumentChart) -> Iterator[tuple[re.Match[str], SaidText]]:
    """The texts of a chart that are no labels, with the label that stands before each."""
    label = ""
    for match in _CHART_TEXT.finditer(chart.picture):
        text = visible(str(Markup(match["content"]).unescape()))  # noqa: S704 (unescaped at once)
        classes = _classes(match)
        if LEVEL in classes:
            continue
        if (LABEL in classes and not classes & VALUE_CLASSES) or not any(numbers_in(text)):
            label = text
        else:
            yield match, SaidText(f"chart {chart.name}{f', {label}' if label else ''}", text)


def _classes(match: re.Match[str]) -> set[str]:
    stated = _CLASSES.search(match["attributes"])
    return set(stated[1].split()) if stated else set()


# ---- as a table


def said_table(document: ReportDocument) -> Table:
    """A row for each number of its texts."""
    names = document.names_with_numbers
    rows = [row for said, where in _told_apart(document) for row in _rows(replace(said, where=where), names)]
    columns = (*(TableColumn(name, identifies=True) for name in (_WHERE, _TEXT, _NUMBER)), TableColumn(_VALUE))
    key = (_WHERE, _TEXT, _NUMBER)
    return Table(document.title, columns, rows, document.method, footnotes=document.footnotes, part=SAID, key=key)


def _told_apart(document: ReportDocument) -> Iterator[tuple[SaidText, str]]:
    """Each text once, and where it stands: of those that are alike but for their numbers the second is numbered."""
    counted = Counter[tuple[str, str]]()
    for said in dict.fromkeys(said_texts(document)):
        alike = said.where, template_of(said.text, document.names_with_numbers)
        counted[alike] += 1
        yield said, f"{said.where}, {counted[alike]}" if counted[alike] > 1 else said.where


def _rows(said: SaidText, names: frozenset[str]) -> Iterator[TableRow]:
    template = template_of(said.text, names)
    for place, one in enumerate(numbers_in(said.text, names), start=1):
        yield {_WHERE: said.where, _TEXT: template, _NUMBER: str(place), _VALUE: one.value}


# ---- with addresses


def said_addresses(document: ReportDocument, ids: Iterator[str]) -> Mapping[SaidText, tuple[str, ...]]:
    """The IDs of the numbers of each text; `ids` are those of the rows of the table, empty for none."""
    names = document.names_with_numbers
    return {said: tuple(next(ids) for _ in numbers_in(said.text, names)) for said, _ in _told_apart(document)}


def value_id(ids: Mapping[str, str]) -> str:
    """That of the number of a row, of the IDs of its cells."""
    return ids.get(_VALUE, "")


def said_parts(document: ReportDocument, said: SaidText) -> list[tuple[str, str]]:
    """A text in parts, each with the ID of the number that it is, or none."""
    names, text = document.names_with_numbers, said.text
    ids = document.addresses.get(said, ())
    parts: list[tuple[str, str]] = []
    at = 0
    for one, id in zip(numbers_in(text, names), ids, strict=False):
        if id:
            parts += [(text[at : one.start], ""), (text[one.start : one.end], id)]
            at = one.end
    return [part for part in (*parts, (text[at:], "")) if part[0]]


@dataclass(frozen=True, slots=True)
class LinkedTexts:
    """The texts of a document in parts, each with the whole address of the number that it is, or none."""

    document: ReportDocument
    service: str

    def parts(self, said: SaidText) -> list[tuple[str, str]]:
        if not self.service:
            return [(said.text, "")]
        return [(part, self.address(id)) for part, id in said_parts(self.document, said)]

    def address(self, id: str) -> str:
        """Of a figure; empty without its ID, or a service."""
        return f"{self.service}/figures/{id}" if self.service and id else ""


def cited_parts(report: str, inputs: Pairs, said: SaidText, lens: Lens) -> list[tuple[str, str]]:
    """A text that a report has too, in parts as `said_parts`: its numbers have the addresses that they have there;
    under private facts they have none."""
    if lens.overlay:
        return [(said.text, "")]
    template, parts, at = template_of(said.text), list[tuple[str, str]](), 0
    for place, one in enumerate(numbers_in(said.text), start=1):
        row = {_WHERE: said.where, _TEXT: template, _NUMBER: str(place)}
        pairs = tuple((name, str(cell_text(cell))) for name, cell in row.items())
        figure = LivingFigure(CellFigure(report, inputs, pairs, _VALUE, SAID), lens, str(computed_text(one.value)))
        parts += [(said.text[at : one.start], ""), (said.text[one.start : one.end], figure.id)]
        at = one.end
    return [part for part in (*parts, (said.text[at:], "")) if part[0]]


def with_linked_charts(document: ReportDocument) -> ReportDocument:
    """The document with links in its charts, where their numbers have addresses."""
    sections = tuple(
        replace(one, charts=tuple(_linked_chart(document, chart) for chart in one.charts)) for one in document.sections
    )
    return replace(document, sections=sections)


def _linked_chart(document: ReportDocument, chart: DocumentChart) -> DocumentChart:
    parts: list[str] = []
    at = 0
    for match, said in _of_chart(chart):
        start, end = match.span("content")
        parts += [chart.picture[at:start], *(_chart_part(*part) for part in said_parts(document, said))]
        at = end
    picture = "".join([*parts, chart.picture[at:]])
    if "<a " in picture:  # what an image holds cannot be reached
        picture = picture.replace(' role="img"', ' role="group"', 1)
    return replace(chart, picture=Markup(picture))  # noqa: S704 (it was Markup; what was added is escaped)


def _chart_part(text: str, id: str) -> str:
    """A link stands beyond the order of the tab key: the tables have the same numbers."""
    return f'<a href="/figures/{escape(id)}" tabindex="-1">{escape(text)}</a>' if id else str(escape(text))
