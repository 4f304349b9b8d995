"""Values of figures as text: what makes two figures the same, and how it reads.

The text of a value is its number with bound and unit (`about11600000000USD`, `245MW`, `115000000000to135000000000USD`),
a date, or a code (`SIGNED`, `yes`). Of a computed number nine digits count, so that every machine writes the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import singledispatch
from typing import Any

from graph.vocabulary.values import Bound, Capacity, Count, Figure, Money, PartialDate
from graph.vocabulary.wording import bound_sign, dollars, megawatts, words

COMPUTED_DIGITS = 9
_SIGNS: Mapping[Bound, str] = {Bound.EXACT: "", Bound.UP_TO: "max", Bound.AT_LEAST: "min", Bound.ABOUT: "about"}
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"
_QUANTITY = re.compile(
    rf"(?P<sign>max|min|about)?(?P<low>{_NUMBER})(?:to(?P<high>{_NUMBER}))?(?P<unit>[A-Z]{{2,12}})?", re.ASCII
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)


@singledispatch
def value_text(value: Any) -> str | None:
    """The text of a value; None where it is no figure: nothing, a free text, or several values."""
    return None


@value_text.register
def _(value: bool) -> str:
    return "yes" if value else "no"


@value_text.register
def _(value: int) -> str:
    return str(value)


@value_text.register
def _(value: float) -> str:
    return _number(value)


@value_text.register
def _(value: StrEnum) -> str:
    return str(value)


@value_text.register
def _(value: PartialDate) -> str:
    return value.text


@value_text.register
def _(value: date) -> str:
    return value.isoformat()


@value_text.register
def _(value: Money) -> str:
    return f"{_SIGNS[value.bound]}{_number(value.amount)}{value.currency}"


@value_text.register
def _(value: Count) -> str:
    return f"{_SIGNS[value.bound]}{value.value}"


@value_text.register
def _(value: Capacity) -> str:
    return f"{_SIGNS[value.bound]}{_number(value.mw)}MW"


@value_text.register
def _(value: Figure) -> str | None:
    ends = [value.value] if value.value is not None else [value.low, value.high]
    numbers = [_number(one) for one in ends if one is not None]
    if not numbers:
        return None
    one_end = {(True, False): "min", (False, True): "max"}.get((value.low is not None, value.high is not None), "")
    return f"{_SIGNS[value.bound] or one_end}{'to'.join(numbers)}{value.unit}"


def computed_text(value: Any) -> str | None:
    """The text of a cell of a table."""
    if isinstance(value, float):
        return _number(float(f"{value:.{COMPUTED_DIGITS}g}"))
    return value if isinstance(value, str) and _CODE.fullmatch(value) else value_text(value)


def _number(number: float) -> str:
    """Whole numbers without a point; no plus sign, which an address would read as a space."""
    text = str(int(number)) if float(number).is_integer() else repr(float(number))
    return text.replace("+", "")


def is_value(text: str) -> bool:
    """Whether it may be the text of a value."""
    return bool(_QUANTITY.fullmatch(text) or _CODE.fullmatch(text) or _is_date(text))


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}(?:-(?:[HQ][1-4]|[0-9]{2}(?:-[0-9]{2})?))?", text, re.ASCII) is not None


def describe_text(text: str, unit: str = "") -> str:
    """A value as people read it: ≈ 11.6 bn USD. `unit` is that of a number without one."""
    match = _QUANTITY.fullmatch(text)
    if match is None or (_is_date(text) and not unit):
        return text if _is_date(text) else words(text)
    sign = bound_sign({name: bound for bound, name in _SIGNS.items()}[match["sign"] or ""])
    unit = match["unit"] or unit
    ends = [float(end) for end in (match["low"], match["high"]) if end]
    return f"{sign}{' to '.join(_readable(end, unit) for end in ends)}{_UNITS.get(unit, f' {unit}')}"


_UNITS = {"": "", "COUNT": "", "PCT": " %"}


def _readable(number: float, unit: str) -> str:
    if unit == "MW":
        return megawatts(number)
    if unit[:3].isupper() and unit not in _UNITS and abs(number) >= 1e6:
        return dollars(number)
    return f"{number:,.6g}" if abs(number) < 1e6 else f"{number:,.0f}"
