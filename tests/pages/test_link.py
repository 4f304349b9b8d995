"""The page of a link: every property, its rivals and reasons, and who says what."""

from __future__ import annotations

import httpx
import pytest

from api.pages import link
from api.pages.fact_index import FactIndex
from api.pages.link import LinkView, PropertyLine, link_view
from graph.comparison.standing import ValueStanding
from tests.pages.conftest import Look
from tests.pages.rendering import faults_of, visit_of, written

CONTRACT = "iren-microsoft-cloud"


def _view(index: FactIndex, key: str = CONTRACT) -> LinkView:
    return link_view(visit_of(link.PAGE, index, key))


def _lines(view: LinkView) -> dict[str, PropertyLine]:
    return {line.anchor: line for group in view.groups for line in group.lines}


@pytest.mark.slow
def test_the_page_of_every_sort_of_link_can_be_made(index: FactIndex) -> None:
    columns = ("type", "layer", "status", "commitment", "service_state", "in_force")
    sorts = {tuple(row.columns.get(name) for name in columns): key for key, row in index.links.items()}
    assert len(sorts) > 50
    for key in sorts.values():
        assert faults_of(written(visit_of(link.PAGE, index, key))) == [], key


async def test_properties_are_those_of_the_answer(client: httpx.AsyncClient, index: FactIndex) -> None:
    answer = (await client.get(f"/links/{CONTRACT}")).json()["data"]["graph"]["link"]
    view = _view(index)
    statements = answer["statements"]["nodes"]
    assert view.statements == answer["statements"]["totalCount"] == len(statements)
    assert view.documents == len({one["source"]["key"] for one in statements})
    assert {line.evidence.about for line in _lines(view).values()} == {one["property"] for one in statements}
    assert (answer["value"]["amount"], _lines(view)["value"].evidence.values[0].text) == (9.7e9, "9.7 bn USD")
    origins = {one["source"]["origin"] for one in statements if one["property"] == "value" and one["chosen"]}
    assert _lines(view)["value"].evidence.origins == len(origins)


def test_a_rival_says_why_it_is_not_shown(index: FactIndex) -> None:
    """One source says 3.4 bn, read weakly; before the delivery the status was another."""
    lines = _lines(_view(index))
    shown, rival = lines["value"].evidence.values
    assert (shown.standing, rival.standing) == (ValueStanding.SHOWN, ValueStanding.OTHERWISE)
    assert rival.text == "3.4 bn USD"
    assert "weakly" in rival.why
    assert rival.testimonies[0].document.publisher == "StarOnlineNews"
    assert lines["value"].evidence.contested == 1
    active, signed = lines["status"].evidence.values
    assert (active.text, signed.text, signed.standing) == ("active", "signed", ValueStanding.EARLIER)
    assert lines["status"].evidence.contested == 0
    assert "later moment" in signed.why


def test_the_matrix_has_a_row_for_each_source_and_a_cell_for_each_property(index: FactIndex) -> None:
    view = _view(index)
    assert len(view.matrix) == view.documents
    assert {len(row.cells) for row in view.matrix} == {len(view.columns)}
    place = view.columns.index("Value over the base term")
    cells = {row.document.publisher: row.cells[place] for row in view.matrix}
    assert (cells["StarOnlineNews"], cells["Dell Technologies"]) == ("otherwise", "says")
    assert view.matrix[0].document.reliability == "high"


def test_megawatts_of_another_stage_stand_in_a_line_of_their_own(index: FactIndex) -> None:
    texts = [line.evidence.values[0].text for anchor, line in _lines(_view(index)).items() if "capacities" in anchor]
    assert sorted(text.split()[0] for text in texts) == ["200", "50"]


def test_links_that_belong_to_it_are_named(index: FactIndex) -> None:
    titles = {one.title: [link.key for link in one.links] for one in _view(index).related}
    assert titles["It is served out of"]
    used = titles["It is served out of"][0]
    back = {one.title: [link.key for link in one.links] for one in _view(index, used).related}
    assert CONTRACT in back["Served out of it"]


async def test_a_link_that_the_lens_does_not_show_yet_is_not_found(look: Look) -> None:
    assert (await look(f"/links/{CONTRACT}?knownOn=2025-01-01")).status_code == 404


async def test_the_page_opens_its_sources_and_its_query(look: Look) -> None:
    page = (await look(f"/links/{CONTRACT}")).text
    for expected in ("Show the query", "/graphiql?query=", "Dell Technologies", "all that it says"):
        assert expected in page
