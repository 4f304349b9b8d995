from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.contracts.capacity import ANALYTICS, CapacityRow, CapacityTable, capacity
from graph.analytics.contracts.groups import CapacityGroup
from graph.analytics.core.chains import MwRange
from graph.analytics.core.exclusions import ExclusionReason
from graph.analytics.core.scope import Scope
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.tabulation import table_of
from graph.evidence.firmness import MemoColumn
from graph.vocabulary.enums import Commitment, Layer, LinkStatus, PowerContractKind, Service
from graph.vocabulary.model import Row
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage
from tests.analytics.world import FIRM, link, moment, mw, organization, site, snapshot

CRITICAL = CapacityBasis.CRITICAL_IT
GROSS = CapacityBasis.GROSS
SHELL_MW = Scope(layer=Layer.SHELL, basis=CRITICAL)


def _by(table: CapacityTable, name: CapacityGroup) -> dict[object, CapacityRow]:
    return {row.group[name]: row for row in table.rows}


def _keys(rows: tuple[Row, ...]) -> list[str]:
    return [row.key for row in rows]


def _because(table: CapacityTable) -> dict[str, str]:
    return {one.link.key: one.because for one in table.excluded}


# ---- rows


def test_layers_and_bases_stand_side_by_side_and_are_never_added() -> None:
    # the host's 100 critical IT are 130 gross at the meter; the cloud sells 90 of unstated basis out of them
    links = [
        link("lease", "host", "cloud", capacities=(*mw(100), *mw(130, GROSS))),
        link("sold", "cloud", "lab", service=Service.CLOUD, capacities=mw(90, CapacityBasis.UNSTATED)),
    ]
    rows = capacity(snapshot(links), []).rows
    assert [(row.layer, row.basis, row.mw.high) for row in rows] == [
        (Layer.SHELL, CRITICAL, 100),
        (Layer.SHELL, GROSS, 130),
        (Layer.COMPUTE, CapacityBasis.UNSTATED, 90),
    ]


def test_each_row_tells_its_contracts_and_how_many_state_no_figure() -> None:
    links = [
        link("one", "host", "cloud", capacities=mw(100)),
        link("two", "host", "lab", capacities=mw(50, GROSS)),
        link("three", "host", "lab"),
    ]
    table = capacity(snapshot(links), [CapacityGroup.PROVIDER])
    critical, gross, silent = table.rows
    assert (critical.contracts, critical.contracts_without_mw, _keys(critical.links)) == (3, 2, ["one"])
    assert (gross.contracts, gross.contracts_without_mw, _keys(gross.links)) == (3, 2, ["two"])
    assert _keys(critical.without) == ["three", "two"]
    assert (silent.basis, silent.mw, silent.contracts_without_mw) == (CapacityBasis.UNSTATED, None, 3)
    assert _because(table) == {"three": "states no megawatts"}
    assert "SHELL, CRITICAL_IT: 1 of 3 contracts state a figure." in table.method.assumptions


def test_a_customer_whose_contracts_state_nothing_has_a_row() -> None:
    links = [link("one", "host", "cloud", capacities=mw(100)), link("silent", "host", "lab")]
    rows = _by(capacity(snapshot(links), [CapacityGroup.CUSTOMER], SHELL_MW), CapacityGroup.CUSTOMER)
    assert (rows["lab"].basis, rows["lab"].mw, rows["lab"].contracts_without_mw) == (CRITICAL, None, 1)
    # in a table the cells of the range are empty
    table = table_of(ANALYTICS[0], capacity(snapshot(links), [CapacityGroup.CUSTOMER], SHELL_MW), {})
    assert [(row["low"], row["high"]) for row in table.rows] == [(100, 100), (None, None)]


def test_without_any_contract_firm_megawatts_are_0_beside_an_option() -> None:
    links = [link("right", "host", "cloud", capacities=mw(20), commitment=Commitment.OPTION)]
    (row,) = capacity(snapshot(links), [], SHELL_MW).rows
    assert (row.mw, row.contracts, row.option_mw) == (MwRange(0, 0), 0, 20)


def test_a_contract_that_another_has_replaced_counts_no_longer() -> None:
    old, letter = link("old", "host", "cloud", capacities=mw(40)), link("offer", "host", "cloud", capacities=mw(7))
    new = link("new", "host", "cloud", capacities=mw(100), replaces=("old",))
    hope = link("hope", "host", "cloud", capacities=mw(9), replaces=("offer",), status=LinkStatus.LETTER)
    table = capacity(snapshot([old, letter, new, hope]))
    # 100 and 7: a letter has taken no place yet
    assert [row.mw for row in table.rows] == [MwRange(107, 107)]
    assert _because(table) == {"hope": "status LETTER", "old": "replaced by new"}
    # before the new one was listed, the old one counted
    assert [row.mw for row in capacity(snapshot([old])).rows] == [MwRange(40, 40)]
    # one that took a place and ended since has not given it back
    ended = link("new", "host", "cloud", replaces=("old",), status=LinkStatus.TERMINATED, in_force=False)
    assert capacity(snapshot([old, ended])).rows == ()


def test_a_replaced_option_or_letter_stands_beside_nothing() -> None:
    old = link("old", "host", "cloud", capacities=mw(40), commitment=Commitment.OPTION)
    new = link("new", "host", "cloud", capacities=mw(30), replaces=("old",))
    (row,) = capacity(snapshot([old, new])).rows
    assert (row.mw, row.option_mw) == (MwRange(30, 30), 0)


def test_totals_stand_for_parts_of_their_parts_and_for_what_is_served_out_of_these() -> None:
    links = [
        link("total", "host", "cloud", capacities=mw(100), covers=("phase",)),
        link("phase", "host", "cloud", covers=("hall",)),
        link("hall", "host", "cloud", capacities=mw(60)),
        link("resold", "cloud", "lab", capacities=mw(50), uses=("hall",)),
    ]
    (row,) = capacity(snapshot(links), [], SHELL_MW).rows
    assert row.mw == MwRange(100, 100)
    assert {one.key for one in row.contained} == {"hall", "resold"}


def test_a_contract_with_a_placeholder_counts_and_its_row_is_marked() -> None:
    links = [link("known", "host", "cloud", capacities=mw(1)), link("secret", "host", "tenant", capacities=mw(352))]
    table = capacity(snapshot(links, organization("tenant", placeholder=True)), [CapacityGroup.CUSTOMER])
    assert [(row.group, row.unnamed, row.mw.high) for row in table.rows] == [
        ({"CUSTOMER": "tenant"}, True, 352),
        ({"CUSTOMER": "cloud"}, False, 1),
    ]
    assert _because(table) == {}
    (host,) = capacity(snapshot(links, organization("tenant", placeholder=True))).rows
    assert (host.unnamed, host.mw.high) == (False, 353)


def test_megawatts_of_no_layer_are_listed() -> None:
    links = [
        link("stake", "fund", "host", "OWNS", capacities=mw(9)),
        link("vague", "host", "cloud", service=None, capacities=mw(8)),
    ]
    table = capacity(snapshot(links), [])
    assert table.rows == ()
    assert _because(table) == {
        "stake": "belongs to no layer, so that its megawatts stand alone",
        "vague": "states no service, so its layer is unknown",
    }


def test_power_is_counted_at_sites_too_and_kinds_of_contract_stay_apart() -> None:
    # rule 8: an interconnection and a power purchase are different things
    power = {"type_": "SUPPLIES_POWER"}
    links = [
        link("ppa", "plant", "cloud", **power, contract_kind=PowerContractKind.PPA, capacities=mw(400, GROSS)),
        link(
            "grid",
            "plant",
            "campus",
            **power,
            contract_kind=PowerContractKind.INTERCONNECTION,
            capacities=mw(300, GROSS),
        ),
    ]
    table = capacity(snapshot(links, site("campus")), [CapacityGroup.PROVIDER])
    assert [(row.group["CONTRACT_KIND"], row.mw.high) for row in table.rows] == [("PPA", 400), ("INTERCONNECTION", 300)]
    assert not [sentence for sentence in table.method.assumptions if "different things" in sentence]


# ---- beside


def test_what_is_not_firm_stands_beside_with_its_links() -> None:
    links = [
        link("firm", "host", "cloud", capacities=mw(100), commitment=FIRM),
        link("hangs", "host", "cloud", capacities=mw(10), status=LinkStatus.SIGNED_CONDITIONAL),
        link("may", "host", "cloud", capacities=mw(20), commitment=Commitment.OPTION),
        link("first", "host", "cloud", capacities=mw(5), commitment=Commitment.ROFR),
        link("letter", "host", "cloud", capacities=mw(30), status=LinkStatus.LETTER),
        link("gone", "host", "cloud", capacities=mw(40), status=LinkStatus.LAPSED, in_force=False),
        link("talk", "host", "cloud", capacities=mw(50), status=LinkStatus.IN_TALKS),
    ]
    (row,) = capacity(snapshot(links), [CapacityGroup.PROVIDER]).rows
    assert row.mw == MwRange(100, 100)
    assert (row.conditional_mw, row.option_mw, row.letter_mw, row.lapsed_mw) == (10, 25, 30, 40)
    assert _keys(row.memo_items[MemoColumn.OPTION]) == ["first", "may"]


def test_a_group_with_nothing_but_options_has_a_row_of_zero() -> None:
    links = [link("may", "host", "cloud", capacities=mw(20), commitment=Commitment.OPTION)]
    (row,) = capacity(snapshot(links), [CapacityGroup.CUSTOMER]).rows
    assert (row.group, row.mw, row.contracts, row.option_mw) == ({"CUSTOMER": "cloud"}, MwRange(0, 0), 0, 20)


def test_what_is_not_firm_and_states_no_megawatts_of_the_basis_is_unknown_and_what_is_not_there_is_0() -> None:
    links = [
        link("firm", "host", "cloud", capacities=mw(100)),
        link("may", "host", "cloud", capacities=mw(20, CapacityBasis.GROSS), commitment=Commitment.OPTION),
        link("letter", "host", "cloud", status=LinkStatus.LETTER),
    ]
    critical, gross = capacity(snapshot(links), [CapacityGroup.CUSTOMER]).rows
    assert (critical.option_mw, critical.letter_mw, critical.lapsed_mw) == (None, None, 0)
    assert (gross.mw, gross.option_mw, gross.letter_mw) == (None, 20, None)
    cells = table_of(ANALYTICS[0], capacity(snapshot(links), [], SHELL_MW), {}).rows[0]
    assert [cells[name] for name in ("conditional", "option", "letter", "lapsed")] == [0, None, None, 0]


# ---- once


def test_a_declared_chain_counts_once_and_each_provider_keeps_its_row() -> None:
    links = [
        link("lease", "hut8", "fluidstack", capacities=mw(245)),
        link("handed-on", "fluidstack", "anthropic", capacities=mw(245), uses=("lease",)),
    ]
    (row,) = capacity(snapshot(links), []).rows
    assert row.mw == MwRange(245, 245)
    assert (row.contracts, _keys(row.contained)) == (2, ["lease"])
    by_provider = _by(capacity(snapshot(links), [CapacityGroup.PROVIDER]), CapacityGroup.PROVIDER)
    assert {name: one.mw.high for name, one in by_provider.items()} == {"hut8": 245, "fluidstack": 245}


def test_a_chain_is_followed_through_a_contract_that_states_no_figure() -> None:
    # the lab's 100 are served out of a sublease without a figure, which is served out of the lease's 100
    links = [
        link("lease", "host", "cloud", capacities=mw(100)),
        link("sublease", "cloud", "broker", uses=("lease",)),
        link("sold", "broker", "lab", capacities=mw(100), uses=("sublease",)),
    ]
    assert capacity(snapshot(links), [], SHELL_MW).rows[0].mw == MwRange(100, 100)


def test_what_nobody_declares_makes_a_range() -> None:
    # the cloud takes 200 and sells 120: at least the 200 are distinct, at most all 320
    links = [
        link("taken", "host", "cloud", capacities=mw(200)),
        link("sold", "cloud", "lab", capacities=mw(120)),
        link("elsewhere", "other", "lab", capacities=mw(7)),
    ]
    assert capacity(snapshot(links), []).rows[0].mw == MwRange(207, 327)


def test_contracts_at_different_sites_do_not_overlap_and_a_part_of_a_site_does() -> None:
    links = [
        link("taken", "host", "cloud", capacities=mw(200), site="north"),
        link("sold", "cloud", "lab", capacities=mw(120), site="south"),
        link("hall", "cloud", "lab", capacities=mw(30), site="north-hall"),
    ]
    sites = [site("north"), site("south"), site("north-hall", part_of="north")]
    # 120 are elsewhere; the hall's 30 may be of the 200
    assert capacity(snapshot(links, *sites), []).rows[0].mw == MwRange(320, 350)


def test_of_many_chains_the_heaviest_set_that_is_proven_distinct_counts() -> None:
    # p uses q, q uses r, s uses r: q and s are distinct, and add to more (10) than p and s (6) or r (3)
    links = [
        link("r", "host", "cloud", capacities=mw(3)),
        link("q", "host", "cloud", capacities=mw(5), uses=("r",)),
        link("p", "host", "cloud", capacities=mw(1), uses=("q",)),
        link("s", "host", "cloud", capacities=mw(5), uses=("r",)),
    ]
    assert capacity(snapshot(links), []).rows[0].mw == MwRange(10, 10)


# ---- groups


def test_contracts_group_by_where_they_are() -> None:
    links = [
        link("hall", "host", "cloud", site="hall", capacities=mw(10)),
        link("nowhere", "host", "cloud", capacities=mw(5)),
    ]
    places = [
        site("campus", country="US", region="Texas", grid="ERCOT", utility="oncor"),
        site("hall", part_of="campus"),
    ]
    given_ = snapshot(links, organization("oncor"), *places)
    by = [CapacityGroup.SITE, CapacityGroup.COUNTRY, CapacityGroup.REGION, CapacityGroup.GRID, CapacityGroup.UTILITY]
    assert [row.group for row in capacity(given_, by).rows] == [
        {"SITE": "hall", "COUNTRY": "US", "REGION": "Texas", "GRID": "ERCOT", "UTILITY": "oncor"},
        {"SITE": None, "COUNTRY": None, "REGION": None, "GRID": None, "UTILITY": None},
    ]


def test_contracts_group_by_when_they_begin_to_bind() -> None:
    links = [
        link("day", "host", "cloud", announced=moment("2026-05-06"), capacities=mw(4)),
        link("half", "host", "cloud", announced=moment("2026-H2"), capacities=mw(3)),
        link("later", "host", "cloud", announced=moment("2025"), effective_from=moment("2026-Q2"), capacities=mw(2)),
        link("never", "host", "cloud", capacities=mw(1)),
    ]
    quarters = _by(capacity(snapshot(links), [CapacityGroup.QUARTER]), CapacityGroup.QUARTER)
    assert {name: row.mw.high for name, row in quarters.items()} == {"2026-Q2": 6, None: 4}
    years = _by(capacity(snapshot(links), [CapacityGroup.YEAR]), CapacityGroup.YEAR)
    assert {name: row.mw.high for name, row in years.items()} == {"2026": 9, None: 1}


def test_contracts_group_by_stage_service_and_all_their_chips() -> None:
    links = [
        link("built", "host", "cloud", capacities=mw(9, stage=CapacityStage.IN_SERVICE), chips=("h200", "h100")),
        link("room", "host", "cloud", service=Service.COLOCATION, capacities=mw(8)),
    ]
    by = [CapacityGroup.STAGE, CapacityGroup.SERVICE, CapacityGroup.CHIP]
    assert [row.group for row in capacity(snapshot(links), by).rows] == [
        {"STAGE": "IN_SERVICE", "SERVICE": "LEASE", "CHIP": ["h100", "h200"]},
        {"STAGE": None, "SERVICE": "COLOCATION", "CHIP": None},
    ]


def test_phases_without_a_sum_are_listed() -> None:
    phases = (Capacity(5, CRITICAL, phase="one"), Capacity(5, CRITICAL, phase="two", bound=mw(1)[0].bound.UP_TO))
    table = capacity(snapshot([link("lease", "host", "cloud", capacities=phases)]), [])
    assert [one.reason for one in table.excluded] == [ExclusionReason.MIXED_BOUNDS]


def test_the_method_tells_what_was_asked() -> None:
    method = capacity(snapshot([]), [CapacityGroup.CHIP], SHELL_MW).method
    assert method.parameters == {"group_by": ["CHIP"], "scope": SHELL_MW.to_dict()}
    assert (method.name, method.weight) == ("CAPACITY", "CAPACITY_MW in MW, as strength")


# ---- laws

_ORGANIZATIONS = st.sampled_from(["a", "b", "c", "d", "hidden"])
_FIGURES = st.none() | st.sampled_from([0.0, 0.1, 0.2, 1.0, 2.5, 100.0])
_BASES = st.sampled_from([CRITICAL, GROSS, CapacityBasis.UNSTATED])
_SERVICES = st.sampled_from([Service.LEASE, Service.CLOUD, None])


@st.composite
def _links(draw: st.DrawFn, chained: bool = True) -> list[Row]:
    keys = [f"l{number}" for number in range(draw(st.integers(0, 9)))]
    return [_link(draw, key, keys, chained) for key in keys]


def _link(draw: st.DrawFn, key: str, keys: list[str], chained: bool) -> Row:
    figure = draw(_FIGURES)
    # without chains nobody is both a provider and a customer
    source = draw(_ORGANIZATIONS) if chained else draw(st.sampled_from(["a", "b"]))
    target = draw(_ORGANIZATIONS) if chained else draw(st.sampled_from(["c", "d"]))
    return link(
        key,
        source,
        target,
        service=draw(_SERVICES),
        status=draw(st.sampled_from([LinkStatus.SIGNED, LinkStatus.SIGNED, LinkStatus.LETTER])),
        commitment=draw(st.sampled_from([None, FIRM, Commitment.OPTION])),
        capacities=None if figure is None else mw(figure, draw(_BASES)),
        uses=(draw(st.sampled_from(keys)),) if chained and draw(st.booleans()) else None,
        chips=draw(st.none() | st.sampled_from([("h100",), ("h100", "h200")])),
    )


def _world(links: list[Row]) -> Snapshot:
    return snapshot(links, organization("hidden", placeholder=True))


def _high(row: CapacityRow) -> float:
    return row.mw.high if row.mw else 0.0


def _low(row: CapacityRow) -> float:
    return row.mw.low if row.mw else 0.0


_GROUPS = st.lists(st.sampled_from(list(CapacityGroup)), max_size=3)


@given(_links(), _GROUPS)
def test_law_low_is_at_most_high_and_at_least_the_largest_link(links: list[Row], by: list[CapacityGroup]) -> None:
    for row in capacity(_world(links), by).rows:
        amounts = [entry.mw for one in row.links for entry in one["capacities"] if entry.basis is row.basis]
        assert max(amounts, default=0) <= _low(row) <= _high(row) <= sum(amounts) * (1 + 1e-12)


@given(_links(chained=False), st.sampled_from(list(CapacityGroup)))
def test_law_groups_of_a_partition_add_to_the_total(links: list[Row], by: CapacityGroup) -> None:
    parts, whole = capacity(_world(links), [by]), capacity(_world(links), [])
    for total in whole.rows:
        rows = [row for row in parts.rows if (row.layer, row.basis) == (total.layer, total.basis)]
        assert abs(sum(_high(row) for row in rows) - _high(total)) < 1e-9
        assert abs(sum(_low(row) for row in rows) - _low(total)) < 1e-9
        assert sum(len(row.links) for row in rows) == len(total.links)
        assert abs(sum(row.option_mw or 0 for row in rows) - (total.option_mw or 0)) < 1e-9
    assert parts.excluded == whole.excluded


@given(_links(), st.sampled_from(list(CapacityGroup)))
def test_law_with_chains_groups_never_add_to_less_than_the_total(links: list[Row], by: CapacityGroup) -> None:
    parts, whole = capacity(_world(links), [by]), capacity(_world(links), [])
    for total in whole.rows:
        rows = [row for row in parts.rows if (row.layer, row.basis) == (total.layer, total.basis)]
        assert sum(_high(row) for row in rows) >= _high(total) - 1e-9
        assert sum(_low(row) for row in rows) >= _low(total) - 1e-9


@given(_links(), st.integers(0, 8))
def test_law_removing_a_link_that_no_chain_leads_through_never_raises(links: list[Row], index: int) -> None:
    if index >= len(links) or _is_between(links[index], links):
        return
    before, after = (capacity(_world(some), []) for some in (links, links[:index] + links[index + 1 :]))
    held = {(row.layer, row.basis): row for row in before.rows}
    for row in after.rows:
        assert _low(row) <= _low(held[row.layer, row.basis])
        assert _high(row) <= _high(held[row.layer, row.basis])


def _is_between(gone: Row, links: list[Row]) -> bool:
    """Whether others may be served out of it, and it out of others: with it goes what ties the two together."""
    above = any(gone.key in (one["uses"] or ()) or one.columns["from"] == gone.columns["to"] for one in links)
    below = bool(gone["uses"]) or any(one.columns["to"] == gone.columns["from"] for one in links)
    return above and below


@given(_links(), _GROUPS)
def test_law_no_row_mixes_layers_or_bases(links: list[Row], by: list[CapacityGroup]) -> None:
    for row in capacity(_world(links), by).rows:
        for one in row.links:
            assert one["layer"] is row.layer
            assert any(entry.basis is row.basis for entry in one["capacities"])


@given(_links(), _GROUPS, st.randoms(use_true_random=False))
def test_law_the_order_of_the_links_changes_nothing(links: list[Row], by: list[CapacityGroup], random: object) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert capacity(_world(links), by) == capacity(_world(shuffled), by)


@given(_links(), _GROUPS)
def test_law_every_link_of_a_layer_stands_in_a_row_or_is_excluded(links: list[Row], by: list[CapacityGroup]) -> None:
    table = capacity(_world(links), by)
    shown = {one.key for row in table.rows for one in (*row.links, *row.without)}
    assert shown | {one.link.key for one in table.excluded} == {one.key for one in links}
