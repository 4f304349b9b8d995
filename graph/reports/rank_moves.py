"""Who moved in a ranking between two lenses, and which links moved it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.analytics.core.amounts import stated_amount
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import ranks_of
from graph.concurrency.lazy_import import lazy_import
from graph.vocabulary.model import TYPE_COLUMN, LinkRole, Row, link_types

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_import("numpy")

CONTRACTS = link_types(LinkRole.CAPACITY_CONTRACT)


@dataclass(frozen=True, slots=True)
class MovedOrganization:
    """Ranks and degrees by number of counterparties; None on a side where no link of it counts. `came` and `went`: its
    links that count on one side alone."""

    key: str
    rank_before: int | None
    rank_after: int | None
    degree_before: int
    degree_after: int
    came: tuple[str, ...]
    went: tuple[str, ...]

    @property
    def risen(self) -> int:
        """By how many ranks; 0 for one that entered or left."""
        if self.rank_before is None or self.rank_after is None:
            return 0
        return self.rank_before - self.rank_after


@dataclass(frozen=True, slots=True)
class MovingLink:
    """A link that counts on one side alone. `ranks_moved`: by how many ranks its two ends would stand elsewhere without
    it, added. `amount_usd`: what it is about, where that is stated in dollars."""

    link: Row
    came: bool
    ranks_moved: int
    amount_usd: float

    @property
    def is_contract(self) -> bool:
        """Whether it provides capacity."""
        return self.link.columns[TYPE_COLUMN] in CONTRACTS


@dataclass(frozen=True)
class RankMoves:
    """Organizations that moved, entered or left, the furthest risen first; links, contracts for capacity first, then by
    value, then by how far they moved their ends. `among`: how many are ranked on each side."""

    organizations: tuple[MovedOrganization, ...]
    links: tuple[MovingLink, ...]
    among: tuple[int, int]


def rank_moves(before: NetworkView, after: NetworkView) -> RankMoves:
    ranks = [_ranks(_degrees(view)) for view in (before, after)]
    keys = sorted(ranks[0].keys() | ranks[1].keys())
    moved = [_moved(key, before, after, ranks) for key in keys]
    changed = [one for one in moved if one.rank_before != one.rank_after or one.came or one.went]
    return RankMoves(
        tuple(sorted(changed, key=lambda one: (-one.risen, one.rank_after or len(keys) + 1, one.key))),
        tuple(sorted(_moving(before, after), key=_link_order)),
        (len(ranks[0]), len(ranks[1])),
    )


def _pairs(view: NetworkView) -> Counter[frozenset[str]]:
    """How many links join each two organizations."""
    return Counter(frozenset((one.tail, one.head)) for one in view.included.values())


def _degrees(view: NetworkView) -> Mapping[str, int]:
    return _degrees_of(_pairs(view))


def _degrees_of(pairs: Counter[frozenset[str]]) -> Mapping[str, int]:
    return Counter(end for pair, links in pairs.items() if links > 0 for end in pair)


def _ranks(degrees: Mapping[str, int]) -> Mapping[str, int]:
    keys = sorted(degrees)
    ranks = ranks_of(np.array([degrees[key] for key in keys], np.float64)) if keys else ()
    return {key: int(rank) for key, rank in zip(keys, ranks, strict=True)}


def _moved(key: str, before: NetworkView, after: NetworkView, ranks: list[Mapping[str, int]]) -> MovedOrganization:
    links = [set(view.links_at(key)) if key in view.graph else set() for view in (before, after)]
    degrees = [_counterparties(view, key, of) for view, of in zip((before, after), links, strict=True)]
    return MovedOrganization(
        key,
        ranks[0].get(key),
        ranks[1].get(key),
        degrees[0],
        degrees[1],
        came=tuple(sorted(links[1] - links[0])),
        went=tuple(sorted(links[0] - links[1])),
    )


def _counterparties(view: NetworkView, key: str, links: set[str]) -> int:
    return len({end for link in links for end in (view.included[link].tail, view.included[link].head)} - {key})


def _moving(before: NetworkView, after: NetworkView) -> Iterator[MovingLink]:
    for view, other, came in ((after, before, True), (before, after, False)):
        pairs = _pairs(view)
        ranks = _ranks(_degrees_of(pairs))
        for key in view.included.keys() - other.included.keys():
            one = view.included[key]
            yield MovingLink(one.link, came, _ranks_moved(pairs, ranks, (one.tail, one.head)), _usd(one.link))


def _ranks_moved(pairs: Counter[frozenset[str]], ranks: Mapping[str, int], ends: tuple[str, str]) -> int:
    without = pairs.copy()
    without[frozenset(ends)] -= 1
    then = _ranks(_degrees_of(without))
    last = len(ranks)
    return sum(abs(then.get(end, last) - ranks[end]) for end in ends)


def _usd(link: Row) -> float:
    value = stated_amount(link)
    return value.amount if value is not None and value.currency == "USD" else 0.0


def _link_order(one: MovingLink) -> tuple[bool, float, int, str]:
    return not one.is_contract, -one.amount_usd, -one.ranks_moved, one.link.key
