"""The picture of the graph as JSON: what a browser draws, and what a program may read."""

from __future__ import annotations

from typing import Any

from graph.pictures.labels import LEVELS
from graph.pictures.network import Dot, Line, Network
from graph.pictures.network_query import Colour


def network_model(network: Network) -> dict[str, Any]:
    """Positions in units, which are pixels at magnification 1, y down; `sides` has a letter for each of `levels`: on
    which side of its dot the name stands (r, l, b, a), a dot where there is no room. Amounts are in the unit of the
    measure."""
    snapshot, frame = network.snapshot, network.frame
    return {
        "dataVersion": snapshot.data_version,
        "validOn": str(snapshot.lens.valid_on),
        "knownOn": str(snapshot.lens.known_on),
        "measure": str(network.query.measure),
        "colour": str(network.query.colour),
        "total": network.total,
        "withoutAmount": network.without_amount,
        "cutShort": network.cut_short,
        "frame": [frame.left, frame.top, frame.right, frame.bottom],
        "levels": list(LEVELS),
        "nodes": [_node(dot) for dot in network.dots],
        "edges": [_edge(line, heads=network.query.colour is Colour.COMMITMENT) for line in network.lines],
    }


def _node(dot: Dot) -> dict[str, Any]:
    return {
        "key": dot.row.key,
        "kind": dot.row.label,
        "name": dot.name,
        "label": dot.label,
        "x": dot.x,
        "y": dot.y,
        "radius": dot.radius,
        "least": dot.least_radius,
        "most": dot.most_radius,
        "size": dot.size,
        "weight": dot.font_weight,
        "counterparties": dot.counterparties,
        "unnamed": dot.unnamed,
        "sides": "".join(dot.sides[level][0] if level in dot.sides else "." for level in LEVELS),
    }


def _edge(line: Line, heads: bool) -> dict[str, Any]:
    return {
        "key": line.key,
        "links": [row.key for row in line.links],
        "source": line.source,
        "target": line.target,
        "firmness": str(line.firmness),
        "colour": line.colour,
        "head": line.firmness.lower() if heads else "firm",
        "width": line.width,
        "amount": line.amount,
        "bound": str(line.bound),
        "dashed": line.dashed,
        "bend": line.bend,
        "title": line.title,
    }
