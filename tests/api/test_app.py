"""The service over HTTP: probes, pages, GraphQL requests, and a database that comes late."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api import app as composition
from api.app import create_app
from api.context.store_provider import StoreProvider
from graph.errors import BadLens, StoreUnavailable
from graph.settings import PROJECT, read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.open import open_store
from tests import facts


def client_over(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


# ---- probes


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert re.fullmatch("[0-9a-f]{16}", ready.json()["dataVersion"])


async def test_without_a_store_the_service_is_alive_and_not_ready() -> None:
    async with client_over(create_app(read_settings())) as client:  # its lifespan has not begun
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        [error] = ready.json()["errors"]
        assert error["extensions"] == {"code": "STORE_UNAVAILABLE"}
        assert "Try again" in error["message"]
        assert (await client.get("/")).status_code == 503
        answer = (await client.post("/graphql", json={"query": "{ links { totalCount } }"})).json()
        assert answer["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
        assert answer["extensions"]["dataVersion"] is None


async def _until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(120):
        while True:
            if await reached():
                return
            await asyncio.sleep(0.02)


async def _until_ready(client: httpx.AsyncClient) -> None:
    async def ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await _until(ready)


async def test_an_empty_store_is_loaded_with_the_facts(tmp_path: Path) -> None:
    seeds = facts.write(tmp_path)
    app = create_app(read_settings(data=tmp_path / "data", seeds=seeds))
    async with app.router.lifespan_context(app), client_over(app) as client:
        await _until_ready(client)
        answer = (await client.post("/graphql", json={"query": '{ organization(key: "host") { name } }'})).json()
        assert answer["data"] == {"organization": {"name": "Host Corp"}}
    seeds.joinpath("organizations.yaml").write_text("- {", encoding="utf-8")
    async with app.router.lifespan_context(app), client_over(app) as client:
        await _until_ready(client)  # what is loaded is not read again


async def test_a_service_whose_file_is_moved_away_is_not_ready_until_it_is_back(tmp_path: Path) -> None:
    file = tmp_path / "data" / "wattgraph.sqlite"
    app = create_app(read_settings(data=file.parent, seeds=facts.write(tmp_path)))
    async with app.router.lifespan_context(app), client_over(app) as client:
        await _until_ready(client)
        file.rename(tmp_path / "moved")
        gone = await client.get("/readyz")
        assert (gone.status_code, "moved or deleted" in gone.text) == (503, True)
        (tmp_path / "moved").rename(file)
        assert (await client.get("/readyz")).status_code == 200


async def test_facts_with_problems_leave_the_service_alive_and_tell(tmp_path: Path) -> None:
    seeds = facts.write(tmp_path, organizations="- {id: Bad Id}")
    app = create_app(read_settings(data=tmp_path / "data", seeds=seeds))
    async with app.router.lifespan_context(app), client_over(app) as client:

        async def told() -> bool:
            return "problem" in (await client.get("/readyz")).json()["errors"][0]["message"]

        await _until(told)
        assert (await client.get("/healthz")).status_code == 200


async def test_the_store_is_opened_when_the_database_comes(
    seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.context.store_provider._FIRST_RETRY_SECONDS", 0.01)
    tries: list[int] = []

    async def open_late() -> EmbeddedStore:
        tries.append(1)
        if len(tries) == 1:
            raise StoreUnavailable("Neo4j does not answer.", remedy="Start it.")
        if len(tries) == 2:
            raise RuntimeError("a driver's own words")
        return seeded

    provider = StoreProvider()
    opening = asyncio.create_task(provider.open(open_late))
    with pytest.raises(StoreUnavailable):
        _ = provider.store
    await asyncio.wait_for(opening, 120)
    assert provider.store is seeded
    assert len(tries) == 3


async def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    store = await open_store(read_settings(data=tmp_path))
    assert isinstance(store, EmbeddedStore)
    await store.close()
    assert (tmp_path / "wattgraph.sqlite").exists()


# ---- pages


async def test_the_schema_is_served(client: httpx.AsyncClient) -> None:
    answer = await client.get("/schema.graphql")
    assert answer.text == (PROJECT / "api" / "schema.graphql").read_text(encoding="utf-8")


async def test_nothing_is_loaded_from_elsewhere(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == 404


async def test_adding_a_router_is_one_line(seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()

    @router.get("/reports/wrong")
    async def wrong() -> None:
        raise BadLens("No such day.", remedy="Ask for another.")

    monkeypatch.setattr(composition, "ROUTERS", (*composition.ROUTERS, router))
    async with client_over(create_app(read_settings(), seeded)) as client:
        answer = await client.get("/reports/wrong")
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error == {"message": "No such day. Ask for another.", "extensions": {"code": "BAD_LENS"}}


# ---- GraphQL over HTTP


async def _post(
    client: httpx.AsyncClient, content: bytes, content_type: str = "application/json", **headers: str
) -> Any:
    return await client.post("/graphql", content=content, headers={"content-type": content_type, **headers})


@pytest.mark.parametrize(
    "body",
    [b"", b"1", b'"x"', b"null", b"true", b"[]", b"{", b"{}", b'{"query": 1}', b'{"query": ""}', b'{"query": null}',
     b"\xff", b'{"query": "{a}", "variables": []}', b'{"query": "{a}", "variables": "{}"}', b'{"query": "\\ud800"}',
     b'{"query": "{a}", "operationName": 1}', b"1" * 5000, b"[" * 100_000, b'{"query": NaN}'],
    ids=lambda body: repr(body[:36]),
)  # fmt: skip
async def test_what_is_no_request_is_refused(body: bytes, client: httpx.AsyncClient) -> None:
    answer = await _post(client, body)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"].endswith(".")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/plain,application/json", "application/jsonp", "multipart/form-data; boundary=x", "",
     "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)  # fmt: skip
async def test_only_json_is_taken(content_type: str, client: httpx.AsyncClient) -> None:
    assert (await _post(client, b'{"query": "{ __typename }"}', content_type)).status_code == 415


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"']
)
async def test_json_is_taken(content_type: str, client: httpx.AsyncClient) -> None:
    answer = await _post(client, b'{"query": "{ __typename }"}', content_type)
    assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})


async def test_a_refused_document_has_a_status_of_its_own_under_the_media_type_of_graphql(
    client: httpx.AsyncClient,
) -> None:
    media = "application/graphql-response+json"
    for document in (b"{", b"{ nope }"):
        body = b'{"query": "' + document + b'"}'
        under_its_own = await _post(client, body, accept=media)
        assert (under_its_own.status_code, under_its_own.headers["content-type"]) == (400, media)
        assert (await _post(client, body, accept="application/json")).status_code == 200
    ran = await _post(client, b'{"query": "{ links(first: 0) { totalCount } }"}', accept=media)
    assert (ran.status_code, ran.json()["data"]) == (200, None)


async def test_a_query_can_come_by_get(client: httpx.AsyncClient) -> None:
    asked = {"query": "query A($k: String!) { organization(key: $k) { key } } query B { __typename }"}
    answer = await client.get("/graphql", params={**asked, "variables": '{"k": "iren"}', "operationName": "A"})
    assert answer.json()["data"] == {"organization": {"key": "iren"}}
    assert (await client.get("/graphql", params={**asked, "variables": "{", "operationName": "A"})).status_code == 400
    unnamed = await client.get("/graphql", params={**asked, "operationName": "C"})
    assert unnamed.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("operation", ["mutation { a }", "subscription { a }"])
async def test_only_queries_are_served(operation: str, client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": operation})
    assert answer.json()["errors"][0]["extensions"]["code"] in ("METHOD_NOT_ALLOWED", "GRAPHQL_VALIDATION_FAILED")
    assert "data" not in answer.json()


async def test_other_methods_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.put("/graphql", json={"query": "{ __typename }"})).status_code == 405
