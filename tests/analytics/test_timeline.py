from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.contracts.capacity import capacity
from graph.analytics.contracts.groups import CapacityGroup, Period
from graph.analytics.contracts.timeline import Timeline, TimelineRow, timeline
from graph.analytics.core.exclusions import ExclusionReason
from graph.analytics.core.scope import Scope
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.vocabulary.enums import Layer, LinkStatus, Service, ServiceState
from graph.vocabulary.model import Row
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage
from tests import facts
from tests.analytics.world import DAY, NO_LOG, link, moment, mw, organization, snapshot, world_of
from tests.seeds_fixture import Under

CRITICAL = CapacityBasis.CRITICAL_IT


def _running(key: str, megawatts: float, start: str | None, state: ServiceState | None, **more: object) -> Row:
    begins = moment(start) if start else None
    return link(key, "host", "cloud", capacities=mw(megawatts), service_from=begins, service_state=state, **more)


def _summary(shown: Timeline) -> dict[str, tuple[float, float, float]]:
    return {row.period: (row.confirmed_mw, row.planned_mw, row.overdue_mw) for row in shown.rows}


def _sum(row: TimelineRow) -> float:
    known = row.confirmed_mw + row.start_unknown_mw + row.planned_mw
    return known + row.not_yet_reported_mw + row.overdue_mw


def test_a_signed_lease_is_not_in_service_before_its_start() -> None:
    # rule 4; today is 2026-11-23: one confirmed in Q1, one overdue since Q2, one planned for 2027
    links = [
        _running("runs", 100, "2026-01-15", ServiceState.CONFIRMED),
        _running("late", 20, "2026-06", ServiceState.OVERDUE_UNCONFIRMED),
        _running("plan", 5, "2027-Q2", ServiceState.PLANNED),
    ]
    shown = timeline(snapshot(links), NO_LOG)
    assert _summary(shown) == {
        "2026-Q1": (100, 0, 0),
        "2026-Q2": (100, 0, 20),
        "2026-Q3": (100, 0, 20),
        "2026-Q4": (100, 0, 20),
        "2027-Q1": (100, 0, 20),
        "2027-Q2": (100, 5, 20),
    }
    assert [one.key for one in shown.rows[-1].links] == ["late", "plan", "runs"]


def test_years_and_months_are_stocks_on_their_last_day() -> None:
    links = [_running("runs", 100, "2026-10-31", ServiceState.CONFIRMED)]
    assert list(_summary(timeline(snapshot(links), NO_LOG, by=Period.YEAR))) == ["2026"]
    assert list(_summary(timeline(snapshot(links), NO_LOG, by=Period.MONTH))) == ["2026-10", "2026-11"]


def test_a_start_known_to_the_year_counts_from_its_last_day_and_what_runs_at_the_latest_when_that_is_known() -> None:
    links = [
        _running("plan", 10, "2027", ServiceState.PLANNED),
        _running("runs", 1, "2026", ServiceState.CONFIRMED),
        _running("undated", 2, None, ServiceState.CONFIRMED),
    ]
    shown = timeline(snapshot(links), NO_LOG)
    assert _summary(shown) == {
        "2026-Q4": (3, 0, 0),
        "2027-Q1": (3, 0, 0),
        "2027-Q2": (3, 0, 0),
        "2027-Q3": (3, 0, 0),
        "2027-Q4": (3, 10, 0),
    }
    assert any(one.endswith("until then of unknown start (undated).") for one in shown.method.assumptions)


def test_a_service_that_ends_is_gone_from_the_period_it_ends_in() -> None:
    links = [_running("runs", 100, "2025-11-01", ServiceState.ENDED, service_to=moment("2026-08-15"))]
    shown = timeline(snapshot(links), NO_LOG)
    assert _summary(shown) == {
        "2025-Q4": (100, 0, 0),
        "2026-Q1": (100, 0, 0),
        "2026-Q2": (100, 0, 0),
        "2026-Q3": (0, 0, 0),
        "2026-Q4": (0, 0, 0),
    }
    assert "1 service has ended and counts as confirmed until then (runs)." in shown.method.assumptions


def test_only_the_part_that_is_said_to_run_is_confirmed() -> None:
    # 250 are leased and the service has begun, with 50: when the other 200 begin nobody says
    first = Capacity(50, CRITICAL, CapacityStage.IN_SERVICE, phase="first", since=moment("2025-10-27"))
    links = [
        link(
            "lease",
            "host",
            "cloud",
            capacities=(*mw(250), first),
            service_from=moment("2025-Q4"),
            service_state=ServiceState.CONFIRMED,
        )
    ]
    shown = timeline(snapshot(links), NO_LOG, by=Period.YEAR)
    assert _summary(shown) == {"2025": (50, 0, 0), "2026": (50, 0, 0)}
    assert [(one.reason, one.because) for one in shown.excluded] == [
        (ExclusionReason.NO_START, "200 of 250 MW CRITICAL_IT state no start of service")
    ]


def test_dated_phases_begin_on_their_own_days() -> None:
    # 40 in all: 20 in April, 20 in May 2026, both planned and past; nothing is left for the start of the contract
    phases = tuple(
        Capacity(20, CRITICAL, CapacityStage.PLANNED, phase=name, since=moment(day))
        for name, day in (("first", "2026-04"), ("second", "2026-05"))
    )
    late = ServiceState.OVERDUE_UNCONFIRMED
    links = [
        link("nc-1", "host", "cloud", capacities=(*mw(40), *phases), service_from=moment("2026-04"), service_state=late)
    ]
    told = _summary(timeline(snapshot(links), NO_LOG, by=Period.MONTH))
    assert (told["2026-04"], told["2026-05"], told["2026-11"]) == ((0, 0, 20), (0, 0, 40), (0, 0, 40))


def test_of_a_phase_the_furthest_stage_counts() -> None:
    states = [(CapacityStage.PLANNED, "2026-03"), (CapacityStage.BILLING, "2026-07")]
    phases = tuple(Capacity(20, CRITICAL, stage, phase="first", since=moment(day)) for stage, day in states)
    links = [link("one", "host", "cloud", capacities=phases)]
    assert _summary(timeline(snapshot(links), NO_LOG, by=Period.MONTH))["2026-07"] == (20, 0, 0)


def test_a_chain_runs_once_with_the_state_of_the_contract_that_is_kept() -> None:
    # the sublease says nothing of its start; the lease begins in 2027
    links = [
        _running("lease", 245, "2027-Q2", ServiceState.PLANNED),
        link("handed-on", "cloud", "lab", capacities=mw(245), uses=("lease",)),
        link(
            "resold",
            "cloud",
            "lab",
            capacities=mw(50),
            uses=("lease",),
            service_from=moment("2027-Q2"),
            service_state=ServiceState.PLANNED,
        ),
    ]
    assert _summary(timeline(snapshot(links), NO_LOG, by=Period.YEAR)) == {"2027": (0, 245, 0)}


def test_rows_never_mix_layers_bases_or_groups() -> None:
    links = [
        _running("shell", 10, "2026-01", ServiceState.CONFIRMED),
        _running("compute", 7, "2026-01", ServiceState.CONFIRMED, service=Service.CLOUD),
    ]
    rows = timeline(snapshot(links), NO_LOG, [CapacityGroup.CUSTOMER], Period.YEAR).rows
    assert [(row.group, row.layer, row.confirmed_mw) for row in rows] == [
        ({"CUSTOMER": "cloud"}, Layer.SHELL, 10),
        ({"CUSTOMER": "cloud"}, Layer.COMPUTE, 7),
    ]


def test_nothing_dated_is_no_timeline_and_all_is_listed() -> None:
    links = [link("lease", "host", "cloud", capacities=mw(5)), link("letter", "host", "lab", status=LinkStatus.LETTER)]
    shown = timeline(snapshot(links), NO_LOG)
    assert shown.rows == ()
    assert sorted((one.link.key, one.reason) for one in shown.excluded) == [
        ("lease", ExclusionReason.NO_START),
        ("letter", ExclusionReason.STATUS),
    ]


def test_megawatts_of_unnamed_parties_are_in_the_series_and_their_rows_are_marked() -> None:
    links = [
        _running("known", 10, "2026-01", ServiceState.CONFIRMED),
        link(
            "hidden",
            "host",
            "nobody",
            capacities=mw(5),
            service_from=moment("2026-01"),
            service_state=ServiceState.CONFIRMED,
        ),
    ]
    world = snapshot(links, organization("nobody", placeholder=True))
    assert [row.confirmed_mw for row in timeline(world, NO_LOG, by=Period.YEAR).rows] == [15]
    rows = timeline(world, NO_LOG, [CapacityGroup.CUSTOMER], Period.YEAR).rows
    assert {row.group["CUSTOMER"]: (row.unnamed, row.confirmed_mw) for row in rows} == {
        "cloud": (False, 10),
        "nobody": (True, 5),
    }


# ---- from statements: the past does not move with the day of the question


def _told(log: StatementLog, valid_on: str, by: Period = Period.QUARTER, known_on: str = "2026-11-23") -> Timeline:
    world = world_of(project(log, facts.lens(valid_on, known_on)))
    return timeline(world, log, by=by)


def _contracts(*claims: str, key: str = "lease", target: str = "cloud") -> str:
    lines = "".join(f"    - {claim}\n" for claim in claims)
    return f"- id: {key}\n  type: PROVIDES_CAPACITY\n  from: host\n  to: {target}\n  claims:\n{lines}"


def _claim(says: str, source: str, more: str = "") -> str:
    return f"{{says: {{{says}}}, sources: [{source}], confidence: high{more}}}"


SIGNED = "announced: '2026-01-10', service: LEASE, status: SIGNED, capacities: [{mw: 200, basis: CRITICAL_IT}]"


def test_what_runs_without_a_known_start_is_confirmed_from_the_day_on_which_a_source_says_so(tmp_path: Path) -> None:
    # announced in January; a filing of June 20 says that it runs as of June 10
    runs = _claim("status: ACTIVE", "late", ", as_of: '2026-06-10'")
    log = facts.log_of(tmp_path, links_provides_capacity=_contracts(_claim(SIGNED, "filing"), runs))
    rows = {row.period: (row.start_unknown_mw, row.confirmed_mw) for row in _told(log, "2026-11-23", Period.MONTH).rows}
    assert list(rows) == [f"2026-{month:02}" for month in range(1, 12)]
    assert (rows["2026-01"], rows["2026-05"], rows["2026-06"]) == ((200, 0), (200, 0), (0, 200))


def test_without_an_as_of_it_runs_from_the_day_on_which_that_became_known(tmp_path: Path) -> None:
    runs = _claim("capacities: [{mw: 200, basis: CRITICAL_IT, stage: BILLING}]", "late")
    text = _contracts(_claim(SIGNED, "filing"), runs)
    rows = _told(facts.log_of(tmp_path, links_provides_capacity=text), "2026-11-23", Period.MONTH).rows
    assert next(row.period for row in rows if row.confirmed_mw) == "2026-06"


def test_a_contract_counts_in_the_past_until_it_ended_or_was_replaced(tmp_path: Path) -> None:
    runs = _claim("status: ACTIVE, service_from: '2026-02-01'", "news", ", as_of: '2026-02-01'")
    ended = _claim("status: TERMINATED", "late", ", as_of: '2026-06-10'")
    text = _contracts(_claim(SIGNED, "filing"), runs, ended)
    text += _contracts(_claim(SIGNED, "filing"), runs, key="old", target="lab")
    new = SIGNED.replace("2026-01-10", "2026-06-20").replace("200", "300")
    text += _contracts(_claim(f"{new}, replaces: [old], service_from: '2027-01-01'", "late"), key="new", target="lab")
    log = facts.log_of(tmp_path, links_provides_capacity=text)
    rows = {row.period: [one.key for one in row.links] for row in _told(log, "2026-11-23", Period.MONTH).rows}
    assert (rows["2026-02"], rows["2026-05"], rows["2026-06"]) == (["lease", "old"], ["lease", "old"], [])
    assert rows["2027-01"] == ["new"]


def test_overdue_is_only_what_somebody_could_have_confirmed(tmp_path: Path) -> None:
    # the newest source about host and cloud is of January 12, that about lab of June 20
    start = "service_from: '2026-03-01'"
    text = _contracts(_claim(f"{SIGNED}, {start}", "release"))
    text += _contracts(_claim(f"{SIGNED}, {start}", "release"), key="other", target="lab")
    old = facts.ORGANIZATIONS.replace("sources: [news]", "sources: [release]")
    quiet = facts.log_of(tmp_path / "quiet", organizations=old, links_provides_capacity=text)
    row = _told(quiet, "2026-11-23").rows[-1]
    assert (row.not_yet_reported_mw, row.overdue_mw) == (400, 0)
    heard = facts.ORGANIZATIONS.replace(
        "id: lab, claims: [{says: {name: Lab, kinds: [AI_LAB]}, sources: [news]",
        "id: lab, claims: [{says: {name: Lab, kinds: [AI_LAB]}, sources: [late]",
    )
    row = _told(facts.log_of(tmp_path / "heard", organizations=heard, links_provides_capacity=text), "2026-11-23").rows[
        -1
    ]
    assert (row.not_yet_reported_mw, row.overdue_mw) == (200, 200)


@pytest.mark.slow
def test_law_the_series_is_the_same_for_every_valid_on_up_to_that_day(
    seeds_log: StatementLog, seeds_under: Under
) -> None:
    days = ("2024-09-30", "2025-10-27", "2026-06-30", "2026-11-23", "2027-12-31")
    series = {}
    for day in days:
        world = world_of(seeds_under(facts.lens(day)))
        series[day] = timeline(world, seeds_log, [CapacityGroup.PROVIDER], Period.QUARTER).rows
    for earlier, later in pairwise(days):
        until = f"{earlier[:4]}-Q{int(earlier[5:7]) // 3}"
        past = [[_comparable(row) for row in series[day] if row.period <= until] for day in (earlier, later)]
        assert past[0] == past[1]
        assert past[0]


def _comparable(row: TimelineRow) -> object:
    return replace(row, links=()), [link.key for link in row.links]


# ---- laws

_STARTS = st.none() | st.sampled_from(["2025", "2025-Q3", "2026-02", "2026-11-23", "2027-H1", "2028-05-05"])
_MEGAWATTS = st.sampled_from([0.0, 1.0, 2.5, 40.0])


@st.composite
def _worlds(draw: st.DrawFn) -> list[Row]:
    keys = [f"l{number}" for number in range(draw(st.integers(0, 7)))]
    return [_drawn(draw, key, keys) for key in keys]


def _drawn(draw: st.DrawFn, key: str, keys: list[str]) -> Row:
    start = draw(_STARTS)
    return link(
        key,
        draw(st.sampled_from(["a", "b"])),
        draw(st.sampled_from(["b", "c"])),
        capacities=mw(draw(_MEGAWATTS)),
        service_from=moment(start) if start else None,
        service_state=_state(start, draw(st.booleans())),
        uses=(draw(st.sampled_from(keys)),) if draw(st.booleans()) else None,
    )


def _state(start: str | None, confirmed: bool) -> ServiceState | None:
    """As the projection has it on DAY."""
    if start is None:
        return ServiceState.CONFIRMED if confirmed else None
    if moment(start).earliest > DAY:
        return ServiceState.PLANNED
    late = moment(start).latest < DAY
    return ServiceState.CONFIRMED if confirmed else ServiceState.OVERDUE_UNCONFIRMED if late else ServiceState.PLANNED


@given(_worlds(), st.sampled_from(list(Period)))
def test_law_what_runs_never_exceeds_what_is_contracted(links: list[Row], by: Period) -> None:
    contracted = {(row.layer, row.basis): row.mw.high for row in capacity(snapshot(links), []).rows if row.mw}
    for row in timeline(snapshot(links), NO_LOG, by=by).rows:
        running = _sum(row)
        assert running <= contracted[row.layer, row.basis] + 1e-9


@given(_worlds(), st.sampled_from(list(Period)))
def test_law_without_ends_what_runs_only_grows(links: list[Row], by: Period) -> None:
    running = [_sum(row) for row in timeline(snapshot(links), NO_LOG, by=by).rows]
    assert all(before <= after + 1e-9 for before, after in pairwise(running))


@given(_worlds())
def test_law_years_quarters_and_months_agree_at_the_end_of_a_year(links: list[Row]) -> None:
    tables = [_summary(timeline(snapshot(links), NO_LOG, by=by)) for by in Period]
    for year, figures in tables[0].items():
        for other, end in ((tables[1], f"{year}-Q4"), (tables[2], f"{year}-12")):
            assert other.get(end, figures) == figures


@given(_worlds(), st.randoms(use_true_random=False))
def test_law_the_order_of_the_links_changes_nothing(links: list[Row], random: object) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert timeline(snapshot(links), NO_LOG) == timeline(snapshot(shuffled), NO_LOG)


def test_the_method_tells_what_was_asked() -> None:
    method = timeline(snapshot([]), NO_LOG, [CapacityGroup.SITE], Period.MONTH, Scope(layer=Layer.SHELL)).method
    assert (method.parameters["by"], method.parameters["group_by"]) == ("MONTH", ["SITE"])
    assert method.lens.valid_on == date(2026, 11, 23)
