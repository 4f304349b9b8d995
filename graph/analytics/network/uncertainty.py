"""How sure a ranking is: rank intervals by drawing what to believe, and what each single source moves.

Every draw is exact: a link that loses statements is projected again from those that are left, by the policy. Most links
lose nothing in a draw or fall into a state that another draw had, so that few are projected: per link and state once,
many links in one projection. Organizations stay as they are, whichever sources support them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from graph.analytics.core.exclusions import UNMEASURED, Excluded
from graph.analytics.core.method import Engine, Method
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import METRICS, centrality, fitting
from graph.concurrency.progress import report_progress
from graph.errors import BadQuery
from graph.evidence.log import StatementLog
from graph.evidence.policy import exclusion_reason, is_known
from graph.evidence.projection import select_values
from graph.evidence.rows import source_row
from graph.evidence.statements import Entered, Statement
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import LINKS, Row

DEFAULT_INCLUSION: Mapping[Confidence, float] = {Confidence.HIGH: 0.95, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.5}
"""The probability with which an origin is believed in its statements of a confidence."""
DEFAULT_RESAMPLES = 200
MAX_RESAMPLES = 2_000
DEFAULT_SEED = 0
COVERAGE = 0.9
"""The part of the draws that an interval holds."""

Ranks = Mapping[str, int]
"""Rank by organization."""
Change = Mapping[str, Row | None]
"""Links that differ from those of the view, by key; None where a link is gone."""
Part = Included | Excluded | None
"""A link in a view: included or excluded; None where it is out of scope."""


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
    return draws.intervals(_Ranking(view, metric, parameters))


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
    parts: dict[int, tuple[Row, Part]] = {}
    return {metric: draws.intervals(_Ranking(view, metric, engine, parts)) for metric, engine in engines.items()}


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
    return _Draws.of(view, log, resamples, seed, inclusion).ranks(_Ranking(view, metric, parameters))


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
        evidence = _CountingStatements(view, log)
        drawn = [evidence.resample(_numbers(evidence.origins, seed, number), inclusion) for number in range(resamples)]
        rows = evidence.project({state for draw in drawn for state in draw})
        return _Draws([{state.link: rows[state] for state in draw} for draw in drawn], seed, inclusion)

    def ranks(self, ranking: _Ranking) -> Iterator[Ranks]:
        for number, change in enumerate(self.changes, start=1):
            yield ranking.ranks_with(change)
            report_progress("draws", number, len(self.changes))

    def intervals(self, ranking: _Ranking) -> RankIntervals:
        result, inclusion = list(self.ranks(ranking)), self.inclusion
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
    ranking, evidence = _Ranking(view, metric, parameters), _CountingStatements(view, log)
    without = {source: evidence.without(source) for source in evidence.sources}
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
    now = ranking.ranks_with(change)
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


# ---- what is left of the evidence


@dataclass(frozen=True, slots=True)
class _LinkState:
    """A link of which only some statements are left, by id."""

    link: str
    left: frozenset[str]


@dataclass(frozen=True)
class _CountingStatements:
    """The counting statements about the links that the view may hold."""

    view: NetworkView
    log: StatementLog

    @cached_property
    def by_link(self) -> Mapping[str, tuple[Statement, ...]]:
        types = self.view.scope.types or LINKS.keys()
        subjects = (key for key, kind in self.log.kinds.items() if kind in LINKS and kind in types)
        return {key: tuple(filter(self._counts, self.log.by_subject[key])) for key in subjects}

    def _counts(self, statement: Statement) -> bool:
        lens = self.view.snapshot.lens
        source = self.log.sources[statement.source]
        return is_known(statement, lens) and exclusion_reason(statement, source, lens) is None

    @cached_property
    def sources(self) -> list[str]:
        """Those of facts: nobody doubts what a scenario of the lens supposes."""
        counting = (one for statements in self.by_link.values() for one in statements)
        return sorted({one.source for one in counting if one.entered is not Entered.SCENARIO})

    @cached_property
    def origins(self) -> list[str]:
        return sorted({self.log.sources[source].origin for source in self.sources})

    @cached_property
    def _links_of(self) -> Mapping[str, list[str]]:
        result: dict[str, list[str]] = {}
        for key, statements in self.by_link.items():
            for source in {one.source for one in statements}:
                result.setdefault(source, []).append(key)
        return result

    def resample(self, numbers: Mapping[str, float], inclusion: Mapping[Confidence, float]) -> list[_LinkState]:
        """The links that lose statements in a draw."""
        doubted = {
            (source, grade)
            for source in self.sources
            for grade, chance in inclusion.items()
            if numbers[self.log.sources[source].origin] >= chance
        }
        return [self._state(key, doubted) for key, notes in self._grades_of.items() if not notes.isdisjoint(doubted)]

    def without(self, source: str) -> list[_LinkState]:
        everything = {(source, grade) for grade in Confidence}
        return [self._state(key, everything) for key in self._links_of[source]]

    @cached_property
    def _grades_of(self) -> Mapping[str, set[tuple[str, Confidence]]]:
        return {key: {(one.source, one.confidence) for one in notes} for key, notes in self.by_link.items()}

    def _state(self, key: str, doubted: Set[tuple[str, Confidence]]) -> _LinkState:
        left = (one.id for one in self.by_link[key] if (one.source, one.confidence) not in doubted)
        return _LinkState(key, frozenset(left))

    def project(self, states: Iterable[_LinkState]) -> Mapping[_LinkState, Row | None]:
        """The link as each state shows it; None where it is not listed. Each projection holds every link at most
        once."""
        by_link: dict[str, list[_LinkState]] = {}
        for state in states:
            by_link.setdefault(state.link, []).append(state)
        result: dict[_LinkState, Row | None] = {}
        batches = list(zip_longest(*by_link.values()))
        for number, together in enumerate(batches, start=1):
            batch = [state for state in together if state is not None]
            rows = self._projected(batch)
            result |= {state: rows.get(state.link) for state in batch}
            report_progress("projections", number, len(batches))
        return result

    def _projected(self, states: Iterable[_LinkState]) -> Mapping[str, Row]:
        left = [self.log.by_id[name] for state in states for name in state.left]
        statements, lens = [*left, *self._placeholders], self.view.snapshot.lens
        cited = {one.source for one in statements} | lens.exclude_sources
        return select_values(StatementLog.of(statements, (self.log.sources[key] for key in cited)), lens)["Link"]

    @cached_property
    def _placeholders(self) -> list[Statement]:
        """Statements that mark parties as placeholders: the ends of links give way to named parties."""
        return [one for one in self.log.statements if one.property == "placeholder"]


# ---- the ranking


@dataclass(frozen=True)
class _Ranking:
    """A ranking of the view, and of the same view over other links. `parts`: what rows become in the view, by identity;
    rankings of one view may share them."""

    view: NetworkView
    metric: str
    parameters: Mapping[str, Any]
    parts: dict[int, tuple[Row, Part]] = field(default_factory=dict)

    @cached_property
    def ranks(self) -> Ranks:
        return self._ranks(self.view)

    def _ranks(self, view: NetworkView) -> Ranks:
        ranked = centrality(fitting(view, self.metric), self.metric, **self.parameters).rows
        return {row.organization.key: row.rank for row in ranked}

    def ranks_with(self, change: Change) -> Ranks:
        parts = {key: self._part(key, row) for key, row in change.items()}
        if all(_ranking_inputs(part) == _ranking_inputs(self._own.get(key)) for key, part in parts.items()):
            return self.ranks
        links = {**self._own, **parts}
        included = [one for _, one in sorted(links.items(), key=itemgetter(0)) if isinstance(one, Included)]
        excluded = (one for one in links.values() if isinstance(one, Excluded))
        selection = Selection.of(included, excluded, self.view.flow, self.view.nodes)
        return self._ranks(self.view.made_of(selection, directed=self.view.directed))

    @cached_property
    def _own(self) -> Mapping[str, Part]:
        return {**self.view.included, **{one.link.key: one for one in self.view.excluded}}

    def _part(self, key: str, row: Row | None) -> Part:
        """What becomes of a link in the view; the same rows come back in many draws."""
        if row is None:
            return None
        if id(row) not in self.parts:
            alone = self.view.snapshot.part({key: row})
            result = select(alone, self.view.scope, self.view.flow, self.view.weighs)
            parts: list[Part] = [*result.included.values(), *result.excluded]
            self.parts[id(row)] = (row, parts[0] if parts else None)
        return self.parts[id(row)][1]

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


def _ranking_inputs(part: Part) -> object:
    """All of a link that a ranking reads; None where it does not count."""
    if isinstance(part, Included):
        return part.tail, part.head, part.amount.value, part.link["uses"], part.link["covers"]
    if isinstance(part, Excluded) and part.reason in UNMEASURED:
        return part.link.columns["from"], part.link.columns["to"]
    return None
