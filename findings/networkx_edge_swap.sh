#!/usr/bin/env bash
# networkx 3.6.1: directed_edge_swap never changes a graph of providers and customers, and ends in an error.
#
# The function keeps the degrees of a directed graph. It turns chains of three edges (a→b→c→d into a→c→b→d). Where every edge leads from one set of nodes to
# another there is no such chain: after its tries it raises NetworkXAlgorithmError, and not one edge has moved, though
# other graphs of the same degrees exist: a→x, b→y may become a→y, b→x.
#
# What helps: swap the heads of two edges by oneself, and refuse loops and doubles.
#
# Seen on 2026-11-30, Python 3.11:
#   directed_edge_swap: NetworkXAlgorithmError, 0 of 12 edges moved
#   heads of two edges swapped: 8 of 12 edges moved, degrees as before
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check networkx==3.6.1

cat > "$folder/swap.py" <<'PYTHON'
import random

import networkx

EDGES = {(f"provider-{n}", f"customer-{(n * step) % 7}") for n in range(6) for step in (1, 2, 3)}
EDGES = set(sorted(EDGES)[:12])


def degrees(edges):
    graph = networkx.DiGraph(sorted(edges))
    return sorted(graph.in_degree()), sorted(graph.out_degree())


def swapped_by_heads(edges, tries, chance):
    now = sorted(edges)
    for _ in range(tries):
        one, two = chance.sample(range(len(now)), 2)
        (a, x), (b, y) = now[one], now[two]
        if a != y and b != x and (a, y) not in now and (b, x) not in now:
            now[one], now[two] = (a, y), (b, x)
    return set(now)


graph = networkx.DiGraph(sorted(EDGES))
try:
    networkx.directed_edge_swap(graph, nswap=5, max_tries=2000, seed=1)
    outcome = "no error"
except networkx.NetworkXException as error:
    outcome = type(error).__name__
moved = len(set(graph.edges) - EDGES)
print(f"directed_edge_swap: {outcome}, {moved} of {len(EDGES)} edges moved")
assert outcome == "NetworkXAlgorithmError" and moved == 0

other = swapped_by_heads(EDGES, 200, random.Random(1))
print(f"heads of two edges swapped: {len(other - EDGES)} of {len(EDGES)} edges moved, degrees as before")
assert degrees(other) == degrees(EDGES) and len(other - EDGES) > 3
PYTHON
"$folder/venv/bin/python" "$folder/swap.py"
