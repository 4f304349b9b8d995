from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graph.analytics.risk import ShockModel, shock
from graph.analytics.scenarios import PlannedShock, Scenario, applied, read_scenarios
from graph.analytics.scope import Snapshot
from graph.errors import BadInput, SeedErrors
from graph.lens import DEFAULT_LENS, Lens
from graph.model import Confidence, Nature, SourceKind
from graph.projection import Graph, project
from graph.seeds import read_seeds
from graph.settings import PROJECT
from graph.statements import Source, Statement, StatementLog
from graph.values import Capacity, CapacityBasis, Money, PartialDate
from tests.analytics.world import DAY

LENS = Lens(DAY, DAY)
SEEDS = PROJECT / "seeds"


def _log() -> StatementLog:
    """A lease of 100 MW for 10 USD, 2 of them firm, and a host and a cloud that it joins."""
    known = date(2026, 1, 1)
    values = {
        "from": "host",
        "to": "cloud",
        "value": Money(10),
        "value_firm_usd": 2.0,
        "term_years": 4.0,
        "capacities": Capacity(100, CapacityBasis.CRITICAL_IT),
    }
    lease = [
        Statement("lease", "PROVIDES_CAPACITY", name, value, "filing", Confidence.HIGH, Nature.STATED, known, known)
        for name, value in values.items()
    ]
    parties = [
        Statement(key, "Organization", "name", key.title(), "filing", Confidence.HIGH, Nature.STATED, known, known)
        for key in ("host", "cloud")
    ]
    return StatementLog.of(
        [*lease, *parties], [Source("filing", "https://example.org/f", "Host", SourceKind.FILING, "filing")]
    )


def _graph(scenario: Scenario, log: StatementLog | None = None, lens: Lens = LENS) -> Graph:
    return project(applied(log or _log(), scenario, DAY), lens)


def test_amounts_are_scaled_and_the_rest_stays() -> None:
    graph = _graph(Scenario("half", "Half", scale={"lease": 0.5}))
    lease = graph.rows["Link"]["lease"]
    assert (lease["value"], lease["value_firm_usd"], lease["term_years"]) == (Money(5), 1, 4)
    assert lease["capacities"] == (Capacity(50, CapacityBasis.CRITICAL_IT),)


def test_whatever_a_scenario_says_is_told_by_its_source_and_no_fact_is_changed() -> None:
    before = _log()
    after = applied(before, Scenario("half", "Half", scale={"lease": 0.5}), DAY)
    own = [one for one in after.statements if one.source == "scenario-half"]
    assert {(one.property, one.nature, one.note) for one in own} == {
        (name, Nature.DERIVED, "0.5 times what filing says") for name in ("value", "value_firm_usd", "capacities")
    }
    assert {one.id for one in after.statements} - {one.id for one in own} <= before.by_id.keys()
    assert before == _log()
    assert after.version != before.version
    assert project(after, LENS).data_through == project(before, LENS).data_through


def test_a_removed_link_is_gone_and_an_ended_one_is_not_in_force() -> None:
    assert "lease" not in _graph(Scenario("gone", "Gone", remove=("lease",))).rows["Link"]
    end = Scenario("ended", "Ended", end={"lease": PartialDate.read("2026-06-30")})
    assert not _graph(end).rows["Link"]["lease"]["in_force"]
    earlier = _graph(end, lens=replace(LENS, valid_on=date(2026, 6, 30)))
    assert earlier.rows["Link"]["lease"]["in_force"]


def test_added_records_have_the_form_of_the_seeds_without_sources() -> None:
    says = {"status": "SIGNED", "value_usd": "7", "service": "CLOUD"}
    record = {"id": "new", "type": "PROVIDES_CAPACITY", "from": "cloud", "to": "host", "claims": [{"says": says}]}
    row = _graph(Scenario("more", "More", add=(record,))).rows["Link"]["new"]
    assert (row["value"], row.columns["from"], row.columns["layer"]) == (Money(7), "cloud", "COMPUTE")


def test_an_empty_scenario_shows_the_facts() -> None:
    same, facts = _graph(Scenario("none", "None")), project(_log(), LENS)
    assert all(same.rows[label] == facts.rows[label] for label in ("Organization", "Link", "Statement"))


def test_a_scenario_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match=r"Scenario lost does not fit the facts: no link nothing\."):
        applied(_log(), Scenario("lost", "Lost", remove=("nothing",)), DAY)


# ---- files

GOOD = """
- id: half
  summary: 'Hypothetical: half'
  scale: [{link: lease, by: '0.5'}]
  end: [{link: lease, on: '2027'}]
  shocks: [{fail: [cloud]}, {fail: [cloud], model: ESRI}]
"""

BAD = """
- id: half
  summary: 'Half'
  scale:
    - {link: lease, by: minus}
- id: other
  summary: 'Other'
  remove: [nothing]
  shocks:
    - {fail: [lease]}
  add:
    - id: new
      type: PROVIDES_CAPACITY
      from: host
      to: nobody
      claims:
        - says: {status: SIGNING}
- id: third
- id: other
  summary: 'Again'
  colour: red
"""


def _folder(place: Path, text: str) -> Path:
    (place / "scenarios").mkdir()
    (place / "scenarios" / "some.yaml").write_text(text, encoding="utf-8")
    return place


def test_a_file_of_scenarios_is_read(tmp_path: Path) -> None:
    (half,) = read_scenarios(_folder(tmp_path, GOOD), _log(), DAY).values()
    assert half == Scenario(
        "half",
        "Hypothetical: half",
        scale={"lease": 0.5},
        end={"lease": PartialDate.read("2027")},
        shocks=(PlannedShock(("cloud",)), PlannedShock(("cloud",), ShockModel.ESRI)),
    )


def test_every_problem_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SeedErrors) as told:
        read_scenarios(_folder(tmp_path, BAD), _log(), DAY)
    assert [(problem.line, problem.what) for problem in told.value.problems] == [
        (5, "'minus' is not a number"),
        (8, "no link 'nothing'"),
        (10, "no organization 'lease'"),
        (15, "no Organization 'nobody'"),
        (17, "'SIGNING' is not a known link status"),
        (18, "no summary"),
        (21, "unknown key 'colour'"),
    ]


def test_a_folder_without_scenarios_has_none(tmp_path: Path) -> None:
    assert read_scenarios(tmp_path, _log(), DAY) == {}


def test_the_scenarios_of_the_project_are_hypothetical_and_answer() -> None:
    log = read_seeds(SEEDS)
    lens = DEFAULT_LENS.on(DAY)
    scenarios = read_scenarios(SEEDS, log, DAY)
    assert sorted(scenarios) == ["fluidstack-fails", "smaller-stargate"]
    assert all(one.summary.startswith("Hypothetical: ") for one in scenarios.values())
    graph = project(applied(log, scenarios["fluidstack-fails"], DAY), lens)
    given_ = Snapshot(graph.rows["Link"], graph.rows["Organization"], lens, graph.version, graph.data_through)
    planned = scenarios["fluidstack-fails"].shocks[0]
    hut8 = next(row for row in shock(given_, planned.fail, planned.model).rows if row.organization.key == "hut8")
    # the lease is worth 7 bn; without the backstop nobody pays for it
    assert (hut8.value_at_risk_usd, hut8.guaranteed_usd) == (7e9, 0)
    smaller = project(applied(log, scenarios["smaller-stargate"], DAY), lens).rows["Link"]
    assert smaller["oracle-openai-stargate"]["value"].amount == 150e9
    assert not smaller["oracle-openai-abilene"]["in_force"]
    assert smaller["scenario-hut8-openai"]["value"].amount == 14e9
