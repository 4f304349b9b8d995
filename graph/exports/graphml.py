"""What a picture of the graph shows, as GraphML and as CSV.

Each attribute has one type in the whole file: readers take an attribute that is whole in one place and broken in
another for two of one name. What may be unknown is text, or left out where it is a number."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.concurrency.lazy_import import lazy_import
from graph.exports.csv import PlainCell, render_csv_rows
from graph.pictures.network import Network
from graph.pictures.network_query import WidthMeasure, drawn_firmness
from graph.pictures.svg import NOT_XML
from graph.vocabulary.model import Row

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_import("networkx")

GRAPHML_TYPE = "application/graphml+xml"
COLUMNS = (
    "key",
    "type",
    "source",
    "source_name",
    "target",
    "target_name",
    "status",
    "firmness",
    "announced",
    "layer",
    *(f"mw_{basis.lower()}" for basis in WidthMeasure if not basis.in_usd),
    "bn_usd",
    "valid_on",
    "known_on",
    "data_version",
)


def render_network_csv(network: Network) -> str:
    """One row for each link that is shown, the widest first."""
    return render_csv_rows(COLUMNS, (_link_cells(network, row) for row in _links(network)))


def render_graphml(network: Network) -> bytes:
    """Nodes with name, kind and place, links with what the CSV has; a multigraph whose edges have the keys of links."""
    graph = nx.MultiDiGraph(
        data_version=network.snapshot.data_version,
        valid_on=str(network.snapshot.lens.valid_on),
        known_on=str(network.snapshot.lens.known_on),
    )
    for dot in network.dots:
        attributes = {"name": _xml(dot.name), "kind": dot.row.label, "x": float(dot.x), "y": float(dot.y)}
        graph.add_node(dot.row.key, **attributes, unnamed="true" if dot.unnamed else "false")
    for row in _links(network):
        graph.add_edge(row.columns["from"], row.columns["to"], key=row.key, **_edge_attributes(network, row))
    out = io.BytesIO()
    nx.write_graphml(graph, out, named_key_ids=True)
    return out.getvalue()


def _links(network: Network) -> list[Row]:
    return [row for line in network.lines for row in line.links]


def _link_cells(network: Network, row: Row) -> Mapping[str, PlainCell]:
    entities, lens = network.snapshot.entities, network.snapshot.lens
    source, target = row.columns["from"], row.columns["to"]
    replaced = row.key in network.snapshot.replaced
    return {
        "key": row.key,
        "type": row.kind.kind_name,
        "source": source,
        "source_name": _name(entities, source),
        "target": target,
        "target_name": _name(entities, target),
        "status": row.columns.get("status"),
        "firmness": str(drawn_firmness(row, replaced)),
        "announced": row.columns.get("announced"),
        "layer": row.columns.get("layer"),
        **{f"mw_{one.lower()}": _amount(one, row) for one in WidthMeasure if not one.in_usd},
        "bn_usd": _amount(WidthMeasure.usd_of(row["layer"]), row),
        "valid_on": str(lens.valid_on),
        "known_on": str(lens.known_on),
        "data_version": network.snapshot.data_version,
    }


def _edge_attributes(network: Network, row: Row) -> Mapping[str, Any]:
    cells = _link_cells(network, row)
    shared = ("key", "source", "target", "valid_on", "known_on", "data_version")
    stated = {name: cell for name, cell in cells.items() if cell is not None and name not in shared}
    return {name: _xml(cell) if isinstance(cell, str) else float(cell) for name, cell in stated.items()}


def _amount(measure: WidthMeasure, row: Row) -> float | None:
    stated = measure.of(row)
    return None if stated is None else stated[0]


def _name(entities: Mapping[str, Row], key: str) -> str:
    return str(entities[key].columns.get("name", key)) if key in entities else key


def _xml(text: str) -> str:
    return NOT_XML.sub("", text)
