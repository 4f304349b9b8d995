"""The page of an organization: any of them, its figures, its sums, its exposure."""

from __future__ import annotations

import re

import httpx
import pytest

from api.app import create_app
from api.pages import organization
from api.pages.exposures import Stakes
from api.pages.fact_index import FactIndex
from api.pages.organization import OrganizationView, organization_view
from graph.analytics.contracts.capacity import capacity
from graph.analytics.contracts.concentration import Measure, Side, concentration
from graph.analytics.contracts.groups import CapacityGroup
from graph.analytics.core.scope import Scope
from graph.analytics.risk.shock import shock
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from tests.pages.conftest import BROWSER, Look, client_over
from tests.pages.rendering import faults_of, visit_of, written


def _view(index: FactIndex, key: str) -> OrganizationView:
    return organization_view(visit_of(organization.PAGE, index, key))


@pytest.mark.slow
def test_the_page_of_every_organization_can_be_made(index: FactIndex) -> None:
    for key in index.snapshot.organizations:
        page = written(visit_of(organization.PAGE, index, key))
        assert faults_of(page) == [], key
        assert "None " not in page.replace("None of them", ""), key


async def test_figures_of_the_page_are_those_of_its_document(client: httpx.AsyncClient, look: Look) -> None:
    answer = (await client.get("/organizations/hut8")).json()["data"]["graph"]
    assert answer["organization"]["name"] == "Hut 8"
    [row] = [one for one in answer["provides"]["rows"] if one["basis"] == "CRITICAL_IT"]
    assert row["mw"] == {"low": 949.0, "high": 949.0}  # 352 + 352 + 245
    page = (await look("/organizations/hut8")).text
    assert re.search(r'<b><a class="cited" href="/figures/[^"]+">949 MW</a></b> of critical IT load', page)
    debts = {one["key"]: one["value"]["amount"] for one in answer["debts"]["nodes"] if one["issued"]}
    # 4.25 and 3.25 bn of notes, and a facility of 1.07 bn
    assert sum(debts.values()) == pytest.approx(8.57e9, rel=1e-3)
    assert re.search(r'<b><a class="cited" href="/figures/debt_profile[^"]+">8.57 bn USD</a></b>', page)
    for link in answer["organization"]["links"]["nodes"]:
        assert f'href="/links/{link["key"]}"' in page or link["type"] in ("OPERATES", "OWNS"), link


def test_sums_of_a_page_are_those_of_the_analytic(index: FactIndex) -> None:
    """For each provider and customer, layer and basis: what stands in the row of sums."""
    scope = Scope(types=frozenset({"PROVIDES_CAPACITY"}))
    seen = 0
    for group, section in ((CapacityGroup.PROVIDER, "provides"), (CapacityGroup.CUSTOMER, "takes")):
        for row in capacity(index.snapshot, (group,), scope).rows:
            key = row.group[group]
            if row.mw is None or not row.links or key not in ("hut8", "coreweave", "openai", "microsoft", "fluidstack"):
                continue
            keys = [link.key for link in (*row.links, *row.without)]
            made = index.sums.megawatts(row.layer, row.basis, keys)
            assert made is not None
            assert (made.low, made.high, made.without) == (row.mw.low, row.mw.high, len(row.without)), (section, key)
            assert {one.link.key for one in made.contained} == {link.key for link in row.contained}
            [table] = [one.table for one in _view(index, key).capacity if one.id == section]
            shown = [group.sums.megawatts.get(row.basis) for group in table.groups if group.sums]
            assert row.mw.high in [one.number for one in shown if one], (section, key)
            seen += 1
    assert seen > 10


def test_dollars_of_a_page_are_those_of_the_analytic(index: FactIndex) -> None:
    for key in ("hut8", "iren", "coreweave"):
        for layer in (Layer.SHELL, Layer.COMPUTE):
            scope = Scope(types=frozenset({"PROVIDES_CAPACITY"}), layer=layer)
            shares = concentration(index.snapshot, key, Side.CUSTOMERS, Measure.VALUE_USD, scope).shares
            links = [link.key for link in index.links_naming(key, "from")]
            made = index.sums.dollars(layer, [link for link in links if index.links[link]["layer"] is layer])
            assert (made.high if made else 0.0) == pytest.approx(sum(one.amount for one in shares)), (key, layer)


def test_layers_and_bases_are_never_added(index: FactIndex) -> None:
    """No figure of a page is the sum of two of another layer or basis: each has one of each."""
    for section in _view(index, "coreweave").capacity:
        for group in section.table.groups:
            layers = {index.links[line.key]["layer"] for line in (*group.counted, *group.rest)}
            assert len(layers) == 1
            for basis, figure in (group.sums.megawatts if group.sums else {}).items():
                assert basis in CapacityBasis
                assert len(figure.lines) <= len(group.counted)


@pytest.mark.parametrize("key", ["hut8", "fluidstack", "microsoft"])
def test_exposure_is_that_of_a_shock(key: str, index: FactIndex) -> None:
    stakes, result = Stakes(index.facts), shock(index.snapshot, [key])
    assert result.rows
    for row in result.rows:
        touching = stakes.counterparties(key)[row.organization.key]
        exposure = stakes.exposure(row.organization.key, key, touching)
        assert exposure.usd_at_risk == row.usd_at_risk, row.organization.key
        expected = [(one.layer, one.basis, one.mw.high) for one in row.mw_at_risk]
        assert list(stakes.megawatts(touching)) == expected, row.organization.key


def test_an_unnamed_party_is_shown_as_such(index: FactIndex) -> None:
    placeholder = next(iter(sorted(index.snapshot.placeholders)))
    view = _view(index, placeholder)
    assert view.unnamed
    assert view.ranks is None
    page = written(visit_of(organization.PAGE, index, placeholder))
    assert "it stands for a party that no source names" in page


def test_the_lead_and_figures_are_absent_where_there_is_nothing_to_say(index: FactIndex) -> None:
    silent = [key for key in index.snapshot.organizations if not index.links_naming(key, "from", "to")]
    assert silent, "an organization that no link names"
    for key in silent:
        view = _view(index, key)
        assert (view.capacity, view.timeline, view.chain) == ((), None, None)
        assert not view.lead or view.debts


def test_unknown_is_a_dash_and_never_zero(index: FactIndex) -> None:
    [provides] = [one for one in _view(index, "hut8").capacity if one.id == "provides"]
    cloud = next(line for line in provides.table.lines if line.parties[0].unnamed)
    assert (cloud.megawatts, cloud.value, cloud.price) == ({}, None, None)


@pytest.mark.slow
async def test_intervals_are_made_in_the_background_and_the_page_says_so(
    seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.ranks.make_intervals", lambda facts: {"Counterparties": {}})
    fresh = create_app(read_settings(), seeded)
    async with client_over(fresh) as client:
        first = await client.get("/organizations/iren", headers=BROWSER)
        assert "The intervals are being made" in first.text
        assert (first.headers["cache-control"], "etag" in first.headers) == ("no-store", False)
        await fresh.state.pages.works.finish()
        second = await client.get("/organizations/iren", headers=BROWSER)
        assert "The intervals are being made" not in second.text
        tag = {"If-None-Match": second.headers["etag"]}
        assert (await client.get("/organizations/iren", headers=BROWSER | tag)).status_code == 304


async def test_a_ticker_and_a_name_lead_to_the_page(look: Look) -> None:
    for called in ("HUT", "Hut%208", "hUT%208%20cORP."):
        answer = await look(f"/organizations/{called}?validOn=2026-10-01")
        assert (answer.status_code, answer.headers["location"]) == (307, "/organizations/hut8?validOn=2026-10-01")


async def test_an_unknown_organization_is_not_found_in_both_forms(client: httpx.AsyncClient, look: Look) -> None:
    page, program = await look("/organizations/hut9"), await client.get("/organizations/hut9")
    assert page.status_code == program.status_code == 404
    assert "Did you mean hut8?" in page.text
    assert program.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_links_of_a_page_keep_the_lens(index: FactIndex) -> None:
    visit = visit_of(organization.PAGE, index, "hut8")
    lens = [("validOn", "2026-10-01")]
    visit = type(visit)(
        **{**vars(visit), "address": type(visit.address)("http://localhost", "/organizations/hut8", lens, [])}
    )
    view = organization_view(visit)
    line = view.capacity[0].table.lines[0]
    assert line.href.endswith("?validOn=2026-10-01")
    row: Row = index.entities["nvidia"]
    assert visit.address.of(row) == "/organizations/nvidia?validOn=2026-10-01"
