"""Types of values: how each is read, written as JSON, and laid out in columns.

A `Type` reads text of the seeds into a value, writes it as JSON (the canonical form that is hashed and served), and
lays it out in *columns*: the flat names and scalars that every store holds, filters and orders by. A column is absent
when there is no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from graph.errors import BadValue
from graph.vocabulary.parsing import (
    MAX_INT,
    part,
    read_bound,
    read_choice,
    read_currency,
    read_flag,
    read_key,
    read_list,
    read_mapping,
    read_number,
    read_text,
    read_unit,
    read_whole,
    required,
    within,
)
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    CapacityStage,
    Columns,
    Count,
    Figure,
    FlowOrStock,
    Json,
    Money,
    ObservationBasis,
    PartialDate,
    Raw,
    Renewals,
    Termination,
    TerminationParty,
    canonical,
    fold,
    quote_raw,
    sortable,
    total_capacity,
)


@cache
def part_column(name: str, part: str) -> str:
    """The column of one part of a property: one text for all rows, which takes a tenth of their memory less."""
    return f"{name}_{part}"


@dataclass(frozen=True)
class Type:
    """How values of one type are read, written as JSON, and laid out in columns."""

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of `says` that together make one value of the property `name`."""
        return (name,)

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        """The values that the keys say: one, or one for each entry. Raises BadValue with a path from `says`."""
        return [within(name, self.read_one, says[name])]

    def read_one(self, raw: Raw) -> Any:
        raise NotImplementedError

    def dump(self, name: str, value: Any) -> Mapping[str, Raw]:
        """What `read` makes this one value of."""
        return {name: self.to_json(value)}

    def to_json(self, value: Any) -> Json:
        return value

    def from_json(self, data: Json) -> Any:
        return data

    def columns(self, name: str, value: Any) -> Columns:
        return {name: value}

    def column_names(self, name: str) -> tuple[str, ...]:
        """All columns that some value may fill."""
        return (name,)

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Any:
        """The value that `columns` hold, or None."""
        return columns.get(name)

    def slot(self, value: Any) -> str:
        """Values of one slot are rivals."""
        return ""

    def moments(self, name: str, value: Any) -> Mapping[str, PartialDate]:
        """The dates that the value holds, by the key under which a record says them."""
        return {}


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
            raise BadValue(f"{quote_raw(raw)} has the wrong form", remedy=f"write it like {self.example}")
        return text

    def columns(self, name: str, value: str) -> Columns:
        columns: Columns = {name: value}
        if self.folded:
            columns[part_column(name, "fold")] = fold(value)
        if self.sorted:
            columns[part_column(name, "sort")] = sortable(value)
        return columns

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, *[f"{name}_fold"] * self.folded, *[f"{name}_sort"] * self.sorted)


@dataclass(frozen=True)
class _TextList(Type):
    """Several texts or keys, in their order."""

    def to_json(self, value: tuple[str, ...]) -> Json:
        return list(value)

    def from_json(self, data: Json) -> tuple[str, ...]:
        return tuple(data)

    def columns(self, name: str, value: tuple[str, ...]) -> Columns:
        return {name: list(value)}

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(columns.get(name) or ())


@dataclass(frozen=True)
class Texts(_TextList):
    def read_one(self, raw: Raw) -> tuple[str, ...]:
        return read_list(raw, read_text)


@dataclass(frozen=True)
class Number(Type):
    minimum: float | None = None
    maximum: float | None = None

    def read_one(self, raw: Raw) -> float:
        return read_number(raw, self.minimum, self.maximum)

    def from_json(self, data: Json) -> float:
        return float(data)


@dataclass(frozen=True)
class Whole(Type):
    minimum: int | None = None
    maximum: int | None = None

    def read_one(self, raw: Raw) -> int:
        return read_whole(raw, self.minimum, self.maximum)


@dataclass(frozen=True)
class Flag(Type):
    """True or false; `default` where nothing says so."""

    default: bool | None = None

    def read_one(self, raw: Raw) -> bool:
        return read_flag(raw)

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> bool | None:
        value: bool | None = columns.get(name, self.default)
        return value


@dataclass(frozen=True)
class Day(Type):
    """One day, precisely."""

    def read_one(self, raw: Raw) -> date:
        moment = PartialDate.read(read_text(raw))
        if moment.earliest != moment.latest:
            raise BadValue(f"{quote_raw(raw)} is not a day", remedy="write a whole date such as '2026-07-15'")
        return moment.earliest

    def to_json(self, value: date) -> Json:
        return value.isoformat()

    def from_json(self, data: Json) -> date:
        return date.fromisoformat(data)

    def columns(self, name: str, value: date) -> Columns:
        return {name: value.isoformat()}

    def moments(self, name: str, value: date) -> Mapping[str, PartialDate]:
        return {name: PartialDate.on(value)}

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> date | None:
        text = columns.get(name)
        return None if text is None else date.fromisoformat(text)


USUAL_YEARS_AHEAD = 25
"""How far ahead a plan of this field looks; a date beyond is a slip of the year."""


@dataclass(frozen=True)
class PartialDay(Type):
    """A date as precisely as it is known, at most `years_ahead` of today; 0: of what has happened when it is told."""

    years_ahead: int = USUAL_YEARS_AHEAD

    def moments(self, name: str, value: PartialDate) -> Mapping[str, PartialDate]:
        return {name: value}

    def read_one(self, raw: Raw) -> PartialDate:
        return _read_moment(raw)

    def to_json(self, value: PartialDate) -> Json:
        return value.text

    def from_json(self, data: Json) -> PartialDate:
        return PartialDate.read(data)

    def columns(self, name: str, value: PartialDate) -> Columns:
        return {
            name: value.text,
            part_column(name, "earliest"): value.earliest.isoformat(),
            part_column(name, "latest"): value.latest.isoformat(),
        }

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}_earliest", f"{name}_latest")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> PartialDate | None:
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

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> StrEnum | None:
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

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> tuple[StrEnum, ...]:
        return tuple(self.choices(item) for item in columns.get(name) or ())


@dataclass(frozen=True)
class Ref(Type):
    """The key of one entity or link; `kinds` are the names of the kinds it may be of."""

    kinds: tuple[str, ...]

    def read_one(self, raw: Raw) -> str:
        return read_key(raw)


@dataclass(frozen=True)
class Refs(_TextList):
    kinds: tuple[str, ...]

    def read_one(self, raw: Raw) -> tuple[str, ...]:
        return read_list(raw, read_key)


@dataclass(frozen=True)
class MoneyType(Type):
    """`value_usd`, or `value` with `currency`; with `value_bound`. The column `…_usd` holds amounts in US dollars."""

    def keys(self, name: str) -> tuple[str, ...]:
        return (f"{name}_usd", name, "currency", f"{name}_bound")

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        bound = part(says, f"{name}_bound", read_bound, Bound.EXACT)
        in_usd = part(says, f"{name}_usd", lambda raw: read_number(raw, 0))
        other = part(says, name, lambda raw: read_number(raw, 0))
        if (in_usd is None) == (other is None):
            raise BadValue("money without one amount", remedy=f"write {name}_usd, or {name} with currency")
        if in_usd is not None:
            if says.get("currency") is not None:
                raise BadValue("US dollars with a currency", remedy="remove currency", path=("currency",))
            return [Money(in_usd, "USD", bound)]
        return [Money(other, required(says, "currency", read_currency), bound)]

    def dump(self, name: str, value: Money) -> Mapping[str, Raw]:
        in_usd = value.currency == "USD"
        amount = {f"{name}_usd": value.amount} if in_usd else {name: value.amount, "currency": value.currency}
        return amount | _dump_bound(f"{name}_bound", value.bound)

    def to_json(self, value: Money) -> Json:
        return {"amount": value.amount, "currency": value.currency, "bound": str(value.bound)}

    def from_json(self, data: Json) -> Money:
        return Money(float(data["amount"]), data["currency"], Bound(data["bound"]))

    def columns(self, name: str, value: Money) -> Columns:
        columns: Columns = {
            part_column(name, "amount"): value.amount,
            part_column(name, "currency"): value.currency,
            part_column(name, "bound"): str(value.bound),
        }
        return columns | ({part_column(name, "usd"): value.amount} if value.currency == "USD" else {})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_amount", f"{name}_currency", f"{name}_bound", f"{name}_usd")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Money | None:
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
        count = required(says, name, lambda raw: read_whole(raw, 0, MAX_INT))
        return [Count(count, part(says, f"{name}_bound", read_bound, Bound.EXACT))]

    def dump(self, name: str, value: Count) -> Mapping[str, Raw]:
        return {name: value.value} | _dump_bound(f"{name}_bound", value.bound)

    def to_json(self, value: Count) -> Json:
        return {"value": value.value, "bound": str(value.bound)}

    def from_json(self, data: Json) -> Count:
        return Count(data["value"], Bound(data["bound"]))

    def columns(self, name: str, value: Count) -> Columns:
        return {name: value.value, part_column(name, "bound"): str(value.bound)}

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}_bound")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Count | None:
        value = columns.get(name)
        return None if value is None else Count(value, Bound(columns[f"{name}_bound"]))


@dataclass(frozen=True)
class Capacities(Type):
    """A list of capacity entries; each is a statement of its own.

    Columns: the entries as JSON texts, and for filters and orders `mw_<basis>` (the total of the furthest stage) and
    `mw_<basis>_<stage>`."""

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        entries = within(name, lambda raw: read_list(raw, self.read_one), says[name])
        slots = [entry.slot for entry in entries]
        for index, slot in enumerate(slots):
            if slot in slots[:index]:
                raise BadValue(
                    "two capacities of one basis, stage and phase", remedy="give them phases", path=(name, index)
                )
        return list(entries)

    def dump(self, name: str, value: Capacity) -> Mapping[str, Raw]:
        parts = self.to_json(value).items()
        entry = {part: stated for part, stated in parts if (part, stated) != ("bound", Bound.EXACT)}
        return {name: [entry]}

    def read_one(self, raw: Raw) -> Capacity:
        entry = read_mapping(raw, ("mw", "basis", "stage", "bound", "phase", "from"))
        if entry.get("basis") is None:
            raise BadValue("capacity without basis", remedy=f"add basis, one of {', '.join(CapacityBasis)}")
        return Capacity(
            mw=required(entry, "mw", lambda raw: read_number(raw, 0)),
            basis=part(entry, "basis", lambda raw: read_choice(CapacityBasis, raw)),
            stage=part(entry, "stage", lambda raw: read_choice(CapacityStage, raw)),
            bound=part(entry, "bound", read_bound, Bound.EXACT),
            phase=part(entry, "phase", read_text),
            since=part(entry, "from", _read_moment),
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

    def moments(self, name: str, value: Capacity) -> Mapping[str, PartialDate]:
        return {"from": value.since} if value.since else {}

    def columns(self, name: str, value: Sequence[Capacity]) -> Columns:
        columns: Columns = {name: [canonical(self.to_json(entry)) for entry in value]}
        stated = [entry.basis for entry in value]
        for basis in _BASES if len(stated) > 1 else stated:
            if basis in stated:
                columns |= _megawatts([entry for entry in value if entry.basis is basis], basis)
        return columns

    def column_names(self, name: str) -> tuple[str, ...]:
        return (name, *(mw_column(basis, stage) for basis in CapacityBasis for stage in (None, *CapacityStage)))

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> tuple[Capacity, ...]:
        return tuple(self.from_json(json.loads(text)) for text in columns.get(name) or ())


_BASES = tuple(CapacityBasis)


@cache
def mw_column(basis: CapacityBasis, stage: CapacityStage | None = None) -> str:
    """The column that holds megawatts of a basis: of the furthest stage, or of one stage."""
    return f"mw_{basis}_{stage}".lower() if stage else f"mw_{basis}".lower()


def _megawatts(entries: Sequence[Capacity], basis: CapacityBasis) -> Columns:
    if len(entries) == 1:  # as in most lists: the total, or the sum of one phase
        [entry] = entries
        of_stage = [mw_column(basis, entry.stage)] if entry.stage else []
        return dict.fromkeys((*of_stage, mw_column(basis)), entry.mw)
    stages = {entry.stage for entry in entries}
    totals = {
        mw_column(basis, stage): total_capacity([entry for entry in entries if entry.stage is stage], basis)
        for stage in CapacityStage
        if stage in stages
    }
    totals[mw_column(basis)] = total_capacity(entries, basis)
    return {name: capacity.mw for name, capacity in totals.items() if capacity}


@dataclass(frozen=True)
class RenewalsType(Type):
    def read_one(self, raw: Raw) -> Renewals:
        entry = read_mapping(raw, ("count", "years"))
        return Renewals(
            required(entry, "count", lambda raw: read_whole(raw, 1, 100)),
            required(entry, "years", lambda raw: read_number(raw, 0, 200)),
        )

    def to_json(self, value: Renewals) -> Json:
        return {"count": value.count, "years": value.years}

    def from_json(self, data: Json) -> Renewals:
        return Renewals(data["count"], float(data["years"]))

    def columns(self, name: str, value: Renewals) -> Columns:
        return {f"{name}_count": value.count, f"{name}_years": value.years}

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_count", f"{name}_years")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Renewals | None:
        count = columns.get(f"{name}_count")
        return None if count is None else Renewals(count, float(columns[f"{name}_years"]))


@dataclass(frozen=True)
class TerminationType(Type):
    def read_one(self, raw: Raw) -> Termination:
        entry = read_mapping(raw, ("party", "notice_days"))
        return Termination(
            required(entry, "party", lambda raw: read_choice(TerminationParty, raw)),
            part(entry, "notice_days", lambda raw: read_whole(raw, 0, 36_500)),
        )

    def to_json(self, value: Termination) -> Json:
        return _without_none(party=str(value.party), notice_days=value.notice_days)

    def from_json(self, data: Json) -> Termination:
        return Termination(TerminationParty(data["party"]), data.get("notice_days"))

    def columns(self, name: str, value: Termination) -> Columns:
        return _without_none(**{f"{name}_party": str(value.party), f"{name}_notice_days": value.notice_days})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (f"{name}_party", f"{name}_notice_days")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Termination | None:
        party = columns.get(f"{name}_party")
        return party and Termination(TerminationParty(party), columns.get(f"{name}_notice_days"))


_YEAR = "(?:19|20|21)[0-9]{2}"
PERIOD = rf"(?:FY|CY){_YEAR}(?:-Q[1-4]|-H[12])?|{_YEAR}(?:-Q[1-4]|-H[12]|-(?:0[1-9]|1[0-2]))?|YTD|[1-9][0-9]?[DWMY]"


@dataclass(frozen=True)
class FigureType(Type):
    """The keys of an observation's claim; its columns carry their names without a prefix."""

    def keys(self, name: str) -> tuple[str, ...]:
        return (
            *("value", "low", "high", "text_value", "unit", "period", "as_of", "basis", "bound", "definition"),
            *("flow_or_stock", "capacity_basis"),
        )

    def read(self, name: str, says: Mapping[str, Raw]) -> list[Any]:
        value = part(says, "value", read_number)
        low, high = part(says, "low", read_number), part(says, "high", read_number)
        text = part(says, "text_value", read_text)
        unit = self._unit(says, text)
        _check_figure(value, low, high, text)
        _check_basis(says, unit)
        return [
            Figure(
                value=value,
                low=low,
                high=high,
                text=text,
                unit=unit,
                basis=required(says, "basis", lambda raw: read_choice(ObservationBasis, raw)),
                bound=part(says, "bound", read_bound, Bound.EXACT),
                period=part(says, "period", _read_period),
                as_of=part(says, "as_of", _read_moment),
                definition=part(says, "definition", read_text),
                flow_or_stock=part(says, "flow_or_stock", lambda raw: read_choice(FlowOrStock, raw)),
                capacity_basis=part(says, "capacity_basis", lambda raw: read_choice(CapacityBasis, raw)),
            )
        ]

    def dump(self, name: str, value: Figure) -> Mapping[str, Raw]:
        raw = self.to_json(value)
        if raw["bound"] == Bound.EXACT:
            del raw["bound"]
        if value.unit == "TEXT":
            del raw["unit"]
        return {"text_value" if part == "text" else part: stated for part, stated in raw.items()}

    def _unit(self, says: Mapping[str, Raw], text: str | None) -> Any:
        if text is not None and says.get("unit") is None:
            return "TEXT"
        return required(says, "unit", read_unit)

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
        for name, choices in (("flow_or_stock", FlowOrStock), ("capacity_basis", CapacityBasis)):
            if name in typed:
                typed[name] = choices(typed[name])
        if "as_of" in typed:
            typed["as_of"] = PartialDate.read(typed["as_of"])
        return Figure(**typed)

    def columns(self, name: str, value: Figure) -> Columns:
        columns: Columns = self.to_json(value)
        return columns | (PartialDay().columns("as_of", value.as_of) if value.as_of else {})

    def column_names(self, name: str) -> tuple[str, ...]:
        return (*(part.name for part in fields(Figure)), "as_of_earliest", "as_of_latest")

    def from_columns(self, name: str, columns: Mapping[str, Any]) -> Figure | None:
        if "unit" not in columns:
            return None
        return self.from_json({part.name: columns[part.name] for part in fields(Figure) if part.name in columns})

    def moments(self, name: str, value: Figure) -> Mapping[str, PartialDate]:
        year = re.search("[0-9]{4}", value.period or "")
        period = {"period": PartialDate.read(year[0])} if year else {}
        return period | ({"as_of": value.as_of} if value.as_of else {})


def _check_figure(value: float | None, low: float | None, high: float | None, text: str | None) -> None:
    values = [value is not None, low is not None or high is not None, text is not None]
    if sum(values) != 1:
        raise BadValue("a figure without exactly one value", remedy="write value, or low and/or high, or text_value")
    if low is not None and high is not None and low > high:
        raise BadValue("low is above high", remedy="swap them", path=("low",))


def _check_basis(says: Mapping[str, Raw], unit: str) -> None:
    if says.get("capacity_basis") is not None and unit != "MW":
        raise BadValue(
            f"capacity_basis of a figure in {unit}",
            remedy="leave it out: only megawatts have one",
            path=("capacity_basis",),
        )


def _read_moment(raw: Raw) -> PartialDate:
    return PartialDate.read(read_text(raw))


def _read_period(raw: Raw) -> str:
    return Text(pattern=PERIOD, example="FY2026, CY2026, 2026-Q1, FY2026-Q2, 2025-H1, YTD, 1D or 1Y").read_one(raw)


def _dump_bound(name: str, bound: Bound) -> dict[str, Raw]:
    return {} if bound is Bound.EXACT else {name: str(bound)}


def _without_none(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}
