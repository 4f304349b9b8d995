"""What stands in Neo4j in full, compared with what the statements make. It knows no driver.

A row that somebody changed by hand bears the hash that it had, and of one that is deleted others keep no trace; only a
look at all properties, labels and relationships finds them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graph.concurrency.progress import report_progress
from graph.evidence.log import StatementLog
from graph.evidence.rows import source_of, statement_of
from graph.evidence.statements import Entered, Statement
from graph.stores.base import LabelCheck
from graph.stores.neo4j.cypher import (
    ABSENT,
    ENTITY,
    KEY,
    ROW_HASH,
    VERSION,
    WITHHELD,
    Cypher,
    one_of,
    quoted,
)
from graph.stores.neo4j.mapping import (
    JOURNAL,
    MORE_LABELS,
    STORED_LABELS,
    TOKEN,
    Hashes,
    Node,
    Nodes,
    edge_types,
    link_ends,
    row_of,
)
from graph.stores.neo4j.reader import ROWS_PER_READ
from graph.vocabulary.model import ENTITIES, LINKS, TYPE_COLUMN, Row

T = TypeVar("T")

Ask = Callable[[Cypher], Awaitable[Any]]
_ENDS = one_of((ENTITY, *ENTITIES, ABSENT))
"""What relationships of links lead from; those between rows of others are theirs."""
_OWN_LABELS = frozenset((*STORED_LABELS, ENTITY, *MORE_LABELS))


@dataclass(frozen=True, slots=True)
class Content:
    """A node as it stands, with the relationships that it owns."""

    properties: Mapping[str, Any]
    labels: frozenset[str]
    edges: tuple[tuple[str, str, str], ...]

    def is_of(self, node: Node) -> bool:
        wanted = {name: value for name, value in node.properties(committed=True).items() if value is not None}
        return self.joins_as(node) and (self.properties, self.labels) == (wanted, _labels_of(node))

    def joins_as(self, node: Node) -> bool:
        return self.edges == tuple(sorted((edge.type, edge.label, edge.key) for edge in node.edges))


@dataclass(frozen=True, slots=True)
class LinkContent:
    """The relationship between the ends of a link as it stands."""

    properties: Mapping[str, Any]
    source: str
    target: str

    def is_of(self, link: Node) -> bool:
        source, target = link_ends(link)
        wanted = {name: value for name, value in link.readable().items() if value is not None}
        return (self.properties, self.source, self.target) == (wanted, source.key, target.key)


@dataclass(frozen=True, slots=True)
class Contents:
    """All rows by label and key, relationships of links by type and key, and how many of both have no key of their
    own."""

    nodes: Mapping[str, Mapping[str, Content]]
    links: Mapping[str, Mapping[str, LinkContent]]
    strays: int

    @property
    def is_empty(self) -> bool:
        return not (self.strays or any(self.nodes.values()))

    def log(self) -> tuple[StatementLog, tuple[str, ...]]:
        """The statements and sources that can be trusted, and the keys of the others: a statement has the key that
        follows from what it says."""
        altered: list[str] = []
        sources = dict(self._read("Source", source_of, altered))
        statements: list[Statement] = []
        for key, statement in self._read("Statement", statement_of, altered):
            if statement.id == key and statement.source in sources:
                statements.append(statement)
            else:
                altered.append(key)
        return StatementLog.of(statements, sources.values()), tuple(sorted(altered))

    def has_altered_writes(self, altered: Collection[str]) -> bool:
        """Whether statements that came over the API are among the altered."""
        contents = (content for key, content in self._rows("Statement") if key in altered)
        return any(content.properties.get("entered") != Entered.SEEDS for content in contents)

    def _read(self, shown: str, read: Callable[[Row], T], unreadable: list[str]) -> Iterator[tuple[str, T]]:
        """What rows say, by key; keys of those that cannot be read are added to `unreadable`."""
        for key, content in self._rows(shown):
            try:
                yield key, read(row_of(shown, content.properties))
            except (KeyError, TypeError, ValueError):
                unreadable.append(key)

    def _rows(self, shown: str) -> Iterator[tuple[str, Content]]:
        for label in (shown, WITHHELD[shown]):
            yield from self.nodes[label].items()

    def checks(self, nodes: Nodes) -> Iterator[LabelCheck]:
        for label in STORED_LABELS:
            stored, wanted = self.nodes[label], nodes.get(label, {})
            changed = self._changed(label, wanted)
            loose = self.loose(nodes).values() if label == "Link" else ()
            extra = (stored.keys() - wanted.keys()).union(*loose) - changed
            yield LabelCheck(
                label,
                stored=len(stored),
                expected=len(wanted),
                missing=tuple(sorted(wanted.keys() - stored.keys())),
                extra=tuple(sorted(extra)),
                changed=tuple(sorted(changed)),
                stored_hash=_digest(_digest_part(key, one, wanted, changed) for key, one in sorted(stored.items())),
                expected_hash=_digest(node.hash for _, node in sorted(wanted.items())),
            )

    def distrusted(self, hashes: Hashes, nodes: Nodes) -> Hashes:
        """The hashes of what is stored, without those of rows that are not what their hash says."""
        return {
            label: {**by_key, **dict.fromkeys(self._distrusted(label, by_key, nodes.get(label, {})))}
            for label, by_key in hashes.items()
        }

    def _distrusted(self, label: str, hashes: Mapping[str, str | None], wanted: Mapping[str, Node]) -> Iterator[str]:
        """Of rows that are written anyway only those whose relationships would stay."""
        for key in self._changed(label, wanted):
            row_hash, node = hashes.get(key), wanted[key]
            stays = row_hash == node.hash
            stays_joined = row_hash and row_hash.partition(".")[2] == node.hash.partition(".")[2]
            if stays or (stays_joined and not self.nodes[label][key].joins_as(node)):
                yield key

    def _changed(self, label: str, wanted: Mapping[str, Node]) -> set[str]:
        stored = self.nodes[label]
        changed = {key for key, node in wanted.items() if key in stored and not stored[key].is_of(node)}
        return changed | (self._wrong_links(wanted) if label == "Link" else set())

    def _wrong_links(self, links: Mapping[str, Node]) -> set[str]:
        found = {key: (link_type, one) for link_type, by_key in self.links.items() for key, one in by_key.items()}
        return {
            key
            for key, link in links.items()
            if key in self.nodes["Link"]
            and (key not in found or found[key][0] != link.columns[TYPE_COLUMN] or not found[key][1].is_of(link))
        }

    def loose(self, nodes: Nodes) -> Mapping[str, Sequence[str]]:
        """Relationships of links, by type, that no row accounts for: the link is gone, or was written anew."""
        wanted, stored = nodes.get("Link", {}), self.nodes["Link"]
        return {
            link_type: [
                key
                for key in by_key
                if key not in wanted or key not in stored or wanted[key].columns[TYPE_COLUMN] != link_type
            ]
            for link_type, by_key in self.links.items()
        }


def _labels_of(node: Node) -> frozenset[str]:
    entity = (ENTITY,) if node.label in ENTITIES else ()
    return frozenset((node.label, *entity, *node.kinds))


def _digest_part(key: str, content: Content, wanted: Mapping[str, Node], changed: Collection[str]) -> str:
    """The hash of a row that is as wanted; else what it says."""
    return wanted[key].hash if key in wanted and key not in changed else repr((key, content))


def _digest(parts: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


# ---- reading


async def read_contents(ask: Ask) -> Contents:
    """Labels and types without a row are not read: the database counts them without looking."""
    present = [name for name, count in await ask(_counts()) if count]
    nodes: dict[str, Mapping[str, Content]] = {label: {} for label in STORED_LABELS}
    links: dict[str, Mapping[str, LinkContent]] = {}
    for done, name in enumerate(present, start=1):
        if name in nodes:
            nodes[name] = await _nodes(ask, name)
        else:
            links[name] = await _links(ask, name)
        report_progress("checking rows", done, len(present))
    return Contents(nodes, links, await ask(_strays("count")) + await ask(_twins(present)))


def _counts() -> Cypher:
    """The answer: pairs of a label, or a type of links, and how many there are."""
    patterns = {label: f"(n:{quoted(label)})" for label in STORED_LABELS}
    patterns |= {link_type: f"()-[n:{quoted(link_type)}]->()" for link_type in LINKS}
    counts = [
        f"CALL () {{ MATCH {pattern} RETURN count(n) AS c{index} }}" for index, pattern in enumerate(patterns.values())
    ]
    pairs = ", ".join(f"[$names[{index}], c{index}]" for index in range(len(patterns)))
    return Cypher("\n".join((*counts, f"RETURN [{pairs}] AS answer")), {"names": list(patterns)})


async def _nodes(ask: Ask, label: str) -> dict[str, Content]:
    types = edge_types(label)
    edges = f"COLLECT {{ MATCH (n)-[r:{one_of(types)}]->(m) RETURN [type(r), labels(m), m.{KEY}] }}" if types else "[]"
    text = f"""MATCH (n:{quoted(label)}) WHERE n.{KEY} > $after WITH n ORDER BY n.{KEY} LIMIT $size
RETURN collect([properties(n), labels(n), {edges}]) AS answer"""
    contents: dict[str, Content] = {}
    async for properties, labels, joined in _rows(ask, text):
        own = frozenset(labels) & _OWN_LABELS
        ends = sorted((type_, _label_among(targets), str(key)) for type_, targets, key in joined)
        contents[properties[KEY]] = Content(properties, own, tuple(ends))
    return contents


def _label_among(labels: Sequence[str]) -> str:
    return next((label for label in STORED_LABELS if label in labels), "")


async def _links(ask: Ask, link_type: str) -> dict[str, LinkContent]:
    text = f"""MATCH (a:{_ENDS})-[r:{quoted(link_type)}]->(b) WHERE r.{KEY} > $after
WITH a, r, b ORDER BY r.{KEY} LIMIT $size
RETURN collect([properties(r), toString(a.{KEY}), toString(b.{KEY})]) AS answer"""
    return {row[0][KEY]: LinkContent(*row) async for row in _rows(ask, text)}


async def _rows(ask: Ask, text: str) -> AsyncIterator[Any]:
    """Rows whose first part has a key, many at a time."""
    after: str | None = ""
    while after is not None:
        answer = await ask(Cypher(text, {"after": after, "size": ROWS_PER_READ}))
        for row in answer:
            yield row
        after = answer[-1][0][KEY] if len(answer) == ROWS_PER_READ else None


def _twins(names: Sequence[str]) -> Cypher:
    """How many rows of these labels and types bear the key of another, as they can once a constraint is dropped."""
    counts = [
        f"CALL () {{ MATCH {_pattern(name)} WHERE n.{KEY} > '' RETURN count(n) - count(DISTINCT n.{KEY}) AS c{index} }}"
        for index, name in enumerate(names)
    ]
    return Cypher("\n".join((*counts, f"RETURN {' + '.join(['0', *(f'c{i}' for i in range(len(names)))])} AS answer")))


def _pattern(name: str) -> str:
    """Of the rows of a label, or of the relationships of a type of links, as `n`."""
    return f"(:{_ENDS})-[n:{quoted(name)}]->()" if name in LINKS else f"(n:{quoted(name)})"


# ---- cleaning


def cleaning(loose: Mapping[str, Sequence[str]]) -> Iterator[Cypher]:
    """Removes what has no key, and relationships that are loose."""
    yield _strays("remove")
    for link_type, keys in loose.items():
        if keys:
            text = f"UNWIND $keys AS key MATCH (:{_ENDS})-[r:{quoted(link_type)} {{{KEY}: key}}]->() DELETE r"
            yield Cypher(text, {"keys": list(keys)})


def removing_twins() -> Iterator[Cypher]:
    """Leaves one row of each key: one that was written whole, and of several the one that is joined most. Of journal,
    history and tokens only what stands twice, word for word, goes."""
    for label in STORED_LABELS:
        order = f"n.{ROW_HASH} IS NULL, COUNT {{ (n)--() }} DESC, elementId(n)"
        yield Cypher(
            f"MATCH (n:{quoted(label)}) WITH n ORDER BY {order} {_but_the_first(f'n.{KEY}')} DETACH DELETE twin"
        )
    for link_type in LINKS:
        yield Cypher(f"MATCH {_pattern(link_type)} WITH n {_but_the_first(f'n.{KEY}')} DELETE twin")
    for label in (VERSION, JOURNAL, TOKEN):
        yield Cypher(f"MATCH (n:{label}) WITH n {_but_the_first('properties(n)')} DETACH DELETE twin")


def _but_the_first(key: str) -> str:
    return f"WITH {key} AS shared, collect(n) AS rows WHERE shared IS NOT NULL UNWIND tail(rows) AS twin"


def _strays(what: str) -> Cypher:
    """Nodes and relationships that no key leads to: made by hand, or without the key or the label that they had."""
    entities = " OR ".join(f"n:{quoted(label)}" for label in ENTITIES)
    nodes = f"""MATCH (n:{one_of((*STORED_LABELS, ENTITY))})
WHERE NOT coalesce(n.{KEY} > '', false) OR (n:{ENTITY} AND NOT ({entities}))"""
    links = f"MATCH (:{_ENDS})-[r:{one_of(list(LINKS))}]->() WHERE NOT coalesce(r.{KEY} > '', false)"
    if what == "remove":
        return Cypher(f"CALL () {{ {nodes} DETACH DELETE n }} CALL () {{ {links} DELETE r }}")
    return Cypher(
        f"CALL () {{ {nodes} RETURN count(n) AS nodes }} CALL () {{ {links} RETURN count(r) AS links }}"
        " RETURN nodes + links AS answer"
    )
