"""The worked values that analysts know by heart, on the facts of the project."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.analytics.contracts.capacity import CapacityRow, CapacityTable, capacity
from graph.analytics.contracts.comparables import Comparable, comparables
from graph.analytics.contracts.concentration import Concentration, Measure, Side, concentration
from graph.analytics.contracts.groups import CapacityGroup, Period
from graph.analytics.contracts.reconciliation import Reconciliation, reconciliation
from graph.analytics.contracts.timeline import timeline
from graph.analytics.core.chains import MwRange
from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Scope
from graph.analytics.core.snapshot import Snapshot, read_snapshot
from graph.analytics.core.views import build_view
from graph.analytics.risk.exposures import Claim
from graph.analytics.risk.shock import shock
from graph.evidence.log import StatementLog
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis, total_capacity
from tests import facts
from tests.analytics.world import world_of
from tests.seeds_fixture import Under, reader_of

CRITICAL, GROSS, UNSTATED = CapacityBasis.CRITICAL_IT, CapacityBasis.GROSS, CapacityBasis.UNSTATED
SHELL_MW = Scope(layer=Layer.SHELL, basis=CRITICAL)


@pytest.fixture(scope="module")
async def world(seeds_reader: EmbeddedReader) -> Snapshot:
    return await read_snapshot(seeds_reader)


@pytest.fixture(scope="module")
async def july(seeds_under: Under) -> Snapshot:
    """As known on the day of the last source before the contracts of summer 2026."""
    return await read_snapshot(reader_of(seeds_under(facts.lens(known_on="2026-07-05"))))


@pytest.fixture(scope="module")
def priced(world: Snapshot) -> Callable[[str, CapacityBasis], Comparable]:
    rows = {(row.link.key, row.basis): row for row in comparables(world).rows}
    return lambda link, basis: rows[link, basis]


def _row(table: CapacityTable, layer: Layer, basis: CapacityBasis, **group: str) -> CapacityRow:
    (row,) = [
        one for one in table.rows if (one.layer, one.basis) == (layer, basis) and group.items() <= one.group.items()
    ]
    return row


def _keys(links: tuple[Row, ...]) -> set[str]:
    return {link.key for link in links}


# ---- comparables


def test_river_bend_pays_1_90_m_per_megawatt_and_year(priced: Callable[[str, CapacityBasis], Comparable]) -> None:
    # 7.0 bn USD, 245 MW critical IT, 15 years; with steps of 3 % a year 1.54 m in the first and 2.32 m in the last
    row = priced("hut8-fluidstack-river-bend", CRITICAL)
    assert (row.structure, row.base_usd, row.mw, row.years) == ("TRIPLE_NET", 7e9, 245, 15)
    assert row.usd_per_mw_year == pytest.approx(1.90e6, abs=0.005e6)
    assert row.usd_per_kw_month == pytest.approx(158.7, abs=0.05)
    assert row.first_year_usd_per_mw_year == pytest.approx(1.54e6, abs=0.005e6)
    assert row.last_year_usd_per_mw_year == pytest.approx(2.32e6, abs=0.005e6)
    # 454 m of net operating income a year; a backstop stands in for all of the rent
    assert row.noi_usd_per_mw_year == pytest.approx(1.853e6, abs=0.001e6)
    assert row.guaranteed_usd == 7e9


def test_iren_microsoft_pays_9_70_m_with_chips_and_3_9_m_without_the_hardware(
    priced: Callable[[str, CapacityBasis], Comparable],
) -> None:
    # 9.7 bn over 200 MW and 5 years; 5.8 bn of servers were bought for it
    row = priced("iren-microsoft-cloud", CRITICAL)
    assert (row.structure, row.prepayment_pct, row.hardware_usd) == ("GPU_CLOUD", 20, 5.8e9)
    assert row.usd_per_mw_year == pytest.approx(9.70e6)
    assert row.without_hardware_usd_per_mw_year == pytest.approx(3.9e6)


def test_a_value_at_least_over_megawatts_up_to_is_no_ratio(priced: Callable[[str, CapacityBasis], Comparable]) -> None:
    # Amazon and Anthropic: at least 100 bn over up to 5 GW
    row = priced("amazon-anthropic-2026", UNSTATED)
    assert row.usd_per_mw_year is None
    assert row.excluded_because == "its value is AT_LEAST and its megawatts are UP_TO: no ratio of the two"


def test_what_a_price_covers_is_what_its_megawatts_are(priced: Callable[[str, CapacityBasis], Comparable]) -> None:
    # 40 bn are for Colossus 1 and 2, 300 MW those of Colossus 1 alone
    row = priced("spacex-anthropic-colossus-1", UNSTATED)
    assert row.excluded_because == "its value is also for spacex-anthropic-colossus-2, and its megawatts are not"


def test_triple_net_modified_gross_and_gpu_cloud_are_never_in_one_class(world: Snapshot) -> None:
    table = comparables(world)
    classes = {(one.structure, one.basis): one for one in table.classes}
    assert len(classes) == len(table.classes)
    # River Bend 1.905, Beacon Point 1.856, Stingray 1.905 (2.0 bn over 70 MW and 15 years), Sandersville 1.886 (6.6 bn
    # over 175 MW and 20 years), Black Pearl 1.698 m (5.5 bn over 216 MW and 15 years)
    net = classes["TRIPLE_NET", CRITICAL]
    assert (net.contracts, round(net.low / 1e6, 3), round(net.high / 1e6, 3)) == (5, 1.698, 1.905)
    assert classes["GPU_CLOUD", CRITICAL].low == 9.7e6


# ---- capacity


def test_barber_lake_has_168_critical_it_and_244_gross_and_207_with_the_second(world: Snapshot) -> None:
    first = world.links["cipher-fluidstack-barber-lake-1"]["capacities"]
    assert {entry.basis: entry.mw for entry in first} == {CRITICAL: 168, GROSS: 244}
    table = capacity(world, [CapacityGroup.SITE])
    assert _row(table, Layer.SHELL, CRITICAL, SITE="barber-lake").mw == MwRange(207, 207)
    # 244 and 56, each up to
    assert _row(table, Layer.SHELL, GROSS, SITE="barber-lake").mw == MwRange(300, 300)


def test_river_bends_245_megawatts_are_counted_once(world: Snapshot) -> None:
    row = _row(capacity(world, [CapacityGroup.SITE]), Layer.SHELL, CRITICAL, SITE="river-bend")
    assert _keys(row.links) == {"hut8-fluidstack-river-bend", "fluidstack-anthropic-river-bend"}
    assert (row.mw, row.option_mw) == (MwRange(245, 245), 1000)
    by_provider = capacity(world, [CapacityGroup.PROVIDER], SHELL_MW)
    # twice 352 at another site beside them
    assert _row(by_provider, Layer.SHELL, CRITICAL, PROVIDER="hut8").mw.high == 245 + 352 + 352
    assert _row(by_provider, Layer.SHELL, CRITICAL, PROVIDER="fluidstack").mw.high == 245


def test_the_total_of_a_layer_is_that_of_its_providers_less_what_is_handed_on(world: Snapshot) -> None:
    by_provider = capacity(world, [CapacityGroup.PROVIDER], SHELL_MW).rows
    (whole,) = capacity(world, [], SHELL_MW).rows
    assert whole.mw.high == sum(row.mw.high for row in by_provider if row.mw) - 245


def test_core_scientific_lets_390_critical_it_and_16_5_at_austin_to_coreweave(world: Snapshot) -> None:
    # 200, 120 and 70, and Austin, whose first source says up to 16 of unstated basis, beside 70 of another contract
    table = capacity(world, [CapacityGroup.PROVIDER, CapacityGroup.CUSTOMER])
    coreweave = {"PROVIDER": "core-scientific", "CUSTOMER": "coreweave"}
    assert _row(table, Layer.SHELL, CRITICAL, **coreweave).mw == MwRange(390 + 16.5, 390 + 16.5)
    assert _row(table, Layer.SHELL, UNSTATED, **coreweave).mw == MwRange(70 + 16, 70 + 16)
    # with AMD at Pecos, in Hunt County and at Muskogee, and with a neocloud at Dalton and Auburn
    by_provider = capacity(world, [CapacityGroup.PROVIDER])
    every = 390 + 16.5 + (185 + 110 + 82) + (120 + 32)
    assert _row(by_provider, Layer.SHELL, CRITICAL, PROVIDER="core-scientific").mw == MwRange(every, every)


def _of_openai(world: Snapshot) -> dict[tuple[Layer, CapacityBasis], float]:
    table = capacity(world, [CapacityGroup.CUSTOMER], Scope(types=frozenset({"PROVIDES_CAPACITY"})))
    rows = [row for row in table.rows if row.group["CUSTOMER"] == "openai"]
    assert {row.layer: row.option_mw for row in rows} == {Layer.COMPUTE: 1250, Layer.SHELL: 0}
    return {(row.layer, row.basis): row.mw.high for row in rows if row.mw}


def test_openais_firm_compute_is_not_all_that_points_to_it(july: Snapshot, world: Snapshot) -> None:
    # 41 GW is what one gets by adding everything; signed capacity contracts are 4.5 + 2 + 0.75 GW of compute and 1.2
    # of shell, in two rows, none of them of critical IT
    points = [link for link in july.links.values() if link.columns["to"] == "openai"]
    everything = [total_capacity(link["capacities"] or (), basis) for link in points for basis in CapacityBasis]
    assert sum(one.mw for one in everything if one) == pytest.approx(41_000, abs=1_000)
    assert _of_openai(july) == {(Layer.COMPUTE, UNSTATED): 7250, (Layer.SHELL, UNSTATED): 1200}
    # since then 618 MW run at Abilene; of Milam 753 are critical IT, of PORTS-Pike 8 GW, and 0.8 GW of it come first
    assert _of_openai(world) == {
        (Layer.COMPUTE, UNSTATED): 7250 + 618,
        (Layer.SHELL, UNSTATED): 1200 + 800,
        (Layer.SHELL, CRITICAL): 753 + 8000,
    }


@pytest.mark.slow
async def test_polaris_forge_2_has_no_tenant_name_before_march_2026(seeds_under: Under) -> None:
    then = await read_snapshot(reader_of(seeds_under(facts.lens(known_on="2025-12-31"))))
    unnamed = [row for row in capacity(then, [CapacityGroup.CUSTOMER]).rows if row.unnamed]
    assert "applied-digital-polaris-forge-2" in {key for row in unnamed for key in _keys(row.links)}
    now = await read_snapshot(reader_of(seeds_under(facts.lens(known_on="2026-03-31"))))
    row = _row(capacity(now, [CapacityGroup.CUSTOMER]), Layer.SHELL, CRITICAL, CUSTOMER="oracle")
    assert "applied-digital-polaris-forge-2" in _keys(row.links)


# ---- the rules, over all of the facts


@pytest.mark.slow
def test_rules_1_and_2_no_row_mixes_layers_or_bases(world: Snapshot) -> None:
    for by in CapacityGroup:
        for row in capacity(world, [by]).rows:
            assert {link["layer"] for link in (*row.links, *row.without)} <= {row.layer}
            assert all(any(entry.basis is row.basis for entry in link["capacities"]) for link in row.links)
            assert row.mw is None or row.mw.low <= row.mw.high


def test_rule_3_only_signed_active_and_firm_contracts_are_added(world: Snapshot) -> None:
    for row in capacity(world, [CapacityGroup.PROVIDER, CapacityGroup.CUSTOMER]).rows:
        for link in row.links:
            assert link["status"] in (LinkStatus.SIGNED, LinkStatus.ACTIVE)
            assert link["commitment"] in (None, Commitment.FIRM)


def test_rule_4_a_lease_for_2027_is_not_in_service(world: Snapshot, seeds_log: StatementLog) -> None:
    rows = timeline(world, seeds_log, [CapacityGroup.SITE], Period.QUARTER).rows
    bend = {row.period: row for row in rows if row.group["SITE"] == "river-bend" and row.layer is Layer.SHELL}
    assert min(bend) == "2027-Q2"
    assert (bend["2027-Q2"].planned_mw, bend["2027-Q2"].confirmed_mw) == (245, 0)


def test_rule_4_only_what_is_ready_of_polaris_forge_1_is_confirmed(world: Snapshot, seeds_log: StatementLog) -> None:
    rows = timeline(world, seeds_log, [CapacityGroup.SITE], Period.YEAR).rows
    forge = {row.period: row for row in rows if row.group["SITE"] == "polaris-forge-1" and row.layer is Layer.SHELL}
    # the first 50 of 250 MW since October 2025, 175 since July 2026; 150 of another lease are planned for 2027
    assert (forge["2025"].confirmed_mw, forge["2025"].planned_mw) == (50, 0)
    assert (forge["2026"].confirmed_mw, forge["2026"].planned_mw) == (175, 0)
    assert (forge["2027"].confirmed_mw, forge["2027"].planned_mw) == (175, 150)


def _shares_of_hut8(world: Snapshot) -> tuple[dict[str, float], Concentration]:
    shown = concentration(world, "hut8", Side.CUSTOMERS, Measure.VALUE_USD, Scope(layer=Layer.SHELL))
    return {one.organization.key: one.share for one in shown.shares if one.organization}, shown


def test_rule_12_contracts_of_unnamed_tenants_are_in_every_sum(july: Snapshot) -> None:
    # 245 MW and 7.0 bn USD of Fluidstack at River Bend, 352 MW and 9.8 bn USD of a tenant whom nobody names
    assert _row(capacity(july, [CapacityGroup.PROVIDER]), Layer.SHELL, CRITICAL, PROVIDER="hut8").mw == MwRange(
        597, 597
    )
    by_customer = capacity(july, [CapacityGroup.CUSTOMER], SHELL_MW).rows
    assert {row.group["CUSTOMER"] for row in by_customer if row.unnamed} >= {"undisclosed-tenant-beacon-point"}
    shares, shown = _shares_of_hut8(july)
    assert shares == {
        "undisclosed-tenant-beacon-point": pytest.approx(9.8 / 16.8),
        "fluidstack": pytest.approx(7.0 / 16.8),
    }
    # one unnamed party is one party, whoever it is
    assert shown.unnamed_share == pytest.approx(9.8 / 16.8)
    assert shown.hhi == shown.hhi_low == pytest.approx((9.8 / 16.8) ** 2 + (7.0 / 16.8) ** 2)


def test_rule_12_a_tenant_that_was_named_later_is_no_unnamed_one(world: Snapshot) -> None:
    # a second lease of 352 MW and 9.8 bn USD; the press names Nvidia as tenant of both
    shares, shown = _shares_of_hut8(world)
    assert shares == {"nvidia": pytest.approx(19.6 / 26.6), "fluidstack": pytest.approx(7.0 / 26.6)}
    assert shown.unnamed_share == 0


def test_rule_12_a_ranking_says_how_much_hangs_on_unnamed_parties(world: Snapshot) -> None:
    # once more from the rows: signed or active, firm or silent, in force, with a placeholder at one end
    unnamed = [
        link
        for link in world.links.values()
        if {link.columns["from"], link.columns["to"]} & world.placeholders
        and link["in_force"]
        and link["status"] in (LinkStatus.SIGNED, LinkStatus.ACTIVE)
        and link["commitment"] in (None, Commitment.FIRM)
    ]
    critical = sum(link.columns.get("mw_critical_it", 0) for link in unnamed if link["layer"] is Layer.SHELL)
    (sentence,) = [one for one in build_view(world).assumptions if "no source names" in one]
    assert sentence.startswith(f"{len(unnamed)} links with parties that no source names are left out")
    assert f"{critical:,.0f} MW CRITICAL_IT (SHELL)" in sentence


def test_a_shock_of_openai_costs_amazon_the_contract_in_force_and_not_the_one_it_replaced(world: Snapshot) -> None:
    # 100 bn USD of February 2026, which reads the 38 bn USD of November 2025 as turned into it
    shown = shock(world, ["openai"], scope=Scope(layer=Layer.COMPUTE))
    (amazon,) = [row for row in shown.rows if row.organization.key == "amazon"]
    assert [one.value_usd for one in amazon.usd_at_risk if one.claim is Claim.PAYMENTS] == [100e9]
    (left_out,) = [one for one in shown.excluded if one.link.key == "amazon-openai-2025"]
    assert left_out.because == "replaced by amazon-openai-2026"


@pytest.mark.slow
def test_the_replaced_contract_counts_until_it_is_replaced(seeds_under: Under) -> None:
    def value(day: str) -> float:
        world = world_of(seeds_under(facts.lens(valid_on=day)))
        shown = concentration(world, "amazon", Side.CUSTOMERS, Measure.VALUE_USD, Scope(layer=Layer.COMPUTE))
        return sum(one.amount for one in shown.shares if one.organization and one.organization.key == "openai")

    assert value("2026-02-26") == 38e9
    assert value("2026-02-27") == 100e9


@pytest.mark.slow
def test_nothing_is_0_that_is_unknown(world: Snapshot) -> None:
    for by in CapacityGroup:
        for row in capacity(world, [by]).rows:
            assert (row.mw is None) == (bool(row.without) and not row.links)


def test_rule_14_every_result_says_how_far_its_data_reach(world: Snapshot) -> None:
    method = capacity(world, [], SHELL_MW).method
    assert method.data_through == world.data_through is not None
    (told,) = [one for one in method.assumptions if one.endswith("contracts state a figure.")]
    (row,) = capacity(world, [], SHELL_MW).rows
    assert told == f"SHELL, CRITICAL_IT: {len(row.links)} of {row.contracts} contracts state a figure."


# ---- reconciliation


async def _reconciled(reader: EmbeddedReader, world: Snapshot, observation: str) -> Reconciliation:
    observed = (await facts_of(reader)).observations
    subject = observed[observation]["subject"]
    (row,) = [row for row in reconciliation(world, observed, subject).rows if row.observation.key == observation]
    return row


async def test_core_scientific_coreweave_is_found_for_390_of_590_megawatts(
    seeds_reader: EmbeddedReader, world: Snapshot
) -> None:
    row = await _reconciled(seeds_reader, world, "core-scientific-coreweave-mw-2026-05")
    assert (row.stated, row.found, row.gap, row.basis) == (590, 390, 200, CRITICAL)
    assert row.other_bases == {UNSTATED: 70}
    (austin,) = row.beyond
    assert austin.key == "core-scientific-coreweave-austin"
    assert {entry.basis: entry.mw for entry in austin["capacities"]} == {UNSTATED: 16, CRITICAL: 16.5}


@pytest.mark.parametrize(
    ("observation", "stated", "gap"),
    [
        ("hut8-contracted-mw-2026-05", 597, 0),
        ("hut8-contracted-value-2026-05", 16.8e9, 0),
        ("cipher-fluidstack-total-mw", 207, 0),
        ("galaxy-coreweave-total-mw", 526, 0),
        ("coreweave-meta-total", 35.2e9, 0),
        ("hut8-contracted-value-2026-08", 26.6e9, 0),
        # 200, of which "at least", and 168 of 378
        ("terawulf-fluidstack-total-mw", 378, 10),
        # 526 critical IT are no gross megawatts: how many are found is unknown
        ("galaxy-coreweave-total-gross-mw", 1600, None),
    ],
)
async def test_totals_that_companies_state(
    seeds_reader: EmbeddedReader, world: Snapshot, observation: str, stated: float, gap: float | None
) -> None:
    row = await _reconciled(seeds_reader, world, observation)
    assert (row.stated, row.gap) == (stated, gap if gap is None else pytest.approx(gap))
