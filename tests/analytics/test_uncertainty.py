from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core.scope import Weight
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import centrality
from graph.analytics.network.uncertainty import Interval, rank_intervals, resampled_ranks, source_sensitivity
from graph.errors import BadQuery
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.evidence.scenarios import Scenario
from graph.evidence.statements import Source, Statement
from graph.seeding.scenario_files import apply_scenario
from graph.vocabulary.enums import Confidence, LinkStatus, Nature, SourceKind
from tests.analytics.world import DAY, LENS

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
CERTAIN: Mapping[Confidence, float] = dict.fromkeys(Confidence, 1.0)


def _source(key: str, origin: str = "") -> Source:
    return Source(key, f"https://example.org/{key}", key.title(), SourceKind.NEWS, origin or key)


def _statement(subject: str, name: str, value: Any, source: str, confidence: Confidence = HIGH) -> Statement:
    known = date(2026, 1, 1)
    return Statement(subject, "PARTNERS_WITH", name, value, source, confidence, Nature.STATED, known, known)


def _link(key: str, ends: str, source: str, confidence: Confidence = HIGH) -> list[Statement]:
    """A signed link between two organizations of one letter."""
    values = {"from": ends[0], "to": ends[1], "status": LinkStatus.SIGNED}
    return [_statement(key, name, value, source, confidence) for name, value in values.items()]


def _log(*told: list[Statement], origins: Mapping[str, str] | None = None) -> StatementLog:
    statements = [one for each in told for one in each]
    sources = {one.source for one in statements}
    return StatementLog.of(statements, [_source(key, (origins or {}).get(key, "")) for key in sources])


def _view(log: StatementLog, lens: Lens = LENS, **asked: Any) -> NetworkView:
    graph = project(log, lens)
    entities = {key: row for label in ("Organization", "Site", "Chip") for key, row in graph.rows[label].items()}
    return build_view(Snapshot(graph.rows["Link"], entities, lens, graph.version, graph.data_through), **asked)


def _intervals(log: StatementLog, **asked: Any) -> dict[str, tuple[int, int]]:
    found = rank_intervals(_view(log), "DEGREE", log, **asked).intervals
    return {key: (one.low, one.high) for key, one in found.items()}


# a has three links, b two, c two, d one
STAR = (_link("ab", "ab", "one"), _link("ac", "ac", "two", LOW), _link("ad", "ad", "three"), _link("bc", "bc", "four"))


# ---- intervals


def test_certain_data_give_intervals_of_width_zero() -> None:
    assert _intervals(_log(*STAR), inclusion=CERTAIN, resamples=20) == {
        "a": (1, 1),
        "b": (2, 2),
        "c": (2, 2),
        "d": (4, 4),
    }


def test_without_any_evidence_all_share_the_first_rank() -> None:
    # the intervals hold the rank itself, too
    nothing = dict.fromkeys(Confidence, 0.0)
    assert _intervals(_log(*STAR), inclusion=nothing, resamples=20) == {
        "a": (1, 1),
        "b": (1, 2),
        "c": (1, 2),
        "d": (1, 4),
    }


def test_what_a_scenario_supposes_is_not_doubted() -> None:
    """Whatever is drawn away, c and d stay linked, and b is behind them; a and c have three links, b and d two."""
    parties = [{"id": key, "type": "Organization", "claims": [{"says": {"name": key}}]} for key in "cd"]
    link = {"id": "cd", "type": "PARTNERS_WITH", "from": "c", "to": "d", "claims": [{"says": {"status": "SIGNED"}}]}
    log = apply_scenario(_log(*STAR), Scenario("more", "More", add=(*parties, link)), LENS)
    nothing = dict.fromkeys(Confidence, 0.0)
    assert _intervals(log, inclusion=nothing, resamples=20) == {"a": (1, 3), "b": (3, 3), "c": (1, 1), "d": (1, 3)}
    assert {row.source.key for row in source_sensitivity(_view(log), "DEGREE", log).rows} <= {
        "one",
        "two",
        "three",
        "four",
    }


def test_an_origin_is_one_voice() -> None:
    # whether its two sources are believed or not, they are together: a and b are always equals, c and d as well
    log = _log(_link("ac", "ac", "paper"), _link("bd", "bd", "reprint"), origins={"reprint": "paper"})
    for ranks in resampled_ranks(_view(log), "DEGREE", log, resamples=30, inclusion={**CERTAIN, HIGH: 0.5}):
        assert set(ranks.values()) == {1}
    apart = _log(_link("ac", "ac", "paper"), _link("bd", "bd", "reprint"))
    drawn = [
        set(one.values())
        for one in resampled_ranks(_view(apart), "DEGREE", apart, resamples=30, inclusion={**CERTAIN, HIGH: 0.5})
    ]
    assert {1, 3} in drawn


def test_a_link_of_two_origins_stays_while_one_of_them_does() -> None:
    log = _log(_link("ab", "ab", "doubted", LOW), _link("ab", "ab", "sure"), _link("cd", "cd", "doubted", LOW))
    found = list(resampled_ranks(_view(log), "DEGREE", log, resamples=40, inclusion={**CERTAIN, LOW: 0.5}))
    assert all(ranks["a"] == ranks["b"] == 1 for ranks in found)
    assert {ranks["c"] for ranks in found} == {1, 3}


def test_statements_of_high_confidence_outlive_those_of_low_confidence_of_one_origin() -> None:
    log = _log(_link("ab", "ab", "paper", HIGH), _link("cd", "cd", "paper", LOW))
    found = list(resampled_ranks(_view(log), "DEGREE", log, resamples=60))
    assert all(ranks["a"] <= ranks["c"] for ranks in found)
    # .95 and .5 of 60 draws: 57 and 30 are expected, give or take three deviations
    assert 51 <= sum(ranks["a"] == 1 and ranks["d"] in (1, 3) for ranks in found) <= 60
    assert 18 <= sum(ranks["c"] == 3 for ranks in found) <= 42


def test_more_draws_and_other_data_do_not_change_what_was_drawn() -> None:
    log = _log(*STAR)
    few = list(resampled_ranks(_view(log), "DEGREE", log, resamples=5))
    assert list(resampled_ranks(_view(log), "DEGREE", log, resamples=40))[:5] == few
    more = _log(*STAR, _link("xy", "xy", "new"))
    assert [
        {key: ranks[key] for key in "a"} for ranks in resampled_ranks(_view(more), "DEGREE", more, resamples=5)
    ] == [{"a": ranks["a"]} for ranks in few]
    assert list(resampled_ranks(_view(log), "DEGREE", log, resamples=40, seed=1))[:5] != few


def test_an_interval_holds_nine_in_ten_and_says_how_it_was_drawn() -> None:
    log = _log(*STAR)
    found = rank_intervals(_view(log), "DEGREE", log, resamples=20)
    drawn = sorted(ranks["c"] for ranks in resampled_ranks(_view(log), "DEGREE", log, resamples=20))
    # of 20 draws one is left out at either end
    assert found.intervals["c"] == Interval(min(2, drawn[1]), max(2, drawn[18]))
    assert found.method.parameters["kept"] == {"LOW": 0.5, "MEDIUM": 0.8, "HIGH": 0.95}
    assert found.method.assumptions[0] == (
        "An origin is kept with probability 0.95 of high, 0.8 of medium, 0.5 of low confidence; 20 draws, seed 0; an "
        "interval holds 90% of them, and the rank itself."
    )


@pytest.mark.parametrize("draws", [0, 2001])
def test_a_number_of_draws_out_of_range_is_refused(draws: int) -> None:
    log = _log(*STAR)
    with pytest.raises(BadQuery, match="Give 1 to 2000"):
        rank_intervals(_view(log), "DEGREE", log, resamples=draws)


# ---- one source less


def test_the_source_that_moves_the_ranking_most_comes_first() -> None:
    log = _log(*STAR)
    found = source_sensitivity(_view(log), "DEGREE", log)
    told = [(one.source.key, one.moved, one.largest.key, one.ranks_moved) for one in found.rows]
    # one (a-b): c 2 → 1, b 2 → 3, d 4 → 3. two (a-c): b 2 → 1, c 2 → 3, d 4 → 3. four (b-c): d 4 → 2. three (a-d): b
    # and c 2 → 1
    assert told == [("four", 1, "d", 2), ("one", 3, "b", 1), ("two", 3, "b", 1), ("three", 2, "b", 1)]
    assert (found.method.name, found.method.size["sources"]) == ("SOURCE_SENSITIVITY DEGREE", 4)
    assert [one.source.key for one in source_sensitivity(_view(log), "DEGREE", log, first=1).rows] == ["four"]


def test_a_source_that_others_repeat_moves_nothing() -> None:
    log = _log(*STAR, _link("ab", "ab", "again"), _link("bc", "bc", "again"))
    assert {one.source.key for one in source_sensitivity(_view(log), "DEGREE", log).rows} == {"two", "three"}


# ---- laws

_ENDS = st.sampled_from(["ab", "ac", "bc", "cd", "da", "bd"])
_TOLD = st.tuples(
    st.sampled_from(["l1", "l2", "l3", "l4"]),
    _ENDS,
    st.sampled_from(["s1", "s2", "s3"]),
    st.sampled_from(Confidence),
    st.sampled_from([LinkStatus.SIGNED, LinkStatus.TERMINATED]),
)
_ANCHORS = [
    _statement(f"anchor-{key}", name, value, "anchor")
    for key in "abcd"
    for name, value in {"from": key, "to": "z"}.items()
]


@st.composite
def _logs(draw: st.DrawFn) -> StatementLog:
    """Links that sources tell of differently; every organization is named by a link that nobody doubts and that does
    not count, so that it stays."""
    told = draw(st.lists(_TOLD, min_size=1, max_size=8))
    statements = [
        _statement(key, name, value, source, confidence)
        for key, ends, source, confidence, status in told
        for name, value in {"from": ends[0], "to": ends[1], "status": status}.items()
    ]
    return _log(statements, _ANCHORS)


@given(_logs())
def test_without_a_source_the_ranking_is_that_of_a_lens_that_excludes_it(log: StatementLog) -> None:
    shown = _view(log)
    base = {row.organization.key: row.rank for row in centrality(shown, "DEGREE").rows}
    effects = {one.source.key: one for one in source_sensitivity(shown, "DEGREE", log).rows}
    for source in sorted(log.sources.keys() - {"anchor"}):
        without = _view(log, Lens(DAY, DAY, exclude_sources=frozenset({source})))
        ranks = {row.organization.key: row.rank for row in centrality(without, "DEGREE").rows}
        moves = sorted((abs(rank - base[key]) for key, rank in ranks.items() if rank != base[key]), reverse=True)
        effect = effects.get(source)
        assert (effect.moved, effect.ranks_moved) == (len(moves), moves[0]) if effect else moves == []


@given(_logs(), st.sampled_from(["DEGREE", "PAGERANK"]))
def test_intervals_hold_the_rank_and_certain_data_have_no_width(log: StatementLog, metric: str) -> None:
    shown = _view(log)
    base = {row.organization.key: row.rank for row in centrality(shown, metric).rows}
    drawn = rank_intervals(shown, metric, log, resamples=5).intervals
    assert all(drawn[key].low <= rank <= drawn[key].high for key, rank in base.items())
    certain = rank_intervals(shown, metric, log, resamples=3, inclusion=CERTAIN).intervals
    assert certain == {key: Interval(rank, rank) for key, rank in base.items()}


@pytest.mark.slow
def test_the_seeds_have_intervals_and_sources_that_matter(seeds_log: StatementLog) -> None:
    log = seeds_log
    shown = _view(log, DEFAULT_LENS.on(DAY))
    found = rank_intervals(shown, "DEGREE", log, resamples=10)
    assert found.intervals.keys() == set(shown.graph)
    assert found.intervals["nvidia"] == Interval(1, 1)
    assert any(one.low < one.high for one in found.intervals.values())
    weighted = _view(log, DEFAULT_LENS.on(DAY), weight=Weight.COUNT)
    for effect in source_sensitivity(weighted, "STRENGTH", log, first=3).rows:
        without = _view(log, Lens(DAY, DAY, exclude_sources=frozenset({effect.source.key})), weight=Weight.COUNT)
        assert without.included != weighted.included
