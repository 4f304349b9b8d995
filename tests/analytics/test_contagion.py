from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.analytics.risk.contagion import (
    Economy,
    additional_stress,
    cascade,
    debtrank_2012,
    debtrank_2015,
    economic_loss,
    esri,
)

Array = NDArray[np.float64]

# three banks of the NetworkRiskMeasures README: a lent 1 to b; b 10 to a and 3 to c; c 3 to a and 2 to b
EXPOSURES = np.array([[0, 1, 0], [10, 0, 3], [3, 2, 0]], dtype=float)
BUFFERS = np.array([2, 5, 2], dtype=float)
WEIGHTS = np.array([10, 100, 30], dtype=float)


def _only(index: int, size: int = 3, share: float = 1) -> Array:
    return share * np.eye(size)[index]


@pytest.mark.parametrize(("first", "additional"), [(0, 0.9285714), (1, 0.25), (2, 0.6642857)])
def test_s_1_debtrank_where_each_node_spreads_once(first: int, additional: float) -> None:
    hit = debtrank_2012(EXPOSURES, BUFFERS, _only(first))
    assert additional_stress(_only(first), hit, WEIGHTS) == pytest.approx(additional, abs=1e-6)


def test_s_2_a_shock_of_a_tenth_to_all_in_one_pass() -> None:
    stress = np.full(3, 0.1)
    hit = debtrank_2012(EXPOSURES, BUFFERS, stress, rounds=1)
    assert hit == pytest.approx([0.15, 0.26, 0.30])
    assert additional_stress(stress, hit, WEIGHTS) == pytest.approx(0.1607, abs=5e-5)
    assert debtrank_2012(EXPOSURES, BUFFERS, stress) == pytest.approx(hit)


@pytest.mark.parametrize(("first", "additional"), [(0, 0.9285714), (1, 0.25), (2, 0.75)])
def test_s_3_debtrank_to_the_fixed_point_tells_the_variants_apart(first: int, additional: float) -> None:
    hit = debtrank_2015(EXPOSURES, BUFFERS, _only(first))
    assert additional_stress(_only(first), hit, WEIGHTS) == pytest.approx(additional, abs=1e-6)


def test_s_7_a_ring_settles_at_its_closed_form() -> None:
    # A holds .5 on B, B on C, C on A: C loses .5 and an eighth of its own loss, 4/7
    ring = np.array([[0, 0.5, 0], [0, 0, 0.5], [0.5, 0, 0]])
    assert 1 - debtrank_2015(ring, np.ones(3), _only(2, share=0.5)) == pytest.approx([6 / 7, 5 / 7, 3 / 7])


def test_s_8_a_chain_of_unequal_equities() -> None:
    # C loses its whole .5, B half of its 1, A a third of it: half of .5 on 1.5 is a sixth
    chain = np.array([[0, 0.5, 0], [0, 0, 0.5], [0, 0, 0]])
    equities = np.array([1.5, 1, 0.5])
    hit = debtrank_2015(chain, equities, np.array([0, 0, 0.5]) / equities)
    assert equities * (1 - hit) == pytest.approx([1.25, 0.5, 0])


def test_without_a_buffer_any_exposure_takes_everything() -> None:
    lent = np.array([[0, 1], [0, 0]], dtype=float)
    for model in (debtrank_2012, debtrank_2015):
        assert model(lent, np.zeros(2), _only(1, 2)) == pytest.approx([1, 1])


def test_a_cascade_fells_whoever_lost_the_threshold() -> None:
    # b needs a for all, c needs a and b half each, d needs c for 40 in 100
    shares = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.4, 0]])
    lost, failed = cascade(shares, _only(0, 4), 0.5)
    assert lost == pytest.approx([1, 1, 1, 0.4])
    assert failed.tolist() == [True, True, True, False]
    lost, failed = cascade(shares, _only(0, 4), 0.4)
    assert failed.all()
    assert lost[3] == pytest.approx(0.4)


def test_a_threshold_of_two_thirds_is_met_by_two_of_three() -> None:
    third = 1 / 3
    shares = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [third, third, third, 0]])
    _, failed = cascade(shares, np.array([1.0, 1, 0, 0]), 2 / 3)
    assert failed.tolist() == [True, True, False, True]


# ---- ESRI


def _economy(size: int, sales: dict[tuple[int, int, int], float], essential: list[bool]) -> Economy:
    table = np.zeros((len(essential), size, size))
    for place, amount in sales.items():
        table[place] = amount
    return Economy(table, np.repeat(np.array(essential)[:, None], size, axis=1))


def test_an_essential_input_stops_the_buyer_and_its_buyers() -> None:
    # 0 sells 1 to 2, which also buys for 9 from 1 and sells 10 to 3: each the only one of its sector
    economy = _economy(4, {(0, 0, 2): 1, (1, 1, 2): 9, (2, 2, 3): 10}, [True, True, True])
    loss = esri(economy, _only(0, 4))
    # the two ways are apart: what 2 does not buy for lack of input is no lost demand of 1
    assert loss == pytest.approx([1, 0, 1, 1])
    assert economic_loss(economy, loss) == pytest.approx((1 + 10) / 20)


def test_an_input_that_is_not_essential_counts_by_its_share() -> None:
    # sector 0 is a tenth of what 2 buys: 2 loses a tenth of its output, and 1 a tenth of its demand
    economy = _economy(3, {(0, 0, 2): 1, (1, 1, 2): 9}, [False, True])
    loss = esri(economy, _only(0))
    assert loss == pytest.approx([1, 0, 0.1])
    # 2 sells nothing, so that nobody misses it; its loss is no loss of sales
    assert economic_loss(economy, loss) == pytest.approx(1 / 10)


def test_a_supplier_is_missed_by_what_others_of_its_sector_can_deliver() -> None:
    # 0 sells 1 to 3, 1 and 2 sell 1 and 2 elsewhere: while 0 stands still three quarters of the sector go on, so that
    # 0 is missed by a third of the 1 that 3 buys
    economy = _economy(6, {(0, 0, 3): 1, (0, 1, 4): 1, (0, 2, 5): 2}, [True])
    assert esri(economy, _only(0, 6)) == pytest.approx([1, 0, 0, 1 / 3, 0, 0])


def test_lost_demand_goes_upstream_weighted_by_sales() -> None:
    # 0 sells 3 to 1 and 1 to 2; 1 fails
    economy = _economy(3, {(0, 0, 1): 3, (0, 0, 2): 1}, [True])
    loss = esri(economy, _only(1))
    assert loss == pytest.approx([0.75, 1, 0])
    assert economic_loss(economy, loss) == pytest.approx(0.75)


# ---- laws

_shares = st.sampled_from([0.0, 0.0, 0.1, 0.25, 0.5, 1.0])


@st.composite
def _matrix(draw: st.DrawFn, size: int) -> Array:
    table = np.array(draw(st.lists(_shares, min_size=size * size, max_size=size * size))).reshape(size, size)
    np.fill_diagonal(table, 0)
    return table


@given(_matrix(4), st.lists(_shares, min_size=4, max_size=4))
def test_stress_stays_between_the_shock_and_one_and_the_fixed_point_is_no_milder(
    exposures: Array, shares: list[float]
) -> None:
    stress = np.array(shares)
    once = debtrank_2012(exposures, np.ones(4), stress)
    settled = debtrank_2015(exposures, np.ones(4), stress)
    assert (once >= stress - 1e-9).all()
    assert (settled <= 1).all()
    assert (settled >= once - 1e-9).all()


@given(_matrix(4), st.integers(0, 3), st.floats(0.1, 1))
def test_a_lower_threshold_fells_no_fewer(table: Array, first: int, threshold: float) -> None:
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)
    _, few = cascade(shares, _only(first, 4), threshold)
    _, many = cascade(shares, _only(first, 4), threshold / 2)
    assert (few <= many).all()


@given(_matrix(4), _matrix(4), st.integers(0, 3), st.booleans())
def test_a_loss_of_output_is_a_share_and_a_second_failure_never_helps(
    one: Array, other: Array, first: int, essential: bool
) -> None:
    economy = Economy(np.stack([one, other]), np.full((2, 4), essential))
    alone = esri(economy, _only(first, 4))
    both = esri(economy, np.maximum(_only(first, 4), _only((first + 1) % 4, 4)))
    assert alone[first] == 1
    assert ((alone >= 0) & (alone <= 1)).all()
    assert (both >= alone - 1e-6).all()
    assert 0 <= economic_loss(economy, alone) <= 1 + 1e-9
