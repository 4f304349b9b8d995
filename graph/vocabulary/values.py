"""Values that statements carry: partial dates, money, capacities, counts, figures; and text as it is compared."""

from __future__ import annotations

import json
import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from typing import Any

from graph.errors import BadValue

Json = Any
"""What JSON can hold."""

Raw = Any
"""What a record holds before it is typed: text, None, lists and mappings of them (a JSON record also numbers and
booleans)."""

Columns = dict[str, Any]
"""Flat names to text, numbers, booleans, or lists of text."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_PARTIAL = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01]))?))?",
    re.ASCII,
)


class Bound(StrEnum):
    """How a stated figure bounds the true one."""

    EXACT = "EXACT"
    UP_TO = "UP_TO"
    AT_LEAST = "AT_LEAST"
    ABOUT = "ABOUT"


class CapacityBasis(StrEnum):
    """What megawatts measure; megawatts of two bases are never added."""

    CRITICAL_IT = "CRITICAL_IT"
    GROSS = "GROSS"
    GENERATION = "GENERATION"
    UNSTATED = "UNSTATED"


class CapacityStage(StrEnum):
    """How far a capacity has come, from plan to rent."""

    PLANNED = "PLANNED"
    CONTRACTED = "CONTRACTED"
    UNDER_CONSTRUCTION = "UNDER_CONSTRUCTION"
    GRID_ENERGIZED = "GRID_ENERGIZED"
    IN_SERVICE = "IN_SERVICE"
    BILLING = "BILLING"


class ObservationBasis(StrEnum):
    """Who stands behind a figure: accounts, the company's outlook, analysts together, or somebody's estimate."""

    ACTUAL = "ACTUAL"
    GUIDANCE = "GUIDANCE"
    CONSENSUS = "CONSENSUS"
    ESTIMATE = "ESTIMATE"


class FlowOrStock(StrEnum):
    """Whether a figure counts what came within its period, or what stands at its moment."""

    FLOW = "FLOW"
    STOCK = "STOCK"


class TerminationParty(StrEnum):
    """Who may end a contract before its term."""

    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"
    EITHER = "EITHER"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as precisely as it is known: `2026`, `2026-H2`, `2026-Q3`, `2026-07` or `2026-07-15`; an interval of
    days."""

    text: str
    earliest: date
    latest: date

    def __str__(self) -> str:
        return self.text

    @staticmethod
    @lru_cache(maxsize=65_536)
    def read(text: str) -> PartialDate:
        """Raises BadValue for anything but the five forms, years 1900 to 2199."""
        match = _PARTIAL.fullmatch(text)
        if match is None:
            raise _bad_date(text)
        year = int(match["year"])
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise BadValue(
                f"{quote_raw(text)} is in the year {year}",
                remedy=f"mend the year: {_FIRST_YEAR} to {_LAST_YEAR} can be",
            )
        try:
            first, last, day = _months(match)
            end_day = day or monthrange(year, last)[1]
            return PartialDate(text, date(year, first, day or 1), date(year, last, end_day))
        except ValueError:
            raise _bad_date(text) from None

    @staticmethod
    def on(day: date) -> PartialDate:
        return PartialDate(day.isoformat(), day, day)

    def contains(self, other: PartialDate) -> bool:
        """Whether the other is the same date, or says it more precisely."""
        return self.earliest <= other.earliest and other.latest <= self.latest


def _months(match: re.Match[str]) -> tuple[int, int, int | None]:
    if match["half"]:
        half = int(match["half"])
        return 6 * half - 5, 6 * half, None
    if match["quarter"]:
        quarter = int(match["quarter"])
        return 3 * quarter - 2, 3 * quarter, None
    if match["month"]:
        month = int(match["month"])
        return month, month, int(match["day"]) if match["day"] else None
    return 1, 12, None


def _bad_date(text: str) -> BadValue:
    return BadValue(
        f"{quote_raw(text)} is not a date",
        remedy="write '2026', '2026-H2', '2026-Q3', '2026-07' or '2026-07-15', quoted",
    )


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units of `currency` (ISO 4217)."""

    amount: float
    currency: str = "USD"
    bound: Bound = Bound.EXACT


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things, with its bound."""

    value: int
    bound: Bound = Bound.EXACT


@dataclass(frozen=True, slots=True)
class Capacity:
    """Megawatts of one basis. Without `phase` it is the total, with one a part of it. `since` is `from` in the
    seeds."""

    mw: float
    basis: CapacityBasis
    stage: CapacityStage | None = None
    bound: Bound = Bound.EXACT
    phase: str | None = None
    since: PartialDate | None = None

    @property
    def slot(self) -> str:
        """Entries of one slot are rivals; entries of two are different facts."""
        return "/".join([self.basis, self.stage or "", self.phase or ""])


@dataclass(frozen=True, slots=True)
class Renewals:
    """`count` options to prolong by `years` each."""

    count: int
    years: float


@dataclass(frozen=True, slots=True)
class Termination:
    """Who may end the contract early, and with how many days of notice."""

    party: TerminationParty
    notice_days: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One whole figure of one statement: a value, a range or a text, with what it takes to read it."""

    unit: str
    basis: ObservationBasis
    value: float | None = None
    low: float | None = None
    high: float | None = None
    text: str | None = None
    bound: Bound = Bound.EXACT
    period: str | None = None
    as_of: PartialDate | None = None
    definition: str | None = None
    flow_or_stock: FlowOrStock | None = None
    capacity_basis: CapacityBasis | None = None
    """Of megawatts alone."""


_ACCENTS = dict.fromkeys(range(0x300, 0x370))
"""Combining diacritical marks; not those of other scripts, which make another letter."""
_BASE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not decompose, and people type without a stroke."""


def fold(text: str) -> str:
    """Text as search, `contains` and `startsWith` compare it, without case and diacritics: Østergård is ostergard."""
    small = unicodedata.normalize("NFKC", text).casefold()
    plain = unicodedata.normalize("NFKD", small).translate(_ACCENTS).translate(_BASE_LETTERS)
    return unicodedata.normalize("NFKC", plain)


def sortable(text: str) -> str:
    """Text as it is ordered: ASCII without accents and case, so that every store orders it alike.

    Letters beyond ASCII follow all of ASCII, by code point."""
    plain = unicodedata.normalize("NFKD", fold(text))
    return "".join(_ascii(letter) for letter in plain if not unicodedata.combining(letter))


def _ascii(letter: str) -> str:
    return letter if " " <= letter <= "}" else f"~{ord(letter):06x}"


def quote_raw(raw: Raw) -> str:
    text = raw if isinstance(raw, str) else json.dumps(raw, default=str, ensure_ascii=False)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def total_capacity(entries: Sequence[Capacity], basis: CapacityBasis) -> Capacity | None:
    """The total (no phase) of the furthest stage; without a total, the sum of that stage's phases; None if their
    bounds mix.

    An entry without a stage stands before every stage."""
    of_basis = [entry for entry in entries if entry.basis is basis]
    if not of_basis:
        return None
    if len(of_basis) == 1 and of_basis[0].phase is None:
        return of_basis[0]
    for stage in _FURTHEST_FIRST:
        at_stage = [entry for entry in of_basis if entry.stage is stage]
        totals = [entry for entry in at_stage if entry.phase is None]
        if totals:
            return totals[0]
    for stage in _FURTHEST_FIRST:
        phases = [entry for entry in of_basis if entry.stage is stage]
        if phases:
            bounds = {entry.bound for entry in phases}
            return None if len(bounds) > 1 else Capacity(sum(entry.mw for entry in phases), basis, stage, bounds.pop())
    return None


_FURTHEST_FIRST: tuple[CapacityStage | None, ...] = (*reversed(CapacityStage), None)


def canonical(data: Json) -> str:
    """JSON that is the same for equal data: keys sorted, no spaces, whole floats written as whole numbers."""
    if isinstance(data, str):
        return json_text(data)
    if isinstance(data, dict):
        return "{" + ",".join([f"{json_text(name)}:{canonical(data[name])}" for name in sorted(data)]) + "}"
    if isinstance(data, list | tuple):
        return "[" + ",".join(map(canonical, data)) + "]"
    number = int(data) if isinstance(data, float) and data.is_integer() else data
    # a finite number as json writes it, in a fifth of its time
    return repr(number) if type(number) in (int, float) and isfinite(number) else _ENCODER.encode(number)


json_text = json.encoder.encode_basestring_ascii
"""A text as JSON, in ASCII."""
_ENCODER = json.JSONEncoder(allow_nan=False)
