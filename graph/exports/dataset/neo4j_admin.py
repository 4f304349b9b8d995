"""CSV for `neo4j-admin database import`: nodes, nodes of statements, relationships, and the file of its arguments.

Of booleans `true` alone is true, in small letters; a cell that is absent stands without quotes, an empty text with
them; items of a list are set apart by U+001F, which no text has; partial dates are text, with their first and last day
beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from graph.exports.dataset.columns import ColumnType
from graph.exports.dataset.dataset import Dataset, in_batches
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.property_graph import GraphEdge, GraphNode, edges, nodes, property_types
from graph.exports.dataset.text import one_line, plain_number
from graph.stores.neo4j.cypher import ABSENT
from graph.vocabulary.model import LABELS

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
NODES, STATEMENTS, RELATIONSHIPS, ARGUMENTS = (
    "neo4j-nodes.csv",
    "neo4j-statements.csv",
    "neo4j-relationships.csv",
    "neo4j-import.args",
)
_STATEMENT = "Statement"
"""Its value is text, that of an observation a number: two files, since a property has one type in a file."""
_APART = "\x1f"
_TYPES: Mapping[ColumnType, str] = {
    ColumnType.TEXT: "string",
    ColumnType.NUMBER: "double",
    ColumnType.WHOLE: "long",
    ColumnType.FLAG: "boolean",
    ColumnType.DAY: "string",
    ColumnType.TEXTS: "string[]",
    ColumnType.ENTRIES: "string[]",
}
_LINE_ENDS = re.compile("[\x00-\x1f]")


def _quoted(text: str) -> str:
    """On one line: other controls, and what sets items apart, become blanks."""
    return '"' + _LINE_ENDS.sub(" ", text).replace('"', '""').encode("utf-8", "replace").decode() + '"'


def _list(items: Iterable[str]) -> str:
    return '"' + _APART.join(_quoted(item)[1:-1] for item in items) + '"'


_CELLS: Mapping[ColumnType, Callable[[Any], str]] = {
    ColumnType.TEXT: lambda value: _quoted(str(value)),
    ColumnType.NUMBER: plain_number,
    ColumnType.WHOLE: str,
    ColumnType.FLAG: lambda value: "true" if value else "false",
    ColumnType.DAY: lambda value: _quoted(str(value)),
    **dict.fromkeys((ColumnType.TEXTS, ColumnType.ENTRIES), _list),
}


@cache
def _columns(labels: tuple[str, ...], figures: bool) -> Mapping[str, ColumnType]:
    """The properties of these labels; raises TypeError where one has two types."""
    columns: dict[str, ColumnType] = {}
    for label in labels:
        for name, type_ in property_types(label, figures=figures).items():
            if columns.setdefault(name, type_) is not type_:
                raise TypeError(f"{name} has two types")
    return columns


def _header(first: Sequence[str], columns: Mapping[str, ColumnType]) -> str:
    return ",".join([*first, *(f"{name}:{_TYPES[type_]}" for name, type_ in columns.items())]) + "\n"


def _cells(properties: Mapping[str, Any], columns: Mapping[str, ColumnType]) -> Iterator[str]:
    for name, type_ in columns.items():
        value = properties.get(name)
        yield "" if value is None else _CELLS[type_](value)


def _id(label: str, key: str) -> str:
    """Keys are unique within a label."""
    return _quoted(f"{label}/{key}")


# ---- files


def _node_parts(dataset: Dataset, labels: tuple[str, ...]) -> Iterator[bytes]:
    columns = _columns(labels, dataset.figures is not None)
    yield _header((":ID", ":LABEL"), columns).encode()

    def line(node: GraphNode) -> str:
        kinds = _list(node.labels)
        return ",".join([_id(node.label, node.key), kinds, *_cells(node.properties, columns)]) + "\n"

    yield from _lines(line(node) for node in nodes(dataset) if node.label in labels)


def _nodes(dataset: Dataset) -> Iterator[bytes]:
    return _node_parts(dataset, (*(label for label in LABELS if label != _STATEMENT), ABSENT))


def _statements(dataset: Dataset) -> Iterator[bytes]:
    return _node_parts(dataset, (_STATEMENT,))


def _relationships(dataset: Dataset) -> Iterator[bytes]:
    columns = _columns(("Link",), dataset.figures is not None)
    yield _header((":START_ID", ":END_ID", ":TYPE"), columns).encode()

    def line(edge: GraphEdge) -> str:
        ends = [_id(*edge.source), _id(*edge.target), edge.type]
        return ",".join([*ends, *_cells(edge.properties, columns)]) + "\n"

    yield from _lines(map(line, edges(dataset)))


def _lines(lines: Iterable[str]) -> Iterator[bytes]:
    return ("".join(batch).encode() for batch in in_batches(lines))


def _arguments(dataset: Dataset) -> Iterator[bytes]:
    lines = [
        f"# {one_line(dataset.provenance.sentence)}",
        "# In the folder of these files: neo4j-admin database import full neo4j @neo4j-import.args",
        "--array-delimiter=U+001F",
        f"--nodes={NODES}",
        f"--nodes={STATEMENTS}",
        f"--relationships={RELATIONSHIPS}",
    ]
    yield from (f"{line}\n".encode() for line in lines)


DATASET = DatasetFormat(
    "neo4j",
    "CSV for neo4j-admin database import, laid out as the store on Neo4j.",
    (
        DatasetFile(NODES, MEDIA_TYPE, "All nodes but statements.", _nodes),
        DatasetFile(STATEMENTS, MEDIA_TYPE, "The nodes of statements.", _statements),
        DatasetFile(RELATIONSHIPS, MEDIA_TYPE, "All relationships.", _relationships),
        DatasetFile(ARGUMENTS, "text/plain; charset=utf-8", "Arguments of the import.", _arguments),
    ),
    readers="neo4j-admin 5.26",
)
