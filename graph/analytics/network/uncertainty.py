"""How sure a ranking is: rank intervals by drawing what to believe, and what each single source moves.

Every draw is exact: a link that loses statements is projected again from those that are left (`doubt.py`). Most links
lose nothing in a draw or fall into a state that another draw had, so that few are projected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

from graph.analytics.core.method import Engine, Method
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import METRICS, centrality, fitting, ranks_by_key
from graph.analytics.network.doubt import Change, CountingStatements, DoubtedView
from graph.concurrency.progress import report_progress
from graph.errors import BadQuery
from graph.evidence.log import StatementLog
from graph.evidence.rows import source_row
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import Row

DEFAULT_INCLUSION: Mapping[Confidence, float] = {Confidence.HIGH: 0.95, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.5}
"""The probability with which an origin is believed in its statements of a confidence."""
DEFAULT_RESAMPLES = 200
MAX_RESAMPLES = 2_000
DEFAULT_SEED = 0
COVERAGE = 0.9
"""The part of the draws that an interval holds."""

Ranks = Mapping[str, int]
"""Rank by organization."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From the best rank to the worst."""

    low: int
    high: int


@dataclass(frozen=True)
class RankIntervals:
    """By organization the ranks that it takes in `COVERAGE` of the draws, and its own."""

    intervals: Mapping[str, Interval]
    method: Method


@dataclass(frozen=True, slots=True)
class SourceEffect:
    """What a ranking is without one source: so many organizations have another rank, and the one that moves furthest
    moves so many ranks."""

    source: Row
    moved: int
    largest: Row
    ranks_moved: int


@dataclass(frozen=True)
class SourceSensitivity:
    """The sources that move the ranking, the largest move first; of equals the one that moves more organizations."""

    rows: tuple[SourceEffect, ...]
    method: Method


def rank_intervals(
    view: NetworkView,
    metric: str,
    log: StatementLog,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
    inclusion: Mapping[Confidence, float] = DEFAULT_INCLUSION,
    **parameters: Any,
) -> RankIntervals:
    """How far ranks move when origins are believed by chance. `log`: the statements that the view was made from.

    Raises BadQuery for a number of draws out of range, and what `centrality` raises."""
    draws = _Draws.of(view, log, resamples, seed, inclusion)
    [intervals] = draws.intervals([_Ranking(DoubtedView(view), metric, parameters)])
    return intervals


def several_rank_intervals(
    view: NetworkView,
    metrics: Iterable[str],
    log: StatementLog,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
    inclusion: Mapping[Confidence, float] = DEFAULT_INCLUSION,
) -> Mapping[str, RankIntervals]:
    """`rank_intervals` by several metrics, over the same draws. Raises what `rank_intervals` raises."""
    draws = _Draws.of(view, log, resamples, seed, inclusion)
    engines = {metric: {"engine": Engine.IGRAPH} if METRICS[metric].by_igraph else {} for metric in metrics}
    doubted = DoubtedView(view)
    rankings = [_Ranking(doubted, metric, engine) for metric, engine in engines.items()]
    return dict(zip(engines, draws.intervals(rankings), strict=True))


def resampled_ranks(
    view: NetworkView,
    metric: str,
    log: StatementLog,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
    inclusion: Mapping[Confidence, float] = DEFAULT_INCLUSION,
    **parameters: Any,
) -> Iterator[Ranks]:
    """The ranks of every draw. Each origin draws one number by seed, number of the draw and its name, and counts with
    its statements of every confidence whose probability is above: more draws, or other data, change no number."""
    draws = _Draws.of(view, log, resamples, seed, inclusion)
    return (ranks for [ranks] in draws.ranks([_Ranking(DoubtedView(view), metric, parameters)]))


@dataclass(frozen=True)
class _Draws:
    """What links become in every draw."""

    changes: Sequence[Change]
    seed: int
    inclusion: Mapping[Confidence, float]

    @staticmethod
    def of(
        view: NetworkView, log: StatementLog, resamples: int, seed: int, inclusion: Mapping[Confidence, float]
    ) -> _Draws:
        """Raises BadQuery for a number of draws out of range."""
        if not 1 <= resamples <= MAX_RESAMPLES:
            raise BadQuery(f"{resamples} draws.", remedy=f"Give 1 to {MAX_RESAMPLES}.")
        evidence = CountingStatements(view, log)
        drawn = [evidence.resample(_numbers(evidence.origins, seed, number), inclusion) for number in range(resamples)]
        rows = evidence.project({state for draw in drawn for state in draw})
        return _Draws([{state.link: rows[state] for state in draw} for draw in drawn], seed, inclusion)

    def ranks(self, rankings: Sequence[_Ranking]) -> Iterator[Sequence[Ranks]]:
        """For each draw the ranks by each of these rankings of one view."""
        for number, change in enumerate(self.changes, start=1):
            view = rankings[0].doubted.view_with(change)
            yield [one.ranks_in(view) for one in rankings]
            report_progress("draws", number, len(self.changes))

    def intervals(self, rankings: Sequence[_Ranking]) -> list[RankIntervals]:
        drawn = zip(*self.ranks(rankings), strict=True)
        return [self._intervals(ranking, result) for ranking, result in zip(rankings, drawn, strict=True)]

    def _intervals(self, ranking: _Ranking, result: Sequence[Ranks]) -> RankIntervals:
        inclusion = self.inclusion
        intervals = {key: _interval([ranks[key] for ranks in result], rank) for key, rank in ranking.ranks.items()}
        chances = ", ".join(f"{inclusion[grade]:g} of {grade.lower()}" for grade in reversed(Confidence))
        notes = (
            f"An origin is kept with probability {chances} confidence; {len(result)} draws, seed {self.seed}; an "
            f"interval holds {COVERAGE:.0%} of them, and the rank itself.",
            "Organizations stay; their links, and what these state, follow from the statements kept.",
        )
        parameters = {
            "draws": len(result),
            "seed": self.seed,
            "coverage": COVERAGE,
            "kept": {str(grade): inclusion[grade] for grade in inclusion},
        }
        return RankIntervals(intervals, ranking.method(f"RANK_INTERVALS {ranking.metric}", parameters, notes))


def source_sensitivity(
    view: NetworkView, metric: str, log: StatementLog, *, first: int = 10, **parameters: Any
) -> SourceSensitivity:
    """Which single source moves the ranking most: the ranking without each, as a lens that excludes it shows it."""
    ranking, evidence = _Ranking(DoubtedView(view), metric, parameters), CountingStatements(view, log)
    without = {source: evidence.without([source]) for source in evidence.sources}
    rows = evidence.project({state for states in without.values() for state in states})
    effects: list[SourceEffect | None] = []
    for number, (source, states) in enumerate(without.items(), start=1):
        change = {state.link: rows[state] for state in states}
        effects.append(_effect(source_row(log.sources[source]), ranking, change))
        report_progress("sources", number, len(without))
    result = sorted(filter(None, effects), key=lambda one: (-one.ranks_moved, -one.moved, one.source.key))
    size = {"sources": len(without), "sources_that_move": len(result)}
    notes = ("Organizations stay; their links, and what these state, follow from the other sources.",)
    return SourceSensitivity(tuple(result[:first]), ranking.method(f"SOURCE_SENSITIVITY {metric}", {}, notes, size))


def _effect(source: Row, ranking: _Ranking, change: Change) -> SourceEffect | None:
    now = ranking.ranks_in(ranking.doubted.view_with(change))
    moves = {key: abs(now[key] - rank) for key, rank in ranking.ranks.items() if now[key] != rank}
    if not moves:
        return None
    largest = min(moves, key=lambda key: (-moves[key], key))
    return SourceEffect(source, len(moves), ranking.view.snapshot.organizations[largest], moves[largest])


def _interval(ranks: Sequence[int], own: int) -> Interval:
    ordered, beyond = sorted(ranks), (1 - COVERAGE) / 2 * len(ranks)
    # rounded before it is cut: 0.05 * 200 is 10, and not a little more
    outside = math.floor(round(beyond, 9))
    return Interval(min(own, ordered[outside]), max(own, ordered[len(ordered) - 1 - outside]))


def _numbers(origins: Iterable[str], seed: int, draw: int) -> Mapping[str, float]:
    """A number from 0 to below 1 for every origin."""
    return {origin: _number(f"{seed}/{draw}/{origin}") for origin in origins}


def _number(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48


# ---- the ranking


@dataclass(frozen=True)
class _Ranking:
    """A ranking of a view, and of the same view over other links; rankings of one view may share what is doubted."""

    doubted: DoubtedView
    metric: str
    parameters: Mapping[str, Any]

    @property
    def view(self) -> NetworkView:
        return self.doubted.view

    @cached_property
    def ranks(self) -> Ranks:
        return self._ranks(self.view)

    def _ranks(self, view: NetworkView) -> Ranks:
        return ranks_by_key(fitting(view, self.metric), self.metric, **self.parameters)

    def ranks_in(self, view: NetworkView | None) -> Ranks:
        """In a changed view; None for the view itself."""
        return self.ranks if view is None else self._ranks(view)

    def method(
        self, name: str, parameters_: Mapping[str, Any], notes: tuple[str, ...], size: Mapping[str, int] | None = None
    ) -> Method:
        base = centrality(fitting(self.view, self.metric), self.metric, **self.parameters).method
        return replace(
            base,
            name=name,
            parameters={**base.parameters, **parameters_},
            assumptions=(*notes, *base.assumptions),
            size={**base.size, **(size or {})},
        )
