"""Numbers in sentences: where they stand, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_NO_NUMBER = re.compile(
    rf"""
      \b[0-9]{{4}}-(?:[0-9]{{2}}(?:-[0-9]{{2}})?|[QH][1-4])\b         # days, months, quarters
    | \b[0-9]{{1,2}}\ {_MONTH}\ [0-9]{{4}}\b | \b{_MONTH}\ [0-9]{{4}}\b | \b[QH][1-4]\ [0-9]{{4}}\b
    | \b(?:19|20)[0-9]{{2}}\b(?![.,][0-9])                            # years
    | [A-Za-z_][A-Za-z_0-9]*(?:[-./][A-Za-z0-9]+)*[0-9][A-Za-z0-9._/-]*  # GB300, H100, key-2026
    | (?<![.,0-9])0[0-9]+\b(?![.,][0-9])                                                   # codes: a CIK
    | \b[0-9]+(?:st|nd|rd|th)\b                                       # ordinals
    | \b[0-9]+(?:[.-][A-Za-z]|[A-Za-z])[A-Za-z0-9_-]*                 # 10-K, 3a, 400G
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)(?P<scale>[  ](?:bn|m|tn)\b)?"
)
_SCALES = {"bn": 1e9, "m": 1e6, "tn": 1e12}


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A number in a text, from `start` to `end`."""

    text: str
    start: int
    end: int
    value: float


def numbers_in(text: str, names: frozenset[str] = frozenset()) -> Iterator[TextNumber]:
    """The numbers of a text that are no dates, years, ordinals or parts of identifiers, nor parts of one of these
    names."""
    for match in _NUMBER.finditer(_blanked(text, names)):
        scale = (match["scale"] or "").strip()
        value = float(match["number"].replace(",", "")) * _SCALES.get(scale, 1)
        yield TextNumber(match[0], match.start(), match.end(), value)


def _blanked(text: str, names: frozenset[str]) -> str:
    """The text with blanks in place of what is no number."""
    for name in names:
        if name in text:
            text = text.replace(name, "_" * len(name))
    return _NO_NUMBER.sub(lambda match: "_" * len(match[0]), text)


@lru_cache(maxsize=4096)
def template_of(text: str, names: frozenset[str] = frozenset()) -> str:
    """The text with … in place of its numbers: what stays the same where only they change."""
    parts: list[str] = []
    at = 0
    for one in numbers_in(text, names):
        parts += [text[at : one.start], "…"]
        at = one.end
    return "".join([*parts, text[at:]])
