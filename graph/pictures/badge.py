"""A badge: a few words on grounds of their own colour, as a file that stands in any page, light or dark.

It has attributes alone: no style sheet, which a policy might refuse, and no font, which it could not fetch; the widths
of its words are fixed, so that a font of the system fits too. What needs attention is amber with dark letters, what
does not is dark with white ones: in grey the two are as far apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from markupsafe import Markup

from graph.pictures.metrics import text_width
from graph.pictures.svg import NAMESPACE, element, join

HEIGHT, SIZE, SPACE, BASELINE = 24, 12, 8, 16
FAMILY = "Arial, Helvetica, sans-serif"
WIDER = 1.1
"""How much wider than the font of the pages the fonts are that stand in for it."""


class BadgeGround(Enum):
    """Ground and letters of a part. Contrast: 17, 16, 12 and 10."""

    NAME = ("#1b1a17", "#ffffff")
    PLAIN = ("#f5f4ef", "#1b1a17")
    CALM = ("#12365f", "#ffffff")
    AMBER = ("#ffb000", "#1b1a17")


@dataclass(frozen=True, slots=True)
class BadgePart:
    text: str
    ground: BadgeGround


def badge(parts: Sequence[BadgePart], title: str) -> str:
    """The parts in a row. `title` is the accessible name, and what a pointer that rests on the badge shows."""
    widths = [round(WIDER * text_width(part.text, SIZE, 600)) for part in parts]
    lefts = [sum(one + 2 * SPACE for one in widths[:number]) for number in range(len(parts))]
    drawn = [_part(part, left, width) for part, left, width in zip(parts, lefts, widths, strict=True)]
    whole = sum(one + 2 * SPACE for one in widths)
    return (
        element(
            "svg",
            element("title", title),
            join(drawn),
            xmlns=NAMESPACE,
            width=whole,
            height=HEIGHT,
            viewBox=f"0 0 {whole} {HEIGHT}",
            role="img",
            font_family=FAMILY,
            font_size=SIZE,
            font_weight=600,
        )
        + "\n"
    )


def _part(part: BadgePart, left: int, width: int) -> Markup:
    ground, letters = part.ground.value
    box = element("rect", x=left, width=width + 2 * SPACE, height=HEIGHT, fill=ground)
    words = element(
        "text",
        part.text,
        x=left + SPACE,
        y=BASELINE,
        fill=letters,
        textLength=width,
        lengthAdjust="spacingAndGlyphs",
    )
    return box + words
