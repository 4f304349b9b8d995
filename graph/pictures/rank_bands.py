"""Ranks with their intervals, on a logarithmic axis: first stands left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from graph.pictures.axis import FONT_SIZE, Axis, rank_ticks
from graph.pictures.metrics import shorten
from graph.pictures.svg import circle, line, picture, text

_TOP, _ROW = 20, 34


@dataclass(frozen=True, slots=True)
class RankBand:
    """A rank, and the first and last that it may have if sources err or are missing; `low` and `high` None until that
    is worked out."""

    label: str
    rank: int
    low: int | None = None
    high: int | None = None


def rank_bands(bands: Sequence[RankBand], among: int, width: int = 304) -> Markup:
    """The ranks of one organization by several measures, among so many organizations."""
    axis = Axis(1, max(among, 2), 8, width - 16, logarithmic=True)
    height = _TOP + _ROW * len(bands) + 4
    grid = (part for rank in rank_ticks(axis) for part in _tick(axis(rank), str(rank), height))
    rows = (part for place, band in enumerate(bands) for part in _band(axis, band, _TOP + place * _ROW + 24, width))
    title = f"Ranks among {among} organizations, with their intervals"
    return picture(width, height, [*grid, *rows], title, "The same ranks stand in the table beside it.")


def _tick(x: float, label: str, height: float) -> Iterator[Markup]:
    yield line(x, _TOP - 4, x, height, "grid")
    yield text(x, _TOP - 9, label, "middle", "level")


def _band(axis: Axis, band: RankBand, y: float, width: float) -> Iterator[Markup]:
    yield text(0, y - 9, shorten(band.label, width, FONT_SIZE, 600), "k", "halo")
    if band.low is not None and band.high is not None:
        left, right = axis(band.low), axis(band.high)
        yield line(left, y, max(right, left + 2), y, "s-firm", "band")
    yield circle(axis(band.rank), y, 4, "f-firm")
