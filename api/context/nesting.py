"""The nesting depth of a request. The code that reads a request recurses; the limit ends it before Python's does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from graph.errors import QueryTooDeep
from graph.stores.query import MAX_FILTER_LEVELS

MAX_NESTING = 100
"""Nested brackets. A filter of MAX_FILTER_LEVELS levels, each with a list of its own, takes two thirds of them."""
_TOKENS = re.compile(
    r'''"""(?:[^"\\]|\\(?:""")?|"(?!""))*(?:""")?|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|(?P<bracket>[()\[\]{}])'''
)
"""Strings and comments, whose brackets do not count, and brackets. A string without an end matches as far as possible:
otherwise every quotation mark in it would be tried as a beginning, in quadratic time."""


def check_nesting(document: str, variables: Mapping[str, Any] | None) -> None:
    """Raises QueryTooDeep for a document or variables with more than MAX_NESTING nested brackets."""
    _check("document", _document_depth(document))
    _check("variables", _values_depth([variables or {}]))


def _check(what: str, depth: int) -> None:
    if depth > MAX_NESTING:
        raise QueryTooDeep(
            f"The {what} nest{'' if what.endswith('s') else 's'} more than {MAX_NESTING} brackets deep.",
            remedy=f"Nest less deeply; a filter may have {MAX_FILTER_LEVELS} levels.",
        )


def _document_depth(document: str) -> int:
    depth = max_depth = 0
    for match in _TOKENS.finditer(document):
        bracket = match["bracket"]
        if bracket:
            depth += 1 if bracket in "([{" else -1
            max_depth = max(max_depth, depth)
    return max_depth


def _values_depth(values: Iterable[Any]) -> int:
    """The depth, at most MAX_NESTING + 1."""
    depth = 0
    level = [value for value in values if isinstance(value, (dict, list))]
    while level and depth <= MAX_NESTING:
        depth += 1
        parts = (part for value in level for part in (value.values() if isinstance(value, dict) else value))
        level = [part for part in parts if isinstance(part, (dict, list))]
    return depth
