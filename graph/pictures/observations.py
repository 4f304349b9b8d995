"""Observations as small charts: one for each thing that was measured, with ranges and bounds over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from graph.pictures.axis import FONT_SIZE, Axis, YearSpan, value_ticks
from graph.pictures.metrics import shorten, text_width
from graph.pictures.svg import circle, element, line, number, picture, text
from graph.vocabulary.values import Bound

_SIDE, _TOP, _BOTTOM, _ARROW = 6, 22, 20, 14


@dataclass(frozen=True, slots=True)
class ObservedFigure:
    """A figure about a moment, or about a period as long as `when`. A range has both ends; `words` is how it reads.
    `is_actual`: it comes from accounts; guidance, consensus and estimates are hollow."""

    when: YearSpan
    low: float
    high: float
    words: str
    bound: Bound = Bound.EXACT
    is_actual: bool = True
    is_period: bool = False


def small_multiple(figures: Sequence[ObservedFigure], title: str, width: int = 220, height: int = 128) -> Markup:
    """One chart of figures that measure the same thing in the same unit, from zero, so that heights compare."""
    times = [at for one in figures for at in (one.when.earliest, one.when.latest)]
    low, high = (min(times), max(times)) if times else (0.0, 1.0)
    pad = max((high - low) * 0.08, 0.08)
    bottom = min([0.0, *(one.low for one in figures)])
    x = Axis(low - pad, high + pad, _SIDE, width - _SIDE)
    newest = max(figures, key=lambda one: one.when.latest, default=None)
    top = _TOP + (_ARROW if newest and newest.bound is Bound.AT_LEAST else 0)
    y = Axis(bottom, max([0.0, *(one.high for one in figures)]), height - _BOTTOM, top)
    marks = (part for one in figures for part in _figure(x, y, one))
    words = _words(x, y, figures, newest, width) if newest else ()
    parts = [*_levels(x, y), *_years(low, high, x, height), *marks, *words]
    return picture(width, height, parts, title, "The same figures stand in the table beside it.")


def _levels(x: Axis, y: Axis) -> Iterator[Markup]:
    for level in value_ticks(y.high, 3):
        yield line(x.start, y(level), x.end, y(level), "grid" if level else "axis")


def _years(low: float, high: float, x: Axis, height: float) -> Iterator[Markup]:
    """The first and the last year, or the only one."""
    first, last = int(low), int(high)
    yield text(x.start, height - 5, str(first))
    if last != first:
        yield text(x.end, height - 5, str(last), "end")


def _figure(x: Axis, y: Axis, one: ObservedFigure) -> Iterator[Markup]:
    left, right = x(one.when.earliest), x(one.when.latest)
    middle, top, base = (left + right) / 2, y(one.high), y(one.low)
    if base - top > 1:
        yield line(middle, top, middle, base, "axis")
        yield from (line(middle - 4, at, middle + 4, at, "axis") for at in (top, base))
    centre = (top + base) / 2
    if one.is_period:
        faint = () if one.is_actual else ("faint",)
        yield line(left, centre, max(right, left + 3), centre, "s-firm", "thick", *faint)
    yield from _arrow(middle, centre, one.bound)
    yield circle(middle, centre, 3.5, *(("f-firm",) if one.is_actual else ("hollow", "s-firm")))


def _arrow(x: float, y: float, bound: Bound) -> Iterator[Markup]:
    """At least points up, at most points down."""
    sign = {Bound.AT_LEAST: -1, Bound.UP_TO: 1}.get(bound)
    if sign:
        tip = y + sign * _ARROW
        barb = number(tip - sign * 4)
        head = f"M{number(x - 3.5)} {barb}L{number(x)} {number(tip)}L{number(x + 3.5)} {barb}"
        yield line(x, y, x, tip, "axis")
        yield element("path", d=head, class_="open axis")


def _words(
    x: Axis, y: Axis, figures: Sequence[ObservedFigure], newest: ObservedFigure, width: float
) -> Iterator[Markup]:
    """The newest figure in words, within the chart, above its mark and others that stand there."""
    words = shorten(newest.words, width, FONT_SIZE, 600)
    half = text_width(words, FONT_SIZE, 600) / 2
    at = x((newest.when.earliest + newest.when.latest) / 2)
    near = [one for one in figures if abs(x((one.when.earliest + one.when.latest) / 2) - at) < half + 4]
    above = min(y(one.high) - 8 - (_ARROW if one.bound is Bound.AT_LEAST else 0) for one in near)
    yield text(min(max(at, half), width - half), above, words, "k", "halo", "middle")
