"""Markdown of a document: sentences, tables with footnotes, method, sources."""

from __future__ import annotations

from pathlib import Path

from graph.exports.documents.model import ReportDocument
from graph.exports.documents.references import References
from graph.exports.formats import Format
from graph.exports.markdown import MEDIA_TYPE
from graph.exports.templates import render_template

TEMPLATES = Path(__file__).parent / "templates"


def render(document: ReportDocument) -> str:
    return render_template(TEMPLATES / "report.md.j2", document=document, references=References(document))


FORMAT = Format("md", MEDIA_TYPE, render)
