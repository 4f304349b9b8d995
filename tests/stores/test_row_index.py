"""What is read from an index is what a scan finds, and the index is really asked."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.stores.base import DataVersion
from graph.stores.embedded import reached_rows
from graph.stores.embedded.reached_rows import ReachedRows
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.row_index import RowGroups, RowIndex
from graph.stores.query import (
    KEY_COLUMN,
    LINKS_BOTH,
    And,
    Compare,
    Filter,
    Linked,
    Not,
    Or,
    Order,
    Page,
    Query,
    Refers,
    compare,
    cursor_of,
    matches,
    ordered,
    scan,
)
from graph.vocabulary.model import LABELS, Row
from tests.budgets import MANY
from tests.stores.random_queries import NUMBERS, RandomQueries, graph_of, random_log

ROWS = {
    row.key: row
    for row in (
        Row("Link", "a", {"type": "OWNS", "from": "x", "chips": ["h100", "b200"], "value_usd": 5.0}),
        Row("Link", "b", {"type": "OWNS", "from": "y", "value_usd": 5}),
        Row("Link", "c", {"type": "MAKES", "from": "x", "chips": ["b200"]}),
    )
}
OWNS, MAKES = Compare("type", "eq", "OWNS"), Compare("type", "eq", "MAKES")


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        (Compare(KEY_COLUMN, "eq", "b"), ["b"]),
        (Compare(KEY_COLUMN, "in", ("c", "a", "c", "nowhere")), ["a", "c"]),
        (OWNS, ["a", "b"]),
        (Compare("value_usd", "eq", 5), ["a", "b"]),
        (Compare("type", "in", ("MAKES", "OWNS", "nothing")), ["a", "b", "c"]),
        (Compare("type", "in", ()), []),
        (Compare("chips", "has", "h100"), ["a"]),
        (Compare("chips", "hasany", ("h100", "b200")), ["a", "c"]),
        (Compare("chips", "eq", "h100"), []),
        (Refers("from", Compare(KEY_COLUMN, "eq", "x")), ["a", "c"]),
        (Refers("chips", Compare(KEY_COLUMN, "eq", "b200")), ["a", "c"]),
        (Refers("chips", Compare(KEY_COLUMN, "in", ("h100", "none"))), ["a"]),
        (And((OWNS, Compare("value_usd", "gt", 1), Compare("chips", "has", "b200"))), ["a", "b"]),
        (And((OWNS, MAKES)), ["c"]),
        (Or((MAKES, Compare(KEY_COLUMN, "eq", "a"))), ["a", "c"]),
        (Or(), []),
        (Compare("value_usd", "gt", 1.0), ["a", "b"]),
        (Compare("value_usd", "lt", 5), []),
        (Compare("from", "startswith", "x"), ["a", "c"]),
        (Compare("from", "startswith", ""), ["a", "b", "c"]),
    ],
)
def test_candidates_are_found_without_a_scan(where: Filter, keys: list[str]) -> None:
    found = RowIndex(ROWS).candidates(where)
    assert found is not None
    assert sorted(row.key for row in found) == keys


@pytest.mark.parametrize(
    "where",
    [
        And(),
        Not(OWNS),
        Compare("type", "ne", "OWNS"),
        Compare("value_usd", "isnull", True),
        Compare("from", "contains", "x"),
        Or((OWNS, Not(MAKES))),
        Refers("from", Compare("name", "eq", "X")),
        Linked(LINKS_BOTH, Compare(KEY_COLUMN, "eq", "x")),
    ],
)
def test_what_no_index_serves_has_no_candidates(where: Filter) -> None:
    assert RowIndex(ROWS).candidates(where) is None


GRAPH = graph_of(random_log(7))
RANDOM = RandomQueries(GRAPH)
BY_KEY = {key: row for rows in GRAPH.rows.values() for key, row in rows.items()}


@given(data=st.data())
@MANY
@pytest.mark.slow
def test_every_row_that_satisfies_a_filter_is_a_candidate(data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(LABELS))
    where = data.draw(RANDOM.filters(label))
    rows, groups = GRAPH.rows[label], RowGroups(GRAPH.rows)
    candidates = RowIndex(rows).candidates(where)
    if candidates is not None:
        found = {key for key, row in rows.items() if matches(where, row, BY_KEY.get, groups.children)}
        assert found <= {row.key for row in candidates}


@given(data=st.data())
@MANY
@pytest.mark.slow
async def test_a_filter_that_reaches_other_rows_is_satisfied_by_the_same_rows_without_its_reach(
    data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more rows can stand at the other end of links than are looked up one by one."""
    monkeypatch.setattr(reached_rows, "_FEW", data.draw(st.sampled_from([0, 500])))
    label = data.draw(st.sampled_from(LABELS))
    where = data.draw(RANDOM.filters(label))
    groups = RowGroups(GRAPH.rows)
    indexes = {one: RowIndex(rows) for one, rows in GRAPH.rows.items()}
    resolved = await ReachedRows(indexes, groups, GRAPH.rows, BY_KEY).resolved(where, label)
    satisfying = [
        {row.key for row in GRAPH.rows[label].values() if matches(one, row, BY_KEY.get, groups.children)}
        for one in (where, resolved)
    ]
    assert satisfying[0] == satisfying[1]
    assert not any(isinstance(part, Linked) for part in _conjuncts(resolved))


def _conjuncts(where: Filter) -> tuple[Filter, ...]:
    return where.parts if isinstance(where, And) else (where,)


COLUMNS = ("value_usd", "announced_earliest", "type", "mw_gross")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte", "eq"])
@pytest.mark.parametrize("order", [*(Order(column, back) for column in COLUMNS[:2] for back in (False, True)), None])
async def test_a_range_is_what_a_scan_finds_in_every_order(column: str, op: str, order: Order | None) -> None:
    reader = EmbeddedReader(GRAPH, DataVersion("", "", 0, ""))
    orders = () if order is None else (order, Order("status"))
    values = {row.columns.get(column) for row in GRAPH.rows["Link"].values()} - {None}
    for value in sorted(values):
        query = Query("Link", Compare(column, op, value), orders)
        expected = scan(GRAPH.rows["Link"].values(), query, Page(500), BY_KEY.get)
        assert await reader.find(query, Page(500)) == expected
        assert await reader.count(query) == expected.total
        after = Page(3, cursor_of(next(iter(GRAPH.rows["Link"].values())), orders))
        assert await reader.find(query, after) == scan(GRAPH.rows["Link"].values(), query, after, BY_KEY.get)


def test_groups_hold_the_rows_of_each_parent_in_order() -> None:
    groups = RowGroups(GRAPH.rows)
    orders = (Order("value_usd", descending=True), Order("status"))
    for parent in BY_KEY:
        rows = [row for row in GRAPH.rows["Link"].values() if parent in LINKS_BOTH.parents(row)]
        assert list(groups.children(LINKS_BOTH, parent)) == rows
        assert groups.ordered(LINKS_BOTH, parent, orders) == ordered(rows, orders)


# ---- orders

_COLUMNS = {"number": [None, *NUMBERS, -3, 7], "text": [None, "", "a", "b", "~0000e9"], "flag": [None, True, False]}


@given(
    seed=st.integers(0, 2**32),
    orders=st.lists(st.builds(Order, st.sampled_from(sorted(_COLUMNS)), st.booleans()), max_size=4).map(tuple),
)
@MANY
def test_rows_are_ordered_as_any_two_of_them_compare(seed: int, orders: tuple[Order, ...]) -> None:
    draw = random.Random(seed)
    rows = [
        Row("Link", key, {name: value for name, held in _COLUMNS.items() if (value := draw.choice(held)) is not None})
        for key in draw.sample([f"k{number:02}" for number in range(40)], 12)
    ]
    found = [cursor_of(row, orders) for row in ordered(rows, orders)]
    assert sorted(row.key for row in rows) == sorted(place.key for place in found)
    assert all(compare(first, second, orders) < 0 for first, second in pairwise(found))
