from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.analytics.core.exclusions import ExclusionReason, Parties
from graph.analytics.core.scope import Flow, Meaning, Scope, Weight
from graph.analytics.core.selection import select
from graph.analytics.core.snapshot import Snapshot, read_snapshot
from graph.analytics.core.views import EdgeSide, NetworkView, build_view
from graph.errors import ScopeRequired
from graph.evidence.firmness import MemoColumn, memo_column
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.query import EVERYTHING, Compare, Refers
from graph.vocabulary.enums import Commitment, Layer, LinkStatus, PowerContractKind, Service, SupplyCategory
from graph.vocabulary.model import LINKS, Row
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Money
from tests.analytics.world import link, mw, organization, site, snapshot, usd

SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
SHELL = Scope(layer=Layer.SHELL)


def _why(shown: NetworkView) -> dict[str, ExclusionReason]:
    return {one.link.key: one.reason for one in shown.excluded}


def _because(shown: NetworkView, key: str) -> str:
    return next(one.because for one in shown.excluded if one.link.key == key)


# ---- what counts


def test_nodes_are_organizations_without_placeholders_joined_or_not() -> None:
    given_ = snapshot([link("lease", "host", "cloud")], organization("alone"), organization("nobody", placeholder=True))
    assert list(build_view(given_).graph) == ["alone", "cloud", "host"]


def test_what_does_not_count_is_listed_with_the_reason() -> None:
    links = [
        link("counts", "host", "cloud"),
        link("unnamed", "host", "nobody"),
        link("at-site", "host", "campus", "OPERATES"),
        link("over", "host", "cloud", in_force=False, status=LinkStatus.TERMINATED),
        link("talk", "host", "cloud", status=LinkStatus.IN_TALKS),
        link("silent", "host", "cloud", status=None),
        link("maybe", "host", "cloud", commitment=Commitment.OPTION),
    ]
    shown = build_view(snapshot(links, organization("nobody", placeholder=True), site("campus")))
    assert list(shown.included) == ["counts"]
    assert _why(shown) == {
        "unnamed": ExclusionReason.PLACEHOLDER,
        "at-site": ExclusionReason.NOT_TWO_ORGANIZATIONS,
        "over": ExclusionReason.NOT_IN_FORCE,
        "talk": ExclusionReason.STATUS,
        "silent": ExclusionReason.STATUS,
        "maybe": ExclusionReason.COMMITMENT,
    }
    assert _because(shown, "unnamed") == "Nobody is a placeholder"
    assert _because(shown, "at-site") == "one end is a site, not an organization"
    assert _because(shown, "over") == "not in force on 2026-11-23 (TERMINATED)"
    assert _because(shown, "silent") == "states no status"


def test_a_link_that_states_no_commitment_counts_as_firm_and_is_told() -> None:
    links = [link("stated", "host", "cloud", commitment=Commitment.FIRM), link("silent", "host", "lab")]
    assert "1 of 2 counted links states no commitment and passes as FIRM." in build_view(snapshot(links)).assumptions
    options = build_view(snapshot(links), Scope(commitment=frozenset({Commitment.OPTION})))
    assert options.included == {}
    assert _because(options, "silent") == "commitment unstated, which counts as FIRM"


def test_a_scope_speaks_only_of_its_types_layer_and_filter() -> None:
    links = [
        link("lease", "host", "cloud", value=usd(5)),
        link("compute", "cloud", "lab", service=Service.CLOUD),
        link("stake", "cloud", "host", "INVESTS_IN"),
    ]
    given_ = snapshot(links)
    assert list(build_view(given_, Scope(types=frozenset({"INVESTS_IN"}))).included) == ["stake"]
    assert list(build_view(given_, Scope(layer=Layer.COMPUTE)).included) == ["compute"]
    assert list(build_view(given_, Scope(where=Compare("value_usd", "gte", 5.0))).included) == ["lease"]
    assert list(build_view(given_, Scope(where=Refers("to", Compare("name", "eq", "Lab")))).included) == ["compute"]
    assert build_view(given_, Scope(layer=Layer.COMPUTE)).excluded == ()


def test_a_link_whose_layer_hangs_on_what_it_does_not_state_is_listed() -> None:
    links = [link("vague", "host", "cloud", service=None), link("fab", "maker", "cloud", "SUPPLIES", category=None)]
    shown = build_view(snapshot(links), SHELL)
    assert [(one.link.key, one.reason) for one in shown.excluded] == [("vague", ExclusionReason.NO_LAYER)]
    assert _because(shown, "vague") == "states no service, so its layer is unknown"


# ---- which way


def test_edges_point_as_the_model_declares_the_flow() -> None:
    # the tenant pays the host and depends on it; the investor's money goes where it invests
    links = [
        link("lease", "host", "cloud"),
        link("stake", "fund", "host", "INVESTS_IN"),
        link("club", "host", "lab", "PARTNERS_WITH"),
    ]
    given_ = snapshot(links)
    assert list(build_view(given_).graph.edges) == [("fund", "host"), ("host", "cloud"), ("host", "lab")]
    money = build_view(given_, flow=Flow.MONEY)
    assert list(money.graph.edges) == [("cloud", "host"), ("fund", "host")]
    assert _because(money, "club") == "no money flows along PARTNERS_WITH"
    assert list(build_view(given_, flow=Flow.DEPENDENCY).graph.edges) == [("fund", "host"), ("host", "cloud")]


def test_links_that_read_alike_from_both_ends_are_told() -> None:
    shown = build_view(snapshot([link("club", "host", "lab", "PARTNERS_WITH")]))
    assert shown.assumptions[-1] == "1 PARTNERS_WITH links read alike from both ends; they point as they were entered."


def test_an_undirected_view_joins_both_directions_in_one_edge() -> None:
    links = [link("one", "host", "cloud", value=usd(3)), link("back", "cloud", "host", value=usd(4))]
    shown = build_view(snapshot(links), SHELL, weight=Weight.VALUE_USD, directed=False)
    assert shown.graph.edges["cloud", "host"] == {"links": ("back", "one"), "strength": 7}


# ---- how much


def test_megawatts_need_one_layer_and_one_basis() -> None:
    given_ = snapshot([])
    with pytest.raises(
        ScopeRequired, match=r"across layers or bases\. Give scope\.layer and scope\.basis \(--layer, --basis\)\."
    ):
        build_view(given_, weight=Weight.CAPACITY_MW)
    with pytest.raises(ScopeRequired, match=r"across bases\. Give scope\.basis \(--basis\)\."):
        build_view(given_, SHELL, weight=Weight.CAPACITY_MW)
    with pytest.raises(ScopeRequired, match=r"across layers\. Give scope\.layer \(--layer\)\."):
        build_view(given_, Scope(basis=CapacityBasis.GROSS), weight=Weight.CAPACITY_MW)


@pytest.mark.parametrize("weight", [Weight.VALUE_USD, Weight.ANNUAL_USD])
def test_money_needs_one_layer(weight: Weight) -> None:
    with pytest.raises(ScopeRequired, match=r"Money is never added across layers") as told:
        build_view(snapshot([]), weight=weight)
    assert told.value.code == "SCOPE_REQUIRED"


def test_only_megawatts_of_the_asked_layer_and_basis_are_added() -> None:
    # 100 and 20 critical IT in the shell; 130 gross is the first again at the meter, 100 cloud the first handed on
    both = (*mw(100), *mw(130, CapacityBasis.GROSS))
    links = [
        link("one", "host", "cloud", capacities=both),
        link("two", "host", "cloud", capacities=mw(20)),
        link("gross", "host", "cloud", capacities=mw(50, CapacityBasis.GROSS)),
        link("none", "host", "cloud"),
        link("above", "cloud", "lab", service=Service.CLOUD, capacities=mw(100)),
    ]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    assert shown.graph.edges["host", "cloud"] == {"links": ("one", "two"), "strength": 120}
    assert shown.strength("host", EdgeSide.OUT) == 120
    assert _why(shown) == {"gross": ExclusionReason.NO_FIGURE, "none": ExclusionReason.NO_FIGURE}
    assert _because(shown, "gross") == "states GROSS megawatts only"
    assert _because(shown, "none") == "states no megawatts"
    assert shown.unmeasured_at("host", EdgeSide.OUT) == ("gross", "none")


def test_phases_with_different_bounds_have_no_sum() -> None:
    phases = (
        Capacity(50, CapacityBasis.CRITICAL_IT, phase="one"),
        Capacity(70, CapacityBasis.CRITICAL_IT, bound=Bound.UP_TO, phase="two"),
    )
    shown = build_view(
        snapshot([link("lease", "host", "cloud", capacities=phases)]), SHELL_MW, weight=Weight.CAPACITY_MW
    )
    assert _why(shown) == {"lease": ExclusionReason.MIXED_BOUNDS}


def test_another_currency_is_listed_not_converted() -> None:
    links = [link("euro", "host", "cloud", value=Money(9e9, "EUR")), link("dollar", "host", "lab", value=usd(1e9))]
    shown = build_view(snapshot(links), SHELL, weight=Weight.VALUE_USD)
    assert list(shown.included) == ["dollar"]
    assert _because(shown, "euro") == "its value of 9,000,000,000 is in EUR"


def test_the_firm_part_counts_where_it_is_stated_apart() -> None:
    # 40 bn over the term, of which 3.75 bn are owed before either side may leave
    lease = link("lease", "host", "cloud", value=usd(40e9, Bound.ABOUT), value_firm_usd=3.75e9)
    firm = build_view(snapshot([lease]), SHELL, weight=Weight.VALUE_USD)
    assert firm.strength("host", EdgeSide.OUT) == 3.75e9
    assert "lease counts with its firm part, 3,750,000,000 USD of 40,000,000,000 USD." in firm.assumptions
    whole = Scope(layer=Layer.SHELL, commitment=frozenset(Commitment))
    assert build_view(snapshot([lease]), whole, weight=Weight.VALUE_USD).strength("host", EdgeSide.OUT) == 40e9


def test_bounded_and_planned_figures_count_as_stated_and_are_told() -> None:
    links = [
        link("cap", "host", "cloud", capacities=mw(100, bound=Bound.UP_TO)),
        link("plan", "host", "lab", capacities=mw(10, stage=CapacityStage.PLANNED)),
    ]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    assert shown.strength("host", EdgeSide.OUT) == 110
    assert "1 figure is stated as UP_TO and counts as stated (cap)." in shown.assumptions
    assert "1 figure is of stage PLANNED (plan)." in shown.assumptions


def test_contracts_that_are_different_things_are_told_when_they_are_added() -> None:
    links = [
        link("ppa", "producer", "lab", "SUPPLIES_POWER", contract_kind=PowerContractKind.PPA, capacities=mw(5)),
        link("grid", "utility", "lab", "SUPPLIES_POWER", capacities=mw(7)),
    ]
    scope = Scope(layer=Layer.POWER, basis=CapacityBasis.CRITICAL_IT)
    told = "Adds contracts of different contract_kind, which are different things: PPA, unstated."
    assert told in build_view(snapshot(links), scope, weight=Weight.CAPACITY_MW).assumptions


def test_no_figure_is_not_zero() -> None:
    shown = build_view(
        snapshot([link("lease", "host", "cloud")], organization("alone")), SHELL, weight=Weight.VALUE_USD
    )
    assert shown.strength("host", EdgeSide.OUT) is None
    assert shown.strength("host", EdgeSide.IN) == 0
    assert shown.strength("alone") == 0


# ---- once


def _chain() -> Snapshot:
    """River Bend: 245 MW run from Hut 8 through Fluidstack to Anthropic, both links in the shell layer."""
    return snapshot(
        [
            link("lease", "hut8", "fluidstack", capacities=mw(245)),
            link("handed-on", "fluidstack", "anthropic", capacities=mw(245), uses=("lease",)),
        ]
    )


def test_a_chain_counts_once_through_uses() -> None:
    shown = build_view(_chain(), SHELL_MW, weight=Weight.CAPACITY_MW)
    assert [shown.strength("fluidstack", side) for side in (EdgeSide.IN, EdgeSide.OUT, EdgeSide.BOTH)] == [
        245,
        245,
        245,
    ]
    assert "1 figure is contained in another counted contract; where both would be added, one counts." in (
        shown.assumptions
    )


def test_of_a_chain_the_larger_end_is_proven_distinct() -> None:
    # 300 sold out of 200 and 50 bought: at least 300 are distinct. 100 sold out of them: at least the 250 bought
    for sold, distinct in ((300, 300), (100, 250)):
        links = [
            link("one", "host", "cloud", capacities=mw(200)),
            link("two", "host", "cloud", capacities=mw(50)),
            link("sold", "cloud", "lab", capacities=mw(sold), uses=("one", "two")),
        ]
        assert build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW).strength("cloud") == distinct


def test_a_total_stands_for_the_parts_it_covers() -> None:
    # 40 for both sites, of which 15 are stated apart; 5 for a third
    links = [
        link("both", "host", "lab", value=usd(40), covers=("second",)),
        link("second", "host", "lab", value=usd(15)),
        link("third", "host", "lab", value=usd(5)),
    ]
    shown = build_view(snapshot(links), SHELL, weight=Weight.VALUE_USD)
    assert shown.graph.edges["host", "lab"]["strength"] == 45
    assert shown.strength("lab", EdgeSide.IN) == 45
    assert shown.distinct(("both", "second", "third")) == ("both", "third")


def test_a_part_counts_where_its_total_does_not_touch() -> None:
    # the server maker's 58 contain the chip maker's 30: the buyer pays 58, the chip maker still sells for 30
    chip = {"category": SupplyCategory.CHIP}
    links = [
        link("servers", "dell", "iren", "SUPPLIES", value=usd(58), covers=("chips",), category=SupplyCategory.SERVER),
        link("chips", "nvidia", "iren", "SUPPLIES", value=usd(30), **chip),
    ]
    shown = build_view(snapshot(links), Scope(layer=Layer.CHIP), weight=Weight.VALUE_USD)
    assert shown.strength("iren", EdgeSide.IN) == 58
    assert shown.strength("nvidia", EdgeSide.OUT) == 30


def test_a_circle_of_uses_counts_its_largest_link() -> None:
    links = [
        link("there", "a", "b", capacities=mw(10), uses=("back",)),
        link("back", "b", "a", capacities=mw(30), uses=("there",)),
    ]
    assert build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW).strength("a") == 30


def test_links_are_counted_each_whatever_contains_what() -> None:
    assert build_view(_chain(), weight=Weight.COUNT).strength("fluidstack") == 2


def test_a_replaced_link_that_nobody_ended_is_excluded_by_the_name_of_its_successor() -> None:
    links = [link("old", "host", "cloud"), link("new", "host", "cloud", replaces=("old",))]
    shown = build_view(snapshot(links))
    assert list(shown.included) == ["new"]
    assert _because(shown, "old") == "replaced by new"


# ---- distance


def test_a_distance_is_one_over_the_strength_and_zero_strength_is_no_edge() -> None:
    links = [link("far", "host", "lab", capacities=mw(0)), link("near", "host", "cloud", capacities=mw(4))]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    distant = shown.by_distance()
    assert dict(distant.graph.edges) == {("host", "cloud"): {"links": ("near",), "distance": 0.25}}
    assert distant.weight is not None
    assert distant.weight.meaning is Meaning.DISTANCE
    assert str(distant.weight) == "1 / (CAPACITY_MW in MW), as distance"
    assert "1 edges of strength 0 are left out of distances." in distant.assumptions
    assert shown.graph.edges["host", "lab"]["strength"] == 0


# ---- columns beside


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"in_force": False, "commitment": Commitment.OPTION}, MemoColumn.LAPSED),
        ({"status": LinkStatus.LETTER, "commitment": Commitment.CONDITIONAL}, MemoColumn.LETTER),
        ({"commitment": Commitment.ROFR}, MemoColumn.OPTION),
        ({"commitment": Commitment.CONDITIONAL}, MemoColumn.CONDITIONAL),
        ({"status": LinkStatus.SIGNED_CONDITIONAL}, MemoColumn.CONDITIONAL),
        ({"status": LinkStatus.RUMOURED}, None),
    ],
)
def test_what_is_not_firm_stands_in_a_column_beside(values: dict[str, object], column: MemoColumn | None) -> None:
    assert memo_column(link("one", "host", "cloud", **values)) is column


# ---- laws


_orgs = st.sampled_from(["a", "b", "c", "d", "hidden"])
_amounts = st.none() | st.sampled_from([0.0, 1.0, 2.5, 100.0])


@st.composite
def _links(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(0, 12))
    keys = [f"l{number}" for number in range(count)]
    made = []
    for key in keys:
        amount = draw(_amounts)
        values = {
            "status": draw(st.sampled_from([*LinkStatus, None])),
            "commitment": draw(st.sampled_from([*Commitment, None])),
            "in_force": draw(st.booleans()),
            "capacities": None if amount is None else mw(amount),
            "uses": (draw(st.sampled_from(keys)),) if draw(st.booleans()) else None,
            "replaces": draw(st.none() | st.tuples(st.sampled_from(keys))),
        }
        type_ = draw(st.sampled_from(sorted(LINKS)))
        service = draw(st.sampled_from([*Service, None])) if type_ == "PROVIDES_CAPACITY" else None
        made.append(link(key, draw(_orgs), draw(_orgs), type_, service=service, **values))
    return made


@given(_links())
def test_every_link_asked_for_counts_or_is_listed_once(links: list[Row]) -> None:
    given_ = snapshot(links, organization("hidden", placeholder=True))
    shown = build_view(given_)
    assert sorted([*shown.included, *(one.link.key for one in shown.excluded)]) == sorted(given_.links)
    assert sorted(key for _, _, keys in shown.graph.edges(data="links") for key in keys) == sorted(shown.included)


@st.composite
def _scopes(draw: st.DrawFn) -> Scope:
    return Scope(
        types=draw(st.none() | st.frozensets(st.sampled_from(sorted(LINKS)), min_size=1)),
        where=draw(st.sampled_from([EVERYTHING, Compare("commitment", "eq", "FIRM")])),
        layer=draw(st.none() | st.sampled_from(Layer)),
        basis=draw(st.none() | st.just(CapacityBasis.CRITICAL_IT)),
        status=draw(st.frozensets(st.sampled_from(LinkStatus))),
        commitment=draw(st.frozensets(st.sampled_from(Commitment))),
    )


@given(_links(), _scopes(), st.sampled_from(Flow), st.sampled_from(Weight), st.sampled_from(Parties))
@pytest.mark.slow
def test_a_link_is_judged_among_others_as_alone(
    links: list[Row], scope: Scope, flow: Flow, weight: Weight, parties: Parties
) -> None:
    assume(weight is not Weight.CAPACITY_MW or scope.basis is not None)
    given_ = snapshot(links, organization("hidden", placeholder=True), site("d"))
    together = select(given_, scope, flow, weight, parties=parties)
    alone = [
        select(given_.part({key: row}), scope, flow, weight, parties=parties)
        for key, row in sorted(given_.links.items())
    ]
    assert list(together.included.values()) == [counted for one in alone for counted in one.included.values()]
    assert list(together.excluded) == [excluded for one in alone for excluded in one.excluded]
    assert together.tails.tolist() == [given_.nodes.get(one.tail, -1) for one in together.included.values()]
    assert together.heads.tolist() == [given_.nodes.get(one.head, -1) for one in together.included.values()]


@given(st.lists(st.tuples(_orgs, _orgs, _amounts, st.sampled_from([None, 0, 1, 2])), max_size=10))
def test_no_sum_exceeds_that_of_its_links_nor_falls_below_the_largest(drawn: list[tuple[str, str, float, int]]) -> None:
    links = [
        link(
            f"l{number}",
            source,
            target,
            capacities=None if amount is None else mw(amount),
            uses=None if used is None or used >= len(drawn) else (f"l{used}",),
        )
        for number, (source, target, amount, used) in enumerate(drawn)
        if source != target
    ]
    shown = build_view(snapshot(links), SHELL_MW, weight=Weight.CAPACITY_MW)
    for organization_ in shown.graph:
        amounts = [shown.included[key].amount.value for key in shown.links_at(organization_)]
        strength = shown.strength(organization_)
        if amounts:
            assert strength is not None
            assert max(amounts) <= strength <= sum(amounts)


async def test_the_seeds_of_the_project_add_as_the_companies_say(seeds_reader: EmbeddedReader) -> None:
    # Core Scientific to CoreWeave: 200, 120, 70 and 16.5 critical IT; 70 and up to 16 of unstated basis; to AMD 377.
    # Barber Lake: 168 and 39 critical IT are 207. River Bend: the same 245 at Hut 8 and at Fluidstack; twice 352 at
    # Beacon Point.
    found = await read_snapshot(seeds_reader)
    critical = build_view(found, SHELL_MW, weight=Weight.CAPACITY_MW)
    unstated = build_view(found, Scope(layer=Layer.SHELL, basis=CapacityBasis.UNSTATED), weight=Weight.CAPACITY_MW)
    assert critical.strength("core-scientific", EdgeSide.OUT) == 200 + 120 + 70 + 16.5 + 377
    assert unstated.strength("core-scientific", EdgeSide.OUT) == 70 + 16
    barber_lake = [one.amount.value for key, one in critical.included.items() if "barber-lake" in key]
    assert barber_lake == [168, 39]
    assert critical.strength("hut8", EdgeSide.OUT) == 245 + 352 + 352
    assert critical.distinct(("fluidstack-anthropic-river-bend", "hut8-fluidstack-river-bend")) != (
        "fluidstack-anthropic-river-bend",
        "hut8-fluidstack-river-bend",
    )
