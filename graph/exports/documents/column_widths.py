"""How wide the columns of a printed table are: no word is cut, none runs into the next column, and long texts get the
room that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.pictures.metrics import text_width

PAGE_WIDTH = 504.0
"""Points between the margins of a page (A4 without twice 16 mm)."""
TEXT_SIZE, SMALLEST, MARK_SIZE = 7.5, 5.0, 6.0
"""Points of texts, of the smallest that is still read, and of marks."""
_PADDING = 7.0
"""Points left and right of a text, and for what kerning adds."""
_HEAD_LINES = 2.5
"""Lines that a head may take where there is room."""
_LISTED = 3
"""Of a list in a cell so many are printed, and how many more there are."""


def shortened(text: str) -> str:
    """A list of names as print shows it: the first few, and how many more."""
    names = text.split("; ")
    more = len(names) - _LISTED
    return text if more < 2 else "; ".join([*names[:_LISTED], f"{more} more"])


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A text, and the numbers of the sources behind it, small. `whole`: it stays on one line, as numbers do. `address`:
    where it leads; `where` a sentence stands, whose numbers lead somewhere."""

    text: str
    marks: str = ""
    whole: bool = False
    address: str = ""
    where: str = ""

    @property
    def narrowest(self) -> float:
        """Points of the longest part that does not break."""
        words = [self.text] if self.whole else self.text.split()
        return max((text_width(one, TEXT_SIZE) for one in words), default=0.0) + self._marked * self.whole

    @property
    def widest(self) -> float:
        """Points of all of it on one line."""
        return text_width(self.text, TEXT_SIZE) + self._marked

    @property
    def _marked(self) -> float:
        return text_width(f" {self.marks}", MARK_SIZE) if self.marks else 0.0


@dataclass(frozen=True, slots=True)
class PrintedWidths:
    """Points of each column, and of the letters: smaller where the words would not fit."""

    columns: tuple[float, ...]
    size: float


def column_widths(columns: Sequence[Sequence[PrintedCell]], heads: Sequence[str]) -> PrintedWidths:
    """For each column its cells, and its head, which may break between words."""
    least = [
        _PADDING + max([_head(head), *(one.narrowest for one in column)])
        for column, head in zip(columns, heads, strict=True)
    ]
    most = [
        max(low, _PADDING + max([_whole_head(head) / _HEAD_LINES, *(one.widest for one in column)]))
        for low, column, head in zip(least, columns, heads, strict=True)
    ]
    if sum(least) > PAGE_WIDTH:
        scale = PAGE_WIDTH / sum(least)
        return PrintedWidths(tuple(one * scale for one in least), max(TEXT_SIZE * scale, SMALLEST))
    if sum(most) > PAGE_WIDTH:
        return PrintedWidths(_filled(least, most), TEXT_SIZE)
    return PrintedWidths(_spread(columns, most), TEXT_SIZE)


def _filled(least: Sequence[float], most: Sequence[float]) -> tuple[float, ...]:
    """What is left goes to those that want more, by the root of what they want, as long texts wrap."""
    widths, room = list(least), PAGE_WIDTH - sum(least)
    while room > 1:
        wants = {place: (high - widths[place]) ** 0.5 for place, high in enumerate(most) if high - widths[place] > 0.5}
        if not wants:
            break
        part = room / sum(wants.values())
        for place, want in wants.items():
            added = min(part * want, most[place] - widths[place])
            widths[place] += added
            room -= added
    return tuple(widths)


def _spread(columns: Sequence[Sequence[PrintedCell]], widths: Sequence[float]) -> tuple[float, ...]:
    """Room to spare goes to columns of texts, so that numbers stay side by side."""
    texts = [any(one.text and not one.whole for one in column) for column in columns]
    of_texts = sum(width for width, is_text in zip(widths, texts, strict=True) if is_text)
    room = PAGE_WIDTH - sum(widths)
    return tuple(
        width + room * width / of_texts if is_text else width for width, is_text in zip(widths, texts, strict=True)
    )


def _whole_head(head: str) -> float:
    return text_width(head, TEXT_SIZE, 700)


def _head(head: str) -> float:
    return max((text_width(one, TEXT_SIZE, 700) for one in head.split()), default=0.0)
