"""How codes and quantities read: critical IT, 1,234.5 megawatts, 9.7 bn dollars."""

from __future__ import annotations

from functools import lru_cache

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet takes a text that begins with one of these for a formula, or for the beginning of one."""
_ACRONYMS = frozenset({"IT", "AI", "GPU", "PPA", "ROFO", "ROFR", "RPO", "MW", "USD", "YTD"})


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
        if amount >= size:
            return f"{amount / size:,.2f}".rstrip("0").rstrip(".") + f" {name}"
    return f"{amount:,.0f}"


def bound_sign(bound: str) -> str:
    return {"EXACT": "", "UP_TO": "≤ ", "AT_LEAST": "≥ ", "ABOUT": "≈ "}[bound]
