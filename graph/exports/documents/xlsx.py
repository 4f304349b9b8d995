"""XLSX of a document: a sheet for each table, with units, frozen heads and live formulas; sources, evidence, method."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graph.concurrency.lazy_import import lazy_import
from graph.evidence.policy import day_of
from graph.exports.documents.model import (
    DocumentCell,
    DocumentColumn,
    DocumentRow,
    DocumentTable,
    PlainValue,
    ReportDocument,
    SaidText,
    visible,
)
from graph.exports.documents.references import References
from graph.exports.documents.said import EVIDENCE, IN_SHORT, head_text, section_text
from graph.exports.escaping import linkable
from graph.exports.formats import Format
from graph.exports.wording import exclusion_sentences, format_engine, format_parameters, provenance
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Bound
from graph.vocabulary.wording import words

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = lazy_import("xlsxwriter")

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAX_TEXT = 32_000
"""Characters of a cell; one holds 32,767."""
_MAX_ADDRESS = 2_000
"""Characters of an address that may be a link; longer ones stand as text."""
_WIDTHS = range(8, 49)
"""Characters of the narrowest and the widest column."""
_FORMULA_PART = re.compile(r"\{(\w+)(:?)\}")


def render(document: ReportDocument, service: str = "") -> bytes:
    """The same document gives the same bytes; its numbers lead to a `service`, where its address is known. Sheets: what
    the report says, one for each table, what figures rest on, sources, method."""
    out = io.BytesIO()
    # texts are texts: none becomes a formula, a number or a link by itself
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    created = datetime.combine(day_of(document.method.lens.known_on), datetime.min.time())
    book.set_properties({"title": document.title, "created": created, "comments": FACTS_LICENCE.sentence})
    _WorkbookWriter(book, document, service).write()
    book.close()
    return out.getvalue()


class _WorkbookWriter:
    def __init__(self, book: Any, document: ReportDocument, service: str) -> None:
        self.book = book
        self.service = service
        self.document = document
        self.references = References(document)
        self.formats: dict[str, Any] = {}
        self.names = _sheet_names(document.tables)

    def write(self) -> None:
        self._summary()
        for table in self.document.tables:
            self._table(table)
        self._evidence()
        self._sources()
        self._method()

    def _format(self, number: str = "", **properties: Any) -> Any:
        """A format of the book; each is made once."""
        key = repr((number, sorted(properties.items())))
        if key not in self.formats:
            stated = {"valign": "top", **properties, **({"num_format": number} if number else {})}
            self.formats[key] = self.book.add_format(stated)
        return self.formats[key]

    # ---- the sheets

    def _summary(self) -> None:
        sheet = self.book.add_worksheet("Report")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        sheet.set_column(2, 2, 40)
        sheet.write_string(0, 0, self.document.title, self._format(bold=True, font_size=16))
        wrapped, row = self._format(text_wrap=True), 2
        sheet.write_string(1, 2, "living addresses of its numbers", self._format(italic=True))
        for name, said in self._summary_lines():
            sheet.write_string(row, 0, name, self._format(bold=True))
            sheet.write_string(row, 1, _cut(said.text), wrapped)
            addresses = " ".join(f"{self.service}/figures/{id}" for id in self.document.addresses.get(said, ()) if id)
            if addresses:
                sheet.write_string(row, 2, _cut(addresses))
            row += 1
        row += 1
        for table in self.document.tables:
            address = f"internal:'{self.names[table.name]}'!A1"
            _check(sheet.write_url(row, 0, address, self._link, self.names[table.name]))
            sheet.write_string(row, 1, f"{table.title}: {len(table.rows):,} rows", wrapped)
            row += 1

    @property
    def _link(self) -> Any:
        return self._format(font_color="#174f8a", underline=1)

    def _summary_lines(self) -> Iterator[tuple[str, SaidText]]:
        document, method = self.document, self.document.method
        for number, sentence in enumerate(document.sentences):
            yield ("In short" if number == 0 else "", SaidText(IN_SHORT, sentence))
        yield from ((name, head_text(name, value)) for name, value in document.figures)
        yield "How far the data reach", SaidText("", visible(provenance(method)))
        if document.before:
            yield "Compared with", SaidText("", visible(provenance(document.before)))
        for number, sentence in enumerate(document.evidence):
            yield ("How deep" if number == 0 else "", SaidText(EVIDENCE, sentence))
        for section in document.sections:
            for number, paragraph in enumerate(section.text):
                yield (section.title if number == 0 else "", section_text(section, paragraph))
        yield "Licence", SaidText("", FACTS_LICENCE.sentence)

    def _table(self, table: DocumentTable) -> None:
        sheet = self.book.add_worksheet(self.names[table.name])
        layout = _SheetLayout(table)
        heads = [*layout.heads, "key", "rests on", "source numbers", "living addresses"]
        self._head(sheet, heads, layout.frozen)
        for place, row in enumerate(table.rows, start=1):
            for column in table.columns:
                self._cell(sheet, layout, place, column, row.cell(column))
            self._rests_on(sheet, place, len(layout.heads), row)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(heads) - 1)
        self._notes(sheet, len(table.rows) + 2, table)
        for place, width in enumerate(layout.widths):
            sheet.set_column(place, place, width)
        sheet.set_column(len(layout.heads), len(heads) - 1, 24)

    def _head(self, sheet: Any, heads: Sequence[str], frozen: int) -> None:
        head = self._format(bold=True, text_wrap=True, bottom=1, bg_color="#f5f4ef")
        for place, text in enumerate(heads):
            sheet.write_string(0, place, text, head)
        sheet.freeze_panes(1, frozen)

    def _cell(self, sheet: Any, layout: _SheetLayout, row: int, column: DocumentColumn, cell: DocumentCell) -> None:
        place = layout.places[column.name]
        shape = self._format(_number_format(column, cell))
        if self.service and cell.evidence.figure:  # what is written next takes the place of its text, not of its link
            address = f"{self.service}/figures/{cell.evidence.figure}"
            _check(sheet.write_url(row, place, address, shape, "figure"))
        if cell.formula and isinstance(cell.value, int | float):
            sheet.write_formula(row, place, layout.formula(cell.formula, row), shape, cell.value)
        else:
            self._value(sheet, row, place, _value(cell), shape)
        if column.name in layout.table.with_interval:
            self._value(sheet, row, place + 1, cell.low, shape)
            self._value(sheet, row, place + 2, cell.high, shape)
        if column.name in layout.bounded and cell.bound is not Bound.EXACT:
            sheet.write_string(row, layout.bounds[column.name], words(cell.bound))

    def _value(self, sheet: Any, row: int, place: int, value: PlainValue, shape: Any) -> None:
        if isinstance(value, str):
            sheet.write_string(row, place, _cut(value), shape)
        elif value is not None:
            sheet.write_number(row, place, value, shape)

    def _rests_on(self, sheet: Any, place: int, first: int, row: DocumentRow) -> None:
        every = [row.evidence, *(cell.evidence for cell in row.cells.values())]
        subjects = dict.fromkeys(key for one in every for key in one.subjects)
        numbers = sorted({number for one in every for number in self.references.numbers(one)})
        figures = [f"{self.service}/figures/{one.figure}" for one in every if one.figure]
        for offset, texts in enumerate(([row.key], subjects, map(str, numbers), figures)):
            text = " ".join(texts)
            if text:
                sheet.write_string(place, first + offset, _cut(text))

    def _notes(self, sheet: Any, row: int, table: DocumentTable) -> None:
        note = self._format(italic=True)
        origins = (f"{column.title}: {column.origin}" for column in table.columns if column.origin)
        for place, text in enumerate((table.title, *filter(None, [table.note]), *origins)):
            sheet.write_string(row + place, 0, _cut(text), note)

    def _evidence(self) -> None:
        sheet = self.book.add_worksheet("Evidence")
        self._head(sheet, ["key", "about", "dates", "property", "says", "source number", "statement"], frozen=1)
        row = 1
        for subject in self.references.subjects:
            for one in subject.statements:
                for place, text in enumerate((subject.key, subject.name, subject.dates, one.property, one.says)):
                    sheet.write_string(row, place, _cut(text))
                sheet.write_number(row, 5, one.number)
                sheet.write_string(row, 6, one.key)
                row += 1
        sheet.autofilter(0, 0, max(row - 1, 1), 6)
        for place, width in enumerate((30, 44, 30, 18, 44, 8, 34)):
            sheet.set_column(place, place, width)

    def _sources(self) -> None:
        sheet = self.book.add_worksheet("Sources")
        self._head(sheet, ["number", "publisher", "title", "published", "address", "read", "how", "key"], frozen=1)
        for row, one in enumerate(self.references.sources, start=1):
            sheet.write_number(row, 0, one.number)
            read = words(one.source["read"] or "UNKNOWN")
            texts = {1: one.publisher, 2: one.title, 3: one.published, 5: read, 6: one.annotation, 7: one.source.key}
            for place, text in texts.items():
                sheet.write_string(row, place, _cut(text))
            self._address(sheet, row, 4, one.url)
        for place, width in enumerate((8, 28, 60, 12, 60, 14, 40, 24)):
            sheet.set_column(place, place, width)

    def _address(self, sheet: Any, row: int, place: int, url: str) -> None:
        if linkable(url) and len(url) <= _MAX_ADDRESS:
            _check(sheet.write_url(row, place, url, self._link, url[:250]))
        else:
            sheet.write_string(row, place, _cut(url))

    def _method(self) -> None:
        sheet = self.book.add_worksheet("Method")
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 110)
        wrapped = self._format(text_wrap=True)
        for row, (name, text) in enumerate(_method_lines(self.document)):
            sheet.write_string(row, 0, name, self._format(bold=True))
            sheet.write_string(row, 1, _cut(text), wrapped)


class _SheetLayout:
    """Where the columns of a table stand in its sheet: an interval takes two more, a bound one at the end."""

    def __init__(self, table: DocumentTable) -> None:
        self.table = table
        self.places: dict[str, int] = {}
        self.heads: list[str] = []
        self.widths: list[int] = []
        self.bounded = [one.name for one in table.columns if _has_bound(table, one)]
        for column in table.columns:
            self._add_column(column)
        self.bounds = {name: self._add(f"{name} is", 10) for name in self.bounded}

    def _add_column(self, column: DocumentColumn) -> None:
        texts = (str(_value(row.cell(column)) or "") for row in self.table.rows)
        longest = max((len(text) for text in texts), default=0)
        width = 14 if column.name in self.table.numeric else min(max(longest, _WIDTHS[0]), _WIDTHS[-1])
        self.places[column.name] = self._add(column.titled, width)
        if column.name in self.table.with_interval:
            self._add(f"{column.title} from", 12)
            self._add(f"{column.title} to", 12)

    def _add(self, head: str, width: int) -> int:
        self.heads.append(head)
        self.widths.append(width)
        return len(self.heads) - 1

    @property
    def frozen(self) -> int:
        """Columns that stay in sight: up to the first text."""
        texts = (place for name, place in self.places.items() if name not in self.table.numeric)
        return min(next(texts, 0), 4) + 1

    def formula(self, expression: str, row: int) -> str:
        """The expression with cells of that row, and whole columns, in place of names."""

        def reference(match: re.Match[str]) -> str:
            letter = _column_letter(self.places[match[1]])
            return f"${letter}$2:${letter}${len(self.table.rows) + 1}" if match[2] else f"{letter}{row + 1}"

        return "=" + _FORMULA_PART.sub(reference, expression)


def _has_bound(table: DocumentTable, column: DocumentColumn) -> bool:
    return any(row.cell(column).bound is not Bound.EXACT for row in table.rows)


def _column_letter(place: int) -> str:
    letters = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        letters, place = chr(65 + rest) + letters, place - 1
    return letters


def _value(cell: DocumentCell) -> PlainValue:
    """Numbers as they are; of a text how it reads."""
    return cell.text or cell.value if isinstance(cell.value, str) or cell.value is None else cell.value


def _number_format(column: DocumentColumn, cell: DocumentCell) -> str:
    if not isinstance(cell.value, int | float):
        return ""
    if column.digits is not None:
        return "#,##0" + (f".{'0' * column.digits}" if column.digits else "")
    return "#,##0" if float(cell.value).is_integer() else "#,##0.######"


def _sheet_names(tables: Iterable[DocumentTable]) -> Mapping[str, str]:
    """A name for each sheet: at most 31 characters, none of which a workbook refuses, no two alike."""
    taken = {"report", "evidence", "sources", "method", "history"}
    names: dict[str, str] = {}
    for table in tables:
        plain = re.sub(r"[\[\]:*?/\\']", " ", table.name.replace("-", " ")).strip()[:28].capitalize() or "Table"
        name = next(one for one in (plain, *(f"{plain} {n}" for n in range(2, 1000))) if one.lower() not in taken)
        taken.add(name.lower())
        names[table.name] = name
    return names


def _method_lines(document: ReportDocument) -> Iterator[tuple[str, str]]:
    yield "Data", visible(provenance(document.method))
    if document.before:
        yield "Compared with", visible(provenance(document.before))
    for sentence in document.notes:
        yield "Note", sentence
    for sentence in exclusion_sentences(document.excluded):
        yield "Left out", visible(sentence)
    for sentence in document.assumptions:
        yield "Assumption", sentence
    for method in document.methods or (document.method,):
        text = f"Weight: {method.weight}. {format_parameters(method)}. Computed by {format_engine(method)}."
        yield words(method.name), visible(text)
    yield "Licence", FACTS_LICENCE.sentence


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]} …"


def _check(code: int) -> None:
    """Raises ValueError where a workbook refuses what it was to hold: the library says so by a code alone."""
    if code:
        raise ValueError(f"a cell of the workbook was refused with code {code}")


FORMAT = Format("xlsx", MEDIA_TYPE, render, download=True, leads_to_figures=True)
