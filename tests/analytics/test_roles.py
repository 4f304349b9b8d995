"""Analytics find kinds and properties by their roles: a new kind takes part at once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeGuard

import pytest

from graph.analytics.contracts.capacity import capacity
from graph.analytics.contracts.comparables import comparables
from graph.analytics.contracts.concentration import Measure, Side, concentration
from graph.analytics.contracts.groups import CapacityGroup
from graph.analytics.core.amounts import amount_of, stated_amount
from graph.analytics.core.plans import PlanStatements
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.network.loops import money_loops
from graph.analytics.risk.shock import shock
from graph.settings import PROJECT
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import (
    AMOUNT_ROLES,
    KINDS,
    LINKS,
    Delivery,
    Ends,
    FlowDirection,
    Link,
    LinkRole,
    Merge,
    Property,
    PropertyRole,
    Row,
    money,
    property_names,
    usd,
)
from graph.vocabulary.types import Capacities, MoneyType
from graph.vocabulary.values import CapacityBasis
from tests.analytics import world
from tests.analytics.world import link, mw, snapshot

COMPUTE = Scope(layer=Layer.COMPUTE)


@pytest.fixture
def rents_racks(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A link type that no analytic has heard of, with megawatts, total and yearly amount under names of its own."""

    class RentsRacks(Delivery):
        """A landlord rents racks to a tenant."""

        ends = Ends(("Organization",), ("Organization",), "rents racks to", "rents racks from")
        roles = Delivery.roles | {LinkRole.CLAIM, LinkRole.CAPACITY_CONTRACT}
        money_flow = FlowDirection.AGAINST
        dependency_flow = FlowDirection.ALONG
        layer_of = Layer.COMPUTE

        rack_power = Property(Capacities(), "Megawatts.", unit="MW", merge=Merge.EACH, role=PropertyRole.CAPACITY)
        contract_sum = money("Rent of the whole term.", role=PropertyRole.TOTAL)
        annual_rent = usd("Rent of one year.", role=PropertyRole.YEARLY_AMOUNT)

    monkeypatch.setitem(LINKS, RentsRacks.kind_name, RentsRacks)  # type: ignore[misc]  # a dict all the same
    yield RentsRacks.kind_name
    del KINDS[RentsRacks.kind_name]


def _racks(key: str, tenant: str, megawatts: float, total: float, yearly: float) -> Row:
    amounts: dict[str, Any] = {"contract_sum": world.usd(total), "annual_rent": yearly}
    return link(key, "landlord", tenant, "RENTS_RACKS", rack_power=mw(megawatts), **amounts)


def _both() -> tuple[Row, Row]:
    return _racks("big", "lab", 30, 900.0, 90.0), _racks("small", "cloud", 10, 100.0, 10.0)


def test_its_megawatts_are_added(rents_racks: str) -> None:
    (row,) = capacity(snapshot(_both()), [CapacityGroup.PROVIDER], COMPUTE).rows[:1]
    assert (row.group, row.mw.low, row.basis) == ({"PROVIDER": "landlord"}, 40, CapacityBasis.CRITICAL_IT)


def test_its_customers_concentrate(rents_racks: str) -> None:
    # 90 of 100 USD a year, and 10: 0.81 + 0.01
    yearly = concentration(snapshot(_both()), "landlord", Side.CUSTOMERS, Measure.ANNUAL_USD, COMPUTE)
    assert [one.share for one in yearly.shares] == [0.9, 0.1]
    assert yearly.hhi == pytest.approx(0.82)
    # 900 of 1,000 USD over the term
    total = concentration(snapshot(_both()), "landlord", Side.CUSTOMERS, Measure.VALUE_USD, COMPUTE)
    assert [one.amount for one in total.shares] == [900, 100]
    basis = Scope(layer=Layer.COMPUTE, basis=CapacityBasis.CRITICAL_IT)
    megawatts = concentration(snapshot(_both()), "landlord", Side.CUSTOMERS, Measure.CAPACITY_MW, basis)
    assert [one.share for one in megawatts.shares] == [0.75, 0.25]


def test_its_payments_are_at_risk(rents_racks: str) -> None:
    result = shock(snapshot(_both()), ["lab"])
    (landlord,) = result.rows
    assert (landlord.organization.key, landlord.loss) == ("landlord", 0.5)
    (usd_at_risk,) = landlord.usd_at_risk
    assert (usd_at_risk.value_usd, usd_at_risk.annual_usd, usd_at_risk.layer) == (900, 90, Layer.COMPUTE)
    assert [one.mw.high for one in landlord.mw_at_risk] == [30]


def test_its_price_is_compared(rents_racks: str) -> None:
    # no term is stated, so the yearly amount counts: 90 USD over 30 MW, 10 over 10
    table = comparables(snapshot(_both()))
    assert {row.link.key: row.usd_per_mw_year for row in table.rows} == {"big": 3, "small": 1}


def test_its_money_flows_in_loops(rents_racks: str) -> None:
    invests = link("stake", "landlord", "lab", "INVESTS_IN", value=world.usd(50))
    (loop,) = money_loops(snapshot([*_both(), invests]), {}).rows
    assert [(leg.link.key, leg.amount and leg.amount.amount) for leg in loop.legs] == [("big", 900), ("stake", 50)]
    assert loop.min_value_usd == 50


def test_its_megawatts_are_plans(rents_racks: str) -> None:
    assert property_names(PropertyRole.CAPACITY) == {"capacities", "rack_power"}
    statements = [_statement("rack_power"), _statement("annual_rent")]
    assert [one.property for one in PlanStatements.of(statements, []).by_subject["big"]] == ["rack_power"]


def _statement(name: str) -> Row:
    value = '{"mw": 30, "basis": "CRITICAL_IT", "bound": "EXACT"}' if name == "rack_power" else "90"
    columns = {
        "subject": "big",
        "subject_kind": "RENTS_RACKS",
        "property": name,
        "value": value,
        "source": "release",
        "confidence": "HIGH",
        "nature": "STATED",
        "known_from_latest": "2026-01-01",
        "entered": "SEEDS",
        "counted": True,
    }
    return Row("Statement", f"big-{name}", columns)


def test_an_own_property_takes_the_place_of_an_inherited_one_of_its_role(rents_racks: str) -> None:
    rent = link("one", "landlord", "lab", rents_racks, value=world.usd(1), contract_sum=world.usd(7))
    amount = stated_amount(rent)
    assert amount is not None
    assert amount.amount == 7
    assert amount_of(rent, Weight.VALUE_USD, COMPUTE).value == 7  # type: ignore[union-attr]


def test_the_amount_of_a_loan_is_its_principal_and_that_of_a_guarantee_its_cap() -> None:
    assert {name: _amount_role(kind) for name, kind in LINKS.items()} == {
        **dict.fromkeys(LINKS, PropertyRole.TOTAL),
        "INVESTS_IN": PropertyRole.PRINCIPAL,
        "LENDS_TO": PropertyRole.PRINCIPAL,
        "GUARANTEES": PropertyRole.CAP,
    }


def _amount_role(kind: type[Link]) -> PropertyRole:
    return next(role for role in AMOUNT_ROLES if role in kind.by_role)


def test_amounts_are_money_and_megawatts_capacities() -> None:
    for kind in LINKS.values():
        types = {role: type(prop.type) for role, prop in kind.by_role.items()}
        assert {types[role] for role in AMOUNT_ROLES if role in types} == {MoneyType}, kind.kind_name
        assert types[PropertyRole.CAPACITY] is Capacities, kind.kind_name


def test_a_kind_declares_no_role_twice() -> None:
    for kind in LINKS.values():
        own = Counter(prop.role for prop in vars(kind).values() if isinstance(prop, Property) and prop.role)
        assert [role for role, count in own.items() if count > 1] == [], kind.kind_name


def test_where_money_flows_something_is_owed_or_guaranteed() -> None:
    flows = {name for name, kind in LINKS.items() if kind.money_flow is not FlowDirection.NONE}
    owed = {name for name, kind in LINKS.items() if kind.roles & {LinkRole.CLAIM, LinkRole.GUARANTEE}}
    assert flows == owed
    for name in owed:
        assert LINKS[name].dependency_flow is not FlowDirection.NONE, name


# ---- no analytic knows a name


def _names() -> set[str]:
    """Link types, their classes, and properties that only some of them have."""
    some = {name for kind in LINKS.values() for name in kind.properties} - Link.properties.keys()
    return {*some, *LINKS, "value", "capacities"}


def _literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings, and link types whose classes are imported; columns of results have names of their own."""
    columns = {
        arg
        for call in ast.walk(tree)
        if _declares_columns(call)
        for arg in [*call.args, *(one.value for one in call.keywords if one.arg == "header")]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in columns:
            yield node.lineno, node.value
        elif isinstance(node, ast.ImportFrom) and node.module == "graph.vocabulary.model":
            classes = {kind.__name__: name for name, kind in LINKS.items()}
            yield from ((node.lineno, classes[one.name]) for one in node.names if one.name in classes)


def _declares_columns(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Column", "Listing"}


def test_no_analytic_holds_the_name_of_a_link_type_or_of_a_property_of_some() -> None:
    names = _names()
    files = sorted((PROJECT / "graph" / "analytics").rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text}"
        for path in files
        for line, text in _literals(ast.parse(path.read_text(encoding="utf-8")))
        if text in names
    ]
    assert found == []


def test_a_name_would_be_found() -> None:
    code = 'from graph.vocabulary.model import LendsTo\nColumn("shares", value=lambda row: row["annual_value_usd"])\n'
    assert {text for _, text in _literals(ast.parse(code))} & _names() == {"LENDS_TO", "annual_value_usd"}
