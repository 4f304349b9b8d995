"""Every nested field costs at most three calls to the store, whatever the number of parents."""

from __future__ import annotations

from typing import Any, cast

import pytest

from api.execute import Request, answer
from api.holder import StoreHolder
from graph.stores.base import Store
from graph.stores.embedded import EmbeddedStore
from tests.api.counting import Calls, CountingStore


async def _asked(store: EmbeddedStore, document: str) -> tuple[Any, Calls]:
    counting = CountingStore(store)
    found = await answer(StoreHolder(cast("Store", counting)), Request(document))
    assert not found.failed, found.body["errors"]
    return found.body["data"], counting.calls


async def test_three_levels_over_hundreds_of_parents(seeded: EmbeddedStore) -> None:
    data, calls = await _asked(
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


async def test_each_key_is_fetched_once(seeded: EmbeddedStore) -> None:
    data, calls = await _asked(seeded, "{ links(first: 500) { nodes { source { key } target { key } site { key } } } }")
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
        ("guaranteedBy { key }", 1),
        ("statements(first: 1) { totalCount }", 1),
        ("alternatives { id }", 1),
        ("alternatives { source { key } }", 2),
    ],
)
async def test_a_nested_field_costs_at_most_three_calls(nested: str, most: int, seeded: EmbeddedStore) -> None:
    _, calls = await _asked(seeded, f"{{ links(first: 500) {{ nodes {{ {nested} }} }} }}")
    assert len(calls.made) - 1 <= most, calls.made


async def test_two_orders_of_one_relation_are_two_calls(seeded: EmbeddedStore) -> None:
    _, calls = await _asked(
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
    _, calls = await _asked(seeded, f"{{ nodes(ids: [{ids}]) {{ id }} }}")
    assert calls.of("get") == [("Organization", 2)]


async def test_a_request_has_one_reader_for_each_lens(seeded: EmbeddedStore) -> None:
    _, calls = await _asked(
        seeded,
        """{ a: organization(key: "iren") { key } b: links(first: 1) { totalCount } dataVersion { id } dataThrough
             c: graph { links(first: 1) { totalCount } } d: graph(lens: {}) { dataThrough }
             e: graph(lens: {knownOn: "2026-01-01"}) { dataThrough lens { knownOn } }
             f: graph(lens: {knownOn: "2026-01-01"}) { links(first: 1) { totalCount } } }""",
    )
    assert len(calls.readers) == 2
    assert calls.readers[0] is None
