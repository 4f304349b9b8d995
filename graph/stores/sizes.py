"""How many rows a store can show at most, whatever the lens: counted from what is stated, without a projection.

A scenario adds its own few records, which are not counted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.evidence.log import StatementLog
from graph.evidence.statements import Statement
from graph.stores.query import RELATIONS, STATEMENTS_BY, STATEMENTS_OF, Relation
from graph.vocabulary.model import ENTITIES, KINDS, LABELS, Property
from graph.vocabulary.types import Capacities, Refs


@dataclass(frozen=True, slots=True)
class Sizes:
    rows: Mapping[str, int]
    """Rows by label."""
    links: Mapping[str, int]
    """Links by type."""
    children: Mapping[Relation, int]
    """The largest number of rows that belong to one parent."""
    items: Mapping[tuple[str, str], int]
    """The largest number of items in a list that a row shows: by label and property."""

    @staticmethod
    def of(log: StatementLog) -> Sizes:
        labels = Counter(KINDS[kind].kind_label for kind in log.kinds.values())
        references = list(_references(log))
        labels.update(label for labels in _labels_of_named(log, references).values() for label in labels)
        counts = {**labels, "Source": len(log.sources), "Statement": len(log.statements)}
        return Sizes(
            rows={label: counts.get(label, 0) for label in LABELS},
            links=Counter(kind for kind in log.kinds.values() if KINDS[kind].kind_label == "Link"),
            children={one: max(_children(log, references, one).values(), default=0) for one in RELATIONS},
            items=_longest_lists(log),
        )

    def dump(self) -> str:
        """As JSON; `read` reads it back."""
        children = {_name(relation): count for relation, count in self.children.items()}
        items = {" ".join(name): count for name, count in self.items.items()}
        return json.dumps({"rows": self.rows, "links": self.links, "children": children, "items": items})

    @staticmethod
    def read(text: str | None) -> Sizes | None:
        """None where there are none, and for those that another version wrote, which counts otherwise."""
        stored = json.loads(text or "{}")
        parts = {"rows": LABELS, "children": map(_name, RELATIONS), "items": map(" ".join, _LISTS)}
        if any(stored.get(part, {}).keys() != set(names) for part, names in parts.items()):
            return None
        children = {relation: stored["children"][_name(relation)] for relation in RELATIONS}
        items = {name: stored["items"][" ".join(name)] for name in _LISTS}
        return Sizes(stored["rows"], Counter(stored["links"]), children, items)


def _name(relation: Relation) -> str:
    return f"{relation.label} {' '.join(relation.columns)}"


_REFERENCES: Mapping[tuple[str, str], Property] = {
    (kind.kind_name, name): prop for kind in KINDS.values() for name, prop in kind.properties.items() if prop.refers_to
}
"""The properties that refer to rows, by kind and name."""
_LISTS = frozenset(
    (kind.kind_label, name)
    for kind in KINDS.values()
    for name, prop in kind.properties.items()
    if isinstance(prop.type, Refs | Capacities)
)
"""The properties whose lists hold more than plain values, by label and name."""
_LISTS_OF_SOURCES = [name for name in _LISTS if name[0] == "Source"]
"""Those that no statement states."""
_Reference = tuple[Statement, Property, tuple[str, ...]]
"""A statement that names rows, its property, and their keys."""


def _references(log: StatementLog) -> Iterator[_Reference]:
    for statement in log.statements:
        prop = _REFERENCES.get((statement.kind, statement.property))
        if prop is not None:
            yield statement, prop, statement.value if isinstance(statement.value, tuple) else (statement.value,)


def _labels_of_named(log: StatementLog, references: Iterable[_Reference]) -> Mapping[str, set[str]]:
    """The entities that are only named by others, with the labels that they may have."""
    named: dict[str, set[str]] = {}
    for _, prop, keys in references:
        for key in keys:
            if key not in log.kinds:
                named.setdefault(key, set()).update(label for label in prop.refers_to if label in ENTITIES)
    return named


def _children(log: StatementLog, references: Iterable[_Reference], relation: Relation) -> Counter[str]:
    """The number of rows by parent. A row is the child of all that any statement names."""
    if relation == STATEMENTS_OF:
        return Counter({subject: len(group) for subject, group in log.by_subject.items()})
    if relation == STATEMENTS_BY:
        return Counter(statement.source for statement in log.statements)
    pairs = {
        (parent, statement.subject)
        for statement, _, keys in references
        if statement.property in relation.columns and KINDS[statement.kind].kind_label == relation.label
        for parent in keys
    }
    return Counter(parent for parent, _ in pairs)


def _longest_lists(log: StatementLog) -> Mapping[tuple[str, str], int]:
    """By property. A row may show all that any statement lists."""
    items: dict[tuple[tuple[str, str], str], set[Any]] = defaultdict(set)
    for statement in log.statements:
        name = KINDS[statement.kind].kind_label, statement.property
        if name in _LISTS:
            value = statement.value
            items[name, statement.subject].update(value if isinstance(value, tuple) else (value,))
    for source in log.sources.values():
        for name in _LISTS_OF_SOURCES:
            items[name, source.key].update(getattr(source, name[1]))
    longest = dict.fromkeys(_LISTS, 0)
    for (name, _), listed in items.items():
        longest[name] = max(longest[name], len(listed))
    return longest
