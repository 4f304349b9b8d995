"""The search: by ticker, alias, former name and part of a name, without scripts."""

from __future__ import annotations

import httpx
import pytest

from tests.pages.conftest import Look
from tests.pages.rendering import faults_of


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [("HUT", "/organizations/hut8"), ("hut 8", "/organizations/hut8"), ("Iris Energy", "/organizations/iren")],
)
async def test_one_exact_hit_leads_to_its_page(text: str, leads_to: str, look: Look) -> None:
    answer = await look(f"/search?q={text}")
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


async def test_parts_of_names_are_found_in_all_kinds(client: httpx.AsyncClient, look: Look) -> None:
    page = (await look("/search?q=river")).text
    answer = (await client.get("/search?q=river")).json()["data"]["graph"]["search"]
    assert len(answer) > 3
    for hit in answer:
        assert f"/{hit['entity']['key']}" in page
    assert {hit["entity"]["__typename"] for hit in answer} >= {"Site", "Organization", "Deal"}


async def test_nothing_found_is_said(look: Look) -> None:
    page = await look("/search?q=zzzz")
    assert (page.status_code, "Nothing is called so" in page.text) == (200, True)


async def test_without_a_text_it_is_a_form(look: Look) -> None:
    page = await look("/search?q=")
    assert (page.status_code, 'action="/search"' in page.text) == (200, True)


async def test_a_hostile_text_is_harmless(look: Look) -> None:
    page = (await look("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%20onfocus=x")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert faults_of(page) == []


async def test_a_text_that_is_too_long_is_refused(look: Look) -> None:
    assert (await look(f"/search?q={'x' * 201}")).status_code == 400
