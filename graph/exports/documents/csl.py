"""CSL-JSON: the sources of a document for reference managers and citation styles."""

from __future__ import annotations

from typing import Any

from graph.exports.documents.bibliography import BibliographyEntry, entries_of
from graph.exports.documents.model import ReportDocument
from graph.exports.formats import Format
from graph.exports.json import render_json
from graph.vocabulary.enums import SourceKind
from graph.vocabulary.values import Json

MEDIA_TYPE = "application/vnd.citationstyles.csl+json"

_TYPES = {
    SourceKind.FILING: "report",
    SourceKind.NEWSWIRE: "article-newspaper",
    SourceKind.NEWS: "article-newspaper",
    SourceKind.TRADE_PRESS: "article-magazine",
    SourceKind.DATASET: "dataset",
}
"""Any other is a web page."""


def render(document: ReportDocument) -> str:
    return render_json([_item(one) for one in entries_of(document)])


def _item(entry: BibliographyEntry) -> Json:
    item: dict[str, Any] = {
        "id": entry.id,
        "type": _TYPES.get(entry.kind, "webpage"),
        "title": entry.title,
        "author": [{"literal": entry.publisher}],
        "URL": entry.url,
    }
    if entry.issued:
        item["issued"] = {"date-parts": [list(parts) for parts in entry.issued]}
    if entry.accessed:
        item["accessed"] = {"date-parts": [list(entry.accessed)]}
    if entry.note:
        item["note"] = entry.note
    return item


FORMAT = Format("csl.json", MEDIA_TYPE, render, download=True)
