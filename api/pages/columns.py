"""Where the sections of a page stand, so that no half of it stays blank: beside the rail, in two columns below, or
across the whole width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FITS = 0.6
"""A section stands beside the rail if so much of it does."""
_LOPSIDED = 0.35
"""Two columns of which one is so much shorter than the other become one."""


@dataclass(frozen=True, slots=True)
class Block:
    """A section with about how high it is, in px; `is_wide`: its table needs the wider of the two columns."""

    id: str
    height: float
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The ids of the sections of each column; with nothing at its right, the left one has the whole width."""

    main: tuple[str, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]


def arrange(blocks: Sequence[Block], room: float) -> Columns:
    """`room`: how much higher the rail is than what stands beside it, in px."""
    waiting, main = list(blocks), []
    while waiting and waiting[0].height * _FITS <= room:
        first = waiting.pop(0)
        main.append(first.id)
        room -= first.height
    left, right = _balance(waiting)
    short, long = sorted(sum(one.height for one in column) for column in (left, right))
    if short < _LOPSIDED * long:
        left, right = waiting, []
    return Columns(tuple(main), tuple(one.id for one in left), tuple(one.id for one in right))


def _balance(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """The wide ones at the left, the others at the right, but where that is the higher one already."""
    columns: tuple[list[Block], list[Block]] = ([], [])
    heights = [sum(one.height for one in blocks if one.is_wide), 0.0]
    for block in blocks:
        place = 0 if block.is_wide or heights[1] + block.height / 2 > heights[0] else 1
        columns[place].append(block)
        heights[place] += 0.0 if block.is_wide else block.height
    return columns
