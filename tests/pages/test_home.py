"""The front page."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import httpx
import pytest

from api.pages import home
from api.pages.fact_index import FactIndex
from api.pages.home import home_view
from api.pages.page import Visit
from graph.comparison.coverage import coverage_of
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day
from tests.pages.conftest import Look
from tests.pages.rendering import faults_of, visit_of, written


async def test_the_sample_of_the_front_page_works(client: httpx.AsyncClient, look: Look) -> None:
    text = html.unescape((await look("/")).text)
    sample = text[text.index('{"query"') : text.index("\nEOF</code>")]
    answer = (await client.post("/graphql", json=json.loads(sample))).json()
    assert answer["data"]["organization"]["links"]["nodes"][0]["statements"]["nodes"]


async def test_the_largest_are_those_of_the_answer(client: httpx.AsyncClient, index: FactIndex, visit: Visit) -> None:
    answer = (await client.get("/")).json()["data"]["graph"]
    view = home_view(visit)
    by_megawatts, by_dollars, of_shells = view.largest
    assert [line.key for line in by_megawatts.table.lines] == [
        one["key"] for one in answer["largestByMegawatts"]["nodes"]
    ]
    shown = [line.megawatts[CapacityBasis.CRITICAL_IT].number for line in by_megawatts.table.lines]
    assert shown == sorted(shown, key=lambda mw: -float(mw or 0))
    named = {one["key"]: one["value"]["amount"] for one in answer["largestComputeByDollars"]["nodes"]}
    for line in by_dollars.table.lines:
        assert line.value is not None
        assert line.key not in named or line.value.number == named[line.key]
    layers = [{str(index.links[line.key]["layer"]) for line in one.table.lines} for one in view.largest]
    assert layers == [{"SHELL"}, {"COMPUTE"}, {"SHELL"}]
    assert of_shells.table.bases == ()


async def test_how_far_the_data_reach_is_that_of_the_answer(client: httpx.AsyncClient, visit: Visit) -> None:
    answer = (await client.get("/")).json()["data"]["graph"]
    view = home_view(visit)
    counts = {one.noun: int(one.count.replace(",", "")) for one in view.counts}
    assert counts["organizations"] == answer["organizations"]["totalCount"]
    assert counts["sources"] == answer["sources"]["totalCount"]
    assert counts["links"] == answer["coverage"]["links"]
    assert counts["values on which sources disagree"] == answer["coverage"]["disagreements"]
    assert list(view.gaps) == answer["coverage"]["gaps"]


def test_news_are_the_links_announced_last(index: FactIndex, visit: Visit) -> None:
    news = home_view(visit).news
    assert len(news) == 9
    newest = max(link["announced"].earliest for link in index.links.values() if link["announced"] and link["value"])
    assert news[0].day == format_day(newest)


def test_the_front_page_can_be_made(visit: Visit) -> None:
    page = written(visit)
    assert faults_of(page) == []
    assert "crITical" not in page
    assert not re.search(r"(critical IT|gross|not stated)\)? \1", re.sub(r"<[^>]*>", "", page))


@pytest.fixture(scope="module")
async def visit(index: FactIndex, seeds_reader: EmbeddedReader) -> Visit:
    return replace(visit_of(home.PAGE, index), gathered=await coverage_of(seeds_reader))
