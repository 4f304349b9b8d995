"""`/links`: the same links as the API lists, whatever the filter, in the same order, page by page, and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import httpx
import pytest

from api.pages.link_filters import PARAMETERS
from graph.settings import PROJECT
from tests.pages.conftest import Look

FILTERS = [
    "",
    "?commitment=FIRM&mwFrom=200",
    "?basis=GROSS&mwFrom=100&sort=mw",
    "?basis=UNSTATED",
    "?usdFrom=5e9&sort=usd",
    "?status=SIGNED,ACTIVE&announcedFrom=2026-07&announcedTo=2026-09-30&sort=announced",
    "?source=IREN&sort=service&order=asc",
    "?source=HUT&target=fluidstack",
    "?type=GUARANTEES,LENDS_TO&sort=usd&order=asc",
    "?type=ANY&site=river-bend&sort=term",
    "?type=ANY&chip=gb300&first=7",
    "?type=ANY&deal=hut8-river-bend-2025&inForce=true",
    "?layer=COMPUTE&state=CONFIRMED",
    "?commitment=FIRM&sort=gross&order=asc",
]


def _keys(page: str) -> list[str]:
    return [unescape(key) for key in re.findall(r'class="own" href="/links/([^"?#]+)', page)]


@pytest.mark.parametrize("asked", FILTERS)
async def test_the_page_lists_what_the_api_lists(asked: str, client: httpx.AsyncClient, look: Look) -> None:
    page, answer = await look(f"/links{asked}"), (await client.get(f"/links{asked}")).json()["data"]["graph"]["links"]
    assert page.status_code == 200
    assert _keys(page.text) == [node["key"] for node in answer["nodes"]]
    assert answer["nodes"]
    assert f"All {answer['totalCount']:,} as CSV" in page.text


async def test_heads_of_columns_order_the_whole_list(look: Look) -> None:
    page = (await look("/links?commitment=FIRM&sort=usd")).text
    heads = {text: unescape(href) for href, text in re.findall(r'<th [^>]*><a href="([^"]+)">([^<]+)</a>', page)}
    assert heads.keys() >= {"Critical IT, MW", "bn USD", "Years", "Service", "Announced"}
    assert re.search(r'aria-sort="descending"><a [^>]*>bn USD', page)
    rising = await look(heads["bn USD"])  # it has that order already: the other direction
    assert re.search(r'aria-sort="ascending"><a [^>]*>bn USD', rising.text)
    assert "commitment=FIRM" in heads["bn USD"]
    by_megawatts = (await look(heads["Critical IT, MW"])).text
    stated = [float(one) for one in re.findall(r'data-l="MW critical IT" data-v="([^"]+)"', by_megawatts)]
    assert stated == sorted(stated, reverse=True)
    assert len(stated) > 20


async def test_pages_follow_each_other_by_a_cursor_that_the_api_takes_too(
    client: httpx.AsyncClient, look: Look
) -> None:
    first = (await look("/links?type=ANY&source=nvidia&first=10")).text
    further = re.search(r'href="([^"]+)" rel="next"', first)
    assert further is not None
    second = unescape(further[1])
    listed = [node["key"] for node in (await client.get(second)).json()["data"]["graph"]["links"]["nodes"]]
    assert _keys((await look(second)).text) == listed
    assert set(listed) & set(_keys(first)) == set()
    assert (await look(second.replace("first=10", "first=10&sort=usd"))).status_code == 400  # a cursor of another order


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("status=NOTHING", "no value of it"),
        ("mwFrom=many", "no number"),
        ("usdFrom=nan", "no number"),
        ("basis=NET", "basis is"),
        ("sort=name", "Name one of mw"),
        ("order=up", "asc or desc"),
        ("announcedFrom=soon", "not a date"),
        ("first=501", "the limit is 500"),
        ("inForce=1", "true or false"),
        ("after=x", "not a cursor"),
    ],
)
async def test_what_cannot_be_asked_is_refused_alike(
    asked: str, said: str, client: httpx.AsyncClient, look: Look
) -> None:
    page, program = await look(f"/links?{asked}"), await client.get(f"/links?{asked}")
    assert page.status_code == 400
    assert said in unescape(page.text)
    assert said in program.json()["errors"][0]["message"]


async def test_the_form_says_what_is_listed_and_keeps_the_rest_of_the_address(look: Look) -> None:
    page = (
        await look("/links?commitment=FIRM&mwFrom=200&site=river-bend&knownOn=2026-10-01&source=%22%3E%3Cb%3E")
    ).text
    assert '<option value="FIRM" selected>firm</option>' in page
    assert 'name="mwFrom" value="200"' in page
    assert '<input type="hidden" name="site" value="river-bend">' in page
    assert '<input type="hidden" name="knownOn" value="2026-10-01">' in page
    assert "<b>" not in page.partition('<form class="filters"')[2].partition("</form>")[0]
    assert "No link is like that." in page


async def test_the_csv_has_every_link_with_its_megawatts_dollars_and_sources(client: httpx.AsyncClient) -> None:
    answer = await client.get("/links.csv?type=ANY")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    total = (await client.get("/links?type=ANY&first=1")).json()["data"]["graph"]["links"]["totalCount"]
    assert len(rows) == total > 500  # more than a page of the API
    iren = rows["iren-microsoft-cloud"]
    told = (
        "source_name",
        "target_name",
        "mw_critical_it",
        "value_amount",
        "value_currency",
        "term_years",
        "commitment",
    )
    assert [iren[name] for name in told] == ["IREN", "Microsoft", "200", "9700000000", "USD", "5", "FIRM"]
    assert len(json.loads(iren["sources"])) > 5
    assert iren["value_usd_figure"].startswith("/figures/iren-microsoft-cloud:value:2026-11-30:9700000000USD:2-")
    assert rows["hut8-fluidstack-river-bend"]["mw_gross"] == ""  # unknown is empty, never 0
    again = await client.get("/links.csv?type=ANY", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_every_parameter_stands_in_the_docs() -> None:
    text = (PROJECT / "docs" / "pages.md").read_text(encoding="utf-8")
    assert [name for name in PARAMETERS if f"`{name}`" not in text] == []
