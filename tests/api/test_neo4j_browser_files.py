"""`/browser/…` for Neo4j Browser, a page of another origin."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from graph.browser.addresses import GUIDE, QUERIES, SERVICE, STYLE
from graph.browser.guide import saved_queries, write_guide
from graph.browser.style import write_style
from graph.settings import Settings, read_settings
from graph.stores.embedded.store import EmbeddedStore

BROWSER = "http://127.0.0.1:7474"
FROM_BROWSER = {"Origin": BROWSER, "Sec-Fetch-Site": "same-site"}
PREFLIGHT = {
    **FROM_BROWSER,
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "cache-control,pragma",
}


@pytest.fixture
async def closed(seeded: EmbeddedStore) -> AsyncIterator[httpx.AsyncClient]:
    """A service that gives facts to nobody without a token, and to pages of one other origin."""
    settings = read_settings(public_reading=False, allowed_origins=["https://desk.example"])
    transport = httpx.ASGITransport(app=create_app(settings, seeded))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_style_guide_and_queries_are_for_pages_of_any_origin(closed: httpx.AsyncClient) -> None:
    query = saved_queries()["backstops"]
    texts = {STYLE: write_style(), GUIDE: write_guide(SERVICE), f"{QUERIES}/backstops.cypher": query.text}
    for address, text in texts.items():
        response = await closed.get(address, headers=FROM_BROWSER)
        assert (response.status_code, response.text) == (200, text)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        again = await closed.get(address, headers={**FROM_BROWSER, "If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


async def test_browser_may_send_headers_of_its_own(closed: httpx.AsyncClient) -> None:
    response = await closed.options(GUIDE, headers=PREFLIGHT)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Headers"] == "*"


async def test_other_addresses_keep_the_rules_of_the_settings(closed: httpx.AsyncClient) -> None:
    response = await closed.options("/graphql", headers=PREFLIGHT)
    assert response.status_code == 400
    assert response.headers.get("Access-Control-Allow-Origin") is None


async def test_a_query_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{QUERIES}/none.cypher")).status_code == 404
    assert (await client.get(f"{QUERIES}/..%2Fguide.cypher")).status_code == 404


async def test_links_of_the_guide_lead_to_the_host_that_was_asked(client: httpx.AsyncClient) -> None:
    assert 'exec-topic="style http://localhost/browser/style.grass"' in (await client.get(GUIDE)).text


def test_the_service_is_where_browser_is_told() -> None:
    settings = Settings()
    assert f"http://{settings.host}:{settings.port}" == SERVICE
