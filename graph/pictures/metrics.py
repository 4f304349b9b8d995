"""Widths of words in the font of pages and pictures, so that labels are placed without a browser.

The font stands in `font/`, with its licence and how it is made.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).resolve().parent / "font"
FONT = FOLDER / "text.woff2"
Weight = Literal[400, 600, 700]

FOREIGN = 600
"""A character that the font lacks comes from a font of the system; thousandths of the size, rather too wide."""
FOREIGN_WIDE = 1000
"""A Chinese, Japanese or Korean one is a square."""


@cache
def _widths(weight: Weight) -> Mapping[str, int]:
    widths: Mapping[str, int] = json.loads((FOLDER / "widths.json").read_text("utf-8"))[str(weight)]
    return widths


@cache
def _foreign(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return FOREIGN_WIDE if unicodedata.east_asian_width(character) in "WF" else FOREIGN


def text_width(text: str, size: float, weight: Weight = 400) -> float:
    """The advance widths of the characters, added, in the unit of the size; without kerning, which mostly narrows."""
    widths = _widths(weight)
    return sum(widths[one] if one in widths else _foreign(one) for one in text) * size / 1000


def shorten(text: str, width: float, size: float, weight: Weight = 400) -> str:
    """The text if it is not wider, else its beginning and an ellipsis; at least the ellipsis."""
    if text_width(text, size, weight) <= width:
        return text
    room = width - text_width("…", size, weight)
    kept = 0
    while kept < len(text) and (room := room - text_width(text[kept], size, weight)) >= 0:
        kept += 1
    return text[:kept].rstrip() + "…"
