"""`/sources/KEY`: one document, all that it says, and what became of each statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.pages.depth import property_words
from api.pages.evidence import CitedDocument, ShownFigure, ValueStanding, standing_of
from api.pages.lead import KeyFigure
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import READ_AS, count_of, format_day, format_reason
from graph.evidence.rows import is_private
from graph.exports.escaping import linkable
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import Row
from graph.vocabulary.wording import words


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One statement: `standing` says what became of it, `why` in words why, empty where nothing had to be weighed."""

    about: str
    text: str
    standing: ValueStanding
    why: str
    support: str
    where: str
    moment: str
    note: str


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What the document says about one row."""

    subject: PartyName
    label: str
    lines: tuple[SaidLine, ...]


@dataclass(frozen=True, slots=True)
class SourceFact:
    label: str
    text: str


@dataclass(frozen=True)
class SourceView:
    """`url` is empty where the address may not become a link. `reprints` have the same origin, and are one voice."""

    title: str
    publisher: str
    url: str
    address: str
    sub: str
    lead: str
    keys: tuple[KeyFigure, ...]
    facts: tuple[SourceFact, ...]
    through: tuple[CitedDocument, ...]
    reprints: tuple[CitedDocument, ...]
    said: tuple[SaidOf, ...]


def source_view(visit: Visit) -> SourceView:
    row = visit.row
    statements = visit.facts.statements_by(row.key)
    columns = row.columns
    standings = Counter(map(standing_of, statements))
    said = tuple(_subjects(visit, statements))
    return SourceView(
        title=columns.get("title") or columns["publisher"],
        publisher=columns["publisher"],
        url=columns["url"] if linkable(columns["url"]) else "",
        address=columns["url"],
        sub=_sub(row),
        lead=_lead(standings, len(said)),
        keys=tuple(_keys(standings, len(said))),
        facts=tuple(_facts(row)),
        through=tuple(visit.citer.bibliography.document(key) for key in row["through"] if key in visit.facts.sources),
        reprints=tuple(map(visit.citer.bibliography.document, _reprints(visit, row))),
        said=said,
    )


def _sub(row: Row) -> str:
    published = format_day(row["published"])
    dated = f"published {published}" if published else "without a date"
    return (
        f"{row.columns['publisher']}, {words(row.columns['kind'])}, {dated}, reliability {row['reliability'].lower()}"
    )


_BECAME: Mapping[ValueStanding, tuple[str, str]] = {
    ValueStanding.SHOWN: ("is what is shown", "are what is shown"),
    ValueStanding.EARLIER: ("says an earlier state", "say an earlier state"),
    ValueStanding.OTHERWISE: ("is outweighed by other sources", "are outweighed by other sources"),
    ValueStanding.NOT_COUNTED: ("does not count under this lens", "do not count under this lens"),
}


def _lead(standings: Mapping[ValueStanding, int], subjects: int) -> str:
    """What became of the statements of the document."""
    total = sum(standings.values())
    if not total:
        return "No statement cites it under this lens."
    parts = (f"{standings[one]:,} {texts[standings[one] != 1]}" for one, texts in _BECAME.items() if standings[one])
    return f"It is cited by {count_of(total, 'statement')} about {count_of(subjects, 'row')}: {', '.join(parts)}."


def _keys(standings: Mapping[ValueStanding, int], subjects: int) -> Iterator[KeyFigure]:
    yield KeyFigure("Statements", ShownFigure(f"{sum(standings.values()):,}"), "", f"about {count_of(subjects, 'row')}")
    for standing, label in (
        (ValueStanding.SHOWN, "Shown"),
        (ValueStanding.EARLIER, "Earlier"),
        (ValueStanding.OTHERWISE, "Say otherwise"),
        (ValueStanding.NOT_COUNTED, "Not counted"),
    ):
        if standings[standing]:
            yield KeyFigure(label, ShownFigure(f"{standings[standing]:,}"))


def _facts(row: Row) -> Iterator[SourceFact]:
    columns = row.columns
    yield SourceFact("Published", format_day(row["published"]) or "no date")
    if row["retrieved"]:
        yield SourceFact("Read on", format_day(row["retrieved"]))
    read: SourceReading = row["read"] or SourceReading.UNKNOWN
    yield SourceFact("Read", "nothing says how" if read is SourceReading.UNKNOWN else words(read))
    yield SourceFact("Kind", words(columns["kind"]))
    yield SourceFact("Reliability", row["reliability"].lower())
    yield SourceFact("Origin", columns["origin"])
    if row["licence"]:
        yield SourceFact("Licence", words(columns["licence"]))
    if row["sha256"]:
        yield SourceFact(f"SHA-256 of its {words(row['hash_rule'])}", columns["sha256"])
    if is_private(row):
        yield SourceFact("Private", "yes: it is in the overlay, and not for others")
    yield SourceFact("Key", row.key)


def _reprints(visit: Visit, row: Row) -> list[str]:
    """The other sources of the same origin."""
    origin = row.columns["origin"]
    return [one.key for one in visit.facts.sources.values() if one.columns["origin"] == origin and one.key != row.key]


# ---- statements


def _subjects(visit: Visit, statements: Sequence[Row]) -> Iterator[SaidOf]:
    """By subject: contracts and other links first, as the store orders subjects within a label."""
    by_label = sorted(statements, key=lambda row: (row.columns["subject_kind"] in _LAST, row.columns["subject"]))
    for subject, rows in groupby(by_label, key=lambda row: row.columns["subject"]):
        known = visit.facts.row(subject)
        label = (known.columns.get("type") or known.label) if known else "not shown under this lens"
        yield SaidOf(party_name(visit, subject), words(label).lower(), tuple(_lines(visit, rows)))


_LAST = frozenset({"Organization", "Site", "Chip", "Event", "Observation"})


def _lines(visit: Visit, rows: Iterable[Row]) -> Iterator[SaidLine]:
    for row in rows:
        columns = row.columns
        yield SaidLine(
            about=property_words(columns["property"], columns["subject_kind"]),
            text=visit.citer.describe_statement(row),
            standing=standing_of(row),
            why=format_reason(columns["reason"]),
            support=_support(row),
            where=columns.get("locator", ""),
            moment=format_day(row["as_of"]),
            note=columns.get("note", ""),
        )


def _support(statement: Row) -> str:
    columns = statement.columns
    support = f"{words(columns['nature'])}, {READ_AS[columns['confidence']]}"
    return f"{support}, private" if is_private(statement) else support


PAGE = HtmlPage("/sources/{key}", "source.html.j2", "source.graphql", source_view, label="Source")
