"""A script of Cypher that makes the graph in an empty database, laid out as the store on Neo4j: constraints, nodes,
relationships. `cypher-shell --file wattgraph.cypher` runs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.property_graph import GraphEdge, edges, nodes
from graph.exports.dataset.text import cypher_string, one_line, plain_number
from graph.stores.neo4j.cypher import ABSENT, quoted
from graph.vocabulary.model import LABELS

MEDIA_TYPE = "text/plain; charset=utf-8"
_ROWS = 200
"""Rows of one statement: a longer text takes the parser longer than its rows are worth."""
_Kind = tuple[str, str, str]
"""Of relationships: type, and the labels of both ends."""


def _literal(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return plain_number(value) if not value.is_integer() else f"{int(value)}.0"
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
    return cypher_string(str(value))


def _map(properties: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{quoted(name)}: {_literal(value)}" for name, value in properties.items()) + "}"


def _statement(rows: list[str], text: str) -> bytes:
    listed = ",\n".join(rows)
    return f"UNWIND [\n{listed}\n] AS row {text};\n".encode()


def _parts(dataset: Dataset) -> Iterator[bytes]:
    head = (one_line(dataset.provenance.sentence), "For an empty database: cypher-shell --file wattgraph.cypher")
    yield "".join(f"// {line}\n" for line in head).encode()
    for label in (*LABELS, ABSENT):
        name = quoted(f"wattgraph_{label}_key")
        yield f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{quoted(label)}) REQUIRE n.key IS UNIQUE;\n".encode()
    yield from _nodes(dataset)
    yield from _relationships(dataset)


def _nodes(dataset: Dataset) -> Iterator[bytes]:
    """Nodes with the same labels together, as many as one statement holds."""
    waiting: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for node in nodes(dataset):
        rows = waiting[node.labels]
        rows.append(_map(node.properties))
        if len(rows) == _ROWS:
            yield _creation(node.labels, waiting.pop(node.labels))
    for labels, rows in waiting.items():
        yield _creation(labels, rows)


def _creation(labels: tuple[str, ...], rows: list[str]) -> bytes:
    return _statement(rows, f"CREATE (n:{':'.join(map(quoted, labels))}) SET n = row")


def _relationships(dataset: Dataset) -> Iterator[bytes]:
    waiting: defaultdict[_Kind, list[str]] = defaultdict(list)
    for edge in edges(dataset):
        kind = (edge.type, edge.source[0], edge.target[0])
        waiting[kind].append(_ends(edge))
        if len(waiting[kind]) == _ROWS:
            yield _joining(kind, waiting.pop(kind))
    for kind, rows in waiting.items():
        yield _joining(kind, rows)


def _ends(edge: GraphEdge) -> str:
    return f"[{cypher_string(edge.source[1])}, {cypher_string(edge.target[1])}, {_map(edge.properties)}]"


def _joining(kind: _Kind, rows: list[str]) -> bytes:
    type_, source, target = map(quoted, kind)
    ends = f"MATCH (a:{source} {{key: row[0]}}) MATCH (b:{target} {{key: row[1]}})"
    return _statement(rows, f"{ends} CREATE (a)-[r:{type_}]->(b) SET r = row[2]")


DATASET = DatasetFormat(
    "cypher",
    "A script of Cypher for an empty database, laid out as the store on Neo4j.",
    (DatasetFile("wattgraph.cypher", MEDIA_TYPE, "Constraints, nodes, relationships.", _parts),),
    readers="Neo4j 5.26",
)
