"""How a projection stands in Neo4j, and the Cypher that writes it: pure text, no I/O.

    (:Entity:Organization:Miner {key, …columns})            an entity, with the label of its kind; organizations more
    (a)-[:PROVIDES_CAPACITY {key, …columns}]->(b)           a link as one reads it: from end to end, with quantities
    (:Link {key, …columns})-[:FROM|TO|AT|WITH_CHIP|…]->()   the same link as the place of its evidence
    (:Statement)-[:ABOUT]->(entity|:Link|:Observation)      what is said of it
    (:Statement)-[:CITES]->(:Source)                        by whom
    (:Source)-[:READ_THROUGH]->(:Source)                    by which documents it was read second hand
    (:WithheldStatement) (:WithheldSource)                  kept, but not known yet under the default lens
    (:Absent)                                               referred to, but not shown under the default lens
    (:StoreState) (:StoreGate) (:DataVersion)               what the store holds, its commit lock, its history
    (:JournalEntry) (:Token)                                the journal; the tokens

Every node has a `name` by which it is drawn, and a link a `caption` for its arrow (`graph/evidence/captions.py`).
Figures of links bear plain names where they are firm, and others where they are not, and labels tell how a link is
drawn (`figures.py`).

Every row bears the hash of its columns, and of its name and where its relationships lead; a load writes the rows whose
hash differs.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from graph.audit.journal import Entry, entry_of
from graph.evidence.captions import arrow_caption, caption_among, own_caption
from graph.evidence.firmness import replaced_by
from graph.evidence.projection import Graph
from graph.stores.neo4j.cypher import (
    ABSENT,
    COMMIT_LOCK,
    ENTITY,
    KEY,
    NAME,
    ROW_HASH,
    STATE,
    VERSION,
    WITHHELD,
    Cypher,
    columns_of,
    one_of,
    properties_of,
    quoted,
    sendable,
)
from graph.stores.neo4j.figures import CAPTION, LINK_LABELS, column_names, figures, link_labels, stored_name
from graph.vocabulary.enums import OrganizationKind
from graph.vocabulary.model import ENTITIES, KINDS, LABELS, LINKS, TYPE_COLUMN, Property, Row, link_properties

ABOUT = "ABOUT"
LINK_ENDS = tuple(link_properties()[end].relation for end in ("from", "to"))
MAPPING_VERSION = 6
"""Raised with every change of the mapping, so that the next load writes all rows and their indexes anew."""
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
    """A row as it stands in Neo4j. `kinds` are labels in addition to that of its label; `name` is by what it is drawn,
    where names of other rows make it. `replaced`: another link has taken its place."""

    label: str
    key: str
    columns: Mapping[str, Any]
    kinds: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    name: str | None = None
    replaced: bool = False
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        edges = sorted([edge.type, edge.label, edge.key] for edge in self.edges)
        object.__setattr__(self, "hash", f"{_hash(self.columns)}.{_hash([self.name, self.replaced, edges])}")

    def properties(self, *, committed: bool) -> dict[str, Any]:
        """All properties of the node. Without its hash it counts as unfinished."""
        return self.readable() | ({ROW_HASH: self.hash} if committed else {})

    def readable(self) -> dict[str, Any]:
        """Its columns, its key, its name, and how firm its figures are."""
        row = Row(_SHOWN.get(self.label, self.label), self.key, {**self.columns})
        columns = {stored_name(self.label, name): sendable(value) for name, value in self.columns.items()}
        of_link = self.label == "Link"
        firm = figures(row, replaced=self.replaced) | {CAPTION: arrow_caption(row)} if of_link else {}
        name = self.name or own_caption(row) or self.key
        return columns | firm | {NAME: name, KEY: self.key}


Nodes = Mapping[str, Mapping[str, Node]]
"""By label and key."""
Hashes = Mapping[str, Mapping[str, str | None]]
"""What is stored: the hash of every row by label and key; None for an unfinished one."""


def _hash(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.blake2b(f"{MAPPING_VERSION}{text}".encode(), digest_size=8).hexdigest()


def _columns_hash(row_hash: str | None) -> str | None:
    return row_hash and row_hash.partition(".")[0]


def row_of(label: str, properties: Mapping[str, Any]) -> Row:
    """The row that a node's properties hold."""
    columns = dict(properties)
    key = columns.pop(KEY)
    columns.pop(ROW_HASH, None)
    if label == "Link":
        columns = column_names(columns)
    if NAME not in columns_of(label):
        columns.pop(NAME, None)
    return Row(label, key, columns)


def camel(kind: str) -> str:
    """`AI_HOST` as the label `AiHost`."""
    return "".join(word.capitalize() for word in kind.split("_"))


def nodes_of(graph: Graph) -> Nodes:
    """Everything that Neo4j holds of a graph, what is withheld and what is absent included."""
    replaced = _replaced(graph)
    nodes = {
        label: {key: node_of(row, graph, replaced) for key, row in rows.items()} for label, rows in graph.rows.items()
    }
    for label, rows in graph.withheld.items():
        nodes[WITHHELD[label]] = {key: Node(WITHHELD[label], key, row.columns) for key, row in rows.items()}
    edges = (edge for by_key in nodes.values() for node in by_key.values() for edge in node.edges)
    nodes[ABSENT] = {edge.key: Node(ABSENT, edge.key, {}) for edge in edges if edge.label == ABSENT}
    return nodes


def nodes_again(nodes: Nodes, before: Graph, after: Graph) -> Nodes:
    """Equal to `nodes_of(after)`, made from `nodes`, those of `before`: what is the same is taken over, the same
    objects."""
    moved = _moved(before, after)
    result = {
        label: _nodes_of_label(nodes[label], rows, before.rows[label], after, moved)
        for label, rows in after.rows.items()
    }
    for label, rows in after.withheld.items():
        old = nodes[WITHHELD[label]]
        kept = {key: old[key] for key, row in rows.items() if before.withheld[label].get(key) is row}
        result[WITHHELD[label]] = {
            key: kept.get(key) or Node(WITHHELD[label], key, row.columns) for key, row in rows.items()
        }
    absent = {
        edge.key
        for by_key in result.values()
        for node in by_key.values()
        for edge in node.edges
        if edge.label == ABSENT
    }
    result[ABSENT] = {key: nodes[ABSENT].get(key) or Node(ABSENT, key, {}) for key in absent}
    return result


def _moved(before: Graph, after: Graph) -> Set[str]:
    """Keys of rows that are shown, withheld, named or replaced otherwise than before."""
    labels = [label for label in after.rows if label != "Statement"]
    shown = (before.rows[label].keys() ^ after.rows[label].keys() for label in labels)
    withheld = (before.withheld[label].keys() ^ rows.keys() for label, rows in after.withheld.items())
    renamed = (_renamed(before.rows[label], after.rows[label]) for label in ENTITIES)
    return frozenset().union(*shown, *withheld, *renamed, _replaced(before) ^ _replaced(after))


def _replaced(graph: Graph) -> Set[str]:
    return replaced_by(graph.rows["Link"].values()).keys()


def _renamed(before: Mapping[str, Row], after: Mapping[str, Row]) -> Set[str]:
    others = [row for key, row in after.items() if key in before and before[key] is not row]
    return {row.key for row in others if row.columns.get(NAME) != before[row.key].columns.get(NAME)}


def _nodes_of_label(
    nodes: Mapping[str, Node], rows: Mapping[str, Row], before: Mapping[str, Row], after: Graph, moved: Set[str]
) -> Mapping[str, Node]:
    def stays(row: Row) -> bool:
        if before.get(row.key) is not row:
            return False
        led = (row.key, row.columns.get("subject"), *(edge.key for edge in nodes[row.key].edges))
        return moved.isdisjoint(led)

    replaced = _replaced(after) if rows is after.rows["Link"] else frozenset()
    return {key: nodes[key] if stays(row) else node_of(row, after, replaced) for key, row in rows.items()}


def node_of(row: Row, graph: Graph, replaced: Set[str]) -> Node:
    """The row as it stands in Neo4j, where `graph` shows the rows that it refers to."""
    # -0.0 comes back from the database as 0.0: hash and name are of what is stored
    plain = {name: sendable(value) if isinstance(value, float) else value for name, value in row.columns.items()}
    row = Row(row.label, row.key, plain)
    edges, name = tuple(_edges(row, graph)), caption_among(row, graph.rows)
    is_replaced = row.label == "Link" and row.key in replaced
    return Node(row.label, row.key, row.columns, _more_labels(row), edges, name, is_replaced)


def _more_labels(row: Row) -> tuple[str, ...]:
    match row.label:
        case "Organization":
            return tuple(camel(kind) for kind in row.columns.get("kinds", ()))
        case "Link":
            return link_labels(row)
        case _:
            return ()


def _edges(row: Row, graph: Graph) -> Iterator[Edge]:
    for prop in row.kind.references():
        value = row.columns.get(prop.name)
        keys = value if isinstance(value, list) else [] if value is None else [value]
        yield from (Edge(prop.relation, _label_of(key, prop, graph), key) for key in dict.fromkeys(keys))
    if row.label == "Statement":
        label, subject = KINDS[row.columns["subject_kind"]].kind_label, row.columns["subject"]
        if subject in graph.rows[label]:
            yield Edge(ABOUT, label, subject)


def _label_of(key: str, prop: Property, graph: Graph) -> str:
    """The label of the node that a reference leads to."""
    for kind in prop.refers_to:
        label = KINDS[kind].kind_label if kind in KINDS else kind
        if key in graph.rows[label]:
            return label
        if key in graph.withheld.get(label, {}):
            return WITHHELD[label]
    return ABSENT


# ---- what differs


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """The writes that turn what is stored into the wanted nodes."""

    added: Sequence[Node]
    changed: Sequence[Node]
    rejoined: Sequence[Node]
    """Those of the changed whose relationships lead elsewhere."""
    removed: Mapping[str, Sequence[str]]

    @property
    def rows(self) -> int:
        return len(self.added) + len(self.changed) + sum(len(keys) for keys in self.removed.values())


def difference(stored: Hashes, wanted: Nodes) -> NodeDifference:
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
    return NodeDifference(added, changed, rejoined, {label: keys for label, keys in removed.items() if keys})


def counts(stored: Hashes, wanted: Nodes) -> dict[str, dict[str, int]]:
    """How many rows of each label are added, changed and removed, as in `stores.base.WriteOutcome`."""
    old = _by_shown_label(stored)
    new = _by_shown_label({label: {key: node.hash for key, node in nodes.items()} for label, nodes in wanted.items()})
    counted: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "removed": {}}
    for label in LABELS:
        before, after = old.get(label, {}), new.get(label, {})
        numbers = {
            "added": sum(key not in before for key in after),
            "changed": sum(key in before and before[key] != hashed for key, hashed in after.items()),
            "removed": sum(key not in after for key in before),
        }
        for what, number in numbers.items():
            if number:
                counted[what][label] = number
    return counted


def _by_shown_label(hashes: Hashes) -> dict[str, dict[str, str | None]]:
    """The hashes of columns; a withheld row counts as one of its kind."""
    by_label: dict[str, dict[str, str | None]] = defaultdict(dict)
    for label, by_key in hashes.items():
        by_label[_SHOWN.get(label, label)].update({key: _columns_hash(hashed) for key, hashed in by_key.items()})
    return by_label


def differing(stored: Nodes, wanted: Nodes) -> tuple[Hashes, Nodes]:
    """The hashes of what is stored and the wanted nodes, both without what is the same object."""
    return (
        {
            label: {key: node.hash for key, node in nodes.items() if wanted[label].get(key) is not node}
            for label, nodes in stored.items()
        },
        {
            label: {key: node for key, node in nodes.items() if stored[label].get(key) is not node}
            for label, nodes in wanted.items()
        },
    )


# ---- statements that write


@dataclass(frozen=True, slots=True)
class Write:
    """One statement that writes `rows` rows; with it, `done` of `of` rows of its sort are done."""

    what: str
    cypher: Cypher
    rows: int
    done: int
    of: int


def writes(what: NodeDifference, *, committed: bool) -> Iterator[Write]:
    """All that makes the difference good, in an order in which every relationship finds its ends.

    `committed`: all of it is one transaction. Else every row gets its hash last, so that a load that is cut off leaves
    rows that count as unfinished."""
    yield from _node_writes(what, committed)
    yield from _edge_removals(what)
    yield from _edge_writes([*what.added, *what.rejoined])
    yield from _link_writes([*what.added, *what.changed])
    for label, keys in what.removed.items():
        yield from _writes(f"removing {label}", f"MATCH (n:{quoted(label)} {{key: row}}) DETACH DELETE n", keys)
    if not committed:
        yield from _hash_writes([*what.added, *what.changed])


def _writes(
    what: str, text: str, items: Sequence[Any], row: Callable[[Any], Any] = lambda item: item
) -> Iterator[Write]:
    """The text for each item as `row`, many at a time."""
    for start in range(0, len(items), _ROWS_PER_STATEMENT):
        part = items[start : start + _ROWS_PER_STATEMENT]
        cypher = Cypher(f"UNWIND $rows AS row {text}", {"rows": [row(item) for item in part]})
        yield Write(what, cypher, len(part), start + len(part), len(items))


def _by_label(nodes: Iterable[Node]) -> Mapping[str, list[Node]]:
    by_label: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        by_label[node.label].append(node)
    return by_label


MORE_LABELS = (*map(camel, OrganizationKind), *LINK_LABELS)
"""Labels that rows bear in addition to their own: what an organization does, how firmly a link binds, its size."""
_MORE_LABELS = "".join(f":{quoted(label)}" for label in MORE_LABELS)
_WITH_MORE_LABELS = ("Organization", "Link")


def _node_writes(what: NodeDifference, committed: bool) -> Iterator[Write]:
    def row(node: Node) -> dict[str, Any]:
        return {"key": node.key, "properties": node.properties(committed=committed), "kinds": list(node.kinds)}

    for label, nodes in _by_label(what.added).items():
        labels = f"{quoted(label)}:{ENTITY}" if label in ENTITIES else quoted(label)
        text = f"CREATE (n:{labels}) SET n = row.properties"
        yield from _writes(f"writing {label}", _with_kinds(label, text), nodes, row)
    for label, nodes in _by_label(what.changed).items():
        text = f"MATCH (n:{quoted(label)} {{key: row.key}}) SET n = row.properties REMOVE n{_labels_but(label)}"
        text += f" SET n:{ENTITY}" if label in ENTITIES else ""
        yield from _writes(f"changing {label}", _with_kinds(label, text), nodes, row)


def _labels_but(label: str) -> str:
    """All that a row of another label or kind may have, and somebody may have given it by hand."""
    others = [quoted(one) for one in (*STORED_LABELS, *([] if label in ENTITIES else [ENTITY])) if one != label]
    return "".join(f":{one}" for one in others) + _MORE_LABELS


def _with_kinds(label: str, text: str) -> str:
    return f"{text} SET n:$(row.kinds)" if label in _WITH_MORE_LABELS else text


def _edge_removals(what: NodeDifference) -> Iterator[Write]:
    """Relationships that changed rows had: those of their references, and of a link also the one between its ends."""
    for label, nodes in _by_label(what.rejoined).items():
        types = edge_types(label)
        if types:
            path = f"(:{quoted(label)} {{key: row}})-[r:{one_of(types)}]->()"
            yield from _writes(f"parting {label}", f"MATCH {path} DELETE r", nodes, lambda node: node.key)
    links = [node.key for node in what.changed if node.label == "Link"] + list(what.removed.get("Link", ()))
    for link_type in LINKS:
        text = f"MATCH ()-[r:{quoted(link_type)} {{key: row}}]->() DELETE r"
        yield from _writes("parting ends of links", text, links)


def edge_types(label: str) -> tuple[str, ...]:
    """Types of the relationships that rows of a label own."""
    types = [prop.relation for prop in properties_of(label).values() if prop.relation] if label in LABELS else []
    return tuple(dict.fromkeys((*types, *[ABOUT] * (label == "Statement"))))


def _edge_writes(nodes: Iterable[Node]) -> Iterator[Write]:
    grouped: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for node in nodes:
        for edge in node.edges:
            grouped[node.label, edge.type, edge.label].append((node.key, edge.key))
    for (label, edge_type, target), pairs in grouped.items():
        ends = f"MATCH (a:{quoted(label)} {{key: row[0]}}) MATCH (b:{quoted(target)} {{key: row[1]}})"
        yield from _writes(f"joining {label}", f"{ends} CREATE (a)-[:{quoted(edge_type)}]->(b)", pairs, list)


def _link_writes(nodes: Iterable[Node]) -> Iterator[Write]:
    """The typed relationships of links, from end to end."""
    grouped: dict[tuple[str, str, str], list[Node]] = defaultdict(list)
    for node in nodes:
        if node.label == "Link":
            source, target = link_ends(node)
            grouped[node.columns[TYPE_COLUMN], source.label, target.label].append(node)
    for (link_type, source_label, target_label), links in grouped.items():
        ends = f"MATCH (a:{quoted(source_label)} {{key: row.from}}) MATCH (b:{quoted(target_label)} {{key: row.to}})"
        text = f"{ends} CREATE (a)-[r:{quoted(link_type)}]->(b) SET r = row"
        yield from _writes("joining ends of links", text, links, Node.readable)


def link_ends(link: Node) -> tuple[Edge, Edge]:
    by_type = {edge.type: edge for edge in link.edges}
    return by_type[LINK_ENDS[0]], by_type[LINK_ENDS[1]]


def _hash_writes(nodes: Iterable[Node]) -> Iterator[Write]:
    for label, group in _by_label(nodes).items():
        text = f"MATCH (n:{quoted(label)} {{key: row[0]}}) SET n.{ROW_HASH} = row[1]"
        yield from _writes(f"finishing {label}", text, group, lambda node: [node.key, node.hash])


# ---- the state

STORED_LABELS = (*LABELS, *WITHHELD.values(), ABSENT)
"""The labels of all rows."""


def lock_state(owner: str) -> Cypher:
    """Holds off every other writer until the transaction ends; returns the properties of the state."""
    named = f"n.{NAME} = 'what the store holds'"
    text = f"MERGE (n:{STATE} {{key: 'store'}}) SET n.lock = $owner, {named} RETURN properties(n) AS held"
    return Cypher(text, {"owner": owner})


def set_state(properties: Mapping[str, Any]) -> Cypher:
    """What is None is removed."""
    return Cypher(f"MATCH (n:{STATE} {{key: 'store'}}) SET n += $properties", {"properties": properties})


def take_commit_lock(owner: str) -> Cypher:
    """Answers that begin or end from now on are not whole."""
    text = f"MERGE (n:{COMMIT_LOCK} {{key: 'store'}}) SET n.closed_by = $owner, n.{NAME} = 'commit lock'"
    return Cypher(text, {"owner": owner})


def release_commit_lock(owner: str) -> Cypher:
    """Does nothing when another writer has taken it since."""
    return Cypher(
        f"MATCH (n:{COMMIT_LOCK} {{key: 'store'}}) WHERE n.closed_by = $owner REMOVE n.closed_by", {"owner": owner}
    )


_VERSION_NAME = f"n.{NAME} = left(n.recorded_at, 10) + ': ' + n.reason"


def record_version(properties: Mapping[str, Any]) -> Cypher:
    return Cypher(f"CREATE (n:{VERSION}) SET n = $properties, {_VERSION_NAME}", {"properties": properties})


def recorded_versions() -> Cypher:
    """The history, newest first."""
    return Cypher(f"MATCH (n:{VERSION}) WITH n ORDER BY n.number DESC RETURN collect(properties(n)) AS versions")


def stored_hashes() -> Cypher:
    """Pairs of key and hash of all rows, a list for each of STORED_LABELS."""
    lists = [f"r{index}" for index in range(len(STORED_LABELS))]
    reads = (
        f"CALL () {{ MATCH (n:{quoted(label)}) RETURN collect([n.{KEY}, n.{ROW_HASH}]) AS {name} }}"
        for label, name in zip(STORED_LABELS, lists, strict=True)
    )
    return Cypher("\n".join([*reads, f"RETURN {', '.join(lists)}"]))


# ---- the journal, and tokens

JOURNAL = "JournalEntry"
TOKEN = "Token"  # noqa: S105 (a label)
_ENTRY_NAME = f"n.{NAME} = n.number + ': ' + n.action"


def enter(properties: Mapping[str, Any]) -> Cypher:
    return Cypher(f"CREATE (n:{JOURNAL}) SET n = $properties, {_ENTRY_NAME}", {"properties": properties})


def entry_in(properties: Mapping[str, Any]) -> Entry:
    """The entry that a node's properties hold."""
    return entry_of({name: value for name, value in properties.items() if name != NAME})


def name_history() -> Sequence[Cypher]:
    """Names for versions and entries that were written before nodes had one."""
    named = ((VERSION, _VERSION_NAME), (JOURNAL, _ENTRY_NAME))
    return [Cypher(f"MATCH (n:{label}) WHERE n.{NAME} IS NULL SET {name}") for label, name in named]


def entries_after(number: int, first: int) -> Cypher:
    """Entries with a number above, oldest first."""
    text = f"MATCH (n:{JOURNAL}) WHERE n.number > $number WITH n ORDER BY n.number LIMIT $first"
    return Cypher(f"{text} RETURN collect(properties(n)) AS entries", {"number": number, "first": first})


def entry_of_key(import_key: str) -> Cypher:
    """The entry, and the newest of the versions that its write can have left; a clock that was set back since has
    recorded them all later."""
    text = f"""MATCH (n:{JOURNAL} {{import_key: $import_key}})
MATCH (v:{VERSION} {{version: n.version}})
WITH n, v ORDER BY v.recorded_at <= n.at DESC, v.number DESC LIMIT 1
RETURN properties(n) AS entry, properties(v) AS version"""
    return Cypher(text, {"import_key": import_key})


def stored_state() -> Cypher:
    return Cypher(f"OPTIONAL MATCH (n:{STATE} {{key: 'store'}}) RETURN properties(n) AS held")


def last_of_history() -> Cypher:
    """What the state bears of the last entry of the journal and of the number of the newest version."""
    text = f"""OPTIONAL MATCH (e:{JOURNAL}) WITH e ORDER BY e.number DESC LIMIT 1
OPTIONAL MATCH (v:{VERSION}) WITH e, v ORDER BY v.number DESC LIMIT 1
WITH {{journal_number: e.number, journal_hash: e.hash, number: v.number}} AS all
RETURN CASE WHEN all.journal_number IS NULL THEN {{}} ELSE all END AS held"""
    return Cypher(text)


def put_token(properties: Mapping[str, Any]) -> Cypher:
    return Cypher(
        f"MERGE (n:{TOKEN} {{id: $id}}) SET n = $properties", {"id": properties["id"], "properties": properties}
    )


def stored_tokens(id: str | None) -> Cypher:
    """All, or the one of an id."""
    where, parameters = ("", {}) if id is None else (" WHERE n.id = $id", {"id": id})
    return Cypher(f"MATCH (n:{TOKEN}){where} WITH n ORDER BY n.id RETURN collect(properties(n)) AS tokens", parameters)


# ---- rows of other programs


def labels_of_others() -> Cypher:
    """Labels of the store that rows without its marks bear; none once it was loaded, nor while a load goes on, which
    gives them last."""
    text = f"""CALL () {{ OPTIONAL MATCH (s:{STATE} {{key: 'store'}}) RETURN coalesce(s.loading, s.mark) AS loading }}
CALL () {{ MATCH (n:{one_of(STORED_LABELS)}) WHERE n.{KEY} IS NULL OR n.{ROW_HASH} IS NULL
UNWIND labels(n) AS label WITH DISTINCT label WHERE label IN $labels RETURN collect(label) AS labels }}
RETURN CASE WHEN loading IS NULL THEN labels ELSE [] END AS labels"""
    return Cypher(text, {"labels": list(STORED_LABELS)})
