#!/usr/bin/env bash
# networkx 3.6.1: read_gexf takes a file of GEXF 1.3, but loses the kind of its edges, without a warning.
#
# GEXF 1.3 tells parallel edges between one pair apart by the attribute `kind`. networkx keeps weight, id, start and the
# attributes of <attvalues>, and drops `kind`: edges of two kinds become two edges of a MultiDiGraph that nothing tells
# apart.
#
# What helps: write the kind a second time, as an attribute of <attvalues>.
#
# Seen on 2026-11-30, Python 3.11:
#   edges: [('a', 'b', {'mw': 200.0, 'id': 'h', 'weight': 2.0}), ('a', 'b', {'mw': 50.0, 'id': 'g', 'weight': 1.0})]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check networkx==3.6.1

cat > "$folder/kinds.gexf" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3">
  <graph defaultedgetype="directed">
    <attributes class="edge"><attribute id="mw" title="mw" type="double"/></attributes>
    <nodes><node id="a" label="A"/><node id="b" label="B"/></nodes>
    <edges>
      <edge id="h" source="a" target="b" kind="HOSTS" weight="2"><attvalues><attvalue for="mw" value="200"/></attvalues></edge>
      <edge id="g" source="a" target="b" kind="GUARANTEES" weight="1"><attvalues><attvalue for="mw" value="50"/></attvalues></edge>
    </edges>
  </graph>
</gexf>
XML
cat > "$folder/kinds.py" <<'PYTHON'
import sys
import warnings

import networkx

with warnings.catch_warnings():
    warnings.simplefilter("error")
    graph = networkx.read_gexf(sys.argv[1])
edges = list(graph.edges(data=True))
print("edges:", edges)
assert isinstance(graph, networkx.MultiDiGraph)
assert [(data["mw"], data["weight"]) for _, _, data in edges] == [(200.0, 2.0), (50.0, 1.0)]
assert not any("kind" in data or "HOSTS" in map(str, data.values()) for _, _, data in edges)
PYTHON
"$folder/venv/bin/python" "$folder/kinds.py" "$folder/kinds.gexf"
