""" "Show the query": what a page, or a part of it, shows is what its document answers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from graphql import parse

from api.pages import graph, organization
from api.pages.documents import QUERIES, read_document, with_fragments
from api.pages.fact_index import FactIndex
from api.pages.organization import organization_view
from api.pages.page import HtmlPage
from api.pages.show_query import ShownQuery, shown_parts
from tests.budgets import AUDIT
from tests.pages.conftest import Look
from tests.pages.rendering import visit_of
from tests.pages.test_graph import shown_keys

Answer = Mapping[str, Any]


def _parts(page: HtmlPage, index: FactIndex, key: str = "", **parameters: str) -> Mapping[str, ShownQuery]:
    return shown_parts(visit_of(page, index, key, **parameters), graphiql=True)


async def _answer(client: httpx.AsyncClient, shown: ShownQuery, *, without: str = "") -> Answer:
    """What the line for a shell posts, and what it is answered; `without` a piece of the document that takes long."""
    command = shlex.split(shown.curl)
    body = json.loads(command[command.index("-d") + 1])
    asked = body | {"query": body["query"].replace(without, "")}
    answer = (await client.post("/graphql", json=asked)).json()
    assert "errors" not in answer, answer
    graph_answer: Answer = answer["data"]["graph"]
    return graph_answer


# ---- documents


def test_a_document_has_the_fragments_that_it_spreads_and_no_other() -> None:
    for path in QUERIES.glob("*.graphql"):
        if path.name != "fragments.graphql":
            text = read_document(path.name)
            defined = {one.name.value for one in parse(text).definitions if one.kind == "fragment_definition"}  # type: ignore[attr-defined]
            assert all(f"...{name}" in text for name in defined), path.name
    assert "fragment LinkLine" in with_fragments("{ link { ...LinkLine } }")
    own = "{ link { ...LinkLine } } fragment LinkLine on Link { key }"
    assert with_fragments(own).strip() == own


def test_both_lines_ask_for_the_same(index: FactIndex) -> None:
    shown = _parts(organization.PAGE, index, "hut8")["exposure"]
    posted = json.loads(shlex.split(shown.curl)[-1])
    line = shown.python.replace("httpx.post", "dict").removesuffix('.json()["data"]')
    address, body = line.removeprefix("dict(").split(", json=", 1)
    assert address == '"http://localhost/graphql"'
    assert eval(body.removesuffix(")")) == posted  # noqa: S307 (our own literal)


# ---- an organization


@pytest.mark.audited
@pytest.mark.parametrize("key", ["hut8", "openai"])
async def test_the_document_of_ranks_gives_the_lines_of_the_page(
    key: str, index: FactIndex, client: httpx.AsyncClient
) -> None:
    """Their intervals, which take half a minute, in `make audit` alone."""
    shown = _parts(organization.PAGE, index, key)["ranks"]
    answer = await _answer(client, shown, without="" if AUDIT else "uncertainty:true")
    ranked = {row["organization"]["key"]: row for table in answer.values() for row in table["rows"]}
    assert ranked.keys() == {key}
    ranks = organization_view(visit_of(organization.PAGE, index, key)).ranks
    assert ranks is not None
    rows = [row for table in answer.values() for row in table["rows"] if row["score"]]
    assert sorted(row["rank"] for row in rows) == sorted(line.rank for line in ranks.lines)
    assert all((row["rankLow"] or row["rank"]) <= row["rank"] <= (row["rankHigh"] or row["rank"]) for row in rows)


async def test_the_document_of_exposure_gives_what_stands_in_the_table(
    index: FactIndex, client: httpx.AsyncClient
) -> None:
    """Of megawatts the upper end of each range, by who loses and who fails."""
    answer = await _answer(client, _parts(organization.PAGE, index, "hut8")["exposure"])
    table = organization_view(visit_of(organization.PAGE, index, "hut8")).exposure
    assert table is not None
    told = {
        (result, row["organization"]["key"]): {part["mw"]["high"] for part in row["mwAtRisk"]}
        for result, shock in answer.items()
        for row in shock["rows"]
    }
    for number, line in enumerate(table.own, 1):
        assert {figure.number for figure in line.megawatts} <= told[f"other{number}", "hut8"]
    for line in table.others:
        assert {figure.number for figure in line.megawatts} <= told["itself", line.loses.key]


@pytest.mark.parametrize("key", ["hut8", "microsoft"])
async def test_the_document_of_depth_has_the_statements_that_are_counted(
    key: str, index: FactIndex, client: httpx.AsyncClient
) -> None:
    answer = await _answer(client, _parts(organization.PAGE, index, key)["depth"])
    said: dict[str, Answer] = {}
    pending: list[Any] = [answer]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending += one
        elif isinstance(one, dict):
            pending += one.values()
            if one.get("counted"):
                said[one["id"]] = one
    depth = organization_view(visit_of(organization.PAGE, index, key)).depth.counts
    assert len(said) == depth.statements
    assert len({one["source"]["key"] for one in said.values()}) == depth.sources


# ---- the graph


@pytest.mark.parametrize(
    "query",
    [
        "kind=HYPERSCALER",
        "source=SEC EDGAR",
        "around=HUT",
        "around=hut8&depth=2",
        "around=hut8&depth=3&commitment=FIRM",
        "from=hut8&to=openai&hops=4",
        "kind=AI_LAB&atLeast=100&type=ALL",
    ],
)
async def test_every_filter_of_the_graph_stands_in_its_document(
    query: str, client: httpx.AsyncClient, look: Look
) -> None:
    shown = shown_keys((await look(f"/graph?{query}")).text)
    answer = (await client.get(f"/graph?{query}", headers={"Accept": "application/json"})).json()
    nodes = answer["data"]["graph"]["links"]["nodes"]
    assert shown
    assert set(shown) == {node["key"] for node in nodes if not node["replacedBy"]}


async def test_the_document_of_paths_has_the_links_that_are_shown(index: FactIndex, client: httpx.AsyncClient) -> None:
    parameters = {"from": "hut8", "to": "openai", "hops": "4"}
    answer = await _answer(client, _parts(graph.PAGE, index, **parameters)["paths"])
    shown = (await client.get("/graph.json", params=parameters)).json()["edges"]
    told = {link["key"] for path in answer["paths"]["paths"] for link in path["links"]}
    assert told == {link for edge in shown for link in edge["links"]}


async def test_the_document_of_a_source_names_the_links_that_it_speaks_of(
    index: FactIndex, client: httpx.AsyncClient
) -> None:
    answer = await _answer(client, _parts(graph.PAGE, index, source="SEC EDGAR")["source"])
    said = [one for source in answer["sources"]["nodes"] for one in source["statements"]["nodes"] if one["counted"]]
    shown = (await client.get("/graph.json?source=SEC EDGAR")).json()["edges"]
    assert {link for edge in shown for link in edge["links"]} <= {one["subjectEntity"]["key"] for one in said}


async def test_the_views_of_evidence_ask_for_statements(client: httpx.AsyncClient) -> None:
    for colour, asked in (("commitment", False), ("rivals", True)):
        answer = await client.get(f"/graph?colour={colour}&around=hut8", headers={"Accept": "application/json"})
        nodes = answer.json()["data"]["graph"]["links"]["nodes"]
        assert all(("statements" in node) is asked for node in nodes)
