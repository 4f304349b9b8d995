"""Subscriptions: what is told, to whom, over both transports, and how connections end."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from api.context.change_feed import EVERYTHING, ChangeEvent, ChangeFeed, ChangeFilter, Subscriber, TouchedSubject
from api.context.store_provider import StoreProvider
from api.http.negotiation import EVENTS, OFFERED, negotiate_graphql
from api.schema.ids import global_id
from graph.audit.tokens import TokenScope
from graph.evidence.log import StatementLog
from graph.settings import PROJECT, read_settings
from graph.stores.base import DataVersion, Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.api.live_server import CHANGED, SECONDS, Inside, events, inside, talking, until
from tests.api.writers import token_of
from tests.neo4j_fixture import emptied
from tests.server import Server, running_server
from tests.stores.neo4j_proxy import Fault, proxied

LEASE = global_id("Link", "lease")
SUBSCRIPTIONS = {
    path.stem: path.read_text(encoding="utf-8") for path in (PROJECT / "tests" / "subscriptions").glob("*.graphql")
}
SUPPLY = """
- {id: supply, type: SUPPLIES, from: cloud, to: lab, claims: [{says: {announced: '2026-02-01'}, sources: [filing],
   confidence: high}]}
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = await small_world(tmp_path)
    yield opened
    await opened.close()


async def small_world(folder: Path) -> EmbeddedStore:
    opened = await EmbeddedStore.open(folder / "data")
    await opened.load(facts.log_of(folder, links_supplies=SUPPLY))
    return opened


@dataclass(frozen=True)
class Served:
    """A server process, and a store in this one over the same folder."""

    url: str
    store: EmbeddedStore
    server: Server


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    store = await small_world(folder)
    with running_server(folder / "data", WATTGRAPH_LIVE_POLL_SECONDS="0.1") as running:
        yield Served(running.url, store, running)
    await store.close()


@pytest.fixture
async def within(store: EmbeddedStore) -> AsyncIterator[Inside]:
    async with inside(store) as server:
        yield server


def log_about(folder: Path, subject: str, property: str, **files: str) -> StatementLog:
    """What seeds say of one property of one subject, from a source that the store has."""
    log = facts.log_of(folder, **files)
    return StatementLog.of([one for one in log.by_subject[subject] if one.property == property], [])


async def write(store: Store, folder: Path, value_usd: int) -> str:
    """Say that the lease has another value; the data version that results."""
    lease = facts.LEASE.replace("1000000000", str(value_usd))
    added = log_about(folder / f"value{value_usd}", "lease", "value", links_provides_capacity=lease)
    return (await store.apply(added, reason=f"value {value_usd}")).version.id


async def write_supply(store: Store, folder: Path) -> None:
    supply = SUPPLY.replace("says: {", "says: {category: CHIP, ")
    await store.apply(log_about(folder / "supply", "supply", "category", links_supplies=supply), reason="a supply")


# ---- what is told


async def test_a_socket_is_told_of_a_write_by_another_process(served: Served, tmp_path: Path) -> None:
    async with talking(served.url) as talk:
        await talk.begin()
        await talk.subscribe(
            "subscription S { told: graphChanged { version: dataVersion { id reason } subjects all } }"
        )
        hearing, written = asyncio.create_task(talk.hear()), dict[str, int]()
        for value in range(100, 160):  # the socket does not tell when it listens
            written[await write(served.store, tmp_path, value)] = value
            if (await asyncio.wait([hearing], timeout=1))[0]:
                break
        message = await hearing
    version = message["payload"]["extensions"]["dataVersion"]
    told = {"version": {"id": version, "reason": f"value {written[version]}"}, "subjects": [LEASE], "all": False}
    assert (message["type"], message["id"]) == ("next", "1")
    assert message["payload"]["data"] == {"told": told}


@pytest.mark.parametrize(("method", "value_usd"), [("GET", 3), ("POST", 4)])
async def test_an_event_stream_is_told_of_a_write_by_another_process(
    method: str, value_usd: int, served: Served, tmp_path: Path
) -> None:
    async with events(served.url, method=method) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert await stream.block() == [": listening"]
        version = await write(served.store, tmp_path, value_usd)
        name, answer = await stream.event()
    assert name == "next"
    told = answer["data"]["graphChanged"]
    assert (told["dataVersion"]["id"], told["subjects"], told["all"]) == (version, [LEASE], False)
    asked = {"query": "{ dataVersion { id recordedAt statements reason } }"}
    async with httpx.AsyncClient() as client:
        answer = (await client.post(f"{served.url}/graphql", json=asked)).json()
    assert answer["data"]["dataVersion"] == told["dataVersion"]


@pytest.mark.parametrize("document", SUBSCRIPTIONS.values(), ids=SUBSCRIPTIONS)
async def test_document_is_told(document: str, within: Inside, store: EmbeddedStore, tmp_path: Path) -> None:
    async with events(within.url, document) as stream:
        await stream.block()
        await write(store, tmp_path, 2)
        _, answer = await stream.event()
    assert "errors" not in answer
    assert answer["data"]["graphChanged"]["subjects"] == [LEASE]


FILTERED = "subscription ($filter: ChangeFilter) { graphChanged(filter: $filter) { subjects } }"


@pytest.mark.parametrize(
    "wanted",
    [
        {"subjects": ["lease"]},
        {"subjects": [LEASE]},
        {"subjects": ["host"]},
        {"subjects": [global_id("Organization", "host")]},
        {"subjects": ["campus"]},
        {"subjects": ["lab", "host"], "types": ["SUPPLIES_POWER", "PROVIDES_CAPACITY"]},
        {"types": ["PROVIDES_CAPACITY"]},
    ],
)
async def test_a_filter_lets_through_what_it_names(
    wanted: dict[str, Any], within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    """The supply is written first: whoever wants it as well is told of it first."""
    async with events(within.url, FILTERED, filter=wanted) as stream:
        await stream.block()
        await write_supply(store, tmp_path)
        await write(store, tmp_path, 2)
        _, answer = await stream.event()
    assert answer["data"]["graphChanged"]["subjects"] == [LEASE]


@pytest.mark.parametrize(
    "wanted", [{"subjects": ["lab"], "types": ["PROVIDES_CAPACITY"]}, {"subjects": [global_id("Site", "host")]}]
)
async def test_a_filter_lets_nothing_else_through(
    wanted: dict[str, Any], within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    async with talking(within.url) as talk:
        await talk.begin()
        await talk.subscribe(FILTERED, "filtered", {"filter": wanted})
        await talk.subscribe(CHANGED, "all")
        await until(lambda: within.hub.change_feed.subscribers == 2)
        await asyncio.sleep(0.2)
        await write(store, tmp_path, 2)
        await write_supply(store, tmp_path)
        assert [(await talk.hear())["id"] for _ in range(2)] == ["all", "all"]


async def test_a_link_whose_statements_are_withdrawn_is_told_by_its_type_and_ends(
    within: Inside, store: EmbeddedStore
) -> None:
    ids = [one.id for one in (await store.log()).by_subject["lease"]]
    async with events(within.url, FILTERED, filter={"subjects": ["cloud"], "types": ["PROVIDES_CAPACITY"]}) as stream:
        await stream.block()
        await store.apply(StatementLog.of([], []), ids, reason="an error")
        _, answer = await stream.event()
    assert answer["data"]["graphChanged"]["subjects"] == [LEASE]
    assert (await (await store.reader()).get("Link", ["lease"])) == [None]


@pytest.mark.parametrize("end", ["cloud", "lab"])
async def test_whoever_asks_for_an_end_that_a_link_had_or_has_is_told(
    end: str, within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    moved = log_about(tmp_path / "moved", "lease", "to", links_provides_capacity=facts.LEASE.replace("cloud", "lab"))
    before = [one.id for one in (await store.log()).by_subject["lease"] if one.property == "to"]
    async with events(within.url, FILTERED, filter={"subjects": [end]}) as stream:
        await stream.block()
        await store.apply(moved, before, reason="it was another")
        _, answer = await stream.event()
    assert answer["data"]["graphChanged"]["subjects"] == [LEASE]
    row = (await (await store.reader()).get("Link", ["lease"]))[0]
    assert row is not None
    assert row.columns["to"] == "lab"


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ("{subjects: []}", "Name at least one"),
        ("{types: []}", "Name at least one"),
        (json.dumps({"subjects": ["a"] * 501}).replace('"subjects"', "subjects"), "the limit is 500"),
    ],
)
async def test_a_filter_that_nothing_could_fit_is_refused(wanted: str, remedy: str, within: Inside) -> None:
    async with events(within.url, f"subscription {{ graphChanged(filter: {wanted}) {{ all }} }}") as stream:
        name, answer = await stream.event()
        assert await stream.event() == ("complete", None)
    assert name == "next"
    assert remedy in answer["errors"][0]["message"]


@pytest.mark.parametrize("filter", [None, {}, {"subjects": None, "types": None}])
async def test_a_filter_of_nulls_is_a_filter_of_nothing(
    filter: dict[str, None] | None, within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    async with events(within.url, FILTERED, filter=filter) as stream:
        await stream.block()
        await write(store, tmp_path, 2)
        _, answer = await stream.event()
    assert answer["data"]["graphChanged"]["subjects"] == [LEASE]


def test_a_change_lists_at_most_500_subjects_and_says_that_there_are_more() -> None:
    subjects = tuple(TouchedSubject("Organization", f"o{number}") for number in range(501))
    told = EVERYTHING.select(ChangeEvent(VERSION, subjects))
    assert told is not None
    assert (told.subjects, told.all) == (subjects[:500], True)


def test_a_change_of_anything_is_told_whatever_is_wanted() -> None:
    change = ChangeEvent(VERSION, (), all=True)
    assert ChangeFilter(frozenset({(None, "host")})).select(change) == change


def test_a_link_of_which_nothing_is_known_is_told_whatever_is_wanted() -> None:
    change = ChangeEvent(VERSION, (TouchedSubject("Link", "gone"), TouchedSubject("Organization", "lab")))
    told = ChangeFilter(types=frozenset({"SUPPLIES"})).select(change)
    assert told is not None
    assert told.subjects == change.subjects[:1]


# ---- the hub

VERSION = DataVersion("v", "2026-11-23T00:00:00+00:00", 1, "")


async def test_a_slow_listener_is_told_once_that_anything_may_have_changed() -> None:
    subscriber = Subscriber(EVERYTHING, max_queued=2)
    for number in range(5):
        subscriber.publish(ChangeEvent(DataVersion(f"v{number}", "", 1, ""), (TouchedSubject("Organization", "host"),)))
    # v0 v1 wait; v2 makes them one; v3 waits beside it; v4 makes those one
    told = await subscriber.next()
    assert (told.version.id, told.subjects, told.all) == ("v4", (), True)


@pytest.mark.slow
async def test_a_client_that_does_not_read_is_told_the_newest_when_it_does(within: Inside) -> None:
    """1,000 changes of 500 subjects are 12 MB: far more than what sockets hold back."""
    subjects = tuple(TouchedSubject("Organization", f"o{number}") for number in range(500))
    async with talking(within.url, max_queue=1, max_size=2**24) as talk:
        await talk.begin()
        await talk.subscribe()
        await until(lambda: within.hub.change_feed.subscribers == 1)
        for number in range(1000):
            await within.hub.change_feed.publish(ChangeEvent(DataVersion(f"v{number}", "", 1, ""), subjects))
        told = [(await talk.hear())["payload"]["data"]["graphChanged"]]
        while told[-1]["dataVersion"]["id"] != "v999":
            told.append((await talk.hear())["payload"]["data"]["graphChanged"])
    assert len(told) < 1000
    assert any(one["all"] for one in told)
    assert all(one["subjects"] == [] for one in told if one["all"])


async def test_nothing_is_polled_while_nobody_listens(within: Inside) -> None:
    feed = within.hub.change_feed
    assert not feed.is_polling
    async with events(within.url) as one, events(within.url) as other:
        await one.block()
        await other.block()
        assert (feed.is_polling, feed.subscribers) == (True, 2)
    await until(lambda: not feed.is_polling)
    assert feed.subscribers == 0


async def test_a_store_that_does_not_answer_is_asked_again_and_listeners_stay(
    tmp_path: Path, store: EmbeddedStore
) -> None:
    """What was written while it did not answer is told then."""
    provider, told = StoreProvider(), list[str]()
    feed = ChangeFeed(provider, poll_seconds=0.02, max_queued=10)

    async def listen() -> None:
        async with feed.subscribe(EVERYTHING) as subscriber:
            while True:
                told.append((await subscriber.next()).version.id)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.1)
    assert (feed.subscribers, feed.is_polling, feed.is_positioned) == (1, True, False)
    await provider.open(lambda: EmbeddedStore.open(tmp_path / "data"))
    await until(lambda: feed.is_positioned)
    first = await write(store, tmp_path, 2)
    await until(lambda: told == [first])
    await provider.close()
    second = await write(store, tmp_path, 3)
    await asyncio.sleep(0.1)
    assert told == [first]
    await provider.open(lambda: EmbeddedStore.open(tmp_path / "data"))
    await until(lambda: told == [first, second])
    listening.cancel()
    await asyncio.wait([listening])
    assert not feed.is_polling
    await provider.close()


async def test_changes_in_neo4j_are_told_also_after_it_was_away(
    neo4j_uri: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    emptied(neo4j_uri)
    writer = await Neo4jStore.open(read_settings(neo4j_uri=neo4j_uri))
    await writer.load(facts.log_of(tmp_path, links_supplies=SUPPLY))
    async with proxied(neo4j_uri) as proxy:
        store = await Neo4jStore.open(read_settings(neo4j_uri=proxy.uri, neo4j_timeout=2))
        async with inside(store) as server, events(server.url, FILTERED, filter={"subjects": ["host"]}) as stream:
            await stream.block()
            await write(writer, tmp_path, 2)
            assert (await stream.event())[1]["data"]["graphChanged"]["subjects"] == [LEASE]
            caplog.clear()
            proxy.begin(Fault.BLACK_HOLE)
            await write_supply(writer, tmp_path)
            await write(writer, tmp_path, 3)
            await until(lambda: "The journal cannot be read" in caplog.text)
            await proxy.heal()
            proxy.reset()
            assert (await stream.event())[1]["data"]["graphChanged"]["subjects"] == [LEASE]
        await store.close()
    await writer.close()
    emptied(neo4j_uri)


# ---- the protocol of sockets

FAREWELLS: tuple[tuple[list[str | bytes], int, str], ...] = (
    ([], 4408, "initialisation timeout"),
    (['{"type": "subscribe", "id": "1", "payload": {"query": "{ dataVersion { id } }"}}'], 4401, "Unauthorized"),
    (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429, "Too many initialisation requests"),
    (["no JSON"], 4400, "as JSON"),
    (["[]"], 4400, "no JSON object"),
    ([b"{}"], 4400, "as text"),
    (["{}"], 4400, "Unknown message type"),
    (['{"type": "start"}'], 4400, "Unknown message type 'start'"),
    (['{"type": "connection_init", "payload": 1}'], 4400, "payload of connection_init"),
    (['{"type": "complete"}'], 4400, "no id"),
    (['{"type": "complete", "id": 1}'], 4400, "no id"),
    (["x" * 2000], 1009, ""),
)


@pytest.mark.parametrize(("messages", "code", "reason"), FAREWELLS, ids=[str(one) for one in range(len(FAREWELLS))])
async def test_a_socket_that_breaks_the_protocol_is_closed(
    messages: list[str | bytes], code: int, reason: str, store: EmbeddedStore
) -> None:
    async with inside(store, live_init_seconds=0.5, live_message_bytes=1000) as server, talking(server.url) as talk:
        for message in messages:
            await talk.socket.send(message)
        await asyncio.wait_for(talk.socket.wait_closed(), SECONDS)
    assert talk.socket.close_code == code
    assert reason in (talk.socket.close_reason or "")


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"query": 1}, {"query": CHANGED, "variables": []}, {"query": CHANGED, "operationName": 1}],
)
async def test_a_subscribe_that_cannot_be_read_closes_the_socket(payload: object, within: Inside) -> None:
    async with talking(within.url) as talk:
        await talk.begin()
        await talk.say("subscribe", id="1", payload=payload)
        await asyncio.wait_for(talk.socket.wait_closed(), SECONDS)
    assert talk.socket.close_code == 4400
    assert "payload of subscribe" in (talk.socket.close_reason or "")


async def test_two_operations_of_one_id_close_the_socket(within: Inside) -> None:
    async with talking(within.url) as talk:
        await talk.begin()
        await talk.subscribe()
        await talk.subscribe()
        await asyncio.wait_for(talk.socket.wait_closed(), SECONDS)
    assert (talk.socket.close_code, talk.socket.close_reason) == (4409, "Subscriber for 1 already exists")


async def test_an_id_can_be_used_again_once_its_operation_is_complete(
    within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    async with talking(within.url) as talk:
        await talk.begin()
        for _ in range(3):
            await talk.subscribe()
            await talk.say("complete", id="1")
        await talk.say("complete", id="unknown")
        await talk.subscribe("{ dataVersion { statements } }")
        assert (await talk.hear())["payload"]["data"] == {"dataVersion": {"statements": 25}}
        assert await talk.hear() == {"type": "complete", "id": "1"}
        await until(lambda: not within.hub.change_feed.subscribers)


async def test_pings_are_answered_also_before_the_beginning(within: Inside) -> None:
    async with talking(within.url) as talk:
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}
        await talk.say("pong", payload={})
        await talk.begin()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { graphChanged { all } again: graphChanged { all } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { unknown }", "METHOD_NOT_ALLOWED"),
        ("fragment F on Query { lens { validOn } }", "BAD_REQUEST"),
        ("subscription { graphChanged(filter: {types: []}) { all } }", "BAD_QUERY"),
    ],
)
async def test_an_operation_that_cannot_run_ends_with_an_error_and_the_socket_stays(
    query: str, code: str, within: Inside
) -> None:
    async with talking(within.url) as talk:
        await talk.begin()
        await talk.subscribe(query)
        message = await talk.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
        await talk.subscribe("{ dataVersion { id } }")
        assert (await talk.hear())["type"] == "next"


@pytest.mark.parametrize("protocols", [None, ["graphql-ws"]])
async def test_another_subprotocol_is_refused(
    protocols: list[str] | None, within: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await talking(within.url, subprotocols=protocols).__aenter__()
    assert refused.value.response.status_code == 406
    assert b"4406" in refused.value.response.body
    await asyncio.sleep(0.1)
    assert "handshake" not in caplog.text


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        (None, True),
        ("{url}", True),
        ("https://charts.example.org", True),
        ("https://example.org", False),
        ("null", False),
        ("https://127.0.0.1.example.org", False),
    ],
)
async def test_pages_of_other_origins_may_not_open_a_socket(
    origin: str | None, accepted: bool, store: EmbeddedStore
) -> None:
    async with inside(store, allowed_origins=("https://charts.example.org",)) as server:
        opening = talking(server.url, origin=origin and origin.format(url=server.url))
        if accepted:
            async with opening as talk:
                await talk.begin()
        else:
            with pytest.raises(InvalidStatus) as refused:
                await opening.__aenter__()
            assert refused.value.response.status_code == 403


# ---- who may listen


async def test_where_reading_is_not_public_a_socket_needs_a_token(store: EmbeddedStore) -> None:
    _, text = await token_of(store, TokenScope.READER)
    async with inside(store, public_reading=False) as server:
        async with talking(server.url) as by_payload:
            await by_payload.begin(Authorization=f"Bearer {text}")
            await by_payload.subscribe("{ dataVersion { id } }")
            assert (await by_payload.hear())["type"] == "next"
        async with talking(server.url, additional_headers={"Authorization": f"Bearer {text}"}) as by_header:
            await by_header.begin()
        for payload in ({}, {"authorization": "Bearer wg_wrong"}):
            async with talking(server.url) as stranger:
                await stranger.say("connection_init", payload=payload)
                await asyncio.wait_for(stranger.socket.wait_closed(), SECONDS)
            assert stranger.socket.close_code == 4403
        async with events(server.url) as stream:
            assert stream.response.status_code == 401


async def test_whose_token_is_revoked_is_told_nothing_more(store: EmbeddedStore, tmp_path: Path) -> None:
    token, text = await token_of(store, TokenScope.READER)
    async with (
        inside(store, public_reading=False) as server,
        talking(server.url) as talk,
        events(server.url, token=text) as stream,
    ):
        await talk.begin(Authorization=f"Bearer {text}")
        await talk.subscribe()
        await stream.block()
        await until(lambda: server.hub.change_feed.subscribers == 2)
        await store.put_token(replace(token, revoked="2026-11-23T00:00:00+00:00"))
        await write(store, tmp_path, 2)
        refused, (_, told) = await talk.hear(), await stream.event()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "data" not in told


# ---- the protocol of event streams


async def test_a_query_over_an_event_stream_is_answered_and_complete(within: Inside) -> None:
    async with events(within.url, "{ dataVersion { statements } }") as stream:
        name, answer = await stream.event()
        assert (name, answer["data"]) == ("next", {"dataVersion": {"statements": 25}})
        assert await stream.event() == ("complete", None)
        with pytest.raises(EOFError):
            await stream.block()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { unknown }", "METHOD_NOT_ALLOWED"),
    ],
)
async def test_what_cannot_run_is_told_in_an_event(query: str, code: str, within: Inside) -> None:
    async with events(within.url, query) as stream:
        assert stream.response.status_code == 200
        name, answer = await stream.event()
        assert (name, answer["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await stream.event() == ("complete", None)


async def test_a_stream_without_events_is_kept_alive_by_comments(store: EmbeddedStore) -> None:
    async with inside(store, live_keep_alive_seconds=0.05) as server, events(server.url) as stream:
        while (block := await stream.block()) == [": alive"]:  # on a busy machine it is alive before it listens
            pass
        assert block == [": listening"]
        assert [await stream.block() for _ in range(2)] == [[": alive"]] * 2


@pytest.mark.parametrize(
    ("accept", "preferred"),
    [
        ("text/event-stream", True),
        ("text/event-stream, application/json;q=0.9", True),
        ("application/json;q=0.5, text/event-stream;q=0.9", True),
        ("Text/Event-Stream; q=1.0", True),
        ("application/graphql-response+json, application/json, text/event-stream", False),
        ("application/json, text/event-stream;q=0.9", False),
        ("text/event-stream;q=zero, application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_events_are_sent_to_whoever_prefers_them(accept: str, preferred: bool) -> None:
    assert (negotiate_graphql(accept, (*OFFERED, EVENTS)) == EVENTS) is preferred


# ---- how many


async def test_a_socket_has_no_more_operations_than_allowed(store: EmbeddedStore) -> None:
    async with inside(store, live_subscriptions=2) as server, talking(server.url) as talk:
        await talk.begin()
        for id in "abc":
            await talk.subscribe(id=id)
        refused = await talk.hear()
        assert (refused["type"], refused["id"]) == ("error", "c")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await talk.say("complete", id="a")
        await talk.subscribe("{ dataVersion { id } }", id="c")
        assert (await talk.hear())["type"] == "next"


@pytest.mark.parametrize("limit", ["live_connections_per_client", "live_connections"])
async def test_no_more_connections_are_open_than_allowed(limit: str, store: EmbeddedStore) -> None:
    async with inside(store, **{limit: 2}) as server:
        async with talking(server.url), events(server.url) as stream:
            await stream.block()
            with pytest.raises(InvalidStatus) as refused:
                await talking(server.url).__aenter__()
            assert refused.value.response.status_code == 429
            assert b"TOO_MANY_SUBSCRIPTIONS" in refused.value.response.body
            async with events(server.url) as other:
                assert other.response.status_code == 429
                assert b"TOO_MANY_SUBSCRIPTIONS" in await other.response.aread()
        await until(lambda: server.hub.quota.in_use == 0)
        async with talking(server.url) as talk:
            await talk.begin()


# ---- the end


async def test_whoever_listens_is_told_that_the_service_goes_away(served: Served) -> None:
    """The last test of the shared server."""
    async with talking(served.url) as talk, talking(served.url) as fresh, events(served.url) as stream:
        await talk.begin()
        await talk.subscribe()
        await stream.block()
        served.server.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(talk.socket.wait_closed(), fresh.socket.wait_closed()), SECONDS)
        with pytest.raises(EOFError, match=r"\[\]"):
            await stream.block()
    assert [one.socket.close_code for one in (talk, fresh)] == [1001, 1001]
    assert "connect again" in (talk.socket.close_reason or "")
    assert served.server.process.wait(SECONDS) in (0, -signal.SIGTERM)


async def test_work_ends_when_its_client_leaves(within: Inside) -> None:
    tasks = len(asyncio.all_tasks())
    async with talking(within.url) as talk, events(within.url) as stream:
        await talk.begin()
        for id in "abc":
            await talk.subscribe(id=id)
        await stream.block()
        await until(lambda: within.hub.change_feed.subscribers == 4)
    await until(lambda: within.hub.change_feed.subscribers == within.hub.quota.in_use == 0)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)


VERSION_QUERY = "{ dataVersion { id } }"


@asynccontextmanager
async def over_a_socket(url: str) -> AsyncIterator[None]:
    async with talking(url) as talk:
        await talk.begin()
        await talk.subscribe(VERSION_QUERY)
        yield


@asynccontextmanager
async def over_events(url: str) -> AsyncIterator[None]:
    async with events(url, VERSION_QUERY):
        yield


@pytest.mark.parametrize("asking", [over_a_socket, over_events])
async def test_a_query_under_way_ends_when_its_client_leaves(
    asking: Callable[[str], AbstractAsyncContextManager[None]], within: Inside, store: EmbeddedStore, tmp_path: Path
) -> None:
    """Another process has written, and the store may not read it yet: whoever asks has to wait."""
    other = await EmbeddedStore.open(tmp_path / "data")
    async with store._lock:
        await write(other, tmp_path, 2)
        async with asking(within.url):
            await until(lambda: _waiting(store) == 1)
        await until(lambda: _waiting(store) == 0)
    await other.close()


def _waiting(store: EmbeddedStore) -> int:
    return sum(not waiter.done() for waiter in store._lock._waiters or ())
