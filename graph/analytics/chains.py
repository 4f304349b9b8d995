"""What counts once: of contracts that contain one another, which are to be added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from graph.analytics.scope import Counted


def distinct(links: Mapping[str, Counted]) -> tuple[str, ...]:
    """Which of these links to add, so that nothing is counted twice; in their order.

    A total (`covers`) stands for its parts. Of a chain (`uses`: one is served out of the other) the stage that adds to
    most counts: so much is proven to be distinct."""
    if len(links) < 2:
        return tuple(links)
    parts = {part for one in links.values() for part in one.link["covers"] or ()}
    whole = {key: one for key, one in links.items() if key not in parts}
    chains = nx.DiGraph()
    chains.add_nodes_from(whole)
    chains.add_edges_from(
        (key, used) for key, one in whole.items() for used in one.link["uses"] or () if used in whole and used != key
    )
    kept = {key for chain in nx.weakly_connected_components(chains) for key in _largest_stage(chains, chain, whole)}
    return tuple(key for key in links if key in kept)


def _largest_stage(chains: Any, chain: set[str], links: Mapping[str, Counted]) -> list[str]:
    """Of a chain, those at one remove from its end that add to most; of a circle, the largest link."""
    if len(chain) == 1:
        return list(chain)
    part = chains.subgraph(sorted(chain))
    if nx.is_directed_acyclic_graph(part):
        stages = [sorted(stage) for stage in nx.topological_generations(part)]
    else:
        stages = [[key] for key in sorted(chain)]
    return max(stages, key=lambda stage: sum(links[key].amount.value for key in stage))
