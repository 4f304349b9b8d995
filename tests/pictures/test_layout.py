from __future__ import annotations

import random

import numpy as np

from graph.pictures.layout import Box, arrange, bounds, box_for, settled

RING = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "e"), ("x", "y")]


def test_positions_depend_on_no_order_and_on_no_chance() -> None:
    shuffled = [(head, tail) for tail, head in RING]
    random.Random(3).shuffle(shuffled)
    assert arrange(RING) == arrange(RING) == arrange(shuffled)


def test_dots_stand_apart_and_in_the_box() -> None:
    pairs = [(f"hub{one % 3}", f"leaf{one}") for one in range(60)] + [("hub0", "hub1"), ("hub1", "hub2"), ("p", "q")]
    layout = arrange(pairs)
    assert layout.box == box_for(65)  # 60 leaves, 3 hubs, p and q
    points = np.array(list(layout.at.values()))
    apart = np.hypot(*np.moveaxis((points[:, None] - points[None]) * [1, 1.35], -1, 0))
    assert apart[~np.eye(65, dtype=bool)].min() > 57
    assert (points >= 0).all()
    assert (points <= [layout.box.right, layout.box.bottom]).all()


def test_a_new_dot_is_placed_without_moving_an_old_one() -> None:
    before = arrange(RING)
    after = arrange([*RING, ("e", "new"), ("new", "newer"), ("alone", "together")], before.at)
    assert {key: after.at[key] for key in before.at} == before.at
    assert after.at.keys() - before.at.keys() == {"new", "newer", "alone", "together"}
    assert len(set(after.at.values())) == len(after.at)


def test_what_is_gone_leaves_a_gap() -> None:
    before = arrange(RING)
    assert arrange(RING[:4], before.at).at == {key: before.at[key] for key in "abcd"}


def test_a_picture_without_links_is_empty() -> None:
    assert arrange([]).at == {}
    assert arrange([("a", "b")]).at.keys() == {"a", "b"}


def test_bounds_have_a_margin() -> None:
    assert bounds([(0, 5), (10, -5)], 2) == Box(-2, -7, 12, 7)
    assert (Box(0, 0, 10, 10).around([(12, -3)])) == Box(0, -3, 12, 10)


def test_thousands_of_dots_are_laid_out() -> None:
    chance = random.Random(5)
    pairs = [(f"n{one}", f"n{chance.randrange(one)}") for one in range(1, 2_000)]
    assert len(arrange(pairs).at) == 2_000


def test_a_picture_that_nobody_settled_has_no_settled_positions() -> None:
    assert settled("no such picture") == {}
    assert settled("contracts")["microsoft"] != settled("all")["microsoft"]
