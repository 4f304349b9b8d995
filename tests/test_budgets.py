"""The budgets of hypothesis stand in one place and are in force."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import settings

from tests.budgets import FEW, FEWEST, MANY, cases

TESTS = Path(__file__).parent
ELSEWHERE = {"budgets.py", "test_budgets.py", "clients/generated.py"}
"""The budgets themselves, their test, and a count that the caller of `make audit` gives."""


def _sets_a_budget(path: Path) -> bool:
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "settings" for call in calls)


def test_no_test_sets_a_budget_of_its_own() -> None:
    files = {path.relative_to(TESTS).as_posix(): path for path in TESTS.rglob("*.py")}
    assert {name for name, path in files.items() if _sets_a_budget(path)} == ELSEWHERE


def test_time_is_no_criterion() -> None:
    assert {budget.deadline for budget in (settings(), FEW, FEWEST, MANY)} == {None}
    assert settings().max_examples == cases(30, 1000)
