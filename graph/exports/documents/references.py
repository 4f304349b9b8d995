"""References of a document: its sources, numbered, and all that its cells rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from graph.evidence.captions import caption
from graph.evidence.citing import annotation, reading_counts
from graph.exports.documents.model import CellEvidence, DocumentTable, ReportDocument, visible
from graph.vocabulary.model import Row
from graph.vocabulary.values import sortable

MAX_MARKS = 4
"""Sources that print names at a figure; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A source by its number in the document. `annotation`: how it was read, where in it the figures stand, who last
    looked when, as far as that is known. `printed`: whether a figure that print shows names it."""

    number: int
    source: Row
    annotation: str
    printed: bool

    @property
    def publisher(self) -> str:
        return visible(self.source.columns["publisher"])

    @property
    def title(self) -> str:
        return visible(str(self.source["title"] or self.source.columns["url"]))

    @property
    def url(self) -> str:
        url: str = self.source.columns["url"]
        return url

    @property
    def published(self) -> str:
        return str(self.source.columns.get("published") or "undated")


@dataclass(frozen=True, slots=True)
class CitedStatement:
    """A statement, by key, with the number of its source; `says` is it in words."""

    key: str
    property: str
    says: str
    number: int


@dataclass(frozen=True, slots=True)
class CitedSubject:
    """A link, a debt, a stated total or an entity that figures rest on, with its statements that were chosen."""

    key: str
    name: str
    dates: str
    statements: tuple[CitedStatement, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(sorted({one.number for one in self.statements}))


class References:
    """Numbers run by publisher, then date, then key."""

    def __init__(self, document: ReportDocument) -> None:
        self.document = document
        self._footnotes = document.footnotes
        self._every = [*_evidence_of(document.tables)]
        self._numbers: dict[CellEvidence, tuple[int, ...]] = {}

    @cached_property
    def sources(self) -> tuple[Reference, ...]:
        if self._footnotes is None:
            return ()
        statements: dict[str, list[Row]] = {}
        for row in {row.key: row for one in self._every for row in self._statements(one)}.values():
            statements.setdefault(row.columns["source"], []).append(row)
        for one in self._every:
            for key in one.sources:
                statements.setdefault(key, [])
        known = self._footnotes.sources
        rows = sorted((known[key] for key in statements if key in known), key=_list_order)
        printed = self._printed_keys
        return tuple(
            Reference(number, row, visible(annotation(row, statements[row.key], known)), row.key in printed)
            for number, row in enumerate(rows, start=1)
        )

    @cached_property
    def _printed_keys(self) -> frozenset[str]:
        """Keys of the sources that figures name in print."""
        printed = (self._source_keys(one) for one in _printed_evidence(self.document.tables))
        return frozenset(key for keys in printed if len(keys) <= MAX_MARKS for key in keys)

    @cached_property
    def by_key(self) -> Mapping[str, Reference]:
        return {one.source.key: one for one in self.sources}

    @property
    def printed(self) -> tuple[Reference, ...]:
        return tuple(one for one in self.sources if one.printed)

    @property
    def readings(self) -> str:
        """How the sources were read, in a sentence."""
        return reading_counts(one.source["read"] or "UNKNOWN" for one in self.sources)

    def numbers(self, evidence: CellEvidence) -> tuple[int, ...]:
        """The numbers of the sources of a cell or a row."""
        if evidence not in self._numbers:
            keys = self._source_keys(evidence)
            self._numbers[evidence] = tuple(sorted(self.by_key[key].number for key in keys if key in self.by_key))
        return self._numbers[evidence]

    def marks(self, evidence: CellEvidence) -> str:
        """The numbers as print shows them: all of them, or how many there are."""
        numbers = self.numbers(evidence)
        return ",".join(map(str, numbers)) if len(numbers) <= MAX_MARKS else f"{len(numbers)} sources"

    def statement_keys(self, evidence: CellEvidence) -> tuple[str, ...]:
        return tuple(row.key for row in self._statements(evidence))

    def name(self, key: str) -> str:
        return visible(self._footnotes.name(key)) if self._footnotes else key

    @cached_property
    def subjects(self) -> tuple[CitedSubject, ...]:
        """All that cells and rows rest on and that has statements, by name."""
        keys = dict.fromkeys(key for one in self._every for key in one.subjects)
        subjects = [self._subject(key) for key in keys]
        return tuple(sorted((one for one in subjects if one.statements), key=lambda one: (sortable(one.name), one.key)))

    def _subject(self, key: str) -> CitedSubject:
        if self._footnotes is None:
            return CitedSubject(key, key, "", ())
        rows = self._statements(CellEvidence((key,)))
        statements = (
            CitedStatement(row.key, row.columns["property"], visible(caption(row, {})), self.by_key[source].number)
            for row in rows
            if (source := row.columns["source"]) in self.by_key
        )
        return CitedSubject(key, self.name(key), visible(self._footnotes.dates(key)), tuple(statements))

    def _statements(self, evidence: CellEvidence) -> Iterator[Row]:
        if self._footnotes is None:
            return
        for key in evidence.subjects:
            for row in self._footnotes.chosen_about(key):
                if not evidence.properties or _property_of(row) in evidence.properties:
                    yield row
        for key in evidence.statements:
            if key in self._footnotes.statements:
                yield self._footnotes.statements[key]

    def _source_keys(self, evidence: CellEvidence) -> dict[str, None]:
        keys = dict.fromkeys(row.columns["source"] for row in self._statements(evidence))
        return keys | dict.fromkeys(evidence.sources)


def _property_of(statement: Row) -> str:
    """As `graph/reports/citations.py` names it: each basis of capacities counts as one, `capacities/GROSS`."""
    name: str = statement.columns["property"]
    return f"{name}/{statement_basis(statement)}" if name == "capacities" else name


def statement_basis(statement: Row) -> str:
    """The basis of the megawatts that a statement says."""
    basis: str = json.loads(statement.columns["value"])["basis"]
    return basis


def _evidence_of(tables: Iterable[DocumentTable]) -> Iterator[CellEvidence]:
    for table in tables:
        for row in table.rows:
            yield row.evidence
            yield from (cell.evidence for cell in row.cells.values())


def _printed_evidence(tables: Iterable[DocumentTable]) -> Iterator[CellEvidence]:
    for table in tables:
        for row in table.printed_rows:
            yield row.evidence
            yield from (row.cell(column).evidence for column in table.printed_columns)


def _list_order(source: Row) -> tuple[str, str, str]:
    columns = source.columns
    return sortable(columns["publisher"]), columns.get("published_earliest", ""), source.key
