"""JSON of a document: every table with its values, intervals and what they rest on; statements; sources; method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.exports.documents.references import Reference, References
from graph.exports.formats import Format
from graph.exports.json import MEDIA_TYPE, method_json, render_json
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Bound, Json


def to_json(document: ReportDocument) -> dict[str, Json]:
    """The document as data. A cell that is no more than a value is that value."""
    references = References(document)
    return {
        "name": document.name,
        "title": document.title,
        **({"subject": document.subject} if document.subject else {}),
        "says": list(document.sentences),
        "figures": dict(document.figures),
        "evidence": list(document.evidence),
        "numbers": list(_numbers(document)),
        "dataVersion": document.method.data_version,
        "sections": [_section(section, references) for section in document.sections],
        "excluded": [{"link": one.link.key, "because": one.because} for one in document.excluded],
        "notes": list(document.notes),
        "method": method_json(document.method),
        **({"before": method_json(document.before)} if document.before else {}),
        "methods": [method_json(one) for one in document.methods],
        "restsOn": [
            {
                "key": one.key,
                "name": one.name,
                "dates": one.dates,
                "statements": [
                    {"key": each.key, "property": each.property, "says": each.says, "source": each.number}
                    for each in one.statements
                ],
            }
            for one in references.subjects
        ],
        "sources": [_source(one) for one in references.sources],
        **document.data,
        "licence": FACTS_LICENCE.to_json(),
    }


def _numbers(document: ReportDocument) -> Iterator[Json]:
    """The texts with numbers, and the addresses of these in their order."""
    for said, ids in document.addresses.items():
        if ids:
            yield {
                "where": said.where,
                "text": said.text,
                "figures": [f"/figures/{id}" if id else None for id in ids],
            }


def _section(section: DocumentSection, references: References) -> Json:
    return {
        "name": section.name,
        "title": section.title,
        "text": list(section.text),
        "charts": [
            {
                "name": one.name,
                "title": one.title,
                "unit": one.unit,
                "note": one.note,
                **({"address": one.address} if one.address else {}),
            }
            for one in section.charts
        ],
        "tables": [_table(table, references) for table in section.tables],
    }


def _table(table: DocumentTable, references: References) -> Json:
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": [
            {
                "name": column.name,
                "title": column.title,
                **({"unit": column.unit} if column.unit else {}),
                **({"origin": column.origin} if column.origin else {}),
            }
            for column in table.columns
        ],
        "rows": [_row(table, row, references) for row in table.rows],
    }


def _row(table: DocumentTable, row: DocumentRow, references: References) -> Json:
    cells: dict[str, Any] = {column.name: _cell(column, row.cell(column), references) for column in table.columns}
    return {
        **({"key": row.key} if row.key else {}),
        "cells": cells,
        **({"restsOn": _evidence(row.evidence, references)} if row.evidence else {}),
    }


def _cell(column: DocumentColumn, cell: DocumentCell, references: References) -> Json:
    more: dict[str, Json] = {}
    if cell.has_interval:
        more |= {"low": cell.low, "high": cell.high}
    if cell.bound is not Bound.EXACT:
        more["bound"] = str(cell.bound)
    if cell.text and cell.text != column.number(cell.value):
        more["text"] = cell.text
    if cell.evidence:
        more["restsOn"] = _evidence(cell.evidence, references)
    if cell.evidence.figure:
        more["figure"] = f"/figures/{cell.evidence.figure}"
    return {"value": cell.value, **more} if more else cell.value


def _evidence(evidence: CellEvidence, references: References) -> Json:
    """Its statements are under `restsOn` of the document, by key of the subject."""
    return {
        **({"keys": list(evidence.subjects)} if evidence.subjects else {}),
        **({"properties": sorted(evidence.properties)} if evidence.properties else {}),
        **({"statements": list(evidence.statements)} if evidence.statements else {}),
        "sources": list(references.numbers(evidence)),
    }


def _source(reference: Reference) -> Json:
    row = reference.source
    return {
        "number": reference.number,
        "key": row.key,
        "publisher": reference.publisher,
        "title": reference.title,
        "published": row.columns.get("published"),
        "url": reference.url,
        "read": str(row["read"] or "UNKNOWN"),
        "how": reference.annotation,
    }


def render(document: ReportDocument) -> str:
    return render_json(to_json(document))


FORMAT = Format("json", MEDIA_TYPE, render)
