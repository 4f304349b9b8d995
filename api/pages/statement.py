"""`/statements/KEY`: one statement: who says what, how it was read, whether it is shown and why, and its rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.depth import property_words
from api.pages.evidence import CitedDocument
from api.pages.page import HtmlPage, Visit, lens_variable
from api.pages.parties import PartyName, party_name
from api.pages.wording import READ_AS, format_reason
from graph.comparison.conflicts import slot_of
from graph.comparison.standing import standing_of
from graph.publication.figures import figure_id
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.wording import format_day, words


@dataclass(frozen=True, slots=True)
class StatementFact:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BesideStatement:
    """Another statement about the same."""

    href: str
    text: str
    standing: str
    why: str
    document: CitedDocument


@dataclass(frozen=True, slots=True)
class StatementView:
    """`figure` is the address of what is shown, where that is one value; `every` of all statements beside it."""

    key: str
    subject: PartyName
    about: str
    text: str
    standing: str
    why: str
    document: CitedDocument
    facts: tuple[StatementFact, ...]
    beside: tuple[BesideStatement, ...]
    figure: str
    every: str


def statement_view(visit: Visit) -> StatementView:
    row = _statement(visit)
    columns = row.columns
    subject, name = columns["subject"], columns["property"]
    about = property_words(name, columns["subject_kind"])
    return StatementView(
        key=row.key,
        subject=party_name(visit, subject),
        about=about[:1].upper() + about[1:],
        text=visit.citer.describe_statement(row),
        standing=standing_of(row),
        why=format_reason(columns["reason"]) or columns["reason"],
        document=visit.citer.bibliography.document(columns["source"]),
        facts=tuple(_facts(row)),
        beside=tuple(_beside(visit, row)),
        figure=_figure(visit, subject, name),
        every=visit.address.to("/statements", subject=subject, property=name),
    )


def _statement(visit: Visit) -> Row:
    return visit.facts.facts.statements[visit.key]


def _facts(row: Row) -> Iterator[StatementFact]:
    columns = row.columns
    yield StatementFact("True from", format_day(row["as_of"]) or "no day is stated")
    known = format_day(row["known_from"]) or f"not later than {format_day(columns.get('known_from_latest'))}"
    yield StatementFact("Known from", known)
    if row["withdrawn"]:
        yield StatementFact("Withdrawn", format_day(row["withdrawn"]))
    yield StatementFact("Its source supports it", READ_AS[columns["confidence"]])
    yield StatementFact("Nature", words(columns["nature"]))
    for name, label in (("locator", "Where in it"), ("last_verified", "Last verified"), ("note", "Note")):
        if name in columns:
            yield StatementFact(label, format_day(columns[name]) if name == "last_verified" else columns[name])
    yield StatementFact("Entered by", words(columns["entered"]))


def _beside(visit: Visit, row: Row) -> Iterator[BesideStatement]:
    """What else is said of the same, the best first."""
    columns = row.columns
    for other in visit.facts.statements_of(columns["subject"]).get(columns["property"], ()):
        if other.key != row.key and slot_of(other) == slot_of(row):
            yield BesideStatement(
                href=visit.address.of(other),
                text=visit.citer.describe_statement(other),
                standing=standing_of(other),
                why=format_reason(other.columns["reason"]),
                document=visit.citer.bibliography.document(other.columns["source"]),
            )


def _figure(visit: Visit, subject: str, name: str) -> str:
    row = visit.facts.row(subject)
    if row is None or row.kind.kind_name not in KINDS:
        return ""
    id = figure_id(subject, name, visit.lens, row[name])
    return f"/figures/{id}" if id else ""


def statement_variables(visit: Visit) -> Mapping[str, Any]:
    columns = _statement(visit).columns
    lens = {"lens": lens_variable(visit.address)}
    return {"subject": columns["subject"], "property": columns["property"]} | lens


PAGE = HtmlPage(
    "/statements/{key}",
    "statement.html.j2",
    "statements.graphql",
    statement_view,
    label="Statement",
    variables=statement_variables,
)
