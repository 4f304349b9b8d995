from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadLens
from graph.evidence.lens import Certainty, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project, project_other_days, projects_alike, reproject
from graph.evidence.rows import source_of, source_row, statement_of, statements_of
from graph.stores.embedded.row_index import RowGroups
from graph.stores.query import LINKS_BOTH
from graph.vocabulary.enums import Confidence, Nature, Reliability, ServiceState
from graph.vocabulary.model import ENTITIES, Row
from graph.vocabulary.values import PartialDate
from tests import facts, logs
from tests.facts import lens
from tests.seeds_fixture import Under

START = date(2026, 5, 1)
DATA_LABELS = ("Organization", "Site", "Chip", "Deal", "Debt", "Event", "Observation", "Link")


def _claims(*claims: str, key: str = "lease", site: str = "site: campus") -> str:
    """A lease from host to cloud whose claims are given as YAML flow mappings."""
    lines = "".join(f"    - {claim}\n" for claim in claims)
    return f"- id: {key}\n  type: PROVIDES_CAPACITY\n  from: host\n  to: cloud\n  {site}\n  claims:\n{lines}"


def _claim(says: str, source: str = "filing", more: str = "", confidence: str = "high") -> str:
    return f"{{says: {{{says}}}, sources: [{source}], confidence: {confidence}{', ' + more if more else ''}}}"


def _lease(graph: Graph, key: str = "lease") -> Row:
    return graph.rows["Link"][key]


def _reason(graph: Graph, subject: str, name: str, source: str) -> str:
    found = [
        row.columns["reason"]
        for row in graph.rows["Statement"].values()
        if (row.columns["subject"], row.columns["property"], row.columns["source"]) == (subject, name, source)
    ]
    assert len(found) == 1
    return str(found[0])


def _data(graph: Graph) -> dict[str, dict[str, dict[str, object]]]:
    return {label: {key: row.columns for key, row in graph.rows[label].items()} for label in DATA_LABELS}


# ---- what follows from all rows


def test_the_number_of_links_is_that_of_the_links_that_an_entity_is_asked_for(seeds_graph: Graph) -> None:
    groups = RowGroups(seeds_graph.rows)
    for label in ENTITIES:
        for key, row in seeds_graph.rows[label].items():
            assert row["link_count"] == len(groups.children(LINKS_BOTH, key))


def test_a_link_from_an_entity_to_itself_is_one_link(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path, links_provides_capacity=facts.LEASE.replace("to: cloud", "to: host"))
    rows = project(log, lens()).rows
    assert rows["Link"]["lease"].columns["from"] == rows["Link"]["lease"].columns["to"] == "host"
    assert (rows["Organization"]["host"]["link_count"], rows["Site"]["campus"]["link_count"]) == (1, 1)


# ---- laws


@given(log=logs.logs(), seed=st.integers(0, 1000))
def test_the_order_of_statements_does_not_matter(log: StatementLog, seed: int) -> None:
    shuffled = list(log.statements)
    Random(seed).shuffle(shuffled)
    assert project(StatementLog(tuple(shuffled), log.sources), lens()).rows == project(log, lens()).rows


@given(log=logs.logs(), seed=st.integers(0, 1000))
def test_excluding_a_source_removes_exactly_what_it_alone_supports(log: StatementLog, seed: int) -> None:
    gone = Random(seed).choice(sorted(log.sources))
    without = StatementLog.of((one for one in log.statements if one.source != gone), log.sources.values())
    excluded = project(log, lens(exclude_sources=frozenset({gone})))
    assert _data(excluded) == _data(project(without, lens()))


@given(log=logs.logs(), seed=st.integers(0, 1000), day=logs.days)
def test_a_correction_leaves_what_was_known_before_as_it_was(log: StatementLog, seed: int, day: date) -> None:
    wrong = Random(seed).choice(log.statements)
    corrected = log.changed(
        StatementLog.of([wrong.but(known_earliest=day, known_latest=day, note="corrected")], []), [wrong.id], day
    )
    before = Lens(date(2026, 11, 23), day.replace(year=2025))
    assert _data(project(corrected, before)) == _data(project(log, before))


@given(data=st.data(), log=logs.logs(), certainty=st.sampled_from(Certainty), known=logs.days)
@pytest.mark.slow
def test_projecting_what_a_write_concerns_is_projecting_everything(
    data: st.DataObject, log: StatementLog, certainty: Certainty, known: date
) -> None:
    """Three writes, each upon what the one before left: differences add up to nothing else than the whole."""
    graph = project(log, Lens(START, known, certainty=certainty))
    for _ in range(3):
        after = data.draw(logs.writes(log))
        graph = reproject(graph, after, after.since(log))
        whole = project(after, graph.lens)
        assert graph == whole
        assert [list(rows) for rows in graph.rows.values()] == [list(rows) for rows in whole.rows.values()]
        log = after


@given(data=st.data(), log=logs.logs(), certainty=st.sampled_from(Certainty))
def test_projecting_other_days_is_projecting_everything(
    data: st.DataObject, log: StatementLog, certainty: Certainty
) -> None:
    """Three moves of both days, each from what the one before made."""
    graph = project(log, Lens(START, START, certainty=certainty))
    for _ in range(3):
        moved = Lens(data.draw(logs.days), data.draw(logs.days), certainty=certainty)
        graph = project_other_days(graph, log, moved)
        whole = project(log, moved)
        assert graph == whole
        assert [list(rows) for rows in graph.rows.values()] == [list(rows) for rows in whole.rows.values()]
        assert [list(rows) for rows in graph.withheld.values()] == [list(rows) for rows in whole.withheld.values()]


def test_a_month_of_the_facts_is_projected_from_the_month_before(seeds_log: StatementLog, seeds_under: Under) -> None:
    """Most rows are the same objects; all are equal to those of a whole projection."""
    before, after = (Lens(day, day) for day in (date(2026, 9, 30), date(2026, 10, 31)))
    base, whole = seeds_under(before), seeds_under(after)
    graph = project_other_days(base, seeds_log, after)
    assert graph == whole
    kept = sum(row is base.rows[label].get(key) for label in DATA_LABELS for key, row in graph.rows[label].items())
    assert kept > sum(len(rows) for label, rows in whole.rows.items() if label in DATA_LABELS) / 2


def test_a_party_that_comes_to_be_a_placeholder_yields_in_links_that_nobody_wrote_about(tmp_path: Path) -> None:
    """The later statement names the unnamed; while that is no placeholder it wins, and then the host does."""
    log = facts.log_of(tmp_path)
    flag = next(one for one in log.by_subject["unnamed"] if one.property == "placeholder")
    said = next(one for one in log.by_subject["lease"] if one.property == "from")
    rival = said.but(value="unnamed", as_of=PartialDate.read("2026-06"))
    without = StatementLog.of([*(one for one in log.statements if one is not flag), rival], log.sources.values())
    graph = project(without, lens())
    assert _lease(graph).columns["from"] == "unnamed"
    after = StatementLog.of([*without.statements, flag], log.sources.values())
    found = reproject(graph, after, after.since(without))
    assert _lease(found).columns["from"] == "host"
    assert found == project(after, lens())
    assert reproject(found, without, without.since(after)) == graph


def test_what_a_write_does_not_concern_is_taken_over(seeds_log: StatementLog, seeds_graph: Graph) -> None:
    """Only rows of the organization and of what is said of it are other objects."""
    gone = next(one for one in seeds_log.statements if (one.subject, one.property) == ("coreweave", "name"))
    after = seeds_log.changed(StatementLog.of([], []), [gone.id], date(2026, 11, 23))
    found = reproject(seeds_graph, after, after.since(seeds_log))
    other = {
        (label, row.columns.get("subject", key))
        for label, rows in found.rows.items()
        for key, row in rows.items()
        if seeds_graph.rows[label].get(key) is not row
    }
    assert other == {("Organization", "coreweave"), ("Statement", "coreweave")}


@given(log=logs.logs())
def test_a_certain_lens_knows_no_statement_that_a_possible_one_does_not(log: StatementLog) -> None:
    certain = project(log, lens(known_on="2026-06-01", certainty=Certainty.CERTAIN)).rows["Statement"]
    assert certain.keys() <= project(log, lens(known_on="2026-06-01")).rows["Statement"].keys()


@given(log=logs.logs())
def test_no_value_stands_without_a_statement_that_was_chosen(log: StatementLog) -> None:
    graph = project(log, lens())
    chosen = {
        (row.columns["subject"], row.columns["property"])
        for row in graph.rows["Statement"].values()
        if row.columns["chosen"]
    }
    for label in DATA_LABELS:
        for row in graph.rows[label].values():
            for name, about in row.kind.properties.items():
                stated = row[name] not in (None, ()) and not about.derived
                default = name in ("disputed", "placeholder") and row[name] is False
                fallback = name == "name" and row[name] == row.key
                assert not stated or default or fallback or (row.key, name) in chosen, (row.key, name)


@given(log=logs.logs())
def test_every_known_statement_is_judged_and_every_row_reads_back(log: StatementLog) -> None:
    graph = project(log, lens())
    rows = {**graph.rows["Statement"], **graph.withheld["Statement"]}
    assert [statement_of(rows[one.id]) for one in log.statements] == list(log.statements)
    again = list(statements_of(rows[one.id] for one in log.statements))
    assert again == list(log.statements)
    assert [(one.text, one.dated) for one in again] == [(one.text, one.dated) for one in log.statements]
    assert all(row.columns["reason"] for row in rows.values())
    assert {row.columns["source"] for row in graph.rows["Statement"].values()} <= graph.rows["Source"].keys()
    assert [source_of(source_row(one)) for one in log.sources.values()] == list(log.sources.values())


@given(log=logs.logs(), ahead=st.integers(1, 400))
def test_until_the_next_flip_the_graph_stays_as_it_is(log: StatementLog, ahead: int) -> None:
    today = date(2026, 5, 1)
    graph = project(log, Lens(today, today))
    later = date.fromordinal(today.toordinal() + ahead)
    if graph.next_flip is None or later < graph.next_flip:
        assert project(log, Lens(later, later)).rows == graph.rows


@given(log=logs.logs(), valid=st.integers(0, 60), known=st.integers(0, 60))
def test_days_that_project_alike_show_the_same(log: StatementLog, valid: int, known: int) -> None:
    before = Lens(START, START)
    later = Lens(START + timedelta(days=valid), START + timedelta(days=known))
    if projects_alike(log, before, later):
        assert projects_alike(log, later, before)
        assert project(log, before).rows == project(log, later).rows
    else:
        flip = project(log, before).next_flip
        assert flip is not None
        assert flip <= START + timedelta(days=max(valid, known))


# ---- the policy, criterion by criterion


def _rivals(tmp_path: Path, first: str, second: str) -> Graph:
    return project(
        facts.log_of(
            tmp_path, links_provides_capacity=_claims(_claim("announced: '2026-01-10', status: SIGNED"), first, second)
        ),
        lens(),
    )


def test_the_later_moment_wins_even_with_less_confidence(tmp_path: Path) -> None:
    graph = _rivals(
        tmp_path, _claim("term_years: 10"), _claim("term_years: 12", "news", "as_of: '2026-03'", confidence="low")
    )
    assert _lease(graph)["term_years"] == 12
    assert _reason(graph, "lease", "term_years", "news") == "moment: 2026-03; the next: 2026-01-10"


def test_about_one_moment_confidence_wins(tmp_path: Path) -> None:
    graph = _rivals(tmp_path, _claim("term_years: 10", confidence="medium"), _claim("term_years: 12", "blog"))
    assert _lease(graph)["term_years"] == 12
    assert _reason(graph, "lease", "term_years", "filing") == "confidence: MEDIUM; the chosen: HIGH"


def test_then_nature(tmp_path: Path) -> None:
    graph = _rivals(tmp_path, _claim("term_years: 10", more="nature: REPORTED"), _claim("term_years: 12", "blog"))
    assert _reason(graph, "lease", "term_years", "blog") == "nature: STATED; the next: REPORTED"


def test_then_the_reliability_of_the_source(tmp_path: Path) -> None:
    graph = _rivals(tmp_path, _claim("term_years: 10", "news"), _claim("term_years: 12", "filing"))
    assert _reason(graph, "lease", "term_years", "news") == (
        "reliability of the source: MEDIUM (reading unknown); the chosen: HIGH (reading unknown)"
    )


def _read(source: str, read: str) -> str:
    """The sources of the small world, one of them read so."""
    return facts.SOURCES.replace(f"origin: {source}}}", f"origin: {source}, read: {read}}}", 1)


def _rival_terms(tmp_path: Path, sources: str, first: str, second: str) -> Graph:
    claims = _claims(_claim("term_years: 10", first), _claim("term_years: 12", second))
    return project(facts.log_of(tmp_path, sources=sources, links_provides_capacity=claims), lens())


def test_a_filing_read_second_hand_yields_to_a_release_of_which_nothing_says_how_it_was_read(tmp_path: Path) -> None:
    """Both kinds are of high reliability, and the later publication would decide."""
    graph = _rival_terms(tmp_path, _read("late", "SECOND_HAND"), "release", "late")
    assert _lease(graph)["term_years"] == 10
    assert _reason(graph, "lease", "term_years", "late") == (
        "reliability of the source: MEDIUM (second hand); the chosen: HIGH (reading unknown)"
    )
    high = project(
        facts.log_of(tmp_path / "again", sources=_read("filing", "SECOND_HAND")), lens(min_reliability=Reliability.HIGH)
    )
    reason = _reason(high, "lease", "term_years", "filing")
    assert reason == "reliability MEDIUM (second hand) of its source is below HIGH"


def test_second_hand_raises_no_reliability(tmp_path: Path) -> None:
    graph = _rival_terms(tmp_path, _read("blog", "SECOND_HAND"), "news", "blog")
    assert _reason(graph, "lease", "term_years", "blog") == (
        "reliability of the source: LOW (second hand); the chosen: MEDIUM (reading unknown)"
    )


def test_of_two_equally_reliable_sources_the_one_known_to_be_read_first_hand_wins(tmp_path: Path) -> None:
    """Against two origins and a later publication of which nothing says how they were read."""
    graph = _rival_terms(tmp_path, _read("filing", "FIRST_HAND"), "filing", "late, release")
    assert _lease(graph)["term_years"] == 10
    assert _reason(graph, "lease", "term_years", "filing") == (
        "reading of the source: first hand; the next: reading unknown"
    )


def test_second_hand_and_unknown_count_alike_among_equally_reliable_sources(tmp_path: Path) -> None:
    graph = _rival_terms(tmp_path, _read("late", "SECOND_HAND"), "news", "late")
    assert _reason(graph, "lease", "term_years", "news") == "publication: 2026-02-01; the chosen: 2026-06-20"


def test_then_the_number_of_independent_origins(tmp_path: Path) -> None:
    graph = _rivals(tmp_path, _claim("term_years: 12", "late"), _claim("term_years: 10", "filing, release"))
    assert _lease(graph)["term_years"] == 10
    assert _reason(graph, "lease", "term_years", "late") == "independent origins: 1; the chosen: 2"


def test_reprints_of_one_origin_are_one_voice(tmp_path: Path) -> None:
    # news and reprint share an origin: one voice against one, so the later publication (2026-02-03) decides
    sources = facts.SOURCES + (
        "- {id: rival, url: 'https://example.org/r', publisher: R, published: '2026-02-02', kind: NEWS, origin: rival}"
    )
    text = _claims(_claim("term_years: 10", "rival"), _claim("term_years: 12", "'news', reprint"))
    graph = project(facts.log_of(tmp_path, sources=sources, links_provides_capacity=text), lens())
    assert _reason(graph, "lease", "term_years", "rival") == "publication: 2026-02-02; the chosen: 2026-02-03"


def test_a_link_tells_its_independent_origins(tmp_path: Path) -> None:
    """The filing says it, and one news agency under two addresses; the blog is of a low grade."""
    text = _claims(
        _claim("status: SIGNED"), _claim("term_years: 12", "news, reprint"), _claim("value_usd: 5", "blog"), site=""
    )
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    assert _lease(project(log, lens()))["origins"] == 3
    assert _lease(project(log, lens(min_reliability=Reliability.MEDIUM)))["origins"] == 2
    assert _lease(project(log, lens(exclude_sources=frozenset({"filing", "blog"}))))["origins"] == 1


def test_the_last_resort_is_the_id_and_it_is_told(tmp_path: Path) -> None:
    graph = _rivals(tmp_path, _claim("term_years: 10"), _claim("term_years: 12"))
    reasons = {
        row.columns["reason"] for row in graph.rows["Statement"].values() if row.columns["property"] == "term_years"
    }
    assert reasons == {
        "equal in every criterion; the smaller id was taken",
        "equal to the next in every criterion; the smaller id was taken",
    }


def test_a_publication_date_is_never_the_moment(tmp_path: Path) -> None:
    # `late` was published after everything, but speaks of no later moment: confidence decides
    graph = _rivals(tmp_path, _claim("term_years: 10"), _claim("term_years: 12", "late", confidence="medium"))
    assert _lease(graph)["term_years"] == 10


# ---- links


def test_two_reports_of_one_contract_are_one_link(tmp_path: Path) -> None:
    text = _claims(_claim("value_usd: 100"), _claim("value_usd: 100", "news"))
    graph = project(facts.log_of(tmp_path, links_provides_capacity=text), lens())
    assert list(graph.rows["Link"]) == ["lease"]
    both = [row for row in graph.rows["Statement"].values() if row.columns["property"] == "value"]
    assert [row.columns["chosen"] for row in both] == [True, True]


def test_a_value_is_chosen_whole(tmp_path: Path) -> None:
    text = _claims(
        _claim("value: 100, currency: EUR, value_bound: UP_TO"), _claim("value_usd: 90", "news", confidence="medium")
    )
    value = _lease(project(facts.log_of(tmp_path, links_provides_capacity=text), lens()))["value"]
    assert (value.amount, value.currency, value.bound) == (100, "EUR", "UP_TO")


def test_capacities_of_another_basis_stage_or_phase_are_no_rivals(tmp_path: Path) -> None:
    text = _claims(
        _claim("capacities: [{mw: 168, basis: CRITICAL_IT}, {mw: 244, basis: GROSS, bound: UP_TO}]"),
        _claim("capacities: [{mw: 150, basis: CRITICAL_IT}]", "blog", confidence="low"),
        _claim("capacities: [{mw: 50, basis: CRITICAL_IT, phase: first}]", "news"),
    )
    lease = _lease(project(facts.log_of(tmp_path, links_provides_capacity=text), lens()))
    assert sorted((one.mw, str(one.basis), one.phase) for one in lease["capacities"]) == [
        (50, "CRITICAL_IT", "first"),
        (168, "CRITICAL_IT", None),
        (244, "GROSS", None),
    ]
    assert lease.columns["mw_critical_it"] == 168


def test_a_signed_contract_is_there_before_its_service_begins_and_not_in_service(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10', status: SIGNED, service: LEASE, service_from: '2027-Q2'"))
    lease = _lease(project(facts.log_of(tmp_path, links_provides_capacity=text), lens()))
    assert lease["in_force"] is True
    assert lease["service_state"] is ServiceState.PLANNED


def _state(tmp_path: Path, says: str, valid_on: str, more: str = "") -> object:
    claims = [_claim(f"announced: '2026-01-10', status: SIGNED, {says}")] + ([more] if more else [])
    log = facts.log_of(tmp_path, links_provides_capacity=_claims(*claims))
    return _lease(project(log, lens(valid_on=valid_on)))["service_state"]


def test_a_planned_start_that_passed_unconfirmed_is_overdue_once_a_newer_source_cites_a_party(tmp_path: Path) -> None:
    assert _state(tmp_path, "service_from: '2026-05'", "2026-05-15") is ServiceState.PLANNED
    # the newest source about host or cloud is of January
    assert _state(tmp_path, "service_from: '2026-05'", "2026-06-01") is ServiceState.NOT_YET_REPORTED
    newer = _claim("term_years: 10", "late")  # published 2026-06-20
    assert _state(tmp_path, "service_from: '2026-05'", "2026-07-01", newer) is ServiceState.OVERDUE_UNCONFIRMED
    assert _state(tmp_path, "service_from: '2026-06-21'", "2026-07-01", newer) is ServiceState.NOT_YET_REPORTED


def test_a_later_statement_that_it_runs_confirms_the_service(tmp_path: Path) -> None:
    running = _claim("status: ACTIVE", "late", "as_of: '2026-06-10'")  # published 2026-06-20, after the start
    assert _state(tmp_path, "service_from: '2026-05'", "2026-07-01", running) is ServiceState.CONFIRMED


def test_a_statement_from_before_the_start_confirms_nothing(tmp_path: Path) -> None:
    plan = _claim("capacities: [{mw: 10, basis: GROSS, stage: IN_SERVICE}]", "news")  # published 2026-02-01
    assert _state(tmp_path, "service_from: '2026-05'", "2026-07-01", plan) is ServiceState.NOT_YET_REPORTED


def test_the_service_of_a_contract_that_was_called_off_is_not_planned(tmp_path: Path) -> None:
    called_off = _claim("status: TERMINATED", "late", "as_of: '2026-06-01'")
    assert _state(tmp_path, "service_from: '2027'", "2026-07-01", called_off) is None


def test_a_source_is_shown_wherever_a_statement_cites_it(tmp_path: Path) -> None:
    sources = facts.SOURCES.replace("published: '2026-01-10'", "published: '2026'")
    text = _claims(_claim("term_years: 10", more="known_from: '2026-03-01'"))
    log = facts.log_of(tmp_path, sources=sources, links_provides_capacity=text)
    graph = project(log, lens(known_on="2026-06-01", certainty=Certainty.CERTAIN))
    assert "filing" in graph.rows["Source"]


def test_a_service_ends_after_its_last_day(tmp_path: Path) -> None:
    says = "service_from: '2026-02', service_to: '2026-09'"
    assert _state(tmp_path, says, "2026-10-01") is ServiceState.ENDED


def test_an_ended_contract_changes_valid_on_only(tmp_path: Path) -> None:
    ended = facts.log_of(
        tmp_path,
        links_provides_capacity=_claims(_claim("announced: '2026-01-10', status: SIGNED, effective_to: '2026-05-31'")),
    )
    assert [_lease(project(ended, lens(valid_on=day)))["in_force"] for day in ("2026-05-31", "2026-06-01")] == [
        True,
        False,
    ]
    assert [
        _lease(project(ended, lens("2026-05-31", known)))["in_force"] for known in ("2026-02-01", "2026-11-01")
    ] == [True, True]


def test_a_status_that_ends_it_ends_it_from_its_moment_on(tmp_path: Path) -> None:
    text = _claims(
        _claim("announced: '2026-01-10', status: SIGNED"), _claim("status: TERMINATED", "late", "as_of: '2026-06-01'")
    )
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    before, after = (_lease(project(log, lens(valid_on=day))) for day in ("2026-05-31", "2026-06-01"))
    assert (before["status"], before["in_force"]) == ("SIGNED", True)
    assert (after["status"], after["in_force"]) == ("TERMINATED", False)


def test_a_link_is_listed_from_when_it_binds_and_after_it_ended(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10', effective_from: '2026-03-01', effective_to: '2026-04-01'"))
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    listed = [
        day
        for day in ("2026-02-28", "2026-03-01", "2026-11-01")
        if "lease" in project(log, lens(valid_on=day)).rows["Link"]
    ]
    assert listed == ["2026-03-01", "2026-11-01"]


def test_a_counterparty_named_later_is_not_known_earlier(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10', status: SIGNED"), _claim("to: lab", "late")).replace(
        "to: cloud", "to: unnamed"
    )
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    ends = [_lease(project(log, lens(known_on=day)))["to"] for day in ("2026-06-19", "2026-06-20")]
    assert ends == ["unnamed", "lab"]


def test_a_placeholder_does_not_yield_to_a_rumour(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10'"), _claim("to: lab", "late", confidence="low")).replace(
        "to: cloud", "to: unnamed"
    )
    graph = project(facts.log_of(tmp_path, links_provides_capacity=text), lens())
    assert _lease(graph)["to"] == "unnamed"


def test_a_weak_rival_does_not_take_the_place_of_a_named_party_even_later(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10'"), _claim("to: lab", "late", "as_of: '2026-06'", confidence="low"))
    graph = project(facts.log_of(tmp_path, links_provides_capacity=text), lens())
    assert _lease(graph)["to"] == "cloud"
    assert _reason(graph, "lease", "to", "late") == "party: weakly supported; the chosen: well supported"


def test_a_claim_that_names_a_wrong_party_supports_nothing_else(tmp_path: Path) -> None:
    text = _claims(_claim("announced: '2026-01-10'"), _claim("to: lab", "late", confidence="low"))
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    assert {one.property for one in log.by_subject["lease"] if one.source == "late"} == {"to"}


def test_an_end_exists_while_a_link_names_it_and_is_called_by_its_key(tmp_path: Path) -> None:
    text = facts.ORGANIZATIONS.replace(
        "name: Cloud Inc, kinds: [NEOCLOUD], country: 'NO'}, sources: [filing]", "name: Cloud Inc}, sources: [late]"
    )
    graph = project(facts.log_of(tmp_path, organizations=text), lens(known_on="2026-02-10"))
    assert graph.rows["Organization"]["cloud"]["name"] == "cloud"
    assert "lab" in graph.rows["Organization"]


# ---- the lens


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"min_confidence": Confidence.HIGH}, "confidence MEDIUM is below HIGH"),
        ({"min_reliability": Reliability.HIGH}, "reliability MEDIUM (reading unknown) of its source is below HIGH"),
        ({"natures": frozenset({Nature.STATED})}, "nature REPORTED is left out"),
        ({"exclude_sources": frozenset({"news"})}, "its source is excluded"),
        ({"valid_on": "2026-01-31"}, "holds only from 2026-03"),
    ],
)
def test_what_a_lens_leaves_out_is_told(more: dict[str, object], reason: str, tmp_path: Path) -> None:
    rival = _claim("term_years: 12", "news", "as_of: '2026-03', nature: REPORTED", confidence="medium")
    log = facts.log_of(
        tmp_path, links_provides_capacity=_claims(_claim("announced: '2026-01-10', term_years: 10"), rival)
    )
    graph = project(log, lens(**more))  # type: ignore[arg-type]
    assert _lease(graph)["term_years"] == 10
    assert _reason(graph, "lease", "term_years", "news") == reason


def test_an_undated_source_is_possibly_known_since_the_announcement_and_certainly_since_it_was_read(
    tmp_path: Path,
) -> None:
    log = facts.log_of(
        tmp_path, links_provides_capacity=_claims(_claim("announced: '2026-01-10', term_years: 10", "blog"))
    )
    assert "lease" not in project(log, lens(known_on="2026-01-09")).rows["Link"]
    assert "lease" in project(log, lens(known_on="2026-01-10")).rows["Link"]
    assert "lease" not in project(log, lens(known_on="2026-10-31", certainty=Certainty.CERTAIN)).rows["Link"]
    assert "lease" in project(log, lens(known_on="2026-11-01", certainty=Certainty.CERTAIN)).rows["Link"]


def test_known_from_tells_where_the_source_does_not(tmp_path: Path) -> None:
    log = facts.log_of(
        tmp_path, links_provides_capacity=_claims(_claim("term_years: 10", "blog", "known_from: '2026-04'"))
    )
    assert "lease" not in project(log, lens(known_on="2026-03-31")).rows["Link"]
    assert "lease" in project(log, lens(known_on="2026-04-01")).rows["Link"]


def test_a_correction_with_the_old_source_counts_from_its_known_from_on(tmp_path: Path) -> None:
    wrong = _claim("term_years: 10", more="withdrawn: '2026-08-01'")
    right = _claim("term_years: 12", more="known_from: '2026-08-01'")
    log = facts.log_of(tmp_path, links_provides_capacity=_claims(_claim("announced: '2026-01-10'"), wrong, right))
    assert [_lease(project(log, lens(known_on=day)))["term_years"] for day in ("2026-07-31", "2026-08-01")] == [10, 12]


def test_a_future_state_of_knowledge_is_refused() -> None:
    with pytest.raises(BadLens, match="in the future"):
        Lens(known_on=date(2026, 12, 1)).on(facts.TODAY)


def test_an_unknown_source_cannot_be_excluded(tmp_path: Path) -> None:
    with pytest.raises(BadLens, match='No source "nobody"'):
        project(facts.log_of(tmp_path), lens(exclude_sources=frozenset({"nobody"})))


# ---- the real facts


def test_the_iren_microsoft_contract_is_known_from_its_announcement_on(seeds_under: Under) -> None:
    assert "iren-microsoft-cloud" not in seeds_under(lens(known_on="2025-10-31")).rows["Link"]
    contract = seeds_under(lens(known_on="2025-11-30")).rows["Link"]["iren-microsoft-cloud"]
    assert (contract["value"].amount, contract["chips"]) == (9.7e9, ("gb300",))


def test_barber_lakes_first_contract_has_two_capacities_and_no_conflict(seeds_graph: Graph) -> None:
    contract = seeds_graph.rows["Link"]["cipher-fluidstack-barber-lake-1"]
    assert {str(one.basis): one.mw for one in contract["capacities"]} == {"CRITICAL_IT": 168, "GROSS": 244}
    said = [row for row in seeds_graph.rows["Statement"].values() if row.columns["subject"] == contract.key]
    assert all(
        row.columns["chosen"] for row in said if row.columns["property"] == "capacities" and row.columns["counted"]
    )


def test_river_bend_is_there_although_its_service_starts_in_2027(seeds_graph: Graph) -> None:
    lease = seeds_graph.rows["Link"]["hut8-fluidstack-river-bend"]
    assert lease["in_force"] is True
    assert lease["service_state"] is ServiceState.PLANNED
    assert (lease["value"].amount, lease.columns["mw_critical_it"], lease["term_years"]) == (7e9, 245, 15)


def test_polaris_forge_2_has_no_named_tenant_in_2025_and_oracle_today(seeds_under: Under, seeds_graph: Graph) -> None:
    key = "applied-digital-polaris-forge-2"
    then = seeds_under(lens(known_on="2025-12-31"))
    assert then.rows["Organization"][then.rows["Link"][key]["to"]]["placeholder"] is True
    assert seeds_graph.rows["Link"][key]["to"] == "oracle"


def test_estimates_are_off_by_default_and_can_be_asked_for(seeds_under: Under, seeds_graph: Graph) -> None:
    with_estimates = seeds_under(lens(natures=frozenset(Nature)))
    assert len(with_estimates.rows["Observation"]) > len(seeds_graph.rows["Observation"])
