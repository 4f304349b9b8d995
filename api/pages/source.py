"""`/sources/KEY`: one document, all that it says, and what became of each statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.pages.depth import property_words
from api.pages.evidence import CitedDocument, ShownFigure
from api.pages.figure_address import known_address
from api.pages.lead import KeyFigure, LeadPart
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import READ_AS, format_reason
from graph.comparison.standing import ValueStanding, standing_of
from graph.evidence.rows import is_private
from graph.exports.escaping import linkable
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import Row
from graph.vocabulary.wording import format_day, words


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
    lead: tuple[LeadPart, ...]
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
        lead=tuple(_lead(visit, standings, len(said))),
        keys=tuple(_keys(visit, standings, len(said))),
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


def _lead(visit: Visit, standings: Mapping[ValueStanding, int], subjects: int) -> Iterator[LeadPart]:
    """What became of the statements of the document."""
    total = sum(standings.values())
    if not total:
        yield LeadPart("No statement cites it under this lens.")
        return
    yield from (
        LeadPart("It is cited by "),
        _counted(visit, "said", total),
        LeadPart(f" {_plural('statement', total)}"),
    )
    yield from (LeadPart(" about "), _counted(visit, "said_of", subjects), LeadPart(f" {_plural('row', subjects)}: "))
    for place, one in enumerate(one for one in _BECAME if standings[one]):
        yield LeadPart(", " if place else "")
        yield _counted(visit, one.code, standings[one])
        yield LeadPart(f" {_BECAME[one][standings[one] != 1]}")
    yield LeadPart(".")


def _counted(visit: Visit, what: str, count: int) -> LeadPart:
    return LeadPart(f"{count:,}", address=known_address(visit.key, what, visit.lens, count))


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _keys(visit: Visit, standings: Mapping[ValueStanding, int], subjects: int) -> Iterator[KeyFigure]:
    rows = _counted(visit, "said_of", subjects)
    below = LeadPart("about "), rows, LeadPart(f" {_plural('row', subjects)}")
    yield KeyFigure("Statements", _figure(visit, "said", sum(standings.values())), "", below)
    for standing, label in (
        (ValueStanding.SHOWN, "Shown"),
        (ValueStanding.EARLIER, "Earlier"),
        (ValueStanding.OTHERWISE, "Say otherwise"),
        (ValueStanding.NOT_COUNTED, "Not counted"),
    ):
        if standings[standing]:
            yield KeyFigure(label, _figure(visit, standing.code, standings[standing]))


def _figure(visit: Visit, what: str, count: int) -> ShownFigure:
    return ShownFigure(f"{count:,}", address=known_address(visit.key, what, visit.lens, count))


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
