from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core import chains
from graph.analytics.core.chains import ContractDag

_NODES = "abcdefg"
_edges = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=12)
_weights = st.dictionaries(st.sampled_from(_NODES), st.integers(0, 9).map(Fraction), min_size=1)


def _heaviest(edges: list[tuple[str, str]], weights: dict[str, Fraction]) -> Fraction:
    """By trying every set of links of which none leads to another."""
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(_NODES)
    below = {node: nx.descendants(graph, node) for node in graph}
    return max(
        sum((weights[one] for one in some), Fraction(0))
        for size in range(len(weights) + 1)
        for some in combinations(sorted(weights), size)
        if not any(one in below[other] or other in below[one] for one, other in combinations(some, 2))
    )


@pytest.mark.parametrize("few", [chains._FEW, 0])
@given(edges=_edges, weights=_weights)
def test_the_heaviest_set_in_which_none_leads_to_another_is_kept(
    edges: list[tuple[str, str]], weights: dict[str, Fraction], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pair by pair, and along the edges of the component: the same set
    monkeypatch.setattr(chains, "_FEW", few)
    graph = nx.DiGraph((tail, head) for tail, head in edges if tail != head)
    kept = list(ContractDag(graph).maximum_weight_antichain(weights))
    assert len(set(kept)) == len(kept)
    assert sum((weights[one] for one in kept), Fraction(0)) == _heaviest(edges, weights)
    assert not any(
        nx.has_path(graph, one, other) for one in kept for other in kept if one != other and {one, other} <= set(graph)
    )
