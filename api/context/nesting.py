"""How deeply a request nests. What reads it goes down by recursion, which has to end before Python's does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from graph.errors import QueryTooDeep
from graph.stores.query import MAX_FILTER_LEVELS

MAX_NESTING = 100
"""Brackets around one place. A filter of MAX_FILTER_LEVELS levels, each with a list of its own, takes two thirds."""
_TOLD = re.compile(
    r'''"""(?:[^"\\]|\\(?:""")?|"(?!""))*(?:""")?|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|(?P<bracket>[()\[\]{}])'''
)
"""Texts and comments, whose brackets do not count, and brackets. A text without an end reaches as far as it can: would
it not match, every quotation mark in it would be tried as a beginning."""


def check_nesting(document: str, variables: Mapping[str, Any] | None) -> None:
    """Raises QueryTooDeep for a document or variables that nest more deeply than MAX_NESTING brackets."""
    _check("document", _depth(document))
    _check("variables", _depth_of_values([variables or {}]))


def _check(what: str, depth: int) -> None:
    if depth > MAX_NESTING:
        raise QueryTooDeep(
            f"The {what} nest{'' if what.endswith('s') else 's'} more than {MAX_NESTING} brackets deep.",
            remedy=f"Nest less deeply; a filter may have {MAX_FILTER_LEVELS} levels.",
        )


def _depth(document: str) -> int:
    depth = deepest = 0
    for found in _TOLD.finditer(document):
        bracket = found["bracket"]
        if bracket:
            depth += 1 if bracket in "([{" else -1
            deepest = max(deepest, depth)
    return deepest


def _depth_of_values(values: Iterable[Any]) -> int:
    """The depth, or one more than MAX_NESTING where it is greater."""
    depth = 0
    level = [value for value in values if isinstance(value, (dict, list))]
    while level and depth <= MAX_NESTING:
        depth += 1
        inside = (item for value in level for item in (value.values() if isinstance(value, dict) else value))
        level = [item for item in inside if isinstance(item, (dict, list))]
    return depth
