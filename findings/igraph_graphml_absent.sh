#!/usr/bin/env bash
# python-igraph 1.0.0: GraphML with absent values comes back with False, empty texts and rounded whole numbers, silently.
#
# A key without a default leaves elements without a value; networkx 3.6.1 leaves the attribute out. igraph's reader makes
# an absent boolean False and an absent text '', so "not known" reads as "no"; an absent number is nan. All numbers
# become floats, those of attr.type="long" too: 9007199254740993 arrives as 9007199254740992.0.
#
# What helps: write what has three values as a text (YES, NO, UNKNOWN), and whole numbers over 2**53 as texts.
#
# Seen on 2026-11-30, Python 3.11:
#   firm: [True, False]   (the second is absent in the file)
#   note: ['stated', '']  (the second is absent in the file)
#   usd:  [9007199254740992.0, nan]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check igraph==1.0.0 networkx==3.6.1

cat > "$folder/absent.graphml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="firm" for="edge" attr.name="firm" attr.type="boolean"/>
  <key id="note" for="edge" attr.name="note" attr.type="string"/>
  <key id="usd" for="edge" attr.name="usd" attr.type="long"/>
  <graph edgedefault="directed">
    <node id="a"/><node id="b"/><node id="c"/>
    <edge source="a" target="b"><data key="firm">true</data><data key="note">stated</data><data key="usd">9007199254740993</data></edge>
    <edge source="b" target="c"/>
  </graph>
</graphml>
XML
cat > "$folder/absent.py" <<'PYTHON'
import math
import sys
import warnings

import igraph
import networkx

peer = networkx.read_graphml(sys.argv[1])
assert peer.edges["a", "b"] == {"firm": True, "note": "stated", "usd": 9007199254740993}
assert peer.edges["b", "c"] == {}
with warnings.catch_warnings():
    warnings.simplefilter("error")
    edges = igraph.Graph.Read_GraphML(sys.argv[1]).es
for name in ("firm", "note", "usd"):
    print(f"{name}: {edges[name]}")
assert edges["firm"] == [True, False]
assert edges["note"] == ["stated", ""]
assert edges["usd"][0] == 9007199254740992.0 and math.isnan(edges["usd"][1])
PYTHON
"$folder/venv/bin/python" "$folder/absent.py" "$folder/absent.graphml"
