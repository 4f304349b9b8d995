"""Sums by whatever group add up to one total; what `uses` hands on is the only difference, and it is listed."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.contracts.capacity import CapacityRow, capacity
from graph.analytics.contracts.concentration import Measure, Side, concentration
from graph.analytics.contracts.groups import CapacityGroup
from graph.analytics.core.scope import Scope
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Commitment, Layer, LinkStatus, Service
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from tests.analytics.world import FIRM, link, moment, mw, organization, site, snapshot, usd

GROUPS = [
    CapacityGroup.PROVIDER,
    CapacityGroup.CUSTOMER,
    CapacityGroup.SITE,
    CapacityGroup.COUNTRY,
    CapacityGroup.YEAR,
]
_PARTIES = st.sampled_from(["a", "b", "c", "hidden", "secret"])
_FIGURES = st.sampled_from([0.0, 0.1, 0.2, 1.0, 2.5, 100.0])


@st.composite
def _links(draw: st.DrawFn, chained: bool) -> list[Row]:
    keys = [f"l{number}" for number in range(draw(st.integers(0, 9)))]
    return [_link(draw, key, keys, chained) for key in keys]


def _link(draw: st.DrawFn, key: str, keys: list[str], chained: bool) -> Row:
    announced = draw(st.none() | st.sampled_from(["2024", "2025-03", "2025-12-31", "2026"]))
    return link(
        key,
        draw(_PARTIES),
        draw(_PARTIES),
        service=draw(st.sampled_from([Service.LEASE, Service.CLOUD])),
        status=draw(st.sampled_from([LinkStatus.SIGNED, LinkStatus.ACTIVE, LinkStatus.LETTER])),
        commitment=draw(st.sampled_from([None, FIRM, Commitment.OPTION])),
        capacities=draw(st.none() | st.builds(mw, _FIGURES, st.sampled_from(list(CapacityBasis)))),
        value=draw(st.none() | _FIGURES.map(usd)),
        site=draw(st.sampled_from([None, "north", "hall", "south"])),
        announced=moment(announced) if announced else None,
        uses=draw(st.lists(st.sampled_from(keys), max_size=2).map(tuple)) if chained else None,
    )


def _world(links: list[Row]) -> Snapshot:
    """A hall of the north, and two parties that no source names."""
    unnamed = (organization(key, placeholder=True) for key in ("hidden", "secret"))
    sites = site("north", country="US"), site("hall", part_of="north"), site("south", country="NO")
    return snapshot(links, *unnamed, *sites)


def _sum(links: Iterable[Row], basis: CapacityBasis) -> Fraction:
    return sum(
        (Fraction(entry.mw) for one in links for entry in one["capacities"] if entry.basis is basis), Fraction(0)
    )


def _high(row: CapacityRow) -> Fraction:
    return Fraction(row.mw.high) if row.mw else Fraction(0)


@given(links=_links(chained=False), by=st.sampled_from(GROUPS))
@pytest.mark.slow
def test_law_without_chains_the_rows_of_every_group_add_to_one_total(links: list[Row], by: CapacityGroup) -> None:
    world = _world(links)
    parts = capacity(world, [by]).rows
    for whole in capacity(world, []).rows:
        rows = [row for row in parts if (row.layer, row.basis) == (whole.layer, whole.basis)]
        # once more from the contracts: in force, signed or active, firm or silent, named parties or not
        counted = [
            one
            for one in links
            if one["layer"] is whole.layer
            and one["status"] in (LinkStatus.SIGNED, LinkStatus.ACTIVE)
            and one["commitment"] in (None, Commitment.FIRM)
            and one["capacities"]
        ]
        assert float(sum(map(_high, rows))) == pytest.approx(float(_sum(counted, whole.basis)))
        assert float(_high(whole)) == pytest.approx(float(_sum(counted, whole.basis)))


@given(links=_links(chained=True), by=st.sampled_from(GROUPS))
@pytest.mark.slow
def test_law_with_chains_the_difference_is_what_is_handed_on_and_listed(links: list[Row], by: CapacityGroup) -> None:
    world = _world(links)
    parts = capacity(world, [by]).rows
    served = nx.DiGraph((one.key, used) for one in links for used in one["uses"] or () if used != one.key)
    for whole in capacity(world, []).rows:
        rows = [row for row in parts if (row.layer, row.basis) == (whole.layer, whole.basis)]
        difference = float(sum(map(_high, rows)) - _high(whole))
        assert difference >= -1e-9
        handed_on = _sum(whole.contained, whole.basis) - sum(_sum(row.contained, row.basis) for row in rows)
        assert difference == pytest.approx(float(handed_on))
        for one in whole.contained:
            others = {other.key for other in whole.links} - {one.key}
            assert any(
                other in served
                and one.key in served
                and (nx.has_path(served, one.key, other) or nx.has_path(served, other, one.key))
                for other in others
            )


@given(links=_links(chained=False), side=st.sampled_from([Side.CUSTOMERS, Side.SUPPLIERS]))
def test_law_shares_of_all_organizations_add_to_the_value_of_all_contracts(links: list[Row], side: Side) -> None:
    world = _world(links)
    scope = Scope(layer=Layer.SHELL)
    tables = [concentration(world, key, side, Measure.VALUE_USD, scope) for key in world.organizations]
    firm = [
        one
        for one in links
        if one["layer"] is Layer.SHELL
        and one["status"] in (LinkStatus.SIGNED, LinkStatus.ACTIVE)
        and one["commitment"] in (None, Commitment.FIRM)
        and one["value"]
    ]
    amounts = sum(share.amount for table in tables for share in table.shares)
    assert amounts == pytest.approx(sum(one["value"].amount for one in firm))
    for table in tables:
        assert not table.shares or sum(one.share for one in table.shares) == pytest.approx(1)
        assert table.hhi_low <= table.hhi_high + 1e-9
        assert table.hhi in (None, table.hhi_low)
