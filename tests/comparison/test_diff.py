"""What changed between two lenses, and why: laws on random logs, and a small world by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.comparison.diff import (
    COMPARED_LABELS,
    ChangeCause,
    ChangeKind,
    RowChange,
    carriers,
    difference,
    difference_between,
    middle_lenses,
    row_values,
    selected,
)
from graph.errors import BadQuery, StoreBusy
from graph.evidence.lens import Certainty, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.stores.base import Reader
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.query import EVERYTHING, And, Compare, Filter, Linked, Not, Refers
from graph.vocabulary.enums import Confidence, Nature
from graph.vocabulary.model import Row
from tests import facts, logs
from tests.facts import lens

ADDED, REMOVED, CHANGED = ChangeKind
WORLD, LEARNT, BOTH = ChangeCause


def _diff(log: StatementLog, before: Lens, after: Lens) -> list[RowChange]:
    old, new, world, learnt = (project(log, one).rows for one in (before, after, *middle_lenses(before, after)))
    return difference(old, new, world=world, learnt=learnt)


UNSTATED = ("in_force", "service_state", "name", "disputed", "placeholder")
"""What a row may have without a statement: dates decide it, or it falls back to the key, or to false."""

# ---- laws

lenses = st.builds(
    Lens,
    logs.days,
    logs.days,
    min_confidence=st.none() | st.sampled_from(list(Confidence)),
    natures=st.sampled_from([frozenset(Nature), frozenset({Nature.STATED})]),
    certainty=st.sampled_from(list(Certainty)),
)


@given(logs.logs(), lenses)
@pytest.mark.slow
def test_between_a_lens_and_itself_nothing_changed(log: StatementLog, one: Lens) -> None:
    assert _diff(log, one, one) == []


@given(logs.logs(), lenses, lenses)
def test_backward_it_is_the_same_with_before_and_after_swapped(log: StatementLog, one: Lens, other: Lens) -> None:
    swapped = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED}
    forward = _diff(log, one, other)
    backward = [
        replace(change, kind=swapped[change.kind], before=change.after, after=change.before)
        for change in _diff(log, other, one)
    ]
    assert forward == backward


@given(logs.logs(), lenses, lenses)
def test_what_was_with_its_changes_is_what_is(log: StatementLog, one: Lens, other: Lens) -> None:
    """Nothing is left out and nothing is made up."""
    values = _values(project(log, one))
    for change in _diff(log, one, other):
        _apply(change, values)
    assert values == _values(project(log, other))


def _values(graph: Graph) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (label, key): dict(row_values(row) or {}) for label in COMPARED_LABELS for key, row in graph.rows[label].items()
    }


def _apply(change: RowChange, values: dict[tuple[str, str], dict[str, Any]]) -> None:
    place = (change.label, change.key)
    if change.kind is REMOVED:
        assert values.pop(place) == change.before
    elif change.kind is ADDED:
        assert place not in values
        values[place] = change.after
    else:
        assert values[place].pop(str(change.property), None) == change.before
        if change.after is not None:
            values[place][str(change.property)] = change.after


@given(logs.logs(), lenses, logs.days)
@pytest.mark.slow
def test_on_one_day_in_the_world_all_of_it_is_learnt(log: StatementLog, one: Lens, day: date) -> None:
    other = replace(one, known_on=day, min_confidence=None)
    assert {change.cause for change in _diff(log, one, other)} <= {LEARNT}


@given(logs.logs(), lenses, logs.days)
@pytest.mark.slow
def test_in_one_state_of_knowledge_all_of_it_is_the_world(log: StatementLog, one: Lens, day: date) -> None:
    assert {change.cause for change in _diff(log, one, replace(one, valid_on=day))} <= {WORLD}


@given(logs.logs(), lenses, lenses)
def test_changes_are_in_order_and_each_place_is_told_once(log: StatementLog, one: Lens, other: Lens) -> None:
    places = [change.sort_key for change in _diff(log, one, other)]
    assert places == sorted(set(places))


@given(logs.logs(), lenses, lenses)
def test_every_value_that_statements_say_has_statements_that_carry_its_change(
    log: StatementLog, one: Lens, other: Lens
) -> None:
    before, after = project(log, one), project(log, other)
    for change in _diff(log, one, other):
        old, new = carriers(change, _chosen(before, change.key), _chosen(after, change.key))
        assert all(row["chosen"] for row in (*old, *new))
        if change.kind is CHANGED and change.property not in UNSTATED:
            # where both are lists, one may be the other with more in it
            several = isinstance(change.before, list) and isinstance(change.after, list)
            there = (change.before is not None, change.after is not None)
            assert (bool(old), bool(new)) == there or (several and (old or new))


def _chosen(graph: Graph, key: str) -> list[Row]:
    rows = [row for row in graph.rows["Statement"].values() if row["chosen"] and row.columns["subject"] == key]
    return sorted(rows, key=lambda row: str(row.columns["place"]))


@given(logs.logs(), lenses, lenses)
def test_a_change_names_its_row_and_what_the_row_refers_to(log: StatementLog, one: Lens, other: Lens) -> None:
    before, after = project(log, one), project(log, other)
    for change in _diff(log, one, other):
        rows = [graph.rows[change.label].get(change.key) for graph in (after, before)]
        shown = [row for row in rows if row is not None]
        assert change.name
        assert change.subjects[0] == shown[0]
        assert change.type == shown[0].columns.get("type")
        ends = {row.columns[end] for row in shown for end in ("from", "to") if end in row.columns}
        known = {key for graph in (before, after) for rows in graph.rows.values() for key in rows}
        assert ends & known <= {row.key for row in change.subjects}


# ---- order and selection


def _change(label: str, key: str, type: str | None = None, *subjects: Row, **values: Any) -> RowChange:
    parts = {"kind": CHANGED, "cause": WORLD, "property": "value", "before": 1, "after": 2} | values
    return RowChange(label=label, key=key, type=type, subjects=(Row(label, key, {}), *subjects), **parts)


HUT8 = Row("Organization", "hut8", {"name": "Hut 8", "country": "US"})
CHANGES = [
    _change("Link", "a-owns", "OWNS"),
    _change("Debt", "a-notes"),
    _change("Link", "backstop", "GUARANTEES"),
    _change("Link", "chips", "SUPPLIES"),
    _change("Chip", "a-chip", kind=ADDED, property=None),
    _change("Link", "lease", "PROVIDES_CAPACITY", HUT8, cause=LEARNT),
    _change("Organization", "hut8"),
]


def test_contracts_come_first_those_for_capacity_before_others() -> None:
    ordered = sorted(CHANGES, key=lambda change: change.sort_key)
    assert [change.key for change in ordered] == ["lease", "chips", "backstop", "a-owns", "a-chip", "a-notes", "hut8"]


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        (EVERYTHING, {"a-owns", "a-notes", "backstop", "chips", "a-chip", "lease", "hut8"}),
        (Compare("kind", "eq", "ADDED"), {"a-chip"}),
        (Compare("cause", "eq", "WE_LEARNT_MORE"), {"lease"}),
        (Compare("type", "in", ("SUPPLIES", "GUARANTEES")), {"chips", "backstop"}),
        (Compare("label", "ne", "Link"), {"a-notes", "a-chip", "hut8"}),
        (Compare("property", "isnull", True), {"a-chip"}),
        (Compare("subject", "has", "hut8"), {"lease", "hut8"}),
        (Refers("subject", Compare("country", "eq", "US")), {"lease"}),
        (And((Compare("label", "eq", "Link"), Not(Compare("type", "eq", "OWNS")))), {"backstop", "chips", "lease"}),
    ],
)
def test_changes_are_selected_by_what_they_are_and_whom_they_concern(where: Filter, keys: set[str]) -> None:
    assert {change.key for change in selected(CHANGES, where)} == keys


def test_a_filter_of_changes_does_not_reach_through_links() -> None:
    with pytest.raises(BadQuery, match="cannot reach through links"):
        selected(CHANGES, Refers("subject", Linked()))


# ---- a small world

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service: LEASE, status: SIGNED, service_from: '2026-04-01',
              value_usd: 100, capacities: [{mw: 10, basis: GROSS}, {mw: 7, basis: CRITICAL_IT}]},
       sources: [filing], confidence: high}
    - {says: {value_usd: 120, capacities: [{mw: 10, basis: GROSS}, {mw: 8, basis: CRITICAL_IT}]},
       sources: [late], confidence: high, as_of: '2026-03-01'}
    - {says: {status: ACTIVE}, sources: [late], confidence: high, as_of: '2026-05-01'}
"""
"""Known on 2026-01-10 (filing) and on 2026-06-20 (late)."""


@pytest.fixture
def log(tmp_path: Path) -> StatementLog:
    return facts.log_of(tmp_path, links_provides_capacity=LEASE)


def _of(changes: list[RowChange], name: str | None, key: str = "lease") -> RowChange:
    [found] = [change for change in changes if (change.key, change.property) == (key, name)]
    return found


def test_a_link_that_was_announced_meanwhile_is_one_change_with_all_its_values(log: StatementLog) -> None:
    changes = _diff(log, lens("2026-01-01", "2026-01-01"), lens("2026-02-15", "2026-02-15"))
    added = _of(changes, None)
    assert (added.kind, added.label, added.before) == (ADDED, "Link", None)
    assert added.after == {
        "announced": "2026-01-10",
        "capacities": [
            {"basis": "CRITICAL_IT", "bound": "EXACT", "mw": 7},
            {"basis": "GROSS", "bound": "EXACT", "mw": 10},
        ],
        "disputed": False,
        "from": "host",
        "in_force": True,
        "service": "LEASE",
        "service_from": "2026-04-01",
        "service_state": "PLANNED",
        "status": "SIGNED",
        "to": "cloud",
        "type": "PROVIDES_CAPACITY",
        "value": {"amount": 100, "bound": "EXACT", "currency": "USD"},
    }
    assert added.cause is BOTH, "on 2026-01-01 it was not known, and had it been, it had not begun"


def test_what_was_learnt_of_the_past_is_no_change_of_the_world(log: StatementLog) -> None:
    """On 2026-03-15 the value was 120; it was known from 2026-06-20 on."""
    changes = _diff(log, lens("2026-03-15", "2026-03-15"), lens("2026-03-15", "2026-07-01"))
    value = _of(changes, "value")
    assert (value.before["amount"], value.after["amount"], value.cause) == (100, 120, LEARNT)


def test_a_start_that_passes_is_a_change_of_the_world(log: StatementLog) -> None:
    """Nothing new is known between March and June: no source could tell of a service that was to start in April."""
    [change] = _diff(log, lens("2026-03-15", "2026-03-15"), lens("2026-06-01", "2026-06-01"))
    assert (change.property, change.before, change.after) == ("service_state", "PLANNED", "NOT_YET_REPORTED")
    assert change.cause is WORLD


def test_what_holds_from_a_day_on_and_was_said_later_takes_both(log: StatementLog) -> None:
    """ACTIVE holds from 2026-05-01 and was known on 2026-06-20: neither date alone explains it."""
    changes = _diff(log, lens("2026-03-15", "2026-03-15"), lens("2026-07-01", "2026-07-01"))
    status = _of(changes, "status")
    assert (status.before, status.after, status.cause) == ("SIGNED", "ACTIVE", BOTH)
    assert _of(changes, "value").cause is LEARNT


def test_captions_counts_and_layers_are_no_changes(log: StatementLog) -> None:
    """The link changes how many links host and cloud have; of them nothing is said anew."""
    changes = _diff(
        log, lens("2026-01-11", "2026-01-11"), replace(lens("2026-01-11", "2026-01-11"), natures=frozenset())
    )
    assert {change.kind for change in changes} == {REMOVED}
    changes = _diff(log, lens("2026-01-09", "2026-01-11"), lens("2026-01-11", "2026-01-11"))
    assert [(change.kind, change.key) for change in changes] == [(ADDED, "lease")]


def test_only_statements_of_the_part_that_changed_carry_it(log: StatementLog) -> None:
    """Gross megawatts are 10 in both filings; critical IT became 8."""
    before, after = lens("2026-03-15", "2026-03-15"), lens("2026-03-15", "2026-07-01")
    change = _of(_diff(log, before, after), "capacities")
    old, new = carriers(change, _chosen(project(log, before), "lease"), _chosen(project(log, after), "lease"))
    assert [(row.columns["source"], row.columns["value"]) for row in (*old, *new)] == [
        ("filing", '{"basis":"CRITICAL_IT","bound":"EXACT","mw":7}'),
        ("late", '{"basis":"CRITICAL_IT","bound":"EXACT","mw":8}'),
    ]


def test_the_dates_of_a_link_carry_what_it_is_on_a_day(log: StatementLog) -> None:
    before, after = lens("2026-03-15", "2026-03-15"), lens("2026-06-01", "2026-06-01")
    [change] = _diff(log, before, after)
    old, new = carriers(change, _chosen(project(log, before), "lease"), _chosen(project(log, after), "lease"))
    assert [row.columns["property"] for row in old] == ["capacities", "capacities", "service_from", "status"]
    assert new == [], "they are the same"


# ---- from a store


async def test_a_store_gives_what_the_pure_function_gives(log: StatementLog, tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(log)
    before, after = lens("2026-03-15", "2026-03-15"), lens("2026-07-01", "2026-07-01")
    found = await difference_between(store, await store.reader(before), await store.reader(after))
    assert found == _diff(log, before, after)
    assert found
    await store.close()


async def test_readers_of_two_states_of_the_data_are_refused(log: StatementLog, tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(log)
    reader: Reader = await store.reader(lens("2026-03-15", "2026-03-15"))
    await store.apply(StatementLog.of([], log.sources.values()), [log.statements[0].id], reason="a correction")
    with pytest.raises(StoreBusy):
        await difference_between(store, reader, await store.reader())
    await store.close()
