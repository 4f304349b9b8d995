"""Templates of the pages: autoescape, strict names, no logic but loops and conditions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.agreement_html import agreement_row
from api.pages.agreements import BASIS_TEXT, BASIS_WORDS
from api.pages.figure_html import bibliography_items, document, dots, fig, num, panel, party, reading
from api.pages.frame import PageFrame
from api.pages.page import Visit
from api.pages.show_query import shown_parts, shown_query
from api.pages.wording import billions, count_of
from graph.exports.escaping import linkable
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.wording import format_day, megawatts, words

TEMPLATES = Path(__file__).with_name("templates")
_WRITERS = (fig, num, dots, panel, document, reading, party, agreement_row, bibliography_items)
"""What templates call by its name."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"day": format_day, "words": words, "mw": megawatts, "bn": billions, "count": count_of}
    environment.tests["linkable"] = linkable
    environment.globals |= {one.__name__: one for one in _WRITERS}
    environment.globals |= {"facts_licence": FACTS_LICENCE, "basis_words": BASIS_WORDS, "basis_text": BASIS_TEXT}
    return environment


def render(template: str, **context: Any) -> str:
    """A file of `templates`."""
    return _environment().get_template(template).render(**context)


def render_page(visit: Visit, view: Any, frame: PageFrame) -> str:
    """The page of a visit, whose view model has been made."""
    return render(
        visit.page.template,
        frame=frame,
        visit=visit,
        view=view,
        query=shown_query(visit, graphiql=frame.graphiql),
        parts=shown_parts(visit, graphiql=frame.graphiql),
        sources=visit.citer.bibliography.documents,
    )
