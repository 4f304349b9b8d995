"""Sizes: what a store holds at most, whatever the lens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.stores.embedded.row_index import RowGroups
from graph.stores.query import (
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    OBSERVATIONS_OF,
    RELATIONS,
    STATEMENTS_BY,
    STATEMENTS_OF,
)
from graph.stores.sizes import Sizes
from graph.vocabulary.enums import Nature
from graph.vocabulary.model import LABELS
from tests import facts
from tests.stores.random_queries import TODAY, random_log


def test_sizes_of_the_small_world(tmp_path: Path) -> None:
    """Four organizations, a site and a lease between two of them; the lease has nine statements, the filing says 20 of
    all: host and cloud three each, unnamed three, the campus two, the lease nine."""
    sizes = Sizes.of(facts.log_of(tmp_path))
    assert sizes.rows == dict.fromkeys(LABELS, 0) | {
        "Organization": 4, "Site": 1, "Link": 1, "Source": 6, "Statement": 22,
    }  # fmt: skip
    assert sizes.links == {"PROVIDES_CAPACITY": 1}
    of = {relation: sizes.children[relation] for relation in (LINKS_OUT, LINKS_IN, LINKS_BOTH, OBSERVATIONS_OF)}
    assert list(of.values()) == [1, 1, 1, 0]
    assert (sizes.children[STATEMENTS_OF], sizes.children[STATEMENTS_BY]) == (9, 20)
    assert set(sizes.items.values()) == {0}


def test_a_list_has_as_many_items_as_are_ever_stated_of_one_row(tmp_path: Path) -> None:
    """The opening names campus and cloud; of the lease two claims list three megawatts and two chips in all."""
    lease = (
        facts.LEASE
        + """
    - says: {capacities: [{mw: 1, basis: GROSS}, {mw: 2, basis: CRITICAL_IT}], chips: [a]}
      sources: [news]
      confidence: high
    - says: {capacities: [{mw: 3, basis: CRITICAL_IT}], chips: [b, a]}
      sources: [late]
      confidence: high
"""
    )
    chips = "- {id: a, claims: [{says: {name: A}, sources: [news], confidence: high}]}\n"
    files = {"links_provides_capacity": lease, "events": facts.EVENTS, "chips": chips + chips.replace("a,", "b,", 1)}
    sizes = Sizes.of(facts.log_of(tmp_path, **files))
    assert {name: count for name, count in sizes.items.items() if count} == {
        ("Event", "subjects"): 2, ("Link", "capacities"): 3, ("Link", "chips"): 2,
    }  # fmt: skip


def test_an_entity_that_is_only_named_is_a_row(tmp_path: Path) -> None:
    """Nothing is said about cloud any more, and the lease leads to it: it is an organization all the same."""
    log = facts.log_of(tmp_path)
    without = StatementLog.of((one for one in log.statements if one.subject != "cloud"), log.sources.values())
    assert Sizes.of(without).rows["Organization"] == 4


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "lens", [Lens(TODAY, TODAY), Lens(TODAY, TODAY, natures=frozenset(Nature))], ids=["usual", "all"]
)
def test_no_lens_shows_more(seed: int, lens: Lens) -> None:
    log = random_log(seed)
    sizes, rows = Sizes.of(log), project(log, lens).rows
    groups = RowGroups(rows)
    for label in LABELS:
        assert len(rows[label]) <= sizes.rows[label]
    for relation in RELATIONS:
        parents = {parent for row in rows[relation.label].values() for parent in relation.parents(row)}
        assert max((len(groups.children(relation, one)) for one in parents), default=0) <= sizes.children[relation]
    for (label, name), count in sizes.items.items():
        assert max((len(row[name] or ()) for row in rows[label].values()), default=0) <= count


def test_what_is_dumped_reads_back() -> None:
    sizes = Sizes.of(random_log(1))
    assert Sizes.read(sizes.dump()) == sizes


def test_sizes_that_another_version_wrote_are_none() -> None:
    stored = json.loads(Sizes.of(random_log(1)).dump())
    for part in ("children", "items"):
        other = {**stored, part: {**stored[part], "of another version": 1}}
        assert Sizes.read(json.dumps(other)) is None
    assert Sizes.read(None) is None
