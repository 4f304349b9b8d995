"""Beliefs: which of rival statements was chosen on each day of the record, by what was known on that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from graph.evidence.lens import Certainty, Lens
from graph.evidence.policy import Contest, day_of, exclusion_reason
from graph.evidence.statements import Statement


def beliefs(
    rivals: Sequence[Statement], contest: Contest, lens: Lens, known: Certainty | None = None
) -> Iterator[tuple[date, Statement | None]]:
    """The chosen statement on each day on which it may have changed, in order, up to the lens's known_on; None where
    none counts any more. What may have been known at any time begins on `date.min`.

    `known`: which end of the interval in which a statement became known is taken; without it, that of the lens. The
    world stays that of valid_on."""
    certain = (known or lens.certainty) is Certainty.CERTAIN
    heard = {one.id: one.known_latest if certain else one.known_earliest or date.min for one in rivals}
    withdrawn = {one.withdrawn for one in rivals if one.withdrawn is not None}
    until = day_of(lens.known_on)
    for day in sorted(day for day in withdrawn.union(heard.values()) if day <= until):
        yield day, _chosen([one for one in rivals if heard[one.id] <= day], contest, replace(lens, known_on=day))


def _chosen(rivals: Sequence[Statement], contest: Contest, lens: Lens) -> Statement | None:
    counting = [one for one in rivals if exclusion_reason(one, contest.sources[one.source], lens) is None]
    if len(counting) < 2:
        return counting[0] if counting else None
    return contest.rank(counting)[0].statement
