"""Rewiring: directed graphs drawn alike from all that give each node as many edges, out and in, as it has.

A chain of random changes, each undone as easily as done, so that in the long run all graphs are equally likely: two
edges swap their heads, and three edges in a circle turn round, without which swaps alone do not reach every graph
(Berger and Müller-Hannemann 2010, arXiv:0912.0685). No edge leads to where it starts, and no two are alike. Many swaps
of disjoint pairs are one step (Allendorf et al. 2022, doi:10.1016/j.jpdc.2022.12.010), in many chains at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from graph.concurrency.lazy_import import lazy_import
from graph.concurrency.progress import report_progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.analytics.core.snapshot import Positions
else:
    np = lazy_import("numpy")

ROUNDS = 50
"""Steps of a chain. docs/analytics_risk.md has what was measured."""
_SHARE = 0.75
"""The part of the pairs that a step tries to swap. Less than all, so that every single swap is possible by itself."""
_TOGETHER = 50
"""Chains that run at once. Fixed, so that more rewirings begin with the same ones."""
_MAX_EDGES = 2_000_000
"""Edges of the chains that run at once."""


@dataclass(frozen=True, eq=False)
class EdgeList:
    """m edges between nodes 0 to `nodes` - 1, none of them twice or from a node to itself. `kinds` are numbers from 0:
    only edges of one kind swap heads. Those of different kinds may join the same two nodes."""

    tails: Positions
    heads: Positions
    kinds: Positions
    nodes: int

    @staticmethod
    def of(tails: Positions, heads: Positions, nodes: int, kinds: Positions | None = None) -> EdgeList:
        """In the order of kind and tail; without `kinds` all edges are of one."""
        kinds = np.zeros(len(tails), np.int64) if kinds is None else kinds
        order = np.lexsort((heads, tails, kinds))
        return EdgeList(tails[order], heads[order], kinds[order], nodes)

    def __len__(self) -> int:
        return len(self.tails)

    @cached_property
    def rows(self) -> Positions:
        """By edge, a number for its kind and tail together."""
        return self.kinds * self.nodes + self.tails

    @cached_property
    def starts(self) -> Positions:
        """By kind and tail, where its edges begin; they end where the next begin."""
        kinds = int(self.kinds.max(initial=-1)) + 1
        return np.searchsorted(self.rows, np.arange(kinds * self.nodes + 1))


@dataclass
class RewiringLog:
    """What the chains did: swaps tried and made, and edges that stand as they stood, of how many."""

    tried: int = 0
    made: int = 0
    kept: int = 0
    edges: int = 0

    @property
    def acceptance(self) -> float:
        return self.made / self.tried if self.tried else 0.0

    @property
    def kept_share(self) -> float:
        return self.kept / self.edges if self.edges else 0.0


def rewirings(
    edges: EdgeList, count: int, seed: int, log: RewiringLog | None = None, *, rounds: int = ROUNDS
) -> Iterator[Positions]:
    """The heads of the edges, `count` times rewired, each by a chain of its own; a larger count begins with the same
    ones."""
    log = RewiringLog() if log is None else log
    together = max(1, min(_TOGETHER, _MAX_EDGES // max(1, len(edges))))
    for number, start in enumerate(range(0, count, together)):
        chains = _Chains(edges, together, np.random.default_rng((seed, number)), log)
        for done in range(rounds):
            chains.step()
            report_progress("rewirings", start * rounds + (done + 1) * min(together, count - start), count * rounds)
        log.kept += int((chains.heads == edges.heads).sum())
        log.edges += chains.heads.size
        yield from chains.heads[: count - start]


class _Chains:
    """Graphs that change side by side: c chains of m edges, of which the tails and kinds stay."""

    def __init__(self, edges: EdgeList, count: int, random: np.random.Generator, log: RewiringLog) -> None:
        self.edges, self.random, self.log = edges, random, log
        self.heads = np.tile(edges.heads, (count, 1))
        self._chain = np.arange(count)[:, None]
        rows = int(edges.rows.max(initial=-1)) + 1
        self._first_code = self._chain * (rows * edges.nodes)
        """What makes the codes of edges differ between chains."""

    def step(self) -> None:
        if len(self.edges) > 1:
            self._swap_heads()
            self._turn_circles()

    def _swap_heads(self) -> None:
        """Tries to swap the heads of disjoint pairs of edges. A pair swaps if none of its four edges, old and new, is
        an edge that stays, or an old or new one of another pair: so it could swap back, whatever the others do."""
        chain, one, other = self._tried_pairs()
        heads, others = self.heads[chain, one], self.heads[chain, other]
        old = self._codes(chain, one, heads), self._codes(chain, other, others)
        new = self._codes(chain, one, others), self._codes(chain, other, heads)
        standing = (self._first_code + self.edges.rows * self.edges.nodes + self.heads).ravel()
        repeated = _repeated(np.concatenate((standing, *new)))
        free = ~np.any([among(codes, repeated) for codes in (*old, *new)], axis=0)
        self.heads[chain[free], one[free]] = others[free]
        self.heads[chain[free], other[free]] = heads[free]
        self.log.made += int(free.sum())

    def _tried_pairs(self) -> tuple[Positions, Positions, Positions]:
        """Chain, one edge and other edge of the pairs to try; a swap would not lead an edge to where it starts, and
        makes another graph."""
        pairs, chains = self._pairs(), self._chain
        one, other = pairs[..., 0], pairs[..., 1]
        heads, others = self.heads[chains, one], self.heads[chains, other]
        tails, other_tails = self.edges.tails[one], self.edges.tails[other]
        tried = (self.random.random(one.shape) < _SHARE) & (self.edges.kinds[one] == self.edges.kinds[other])
        self.log.tried += int(tried.sum())
        sound = tried & (tails != others) & (other_tails != heads) & (tails != other_tails) & (heads != others)
        chain, place = np.nonzero(sound)
        return chain, one[chain, place], other[chain, place]

    def _pairs(self) -> Positions:
        """Of each chain a random division into pairs of neighbours in a random order, edges of a kind together."""
        chains, size = self.heads.shape
        order = np.argsort(self.edges.kinds + self.random.random((chains, size)), axis=1)
        first = int(self.random.integers(2)) if size > 2 else 0
        pairs = (size - first) // 2
        made: Positions = order[:, first : first + 2 * pairs].reshape(chains, pairs, 2)
        return made

    def _codes(self, chain: Positions, edge: Positions, heads: Positions) -> Positions:
        """A number for each edge of a chain, with these heads."""
        codes: Positions = self._first_code[chain, 0] + self.edges.rows[edge] * self.edges.nodes + heads
        return codes

    def _turn_circles(self) -> None:
        """In each chain one walk of two edges; where a third closes it and none leads back, the three turn round, every
        other time. Out-degrees stay, so that the walk of the turned circle is as likely."""
        edges, chains = self.edges, len(self.heads)
        every = np.arange(chains)
        first = self.random.integers(len(edges), size=chains)
        start, middle, kinds = edges.tails[first], self.heads[every, first], edges.kinds[first]
        row = kinds * edges.nodes + middle
        size = edges.starts[row + 1] - edges.starts[row]
        second = edges.starts[row] + (self.random.random(chains) * size).astype(np.int64)
        second = np.minimum(second, len(edges) - 1)
        end = self.heads[every, second]
        closing = self._is_edge(kinds, end, start)
        third = closing.argmax(axis=1)
        back = [self._is_edge(kinds, *ends) for ends in ((middle, start), (end, middle), (start, end))]
        turned = (size > 0) & (end != start) & closing.any(axis=1) & (self.random.random(chains) < 0.5)
        turned &= ~np.any([ways.any(axis=1) for ways in back], axis=0)
        for edge, head in ((first, end), (second, start), (third, middle)):
            self.heads[every[turned], edge[turned]] = head[turned]

    def _is_edge(self, kinds: Positions, tails: Positions, heads: Positions) -> NDArray[np.bool_]:
        """Of each chain, which edges lead from a tail to a head."""
        leads: NDArray[np.bool_] = np.equal(self.edges.rows, (kinds * self.edges.nodes + tails)[:, None])
        leads &= self.heads == heads[:, None]
        return leads


def _repeated(codes: Positions) -> Positions:
    """What stands more than once, in order."""
    ordered = np.sort(codes)
    repeated: Positions = ordered[1:][ordered[1:] == ordered[:-1]]
    return repeated


def among(codes: Positions, ordered: Positions) -> NDArray[np.bool_]:
    """Which codes stand in an ordered array."""
    if not len(ordered):
        return np.zeros(len(codes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, codes), len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[places] == codes
    return found
