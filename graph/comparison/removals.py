"""What a load would take away, by kind: rows that the default lens shows before and not after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import project, reproject
from graph.vocabulary.model import Row

LARGE_SHARE = 0.1
"""Above this share of a kind somebody has to say that it is meant: rather a file is missing than a tenth is wrong."""


@dataclass(frozen=True, slots=True)
class Removal:
    """`removed` of the `shown` rows of a kind go."""

    kind: str
    removed: int
    shown: int

    @property
    def is_large(self) -> bool:
        return self.removed > LARGE_SHARE * self.shown

    def __str__(self) -> str:
        return f"{self.removed:,} of {self.shown:,} rows of {self.kind}"


def removals(stored: StatementLog, loaded: StatementLog, day: date) -> list[Removal]:
    """What goes when `loaded` takes the place of what seeds say in `stored`, `day` being today; by kind, the largest
    share first."""
    after = loaded.replacing_seeds_of(stored)
    difference = after.since(stored)
    if not difference.has_changes:
        return []
    shown = project(stored, DEFAULT_LENS.on(day))
    rows = reproject(shown, after, difference).rows
    kept = {key for of_label in rows.values() for key in of_label}
    gone, before = Counter[str](), Counter[str]()
    for of_label in shown.rows.values():
        before.update(_kinds(of_label.values()))
        gone.update(_kinds(row for key, row in of_label.items() if key not in kept))
    found = (Removal(kind, count, before[kind]) for kind, count in gone.items())
    return sorted(found, key=lambda one: (-one.removed / one.shown, one.kind))


def _kinds(rows: Iterable[Row]) -> Iterable[str]:
    return (row.kind.kind_name for row in rows)
