"""Scopes: which links count, which way each points, and how much it weighs.

Only links in force on `valid_on` count, between two organizations that are not placeholders. Whatever is asked for and
does not count is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from graph.analytics.core.snapshot import Snapshot
from graph.errors import ScopeRequired
from graph.stores.query import EVERYTHING, Filter, check_size, matches
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import AMOUNT_ROLES, LINKS, TYPE_COLUMN, FlowDirection, Link, PropertyRole, Row
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Money, total_capacity

# ---- what is asked


class Flow(StrEnum):
    """Which way an edge points: as the link reads, as money flows, or from what is depended on to who depends on it
    (the way harm spreads). The link types declare it."""

    LINK = "LINK"
    MONEY = "MONEY"
    DEPENDENCY = "DEPENDENCY"


class Weight(StrEnum):
    """What a link weighs; always a strength. CAPACITY_MW in megawatts, VALUE_USD in US dollars over the base term,
    ANNUAL_USD in US dollars a year, COUNT 1 for each link."""

    NONE = "NONE"
    CAPACITY_MW = "CAPACITY_MW"
    VALUE_USD = "VALUE_USD"
    ANNUAL_USD = "ANNUAL_USD"
    COUNT = "COUNT"


UNITS: Mapping[Weight, str] = {
    Weight.NONE: "",
    Weight.CAPACITY_MW: "MW",
    Weight.VALUE_USD: "USD",
    Weight.ANNUAL_USD: "USD a year",
    Weight.COUNT: "links",
}
MONEY = frozenset({Weight.VALUE_USD, Weight.ANNUAL_USD})
QUANTITIES = MONEY | {Weight.CAPACITY_MW}
"""Weights that are figures of contracts: a link may lack one, and one contract may contain another's."""


class Meaning(StrEnum):
    """How a metric reads a weight."""

    STRENGTH = "STRENGTH"
    DISTANCE = "DISTANCE"


@dataclass(frozen=True, slots=True)
class EdgeWeight:
    """A weight with its meaning. Edges hold it under `attribute`; a distance is 1/strength."""

    weight: Weight
    meaning: Meaning = Meaning.STRENGTH

    @property
    def attribute(self) -> str:
        return self.meaning.lower()

    def __str__(self) -> str:
        strength = f"{self.weight} in {UNITS[self.weight]}"
        return f"{strength}, as strength" if self.meaning is Meaning.STRENGTH else f"1 / ({strength}), as distance"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which links count. `types` None: all types. `where` is a filter of links; `layer` and `basis` leave out links
    of another layer or without megawatts of the basis. A link that states no commitment passes FIRM."""

    types: frozenset[str] | None = None
    where: Filter = EVERYTHING
    layer: Layer | None = None
    basis: CapacityBasis | None = None
    status: frozenset[LinkStatus] = frozenset({LinkStatus.SIGNED, LinkStatus.ACTIVE})
    commitment: frozenset[Commitment] = frozenset({Commitment.FIRM})

    def __post_init__(self) -> None:
        check_size(self.where)

    @property
    def only_firm(self) -> bool:
        return self.commitment == {Commitment.FIRM}

    def to_dict(self) -> dict[str, Any]:
        """The scope as JSON, for `Method.parameters`."""
        return {
            "types": "all" if self.types is None else [name for name in LINKS if name in self.types],
            "where": "everything" if self.where == EVERYTHING else repr(self.where),
            "layer": self.layer and str(self.layer),
            "basis": self.basis and str(self.basis),
            "status": [str(status) for status in LinkStatus if status in self.status],
            "commitment": [str(commitment) for commitment in Commitment if commitment in self.commitment],
        }


DEFAULT_SCOPE = Scope()


def require(scope: Scope, weight: Weight) -> None:
    """Raises ScopeRequired for megawatts without one layer and one basis, and for money without one layer."""
    missing = ["layer"] if weight in QUANTITIES and scope.layer is None else []
    missing += ["basis"] if weight is Weight.CAPACITY_MW and scope.basis is None else []
    if missing:
        unit = "Megawatts are" if weight is Weight.CAPACITY_MW else "Money is"
        raise ScopeRequired(
            f"{unit} never added across {' or '.join(f'{name}s' if name == 'layer' else 'bases' for name in missing)}.",
            remedy=f"Give scope.{' and scope.'.join(missing)}.",
        )


# ---- which links count


class ExclusionReason(StrEnum):
    """Why a link that was asked for does not count."""

    NOT_TWO_ORGANIZATIONS = "does not join two organizations"
    PLACEHOLDER = "a party is not named (placeholder)"
    NOT_IN_FORCE = "not in force"
    STATUS = "status out of scope"
    COMMITMENT = "commitment out of scope"
    NO_FLOW = "nothing flows along it"
    NO_LAYER = "its layer is unknown"
    NO_FIGURE = "states no figure"
    CURRENCY = "stated in another currency"
    MIXED_BOUNDS = "its phases have no sum"
    NO_PART = "it is not said for whom how much"
    NO_START = "nobody says when its service begins"
    NO_CLAIM = "nothing is owed by it"


UNMEASURED = frozenset({ExclusionReason.NO_FIGURE, ExclusionReason.CURRENCY, ExclusionReason.MIXED_BOUNDS})
"""The link counts as a relationship, and weighs nothing that could be added."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A link that was asked for and does not count (`Exclusion`)."""

    link: Row
    reason: ExclusionReason
    because: str


def link_kind(link: Row) -> type[Link]:
    return LINKS[link.columns[TYPE_COLUMN]]


def in_scope(link: Row, scope: Scope, entities: Mapping[str, Row]) -> bool:
    """Whether the scope speaks of the link at all, by type, layer and filter."""
    return kind_in_scope(link, scope) and (scope.where == EVERYTHING or matches(scope.where, link, entities.get))


DECIDING = (TYPE_COLUMN, "in_force", "status", "commitment")


def deciding(scope: Scope) -> tuple[str, ...]:
    """The columns of links that `kind_in_scope` and `exclusion_of_kind` read."""
    if scope.layer is None:
        return DECIDING
    return (*DECIDING, "layer", *sorted({kind.layer_property for kind in LINKS.values()} - {""}))


def kind_in_scope(kind: Row, scope: Scope) -> bool:
    """Whether the scope speaks of links of a kind, by type and layer."""
    if scope.types is not None and kind.columns[TYPE_COLUMN] not in scope.types:
        return False
    return scope.layer is None or kind["layer"] is scope.layer or _may_be_in(kind, scope.layer)


def _may_be_in(link: Row, layer: Layer) -> bool:
    """Whether the link's layer hangs on something that it does not state."""
    kind = link_kind(link)
    known = link.columns.get(kind.layer_property) is not None
    return isinstance(kind.layer_of, Mapping) and not known and layer in kind.layer_of.values()


class Exclusion(NamedTuple):
    """Why something does not count; `because` is a sentence without its full stop."""

    reason: ExclusionReason
    because: str


def exclusion_of_kind(kind: Row, scope: Scope, flow: Flow, day: date | None) -> Exclusion | None:
    """The first reason why no link of a kind counts on a day, whoever its parties are."""
    columns = kind.columns
    if not columns.get("in_force"):
        return Exclusion(ExclusionReason.NOT_IN_FORCE, f"not in force on {day}{_standing(kind)}")
    if (columns.get("commitment") or Commitment.FIRM) not in scope.commitment:
        return Exclusion(
            ExclusionReason.COMMITMENT, f"commitment {kind['commitment'] or 'unstated, which counts as FIRM'}"
        )
    status = columns.get("status")
    if status not in scope.status:
        return Exclusion(ExclusionReason.STATUS, f"status {status}" if status else "states no status")
    if runs(columns[TYPE_COLUMN], flow) is FlowDirection.NONE:
        return Exclusion(ExclusionReason.NO_FLOW, f"no {flow.lower()} flows along {columns[TYPE_COLUMN]}")
    if scope.layer is not None and kind["layer"] is not scope.layer:
        return Exclusion(
            ExclusionReason.NO_LAYER, f"states no {link_kind(kind).layer_property}, so its layer is unknown"
        )
    return None


def _standing(link: Row) -> str:
    return f" ({link['status']})" if link["status"] else ""


class Parties(StrEnum):
    """What the ends of a link have to be for it to count."""

    ANY = "ANY"
    NAMED = "NAMED"
    ORGANIZATIONS = "ORGANIZATIONS"
    """Two different ones, both named."""


def exclusion_of_parties(link: Row, snapshot: Snapshot, parties: Parties) -> Exclusion | None:
    """The first reason why a link does not count for its ends."""
    ends = [link.columns["from"], link.columns["to"]]
    if parties is Parties.ORGANIZATIONS and (ends[0] == ends[1] or not snapshot.organizations.keys() >= {*ends}):
        others = [snapshot.entities.get(end) for end in ends]
        labels = sorted({row.label.lower() for row in others if row is not None and row.label != "Organization"})
        told = f"one end is a {labels[0]}, not an organization" if labels else "its ends are not two organizations"
        return Exclusion(ExclusionReason.NOT_TWO_ORGANIZATIONS, told)
    unnamed = next((end for end in ends if end in snapshot.placeholders), None)
    if parties is Parties.ANY or unnamed is None:
        return None
    return Exclusion(ExclusionReason.PLACEHOLDER, f"{snapshot.entities[unnamed]['name']} is a placeholder")


def ends_of(link: Row, flow: Flow) -> tuple[str, str] | None:
    """Where the edge of a link begins and ends; None when nothing flows along it."""
    columns = link.columns
    way = runs(columns[TYPE_COLUMN], flow)
    if way is FlowDirection.NONE:
        return None
    source, target = columns["from"], columns["to"]
    return (source, target) if way is FlowDirection.ALONG else (target, source)


@cache
def runs(name: str, flow: Flow) -> FlowDirection:
    """Whether the edge of links of a type points as they read, the other way, or is none."""
    kind = LINKS[name]
    return {Flow.LINK: FlowDirection.ALONG, Flow.MONEY: kind.money_flow, Flow.DEPENDENCY: kind.dependency_flow}[flow]


class MemoColumn(StrEnum):
    """In which column beside the firm figure a link stands that is not firm, signed and in force."""

    CONDITIONAL = "CONDITIONAL"
    OPTION = "OPTION"
    LETTER = "LETTER"
    LAPSED = "LAPSED"


_NOT_DUE = frozenset({Commitment.OPTION, Commitment.ROFO, Commitment.ROFR})


def memo_column(link: Row) -> MemoColumn | None:
    """The column of a link that does not count; None for talks, rumours and mere announcements."""
    if not link["in_force"]:
        return MemoColumn.LAPSED
    if link["status"] is LinkStatus.LETTER:
        return MemoColumn.LETTER
    if link["commitment"] in _NOT_DUE:
        return MemoColumn.OPTION
    conditional = link["commitment"] is Commitment.CONDITIONAL or link["status"] is LinkStatus.SIGNED_CONDITIONAL
    return MemoColumn.CONDITIONAL if conditional else None


# ---- what a link weighs


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
        raise ScopeRequired("Megawatts need one basis.", remedy="Give scope.basis.")
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
