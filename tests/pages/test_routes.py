"""What all pages share: HTML or JSON, errors, entity tags, policy, the lens, who may read."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.pages.catalog import PAGES
from graph.settings import PROJECT, read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests.pages.conftest import BROWSER, Look, client_over


@pytest.mark.slow
async def test_a_browser_gets_html_and_a_program_json(client: httpx.AsyncClient, look: Look) -> None:
    page, program = await look("/"), await client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (program.status_code, program.headers["content-type"]) == (200, "application/json")
    assert program.json()["data"]["graph"]
    assert page.headers["vary"] == program.headers["vary"] == "Accept, Authorization"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/nowhere", 404, "This address does not exist."),
        ("/static/site/nothing.css", 404, "This address does not exist."),
        ("/reports/nothing", 404, "nothing"),
        ("/search?validOn=2026-13-01", 400, "which is not a day"),
        ("/search?nothing=1", 400, "No parameter"),
    ],
)
async def test_errors_are_html_for_a_browser_and_json_for_a_program(
    address: str, status: int, said: str, client: httpx.AsyncClient, look: Look
) -> None:
    page, program = await look(address), await client.get(address)
    assert page.status_code == program.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert said in page.text
    [error] = program.json()["errors"]
    assert said in error["message"]
    assert page.headers["cache-control"] == program.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/links", "/exports", "/reports", "/feeds", "/nowhere"])
async def test_every_page_has_the_head_of_the_site(address: str, look: Look) -> None:
    """Navigation, search, and the style sheet: lists of files and errors too."""
    page = (await look(address)).text
    for part in ('<nav aria-label="Site"><a href="/', 'role="search" action="/search"', 'href="/static/site/site.css"'):
        assert part in page, part


async def test_an_error_of_the_endpoint_is_json_for_a_browser_too(look: Look) -> None:
    answer = await look("/graphql?query=")
    assert answer.headers["content-type"] == "application/json"


async def test_a_foreign_host_is_refused_with_a_page(app: FastAPI) -> None:
    async with client_over(app) as client:
        answer = await client.get("/", headers=BROWSER | {"Host": "evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "names no host of the service" in answer.text


async def test_a_page_allows_what_the_service_itself_serves_and_nothing_else(look: Look) -> None:
    policy = (await look("/")).headers["content-security-policy"].split("; ")
    assert policy[:3] == ["default-src 'none'", "script-src 'self'", "style-src 'self'"]
    assert not [one for one in policy if "unsafe" in one or "http" in one]


async def test_pages_load_only_files_of_the_service(client: httpx.AsyncClient) -> None:
    for name, media in (
        ("site.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("text.woff2", "font/woff2"),
    ):
        answer = await client.get(f"/static/site/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        again = await client.get(f"/static/site/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.slow
async def test_the_entity_tag_changes_with_lens_and_media_type_and_with_nothing_else(
    client: httpx.AsyncClient, look: Look
) -> None:
    first = await look("/search?q=river")
    tags = {
        first.headers["etag"],
        (await look("/search?q=river&validOn=2026-06-30")).headers["etag"],
        (await look("/search?q=river&minReliability=MEDIUM")).headers["etag"],
        (await client.get("/search?q=river")).headers["etag"],
    }
    assert len(tags) == 4
    assert (await look("/search?q=river")).headers["etag"] == first.headers["etag"]
    unchanged = await look("/search?q=river", **{"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_what_a_form_leaves_empty_is_not_asked_for(look: Look) -> None:
    answer = await look("/search?q=river&validOn=2026-06-30&knownOn=&minReliability=")
    assert answer.status_code == 200
    assert "30 Jun 2026" in answer.text


async def test_where_reading_needs_a_token_pages_need_it_and_the_front_page_has_no_fact(seeded: EmbeddedStore) -> None:
    closed = create_app(read_settings(public_reading=False), seeded)
    async with client_over(closed) as client:
        front = await client.get("/", headers=BROWSER)
        assert front.status_code == 200
        assert "Reading needs a token" in front.text
        reader = await seeded.reader()
        assert reader.version.id not in front.text
        assert (await client.get("/")).status_code == 401
        for page in PAGES[1:]:
            address = page.path.replace("{key}", "hut8")
            answer = await client.get(address, headers=BROWSER)
            assert (answer.status_code, "hut8" in answer.text.lower()) == (401, False), address
            assert answer.headers["www-authenticate"].startswith("Basic realm=")
        wrong = await client.get("/", headers=BROWSER | {"Authorization": "Bearer wg_none"})
        assert wrong.status_code == 401


def test_the_documentation_names_every_page() -> None:
    documented = (PROJECT / "docs" / "pages.md").read_text(encoding="utf-8")
    assert [page.path for page in PAGES if f"`{page.path}" not in documented] == []
