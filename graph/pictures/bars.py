"""Bars: one bar in parts, bars with intervals, and columns by period."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from graph.evidence.firmness import Firmness
from graph.pictures.axis import FONT_SIZE, Axis, value_ticks
from graph.pictures.metrics import shorten, text_width
from graph.pictures.svg import AddressedText, circle, line, picture, rectangle, text

# ---- one bar in parts

_SHADES = ("one", "two", "three")


@dataclass(frozen=True, slots=True)
class BarPart:
    """`address` is that of the count, where it has one."""

    label: str
    count: int
    address: str = ""


def depth_bar(parts: Sequence[BarPart], title: str, width: int = 304, height: int = 18) -> Markup:
    """One bar in at most three parts, the last the darkest; each shows its count where it has room."""
    total = sum(part.count for part in parts) or 1
    drawn: list[Markup] = []
    left = 0.0
    for part, shade in zip(parts, _SHADES, strict=False):
        right = left + part.count / total * width
        drawn += _part(part, shade, left, right, height)
        left = right
    described = ", ".join(f"{part.label}: {part.count:,}" for part in parts)
    return picture(width, height, drawn, title, f"{described}.")


def _part(part: BarPart, shade: str, left: float, right: float, height: float) -> Iterator[Markup]:
    if part.count:
        yield rectangle(left, 0, max(right - left - 1, 0.5), height, "ink2", shade)
        if text_width(f"{part.count:,}", FONT_SIZE) + 8 <= right - left:
            classes = ("on", "middle") if shade == "three" else ("k", "middle")
            yield text((left + right) / 2, height / 2 + 4, AddressedText((f"{part.count:,}", part.address)), *classes)


# ---- bars with intervals

_BAR_ROW = 38


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A value with the words for it, and where it lies if that is known; None draws no bar, for what nobody states.
    `light`: so light that an interval shows within the bar."""

    label: str
    value: float | None
    words: str
    low: float | None = None
    high: float | None = None
    firmness: Firmness = Firmness.FIRM
    light: bool = False


def interval_bars(bars: Sequence[IntervalBar], title: str, width: int = 304) -> Markup:
    """Horizontal bars from zero. What is not firm is hollow; an interval is a line with ends over the bar's."""
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if end is not None]
    words = max((text_width(bar.words, FONT_SIZE) for bar in bars), default=0)
    axis = Axis(0, max([*ends, 0]) or 1, 0, width - words - 8)
    rows = (part for place, bar in enumerate(bars) for part in _interval(axis, bar, place * _BAR_ROW, width))
    return picture(width, _BAR_ROW * len(bars) + 2, rows, title, "The same figures stand in the table beside it.")


def _interval(axis: Axis, bar: IntervalBar, top: float, width: float) -> Iterator[Markup]:
    yield text(0, top + 12, shorten(bar.label, width, FONT_SIZE, 600), "k")
    y, tone = top + 18, bar.firmness.lower()
    end = axis(bar.value) if bar.value is not None else 0
    if bar.value is not None:
        is_firm = bar.firmness is Firmness.FIRM
        shape = (f"f-{tone}", *(("one",) if bar.light else ())) if is_firm else ("hollow", f"s-{tone}")
        yield rectangle(0.8, y, max(end - 0.8, 1), 12, *shape)
    if bar.low is not None and bar.high is not None:
        end = max(end, axis(bar.high))
        yield from _whisker(axis(bar.low), axis(bar.high), y + 6)
    yield text(end + 6, y + 10, bar.words)


def _whisker(left: float, right: float, y: float) -> Iterator[Markup]:
    yield line(left, y, right, y, "axis")
    for x in (left, right):
        yield line(x, y - 4, x, y + 4, "axis")
    yield circle(right, y, 0.5, "ink")


# ---- columns by period

_LEFT, _TOP, _BOTTOM = 44, 18, 36


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """What falls into a period: the full part and, on it, the hollow one. `name` stands below, `group` in bold where
    it changes."""

    name: str
    group: str
    full: float = 0.0
    hollow: float = 0.0
    address: str = ""
    """Of the total, where it has one."""

    @property
    def total(self) -> float:
        return self.full + self.hollow


def columns(periods: Sequence[PeriodColumn], title: str, width: int = 880, height: int = 200) -> Markup:
    """Columns of periods that follow each other; what happened is full, what is planned hollow."""
    peak = max((one.total for one in periods), default=0)
    axis = Axis(0, peak or 1, height - _BOTTOM, _TOP)
    step = (width - _LEFT) / max(len(periods), 1)
    middles = [_LEFT + (place + 0.5) * step for place in range(len(periods))]
    drawn = (part for one, x in zip(periods, middles, strict=True) for part in _column(axis, one, x, step))
    parts = [*_levels(axis, peak, width), *drawn, *_totals(axis, periods, middles), *_names(periods, middles, height)]
    return picture(width, height, parts, title, "The same figures stand in the table beside it.")


def _levels(axis: Axis, peak: float, width: float) -> Iterator[Markup]:
    for level in value_ticks(peak):
        yield line(_LEFT, axis(level), width, axis(level), "grid" if level else "axis")
        yield text(_LEFT - 6, axis(level) + 4, _rounded(level), "end", "level")


def _rounded(value: float) -> str:
    """Three figures: 1,027, 7.5, 0.25."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _column(axis: Axis, one: PeriodColumn, x: float, step: float) -> Iterator[Markup]:
    width = min(step * 0.68, 64)
    if one.full:
        yield rectangle(x - width / 2, axis(one.full), width, axis(0) - axis(one.full), "f-firm")
    if one.hollow:
        top = axis(one.total)
        yield rectangle(x - width / 2 + 0.8, top, width - 1.6, axis(one.full) - top, "hollow", "s-firm")


def _totals(axis: Axis, periods: Sequence[PeriodColumn], middles: Sequence[float]) -> Iterator[Markup]:
    """The total above each column, from left to right, but where it would touch the one before."""
    end, height = -math.inf, 0.0
    for one, x in zip(periods, middles, strict=True):
        label, top = _rounded(one.total), axis(one.total) - 4
        half = text_width(label, FONT_SIZE) / 2
        if one.total and (x - half > end + 3 or abs(top - height) > FONT_SIZE + 2):
            yield text(x, top, AddressedText((label, one.address)), "middle", "halo")
            end, height = x + half, top


def _names(periods: Sequence[PeriodColumn], middles: Sequence[float], height: float) -> Iterator[Markup]:
    """Every name, or as many as have room; the group where it changes."""
    widest = max((text_width(one.name, FONT_SIZE) for one in periods), default=0)
    every = math.ceil((widest + 4) / (middles[1] - middles[0])) if len(middles) > 1 else 1
    for place, (one, x) in enumerate(zip(periods, middles, strict=True)):
        if place % every == 0:
            yield text(x, height - 20, one.name, "middle")
        if one.group and (place == 0 or periods[place - 1].group != one.group):
            yield text(x, height - 5, one.group, "k", "middle")
