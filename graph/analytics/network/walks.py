"""Walks through links: hops with the links that make them, simple walks in a fixed order, their weakest evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from graph.analytics.core.support import CONFIDENCE_ORDER
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import Row

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

    def simple_paths(
        self, start: str, end: str, max_hops: int, budget: SearchBudget, among: Callable[[str], bool] = lambda key: True
    ) -> Iterator[tuple[str, ...]]:
        """Simple paths from start to end, the shortest first, of equals by key; simple cycles where both are the same.
        `among`: which nodes to pass through. The iteration ends early when the budget is spent."""
        remaining = self._hops_to(end, max_hops, among)
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

    def _hops_to(self, end: str, most: int, among: Callable[[str], bool]) -> Mapping[str, int]:
        result, reached = {end: 0}, [end]
        for hops in range(1, most + 1):
            before = (
                key for one in reached for key in self.predecessors.get(one, ()) if key not in result and among(key)
            )
            reached = list(dict.fromkeys(before))
            result |= dict.fromkeys(reached, hops)
        return result


def _sorted(nodes: Mapping[str, set[str]]) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(sorted(others)) for key, others in nodes.items()}
