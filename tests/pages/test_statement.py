"""`/statements/KEY`: who says what, whether it is shown, and what else is said."""

from __future__ import annotations

import re

import httpx

from api.pages.fact_index import FactIndex
from tests.pages.conftest import Look


def _key(index: FactIndex, *, chosen: bool) -> str:
    of_value = index.statements_of("iren-microsoft-cloud")["value"]
    return next(row.key for row in of_value if row.columns["counted"] and row.columns["chosen"] is chosen)


async def test_a_statement_has_a_page_that_says_why_it_is_shown(index: FactIndex, look: Look) -> None:
    page = await look(f"/statements/{_key(index, chosen=True)}")
    assert page.status_code == 200
    for said in ("9.7 bn USD", "It is what is shown", "True from", "Known from", "What else is said of the same"):
        assert said in page.text, said
    assert re.search(r'href="/figures/iren-microsoft-cloud:value:[^"]+"', page.text)
    other = _key(index, chosen=False)
    assert f'href="/statements/{other}"' in page.text
    assert "3.4 bn USD" in (await look(f"/statements/{other}")).text


async def test_a_program_gets_all_that_is_said_of_the_property(index: FactIndex, client: httpx.AsyncClient) -> None:
    answer = (await client.get(f"/statements/{_key(index, chosen=True)}")).json()["data"]["graph"]["statements"]
    assert answer["totalCount"] == len(index.statements_of("iren-microsoft-cloud")["value"])
    assert {node["chosen"] for node in answer["nodes"]} == {True, False}
    assert (await client.get("/statements/nothing-like-it")).status_code == 404


async def test_panels_and_reports_lead_to_statements(index: FactIndex, look: Look) -> None:
    key = _key(index, chosen=True)
    assert f'href="/statements/{key}"' in (await look("/links/iren-microsoft-cloud")).text
