"""BibTeX: the sources of a document for LaTeX and reference managers."""

from __future__ import annotations

from collections.abc import Iterator

from graph.exports.documents.bibliography import BibliographyEntry, DateParts, entries_of
from graph.exports.documents.model import ReportDocument
from graph.exports.formats import Format
from graph.vocabulary.enums import SourceKind

MEDIA_TYPE = "application/x-bibtex; charset=utf-8"

_TYPES = {SourceKind.FILING: "techreport"}
"""Of filings the publisher is an institution; any other is `misc`."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def render(document: ReportDocument) -> str:
    return "".join(map(_text, entries_of(document)))


def _text(entry: BibliographyEntry) -> str:
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(entry))
    return f"@{_TYPES.get(entry.kind, 'misc')}{{{entry.id},\n{fields}}}\n\n"


def _fields(entry: BibliographyEntry) -> Iterator[tuple[str, str]]:
    publisher = f"{{{_escaped(entry.publisher)}}}"
    yield "author", f"{{{publisher}}}"
    if entry.kind is SourceKind.FILING:
        yield "institution", publisher
    yield "title", f"{{{{{_escaped(entry.title)}}}}}"
    if entry.issued:
        yield from _dates(entry.issued[0])
        yield "date", f"{{{'/'.join(map(_iso, entry.issued))}}}"
    yield "url", f"{{{_escaped_url(entry.url)}}}"
    if entry.accessed:
        yield "urldate", f"{{{_iso(entry.accessed)}}}"
    if entry.note:
        yield "note", f"{{{_escaped(entry.note)}}}"


def _dates(parts: DateParts) -> Iterator[tuple[str, str]]:
    yield "year", f"{{{parts[0]}}}"
    if len(parts) > 1:
        yield "month", _MONTHS[parts[1] - 1]


def _iso(parts: DateParts) -> str:
    return "-".join([f"{parts[0]:04}", *(f"{part:02}" for part in parts[1:])])


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(one, one) for one in text)


def _escaped_url(url: str) -> str:
    """As it is, but for what would end the field."""
    return url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


FORMAT = Format("bib", MEDIA_TYPE, render, download=True)
