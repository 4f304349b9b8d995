"""Automatic persisted queries: a client sends the hash of a query, and its text where the service does not have it. The
real clients: tests/clients/test_stock_clients.py."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.execution.documents import ParseCache, document_hash, parse_document
from graph.stores.embedded.store import EmbeddedStore
from tests.api.live_server import SECONDS, inside, talking
from tests.api.test_http import GRAPHQL, JSON, client_with

NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


def persisted(text: str, **more: Any) -> dict[str, Any]:
    """The `extensions` of a request for a query."""
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()} | more}


def query(name: str) -> str:
    """A document of which no other test has sent the text."""
    return f"query {name}($key: String!) {{ link(key: $key) {{ key }} }}"


VARIABLES = {"key": "iren-microsoft-cloud"}
DATA = {"link": VARIABLES}


def error_of(answer: httpx.Response) -> tuple[str, str]:
    [error] = answer.json()["errors"]
    return error["message"], error["extensions"]["code"]


async def ask(client: httpx.AsyncClient, method: str, media: str = JSON, **parts: Any) -> httpx.Response:
    """A request of some parts, by either method."""
    if method == "POST":
        return await client.post("/graphql", json=parts, headers={"accept": media})
    parameters = {name: one if isinstance(one, str) else json.dumps(one) for name, one in parts.items()}
    return await client.get("/graphql", params=parameters, headers={"accept": media})


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_is_sent_once_and_then_asked_by_its_hash(
    method: str, media: str, client: httpx.AsyncClient
) -> None:
    text = query(f"Once{method}{media.count('-')}")
    by_hash = {"variables": VARIABLES, "extensions": persisted(text)}
    unknown = await ask(client, method, media, **by_hash)
    # of status 200 under either type: clients that read no other answer have to see it
    assert (unknown.status_code, error_of(unknown)) == (200, NOT_FOUND)
    assert unknown.json()["errors"][0]["extensions"]["remedy"]
    assert unknown.headers["cache-control"] == "no-store"
    sent = await ask(client, method, media, query=text, **by_hash)
    assert sent.json()["data"] == DATA
    again = await ask(client, method, media, **by_hash)
    assert again.json() == sent.json()
    assert again.headers["etag"] == sent.headers["etag"]


@pytest.mark.parametrize(
    ("extensions", "remedy"),
    [
        (persisted("{ other }"), "SHA-256"),
        (persisted(query("Refused"), version=2), '"version": 1'),
        ({"persistedQuery": {"version": 1}}, '"version": 1'),
        ({"persistedQuery": "abc"}, '"version": 1'),
        ({"persistedQuery": {"version": 1, "sha256Hash": 7}}, "as text"),
    ],
    ids=str,
)
async def test_a_hash_that_is_none_is_refused(
    extensions: dict[str, Any], remedy: str, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/graphql", json={"query": query("Refused"), "extensions": extensions})
    message, code = error_of(answer)
    assert (answer.status_code, code) == (400, "BAD_REQUEST")
    assert remedy in message


async def test_a_query_that_is_not_valid_is_not_kept(client: httpx.AsyncClient) -> None:
    text = "{ nope }"
    sent = await client.post("/graphql", json={"query": text, "extensions": persisted(text)})
    assert error_of(sent)[1] == "GRAPHQL_VALIDATION_FAILED"
    assert error_of(await client.post("/graphql", json={"extensions": persisted(text)})) == NOT_FOUND


async def test_a_mutation_is_not_run_by_the_get_of_its_hash(client: httpx.AsyncClient) -> None:
    text = 'mutation Hashed { retractStatement(id: "nope", reason: "a test", importKey: "k") { dataVersion { id } } }'
    await client.post("/graphql", json={"query": text, "extensions": persisted(text)})
    answer = await ask(client, "GET", extensions=persisted(text))
    assert (answer.status_code, error_of(answer)[1]) == (405, "METHOD_NOT_ALLOWED")


async def test_other_extensions_change_nothing(client: httpx.AsyncClient) -> None:
    for extensions in ({}, {"persistedQuery": None}, {"tracing": {"on": True}}, None):
        answer = await client.post("/graphql", json={"query": "{ __typename }", "extensions": extensions})
        assert answer.json()["data"] == {"__typename": "Query"}


async def test_a_trusted_document_is_asked_by_its_hash_and_no_other_one_is_kept(
    seeded: EmbeddedStore, tmp_path: Path
) -> None:
    trusted, other = query("Trusted"), query("NotTrusted")
    tmp_path.joinpath("trusted.graphql").write_text(trusted, encoding="utf-8")
    async with client_with(seeded, trusted_documents=tmp_path, trusted_only=True) as client:
        by_hash = {"variables": VARIABLES, "extensions": persisted(trusted)}
        assert (await client.post("/graphql", json=by_hash)).json()["data"] == DATA
        refused = await client.post("/graphql", json={"query": other, "extensions": persisted(other)})
        assert error_of(refused)[1] == "DOCUMENT_NOT_TRUSTED"
        assert error_of(await client.post("/graphql", json={"extensions": persisted(other)})) == NOT_FOUND
        both = {"documentId": f"sha256:{document_hash(trusted)}"} | by_hash
        assert error_of(await client.post("/graphql", json=both))[1] == "BAD_REQUEST"


async def test_a_document_that_another_service_of_the_process_ran_is_not_trusted_by_its_hash(
    client: httpx.AsyncClient, seeded: EmbeddedStore, tmp_path: Path
) -> None:
    other = query("RanElsewhere")
    await client.post("/graphql", json={"query": other, "variables": VARIABLES})
    tmp_path.joinpath("trusted.graphql").write_text("{ __typename }", encoding="utf-8")
    async with client_with(seeded, trusted_documents=tmp_path, trusted_only=True) as strict:
        answer = await strict.post("/graphql", json={"variables": VARIABLES, "extensions": persisted(other)})
        assert error_of(answer)[1] == "DOCUMENT_NOT_TRUSTED"


def test_the_texts_found_by_hash_are_those_of_the_bounded_cache() -> None:
    documents = ParseCache(max_documents=2)
    texts = [f"{{ a{number} }}" for number in range(3)]
    for text in texts:
        documents.put(text, parse_document(text, 100))
    assert [documents.text_of(document_hash(text)) for text in texts] == [None, *texts[1:]]


async def test_over_a_websocket_an_unknown_hash_ends_the_operation_and_the_socket_stays(
    seeded: EmbeddedStore,
) -> None:
    text = query("OverWebSocket")
    by_hash = {"variables": VARIABLES, "extensions": persisted(text)}
    async with inside(seeded) as within, talking(within.url) as talk:
        await talk.begin()
        await talk.say("subscribe", id="1", payload=by_hash)
        message = await talk.hear()
        assert (message["type"], message["payload"][0]["message"]) == ("error", NOT_FOUND[0])
        for payload in ({"query": text} | by_hash, by_hash):
            await talk.say("subscribe", id="1", payload=payload)
            assert (await talk.hear())["payload"]["data"] == DATA
            assert (await talk.hear())["type"] == "complete"
        await talk.say("subscribe", id="2", payload={"documentId": "sha256:00"})
        assert (await talk.hear())["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"


async def test_over_an_event_stream_an_unknown_hash_is_answered_as_json(seeded: EmbeddedStore) -> None:
    by_hash = {"extensions": persisted(query("OverEvents"))}
    async with inside(seeded) as within, httpx.AsyncClient(timeout=SECONDS) as client:
        accept = {"accept": "text/event-stream, multipart/mixed"}
        answer = await client.post(f"{within.url}/graphql", json=by_hash, headers=accept)
        assert (answer.status_code, error_of(answer)) == (200, NOT_FOUND)
