"""The description of the igraph backend for networkx. networkx reads it during its own import, so this module imports
no library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME = "wattgraph_igraph"
"""As in the entry points `networkx.backends` and `networkx.backend_info`; `nx.pagerank(graph, backend=NAME)`."""

FUNCTIONS: Mapping[str, str] = {
    "betweenness_centrality": "Without endpoints. A length that differs by rounding alone counts as equal.",
    "edge_betweenness_centrality": "A length that differs by rounding alone counts as equal.",
    "closeness_centrality": "",
    "harmonic_centrality": "From all nodes.",
    "pagerank": "Solved, not iterated: tolerance and most iterations do not matter.",
    "eigenvector_centrality": "Of (strongly) connected graphs; tolerance and most iterations do not matter.",
    "hits": "Where the answer does not hang on where one starts; tolerance and most iterations do not matter.",
    "core_number": "",
}
"""What the backend implements, and what is special about it. No multigraphs, and no weight of 0 or less."""


def info() -> Mapping[str, Any]:
    return {
        "backend_name": NAME,
        "project": "wattgraph",
        "short_summary": "Heavy centralities by igraph.",
        "functions": {name: {"additional_docs": doc} for name, doc in FUNCTIONS.items()},
    }
