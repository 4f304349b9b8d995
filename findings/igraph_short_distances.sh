#!/usr/bin/env bash
# python-igraph 1.0.0: closeness and harmonic centrality lose digits where distances are short, without a warning.
#
# A path of four nodes with edges of 1, 2 and 4 units has the same closeness whatever the unit is, once the score is
# multiplied by the unit. igraph's is right to 16 digits in units of 1, to 5 digits in units of 1e-12, wrong by 3 % in
# units of 1e-15, and nan (closeness) or inf (harmonic) in units of 1e-17. `Graph.distances` is right in every unit, so
# is networkx 3.6.1. Both centralities carry each distance with 1 added to it on the way. Betweenness warns of weights
# under 1e-10; these two say nothing.
#
# Distances of this size are ordinary: the inverse of a strength in US dollars is 1e-9 to 1e-11.
# What helps: multiply all distances by a power of two so that none is under 1, and the score by the same.
#
# Seen on 2026-11-30, Python 3.11:
#   unit   closeness x unit     harmonic x unit      warnings
#   1      0.27272727           0.49206349           0
#   1e-12  0.27272505           0.49203251           0
#   1e-15  0.26491763           0.45438103           0
#   1e-17  nan                  inf                  0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check igraph==1.0.0 networkx==3.6.1

cat > "$folder/units.py" <<'PYTHON'
import math
import warnings

import igraph
import networkx

LENGTHS = [(0, 1, 1.0), (1, 2, 2.0), (2, 3, 4.0)]


def scores(unit):
    lengths = [length * unit for _, _, length in LENGTHS]
    graph = igraph.Graph(n=4, edges=[(a, b) for a, b, _ in LENGTHS])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        closeness = graph.closeness(weights=lengths)[0] * unit
        harmonic = graph.harmonic_centrality(weights=lengths)[0] * unit
    assert math.isclose(graph.distances(0, 3, weights=lengths)[0][0], 7 * unit)
    peer = networkx.Graph()
    peer.add_weighted_edges_from((a, b, length * unit) for a, b, length in LENGTHS)
    assert math.isclose(networkx.closeness_centrality(peer, distance="weight")[0] * unit, 3 / 11)
    return closeness, harmonic, len(warned)


print("unit   closeness x unit     harmonic x unit      warnings")
seen = {unit: scores(float(unit)) for unit in ("1", "1e-12", "1e-15", "1e-17")}
for unit, (closeness, harmonic, warned) in seen.items():
    print(f"{unit:<6} {closeness:<20.8f} {harmonic:<20.8f} {warned}")
right = 3 / 11
assert math.isclose(seen["1"][0], right)
assert 1e-6 < abs(seen["1e-12"][0] / right - 1) < 1e-4
assert 0.01 < abs(seen["1e-15"][0] / right - 1)
assert math.isnan(seen["1e-17"][0]) and math.isinf(seen["1e-17"][1])
assert not any(warned for _, _, warned in seen.values())
PYTHON
"$folder/venv/bin/python" "$folder/units.py"
