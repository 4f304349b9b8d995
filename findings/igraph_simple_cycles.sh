#!/usr/bin/env bash
# igraph 1.0.0: Graph.simple_cycles misses cycles of directed graphs.
#
# Of 0->2, 1->2, 2->1 it lists no cycle, though 1->2->1 is one; with max=2 it does, with max=3 not. Of random directed
# graphs of three to seven nodes it gives fewer cycles than networkx in about two of a hundred, with a bound of the
# length as without. mode="out", as its documentation writes it, is a TypeError; igraph.OUT works.
#
# What helps: count cycles otherwise, or check against networkx.simple_cycles.
#
# Seen on 2026-11-30:
#   of 0->2, 1->2, 2->1: [], at most 2 long [(1, 2)], at most 3 long []
#   networkx: [[1, 2]]
#   mode="out": TypeError
#   fewer than networkx in 45 of 2000 graphs, more in 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check igraph==1.0.0 networkx==3.6.1

cat > "$folder/cycles.py" <<'PYTHON'
import random

import igraph
import networkx as nx

EDGES = [(0, 2), (1, 2), (2, 1)]
graph = igraph.Graph(3, EDGES, directed=True)
whole, short, longer = graph.simple_cycles(), graph.simple_cycles(max=2), graph.simple_cycles(max=3)
print(f"of 0->2, 1->2, 2->1: {whole}, at most 2 long {short}, at most 3 long {longer}")
expected = [sorted(cycle) for cycle in nx.simple_cycles(nx.DiGraph(EDGES))]
print(f"networkx: {expected}")
try:
    graph.simple_cycles(mode="out")
    by_name = "works"
except TypeError:
    by_name = "TypeError"
print(f'mode="out": {by_name}')

random.seed(1)
fewer = more = 0
for _ in range(2000):
    nodes = random.randint(3, 7)
    edges = [(a, b) for a in range(nodes) for b in range(nodes) if a != b and random.random() < 0.3]
    listed = len(igraph.Graph(nodes, edges, directed=True).simple_cycles())
    true = len(list(nx.simple_cycles(nx.DiGraph(edges))))
    fewer, more = fewer + (listed < true), more + (listed > true)
print(f"fewer than networkx in {fewer} of 2000 graphs, more in {more}")
raise SystemExit(0 if (whole, expected, by_name) == ([], [[1, 2]], "TypeError") and fewer and not more else 1)
PYTHON
"$folder/venv/bin/python" "$folder/cycles.py"
