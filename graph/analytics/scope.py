"""Scopes: which links count, which way each points, and how much it weighs.

Only links in force on `valid_on` count, between two organizations that are not placeholders. Whatever is asked for and
does not count is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from graph.errors import ScopeRequired
from graph.lens import Lens
from graph.model import ENTITIES, LINKS, TYPE_COLUMN, Commitment, Layer, Link, LinkStatus, Row
from graph.model import Flow as Runs
from graph.query import EVERYTHING, Filter, check_size, matches
from graph.stores.base import Reader
from graph.values import Bound, CapacityBasis, CapacityStage, Money, total_capacity

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

    def told(self) -> dict[str, Any]:
        """The scope as JSON, for `Method.parameters`."""
        return {
            "types": "all" if self.types is None else [name for name in LINKS if name in self.types],
            "where": "everything" if self.where == EVERYTHING else repr(self.where),
            "layer": self.layer and str(self.layer),
            "basis": self.basis and str(self.basis),
            "status": [str(status) for status in LinkStatus if status in self.status],
            "commitment": [str(commitment) for commitment in Commitment if commitment in self.commitment],
        }


USUAL_SCOPE = Scope()


# ---- what is there


@dataclass(frozen=True)
class Snapshot:
    """Links and entities of one reader, by key: all that a view is made from."""

    links: Mapping[str, Row]
    entities: Mapping[str, Row]
    lens: Lens
    data_version: str
    data_through: date | None

    @cached_property
    def organizations(self) -> Mapping[str, Row]:
        return {key: row for key, row in self.entities.items() if row.label == "Organization"}

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Keys of parties that are not named."""
        return frozenset(key for key, row in self.entities.items() if row.columns.get("placeholder"))


async def snapshot(reader: Reader) -> Snapshot:
    entities = {row.key: row for label in ENTITIES async for row in reader.stream(label)}
    links = {row.key: row async for row in reader.stream("Link")}
    return Snapshot(links, entities, reader.lens, reader.version.id, reader.data_through)


# ---- which links count


class Why(StrEnum):
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


UNMEASURED = frozenset({Why.NO_FIGURE, Why.CURRENCY, Why.MIXED_BOUNDS})
"""The link counts as a relationship, and weighs nothing that could be added."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A link that was asked for and does not count; `because` is a sentence without its full stop."""

    link: Row
    why: Why
    because: str


def link_kind(link: Row) -> type[Link]:
    return LINKS[link.columns[TYPE_COLUMN]]


def asked(link: Row, scope: Scope, entities: Mapping[str, Row]) -> bool:
    """Whether the scope speaks of the link at all, by type, layer and filter."""
    if scope.types is not None and link.columns[TYPE_COLUMN] not in scope.types:
        return False
    if scope.layer is not None and link["layer"] is not scope.layer and not _may_be_in(link, scope.layer):
        return False
    return scope.where == EVERYTHING or matches(scope.where, link, entities.get)


def _may_be_in(link: Row, layer: Layer) -> bool:
    """Whether the link's layer hangs on something that it does not state."""
    kind = link_kind(link)
    known = link.columns.get(kind.layer_property) is not None
    return isinstance(kind.layer_of, Mapping) and not known and layer in kind.layer_of.values()


@dataclass(frozen=True, slots=True)
class _Question:
    scope: Scope
    flow: Flow
    snapshot: Snapshot


def _not_two_organizations(link: Row, question: _Question) -> Excluded | None:
    ends = [link.columns["from"], link.columns["to"]]
    organizations = question.snapshot.organizations
    if ends[0] != ends[1] and ends[0] in organizations and ends[1] in organizations:
        return None
    others = [question.snapshot.entities.get(end) for end in ends]
    labels = sorted({row.label.lower() for row in others if row is not None and row.label != "Organization"})
    if labels:
        return Excluded(link, Why.NOT_TWO_ORGANIZATIONS, f"one end is a {labels[0]}, not an organization")
    return Excluded(link, Why.NOT_TWO_ORGANIZATIONS, "its ends are not two organizations")


def _placeholder(link: Row, question: _Question) -> Excluded | None:
    given, columns = question.snapshot, link.columns
    if columns["from"] not in given.placeholders and columns["to"] not in given.placeholders:
        return None
    unnamed = next(columns[end] for end in ("from", "to") if columns[end] in given.placeholders)
    return Excluded(link, Why.PLACEHOLDER, f"{given.entities[unnamed]['name']} is a placeholder")


def _not_in_force(link: Row, question: _Question) -> Excluded | None:
    day = question.snapshot.lens.valid_on
    return (
        None
        if link.columns.get("in_force")
        else Excluded(link, Why.NOT_IN_FORCE, f"not in force on {day}{_standing(link)}")
    )


def _standing(link: Row) -> str:
    return f" ({link['status']})" if link["status"] else ""


def _status(link: Row, question: _Question) -> Excluded | None:
    status = link.columns.get("status")
    if status in question.scope.status:
        return None
    return Excluded(link, Why.STATUS, f"status {status}" if status else "states no status")


def _commitment(link: Row, question: _Question) -> Excluded | None:
    commitment = link.columns.get("commitment") or Commitment.FIRM
    if commitment in question.scope.commitment:
        return None
    return Excluded(link, Why.COMMITMENT, f"commitment {link['commitment'] or 'unstated, which counts as FIRM'}")


def _no_flow(link: Row, question: _Question) -> Excluded | None:
    if ends_of(link, question.flow) is not None:
        return None
    return Excluded(link, Why.NO_FLOW, f"no {question.flow.lower()} flows along {link.columns[TYPE_COLUMN]}")


def _no_layer(link: Row, question: _Question) -> Excluded | None:
    layer = question.scope.layer
    if layer is None or link["layer"] is layer:
        return None
    return Excluded(link, Why.NO_LAYER, f"states no {link_kind(link).layer_property}, so its layer is unknown")


Check = Callable[[Row, _Question], Excluded | None]

ANY_PARTIES: tuple[Check, ...] = (_not_in_force, _commitment, _status, _no_flow, _no_layer)
"""What a contract must pass whoever its parties are; in this order, the first reason is the one that is told."""
NAMED_PARTIES: tuple[Check, ...] = (_placeholder, *ANY_PARTIES)
"""And both parties are named, be they organizations or sites."""
TWO_ORGANIZATIONS: tuple[Check, ...] = (_not_two_organizations, *NAMED_PARTIES)
"""And it joins two organizations."""


def ends_of(link: Row, flow: Flow) -> tuple[str, str] | None:
    """Where the edge of a link begins and ends; None when nothing flows along it."""
    columns = link.columns
    runs = _runs(columns[TYPE_COLUMN], flow)
    if runs is Runs.NONE:
        return None
    source, target = columns["from"], columns["to"]
    return (source, target) if runs is Runs.ALONG else (target, source)


@cache
def _runs(name: str, flow: Flow) -> Runs:
    kind = LINKS[name]
    return {Flow.LINK: Runs.ALONG, Flow.MONEY: kind.money_flow, Flow.DEPENDENCY: kind.dependency_flow}[flow]


class Beside(StrEnum):
    """In which column beside the firm figure a link stands that is not firm, signed and in force."""

    CONDITIONAL = "CONDITIONAL"
    OPTION = "OPTION"
    LETTER = "LETTER"
    LAPSED = "LAPSED"


_NOT_DUE = frozenset({Commitment.OPTION, Commitment.ROFO, Commitment.ROFR})


def beside(link: Row) -> Beside | None:
    """The column of a link that does not count; None for talks, rumours and mere announcements."""
    if not link["in_force"]:
        return Beside.LAPSED
    if link["status"] is LinkStatus.LETTER:
        return Beside.LETTER
    if link["commitment"] in _NOT_DUE:
        return Beside.OPTION
    conditional = link["commitment"] is Commitment.CONDITIONAL or link["status"] is LinkStatus.SIGNED_CONDITIONAL
    return Beside.CONDITIONAL if conditional else None


# ---- what a link weighs


@dataclass(frozen=True, slots=True)
class Amount:
    """What one link weighs, in the unit of the weight, as its bound states it.

    `firm_of` is the whole value where only its firm part counts."""

    value: float
    bound: Bound = Bound.EXACT
    stage: CapacityStage | None = None
    firm_of: Money | None = None


_ONE = Amount(1.0)


def amount_of(link: Row, weight: Weight, scope: Scope) -> Amount | Excluded:
    """What the link weighs, or why it weighs nothing that could be added."""
    if weight not in QUANTITIES and scope.basis is None:
        return _ONE
    if weight is Weight.CAPACITY_MW:
        return _megawatts(link, scope.basis)
    unstated = _megawatts(link, scope.basis) if scope.basis else None
    if isinstance(unstated, Excluded):
        return unstated
    if weight is Weight.VALUE_USD:
        return _value(link, scope.only_firm)
    if weight is Weight.ANNUAL_USD:
        yearly = link["annual_value_usd"]
        return Excluded(link, Why.NO_FIGURE, "states no yearly value") if yearly is None else Amount(yearly)
    return Amount(1.0)


def _megawatts(link: Row, basis: CapacityBasis | None) -> Amount | Excluded:
    if basis is None:
        raise ScopeRequired("Megawatts need one basis.", remedy="Give scope.basis.")
    entries = link["capacities"] or ()
    total = total_capacity(entries, basis)
    if total is not None:
        return Amount(total.mw, total.bound, total.stage)
    if any(entry.basis is basis for entry in entries):
        return Excluded(link, Why.MIXED_BOUNDS, f"its phases state {basis} megawatts with different bounds")
    others = ", ".join(sorted({str(entry.basis) for entry in entries}))
    return Excluded(link, Why.NO_FIGURE, f"states {others} megawatts only" if others else "states no megawatts")


def _value(link: Row, only_firm: bool) -> Amount | Excluded:
    value: Money | None = link["value"]
    firm: float | None = link["value_firm_usd"] if only_firm else None
    if firm is not None and (value is None or (value.amount, value.currency) != (firm, "USD")):
        return Amount(firm, firm_of=value)
    if value is None:
        return Excluded(link, Why.NO_FIGURE, "states no value")
    if value.currency != "USD":
        return Excluded(link, Why.CURRENCY, f"its value of {value.amount:,.0f} is in {value.currency}")
    return Amount(value.amount, value.bound)


# ---- the selection


@dataclass(frozen=True, slots=True)
class Counted:
    """A link that counts, as the edge it makes."""

    link: Row
    tail: str
    head: str
    amount: Amount


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


def select(
    given: Snapshot, scope: Scope, flow: Flow, weight: Weight, *, checks: tuple[Check, ...] = TWO_ORGANIZATIONS
) -> tuple[Mapping[str, Counted], tuple[Excluded, ...]]:
    """Every link that the scope speaks of, by key: either counted, or excluded with the first reason."""
    question = _Question(scope, flow, given)
    counted: dict[str, Counted] = {}
    excluded: list[Excluded] = []
    for key, link in sorted(given.links.items()):
        if not asked(link, scope, given.entities):
            continue
        amount = _refused(link, question, checks) or amount_of(link, weight, scope)
        ends = ends_of(link, flow)
        if isinstance(amount, Excluded):
            excluded.append(amount)
        elif ends is not None:
            counted[key] = Counted(link, *ends, amount)
    return counted, tuple(excluded)


def _refused(link: Row, question: _Question, checks: tuple[Check, ...]) -> Excluded | None:
    """The first reason why the link does not count."""
    for check in checks:
        found = check(link, question)
        if found is not None:
            return found
    return None
