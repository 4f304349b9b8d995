"""Closeness: whether two values of one thing are the same but for rounding or precision."""

from __future__ import annotations

from typing import Any

from graph.vocabulary.values import Capacity, Count, Figure, Money, PartialDate

ROUNDING = 0.002
"""Two amounts that differ by less than this share of the larger are one amount, rounded otherwise."""


def difference(one: Any, other: Any) -> float | None:
    """By which share of the larger two amounts of one unit differ, whatever their bounds; None for anything else."""
    first, second = _amount(one), _amount(other)
    if first is None or second is None or first[1] != second[1]:
        return None
    larger = max(abs(first[0]), abs(second[0]))
    return abs(first[0] - second[0]) / larger if larger else 0.0


def agrees(said: Any, settled: Any) -> bool:
    """Whether what was said is the settled value, but for rounding; a date may be less precise."""
    if isinstance(said, PartialDate) and isinstance(settled, PartialDate):
        return said.contains(settled)
    share = difference(said, settled)
    return bool(said == settled) if share is None else share < ROUNDING


def _amount(value: Any) -> tuple[float, tuple[Any, ...]] | None:
    """A single number, and what it counts; None for anything else."""
    match value:
        case bool():
            return None
        case int() | float():
            return value, ()
        case Money(amount, currency):
            return amount, (currency,)
        case Count(number):
            return number, ()
        case Capacity():
            return value.mw, (value.slot,)
        case Figure(value=int() | float() as number):
            return number, (value.unit, value.basis, value.period, value.capacity_basis, value.flow_or_stock)
    return None
