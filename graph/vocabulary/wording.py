"""How codes, quantities and days read: critical IT, 1,234.5 megawatts, 9.7 bn dollars, 30 Nov 2026."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from graph.vocabulary.values import PartialDate

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet takes a text that begins with one of these for a formula, or for the beginning of one."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY = re.compile(
    r"(?<![\w/:=-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w/:-])"
    r"|(?<=\()\d{4}-(?:0[1-9]|1[0-2]|Q[1-4]|H[12])(?=\))"  # of a source: its month, quarter or half
    r"|(?<=\bas of )\d{4}-(?:0[1-9]|1[0-2]|Q[1-4]|H[12])(?![\w-])"  # of a figure
)
_PARTIAL_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2]|Q[1-4]|H[12])")
_ACRONYMS = frozenset({"IT", "AI", "GPU", "PPA", "ROFO", "ROFR", "RPO", "MW", "USD", "YTD"})


@lru_cache(maxsize=16_384)
def format_day(moment: date | PartialDate | str | None) -> str:
    """As precisely as it is known: 30 Nov 2026, Nov 2026, Q3 2026, H2 2026, 2026; empty without one."""
    if moment is None or moment == "":
        return ""
    year, _, rest = str(moment).partition("-")
    if not rest:
        return year
    if rest[0] in "QH":
        return f"{rest} {year}"
    month, _, day = rest.partition("-")
    named = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(day)} {named}" if day else named


def format_days(text: str) -> str:
    """A text of our own in which each day, 2026-11-30, is written as readers write it; and each (2026-11), "as of
    2026-11", or one that is all of the text."""
    if _PARTIAL_DAY.fullmatch(text):
        return format_day(text)
    return _DAY.sub(lambda day: format_day(day[0]), text)


@lru_cache(maxsize=4096)
def words(code: str | None) -> str:
    """A code of the vocabulary as words: CRITICAL_IT is "critical IT"."""
    return "" if code is None else " ".join(_word(part) for part in code.split("_"))


def _word(part: str) -> str:
    return part if part in _ACRONYMS else part.lower()


def quote(text: str) -> str:
    """A client's own text as a message quotes it, cut where it is long."""
    return f'"{text[:60]}"'


def megawatts(mw: float) -> str:
    """At most one decimal, thousands set apart: 1,234.5."""
    return f"{mw:,.1f}".removesuffix(".0")


def dollars(amount: float) -> str:
    """Billions or millions with two decimals at most: 9.7 bn, 500 m; below a million in full."""
    for size, name in ((1e9, "bn"), (1e6, "m")):
        if abs(amount) >= size:
            return f"{amount / size:,.2f}".rstrip("0").rstrip(".") + f" {name}"
    return f"{amount:,.0f}"


def bound_sign(bound: str) -> str:
    return {"EXACT": "", "UP_TO": "≤ ", "AT_LEAST": "≥ ", "ABOUT": "≈ "}[bound]
