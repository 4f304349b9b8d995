"""Pages: limits, cursors that stay true while rows come and go, and cursors that do not fit."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.conftest import Ask, asking, client_of, data_of, error_of, small_log

BY_NAME = "query($after: String) { organizations(orderBy: [{name: ASC}], first: 2, after: $after) { %s } }"
PAGE = BY_NAME % "totalCount nodes { key } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def _all(ask: Ask, document: str, field: str, forward: bool) -> list[str]:
    """The keys of all pages, one after the other."""
    keys: list[str] = []
    cursor = None
    while True:
        page = (await data_of(ask, document, {"cursor": cursor}))[field]
        found = [node["key"] for node in page["nodes"]]
        keys = keys + found if forward else found + keys
        info = page["pageInfo"]
        if not info["hasNextPage" if forward else "hasPreviousPage"]:
            return keys
        cursor = info["endCursor" if forward else "startCursor"]


@pytest.mark.parametrize(
    "order",
    [
        "",
        "orderBy: [{valueUsd: DESC}],",
        "orderBy: [{announced: ASC}, {type: DESC}],",
        "orderBy: [{capacityMw: {basis: GROSS, direction: ASC}}],",
    ],
)
async def test_pages_in_both_directions_hold_every_row_once(order: str, ask: Ask) -> None:
    rest = "nodes { key } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    forward = f"query($cursor: String) {{ links({order} first: 97, after: $cursor) {{ {rest} }} }}"
    backward = f"query($cursor: String) {{ links({order} last: 101, before: $cursor) {{ {rest} }} }}"
    total = (await data_of(ask, "{ links(first: 1) { totalCount } }"))["links"]["totalCount"]
    down = await _all(ask, forward, "links", forward=True)
    up = await _all(ask, backward, "links", forward=False)
    assert down == up
    assert len(down) == len(set(down)) == total


async def test_a_page_tells_whether_rows_precede_and_follow(ask: Ask) -> None:
    first = (await data_of(ask, PAGE))["organizations"]
    second = (await data_of(ask, PAGE, {"after": first["pageInfo"]["endCursor"]}))["organizations"]
    assert (first["pageInfo"]["hasPreviousPage"], first["pageInfo"]["hasNextPage"]) == (False, True)
    assert second["pageInfo"]["hasPreviousPage"] is True
    assert first["nodes"] != second["nodes"]


async def test_an_empty_page_has_no_cursors(ask: Ask) -> None:
    document = (
        '{ links(where: {key: {eq: "no-such"}}) { totalCount edges { cursor } pageInfo { startCursor endCursor } } }'
    )
    found = (await data_of(ask, document))["links"]
    assert found == {"totalCount": 0, "edges": [], "pageInfo": {"startCursor": None, "endCursor": None}}


Small = Callable[..., Awaitable[EmbeddedStore]]


async def test_a_cursor_outlives_its_row(small: Small, tmp_path: Path) -> None:
    """The small world by name: cloud (Cloud Inc), host (Host Corp), lab (Lab), unnamed (Unnamed tenant)."""
    store = await small()
    async with client_of(store) as client:
        ask = asking(client)
        first = (await data_of(ask, PAGE))["organizations"]
        assert [node["key"] for node in first["nodes"]] == ["cloud", "host"]
        organizations = """
- {id: aardvark, claims: [{says: {name: Aardvark}, sources: [filing], confidence: high}]}
- {id: cloud, claims: [{says: {name: Cloud Inc, kinds: [NEOCLOUD]}, sources: [filing], confidence: high}]}
- {id: lab, claims: [{says: {name: Lab, kinds: [AI_LAB]}, sources: [news], confidence: high}]}
- {id: unnamed, claims: [{says: {name: Unnamed tenant, placeholder: true}, sources: [filing], confidence: high}]}
"""
        lease = "[]"
        await store.load(small_log(tmp_path, organizations=organizations, links_provides_capacity=lease))
        second = (await data_of(ask, PAGE, {"after": first["pageInfo"]["endCursor"]}))["organizations"]
        assert [node["key"] for node in second["nodes"]] == ["lab", "unnamed"], (
            "host is gone, aardvark stands before it"
        )
        assert second["totalCount"] == 4


async def _cursor(
    ask: Ask, document: str = "{ links(orderBy: [{valueUsd: DESC}], first: 1) { pageInfo { endCursor } } }"
) -> str:
    return str((await data_of(ask, document))["links"]["pageInfo"]["endCursor"])


async def test_a_cursor_of_another_order_is_an_error(ask: Ask) -> None:
    document = "query($c: String) { links(orderBy: [{valueUsd: ASC}], after: $c) { totalCount } }"
    code, message = await error_of(ask, document, {"c": await _cursor(ask)})
    assert code == "BAD_CURSOR"
    assert "another order: 'value_usd DESC', not 'value_usd ASC'" in message


async def test_a_cursor_of_another_lens_is_an_error(ask: Ask) -> None:
    document = """query($c: String) { graph(lens: {validOn: "2026-06-30"}) {
        links(orderBy: [{valueUsd: DESC}], after: $c) { totalCount } } }"""
    code, message = await error_of(ask, document, {"c": await _cursor(ask)})
    assert code == "BAD_CURSOR"
    assert "another lens: '2026-11-30/2026-11-30/" in message
    assert "not '2026-06-30/2026-11-30/" in message


async def test_a_scenario_is_a_lens_of_its_own_however_it_is_named(ask: Ask) -> None:
    document = """query($s: String, $c: String) { graph(lens: {scenario: $s}) {
        links(orderBy: [{valueUsd: DESC}], first: 1, after: $c) { nodes { key } pageInfo { endCursor } } } }"""
    code, message = await error_of(ask, document, {"s": "smaller-stargate", "c": await _cursor(ask)})
    assert (code, message.startswith("The cursor is of another lens: ")) == ("BAD_CURSOR", True)
    (first, second) = [
        (await data_of(ask, document, {"s": name, "c": None}))["graph"]["links"]
        for name in ("smaller-stargate", "smaller_stargate")
    ]
    assert first == second
    page = {"s": "smaller_stargate", "c": first["pageInfo"]["endCursor"]}
    assert (await data_of(ask, document, page))["graph"]["links"]["nodes"] != first["nodes"]


async def test_a_lens_that_names_the_default_is_the_same_lens(ask: Ask) -> None:
    document = """query($c: String) { graph(lens: {validOn: "2026-11-30", knownOn: "2026-11-30"}) {
        links(orderBy: [{valueUsd: DESC}], first: 1, after: $c) { nodes { key } } } }"""
    assert (await data_of(ask, document, {"c": await _cursor(ask)}))["graph"]["links"]["nodes"]


async def test_a_cursor_of_another_kind_is_an_error(ask: Ask) -> None:
    code, message = await error_of(
        ask,
        "query($c: String) { organizations(after: $c) { totalCount } }",
        {"c": await _cursor(ask, "{ links(first: 1) { pageInfo { endCursor } } }")},
    )
    assert (code, "another kind: 'Link', not 'Organization'" in message) == ("BAD_CURSOR", True)


_PAGE_OF = "query($c: String) { graph(lens: {validOn: %s}) { %s(%s after: $c, first: 1) { totalCount } } }"


@pytest.mark.parametrize(
    ("day", "field", "order", "message"),
    [
        ("null", "organizations", "orderBy: [{name: DESC}]", "another order: 'name_sort ASC', not 'name_sort DESC'"),
        ("null", "organizations", "", "another order: 'name_sort ASC', not 'key'"),
        ('"2026-06-30"', "organizations", "orderBy: [{name: ASC}]", "another lens: '2026-11-30/2026-11-30/"),
        ("null", "sites", "orderBy: [{name: ASC}]", "another kind: 'Organization', not 'Site'"),
    ],
)
async def test_each_store_tells_what_a_cursor_is_of(
    day: str, field: str, order: str, message: str, ask_each: Ask
) -> None:
    cursor = (await data_of(ask_each, PAGE))["organizations"]["pageInfo"]["endCursor"]
    code, told = await error_of(ask_each, _PAGE_OF % (day, field, order), {"c": cursor})
    assert (code, message in told) == ("BAD_CURSOR", True)


async def test_each_store_gives_at_most_500_rows(ask_each: Ask) -> None:
    """The small world has four organizations and one link; host has that link."""
    document = (
        '{ organizations(first: %d) { totalCount } organization(key: "host") { links(last: %d) { totalCount } } }'
    )
    found = await data_of(ask_each, document % (500, 500))
    assert found == {"organizations": {"totalCount": 4}, "organization": {"links": {"totalCount": 1}}}
    for first, last, name in ((501, 500, "first"), (500, 501, "last")):
        code, message = await error_of(ask_each, document % (first, last))
        assert (code, f"{name} is 501, the limit is 500." in message) == ("BAD_QUERY", True)


def _made(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _parts(cursor: str) -> list[Any]:
    return list(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))


@pytest.mark.parametrize(
    ("values", "key"),
    [
        (["text"], "a"),
        ([True], "a"),
        ([[1]], "a"),
        ([{}], "a"),
        ([1e400], "a"),
        ([10**400], "a"),
        ([1, 2], "a"),
        ([], "a"),
        ([1], None),
        ([1], 5),
        ([1], "../etc"),
        ([1], "A' OR 1=1"),
        ([1], "k" * 300),
    ],
)
async def test_a_made_up_cursor_is_an_error(values: list[Any], key: Any, ask: Ask) -> None:
    label, order, lens, *_ = _parts(await _cursor(ask))
    document = "query($c: String) { links(orderBy: [{valueUsd: DESC}], after: $c) { totalCount } }"
    code, message = await error_of(ask, document, {"c": _made(label, order, lens, values, key)})
    assert (code, message) == ("BAD_CURSOR", "That is not a cursor. Give a cursor as an answer gave it, whole.")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "====",
        "ZmFsc2U",
        _made(),
        _made(1, 2, 3, 4, 5),
        _made("Link", "key", "x"),
        "[" * 5000,
        "A" * 40_000,
        "é",
    ],
)
async def test_garbage_is_no_cursor(cursor: str, ask: Ask) -> None:
    for name, count in (("after", "first"), ("before", "last")):
        code, _ = await error_of(
            ask, f"query($c: String) {{ links({count}: 1, {name}: $c) {{ totalCount }} }}", {"c": cursor}
        )
        assert code == "BAD_CURSOR"


async def test_a_deeply_nested_cursor_is_no_cursor(ask: Ask) -> None:
    cursor = base64.urlsafe_b64encode(b"[" * 20_000).decode()
    code, _ = await error_of(ask, "query($c: String) { links(after: $c) { totalCount } }", {"c": cursor})
    assert code == "BAD_CURSOR"


# ---- limits


@pytest.mark.parametrize("count", [-1, 0, 501, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("name", ["first", "last"])
async def test_a_page_has_1_to_500_rows(name: str, count: int, ask: Ask) -> None:
    code, message = await error_of(ask, f"{{ links({name}: {count}) {{ totalCount }} }}")
    assert (code, message) == ("BAD_QUERY", f"{name} is {count}, the limit is 500. Ask for 1 to 500 rows and page on.")


@pytest.mark.parametrize(
    "nested",
    [
        'organization(key: "iren") { links(first: 501) { totalCount } }',
        'organization(key: "iren") { statements(first: 0) { totalCount } }',
        'organization(key: "iren") { observations(first: -5) { totalCount } }',
        'statements(subject: "iren", first: 501) { totalCount }',
        'search(text: "iren", first: 501) { score }',
        'search(text: "iren", first: 0) { score }',
    ],
)
async def test_nested_pages_have_the_same_limit(nested: str, ask: Ask) -> None:
    code, message = await error_of(ask, f"{{ {nested} }}")
    assert (code, "the limit is 500" in message) == ("BAD_QUERY", True)


async def test_first_and_last_exclude_each_other(ask: Ask) -> None:
    code, message = await error_of(ask, "{ links(first: 1, last: 1) { totalCount } }")
    assert (code, "first or last" in message) == ("BAD_QUERY", True)


async def test_without_a_count_a_page_has_50_rows(ask: Ask) -> None:
    assert len((await data_of(ask, "{ links { nodes { key } } }"))["links"]["nodes"]) == 50


async def test_null_is_the_same_as_leaving_out(ask: Ask) -> None:
    nulls = "first: null, after: null, last: null, before: null, where: null, orderBy: null"
    document = f"{{ a: links({nulls}) {{ nodes {{ key }} }} b: links {{ nodes {{ key }} }} }}"
    found = await data_of(ask, document)
    assert found["a"] == found["b"]


async def test_500_ids_are_the_limit(ask: Ask) -> None:
    code, message = await error_of(ask, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["iren"] * 501})
    assert (code, "the limit is 500" in message) == ("BAD_QUERY", True)


# ---- a loop over pages across midnight

TONIGHT = """
- {id: tonight, url: 'https://example.org/tonight', publisher: Regulator, title: Of tonight, published: '2026-11-30',
   retrieved: '2026-11-30', kind: FILING, origin: tonight}
"""
LATER_NAME = "- {id: late-lab, claims: [{says: {name: Zed Labs}, sources: [tonight], confidence: high}]}"
PAGE_OF_CONFLICTS = (
    "query($after: String) { conflicts(first: 1, after: $after) { pageInfo { endCursor hasNextPage } } }"
)
RIVALS = """
    - {says: {term_years: 12, status: ACTIVE}, sources: [news], confidence: low}
"""


@pytest.fixture
async def at_midnight(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[tuple[Ask, Callable[[], None]]]]]:
    """The small world, and what makes it the next day."""
    stores: list[EmbeddedStore] = []

    async def make(**files: str) -> tuple[Ask, Callable[[], None]]:
        days = [facts.TODAY - timedelta(days=1), facts.TODAY]
        store = await EmbeddedStore.open(tmp_path / "midnight", clock=lambda: days[0])
        stores.append(store)
        await store.load(small_log(tmp_path, **files))
        return asking(client_of(store)), lambda: days.reverse()

    yield make
    for store in stores:
        await store.close()


async def test_a_loop_over_pages_goes_on_after_midnight(
    at_midnight: Callable[..., Awaitable[tuple[Ask, Callable[[], None]]]],
) -> None:
    ask, next_day = await at_midnight(links_provides_capacity=facts.LEASE + RIVALS)
    first = (await data_of(ask, PAGE))["organizations"]
    rival = (await data_of(ask, PAGE_OF_CONFLICTS))["conflicts"]
    next_day()
    page = await ask(PAGE, {"after": first["pageInfo"]["endCursor"]})
    assert (first["totalCount"], page["extensions"]["validOn"]) == (4, "2026-11-30")
    assert [node["key"] for node in first["nodes"] + page["data"]["organizations"]["nodes"]] == [
        "cloud", "host", "lab", "unnamed",
    ]  # fmt: skip
    assert rival["pageInfo"]["hasNextPage"]
    others = await data_of(ask, PAGE_OF_CONFLICTS, {"after": rival["pageInfo"]["endCursor"]})
    assert not others["conflicts"]["pageInfo"]["hasNextPage"]


async def test_where_the_new_day_shows_something_else_the_error_says_how_to_go_on(
    at_midnight: Callable[..., Awaitable[tuple[Ask, Callable[[], None]]]],
) -> None:
    """A filing that is published on the new day tells of another organization."""
    ask, next_day = await at_midnight(sources=facts.SOURCES + TONIGHT, organizations=facts.ORGANIZATIONS + LATER_NAME)
    cursor = (await data_of(ask, PAGE))["organizations"]["pageInfo"]["endCursor"]
    next_day()
    code, message = await error_of(ask, PAGE, {"after": cursor})
    assert code == "BAD_CURSOR"
    assert "Between these days the facts change." in message
    lens = re.search(r"graph\(lens: \{[^}]*\}\)", message)
    assert lens is not None
    document = PAGE.replace("{ organizations", f"{{ {lens[0]} {{ organizations", 1) + " }"
    page = (await data_of(ask, document, {"after": cursor}))["graph"]["organizations"]
    assert [node["key"] for node in page["nodes"]] == ["lab", "unnamed"]
