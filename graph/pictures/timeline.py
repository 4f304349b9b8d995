"""Contracts and debts on one axis of years: when they were announced, when they run, when debt falls due."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from graph.evidence.firmness import Firmness
from graph.pictures.axis import FONT_SIZE, Axis, YearSpan, year_of, year_ticks
from graph.pictures.metrics import text_width
from graph.pictures.svg import circle, element, line, picture, rectangle, shortened, text

WIDE, NARROW = 880, 358
_LABEL_WIDTH = 196
_TOP = 44
_ROW, _ROW_UNDER_ITS_LABEL = 30, 42
_BAR, _STUB, _DASH = 14, 26, 4
_LEAST_WORDS = 40
"""Beside a label: with less room they would be an ellipsis."""
_MOST_YEARS = 30
"""What ends later is drawn open: a ground lease of 99 years would leave no room for the others."""


@dataclass(frozen=True, slots=True)
class TimeBar:
    """A contract, or a debt: drawn thin, from issue to maturity. `words` stand in the bar, or beside it. Where an end
    is known by its year alone, the bar's end is dashed over that year; without an end it is open. `running`: the share
    that runs, 0 to 1."""

    label: str
    firmness: Firmness
    start: YearSpan | None = None
    end: YearSpan | None = None
    announced: date | None = None
    running: float = 0.0
    is_debt: bool = False
    words: str = ""


def timeline(bars: Sequence[TimeBar], today: date, title: str, width: int = WIDE) -> Markup:
    """Full bars run, hollow ones are planned, of others a part runs; debts follow contracts, below a line. Narrow,
    labels stand above."""
    frame = _Frame(_years(bars, today), width)
    height = _TOP + frame.row * len(bars) + 8
    rows = (part for place, bar in enumerate(bars) for part in frame.draw(place, bar))
    words = (part for place, bar in enumerate(bars) for part in frame.words(place, bar))
    first_debt = next((place for place, bar in enumerate(bars) if bar.is_debt), 0)
    parts = [*frame.grid(height), *frame.divide(first_debt), *rows, *frame.mark_today(today, height), *words]
    return picture(width, height, parts, title, "Each row stands in a table of the page, too.")


def _years(bars: Sequence[TimeBar], today: date) -> tuple[float, float]:
    """Whole years that hold all bars, and today."""
    known = [year_of(today)]
    known += [year_of(bar.announced) for bar in bars if bar.announced]
    known += [at for bar in bars for span in (bar.start, bar.end) if span for at in (span.earliest, span.latest)]
    first = math.floor(min(known))
    return first, min(max(math.ceil(max(known)), first + 4), first + _MOST_YEARS)


class _Frame:
    def __init__(self, years: tuple[float, float], width: int) -> None:
        self.width = width
        self.is_narrow = width < 500
        self.row = _ROW_UNDER_ITS_LABEL if self.is_narrow else _ROW
        self.x = Axis(*years, 14 if self.is_narrow else _LABEL_WIDTH, width - 14)

    def at(self, year: float) -> float:
        return min(max(self.x(year), self.x.start), self.x.end)

    def grid(self, height: float) -> Iterator[Markup]:
        for year, named in year_ticks(self.x):
            yield line(self.x(year), 38, self.x(year), height - 6, "grid", *(() if named else ("faint",)))
            if named:
                yield text(self.x(year), _TOP - 12, str(year), "middle")

    def divide(self, place: int) -> Iterator[Markup]:
        if place:
            y = _TOP + place * self.row
            yield line(0, y, self.width, y, "axis")

    def mark_today(self, today: date, height: float) -> Iterator[Markup]:
        x, words = self.x(year_of(today)), f"today, {today.day} {today:%b %Y}"
        half = text_width(words, FONT_SIZE) / 2
        yield line(x, 20, x, height - 6, "today")
        yield text(min(max(x, half), self.width - half), 14, words, "today", "middle")

    def draw(self, place: int, bar: TimeBar) -> Iterator[Markup]:
        y, start, end = self._middle(place), self._start(bar), self._end(bar)
        if bar.announced:
            x = self.at(year_of(bar.announced))
            if bar.start and start > x:
                yield line(x, y, start, y, "line")
            yield circle(x, y, 3, "ink2")
        if bar.start:
            yield from self._debt(bar, start, end, y) if bar.is_debt else self._bar(bar, start, end, y)

    def words(self, place: int, bar: TimeBar) -> Iterator[Markup]:
        y = self._middle(place)
        room = self.width if self.is_narrow else _LABEL_WIDTH - 12
        label = shortened(bar.label, room, FONT_SIZE, 600)
        yield text(0, y - 15 if self.is_narrow else y + 4, label, "k", "halo")
        left = text_width(label, FONT_SIZE, 600) + 8
        if self.is_narrow and bar.words and self.width - left > _LEAST_WORDS:
            yield text(left, y - 15, shortened(bar.words, self.width - left, FONT_SIZE), "halo")
        elif not self.is_narrow and bar.words and (bar.start or bar.announced):
            yield from self._inscription(bar, self._start(bar), self._end(bar), y)

    def _middle(self, place: int) -> float:
        return _TOP + place * self.row + (self.row - 12 if self.is_narrow else self.row / 2)

    def _start(self, bar: TimeBar) -> float:
        if bar.start:
            return self.at(bar.start.earliest)
        return self.at(year_of(bar.announced)) if bar.announced else self.x.start

    def _end(self, bar: TimeBar) -> float:
        """Where the bar ends; for one without an end, where its open end is drawn."""
        if bar.start is None:
            return self._start(bar) + 5
        return min(self._start(bar) + _STUB, self.x.end) if bar.end is None else self.at(bar.end.latest)

    def _sure_part(self, bar: TimeBar, start: float, end: float) -> tuple[float, float]:
        """Without the dashed ends, which are left out where they are shorter than a dash."""
        first = self.at(bar.start.latest) if bar.start else start
        last = self.at(bar.end.earliest) if bar.end else end
        sure_start = min(first, end) if first - start >= _DASH else start
        return sure_start, max(last, sure_start) if end - last >= _DASH else end

    def _is_open(self, bar: TimeBar) -> bool:
        return bar.end is None or bar.end.earliest > self.x.high

    def _bar(self, bar: TimeBar, start: float, end: float, y: float) -> Iterator[Markup]:
        stroke, top = f"s-{bar.firmness.lower()}", y - _BAR / 2
        sure_start, sure_end = self._sure_part(bar, start, end)
        for left, right in ((start, sure_start), (sure_end, end)):
            if right > left:
                yield rectangle(left, top, right - left, _BAR, "open", "dash", stroke)
        if bar.running < 1 and not self._is_open(bar):
            yield rectangle(sure_start, top, sure_end - sure_start, _BAR, "hollow", stroke)
        if bar.running:
            high = _BAR * bar.running
            yield rectangle(sure_start, top + _BAR - high, sure_end - sure_start, high, f"f-{bar.firmness.lower()}")
        if self._is_open(bar):
            d = f"M{sure_end:.1f} {top:.1f}H{sure_start:.1f}V{top + _BAR:.1f}H{sure_end:.1f}"
            yield element("path", d=d, class_=f"open {stroke}")

    def _debt(self, bar: TimeBar, start: float, end: float, y: float) -> Iterator[Markup]:
        stroke = f"s-{bar.firmness.lower()}"
        _, sure_end = self._sure_part(bar, start, end)
        yield line(start, y, sure_end, y, stroke, "thick", *(("dash",) if bar.end is None else ()))
        if end > sure_end:
            yield line(sure_end, y, end, y, stroke, "thick", "dash")
        if not self._is_open(bar):
            yield line(end, y - 6, end, y + 6, stroke, "thick")

    def _inscription(self, bar: TimeBar, start: float, end: float, y: float) -> Iterator[Markup]:
        """In the bar, else to its right, else to its left; else they stand in the table alone."""
        needed = text_width(bar.words, FONT_SIZE)
        middle = (start + end) / 2
        if bar.is_debt and needed <= end - start:
            yield text(middle, y - 5, bar.words, "halo", "middle")
        elif not bar.is_debt and bar.running in (0, 1) and needed <= end - start - 10:
            yield text(middle, y + 4, bar.words, *(("on",) if bar.running else ()), "middle")
        elif needed <= self.width - end - 8:
            yield text(end + 7, y + 4, bar.words, "halo")
        elif needed <= start - self.x.start - 14:
            yield text(start - 9, y + 4, bar.words, "halo", "end")
