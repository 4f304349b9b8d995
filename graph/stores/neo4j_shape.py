"""How a projection stands in Neo4j, and the Cypher that writes it: pure text, no I/O.

    (:Entity:Organization:Miner {key, …columns})             an entity, with the label of its kind; organizations also theirs
    (a)-[:PROVIDES_CAPACITY {key, …columns}]->(b)            a link as one reads it: a typed relationship with its quantities
    (:Link {key, …columns})-[:FROM|TO|AT|WITH_CHIP|…]->(…)   the same link as the place of its evidence
    (:Statement)-[:ABOUT]->(entity|:Link|:Observation)       what is said of it
    (:Statement)-[:CITES]->(:Source)                         by whom
    (:WithheldStatement) (:WithheldSource)                   kept, but not known yet under the default lens
    (:Absent)                                                referred to, but not shown under the default lens
    (:StoreState) (:DataVersion)                             what the store holds, and how it came to be

Every row bears the hash of its columns and of where its relationships lead; a load writes the rows whose hash differs.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.model import (
    ENTITIES,
    KINDS,
    LABELS,
    LINKS,
    TYPE_COLUMN,
    Choice,
    MoneyType,
    OrganizationKind,
    PartialDay,
    Property,
    Ref,
    Row,
    Text,
    Whole,
)
from graph.projection import Graph
from graph.stores.cypher import (
    ABSENT,
    CAPTION,
    ENTITY,
    KEY,
    ROW_HASH,
    STATE,
    VERSION,
    WITHHELD,
    Cypher,
    properties_of,
    quoted,
    sendable,
)
from graph.values import Capacities, CapacityBasis, Number, mw_column

ABOUT = "ABOUT"
SHAPE_VERSION = 1
"""Raised when rows stand in Neo4j otherwise than before, so that the next load writes them all and their indexes."""
_SHOWN = {label: shown for shown, label in WITHHELD.items()}
_ROWS_PER_STATEMENT = 2_000


# ---- rows as nodes


@dataclass(frozen=True, slots=True)
class Edge:
    """A relationship to the node of a label and key."""

    type: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Node:
    """A row as it stands in Neo4j. `kinds` are labels beside the one of its kind."""

    label: str
    key: str
    columns: Mapping[str, Any]
    kinds: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        edges = sorted([edge.type, edge.label, edge.key] for edge in self.edges)
        object.__setattr__(self, "hash", f"{_hash(self.columns)}.{_hash(edges)}")

    def properties(self, *, sealed: bool) -> dict[str, Any]:
        """All that the node bears. Without its seal, the hash, it counts as unfinished."""
        columns = {name: sendable(value) for name, value in self.columns.items()}
        caption = {CAPTION: _caption(self.columns)} if self.label == "Link" else {}
        return columns | caption | {KEY: self.key} | ({ROW_HASH: self.hash} if sealed else {})


Nodes = Mapping[str, Mapping[str, Node]]
"""By label and key."""
Hashes = Mapping[str, Mapping[str, str | None]]
"""What is stored: the hash of every row by label and key; None for an unfinished one."""


def _hash(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.blake2b(f"{SHAPE_VERSION}{text}".encode(), digest_size=8).hexdigest()


def _columns_hash(row_hash: str | None) -> str | None:
    return row_hash and row_hash.partition(".")[0]


def row_of(label: str, properties: Mapping[str, Any]) -> Row:
    """The row that a node's properties hold."""
    columns = dict(properties)
    key = columns.pop(KEY)
    columns.pop(ROW_HASH, None)
    if label == "Link":
        columns.pop(CAPTION, None)
    return Row(label, key, columns)


def camel(kind: str) -> str:
    """`AI_HOST` as the label `AiHost`."""
    return "".join(word.capitalize() for word in kind.split("_"))


def _caption(link: Mapping[str, Any]) -> str:
    return f"{link['from']} {LINKS[link[TYPE_COLUMN]].ends.reads} {link['to']}"


def nodes_of(graph: Graph) -> Nodes:
    """Everything that Neo4j holds of a graph, what is withheld and what is absent included."""
    nodes = {label: {key: _node(row, graph) for key, row in rows.items()} for label, rows in graph.rows.items()}
    for label, rows in graph.withheld.items():
        nodes[WITHHELD[label]] = {key: Node(WITHHELD[label], key, row.columns) for key, row in rows.items()}
    edges = (edge for by_key in nodes.values() for node in by_key.values() for edge in node.edges)
    nodes[ABSENT] = {edge.key: Node(ABSENT, edge.key, {}) for edge in edges if edge.label == ABSENT}
    return nodes


def _node(row: Row, graph: Graph) -> Node:
    kinds = tuple(camel(kind) for kind in row.columns.get("kinds", ())) if row.label == "Organization" else ()
    return Node(row.label, row.key, row.columns, kinds, tuple(_edges(row, graph)))


def _edges(row: Row, graph: Graph) -> Iterator[Edge]:
    for given in row.kind.references():
        value = row.columns.get(given.name)
        keys = value if isinstance(value, list) else [] if value is None else [value]
        yield from (Edge(given.relation, _label_of(key, given, graph), key) for key in dict.fromkeys(keys))
    if row.label == "Statement":
        label, subject = KINDS[row.columns["subject_kind"]].kind_label, row.columns["subject"]
        if subject in graph.rows[label]:
            yield Edge(ABOUT, label, subject)


def _label_of(key: str, given: Property, graph: Graph) -> str:
    """The label of the node that a reference leads to."""
    for kind in given.refers_to:
        label = KINDS[kind].kind_label if kind in KINDS else kind
        if key in graph.rows[label]:
            return label
        if key in graph.withheld.get(label, {}):
            return WITHHELD[label]
    return ABSENT


# ---- what differs


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be written so that `stored` becomes the wanted nodes."""

    added: Sequence[Node]
    changed: Sequence[Node]
    rejoined: Sequence[Node]
    """Those of the changed whose relationships lead elsewhere."""
    removed: Mapping[str, Sequence[str]]

    @property
    def rows(self) -> int:
        return len(self.added) + len(self.changed) + sum(len(keys) for keys in self.removed.values())


def difference(stored: Hashes, wanted: Nodes) -> Difference:
    added: list[Node] = []
    changed: list[Node] = []
    rejoined: list[Node] = []
    for label, nodes in wanted.items():
        hashes = stored.get(label, {})
        for key, node in nodes.items():
            if key not in hashes:
                added.append(node)
                continue
            have = hashes[key]
            if have != node.hash:
                changed.append(node)
            if have is None or have.partition(".")[2] != node.hash.partition(".")[2]:
                rejoined.append(node)
    removed = {label: [key for key in keys if key not in wanted.get(label, {})] for label, keys in stored.items()}
    return Difference(added, changed, rejoined, {label: keys for label, keys in removed.items() if keys})


def counts(stored: Hashes, wanted: Nodes) -> dict[str, dict[str, int]]:
    """How many rows of each label are added, changed and removed, as `stores.base.Change` tells it."""
    old = _by_shown_label(stored)
    new = _by_shown_label({label: {key: node.hash for key, node in nodes.items()} for label, nodes in wanted.items()})
    found: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "removed": {}}
    for label in LABELS:
        before, after = old.get(label, {}), new.get(label, {})
        numbers = {
            "added": sum(key not in before for key in after),
            "changed": sum(key in before and before[key] != hashed for key, hashed in after.items()),
            "removed": sum(key not in after for key in before),
        }
        for what, number in numbers.items():
            if number:
                found[what][label] = number
    return found


def _by_shown_label(hashes: Hashes) -> dict[str, dict[str, str | None]]:
    """The hashes of columns; a withheld row counts as one of its kind."""
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for label, by_key in hashes.items():
        found[_SHOWN.get(label, label)].update({key: _columns_hash(hashed) for key, hashed in by_key.items()})
    return found


# ---- statements that write


@dataclass(frozen=True, slots=True)
class Write:
    """One statement, what it does in words, and how many rows it writes."""

    what: str
    cypher: Cypher
    rows: int


def writes(what: Difference, *, sealed: bool) -> Iterator[Write]:
    """All that makes the difference good, in an order in which every relationship finds its ends.

    `sealed`: all of it is one transaction. Else every row gets its hash last, so that whoever is cut off leaves rows that
    count as unfinished."""
    yield from _node_writes(what, sealed)
    yield from _edge_removals(what)
    yield from _edge_writes([*what.added, *what.rejoined])
    yield from _link_writes([*what.added, *what.changed])
    for label, keys in what.removed.items():
        text = f"UNWIND $rows AS key MATCH (n:{quoted(label)} {{key: key}}) DETACH DELETE n"
        yield from _writes(f"removing {label}", text, keys)
    if not sealed:
        yield from _seals([*what.added, *what.changed])


def _writes(what: str, text: str, rows: Sequence[Any]) -> Iterator[Write]:
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        part = rows[start : start + _ROWS_PER_STATEMENT]
        yield Write(what, Cypher(text, {"rows": part}), len(part))


def _by_label(nodes: Iterable[Node]) -> Mapping[str, list[Node]]:
    found: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        found[node.label].append(node)
    return found


def _labels(label: str) -> str:
    return f"{quoted(label)}:{ENTITY}" if label in ENTITIES else quoted(label)


_KIND_LABELS = "".join(f":{quoted(camel(kind))}" for kind in OrganizationKind)


def _node_writes(what: Difference, sealed: bool) -> Iterator[Write]:
    for label, nodes in _by_label(what.added).items():
        text = f"UNWIND $rows AS row CREATE (n:{_labels(label)}) SET n = row.properties"
        yield from _writes(f"writing {label}", _with_kinds(label, text), _node_rows(nodes, sealed))
    for label, nodes in _by_label(what.changed).items():
        text = f"UNWIND $rows AS row MATCH (n:{quoted(label)} {{key: row.properties.key}}) SET n = row.properties"
        text += f" REMOVE n{_KIND_LABELS}" if label == "Organization" else ""
        yield from _writes(f"changing {label}", _with_kinds(label, text), _node_rows(nodes, sealed))


def _with_kinds(label: str, text: str) -> str:
    return f"{text} SET n:$(row.kinds)" if label == "Organization" else text


def _node_rows(nodes: Iterable[Node], sealed: bool) -> list[dict[str, Any]]:
    return [{"properties": node.properties(sealed=sealed), "kinds": list(node.kinds)} for node in nodes]


def _edge_removals(what: Difference) -> Iterator[Write]:
    """Relationships that changed rows had: those of their references, and of a link also the one between its ends."""
    for label, nodes in _by_label(what.rejoined).items():
        types = edge_types(label)
        if types:
            path = f"(:{quoted(label)} {{key: key}})-[r:{'|'.join(quoted(one) for one in types)}]->()"
            yield from _writes(f"parting {label}", f"UNWIND $rows AS key MATCH {path} DELETE r", [n.key for n in nodes])
    links = [node.key for node in what.changed if node.label == "Link"] + list(what.removed.get("Link", ()))
    for link_type in LINKS:
        text = f"UNWIND $rows AS key MATCH ()-[r:{quoted(link_type)} {{key: key}}]->() DELETE r"
        yield from _writes("parting ends of links", text, links)


def edge_types(label: str) -> tuple[str, ...]:
    """Types of the relationships that rows of a label own."""
    types = [given.relation for given in properties_of(label).values() if given.relation] if label in LABELS else []
    return tuple(dict.fromkeys((*types, *[ABOUT] * (label == "Statement"))))


def _edge_writes(nodes: Iterable[Node]) -> Iterator[Write]:
    grouped: dict[tuple[str, str, str], list[list[str]]] = defaultdict(list)
    for node in nodes:
        for edge in node.edges:
            grouped[node.label, edge.type, edge.label].append([node.key, edge.key])
    for (label, edge_type, target), pairs in grouped.items():
        text = (
            f"UNWIND $rows AS row MATCH (a:{quoted(label)} {{key: row[0]}}) MATCH (b:{quoted(target)} {{key: row[1]}}) "
            f"CREATE (a)-[:{quoted(edge_type)}]->(b)"
        )
        yield from _writes(f"joining {label}", text, pairs)


def _link_writes(nodes: Iterable[Node]) -> Iterator[Write]:
    """The typed relationships of links, from end to end."""
    grouped: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for node in nodes:
        if node.label == "Link":
            ends = {edge.type: edge for edge in node.edges}
            source, target = ends["FROM"], ends["TO"]
            row = {"from": source.key, "to": target.key, "properties": _link_properties(node)}
            grouped[node.columns[TYPE_COLUMN], source.label, target.label].append(row)
    for (link_type, source_label, target_label), rows in grouped.items():
        text = (
            f"UNWIND $rows AS row MATCH (a:{quoted(source_label)} {{key: row.from}}) "
            f"MATCH (b:{quoted(target_label)} {{key: row.to}}) "
            f"CREATE (a)-[r:{quoted(link_type)}]->(b) SET r = row.properties"
        )
        yield from _writes("joining ends of links", text, rows)


def _link_properties(node: Node) -> dict[str, Any]:
    return {name: sendable(value) for name, value in node.columns.items()} | {KEY: node.key}


def _seals(nodes: Iterable[Node]) -> Iterator[Write]:
    for label, group in _by_label(nodes).items():
        text = f"UNWIND $rows AS row MATCH (n:{quoted(label)} {{key: row[0]}}) SET n.{ROW_HASH} = row[1]"
        yield from _writes(f"sealing {label}", text, [[node.key, node.hash] for node in group])


# ---- constraints and indexes

STORED_LABELS = (*LABELS, *WITHHELD.values(), ABSENT)
"""The labels of all rows."""
_OURS = "wattgraph_"


def schema() -> Mapping[str, str]:
    """Constraints and indexes by name: keys are unique, and what filters and relations read is found without a scan."""
    found = {f"{_OURS}{label}_key": _unique(f"(n:{quoted(label)})", "n", KEY) for label in (*STORED_LABELS, STATE)}
    found[f"{_OURS}{VERSION}_number"] = _unique(f"(n:{VERSION})", "n", "number")
    found |= {f"{_OURS}{link_type}_key": _unique(f"()-[r:{quoted(link_type)}]-()", "r", KEY) for link_type in LINKS}
    found[f"{_OURS}{ENTITY}_key"] = f"INDEX {{name}} IF NOT EXISTS FOR (n:{ENTITY}) ON (n.{KEY})"
    for label in LABELS:
        for column in _indexed(label):
            kind = "TEXT INDEX" if column.endswith("_fold") else "INDEX"
            found[f"{_OURS}{label}_{column}"] = (
                f"{kind} {{name}} IF NOT EXISTS FOR (n:{quoted(label)}) ON (n.{quoted(column)})"
            )
    return {name: f"CREATE {text.format(name=quoted(name))}" for name, text in found.items()}


def _unique(pattern: str, variable: str, name: str) -> str:
    return f"CONSTRAINT {{name}} IF NOT EXISTS FOR {pattern} REQUIRE {variable}.{name} IS UNIQUE"


def _indexed(label: str) -> tuple[str, ...]:
    found = [column for given in properties_of(label).values() for column in _indexed_columns(given)]
    subject = ["subject", "source"] if label == "Statement" else []
    return tuple(dict.fromkeys((*found, *([TYPE_COLUMN] if label == "Link" else []), *subject)))


def _indexed_columns(given: Property) -> tuple[str, ...]:
    """Columns of a property that an index serves. Flags and lists are not among them: it would not select."""
    if not (given.filtered or given.ordered):
        return ()
    match given.type:
        case Text(folded=folded):
            return (given.name, f"{given.name}_fold") if folded else (given.name,)
        case PartialDay():
            return (f"{given.name}_earliest", f"{given.name}_latest")
        case MoneyType():
            return (f"{given.name}_usd",)
        case Capacities():
            return tuple(mw_column(basis) for basis in CapacityBasis)
        case Choice() | Number() | Whole() | Ref():
            return (given.name,)
        case _:
            return ()
