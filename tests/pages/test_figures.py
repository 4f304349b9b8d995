"""`/figures/ID`: page, JSON and badge."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import FastAPI
from graphql import parse, validate

from api.app import create_app
from api.context.request_context import RequestContext
from api.execution.execute import run_document
from api.pages import figures
from api.pages.figure_query import figure_document
from api.schema.build import schema
from api.schema.figure_fields import figure_state
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.parameters import Parameter
from graph.analytics.core.scope import Scope
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.publication.figures import (
    CellFigure,
    FirmSumFigure,
    StatedFigure,
    cell_id,
    figure_id,
    firm_sum_id,
    read_figure,
)
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import Confidence, Layer
from graph.vocabulary.values import Money
from tests import facts
from tests.pages.conftest import BROWSER, Look, client_over

THEN = DEFAULT_LENS.on(date(2026, 6, 30))
AKAMAI = f"/figures/{figure_id('akamai-anthropic', 'value', THEN, Money(1.8e9))}"


def _parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 (the service wrote it)


async def test_the_page_says_then_and_now_and_what_moved_it(look: Look) -> None:
    page = await look(AKAMAI)
    assert page.status_code == 200
    for said in ("1.8 bn USD", "≈ 11.6 bn USD", "Changed by the world", "TechCrunch", "Nova", "30 Jun 2026"):
        assert said in page.text, said
    assert "style=" not in page.text


async def test_a_program_gets_the_same_from_the_page_and_from_graphql(client: httpx.AsyncClient) -> None:
    answer = (await client.get(AKAMAI)).json()["data"]["figure"]
    assert answer["outcome"] == "CHANGED_BY_THE_WORLD"
    assert (answer["cited"]["text"], answer["now"]["text"]) == ("1800000000USD", "about11600000000USD")
    assert [one["supports"] for one in answer["moved"]] == [True, False, False, False]
    assert answer["moved"][0]["statement"]["source"]["key"] == "nova-akamai"
    document = "query($id: ID!) { figure(id: $id) { outcome address } }"
    asked = {"query": document, "variables": {"id": answer["id"]}}
    same = (await client.post("/graphql", json=asked)).json()["data"]["figure"]
    assert same == {"outcome": "CHANGED_BY_THE_WORLD", "address": AKAMAI}


async def test_the_badge_has_value_day_and_state(client: httpx.AsyncClient) -> None:
    badge = await client.get(f"{AKAMAI}.svg")
    assert badge.headers["content-type"] == "image/svg+xml"
    assert badge.headers["cross-origin-resource-policy"] == "cross-origin"
    picture = _parsed(badge.text)
    words = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["Wattgraph", "1.8 bn USD, 30 Jun 2026", "≠ today ≈ 11.6 bn USD"]
    assert "#ffb000" in badge.text
    calm = figure_id("akamai-anthropic", "term_years", DEFAULT_LENS.on(facts.TODAY), 7.0)
    same = await client.get(f"/figures/{calm}.svg")
    assert "= the same today" in same.text
    assert "#ffb000" not in same.text


@pytest.mark.parametrize("address", ["/figures/nothing", "/figures/nothing.svg", f"{AKAMAI}x", f"{AKAMAI}x.svg"])
async def test_an_unknown_figure_is_404(address: str, client: httpx.AsyncClient, look: Look) -> None:
    answers = [await client.get(address), await look(address)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "There is no such figure" in answers[0].json()["errors"][0]["message"]
    unknown = {"query": '{ figure(id: "nothing") { id } }'}
    assert (await client.post("/graphql", json=unknown)).json()["data"] == {"figure": None}


async def test_a_figure_that_takes_long_is_computed_meanwhile(
    client: httpx.AsyncClient, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks first reads when to ask again; what has been begun goes on."""
    id = figure_id("iren-microsoft-cloud", "value", THEN, Money(9.7e9))
    monkeypatch.setattr(figures, "takes_long", lambda *_: True)
    monkeypatch.setattr(figures, "PATIENCE", 0)
    early = [await client.get(f"/figures/{id}"), await look(f"/figures/{id}"), await client.get(f"/figures/{id}.svg")]
    assert [answer.status_code for answer in early] == [503, 503, 200]
    assert {answer.headers["retry-after"] for answer in early} == {str(figures.RETRY_SECONDS)}
    assert {answer.headers["cache-control"] for answer in early} == {"no-store"}
    assert early[0].json()["errors"][0]["extensions"]["code"] == "BEING_COMPUTED"
    assert "Being computed" in early[1].text
    assert [one.text for one in _parsed(early[2].text).iter("{http://www.w3.org/2000/svg}text")] == [
        "Wattgraph",
        "9.7 bn USD, 30 Jun 2026",
        "… being computed",
    ]
    monkeypatch.setattr(figures, "PATIENCE", 60)
    assert (await client.get(f"/figures/{id}")).json()["data"]["figure"]["outcome"] == "SAME"


async def test_it_is_asked_again_only_where_something_has_changed(client: httpx.AsyncClient, look: Look) -> None:
    tags = [answer.headers["etag"] for answer in (await look(AKAMAI), await client.get(AKAMAI))]
    assert len(set(tags)) == 2
    assert (await look(AKAMAI, **{"If-None-Match": tags[0]})).status_code == 304


@pytest.mark.slow
async def test_each_address_on_a_page_is_that_of_its_figure_and_says_that_it_is_the_same(
    app: FastAPI, look: Look
) -> None:
    """What is stated, what firm contracts add to, prices, debts, what is at risk: whatever opens a panel on the pages
    of Hut 8 and, with prices on two bases, of Cipher. Under the lens of today they are what they are."""
    page = "".join([(await look(f"/organizations/{key}")).text for key in ("hut8", "cipher")])
    ids = {html.unescape(id) for id in re.findall(r'href="/figures/([^"]+)"', page)}
    states = [await figure_state(RequestContext(app.state.provider), id) for id in sorted(ids)]
    assert [state.figure.id for state in states if state.outcome is not Outcome.SAME] == []
    kinds = [type(state.figure.query) for state in states]
    assert {StatedFigure, CellFigure, FirmSumFigure} == set(kinds)
    sources = {state.figure.query.source for state in states if isinstance(state.figure.query, CellFigure)}
    assert {"centrality", "reconciliation", "comparables", "shock", "debt_profile"} <= sources
    without = [
        panel for panel in re.findall(r'<details class="fig.*?</details>', page, re.S) if "/figures/" not in panel
    ]
    assert len(without) <= MAX_WITHOUT_ADDRESS, without


MAX_WITHOUT_ADDRESS = 25
"""Panels of names and texts, which are no figures."""


@pytest.mark.slow
async def test_counts_have_addresses_too(app: FastAPI, look: Look) -> None:
    page = (await look("/")).text + (await look("/links?status=SIGNED")).text
    ids = {html.unescape(id) for id in re.findall(r'href="/figures/((?:rows|report|timeline)[^"]+)"', page)}
    few = [id for id in sorted(ids) if not id.startswith("timeline")] + sorted(ids)[-2:]
    states = [await figure_state(RequestContext(app.state.provider), id) for id in few]
    assert [state.figure.id for state in states if state.outcome is not Outcome.SAME] == []
    assert {id.partition(",")[0].partition(":")[0] for id in ids} == {"rows", "report.coverage", "timeline"}
    assert len([id for id in ids if id.startswith("rows,label=Link,")]) == 1


async def test_a_sum_of_firm_contracts_moves_with_its_contracts(tmp_path: Path) -> None:
    """Announced on 2026-01-10 with 1 bn USD; in June 120 MW more are known, which are not in dollars."""
    second = facts.LEASE.replace("id: lease", "id: second").replace("[filing]", "[late]").replace("2026-01", "2026-06")
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path, links_provides_capacity=facts.LEASE + second))
    query = FirmSumFigure(Layer.SHELL, "from", "host", "value_usd")
    id = firm_sum_id(query, facts.lens("2026-02-15", "2026-02-15"), 1e9, 1e9)
    state = await state_of(store, read_figure(id))
    assert (state.outcome, state.then, state.now) == (Outcome.CHANGED_BY_THE_WORLD, "1000000000", "2000000000")
    assert {one.statement.columns["subject"] for one in state.movers} == {"second"}
    assert state.title == "Host Corp, firm contracts as provider, shell: base-term value"
    document, variables = figure_document(state.figure)
    assert validate(schema.core, parse(document)) == []
    text, failed = await run_document(store, document, json.dumps(variables))
    assert (failed, json.loads(text)["data"]["graph"]["links"]["totalCount"]) == (False, 1)
    await store.close()


async def test_names_and_texts_of_others_are_harmless(tmp_path: Path) -> None:
    # marks that turn the direction of text are refused when facts are read
    hostile = "<script>alert(1)</script>&quot; \u05d0\u05d1 " + "x" * 300
    organizations = facts.ORGANIZATIONS.replace("Host Corp", json.dumps(hostile))
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path, organizations=organizations))
    id = figure_id("lease", "value", facts.lens("2026-02-15", "2026-02-15"), Money(7.0))
    async with client_over(create_app(read_settings(), store)) as client:
        page, badge = [await client.get(f"/figures/{id}{end}", headers=BROWSER) for end in ("", ".svg")]
    assert (page.status_code, badge.status_code) == (200, 200)
    assert "Cannot tell" in page.text
    assert "alert(1)" in page.text
    assert "<script>alert" not in page.text + badge.text
    assert {one.tag.rpartition("}")[2] for one in _parsed(badge.text).iter()} == {"svg", "title", "rect", "text"}
    await store.close()


# ---- the query of a figure


def _input(parameter: Parameter) -> Any:
    value = next(iter(parameter.type)) if parameter.key_of == "" and parameter.type is not Scope else "hut8"
    return parameter.collection([value]) if parameter.collection else value


def _inputs(name: str) -> Mapping[str, Any]:
    inputs = {one.name: _input(one) for one in ANALYTICS[name].parameters if one.required}
    scoped = [one.name for one in ANALYTICS[name].parameters if one.type is Scope]
    return inputs | dict.fromkeys(scoped, Scope(layer=Layer.SHELL))


@pytest.mark.parametrize("name", ANALYTICS)
def test_the_document_of_every_analytic_is_valid(name: str) -> None:
    id = cell_id(name, _inputs(name), {"key": "hut8"}, "mw", lens=THEN, value=1.0)
    assert id is not None
    document, variables = figure_document(read_figure(id))
    assert validate(schema.core, parse(document)) == []
    assert set(variables) == {
        definition.variable.name.value for definition in parse(document).definitions[0].variable_definitions
    }  # type: ignore[attr-defined]  # it is an operation


@pytest.mark.slow
async def test_documents_run_and_give_the_value(client: httpx.AsyncClient) -> None:
    under = Lens(date(2026, 6, 30), date(2026, 6, 30), min_confidence=Confidence.LOW)
    stated = figure_id("akamai-anthropic", "value", under, Money(1.8e9))
    cell = cell_id("capacity", {}, {"PROVIDER": "iren"}, "high", lens=THEN, value=200.0)
    for id, expected in ((stated, "1800000000"), (cell, '"high":200')):
        document, variables = figure_document(read_figure(str(id)))
        answer = await client.post("/graphql", json={"query": document, "variables": variables})
        assert "errors" not in answer.json()
        assert expected in answer.text
