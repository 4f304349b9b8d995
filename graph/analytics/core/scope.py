"""Scopes: which links are included, which way each points, and what it weighs.

Only links in force on `valid_on` are included, and none that another has replaced. Sums take contracts with parties
that no source names like any other; graphs join two organizations that are named. A link in scope that is not included
is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from graph.errors import ScopeRequired
from graph.evidence.firmness import BINDING
from graph.stores.query import EVERYTHING, Filter, check_size, matches
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import LINKS, TYPE_COLUMN, FlowDirection, Link, Row
from graph.vocabulary.values import CapacityBasis


class Flow(StrEnum):
    """Which way an edge points: as the link reads, as money flows, or from what is depended on for supply to who
    depends on it (the way harm spreads). The link types declare it."""

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
    """Which links are in scope. `types` None: all types. `where` is a filter of links; `layer` and `basis` leave out
    links of another layer or without megawatts of the basis. A link that states no commitment passes FIRM."""

    types: frozenset[str] | None = None
    where: Filter = EVERYTHING
    layer: Layer | None = None
    basis: CapacityBasis | None = None
    status: frozenset[LinkStatus] = BINDING
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
            remedy=f"Give scope.{' and scope.'.join(missing)} ({', '.join(f'--{name}' for name in missing)}).",
        )


def link_kind(link: Row) -> type[Link]:
    return LINKS[link.columns[TYPE_COLUMN]]


def in_scope(link: Row, scope: Scope, entities: Mapping[str, Row]) -> bool:
    """Whether a link is in scope, by type, layer and filter."""
    return kind_in_scope(link, scope) and (scope.where == EVERYTHING or matches(scope.where, link, entities.get))


DECIDING = (TYPE_COLUMN, "in_force", "status", "commitment")


def deciding(scope: Scope) -> tuple[str, ...]:
    """The columns of links that `kind_in_scope` and `exclusion_of_kind` read."""
    if scope.layer is None:
        return DECIDING
    return (*DECIDING, "layer", *sorted({kind.layer_property for kind in LINKS.values()} - {""}))


def kind_in_scope(kind: Row, scope: Scope) -> bool:
    """Whether links of a kind are in scope, by type and layer."""
    if scope.types is not None and kind.columns[TYPE_COLUMN] not in scope.types:
        return False
    return scope.layer is None or kind["layer"] is scope.layer or _may_be_in(kind, scope.layer)


def _may_be_in(link: Row, layer: Layer) -> bool:
    """Whether the link's layer hangs on something that it does not state."""
    kind = link_kind(link)
    known = link.columns.get(kind.layer_property) is not None
    return isinstance(kind.layer_of, Mapping) and not known and layer in kind.layer_of.values()


def ends_of(link: Row, flow: Flow) -> tuple[str, str] | None:
    """Where the edge of a link begins and ends; None when nothing flows along it."""
    columns = link.columns
    way = flow_direction(columns[TYPE_COLUMN], flow)
    if way is FlowDirection.NONE:
        return None
    source, target = columns["from"], columns["to"]
    return (source, target) if way is FlowDirection.ALONG else (target, source)


@cache
def flow_direction(name: str, flow: Flow) -> FlowDirection:
    """Whether the edge of links of a type points as they read, the other way, or is none."""
    kind = LINKS[name]
    return {Flow.LINK: FlowDirection.ALONG, Flow.MONEY: kind.money_flow, Flow.DEPENDENCY: kind.dependency_flow}[flow]
