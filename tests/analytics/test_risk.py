from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core.claims import Claim
from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.risk.exposures import MwRange, UsdAtRisk, mw_at_risk
from graph.analytics.risk.shock import MODELS, ShockAssumptions, ShockResult, ShockRow, shock
from graph.errors import BadQuery, ScopeRequired
from graph.evidence.scenarios import ShockModel
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import (
    Commitment,
    GuaranteeCover,
    InvestmentInstrument,
    Layer,
    LendingRole,
    LinkStatus,
    Service,
    SupplyCategory,
)
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, CapacityBasis, Money
from tests.analytics.world import link, mw, organization, snapshot, usd

RENT = GuaranteeCover.RENT
SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)


def _row(result: ShockResult, key: str) -> ShockRow:
    return next(row for row in result.rows if row.organization.key == key)


def _losses(result: ShockResult) -> dict[str, float]:
    return {row.organization.key: pytest.approx(row.loss) for row in result.rows}


def _because(result: ShockResult) -> dict[str, str]:
    return {one.link.key: one.because for one in result.excluded}


def _amounts(result: ShockResult) -> list[tuple[str, float | None]]:
    return [(row.organization.key, row.lost) for row in result.rows]


def _guarantee(key: str, beneficiary: str, cap: float, *links: str, **values: object) -> Row:
    usual = {"value": usd(cap), "guarantees": links or None, "covers_kind": RENT, "guaranteed_obligor": "cloud"}
    return link(key, "giant", beneficiary, "GUARANTEES", **usual | values)


def _lease(key: str, host: str, cloud: str, value: float | None = 100, **values: object) -> Row:
    return link(key, host, cloud, capacities=mw(10), value=None if value is None else usd(value), **values)


# ---- who stands first

# the big host has three of four leases with the cloud, worth 300 of 340; the small one its only lease, worth 30
HOSTS = [
    *(_lease(f"big-{number}", "big", "cloud") for number in range(3)),
    _lease("big-other", "big", "lab", 40),
    _lease("small", "small", "cloud", 30),
]


def test_who_loses_most_stands_first_not_who_loses_the_largest_share() -> None:
    result = shock(snapshot(HOSTS), ["cloud"])
    assert _amounts(result) == [("big", 3), ("small", 1)]
    assert _losses(result) == {"big": 3 / 4, "small": 1}
    by_value = shock(snapshot(HOSTS), ["cloud"], weight=Weight.VALUE_USD, scope=Scope(layer=Layer.SHELL))
    assert _amounts(by_value) == [("big", 300), ("small", 30)]
    assert _losses(by_value) == {"big": 300 / 340, "small": 1}


def test_of_equal_amounts_the_larger_share_stands_first() -> None:
    result = shock(snapshot([*HOSTS[2:], _lease("big-more", "big", "lab")]), ["cloud"])
    assert _amounts(result) == [("small", 1), ("big", 1)]
    assert _losses(result) == {"small": 1, "big": 1 / 3}


def test_a_model_weighs_its_losses_by_what_they_are_shares_of() -> None:
    value = {"weight": Weight.VALUE_USD, "scope": Scope(layer=Layer.SHELL)}
    # the equity of a host is half of what it is owed: 170 and 15; its claims on the cloud are all lost
    debtrank = shock(
        snapshot(HOSTS),
        ["cloud"],
        ShockModel.DEBTRANK_2012,
        assumptions=ShockAssumptions(equity_ratio=0.5),
        **value,  # type: ignore[arg-type]
    )
    assert _amounts(debtrank) == [("big", 170), ("small", 15)]
    # of 330 that the cloud gets 300 come from the big host, of 50 that the lab gets 40
    links = [*HOSTS, _lease("second", "second", "lab", 10)]
    assert _amounts(shock(snapshot(links), ["big"], ShockModel.CASCADE, **value)) == [  # type: ignore[arg-type]
        ("cloud", 300),
        ("lab", 40),
    ]
    # sales of the big host are 340, of which 300 are no longer bought; the small one sells to the cloud alone
    assert _amounts(shock(snapshot(HOSTS), ["cloud"], ShockModel.ESRI, **value)) == [  # type: ignore[arg-type]
        ("big", pytest.approx(300)),
        ("small", pytest.approx(30)),
    ]


def test_what_is_lost_of_nothing_that_is_known_is_unknown() -> None:
    silent = [_lease("lease", "host", "cloud", None), _lease("other", "host", "lab", None)]
    result = shock(snapshot(silent), ["cloud"], weight=Weight.VALUE_USD, scope=Scope(layer=Layer.SHELL))
    assert _amounts(result) == [("host", None)]
    assert _row(result, "host").loss is None
    # what the one lease is worth is as unknown beside a contract that states a value
    half = [_lease("lease", "host", "cloud", None), _lease("other", "host", "lab", 100)]
    result = shock(snapshot(half), ["cloud"], weight=Weight.VALUE_USD, scope=Scope(layer=Layer.SHELL))
    assert (_amounts(result), _row(result, "host").loss) == ([("host", None)], None)
    for model in (ShockModel.DEBTRANK_2015, ShockModel.ESRI):
        by_value = {"weight": Weight.VALUE_USD, "scope": Scope(layer=Layer.SHELL)}
        assert shock(snapshot(half), ["cloud"], model, **by_value).systemic_loss is None  # type: ignore[arg-type]
        assert shock(snapshot(half), ["lab"], model, **by_value).systemic_loss is not None  # type: ignore[arg-type]
    # the cloud buys from who fails and sells nothing: of its output nothing is known
    esri = shock(snapshot(HOSTS), ["big"], ShockModel.ESRI)
    assert dict(_amounts(esri))["cloud"] is None


async def test_who_has_one_contract_does_not_stand_first_if_openai_fails(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    rows = shock(facts.snapshot, ["openai"]).rows
    amounts = [row.lost for row in rows]
    assert amounts == sorted(amounts, key=lambda lost: -(lost or 0))
    # by share G42 would be first, with its only contract
    assert max(rows, key=lambda row: row.loss or 0).organization.key == "g42"
    assert (rows[0].lost or 0) > 1


# ---- direct


def test_the_host_loses_what_it_is_owed_and_the_customer_what_it_uses() -> None:
    # the cloud stands between host and lab; the host is owed 100 in the shell, the lab uses 10 MW of compute
    links = [
        _lease("lease", "host", "cloud", annual_value_usd=10),
        link("compute", "cloud", "lab", service=Service.CLOUD, capacities=mw(10), value=usd(300)),
        _lease("other", "host", "lab"),
    ]
    result = shock(snapshot(links), ["cloud"])
    host, lab = _row(result, "host"), _row(result, "lab")
    assert (host.loss, lab.loss) == (0.5, 0.5)
    assert host.usd_at_risk == (UsdAtRisk(Layer.SHELL, Claim.PAYMENTS, 100, 10, 0),)
    assert (host.value_at_risk_usd, host.annual_at_risk_usd, host.guaranteed_usd) == (100, 10, 0)
    assert lab.usd_at_risk == ()
    assert lab.value_at_risk_usd is None
    assert [(one.layer, one.mw) for one in lab.mw_at_risk] == [(Layer.COMPUTE, MwRange(10, 10))]
    assert [row.key for row in host.because] == ["lease"]
    assert [(one.layer, one.mw) for one in result.mw_at_risk] == [
        (Layer.SHELL, MwRange(10, 10)),
        (Layer.COMPUTE, MwRange(10, 10)),
    ]


def test_lenders_and_investors_lose_principal_but_arrangers_and_holders_of_rights_do_not() -> None:
    links = [
        link("loan", "bank", "cloud", "LENDS_TO", value=usd(50), role=LendingRole.LENDER),
        link("arranged", "broker", "cloud", "LENDS_TO", value=usd(50), role=LendingRole.ARRANGER),
        link("stake", "fund", "cloud", "INVESTS_IN", value=usd(20), instrument=InvestmentInstrument.EQUITY),
        link("warrant", "fund", "cloud", "INVESTS_IN", value=usd(9), instrument=InvestmentInstrument.WARRANT),
        link(
            "used",
            "giant",
            "cloud",
            "INVESTS_IN",
            value=usd(7),
            instrument=InvestmentInstrument.WARRANT,
            exercised=True,
        ),
    ]
    result = shock(snapshot(links), ["cloud"])
    assert {row.organization.key: row.value_at_risk_usd for row in result.rows} == {
        "bank": 50,
        "broker": None,
        "fund": 20,
        "giant": 7,
    }
    assert result.usd_at_risk == (UsdAtRisk(None, Claim.PRINCIPAL, 77, None, 0),)
    assert _because(result)["arranged"] == "an arranger has lent nothing"
    assert _because(result)["warrant"] == "a right not yet used (warrant) is no stake"


def test_who_owes_loses_nothing_when_its_creditor_fails() -> None:
    result = shock(snapshot([link("loan", "bank", "cloud", "LENDS_TO", value=usd(50))]), ["bank"])
    assert _row(result, "cloud").usd_at_risk == ()


def test_dollars_of_two_layers_are_shown_apart_and_have_no_sum() -> None:
    chips = {"category": SupplyCategory.CHIP, "value": usd(30)}
    result = shock(
        snapshot([_lease("lease", "host", "cloud"), link("chips", "maker", "cloud", "SUPPLIES", **chips)]), ["cloud"]
    )
    assert [(one.layer, one.value_usd) for one in result.usd_at_risk] == [(Layer.CHIP, 30), (Layer.SHELL, 100)]
    assert result.value_at_risk_usd is None
    assert _row(result, "maker").value_at_risk_usd == 30
    assert any("2 layers or sorts of claims, which are not added" in told for told in result.method.assumptions)


def test_payments_of_no_known_layer_are_never_added() -> None:
    links = [
        link("vague", "host", "cloud", service=None, value=usd(5)),
        link("gear", "host", "cloud", "SUPPLIES", category=SupplyCategory.POWER_EQUIPMENT, value=usd(6)),
        link("other", "maker", "cloud", "SUPPLIES", category=SupplyCategory.OTHER, value=usd(7)),
    ]
    result = shock(snapshot(links), ["cloud"])
    assert [one.value_usd for one in _row(result, "host").usd_at_risk] == [6, 5]
    assert _row(result, "host").value_at_risk_usd is None
    # by key: gear, other, vague
    assert [one.value_usd for one in result.usd_at_risk] == [6, 7, 5]


def test_a_guarantee_pays_up_to_its_cap_and_stands_beside_the_loss() -> None:
    links = [_lease("lease", "host", "cloud"), _guarantee("backstop", "host", 60, "lease")]
    (part,) = _row(shock(snapshot(links), ["cloud"]), "host").usd_at_risk
    assert (part.value_usd, part.guaranteed_usd, part.uncovered_usd) == (100, 60, 40)


def test_a_guarantee_never_pays_more_than_is_owed_and_one_cap_serves_all_its_claims() -> None:
    # the first covers both leases with 150 together, the second the large one with 90: 40 and 90 + 60 = all of 190
    links = [
        _lease("small", "host", "cloud", 40),
        _lease("large", "host", "cloud", 150),
        _guarantee("both", "host", 100, "small", "large"),
        _guarantee("one", "host", 90, "large"),
    ]
    assert _row(shock(snapshot(links), ["cloud"]), "host").guaranteed_usd == 190
    enough = [_lease("lease", "host", "cloud"), _guarantee("backstop", "host", 900, "lease")]
    assert _row(shock(snapshot(enough), ["cloud"]), "host").guaranteed_usd == 100


def test_what_a_guarantee_without_a_cap_pays_is_unknown_for_what_it_covers_alone() -> None:
    links = [
        _lease("lease", "host", "cloud"),
        _lease("other", "rival", "cloud"),
        link("backstop", "giant", "host", "GUARANTEES", guarantees=("lease",), covers_kind=RENT),
    ]
    result = shock(snapshot(links), ["cloud"])
    (host,), (rival,) = (_row(result, key).usd_at_risk for key in ("host", "rival"))
    assert (host.value_usd, host.guaranteed_usd, host.uncovered_usd) == (100, None, None)
    assert (rival.guaranteed_usd, rival.uncovered_usd) == (0, 100)
    assert [one.guaranteed_usd for one in result.usd_at_risk] == [None]
    # it pays nothing where its guarantor fails as well
    assert _row(shock(snapshot(links), ["cloud", "giant"]), "host").guaranteed_usd == 0


def test_a_guarantee_that_names_no_link_covers_what_its_obligor_owes() -> None:
    links = [
        _lease("lease", "host", "cloud"),
        _lease("other", "host", "lab"),
        _guarantee("backstop", "host", 500),
    ]
    assert _row(shock(snapshot(links), ["cloud", "lab"]), "host").guaranteed_usd == 100


def test_a_guarantee_is_worth_nothing_when_its_guarantor_fails_too() -> None:
    links = [_lease("lease", "host", "cloud"), _guarantee("backstop", "host", 60, "lease")]
    assert _row(shock(snapshot(links), ["cloud", "giant"]), "host").guaranteed_usd == 0


def test_guarantees_that_do_not_pay_are_listed() -> None:
    links = [
        _lease("lease", "host", "cloud"),
        _guarantee("costs", "host", 60, "lease", covers_kind=GuaranteeCover.PASS_THROUGH),
        _guarantee("vague", "host", 60, "lease", covers_kind=None),
        _guarantee("talk", "host", 60, "lease", status=LinkStatus.LETTER),
        _guarantee("elsewhere", "bank", 60, "else", guaranteed_obligor="lab", status=LinkStatus.LETTER),
    ]
    result = shock(snapshot(links), ["cloud"])
    assert _row(result, "host").guaranteed_usd == 0
    assert _because(result) == {
        "costs": "it covers PASS_THROUGH, which is not what was owed",
        "vague": "it does not state what it covers",
        "talk": "status LETTER",
    }


def test_a_total_stands_for_its_parts() -> None:
    links = [_lease("all", "host", "cloud", 100, covers=("part",)), _lease("part", "host", "cloud", 40)]
    assert _row(shock(snapshot(links), ["cloud"]), "host").value_at_risk_usd == 100
    guaranteed = [*links, _guarantee("backstop", "host", 60, "part")]
    assert _row(shock(snapshot(guaranteed), ["cloud"]), "host").guaranteed_usd == 60


def test_what_states_no_figure_is_listed() -> None:
    links = [
        link("silent", "host", "cloud"),
        link("euro", "host", "cloud", value=Money(5, "EUR"), capacities=mw(1)),
        link("vague", "host", "cloud", service=None, capacities=mw(1), value=usd(1)),
    ]
    result = shock(snapshot(links), ["cloud"])
    told = [(one.link.key, one.because) for one in result.excluded]
    assert told == [
        ("silent", "states no megawatts"),
        ("vague", "its megawatts are of no known layer"),
        ("euro", "its value of 5 is in EUR"),
        ("silent", "states no value"),
    ]


def test_firm_parts_count_unless_the_scope_takes_more() -> None:
    lease = link("lease", "host", "cloud", value=usd(40, Bound.ABOUT), value_firm_usd=3.75)
    assert shock(snapshot([lease]), ["cloud"]).value_at_risk_usd == 3.75
    assert shock(snapshot([lease]), ["cloud"], scope=Scope(commitment=frozenset(Commitment))).value_at_risk_usd == 40


# ---- megawatts of several


def _at_risk(*links: Row) -> MwRange:
    (found,) = mw_at_risk(snapshot(links), {one.key: one for one in links}, Scope(basis=CapacityBasis.CRITICAL_IT))
    return found.mw


def test_megawatts_that_may_run_through_two_contracts_are_a_range() -> None:
    # host to cloud to lab: perhaps the same 10; the lease of another pair is certainly another
    chain = [_lease("up", "host", "cloud"), _lease("down", "cloud", "lab")]
    assert _at_risk(*chain) == MwRange(10, 20)
    assert _at_risk(*chain, _lease("apart", "a", "b")) == MwRange(20, 30)
    declared = [_lease("up", "host", "cloud"), _lease("down", "cloud", "lab", uses=("up",))]
    assert _at_risk(*declared) == MwRange(10, 10)
    assert _at_risk(*declared, _lease("more", "other", "cloud")) == MwRange(20, 20)


# ---- models


CHAIN = [
    link("a-b", "a", "b"),
    link("b-c", "b", "c"),
    link("x-c", "x", "c"),
    link("c-d", "c", "d"),
    link("club", "a", "d", "PARTNERS_WITH"),
]


def test_a_cascade_runs_along_dependencies_and_fells_at_the_threshold() -> None:
    # b has only a; c has b and x alike; d has c. Partners depend on nobody
    result = shock(snapshot(CHAIN), ["a"], ShockModel.CASCADE)
    assert _losses(result) == {"b": 1, "c": 0.5, "d": 1}
    assert all(row.fails for row in result.rows)
    strict = shock(snapshot(CHAIN), ["a"], ShockModel.CASCADE, assumptions=ShockAssumptions(threshold=0.6))
    assert {row.organization.key: (row.loss, row.fails) for row in strict.rows} == {"b": (1, True), "c": (0.5, False)}
    assert [row.key for row in _row(strict, "c").because] == ["b-c"]


def test_a_cascade_weighs_inputs_by_megawatts() -> None:
    links = [
        link("small", "a", "c", capacities=mw(30)),
        link("large", "b", "c", capacities=mw(70)),
        link("silent", "a", "c"),
    ]
    result = shock(snapshot(links), ["a"], ShockModel.CASCADE, scope=SHELL_MW, weight=Weight.CAPACITY_MW)
    assert _losses(result) == {"c": 0.3}
    assert result.method.weight == "CAPACITY_MW in MW, as strength"
    assert _because(result) == {"silent": "states no megawatts"}


@pytest.mark.parametrize("model", [ShockModel.DEBTRANK_2012, ShockModel.DEBTRANK_2015])
def test_debtrank_runs_from_who_owes_to_who_is_owed(model: ShockModel) -> None:
    # d fails: c is owed by d alone, b by c alone; x is owed by c alone, a by b alone. The club owes nothing
    result = shock(snapshot(CHAIN), ["d"], model)
    assert _losses(result) == {"a": 1, "b": 1, "c": 1, "x": 1}
    # half of every claim recovered: c loses a half, b and x a quarter, a an eighth; all four are owed alike
    half = shock(snapshot(CHAIN), ["d"], model, assumptions=ShockAssumptions(recovery=0.5))
    assert _losses(half) == {"c": 0.5, "b": 0.25, "x": 0.25, "a": 0.125}
    assert half.systemic_loss == pytest.approx((0.5 + 0.25 + 0.25 + 0.125) / 4)
    double = shock(snapshot(CHAIN), ["d"], model, assumptions=ShockAssumptions(equity_ratio=2))
    assert _losses(double) == _losses(half)
    assert [row.key for row in _row(half, "c").because] == ["c-d"]


def test_esri_needs_every_layer_unless_told_otherwise() -> None:
    # the lab runs on compute and on chips of its own; the maker fails
    links = [
        link("compute", "cloud", "lab", service=Service.CLOUD),
        link("chips", "maker", "lab", "SUPPLIES", category=SupplyCategory.CHIP),
        link("resale", "lab", "user", service=Service.LEASE),
    ]
    result = shock(snapshot(links), ["maker"], ShockModel.ESRI)
    assert _losses(result) == {"lab": 1, "user": 1}
    # the sales of the maker and of the lab are lost, of three
    assert result.systemic_loss == pytest.approx(2 / 3)
    eased = shock(
        snapshot(links), ["maker"], ShockModel.ESRI, assumptions=ShockAssumptions(essential=frozenset({Layer.COMPUTE}))
    )
    # chips are half of what the lab buys, and the lab all that the user buys
    assert _losses(eased) == {"lab": 0.5, "user": 0.5}
    assert [row.key for row in _row(eased, "lab").because] == ["chips", "resale"]


def test_a_result_names_what_the_facts_do_not_hold() -> None:
    for model, entry in MODELS.items():
        method = shock(snapshot(CHAIN), ["a"], model).method
        assert method.name == f"SHOCK {model}"
        assert method.parameters["fail"] == ["a"]
        assert set(entry.assumptions) <= set(method.parameters)
        uncalibrated = [told for told in method.assumptions if "uncalibrated" in told]
        assert len(uncalibrated) == len(entry.assumptions)


def test_nobody_loses_by_who_has_no_links() -> None:
    given_ = snapshot(CHAIN, organization("alone"))
    for model in ShockModel:
        assert shock(given_, ["alone"], model).rows == ()


@pytest.mark.parametrize(
    ("fail", "told"), [([], "Nobody fails"), (["nobody", "a"], 'No organization "nobody"'), (["campus"], "campus")]
)
def test_only_organizations_fail(fail: list[str], told: str) -> None:
    with pytest.raises(BadQuery, match=told):
        shock(snapshot(CHAIN), fail)


def test_a_weight_needs_its_scope() -> None:
    with pytest.raises(ScopeRequired, match="across layers"):
        shock(snapshot(CHAIN), ["a"], weight=Weight.VALUE_USD)


@pytest.mark.parametrize(
    "values", [{"threshold": 0}, {"threshold": 1.5}, {"equity_ratio": 0}, {"recovery": 1}, {"recovery": -0.1}]
)
def test_an_assumption_out_of_range_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(BadQuery, match=r"Give"):
        ShockAssumptions(**values)  # type: ignore[arg-type]


# ---- laws

_names = st.sampled_from("abcdef")
_types = st.sampled_from(["PROVIDES_CAPACITY", "SUPPLIES", "LENDS_TO", "INVESTS_IN", "PARTNERS_WITH", "OWNS"])


@st.composite
def _worlds(draw: st.DrawFn) -> list[Row]:
    drawn = draw(st.lists(st.tuples(_names, _names, _types, st.none() | st.sampled_from([1.0, 10.0])), max_size=12))
    return [
        link(f"l{number}", source, target, type_, value=None if amount is None else usd(amount))
        for number, (source, target, type_, amount) in enumerate(drawn)
        if source != target
    ]


@given(_worlds(), _names, st.sampled_from(ShockModel))
def test_every_loss_is_a_share_with_links_that_carry_it(links: list[Row], first: str, model: ShockModel) -> None:
    result = shock(snapshot(links, organization(first)), [first], model)
    for row in result.rows:
        assert 0 < (row.loss or 0) <= 1
        assert row.because
        assert row.organization.key != first
        assert all(row.organization.key in (one.columns["from"], one.columns["to"]) for one in row.because)
        for part in row.usd_at_risk:
            assert (part.guaranteed_usd or 0) <= (part.value_usd or 0)


@given(_worlds(), _names, _names, st.sampled_from([ShockModel.CASCADE, ShockModel.DEBTRANK_2015, ShockModel.ESRI]))
def test_a_second_failure_helps_nobody(links: list[Row], first: str, second: str, model: ShockModel) -> None:
    given_ = snapshot(links, *{key: organization(key) for key in (first, second)}.values())
    alone = {row.organization.key: row.loss or 0 for row in shock(given_, [first], model).rows}
    both = {row.organization.key: row.loss or 0 for row in shock(given_, [first, second], model).rows}
    assert all(both[key] >= loss - 1e-6 for key, loss in alone.items() if key != second)


def test_what_a_party_loses_that_nobody_names_is_in_the_totals_and_in_no_row() -> None:
    # host has 100 MW with cloud and 300 with a tenant whom nobody names: without cloud it loses a quarter, not all
    links = [
        link("known", "host", "cloud", capacities=mw(100)),
        link("hidden", "host", "tenant", capacities=mw(300)),
    ]
    world = snapshot(links, organization("tenant", placeholder=True))
    scope = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
    (host,) = shock(world, ["cloud"], scope=scope, weight=Weight.CAPACITY_MW).rows
    assert (host.organization.key, host.loss) == ("host", 0.25)
    shown = shock(world, ["host"], scope=scope, weight=Weight.CAPACITY_MW)
    assert [row.organization.key for row in shown.rows] == ["cloud"]
    assert [one.mw.high for one in shown.mw_at_risk] == [400]
    assert any(sentence.startswith("tenant: no source names it") for sentence in shown.method.assumptions)


def test_a_part_that_another_claims_in_its_total_is_lost_once_by_all_together() -> None:
    # the server maker is owed 58, of which it owes 30 to the chip maker, who is owed them by the buyer as well
    links = [
        link("servers", "dell", "iren", "SUPPLIES", value=usd(58), covers=("chips",), category=SupplyCategory.SERVER),
        link("chips", "nvidia", "iren", "SUPPLIES", value=usd(30), category=SupplyCategory.CHIP),
    ]
    shown = shock(snapshot(links), ["iren"])
    assert {row.organization.key: row.value_at_risk_usd for row in shown.rows} == {"dell": 58, "nvidia": 30}
    assert shown.value_at_risk_usd == 58
