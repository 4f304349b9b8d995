"""Exports over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

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


async def test_the_numbers_of_a_file_lead_to_figures_of_this_service(client: httpx.AsyncClient) -> None:
    """An amount, megawatts in phases, and what a source says: each address opens."""
    address = "/exports/{}?figures=true&target=microsoft&type=PROVIDES_CAPACITY"
    links = (await client.get(address.format("links.csv"))).text
    row = next(one for one in csv.DictReader(io.StringIO(links)) if one["key"] == "iren-microsoft-cloud")
    service = str(client.base_url).rstrip("/")
    assert row["value_usd_figure"].startswith(f"{service}/figures/iren-microsoft-cloud:value:2026-11-30:")
    figure = (await client.get(row["value_usd_figure"], headers={"Accept": "application/json"})).json()["data"][
        "figure"
    ]
    assert (figure["outcome"], figure["now"]["text"]) == ("SAME", f"{row['value_usd']}USD")
    entries = json.loads(row["capacities_figure"])
    said = (await client.get(address.format("statements.csv"))).text
    statement = next(one["value_figure"] for one in csv.DictReader(io.StringIO(said)))
    for one in (entries[0], statement):
        assert (await client.get(one, headers={"Accept": "text/html"})).status_code == 200, one
    plain = await client.get(address.format("links.csv").replace("figures=true&", ""))
    assert "_figure" not in plain.text
    assert plain.headers["etag"] != (await client.head(address.format("links.csv"))).headers["etag"]


WHERE = {"target": {"name": {"contains": "microsoft"}}, "not": {"valueUsd": {"lt": 5e9}}}


async def test_a_file_holds_what_the_filter_of_the_api_selects(client: httpx.AsyncClient) -> None:
    """By itself, and beside the parameters of the list; the file says it."""
    query = "query($where: LinkWhere) { links(where: $where, first: 500) { nodes { key type } } }"
    answer = await client.post("/graphql", json={"query": query, "variables": {"where": WHERE}})
    nodes = answer.json()["data"]["links"]["nodes"]
    for type_ in (None, "PROVIDES_CAPACITY"):
        parameters = {"where": json.dumps(WHERE)} | ({"type": type_} if type_ else {})
        head, keys = await _links(client, parameters)
        assert keys == {one["key"] for one in nodes if type_ in (None, one["type"])}
        assert "iren-microsoft-cloud" in keys
        assert head["query"].endswith(
            'where={"not":{"valueUsd":{"lt":5000000000.0}},"target":{"name":{"contains":"microsoft"}}}'
        )


async def _links(client: httpx.AsyncClient, parameters: dict[str, str]) -> tuple[dict[str, Any], set[str]]:
    answer = await client.get("/exports/wattgraph.jsonl", params=parameters)
    assert answer.status_code == 200, answer.text
    head, *records = [json.loads(line) for line in answer.text.splitlines()]
    return head, {one["key"] for one in records if one["label"] == "Link"}


@pytest.mark.parametrize("query", ["type=NOTHING", "validOn=soon", "nothing=1", "mwFrom=much", "first=5", "figures=1"])
async def test_what_no_export_takes_is_refused(query: str, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/exports/links.csv?{query}")).status_code == 400


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{", "where is no JSON"),
        ("null", "where is no LinkWhere"),
        ('{"typ":{"eq":"OWNS"}}', "Did you mean 'type'?"),
        ('{"announced":{"gte":"2026-99"}}', "at announced.gte: "),
        ('{"not":' * 120 + "{}" + "}" * 120, "brackets deep"),
    ],
)
async def test_a_filter_that_is_none_is_refused_with_a_remedy(
    where: str, message: str, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/exports/links.csv", params={"where": where}, headers={"Accept": "application/json"})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, message in error["message"]) == (400, True), answer.text
    assert re.search(r"[.;] (Write|Nest less deeply)", error["message"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"where": '{"target":{"key":{"in":["anthropic","anthropik"]}}}'}, 'No entity has the key "anthropik"'),
        ({"where": '{"not":{"site":{"eq":"river-bent"}}}'}, "Did you mean river-bend"),
        ({"chip": "gb300x"}, 'No chip has the key "gb300x"'),
        ({"source": "hut 9"}, 'Nobody at the end of a link is called "hut 9" under this lens. Did you mean hut8?'),
    ],
)
async def test_a_filter_by_a_key_of_nothing_is_no_empty_file(
    query: dict[str, str], message: str, client: httpx.AsyncClient
) -> None:
    for ask in (client.get, client.head):
        assert (await ask("/exports/links.csv", params=query)).status_code == 400
    assert message in (await client.get("/exports/links.csv", params=query)).json()["errors"][0]["message"]


async def test_an_unknown_file_is_not_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/exports/links.docx")
    assert (answer.status_code, "/exports lists" in answer.text) == (404, True)
    assert "links.docx" not in dataset_files()
