"""Rankings: many organizations with the intervals of their ranks, and ranks on several days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from markupsafe import Markup

from graph.pictures.axis import FONT_SIZE, Axis, rank_ticks, year_of
from graph.pictures.metrics import shorten, text_width
from graph.pictures.rank_bands import RankBand
from graph.pictures.svg import circle, element, line, number, picture, text

_TABLE = "The same figures stand in the table beside it."

# ---- ranks with intervals

_TOP, _ROW, _LABEL, _WORDS = 34, 22, 190, 90


@dataclass(frozen=True, slots=True)
class RankedBar:
    """A rank with its interval; `words` say the score that it comes from."""

    band: RankBand
    words: str = ""


def ranking(bars: Sequence[RankedBar], among: int, title: str, words: str = "", width: int = 880) -> Markup:
    """A row for each, the first on top: the dot is the rank, the band where it may lie. `words` head the scores."""
    last = max([among if among < 30 else 0, 5, *(one.band.high or one.band.rank for one in bars)])
    axis = Axis(1, last, _LABEL + 14, width - _WORDS - 22, logarithmic=True)
    height = _TOP + _ROW * len(bars) + 6
    grid = (part for rank in rank_ticks(axis) for part in _tick(axis(rank), str(rank), height))
    heads = [text(0, 12, "Rank", "k"), text(width, 12, words, "end")]
    rows = (part for place, bar in enumerate(bars) for part in _bar(axis, bar, place, width))
    return picture(width, height, [*heads, *grid, *rows], title, f"{_described(bars)} {_TABLE}")


def _tick(x: float, label: str, height: float) -> Iterator[Markup]:
    yield line(x, _TOP - 6, x, height, "grid")
    yield text(x, _TOP - 11, label, "middle", "level")


def _bar(axis: Axis, bar: RankedBar, place: int, width: float) -> Iterator[Markup]:
    y, band = _TOP + place * _ROW + _ROW / 2, bar.band
    yield text(0, y + 4, shorten(band.label, _LABEL, FONT_SIZE, 600), "k")
    if band.low is not None and band.high is not None:
        left, right = axis(band.low), axis(band.high)
        yield line(left, y, max(right, left + 2), y, "s-firm", "band")
    yield circle(axis(band.rank), y, 4, "f-firm")
    yield text(width, y + 4, bar.words, "end")


def _described(bars: Sequence[RankedBar]) -> str:
    first = (f"{one.band.label} {one.band.rank} ({one.band.low} to {one.band.high})" for one in bars[:3])
    return f"{', '.join(first)}." if bars else "Nobody is ranked."


class _HasLabel(Protocol):
    @property
    def label(self) -> str: ...


Labelled = TypeVar("Labelled", bound=_HasLabel)

# ---- ranks on several days

_HEAD, _FOOT, _SIDE = 16, 30, 46


@dataclass(frozen=True, slots=True)
class RankCourse:
    """The ranks of one organization by day; a day on which it had none is left out."""

    label: str
    ranks: Mapping[date, int]


def ranks_over_time(lines: Sequence[RankCourse], days: Sequence[date], title: str, width: int = 880) -> Markup:
    """A line for each, the first rank on top; each is named at its end, so that it needs no colour."""
    worst = max((rank for one in lines for rank in one.ranks.values()), default=1)
    names = max((text_width(one.label, FONT_SIZE, 600) for one in lines), default=0)
    x = Axis(year_of(days[0]), max(year_of(days[-1]), year_of(days[0]) + 0.1), _SIDE, width - min(names, 190) - 40)
    height = max(260, 20 * len(lines) + _HEAD + _FOOT)
    y = Axis(1, max(worst, 2), _HEAD, height - _FOOT, logarithmic=True)
    ends = _spread([(one, y(one.ranks[days[-1]])) for one in lines if days[-1] in one.ranks], height - _FOOT)
    drawn = [*_grid(x, y, days, height), *(part for one in lines for part in _rank_line(x, y, one, days))]
    drawn += [part for one, at in ends for part in _end_label(one, at, days[-1], x, width)]
    return picture(width, height, drawn, title, f"From {days[0]} to {days[-1]}. {_TABLE}")


def _grid(x: Axis, y: Axis, days: Sequence[date], height: float) -> Iterator[Markup]:
    for rank in rank_ticks(Axis(1, y.high, 0, 10_000)):
        yield line(x.start - 8, y(rank), x.end, y(rank), "grid")
        yield text(x.start - 14, y(rank) + 4, str(rank), "end", "level")
    before = -1e9
    for day in days:
        at, words = x(year_of(day)), f"{day.day} {day:%b %Y}"
        yield line(at, y.start, at, y.end, "grid", "faint")
        if at - before > text_width(words, FONT_SIZE) + 8:
            yield text(at, height - 10, words, "middle")
            before = at


def _rank_line(x: Axis, y: Axis, one: RankCourse, days: Sequence[date]) -> Iterator[Markup]:
    points = [(x(year_of(day)), y(one.ranks[day])) for day in days if day in one.ranks]
    path = "L".join(f"{number(left)} {number(top)}" for left, top in points)
    if len(points) > 1:
        yield element("path", d=f"M{path}", class_="line s-firm", stroke_width=1.6)
    yield from (circle(left, top, 3, "f-firm") for left, top in points)


def _spread(ends: Sequence[tuple[Labelled, float]], lowest: float) -> list[tuple[Labelled, float]]:
    """Where the names stand: beside their lines, none over another."""
    placed: list[tuple[Labelled, float]] = []
    for one, wanted in sorted(ends, key=lambda end: (end[1], end[0].label)):
        placed.append((one, max(wanted, placed[-1][1] + 15) if placed else wanted))
    room = lowest
    for place in range(len(placed) - 1, -1, -1):  # pushed up again from below
        placed[place] = (placed[place][0], min(placed[place][1], room))
        room = placed[place][1] - 15
    return placed


def _end_label(one: RankCourse, at: float, last: date, x: Axis, width: float) -> Iterator[Markup]:
    words = f"{one.ranks[last]} {one.label}"
    yield text(x.end + 10, at + 4, shorten(words, width - x.end - 12, FONT_SIZE, 600), "k", "rank")


# ---- before and after


@dataclass(frozen=True, slots=True)
class MoveLine:
    """The rank of one organization before and after."""

    label: str
    before: int
    after: int


def rank_slope(lines: Sequence[MoveLine], ends: tuple[str, str], title: str, width: int = 880) -> Markup:
    """A line from left to right for each, the first rank on top; who rose is drawn dark, who fell pale. Sides are in
    the order of ranks, one row for each name."""
    left, right, top, row = 250.0, width - 250.0, 38.0, 19.0
    before = _rows_of((one.before, one.label) for one in lines)
    after = _rows_of((one.after, one.label) for one in lines)
    drawn = [text(left - 12, 16, ends[0], "k", "end"), text(right + 12, 16, ends[1], "k")]
    for one in sorted(lines, key=lambda one: one.after):
        y, then = (top + row * rows[one.label] for rows in (before, after))
        tone = "s-firm" if one.after <= one.before else "s-lapsed"
        drawn += [
            line(left, y, right, then, "line", tone),
            circle(left, y, 3, "f-firm"),
            circle(right, then, 3, "f-firm"),
        ]
        drawn.append(
            text(left - 12, y + 4, shorten(f"{one.label} {one.before}", 236, FONT_SIZE, 600), "k", "rank", "end")
        )
        drawn.append(text(right + 12, then + 4, shorten(f"{one.after} {one.label}", 236, FONT_SIZE, 600), "k", "rank"))
    height = top + row * len(lines)
    return picture(width, height, drawn, title, f"Ranks on {ends[0]} and on {ends[1]}. {_TABLE}")


def _rows_of(ranked: Iterable[tuple[int, str]]) -> Mapping[str, int]:
    return {label: place for place, (_, label) in enumerate(sorted(ranked))}
