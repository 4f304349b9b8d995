"""The days on which what statements say may count otherwise: something begins, ends, or comes to be known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from graph.evidence.lens import Lens
from graph.evidence.policy import day_of
from graph.evidence.statements import Source, Statement
from graph.vocabulary.values import PartialDate


def days_of_knowledge(statements: Iterable[Statement], sources: Iterable[Source]) -> Iterator[date]:
    """The days of `known_on` on which what these say may count otherwise."""
    # many statements share their support, and what they say: of each once
    supports = {id(one.support): one.support for one in statements}.values()
    times = {(one.known_earliest, one.known_latest, one.withdrawn) for one in supports}
    yield from {day for days in times for day in days if day}
    for source in sources:
        if source.published:
            yield from _flips(source.published)


def days_of_validity(statements: Iterable[Statement]) -> Iterator[date]:
    """The days of `valid_on` on which what these say may count otherwise."""
    support: dict[int, PartialDate | None] = {}
    said: dict[int, Any] = {}
    for one in statements:
        support[id(one.support)] = one.support.as_of
        said[id(one.said)] = one.said.value
    stated = (one for one in (*support.values(), *said.values()) if isinstance(one, PartialDate))
    for moment in {one.text: one for one in stated}.values():
        yield from _flips(moment)


def _known(statement: Statement) -> Iterator[date]:
    return filter(None, (statement.known_earliest, statement.known_latest, statement.withdrawn))


def _valid(statement: Statement) -> Iterator[date]:
    for moment in _moments(statement):
        yield from _flips(moment)


def _moments(statement: Statement) -> list[PartialDate]:
    dated = [statement.as_of] if statement.as_of else []
    return [*dated, statement.value] if isinstance(statement.value, PartialDate) else dated


def _flips(moment: PartialDate) -> Iterator[date]:
    """The days on which an answer about an interval may change: its first, its last, and the day after it."""
    yield moment.earliest
    yield moment.latest
    if moment.latest < date.max:
        yield moment.latest + timedelta(days=1)


@dataclass(frozen=True)
class _Turns:
    """Days in order, each with the subjects that may count otherwise from it on."""

    days: tuple[date, ...]
    subjects: tuple[frozenset[str], ...]

    @staticmethod
    def of(turns: Iterable[tuple[date, str]]) -> _Turns:
        by_day: dict[date, set[str]] = {}
        for day, subject in turns:
            by_day.setdefault(day, set()).add(subject)
        days = tuple(sorted(by_day))
        return _Turns(days, tuple(frozenset(by_day[day]) for day in days))

    def between(self, one: date, other: date) -> Iterator[frozenset[str]]:
        """Of the days after the earlier of two, until the later."""
        first, last = sorted((one, other))
        yield from self.subjects[bisect_right(self.days, first) : bisect_right(self.days, last)]

    def after(self, day: date) -> date | None:
        place = bisect_right(self.days, day)
        return self.days[place] if place < len(self.days) else None


@dataclass(frozen=True)
class TurningDays:
    """All turning days of a log; those of a source have no subject."""

    _known: _Turns
    _valid: _Turns

    @staticmethod
    def of(statements: Iterable[Statement], sources: Mapping[str, Source]) -> TurningDays:
        said = list(statements)
        published = ((day, "") for day in days_of_knowledge((), sources.values()))
        return TurningDays(
            _Turns.of([*((day, one.subject) for one in said for day in _known(one)), *published]),
            _Turns.of((day, one.subject) for one in said for day in _valid(one)),
        )

    def subjects_between(self, one: Lens, other: Lens) -> frozenset[str]:
        """The subjects of which two lenses that differ by their days alone may show something else."""
        valid = self._valid.between(day_of(one.valid_on), day_of(other.valid_on))
        known = self._known.between(day_of(one.known_on), day_of(other.known_on))
        return frozenset().union(*valid, *known) - {""}

    def lie_between(self, one: Lens, other: Lens) -> bool:
        """Whether any lies between the days of two lenses."""
        valid = self._valid.between(day_of(one.valid_on), day_of(other.valid_on))
        known = self._known.between(day_of(one.known_on), day_of(other.known_on))
        return any(True for turns in (valid, known) for _ in turns)

    def next_after(self, lens: Lens) -> date | None:
        """The first day to come on which something may count otherwise."""
        days = (self._valid.after(day_of(lens.valid_on)), self._known.after(day_of(lens.known_on)))
        return min((day for day in days if day), default=None)
