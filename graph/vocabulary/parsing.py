"""Text of the seeds into plain values: each reader takes one form and refuses the rest, with a remedy."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from graph.errors import BadValue
from graph.vocabulary.values import Bound, Raw, quote_raw

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)

_SHORT_WHOLE = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
"""Whole numbers that a float holds as they are."""

_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[,_ '’\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?", re.ASCII)

MAX_INT = 2**31 - 1
"""The largest whole number of a GraphQL Int."""

_MAX_EXACT_INTEGER = 2**53
"""Whole numbers up to here are exact as a float and fit the 64 bits of a database."""

_DIGITS_OF_A_FLOAT = 15
"""Any number of so many digits is itself again when a float is written out."""


class WrittenNumber(float):
    """A number of JSON whose digits a float does not hold, with its text: a figure of it would be another."""

    text: str


def read_json_float(text: str) -> float:
    """The number that JSON writes as `text`; one that a float does not hold is a WrittenNumber."""
    number = float(text)
    if _is_exact(text, number):
        return number
    written = WrittenNumber(number)
    written.text = text
    return written


def _is_exact(text: str, number: float) -> bool:
    """Whether a float says what the text says, and no digit more or less."""
    if not math.isfinite(number):
        return False
    # Beyond 2**53 a float stands for several whole numbers, and its shortest text need not be the one that is stored.
    said = Decimal(number) if abs(number) > _MAX_EXACT_INTEGER else Decimal(repr(number))
    return said == Decimal(text)


def read_text(raw: Raw, max_length: int = 2_000) -> str:
    """NFC text of one line without control characters. Raises BadValue."""
    if not isinstance(raw, str):
        raise BadValue(f"{quote_raw(raw)} is not text", remedy="write one text, quoted")
    text = unicodedata.normalize("NFC", raw).strip()
    if not text:
        raise BadValue("empty text", remedy="write a text or leave the property out")
    if len(text) > max_length:
        raise BadValue(f"text of {len(text)} characters", remedy=f"write at most {max_length}")
    if text.isascii() and text.isprintable():
        return text
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Co", "Zl", "Zp") for letter in text):
        raise BadValue(
            f"{quote_raw(ascii(text))} has control or invisible characters",
            remedy="write visible characters on one line",
        )
    return text


def read_key(raw: Raw) -> str:
    if not isinstance(raw, str) or KEY.fullmatch(raw) is None or len(raw) > 200:
        raise BadValue(
            f"{quote_raw(raw)} is not an id",
            remedy="write a lower-case slug such as hut8-fluidstack, quoted if it looks like a number",
        )
    return raw


def read_number(raw: Raw, minimum: float | None = None, maximum: float | None = None) -> float:
    """A finite number in plain ASCII digits. Raises BadValue."""
    text = _plain(raw)
    if text is not None and _SHORT_WHOLE.fullmatch(text) and minimum == 0 and maximum is None:
        return float(text)
    if text is None or _NUMBER.fullmatch(text) is None or len(text) > 40:
        remedy = _without_separators(text) or "write digits with at most one point, such as 9700000000 or 2.5"
        raise BadValue(f"{quote_raw(raw)} is not a number", remedy=remedy)
    number = float(text)
    if abs(number) > 1e18:
        raise BadValue(f"{quote_raw(text)} is too large", remedy="write a number of at most 1e18")
    if not _is_exact(text, number):
        raise BadValue(
            f"{quote_raw(text)} has more digits than can be kept",
            remedy=f"round it to {_DIGITS_OF_A_FLOAT} digits, and write the bound ABOUT where it has one",
        )
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        raise BadValue(f"{quote_raw(raw)} is out of range", remedy=f"write a number {_range(minimum, maximum)}")
    return number + 0.0


def read_whole(raw: Raw, minimum: int | None = None, maximum: int | None = None) -> int:
    """A whole number in plain ASCII digits. Raises BadValue."""
    text = _plain(raw)
    if text is None or re.fullmatch(r"-?(?:0|[1-9][0-9]{0,15})", text, re.ASCII) is None:
        remedy = _without_separators(text) or "write digits only, such as 23000"
        raise BadValue(f"{quote_raw(raw)} is not a whole number", remedy=remedy)
    number = int(text)
    upper = _MAX_EXACT_INTEGER if maximum is None else maximum
    if number > upper or (minimum is not None and number < minimum):
        raise BadValue(f"{quote_raw(raw)} is out of range", remedy=f"write a whole number {_range(minimum, upper)}")
    return number


def _without_separators(text: str | None) -> str | None:
    """The remedy for thousands that are set apart: `1,200,000`, `1_200_000`, `1 200 000`, `1'200'000`."""
    if text is None or _GROUPED.fullmatch(text) is None:
        return None
    return f"a number with commas? write {re.sub('[^0-9.-]', '', text)}"


def _plain(raw: Raw) -> str | None:
    if isinstance(raw, WrittenNumber):
        return raw.text
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return repr(raw)
    return raw if isinstance(raw, str) else None


def _range(minimum: float | None, maximum: float | None) -> str:
    at_least = [] if minimum is None else [f"of at least {minimum:g}"]
    at_most = [] if maximum is None else [f"of at most {maximum:g}"]
    return " and ".join([*at_least, *at_most])


def read_flag(raw: Raw) -> bool:
    if raw in (True, False) and isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return bool(raw == "true")
    raise BadValue(f"{quote_raw(raw)} is not true or false", remedy="write true or false")


def read_choice(choices: type[StrEnum], raw: Raw) -> StrEnum:
    try:
        return choices(raw)
    except ValueError:
        raise BadValue(
            f"{quote_raw(raw)} is not a known {_words(choices.__name__)}", remedy=f"write one of {', '.join(choices)}"
        ) from None


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def read_currency(raw: Raw) -> str:
    if not isinstance(raw, str) or re.fullmatch(r"[A-Z]{3}", raw, re.ASCII) is None:
        raise BadValue(f"{quote_raw(raw)} is not a currency", remedy="write an ISO 4217 code such as EUR")
    return raw


def read_mapping(raw: Raw, known: Sequence[str]) -> Mapping[str, Raw]:
    if not isinstance(raw, dict):
        raise BadValue(f"{quote_raw(raw)} is not a mapping", remedy=f"write {{{', '.join(known)}}}")
    for name in raw:
        if name not in known:
            raise BadValue(f"unknown key {quote_raw(name)}", remedy=f"use {', '.join(known)}", path=(name,))
    return raw


def read_list(raw: Raw, read: Callable[[Raw], Any]) -> tuple[Any, ...]:
    """A list that is not empty and holds nothing twice, its order kept."""
    if not isinstance(raw, list) or not raw:
        raise BadValue(f"{quote_raw(raw)} is not a list", remedy="write a list of at least one, such as [a, b]")
    values = [within(index, read, item) for index, item in enumerate(raw)]
    for index, value in enumerate(values):
        if value in values[:index]:
            raise BadValue(f"{quote_raw(raw[index])} stands twice", remedy="remove one", path=(index,))
    return tuple(values)


def within(step: str | int, read: Callable[[Raw], Any], raw: Raw) -> Any:
    try:
        return read(raw)
    except BadValue as problem:
        raise problem.under(step) from None


def part(raw: Mapping[str, Raw], name: str, read: Callable[[Raw], Any], default: Any = None) -> Any:
    return default if raw.get(name) is None else within(name, read, raw[name])


def required(raw: Mapping[str, Raw], name: str, read: Callable[[Raw], Any]) -> Any:
    if raw.get(name) is None:
        raise BadValue(f"no {name}", remedy=f"add {name}")
    return part(raw, name, read)


def read_bound(raw: Raw) -> Any:
    return read_choice(Bound, raw)


def read_unit(raw: Raw) -> str:
    if raw in ("PCT", "MW", "COUNT"):
        return str(raw)
    try:
        return read_currency(raw)
    except BadValue:
        raise BadValue(
            f"{quote_raw(raw)} is not a unit", remedy="write PCT, MW, COUNT, USD or another ISO 4217 code"
        ) from None
