"""Walks through links: hops with the links that make them, simple walks in a fixed order, their weakest evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.scope import Flow, Scope, ends_of
from graph.analytics.core.support import CONFIDENCE_ORDER
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import Row

Ways = Iterable[tuple[str, str]]
"""Steps from one node to the next, by key."""

MAX_STEPS = 200_000
"""Steps that one search may take before it is cut short: about a second."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step from an entity to the next, with all links in scope that make it, by key."""

    tail: str
    head: str
    links: tuple[Row, ...]


# ---- evidence


def confidence_of(hop: Hop, known: Mapping[str, Confidence]) -> Confidence:
    """A hop is as well supported as its best link; a link of which nothing is known has low confidence."""
    return max((known.get(link.key, Confidence.LOW) for link in hop.links), key=CONFIDENCE_ORDER.index)


def weakest(hops: Iterable[Hop], known: Mapping[str, Confidence]) -> Confidence:
    return min((confidence_of(hop, known) for hop in hops), key=CONFIDENCE_ORDER.index)


# ---- the search


class SearchBudget:
    """How many steps a search may still take."""

    def __init__(self, most: int = MAX_STEPS) -> None:
        self.remaining = most
        self.cut_short = False

    def spend(self) -> bool:
        """Takes one step; whether the budget allowed it."""
        self.cut_short = self.cut_short or self.remaining <= 0
        self.remaining -= 1
        return not self.cut_short


@dataclass(frozen=True)
class Adjacency:
    """The successors and predecessors of each node, by key."""

    successors: Mapping[str, tuple[str, ...]]
    predecessors: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(edges: Iterable[tuple[str, str]]) -> Adjacency:
        successors: dict[str, set[str]] = {}
        predecessors: dict[str, set[str]] = {}
        for tail, head in edges:
            successors.setdefault(tail, set()).add(head)
            predecessors.setdefault(head, set()).add(tail)
        return Adjacency(_sorted(successors), _sorted(predecessors))

    @property
    def edges(self) -> Iterator[tuple[str, str]]:
        return ((tail, head) for tail, heads in self.successors.items() for head in heads)

    def simple_paths(
        self, start: str, end: str, max_hops: int, budget: SearchBudget, among: Callable[[str], bool] = lambda key: True
    ) -> Iterator[tuple[str, ...]]:
        """Simple paths from start to end, the shortest first, of equals by key; simple cycles where both are the same.
        `among`: which nodes to pass through. The iteration ends early when the budget is spent."""
        remaining = _hops(self.predecessors, end, max_hops, among)
        for hops in range(1, max_hops + 1):
            yield from self._of_length(hops, (start,), end, remaining, budget)

    def _of_length(
        self, hops: int, walk: tuple[str, ...], end: str, remaining: Mapping[str, int], budget: SearchBudget
    ) -> Iterator[tuple[str, ...]]:
        for key in self.successors.get(walk[-1], ()):
            if not budget.spend():
                return
            if key == end:
                if hops == 1:
                    yield (*walk, key)
            elif key not in walk and remaining.get(key, hops) < hops:
                yield from self._of_length(hops - 1, (*walk, key), end, remaining, budget)

    def hops_to(self, end: str, max_hops: int) -> Mapping[str, int]:
        """The fewest hops to the end from each node within `max_hops`."""
        return _hops(self.predecessors, end, max_hops)

    def hops_from(self, start: str, max_hops: int) -> Mapping[str, int]:
        """The fewest hops from the start to each node within `max_hops`."""
        return _hops(self.successors, start, max_hops)


def _hops(
    next_to: Mapping[str, tuple[str, ...]], start: str, most: int, among: Callable[[str], bool] = lambda key: True
) -> Mapping[str, int]:
    result, reached = {start: 0}, [start]
    for hops in range(1, most + 1):
        further = (key for one in reached for key in next_to.get(one, ()) if key not in result and among(key))
        reached = list(dict.fromkeys(further))
        result |= dict.fromkeys(reached, hops)
    return result


def _sorted(nodes: Mapping[str, set[str]]) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(sorted(others)) for key, others in nodes.items()}


# ---- links that do not count


def ways_of(link: Row, flow: Flow, scope: Scope) -> list[tuple[str, str]]:
    """The step that a link makes along the flow, or would make if it counted. One of a type along which nothing flows
    makes none; where the scope names its type, both, so that it is listed."""
    along = ends_of(link, flow)
    if along is not None:
        return [along]
    return both_ways(link) if scope.types is not None else []


def both_ways(link: Row) -> list[tuple[str, str]]:
    source, target = link.columns["from"], link.columns["to"]
    return [(source, target), (target, source)]


def leading_on(
    excluded: Iterable[Excluded], ways: Callable[[Row], Ways], edges: Ways, start: str, max_hops: int
) -> tuple[Excluded, ...]:
    """Of the excluded links, those that would lead on from what the edges reach within `max_hops`. `ways` gives the
    steps that a link would make."""
    reached = Adjacency.of(edges).hops_from(start, max_hops - 1)
    return tuple(one for one in excluded if any(tail in reached for tail, _ in ways(one.link)))


def completing(
    excluded: Iterable[Excluded], ways: Callable[[Row], Ways], edges: Ways, ends: tuple[str, str], max_hops: int
) -> tuple[Excluded, ...]:
    """Of the excluded links, those that would be on the way from one end to the other within `max_hops`, alone or with
    others of them."""
    start, end = ends
    steps = [(one, list(ways(one.link))) for one in excluded]
    # no path comes back to its start or goes on from its end; a loop does both
    inner = {
        (tail, head)
        for tail, head in chain(edges, *(each for _, each in steps))
        if start == end or (head != start and tail != end)
    }
    adjacency = Adjacency.of(inner)
    before, after = adjacency.hops_from(start, max_hops), adjacency.hops_to(end, max_hops)

    def completes(step: tuple[str, str]) -> bool:
        tail, head = step
        return step in inner and before.get(tail, max_hops) + 1 + after.get(head, max_hops) <= max_hops

    return tuple(one for one, each in steps if any(map(completes, each)))
