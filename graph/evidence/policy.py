"""The policy: which statements count under a lens, and which of rival ones is chosen, criterion by criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from graph.errors import BadLens
from graph.evidence.lens import Certainty, Lens
from graph.evidence.statements import Entered, Source, Statement
from graph.vocabulary.enums import NATURE_ORDER, Confidence, Reliability, SourceReading
from graph.vocabulary.model import KINDS, Merge, Property
from graph.vocabulary.values import PartialDate

POLICY_VERSION = 2
"""Raised when the policy chooses otherwise from equal statements; the data version covers it."""


def day_of(day: date | None) -> date:
    if day is None:
        raise BadLens("The lens has no dates.", remedy="Resolve it with Lens.on(today()).")
    return day


def is_known(statement: Statement, lens: Lens) -> bool:
    """Whether the statement had become known on the lens's known_on."""
    on = day_of(lens.known_on)
    if lens.certainty is Certainty.CERTAIN:
        return statement.known_latest <= on
    return statement.known_earliest is None or statement.known_earliest <= on


def exclusion_reason(statement: Statement, source: Source, lens: Lens) -> str | None:
    """Why a known statement does not count under the lens; None when it does."""
    if statement.withdrawn and statement.withdrawn <= day_of(lens.known_on):
        return f"withdrawn on {statement.withdrawn}"
    by_lens = None if _is_supposed(statement) else _lens_exclusion(statement, source, lens)
    if by_lens is None and statement.as_of and not lens.begun(statement.as_of, day_of(lens.valid_on)):
        return f"holds only from {statement.as_of}"
    return by_lens


def _is_supposed(statement: Statement) -> bool:
    """Whether a scenario says it; under a lens that names the scenario it counts whatever else the lens excludes."""
    return statement.entered is Entered.SCENARIO


def _lens_exclusion(statement: Statement, source: Source, lens: Lens) -> str | None:
    """Why the lens leaves a fact out."""
    if statement.source in lens.exclude_sources:
        return "its source is excluded"
    if lens.min_confidence and _grade(statement.confidence) < _grade(lens.min_confidence):
        return f"confidence {statement.confidence} is below {lens.min_confidence}"
    if lens.min_reliability and _grade(source.reliability) < _grade(lens.min_reliability):
        return f"reliability {_reliability(source)} of its source is below {lens.min_reliability}"
    if statement.nature not in lens.natures:
        return f"nature {statement.nature} is left out"
    return None


_GRADES: Mapping[str, int] = {grade: index for index, grade in enumerate(Confidence)}
_NATURES: Mapping[str, int] = {nature: index for index, nature in enumerate(NATURE_ORDER)}


def _grade(grade: Confidence | Reliability) -> int:
    return _GRADES[grade]


_READ: Mapping[SourceReading, str] = {
    SourceReading.FIRST_HAND: "first hand",
    SourceReading.SECOND_HAND: "second hand",
    SourceReading.UNKNOWN: "reading unknown",
}


def _reliability(source: Source) -> str:
    """The grade of a source, and how it was read."""
    return f"{source.reliability} ({_READ[source.read]})"


# ---- which statement wins


@dataclass(frozen=True, slots=True)
class Candidate:
    """A counting statement with what the policy weighs."""

    statement: Statement
    source: Source
    moment: PartialDate | None
    origins: int
    party: str
    weights: tuple[int, ...]
    """Of each criterion, best when greatest."""

    def label(self, criterion: int) -> str:
        """The weight of a criterion, an index of POLICY, in words."""
        statement, published = self.statement, self.source.published
        labels = (
            "supposed" if _is_supposed(statement) else "a fact",
            self.party,
            self.moment.text if self.moment else "unknown",
            statement.confidence,
            statement.nature,
            _reliability(self.source),
            _READ[self.source.read],
            str(self.origins),
            published.text if published else "undated",
        )
        return labels[criterion]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one statement. `sort_key` orders the statements of a subject: by property, the best first."""

    counted: bool
    chosen: bool
    reason: str
    sort_key: str


NO_RIVAL = "no other value"
UNITED = "united with what the others say"


@cache
def verdict_of_only(kind: str, name: str) -> Verdict:
    """Of a statement about a property that has no rival, as most have none; one object for each property."""
    unites = KINDS[kind].properties[name].merge is Merge.UNITE
    return Verdict(True, True, UNITED if unites else NO_RIVAL, f"{name}/0{0:06d}")


POLICY = (
    "scenario",
    "party",
    "moment",
    "confidence",
    "nature",
    "reliability of the source",
    "reading of the source",
    "independent origins",
    "publication",
)
"""The criteria, in their order; of statements equal in all of them the smaller id is taken.

What a scenario says goes before the facts. The moment is the statement's as_of, else when the record is dated
(announced, issued), else earlier than any: its first day. Publication is never the moment. A source that was read
second hand is of medium reliability at most; of two that are equally reliable one that is known to be read first hand
goes before one that is not. "Party" concerns ends, site and chips alone: a placeholder, or a party named with low
confidence, yields to one that is named with at least medium confidence."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Candidates for one property of one subject."""

    prop: Property
    dated: PartialDate | None
    placeholders: frozenset[str]
    sources: Mapping[str, Source]

    def rank(self, statements: Sequence[Statement]) -> list[Candidate]:
        """From the best to the weakest."""
        origins: dict[tuple[str, date | None], set[str]] = {}
        for statement in statements:
            origins.setdefault(self._voice(statement), set()).add(self.sources[statement.source].origin)
        candidates = [self._weigh(statement, len(origins[self._voice(statement)])) for statement in statements]
        return sorted(sorted(candidates, key=lambda one: one.statement.id), key=lambda one: one.weights, reverse=True)

    def _voice(self, statement: Statement) -> tuple[str, date | None]:
        moment = self._moment(statement)
        return statement.text, moment.earliest if moment else None

    def _moment(self, statement: Statement) -> PartialDate | None:
        return statement.as_of or self.dated

    def _weigh(self, statement: Statement, origins: int) -> Candidate:
        moment = self._moment(statement)
        source = self.sources[statement.source]
        published = source.published
        party, party_label = self._party_weight(statement)
        weights = (
            int(_is_supposed(statement)),
            party,
            moment.earliest.toordinal() if moment else 0,
            _GRADES[statement.confidence],
            _NATURES[statement.nature],
            _GRADES[source.reliability],
            int(source.read is SourceReading.FIRST_HAND),
            origins,
            published.earliest.toordinal() if published else 0,
        )
        return Candidate(statement, source, moment, origins, party_label, weights)

    def _party_weight(self, statement: Statement) -> tuple[int, str]:
        if not (self.prop.on_record and self.prop.refers_to):
            return 1, ""
        if isinstance(statement.value, str) and statement.value in self.placeholders:
            return 0, "a placeholder"
        return (0, "weakly supported") if statement.confidence is Confidence.LOW else (1, "well supported")


def reason_lost(loser: Candidate, winner: Candidate) -> str:
    """Why the loser lost: the first criterion in which they differ."""
    criterion = _deciding(loser, winner)
    if criterion is None:
        return "equal in every criterion; the smaller id was taken"
    return f"{POLICY[criterion]}: {loser.label(criterion)}; the chosen: {winner.label(criterion)}"


def reason_won(winner: Candidate, rival: Candidate | None) -> str:
    if rival is None:
        return NO_RIVAL
    criterion = _deciding(winner, rival)
    if criterion is None:
        return "equal to the next in every criterion; the smaller id was taken"
    return f"{POLICY[criterion]}: {winner.label(criterion)}; the next: {rival.label(criterion)}"


def _deciding(one: Candidate, other: Candidate) -> int | None:
    """The index of the first criterion in which they differ."""
    pairs = enumerate(zip(one.weights, other.weights, strict=True))
    return next((index for index, (weight, rival) in pairs if weight != rival), None)
