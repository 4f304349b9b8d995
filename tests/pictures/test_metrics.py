from __future__ import annotations

import json

import pytest
from fontTools.ttLib import TTFont

from graph.pictures.metrics import FOLDER, FONT, Weight, shorten, text_width
from graph.settings import PROJECT

WIDTHS = json.loads((FOLDER / "widths.json").read_text("utf-8"))


@pytest.mark.parametrize("weight", [400, 600, 700])
def test_the_widths_are_those_of_the_font(weight: Weight) -> None:
    font = TTFont(FONT)
    glyphs = font.getGlyphSet(location={"wght": weight})
    advances = {chr(code): glyphs[name].width for code, name in font.getBestCmap().items()}
    assert font["head"].unitsPerEm == 1000
    assert WIDTHS[str(weight)] == {one: round(width) for one, width in advances.items()}


def test_the_font_has_every_character_of_the_facts() -> None:
    files = (PROJECT / "seeds").rglob("*.yaml")
    characters = {one for file in files for one in file.read_text("utf-8")} - {"\n"}
    assert characters - WIDTHS["400"].keys() == set()


def test_the_font_lies_beside_its_licence_and_does_not_bear_the_reserved_name() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "LICENSE.md").read_text("utf-8")
    shown = {one.nameID: one.toUnicode() for one in TTFont(FONT)["name"].names if one.nameID not in (0, 7)}
    assert {shown[one] for one in (1, 4)} == {"Wattgraph Text"}
    assert [one for one in shown.values() if "Source" in one] == []


def test_digits_stand_under_each_other() -> None:
    assert {text_width(digit, 100) for digit in "0123456789"} == {49.7}


def test_a_width_is_the_sum_of_its_characters_and_grows_with_size_and_weight() -> None:
    # "Hut 8" at 400: H 652, u 544, t 338, space 200, 8 497: 2231 thousandths
    assert sum(WIDTHS["400"][one] for one in "Hut 8") == pytest.approx(1000 * text_width("Hut 8", 1))
    assert text_width("Hut 8", 12) == pytest.approx(12 * text_width("Hut 8", 1))
    assert text_width("Hut 8", 12) < text_width("Hut 8", 12, 600) < text_width("Hut 8", 12, 700)


def test_characters_of_other_fonts_are_rather_too_wide_and_marks_have_no_width() -> None:
    assert text_width("算力", 10) == 20
    assert text_width("Я", 10) == 6
    assert text_width("\u202e\u0301", 10) == 0


def test_a_text_that_fits_stays_and_a_longer_one_ends_in_an_ellipsis() -> None:
    assert shorten("Nvidia", text_width("Nvidia", 12), 12) == "Nvidia"
    cut = shorten("Nvidia and all of its customers", 60, 12)
    assert cut.endswith("…")
    assert 45 < text_width(cut, 12) <= 60
    assert shorten("Nvidia", 1, 12) == "…"
