"""Markdown of a document: sentences, tables with footnotes, method, sources."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from markupsafe import Markup

from graph.exports.documents.model import ReportDocument, SaidText
from graph.exports.documents.references import References
from graph.exports.documents.said import said_parts
from graph.exports.escaping import escape_markdown
from graph.exports.formats import Format
from graph.exports.markdown import MEDIA_TYPE
from graph.exports.templates import render_template
from graph.vocabulary.wording import format_days

TEMPLATES = Path(__file__).parent / "templates"


def render(document: ReportDocument) -> str:
    said = partial(_with_addresses, document)
    return render_template(TEMPLATES / "report.md.j2", document=document, references=References(document), said=said)


def _with_addresses(document: ReportDocument, where: str, text: str) -> Markup:
    """A text with links from its numbers to their addresses."""
    parts = said_parts(document, SaidText(where, text))
    linked = (f"[{escape_markdown(part)}](/figures/{id})" if id else _unlinked(part) for part, id in parts)
    return Markup("".join(linked))  # noqa: S704 (escaped for Markdown)


def _unlinked(part: str) -> str:
    return escape_markdown(format_days(part))


FORMAT = Format("md", MEDIA_TYPE, render)
