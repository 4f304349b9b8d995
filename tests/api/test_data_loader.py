"""Every nested field costs at most three calls to the store, whatever the number of parents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import pytest

from api.context.data_loader import ROWS_PER_TURN, DataLoader, LoadScheduler
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from graph.errors import StoreTimeout
from graph.evidence.lens import Lens
from graph.stores.base import Reader, Store
from graph.stores.embedded.store import EmbeddedStore
from tests.api.counting import Calls, CountingStore


async def _run_counted(store: EmbeddedStore, document: str) -> tuple[Any, Calls]:
    counting = CountingStore(store)
    found = await execute_request(StoreProvider(cast("Store", counting)), GraphQLRequest(document))
    assert not found.has_errors, found.body["errors"]
    return found.body["data"], counting.calls


@pytest.mark.usefixtures("each_way")
async def test_three_levels_over_hundreds_of_parents(seeded: EmbeddedStore) -> None:
    data, calls = await _run_counted(
        seeded,
        """{ organizations(first: 500) { nodes { key
               links(first: 20) { nodes { key
                 source { key links(direction: OUT, first: 3) { totalCount nodes { key } } }
                 target { key statements(property: "name", first: 2) { nodes { source { publisher } } } }
               } }
        } } }""",
    )
    organizations = data["organizations"]["nodes"]
    links = [link for organization in organizations for link in organization["links"]["nodes"]]
    assert len(organizations) > 200
    assert len(links) > 600
    assert len(calls.of("find")) == 1
    # sources and targets of all links together: one call for each kind that an end can be
    assert sorted(what for what, _ in calls.of("get")) == ["Chip", "Organization", "Site", "Source"]
    assert sorted(what for what, _ in calls.of("find_each")) == [
        "Link by from",
        "Link by from/to/site/chips/deal/debt",
        "Statement by subject",
    ]
    assert max(count for _, count in calls.of("find_each")) > 200


@pytest.mark.usefixtures("each_way")
async def test_each_key_is_fetched_once(seeded: EmbeddedStore) -> None:
    data, calls = await _run_counted(
        seeded, "{ links(first: 500) { nodes { source { key } target { key } site { key } } } }"
    )
    ends = {link[end]["key"] for link in data["links"]["nodes"] for end in ("source", "target")}
    assert len(data["links"]["nodes"]) == 500
    assert dict(calls.of("get"))["Organization"] <= len(ends)
    assert len(calls.of("get")) == 3


@pytest.mark.parametrize(
    ("nested", "most"),
    [
        ("deal { key }", 1),
        ("chips { key }", 1),
        ("source { key } target { key }", 3),
        ("uses { key } replaces { key } covers { key } guarantees { key }", 1),
        ("usedBy { key }", 1),
        ("replacedBy { key } coveredBy { key }", 2),
        ("guaranteedBy { key }", 1),
        ("statements(first: 1) { totalCount }", 1),
        ("alternatives { id }", 1),
        ("alternatives { source { key } }", 2),
    ],
)
@pytest.mark.usefixtures("each_way")
async def test_a_nested_field_costs_at_most_three_calls(nested: str, most: int, seeded: EmbeddedStore) -> None:
    _, calls = await _run_counted(seeded, f"{{ links(first: 500) {{ nodes {{ {nested} }} }} }}")
    assert len(calls.made) - 1 <= most, calls.made


@pytest.mark.usefixtures("each_way")
async def test_two_orders_of_one_relation_are_two_calls(seeded: EmbeddedStore) -> None:
    _, calls = await _run_counted(
        seeded,
        """{ organizations(first: 300) { nodes {
               a: links(orderBy: [{valueUsd: DESC}], first: 2) { nodes { key } }
               b: links(orderBy: [{announced: DESC}], first: 2) { nodes { key } }
               again: links(orderBy: [{valueUsd: DESC}], first: 2) { totalCount }
        } } }""",
    )
    assert len(calls.of("find_each")) == 2


async def test_many_ids_are_one_call_for_each_kind(seeded: EmbeddedStore) -> None:
    ids = ", ".join(f'"{key}"' for key in ("T3JnYW5pemF0aW9uOmlyZW4=", "T3JnYW5pemF0aW9uOmNpcGhlcg=="))
    _, calls = await _run_counted(seeded, f"{{ nodes(ids: [{ids}]) {{ id }} }}")
    assert calls.of("get") == [("Organization", 2)]


@pytest.mark.usefixtures("each_way")
async def test_a_request_has_one_reader_for_each_lens(seeded: EmbeddedStore) -> None:
    _, calls = await _run_counted(
        seeded,
        """{ a: organization(key: "iren") { key } b: links(first: 1) { totalCount } dataVersion { id } dataThrough
             c: graph { links(first: 1) { totalCount } } d: graph(lens: {}) { dataThrough }
             e: graph(lens: {knownOn: "2026-01-01"}) { dataThrough lens { knownOn } }
             f: graph(lens: {knownOn: "2026-01-01"}) { links(first: 1) { totalCount } } }""",
    )
    assert len(calls.readers) == 2
    assert calls.readers[0] is None


# ---- what is handed out at once


class SlowStore:
    """Opens a reader once it may."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.may_open = asyncio.Event()

    async def reader(self, lens: Lens | None = None) -> Reader:
        await self.may_open.wait()
        return await self._store.reader(lens)


async def test_a_view_whose_field_was_cancelled_beside_one_that_failed_is_opened_for_the_rest(
    seeded: EmbeddedStore,
) -> None:
    store = SlowStore(seeded)
    context = RequestContext(StoreProvider(cast("Store", store)))
    field = asyncio.create_task(context.view())
    await asyncio.sleep(0)
    field.cancel()
    await asyncio.gather(field, return_exceptions=True)
    store.may_open.set()
    assert (await context.extensions(reached_store=True))["dataVersion"] == (await seeded.reader()).version.id


class Fetching:
    """Fetches each key as itself, and counts."""

    def __init__(self) -> None:
        self.fetched: list[list[int]] = []

    async def __call__(self, keys: Sequence[int]) -> list[int]:
        self.fetched.append(list(keys))
        return list(keys)


async def test_no_more_than_a_portion_of_rows_goes_on_in_one_turn_of_the_loop() -> None:
    """500 who wait for 100 values of 40 rows: five at a time."""
    batches, went_on = DataLoader(Fetching(), lambda value: 40, LoadScheduler()), 0

    async def wait(key: int) -> None:
        nonlocal went_on
        await batches.load(key)
        went_on += 1

    waiting = asyncio.gather(*(wait(number % 100) for number in range(500)))
    counts = [0]
    while not waiting.done():
        await asyncio.sleep(0)
        counts.append(went_on)
    assert went_on == 500
    assert max(after - before for before, after in pairwise(counts)) * 40 <= ROWS_PER_TURN


async def test_what_is_asked_while_portions_are_handed_out_is_one_batch() -> None:
    scheduler, first, second = LoadScheduler(), Fetching(), Fetching()
    level, next_level = DataLoader(first, lambda value: 100, scheduler), DataLoader(second, lambda value: 1, scheduler)

    async def ask(key: int) -> int:
        return await next_level.load(await level.load(key))

    assert await asyncio.gather(*(ask(key) for key in range(50))) == list(range(50))
    assert (first.fetched, second.fetched) == ([list(range(50))], [list(range(50))])


async def test_a_key_is_fetched_once_and_an_error_reaches_all_who_wait() -> None:
    fetching = Fetching()
    batches = DataLoader(fetching, lambda value: 1, LoadScheduler())
    assert await asyncio.gather(*(batches.load(1) for _ in range(3))) == [1, 1, 1]
    assert await batches.load_many([1, 2]) == [1, 2]
    assert fetching.fetched == [[1], [2]]

    async def fail(keys: Sequence[int]) -> list[int]:
        raise StoreTimeout("It did not answer.", remedy="Try again.")

    failing = DataLoader(fail, lambda value: 1, LoadScheduler())
    found = await asyncio.gather(*(failing.load(key) for key in (1, 1, 2)), return_exceptions=True)
    assert [type(one) for one in found] == [StoreTimeout] * 3
