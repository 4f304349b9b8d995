"""Both stores answer as `graph/stores/query.py` says, whatever is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.settings import Settings
from graph.stores.base import DataVersion, Reader
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.query import (
    KEY_COLUMN,
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    RELATIONS,
    And,
    Compare,
    Cursor,
    Filter,
    Hit,
    Linked,
    Not,
    Or,
    Order,
    Orders,
    Page,
    Query,
    Refers,
    Relation,
    Slice,
    best_hits,
    cursor_of,
    cut,
    matches,
    ordered,
    scan,
    search_filter,
)
from graph.vocabulary.model import ENTITIES, LABELS, Row
from graph.vocabulary.values import fold, sortable
from tests.budgets import AUDIT, FEW, FEWEST, cases
from tests.logs import logs
from tests.neo4j_fixture import emptied
from tests.stores.random_queries import NOWHERE, NUMBERS, SEARCHES, TODAY, TROUBLE, RandomQueries, graph_of, random_log

ALL = Page(500)


@dataclass(frozen=True)
class Both:
    """Two readers of one graph, and the graph."""

    graph: Graph
    readers: tuple[Reader, ...]

    @cached_property
    def random(self) -> RandomQueries:
        return RandomQueries(self.graph)

    def resolve(self, key: str) -> Row | None:
        return next((rows[key] for rows in self.graph.rows.values() if key in rows), None)

    def children(self, relation: Relation, parent: str) -> Iterable[Row]:
        return (row for row in self.graph.rows[relation.label].values() if parent in relation.parents(row))

    def matching(self, where: Filter, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if matches(where, row, self.resolve, self.children)]

    def scanned(self, query: Query, page: Page) -> Slice:
        return scan(self.graph.rows[query.label].values(), query, page, self.resolve, self.children)


async def _both(store: Neo4jStore, log: StatementLog) -> Both:
    await store.load(log)
    graph = graph_of(log)
    embedded = EmbeddedReader(graph, DataVersion(log.version, "", len(log.statements), ""))
    return Both(graph, (embedded, await store.reader()))


@pytest.fixture(scope="module")
async def store(neo4j_uri: str) -> AsyncIterator[Neo4jStore]:
    emptied(neo4j_uri)
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, neo4j_timeout=60), lambda: TODAY)
    yield store
    await store.close()


@pytest.fixture(scope="module")
async def both(store: Neo4jStore) -> Both:
    return await _both(store, random_log(7))


@pytest.fixture(scope="module")
async def nothing(store: Neo4jStore) -> Both:
    return await _both(store, StatementLog.of([], []))


# ---- one thing at a time, and that wholly: many values share one plan of the database

NUMBERS_ASKED = (*NUMBERS, 2**53 + 1, 2**63, -(2**70), 10**400)
_RANGES = ("gt", "gte", "lt", "lte")
COMPARISONS: tuple[tuple[str, str, tuple[str, ...], Sequence[Any]], ...] = (
    ("Link", "value_usd", ("eq", "ne", *_RANGES), NUMBERS_ASKED),
    ("Link", "chip_count", ("eq", *_RANGES), [2**53 + 1, 2**63]),
    ("Link", "value_usd", ("in",), [(), (1.5,), (0.0, 1e18, 2**70)]),
    ("Link", "announced_earliest", ("eq", "ne", *_RANGES), ["2026-01-01", "2026-03-02", "2030-01-01"]),
    ("Link", "status", ("eq", "ne"), ["SIGNED", "RUMOURED", "`"]),
    ("Link", "disputed", ("eq", "ne"), [True, False]),
    ("Link", "value_usd", ("isnull",), [True, False]),
    ("Link", "chips", ("has",), ["chip-0", "chip-1", "chip"]),
    ("Link", "chips", ("hasany",), [(), ("chip-1",), ("chip-0", "x")]),
    ("Link", "chips", ("hascontaining",), ["0", "ip", "y"]),
    ("Link", "chips", ("isnull",), [True, False]),
    ("Organization", "name", ("eq", "ne"), TROUBLE),
    ("Organization", "name", ("in",), [(), TROUBLE, TROUBLE[:3]]),
    ("Organization", "name_fold", ("contains", "startswith"), ["", *(fold(text)[:2] for text in TROUBLE)]),
    ("Organization", "name_sort", _RANGES, [sortable(text) for text in TROUBLE]),
    ("Organization", "ticker_fold", ("contains", "startswith"), ["", *(fold(text)[1:] for text in TROUBLE)]),
    ("Organization", "search_folded", ("hascontaining",), ["", *(fold(text)[:2] for text in TROUBLE)]),
    ("Organization", KEY_COLUMN, ("eq", "ne", "startswith", "gt"), ["org-1", ""]),
    ("Link", "chip_count", ("ne",), [2**53 + 1]),
    ("Link", "termination_party", ("isnull",), [True, False]),
)
ALIKE: tuple[tuple[str, str, tuple[str, ...], Sequence[Any]], ...] = (
    ("Observation", "value", ("ne", "gt"), NUMBERS_ASKED),
    ("Observation", "extent", ("eq", "ne"), ["WHOLE", "PART"]),
    ("Observation", "acts_as", ("eq", "ne"), ["BUYER"]),
    ("Observation", "flow_or_stock", ("eq", "ne"), ["FLOW", "STOCK"]),
    ("Observation", "capacity_basis", ("eq", "ne"), ["GROSS", "CRITICAL_IT"]),
    ("Link", "value_firm_usd", ("eq", "ne", *_RANGES), NUMBERS_ASKED),
    ("Link", "escalator_pct", ("gt", "lte"), NUMBERS),
    ("Link", "lease_structure", ("eq", "ne"), ["TRIPLE_NET", "GROSS"]),
    ("Link", "termination_party", ("eq", "ne"), ["EITHER", "CUSTOMER"]),
    ("Link", "termination_notice_days", ("eq", "ne", *_RANGES), [89, 90, 2**63]),
)
"""Other columns of a type that stands above, by operators that stand there too: their texts differ by a name alone.
`make test` asks Neo4j for the first operator of each, `make audit` for all."""


@pytest.mark.parametrize(("label", "column", "operators", "values"), COMPARISONS)
async def test_every_operator_means_what_it_means(
    both: Both, label: str, column: str, operators: Sequence[str], values: Sequence[Any]
) -> None:
    for op in operators:
        await _agree_on_values(both, both.readers, label, column, op, values)


@pytest.mark.parametrize(("label", "column", "operators", "values"), ALIKE)
@pytest.mark.audited
async def test_columns_of_one_type_are_compared_alike(
    both: Both, label: str, column: str, operators: Sequence[str], values: Sequence[Any]
) -> None:
    for op in operators:
        asked = both.readers[: cases(2 if op == operators[0] else 1, 2)]
        await _agree_on_values(both, asked, label, column, op, values)


async def _agree_on_values(
    both: Both, readers: Sequence[Reader], label: str, column: str, op: str, values: Sequence[Any]
) -> None:
    for value in values:
        query = Query(label, Compare(column, op, value))
        expected = both.scanned(query, ALL)
        for reader in readers:
            assert await reader.find(query, ALL) == expected, (op, value)


@pytest.mark.parametrize(
    "where",
    [
        Compare("status", "eq", "SIGNED"),
        Compare("status", "ne", "SIGNED"),
        Compare("chips", "hasany", ("chip-0",)),
        Compare("value_usd", "gt", 1.0),
        Refers("site", Compare("name_fold", "contains", "s")),
        Refers("chips", Compare("memory_gb", "isnull", False)),
        Not(Refers("chips", And())),
        And((Compare("disputed", "eq", True), Compare("value_usd", "isnull", True))),
        Or((Compare("disputed", "eq", True), Compare("value_usd", "gt", 1.0))),
        Not(Compare("value_usd", "lt", 1.0)),
    ],
)
async def test_not_holds_of_every_other_row(both: Both, where: Filter) -> None:
    expected = both.scanned(Query("Link", Not(where)), ALL)
    assert expected.total == len(both.graph.rows["Link"]) - both.scanned(Query("Link", where), ALL).total
    for reader in both.readers:
        assert await reader.find(Query("Link", Not(where)), ALL) == expected


_ORG_1 = Compare(KEY_COLUMN, "eq", "org-1")
_SHELL = Compare("type", "eq", "PROVIDES_CAPACITY")


ENDS = (
    ("Organization", LINKS_OUT),
    ("Organization", LINKS_IN),
    ("Organization", LINKS_BOTH),
    ("Site", LINKS_IN),
    ("Observation", LINKS_BOTH),
    *((label, LINKS_BOTH) for label in ENTITIES if label != "Organization"),
)
CONDITIONS = (
    (And(), And()),
    (_ORG_1, Not(_SHELL)),
    (Compare("region", "isnull", False), And()),
    (Or((_ORG_1, Compare("kinds", "hasany", ("MINER", "UTILITY")))), _SHELL),
    (Not(Linked(LINKS_OUT, Not(_ORG_1))), Refers("site", Linked(LINKS_IN))),
)
# Each is a plan of its own, which takes the database half a second or more: in `make test` each end once, and each
# condition twice.
THROUGH = [
    (*end, *condition)
    for number, end in enumerate(ENDS)
    for condition in (CONDITIONS if AUDIT else CONDITIONS[number % len(CONDITIONS) :][:1])
]


@pytest.mark.parametrize(("label", "direction", "counterparty", "link"), THROUGH)
@pytest.mark.audited
async def test_links_are_reached_through_in_every_direction(
    both: Both, label: str, direction: Relation, counterparty: Filter, link: Filter
) -> None:
    for where in (Linked(direction, counterparty, link), Not(Linked(direction, counterparty, link))):
        expected = both.scanned(Query(label, where), ALL)
        for reader in both.readers:
            assert await reader.find(Query(label, where), ALL) == expected


ORDERS: tuple[tuple[str, Orders], ...] = (
    ("Link", (Order("value_usd", descending=True), Order("announced_earliest"))),
    ("Link", (Order("value_usd"), Order("disputed", descending=True))),
    ("Organization", (Order("name_sort"),)),
    ("Organization", (Order("name_sort", descending=True),)),
    ("Source", ()),
)


@pytest.mark.parametrize(("label", "orders"), ORDERS)
async def test_a_page_begins_beyond_any_row(both: Both, label: str, orders: Orders) -> None:
    query = Query(label, orders=orders)
    for row in both.graph.rows[label].values():
        there = cursor_of(row, orders)
        for place in (there, Cursor(there.values, f"{row.key[:-1]}!")):
            for page in (Page(3, place), Page(None, last=3, before=place), Page(None, place, 3)):
                expected = both.scanned(query, page)
                for reader in both.readers:
                    assert await reader.find(query, page) == expected, (row.key, page)


@pytest.mark.parametrize("relation", RELATIONS)
async def test_every_parent_has_its_rows(both: Both, relation: Relation) -> None:
    parents = sorted({*NOWHERE, *(key for rows in both.graph.rows.values() for key in rows)})
    rows = ordered(both.graph.rows[relation.label].values(), ())
    for page in (ALL, Page(2), Page(None, last=2)):
        expected = {
            parent: cut([row for row in rows if parent in relation.parents(row)], (), page) for parent in parents
        }
        for reader in both.readers:
            assert await reader.find_each(relation, parents, Query(relation.label), page) == expected


@pytest.mark.parametrize(
    "text", [*TROUBLE, "org", "site chip", "o 1", "ss", "ÉTOILE", "corp étoile", "nothing", "1", *"slbic"]
)
async def test_every_text_finds_its_best(both: Both, text: str) -> None:
    for first in (1, 4, 50):
        expected = _best(both, text, list(ENTITIES), first)
        for reader in both.readers:
            assert await reader.search(text, list(ENTITIES), first) == expected


def _best(both: Both, text: str, labels: Sequence[str], first: int) -> list[Hit]:
    wanted = search_filter(text)
    rows = [row for label in labels for row in both.graph.rows[label].values()]
    return best_hits(both.matching(wanted, rows), text, first)


# ---- anything together: each new text takes the database a tenth of a second or more to plan


async def _agree_on_a_query(both: Both, data: st.DataObject) -> None:
    query = data.draw(both.random.queries())
    page = data.draw(both.random.pages(query))
    expected = both.scanned(query, page)
    for reader in both.readers:
        assert await reader.find(query, page) == expected
        assert await reader.count(query) == expected.total


@given(data=st.data())
@FEW
async def test_every_query_has_the_answer_of_a_scan(both: Both, data: st.DataObject) -> None:
    await _agree_on_a_query(both, data)


@given(data=st.data())
@FEWEST
async def test_every_filter_through_links_has_the_answer_of_a_scan(both: Both, data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(list(ENTITIES)))
    parts = tuple(data.draw(st.lists(both.random.linked() | both.random.linked().map(Not), min_size=1, max_size=3)))
    query = Query(label, And(parts) if data.draw(st.booleans()) else Or(parts), data.draw(both.random.orders(label)))
    expected = both.scanned(query, ALL)
    for reader in both.readers:
        assert await reader.find(query, ALL) == expected


@given(data=st.data())
@FEW
async def test_rows_of_many_parents_are_those_of_each_parent(both: Both, data: st.DataObject) -> None:
    relation, parents = data.draw(both.random.relations())
    query = data.draw(both.random.queries(relation.label))
    page = data.draw(both.random.pages(query))
    rows = ordered(both.graph.rows[relation.label].values(), query.orders)
    found = both.matching(query.where, rows)
    expected = {
        parent: cut([row for row in found if parent in relation.parents(row)], query.orders, page) for parent in parents
    }
    totals = {parent: slice.total for parent, slice in expected.items()}
    for reader in both.readers:
        assert await reader.find_each(relation, parents, query, page) == expected
        assert await reader.count_each(relation, parents, query) == totals


@given(text=SEARCHES, labels=st.lists(st.sampled_from(list(ENTITIES)), unique=True), first=st.integers(1, 6))
@FEW
async def test_a_search_finds_the_best_texts(both: Both, text: str, labels: list[str], first: int) -> None:
    expected = _best(both, text, labels, first)
    for reader in both.readers:
        assert await reader.search(text, labels, first) == expected


@given(data=st.data())
async def test_rows_are_got_by_key_in_the_order_of_the_keys(both: Both, data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(LABELS))
    keys = data.draw(st.lists(st.sampled_from([*both.graph.rows[label], "nowhere", "`", ""]), max_size=9))
    expected = [both.graph.rows[label].get(key) for key in keys]
    for reader in both.readers:
        assert await reader.get(label, keys) == expected


async def test_streams_bring_every_row_by_key(both: Both) -> None:
    for label in LABELS:
        expected = [both.graph.rows[label][key] for key in sorted(both.graph.rows[label])]
        for reader in both.readers:
            assert [row async for row in reader.stream(label)] == expected


@given(log=logs(), data=st.data())
@FEWEST
async def test_graphs_agree_after_each_load(store: Neo4jStore, log: StatementLog, data: st.DataObject) -> None:
    """Each load starts from what the one before left: the difference is written, and nothing else remains."""
    both = await _both(store, log)
    for label in LABELS:
        assert [row async for row in both.readers[1].stream(label)] == [
            row async for row in both.readers[0].stream(label)
        ]
    for _ in range(cases(2, 5)):
        await _agree_on_a_query(both, data)


@given(data=st.data())
@FEW
async def test_an_empty_graph_has_empty_answers(nothing: Both, data: st.DataObject) -> None:
    await _agree_on_a_query(nothing, data)
