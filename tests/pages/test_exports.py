"""Exports over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from graph.exports.dataset.formats import dataset_files, dataset_formats
from tests.pages.conftest import Look


async def test_the_listing_names_every_file_for_people_and_programs(client: httpx.AsyncClient, look: Look) -> None:
    page = (await look("/exports")).text
    listed = (await client.get("/exports")).json()["formats"]
    addresses = [file["address"] for one in listed for file in one["files"]]
    assert addresses == [f"/exports/{name}" for one in listed for name in _names(one["name"])]
    assert all(f'href="{address}"' in page for address in addresses)


def _names(format: str) -> list[str]:
    return [file.name for file in dataset_formats()[format].files]


async def test_a_file_comes_whole_with_its_tag_under_lens_and_filters(client: httpx.AsyncClient) -> None:
    address = "/exports/wattgraph.jsonl?validOn=2026-06-30&knownOn=2026-06-30&target=microsoft&type=PROVIDES_CAPACITY"
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    head, *records = [json.loads(line) for line in answer.text.splitlines()]
    assert head["lens"] == {"validOn": "2026-06-30", "knownOn": "2026-06-30", "scenario": None}
    assert head["query"] == "target=microsoft&type=PROVIDES_CAPACITY"
    listed = (await client.get(address.replace("/exports/wattgraph.jsonl", "/links") + "&first=500")).json()
    keys = {node["key"] for node in listed["data"]["graph"]["links"]["nodes"]}
    assert {one["key"] for one in records if one["label"] == "Link"} == keys
    assert "iren-microsoft-cloud" in keys
    assert f"wattgraph-{head['dataVersion']}-wattgraph.jsonl" in answer.headers["content-disposition"]
    again = await client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    named = await client.head(address)
    assert (named.status_code, named.headers["etag"], named.content) == (200, answer.headers["etag"], b"")


@pytest.mark.parametrize("query", ["type=NOTHING", "validOn=soon", "nothing=1", "mwFrom=much", "first=5"])
async def test_what_no_export_takes_is_refused(query: str, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/exports/links.csv?{query}")).status_code == 400


async def test_an_unknown_file_is_not_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/exports/links.docx")
    assert (answer.status_code, "/exports lists" in answer.text) == (404, True)
    assert "links.docx" not in dataset_files()
