"""Captions: what a row is, in a few words, as a graph draws it and lists name it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import singledispatch
from typing import Any

from graph.evidence.firmness import is_firm, memo_column
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import AMOUNT_ROLES, ENTITIES, KINDS, LinkRole, Property, PropertyRole, Row, link_types
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    Count,
    Figure,
    Money,
    PartialDate,
    Renewals,
    Termination,
    total_capacity,
)
from graph.vocabulary.wording import bound_sign, dollars, megawatts, words

Rows = Mapping[str, Mapping[str, Row]]
"""By label and key, as of a projection."""

_LONGEST = 80
"""Letters of a statement that are shown; a circle holds fewer."""


def own_caption(row: Row) -> str | None:
    """The name of a row that tells it by itself: its own, or what its columns say; None where it takes others."""
    say = _OF_ITSELF.get(row.label)
    name: str | None = row.columns.get("name")
    return name if say is None else say(row)


def caption_among(row: Row, rows: Rows) -> str | None:
    """The name of a row that is told by names of the rows that it refers to; None for every other."""
    say = _OF_OTHERS.get(row.label)
    return say and say(row, rows)


def _name_of(key: str, rows: Rows) -> str:
    named = (rows[label].get(key) for label in ENTITIES)
    return next((row.columns["name"] for row in named if row and "name" in row.columns), key)


def caption(row: Row, rows: Rows) -> str:
    """The name of any row; its key where nothing names it."""
    return caption_among(row, rows) or own_caption(row) or row.key


# ---- by label


def _link(row: Row, rows: Rows) -> str:
    """IREN → Microsoft, 200 MW; with how far it has come where that is not firm."""
    ends = f"{_name_of(row.columns['from'], rows)} → {_name_of(row.columns['to'], rows)}"
    quantity = _quantity(row)
    plain = quantity and row.kind.kind_name in link_types(LinkRole.CAPACITY_CONTRACT)
    kind = "" if plain else words(row.kind.kind_name)
    return ", ".join(part for part in (ends, kind, quantity) if part) + _reservation(row)


def arrow_caption(link: Row) -> str:
    """What an arrow says of a link: "200 MW", "60 MW unstated", "3.2 bn USD (option)"; its kind where it states no
    quantity: "owns"."""
    quantity = _quantity(link).replace(" of unstated basis", " unstated")
    return (quantity or words(link.kind.kind_name)) + _reservation(link)


def _quantity(link: Row) -> str:
    """Its megawatts of the first basis that it states, else its amount."""
    entries = link.of_role(PropertyRole.CAPACITY) or ()
    totals = (total_capacity(entries, basis) for basis in CapacityBasis)
    capacity = next((total for total in totals if total), None)
    if capacity:
        return _megawatts(capacity.mw, capacity.bound, capacity.basis)
    roles = link.kind.by_role
    amounts = (link.of_role(role) for role in AMOUNT_ROLES if role in roles)
    return next((describe_value(amount) for amount in amounts if amount), "")


def _reservation(link: Row) -> str:
    if is_firm(link):
        return ""
    why = memo_column(link) or link["status"]
    return f" ({words(why)})" if why else ""


def _debt(row: Row, rows: Rows) -> str:
    """IREN, convertible notes due 2029."""
    maturity, issued = row["maturity"], row["issued"]
    year = f" due {maturity.earliest.year}" if maturity else f" of {issued.earliest.year}" if issued else ""
    return f"{_name_of(row.columns['issuer'], rows)}, {words(row['instrument'])}{year}"


def _observation(row: Row, rows: Rows) -> str:
    """Meta Platforms, capex CY2026: 115 bn to 135 bn USD."""
    what = " ".join(part for part in (row["label"] or words(row["metric"]), row.columns.get("period")) if part)
    return f"{_name_of(row.columns['subject'], rows)}, {what}: {describe_value(row['figure'])}"


def _source(row: Row) -> str:
    return source_caption(row, str)


def source_caption(row: Row, write_day: Callable[[PartialDate], str]) -> str:
    """Example Host, 2026-03-02 (second hand); with its day as `write_day` writes days."""
    published, second_hand = row["published"], row["read"] is SourceReading.SECOND_HAND
    dated = f"{row['publisher']}, {write_day(published)}" if published else str(row["publisher"])
    return f"{dated} ({words(SourceReading.SECOND_HAND)})" if second_hand else dated


def statement_text(row: Row, name: Callable[[str], str]) -> str:
    """What a statement says, without its property: 9.7 bn USD, Hut 8; `name` gives the name of a key."""
    prop = _property_of(row)
    if not prop.refers_to:
        return _said(row, prop)
    value = prop.type.from_json(json.loads(row.columns["value"]))
    return ", ".join(map(name, value if isinstance(value, tuple) else (str(value),)))


def _property_of(statement: Row) -> Property:
    return KINDS[statement.columns["subject_kind"]].properties[statement.columns["property"]]


def _statement(row: Row) -> str:
    """value: 9.7 bn USD."""
    prop = _property_of(row)
    return f"{prop.name}: {_said(row, prop)}"


def _said(row: Row, prop: Property) -> str:
    value = prop.type.from_json(json.loads(row.columns["value"]))
    in_usd = prop.unit == "USD" and isinstance(value, float)
    said = describe_value(Money(value) if in_usd else value)
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


_OF_ITSELF: Mapping[str, Callable[[Row], str]] = {"Source": _source, "Statement": _statement}
_OF_OTHERS: Mapping[str, Callable[[Row, Rows], str]] = {"Link": _link, "Debt": _debt, "Observation": _observation}
"""By label; the others have a name of their own."""

# ---- values


@singledispatch
def describe_value(value: Any) -> str:
    """A value of a statement in a few words."""
    return str(value)


@describe_value.register
def _(value: StrEnum) -> str:
    return words(value)


@describe_value.register
def _(value: bool) -> str:
    return "yes" if value else "no"


@describe_value.register
def _(value: int) -> str:
    return f"{value:,}"


@describe_value.register
def _(value: float) -> str:
    return f"{value:,.10g}"


@describe_value.register
def _(value: tuple) -> str:  # type: ignore[type-arg]  # the dispatcher takes a bare class
    return ", ".join(map(describe_value, value))


@describe_value.register
def _(value: Money) -> str:
    return f"{bound_sign(value.bound)}{dollars(value.amount)} {value.currency}"


@describe_value.register
def _(value: Count) -> str:
    return f"{bound_sign(value.bound)}{value.value:,}"


@describe_value.register
def _(value: Capacity) -> str:
    return describe_capacity(value, str)


def describe_capacity(value: Capacity, write_day: Callable[[PartialDate], str]) -> str:
    """One entry of megawatts, with its day as `write_day` writes days."""
    size = _megawatts(value.mw, value.bound, value.basis)
    phase = f"phase {value.phase}" if value.phase else ""
    since = f"from {write_day(value.since)}" if value.since else ""
    return ", ".join(part for part in (size, words(value.stage), phase, since) if part)


def _megawatts(mw: float, bound: Bound, basis: CapacityBasis) -> str:
    """Of another basis than critical IT with the basis."""
    of_basis = {CapacityBasis.CRITICAL_IT: "", CapacityBasis.UNSTATED: " of unstated basis"}
    return f"{bound_sign(bound)}{megawatts(mw)} MW{of_basis.get(basis, f' {words(basis)}')}"


@describe_value.register
def _(value: Renewals) -> str:
    return f"{value.count} × {value.years:g} years"


@describe_value.register
def _(value: Termination) -> str:
    notice = "" if value.notice_days is None else f", {value.notice_days} days' notice"
    return f"{words(value.party)}{notice}"


@describe_value.register
def _(value: Figure) -> str:
    if value.text is not None:
        return value.text
    ends = [value.value] if value.value is not None else [value.low, value.high]
    stated = [_of_unit(one, value.unit) for one in ends if one is not None]
    sign = bound_sign(value.bound)
    if len(stated) == 1 and value.value is None:
        sign = "≥ " if value.high is None else "≤ "
    return f"{sign}{' to '.join(stated)}{_UNITS.get(value.unit, f' {value.unit}')}"


_UNITS = {"COUNT": "", "PCT": " %"}


def _of_unit(amount: float, unit: str) -> str:
    if unit in ("PCT", "COUNT"):
        return describe_value(amount)
    return megawatts(amount) if unit == "MW" else dollars(amount)


@describe_value.register
def _(value: PartialDate) -> str:
    return value.text
