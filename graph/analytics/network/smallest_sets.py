"""The smallest sets without which a condition fails: exact by branch and bound, with bounds where the budget ends.

Sets are tried by size, so that the first size at which one fails is the smallest. What a set can take off the margin of
a condition at most, all its members added, tells which sets need no trial. Breakables may fail, and hold again when
more is left out: nothing is assumed of them but that bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from graph.concurrency.progress import report_progress

Members = frozenset[str]
UNBOUNDED = math.inf
_BATCH = 100
"""Sets that are prepared together."""
_NEAR = 1e-9
"""By so much of itself a bound may be off, as numbers are added in another order."""


@dataclass(frozen=True)
class Breakable:
    """What holds while its margin is 0 or more. `weights`: by member, what leaving it out takes off the margin at most,
    infinite where that is not known. `margin` is what is left of it without some members; `prepare` takes sets of which
    the margin will be asked next."""

    weights: Mapping[str, float]
    margin: Callable[[Members], float]
    prepare: Callable[[Iterable[Members]], None] = lambda sets: None

    def candidates(self, size: int) -> Iterator[Members]:
        """Sets of so many members that could make it fail, those that take most first."""
        needed = self.margin(frozenset())
        yield from self._extended((), 0, size, needed - _NEAR * abs(needed))

    def _extended(self, chosen: tuple[str, ...], start: int, more: int, needed: float) -> Iterator[Members]:
        if not more:
            yield frozenset(chosen)
            return
        for place in range(start, len(self.order) - more + 1):
            if sum(self.weights[one] for one in self.order[place : place + more]) < needed:
                return  # those that follow take less
            name = self.order[place]
            yield from self._extended((*chosen, name), place + 1, more - 1, needed - self.weights[name])

    @cached_property
    def order(self) -> Sequence[str]:
        """The members that take most first."""
        return sorted(self.weights, key=lambda name: (-self.weights[name], name))


@dataclass(frozen=True, slots=True)
class SmallestSets:
    """The smallest sets have `lower` members at least and `upper` at most; both None: no set makes a condition fail.
    `upper` None: none was found. `sets` have `upper` members, by name; `complete`: they are all of that size. So many
    were tried."""

    lower: int | None
    upper: int | None
    sets: tuple[tuple[str, ...], ...]
    complete: bool
    tried: int

    @property
    def exact(self) -> bool:
        return self.lower == self.upper


def smallest_sets(conditions: Sequence[Breakable], budget: int) -> SmallestSets:
    """The smallest sets of members without which one of the conditions fails; all hold while none is left out. Tries at
    most `budget` sets, and then as many more as there are members, twice, for an upper bound."""
    search = _SetSearch(budget)
    for size in range(1, max((len(one.weights) for one in conditions), default=0) + 1):
        failing = {one for condition in conditions for one in search.failing(condition, size)}
        if failing:
            return search.result(size, size, failing)
        if search.spent:
            best = min((one for one in map(search.reduced, conditions) if one), key=len, default=None)
            return search.result(size, len(best) if best else None, {best} if best else set())
    return search.result(None, None, set())


class _SetSearch:
    def __init__(self, budget: int) -> None:
        self.budget, self.tried, self.spent = budget, 0, False

    def failing(self, condition: Breakable, size: int) -> Iterator[Members]:
        """Those of a size without which it fails, as far as the budget goes."""
        candidates = condition.candidates(size)
        while batch := list(islice(candidates, min(_BATCH, self.budget - self.tried))):
            condition.prepare(batch)
            yield from (members for members in batch if condition.margin(members) < 0)
            self.tried += len(batch)
            report_progress("sets of origins", self.tried, self.budget)
        self.spent = self.spent or next(candidates, None) is not None

    def reduced(self, condition: Breakable) -> Members | None:
        """A set without which it fails and none of whose members can stay; None where none is found. Members are taken
        by what they take off at most, then by what each takes off alone."""
        alone = {name: condition.margin(frozenset({name})) for name in condition.order}
        members: Members = frozenset()
        for name in sorted(alone, key=lambda name: (-condition.weights[name], alone[name], name)):
            members |= {name}
            if condition.margin(members) < 0:
                return _without_idle(condition, members)
        return None

    def result(self, lower: int | None, upper: int | None, sets: set[Members]) -> SmallestSets:
        complete = lower == upper and not self.spent
        return SmallestSets(lower, upper, tuple(sorted(tuple(sorted(one)) for one in sets)), complete, self.tried)


def _without_idle(condition: Breakable, members: Members) -> Members:
    for name in sorted(members, key=lambda name: (condition.weights[name], name)):
        if condition.margin(members - {name}) < 0:
            members -= {name}
    return members
