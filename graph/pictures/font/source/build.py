"""Makes the font of pages and pictures, and the table of its widths, from Source Sans 3 (see README.md)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER = Path(__file__).resolve().parents[1]
NAME = "Wattgraph Text"
"""The licence reserves the name of the original for the original; this is a modified version."""
CHARACTERS = (
    "U+0020-007E,U+00A0-017F,U+0218-021B,U+02BC,U+02C6,U+02DA,U+02DC,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,"
    "U+2032,U+2033,U+2039,U+203A,U+20AC,U+2122,U+2190-2195,U+2212,U+2248,U+2260,U+2264,U+2265,U+25A0-25A1,U+25B2,"
    "U+25BC,U+25CB,U+25CF,U+2713"
)
"""Latin with its accents, the signs of quantities (≈ ≠ ≤ ≥ − ‰ €), arrows, and the glyphs of tables."""
FEATURES = ["kern", "liga", "tnum", "lnum", "pnum", "sups", "ccmp", "locl", "mark", "frac"]
WEIGHTS = (400, 600, 700)
PRINTED = (400, 600)
"""Weights of the fonts that PDF and PNG take: what sets them reads neither variable fonts nor WOFF2."""
LIMITS = {"wght": (400, 700)}


def subset_font(original: Path) -> TTFont:
    """The original with those characters and features, under its own name, between text and bold."""
    options = subset.Options(layout_features=FEATURES, name_IDs=["*"], notdef_outline=True)
    font = TTFont(original, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(CHARACTERS))
    cutter.subset(font)
    instancer.instantiateVariableFont(font, LIMITS, inplace=True)
    _rename(font)
    return font


def _rename(font: TTFont) -> None:
    """Puts the own name wherever the original's stands, but in the notices of copyright, trademark and licence."""
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = NAME
        elif "SourceSans3" in record.toUnicode():
            record.string = NAME.replace(" ", "")


def widths(file: Path) -> dict[str, dict[str, int]]:
    """Advance widths by weight and character, in thousandths of the size."""
    return {str(weight): _widths_at(file, weight) for weight in WEIGHTS}


def _widths_at(file: Path, weight: int) -> dict[str, int]:
    font = instancer.instantiateVariableFont(TTFont(file), {"wght": weight})
    advances, em = font["hmtx"].metrics, font["head"].unitsPerEm
    return {chr(code): round(advances[glyph][0] * 1000 / em) for code, glyph in sorted(font.getBestCmap().items())}


def printed(file: Path, weight: int) -> TTFont:
    """The font at one weight, as TrueType."""
    font = instancer.instantiateVariableFont(TTFont(file, recalcTimestamp=False), {"wght": weight})
    font.flavor = None
    font["OS/2"].usWeightClass = weight
    return font


def main(original: Path) -> None:
    """Writes text.woff2, the printed fonts and widths.json into the folder of the font."""
    font = subset_font(original)
    font.flavor = "woff2"
    file = FOLDER / "text.woff2"
    font.save(file)
    for weight in PRINTED:
        printed(file, weight).save(FOLDER / f"text-{weight}.ttf")
    table = json.dumps(widths(file), ensure_ascii=False, separators=(",", ":"))
    (FOLDER / "widths.json").write_text(f"{table}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
