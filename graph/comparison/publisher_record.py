"""The publishers' record: how often what a publisher said was what a party's own document settled later.

A value is settled where the parties' own documents say one thing of it, about one moment. What others had said of it
before are cases where they are rivals: where one of them differs. One case for a publisher, and among sources of a kind
one for each origin: the last that it said. It is right where it is the settled value; of a date also where it is less
precise, of an amount also where it differs by rounding. The certainty of the lens decides what was said before: what
may have been (POSSIBLE), or what was for certain (CERTAIN). What was withdrawn is no case: an error of the facts is
none of the publisher.

What nobody contradicted is no case either, so that a share is no share of all that a publisher wrote. The record is for
readers, and the policy never reads it: else whoever is believed would turn out right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.comparison.record import EvidenceRecord
from graph.concurrency.lazy_import import lazy_import
from graph.evidence.closeness import agrees
from graph.evidence.lens import Certainty
from graph.evidence.party_documents import is_party_document
from graph.evidence.statements import Source, Statement

stats = lazy_import("scipy.stats")

MIN_CASES = 5
"""Below it a share says nothing, and none is told."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """`right` of `cases`, with the interval of Wilson for the share (Probable inference, the law of succession, and
    statistical inference, JASA 22, 1927) at a confidence of 95 %. Shares run from 0 to 1."""

    name: str
    cases: int
    right: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.cases


@dataclass(frozen=True, slots=True)
class PublisherRecord:
    """By publisher and by kind of source, those with most cases first. `settled` are the values that the cases are
    about; `few` publishers have too few cases to be told, and are not listed."""

    publishers: tuple[TrackRecord, ...]
    kinds: tuple[TrackRecord, ...]
    settled: int
    few: int


@dataclass(frozen=True, slots=True)
class _SettledCase:
    """What a source said of a value before it was settled."""

    thing: tuple[Any, ...]
    source: Source
    said_on: date
    right: bool


def publisher_record(record: EvidenceRecord) -> PublisherRecord:
    cases = [case for thing, statements in _things(record) for case in _cases(record, thing, statements)]
    publishers = _tally(cases, name=lambda source: source.publisher, voice=lambda source: source.publisher)
    kinds = _tally(cases, name=lambda source: str(source.kind), voice=lambda source: source.origin)
    return PublisherRecord(
        publishers=tuple(one for one in publishers if one.cases >= MIN_CASES),
        kinds=tuple(one for one in kinds if one.cases >= MIN_CASES),
        settled=len({case.thing for case in cases}),
        few=sum(one.cases < MIN_CASES for one in publishers),
    )


def _things(record: EvidenceRecord) -> Iterator[tuple[tuple[Any, ...], Sequence[Statement]]]:
    """The counting statements about one thing at one moment."""
    for slot, rivals in record.by_slot.items():
        by_moment: dict[date | None, list[Statement]] = {}
        for one in rivals:
            if one.id in record.counted:
                since = record.moment(one)
                by_moment.setdefault(since.earliest if since else None, []).append(one)
        for moment, statements in by_moment.items():
            yield (*slot, moment), statements


def _cases(record: EvidenceRecord, thing: tuple[Any, ...], statements: Sequence[Statement]) -> Iterator[_SettledCase]:
    own = [one for one in statements if is_party_document(one, record.sources[one.source])]
    if len({one.text for one in own}) != 1:
        return  # unsettled: the parties say nothing of it, or do not agree
    is_before = _certainly_before if record.lens.certainty is Certainty.CERTAIN else _possibly_before
    others = (one for one in statements if one not in own)
    earlier = [one for one in others if all(is_before(one, document) for document in own)]
    right = {one.id: agrees(one.value, own[0].value) for one in earlier}
    if not all(right.values()):
        for one in earlier:
            yield _SettledCase(thing, record.sources[one.source], one.known_earliest or date.min, right[one.id])


def _possibly_before(one: Statement, other: Statement) -> bool:
    return (one.known_earliest or date.min) < other.known_latest


def _certainly_before(one: Statement, other: Statement) -> bool:
    return one.known_latest < (other.known_earliest or date.min)


def _tally(
    cases: Iterable[_SettledCase], *, name: Callable[[Source], str], voice: Callable[[Source], str]
) -> list[TrackRecord]:
    """Tells cases by name, where each voice has one case about a thing: the last that it said."""
    last: dict[tuple[str, str, tuple[Any, ...]], _SettledCase] = {}
    for case in sorted(cases, key=lambda case: (case.said_on, case.source.key)):
        last[name(case.source), voice(case.source), case.thing] = case
    by_name: dict[str, list[bool]] = {}
    for (named, _, _), case in last.items():
        by_name.setdefault(named, []).append(case.right)
    records = (_track_record(named, right) for named, right in by_name.items())
    return sorted(records, key=lambda one: (-one.cases, one.name))


def _track_record(name: str, right: Sequence[bool]) -> TrackRecord:
    interval = stats.binomtest(sum(right), len(right)).proportion_ci(CONFIDENCE, method="wilson")
    return TrackRecord(name, len(right), sum(right), float(interval.low), float(interval.high))
