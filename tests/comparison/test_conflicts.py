"""Where sources disagree: by hand in a small world, and on random logs and the real facts in plain Python."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given

from graph.comparison.conflicts import conflict_slots, conflicts_of, disagreements_of
from graph.comparison.coverage import coverage_of
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.model import Merge, Row
from tests import facts, logs
from tests.facts import counting_statements, lens
from tests.seeds_fixture import Under

NOW = lens()


def _reader(graph: Graph) -> EmbeddedReader:
    return EmbeddedReader(graph, DataVersion(graph.version, "", 0, ""))


def _counted(graph: Graph) -> list[Row]:
    rows = [row for row in graph.rows["Statement"].values() if row["counted"]]
    return sorted(rows, key=lambda row: str(row.columns["place"]))


def _expected(log: StatementLog, lens: Lens) -> list[tuple[str, str, str]]:
    """The slots of which counting statements say different values; names of several unite, and never disagree."""
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in counting_statements(log, lens):
        if one.about.merge is not Merge.UNITE:
            values[one.subject, one.property, one.slot].add(one.text)
    return sorted(place for place, texts in values.items() if len(texts) > 1)


@given(logs.logs())
def test_a_slot_with_two_values_is_a_conflict_and_nothing_else_is(log: StatementLog) -> None:
    assert [conflict.slot for conflict in conflicts_of(_counted(project(log, NOW)))] == _expected(log, NOW)


async def test_of_the_real_facts_every_conflict_is_found(seeds_log: StatementLog, seeds_under: Under) -> None:
    expected = _expected(seeds_log, NOW)
    assert len(expected) > 50
    assert await conflict_slots(_reader(seeds_under(NOW))) == expected


LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100, capacities: [{mw: 10, basis: GROSS},
             {mw: 7, basis: CRITICAL_IT}]}, sources: [filing], confidence: high}
    - {says: {value_usd: 90, capacities: [{mw: 10, basis: GROSS}]}, sources: [news, reprint], confidence: medium}
    - {says: {value_usd: 80}, sources: [blog], confidence: low}
    - {says: {value_usd: 100}, sources: [release], confidence: high}
"""


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return project(facts.log_of(tmp_path, links_provides_capacity=LEASE), NOW)


def test_the_chosen_stands_beside_every_other_value_the_best_first(graph: Graph) -> None:
    """The filing and the release say 100; the news and its reprint 90 with less confidence, the blog 80 with least."""
    [conflict] = conflicts_of(_counted(graph))
    assert conflict.slot == ("lease", "value", "")
    assert conflict.chosen["reason"] == "confidence: HIGH; the next: MEDIUM"
    said = [(row.columns["source"], row.columns["value"].split(",")[0]) for row in conflict.rivals]
    assert said == [("reprint", '{"amount":90'), ("news", '{"amount":90'), ("blog", '{"amount":80')]


async def test_two_bases_are_no_conflict_and_neither_are_two_who_agree(graph: Graph) -> None:
    assert await conflict_slots(_reader(graph)) == [("lease", "value", "")]


MOVED = """
- id: moved
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100}, sources: [filing], confidence: high}
    - {says: {value_usd: 120}, sources: [late], confidence: high, as_of: '2026-06-01'}
- id: mixed
  type: PROVIDES_CAPACITY
  from: cloud
  to: lab
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100}, sources: [filing], confidence: high}
    - {says: {value_usd: 120}, sources: [late], confidence: high, as_of: '2026-06-01'}
    - {says: {value_usd: 110}, sources: [news], confidence: medium, as_of: '2026-06-01'}
"""


async def test_an_earlier_state_is_a_conflict_and_no_disagreement(tmp_path: Path) -> None:
    """100 in January and 120 in June do not disagree; 120 and 110 in June do, and so do the values of `lease`."""
    graph = project(facts.log_of(tmp_path, links_provides_capacity=LEASE + MOVED), NOW)
    conflicts, disagreements = conflicts_of(_counted(graph)), disagreements_of(_counted(graph))
    assert [one.slot[0] for one in conflicts] == ["lease", "mixed", "moved"]
    assert [one.slot[0] for one in disagreements] == ["lease", "mixed"]
    assert [row.columns["source"] for row in disagreements[1].contesting] == ["news"]
    coverage = await coverage_of(_reader(graph))
    assert (coverage.conflicts, coverage.disagreements) == (3, 2)
