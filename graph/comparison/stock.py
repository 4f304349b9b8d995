"""How much a store holds, how much of it the default lens shows, and why that is less."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date

from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import Rows, project, select_values
from graph.vocabulary.enums import Nature


@dataclass(frozen=True, slots=True)
class Stock:
    """`records` are entities, links and observations, as the files have them. Of these `shown` are what the default
    lens shows, `estimates` what it would show with estimates, and `others` what is withdrawn or comes later."""

    records: int
    statements: int
    sources: int
    shown: int
    estimates: int

    @property
    def others(self) -> int:
        return self.records - self.shown - self.estimates


def take_stock(log: StatementLog, day: date, rows: Rows | None = None) -> Stock:
    """Counts a log under the default lens of `day`. `rows`: those of the lens, where they are known already."""
    lens = DEFAULT_LENS.on(day)
    shown = _within(log.by_subject, project(log, lens).rows if rows is None else rows)
    hidden = log.by_subject.keys() - shown
    rest = StatementLog(tuple(one for subject in hidden for one in log.by_subject[subject]), log.sources)
    estimates = _within(hidden, select_values(rest, replace(lens, natures=frozenset(Nature))))
    return Stock(len(log.by_subject), len(log.statements), len(log.sources), len(shown), len(estimates))


def _within(subjects: Container[str], rows: Rows) -> set[str]:
    """Those of the subjects that have a row."""
    about = (of_label for label, of_label in rows.items() if label not in ("Statement", "Source"))
    return {key for of_label in about for key in of_label if key in subjects}
