"""The place of one organization, site or chip in the chain: what comes in from the left, what goes out to the right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from graph.evidence.firmness import Firmness
from graph.pictures.axis import FONT_SIZE
from graph.pictures.metrics import shorten
from graph.pictures.svg import element, number, picture, rectangle, shortened, text

_ROW, _TOP, _GAP = 40, 8, 3


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Who stands at the other end, and what runs between, in words; megawatts of one basis make its width."""

    name: str
    words: str
    firmness: Firmness
    capacity_mw: float | None = None
    is_signed: bool = True


def chain(centre: str, incoming: Sequence[ChainEnd], outgoing: Sequence[ChainEnd], width: int = 880) -> Markup:
    """Lines by commitment and megawatts; no sums, since the two sides measure different things."""
    height = _TOP * 2 + _ROW * max(len(incoming), len(outgoing), 1)
    frame = _ChainFrame(width, height)
    parts = [*frame.side(incoming, "in"), *frame.side(outgoing, "out"), *frame.middle(centre, incoming, outgoing)]
    title = f"What {centre} takes, and what it gives"
    return picture(width, height, parts, title, "The same stands in the tables of the page.")


def _thickness(end: ChainEnd) -> float:
    return 1.5 if not end.capacity_mw else min(1.5 + 0.42 * math.sqrt(end.capacity_mw), 28)


def _stack(ends: Sequence[ChainEnd]) -> float:
    return sum(_thickness(end) + _GAP for end in ends)


class _ChainFrame:
    def __init__(self, width: int, height: float) -> None:
        is_narrow = width < 500
        self.width, self.height = width, height
        self.label = 112.0 if is_narrow else 220.0
        self.box = 62.0 if is_narrow else 132.0

    def side(self, ends: Sequence[ChainEnd], side: Literal["in", "out"]) -> Iterator[Markup]:
        inner = self.height / 2 - _stack(ends) / 2
        top = (self.height - len(ends) * _ROW) / 2
        for place, end in enumerate(ends):
            thick = _thickness(end)
            outer = top + (place + 0.5) * _ROW
            yield self._flow(end, outer, inner + thick / 2, side)
            yield from self._words(end, outer, side)
            inner += thick + _GAP

    def _flow(self, end: ChainEnd, outer: float, inner: float, side: Literal["in", "out"]) -> Markup:
        sign = -1 if side == "in" else 1
        there = self.width / 2 + sign * (self.width / 2 - self.label - 8)
        here = self.width / 2 + sign * self.box / 2
        bend = (there + here) / 2
        curve = " ".join(map(number, (bend, outer, bend, inner, here, inner)))
        dash = () if end.is_signed else ("dash",)
        return element(
            "path",
            d=f"M{number(there)} {number(outer)}C{curve}",
            class_=" ".join(("flow", f"s-{end.firmness.lower()}", *dash)),
            stroke_width=_thickness(end),
        )

    def _words(self, end: ChainEnd, y: float, side: Literal["in", "out"]) -> Iterator[Markup]:
        x, place = (self.label, ("end",)) if side == "in" else (self.width - self.label, ())
        yield text(x, y - 2, shorten(end.name, self.label, FONT_SIZE, 600), "k", *place)
        yield text(x, y + 12, shortened(end.words, self.label, FONT_SIZE), *place)

    def middle(self, centre: str, *sides: Sequence[ChainEnd]) -> Iterator[Markup]:
        high = min(max(40.0, *map(_stack, sides)) + 12, self.height - 2)
        yield rectangle((self.width - self.box) / 2, (self.height - high) / 2, self.box, high, "hollow", "axis")
        label = shorten(centre, self.box - 10, FONT_SIZE, 600)
        yield text(self.width / 2, self.height / 2 + 4, label, "k", "middle")
