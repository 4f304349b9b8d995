"""A dataset as nodes and relationships, laid out as the store on Neo4j lays them out (`graph/stores/neo4j/mapping.py`),
so that saved queries and the style of Neo4j Browser fit; without what only the service needs to find rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from graph.evidence.firmness import MemoColumn
from graph.evidence.projection import Graph
from graph.exports.dataset.columns import FIGURE, NUMBERS, STATED, TABLES, ColumnType, figures_called, first_of
from graph.exports.dataset.dataset import Dataset, named_rows
from graph.exports.dataset.figures import SAID
from graph.exports.dataset.json_lines import hidden_columns
from graph.stores.neo4j.cypher import ABSENT, ENTITY, KEY, NAME, columns_of
from graph.stores.neo4j.figures import CAPTION, figure_names, stored_name
from graph.stores.neo4j.mapping import Node, link_ends, node_of
from graph.vocabulary.model import ENTITIES, LABELS, TYPE_COLUMN, Row


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node; `label` is the one by which its key is unique."""

    label: str
    key: str
    labels: tuple[str, ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A relationship between nodes of a label and key."""

    type: str
    source: tuple[str, str]
    target: tuple[str, str]
    properties: Mapping[str, Any]


def nodes(dataset: Dataset) -> Iterator[GraphNode]:
    """Label by label; last what is referred to and not shown, which has a key alone."""
    absent: set[str] = set()
    for row, node in _stored(dataset):
        absent |= {edge.key for edge in node.edges if edge.label == ABSENT}
        more = (ENTITY,) if node.label in ENTITIES else ()
        yield GraphNode(node.label, node.key, (node.label, *more, *node.kinds), _properties(row, node, dataset))
    for key in sorted(absent):
        yield GraphNode(ABSENT, key, (ABSENT,), {KEY: key, NAME: key})


def edges(dataset: Dataset) -> Iterator[GraphEdge]:
    """Of each node those that lead from it, and of a link the one that it is, from end to end."""
    for row, node in _stored(dataset):
        own = (node.label, node.key)
        for edge in node.edges:
            yield GraphEdge(edge.type, own, (edge.label, edge.key), {})
        if node.label == "Link":
            source, target = link_ends(node)
            ends = (source.label, source.key), (target.label, target.key)
            yield GraphEdge(node.columns[TYPE_COLUMN], *ends, _properties(row, node, dataset))


def _stored(dataset: Dataset) -> Iterator[tuple[Row, Node]]:
    """Rows, and each as the store would hold it."""
    graph, replaced = _outline(dataset), dataset.replaced.keys()
    return ((row, node_of(row, graph, replaced)) for row in dataset.rows(*LABELS))


def _outline(dataset: Dataset) -> Graph:
    """What a row's references need of all others: under which label a key stands, and names."""
    rows: dict[str, dict[str, Row]] = {label: {} for label in LABELS}
    for key, label in dataset.labels.items():
        rows[label][key] = Row(label, key, {})
    for label, named in named_rows(dataset.names).items():
        rows[label] = {key: named[key] for key in rows[label]}
    provenance = dataset.provenance
    return Graph(provenance.lens, provenance.data_version, rows, {}, provenance.data_through, None)


def _properties(row: Row, node: Node, dataset: Dataset) -> Mapping[str, Any]:
    hidden = hidden_columns(node.label)
    shown = {name: value for name, value in sorted(node.readable().items()) if name not in hidden}
    return {**shown, **_addresses(row, shown, dataset)}


def _addresses(row: Row, shown: Mapping[str, Any], dataset: Dataset) -> Mapping[str, Any]:
    """The addresses of the numbers among the properties of a node, in a dataset that has them."""
    if dataset.figures is None:
        return {}
    figures = dataset.figures.of_record(row)
    found = ((name, first_of(figures, names)) for name, names in _figure_names(row.label).items() if name in shown)
    return {f"{name}{FIGURE}": address for name, address in found if address is not None}


# ---- what properties hold


@cache
def _figure_names(label: str) -> Mapping[str, Sequence[str]]:
    """By property of a node of a label, what the figure of its number is called; of several the first that a row
    has."""
    types = property_types(label)
    numbers = [name for name, type_ in types.items() if type_ in (*NUMBERS, ColumnType.ENTRIES)]
    said = [SAID] if label == "Statement" else []
    return {name: _of_property(label, name) for name in (*numbers, *said)}


def _of_property(label: str, name: str) -> Sequence[str]:
    """Of what stands beside what is firm, the figure of what is stated."""
    plain = next((name.removesuffix(one) for one in _BESIDE if name.endswith(one)), name)
    return figures_called(label, name if plain == name else f"{STATED}{plain}")


_BESIDE = tuple(f"_{one.lower()}" for one in MemoColumn)


@cache
def property_types(label: str, *, figures: bool = False) -> Mapping[str, ColumnType]:
    """Every property that nodes of a label may have; `figures`: with addresses of numbers."""
    if figures:
        plain = property_types(label)
        types = {name: _ADDRESS_TYPES.get(plain[name], ColumnType.TEXT) for name in _figure_names(label)}
        return {**plain, **{f"{name}{FIGURE}": type_ for name, type_ in types.items()}}
    known = {column.name: column.type for table in TABLES if label in table.labels for column in table.columns}
    columns = columns_of(label) - hidden_columns(label) if label in LABELS else ()
    types = {stored_name(label, name): _type(name, known) for name in columns}
    if label == "Link":
        types |= {name: _type(name, known) for name in figure_names()} | {CAPTION: ColumnType.TEXT}
    return {KEY: ColumnType.TEXT, NAME: ColumnType.TEXT, **dict(sorted(types.items()))}


def _type(name: str, known: Mapping[str, ColumnType]) -> ColumnType:
    if name.startswith(_MEASURED):
        return ColumnType.NUMBER
    return known.get(name, ColumnType.TEXT)


_ADDRESS_TYPES = {ColumnType.ENTRIES: ColumnType.TEXTS}
_MEASURED = ("mw_", "value_usd")
"""Megawatts of a stage, and figures that stand beside, have the beginning of their names in common."""
