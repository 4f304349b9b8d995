"""What a filter, an order and a page mean: as data, and in plain Python.

Every store answers these as the functions here do; `scan` is the meaning, without an index. Filters compare *columns*
(`graph/vocabulary/types.py`): flat scalars or lists of text. A missing value satisfies nothing but `ne`,
`isnull: true` and `Not`. Orders put missing values last in both directions, then the key decides. A
page is cut by a cursor of values, not positions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from graph.errors import BadQuery
from graph.vocabulary.model import NAMED_BY_LINKS, SEARCH_FOLDED, SEARCH_TEXTS, Row
from graph.vocabulary.values import PartialDate, fold

# ---- relations


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of `label` that belong to a parent: one of `columns` is, or contains, the parent's key."""

    label: str
    columns: tuple[str, ...]

    def parents(self, row: Row) -> set[str]:
        return row.keys_in(self.columns)


LINKS_OUT = Relation("Link", ("from",))
LINKS_IN = Relation("Link", ("to",))
LINKS_BOTH = Relation("Link", NAMED_BY_LINKS)
"""Links that an entity is an end, the site, a chip, the deal or the debt of."""
USED_BY = Relation("Link", ("uses",))
REPLACED_BY = Relation("Link", ("replaces",))
COVERED_BY = Relation("Link", ("covers",))
GUARANTEED_BY = Relation("Link", ("guarantees",))
OBSERVATIONS_OF = Relation("Observation", ("subject",))
STATEMENTS_OF = Relation("Statement", ("subject",))
STATEMENTS_BY = Relation("Statement", ("source",))
RELATIONS = (
    LINKS_OUT,
    LINKS_IN,
    LINKS_BOTH,
    USED_BY,
    REPLACED_BY,
    COVERED_BY,
    GUARANTEED_BY,
    OBSERVATIONS_OF,
    STATEMENTS_OF,
    STATEMENTS_BY,
)


# ---- filters


@dataclass(frozen=True, slots=True)
class Compare:
    """`column op value`; op is a key of OPERATORS. Text for `contains` and `startswith` is compared on `…_fold`
    columns."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


@dataclass(frozen=True, slots=True)
class Refers:
    """A row that the property `name` refers to satisfies `where`."""

    name: str
    where: Filter


@dataclass(frozen=True, slots=True)
class Linked:
    """Some listed link that names the row satisfies `link`, and the entity at its other end `counterparty`.

    `direction` is LINKS_OUT (the row is the source), LINKS_IN (the target) or LINKS_BOTH (named in any way)."""

    direction: Relation = LINKS_BOTH
    counterparty: Filter = And()
    link: Filter = And()


Filter = Compare | And | Or | Not | Refers | Linked
EVERYTHING = And()
MAX_FILTER_LEVELS = 30
"""Levels of a filter: each And, Or, Not and each step to another row is one. Python and Neo4j read it by recursion."""
MAX_CONDITIONS = 200
"""Comparisons, and what joins them, in one filter: each is looked at for every row."""
MAX_VALUES = 1_000
"""Values that one comparison takes in a list."""
KEY_COLUMN = "key"
"""The column of filters that stands for the key of the row itself."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: bool(have == want),
    "ne": lambda have, want: bool(have != want),
    "in": lambda have, want: have in want,
    "gt": lambda have, want: bool(have > want),
    "gte": lambda have, want: bool(have >= want),
    "lt": lambda have, want: bool(have < want),
    "lte": lambda have, want: bool(have <= want),
    "contains": lambda have, want: want in have,
    "startswith": lambda have, want: bool(have.startswith(want)),
    "has": lambda have, want: want in have,
    "hascontaining": lambda have, want: any(want in item for item in have),
    "hasany": lambda have, want: any(item in have for item in want),
    "isnull": lambda have, want: not want,
}
"""What each operator says of a value that is there."""
_OF_MISSING: Mapping[str, Callable[[Any], bool]] = {"ne": lambda want: True, "isnull": lambda want: bool(want)}


def both(first: Filter, second: Filter) -> Filter:
    parts = [part for part in (first, second) if part != EVERYTHING]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def check_size(where: Filter) -> None:
    """Raises BadQuery for a filter of more than MAX_FILTER_LEVELS levels, MAX_CONDITIONS conditions, or MAX_VALUES
    values in one."""
    level, conditions = [where], 0
    for _ in range(MAX_FILTER_LEVELS + 1):
        for one in level:
            _check_values(one)
        conditions += len(level)
        if conditions > MAX_CONDITIONS:
            raise BadQuery(
                f"The filter has more than {MAX_CONDITIONS} conditions.",
                remedy="Ask in several requests, or compare one field with a list of values by in.",
            )
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    raise BadQuery(
        f"The filter has more than {MAX_FILTER_LEVELS} levels.",
        remedy="Nest it less deeply: and, or, not, each reach to another row, and conditions side by side are a level.",
    )


def _check_values(where: Filter) -> None:
    if isinstance(where, Compare) and where.op in ("in", "hasany") and len(where.value) > MAX_VALUES:
        raise BadQuery(
            f"A condition has {len(where.value):,} values, the limit is {MAX_VALUES:,}.",
            remedy="Ask in several requests.",
        )


def _parts(where: Filter) -> tuple[Filter, ...]:
    match where:
        case And(parts) | Or(parts):
            return parts
        case Not(part) | Refers(_, part):
            return (part,)
        case Linked(_, counterparty, link):
            return (counterparty, link)
        case _:
            return ()


def moment_filter(column: str, op: str, bound: PartialDate, certain: bool = False) -> Filter:
    """Compare the interval of `column` with a date: gte from the bound's first day on, gt after its last day, lte
    until its last day, lt before its first, eq from its first day to its last. POSSIBLE (default): some day of the
    interval satisfies it; CERTAIN: every day does."""
    if op == "eq":
        return And(tuple(moment_filter(column, one, bound, certain) for one in ("gte", "lte")))
    day = (bound.earliest if op in ("gte", "lt") else bound.latest).isoformat()
    later = op in ("gte", "gt")
    end = "earliest" if later is certain else "latest"
    return Compare(f"{column}_{end}", op, day)


def text_filter(column: str, op: str, text: str) -> Filter:
    """`contains` or `startswith`, on folded text."""
    return Compare(f"{column}_fold", op, fold(text))


Resolve = Callable[[str], Row | None]
"""Finds a row by key."""
Children = Callable[[Relation, str], Iterable[Row]]
"""Finds the rows that belong to a parent."""


def _unlinked(relation: Relation, parent: str) -> Iterable[Row]:
    raise BadQuery("Here a filter cannot reach through links.", remedy="Filter by what the rows themselves say.")


Predicate = Callable[[Row], bool]


def matches(where: Filter, row: Row, resolve: Resolve, children: Children = _unlinked) -> bool:
    """Whether a row satisfies a filter. Raises BadQuery for Linked where there are no `children` to look among."""
    return predicate(where, resolve, children)(row)


def predicate(where: Filter, resolve: Resolve, children: Children = _unlinked) -> Predicate:
    """The same for many rows: what the filter alone decides is decided once."""
    match where:
        case Compare():
            return _comparison(where)
        case And(parts):
            return _joined([predicate(part, resolve, children) for part in parts], until=False)
        case Or(parts):
            return _joined([predicate(part, resolve, children) for part in parts], until=True)
        case Not(part):
            opposite = predicate(part, resolve, children)
            return lambda row: not opposite(row)
        case Refers(name, part):
            fits = predicate(part, resolve, children)
            return lambda row: any(target is not None and fits(target) for target in map(resolve, row.keys_in((name,))))
        case Linked(direction, counterparty, part):
            link_fits, other_fits = predicate(part, resolve, children), predicate(counterparty, resolve, children)
            return lambda row: any(
                link_fits(link)
                and any(other is not None and other_fits(other) for other in map(resolve, other_ends(link, row.key)))
                for link in children(direction, row.key)
            )


def _comparison(where: Compare) -> Predicate:
    column, value, satisfies = where.column, where.value, OPERATORS[where.op]
    of_missing = _OF_MISSING[where.op](value) if where.op in _OF_MISSING else False
    if column == KEY_COLUMN:
        return lambda row: satisfies(row.key, value)

    def satisfied(row: Row) -> bool:
        have = row.columns.get(column)
        return of_missing if have is None else satisfies(have, value)

    return satisfied


def _joined(parts: Sequence[Predicate], *, until: bool) -> Predicate:
    """Asks one after the other, until one answers so."""
    if len(parts) == 1:
        return parts[0]

    def satisfied(row: Row) -> bool:
        for part in parts:
            if part(row) is until:
                return until
        return not until

    return satisfied


def other_ends(link: Row, key: str) -> tuple[str, ...]:
    """The ends of a link as the entity of `key` sees it: the other one, or both where it is neither.

    Of a link from an entity to itself it is the entity."""
    source, target = link.columns["from"], link.columns["to"]
    if key == source:
        return (target,)
    return (source,) if key == target else (source, target)


# ---- orders


@dataclass(frozen=True, slots=True)
class Order:
    column: str
    descending: bool = False


Orders = tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of `label` (one of model.LABELS) that satisfy `where`, in the order of `orders`, then by key.

    Raises BadQuery for a filter of more than MAX_FILTER_LEVELS levels."""

    label: str
    where: Filter = EVERYTHING
    orders: Orders = ()

    def __post_init__(self) -> None:
        check_size(self.where)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in an order: the values of its columns, and the key."""

    values: tuple[Any, ...]
    key: str


def cursor_of(row: Row, orders: Orders) -> Cursor:
    return Cursor(tuple(row.columns.get(order.column) for order in orders), row.key)


def compare(first: Cursor, second: Cursor, orders: Orders) -> int:
    """Negative, zero or positive as `first` stands before, at or after `second`."""
    for order, a, b in zip(orders, first.values, second.values, strict=True):
        if a == b:
            continue
        if a is None or b is None:
            return 1 if a is None else -1
        return (1 if a > b else -1) * (-1 if order.descending else 1)
    return (first.key > second.key) - (first.key < second.key)


def ordered(rows: Iterable[Row], orders: Orders) -> list[Row]:
    """By key, then by each order from the last to the first: a sort keeps the order of equals, both ways."""
    result = sorted(rows, key=lambda row: row.key)
    for order in reversed(orders):
        result.sort(key=_sort_key(order), reverse=order.descending)
    return result


def _sort_key(order: Order) -> Callable[[Row], tuple[bool, Any]]:
    """Missing values last: False stands before True, and after it where the sort is reversed."""
    column, missing = order.column, not order.descending

    def sort_key(row: Row) -> tuple[bool, Any]:
        have = row.columns.get(column)
        return (have is None) is missing, have

    return sort_key


# ---- pages

MAX_PER_PAGE = 500
DEFAULT_PER_PAGE = 50
MAX_UNPAGED = 25
"""Rows that a list shows which cannot be paged."""


@dataclass(frozen=True, slots=True)
class Page:
    """`first` rows after `after`, or `last` rows before `before`; exactly one of `first` and `last` is set."""

    first: int | None = DEFAULT_PER_PAGE
    after: Cursor | None = None
    last: int | None = None
    before: Cursor | None = None

    def __post_init__(self) -> None:
        if (self.first is None) == (self.last is None):
            raise BadQuery("A page takes first or last.", remedy="Give exactly one of them.")
        if not 1 <= self.size <= MAX_PER_PAGE:
            name = "last" if self.backward else "first"
            raise BadQuery(
                f"{name} is {self.size}, the limit is {MAX_PER_PAGE}.",
                remedy=f"Ask for 1 to {MAX_PER_PAGE} rows and page on.",
            )

    @property
    def backward(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        return self.last if self.last is not None else self.first or 0


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows, and how many rows there are on all pages."""

    rows: Sequence[Row]
    total: int
    has_next: bool = False
    has_previous: bool = False


def cut(rows: Sequence[Row], orders: Orders, page: Page) -> Slice:
    """The page of rows that are in order already.

    Going forward there is a previous page when `after` is set, going backward a next one when `before` is."""

    def compared(first: Cursor, second: Cursor) -> int:
        return compare(first, second, orders)

    by_position = cmp_to_key(compared)

    def sort_key(row: Row) -> Any:
        return by_position(cursor_of(row, orders))

    start = bisect_right(rows, by_position(page.after), key=sort_key) if page.after else 0
    end = bisect_left(rows, by_position(page.before), key=sort_key) if page.before else len(rows)
    end = max(start, end)
    more = end - start > page.size
    if page.backward:
        return Slice(tuple(rows[max(start, end - page.size) : end]), len(rows), page.before is not None, more)
    return Slice(tuple(rows[start : min(end, start + page.size)]), len(rows), more, page.after is not None)


def scan(rows: Iterable[Row], query: Query, page: Page, resolve: Resolve, children: Children = _unlinked) -> Slice:
    """The meaning of a query, without an index."""
    fits = predicate(query.where, resolve, children)
    matching = [row for row in rows if row.label == query.label and fits(row)]
    return cut(ordered(matching, query.orders), query.orders, page)


# ---- search


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that matches a search: the text that matched, and how well (1 is exact)."""

    row: Row
    matched: str
    score: float


MAX_SEARCH_LENGTH = 200


def search_words(text: str) -> list[str]:
    """The folded words of a search; a row matches when each stands in one of its texts. Raises BadQuery."""
    words = fold(text).split()
    if not words or len(text) > MAX_SEARCH_LENGTH:
        raise BadQuery(
            "A search needs a text.", remedy=f"Give 1 to {MAX_SEARCH_LENGTH} characters that are not all spaces."
        )
    return words


def search_filter(text: str) -> Filter:
    """What every hit satisfies."""
    return And(tuple(Compare(SEARCH_FOLDED, "hascontaining", word) for word in search_words(text)))


def hit(row: Row, text: str) -> Hit:
    """How well a matching row matches: its best text."""
    phrase = " ".join(search_words(text))
    texts = zip(row.columns[SEARCH_TEXTS], row.columns[SEARCH_FOLDED], strict=True)
    score, matched = max(((_likeness(phrase, folded), shown) for shown, folded in texts), key=lambda pair: pair[0])
    return Hit(row, matched, score)


def _likeness(phrase: str, folded: str) -> float:
    if folded == phrase:
        return 1.0
    if folded.startswith(phrase):
        return 0.9
    if f" {phrase}" in folded:
        return 0.7
    if phrase in folded:
        return 0.5
    return 0.3 if any(word in folded for word in phrase.split()) else 0.0


def best_hits(rows: Iterable[Row], text: str, first: int) -> list[Hit]:
    """The best `first` of the matching rows; of equals the shorter matched text, then the key."""
    hits = [hit(row, text) for row in rows]
    return sorted(hits, key=lambda one: (-one.score, len(one.matched), one.row.key))[:first]
