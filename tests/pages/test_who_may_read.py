"""Who may read: with private reading every address needs a token, but those that are listed here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.app import create_app
from api.context.auth import BASIC_CHALLENGE
from graph.audit.tokens import TokenScope
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.writers import token_of
from tests.pages.conftest import BROWSER, client_over

OPEN = {
    "/healthz": "a probe: the process lives",
    "/readyz": "a probe: data version and number of statements, no statement",
    "/schema.graphql": "what may be asked, where introspection is on",
    "/graphiql": "an editor without facts; what it asks needs a token",
    "/graphiql/{name}": "its files",
    "/static/{folder}/{name}": "style, scripts and font of the pages",
    "/browser/style.grass": "style of Neo4j Browser, made of the model; Browser sends no token",
    "/browser/guide.html": "its guide, made of the model and of saved queries",
    "/browser/queries/{name}.cypher": "the saved queries",
}
"""Addresses that stay open, and why."""
POSTED = {"/mcp"}
"""Addresses that take POST alone: reading them is 405 to everybody."""
FRONT = "/"
"""Says to a browser, without a fact, how to send a token."""


def _routes(app: FastAPI) -> Iterator[BaseRoute]:
    """All routes, also of routers that FastAPI includes lazily."""
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        waiting += getattr(getattr(route, "original_router", None), "routes", ())
        yield route


def http_paths(app: FastAPI) -> list[str]:
    """The paths of all routes of HTTP."""
    return sorted({route.path for route in _routes(app) if isinstance(route, Route)})


def _address(path: str) -> str:
    """With names that nothing has: whether there is such a thing is a fact too."""
    return re.sub(r"\{[^}]*\}", "nothing", path)


@pytest.fixture(scope="module")
async def closed(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("closed")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder))
    app = create_app(read_settings(public_reading=False, allowed_hosts=["localhost"]), store)
    _, app.state.token_of_a_reader = await token_of(store, TokenScope.READER)
    return app


def test_the_walk_finds_the_routes(closed: FastAPI) -> None:
    paths = http_paths(closed)
    assert {"/", "/graphql", "/reports", "/reports/{address}", "/figures/{address}", "/healthz"} <= set(paths)
    others = {type(route).__name__ for route in _routes(closed) if not hasattr(route, "path")}
    assert others <= {"_IncludedRouter"}, "a kind of route that the walk does not know"


async def test_every_address_that_is_not_listed_needs_a_token(closed: FastAPI) -> None:
    async with client_over(closed) as client:
        for path in http_paths(closed):
            if path in POSTED:
                assert (await client.post(_address(path), json={})).status_code == 401, path
                continue
            for headers in ({}, BROWSER):
                answer = await client.get(_address(path), headers=headers)
                is_open = path in OPEN or (path == FRONT and headers == BROWSER)
                assert (answer.status_code == 401) is not is_open, (path, headers)
                assert (await client.head(_address(path), headers=headers)).status_code == answer.status_code


@pytest.mark.slow
async def test_with_a_token_no_address_refuses(closed: FastAPI) -> None:
    tokens = (f"Bearer {closed.state.token_of_a_reader}", httpx.BasicAuth("me", closed.state.token_of_a_reader))
    async with client_over(closed) as client:
        for path in http_paths(closed):
            by_header = await client.get(_address(path), headers=BROWSER | {"Authorization": str(tokens[0])})
            by_password = await client.get(_address(path), headers=BROWSER, auth=tokens[1])  # type: ignore[arg-type]
            assert by_header.status_code == by_password.status_code != 401, path


async def test_what_is_open_shows_no_fact(closed: FastAPI) -> None:
    """Nor does an error."""
    said = ("Host Corp", "Cloud Inc", "1000000000", "1 bn")
    async with client_over(closed) as client:
        for path in http_paths(closed):
            text = (await client.get(_address(path), headers=BROWSER)).text
            if path not in ("/schema.graphql", "/graphiql", "/static/{folder}/{name}"):
                assert [one for one in said if one in text] == [], path


async def test_a_browser_is_asked_for_a_token_and_a_program_is_not(closed: FastAPI) -> None:
    async with client_over(closed) as client:
        asked = (await client.get("/reports", headers=BROWSER)).headers["www-authenticate"]
        assert asked == BASIC_CHALLENGE
        assert (await client.get("/reports")).headers["www-authenticate"] == "Bearer"
        front = await client.get("/", headers=BROWSER)
        assert (front.status_code, "www-authenticate" in front.headers) == (200, False)
        assert "which is the token" in front.text


def test_sockets_have_tests_of_their_own(closed: FastAPI) -> None:
    """They are opened without a token, which the first message brings (tests/api/test_live.py)."""
    assert [route.path for route in _routes(closed) if isinstance(route, WebSocketRoute)] == ["/graphql"]
