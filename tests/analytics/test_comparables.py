from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.contracts.comparables import Comparable, comparables, structure_of
from graph.analytics.core.scope import Scope
from graph.vocabulary.enums import Commitment, GuaranteeCover, LeaseStructure, Service, SupplyCategory
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, Money
from tests.analytics.world import link, mw, organization, snapshot, usd

NET = {"lease_structure": LeaseStructure.TRIPLE_NET}


def _only(*links: Row, **more: Row) -> Comparable:
    (row,) = comparables(snapshot(links)).rows
    return row


def test_price_per_megawatt_and_year_is_base_value_over_megawatts_and_term() -> None:
    # 7 bn over 245 MW and 15 years; 454 m of net operating income over 245 MW
    row = _only(
        link(
            "lease",
            "hut8",
            "fluidstack",
            **NET,
            value=usd(7e9),
            term_years=15.0,
            capacities=mw(245),
            noi_usd_per_year=454e6,
        )
    )
    assert (row.structure, row.basis, row.bound) == ("TRIPLE_NET", CapacityBasis.CRITICAL_IT, Bound.EXACT)
    assert row.usd_per_mw_year == pytest.approx(1_904_761.9)
    assert row.usd_per_kw_month == pytest.approx(158.7, abs=0.05)
    assert row.noi_usd_per_mw_year == pytest.approx(1_853_061.2)
    assert row.first_year_usd_per_mw_year is None


def test_the_escalator_gives_the_first_and_the_last_year() -> None:
    # 3 years at 10 %: 1 + 1.1 + 1.21 = 3.31 first years; 331 over 1 MW begin with 100 and end with 121
    row = _only(link("lease", "a", "b", **NET, value=usd(331), term_years=3.0, capacities=mw(1), escalator_pct=10.0))
    assert row.first_year_usd_per_mw_year == pytest.approx(100)
    assert row.last_year_usd_per_mw_year == pytest.approx(121)


def test_a_term_may_end_within_a_year() -> None:
    # 1 year and a half at 10 %: 1 + 0.5 * 1.1 = 1.55 first years
    row = _only(link("lease", "a", "b", **NET, value=usd(155), term_years=1.5, capacities=mw(1), escalator_pct=10.0))
    assert row.first_year_usd_per_mw_year == pytest.approx(100)
    assert row.last_year_usd_per_mw_year == pytest.approx(110)


def test_each_basis_is_a_row_of_its_own() -> None:
    both = (*mw(168), *mw(244, CapacityBasis.GROSS, Bound.UP_TO))
    rows = comparables(snapshot([link("one", "a", "b", value=usd(1680), term_years=1.0, capacities=both)])).rows
    assert [(row.basis, row.mw, row.usd_per_mw_year, row.bound) for row in rows] == [
        (CapacityBasis.CRITICAL_IT, 168, 10, Bound.EXACT),
        (CapacityBasis.GROSS, 244, pytest.approx(6.885, abs=1e-3), Bound.AT_LEAST),
    ]
    only = comparables(snapshot([link("one", "a", "b", capacities=both)]), Scope(basis=CapacityBasis.GROSS)).rows
    assert [row.basis for row in only] == [CapacityBasis.GROSS]


@pytest.mark.parametrize(
    ("values", "structure"),
    [
        ({"lease_structure": LeaseStructure.MODIFIED_GROSS}, "MODIFIED_GROSS"),
        ({}, "LEASE_UNSTATED"),
        ({"service": Service.COLOCATION}, "COLOCATION_UNSTATED"),
        ({"service": Service.CLOUD, "chips_included": True}, "GPU_CLOUD"),
        ({"service": Service.CLOUD, "chips_included": False}, "CLOUD_WITHOUT_CHIPS"),
        ({"service": Service.CLOUD}, "CLOUD_CHIPS_UNSTATED"),
        ({"chips_included": True, "lease_structure": LeaseStructure.TRIPLE_NET}, "HARDWARE_LEASE"),
        ({"service": None}, "SERVICE_UNSTATED"),
    ],
)
def test_structure_follows_from_what_the_price_contains(values: dict[str, object], structure: str) -> None:
    assert structure_of(link("one", "a", "b", **values)) == structure


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"value": usd(9), "term_years": 1.0}, "states no megawatts"),
        ({"capacities": mw(1), "term_years": 1.0}, "states no value"),
        ({"capacities": mw(1), "value": usd(9)}, "states no term"),
        ({"capacities": mw(0), "value": usd(9), "term_years": 1.0}, "states 0 megawatts"),
        ({"capacities": mw(1), "value": Money(9, "EUR"), "term_years": 1.0}, "its value is in EUR"),
        (
            {"capacities": mw(5, bound=Bound.UP_TO), "value": usd(9, Bound.AT_LEAST), "term_years": 1.0},
            "its value is AT_LEAST and its megawatts are UP_TO: no ratio of the two",
        ),
        (
            {"capacities": mw(5), "value": usd(9), "term_years": 1.0, "covers": ("second",)},
            "its value is also for second, and its megawatts are not",
        ),
        (
            {
                "value": usd(9),
                "term_years": 1.0,
                "capacities": (
                    Capacity(1, CapacityBasis.GROSS, phase="a"),
                    Capacity(1, CapacityBasis.GROSS, phase="b", bound=Bound.UP_TO),
                ),
            },
            "its phases state GROSS megawatts with different bounds",
        ),
    ],
)
def test_a_contract_without_a_meaningful_ratio_says_why(values: dict[str, object], because: str) -> None:
    row = _only(link("one", "a", "b", **values))
    assert row.excluded_because == because
    assert (row.usd_per_mw_year, row.usd_per_kw_month, row.first_year_usd_per_mw_year) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "megawatts", "bound"),
    [
        (Bound.EXACT, Bound.AT_LEAST, Bound.UP_TO),
        (Bound.EXACT, Bound.UP_TO, Bound.AT_LEAST),
        (Bound.AT_LEAST, Bound.ABOUT, Bound.AT_LEAST),
        (Bound.UP_TO, Bound.EXACT, Bound.UP_TO),
        (Bound.ABOUT, Bound.EXACT, Bound.ABOUT),
    ],
)
def test_a_bound_on_one_end_bounds_the_ratio(value: Bound, megawatts: Bound, bound: Bound) -> None:
    row = _only(link("one", "a", "b", value=usd(10, value), term_years=1.0, capacities=mw(2, bound=megawatts)))
    assert (row.usd_per_mw_year, row.bound) == (5, bound)


def test_a_yearly_value_stands_in_for_value_and_term() -> None:
    row = _only(link("one", "a", "b", annual_value_usd=30.0, capacities=mw(3)))
    assert (row.usd_per_mw_year, row.base_usd, row.years) == (10, None, None)


def test_hardware_that_was_bought_for_the_contract_alone_is_left_out_beside() -> None:
    # 9.7 bn over 200 MW and 5 years is 9.7 m; without 5.8 bn of servers, which contain the chips, 3.9 m
    chips = {"category": SupplyCategory.CHIP}
    servers = {"category": SupplyCategory.SERVER, "covers": ("chips",)}
    links = [
        link(
            "cloud",
            "iren",
            "microsoft",
            service=Service.CLOUD,
            value=usd(9.7e9),
            term_years=5.0,
            capacities=mw(200),
            uses=("servers", "chips"),
        ),
        link("servers", "dell", "iren", "SUPPLIES", **servers, value=usd(5.8e9)),
        link("chips", "nvidia", "iren", "SUPPLIES", **chips, value=usd(4e9)),
    ]
    row = _only(*links)
    assert (row.usd_per_mw_year, row.hardware_usd) == (9.7e6, 5.8e9)
    assert row.without_hardware_usd_per_mw_year == pytest.approx(3.9e6)
    shared = [*links, link("other", "iren", "lab", service=Service.CLOUD, uses=("servers",))]
    assert {one.hardware_usd for one in comparables(snapshot(shared)).rows} == {None}
    hoped = link("servers", "dell", "iren", "SUPPLIES", **servers, value=usd(5.8e9), commitment=Commitment.OPTION)
    assert _only(links[0], hoped, links[2]).hardware_usd is None


def test_the_part_of_the_rent_that_is_guaranteed_stops_at_the_rent() -> None:
    # caps of 6 and 5 on a rent of 10; the pass-through of 9 is for other money
    lease = link("lease", "host", "cloud", value=usd(10), term_years=1.0, capacities=mw(1))
    caps = [(6, GuaranteeCover.RENT), (5, None), (9, GuaranteeCover.PASS_THROUGH)]
    promised = [
        link(f"g{cap}", "parent", "host", "GUARANTEES", value=usd(cap), covers_kind=kind, guarantees=("lease",))
        for cap, kind in caps
    ]
    assert _only(lease, *promised).guaranteed_usd == 10
    assert _only(lease, promised[0]).guaranteed_usd == 6
    assert _only(lease, promised[2]).guaranteed_usd is None
    ended = link("over", "parent", "host", "GUARANTEES", value=usd(6), guarantees=("lease",), in_force=False)
    assert _only(lease, ended).guaranteed_usd is None
    # a guarantee that another has taken the place of pays no longer, and an option binds nobody
    renewed = {"value": usd(3), "guarantees": ("lease",)}
    later = link("later", "parent", "host", "GUARANTEES", **renewed, replaces=("g6",))
    assert _only(lease, promised[0], later).guaranteed_usd == 3
    assert (
        _only(
            lease, link("may", "parent", "host", "GUARANTEES", **renewed, commitment=Commitment.OPTION)
        ).guaranteed_usd
        is None
    )


def test_prepayment_is_as_stated_or_follows_from_its_amount() -> None:
    assert _only(link("one", "a", "b", prepayment_pct=20.0, prepayment_usd=1.0, value=usd(10))).prepayment_pct == 20
    assert _only(link("one", "a", "b", prepayment_usd=1.0, value=usd(10))).prepayment_pct == 10
    assert _only(link("one", "a", "b", prepayment_usd=1.0, value=usd(10, Bound.UP_TO))).prepayment_pct is None


def test_a_margin_gives_the_net_operating_income() -> None:
    row = _only(link("one", "a", "b", value=usd(10), term_years=1.0, capacities=mw(1), noi_margin_pct=80.0))
    assert row.noi_usd_per_mw_year == 8


def test_classes_never_cross_structure_or_basis_and_leave_bounds_out() -> None:
    def lease(key: str, price: float, **values: object) -> Row:
        usual = {"value": usd(price), "term_years": 1.0, "capacities": mw(1), **NET}
        return link(key, "host", "cloud", **(usual | values))

    links = [
        lease("a", 10),
        lease("b", 20),
        lease("c", 60),
        lease("d", 99, value=usd(99, Bound.AT_LEAST)),
        lease("e", 7, lease_structure=LeaseStructure.GROSS),
        lease("f", 5, capacities=mw(1, CapacityBasis.GROSS)),
    ]
    told = [
        (one.structure, one.basis, one.contracts, one.low, one.median, one.high)
        for one in comparables(snapshot(links)).classes
    ]
    assert told == [
        ("GROSS", CapacityBasis.CRITICAL_IT, 1, 7, 7, 7),
        ("TRIPLE_NET", CapacityBasis.CRITICAL_IT, 3, 10, 20, 60),
        ("TRIPLE_NET", CapacityBasis.GROSS, 1, 5, 5, 5),
    ]


def test_what_is_out_of_scope_is_excluded_and_an_unnamed_tenant_is_not() -> None:
    links = [
        link("priced", "host", "tenant", value=usd(9), term_years=1.0, capacities=mw(1)),
        link("option", "host", "cloud", commitment=Commitment.OPTION),
        link("chips", "nvidia", "host", "SUPPLIES"),
    ]
    table = comparables(snapshot(links, organization("tenant", placeholder=True)))
    assert [row.link.key for row in table.rows] == ["priced"]
    assert [(one.link.key, one.because) for one in table.excluded] == [("option", "commitment OPTION")]


@given(st.floats(1e6, 1e12), st.floats(1, 5000), st.floats(0.5, 40), st.floats(0, 20))
def test_law_the_years_add_to_the_base_value(value: float, megawatts: float, years: float, step: float) -> None:
    row = _only(link("one", "a", "b", value=usd(value), term_years=years, capacities=mw(megawatts), escalator_pct=step))
    first, last = row.first_year_usd_per_mw_year, row.last_year_usd_per_mw_year
    assert first is not None
    assert last is not None
    assert first <= row.usd_per_mw_year * (1 + 1e-9) <= last * (1 + 1e-9) * (1 + 1e-9)
    whole = int(years)
    paid = sum(first * (1 + step / 100) ** year for year in range(whole))
    paid += (years - whole) * first * (1 + step / 100) ** whole
    assert paid * megawatts == pytest.approx(value)
