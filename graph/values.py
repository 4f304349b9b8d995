"""Values that statements carry: partial dates, money, capacities, counts, figures; how each is read, written and
stored.

A `Type` reads text of the seeds into a value, writes it as JSON (the canonical form that is hashed and served), and
lays it out in *columns*: the flat names and scalars that every store holds, filters and orders by. A column is absent
when there is no value.
"""

from __future__ import annotations

import json
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from graph.errors import BadValue

Json = Any
"""What JSON can hold."""
Raw = Any
"""What a record holds before it is typed: text, None, lists and mappings of them (a JSON record also numbers and
booleans)."""
Columns = dict[str, Any]
"""Flat names to text, numbers, booleans, or lists of text."""

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
MOST_COUNTED = 2**31 - 1
"""The largest whole number of a GraphQL Int."""
_LARGEST_WHOLE = 2**53
"""Whole numbers up to here are exact as a float and fit the 64 bits of a database."""
_PARTIAL = re.compile(
    r"(?P<year>(?:19|20|21)[0-9]{2})"
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
        try:
            first, last, day = _months(match)
            end_day = day or monthrange(year, last)[1]
            return PartialDate(text, date(year, first, day or 1), date(year, last, end_day))
        except ValueError:
            raise _bad_date(text) from None

    @staticmethod
    def on(day: date) -> PartialDate:
        return PartialDate(day.isoformat(), day, day)


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
        f"{_shown(text)} is not a date", remedy="write '2026', '2026-H2', '2026-Q3', '2026-07' or '2026-07-15', quoted"
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


# ---- text


def fold(text: str) -> str:
    """Text as `contains` and `startsWith` compare it: NFKC, case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def sortable(text: str) -> str:
    """Text as it is ordered: ASCII without accents and case, so that every store orders it alike.

    Letters beyond ASCII follow all of ASCII, by code point."""
    plain = unicodedata.normalize("NFKD", fold(text))
    return "".join(_ascii(letter) for letter in plain if not unicodedata.combining(letter))


def _ascii(letter: str) -> str:
    return letter if " " <= letter <= "}" else f"~{ord(letter):06x}"


def _shown(raw: Raw) -> str:
    text = raw if isinstance(raw, str) else json.dumps(raw, default=str, ensure_ascii=False)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def read_text(raw: Raw, longest: int = 2_000) -> str:
    """NFC text of one line without control characters. Raises BadValue."""
    if not isinstance(raw, str):
        raise BadValue(f"{_shown(raw)} is not text", remedy="write one text, quoted")
    text = unicodedata.normalize("NFC", raw).strip()
    if not text:
        raise BadValue("empty text", remedy="write a text or leave the property out")
    if len(text) > longest:
        raise BadValue(f"text of {len(text)} characters", remedy=f"write at most {longest}")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Co", "Zl", "Zp") for letter in text):
        raise BadValue(
            f"{_shown(ascii(text))} has control or invisible characters", remedy="write visible characters on one line"
        )
    return text


def read_key(raw: Raw) -> str:
    if not isinstance(raw, str) or KEY.fullmatch(raw) is None or len(raw) > 200:
        raise BadValue(
            f"{_shown(raw)} is not an id",
            remedy="write a lower-case slug such as hut8-fluidstack, quoted if it looks like a number",
        )
    return raw


def read_number(raw: Raw, least: float | None = None, most: float | None = None) -> float:
    """A finite number in plain ASCII digits. Raises BadValue."""
    text = _plain(raw)
    if text is None or _NUMBER.fullmatch(text) is None or len(text) > 40:
        raise BadValue(
            f"{_shown(raw)} is not a number", remedy="write digits with at most one point, such as 9700000000 or 2.5"
        )
    number = float(text)
    if abs(number) > 1e18:
        raise BadValue(f"{_shown(raw)} is too large", remedy="write a number of at most 1e18")
    if (least is not None and number < least) or (most is not None and number > most):
        raise BadValue(f"{_shown(raw)} is out of range", remedy=f"write a number {_range(least, most)}")
    return number + 0.0


def read_whole(raw: Raw, least: int | None = None, most: int | None = None) -> int:
    """A whole number in plain ASCII digits. Raises BadValue."""
    text = _plain(raw)
    if text is None or re.fullmatch(r"-?(?:0|[1-9][0-9]{0,15})", text, re.ASCII) is None:
        raise BadValue(f"{_shown(raw)} is not a whole number", remedy="write digits only, such as 23000")
    number = int(text)
    upper = _LARGEST_WHOLE if most is None else most
    if number > upper or (least is not None and number < least):
        raise BadValue(f"{_shown(raw)} is out of range", remedy=f"write a whole number {_range(least, upper)}")
    return number


def _plain(raw: Raw) -> str | None:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return repr(raw)
    return raw if isinstance(raw, str) else None


def _range(least: float | None, most: float | None) -> str:
    bounds = [f"of at least {least:g}" if least is not None else "", f"of at most {most:g}" if most is not None else ""]
    return " and ".join(bound for bound in bounds if bound)


def read_flag(raw: Raw) -> bool:
    if raw in (True, False) and isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return bool(raw == "true")
    raise BadValue(f"{_shown(raw)} is not true or false", remedy="write true or false")


def read_choice(choices: type[StrEnum], raw: Raw) -> StrEnum:
    try:
        return choices(raw)
    except ValueError:
        raise BadValue(
            f"{_shown(raw)} is not a known {_words(choices.__name__)}", remedy=f"write one of {', '.join(choices)}"
        ) from None


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def read_currency(raw: Raw) -> str:
    if not isinstance(raw, str) or re.fullmatch(r"[A-Z]{3}", raw, re.ASCII) is None:
        raise BadValue(f"{_shown(raw)} is not a currency", remedy="write an ISO 4217 code such as EUR")
    return raw


def read_mapping(raw: Raw, known: Sequence[str]) -> Mapping[str, Raw]:
    if not isinstance(raw, dict):
        raise BadValue(f"{_shown(raw)} is not a mapping", remedy=f"write {{{', '.join(known)}}}")
    for name in raw:
        if name not in known:
            raise BadValue(f"unknown key {_shown(name)}", remedy=f"use {', '.join(known)}", path=(name,))
    return raw


def read_list(raw: Raw, read: Callable[[Raw], Any]) -> tuple[Any, ...]:
    """A list that is not empty and holds nothing twice, its order kept."""
    if not isinstance(raw, list) or not raw:
        raise BadValue(f"{_shown(raw)} is not a list", remedy="write a list of at least one, such as [a, b]")
    values = [_within(index, read, item) for index, item in enumerate(raw)]
    for index, value in enumerate(values):
        if value in values[:index]:
            raise BadValue(f"{_shown(raw[index])} stands twice", remedy="remove one", path=(index,))
    return tuple(values)


def _within(step: str | int, read: Callable[[Raw], Any], raw: Raw) -> Any:
    try:
        return read(raw)
    except BadValue as problem:
        raise problem.under(step) from None


def _part(raw: Mapping[str, Raw], name: str, read: Callable[[Raw], Any], default: Any = None) -> Any:
    return default if raw.get(name) is None else _within(name, read, raw[name])


def _needed(raw: Mapping[str, Raw], name: str, read: Callable[[Raw], Any]) -> Any:
    if raw.get(name) is None:
        raise BadValue(f"no {name}", remedy=f"add {name}")
    return _part(raw, name, read)


def _read_bound(raw: Raw) -> Any:
    return read_choice(Bound, raw)


# ---- types


@dataclass(frozen=True)
class Type:
    """How values of one type are read, written as JSON, and laid out in columns."""

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of `says` that together make one value of the property `name`."""
        return (name,)

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        """The values that the keys say: one, or one for each entry. Raises BadValue with a path from `says`."""
        return [_within(name, self.read_one, says[name])]

    def read_one(self, raw: Raw) -> Any:
        raise NotImplementedError

    def to_json(self, value: Any) -> Json:
        return value

    def from_json(self, data: Json) -> Any:
        return data

    def columns(self, name: str, value: Any) -> Columns:
        return {name: value}

    def column_names(self, name: str) -> tuple[str, ...]:
        """All columns that some value may fill."""
        return (name,)

    def restore(self, name: str, columns: Mapping[str, Any]) -> Any:
        """The value that `columns` hold, or None."""
        return columns.get(name)

    def slot(self, value: Any) -> str:
        """Values of one slot are rivals."""
        return ""


@dataclass(frozen=True)
class Text(Type):
    """One line of text. `folded` and `sorted` add the columns that text filters and orders need."""

    folded: bool = False
    sorted: bool = False
    pattern: str | None = None
    example: str = ""

    def read_one(self, raw: Raw) -> str:
        text = read_text(raw)
        if self.pattern and re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise BadValue(f"{_shown(raw)} has the wrong form", remedy=f"write it like {self.example}")
        return text

    def columns(self, name: str, value: str) -> Columns:
        columns: Columns = {name: value}
        if self.folded:
            columns[f"{name}_fold"] = fold(value)
        if self.sorted:
            columns[f"{name}_sort"] = sortable(value)
        return columns

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, *[f"{name}_fold"] * self.folded, *[f"{name}_sort"] * self.sorted)


@dataclass(frozen=True)
class Texts(Type):
    def read_one(self, raw: Raw) -> tuple[str, ...]:
        return read_list(raw, read_text)

    def to_json(self, value: tuple[str, ...]) -> Json:
        return list(value)

    def from_json(self, data: Json) -> tuple[str, ...]:
        return tuple(data)

    def columns(self, name: str, value: tuple[str, ...]) -> Columns:
        return {name: list(value)}

    def restore(self, name: str, columns: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(columns.get(name) or ())


@dataclass(frozen=True)
class Number(Type):
    least: float | None = None
    most: float | None = None

    def read_one(self, raw: Raw) -> float:
        return read_number(raw, self.least, self.most)

    def from_json(self, data: Json) -> float:
        return float(data)


@dataclass(frozen=True)
class Whole(Type):
    least: int | None = None
    most: int | None = None

    def read_one(self, raw: Raw) -> int:
        return read_whole(raw, self.least, self.most)


@dataclass(frozen=True)
class Flag(Type):
    """True or false; false where nothing says so when `default` is given."""

    default: bool | None = None

    def read_one(self, raw: Raw) -> bool:
        return read_flag(raw)

    def restore(self, name: str, columns: Mapping[str, Any]) -> bool | None:
        value: bool | None = columns.get(name, self.default)
        return value


@dataclass(frozen=True)
class Day(Type):
    """One day, precisely."""

    def read_one(self, raw: Raw) -> date:
        moment = PartialDate.read(read_text(raw))
        if moment.earliest != moment.latest:
            raise BadValue(f"{_shown(raw)} is not a day", remedy="write a whole date such as '2026-07-15'")
        return moment.earliest

    def to_json(self, value: date) -> Json:
        return value.isoformat()

    def from_json(self, data: Json) -> date:
        return date.fromisoformat(data)

    def columns(self, name: str, value: date) -> Columns:
        return {name: value.isoformat()}

    def restore(self, name: str, columns: Mapping[str, Any]) -> date | None:
        text = columns.get(name)
        return None if text is None else date.fromisoformat(text)


@dataclass(frozen=True)
class PartialDay(Type):
    def read_one(self, raw: Raw) -> PartialDate:
        return PartialDate.read(read_text(raw))

    def to_json(self, value: PartialDate) -> Json:
        return value.text

    def from_json(self, data: Json) -> PartialDate:
        return PartialDate.read(data)

    def columns(self, name: str, value: PartialDate) -> Columns:
        return {
            name: value.text,
            f"{name}_earliest": value.earliest.isoformat(),
            f"{name}_latest": value.latest.isoformat(),
        }

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}_earliest", f"{name}_latest")

    def restore(self, name: str, columns: Mapping[str, Any]) -> PartialDate | None:
        text = columns.get(name)
        return None if text is None else PartialDate.read(text)


@dataclass(frozen=True)
class Choice(Type):
    choices: type[StrEnum]

    def read_one(self, raw: Raw) -> StrEnum:
        return read_choice(self.choices, raw)

    def to_json(self, value: StrEnum) -> Json:
        return str(value)

    def from_json(self, data: Json) -> StrEnum:
        return self.choices(data)

    def columns(self, name: str, value: StrEnum) -> Columns:
        return {name: str(value)}

    def restore(self, name: str, columns: Mapping[str, Any]) -> StrEnum | None:
        text = columns.get(name)
        return None if text is None else self.choices(text)


@dataclass(frozen=True)
class Choices(Type):
    choices: type[StrEnum]

    def read_one(self, raw: Raw) -> tuple[StrEnum, ...]:
        return read_list(raw, lambda item: read_choice(self.choices, item))

    def to_json(self, value: tuple[StrEnum, ...]) -> Json:
        return [str(item) for item in value]

    def from_json(self, data: Json) -> tuple[StrEnum, ...]:
        return tuple(self.choices(item) for item in data)

    def columns(self, name: str, value: tuple[StrEnum, ...]) -> Columns:
        return {name: [str(item) for item in value]}

    def restore(self, name: str, columns: Mapping[str, Any]) -> tuple[StrEnum, ...]:
        return tuple(self.choices(item) for item in columns.get(name) or ())


@dataclass(frozen=True)
class Ref(Type):
    """The key of one entity or link; `kinds` are the names of the kinds it may be of."""

    kinds: tuple[str, ...]

    def read_one(self, raw: Raw) -> str:
        return read_key(raw)


@dataclass(frozen=True)
class Refs(Type):
    kinds: tuple[str, ...]

    def read_one(self, raw: Raw) -> tuple[str, ...]:
        return read_list(raw, read_key)

    def to_json(self, value: tuple[str, ...]) -> Json:
        return list(value)

    def from_json(self, data: Json) -> tuple[str, ...]:
        return tuple(data)

    def columns(self, name: str, value: tuple[str, ...]) -> Columns:
        return {name: list(value)}

    def restore(self, name: str, columns: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(columns.get(name) or ())


@dataclass(frozen=True)
class MoneyType(Type):
    """`value_usd`, or `value` with `currency`; with `value_bound`. The column `…_usd` holds amounts in US dollars."""

    def keys(self, name: str) -> tuple[str, ...]:
        return (f"{name}_usd", name, "currency", f"{name}_bound")

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        bound = _part(says, f"{name}_bound", _read_bound, Bound.EXACT)
        in_usd = _part(says, f"{name}_usd", lambda raw: read_number(raw, 0))
        other = _part(says, name, lambda raw: read_number(raw, 0))
        if (in_usd is None) == (other is None):
            raise BadValue("money without one amount", remedy=f"write {name}_usd, or {name} with currency")
        if in_usd is not None:
            if says.get("currency") is not None:
                raise BadValue("US dollars with a currency", remedy="remove currency", path=("currency",))
            return [Money(in_usd, "USD", bound)]
        return [Money(other, _needed(says, "currency", read_currency), bound)]

    def to_json(self, value: Money) -> Json:
        return {"amount": value.amount, "currency": value.currency, "bound": str(value.bound)}

    def from_json(self, data: Json) -> Money:
        return Money(float(data["amount"]), data["currency"], Bound(data["bound"]))

    def columns(self, name: str, value: Money) -> Columns:
        columns: Columns = {
            f"{name}_amount": value.amount,
            f"{name}_currency": value.currency,
            f"{name}_bound": str(value.bound),
        }
        return columns | ({f"{name}_usd": value.amount} if value.currency == "USD" else {})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_amount", f"{name}_currency", f"{name}_bound", f"{name}_usd")

    def restore(self, name: str, columns: Mapping[str, Any]) -> Money | None:
        amount = columns.get(f"{name}_amount")
        if amount is None:
            return None
        return Money(float(amount), columns[f"{name}_currency"], Bound(columns[f"{name}_bound"]))


@dataclass(frozen=True)
class CountType(Type):
    """A count with `…_bound`."""

    def keys(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}_bound")

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        count = _needed(says, name, lambda raw: read_whole(raw, 0, MOST_COUNTED))
        return [Count(count, _part(says, f"{name}_bound", _read_bound, Bound.EXACT))]

    def to_json(self, value: Count) -> Json:
        return {"value": value.value, "bound": str(value.bound)}

    def from_json(self, data: Json) -> Count:
        return Count(data["value"], Bound(data["bound"]))

    def columns(self, name: str, value: Count) -> Columns:
        return {name: value.value, f"{name}_bound": str(value.bound)}

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}_bound")

    def restore(self, name: str, columns: Mapping[str, Any]) -> Count | None:
        value = columns.get(name)
        return None if value is None else Count(value, Bound(columns[f"{name}_bound"]))


@dataclass(frozen=True)
class Capacities(Type):
    """A list of capacity entries; each is a statement of its own.

    Columns: the entries as JSON texts, and for filters and orders `mw_<basis>` (the total of the furthest stage) and
    `mw_<basis>_<stage>`."""

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        entries = _within(name, lambda raw: read_list(raw, self.read_one), says[name])
        slots = [entry.slot for entry in entries]
        for index, slot in enumerate(slots):
            if slot in slots[:index]:
                raise BadValue(
                    "two capacities of one basis, stage and phase", remedy="give them phases", path=(name, index)
                )
        return list(entries)

    def read_one(self, raw: Raw) -> Capacity:
        entry = read_mapping(raw, ("mw", "basis", "stage", "bound", "phase", "from"))
        if entry.get("basis") is None:
            raise BadValue("capacity without basis", remedy=f"add basis, one of {', '.join(CapacityBasis)}")
        return Capacity(
            mw=_needed(entry, "mw", lambda raw: read_number(raw, 0)),
            basis=_part(entry, "basis", lambda raw: read_choice(CapacityBasis, raw)),
            stage=_part(entry, "stage", lambda raw: read_choice(CapacityStage, raw)),
            bound=_part(entry, "bound", _read_bound, Bound.EXACT),
            phase=_part(entry, "phase", read_text),
            since=_part(entry, "from", PartialDate.read),
        )

    def to_json(self, value: Capacity) -> Json:
        return _without_none(
            mw=value.mw,
            basis=str(value.basis),
            stage=value.stage and str(value.stage),
            bound=str(value.bound),
            phase=value.phase,
            **{"from": value.since and value.since.text},
        )

    def from_json(self, data: Json) -> Capacity:
        return Capacity(
            mw=float(data["mw"]),
            basis=CapacityBasis(data["basis"]),
            stage=CapacityStage(data["stage"]) if "stage" in data else None,
            bound=Bound(data["bound"]),
            phase=data.get("phase"),
            since=PartialDate.read(data["from"]) if "from" in data else None,
        )

    def slot(self, value: Capacity) -> str:
        return value.slot

    def columns(self, name: str, value: Sequence[Capacity]) -> Columns:
        columns: Columns = {name: [canonical(self.to_json(entry)) for entry in value]}
        for basis in CapacityBasis:
            columns |= _megawatts(value, basis)
        return columns

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, *(mw_column(basis, stage) for basis in CapacityBasis for stage in (None, *CapacityStage)))

    def restore(self, name: str, columns: Mapping[str, Any]) -> tuple[Capacity, ...]:
        return tuple(self.from_json(json.loads(text)) for text in columns.get(name) or ())


def mw_column(basis: CapacityBasis, stage: CapacityStage | None = None) -> str:
    """The column that holds megawatts of a basis: of the furthest stage, or of one stage."""
    return f"mw_{basis}_{stage}".lower() if stage else f"mw_{basis}".lower()


def _megawatts(entries: Sequence[Capacity], basis: CapacityBasis) -> Columns:
    found = {
        mw_column(basis, stage): total_capacity([entry for entry in entries if entry.stage is stage], basis)
        for stage in CapacityStage
    }
    found[mw_column(basis)] = total_capacity(entries, basis)
    return {name: capacity.mw for name, capacity in found.items() if capacity}


def total_capacity(entries: Sequence[Capacity], basis: CapacityBasis) -> Capacity | None:
    """The total (no phase) of the furthest stage; without a total, the sum of that stage's phases; None if their
    bounds mix.

    An entry without a stage stands before every stage."""
    order: list[CapacityStage | None] = [None, *CapacityStage]
    of_basis = [entry for entry in entries if entry.basis is basis]
    for stage in reversed(order):
        at_stage = [entry for entry in of_basis if entry.stage is stage]
        totals = [entry for entry in at_stage if entry.phase is None]
        if totals:
            return totals[0]
    for stage in reversed(order):
        phases = [entry for entry in of_basis if entry.stage is stage]
        if phases:
            bounds = {entry.bound for entry in phases}
            return None if len(bounds) > 1 else Capacity(sum(entry.mw for entry in phases), basis, stage, bounds.pop())
    return None


@dataclass(frozen=True)
class RenewalsType(Type):
    def read_one(self, raw: Raw) -> Renewals:
        entry = read_mapping(raw, ("count", "years"))
        return Renewals(
            _needed(entry, "count", lambda raw: read_whole(raw, 1, 100)),
            _needed(entry, "years", lambda raw: read_number(raw, 0, 200)),
        )

    def to_json(self, value: Renewals) -> Json:
        return {"count": value.count, "years": value.years}

    def from_json(self, data: Json) -> Renewals:
        return Renewals(data["count"], float(data["years"]))

    def columns(self, name: str, value: Renewals) -> Columns:
        return {f"{name}_count": value.count, f"{name}_years": value.years}

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_count", f"{name}_years")

    def restore(self, name: str, columns: Mapping[str, Any]) -> Renewals | None:
        count = columns.get(f"{name}_count")
        return None if count is None else Renewals(count, float(columns[f"{name}_years"]))


@dataclass(frozen=True)
class TerminationType(Type):
    def read_one(self, raw: Raw) -> Termination:
        entry = read_mapping(raw, ("party", "notice_days"))
        return Termination(
            _needed(entry, "party", lambda raw: read_choice(TerminationParty, raw)),
            _part(entry, "notice_days", lambda raw: read_whole(raw, 0, 36_500)),
        )

    def to_json(self, value: Termination) -> Json:
        return _without_none(party=str(value.party), notice_days=value.notice_days)

    def from_json(self, data: Json) -> Termination:
        return Termination(TerminationParty(data["party"]), data.get("notice_days"))

    def columns(self, name: str, value: Termination) -> Columns:
        return _without_none(**{f"{name}_party": str(value.party), f"{name}_notice_days": value.notice_days})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_party", f"{name}_notice_days")

    def restore(self, name: str, columns: Mapping[str, Any]) -> Termination | None:
        party = columns.get(f"{name}_party")
        return party and Termination(TerminationParty(party), columns.get(f"{name}_notice_days"))


PERIOD = r"(?:FY|CY)[0-9]{4}(?:-Q[1-4]|-H[12])?|[0-9]{4}(?:-Q[1-4]|-H[12]|-(?:0[1-9]|1[0-2]))?|YTD|[1-9][0-9]?[DWMY]"


@dataclass(frozen=True)
class FigureType(Type):
    """The keys of an observation's claim; its columns carry their names without a prefix."""

    def keys(self, name: str) -> tuple[str, ...]:
        return ("value", "low", "high", "text_value", "unit", "period", "as_of", "basis", "bound", "definition")

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        value = _part(says, "value", read_number)
        low, high = _part(says, "low", read_number), _part(says, "high", read_number)
        text = _part(says, "text_value", read_text)
        _check_figure(value, low, high, text)
        return [
            Figure(
                value=value,
                low=low,
                high=high,
                text=text,
                unit=self._unit(says, text),
                basis=_needed(says, "basis", lambda raw: read_choice(ObservationBasis, raw)),
                bound=_part(says, "bound", _read_bound, Bound.EXACT),
                period=_part(says, "period", _read_period),
                as_of=_part(says, "as_of", PartialDate.read),
                definition=_part(says, "definition", read_text),
            )
        ]

    def _unit(self, says: Mapping[str, Raw], text: str | None) -> Any:
        if text is not None and says.get("unit") is None:
            return "TEXT"
        return _needed(says, "unit", _read_unit)

    def to_json(self, value: Figure) -> Json:
        parts = {part.name: getattr(value, part.name) for part in fields(value)}
        return _without_none(
            **{name: str(part) if isinstance(part, (StrEnum, PartialDate)) else part for name, part in parts.items()}
        )

    def from_json(self, data: Json) -> Figure:
        typed = dict(data)
        for name in ("value", "low", "high"):
            if name in typed:
                typed[name] = float(typed[name])
        typed["bound"] = Bound(typed["bound"])
        typed["basis"] = ObservationBasis(typed["basis"])
        if "as_of" in typed:
            typed["as_of"] = PartialDate.read(typed["as_of"])
        return Figure(**typed)

    def columns(self, name: str, value: Figure) -> Columns:
        columns: Columns = self.to_json(value)
        return columns | (PartialDay().columns("as_of", value.as_of) if value.as_of else {})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (*(part.name for part in fields(Figure)), "as_of_earliest", "as_of_latest")

    def restore(self, name: str, columns: Mapping[str, Any]) -> Figure | None:
        if "unit" not in columns:
            return None
        return self.from_json({part.name: columns[part.name] for part in fields(Figure) if part.name in columns})


def _check_figure(value: float | None, low: float | None, high: float | None, text: str | None) -> None:
    given = [value is not None, low is not None or high is not None, text is not None]
    if sum(given) != 1:
        raise BadValue("a figure without exactly one value", remedy="write value, or low and/or high, or text_value")
    if low is not None and high is not None and low > high:
        raise BadValue("low is above high", remedy="swap them", path=("low",))


def _read_period(raw: Raw) -> str:
    return Text(pattern=PERIOD, example="FY2026, CY2026, 2026-Q1, FY2026-Q2, 2025-H1, YTD, 1D or 1Y").read_one(raw)


def _read_unit(raw: Raw) -> str:
    if raw in ("PCT", "MW", "COUNT"):
        return str(raw)
    try:
        return read_currency(raw)
    except BadValue:
        raise BadValue(
            f"{_shown(raw)} is not a unit", remedy="write PCT, MW, COUNT, USD or another ISO 4217 code"
        ) from None


def _without_none(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}


def canonical(data: Json) -> str:
    """JSON that is the same for equal data: keys sorted, no spaces, whole floats written as whole numbers."""
    return json.dumps(
        _canonical_numbers(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def _canonical_numbers(data: Json) -> Json:
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, (str, int)):
        return data
    if isinstance(data, dict):
        return {name: _canonical_numbers(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_canonical_numbers(item) for item in data]
    return data
