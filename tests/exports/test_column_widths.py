from __future__ import annotations

import pytest

from graph.exports.documents.column_widths import (
    PAGE_WIDTH,
    SMALLEST,
    TEXT_SIZE,
    PrintedCell,
    column_widths,
    shortened,
)
from graph.pictures.metrics import text_width


def _texts(*texts: str, whole: bool = False) -> list[PrintedCell]:
    return [PrintedCell(one, whole=whole) for one in texts]


def test_no_word_is_wider_than_its_column_whatever_the_others_hold() -> None:
    """Ten columns of numbers with long heads, and texts of long words beside them."""
    numbers = [_texts("1,234,567.5", whole=True) for _ in range(10)]
    columns = [_texts("interconnection agreement " * 9), *numbers, _texts("GENERATION")]
    made = column_widths(columns, ["Kind", *["USD per MW and year"] * 10, "Basis"])
    assert sum(made.columns) == pytest.approx(PAGE_WIDTH)
    words = ["interconnection", *["1,234,567.5"] * 10, "GENERATION"]
    assert all(width > text_width(word, made.size) for word, width in zip(words, made.columns, strict=True))


def test_letters_are_smaller_where_words_do_not_fit_and_stay_readable() -> None:
    made = column_widths([_texts("x" * 40)] * 4, ["a"] * 4)
    assert SMALLEST <= made.size < TEXT_SIZE
    assert sum(made.columns) == pytest.approx(PAGE_WIDTH)


def test_numbers_stay_side_by_side_where_there_is_room() -> None:
    made = column_widths([_texts("Hut 8"), _texts("12", whole=True), _texts("9", whole=True)], ["Name", "A", "B"])
    assert made.columns[0] > 400
    assert made.columns[1] < 30


def test_a_long_list_is_told_by_its_first_names() -> None:
    assert shortened("a; b; c; d; e") == "a; b; c; 2 more"
    assert shortened("a; b; c; d") == "a; b; c; d"
