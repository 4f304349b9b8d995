from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.contracts.concentration import Concentration, Measure, Side, chip_dependency, concentration
from graph.analytics.core.scope import Scope
from graph.analytics.core.snapshot import Snapshot
from graph.errors import BadQuery, ScopeRequired
from graph.vocabulary.enums import Commitment, Layer, LendingRole, PowerContractKind, Service, SupplyCategory
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis, Money
from tests.analytics.world import chip, link, mw, organization, site, snapshot, usd

SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
SHELL = Scope(layer=Layer.SHELL)
COMPUTE_MW = Scope(layer=Layer.COMPUTE, basis=CapacityBasis.CRITICAL_IT)


def _summary(shown: Concentration) -> list[tuple[str, float, float]]:
    return [((one.organization or one.chip).key, one.share, one.amount) for one in shown.shares]  # type: ignore[union-attr]


def _because(shown: Concentration) -> dict[str, str]:
    return {one.link.key: one.because for one in shown.excluded}


def _hosts() -> Snapshot:
    return snapshot(
        [
            link("big", "host", "cloud", capacities=mw(60), value=usd(6e9)),
            link("more", "host", "cloud", capacities=mw(15), value=usd(1e9)),
            link("small", "host", "lab", capacities=mw(25), value=usd(3e9)),
            link("option", "host", "lab", capacities=mw(500), commitment=Commitment.OPTION),
            link("other", "rival", "lab", capacities=mw(75), value=Money(9e9, "EUR")),
        ]
    )


def test_customers_share_the_megawatts_of_a_host() -> None:
    # 75 of 100 and 25 of 100: .75 squared and .25 squared are .625
    shown = concentration(_hosts(), "host", Side.CUSTOMERS, Measure.CAPACITY_MW, SHELL_MW)
    assert _summary(shown) == [("cloud", 0.75, 75), ("lab", 0.25, 25)]
    assert shown.hhi == 0.625
    assert [one.key for one in shown.shares[0].links] == ["big", "more"]
    assert _because(shown) == {"option": "commitment OPTION"}


def test_suppliers_are_the_other_direction() -> None:
    shown = concentration(_hosts(), "lab", Side.SUPPLIERS, Measure.CAPACITY_MW, SHELL_MW)
    assert _summary(shown) == [("rival", 0.75, 75), ("host", 0.25, 25)]


def test_shares_of_value_and_of_links() -> None:
    assert _summary(concentration(_hosts(), "host", Side.CUSTOMERS, Measure.VALUE_USD, SHELL)) == [
        ("cloud", 0.7, 7e9),
        ("lab", 0.3, 3e9),
    ]
    counted = concentration(_hosts(), "host", Side.CUSTOMERS, Measure.COUNT)
    assert [(name, amount) for name, _, amount in _summary(counted)] == [("cloud", 2), ("lab", 1)]
    euro = concentration(_hosts(), "lab", Side.SUPPLIERS, Measure.VALUE_USD, SHELL)
    assert _because(euro)["other"] == "its value of 9,000,000,000 is in EUR"


def test_megawatts_and_money_need_their_scope() -> None:
    with pytest.raises(ScopeRequired):
        concentration(_hosts(), "host", Side.CUSTOMERS, Measure.CAPACITY_MW, SHELL)
    with pytest.raises(ScopeRequired):
        concentration(_hosts(), "host", Side.CUSTOMERS, Measure.VALUE_USD)
    with pytest.raises(BadQuery, match="Money has no megawatts"):
        concentration(_hosts(), "host", Side.LENDERS, Measure.CAPACITY_MW, SHELL_MW)
    with pytest.raises(BadQuery, match='No organization "nobody"'):
        concentration(_hosts(), "nobody", Side.CUSTOMERS, Measure.COUNT)


def test_nobody_on_a_side_is_no_concentration() -> None:
    shown = concentration(_hosts(), "cloud", Side.CUSTOMERS, Measure.CAPACITY_MW, SHELL_MW)
    assert (shown.shares, shown.hhi) == ((), 0)


def test_a_placeholder_has_a_share_and_one_alone_leaves_no_doubt() -> None:
    links = [link("known", "host", "cloud"), link("hidden", "host", "tenant")]
    given_ = snapshot(links, organization("tenant", placeholder=True))
    shown = concentration(given_, "host", Side.CUSTOMERS, Measure.COUNT)
    assert _summary(shown) == [("cloud", 0.5, 1), ("tenant", 0.5, 1)]
    assert [one.unnamed for one in shown.shares] == [False, True]
    assert (shown.hhi, shown.hhi_low, shown.hhi_high, shown.unnamed_share) == (0.5, 0.5, 0.5, 0.5)
    assert _because(shown) == {}


def test_several_placeholders_make_the_index_a_range() -> None:
    # a half and two quarters: .25 and twice .0625 if they are two, .25 and .25 if they are one
    links = [
        link("known", "host", "cloud", value=usd(2)),
        link("one", "host", "tenant", value=usd(1)),
        link("other", "host", "lessee", value=usd(1)),
    ]
    unnamed = organization("tenant", placeholder=True), organization("lessee", placeholder=True)
    shown = concentration(snapshot(links, *unnamed), "host", Side.CUSTOMERS, Measure.VALUE_USD, SHELL)
    assert (shown.hhi, shown.hhi_low, shown.hhi_high, shown.unnamed_share) == (None, 0.375, 0.5, 0.5)


def test_a_total_stands_for_the_parts_it_covers() -> None:
    # the server maker's 58 contain the chip maker's 30, so that the buyer pays 58 to one
    links = [
        link("servers", "dell", "iren", "SUPPLIES", value=usd(58), covers=("chips",), category=SupplyCategory.SERVER),
        link("chips", "nvidia", "iren", "SUPPLIES", value=usd(30), category=SupplyCategory.CHIP),
    ]
    shown = concentration(snapshot(links), "iren", Side.SUPPLIERS, Measure.VALUE_USD, Scope(layer=Layer.CHIP))
    assert _summary(shown) == [("dell", 1, 58)]


def test_chips_are_shared_where_a_contract_names_one() -> None:
    cloud = {"service": Service.CLOUD}
    links = [
        link("one", "iren", "lab", **cloud, capacities=mw(30), chips=("h100",)),
        link("two", "iren", "lab", **cloud, capacities=mw(10), chips=("mi300",)),
        link("both", "iren", "lab", **cloud, capacities=mw(99), chips=("h100", "mi300")),
        link("none", "iren", "lab", **cloud, capacities=mw(99)),
    ]
    shown = concentration(
        snapshot(links, chip("h100"), chip("mi300")), "iren", Side.CHIPS, Measure.CAPACITY_MW, COMPUTE_MW
    )
    assert _summary(shown) == [("h100", 0.75, 30), ("mi300", 0.25, 10)]
    assert _because(shown) == {
        "both": "is about h100, mi300, and not how they share it",
        "none": "names no chip",
    }


def test_power_reaches_an_organization_through_the_sites_it_operates() -> None:
    kind = {"contract_kind": PowerContractKind.GRID_SUPPLY}
    gross = CapacityBasis.GROSS
    links = [
        link("direct", "grid", "host", "SUPPLIES_POWER", **kind, capacities=mw(100, gross)),
        link("at-campus", "plant", "campus", "SUPPLIES_POWER", **kind, capacities=mw(300, gross)),
        link("elsewhere", "plant", "far", "SUPPLIES_POWER", **kind, capacities=mw(900, gross)),
        link("runs", "host", "campus", "OPERATES"),
    ]
    given_ = snapshot(links, site("campus"), site("far"))
    shown = concentration(given_, "host", Side.POWER, Measure.CAPACITY_MW, Scope(basis=gross))
    assert _summary(shown) == [("plant", 0.75, 300), ("grid", 0.25, 100)]


def test_arrangers_are_not_lenders() -> None:
    # rule 8
    links = [
        link("loan", "bank", "host", "LENDS_TO", role=LendingRole.LENDER, value=usd(4e9)),
        link("arranged", "broker", "host", "LENDS_TO", role=LendingRole.ARRANGER, value=usd(9e9)),
    ]
    shown = concentration(snapshot(links), "host", Side.LENDERS, Measure.VALUE_USD)
    assert _summary(shown) == [("bank", 1, 4e9)]
    assert _because(shown) == {"arranged": "its role is ARRANGER, which is not a lender"}


def test_guarantors_are_those_who_promise_payment_to_it() -> None:
    links = [link("backstop", "google", "hut8", "GUARANTEES", value=usd(7e9), guaranteed_obligor="fluidstack")]
    given_ = snapshot(links, organization("fluidstack"))
    assert _summary(concentration(given_, "hut8", Side.GUARANTORS, Measure.VALUE_USD)) == [("google", 1, 7e9)]
    assert concentration(given_, "fluidstack", Side.GUARANTORS, Measure.VALUE_USD).shares == ()


# ---- chip dependency


def test_the_share_of_a_host_that_runs_on_one_vendors_chips() -> None:
    # 60 + 20 of 100 MW are on Nvidia's chips for certain; 15 mix vendors, 5 name none
    cloud = {"service": Service.CLOUD}
    links = [
        link("one", "iren", "lab", **cloud, capacities=mw(60), chips=("h100", "h200")),
        link("two", "iren", "lab", **cloud, capacities=mw(20), chips=("h100",)),
        link("mixed", "iren", "lab", **cloud, capacities=mw(15), chips=("h100", "mi300")),
        link("silent", "iren", "lab", **cloud, capacities=mw(5)),
        *(link(f"makes-{name}", maker, name, "MAKES") for name, maker in _MAKERS.items()),
    ]
    shown = chip_dependency(snapshot(links, *map(chip, _MAKERS)), COMPUTE_MW)
    (row,) = shown.rows
    assert (row.organization.key, row.vendor.key, row.mw, row.of_mw, row.share) == ("iren", "nvidia", 80, 100, 0.8)
    assert {one.link.key: one.because for one in shown.excluded} == {
        "mixed": "names chips of amd, nvidia, and not how they share it",
        "silent": "names no chips",
    }


_MAKERS = {"h100": "nvidia", "h200": "nvidia", "mi300": "amd"}


def test_chip_dependency_needs_one_layer_and_one_basis() -> None:
    with pytest.raises(ScopeRequired):
        chip_dependency(snapshot([]), Scope())


# ---- laws


@st.composite
def _links(draw: st.DrawFn) -> list[Row]:
    ends = st.sampled_from(["a", "b", "c", "d"])
    amounts = st.none() | st.sampled_from([0.0, 0.1, 3.0, 40.0])
    keys = [f"l{number}" for number in range(draw(st.integers(0, 9)))]
    return [
        link(
            key,
            draw(ends),
            draw(ends),
            capacities=None if (amount := draw(amounts)) is None else mw(amount),
            uses=(draw(st.sampled_from(keys)),) if draw(st.booleans()) else None,
        )
        for key in keys
    ]


@given(_links(), st.sampled_from([Side.CUSTOMERS, Side.SUPPLIERS]), st.sampled_from(list(Measure)))
def test_law_shares_are_a_partition_of_one(links: list[Row], side: Side, measure: Measure) -> None:
    given_ = snapshot(links, organization("a"))
    shown = concentration(given_, "a", side, measure, SHELL_MW)
    shares = [one.share for one in shown.shares]
    assert not shares or abs(sum(shares) - 1) < 1e-9
    assert not shares or 1 / len(shares) - 1e-9 <= shown.hhi <= 1 + 1e-9
    assert shares == sorted(shares, reverse=True)


@given(_links(), st.randoms(use_true_random=False))
def test_law_the_order_of_the_links_changes_nothing(links: list[Row], random: object) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    asked = ("a", Side.CUSTOMERS, Measure.CAPACITY_MW, SHELL_MW)
    first = concentration(snapshot(links, organization("a")), *asked)
    assert first == concentration(snapshot(shuffled, organization("a")), *asked)
