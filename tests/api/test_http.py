"""GraphQL over HTTP to the letter, and what guards every route. What only a connection shows: tests/test_wire.py."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import fastapi
import httpx
import pytest
from fastapi import APIRouter
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api import app as composition
from api.app import create_app
from api.context.connection import ClientDisconnected, run_while_connected
from api.context.nesting import _TOKENS
from api.execution.response_cache import ResponseCache
from api.execution.trusted_documents import document_id
from api.http.caching import asks_anew
from api.http.guard import HEADERS
from api.http.negotiation import negotiate_graphql
from graph.errors import BadSettings
from graph.seeding.reader import read_seeds
from graph.settings import Settings, read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.open import open_store
from tests import facts
from tests.api.counting import CountingStore

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
ONE = "{ __typename }"


def client_with(store: Store, **given: Any) -> httpx.AsyncClient:
    app = create_app(read_settings(**given), store)
    # what nobody foresaw is answered, and raised again for the log of the server
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def code_of(answer: httpx.Response) -> str:
    """The code of the only error of an answer, which has the one shape of errors."""
    assert answer.headers["content-type"] in (JSON, GRAPHQL)
    [error] = answer.json()["errors"]
    assert error["message"].endswith(".")
    return str(error["extensions"]["code"])


# ---- media types


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (GRAPHQL.upper(), GRAPHQL),
    ],
)
def test_the_type_that_is_liked_best_is_taken(accept: str | None, media: str) -> None:
    assert negotiate_graphql(accept) == media


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", f"{JSON};q=0", "application/json-patch+json", f"*/*, {JSON};q=0"]
)
async def test_a_type_that_is_not_served_is_told(accept: str, client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": ONE}, headers={"accept": accept})
    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")
    assert answer.headers["content-type"] == JSON


# ---- what is asked


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ a }", "query": "{ __typename }"}',
        b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}',
        b'{"query": "{ __typename }", "variables": {"a": 1e400}}',
        b'{"query": "{ __typename }", "variables": {"a": -Infinity}}',
        b'{"query": "{ __typename }", "variables": {"a": "\\udc00"}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"7" * 5_000 + b"}}",
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 1_500 + b"1" + b"}" * 1_500 + b"}",
        b'{"query": "{ __typename }", "extensions": []}',
        b'{"query": "{ __typename }", "documentId": "sha256:0"}',
        '{"query": "{ __typename }"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"query": "{ __typename }"}',
        b'[{"query": "{ __typename }"}]',
    ],
    ids=lambda body: repr(body[:60]),
)
async def test_what_two_parsers_would_read_differently_is_refused(body: bytes, client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body, headers={"content-type": JSON})
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


async def test_a_parameter_of_an_address_is_given_once(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql?query={a}&query={__typename}")
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")
    assert "given 2 times" in answer.json()["errors"][0]["message"]


async def test_nothing_is_changed_by_get(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { __typename }"})
    assert 400 <= answer.status_code < 500


async def test_a_method_that_is_not_served_is_told_with_those_that_are(client: httpx.AsyncClient) -> None:
    answer = await client.put("/graphql", json={"query": ONE})
    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= {method.strip() for method in answer.headers["allow"].split(",")}


async def test_an_address_without_a_page_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nope")
    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")


async def test_too_large_a_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 100_000

    for body in (b" " * 1_000_001, chunks()):
        answer = await client.post("/graphql", content=body, headers={"content-type": JSON})
        assert (answer.status_code, code_of(answer)) == (413, "BODY_TOO_LARGE")


async def test_too_long_an_address_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "#" + "x" * 60_000})
    assert (answer.status_code, code_of(answer)) == (414, "ADDRESS_TOO_LONG")


# ---- who asks


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "https://charts.example"}, 200),
        ({"origin": "https://charts.example"}, 200),
        ({"origin": "http://charts.example"}, 403),
        ({"origin": "https://charts.example.evil.example"}, 403),
        ({"sec-fetch-site": "nonsense"}, 403),
    ],
    ids=str,
)
async def test_pages_of_other_origins_do_not_post(headers: dict[str, str], status: int, seeded: EmbeddedStore) -> None:
    async with client_with(seeded, allowed_origins="https://charts.example") as client:
        answer = await client.post("/graphql", json={"query": ONE}, headers=headers)
        assert answer.status_code == status
        assert status == 200 or code_of(answer) == "ORIGIN_REFUSED"
        assert (await client.get("/graphql", params={"query": ONE}, headers=headers)).status_code == 200


async def test_a_browser_is_told_of_the_allowed_origins_only(seeded: EmbeddedStore) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with client_with(seeded, allowed_origins="https://charts.example") as client:
        good = await client.options("/graphql", headers={**asked, "origin": "https://charts.example"})
        assert good.headers["access-control-allow-origin"] == "https://charts.example"
        assert "access-control-allow-credentials" not in good.headers
        bad = await client.options("/graphql", headers={**asked, "origin": "https://evil.example"})
        assert "access-control-allow-origin" not in bad.headers
    async with client_with(seeded) as client:
        off = await client.get("/graphql", params={"query": ONE}, headers={"origin": "https://charts.example"})
        assert "access-control-allow-origin" not in off.headers


@pytest.mark.parametrize(
    ("given", "host", "status"),
    [
        ({}, "localhost:8000", 200),
        ({}, "127.0.0.1", 200),
        ({}, "[::1]:8000", 200),
        ({}, "evil.example", 400),
        ({}, "localhost.evil.example", 400),
        ({}, "localhost/?x=", 400),
        ({}, "", 400),
        ({"host": "192.0.2.1"}, "any.example", 200),
        ({"host": "192.0.2.1"}, "a b", 400),
        ({"allowed_hosts": "api.example, *.grid.example"}, "api.example", 200),
        ({"allowed_hosts": "api.example, *.grid.example"}, "eu.grid.example:443", 200),
        ({"allowed_hosts": "api.example, *.grid.example"}, "grid.example", 400),
        ({"allowed_hosts": "api.example, *.grid.example"}, "localhost", 400),
    ],
)
async def test_the_service_goes_by_its_names(
    given: dict[str, str], host: str, status: int, seeded: EmbeddedStore
) -> None:
    async with client_with(seeded, **given) as client:
        answer = await client.get("/healthz", headers={"host": host})
        assert answer.status_code == status
        assert status == 200 or code_of(answer) == "HOST_REFUSED"


async def test_what_is_refused_before_it_is_read_has_the_envelope_too(seeded: EmbeddedStore) -> None:
    async with client_with(seeded) as client:
        host = await client.post("/graphql", json={"query": ONE}, headers={"host": "evil.example"})
        origin = await client.post("/graphql", json={"query": ONE}, headers={"origin": "https://evil.example"})
        address = await client.get("/graphql?query=" + "a" * 60_000)
        for answer in (host, origin, address):
            assert sorted(answer.json()) == ["errors", "extensions"]
            assert sorted(answer.json()["extensions"]) == ["cost", "dataVersion", "knownOn", "truncated", "validOn"]
        page = await client.get("/healthz", headers={"host": "evil.example"})
        assert sorted(page.json()) == ["errors"]


@pytest.mark.slow
def _paths(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """Of routes of whatever kind, those of routers included; a WebSocket has no headers."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from _paths(router.routes)
        elif not isinstance(route, WebSocketRoute):
            yield cast("Route | Mount", route).path


async def test_every_route_has_the_headers_errors_included(
    seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()

    @router.get("/unexpected")
    async def unexpected() -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(composition, "ROUTERS", (*composition.ROUTERS, router))
    paths = set(_paths(create_app(read_settings(), seeded).routes))
    assert paths >= {"/", "/graphql", "/healthz", "/mcp", "/reports", "/exports", "/feeds"}
    async with client_with(seeded) as client:
        for path in (*sorted(paths), "/reports/centrality.md", "/nope", "/graphql?query={", "/healthz?" + "x" * 60_001):
            for answer in (await client.get(path), await client.request("DELETE", path)):
                assert {name for name in HEADERS if name not in answer.headers} == set(), (path, answer)
                assert "default-src 'none'" in answer.headers["content-security-policy"]
                assert "a secret" not in answer.text
        failed = await client.get("/unexpected")
        assert (failed.status_code, code_of(failed)) == (500, "INTERNAL")
        assert "strict-transport-security" not in failed.headers
        encrypted = await client.get("https://localhost/healthz")
        assert encrypted.headers["strict-transport-security"].startswith("max-age=")


async def test_pages_answer_to_head(client: httpx.AsyncClient) -> None:
    for path in ("/", "/healthz", "/readyz", "/schema.graphql", "/reports", "/graphql?query={__typename}"):
        assert (await client.head(path)).status_code == 200, path


# ---- entity tags and kept answers

CONTRACT = '{ link(key: "iren-microsoft-cloud") { value { amount } } }'


async def test_an_answer_that_the_client_holds_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/graphql", params={"query": CONTRACT})
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for held in (tag, f'W/{tag}, "other"', "*"):
        again = await client.get("/graphql", params={"query": CONTRACT}, headers={"if-none-match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await client.get("/graphql", params={"query": CONTRACT}, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


async def test_the_tag_depends_on_all_that_the_answer_does(client: httpx.AsyncClient) -> None:
    document = "query A($k: String!) { organization(key: $k) { name } } query B { __typename }"
    asked: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"query": document, "operationName": "A", "variables": '{"k": "iren"}'}, {}),
        ({"query": document, "operationName": "A", "variables": '{"k": "meta"}'}, {}),
        ({"query": document, "operationName": "B", "variables": '{"k": "iren"}'}, {}),
        ({"query": document + " ", "operationName": "A", "variables": '{"k": "iren"}'}, {}),
        ({"query": document, "operationName": "A", "variables": '{"k": "iren"}'}, {"accept": GRAPHQL}),
    ]
    tags = [(await client.get("/graphql", params=query, headers=headers)).headers["etag"] for query, headers in asked]
    assert len(set(tags)) == len(asked)


async def test_a_write_or_a_new_day_changes_the_tag(tmp_path: Path) -> None:
    day = [facts.TODAY]
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: day[0])
    await store.load(facts.log_of(tmp_path))
    async with client_with(store) as client:

        async def ask(held: str = "") -> httpx.Response:
            params = {"query": '{ organization(key: "host") { name } }'}
            return await client.get("/graphql", params=params, headers={"if-none-match": held})

        first = await ask()
        assert (await ask(first.headers["etag"])).status_code == 304
        day[0] = facts.TODAY + timedelta(days=1)
        next_day = await ask(first.headers["etag"])
        assert next_day.status_code == 200
        await store.load(facts.log_of(tmp_path, organizations=facts.ORGANIZATIONS.replace("Host Corp", "Renamed")))
        after = await ask(next_day.headers["etag"])
        assert (after.status_code, after.json()["data"]) == (200, {"organization": {"name": "Renamed"}})
    await store.close()


@pytest.mark.parametrize(
    ("cache_control", "anew"),
    [("no-cache", True), ("Max-Age=0, no-transform", True), ("max-age=60", False), ("no-store", False), ("", False)],
)
def test_a_client_may_want_the_store_to_be_looked_at(cache_control: str, anew: bool) -> None:
    assert asks_anew(cache_control) is anew


async def test_a_store_that_is_looked_at_now_and_then_is_looked_at_for_who_asks(seeded: EmbeddedStore) -> None:
    store = CountingStore(seeded)
    async with client_with(cast(Store, store)) as client:
        await client.get("/graphql", params={"query": CONTRACT})
        store.calls.last_readers = 0
        for cache_control in ("max-age=60", "no-cache"):
            await client.get("/graphql", params={"query": CONTRACT}, headers={"cache-control": cache_control})
    assert store.calls.last_readers == 1


async def test_a_changed_scenario_changes_the_tag_and_the_answer(tmp_path: Path) -> None:
    """What the service kept and what a client holds are of the files as they were."""
    given = read_settings(data=tmp_path / "data", seeds=facts.write(tmp_path))
    document = '{ graph(lens: {scenario: "less"}) { link(key: "lease") { value { amount } } } }'
    held, found = "", []
    for factor in ("0.5", "0.25"):
        facts.scenarios_of(tmp_path, f"- {{id: less, summary: Less, scale: [{{link: lease, by: '{factor}'}}]}}")
        store = await open_store(given)
        await store.load(read_seeds(given.seeds))
        async with client_with(store) as client:
            answer = await client.get("/graphql", params={"query": document}, headers={"if-none-match": held})
            held = answer.headers["etag"]
            again = await client.get("/graphql", params={"query": document}, headers={"if-none-match": held})
        await store.close()
        found.append((answer.status_code, answer.json()["data"]["graph"]["link"]["value"]["amount"], again.status_code))
    assert found == [(200, 5e8, 304), (200, 2.5e8, 304)]


async def test_a_broken_scenario_is_told_to_whoever_asks_for_it_and_to_nobody_else(tmp_path: Path) -> None:
    given = read_settings(data=tmp_path / "data", seeds=facts.write(tmp_path))
    facts.scenarios_of(tmp_path, "- {id: less, summary: Less, scale: [{link: lease, by: half}]}")
    store = await open_store(given)
    await store.load(read_seeds(given.seeds))
    async with client_with(store) as client:
        document = "query($s: String) { scenarios { name } graph(lens: {scenario: $s}) { links { totalCount } } }"
        answers = [
            (await client.post("/graphql", json={"query": document, "variables": {"s": name}})).json()
            for name in (None, "less")
        ]
    await store.close()
    assert answers[0]["data"] == {"scenarios": [], "graph": {"links": {"totalCount": 1}}}
    (error,) = answers[1]["errors"]
    assert error["extensions"]["code"] == "BAD_LENS"
    assert error["message"] == (
        "No scenario 'less'. There is none in the folder scenarios. Not read: seeds/scenarios/some.yaml; "
        "`wattgraph check` tells why."
    )


async def test_an_answer_with_errors_has_no_tag_and_is_not_kept(seeded: EmbeddedStore) -> None:
    app = create_app(read_settings(), seeded)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        for document in ("{", "{ nope }", "{ links(first: 0) { totalCount } }"):
            answer = await client.get("/graphql", params={"query": document})
            assert ("etag" in answer.headers, answer.headers["cache-control"]) == (False, "no-store")
        assert app.state.response_cache.bytes == 0
        sound = await client.post("/graphql", json={"query": CONTRACT})
        assert app.state.response_cache.bytes == len(sound.content)
        assert (await client.get("/graphql", params={"query": CONTRACT})).content == sound.content


def test_kept_answers_have_a_bound() -> None:
    answers = ResponseCache(max_bytes=10)
    for name in ("a", "b", "c"):
        answers.put(name, b"1234")
        assert answers.get("a" if name != "c" else "c") is not None  # "a" is used, so that "b" goes first
    assert (answers.get("a"), answers.get("b"), answers.bytes) == (b"1234", None, 8)
    answers.put("a", b"12")
    assert answers.bytes == 6
    answers.put("d", b"x" * 11)  # larger than all of it: the others stay
    assert (answers.get("d"), answers.bytes) == (None, 6)


# ---- deadlines


@pytest.mark.usefixtures("each_way")
async def test_an_answer_that_takes_too_long_is_told(seeded: EmbeddedStore) -> None:
    async with client_with(seeded, deadline=0.001) as client:
        # a day that no other test asks for: what was projected once is there at once
        document = '{ graph(lens: {knownOn: "2025-03-03"}) { links { totalCount } } }'
        answer = await client.post("/graphql", json={"query": document})
        assert (answer.status_code, code_of(answer)) == (504, "DEADLINE_EXCEEDED")


async def test_a_body_that_stalls_is_told(seeded: EmbeddedStore) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with client_with(seeded, body_deadline=0.05) as client:
        answer = await client.post("/graphql", content=stalling(), headers={"content-type": JSON})
        assert (answer.status_code, code_of(answer)) == (408, "REQUEST_TIMEOUT")


async def test_work_ends_when_the_client_leaves() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    request = fastapi.Request({"type": "http", "method": "GET", "headers": []}, receive)
    with pytest.raises(ClientDisconnected):
        await run_while_connected(request.receive, work(), 30)
    assert ended == ["cancelled"]


# ---- trusted documents


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    folder.joinpath("contract.graphql").write_text(CONTRACT, encoding="utf-8")
    return folder


async def test_a_trusted_document_is_asked_by_its_id(seeded: EmbeddedStore, documents: Path) -> None:
    async with client_with(seeded, trusted_documents=documents) as client:
        whole = await client.post("/graphql", json={"query": CONTRACT})
        by_id = {"documentId": document_id(CONTRACT)}
        assert (await client.post("/graphql", json=by_id)).json() == whole.json()
        assert (await client.get("/graphql", params=by_id)).json() == whole.json()
        unknown = await client.post("/graphql", json={"documentId": "sha256:00"})
        assert (unknown.status_code, code_of(unknown)) == (404, "DOCUMENT_NOT_FOUND")


async def test_other_documents_are_logged_or_refused(
    seeded: EmbeddedStore, documents: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_with(seeded, trusted_documents=documents) as client:
        assert (await client.post("/graphql", json={"query": ONE})).status_code == 200
        assert document_id(ONE) in caplog.text
    async with client_with(seeded, trusted_documents=documents, trusted_only=True) as client:
        refused = await client.post("/graphql", json={"query": ONE})
        assert (refused.status_code, code_of(refused)) == (403, "DOCUMENT_NOT_TRUSTED")
        assert (await client.post("/graphql", json={"query": CONTRACT})).status_code == 200


@pytest.mark.parametrize("given", [{"trusted_only": True}, {"trusted_documents": "."}], ids=str)
async def test_settings_without_documents_are_refused(
    given: dict[str, Any], seeded: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings: Settings = read_settings(**given)
    with pytest.raises(BadSettings):
        create_app(settings, seeded)


async def test_trusted_documents_that_could_never_be_answered_are_named_at_the_start(
    seeded: EmbeddedStore, documents: Path
) -> None:
    """All of them, with their lines; one whose variables are not known yet is no such document."""
    for name, text in {
        "gone": "{\n  links { totalCuont }\n}",
        "broken": "{ links {",
        "part": "fragment F on Query { dataThrough }",
        "deep": "{ a " * 20 + "}" * 20,
        "good": "query($key: String!) { organization(key: $key) { name } }",
    }.items():
        documents.joinpath(f"{name}.graphql").write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as caught:
        create_app(read_settings(trusted_documents=documents), seeded)
    message = str(caught.value)
    assert "gone.graphql: line 2: Cannot query field 'totalCuont'" in message
    assert "broken.graphql: line 1: Syntax Error" in message
    assert "part.graphql: it has no operation." in message
    assert "deep.graphql: The query is 20 fields deep" in message
    assert "good.graphql" not in message
    assert "contract.graphql" not in message


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, identity"])
async def test_a_compressed_body_is_refused_for_what_it_is(encoding: str, seeded: EmbeddedStore) -> None:
    body = gzip.compress(json.dumps({"query": ONE}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    async with client_with(seeded) as client:
        refused = await client.post("/graphql", content=body, headers=headers)
        plain = await client.post(
            "/graphql", content=json.dumps({"query": ONE}), headers=headers | {"Content-Encoding": "identity"}
        )
    assert (refused.status_code, code_of(refused)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert refused.headers["accept-encoding"] == "identity"
    assert "Send it without Content-Encoding" in refused.text
    assert plain.status_code == 200


# ---- the schema in production


async def test_a_hidden_schema_is_neither_told_nor_suggested(seeded: EmbeddedStore) -> None:
    asks = "{ __schema { types { name } } }", '{ __type(name: "Link") { name } }'
    async with client_with(seeded) as client:
        for document in asks:
            assert "errors" not in (await client.post("/graphql", json={"query": document})).json()
        misspelt = await client.post("/graphql", json={"query": "{ organisations { totalCount } }"})
        assert "Did you mean 'organizations'" in misspelt.text
    async with client_with(seeded, introspection=False) as client:
        for document in asks:
            assert code_of(await client.post("/graphql", json={"query": document})) == "GRAPHQL_VALIDATION_FAILED"
        misspelt = await client.post("/graphql", json={"query": "{ organisations { totalCount } }"})
        assert "Did you mean" not in misspelt.text
        assert (await client.post("/graphql", json={"query": "{ __typename }"})).status_code == 200
        variable = {
            "query": "query ($l: LensInput) { graph(lens: $l) { __typename } }",
            "variables": {"l": {"knownOm": 1}},
        }
        refused = (await client.post("/graphql", json=variable)).text
        assert "knownOm" in refused
        assert "Did you mean" not in refused
        assert (await client.get("/schema.graphql")).status_code == 404


# ---- others are answered meanwhile

HUB = "query($where: OrganizationWhere) { organizations(where: $where, first: 1) { totalCount } }"


def heavy(conditions: int) -> dict[str, object]:
    """A filter that looks through the links of every organization, condition after condition, and finds none."""
    some = [{"links": {"some": {"counterparty": {"name": {"contains": f"nobody {n}"}}}}} for n in range(conditions)]
    return {"query": HUB, "variables": {"where": {"or": some}}}


async def test_the_largest_filter_leaves_room_for_others(client: httpx.AsyncClient) -> None:
    asking = asyncio.create_task(client.post("/graphql", json=heavy(60)))
    answered = 0
    while not asking.done():
        assert (await client.get("/healthz")).status_code == 200
        await asyncio.sleep(0)  # within one process a probe does not wait for anything
        answered += 1
    assert (await asking).json()["data"] == {"organizations": {"totalCount": 0}}
    assert answered >= 5


async def test_a_filter_without_end_is_refused(client: httpx.AsyncClient) -> None:
    keys = [str(number) for number in range(1_001)]
    for body, told in (
        (heavy(3_000), "more than 200 conditions"),
        ({"query": HUB, "variables": {"where": {"key": {"in": keys}}}}, "limit is 1,000"),
    ):
        answer = await client.post("/graphql", json=body)
        assert code_of(answer) == "BAD_QUERY"
        assert told in answer.text


@pytest.mark.parametrize("opening", ['"', '"""'])
def test_a_text_without_an_end_is_read_once(opening: str) -> None:
    """Each escaped quotation mark might begin a text of its own: the reader does not try."""
    pieces = list(_TOKENS.finditer("{ a(b: " + opening + '\\"' * 9_000))
    assert [piece[0][0] for piece in pieces] == ["{", "(", '"']


async def test_a_page_of_another_origin_takes_no_place_among_listeners(client: httpx.AsyncClient) -> None:
    headers = {"accept": "text/event-stream", "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = await client.get("/graphql", params={"query": "subscription { graphChanged { all } }"}, headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "ORIGIN_REFUSED")
