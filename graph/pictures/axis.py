"""Where values and days stand on an axis, and which of them get a tick."""

from __future__ import annotations

import math
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from graph.pictures.metrics import text_width
from graph.vocabulary.values import PartialDate

FONT_SIZE = 12.0
"""Of the text of charts, as styles/chart.css has it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values from `low` to `high` onto pixels from `start` to `end`; by logarithm, where ratios matter."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log(one) if self.logarithmic else one for one in (self.low, self.high, value))
        return self.start + (at - low) / ((high - low) or 1) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class YearSpan:
    """A moment as precisely as it is known, in years: 2026-Q3 reaches from 2026.5 to 2026.75."""

    earliest: float
    latest: float


def year_of(day: date) -> float:
    """The beginning of the day as a year with its fraction."""
    return day.year + (day.timetuple().tm_yday - 1) / (366 if isleap(day.year) else 365)


def year_span(moment: PartialDate) -> YearSpan:
    return YearSpan(year_of(moment.earliest), year_of(moment.latest))


def later(moment: YearSpan, years: float) -> YearSpan:
    return YearSpan(moment.earliest + years, moment.latest + years)


def value_ticks(high: float, most: int = 4) -> list[float]:
    """Round values from zero to `high`, at most `most` steps of 1, 2 or 5 times a power of ten."""
    if high <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(high / most))
    step = next(size * power for size in (1, 2, 5, 10, 20) if high / (size * power) <= most)
    return [step * count for count in range(int(high / step + 1e-9) + 1)]


def year_ticks(axis: Axis, gap: float = 12.0) -> Iterator[tuple[int, bool]]:
    """Every year of the axis, and whether it is named: as often as names leave a gap."""
    first, last = math.ceil(axis.low), math.floor(axis.high)
    room = abs(axis(first + 1) - axis(first))
    needed = text_width("2026", FONT_SIZE) + gap
    every = next((size for size in (1, 2, 5, 10, 20) if size * room >= needed), 50)
    return ((year, (year - first) % every == 0) for year in range(first, last + 1))


def rank_ticks(axis: Axis) -> list[int]:
    """Ranks that get a tick: 1, 3, 10, 30 … and the last; none whose number would touch that of the last."""
    last = int(axis.high)
    inner = [size * 10**power for power in range(len(str(last))) for size in (1, 3) if size * 10**power < last]
    room = (text_width(str(last), FONT_SIZE) + text_width("100", FONT_SIZE)) / 2 + 6
    return [rank for rank in inner if axis(last) - axis(rank) >= room] + [last]
