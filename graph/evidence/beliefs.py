"""Beliefs: which of rival statements was chosen on each day of the record, by what was known on that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from graph.evidence.lens import Certainty, Lens
from graph.evidence.policy import Contest, day_of, exclusion_reason, is_known
from graph.evidence.statements import Statement


def beliefs(
    rivals: Sequence[Statement], contest: Contest, lens: Lens, known: Certainty | None = None
) -> Iterator[tuple[date, Statement | None]]:
    """The chosen statement on each day on which it may have changed, in order, up to the lens's known_on; None where
    none counts any more. What may have been known at any time begins on `date.min`.

    `known`: which end of the interval in which a statement became known is taken; without it, that of the lens. The
    world stays that of valid_on."""
    ends = replace(lens, certainty=known or lens.certainty)
    for day in _days(rivals, ends):
        then = replace(lens, known_on=day)
        heard = (one for one in rivals if is_known(one, replace(ends, known_on=day)))
        counting = [one for one in heard if exclusion_reason(one, contest.sources[one.source], then) is None]
        yield day, contest.rank(counting)[0].statement if counting else None


def _days(rivals: Iterable[Statement], lens: Lens) -> list[date]:
    until = day_of(lens.known_on)
    known = {_known(one, lens) for one in rivals}
    return sorted(day for day in known | {one.withdrawn for one in rivals} if day is not None and day <= until)


def _known(statement: Statement, lens: Lens) -> date:
    if lens.certainty is Certainty.CERTAIN:
        return statement.known_latest
    return statement.known_earliest or date.min
