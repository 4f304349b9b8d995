"""Queries as parameterised Cypher: pure text, no I/O. What they mean stands in `graph/stores/query.py`.

Names of labels, properties and relationship types come from the model and stand in backticks; every value is a
parameter. No value of a request ever becomes text. Each statement here returns exactly one record:

    answer   the result; rows are maps of properties
    closed   the writer that was committing afterwards, or null
    state    what the store held after that, or null where that is of the revision `$known` and whole; no record at all
             when it holds nothing

The database shows a commit bit by bit while it is applied. So a writer takes the commit lock (the node :StoreGate)
before it commits, releases it afterwards, and leaves another revision (`mark`) on the state. An answer is whole when
the lock was free afterwards, and the revision is still the one that was known before: no commit has ended since, and
none was on its way. What is read around an answer is planned with each of them anew, so it is as little as that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from graph.errors import BadCursor, BadQuery
from graph.stores.neo4j.figures import stored_name
from graph.stores.query import (
    EVERYTHING,
    KEY_COLUMN,
    LINKS_IN,
    LINKS_OUT,
    OPERATORS,
    And,
    Compare,
    Cursor,
    Filter,
    Linked,
    Not,
    Or,
    Order,
    Orders,
    Page,
    Query,
    Refers,
    Relation,
    search_filter,
    search_words,
)
from graph.vocabulary.model import (
    ENTITIES,
    KINDS,
    LABELS,
    LINKS,
    SEARCH_FOLDED,
    SEARCH_TEXTS,
    TYPE_COLUMN,
    Property,
    link_properties,
)

# ---- names

ENTITY = "Entity"
"""The label that all entities share."""
ABSENT = "Absent"
"""The label of what is referred to but not shown under the default lens; it has a key and nothing else."""
WITHHELD: Mapping[str, str] = {"Statement": "WithheldStatement", "Source": "WithheldSource"}
"""The labels of statements and sources that are not known yet: kept, and shown by no query."""
STATE = "StoreState"
"""The label of the one node that says what the store holds."""
COMMIT_LOCK = "StoreGate"
"""The label of the commit lock, the one node that names the writer that is committing."""
SCHEMA_LOCK = "StoreSchemaLock"
"""The label of the node that whoever makes constraints and indexes locks."""
VERSION = "DataVersion"
KEY = "key"
ROW_HASH = "row_hash"
NAME = "name"
"""Every node has one, by which it is drawn; that of a kind without a name is made by `graph/evidence/captions.py`."""
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

    def knowing(self, revision: str) -> Cypher:
        """For somebody who knows what the store holds at a revision."""
        return Cypher(self.text, {**self.parameters, "known": revision})


def quoted(name: str) -> str:
    """A name of the model in backticks; one that could leave them is refused."""
    if not (name.isascii() and name.replace("_", "a").isalnum()):
        raise ValueError(f"{name!r} is no name of the model")
    return f"`{name}`"


def one_of(names: Collection[str]) -> str:
    """Labels or relationship types, any of which will do."""
    return "|".join(quoted(name) for name in names)


@cache
def properties_of(label: str) -> Mapping[str, Property]:
    return link_properties() if label == "Link" else KINDS[label].properties


@cache
def columns_of(label: str) -> frozenset[str]:
    """All columns that rows of a label may have."""
    known = {column for prop in properties_of(label).values() for column in prop.type.column_names(prop.name)}
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


@cache
def filter_targets(label: str, name: str) -> tuple[str, ...]:
    """Labels of the rows that a filter through a property may reach: through an end of a link, those of both ends."""
    names = _ENDS if label == "Link" and name in _ENDS else (name,)
    return tuple(dict.fromkeys(kind for one in names for kind in referred_to(label, one)))


_ENDS = ("from", "to")

# ---- values


def sendable(value: Any) -> Any:
    """The value as the driver takes it, equal to the original in every comparison."""
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
class Parameters:
    """The values of one statement; its text holds only their names, which begin alike."""

    prefix: str = "p"
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        name = f"{self.prefix}{len(self.values)}"
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
"""As `query.OPERATORS`; `isnull` chooses the text. Of a missing value all but `ne` say null, to WHERE false."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A variable of the text, and the labels that its rows may have."""

    variable: str
    labels: tuple[str, ...]
    parameters: Parameters

    @property
    def pattern(self) -> str:
        """The variable with its labels, as a match names it."""
        return f"{self.variable}:{one_of(any_entity(self.labels))}"

    def column(self, name: str) -> str:
        stored = [stored_name(label, name) for label in self.labels if name in columns_of(label)]
        if not stored:
            raise BadQuery(
                f"{' and '.join(self.labels)} has no column of this name.", remedy="Use columns of the model."
            )
        return f"{self.variable}.{quoted(stored[0])}"

    def condition(self, where: Filter, words: tuple[str, ...] = ("AND", "OR")) -> str:
        """The filter as a predicate that is true where it matches, and false or null where it does not.

        `words` may join its parts: AND, and below it OR, where an index may serve them. Further below lists take their
        place, since the planner would first bring them into a normal form: 94 s for 40 levels."""
        match where:
            case Compare(column, op, value):
                return self._compare(column, op, value)
            case And(parts):
                return _joined("AND", [self.condition(part, words) for part in parts], words)
            case Or(parts):
                return _joined("OR", [self.condition(part, ()) for part in parts], words)
            case Not(part):
                return f"NOT coalesce({self.condition(part, ())}, false)"
            case Refers(name, part):
                return self._refers(name, part)
            case Linked():
                return self._linked(where)

    def _compare(self, column: str, op: str, value: Any) -> str:
        if op not in OPERATORS:
            raise BadQuery("There is no such operator.", remedy=f"Use one of {', '.join(OPERATORS)}.")
        have = f"{self.variable}.{KEY}" if column == KEY_COLUMN else self.column(column)
        if op == "isnull":
            return f"{have} IS {'NULL' if value else 'NOT NULL'}"
        return _OPERATORS[op].format(have=have, want=self.parameters.add(value))

    def _refers(self, name: str, where: Filter) -> str:
        having = ((label, properties_of(label)[name]) for label in self.labels if name in properties_of(label))
        label, prop = next(having, ("", None))
        if prop is None or not prop.relation:
            raise BadQuery("A filter cannot reach through this property.", remedy="Use a property that refers to rows.")
        target = Matched(f"{self.variable}_", filter_targets(label, name), self.parameters)
        path = f"({self.variable})-[:{quoted(prop.relation)}]->({target.pattern})"
        return f"EXISTS {{ MATCH {path} WHERE {target.condition(where)} }}"

    def _linked(self, where: Linked) -> str:
        """As `query.other_ends` says which end is the counterparty; of a link that goes out or comes in it is plain."""
        if where.direction in _OTHER_END and reaches_no_row(where.link):
            return self._linked_by_arrow(where)
        link = Matched(f"{self.variable}_l", ("Link",), self.parameters)
        path = f"({self.variable})<-[:{_relations(where.direction.columns)}]-({link.pattern})"
        conditions = [] if where.link == EVERYTHING else [link.condition(where.link)]
        if where.counterparty != EVERYTHING:
            ends = _OTHER_END.get(where.direction, _ENDS)
            other = Matched(f"{self.variable}_e", filter_targets("Link", ends[0]), self.parameters)
            path += f"-[:{_relations(ends)}]->({other.pattern})"
            conditions.append(other.condition(where.counterparty))
            if len(ends) > 1:
                conditions.append(_is_other_end(self.variable, link.variable, other.variable))
        return f"EXISTS {{ MATCH {path}{where_clause(conditions)} }}"

    def _linked_by_arrow(self, where: Linked) -> str:
        """By the relationship of a link from end to end, which has the properties of its node and leads to the other
        end in one step."""
        link = Matched(f"{self.variable}_l", ("Link",), self.parameters)
        conditions = [] if where.link == EVERYTHING else [link.condition(where.link)]
        end = "()"
        if where.counterparty != EVERYTHING:
            other = Matched(
                f"{self.variable}_e", filter_targets("Link", _OTHER_END[where.direction][0]), self.parameters
            )
            conditions.append(other.condition(where.counterparty))
            end = f"({other.pattern})"
        path = arrow(where.direction, f"({self.variable})", link.variable, end)
        return f"EXISTS {{ MATCH {path}{where_clause(conditions)} }}"

    # orders and cursors

    def order(self, orders: Orders, *, backward: bool, there: Collection[str] = ()) -> str:
        """Missing values last, then by key; all of it the other way round when the page is cut from the end. Columns
        that are `there` in every row miss no value: an index gives their order."""
        terms: list[str] = []
        for order in orders:
            column = self.column(order.column)
            if order.column not in there:
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
                text = f"CASE WHEN {column} IS NULL THEN {text} ELSE {'false' if forward else 'true'} END"
                continue
            want = self.parameters.add(value)
            further = f"{column} {'>' if order.descending is not forward else '<'} {want}"
            further += f" OR {column} IS NULL" if forward else ""
            text = f"CASE WHEN {column} = {want} THEN {text} ELSE {further} END"
        return text

    def conditions(self, query: Query) -> list[str]:
        """The condition on rows of the query."""
        return [] if query.where == EVERYTHING else [self.condition(query.where)]

    def page_condition(self, page: Page, orders: Orders) -> list[str]:
        """The condition on rows of the page, in addition to the filter."""
        return [
            *([self.beyond(page.after, orders, forward=True)] if page.after else []),
            *([self.beyond(page.before, orders, forward=False)] if page.before else []),
        ]

    def page_range(self, page: Page, order: Order) -> list[str]:
        """What an index by the column of the first order makes of the page: rows at its cursors and between them."""
        ends = ((page.after, order.descending), (page.before, not order.descending))
        return [
            f"{self.column(order.column)} {'<=' if falling else '>='} {self.parameters.add(cursor.values[0])}"
            for cursor, falling in ends
            if cursor is not None and cursor.values and cursor.values[0] is not None
        ]


def _joined(word: str, texts: Sequence[str], words: Collection[str]) -> str:
    if word in words:
        return f" {word} ".join(f"({text})" for text in texts) or ("true" if word == "AND" else "false")
    return f"{'all' if word == 'AND' else 'any'}(part IN [{', '.join(texts)}] WHERE part)"


_OTHER_END: Mapping[Relation, tuple[str, ...]] = {LINKS_OUT: ("to",), LINKS_IN: ("from",)}
"""The column of a link that holds its other end, as seen from an entity that is certainly the one."""


def arrow(direction: Relation, row: str, link: str, end: str) -> str:
    """The path of links that go out of a row or come in, from end to end."""
    path = f"-[{link}:{one_of(LINKS)}]-"
    return f"{row}{path}>{end}" if direction == LINKS_OUT else f"{row}<{path}{end}"


def reaches_no_row(where: Filter) -> bool:
    """Whether a filter compares columns of the row itself alone."""
    match where:
        case And(parts) | Or(parts):
            return all(map(reaches_no_row, parts))
        case Not(part):
            return reaches_no_row(part)
    return isinstance(where, Compare)


def _relations(columns: Collection[str]) -> str:
    """The relationships by which a link leads to what its columns name."""
    return one_of([properties_of("Link")[column].relation for column in columns])


def _is_other_end(entity: str, link: str, end: str) -> str:
    source, target = (f"{link}.{quoted(column)}" for column in _ENDS)
    return (
        f"CASE {entity}.{KEY} WHEN {source} THEN {end}.{KEY} = {target} "
        f"WHEN {target} THEN {end}.{KEY} = {source} ELSE true END"
    )


def where_clause(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(f'({condition})' for condition in conditions)}" if conditions else ""


# ---- statements that read

# The commit lock is read before the revision: the other way round a commit could end between the two unseen. WITH keeps
# them apart, with the plan that a subquery for each has, which takes longer to make.
_END = f"""OPTIONAL MATCH (gate:{COMMIT_LOCK} {{key: 'store'}}) WITH answer, gate.closed_by AS closed
MATCH (state:{STATE} {{key: 'store'}}) RETURN answer, closed,
CASE WHEN state.mark = $known AND state.loading IS NULL THEN null ELSE properties(state) END AS state"""


def answering(body: str, parameters: Mapping[str, Any]) -> Cypher:
    """`body` makes one row with `answer`; what tells whether it is whole comes in the same round trip."""
    return Cypher(f"{body}\n{_END}", {**parameters, "known": None})


def state() -> Cypher:
    """The answer: what the store holds."""
    return answering(f"CALL () {{ MATCH (now:{STATE} {{key: 'store'}}) RETURN properties(now) AS answer }}", {})


def get(label: str, keys: Sequence[str]) -> Cypher:
    """The answer: the rows of `keys` that exist."""
    match = f"UNWIND $keys AS key MATCH (n:{label_name(label)} {{key: key}})"
    return answering(f"CALL () {{ {match} RETURN collect(properties(n)) AS answer }}", {"keys": sendable(keys)})


def find(query: Query, page: Page) -> Cypher:
    """The answer: the total, and the rows, one more than the page takes if there is one; backward the last first."""
    matched = Matched("n", (query.label,), Parameters())
    filtered = matched.conditions(query)
    match = f"MATCH (n:{label_name(query.label)})"
    body = (
        f"CALL () {{ {match}{where_clause(filtered)} RETURN count(n) AS total }}\n"
        f"{rows_of_page(matched, query, page, 'properties(n)')}\n"
        "WITH [total, rows] AS answer"
    )
    return answering(body, matched.parameters.values)


def find_each(relation: Relation, parents: Collection[str], query: Query, page: Page) -> Cypher:
    """The answer: for every parent its key, the total, and rows as `find` gives them."""
    matched = Matched("n", (query.label,), Parameters())
    filtered = matched.conditions(query)
    on_page = [*filtered, *matched.page_condition(page, query.orders)]
    children = children_of(relation)
    body = (
        "CALL () { UNWIND $parents AS parent\n"
        f"CALL (parent) {{ {children}{where_clause(filtered)} RETURN count(n) AS total }}\n"
        f"CALL (parent) {{ {children}{where_clause(on_page)} {limited(matched, query, page, 'properties(n)')} }}\n"
        "RETURN collect([parent, total, rows]) AS answer }"
    )
    return answering(body, matched.parameters.values | {"parents": sendable(list(parents))})


def count(query: Query) -> Cypher:
    """The answer: how many rows satisfy the query."""
    matched = Matched("n", (query.label,), Parameters())
    filtered = matched.conditions(query)
    body = f"CALL () {{ MATCH (n:{label_name(query.label)}){where_clause(filtered)} RETURN count(n) AS answer }}"
    return answering(body, matched.parameters.values)


def count_each(relation: Relation, parents: Collection[str], query: Query) -> Cypher:
    """The answer: for every parent its key, and how many rows of it satisfy the query."""
    matched = Matched("n", (query.label,), Parameters())
    filtered = matched.conditions(query)
    body = (
        "CALL () { UNWIND $parents AS parent\n"
        f"CALL (parent) {{ {children_of(relation)}{where_clause(filtered)} RETURN count(n) AS total }}\n"
        "RETURN collect([parent, total]) AS answer }"
    )
    return answering(body, matched.parameters.values | {"parents": sendable(list(parents))})


def search(text: str, labels: Sequence[str], first: int) -> Cypher:
    """The answer: pairs of label and row, at least those of the best `first` hits. Scores as `query.hit` does."""
    words = search_words(text)
    matched = Matched("n", tuple(labels), Parameters())
    where = matched.condition(search_filter(text))
    body = (
        f"CALL () {{ MATCH (n:{'|'.join(label_name(label) for label in labels)}) WHERE {where}\n{_SCORED}\n"
        "RETURN collect([[label IN $labels WHERE label IN labels(n)][0], properties(n)]) AS answer }"
    )
    scored = {"wanted": " ".join(words), "words": words, "labels": list(labels), "first": first}
    return answering(body, matched.parameters.values | scored)


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
    return answering(body, {"after": after, "size": size})


def rows_of_page(matched: Matched, query: Query, page: Page, shown: str) -> str:
    """Makes `rows` of a page, what is `shown` of each row `n`: one row more than the page takes, so that the reader
    sees whether there are more."""
    match = f"MATCH (n:{label_name(query.label)})"
    filtered = [*matched.conditions(query), *matched.page_condition(page, query.orders)]
    there = columns_there(query.where)
    if query.orders and query.orders[0].column not in there:
        return _in_two_parts(matched, query, page, (match, shown), filtered)
    if not query.orders and not filtered:
        filtered = [f"n.{KEY} > ''"]  # with a condition on it the key's index gives the order
    if query.orders:
        filtered += matched.page_range(page, query.orders[0])
    return f"CALL () {{ {match}{where_clause(filtered)} {limited(matched, query, page, shown)} }}"


def _in_two_parts(matched: Matched, query: Query, page: Page, of: tuple[str, str], filtered: Sequence[str]) -> str:
    """`rows_of_page` in the order of a column that rows may miss: an index gives the order of those that have it, and
    the others are looked for where the page takes more."""
    match, shown = of
    first, *others = query.orders
    column, size = matched.column(first.column), matched.parameters.add(page.size + 1)
    having = [*filtered, f"{column} IS NOT NULL", *matched.page_range(page, first)]
    order = matched.order(query.orders, backward=page.backward, there={first.column})
    rest = matched.order(tuple(others), backward=page.backward)
    parts = [(having, order), ([*filtered, f"{column} IS NULL"], rest)]
    texts = [
        f"{match}{where_clause(conditions)} WITH n ORDER BY {ordered} LIMIT {size}"
        for conditions, ordered in (reversed(parts) if page.backward else parts)
    ]
    return f"""CALL () {{ {texts[0]} WITH collect(n) AS some
CALL (some) {{ UNWIND CASE WHEN size(some) < {size} THEN [1] ELSE [] END AS needed
{texts[1]} RETURN collect(n) AS more }}
UNWIND (some + more)[..{size}] AS n RETURN collect({shown}) AS rows }}"""


def columns_there(where: Filter) -> frozenset[str]:
    """Columns of which every row that satisfies the filter has a value."""
    match where:
        case Compare(column, op, value) if op != "ne" and not (op == "isnull" and value):
            return frozenset({column})
        case And(parts):
            return frozenset[str]().union(*map(columns_there, parts))
    return frozenset()


def limited(matched: Matched, query: Query, page: Page, shown: str) -> str:
    """The end of a match: rows in order, one more than the page takes, as `rows`."""
    return f"{ordered_rows(matched, query, page)} RETURN collect({shown}) AS rows"


def ordered_rows(matched: Matched, query: Query, page: Page, *beside: str) -> str:
    """Rows in order, one more than the page takes, with the variables that stand beside each."""
    order = matched.order(query.orders, backward=page.backward, there=columns_there(query.where))
    return (
        f"WITH {', '.join((matched.variable, *beside))} ORDER BY {order} LIMIT {matched.parameters.add(page.size + 1)}"
    )


def children_of(relation: Relation) -> str:
    """Matches as `n` the rows that belong to the key `parent`: by relationships where the model names them, else by
    column."""
    props = _naming(relation)
    anchors = dict.fromkeys(label for name in relation.columns for label in referred_to(relation.label, name))
    return _belonging(relation, props, "n", f"(:{one_of(_anchors(anchors))} {{key: parent}})", "parent")


def children_of_row(relation: Relation, parent: str, variable: str) -> str:
    """As `children_of`, to a row that is matched as `parent`; each is matched as `variable`."""
    return _belonging(relation, _naming(relation), variable, f"({parent})", f"{parent}.{KEY}")


def _naming(relation: Relation) -> list[Property]:
    """The properties by which the rows name the row that they belong to."""
    return [properties_of(relation.label)[column] for column in relation.columns]


def _belonging(relation: Relation, props: Sequence[Property], variable: str, parent: str, key: str) -> str:
    child = f"({variable}:{label_name(relation.label)})"
    if all(one.relation for one in props):
        match = f"MATCH {parent}<-[:{one_of([one.relation for one in props])}]-{child}"
        return f"{match} WITH {'DISTINCT ' if len(props) > 1 else ''}{variable}"
    is_parent = " OR ".join(f"{variable}.{quoted(one.name)} = {key}" for one in props)
    return f"MATCH {child} WHERE {is_parent} WITH {variable}"


def _anchors(labels: Collection[str]) -> tuple[str, ...]:
    """Labels of whatever the relationships may lead to, each with an index of keys."""
    return (*any_entity(labels), *(WITHHELD[label] for label in labels if label in WITHHELD), ABSENT)


def _known(label: str) -> str:
    if label not in LABELS:
        raise BadQuery("There is no such kind of row.", remedy=f"Use one of {', '.join(LABELS)}.")
    return label


def label_name(label: str) -> str:
    return quoted(_known(label))
