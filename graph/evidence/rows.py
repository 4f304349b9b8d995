"""Statements and sources as rows of a store, and back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from graph.evidence.policy import Verdict
from graph.evidence.statements import Entered, Source, Statement
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.values import Columns, PartialDate


def statement_row(statement: Statement, verdict: Verdict) -> Row:
    judged = {
        "counted": verdict.counted,
        "chosen": verdict.chosen,
        "reason": verdict.reason,
        "place": verdict.place,
        "caption": _caption(statement),
    }
    return Row("Statement", statement.id, statement_columns(statement) | judged)


def statement_columns(statement: Statement) -> Columns:
    """All of the statement; `statement_of` reads it back."""
    given: dict[str, Any] = {
        "subject": statement.subject,
        "subject_kind": statement.kind,
        "property": statement.property,
        "value": statement.text,
        "source": statement.source,
        "confidence": str(statement.confidence),
        "nature": str(statement.nature),
        "known_from": statement.known_earliest and statement.known_earliest.isoformat(),
        "known_from_latest": statement.known_latest.isoformat(),
        "said_known_from": statement.known_from and statement.known_from.text,
        "withdrawn": statement.withdrawn and statement.withdrawn.isoformat(),
        "note": statement.note,
        "entered": str(statement.entered),
    }
    as_of = KINDS["Statement"].properties["as_of"].type.columns("as_of", statement.as_of) if statement.as_of else {}
    return {name: value for name, value in given.items() if value is not None} | as_of


def _caption(statement: Statement) -> str:
    told = statement.text.strip('"')
    return f"{statement.property}: {told}"[:40]


def statement_of(row: Row) -> Statement:
    """The statement that a row of label Statement holds."""
    columns = row.columns
    about = KINDS[columns["subject_kind"]].properties[columns["property"]]
    said = columns.get("said_known_from")
    known = columns.get("known_from")
    return Statement(
        subject=columns["subject"],
        kind=columns["subject_kind"],
        property=columns["property"],
        value=about.type.from_json(json.loads(columns["value"])),
        source=columns["source"],
        confidence=row["confidence"],
        nature=row["nature"],
        known_earliest=date.fromisoformat(known) if known else None,
        known_latest=row["known_from_latest"],
        as_of=row["as_of"],
        known_from=PartialDate.read(said) if said else None,
        withdrawn=row["withdrawn"],
        note=columns.get("note"),
        entered=Entered(columns["entered"]),
    )


def source_row(source: Source) -> Row:
    columns: Columns = {"entered": str(source.entered)}
    for name, given in KINDS["Source"].properties.items():
        value = getattr(source, name)
        if value is not None:
            columns |= given.type.columns(name, value)
    return Row("Source", source.key, columns)


def source_of(row: Row) -> Source:
    """The source that a row of label Source holds."""
    stated = {name: row[name] for name, given in row.kind.properties.items() if not given.derived}
    return Source(key=row.key, entered=Entered(row.columns["entered"]), **stated)
