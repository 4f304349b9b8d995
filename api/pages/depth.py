"""How deep the evidence of a page goes, and where its sources disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.pages.evidence import CitedDocument, ValueStanding, standing_of
from api.pages.page import Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import format_day, format_reason
from graph.comparison.conflicts import Conflict, conflicts_of
from graph.vocabulary.enums import Reliability
from graph.vocabulary.model import Row
from graph.vocabulary.wording import words


@dataclass(frozen=True, slots=True)
class EvidenceDepth:
    """Counts over the properties that statements say: by independent origins of what is shown, and of sources by
    kind."""

    properties: int
    statements: int
    sources: int
    newest: str
    one: int
    two: int
    more: int
    low_reliability: int
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RivalValue:
    text: str
    settled: bool
    why: str
    document: CitedDocument


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One property about which sources say different things."""

    subject: PartyName
    about: str
    shown: str
    rivals: tuple[RivalValue, ...]

    @property
    def settled(self) -> bool:
        return all(one.settled for one in self.rivals)


def evidence_depth(visit: Visit, counted: Iterable[Sequence[Row]]) -> EvidenceDepth:
    """Over the statements that count, property by property."""
    origins: list[int] = []
    cited: set[str] = set()
    statements = 0
    sources_by_key = visit.facts.sources
    for rows in counted:
        statements += len(rows)
        chosen = set()
        for row in rows:
            source = row.columns["source"]
            cited.add(source)
            if row.columns["chosen"]:
                chosen.add(sources_by_key[source].columns["origin"])
        origins.append(len(chosen))
    sources = [visit.facts.sources[key] for key in cited]
    published = [row["published"] for row in sources if row["published"]]
    return EvidenceDepth(
        properties=len(origins),
        statements=statements,
        sources=len(sources),
        newest=format_day(max(published, key=lambda one: one.earliest, default=None)),
        one=sum(count <= 1 for count in origins),
        two=sum(count == 2 for count in origins),
        more=sum(count > 2 for count in origins),
        low_reliability=sum(row["reliability"] is Reliability.LOW for row in sources),
        kinds=tuple((words(kind), n) for kind, n in Counter(row.columns["kind"] for row in sources).most_common()),
    )


def counted_statements(visit: Visit, subjects: Iterable[str]) -> Iterator[list[Row]]:
    """The statements about these rows that count, property by property."""
    for subject in dict.fromkeys(subjects):
        for rows in visit.facts.statements_of(subject).values():
            counted = [row for row in rows if row.columns["counted"]]
            if counted:
                yield counted


def disagreements(visit: Visit, counted: Iterable[Sequence[Row]]) -> list[Disagreement]:
    """What is contested first, then what a later moment has settled."""
    contested = (rows for rows in counted if not all(row.columns["chosen"] for row in rows))
    found = [_disagreement(visit, one) for rows in contested for one in conflicts_of(rows)]
    return sorted(found, key=lambda one: (one.settled, one.subject.name, one.about))


def _disagreement(visit: Visit, conflict: Conflict) -> Disagreement:
    subject, about, _ = conflict.slot
    by_value: dict[str, Row] = {}
    for row in conflict.rivals:
        by_value.setdefault(row.columns["value"], row)
    return Disagreement(
        subject=party_name(visit, subject),
        about=property_words(about, conflict.chosen.columns["subject_kind"]),
        shown=visit.citer.describe_statement(conflict.chosen),
        rivals=tuple(_rival(visit, conflict.chosen, row) for row in by_value.values()),
    )


def _rival(visit: Visit, chosen: Row, row: Row) -> RivalValue:
    return RivalValue(
        text=visit.citer.describe_beside(chosen, row),
        settled=standing_of(row) is ValueStanding.EARLIER,
        why=format_reason(row.columns["reason"]),
        document=visit.citer.bibliography.document(row.columns["source"]),
    )


_PROPERTY_WORDS = {
    "from": "source",
    "to": "target",
    "value": "value over the base term",
    "capacities": "megawatts",
    "term_years": "base term",
    "annual_value_usd": "value per year",
    "prepayment_usd": "paid ahead",
    "prepayment_pct": "share paid ahead",
    "termination": "may be ended by",
    "chips_included": "chips in the price",
    "chip_count": "number of chips",
    "service": "kind of service",
    "uses": "served out of",
    "deal": "part of",
    "coupon_pct": "coupon",
    "lat": "latitude",
    "lon": "longitude",
}
_WORDS_OF_KIND = {
    ("Debt", "value"): "principal or limit",
    ("LENDS_TO", "value"): "amount lent",
    ("INVESTS_IN", "value"): "amount invested",
    ("GUARANTEES", "value"): "cap of the guarantee",
    ("ACQUIRES", "value"): "price",
}
"""What a property is called of one kind of row, where that is not what it is called of others."""
_UNIT_SUFFIXES: Sequence[str] = ("_usd", "_pct", "_years", "_bps", "_gb", "_w")


def property_words(name: str, kind: str = "") -> str:
    """A property, of rows of a kind, as the first column of a table names it; its unit stands with the value."""
    if (kind, name) in _WORDS_OF_KIND:
        return _WORDS_OF_KIND[kind, name]
    if name in _PROPERTY_WORDS:
        return _PROPERTY_WORDS[name]
    return next((name.removesuffix(one) for one in _UNIT_SUFFIXES if name.endswith(one)), name).replace("_", " ")
