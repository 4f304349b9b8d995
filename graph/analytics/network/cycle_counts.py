"""Numbers of simple cycles, of many directed graphs at once.

igraph lists cycles as fast, and leaves some out (findings/igraph_simple_cycles.sh); networkx takes a hundred times as
long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.analytics.network.rewiring import among
from graph.concurrency.lazy_import import lazy_import

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.analytics.core.snapshot import Positions
else:
    np = lazy_import("numpy")


def cycle_counts(nodes: int, tails: Positions, heads: Positions, max_length: int) -> NDArray[np.int64]:
    """How many simple cycles of each length from 0 to `max_length` each of g graphs has: g rows. `heads` has a row for
    each graph, of m heads; the tails are the same in all. Parallel edges are one.

    Walks grow edge by edge from the least node of each cycle, all at once: memory grows with their number."""
    graphs = len(heads)
    every = nodes * graphs
    offset = nodes * np.arange(graphs)[:, None]
    codes = _within_cycles(np.unique((tails + offset) * every + heads + offset), every)
    starts, ends = np.searchsorted(codes // every, np.arange(every + 1)), codes % every
    walks = np.stack((codes // every, ends), axis=1)
    walks = walks[walks[:, 1] > walks[:, 0]]
    counts = np.zeros((graphs, max_length + 1), np.int64)
    for length in range(2, max_length + 1):
        closed = among(walks[:, -1] * every + walks[:, 0], codes)
        counts[:, length] = np.bincount(walks[closed, 0] // nodes, minlength=graphs)
        if length < max_length:
            walks = _longer(walks, starts, ends)
    return counts


def _longer(walks: Positions, starts: Positions, ends: Positions) -> Positions:
    """Each walk with one edge more, for every edge that leads to a node that is new to it and above its first."""
    first = starts[walks[:, -1]]
    ways = starts[walks[:, -1] + 1] - first
    walk = np.repeat(np.arange(len(walks)), ways)
    step = np.arange(len(walk)) - np.repeat(np.cumsum(ways) - ways, ways)
    following = ends[first[walk] + step]
    new = (following > walks[walk, 0]) & (walks[walk] != following[:, None]).all(axis=1)
    return np.column_stack((walks[walk[new]], following[new]))


def _within_cycles(codes: Positions, every: int) -> Positions:
    """The edges without those that lead from a node to which none leads, or to one from which none leads, and so on."""
    while len(codes):
        tails, heads = codes // every, codes % every
        left, reached = np.zeros(every, np.bool_), np.zeros(every, np.bool_)
        left[tails], reached[heads] = True, True
        inner = reached[tails] & left[heads]
        if inner.all():
            break
        codes = codes[inner]
    return codes
