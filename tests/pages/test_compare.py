"""`/compare`: its rows are those of the API's difference and of the report, with causes, filters and statements."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from api.pages import compare
from tests.pages.conftest import Look

MONTH = "/compare?before=2026-09-15&after=2026-11-30"


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.slow
async def test_the_page_tells_every_change_that_the_api_tells(client: httpx.AsyncClient, look: Look) -> None:
    page, answer = (await look(MONTH)).text, (await client.get(MONTH)).json()["data"]["diff"]
    nodes = answer["changes"]["nodes"]
    assert answer["changes"]["totalCount"] == len(nodes)
    assert f"{len(nodes)} changes: " in page
    assert page.count('<tr role="row"><th role="rowheader"') == len(nodes)
    assert page.count('<article class="diff">') == len({node["subjectEntity"]["key"] for node in nodes})
    counted = {text: re.search(rf">{text}</span><span>([\d,]+)<", page) for text in ("the world changed", "both")}
    for text, cause in (("the world changed", "WORLD_CHANGED"), ("both", "BOTH")):
        found = counted[text]
        assert found is not None
        assert int(found[1]) == sum(node["cause"] == cause for node in nodes)


async def test_a_value_that_changed_opens_the_statements_of_both_lenses(look: Look) -> None:
    # a filing of 24 September 2026 says about 11.6 bn; before it a weak source said 1.8 bn
    text = _text((await look(f"{MONTH}&subject=akamai&type=PROVIDES_CAPACITY")).text)
    assert "1.8 bn USD" in text
    assert "≈ 11.6 bn USD" in text
    assert "earlier" in text
    assert "both" in text


async def test_names_stand_for_keys_and_words_for_codes(look: Look) -> None:
    text = _text((await look(f"{MONTH}&label=Link")).text)
    assert "Undisclosed tenant of Sandersville" in text
    assert "undisclosed-tenant-sandersville" not in text
    assert "SIGNED_CONDITIONAL" not in text


async def test_filters_are_those_of_the_report_and_lead_back(client: httpx.AsyncClient, look: Look) -> None:
    filtered = f"{MONTH}&kind=ADDED&label=Link"
    page, nodes = (await look(filtered)).text, (await client.get(filtered)).json()["data"]["diff"]["changes"]["nodes"]
    assert {node["kind"] for node in nodes} == {"ADDED"}
    assert page.count('<article class="diff">') == len(nodes)
    assert 'aria-current="true"' in page
    both = "beforeValid=2026-09-15&amp;beforeKnown=2026-09-15&amp;afterValid=2026-11-30&amp;afterKnown=2026-11-30"
    assert f'href="/compare?label=Link&amp;{both}"' in page  # without the kind
    assert f'href="/reports/changes.csv?label=Link&amp;kind=ADDED&amp;{both}"' in page
    assert 'href="/compare"' in page  # in the navigation, which has one lens and none of both
    assert (await look(f"{MONTH}&kind=NOTHING")).status_code == 400


async def test_rows_lead_to_pages_under_the_second_lens_alone(look: Look) -> None:
    page = (await look(MONTH)).text
    hrefs = re.findall(r'<h3><a href="([^"]+)"', page)
    assert hrefs
    assert all(href.endswith("?validOn=2026-11-30&amp;knownOn=2026-11-30") for href in hrefs)


async def test_many_rows_come_in_pages(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "MAX_ROWS", 10)
    first = (await look(f"{MONTH}&label=Link,Site")).text
    assert "1 to 10 of" in first
    further = re.search(r'href="([^"]+)" rel="next"', first)
    assert further is not None
    second = (await look(unescape(further[1]))).text
    assert "11 to " in second
    assert 'rel="prev"' in second
    heads = [set(re.findall(r"<article.*?</h3>", page, re.DOTALL)) for page in (first, second)]
    assert len(heads[0]) == 10
    assert heads[0] & heads[1] == set()


async def test_equal_lenses_differ_in_nothing(look: Look) -> None:
    assert "Nothing changed." in (await look("/compare?before=2026-11-30&after=2026-11-30")).text
