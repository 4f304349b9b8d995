#!/usr/bin/env bash
# python-igraph 1.0.0: the ids of edges in GraphML come back as ids of nodes, silently.
#
# The reader makes an attribute `id` of edges where the file gives them ids. It does not hold these: the first edge gets
# the id of the first node, the second that of the second, and so on. networkx 3.6.1 takes the ids for keys of edges.
#
# What helps: write the id of an edge as an attribute of its own (<data key="key">) too, and read that.
#
# Seen on 2026-11-30, Python 3.11:
#   networkx: ['one', 'two']
#   igraph: ['a', 'b']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check igraph==1.0.0 networkx==3.6.1

cat > "$folder/ids.graphml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <graph edgedefault="directed">
    <node id="a"/><node id="b"/><node id="c"/>
    <edge id="one" source="a" target="b"/>
    <edge id="two" source="b" target="c"/>
  </graph>
</graphml>
XML
cat > "$folder/ids.py" <<'PYTHON'
import sys

import igraph
import networkx

peer = [key for *_, key in networkx.read_graphml(sys.argv[1], force_multigraph=True).edges(keys=True)]
ids = igraph.Graph.Read_GraphML(sys.argv[1]).es["id"]
print(f"networkx: {peer}")
print(f"igraph: {ids}")
assert peer == ["one", "two"]
assert ids == ["a", "b"]
PYTHON
"$folder/venv/bin/python" "$folder/ids.py" "$folder/ids.graphml"
