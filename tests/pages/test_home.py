"""The front page."""

from __future__ import annotations

import html
import json

import httpx

from tests.pages.conftest import Look


async def test_the_sample_of_the_front_page_works(client: httpx.AsyncClient, look: Look) -> None:
    text = html.unescape((await look("/")).text)
    sample = text[text.index('{"query"') : text.index("\nEOF</code>")]
    answer = (await client.post("/graphql", json=json.loads(sample))).json()
    assert answer["data"]["organization"]["links"]["nodes"][0]["statements"]["nodes"]
