"""The law of pages: rows whose place did not change are read exactly once, in order, while others come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadQuery
from graph.evidence.log import StatementLog
from graph.evidence.statements import Entered, Source, Statement
from graph.settings import Settings
from graph.stores.base import Reader, Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.query import LINKS_OUT, Cursor, Order, Orders, Page, Query, Slice, compare, cursor_of
from graph.vocabulary.enums import Confidence, Nature, SourceKind
from graph.vocabulary.model import Row
from graph.vocabulary.values import Money
from tests.budgets import FEW
from tests.facts import TODAY
from tests.neo4j_fixture import emptied
from tests.stores.conftest import ADAPTERS

SOURCE = Source("filing", "https://example.org", "Desk", SourceKind.FILING, "filing", retrieved=date(2026, 11, 1))
KEYS = [f"link-{number:02}" for number in range(24)]
World = dict[str, float | None]
"""Values of the links that there are, all of them from one organization."""
ORDERS: tuple[Orders, ...] = (
    (),
    (Order("value_usd"),),
    (Order("value_usd", descending=True),),
    (Order("type", descending=True), Order("value_usd")),
)


def _log(world: World) -> StatementLog:
    return StatementLog.of([one for key, value in world.items() for one in _link(key, value)], [SOURCE])


def _link(key: str, value: float | None) -> list[Statement]:
    said = {"from": "hub", "to": "spoke"} | ({} if value is None else {"value": Money(value)})
    return [
        Statement(key, "SUPPLIES", name, what, "filing", Confidence.HIGH, Nature.STATED, None, date(2026, 11, 1))
        for name, what in said.items()
    ]


@st.composite
def changes(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and what became of it: some links are gone, some came, some are worth something else now."""
    values = st.sampled_from([None, 0.0, 1.0, 2.0, 3.0])
    before = draw(st.dictionaries(st.sampled_from(KEYS), values, min_size=6, max_size=16))
    after = {key: value for key, value in before.items() if draw(st.integers(0, 4))}
    return before, after | draw(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))


@pytest.fixture(scope="module", params=ADAPTERS)
async def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    opened: Store
    if request.param == "embedded":
        opened = await EmbeddedStore.open(tmp_path_factory.mktemp("paging"), lambda: TODAY)
    else:
        uri = emptied(request.getfixturevalue("neo4j_uri"))
        opened = await Neo4jStore.open(Settings(neo4j_uri=uri, neo4j_timeout=60), lambda: TODAY)
    yield opened
    await opened.close()


def _next(found: Slice, orders: Orders, size: int, backward: bool) -> Page:
    """The page that follows a page in its direction."""
    if backward:
        return Page(None, last=size, before=cursor_of(found.rows[0], orders))
    return Page(size, cursor_of(found.rows[-1], orders))


async def _page(reader: Reader, query: Query, page: Page, of_hub: bool) -> Slice:
    """Of all links, or of the links of their source: the same ones."""
    if of_hub:
        return (await reader.find_each(LINKS_OUT, ["hub"], query, page))["hub"]
    return await reader.find(query, page)


async def _read(store: Store, query: Query, size: int, *, backward: bool, of_hub: bool, change: World) -> list[Row]:
    """All pages, with the change after the first one."""
    found = await _page(await store.reader(), query, Page(None, last=size) if backward else Page(size), of_hub)
    pages = [found.rows]
    await store.load(_log(change))
    while found.has_previous if backward else found.has_next:
        found = await _page(await store.reader(), query, _next(found, query.orders, size, backward), of_hub)
        pages.append(found.rows)
    return [row for rows in (reversed(pages) if backward else pages) for row in rows]


def _places(rows: Sequence[Row], orders: Orders) -> list[Cursor]:
    return [cursor_of(row, orders) for row in rows]


@given(
    change=changes(),
    orders=st.sampled_from(ORDERS),
    size=st.integers(1, 5),
    backward=st.booleans(),
    of_hub=st.booleans(),
)
@FEW
async def test_what_stays_is_read_once_and_in_order(
    store: Store, change: tuple[World, World], orders: Orders, size: int, backward: bool, of_hub: bool
) -> None:
    before, after = change
    await store.load(_log(before))
    query = Query("Link", orders=orders)
    rows = await _read(store, query, size, backward=backward, of_hub=of_hub, change=after)
    stayed = [key for key, value in before.items() if key in after and after[key] == value]
    read = [row.key for row in rows]
    assert [read.count(key) for key in stayed] == [1] * len(stayed)
    assert set(read) <= before.keys() | after.keys()
    places = [place for place in _places(rows, orders) if place.key in stayed]
    assert all(compare(one, two, orders) < 0 for one, two in pairwise(places))


async def test_what_is_added_and_retracted_between_pages_moves_nothing_else(store: Store) -> None:
    """By value: a (1), c (2) | d (3), e (4); then b (1) comes, c goes, and f (5) comes."""
    values = {"a": 1.0, "c": 2.0, "d": 3.0, "e": 4.0}
    query = Query("Link", orders=(Order("value_usd"),))
    await store.load(_log({}))
    added = StatementLog.of([one for key, value in values.items() for one in _link(key, value)], [SOURCE])
    await store.apply(added, reason="first", entered=Entered.SEEDS)
    first = await (await store.reader()).find(query, Page(2))
    assert [row.key for row in first.rows] == ["a", "c"]
    gone = [one.id for one in (await store.log()).statements if one.subject == "c"]
    more = StatementLog.of([*_link("b", 1.0), *_link("f", 5.0)], [SOURCE])
    await store.apply(more, gone, reason="second", entered=Entered.SEEDS)
    second = await (await store.reader()).find(query, _next(first, query.orders, 5, backward=False))
    assert [row.key for row in second.rows] == ["d", "e", "f"]
    back = await (await store.reader()).find(query, _next(second, query.orders, 5, backward=True))
    assert [row.key for row in back.rows] == ["a", "b"]
    assert (second.total, back.total) == (5, 5)


async def test_a_page_has_at_most_500_rows(store: Store) -> None:
    world: World = {f"many-{number:04}": float(number) for number in range(502)}
    await store.load(_log(world))
    reader = await store.reader()
    for found in (await reader.find(Query("Link"), Page(500)), await _page(reader, Query("Link"), Page(500), True)):
        assert (len(found.rows), found.total, found.has_next) == (500, 502, True)
    with pytest.raises(BadQuery, match="first is 501, the limit is 500"):
        Page(501)
