"""GraphML: a directed multigraph, an edge for each link with its key.

Each attribute has one type in the whole file: readers take an attribute that is whole in one place and broken in
another for two of one name. What may be unknown is text (true, false, or not there) or left out where it is a number:
igraph reads an absent boolean as false. Gephi writes beside a node what it finds as "label", so that is its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.exports.dataset.columns import (
    ENTITY_TABLE,
    LINK_TABLE,
    NUMBERS,
    DatasetColumn,
    DatasetTable,
    TableBatch,
    columns_of,
)
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import plain_number, xml_text
from graph.vocabulary.model import LINKS, TYPE_COLUMN

MEDIA_TYPE = "application/graphml+xml"
JOINED = tuple(dict.fromkeys(end for kind in LINKS.values() for end in (*kind.ends.source, *kind.ends.target)))
"""The labels of what links join: the nodes."""
_ENDS = ("source", "target")
NODE_COLUMNS = tuple(
    replace(column, name=TYPE_COLUMN) if column.name == "label" else column
    for column in ENTITY_TABLE.columns
    if column.name != "key"
)
_LABELS = tuple(replace(column, name="label") for column in ENTITY_TABLE.columns if column.name == "name")
EDGE_COLUMNS = tuple(column for column in LINK_TABLE.columns if column.name not in _ENDS)
"""With the key: igraph reads other ids of edges than the file has."""


def graphml_parts(dataset: Dataset, more: Sequence[DatasetColumn] = ()) -> Iterator[bytes]:
    """`more`: columns of nodes beside the usual ones."""
    nodes, stated = columns_of((*_LABELS, *NODE_COLUMNS, *more), dataset), _graph_attributes(dataset)
    edges = columns_of(EDGE_COLUMNS, dataset)
    yield _head(dataset, (nodes, edges), stated).encode()
    for batch in DatasetTable("nodes", "", JOINED, nodes).batches(dataset):
        yield "".join(_nodes(batch, nodes)).encode()
    for batch in LINK_TABLE.batches(dataset):
        yield "".join(_edges(batch, edges)).encode()
    yield b"  </graph>\n</graphml>\n"


def _graph_attributes(dataset: Dataset) -> Mapping[str, str]:
    stamp = dataset.provenance.to_json()
    lens = stamp["lens"]
    return {
        "title": stamp["title"],
        "data_version": stamp["dataVersion"],
        "valid_on": lens["validOn"],
        "known_on": lens["knownOn"],
        **({"scenario": lens["scenario"]} if lens["scenario"] else {}),
        **({"query": stamp["query"]} if stamp["query"] else {}),
        "provenance": dataset.provenance.sentence,
        "licence": stamp["licence"]["url"],
    }


def _head(
    dataset: Dataset, columns: tuple[Sequence[DatasetColumn], Sequence[DatasetColumn]], stated: Mapping[str, str]
) -> str:
    domains = zip(("node", "edge"), columns, strict=True)
    keys = [
        *(_key("graph", name, "string") for name in stated),
        *(_key(domain, column.name, _type(column)) for domain, of_domain in domains for column in of_domain),
    ]
    said = "".join(_data("graph", name, value) for name, value in stated.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        f"  <desc>{xml_text(dataset.provenance.sentence)}</desc>\n"
        f'{"".join(keys)}  <graph edgedefault="directed">{said}\n'
    )


def _key(domain: str, name: str, type_: str) -> str:
    return f'  <key id="{domain}_{name}" for="{domain}" attr.name="{name}" attr.type="{type_}"/>\n'


def _type(column: DatasetColumn) -> str:
    return "double" if column.type in NUMBERS else "string"


def _nodes(batch: TableBatch, columns: Sequence[DatasetColumn]) -> Iterator[str]:
    for row, cells in zip(batch.rows, _rows(columns, batch), strict=True):
        yield f'    <node id="{xml_text(row.key)}">{_all_data("node", columns, cells)}</node>\n'


def _edges(batch: TableBatch, columns: Sequence[DatasetColumn]) -> Iterator[str]:
    ends = zip(batch.stated("from"), batch.stated("to"), strict=True)
    for row, (source, target), cells in zip(batch.rows, ends, _rows(columns, batch), strict=True):
        names = f'id="{xml_text(row.key)}" source="{xml_text(source)}" target="{xml_text(target)}"'
        yield f"    <edge {names}>{_all_data('edge', columns, cells)}</edge>\n"


def _rows(columns: Sequence[DatasetColumn], batch: TableBatch) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.of(batch) for column in columns), strict=True)


def _all_data(domain: str, columns: Sequence[DatasetColumn], cells: Sequence[Any]) -> str:
    stated = zip(columns, cells, strict=True)
    return "".join(_data(domain, column.name, attribute_text(cell)) for column, cell in stated if cell is not None)


def attribute_text(cell: Any) -> str:
    """A cell as the text of an attribute: lists with semicolons between."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return plain_number(cell)
        case list() | tuple():
            return "; ".join(cell)
    return str(cell)


def _data(domain: str, name: str, text: str) -> str:
    return f'<data key="{domain}_{name}">{xml_text(text)}</data>'


DATASET = DatasetFormat(
    "graphml",
    "A directed multigraph: a node for each organization, site and chip, an edge for each link.",
    (DatasetFile("wattgraph.graphml", MEDIA_TYPE, "Nodes and edges.", graphml_parts),),
    readers="networkx 3.6, igraph 1.0",
)
