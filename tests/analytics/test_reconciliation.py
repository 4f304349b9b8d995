from __future__ import annotations

from typing import Any

import pytest

from graph.analytics.contracts.reconciliation import Reconciliation, Reconciliations, reconciliation, stated_basis
from graph.errors import BadQuery
from graph.vocabulary.enums import (
    Commitment,
    Extent,
    Layer,
    LinkStatus,
    ObservationMetric,
    Service,
    ServiceState,
    TradeRole,
)
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis, CapacityStage, Figure, FlowOrStock, ObservationBasis
from tests.analytics.world import link, moment, mw, observation, organization, snapshot, usd

MW = ObservationMetric.CONTRACTED_MW
VALUE = ObservationMetric.CONTRACTED_VALUE


def _figure(value: float | None, unit: str = "MW", **more: Any) -> Figure:
    usual = {"as_of": moment("2026-06-01"), "capacity_basis": CapacityBasis.CRITICAL_IT if unit == "MW" else None}
    return Figure(unit, ObservationBasis.ACTUAL, value, **(usual | more))


def _all(links: list[Row], *stated: Row, more: tuple[Row, ...] = ()) -> Reconciliations:
    return reconciliation(snapshot(links, *more), {one.key: one for one in stated}, "host")


def _only(links: list[Row], stated: Row, *more: Row) -> Reconciliation:
    (row,) = _all(links, stated, more=more).rows
    return row


def test_the_gap_to_what_a_company_states_is_shown_not_filled() -> None:
    # 200 and 190 critical IT are found of 590; 70 of unstated basis are not added, 16 elsewhere are told
    links = [
        link("one", "host", "cloud", capacities=mw(200)),
        link("two", "host", "cloud", capacities=mw(190)),
        link("vague", "host", "cloud", capacities=mw(70, CapacityBasis.UNSTATED)),
        link("beyond", "host", "cloud", capacities=mw(16)),
    ]
    stated = observation("total", "host", MW, _figure(590.0), counterparty="cloud", covers=("one", "two", "vague"))
    row = _only(links, stated)
    assert (row.stated, row.found, row.gap, row.unit) == (590, 390, 200, "MW")
    assert (row.layer, row.basis, row.basis_stated) == (Layer.SHELL, CapacityBasis.CRITICAL_IT, True)
    assert [one.key for one in row.links] == ["one", "two"]
    assert row.other_bases == {CapacityBasis.UNSTATED: 70}
    assert [one.key for one in row.beyond] == ["beyond"]
    assert [(one.link.key, one.because) for one in row.excluded] == [("vague", "states UNSTATED megawatts only")]
    assert row.method.parameters["observation"] == "total"


def test_unnamed_tenants_count_for_the_companys_total() -> None:
    links = [link("known", "host", "cloud", capacities=mw(245)), link("hidden", "host", "tenant", capacities=mw(352))]
    stated = observation("total", "host", MW, _figure(597.0), covers=("known", "hidden"))
    assert _only(links, stated, organization("tenant", placeholder=True)).gap == 0


def test_what_is_not_firm_is_not_found() -> None:
    links = [
        link("firm", "host", "cloud", capacities=mw(10)),
        link("option", "host", "cloud", capacities=mw(20), commitment=Commitment.OPTION),
        link("lapsed", "host", "cloud", capacities=mw(30), status=LinkStatus.LAPSED, in_force=False),
    ]
    row = _only(links, observation("total", "host", MW, _figure(60.0), covers=("firm", "lapsed", "option")))
    assert (row.found, row.gap) == (10, 50)
    assert {one.link.key for one in row.excluded} == {"option", "lapsed"}


def test_without_named_links_those_of_the_parties_begun_by_then_are_taken() -> None:
    links = [
        link("before", "host", "cloud", capacities=mw(10), announced=moment("2026-05")),
        link("after", "host", "cloud", capacities=mw(20), announced=moment("2026-07")),
        link("other", "host", "lab", capacities=mw(40), announced=moment("2025")),
        link("bought", "cloud", "host", capacities=mw(80), announced=moment("2025")),
    ]
    assert _only(links, observation("with", "host", MW, _figure(10.0), counterparty="cloud")).found == 10
    assert (
        _only(links, observation("all", "host", MW, _figure(50.0), scope="Five campuses", extent=Extent.WHOLE)).found
        == 50
    )
    assert (
        _only(links, observation("buys", "host", MW, _figure(80.0), scope="Compute", acts_as=TradeRole.BUYER)).found
        == 80
    )


def test_layers_and_bases_are_never_added() -> None:
    links = [
        link("shell", "host", "cloud", capacities=(*mw(100), *mw(140, CapacityBasis.GROSS))),
        link("compute", "host", "cloud", service=Service.CLOUD, capacities=mw(7)),
    ]
    vague = _figure(500.0, capacity_basis=None, definition="Contracted power, basis not stated")
    rows = _all(links, observation("total", "host", MW, vague, counterparty="cloud")).rows
    assert [(row.layer, row.basis, row.found) for row in rows] == [
        (Layer.SHELL, CapacityBasis.CRITICAL_IT, 100),
        (Layer.SHELL, CapacityBasis.GROSS, 140),
        (Layer.COMPUTE, CapacityBasis.CRITICAL_IT, 7),
    ]
    assert {row.basis_stated for row in rows} == {False}
    assert "The total does not say its basis; here it stands beside GROSS." in rows[1].method.assumptions


def test_a_chain_within_a_total_counts_once() -> None:
    links = [
        link("lease", "host", "cloud", capacities=mw(100)),
        link("again", "host", "cloud", capacities=mw(60), uses=("lease",)),
    ]
    assert _only(links, observation("total", "host", MW, _figure(100.0), covers=("lease", "again"))).gap == 0


def test_values_are_compared_in_dollars() -> None:
    links = [link("one", "host", "cloud", value=usd(7e9)), link("silent", "host", "cloud")]
    row = _only(links, observation("total", "host", VALUE, _figure(11e9, "USD"), covers=("one", "silent")))
    assert (row.found, row.gap, row.unit, row.basis) == (7e9, 4e9, "USD", None)
    assert [(one.link.key, one.because) for one in row.excluded] == [("silent", "states no value")]


def test_billing_and_energized_megawatts_are_those_that_have_come_so_far() -> None:
    stages = [
        ("planned", CapacityStage.PLANNED, 1.0),
        ("energized", CapacityStage.GRID_ENERGIZED, 10.0),
        ("serving", CapacityStage.IN_SERVICE, 100.0),
        ("billing", CapacityStage.BILLING, 1000.0),
    ]
    links = [link(key, "host", "cloud", capacities=mw(amount, stage=stage)) for key, stage, amount in stages]
    for metric, found in ((ObservationMetric.BILLING_MW, 1000), (ObservationMetric.ENERGIZED_MW, 1110)):
        assert _only(links, observation("now", "host", metric, _figure(2000.0), counterparty="cloud")).found == found


def test_what_contracts_add_to_is_unknown_where_none_states_such_a_figure_and_0_where_none_counts() -> None:
    gross = link("one", "host", "cloud", capacities=mw(140, CapacityBasis.GROSS), value=usd(7e9))
    total = observation("total", "host", MW, _figure(100.0), covers=("one",))
    row = _only([gross], total)
    assert (row.found, row.gap, row.other_bases) == (None, None, {CapacityBasis.GROSS: 140})
    # 140 MW are contracted, and nobody says how many of them are billed
    billed = observation("now", "host", ObservationMetric.BILLING_MW, _figure(90.0), counterparty="cloud")
    assert [_only([gross], billed).found, _only([gross], billed).gap] == [None, None]
    option = link("one", "host", "cloud", capacities=mw(140), commitment=Commitment.OPTION)
    assert (_only([option], total).found, _only([option], total).gap) == (0, 100)


def test_leases_not_begun_are_those_it_takes_and_that_do_not_run() -> None:
    metric = ObservationMetric.LEASE_COMMITMENTS_UNCOMMENCED
    links = [
        link("planned", "owner", "host", value=usd(5e9), service_state=ServiceState.PLANNED),
        link("runs", "owner", "host", value=usd(3e9), service_state=ServiceState.CONFIRMED),
        link("let", "host", "cloud", value=usd(9e9), service_state=ServiceState.PLANNED),
        link("cloud", "owner", "host", service=Service.CLOUD, value=usd(2e9)),
    ]
    row = _only(links, observation("leases", "host", metric, _figure(8e9, "USD")))
    assert (row.found, [one.key for one in row.links]) == (5e9, ["planned"])


@pytest.mark.parametrize(
    ("stated", "because"),
    [
        (
            observation("x", "host", VALUE, _figure(9.0, "EUR"), covers=("one",)),
            "is stated in EUR",
        ),
        (
            observation("x", "host", MW, _figure(None, low=1.0, high=2.0), covers=("one",)),
            "states a range or a text, not one figure",
        ),
        (
            observation("x", "host", VALUE, _figure(9.0, "USD", flow_or_stock=FlowOrStock.FLOW), covers=("one",)),
            "counts what was signed in a period, and links are a stock",
        ),
        (
            observation("x", "host", MW, _figure(9.0), scope="Six sites"),
            "names no links, and its scope (Six sites) is not said to be the whole company",
        ),
        (
            observation("x", "host", MW, _figure(9.0), extent=Extent.PART, acts_as=TradeRole.SELLER),
            "names no links, and its scope (unstated) is not said to be the whole company",
        ),
    ],
)
def test_a_total_that_cannot_be_compared_says_why(stated: Row, because: str) -> None:
    shown = _all([link("one", "host", "cloud", value=usd(9))], stated)
    assert shown.rows == ()
    assert [one.because for one in shown.not_compared] == [because]


def test_other_metrics_and_other_subjects_are_not_totals_of_contracts() -> None:
    links = [link("one", "host", "cloud", capacities=mw(9))]
    other = observation("theirs", "cloud", MW, _figure(9.0), covers=("one",))
    hope = observation("hope", "host", ObservationMetric.POWER_PORTFOLIO, _figure(9.0), covers=("one",))
    shown = _all(links, other, hope)
    assert (shown.rows, shown.not_compared) == ((), ())


def test_the_newest_figure_comes_first() -> None:
    links = [link("one", "host", "cloud", capacities=mw(9))]
    dates = {"old": "2024", "new": "2026-06", "middle": "2025-12-31"}
    stated = [
        observation(key, "host", MW, _figure(9.0, as_of=moment(day)), covers=("one",)) for key, day in dates.items()
    ]
    assert [row.observation.key for row in _all(links, *stated).rows] == ["new", "middle", "old"]


@pytest.mark.parametrize("basis", [*CapacityBasis, None])
def test_a_total_states_its_basis_or_none(basis: CapacityBasis | None) -> None:
    words = _figure(1.0, capacity_basis=basis, definition="Not read for its words: gross, nameplate, critical IT")
    assert stated_basis(observation("x", "host", MW, words, label="Gross")) is basis


def test_an_organization_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BadQuery, match='No organization "nobody"'):
        reconciliation(snapshot([]), {}, "nobody")
