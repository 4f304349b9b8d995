"""The colours of pages and pictures: contrast by WCAG 2.2, and commitments apart for all eyes, in both modes."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping

import pytest

from graph.browser.style import contrast
from graph.evidence.firmness import Firmness
from graph.pictures.svg import stylesheet
from tests.colours import VISIONS, lab


def _tokens(block: str) -> Mapping[str, str]:
    pairs = re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block)
    return {name: value if len(value) == 7 else "#" + "".join(2 * one for one in value[1:]) for name, value in pairs}


LIGHT, DARK = (_tokens(block) for block in stylesheet("colours").split("@media"))
COMMITMENTS = [one.lower() for one in Firmness]
MODES = pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])


def test_both_modes_have_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


@MODES
@pytest.mark.parametrize("ground", ["paper", "wash", "raised"])
def test_text_is_legible(mode: Mapping[str, str], ground: str) -> None:
    """1.4.3: 4.5 to 1."""
    for text in ("ink", "ink-2", "ink-3", "link", "warn"):
        assert contrast(mode[text], mode[ground]) >= 4.5, text


@MODES
def test_what_is_open_is_legible(mode: Mapping[str, str]) -> None:
    assert contrast(mode["ink"], mode["mark"]) >= 4.5


@MODES
def test_borders_of_controls_focus_and_commitments_are_seen(mode: Mapping[str, str]) -> None:
    """1.4.11: 3 to 1."""
    for part in ("rule-2", "focus", *COMMITMENTS):
        assert contrast(mode[part], mode["paper"]) >= 3, part


@MODES
@pytest.mark.parametrize("vision", VISIONS)
def test_commitments_are_apart_for_all_eyes(mode: Mapping[str, str], vision: str) -> None:
    """By CIE 1976, of which 2.3 is a just noticeable difference."""
    seen = [lab(mode[one], vision) for one in COMMITMENTS]
    assert min(math.dist(*pair) for pair in itertools.combinations(seen, 2)) >= 18


@MODES
def test_the_firmest_commitment_is_the_most_prominent(mode: Mapping[str, str]) -> None:
    weights = {one: contrast(mode[one], mode["paper"]) for one in COMMITMENTS}
    assert max(weights, key=weights.__getitem__) == "firm"
    assert min(weights, key=weights.__getitem__) == "lapsed"


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21; #767676 is the lightest grey that is legible on white, 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
