"""Ranks on earlier days: what a ranking would have said then, of the world of that day as known on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import centrality
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import day_of
from graph.evidence.projection import select_values
from graph.vocabulary.model import ENTITIES, LINKS

QUARTERS = 5
"""Ends of quarters before the day of the lens."""


@dataclass(frozen=True, slots=True)
class DayRanks:
    """Ranks by degree on a day, of the organizations that had a link that counts; `degrees` and `links` by key."""

    day: date
    ranks: Mapping[str, int]
    degrees: Mapping[str, float]
    links: Mapping[str, tuple[str, ...]]


def ranks_by_day(view: NetworkView, log: StatementLog) -> tuple[DayRanks, ...]:
    """The ends of the last quarters, then the day of the lens itself. `log`: the statements that are known under it."""
    lens = view.snapshot.lens
    subjects = _subjects(log)
    earlier = (
        _snapshot_on(day, log, subjects, view.snapshot) for day in reversed([*_quarter_ends(day_of(lens.known_on))])
    )
    days = (_ranks(build_view(snapshot), day_of(snapshot.lens.known_on)) for snapshot in earlier if snapshot.links)
    return (*days, _ranks(view, day_of(lens.known_on)))


def _quarter_ends(day: date) -> Iterator[date]:
    """The last days of the quarters before a day, the newest first."""
    for _ in range(QUARTERS):
        day = date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
        yield day


def _snapshot_on(day: date, log: StatementLog, subjects: frozenset[str], now: Snapshot) -> Snapshot:
    lens: Lens = replace(now.lens, valid_on=day, known_on=day)
    rows = select_values(log, lens, subjects)
    entities = {key: row for label in ENTITIES for key, row in rows[label].items()}
    return Snapshot(rows["Link"], entities, lens, now.data_version, None)


def _subjects(log: StatementLog) -> frozenset[str]:
    """The subjects that a ranking reads: links and organizations."""
    return frozenset(key for key, kind in log.kinds.items() if kind in LINKS or kind == "Organization")


def _ranks(view: NetworkView, day: date) -> DayRanks:
    ranked = [row for row in centrality(view, "DEGREE").rows if view.links_at(row.organization.key)]
    return DayRanks(
        day,
        {row.organization.key: row.rank for row in ranked},
        {row.organization.key: row.score or 0.0 for row in ranked},
        {row.organization.key: view.links_at(row.organization.key) for row in ranked},
    )
