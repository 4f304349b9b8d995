from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from graph.pictures.labels import LEVELS, Label, LabelSide, growth, label_box, place_labels
from graph.pictures.layout import Box
from graph.pictures.metrics import text_width

FRAME = Box(0, 0, 400, 200)


def _label(key: str, x: float, y: float, weight: float = 1) -> Label:
    return Label(key, key * 6, 12, 400, x, y, 5, weight)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_name_stands_to_the_right_where_nothing_is_in_its_way() -> None:
    # at 0.27 the picture is 108 wide: 54 beside the dot, and the name takes less
    levels = [one for one in LEVELS if one > 0.2]
    assert place_labels([_label("a", 200, 100)], [], FRAME, levels)["a"] == dict.fromkeys(levels, LabelSide.RIGHT)


def test_its_box_is_as_wide_as_its_text_and_beside_its_dot() -> None:
    left, top, right, bottom = label_box(_label("a", 100, 50), LabelSide.RIGHT, 1.0)
    assert left == 100 + 5 + 4  # the radius and the distance
    assert right - left == pytest.approx(text_width("aaaaaa", 12))
    assert (top + bottom) / 2 == 50


def test_names_avoid_lines_dots_and_the_edge() -> None:
    line = np.stack([np.linspace(200, 300, 50), np.full(50, 100)], axis=1)
    assert place_labels([_label("a", 200, 100)], [line], FRAME, [1.0])["a"] == {1.0: LabelSide.LEFT}
    beside = [_label("a", 200, 100, 2), _label("b", 220, 100, 1)]
    assert place_labels(beside, [], FRAME, [1.0])["a"] == {1.0: LabelSide.LEFT}
    assert place_labels([_label("a", 395, 100)], [], FRAME, [1.0])["a"] == {1.0: LabelSide.LEFT}


def test_the_heavy_choose_first_and_who_finds_no_room_has_no_name() -> None:
    # ten dots on one spot: four sides
    crowd = [_label(chr(97 + one), 200, 100, weight=one) for one in range(10)]
    sides = place_labels(crowd, [], FRAME, [1.0])
    named = [key for key, of_key in sides.items() if of_key]
    assert len(named) <= 4
    assert named == [] or "j" in named


def test_between_magnifications_names_do_not_meet() -> None:
    chance = np.random.default_rng(11)
    labels = [
        Label(f"k{one}", "name " * (1 + one % 4), 12 + one % 3, 400, *map(float, chance.uniform(0, 1_000, 2)), 4, one)
        for one in range(120)
    ]
    sides = place_labels(labels, [], Box(0, 0, 1_000, 1_000))
    for magnification in (0.32, 0.4, 0.5, 0.6, 0.72, 0.79, 0.9, 1, 1.2, 1.5, 2, 2.4, 3, 4, 6, 8):
        level = max(one for one in LEVELS if one <= magnification)
        boxes = [label_box(one, sides[one.key][level], magnification) for one in labels if level in sides[one.key]]
        assert len(boxes) > 5, magnification
        assert not any(_meet(*pair) for pair in combinations(boxes, 2)), magnification


def test_dots_grow_by_the_root_within_bounds() -> None:
    assert [growth(one) for one in (0.1, 1, 2.25, 8)] == [0.6, 1, 1.5, 1.6]
