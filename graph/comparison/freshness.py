"""Freshness: how old the newest source about each organization is, and which links nobody has looked at for a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_high

from graph.vocabulary.model import Row

UNSEEN_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class NewestSource:
    """The newest dated source that says something of an organization, or of a link, a debt or a figure that names it;
    `published` and `age_days` are None where none is dated."""

    organization: Row
    published: date | None
    age_days: int | None


def newest_sources(
    organizations: Iterable[Row], naming: Iterable[Row], published: Mapping[str, date], day: date
) -> tuple[NewestSource, ...]:
    """The oldest first, those without a date before them. `published`: of the newest source about each subject.
    `naming`: rows that may name an organization."""
    newest = dict(published)
    for row in naming:
        of_row = published.get(row.key)
        if of_row is not None:
            for key in row.keys_in(prop.name for prop in row.kind.references()):
                newest[key] = max(of_row, newest.get(key, of_row))
    rows = (_newest_source(row, newest.get(row.key), day) for row in organizations)
    return tuple(sorted(rows, key=lambda one: (one.published or date.min, one.organization.key)))


def _newest_source(organization: Row, published: date | None, day: date) -> NewestSource:
    return NewestSource(organization, published, (day - published).days if published else None)


def unseen_links(links: Iterable[Row], looks: Mapping[str, date], day: date) -> tuple[Row, ...]:
    """Links that nobody has looked at within a year before `day`, by key. `looks`: the last look at each subject; of
    what has none nothing is known."""
    old = (link for link in links if looks.get(link.key, date.max) < day - UNSEEN_AFTER)
    return tuple(sorted(old, key=lambda link: link.key))


def freshness_sentences(newest: Sequence[NewestSource], unseen: Sequence[Row]) -> Iterator[str]:
    """What the header of a report says of ages."""
    ages = [one.age_days for one in newest if one.age_days is not None]
    if ages:
        yield (
            f"Of {len(newest):,} organizations {len(newest) - len(ages):,} have no dated source; the newest source of "
            f"half of the others is {median_high(ages):,} days old at most. Nobody has looked at {len(unseen):,} links "
            "for a year."
        )
