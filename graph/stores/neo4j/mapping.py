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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, overload

from graph.audit.journal import Entry, entry_of
from graph.evidence.captions import arrow_caption, caption_among, own_caption
from graph.evidence.firmness import replaced_by
from graph.evidence.projection import Graph
from graph.evidence.rows import Judged, LazyRows, judged_alike, text_in
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
_ROWS_AT_ONCE = 10_000
"""Nodes of statements that are in memory at once."""


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
        of_link = self.label == "Link"
        # most columns are texts, which are sent as they are
        columns = {
            stored_name(self.label, name) if of_link else name: value if type(value) is str else sendable(value)
            for name, value in self.columns.items()
        }
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
    nodes: dict[str, Mapping[str, Node]] = {
        label: {key: node_of(row, graph, replaced) for key, row in rows.items()}
        for label, rows in graph.rows.items()
        if label != "Statement"
    }
    nodes |= _withheld_sources(graph) | _statement_nodes(graph)
    nodes[ABSENT] = {key: Node(ABSENT, key, {}) for key in _absent(nodes)}
    return nodes


def _withheld_sources(graph: Graph) -> dict[str, Mapping[str, Node]]:
    label = WITHHELD["Source"]
    return {label: {key: Node(label, key, row.columns) for key, row in graph.withheld["Source"].items()}}


def _absent(nodes: Nodes) -> Iterator[str]:
    """What nodes refer to and nothing shows. Statements do not: their sources are there, shown or not."""
    others = (by_key for label, by_key in nodes.items() if _SHOWN.get(label, label) != "Statement")
    return (edge.key for by_key in others for node in by_key.values() for edge in node.edges if edge.label == ABSENT)


class StatementNodes(Mapping[str, Node]):
    """The nodes of statements, which are ten times as many as all others: of more than KEPT_NODES each is made when
    somebody looks, and not kept."""

    def __init__(self, graph: Graph, *, withheld: bool = False) -> None:
        self.graph = graph
        self._label = WITHHELD["Statement"] if withheld else "Statement"
        self.rows = (graph.withheld if withheld else graph.rows)["Statement"]
        self._kept: dict[str, Node] | None = {} if len(self.rows) <= KEPT_NODES else None

    def __getitem__(self, key: str) -> Node:
        node = None if self._kept is None else self._kept.get(key)
        if node is None:
            row = self.rows.unkept(key) if isinstance(self.rows, LazyRows) else self.rows[key]
            withheld = self._label != row.label
            node = Node(self._label, key, row.columns) if withheld else node_of(row, self.graph, frozenset())
            if self._kept is not None:
                self._kept[key] = node
        return node

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __contains__(self, key: object) -> bool:
        return key in self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def differ(self, other: StatementNodes, moved: Set[str]) -> set[str]:
        """Keys of which the two have another node; ends of relationships that moved are as `_moved` finds them."""
        ours, theirs = LazyRows.of(self.rows).parts, LazyRows.of(other.rows).parts
        alone = {key for key in ours if key not in theirs} | {key for key in theirs if key not in ours}
        both = ((key, judged, theirs[key]) for key, judged in ours.items() if key not in alone)
        return alone | {key for key, one, two in both if not judged_alike(one, two) or _leads_to(one, moved)}


def _leads_to(judged: Judged, moved: Set[str]) -> bool:
    return bool(moved) and not moved.isdisjoint((text_in(judged[0], "subject"), text_in(judged[0], "source")))


KEPT_NODES = 50_000


def _statement_nodes(graph: Graph) -> dict[str, Mapping[str, Node]]:
    return {"Statement": StatementNodes(graph), WITHHELD["Statement"]: StatementNodes(graph, withheld=True)}


def nodes_again(nodes: Nodes, before: Graph, after: Graph) -> Nodes:
    """Equal to `nodes_of(after)`, made from `nodes`, those of `before`: what is the same is taken over, the same
    objects."""
    moved = _moved(before, after)
    result: dict[str, Mapping[str, Node]] = {
        label: _nodes_of_label(nodes[label], rows, before.rows[label], after, moved)
        for label, rows in after.rows.items()
        if label != "Statement"
    }
    result |= _withheld_sources(after) | _statement_nodes(after)
    result[ABSENT] = {key: nodes[ABSENT].get(key) or Node(ABSENT, key, {}) for key in set(_absent(result))}
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


class NodeList(Sequence[Node]):
    """Some of the nodes of a label, by their keys; each is made when somebody looks."""

    def __init__(self, nodes: Mapping[str, Node], keys: Sequence[str]) -> None:
        self._nodes = nodes
        self.keys = keys

    @overload
    def __getitem__(self, place: int) -> Node: ...
    @overload
    def __getitem__(self, place: slice) -> NodeList: ...
    def __getitem__(self, place: int | slice) -> Node | NodeList:
        if isinstance(place, slice):
            return NodeList(self._nodes, self.keys[place])
        return self._nodes[self.keys[place]]

    def __len__(self) -> int:
        return len(self.keys)


NodesByLabel = Mapping[str, Sequence[Node]]


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """The writes that turn what is stored into the wanted nodes, and how many rows of each label that is (as in
    `stores.base.WriteOutcome`)."""

    added: NodesByLabel
    changed: NodesByLabel
    rejoined: Set[tuple[str, str]]
    """Label and key of those of the changed whose relationships lead elsewhere."""
    removed: Mapping[str, Sequence[str]]
    counts: Mapping[str, Mapping[str, int]]

    @property
    def rows(self) -> int:
        parts = (*self.added.values(), *self.changed.values(), *self.removed.values())
        return sum(map(len, parts))


def difference(stored: Hashes, wanted: Nodes) -> NodeDifference:
    """Looks once at each node that may be stored already, and makes no other."""
    compared = _RowComparison(stored, wanted)
    for label in wanted:
        compared.look_at(label)
    removed = {label: [key for key in keys if key not in wanted.get(label, {})] for label, keys in stored.items()}
    return NodeDifference(
        {label: NodeList(wanted[label], keys) for label, keys in compared.added.items() if keys},
        {label: NodeList(wanted[label], keys) for label, keys in compared.changed.items() if keys},
        compared.rejoined,
        {label: keys for label, keys in removed.items() if keys},
        compared.counts(),
    )


@dataclass
class _RowComparison:
    """What is stored and what is wanted, label by label. A row that comes to be shown or withheld counts as changed."""

    stored: Hashes
    wanted: Nodes
    added: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    rejoined: set[tuple[str, str]] = field(default_factory=set)
    _counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def look_at(self, label: str) -> None:
        nodes, hashes = self.wanted[label], self.stored.get(label, {})
        shown = _SHOWN.get(label, label)
        others = self.stored.get(WITHHELD[shown] if shown == label else shown, {}) if shown in WITHHELD else {}
        added, changed = self.added.setdefault(label, []), self.changed.setdefault(label, [])
        for key in nodes:
            if key not in hashes:
                added.append(key)
                if key not in others:
                    self._counts["added"][shown] += 1
                elif _columns_hash(others[key]) != _columns_hash(nodes[key].hash):
                    self._counts["changed"][shown] += 1
                continue
            have, wanted = hashes[key], nodes[key].hash
            if have == wanted:
                continue
            changed.append(key)
            if have is None or have.partition(".")[2] != wanted.partition(".")[2]:
                self.rejoined.add((label, key))
            self._counts["changed"][shown] += _columns_hash(have) != _columns_hash(wanted)

    def counts(self) -> dict[str, dict[str, int]]:
        for label, keys in self.stored.items():
            shown = _SHOWN.get(label, label)
            alike = [self.wanted.get(one, {}) for one in (shown, WITHHELD.get(shown, ""))]
            self._counts["removed"][shown] += sum(not any(key in nodes for nodes in alike) for key in keys)
        return {
            what: {label: self._counts[what][label] for label in LABELS if self._counts[what][label]}
            for what in ("added", "changed", "removed")
        }


def differing(stored: Nodes, wanted: Nodes) -> tuple[Hashes, Nodes]:
    """The hashes of what is stored and the wanted nodes, both without what is the same."""
    hashes: dict[str, Mapping[str, str | None]] = {}
    others: dict[str, Mapping[str, Node]] = {}
    moved: Set[str] | None = None
    for label, nodes in stored.items():
        now = wanted[label]
        if isinstance(nodes, StatementNodes) and isinstance(now, StatementNodes):
            moved = _moved(nodes.graph, now.graph) if moved is None else moved
            keys: Iterable[str] = now.differ(nodes, moved)
        else:
            keys = {key for key in (*nodes, *now) if nodes.get(key) is not now.get(key)}
        hashes[label] = {key: nodes[key].hash for key in keys if key in nodes}
        others[label] = {key: now[key] for key in keys if key in now}
    return hashes, others


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
    others = [label for label in {**what.added, **what.changed, **what.removed} if label not in _STATEMENTS]
    added, changed = _of(what.added, others), _of(what.changed, others)
    links = [*what.changed.get("Link", ())]
    yield from _node_writes(added, changed, committed)
    yield from _edge_removals([node for node in changed if (node.label, node.key) in what.rejoined])
    yield from _link_removals([*(node.key for node in links), *what.removed.get("Link", ())])
    yield from _edge_writes([*added, *(node for node in changed if (node.label, node.key) in what.rejoined)])
    yield from _link_writes([*what.added.get("Link", ()), *links])
    for label in _STATEMENTS:
        yield from _whole_writes(what.added.get(label, ()))
        yield from _rewrites(what.changed.get(label, ()), what.rejoined, committed)
    for label, keys in what.removed.items():
        yield from _writes(f"removing {label}", f"MATCH (n:{quoted(label)} {{key: row}}) DETACH DELETE n", keys)
    if not committed:
        yield from _hash_writes([*added, *changed])


_STATEMENTS = ("Statement", WITHHELD["Statement"])
"""Nothing refers to them: each is written with its relationships and its hash at once, when all others are there."""


def _of(nodes: NodesByLabel, labels: Iterable[str]) -> list[Node]:
    return [node for label in labels for node in nodes.get(label, ())]


def _whole_writes(nodes: Sequence[Node]) -> Iterator[Write]:
    """New rows with their relationships and hashes, some batches at a time."""
    done = 0
    for start in range(0, len(nodes), _ROWS_AT_ONCE):
        grouped: dict[tuple[tuple[str, str], ...], list[Node]] = defaultdict(list)
        for node in nodes[start : start + _ROWS_AT_ONCE]:
            grouped[tuple((edge.type, edge.label) for edge in node.edges)].append(node)
        for ends, group in grouped.items():
            for write in _writes("", _whole_text(group[0].label, ends), group, _whole_row):
                done += write.rows
                yield replace(write, what=f"writing {group[0].label}", done=done, of=len(nodes))


def _whole_text(label: str, ends: Sequence[tuple[str, str]]) -> str:
    places = list(enumerate(ends))
    found = "".join(f" MATCH (e{place}:{quoted(end)} {{key: row.ends[{place}]}})" for place, (_, end) in places)
    joined = "".join(f" CREATE (n)-[:{quoted(edge)}]->(e{place})" for place, (edge, _) in places)
    return f"{found.strip()} CREATE (n:{quoted(label)}) SET n = row.properties{joined}".strip()


def _whole_row(node: Node) -> dict[str, Any]:
    return {"properties": node.properties(committed=True), "ends": [edge.key for edge in node.edges]}


def _rewrites(nodes: Sequence[Node], rejoined: Set[tuple[str, str]], committed: bool) -> Iterator[Write]:
    """Rows that are there and change, some batches at a time."""
    for start in range(0, len(nodes), _ROWS_AT_ONCE):
        changed = list(nodes[start : start + _ROWS_AT_ONCE])
        moved = [node for node in changed if (node.label, node.key) in rejoined]
        yield from _node_writes((), changed, committed)
        yield from _edge_removals(moved)
        yield from _edge_writes(moved)
        if not committed:
            yield from _hash_writes(changed)


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


def _node_writes(added: Iterable[Node], changed: Iterable[Node], committed: bool) -> Iterator[Write]:
    def row(node: Node) -> dict[str, Any]:
        return {"key": node.key, "properties": node.properties(committed=committed), "kinds": list(node.kinds)}

    for label, nodes in _by_label(added).items():
        labels = f"{quoted(label)}:{ENTITY}" if label in ENTITIES else quoted(label)
        text = f"CREATE (n:{labels}) SET n = row.properties"
        yield from _writes(f"writing {label}", _with_kinds(label, text), nodes, row)
    for label, nodes in _by_label(changed).items():
        text = f"MATCH (n:{quoted(label)} {{key: row.key}}) SET n = row.properties REMOVE n{_labels_but(label)}"
        text += f" SET n:{ENTITY}" if label in ENTITIES else ""
        yield from _writes(f"changing {label}", _with_kinds(label, text), nodes, row)


def _labels_but(label: str) -> str:
    """All that a row of another label or kind may have, and somebody may have given it by hand."""
    others = [quoted(one) for one in (*STORED_LABELS, *([] if label in ENTITIES else [ENTITY])) if one != label]
    return "".join(f":{one}" for one in others) + _MORE_LABELS


def _with_kinds(label: str, text: str) -> str:
    return f"{text} SET n:$(row.kinds)" if label in _WITH_MORE_LABELS else text


def _edge_removals(rejoined: Iterable[Node]) -> Iterator[Write]:
    """Relationships of their references that rows had."""
    for label, nodes in _by_label(rejoined).items():
        types = edge_types(label)
        if types:
            path = f"(:{quoted(label)} {{key: row}})-[r:{one_of(types)}]->()"
            yield from _writes(f"parting {label}", f"MATCH {path} DELETE r", nodes, lambda node: node.key)


def _link_removals(keys: Sequence[str]) -> Iterator[Write]:
    """Relationships between the ends of links."""
    for link_type in LINKS:
        text = f"MATCH ()-[r:{quoted(link_type)} {{key: row}}]->() DELETE r"
        yield from _writes("parting ends of links", text, keys)


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


def removing_history(size: int) -> Sequence[Cypher]:
    """Removes so many of the versions, entries and tokens each; the answer is whether there are more."""
    return [
        Cypher(
            f"MATCH (n:{label}) WITH n LIMIT $size DETACH DELETE n RETURN count(*) = $size AS answer", {"size": size}
        )
        for label in (VERSION, JOURNAL, TOKEN)
    ]


def put_history(label: str, rows: Sequence[Mapping[str, Any]]) -> Cypher:
    """Adds nodes of VERSION, JOURNAL or TOKEN."""
    name = {VERSION: f" SET {_VERSION_NAME}", JOURNAL: f" SET {_ENTRY_NAME}", TOKEN: ""}[label]
    return Cypher(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row{name}", {"rows": list(rows)})


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
