"""The formats of reports: those of documents, and those of tables.

Each module of this package that declares FORMAT adds one that writes a `ReportDocument`. A report that is a `Table` has
the same formats: those that write tables (`graph/exports/formats.py`) write it as it is, for the others it is made a
document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import graph.exports.documents
from graph.analytics.core.discovery import declared_in
from graph.analytics.core.table import Table
from graph.exports.documents.from_table import document_of_table, main_table
from graph.exports.formats import Format, by_suffix, table_formats

BIBLIOGRAPHIES = frozenset({"bib", "csl.json"})
"""Formats that hold the sources alone; a report that cites none does not have them."""


def document_formats() -> Mapping[str, Format]:
    """All formats that write a document, by suffix in alphabetical order."""
    return by_suffix(*sorted(declared_in(graph.exports.documents, "FORMAT"), key=lambda each: each.suffix))


def report_formats(name: str) -> Mapping[str, Format]:
    """All formats of the report of that name, by suffix in alphabetical order."""
    tables, documents = table_formats(), document_formats()
    written = {
        **{suffix: _of_table(each) for suffix, each in tables.items()},
        **{suffix: _of_document(name, each, tables.get(suffix)) for suffix, each in documents.items()},
    }
    return {suffix: written[suffix] for suffix in sorted(written)}


def _of_table(each: Format) -> Format:
    """A format of tables; of a document it writes the first."""
    return replace(
        each, render=lambda gathered: each.render(gathered if isinstance(gathered, Table) else main_table(gathered))
    )


def _of_document(name: str, each: Format, of_tables: Format | None) -> Format:
    """A format of documents; a table it writes as a table, where it can."""

    def render(gathered: Any, *service: str) -> str | bytes:
        if not isinstance(gathered, Table):
            return each.render(gathered, *service)
        return of_tables.render(gathered) if of_tables else each.render(document_of_table(name, gathered), *service)

    return replace(each, render=render)
