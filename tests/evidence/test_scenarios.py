"""What if: laws on random logs, a small world by hand, and the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.analytics.core.facts import read_facts
from graph.analytics.risk.shock import shock
from graph.comparison.diff import ChangeCause, ChangeKind, RowChange, difference, middle_lenses
from graph.errors import BadInput, BadLens, SeedErrors
from graph.evidence.lens import Certainty, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.scenarios import PlannedShock, Scenario, ShockModel
from graph.evidence.statements import Source, Statement
from graph.seeding.fact_files import OTHER_FOLDERS
from graph.seeding.scenario_files import FOLDER, NO_SCENARIOS, Scenarios, apply_scenario, read_scenarios
from graph.settings import PROJECT
from graph.vocabulary.enums import Confidence, Nature, Reliability, SourceKind
from graph.vocabulary.model import Row
from graph.vocabulary.values import Capacity, CapacityBasis, Money, PartialDate
from tests import logs

DAY = date(2026, 11, 23)
LENS = Lens(DAY, DAY)
SEEDS = PROJECT / "seeds"
KIND = "PROVIDES_CAPACITY"


def _graph(log: StatementLog, scenario: Scenario, lens: Lens = LENS) -> Graph:
    return project(apply_scenario(log, scenario, lens), lens)


# ---- laws

lenses = st.builds(
    Lens,
    logs.days,
    logs.days,
    min_confidence=st.none() | st.sampled_from(list(Confidence)),
    min_reliability=st.none() | st.sampled_from(list(Reliability)),
    natures=st.sampled_from([frozenset(Nature), frozenset({Nature.STATED})]),
    certainty=st.sampled_from(list(Certainty)),
)


def _values(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.kind.properties}


@given(logs.logs(), lenses)
@pytest.mark.slow
def test_a_scenario_that_changes_nothing_projects_the_same_rows(log: StatementLog, lens: Lens) -> None:
    planned = Scenario("none", "None", shocks=(PlannedShock(("alpha",)),))
    assume(log.kinds.get("alpha") == "Organization")
    assert _graph(log, planned, lens) == project(log, lens)


@given(logs.logs(), lenses)
def test_removing_a_link_takes_it_away_and_leaves_the_other_links(log: StatementLog, lens: Lens) -> None:
    links = _graph(log, Scenario("gone", "Gone", remove=("first",)), lens).rows["Link"]
    assert links == {key: row for key, row in project(log, lens).rows["Link"].items() if key != "first"}


@given(logs.logs(), lenses, st.sampled_from([0.0, 0.5, 2.0]))
def test_what_is_shown_is_scaled_under_every_lens_and_all_else_stays(
    log: StatementLog, lens: Lens, factor: float
) -> None:
    cited = next(iter(log.sources))
    amount = Statement("first", KIND, "value", Money(8), cited, Confidence.LOW, Nature.REPORTED, None, logs.START)
    log = StatementLog.of([*log.statements, amount], log.sources.values())
    before = project(log, lens).rows["Link"]
    after = _graph(log, Scenario("scaled", "Scaled", scale={"first": factor}), lens).rows["Link"]
    assert after.keys() == before.keys()
    for key in before:
        expected = _values(before[key])
        if key == "first":
            value, capacities = expected["value"], expected["capacities"] or ()
            expected["value"] = value and replace(value, amount=value.amount * factor)
            expected["capacities"] = tuple(replace(one, mw=one.mw * factor) for one in capacities)
        assert _values(after[key]) == expected


_FOLLOWING = ("in_force", "service_state")
"""What a link is on a day follows from its dates."""


@given(logs.logs(), lenses, st.sampled_from(["effective_to", "service_from", "service_to"]), logs.moments)
def test_a_date_takes_the_place_of_what_is_said_under_every_lens(
    log: StatementLog, lens: Lens, name: str, moment: PartialDate
) -> None:
    before = project(log, lens).rows["Link"]
    after = _graph(log, Scenario("dated", "Dated", dates={"first": {name: moment}}), lens).rows["Link"]
    assume("first" in before)
    assert after["first"][name] == moment
    for key in before:
        changed = {one for one, value in _values(after[key]).items() if value != before[key][one]}
        assert changed <= ({name, *_FOLLOWING} if key == "first" else set())


@given(logs.logs(), lenses)
def test_an_end_is_a_date_of_the_agreement(log: StatementLog, lens: Lens) -> None:
    day = PartialDate.read("2026-06-30")
    ended = Scenario("one", "One", end={"first": day})
    assert _graph(log, ended, lens) == _graph(log, replace(ended, end={}, dates={"first": {"effective_to": day}}), lens)


# ---- by hand


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
        "service_from": PartialDate.read("2026-06"),
    }
    lease = [
        Statement("lease", KIND, name, value, "filing", Confidence.HIGH, Nature.STATED, known, known)
        for name, value in values.items()
    ]
    parties = [
        Statement(key, "Organization", "name", key.title(), "filing", Confidence.HIGH, Nature.STATED, known, known)
        for key in ("host", "cloud")
    ]
    guess = lease[2].but(value=Money(70), source="blog", nature=Nature.ESTIMATED)
    return StatementLog.of(
        [*lease, *parties, guess],
        [
            Source("filing", "https://example.org/f", "Host", SourceKind.FILING, "filing"),
            Source("blog", "https://example.org/b", "Blog", SourceKind.OTHER, "blog"),
        ],
    )


HALF = Scenario("half", "Half", scale={"lease": 0.5})
ADDED = {
    "id": "new",
    "type": "PROVIDES_CAPACITY",
    "from": "cloud",
    "to": "host",
    "claims": [{"says": {"status": "SIGNED", "value_usd": "7", "service": "CLOUD"}}],
}


def test_amounts_are_scaled_and_the_rest_stays() -> None:
    lease = _graph(_log(), HALF).rows["Link"]["lease"]
    assert (lease["value"], lease["value_firm_usd"], lease["term_years"]) == (Money(5), 1, 4)
    assert lease["capacities"] == (Capacity(50, CapacityBasis.CRITICAL_IT),)


def test_what_is_scaled_is_what_the_lens_shows() -> None:
    """Half of the filing's 10; where only estimates count, half of the blog's 70."""
    estimates = replace(LENS, natures=frozenset({Nature.ESTIMATED}))
    scaled = [one for one in apply_scenario(_log(), HALF, estimates).statements if one.source == HALF.source]
    assert [(one.property, one.value) for one in scaled] == [("value", Money(35))]


def test_whatever_a_scenario_says_is_told_by_its_source_and_no_fact_is_changed() -> None:
    before = _log()
    after = apply_scenario(before, HALF, LENS)
    own = [one for one in after.statements if one.source == "scenario-half"]
    assert {(one.property, one.nature, one.note) for one in own} == {
        (name, Nature.DERIVED, "0.5 times what filing says") for name in ("value", "value_firm_usd", "capacities")
    }
    assert {one.id for one in after.statements} - {one.id for one in own} == before.by_id.keys()
    assert before == _log()
    assert after.version != before.version
    assert project(after, LENS).data_through == project(before, LENS).data_through


def test_facts_stay_beside_it_as_alternatives() -> None:
    rows = _graph(_log(), HALF).rows["Statement"].values()
    told = {(row.columns["source"], row["chosen"], row["reason"]) for row in rows if row["property"] == "value"}
    assert told == {
        ("scenario-half", True, "scenario: supposed; the next: a fact"),
        ("filing", False, "scenario: a fact; the chosen: supposed"),
        ("blog", False, "nature ESTIMATED is left out"),
    }


@pytest.mark.parametrize(
    "lens",
    [
        replace(LENS, min_reliability=Reliability.HIGH),
        replace(LENS, natures=frozenset({Nature.STATED})),
        replace(LENS, min_confidence=Confidence.HIGH, certainty=Certainty.CERTAIN),
        replace(LENS, known_on=date(2026, 1, 1)),
    ],
)
def test_a_scenario_counts_whatever_else_the_lens_asks(lens: Lens) -> None:
    links = _graph(_log(), replace(HALF, add=(ADDED,)), lens).rows["Link"]
    assert (links["lease"]["value"], links["new"]["value"]) == (Money(5), Money(7))


def test_the_source_of_the_scenario_cannot_be_excluded() -> None:
    with pytest.raises(BadLens, match="scenario-half is the source of the scenario, and excluded"):
        apply_scenario(_log(), HALF, replace(LENS, exclude_sources=frozenset({"scenario-half"})))


def test_a_removed_link_is_gone_and_an_ended_one_is_not_in_force() -> None:
    assert "lease" not in _graph(_log(), Scenario("gone", "Gone", remove=("lease",))).rows["Link"]
    end = Scenario("ended", "Ended", end={"lease": PartialDate.read("2026-06-30")})
    assert not _graph(_log(), end).rows["Link"]["lease"]["in_force"]
    earlier = _graph(_log(), end, replace(LENS, valid_on=date(2026, 6, 30)))
    assert earlier.rows["Link"]["lease"]["in_force"]


def test_a_link_that_is_announced_later_is_not_listed_before() -> None:
    late = Scenario("late", "Late", dates={"lease": {"announced": PartialDate.read("2027")}})
    assert "lease" not in _graph(_log(), late).rows["Link"]
    assert "lease" in _graph(_log(), late, replace(LENS, valid_on=date(2027, 1, 1))).rows["Link"]


def test_added_records_have_the_form_of_the_seeds_without_sources() -> None:
    row = _graph(_log(), Scenario("more", "More", add=(ADDED,))).rows["Link"]["new"]
    assert (row["value"], row.columns["from"], row.columns["layer"]) == (Money(7), "cloud", "COMPUTE")


def test_an_added_record_may_say_more_of_what_is_there_and_goes_before_it() -> None:
    more = {"id": "lease", "type": "PROVIDES_CAPACITY", "claims": [{"says": {"term_years": "9", "status": "LAPSED"}}]}
    row = _graph(_log(), Scenario("more", "More", add=(more,))).rows["Link"]["lease"]
    assert (row["term_years"], row["status"], row["value"]) == (9, "LAPSED", Money(10))


def test_a_record_that_needs_no_claims_needs_none() -> None:
    deal = {"id": "merger", "type": "Deal", "name": "A merger"}
    assert _graph(_log(), Scenario("more", "More", add=(deal,))).rows["Deal"]["merger"]["name"] == "A merger"


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        (Scenario("lost", "Lost", remove=("nothing",)), "no link 'nothing'"),
        (Scenario("lost", "Lost", scale={"host": 2}), "no link 'host'"),
        (Scenario("lost", "Lost", dates={"lease": {"signed": PartialDate.read("2027")}}), "a PROVIDES_CAPACITY has no"),
    ],
)
def test_a_scenario_that_does_not_fit_is_refused(scenario: Scenario, what: str) -> None:
    with pytest.raises(BadInput, match=f"Scenario lost does not fit the facts: {what}"):
        apply_scenario(_log(), scenario, LENS)


def test_a_source_of_the_facts_is_not_taken_for_the_scenario() -> None:
    taken = Source("scenario-half", "https://example.org/s", "Desk", SourceKind.NEWS, "desk")
    log = StatementLog.of(_log().statements, [*_log().sources.values(), taken])
    with pytest.raises(BadInput, match="a source 'scenario-half' is there"):
        apply_scenario(log, HALF, LENS)


# ---- beside the facts


def _diff(before: Lens, after: Lens, scenarios: Scenarios) -> list[RowChange]:
    corners = (before, after, *middle_lenses(before, after))
    old, new, world, learnt = (scenarios.project(_log(), lens).rows for lens in corners)
    return difference(old, new, world=world, learnt=learnt)


def test_what_a_scenario_changes_is_exactly_what_it_says_and_changes_the_world(tmp_path: Path) -> None:
    """Half of 10, of 2 and of 100; delivered from 2028, so planned; a contract more."""
    text = """
    - id: other
      summary: Other
      scale: [{link: lease, by: 0.5}]
      dates: [{link: lease, service_from: '2028'}]
      add: [{id: new, type: PROVIDES_CAPACITY, from: cloud, to: host, claims: [{says: {status: SIGNED}}]}]
    """
    found = _diff(LENS, replace(LENS, scenario="other"), read_scenarios(_folder(tmp_path, text)))
    assert {change.cause for change in found} == {ChangeCause.WORLD_CHANGED}
    new, *changed = sorted(found, key=lambda one: one.kind)
    assert (new.kind, new.key, new.property) == (ChangeKind.ADDED, "new", None)
    assert [(change.key, change.property, change.before, change.after) for change in changed] == [
        ("lease", "capacities", [_mw(100)], [_mw(50)]),
        ("lease", "service_from", "2026-06", "2028"),
        ("lease", "service_state", "NOT_YET_REPORTED", "PLANNED"),
        ("lease", "value", _usd(10), _usd(5)),
        ("lease", "value_firm_usd", 2, 1),
    ]


def _mw(mw: int) -> dict[str, Any]:
    return {"basis": "CRITICAL_IT", "bound": "EXACT", "mw": mw}


def _usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "bound": "EXACT", "currency": "USD"}


# ---- files


def _folder(place: Path, text: str = "", **files: str) -> Path:
    (place / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, content in {**({"some": text} if text else {}), **files}.items():
        (place / FOLDER / f"{name}.yaml").write_text(content, encoding="utf-8")
    return place


GOOD = """
- id: half
  summary: 'Hypothetical: half'
  scale: [{link: lease, by: '0.5'}]
  end: [{link: lease, on: '2027'}]
  dates: [{link: lease, service_from: '2026-Q4', service_to: '2027-06'}]
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
- id: other
  summary: 'Yet again'
  dates:
    - {link: host, announced: '2027'}
"""


def test_a_file_of_scenarios_is_read(tmp_path: Path) -> None:
    scenarios = read_scenarios(_folder(tmp_path, GOOD))
    assert list(scenarios.by_id.values()) == [
        Scenario(
            "half",
            "Hypothetical: half",
            scale={"lease": 0.5},
            end={"lease": PartialDate.read("2027")},
            dates={"lease": {"service_from": PartialDate.read("2026-Q4"), "service_to": PartialDate.read("2027-06")}},
            shocks=(PlannedShock(("cloud",)), PlannedShock(("cloud",), ShockModel.ESRI)),
            file=f"{tmp_path.name}/scenarios/some.yaml",
        )
    ]
    scenarios.check(_log(), DAY)


def _problems(work: Callable[[], object]) -> list[tuple[int, str]]:
    with pytest.raises(SeedErrors) as told:
        work()
    return [(problem.line, problem.what) for problem in told.value.problems]


def test_every_problem_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    scenarios = read_scenarios(_folder(tmp_path, BAD))
    assert _problems(lambda: scenarios.check(_log(), DAY)) == [
        (5, "'minus' is not a number"),
        (8, "no link 'nothing'"),
        (10, "no organization 'lease'"),
        (15, "no Organization 'nobody'"),
        (17, "'SIGNING' is not a known link status"),
        (18, "no summary"),
        (21, "unknown key 'colour'"),
        (22, "scenario 'other' stands twice"),
        (25, "no link 'host'"),
    ]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ("scale: [{link: lease, by: 2}, {link: lease, by: 3}]", "'lease' stands twice"),
        ("scale: [{link: lease}]", "no by"),
        ("scale: [{by: 2}]", "no link"),
        ("scale: [{link: lease, by: -1}]", "'-1' is out of range"),
        ("{remove: [lease], scale: [{link: lease, by: 2}]}", "'lease' is removed too"),
        ("{end: [{link: lease, on: '2027'}], dates: [{link: lease, effective_to: '2028'}]}", "'lease' ends twice"),
        ("dates: [{link: lease}]", "a link without a date"),
        ("dates: [{link: lease, signed: '2027'}]", "unknown key 'signed'"),
        ("dates: [{link: lease, service_from: soon}]", "'soon' is not a date"),
        ("dates: [{link: lease, service_from: '2027', service_to: '2026'}]", "service_to is before service_from"),
        ("dates: [{link: stake, service_from: '2027'}]", "a INVESTS_IN has no service_from"),
        (
            "scale: [{link: lease, by: 2}], "
            "add: [{id: lease, type: PROVIDES_CAPACITY, claims: [{says: {value_usd: 7}}]}]",
            "value of 'lease' is said twice",
        ),
        ("scale: [{link: stake, by: 2}]", "'stake' states no dollars and no megawatts"),
        ("add: [{id: new, type: Organization, claims: [{says: {name: N}, sources: [filing]}]}]", "sources in a scen"),
        ("add: [{id: new, type: Organization, claims: [{says: {name: N}, confidence: low}]}]", "confidence in a scen"),
        ("add: [{id: new, type: Deal, name: N, sources: [filing]}]", "sources in a scenario"),
        ("add: [{id: new, type: Source, url: 'https://example.org'}]", "a source in a scenario"),
        ("add: [{id: new, type: Organization}]", "a record without claims"),
        ("add: [{id: host, type: Site, claims: [{says: {name: N}}]}]", "'host' is a Organization"),
        ("shocks: [{fail: [cloud], model: HARD}]", "'HARD' is not a known shock model"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, told: str, what: str) -> None:
    stake = Statement("stake", "INVESTS_IN", "from", "host", "filing", Confidence.HIGH, Nature.STATED, None, DAY)
    log = StatementLog.of([*_log().statements, stake], _log().sources.values())
    text = f"- {{id: one, summary: One, {told.strip('{}') if told.startswith('{') else told}}}"
    found = _problems(lambda: read_scenarios(_folder(tmp_path, text)).check(log, DAY))
    assert [(line, message[: len(what)]) for line, message in found] == [(1, what)]


def test_a_broken_file_takes_nothing_from_the_others_and_is_named_when_it_is_asked_for(tmp_path: Path) -> None:
    scenarios = read_scenarios(_folder(tmp_path, good=GOOD, broken="- {id: other", worse="- id: third\n"))
    assert list(scenarios.by_id) == ["half"]
    with pytest.raises(BadLens) as refused:
        scenarios.named("third")
    assert refused.value.message == "No scenario 'third'."
    files = [f"{tmp_path.name}/scenarios/{name}.yaml" for name in ("broken", "worse")]
    assert refused.value.remedy == f"Name one of half. Not read: {', '.join(files)}; `wattgraph check` tells why."


def test_a_scenario_is_named_by_id_or_by_a_file_that_holds_no_other(tmp_path: Path) -> None:
    other = GOOD.replace("half", "other")
    scenarios = read_scenarios(_folder(tmp_path, single=GOOD, two=other + other.replace("other", "third")))
    assert scenarios.named("half") is scenarios.named("single")
    assert scenarios.resolved(Lens(scenario="single"), DAY) == Lens(DAY, DAY, scenario="half")
    for name in ("two", "", "fourth"):
        with pytest.raises(BadLens, match=f"No scenario '{name}'. Name one of half, other, third."):
            scenarios.named(name)


def test_an_id_goes_before_the_name_of_a_file(tmp_path: Path) -> None:
    scenarios = read_scenarios(_folder(tmp_path, half=GOOD.replace("half", "other"), other=GOOD))
    assert [scenarios.named(name).key for name in ("half", "other")] == ["half", "other"]


def test_the_digest_is_of_what_the_files_say(tmp_path: Path) -> None:
    digests = [
        read_scenarios(_folder(tmp_path / name, text)).digest
        for name, text in (("one", GOOD), ("two", GOOD.replace("0.5", "0.6")), ("three", GOOD + "# a comment\n"))
    ]
    same = read_scenarios(_folder(tmp_path / "one")).digest
    assert digests[0] == same
    assert digests[0] != digests[1]


def test_a_folder_without_scenarios_has_none(tmp_path: Path) -> None:
    assert read_scenarios(tmp_path).by_id == {}
    with pytest.raises(BadLens, match=r"No scenario 'half'\. There is none in the folder scenarios\."):
        NO_SCENARIOS.named("half")


def test_the_facts_leave_the_folder_alone() -> None:
    assert FOLDER in OTHER_FOLDERS


@pytest.mark.slow
def test_the_scenarios_of_the_project_are_hypothetical_and_answer(
    seeds_log: StatementLog, seeds_scenarios: Scenarios
) -> None:
    log, scenarios = seeds_log, seeds_scenarios
    scenarios.check(log, DAY)
    assert list(scenarios.by_id) == ["fluidstack-fails", "river-bend-slips", "smaller-stargate"]
    assert all(one.summary.startswith("Hypothetical: ") for one in scenarios.by_id.values())
    smaller = scenarios.project(log, replace(LENS, scenario="smaller-stargate")).rows["Link"]
    assert smaller["oracle-openai-stargate"]["value"].amount == 150e9
    assert not smaller["oracle-openai-abilene"]["in_force"]
    assert smaller["scenario-hut8-openai"]["value"].amount == 14e9
    slipped = scenarios.project(log, replace(LENS, scenario="river-bend-slips")).rows["Link"]
    assert slipped["hut8-fluidstack-river-bend"]["service_from"] == PartialDate.read("2028-Q2")


@pytest.mark.slow
def test_analytics_of_a_folder_take_a_scenario() -> None:
    given_ = read_facts(SEEDS, Lens(scenario="fluidstack-fails"))
    (planned, _) = read_scenarios(SEEDS).named("fluidstack-fails").shocks
    rows = shock(given_.snapshot, planned.fail, planned.model).rows
    hut8 = next(row for row in rows if row.organization.key == "hut8")
    # the lease is worth 7 bn; without the backstop nobody pays for it
    assert (hut8.value_at_risk_usd, hut8.guaranteed_usd) == (7e9, 0)
