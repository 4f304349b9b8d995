"""How far the data reach, counted a second time in plain Python over the statement log."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from graph.comparison.coverage import Coverage, coverage_of
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Reliability
from graph.vocabulary.model import LINKS, Merge
from tests import facts
from tests.facts import counting_statements, lens
from tests.seeds_fixture import Under


async def _coverage(log: StatementLog, lens: Lens) -> Coverage:
    return await _coverage_of(project(log, lens))


async def _coverage_of(graph: Graph) -> Coverage:
    return await coverage_of(EmbeddedReader(graph, DataVersion(graph.version, "", 0, "")))


@pytest.mark.parametrize(
    "lens",
    [lens(), lens("2026-03-01", "2026-03-01"), lens(min_reliability=Reliability.HIGH)],
    ids=["today", "March", "high"],
)
@pytest.mark.slow
async def test_it_is_what_plain_counting_over_the_statements_gives(
    lens: Lens, seeds_log: StatementLog, seeds_under: Under
) -> None:
    log, graph = seeds_log, seeds_under(lens)
    listed = graph.rows["Link"].keys()
    found = await _coverage_of(graph)
    counting = counting_statements(log, lens)
    said: dict[str, set[str]] = defaultdict(set)
    origins: dict[str, set[str]] = defaultdict(set)
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in counting:
        said[one.subject].add(one.property)
        origins[one.subject].add(log.sources[one.source].origin)
        if one.about.merge is not Merge.UNITE:
            values[one.subject, one.property, one.slot].add(one.text)
    published = [source.published for one in counting if (source := log.sources[one.source])]
    assert found.links == len(listed) > 0
    assert found.links_with_value == sum("value" in said[key] for key in listed)
    assert found.links_with_capacity == sum("capacities" in said[key] for key in listed)
    assert found.links_with_two_origins == sum(len(origins[key]) > 1 for key in listed)
    assert found.undated_statements == sum(one.known_earliest is None for one in counting)
    assert found.conflicts == sum(len(texts) > 1 for texts in values.values())
    assert found.data_through == max(moment.earliest for moment in published if moment)
    for name in LINKS:
        of_type = [key for key in listed if log.kinds[key] == name]
        silent = sum("capacities" not in said[key] for key in of_type)
        sentence = f"{silent:,} of {len(of_type):,} links of type {name} state no megawatts."
        assert (sentence in found.gaps) == (0 < silent < len(of_type))


LINKS_OF_THREE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100, service_from: '2026-02-01', service: LEASE},
       sources: [filing], confidence: high}
    - {says: {value_usd: 90}, sources: [news], confidence: medium}
- id: second
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - {says: {announced: '2026-01-10', capacities: [{mw: 10, basis: GROSS}]},
       sources: [news, reprint], confidence: high}
- id: third
  type: PROVIDES_CAPACITY
  from: cloud
  to: unnamed
  claims:
    - {says: {announced: '2026'}, sources: [blog], confidence: high}
"""


async def test_a_small_world_counted_by_hand(tmp_path: Path) -> None:
    """Two origins: the lease alone, since the reprint is the news. Overdue: the lease, to begin on 2026-02-01."""
    found = await _coverage(facts.log_of(tmp_path, links_provides_capacity=LINKS_OF_THREE), lens())
    assert (found.links, found.links_with_value, found.links_with_capacity) == (3, 1, 1)
    assert (found.links_with_two_origins, found.conflicts) == (1, 1)
    assert found.gaps == (
        "2 of 3 links of type PROVIDES_CAPACITY state no value.",
        "2 of 3 links of type PROVIDES_CAPACITY state no megawatts.",
        "2 of 3 links of type PROVIDES_CAPACITY do not say when the service begins.",
        "2 of 3 links rest on a single origin.",
        "1 of 3 links have a planned start that has passed, and no source says that they run.",
        "1 of 4 organizations stand for a party that is not named.",
    )


async def test_where_nothing_counts_there_is_nothing_to_tell(tmp_path: Path) -> None:
    found = await _coverage(facts.log_of(tmp_path), lens("2020-01-01", "2020-01-01"))
    assert found == Coverage(None, 0, 0, 0, 0, 0, 0, 0, ())


async def test_statements_without_a_first_day_are_told(tmp_path: Path) -> None:
    """The blog has no date and the record neither: what it says may have been known at any time."""
    link = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {term_years: 5}, sources: [blog], confidence: low}
"""
    log = facts.log_of(tmp_path, links_provides_capacity=link)
    undated = [one for one in log.statements if one.source == "blog"]
    assert all(one.known_earliest is None for one in undated)
    assert (await _coverage(log, lens())).undated_statements == len(undated) > 0
