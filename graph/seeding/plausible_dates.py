"""Dates that cannot be: what is known before it happened or later than it was read, and years that are slips.

Such a date would not look wrong: it would take the record out of every answer, or put it into the wrong decade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from graph.evidence.statements import Source
from graph.vocabulary.model import Property
from graph.vocabulary.types import USUAL_YEARS_AHEAD, Day, PartialDay, Type
from graph.vocabulary.values import PartialDate

FIRST_YEAR = 1950
"""Nothing that is dated in this field is older, power stations included."""
REVISED_WITHIN = timedelta(days=300)
"""A page may tell what happened after its date, since pages are revised; a slip of the year is further off."""

Misdated = tuple[str, str, str]
"""The key of the date, what is wrong with it, and the remedy."""


def misdated(prop: Property, value: Any, day: date, *, supposed: bool = False) -> Iterator[Misdated]:
    """The dates in a value that cannot be, `day` being today. What is `supposed` may be announced in the future."""
    years = USUAL_YEARS_AHEAD if supposed else 0
    ahead = max(_years_ahead(prop.type), years)
    for key, moment in prop.type.moments(prop.name, value).items():
        yield from misdated_moment(key, moment, day, ahead)


def misdated_moment(key: str, moment: PartialDate, day: date, years_ahead: int) -> Iterator[Misdated]:
    """The same of one date; with `years_ahead` 0 it is one of what has happened."""
    year = moment.earliest.year
    if years_ahead == 0 and moment.earliest > day:
        yield key, f"{key} on {moment}, which is in the future", f"write what is known on {day}"
    elif not FIRST_YEAR <= year <= day.year + years_ahead:
        yield key, f"{key} in the year {year}", f"mend the year: {FIRST_YEAR} to {day.year + years_ahead} can be"


def _years_ahead(type: Type) -> int:
    match type:
        case PartialDay():
            return type.years_ahead
        case Day():
            return 0
        case _:
            return USUAL_YEARS_AHEAD


def is_dated(prop: Property) -> bool:
    """Whether a value of the property holds a date."""
    return type(prop.type).moments is not Type.moments


def has_happened(prop: Property) -> bool:
    """Whether the property tells when something happened, so that nobody can know it earlier."""
    return isinstance(prop.type, PartialDay) and prop.type.years_ahead == 0


def misdated_source(values: Mapping[str, Any], day: date) -> Iterator[Misdated]:
    """What of a source's dates cannot be together, where each alone can be."""
    published, retrieved = values.get("published"), values.get("retrieved")
    if published and retrieved and retrieved < published.earliest <= day:
        yield "published", f"published on {published}, after it was read on {retrieved}", "mend one of the two"


def known_too_late(known_from: PartialDate, sources: Sequence[Source]) -> Iterator[Misdated]:
    """What is wrong with a claim that became known only after all of its sources were read."""
    read = {source.key: source.retrieved for source in sources if source.retrieved}
    last = max(read, key=lambda key: read[key], default=None)
    if last and known_from.earliest > read[last]:
        remedy = "mend it; where the source was read again, write that day as its retrieved"
        yield "known_from", f"known from {known_from}, after {last} was read on {read[last]}", remedy


def verified_too_early(day: date, sources: Sequence[Source]) -> Iterator[Misdated]:
    """What is wrong with a claim that was compared with a document before there was one."""
    for source in sources:
        if source.published and day < source.published.earliest:
            what = f"last verified on {day}, before {source.key} was published on {source.published}"
            yield "last_verified", what, "mend one of the two"


def known_too_early(prop: Property, value: PartialDate, sources: Sequence[Source]) -> Iterator[Misdated]:
    """What is wrong with something that `has_happened` after a source which tells it."""
    for source in sources:
        published = source.published
        if source.retrieved and value.earliest > source.retrieved:
            what = f"{prop.name} on {value}, after {source.key} was read on {source.retrieved}"
        elif published and value.earliest > published.latest + REVISED_WITHIN:
            what = f"{prop.name} on {value}, long after {source.key} was published on {published}"
        else:
            continue
        yield prop.name, what, "mend one of the two"
