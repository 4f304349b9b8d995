"""The sources of a document as entries of a bibliography, from which BibTeX and CSL-JSON are written.

A date that is a quarter or a half of a year is given as the months that it spans: readers of these formats take
`2026-Q3` for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graph.exports.documents.model import ReportDocument
from graph.exports.documents.references import Reference, References
from graph.vocabulary.enums import SourceKind
from graph.vocabulary.values import PartialDate

DateParts = tuple[int, ...]
"""Year, month and day, as far as they are known."""


@dataclass(frozen=True, slots=True)
class BibliographyEntry:
    """`issued`: one date, or the first and the last of a span; empty where the source is undated."""

    id: str
    kind: SourceKind
    publisher: str
    title: str
    url: str
    issued: tuple[DateParts, ...]
    accessed: DateParts
    note: str


def entries_of(document: ReportDocument) -> Iterator[BibliographyEntry]:
    """One for each source, by publisher, then date."""
    return map(_entry, References(document).sources)


def _entry(reference: Reference) -> BibliographyEntry:
    row = reference.source
    retrieved = row["retrieved"]
    return BibliographyEntry(
        id=row.key,
        kind=row["kind"],
        publisher=reference.publisher,
        title=reference.title,
        url=reference.url,
        issued=_issued(row["published"]),
        accessed=(retrieved.year, retrieved.month, retrieved.day) if retrieved else (),
        note=reference.annotation,
    )


_WHOLE: Mapping[str, int] = {r"\d{4}": 1, r"\d{4}-\d{2}": 2, r"\d{4}-\d{2}-\d{2}": 3}
"""Dates of a year, a month, a day, and how many parts each has."""


def _issued(moment: PartialDate | None) -> tuple[DateParts, ...]:
    if moment is None:
        return ()
    first, last = moment.earliest, moment.latest
    for pattern, parts in _WHOLE.items():
        if re.fullmatch(pattern, moment.text):
            return ((first.year, first.month, first.day)[:parts],)
    return (first.year, first.month), (last.year, last.month)
