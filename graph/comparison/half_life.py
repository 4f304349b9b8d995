"""Half-life: how long a value stands in the record before another takes its place, by property.

A value that was shown on some day of the record is a spell. It begins when it became known and ends when the policy
shows another value of the same thing, or none; a value that is still shown has not ended. A date that only became more
precise is the same. The share of spells that have not ended after so many days is estimated by the product-limit
method of Kaplan and Meier (Nonparametric estimation from incomplete observations, JASA 53, 1958), which counts what has
not ended for as long as it was seen.

Many statements became known within an interval: between the announcement and the day on which an undated page was read.
All is computed at both ends of these intervals. What nobody entered cannot end: where older values are missing from the
facts, values seem to stand longer than they did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.comparison.record import EvidenceRecord
from graph.concurrency.lazy_import import lazy_import
from graph.evidence.beliefs import beliefs
from graph.evidence.lens import Certainty
from graph.evidence.policy import day_of
from graph.evidence.statements import Statement
from graph.vocabulary.model import KINDS
from graph.vocabulary.values import PartialDate

stats = lazy_import("scipy.stats")

HORIZONS = (3, 6, 12)
"""Months after which the share of values that stand is told."""
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class ShareStanding:
    """The share of values that stand `months` after they became known, 0 to 1; None where none was seen for so long.
    `at_risk`: how many were seen for so long and had not ended before."""

    months: int
    share: float | None
    at_risk: int


@dataclass(frozen=True, slots=True)
class Survival:
    """`values` that were shown for some time, `changes` how many of them ended. `half_life_days`: after how many days
    half of them have ended; None where more than half stand for as long as they were seen."""

    values: int
    changes: int
    standing: tuple[ShareStanding, ...]
    half_life_days: int | None


@dataclass(frozen=True, slots=True)
class HalfLife:
    """One property of one kind of row; all types of links are one kind. `first_day`: everything known as soon as it may
    have been; `last_day`: as late as it was known for certain. `undated` values may have been known at any time and are
    left out of `first_day`."""

    label: str
    property: str
    first_day: Survival
    last_day: Survival
    undated: int


@dataclass(frozen=True, slots=True)
class Spell:
    """How long a value was shown, and whether it ended then."""

    days: int
    ended: bool


def half_lives(record: EvidenceRecord) -> tuple[HalfLife, ...]:
    """By label, then property."""
    slots: dict[tuple[str, str], list[Sequence[Statement]]] = {}
    for (_, name, _), rivals in record.by_slot.items():
        slots.setdefault((KINDS[rivals[0].kind].kind_label, name), []).append(rivals)
    return tuple(_half_life(record, *key, slots[key]) for key in sorted(slots))


def _half_life(record: EvidenceRecord, label: str, name: str, slots: Sequence[Sequence[Statement]]) -> HalfLife:
    first, undated = _spells(record, slots, Certainty.POSSIBLE)
    last, _ = _spells(record, slots, Certainty.CERTAIN)
    return HalfLife(label, name, survival(first), survival(last), undated)


def _spells(record: EvidenceRecord, slots: Sequence[Sequence[Statement]], known: Certainty) -> tuple[list[Spell], int]:
    """The spells of slots with a first day, and how many have none."""
    intervals = [one for rivals in slots for one in _intervals(record, rivals, known)]
    dated = [Spell((end - begin).days, ended) for begin, end, ended in intervals if begin > date.min]
    return dated, len(intervals) - len(dated)


def _intervals(
    record: EvidenceRecord, rivals: Sequence[Statement], known: Certainty
) -> Iterator[tuple[date, date, bool]]:
    """First day, last day, and whether the value ended then, of each value that was shown of one slot."""
    shown, since = None, date.min
    for day, chosen in beliefs(rivals, record.contest(rivals), record.lens, known):
        value = chosen.value if chosen else None
        if shown is not None and _is_same(shown, value):
            shown = _more_precise(shown, value)
        else:
            if shown is not None:
                yield since, day, True
            shown, since = value, day
    if shown is not None:
        yield since, day_of(record.lens.known_on), False


def _is_same(before: Any, after: Any) -> bool:
    if isinstance(before, PartialDate) and isinstance(after, PartialDate):
        return before.contains(after) or after.contains(before)
    return bool(before == after)


def _more_precise(before: Any, after: Any) -> Any:
    return before if isinstance(before, PartialDate) and after.contains(before) else after


# ---- the estimate


def survival(spells: Sequence[Spell]) -> Survival:
    """The product-limit estimate. What was last seen on the day on which another ended counts among those at risk."""
    ended = [one.days for one in spells if one.ended]
    curve = _curve(ended, [one.days for one in spells if not one.ended]) if ended else ()
    return Survival(
        values=len(spells),
        changes=len(ended),
        standing=tuple(_standing(months, spells, curve) for months in HORIZONS),
        half_life_days=next((day for day, share in curve if share <= 0.5), None),
    )


def _curve(ended: Sequence[int], standing: Sequence[int]) -> tuple[tuple[int, float], ...]:
    """The days on which some ended, with the share that stands from then on."""
    function = stats.ecdf(stats.CensoredData(uncensored=ended, right=standing)).sf
    return tuple(
        (int(day), float(share)) for day, share in zip(function.quantiles, function.probabilities, strict=True)
    )


def _standing(months: int, spells: Sequence[Spell], curve: Sequence[tuple[int, float]]) -> ShareStanding:
    days = months * DAYS_PER_MONTH
    at_risk = sum(one.days >= days for one in spells)
    share = next((share for day, share in reversed(curve) if day <= days), 1.0)
    return ShareStanding(months, share if at_risk or share == 0 else None, at_risk)
