"""The page that leads to the reports in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.analytics.core.method import Method
from graph.exports.documents.html import TEMPLATES, style
from graph.exports.templates import page_policy, render_template


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A report with its files by the name of their format, and its charts."""

    title: str
    sentences: tuple[str, ...]
    files: Sequence[tuple[str, str]]
    charts: Sequence[str]


def render_index(entries: Sequence[IndexEntry], method: Method) -> str:
    """`method`: of any of the reports, which says the lens and the data version."""
    policy = page_policy([style()], more="font-src data:")
    return render_template(TEMPLATES / "index.html.j2", entries=entries, method=method, style=style(), policy=policy)
