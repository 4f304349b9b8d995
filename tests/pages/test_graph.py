"""The page of the graph, and the same as SVG, JSON, CSV and GraphML."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import networkx as nx
import pytest

from api.pages.graph_parameters import PARAMETERS
from graph.evidence.firmness import Firmness
from graph.pictures.network_query import Colour, WidthMeasure
from graph.pictures.network_svg import measure_words
from graph.pictures.svg import NAMESPACE
from graph.settings import PROJECT
from tests.pages.conftest import Look

EVERY = "FIRM,CONDITIONAL,OPTION,UNSTATED,LAPSED"
LINKS = """query Shown($lens: LensInput, $where: LinkWhere) {
  graph(lens: $lens) { links(where: $where, first: 500) { nodes { key replacedBy { key } } } } }"""


async def _model(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/graph.json?{query}")
    assert answer.status_code == 200, answer.text
    model: dict[str, Any] = answer.json()
    return model


def _keys(model: dict[str, Any]) -> set[str]:
    return {link for edge in model["edges"] for link in edge["links"]}


def shown_keys(page: str) -> list[str]:
    """The keys of the links in the table."""
    return re.findall(r'<tr data-key="([^"]+)"', page)


async def _answer(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> Any:
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]["graph"]["links"]["nodes"]


@pytest.mark.parametrize(
    ("valid_on", "known_on"),
    [
        ("2025-09-30", "2025-09-30"),
        ("2026-10-31", "2026-10-31"),
        ("2026-11-30", "2025-12-31"),
        ("2025-12-31", "2026-11-30"),
    ],
)
async def test_what_is_shown_is_what_the_api_says_under_the_lens(
    valid_on: str, known_on: str, client: httpx.AsyncClient, look: Look
) -> None:
    days = f"validOn={valid_on}&knownOn={known_on}"
    lens = {"validOn": valid_on, "knownOn": known_on}
    contracts = {"type": {"eq": "PROVIDES_CAPACITY"}}
    listed = await _answer(client, LINKS, {"lens": lens, "where": contracts})
    drawn = await _model(client, f"{days}&commitment={EVERY}")
    assert _keys(drawn) == {node["key"] for node in listed}
    assert (drawn["validOn"], drawn["knownOn"]) == (valid_on, known_on)

    firm = contracts | {"inForce": {"eq": True}, "commitment": {"eq": "FIRM"}, "status": {"ne": "SIGNED_CONDITIONAL"}}
    large = firm | {"capacity": {"basis": "CRITICAL_IT", "mw": {"gte": 200}}}
    expected = await _answer(client, LINKS, {"lens": lens, "where": large})
    page = await look(f"/graph?{days}&commitment=FIRM&atLeast=200")
    assert set(shown_keys(page.text)) == {node["key"] for node in expected if not node["replacedBy"]}


async def test_iren_and_microsoft_come_between_september_2025_and_october_2026(client: httpx.AsyncClient) -> None:
    # announced on 3 November 2025
    before = await _model(client, "validOn=2025-09-30&knownOn=2025-09-30")
    after = await _model(client, "validOn=2026-10-31&knownOn=2026-10-31")
    assert "iren-microsoft-cloud" not in _keys(before)
    assert "iren-microsoft-cloud" in _keys(after)
    at = [{node["key"]: (node["x"], node["y"]) for node in model["nodes"]} for model in (before, after)]
    assert at[0]["iren"] == at[1]["iren"]
    assert before["frame"] == after["frame"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "commitment=FIRM&commitment=LAPSED",
        "type=INVESTS_IN,LENDS_TO&measure=USD_FINANCING&atLeast=1",
        "status=LETTER",
    ],
)
async def test_page_files_and_document_have_the_same_links(query: str, client: httpx.AsyncClient, look: Look) -> None:
    page = (await look(f"/graph?{query}")).text
    keys = set(shown_keys(page))
    assert keys == _keys(await _model(client, query))
    embedded = re.search(r'<script type="application/json" id="model"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert embedded is not None
    assert keys == _keys(json.loads(embedded[1]))
    answer = await client.get(f"/graph?{query}", headers={"Accept": "application/json"})
    nodes = answer.json()["data"]["graph"]["links"]["nodes"]
    lapsed = "LAPSED" in query
    assert keys == {node["key"] for node in nodes if lapsed or not node["replacedBy"]}


async def test_exports_read_back(client: httpx.AsyncClient) -> None:
    model = await _model(client)
    table = await client.get("/graph.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert rows[0].keys() >= {"key", "source", "target", "mw_critical_it", "value_usd", "data_version", "firmness"}
    assert {row["key"] for row in rows} == _keys(model)
    iren = next(row for row in rows if row["key"] == "iren-microsoft-cloud")
    assert (iren["source_name"], iren["mw_critical_it"], iren["value_usd"]) == ("IREN", "200", "9700000000")
    assert "attachment" in table.headers["content-disposition"]
    assert iren["value_usd_figure"].startswith("/figures/iren-microsoft-cloud:value:")

    read = nx.parse_graphml((await client.get("/graph.graphml")).text, force_multigraph=True)
    assert {key for *_, key in read.edges(keys=True)} == _keys(model)
    assert read.nodes["iren"]["name"] == "IREN"
    assert {type(data["mw_critical_it"]) for *_, data in read.edges(data=True) if "mw_critical_it" in data} == {float}
    assert read.graph["data_version"] == model["dataVersion"]


async def test_the_svg_explains_itself_and_its_policy_lets_its_own_style_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graph.svg?around=IREN&depth=1")
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.text)  # noqa: S314 (our own)
    style = root.findtext(f"{{{NAMESPACE}}}style") or ""
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in answer.headers["content-security-policy"]
    texts = {one.text for one in root.iter(f"{{{NAMESPACE}}}text")}
    assert {"IREN", "Microsoft", "firm", "none stated"} <= texts
    bare = await client.get("/graph.svg?around=IREN&legend=no")
    assert "none stated" not in bare.text
    small = ElementTree.fromstring((await client.get("/graph.svg?legend=no&width=340")).text)  # noqa: S314 (our own)
    assert float(small.get("width", "0")) <= 340
    names = [one.text for one in small.iter(f"{{{NAMESPACE}}}text")]
    assert "OpenAI" in names
    assert len(names) < 20
    again = await client.get("/graph.svg?around=IREN&depth=1", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_without_scripts_the_picture_has_the_filters_of_the_page(client: httpx.AsyncClient, look: Look) -> None:
    page = (await look("/graph?commitment=FIRM&atLeast=200&validOn=2026-06-30")).text
    [source] = re.findall(r'<img [^>]*src="([^"]+)"', page)
    picture = await client.get(html.unescape(source))
    assert f"{len(shown_keys(page))} of " in picture.text
    assert 'value="2026-06-30"' in page


async def test_a_permalink_holds_state_lens_and_data_version(client: httpx.AsyncClient, look: Look) -> None:
    page = (await look("/graph?colour=age&parallel=merge&view=0.5,0.5,0.8&select=iren")).text
    [link] = re.findall(r'id="permalink" href="([^"]+)"', page)
    values = {name: value[0] for name, value in parse_qs(urlsplit(html.unescape(link)).query).items()}
    assert values.keys() == {"colour", "parallel", "view", "select", "validOn", "knownOn", "dataVersion"}
    assert "The data have changed" not in (await look(html.unescape(link))).text
    assert "The data have changed" in (await look("/graph?dataVersion=0123456789abcdef")).text
    assert "The data have changed" in (await look("/graph?dataVersion=<script>")).text


@pytest.mark.parametrize(
    "query",
    [
        "type=NOTHING",
        "commitment=MAYBE",
        "measure=BTU",
        "atLeast=-1",
        "atLeast=1e9",
        "around=nobody-of-this-name",
        "depth=9",
        "from=iren",
        "from=iren&to=iren",
        "colour=red",
        "size=NOTHING",
        "parallel=perhaps",
        "view=here",
        "legend=maybe",
        "width=9",
        "nothing=1",
    ],
)
async def test_what_no_address_takes_is_refused(query: str, client: httpx.AsyncClient, look: Look) -> None:
    assert (await client.get(f"/graph.json?{query}")).status_code == 400
    assert (await look(f"/graph?{query}")).status_code == 400


async def test_neighbourhoods_and_paths_by_name_and_ticker(client: httpx.AsyncClient) -> None:
    # IREN's ticker is IREN; Hut 8's is HUT
    assert _keys(await _model(client, "around=HUT")) == _keys(await _model(client, "around=hut8"))
    near = await _model(client, "around=hut8")
    assert all("hut8" in (edge["source"], edge["target"]) for edge in near["edges"])
    paths = await _model(client, "from=hut8&to=openai&hops=4")
    ends = {node["key"] for node in paths["nodes"]}
    assert {"hut8", "openai"} <= ends


async def test_merged_links_have_a_number(client: httpx.AsyncClient) -> None:
    fanned, merged = await _model(client), await _model(client, "parallel=merge")
    assert _keys(fanned) == _keys(merged)
    assert len(merged["edges"]) == len({(edge["source"], edge["target"]) for edge in fanned["edges"]})


async def test_the_evidence_views_colour_every_line(client: httpx.AsyncClient) -> None:
    classes = {
        colour: {edge["colour"] for edge in (await _model(client, f"colour={colour}"))["edges"]}
        for colour in ("rivals", "age", "source")
    }
    assert classes["rivals"] <= {"rivals", "agreed", "single"}
    assert classes["age"] <= {"quarter", "year", "older", "undated"}
    assert classes["source"] <= {"party", "press", "collected"}
    assert all(len(one) > 1 for one in classes.values())


@pytest.mark.slow
async def test_dots_by_a_centrality_show_its_interval(client: httpx.AsyncClient) -> None:
    nodes = (await _model(client, "size=IN_DEGREE"))["nodes"]
    assert all(node["least"] <= node["radius"] <= node["most"] for node in nodes)
    assert any(node["least"] < node["most"] for node in nodes)


async def test_a_source_filter_takes_key_or_publisher(client: httpx.AsyncClient) -> None:
    every = _keys(await _model(client))
    some = _keys(await _model(client, "source=sec edgar"))
    assert some
    assert some < every
    assert _keys(await _model(client, "source=nobody")) == set()


def test_the_documentation_names_every_parameter_and_measure() -> None:
    text = (PROJECT / "docs" / "graph.md").read_text(encoding="utf-8")
    assert [name for name in (*PARAMETERS, *WidthMeasure, *Colour, *Firmness) if f"`{name}`" not in text] == []


def test_each_measure_has_words() -> None:
    assert len({measure_words(one) for one in WidthMeasure}) == len(WidthMeasure)
