"""Debt by issuer, by the tenants whose contracts secure it, by year of maturity and by instrument."""

from __future__ import annotations

import math
from typing import Any

import pytest

from graph.analytics.contracts.debt import DebtGroup, DebtTable, debt_profile
from graph.analytics.core.facts import facts_of
from graph.analytics.core.snapshot import Snapshot
from graph.errors import BadQuery
from graph.evidence.lens import Certainty, Lens
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import DebtInstrument, LendingRole, LinkStatus
from graph.vocabulary.values import Bound, Money
from tests.analytics.world import DAY, LENS, debt, link, moment, organization, snapshot, usd

# two hosts lease to the cloud, one of them to the lab as well
LEASES = [link("one", "host", "cloud"), link("two", "host", "lab"), link("three", "other", "cloud")]
DEBTS = [
    debt("notes", "host", value=usd(100), maturity=moment("2030-06"), secured_by=("one",)),
    debt("loan", "host", value=usd(40), instrument=DebtInstrument.TERM_LOAN, secured_by=("one", "two")),
    debt("more", "other", value=usd(7, Bound.AT_LEAST), maturity=moment("2031"), secured_by=("three",)),
    debt("bare", "other", value=usd(5), maturity=moment("2030-06")),
    debt("silent", "other"),
    debt("euros", "other", value=Money(9, "EUR")),
    debt("plan", "host", value=usd(1000), issued=None),
    debt("repaid", "host", value=usd(60), maturity=moment("2026-03")),
]


def _world(*more: Any, lens: Lens = LENS) -> Snapshot:
    return snapshot(LEASES, *DEBTS, *more, lens=lens)


def _sums(table: DebtTable, by: DebtGroup) -> list[tuple[Any, float | None]]:
    return [(row.group[str(by)], row.value_usd) for row in table.rows]


def test_issuers_owe_what_is_issued_and_not_yet_due() -> None:
    table = debt_profile(_world())
    # host: 100 + 40, without the plan of 1,000 and the 60 that fell due; other: 7 + 5, one in euros, one silent
    assert _sums(table, DebtGroup.ISSUER) == [("host", 140), ("other", 12)]
    host, other = table.rows
    assert (host.planned_usd, [row.key for row in host.planned]) == (1000, ["plan"])
    assert (len(other.debts), [row.key for row in other.without_usd], other.planned_usd) == (
        4,
        ["euros", "silent"],
        None,
    )
    assert [row.key for row in host.security] == ["one", "two"]


def test_a_debt_stands_with_all_tenants_whose_payments_secure_it() -> None:
    table = debt_profile(_world(), (DebtGroup.TENANT,))
    # 100 of the host and 7 of the other hang on the cloud alone; what nothing secures has no tenant
    assert _sums(table, DebtGroup.TENANT) == [(["cloud"], 107), (["cloud", "lab"], 40), (None, 5)]


def test_years_of_maturity_come_in_order_and_those_without_one_last() -> None:
    table = debt_profile(_world(), (DebtGroup.MATURITY_YEAR,))
    assert _sums(table, DebtGroup.MATURITY_YEAR) == [("2030", 105), ("2031", 7), (None, 40)]
    assert [row.no_maturity_usd for row in table.rows] == [None, None, 40]
    imprecise = debt("imprecise", "host", value=usd(3), maturity=moment("2030-H2"))
    assert _sums(debt_profile(_world(imprecise), (DebtGroup.MATURITY_YEAR,)), DebtGroup.MATURITY_YEAR)[0][1] == 108


def test_instruments_and_all_together_add_to_the_same() -> None:
    by_instrument = debt_profile(_world(), (DebtGroup.INSTRUMENT,))
    assert _sums(by_instrument, DebtGroup.INSTRUMENT) == [("NOTES", 112), ("TERM_LOAN", 40)]
    (row,) = debt_profile(_world(), ()).rows
    assert (row.group, row.value_usd, row.no_maturity_usd) == ({}, 152, 40)
    both = debt_profile(_world(), (DebtGroup.MATURITY_YEAR, DebtGroup.ISSUER)).rows
    assert [(*row.group.values(), row.value_usd) for row in both][:2] == [("2030", "host", 100), ("2030", "other", 5)]


def test_nothing_is_zero_that_no_source_states() -> None:
    (row,) = debt_profile(snapshot([], organization("host"), debt("silent", "host"))).rows
    assert (row.value_usd, row.no_maturity_usd, row.planned_usd) == (None, None, None)


@pytest.mark.parametrize(
    ("only", "keys"),
    [
        ({"issuer": "host"}, {"notes", "loan"}),
        ({"tenant": "lab"}, {"loan"}),
        ({"tenant": "cloud"}, {"notes", "loan", "more"}),
        ({"secured_by": ("two", "three")}, {"loan", "more"}),
        ({"secured": True}, {"notes", "loan", "more"}),
        ({"secured": False}, {"bare", "silent", "euros"}),
        ({"issuer": "other", "secured": True}, {"more"}),
    ],
)
def test_debt_is_selected_by_who_owes_it_and_by_what_secures_it(only: dict[str, Any], keys: set[str]) -> None:
    table = debt_profile(_world(), **only)
    assert {debt.key for row in table.rows for debt in row.debts} == keys


def test_what_adds_nothing_is_listed_with_the_reason() -> None:
    replaced = debt("replaced", "host", value=usd(60), status=LinkStatus.SUPERSEDED)
    table = debt_profile(_world(replaced))
    assert [(one.debt.key, one.because) for one in table.not_counted] == [
        ("euros", "its value of 9 is in EUR"),
        ("repaid", "due in 2026-03"),
        ("replaced", "superseded"),
        ("silent", "states no value"),
    ]
    assert _sums(table, DebtGroup.ISSUER) == _sums(debt_profile(_world()), DebtGroup.ISSUER)


def test_the_lens_decides_what_is_issued_and_due() -> None:
    before = debt_profile(_world(lens=Lens(moment("2025-12-31").earliest, DAY)))
    assert [row.value_usd for row in before.rows] == [None, None]
    # on 2026-01-15 what was issued in January may be issued, and need not be
    day = moment("2026-01-15").earliest
    assert debt_profile(_world(lens=Lens(day, DAY)), ()).rows[0].value_usd == 212
    assert debt_profile(_world(lens=Lens(day, DAY, certainty=Certainty.CERTAIN)), ()).rows[0].value_usd is None


def test_loans_of_which_no_debt_is_recorded_are_listed_and_not_added() -> None:
    loans = [
        link("alone", "bank", "host", "LENDS_TO", role=LendingRole.LENDER),
        link("under", "bank", "host", "LENDS_TO", debt="loan"),
        link("arranged", "broker", "host", "LENDS_TO", role=LendingRole.ARRANGER),
    ]
    world = snapshot([*LEASES, *loans], *DEBTS)
    assert [row.key for row in debt_profile(world).loans] == ["alone"]
    assert debt_profile(world, issuer="other").loans == ()
    # a loan that names no debt names nothing that secures it either
    assert debt_profile(world, tenant="cloud").loans == ()


def test_a_tenant_that_no_source_names_is_marked() -> None:
    lease = link("lease", "host", "nobody")
    world = snapshot([lease], organization("nobody", placeholder=True), debt("d", "host", secured_by=("lease",)))
    (row,) = debt_profile(world, (DebtGroup.TENANT,)).rows
    assert (row.group, row.unnamed) == ({"TENANT": ["nobody"]}, True)
    (row,) = debt_profile(world, (DebtGroup.ISSUER,)).rows
    assert not row.unnamed


def test_assumptions_are_counted() -> None:
    assert debt_profile(_world()).method.assumptions == (
        "4 of 6 debts that are issued and not yet due state a value in US dollars.",
        "1 of these values are bounds or rounded; they count as stated.",
        "A facility counts with its limit, whether or not it is drawn; what has been repaid is not known.",
        "3 of 6 state no maturity.",
        "3 of 6 state contracts that secure them.",
    )


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ({"issuer": "hots"}, "No organization hots"),
        ({"tenant": "lob"}, "No organization lob"),
        ({"secured_by": ("one", "nine")}, "No link nine"),
    ],
)
def test_keys_that_do_not_exist_are_refused(only: dict[str, Any], message: str) -> None:
    with pytest.raises(BadQuery, match=message):
        debt_profile(_world(), **only)


# ---- the facts


async def test_the_notes_of_river_bend_hang_on_fluidstack(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    (row,) = debt_profile(facts.snapshot, (DebtGroup.TENANT,), issuer="hut8", tenant="fluidstack").rows
    # seeds/debts.yaml, hut8-notes-2026-04: 3.25 bn, due in 2042, secured by the lease of River Bend
    assert (row.value_usd, [one.key for one in row.debts]) == (3.25e9, ["hut8-notes-2026-04"])
    assert [one.key for one in row.security] == ["hut8-fluidstack-river-bend"]


async def test_all_groupings_of_the_facts_add_to_one_total(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    (whole,) = debt_profile(facts.snapshot, ()).rows
    assert whole.value_usd is not None
    for by in DebtGroup:
        rows = debt_profile(facts.snapshot, (by,)).rows
        assert math.fsum(row.value_usd or 0 for row in rows) == whole.value_usd
        assert sum(len(row.debts) for row in rows) == len(whole.debts)
