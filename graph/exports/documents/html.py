"""HTML of a document: one file that needs nothing from elsewhere, with charts, light and dark, short in print.

Without its script all is there; with it tables are sorted and filtered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from markupsafe import Markup

from graph.exports.documents.model import ReportDocument, SaidText
from graph.exports.documents.references import MAX_MARKS, References
from graph.exports.documents.said import EVIDENCE, said_parts
from graph.exports.formats import HTML_SUFFIX, Format
from graph.exports.html import MEDIA_TYPE
from graph.exports.templates import page_policy, render_template
from graph.exports.templates import style as page_style
from graph.pictures.svg import font_face, stylesheet
from graph.vocabulary.wording import format_days

TEMPLATES = Path(__file__).parent / "templates"
LONG = 20
"""Rows of a table that gets a height of its own, and a field that filters it."""

RowPlace = tuple[str, int]
"""The name of a table and the number of a row in it."""


@cache
def style() -> Markup:
    """The style of reports with charts, and the font of these."""
    own = (TEMPLATES / "report.css").read_text("utf-8")
    sheets = (stylesheet("colours", "chart", "network"), str(page_style()), own, font_face())
    return Markup("\n".join(sheets))  # noqa: S704 (our own files)


@cache
def script() -> Markup:
    return Markup((TEMPLATES / "report.js").read_text("utf-8"))  # noqa: S704 (our own file)


@cache
def report_policy() -> str:
    """What the page of a report may load, whether it is a document or a table: its own styles, script and font."""
    return page_policy([style(), page_style()], [script()], "font-src data:")


def render(document: ReportDocument) -> str:
    return render_template(
        TEMPLATES / "report.html.j2",
        document=document,
        references=References(document),
        said=partial(_with_addresses, document),
        evidence=[_with_addresses(document, EVIDENCE, one) for one in document.evidence],
        anchors=_anchors(document),
        long=LONG,
        max_marks=MAX_MARKS,
        style=style(),
        script=script(),
        policy=report_policy(),
    )


def _with_addresses(document: ReportDocument, where: str, text: str) -> Markup:
    """A text with links from its numbers to their addresses."""
    parts = said_parts(document, SaidText(where, text))
    return Markup("").join(_LINK.format(id, part) if id else format_days(part) for part, id in parts)


_LINK = Markup('<a class="figure" href="/figures/{}">{}</a>')


def _anchors(document: ReportDocument) -> Mapping[str, RowPlace]:
    """By key of a row the first place where one stands: there it has an ID."""
    places: dict[str, RowPlace] = {}
    for table in document.tables:
        for number, row in enumerate(table.rows):
            if row.key:
                places.setdefault(row.key, (table.name, number))
    return places


FORMAT = Format(HTML_SUFFIX, MEDIA_TYPE, render)
