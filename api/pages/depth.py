"""How deep the evidence of a page goes, and where its sources disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.pages.evidence import CitedDocument
from api.pages.figure_address import known_address
from api.pages.page import Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import format_reason
from graph.comparison.conflicts import Conflict, conflicts_of, contests
from graph.publication.known import EvidenceCounts, evidence_counts
from graph.vocabulary.model import Row
from graph.vocabulary.wording import format_day, words


@dataclass(frozen=True, slots=True)
class CountLine:
    """A count in words, and its address."""

    count: str
    noun: str
    address: str


@dataclass(frozen=True, slots=True)
class EvidenceDepth:
    """How deep the evidence goes: `counts`, and the addresses of their numbers by name (`EvidenceCounts.named`)."""

    counts: EvidenceCounts
    newest: str
    addresses: Mapping[str, str]
    kinds: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class RivalValue:
    text: str
    settled: bool
    why: str
    document: CitedDocument


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One property about which sources say different things. `settled`: all but one say an earlier state."""

    subject: PartyName
    about: str
    shown: str
    rivals: tuple[RivalValue, ...]
    settled: bool


def evidence_depth(visit: Visit, counted: Iterable[Sequence[Row]]) -> EvidenceDepth:
    """Over the statements that count, property by property."""
    counts = evidence_counts(counted, visit.facts.sources)
    addresses = {name: known_address(visit.key, name, visit.lens, count) for name, count in counts.named()}
    kinds = (CountLine(f"{count:,}", words(kind), addresses[f"kind_{kind}"]) for kind, count in counts.kinds[:4])
    return EvidenceDepth(counts, format_day(counts.newest), addresses, tuple(kinds))


def counted_statements(visit: Visit, subjects: Iterable[str]) -> Iterator[list[Row]]:
    """The statements about these rows that count, property by property."""
    for subject in dict.fromkeys(subjects):
        for rows in visit.facts.statements_of(subject).values():
            counted = [row for row in rows if row.columns["counted"]]
            if counted:
                yield counted


def disagreements(visit: Visit, counted: Iterable[Sequence[Row]]) -> list[Disagreement]:
    """What is contested first, then what a later moment has settled."""
    contested = (rows for rows in counted if len(rows) > 1 and not all(row.columns["chosen"] for row in rows))
    found = [_disagreement(visit, one) for rows in contested for one in conflicts_of(rows)]
    return sorted(found, key=lambda one: (one.settled, one.subject.name, one.about))


def _disagreement(visit: Visit, conflict: Conflict) -> Disagreement:
    subject, about, _ = conflict.slot
    by_value: dict[str, Row] = {}
    for row in (*conflict.contesting, *conflict.rivals):
        by_value.setdefault(row.columns["value"], row)
    return Disagreement(
        subject=party_name(visit, subject),
        about=property_words(about, conflict.chosen.columns["subject_kind"]),
        shown=visit.citer.describe_statement(conflict.chosen),
        rivals=tuple(_rival(visit, conflict.chosen, row) for row in by_value.values()),
        settled=conflict.is_settled,
    )


def _rival(visit: Visit, chosen: Row, row: Row) -> RivalValue:
    return RivalValue(
        text=visit.citer.describe_beside(chosen, row),
        settled=not contests(row),
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
