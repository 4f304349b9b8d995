"""A report as data: one document, from which every format is written.

A document holds texts that are safe to show: characters of control and marks of direction are taken out when it is
made, so that no format has to think of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from markupsafe import Markup

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.method import Method
from graph.exports.wording import CONTAINS_PRIVATE_FACTS, first_few, format_cell
from graph.vocabulary.values import Bound, Json
from graph.vocabulary.wording import bound_sign, dollars

PlainValue = str | float | int | None

PRINTED_ROWS = 12
"""Rows of a table that print and PDF show, unless the table says otherwise."""
ELSEWHERE = "in the page and in the files .xlsx, .csv and .json."
_MILLION = 1e6
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of direction, which turn what stands beside them."""


def visible(text: str) -> str:
    """The text on one line, without characters of control, marks of direction and others that nobody sees."""
    kept = "".join(one for one in text if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(r"\s+", " ", kept).strip()


# ---- cells


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """What a cell, or a row, rests on. `subjects`: keys of links, debts, stated totals, entities; `properties`: which
    of their properties say it, all where it is empty. `statements` and `sources`: keys of others. `figure`: the ID of
    its living address."""

    subjects: tuple[str, ...] = ()
    properties: frozenset[str] = frozenset()
    statements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    figure: str = ""

    def __bool__(self) -> bool:
        return bool(self.subjects or self.statements or self.sources)


NO_EVIDENCE = CellEvidence()


@dataclass(frozen=True, slots=True)
class DocumentCell:
    """A value, and how it reads where its column does not say so (`text`).

    `low` and `high`: the interval in which it lies. `formula`: the expression of a workbook that gives `value`:
    `{column}` is a cell of the same row, `{column:}` the whole column. `target`: the key of a row of the document to
    which it leads."""

    value: PlainValue = None
    text: str = ""
    low: float | None = None
    high: float | None = None
    bound: Bound = Bound.EXACT
    formula: str = ""
    target: str = ""
    evidence: CellEvidence = NO_EVIDENCE

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))
        if isinstance(self.value, str):
            object.__setattr__(self, "value", visible(self.value))

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None


EMPTY = DocumentCell()
_ORDINALS, _SENTENCES = frozenset({"loop"}), frozenset({"gap"})


@dataclass(frozen=True, slots=True)
class DocumentColumn:
    """`name` stands in CSV and JSON, `header` before a reader; `unit` of its numbers; `origin`: where its values come
    from, a sentence. `digits` after the point. `detail`: left out in print, where room is short."""

    name: str
    header: str = ""
    unit: str = ""
    origin: str = ""
    digits: int | None = None
    detail: bool = False

    @property
    def title(self) -> str:
        return self.header or self.name.replace("_", " ")

    @property
    def is_ordinal(self) -> bool:
        """Whether its numbers only say which row of another table is meant."""
        return self.name in _ORDINALS

    @property
    def titled(self) -> str:
        """The header with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def is_sentence(self) -> bool:
        """Whether its cells are sentences, made from numbers."""
        return self.name in _SENTENCES

    def show(self, cell: DocumentCell) -> str:
        """How a cell reads, its interval included."""
        shown = cell.text or self.number(cell.value)
        if cell.bound is not Bound.EXACT and not cell.text:
            shown = f"{bound_sign(cell.bound)}{shown}"
        if cell.has_interval:
            shown = f"{shown} ({self.interval(cell)})"
        return shown

    def interval(self, cell: DocumentCell) -> str:
        return f"{self.number(cell.low)}–{self.number(cell.high)}" if cell.has_interval else ""

    def number(self, value: PlainValue) -> str:
        if isinstance(value, str) or value is None:
            return value or ""
        if self.unit.startswith("USD") and abs(value) >= _MILLION:
            return dollars(value)
        if self.digits is not None:
            return f"{value:,.{self.digits}f}"
        return format_cell(value)


# ---- tables and charts


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """`key`: of the link or organization that the row is about, by which other cells lead to it. `evidence`: what the
    row as a whole rests on."""

    cells: Mapping[str, DocumentCell]
    key: str = ""
    evidence: CellEvidence = NO_EVIDENCE

    def cell(self, column: DocumentColumn) -> DocumentCell:
        return self.cells.get(column.name, EMPTY)


@dataclass(frozen=True)
class DocumentTable:
    """`name` tells it from the other tables of a document: letters, digits, hyphens. `printed`: how many rows print
    shows; 0: it leaves the table out. `note` stands below it. `folded`: a page shows it when it is opened."""

    name: str
    title: str
    columns: tuple[DocumentColumn, ...]
    rows: Sequence[DocumentRow]
    note: str = ""
    printed: int = PRINTED_ROWS
    folded: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        object.__setattr__(self, "note", visible(self.note))

    @cached_property
    def numeric(self) -> frozenset[str]:
        """Names of the columns whose values are numbers."""
        return frozenset(
            column.name
            for column in self.columns
            if (values := [row.cell(column).value for row in self.rows if row.cell(column).value is not None])
            and all(isinstance(value, int | float) for value in values)
        )

    @cached_property
    def with_interval(self) -> frozenset[str]:
        """Names of the columns of which some cell has an interval."""
        return frozenset(one.name for one in self.columns if any(row.cell(one).has_interval for row in self.rows))

    @property
    def printed_rows(self) -> Sequence[DocumentRow]:
        return self.rows[: self.printed]

    @cached_property
    def shown_columns(self) -> tuple[DocumentColumn, ...]:
        """Those of which some row says something; all of them where there are no rows."""
        stated = [one for one in self.columns if any(one.show(row.cell(one)) for row in self.rows)]
        return tuple(stated) if self.rows else self.columns

    @property
    def printed_columns(self) -> tuple[DocumentColumn, ...]:
        return tuple(column for column in self.shown_columns if not column.detail)

    @property
    def rest(self) -> str:
        """What print leaves out, and where it stands; empty where it leaves nothing out."""
        more = len(self.rows) - len(self.printed_rows)
        rows = f"{more:,} more {'row stands' if more == 1 else 'rows stand'}"
        return f"{rows} {ELSEWHERE}" if more else ""


@dataclass(frozen=True)
class DocumentChart:
    """`picture`: an SVG as pages show it (`graph/pictures/svg.py`), with its title and description; `note` says how to
    read it. `unit` of its numbers. `address`: its own, where it has one."""

    name: str
    title: str
    picture: Markup
    unit: str = ""
    note: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        object.__setattr__(self, "note", visible(self.note))
        picture = Markup(_DIRECTION.sub("", self.picture))  # noqa: S704 (it was Markup)
        object.__setattr__(self, "picture", picture)

    @property
    def titled(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def alternative(self) -> str:
        """What is read in place of the picture: its own description."""
        described = re.search(r"<desc>(.*?)</desc>", self.picture, re.DOTALL)
        said = Markup(described[1]).unescape() if described else ""  # noqa: S704 (unescaped at once)
        return visible(f"{self.titled}. {said}")


@dataclass(frozen=True)
class DocumentSection:
    """`text`: paragraphs; then the charts, then the tables, of which the first has the figures of the charts."""

    name: str
    title: str
    text: tuple[str, ...] = ()
    charts: tuple[DocumentChart, ...] = ()
    tables: tuple[DocumentTable, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        object.__setattr__(self, "text", tuple(map(visible, self.text)))

    @property
    def printed_tables(self) -> tuple[DocumentTable, ...]:
        return tuple(one for one in self.tables if one.printed or not one.rows)

    @property
    def rest(self) -> str:
        """The tables that print leaves out, and where they stand; empty where it leaves none out."""
        left = [one for one in self.tables if one not in self.printed_tables]
        rows = sum(len(one.rows) for one in left)
        tables = f"{len(left)} more {'table' if len(left) == 1 else 'tables'}"
        return f"{tables} with {rows:,} rows {'stands' if len(left) == 1 else 'stand'} {ELSEWHERE}" if left else ""


# ---- the document


@dataclass(frozen=True, slots=True)
class SaidText:
    """A text of a document, and where it stands in it."""

    where: str
    text: str


@dataclass(frozen=True)
class ReportDocument:
    """All that a report says. `sentences`: the three that say it in short, made from the numbers. `figures`: what
    stands large at its head, name and value. `evidence`: how good and how fresh the evidence is, in sentences.

    `method` is that of the whole; `methods` are those of its figures. `before`: the method of the first lens, where two
    are compared. `footnotes`: names and sources of all that cells rest on. `data`: what JSON holds beside, by name.
    `addresses`: the IDs of the numbers of each text (`said.py`)."""

    name: str
    title: str
    sentences: tuple[str, ...]
    sections: tuple[DocumentSection, ...]
    method: Method
    footnotes: Footnotes | None
    subject: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    methods: tuple[Method, ...] = ()
    notes: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    before: Method | None = None
    data: Mapping[str, Json] = field(default_factory=dict)
    addresses: Mapping[SaidText, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))
        private = any(one.lens.overlay for one in (self.method, *([self.before] if self.before else [])))
        if private and CONTAINS_PRIVATE_FACTS not in self.sentences:
            object.__setattr__(self, "sentences", (CONTAINS_PRIVATE_FACTS, *self.sentences))
        for name in ("sentences", "evidence", "notes"):
            object.__setattr__(self, name, tuple(map(visible, getattr(self, name))))

    @property
    def tables(self) -> Iterator[DocumentTable]:
        for section in self.sections:
            yield from section.tables

    @property
    def charts(self) -> Iterator[DocumentChart]:
        for section in self.sections:
            yield from section.charts

    @cached_property
    def anchors(self) -> frozenset[str]:
        """Keys of rows, to which cells may lead."""
        return frozenset(row.key for table in self.tables for row in table.rows if row.key)

    @cached_property
    def names_with_numbers(self) -> frozenset[str]:
        """Names in which a number is a part: Hut 8."""
        entities = self.footnotes.snapshot.entities.values() if self.footnotes else ()
        names = (str(row.columns.get("name", "")) for row in entities)
        return frozenset(visible(name) for name in names if re.search("[0-9]", name))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions of all methods, each once; what is said of many, `SHELL, GROSS: …`, once with the first few
        of these behind it."""
        said = dict.fromkeys(visible(one) for method in (self.method, *self.methods) for one in method.assumptions)
        about: dict[str, list[str]] = {}
        for sentence in said:
            of, _, rest = sentence.rpartition(": ")
            about.setdefault(rest, []).append(of)
        return tuple(one for rest, of in about.items() for one in _said_of(rest, of))

    def with_section(self, section: DocumentSection, after: str) -> ReportDocument:
        """The document with one more section, after the one of that name."""
        place = [one.name for one in self.sections].index(after) + 1
        return replace(self, sections=(*self.sections[:place], section, *self.sections[place:]))


_MANY = 3


def _said_of(sentence: str, of: Sequence[str]) -> Sequence[str]:
    """Of each; of many at once."""
    if len(of) < _MANY:
        return [f"{one}: {sentence}" if one else sentence for one in of]
    return [f"{sentence.removesuffix('.')} ({first_few(of)})."]
