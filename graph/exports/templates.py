"""Documents from templates of Jinja2.

Markdown and HTML come from templates with autoescape and strict undefined names. A page is one file: its style stands
in it and is allowed by hash; scripts and everything from elsewhere are forbidden.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from graph.concurrency.lazy_import import lazy_import
from graph.exports.escaping import anchor, escape_markdown, linkable, markdown_link
from graph.exports.wording import (
    exclusion_sentences,
    format_cell,
    format_dates,
    megawatts_of,
    method_lines,
    provenance,
)
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.wording import bound_sign, dollars, format_day, format_days, megawatts, words

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy_import("jinja2")

HERE = Path(__file__).resolve().parent / "templates"


def _finalize_markdown(value: Any) -> Any:
    """Every value of a Markdown template passes here; only what a filter has made Markup stays as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(escape_markdown(value)) if isinstance(value, str) else value  # noqa: S704 (escaped for Markdown)


@cache
def _environment(folder: Path, markdown: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize_markdown if markdown else None,
    )
    environment.filters |= {
        "words": words,
        "mw": megawatts,
        "megawatts_of": megawatts_of,
        "usd": dollars,
        "sign": bound_sign,
        "dates": format_dates,
        "day": format_day,
        "days": format_days,
        "cell": format_cell,
        "exclusions": exclusion_sentences,
        "provenance": provenance,
        "anchor": anchor,
        "md_link": markdown_link,
        "method_lines": method_lines,
    }
    environment.tests["linkable"] = linkable
    environment.globals["facts_licence"] = FACTS_LICENCE
    return environment


def render_template(template: Path, **context: Any) -> str:
    """The template in that file; `.md.j2` escapes for Markdown, all others for HTML. A template may extend and include
    those of its own folder and of graph/exports/templates."""
    environment = _environment(template.parent, template.name.endswith(".md.j2"))
    return environment.get_template(template.name).render(**context)


# ---- pages


@cache
def style() -> Markup:
    return Markup((HERE / "page.css").read_text("utf-8"))  # noqa: S704 (our own file)


@cache
def content_security_policy() -> str:
    """What a page may load: its own style, known by hash, and nothing else."""
    return page_policy([style()])


def page_policy(styles: Iterable[str], scripts: Iterable[str] = (), more: str = "") -> str:
    """What a page may load: these styles and scripts of its own, known by hash, what `more` names, and nothing else."""
    allowed = {"style-src": styles, "script-src": scripts}
    parts = [f"{name} {' '.join(map(_hash_of, texts))}" for name, texts in allowed.items() if texts]
    return "; ".join(["default-src 'none'", *parts, *filter(None, [more]), "base-uri 'none'", "form-action 'none'"])


def _hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render_page(template: Path, **context: Any) -> str:
    """A self-contained HTML page."""
    return render_template(template, style=style(), policy=content_security_policy(), **context)
