"""Stacks: columns in several parts by year, shares of a whole, and sums step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from graph.pictures.axis import FONT_SIZE, Axis, value_ticks
from graph.pictures.metrics import shorten, text_width
from graph.pictures.svg import circle, line, picture, rectangle, text

SHADES = ("three", "two", "one", "open")
"""Of the parts of a stack, from the ground up: as far apart in grey as in colour; the last is hollow."""
_TABLE = "The same figures stand in the table beside it."
_LEFT, _TOP, _BOTTOM, _KEY = 56, 34, 30, 22

Words = Callable[[float], str]
"""How a value reads."""


def _shade(place: int) -> tuple[str, ...]:
    shade = SHADES[min(place, len(SHADES) - 1)]
    return ("hollow", "s-firm") if shade == "open" else ("f-firm", shade) if shade != "three" else ("f-firm",)


# ---- columns by year


@dataclass(frozen=True, slots=True)
class StackedColumn:
    """The parts of a year, by the name of the part."""

    name: str
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def stacked_columns(
    columns: Sequence[StackedColumn],
    names: Sequence[str],
    title: str,
    words: Words,
    width: int = 880,
    height: int = 280,
) -> Markup:
    """Columns of the parts with these names (four shades; what follows the third is hollow), the first at the ground,
    with a key above."""
    peak = max((one.total for one in columns), default=0)
    axis = Axis(0, peak or 1, height - _BOTTOM, _TOP + _KEY)
    step = (width - _LEFT) / max(len(columns), 1)
    drawn = [*_key(names), *_levels(axis, peak, width, words)]
    for place, one in enumerate(columns):
        drawn += _column(axis, one, names, _LEFT + (place + 0.5) * step, min(step * 0.68, 70))
        drawn.append(text(_LEFT + (place + 0.5) * step, height - 10, one.name, "middle"))
        if one.total:
            drawn.append(
                text(_LEFT + (place + 0.5) * step, axis(one.total) - 5, words(one.total), "k", "middle", "halo")
            )
    largest = max(columns, key=lambda one: one.total, default=None)
    said = f"The largest is {largest.name} with {words(largest.total)}. " if largest else ""
    return picture(width, height, drawn, title, f"{said}{_TABLE}")


def _key(names: Sequence[str]) -> Iterator[Markup]:
    x = 0.0
    for place, name in enumerate(names):
        yield rectangle(x + 0.8, 4, 12, 12, *_shade(place))
        yield text(x + 18, 14, name)
        x += 18 + text_width(name, FONT_SIZE) + 18


def _levels(axis: Axis, peak: float, width: float, words: Words) -> Iterator[Markup]:
    for level in value_ticks(peak):
        yield line(_LEFT, axis(level), width, axis(level), "grid" if level else "axis")
        yield text(_LEFT - 6, axis(level) + 4, words(level), "end", "level")


def _column(axis: Axis, one: StackedColumn, names: Sequence[str], x: float, width: float) -> Iterator[Markup]:
    below = 0.0
    for place, name in enumerate(names):
        part = one.parts.get(name, 0.0)
        if part:
            top, ground = axis(below + part), axis(below)
            yield rectangle(x - width / 2 + 0.8, top + 0.5, width - 1.6, ground - top - 1, *_shade(place))
            below += part


# ---- shares

_ROW, _LABEL, _SHARE = 24, 210, 120


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A share from 0 to 1, and where it may lie; `hollow`: of a party that is not named."""

    label: str
    share: float
    words: str
    low: float | None = None
    high: float | None = None
    hollow: bool = False


def share_bars(bars: Sequence[ShareBar], title: str, width: int = 880) -> Markup:
    """Shares of one whole, from left to right; the axis ends at the largest."""
    most = max([0.05, *(one.high or one.share for one in bars)])
    axis = Axis(0, most, _LABEL + 14, width - _SHARE)
    height = _ROW * len(bars) + 24
    drawn: list[Markup] = []
    for level in value_ticks(most * 100):
        drawn.append(line(axis(level / 100), 0, axis(level / 100), height - 20, "grid" if level else "axis"))
        drawn.append(text(axis(level / 100), height - 5, f"{level:g} %", "middle", "level"))
    for place, one in enumerate(bars):
        drawn += _share(axis, one, place * _ROW, width)
    first = f"{bars[0].label}: {bars[0].words}. " if bars else ""
    return picture(width, height, drawn, title, f"{first}{_TABLE}")


def _share(axis: Axis, one: ShareBar, top: float, width: float) -> Iterator[Markup]:
    yield text(0, top + 15, shorten(one.label, _LABEL, FONT_SIZE, 600), "k")
    end = axis(one.share)
    shape = ("hollow", "s-firm") if one.hollow else ("f-firm",)
    yield rectangle(axis(0), top + 5, max(end - axis(0), 1), 12, *shape)
    if one.low is not None and one.high is not None:
        left, right = axis(one.low), axis(one.high)
        yield line(left, top + 11, right, top + 11, "axis")
        yield from (line(at, top + 7, at, top + 15, "axis") for at in (left, right))
        yield circle(right, top + 11, 0.5, "ink")
        end = max(end, right)
    yield text(end + 7, top + 15, one.words)


# ---- a waterfall


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """What a step adds to the sum, or takes from it. `is_total`: the sum so far, drawn from the ground."""

    label: str
    amount: float
    words: str
    is_total: bool = False


def waterfall(steps: Sequence[WaterfallStep], title: str, width: int = 880) -> Markup:
    """Rows from top to bottom, each beginning where the one before ends: a loss as it spreads."""
    ends = [*_ends(steps)]
    most = max((max(start, end) for start, end in ends), default=0) or 1
    axis = Axis(0, most, _LABEL + 14, width - _SHARE)
    height = _ROW * len(steps) + 6
    drawn: list[Markup] = [line(axis(0), 0, axis(0), height, "axis")]
    for place, (step, (start, end)) in enumerate(zip(steps, ends, strict=True)):
        drawn += _step(axis, step, start, end, place * _ROW)
    said = ", ".join(f"{one.label} {one.words}" for one in steps if one.is_total)
    return picture(width, height, drawn, title, f"{said}. {_TABLE}" if said else _TABLE)


def _ends(steps: Sequence[WaterfallStep]) -> Iterator[tuple[float, float]]:
    sum_ = 0.0
    for one in steps:
        start = 0.0 if one.is_total else sum_
        sum_ = one.amount if one.is_total else sum_ + one.amount
        yield start, sum_


def _step(axis: Axis, step: WaterfallStep, start: float, end: float, top: float) -> Iterator[Markup]:
    left, right = sorted((axis(start), axis(end)))
    shape = ("f-firm",) if step.is_total else ("f-firm", "two") if step.amount >= 0 else ("hollow", "s-firm")
    yield text(0, top + 16, shorten(step.label, _LABEL, FONT_SIZE, 600), "k")
    yield rectangle(left, top + 5, max(right - left, 1), 14, *shape)
    yield line(axis(end), top + 19, axis(end), top + 29, "axis")
    yield text(right + 7, top + 16, step.words)
