"""A lens says which statements count: as of which day, in which state of knowledge, with how much support."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from graph.errors import BadLens
from graph.vocabulary.enums import Confidence, Nature, Reliability
from graph.vocabulary.values import PartialDate


class Certainty(StrEnum):
    """What an interval of days means: POSSIBLE counts what may hold, CERTAIN only what must."""

    CERTAIN = "CERTAIN"
    POSSIBLE = "POSSIBLE"


DEFAULT_NATURES = frozenset({Nature.STATED, Nature.REPORTED, Nature.DERIVED})


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Lens:
    """The default lens is "what we know now about now": dates that are None mean today."""

    valid_on: date | None = None
    known_on: date | None = None
    min_confidence: Confidence | None = None
    min_reliability: Reliability | None = None
    natures: frozenset[Nature] = DEFAULT_NATURES
    exclude_sources: frozenset[str] = frozenset()
    certainty: Certainty = Certainty.POSSIBLE
    scenario: str | None = None
    """Whatever it says counts, and goes before the facts; the rest of the lens says which facts count."""
    overlay: bool = False
    """Whether private facts count beside the public ones."""

    def on(self, day: date) -> Lens:
        """The lens with both dates set, `day` being today. Raises BadLens for a state of knowledge in the future."""
        if self.known_on is not None and self.known_on > day:
            raise BadLens(
                f"The state of knowledge of {self.known_on} is in the future.",
                remedy=f"Ask for {day} (today, UTC) or earlier.",
            )
        return replace(self, valid_on=self.valid_on or day, known_on=self.known_on or day)

    def begun(self, moment: PartialDate, day: date) -> bool:
        """Whether something that begins at `moment` has begun on `day`."""
        return (moment.earliest if self.certainty is Certainty.POSSIBLE else moment.latest) <= day

    def lasts(self, end: PartialDate, day: date) -> bool:
        """Whether something whose last day is `end` still lasts on `day`."""
        return day <= (end.latest if self.certainty is Certainty.POSSIBLE else end.earliest)


DEFAULT_LENS = Lens()
