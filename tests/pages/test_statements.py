"""`/statements`: what a figure of the graph's table opens, as a page and in place."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.pages.conftest import Look


async def test_each_figure_of_the_table_leads_to_its_statements(client: httpx.AsyncClient, look: Look) -> None:
    page = (await look("/graph?around=hut8&from=&to=")).text
    [row] = re.findall(r'<tr data-key="hut8-fluidstack-river-bend">.*?</tr>', page)
    addresses = [unescape(one) for one in re.findall(r'class="opens" href="([^"]+)"', row)]
    properties = [dict(httpx.QueryParams(one.partition("?")[2]))["property"] for one in addresses]
    assert properties == ["capacities", "value", "commitment"]
    megawatts = (await look(addresses[0])).text
    assert "<h1><bdi>Critical IT, MW</bdi></h1>" in megawatts
    assert "245 MW" in unescape(megawatts)
    answer = (await client.get(addresses[1])).json()["data"]["graph"]["statements"]["nodes"]
    publishers = {one["source"]["publisher"] for one in answer if one["chosen"]}
    value = unescape((await look(addresses[1])).text)
    assert publishers
    assert all(publisher in value for publisher in publishers)
    assert 'id="panel"><div class="who">' in value


async def test_a_property_of_which_nobody_speaks_says_so(look: Look) -> None:
    page = await look("/statements?subject=hut8-fluidstack-river-bend&property=prepayment_usd")
    assert "Nobody says anything of it" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("subject=nobody&property=value", 404),
        ("subject=hut8", 400),
        ("subject=hut8&property=nothing", 400),
        ("subject=hut8-fluidstack-river-bend&property=capacities&basis=NET", 400),
    ],
)
async def test_what_it_does_not_take_is_refused(query: str, status: int, look: Look) -> None:
    assert (await look(f"/statements?{query}")).status_code == status
