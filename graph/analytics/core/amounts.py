"""Amounts: what a link weighs, in the unit of the weight, or why it weighs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.analytics.core.exclusions import Excluded, ExclusionReason
from graph.analytics.core.scope import QUANTITIES, Scope, Weight
from graph.errors import ScopeRequired
from graph.vocabulary.model import AMOUNT_ROLES, PropertyRole, Row
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Money, total_capacity


@dataclass(frozen=True, slots=True)
class Amount:
    """What one link weighs, in the unit of the weight, as its bound states it.

    `firm_of` is the whole value where only its firm part counts."""

    value: float
    bound: Bound = Bound.EXACT
    stage: CapacityStage | None = None
    firm_of: Money | None = None


ONE = Amount(1.0)


def capacities_of(link: Row) -> Sequence[Capacity]:
    """The megawatts that a link states, by basis, stage and phase."""
    entries: Sequence[Capacity] = link.of_role(PropertyRole.CAPACITY) or ()
    return entries


def stated_amount(link: Row) -> Money | None:
    """The amount that a link is about, as stated: its total over the base term, its principal or its cap."""
    roles = link.kind.by_role
    amount: Money | None = next((link.of_role(role) for role in AMOUNT_ROLES if role in roles), None)
    return amount


def amount_of(link: Row, weight: Weight, scope: Scope) -> Amount | Excluded:
    """What the link weighs, or why it weighs nothing that could be added."""
    if weight not in QUANTITIES and scope.basis is None:
        return ONE
    if weight is Weight.CAPACITY_MW:
        return _megawatts(link, scope.basis)
    unstated = _megawatts(link, scope.basis) if scope.basis else None
    if isinstance(unstated, Excluded):
        return unstated
    if weight is Weight.VALUE_USD:
        return _value(link, scope.only_firm)
    if weight is Weight.ANNUAL_USD:
        yearly = link.of_role(PropertyRole.YEARLY_AMOUNT)
        return Excluded(link, ExclusionReason.NO_FIGURE, "states no yearly value") if yearly is None else Amount(yearly)
    return Amount(1.0)


def _megawatts(link: Row, basis: CapacityBasis | None) -> Amount | Excluded:
    if basis is None:
        raise ScopeRequired("Megawatts need one basis.", remedy="Give scope.basis (--basis).")
    entries = capacities_of(link)
    total = total_capacity(entries, basis)
    if total is not None:
        return Amount(total.mw, total.bound, total.stage)
    if any(entry.basis is basis for entry in entries):
        return Excluded(link, ExclusionReason.MIXED_BOUNDS, f"its phases state {basis} megawatts with different bounds")
    others = ", ".join(sorted({str(entry.basis) for entry in entries}))
    return Excluded(
        link, ExclusionReason.NO_FIGURE, f"states {others} megawatts only" if others else "states no megawatts"
    )


def _value(link: Row, only_firm: bool) -> Amount | Excluded:
    value = stated_amount(link)
    firm: float | None = link.of_role(PropertyRole.FIRM_PART) if only_firm else None
    if firm is not None and (value is None or (value.amount, value.currency) != (firm, "USD")):
        return Amount(firm, firm_of=value)
    if value is None:
        return Excluded(link, ExclusionReason.NO_FIGURE, "states no value")
    if value.currency != "USD":
        return Excluded(link, ExclusionReason.CURRENCY, f"its value of {value.amount:,.0f} is in {value.currency}")
    return Amount(value.amount, value.bound)
