"""The table of faults names tests that there are, and every row once."""

from __future__ import annotations

import re

from docs.reliability_page import SECTIONS, reliability
from graph.settings import PROJECT

ROWS = [row for section in SECTIONS.values() for row in section]


def test_every_row_stands_once_in_order_and_says_what_holds_it() -> None:
    assert [row.id for row in ROWS] == list(range(1, 103))
    assert [row.id for row in ROWS if row.tests and row.why] == []
    told = reliability()  # raises where a test is not there
    assert told.count("**not yet**") == sum(not (row.tests or row.why) for row in ROWS)


def test_a_test_that_bears_the_number_of_a_row_stands_in_it() -> None:
    tests = (path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py"))
    numbered = {
        name for text in tests for name in re.findall(r"^(?:async )?def test_(row_\d+_\w+)", text, re.MULTILINE)
    }
    held = {name for row in ROWS for name in row.tests if name.startswith(f"row_{row.id}_")}
    assert numbered == held
