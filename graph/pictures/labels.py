"""Names beside dots, placed without overlap for each magnification.

Positions never move and names keep their size, so that what fits is a matter of magnification alone: it is decided
once, in widths of the font, and a browser needs no test of collisions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from graph.concurrency.lazy_import import lazy_import
from graph.pictures.layout import Box
from graph.pictures.metrics import Weight, text_width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.pictures.layout import Points
else:
    np = lazy_import("numpy")

LEVELS = (0.12, 0.2, 0.27, 0.35, 0.45, 0.6, 0.72, 1.0, 1.5, 2.4, 4.0, 8.0)
"""Magnifications for which names are placed; between two of them those of the smaller hold."""
DISTANCE = 4.0
"""Pixels between a dot and its name."""
_LARGE = 0.55
"""Below it, on a small screen, a name may cover a small dot, and only the heaviest are named."""
_FEW = 8
_LINE_HEIGHT = 1.12
_MAX_NAMED, _MAX_AVOIDED = 400, 2_000
"""Names at one magnification, and dots that they avoid, however many there are."""
_CELL = 6.0
"""Units of a cell in which points of lines are counted."""


_BEYOND = 1.5
"""How much farther than to the last of them a browser goes."""

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom of a box, in pixels."""


class LabelSide(StrEnum):
    """On which side of its dot a name stands; in the order of preference."""

    RIGHT = "right"
    LEFT = "left"
    BELOW = "below"
    ABOVE = "above"


_SIDES = tuple(LabelSide)


@dataclass(frozen=True)
class Label:
    """A name, its size in pixels, and the dot that it belongs to. The heavy ones choose first."""

    key: str
    text: str
    size: float
    font_weight: Weight
    x: float
    y: float
    radius: float
    weight: float

    @cached_property
    def width(self) -> float:
        return text_width(self.text, self.size, self.font_weight)


def growth(magnification: float) -> float:
    """How much larger a dot is drawn: by the root of the magnification, within bounds. A browser does the same."""
    return min(max(math.sqrt(magnification), 0.6), 1.6)


def label_box(label: Label, side: LabelSide, magnification: float) -> Edges:
    """Left, top, right and bottom of a name in pixels."""
    x, y = label.x * magnification, label.y * magnification
    width, height = label.width, label.size * _LINE_HEIGHT
    away = label.radius * growth(magnification) + DISTANCE
    return {
        LabelSide.RIGHT: (x + away, y - height / 2, x + away + width, y + height / 2),
        LabelSide.LEFT: (x - away - width, y - height / 2, x - away, y + height / 2),
        LabelSide.BELOW: (x - width / 2, y + away - 1, x + width / 2, y + away - 1 + height),
        LabelSide.ABOVE: (x - width / 2, y - away + 1 - height, x + width / 2, y - away + 1),
    }[side]


def place_labels(
    labels: Sequence[Label], lines: Iterable[Points], frame: Box, levels: Sequence[float] = LEVELS
) -> Mapping[str, Mapping[float, LabelSide]]:
    """For each key and magnification the side where its name stands, if there is room: clear of other names and dots
    until the next magnification, where it crosses the fewest lines, and where it stood at the magnification before."""
    ordered = sorted(labels, key=lambda one: (-one.weight, one.key))
    density = _Density.of(lines, frame)
    sides: dict[str, dict[float, LabelSide]] = {one.key: {} for one in labels}
    before: dict[str, LabelSide] = {}
    for level, following in zip(levels, [*levels[1:], levels[-1] * _BEYOND], strict=True):
        until = (level, math.sqrt(level * following), following)
        for key, side in _place_level(ordered, density, frame, until, before).items():
            sides[key][level] = before[key] = side
    return sides


def _place_level(
    ordered: Sequence[Label], density: _Density, frame: Box, levels: tuple[float, ...], before: Mapping[str, LabelSide]
) -> Mapping[str, LabelSide]:
    """`levels`: the magnification and others up to the next. Dots grow otherwise than distances, so that what is clear
    at one may not be at another."""
    level = levels[0]
    most = len(ordered) if level >= _LARGE else max(_FEW, round(len(ordered) * level**1.2))
    named = ordered[: min(most, _MAX_NAMED)]
    avoided = ordered[:_MAX_AVOIDED] if level >= _LARGE else ordered[: max(_FEW, min(len(ordered), _MAX_AVOIDED) // 6)]
    stages = [_Stage(one, avoided) for one in levels]
    placed: dict[str, LabelSide] = {}
    for number, label in enumerate(named):
        best: tuple[float, LabelSide] | None = None
        for side in _SIDES:
            box = label_box(label, side, level)
            if _leaves(box, frame, level) or any(stage.is_taken(label, side, number) for stage in stages):
                continue
            cost = density.count(box, level) - (3 if before.get(label.key) is side else 0)
            if best is None or cost < best[0]:
                best = cost, side
        if best:
            placed[label.key] = best[1]
            for stage in stages:
                stage.take(label, best[1])
    return placed


def _leaves(box: Edges, frame: Box, level: float) -> bool:
    left, top, right, bottom = box
    beside = left < frame.left * level + 2 or right > frame.right * level - 2
    return beside or top < frame.top * level + 2 or bottom > frame.bottom * level - 2


class _Stage:
    """What dots and names take at one magnification."""

    def __init__(self, level: float, dots: Sequence[Label]) -> None:
        self._level = level
        self._dots = _Boxes([_dot_box(one, level) for one in dots])
        self._names = _Boxes([])

    def is_taken(self, label: Label, side: LabelSide, number: int) -> bool:
        """Whether a name would meet another, or a dot that is not its own, the `number`th."""
        box = label_box(label, side, self._level)
        return self._names.hit(box) or self._dots.hit(box, but=number)

    def take(self, label: Label, side: LabelSide) -> None:
        self._names.add(label_box(label, side, self._level))


def _dot_box(label: Label, level: float) -> Edges:
    x, y, reach = label.x * level, label.y * level, label.radius * growth(level) + 1
    return x - reach, y - reach, x + reach, y + reach


class _Boxes:
    """Boxes, of which one asks whether any meets another."""

    def __init__(self, boxes: Sequence[Edges]) -> None:
        self._rows: NDArray[np.float64] = np.full((max(64, len(boxes)), 4), np.nan)
        self._rows[: len(boxes)] = np.array(boxes).reshape(-1, 4)
        self._size = len(boxes)

    def add(self, box: Edges) -> None:
        if self._size == len(self._rows):
            self._rows = np.concatenate([self._rows, np.full_like(self._rows, np.nan)])
        self._rows[self._size] = box
        self._size += 1

    def hit(self, box: Edges, but: int = -1) -> bool:
        rows = self._rows[: self._size]
        hits = (rows[:, 0] < box[2]) & (rows[:, 2] > box[0]) & (rows[:, 1] < box[3]) & (rows[:, 3] > box[1])
        if 0 <= but < self._size:
            hits[but] = False
        return bool(hits.any())


class _Density:
    """How many points of lines lie in a box: an edge under a name makes it hard to read."""

    def __init__(self, sums: NDArray[np.float64], frame: Box) -> None:
        self._sums = sums
        self._frame = frame

    @staticmethod
    def of(lines: Iterable[Points], frame: Box) -> _Density:
        size = (max(1, math.ceil(frame.width / _CELL)), max(1, math.ceil(frame.height / _CELL)))
        points = np.concatenate([np.empty((0, 2)), *lines])
        extent = [(frame.left, frame.left + size[0] * _CELL), (frame.top, frame.top + size[1] * _CELL)]
        counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=size, range=extent)
        return _Density(np.pad(counts, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1), frame)

    def count(self, box: Edges, level: float) -> float:
        left, right = (self._cell(x / level - self._frame.left, 0) for x in (box[0], box[2]))
        top, bottom = (self._cell(y / level - self._frame.top, 1) for y in (box[1], box[3]))
        sums = self._sums
        return float(sums[right, bottom] - sums[left, bottom] - sums[right, top] + sums[left, top])

    def _cell(self, distance: float, axis: int) -> int:
        return min(max(round(distance / _CELL), 0), int(self._sums.shape[axis]) - 1)
