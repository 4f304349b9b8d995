"""Queries as parameterised Cypher: pure text, no I/O. What they mean stands in `graph/query.py`.

Names of labels, properties and relationship types come from the model and stand in backticks; every value is a parameter.
Nothing that was asked ever becomes text. Each statement here returns exactly one record:

    before   the properties of the store's state when it began; no record at all when the store has none
    answer   what was asked; rows are maps of properties
    after    the mark of the last write when it ended; another one than `before` has: a write came between
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from graph.errors import BadCursor, BadQuery
from graph.model import ENTITIES, KINDS, LABELS, LINKS, TYPE_COLUMN, Property, link_properties
from graph.query import (
    EVERYTHING,
    OPERATORS,
    SEARCH_FOLDED,
    SEARCH_TEXTS,
    And,
    Compare,
    Cursor,
    Filter,
    Not,
    Or,
    Orders,
    Page,
    Query,
    Refers,
    Relation,
    search_filter,
    search_words,
)
from graph.values import Ref

# ---- names

ENTITY = "Entity"
"""The label that all entities share."""
ABSENT = "Absent"
"""The label of what is referred to but not shown under the default lens; it has a key and nothing else."""
WITHHELD: Mapping[str, str] = {"Statement": "WithheldStatement", "Source": "WithheldSource"}
"""The labels of statements and sources that are not known yet: kept, and shown by no query."""
STATE = "StoreState"
"""The label of the one node that says what the store holds."""
VERSION = "DataVersion"
KEY = "key"
ROW_HASH = "row_hash"
CAPTION = "caption"
_ADDED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Link": (TYPE_COLUMN,),
    "Source": ("entered",),
    "Statement": ("entered", "said_known_from", "place"),
}
"""Columns that belong to no property of the model."""


@dataclass(frozen=True, slots=True)
class Cypher:
    """A statement and the values of its parameters."""

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def quoted(name: str) -> str:
    """A name of the model in backticks; one that could leave them is refused."""
    if not (name.isascii() and name.replace("_", "a").isalnum()):
        raise ValueError(f"{name!r} is no name of the model")
    return f"`{name}`"


def one_of(names: Collection[str]) -> str:
    """Labels or relationship types, any of which will do."""
    return "|".join(quoted(name) for name in names)


def properties_of(label: str) -> Mapping[str, Property]:
    return link_properties() if label == "Link" else KINDS[label].properties


@cache
def columns_of(label: str) -> frozenset[str]:
    """All columns that rows of a label may have."""
    known = {column for given in properties_of(label).values() for column in given.type.column_names(given.name)}
    searched = (SEARCH_TEXTS, SEARCH_FOLDED) if label in ENTITIES else ()
    return frozenset((*known, *searched, *_ADDED_COLUMNS.get(label, ())))


def any_entity(labels: Collection[str]) -> tuple[str, ...]:
    """The labels, with the one that all entities share in place of each of theirs."""
    return tuple(dict.fromkeys(ENTITY if label in ENTITIES else label for label in labels))


@cache
def referred_to(label: str, name: str) -> tuple[str, ...]:
    """Labels of the rows that a property may refer to; of a link, over all its types."""
    kinds = LINKS.values() if label == "Link" else (KINDS[label],)
    named = (kind for one in kinds if name in one.properties for kind in one.properties[name].refers_to)
    return tuple(dict.fromkeys(KINDS[kind].kind_label if kind in KINDS else kind for kind in named))


# ---- values


def sendable(value: Any) -> Any:
    """A value as the driver takes it, equal to the one given for every comparison."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, float):
        return value + 0.0  # Neo4j orders -0.0 before 0.0, Python takes them for equal
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return _too_large(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [sendable(item) for item in value]
    return value


def _too_large(value: int) -> float:
    """A whole number beyond 64 bits: beyond every stored one too, so that its sign and size are all that matters."""
    return float(max(-(10**300), min(value, 10**300)))


@dataclass(slots=True)
class _Parameters:
    """The values of one statement; its text holds only their names."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = sendable(value)
        return f"${name}"


# ---- filters

_OPERATORS: Mapping[str, str] = {
    "eq": "{have} = {want}",
    "ne": "coalesce({have} <> {want}, true)",
    "in": "{have} IN {want}",
    "gt": "{have} > {want}",
    "gte": "{have} >= {want}",
    "lt": "{have} < {want}",
    "lte": "{have} <= {want}",
    "contains": "{have} CONTAINS {want}",
    "startswith": "{have} STARTS WITH {want}",
    "has": "{want} IN {have}",
    "hascontaining": "any(item IN {have} WHERE item CONTAINS {want})",
    "hasany": "any(item IN {want} WHERE item IN {have})",
}
"""As `query.OPERATORS`. Of a missing value all but `ne` say null, which a WHERE takes for false. `isnull` chooses the text."""


@dataclass(frozen=True, slots=True)
class _Matched:
    """A variable of the text, and the labels that its rows may have."""

    variable: str
    labels: tuple[str, ...]
    parameters: _Parameters

    def column(self, name: str) -> str:
        if not any(name in columns_of(label) for label in self.labels):
            raise BadQuery(f"{' and '.join(self.labels)} has no column of this name.", remedy="Use columns of the model.")
        return f"{self.variable}.{quoted(name)}"

    def condition(self, where: Filter) -> str:
        match where:
            case Compare(column, op, value):
                return self._compare(column, op, value)
            case And(parts):
                return self._joined(" AND ", parts) or "true"
            case Or(parts):
                return self._joined(" OR ", parts) or "false"
            case Not(part):
                return f"NOT coalesce({self.condition(part)}, false)"
            case Refers(name, part):
                return self._refers(name, part)

    def _compare(self, column: str, op: str, value: Any) -> str:
        if op not in OPERATORS:
            raise BadQuery("There is no such operator.", remedy=f"Use one of {', '.join(OPERATORS)}.")
        if op == "isnull":
            return f"{self.column(column)} IS {'NULL' if value else 'NOT NULL'}"
        return _OPERATORS[op].format(have=self.column(column), want=self.parameters.add(value))

    def _joined(self, word: str, parts: Sequence[Filter]) -> str:
        return word.join(f"({self.condition(part)})" for part in parts)

    def _refers(self, name: str, where: Filter) -> str:
        label, given = next(
            ((label, found) for label in self.labels if (found := properties_of(label).get(name))), ("", None)
        )
        if given is None or not given.relation or not isinstance(given.type, Ref):
            raise BadQuery("A filter cannot reach through this property.", remedy="Use a property that refers to one row.")
        target = _Matched(f"{self.variable}_", referred_to(label, name), self.parameters)
        end = f"{target.variable}:{one_of(any_entity(target.labels))}"
        path = f"({self.variable})-[:{quoted(given.relation)}]->({end})"
        return f"EXISTS {{ MATCH {path} WHERE {target.condition(where)} }}"

    # orders and cursors

    def order(self, orders: Orders, *, backward: bool) -> str:
        """Missing values last, then by key; all of it the other way round when the page is cut from the end."""
        terms: list[str] = []
        for order in orders:
            column = self.column(order.column)
            terms.append(f"{column} IS NULL{' DESC' if backward else ''}")
            terms.append(f"{column}{' DESC' if order.descending is not backward else ''}")
        return ", ".join((*terms, f"{self.variable}.{KEY}{' DESC' if backward else ''}"))

    def beyond(self, cursor: Cursor, orders: Orders, *, forward: bool) -> str:
        """What stands after the cursor (or before it). A missing value chooses the text: null equals nothing."""
        if len(cursor.values) != len(orders):
            raise BadCursor("The cursor is of another order.", remedy="Begin again without a cursor.")
        text = f"{self.variable}.{KEY} {'>' if forward else '<'} {self.parameters.add(cursor.key)}"
        for order, value in reversed(list(zip(orders, cursor.values, strict=True))):
            column = self.column(order.column)
            if value is None:
                text = f"{column} IS NULL AND ({text})" if forward else f"{column} IS NOT NULL OR ({text})"
                continue
            want = self.parameters.add(value)
            further = f"{column} {'>' if order.descending is not forward else '<'} {want}"
            further += f" OR {column} IS NULL" if forward else ""
            text = f"{further} OR ({column} = {want} AND ({text}))"
        return text

    def page_condition(self, page: Page, orders: Orders) -> list[str]:
        """What a row of the page satisfies beside the filter."""
        return [
            *([self.beyond(page.after, orders, forward=True)] if page.after else []),
            *([self.beyond(page.before, orders, forward=False)] if page.before else []),
        ]


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(f'({condition})' for condition in conditions)}" if conditions else ""


# ---- statements that read

_BEFORE = f"CALL () {{ MATCH (state:{STATE} {{key: 'store'}}) RETURN properties(state) AS before }}"
_AFTER = f"CALL (answer) {{ MATCH (state:{STATE} {{key: 'store'}}) RETURN state.mark AS after }}"


def _answering(body: str, parameters: Mapping[str, Any]) -> Cypher:
    """`body` makes one row with `answer`; the state is read before and after it, in the same round trip."""
    return Cypher(f"{_BEFORE}\n{body}\n{_AFTER}\nRETURN before, answer, after", parameters)


def state() -> Cypher:
    """What the store holds, without asking it anything."""
    return _answering("WITH before, null AS answer", {})


def get(label: str, keys: Sequence[str]) -> Cypher:
    """The answer: the rows of `keys` that exist."""
    body = f"CALL () {{ UNWIND $keys AS key MATCH (n:{_label(label)} {{key: key}}) RETURN collect(properties(n)) AS answer }}"
    return _answering(body, {"keys": sendable(keys)})


def find(query: Query, page: Page) -> Cypher:
    """The answer: the total, and one row more than the page takes if there is one; the last first for a page from the end."""
    asked = _Matched("n", (query.label,), _Parameters())
    filtered = [] if query.where == EVERYTHING else [asked.condition(query.where)]
    on_page = [*filtered, *asked.page_condition(page, query.orders)]
    if not query.orders and not on_page:
        on_page = [f"n.{KEY} > ''"]  # with a condition on it the key's index gives the order
    match = f"MATCH (n:{_label(query.label)})"
    body = (
        f"CALL () {{ {match}{_where(filtered)} RETURN count(n) AS total }}\n"
        f"CALL () {{ {match}{_where(on_page)} {_taken(asked, query, page)} }}\n"
        "WITH before, [total, rows] AS answer"
    )
    return _answering(body, asked.parameters.values)


def find_each(relation: Relation, parents: Collection[str], query: Query, page: Page) -> Cypher:
    """The answer: for every parent its key, the total, and rows as `find` gives them."""
    asked = _Matched("n", (query.label,), _Parameters())
    filtered = [] if query.where == EVERYTHING else [asked.condition(query.where)]
    on_page = [*filtered, *asked.page_condition(page, query.orders)]
    children = _children(relation)
    body = (
        "CALL () { UNWIND $parents AS parent\n"
        f"CALL (parent) {{ {children}{_where(filtered)} RETURN count(n) AS total }}\n"
        f"CALL (parent) {{ {children}{_where(on_page)} {_taken(asked, query, page)} }}\n"
        "RETURN collect([parent, total, rows]) AS answer }"
    )
    return _answering(body, asked.parameters.values | {"parents": sendable(list(parents))})


def search(text: str, labels: Sequence[str], first: int) -> Cypher:
    """The answer: pairs of label and row, at least those of the best `first` hits. Scores as `query.hit` does."""
    words = search_words(text)
    asked = _Matched("n", tuple(labels), _Parameters())
    where = asked.condition(search_filter(text))
    body = (
        f"CALL () {{ MATCH (n:{'|'.join(_label(label) for label in labels)}) WHERE {where}\n{_SCORED}\n"
        "RETURN collect([[label IN $labels WHERE label IN labels(n)][0], properties(n)]) AS answer }"
    )
    scored = {"wanted": " ".join(words), "words": words, "labels": list(labels), "first": first}
    return _answering(body, asked.parameters.values | scored)


_SCORED = f"""WITH n, [folded IN n.{SEARCH_FOLDED} | CASE
  WHEN folded = $wanted THEN 1.0
  WHEN folded STARTS WITH $wanted THEN 0.9
  WHEN folded CONTAINS (' ' + $wanted) THEN 0.7
  WHEN folded CONTAINS $wanted THEN 0.5
  WHEN any(word IN $words WHERE folded CONTAINS word) THEN 0.3
  ELSE 0.0 END] AS scores
WITH n, scores, reduce(best = 0.0, score IN scores | CASE WHEN score > best THEN score ELSE best END) AS score
WITH n, score, n.{SEARCH_TEXTS}[[i IN range(0, size(scores) - 1) WHERE scores[i] = score][0]] AS matched
ORDER BY score DESC, size(matched), n.{KEY} LIMIT $first"""


def batch(label: str, after: str, size: int) -> Cypher:
    """The answer: the next rows of a label by key. The label may be one of withheld rows."""
    name = quoted(label if label in WITHHELD.values() else _known(label))
    body = (
        f"CALL () {{ MATCH (n:{name}) WHERE n.{KEY} > $after WITH n ORDER BY n.{KEY} LIMIT $size "
        "RETURN collect(properties(n)) AS answer }"
    )
    return _answering(body, {"after": after, "size": size})


def versions() -> Cypher:
    """The answer: the history of versions, newest first."""
    body = (
        f"CALL () {{ MATCH (n:{VERSION}) WITH n ORDER BY n.number DESC RETURN collect(properties(n)) AS answer }}"
    )
    return _answering(body, {})


def _taken(asked: _Matched, query: Query, page: Page) -> str:
    """One more than the page takes tells whether there is more."""
    order = asked.order(query.orders, backward=page.backward)
    return f"WITH n ORDER BY {order} LIMIT {asked.parameters.add(page.size + 1)} RETURN collect(properties(n)) AS rows"


def _children(relation: Relation) -> str:
    """Matches as `n` the rows that belong to `parent`: through relationships where the model names them, else by column."""
    given = [properties_of(relation.label)[column] for column in relation.columns]
    if all(one.relation for one in given):
        anchors = dict.fromkeys(label for name in relation.columns for label in referred_to(relation.label, name))
        types = one_of([one.relation for one in given])
        match = f"MATCH (:{one_of(_anchors(anchors))} {{key: parent}})<-[:{types}]-(n:{_label(relation.label)})"
        return f"{match} WITH {'DISTINCT ' if len(given) > 1 else ''}n"
    held = " OR ".join(f"n.{quoted(one.name)} = parent" for one in given)
    return f"MATCH (n:{_label(relation.label)}) WHERE {held} WITH n"


def _anchors(labels: Collection[str]) -> tuple[str, ...]:
    """Labels of whatever the relationships may lead to, each with an index of keys."""
    return (*any_entity(labels), *(WITHHELD[label] for label in labels if label in WITHHELD), ABSENT)


def _known(label: str) -> str:
    if label not in LABELS:
        raise BadQuery("There is no such kind of row.", remedy=f"Use one of {', '.join(LABELS)}.")
    return label


def _label(label: str) -> str:
    return quoted(_known(label))
