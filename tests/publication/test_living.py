"""What has become of figures that are computed, and of one of the facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graph.analytics.core.scope import Scope
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.publication.figures import (
    LivingFigure,
    StatedFigure,
    UnknownFigure,
    cell_id,
    figure_id,
    read_figure,
    with_hash,
)
from graph.publication.living import FigureState, state_of
from graph.publication.outcomes import Outcome
from graph.reports.catalog import FIGURE_TABLES
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import Money
from tests import facts
from tests.command import run_command
from tests.facts import lens

LEASES = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM,
              capacities: [{mw: 100, basis: CRITICAL_IT}]}, sources: [filing], confidence: high}
    - {says: {capacities: [{mw: 120, basis: CRITICAL_IT}]}, sources: [late], confidence: high, as_of: '2026-06-01'}
- id: second
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - {says: {announced: '2026-06-20', service: LEASE, status: SIGNED, commitment: FIRM,
              capacities: [{mw: 50, basis: CRITICAL_IT}]}, sources: [late], confidence: high}
- id: option
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-06-20', service: LEASE, status: SIGNED, commitment: OPTION,
              capacities: [{mw: 500, basis: CRITICAL_IT}]}, sources: [late], confidence: high}
"""
"""Of Host Corp, firm: 100 MW in February, 120 + 50 = 170 today."""
THEN = lens("2026-02-15", "2026-02-15")
SHELL = {"scope": Scope(layer=Layer.SHELL)}
OF_HOST = {"PROVIDER": "host", "layer": Layer.SHELL, "basis": "CRITICAL_IT"}


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    folder = tmp_path_factory.mktemp("figures")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder, links_provides_capacity=LEASES))
    yield store
    await store.close()


async def _state(store: Store, value: float, *, row: dict[str, str] | None = None, column: str = "high") -> FigureState:
    id = cell_id("capacity", SHELL, OF_HOST if row is None else row, column, lens=THEN, value=value)
    assert id is not None
    return await state_of(store, read_figure(id))


async def test_a_sum_is_moved_by_the_statements_about_its_contracts(store: Store) -> None:
    state = await _state(store, 100.0)
    assert (state.outcome, state.then, state.now) == (Outcome.CHANGED_BY_THE_WORLD, "100", "170")
    assert state.sentence == "It was 100 MW on 2026-02-15 and is 170 MW today: the world has changed."
    moved = [(one.supports, one.statement.columns["subject"]) for one in state.movers]
    assert moved[:2] == [(True, "lease"), (False, "lease")]
    assert {subject for supports, subject in moved[2:] if not supports} == {"second"}, "the option is in no firm sum"


async def test_of_a_sum_that_nothing_explains_nobody_can_tell_why(store: Store) -> None:
    state = await _state(store, 90.0)
    assert (state.outcome, state.then, state.now) == (Outcome.CANNOT_TELL, "100", "170")
    assert "they cannot tell" in state.sentence


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"PROVIDER": "nobody"}, "high"),
        ({"PROVIDER": "host"}, "no_such_column"),
        ({"country": "US"}, "high"),
    ],
)
async def test_a_cell_that_is_not_there_is_no_figure(store: Store, row: dict[str, str], column: str) -> None:
    with pytest.raises(UnknownFigure):
        await _state(store, 100.0, row=row, column=column)


async def test_a_row_has_to_be_told_from_all_others(store: Store) -> None:
    id = cell_id("capacity", {}, {"layer": Layer.SHELL}, "contracts", lens=facts.lens(), value=2)
    assert id is not None
    assert (await state_of(store, read_figure(id))).outcome is Outcome.SAME
    id = cell_id("reconciliation", {"organization": "host"}, {}, "stated", lens=THEN, value=1.0)
    assert id is not None
    with pytest.raises(UnknownFigure):
        await state_of(store, read_figure(id))


@pytest.mark.parametrize(
    ("under", "outcome"),
    [
        (DEFAULT_LENS.on(date(2026, 6, 30)), Outcome.CHANGED_BY_THE_WORLD),
        (Lens(date(2026, 11, 30), date(2026, 6, 30)), Outcome.WE_LEARNT_MORE),
    ],
)
async def test_akamai_and_anthropic_signed_for_more_in_september(
    seeded: EmbeddedStore, under: Lens, outcome: Outcome
) -> None:
    """1.8 bn USD of May, about 11.6 bn with the agreement of 24 September 2026. Who asks in June about June was right;
    who asks of November by what was known in June was not."""
    id = figure_id("akamai-anthropic", "value", under, Money(1.8e9))
    assert id is not None
    state = await state_of(seeded, read_figure(id))
    assert (state.outcome, state.now) == (outcome, "about11600000000USD")
    assert {one.source.key for one in state.movers if one.source and not one.supports} == {
        "akamai-8k-20260924",
        "akamai-release-20260924",
        "techcrunch-akamai-anthropic",
    }


def test_the_command_says_it_in_lines(seeds_data: Path) -> None:
    ended = run_command(seeds_data, "figure", "/figures/akamai-anthropic:value:2026-06-30:1800000000USD:2-c00556")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0] == "Akamai provides capacity to Anthropic: value"
    assert "CHANGED_BY_THE_WORLD: It was 1.8 bn USD on 2026-06-30" in ended.stdout
    assert lines[-1].startswith("in its place  value: ≈ 11.6 bn USD (Akamai, 2026-09-24")
    assert run_command(seeds_data, "figure", "nothing").returncode == 1


# ---- another policy

CONTESTED = """
- id: contested
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM, renewals: {count: 2, years: 5},
              capacities: [{mw: 100, basis: CRITICAL_IT, stage: CONTRACTED}]}, sources: [filing], confidence: high}
    - {says: {renewals: {count: 2, years: 4}, capacities: [{mw: 90, basis: CRITICAL_IT, stage: CONTRACTED}]},
       sources: [release], confidence: high}
"""
"""Two sources of January; the release goes before the filing as the later publication."""


@pytest.fixture(scope="module")
async def contested(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    folder = tmp_path_factory.mktemp("contested")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder, links_provides_capacity=CONTESTED))
    yield store
    await store.close()


@pytest.mark.parametrize(
    ("name", "cited", "now"),
    [("renewals_years", "5", "4"), ("mw_critical_it_contracted", "100MW", "90MW"), ("mw_critical_it", "100MW", "90MW")],
)
async def test_what_another_policy_chose_is_decided_otherwise(
    name: str, cited: str, now: str, contested: Store
) -> None:
    """Of a part of a value and of megawatts of a stage too; by this policy, facts of then were entered later."""
    figure = LivingFigure(StatedFigure("contested", name), THEN, cited, 1)
    state = await state_of(contested, figure)
    assert (state.outcome, state.then, state.now) == (Outcome.DECIDED_OTHERWISE, now, now)
    sides = [(one.supports, one.statement.columns["source"]) for one in state.movers]
    assert sides == [(True, "filing"), (False, "release")]
    assert (await state_of(contested, replace(figure, policy=2))).outcome is Outcome.WE_LEARNT_MORE


PAIR = "pair,from=host,to=cloud::mw_shell_critical_it"


@pytest.mark.parametrize(
    "query", [PAIR, "firm,layer=SHELL,from=host:mw_critical_it", "known,about=host:what=links:count"]
)
async def test_what_no_statement_says_cannot_be_told_of_another_policy(query: str, contested: Store) -> None:
    """Nothing says the number of a sum or a count; its sentence names the policy."""
    cited = read_figure(with_hash(f"{query}:2026-02-15:100:1"), FIGURE_TABLES)
    state = await state_of(contested, cited, sources=FIGURE_TABLES)
    assert (state.outcome, state.movers) == (Outcome.CANNOT_TELL, ())
    assert state.sentence.endswith("or policy 1 chose other statements.")
