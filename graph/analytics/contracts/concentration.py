"""Concentration: on how few customers, suppliers, chips, power contracts, lenders or guarantors an organization hangs.

To add a side, add a member of `Side` and its entry in SIDES at the foot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from graph.analytics.core.assumptions import assumptions_of
from graph.analytics.core.chains import ContractDag, declared_dag, distinct, total
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Excluded, ExclusionReason, Parties
from graph.analytics.core.inputs import InScope, OfOrganization
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import EXCLUDED_LINKS, LINKS_OF_ROW, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import (
    DEFAULT_SCOPE,
    QUANTITIES,
    UNITS,
    EdgeWeight,
    Flow,
    Scope,
    Weight,
    link_kind,
    require,
)
from graph.analytics.core.selection import Included, select
from graph.analytics.core.snapshot import Snapshot
from graph.errors import BadQuery
from graph.vocabulary.enums import Layer, LendingRole
from graph.vocabulary.model import LINKS, LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.wording import quote


class Side(StrEnum):
    """Whose shares: CUSTOMERS it delivers to, SUPPLIERS who deliver to it, CHIPS of its deliveries either way, POWER
    that it or a site it operates is supplied with, LENDERS to it, GUARANTORS who promise payment to it."""

    CUSTOMERS = "CUSTOMERS"
    SUPPLIERS = "SUPPLIERS"
    CHIPS = "CHIPS"
    POWER = "POWER"
    LENDERS = "LENDERS"
    GUARANTORS = "GUARANTORS"


class Measure(StrEnum):
    """What a share is a share of: megawatts, US dollars over the base term, US dollars a year, or links."""

    CAPACITY_MW = "CAPACITY_MW"
    VALUE_USD = "VALUE_USD"
    ANNUAL_USD = "ANNUAL_USD"
    COUNT = "COUNT"


@dataclass(frozen=True, slots=True)
class Share:
    """One organization or chip: `share` from 0 to 1, `amount` in the unit of the measure, from `links`."""

    organization: Row | None
    chip: Row | None
    share: float
    amount: float
    links: tuple[Row, ...]

    @property
    def unnamed(self) -> bool:
        """Whether it is a placeholder: a party that no source names."""
        return self.organization is not None and bool(self.organization["placeholder"])


@dataclass(frozen=True, slots=True)
class Concentration:
    """Shares, the largest first."""

    shares: tuple[Share, ...]
    excluded: tuple[Excluded, ...]
    method: Method

    @property
    def hhi(self) -> float | None:
        """Herfindahl–Hirschman index, the sum of the squares of shares: 1 for one alone, 1/n for n alike, 0 for none;
        competition authorities write it times 10,000. None where it hangs on who the unnamed parties are."""
        return self.hhi_low if sum(one.unnamed for one in self.shares) < 2 else None

    @property
    def hhi_low(self) -> float:
        """Where each unnamed party is another one."""
        return _squares(one.share for one in self.shares)

    @property
    def hhi_high(self) -> float:
        """Where all unnamed parties are one."""
        return _squares((*(one.share for one in self.shares if not one.unnamed), self.unnamed_share))

    @property
    def unnamed_share(self) -> float:
        """The share of unnamed parties, from 0 to 1."""
        return sum((one.share for one in self.shares if one.unnamed), 0.0)


def _squares(shares: Iterable[float]) -> float:
    return sum((share**2 for share in shares), 0.0)


@declared
def concentration(
    snapshot: Snapshot,
    organization: OfOrganization,
    side: Annotated[Side, Parameter("Whose shares.", required_by_api=True)] = Side.CUSTOMERS,
    measure: Annotated[
        Measure,
        Parameter(
            "Shares of what; megawatts and money need a layer, megawatts a basis too.",
            required_by_api=True,
        ),
    ] = Measure.COUNT,
    scope: InScope = DEFAULT_SCOPE,
) -> Concentration:
    """Shares of an organization's links on one side. A link without an amount, or with several holders, is in no share.

    Raises ScopeRequired for megawatts without one layer and one basis, and for money without one layer, on sides that
    have layers; BadQuery for an unknown organization, and for megawatts of money."""
    if organization not in snapshot.organizations:
        raise BadQuery(f"No organization {quote(organization)}.", remedy="Give the key of an organization.")
    rule, weight = SIDES[side], Weight(measure)
    own = _scoped(scope, rule, weight)
    included, excluded = _of_side(snapshot, organization, rule, own, weight)
    shares, unshared = _shares(snapshot, included, rule, weight)
    parameters = {"scope": own.to_dict()}
    return Concentration(
        shares=tuple(shares),
        excluded=(*excluded, *unshared),
        method=method_of(
            snapshot, "CONCENTRATION", parameters, str(EdgeWeight(weight)), assumptions_of(included, own, weight)
        ),
    )


# ---- sides


@dataclass(frozen=True, slots=True)
class _Rule:
    """`types` returns the link types of a side; `at` whether a link belongs to an organization; `named` the keys of its
    holders. `layer`: the one layer of all its links; `layered`: whether they have layers. `no_part` returns
    the reason why an included link has no share, or None."""

    types: Callable[[], frozenset[str]]
    at: Callable[[str, Snapshot], Callable[[Row], bool]]
    named: Callable[[Row], Sequence[str]]
    layer: Layer | None = None
    layered: bool = True
    no_part: Callable[[Row], str | None] = lambda link: None


def _scoped(scope: Scope, rule: _Rule, weight: Weight) -> Scope:
    types = rule.types() if scope.types is None else rule.types() & scope.types
    own = replace(scope, types=types, layer=scope.layer or rule.layer)
    if rule.layered:
        require(own, weight)
    elif weight is Weight.CAPACITY_MW:
        raise BadQuery("Money has no megawatts.", remedy="Ask for VALUE_USD or COUNT.")
    return own


def _of_side(
    snapshot: Snapshot, organization: str, rule: _Rule, scope: Scope, weight: Weight
) -> tuple[Mapping[str, Included], list[Excluded]]:
    is_own = rule.at(organization, snapshot)
    here = {key: link for key, link in snapshot.links.items() if is_own(link)}
    selection = select(snapshot.part(here), scope, Flow.LINK, weight, parties=Parties.ANY)
    without_part = [
        Excluded(row, ExclusionReason.NO_PART, because) for row in selection.rows if (because := rule.no_part(row))
    ]
    left_out = {one.link.key for one in without_part}
    return {key: one for key, one in selection.included.items() if key not in left_out}, [
        *selection.excluded,
        *without_part,
    ]


# ---- shares


def _shares(
    snapshot: Snapshot, included: Mapping[str, Included], rule: _Rule, weight: Weight
) -> tuple[list[Share], list[Excluded]]:
    once = _once(included, weight, declared_dag(snapshot))
    by_name: dict[str, list[str]] = {}
    unshared: list[Excluded] = []
    for key in once:
        names = rule.named(included[key].link)
        if len(names) == 1:
            by_name.setdefault(names[0], []).append(key)
        else:
            unshared.append(_unshared(included[key].link, names))
    amounts = {name: total(included, keys) for name, keys in by_name.items()}
    whole = sum(amounts[name] for name in sorted(amounts))
    shares = [
        _share(snapshot, name, amounts[name], whole, [included[key].link for key in by_name[name]])
        for name in sorted(by_name, key=lambda name: (-amounts[name], name))
        if whole
    ]
    return shares, unshared


def _once(included: Mapping[str, Included], weight: Weight, chains: ContractDag) -> tuple[str, ...]:
    return distinct(included, chains) if weight in QUANTITIES else tuple(included)


def _unshared(link: Row, names: Sequence[str]) -> Excluded:
    because = f"is about {', '.join(names)}, and not how they share it" if names else "names no chip"
    return Excluded(link, ExclusionReason.NO_PART, because)


def _share(snapshot: Snapshot, name: str, amount: float, whole: float, links: list[Row]) -> Share:
    row = snapshot.entities.get(name)
    return Share(
        organization=row if row is not None and row.label == "Organization" else None,
        chip=row if row is not None and row.label == "Chip" else None,
        share=amount / whole,
        amount=amount,
        links=tuple(links),
    )


# ---- chip dependency of hosts


@dataclass(frozen=True, slots=True)
class ChipDependency:
    """`mw` of the `of_mw` contracted megawatts that `organization` provides run on the chips of `vendor` alone;
    `share` is their ratio, at least: other contracts name no chips, or those of several vendors."""

    organization: Row
    vendor: Row
    mw: float
    of_mw: float
    links: tuple[Row, ...]

    @property
    def share(self) -> float:
        return self.mw / self.of_mw


@dataclass(frozen=True, slots=True)
class ChipDependencies:
    """By host, the largest vendor first."""

    rows: tuple[ChipDependency, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def chip_dependency(snapshot: Snapshot, scope: InScope = DEFAULT_SCOPE) -> ChipDependencies:
    """The share of each host's contracted megawatts that runs on one vendor's chips. Raises ScopeRequired."""
    require(scope, Weight.CAPACITY_MW)
    selection = select(snapshot, scope, Flow.LINK, Weight.CAPACITY_MW, parties=Parties.ANY)
    included, excluded = selection.included, selection.excluded
    makers = _makers(snapshot)
    by_host: dict[str, dict[str, Included]] = {}
    for key, one in included.items():
        by_host.setdefault(one.link.columns["from"], {})[key] = one
    chains = declared_dag(snapshot)
    rows = [row for host in sorted(by_host) for row in _host(snapshot, host, by_host[host], makers, chains)]
    unnamed = [_not_one(one.link, makers) for one in included.values() if len(_vendors(one.link, makers)) != 1]
    return ChipDependencies(
        rows=tuple(rows),
        excluded=(*excluded, *unnamed),
        method=method_of(
            snapshot,
            "CHIP_DEPENDENCY",
            {},
            str(EdgeWeight(Weight.CAPACITY_MW)),
            assumptions_of(included, scope, Weight.CAPACITY_MW),
        ),
    )


def _makers(snapshot: Snapshot) -> Mapping[str, frozenset[str]]:
    """Makers by chip."""
    makers_of: dict[str, set[str]] = {}
    for link in snapshot.links.values():
        if LinkRole.MAKING in link_kind(link).roles and link["in_force"]:
            makers_of.setdefault(link.columns["to"], set()).add(link.columns["from"])
    return {chip: frozenset(makers) for chip, makers in makers_of.items()}


def _vendors(link: Row, makers: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Every vendor of the chips of a link; a chip without a known maker is its own vendor."""
    return frozenset(maker for chip in link["chips"] or () for maker in makers.get(chip) or (chip,))


def _not_one(link: Row, makers: Mapping[str, frozenset[str]]) -> Excluded:
    vendors = sorted(_vendors(link, makers))
    because = f"names chips of {', '.join(vendors)}, and not how they share it" if vendors else "names no chips"
    return Excluded(link, ExclusionReason.NO_PART, because)


def _host(
    snapshot: Snapshot,
    host: str,
    included: Mapping[str, Included],
    makers: Mapping[str, frozenset[str]],
    chains: ContractDag,
) -> Iterator[ChipDependency]:
    once = distinct(included, chains)
    of_mw = total(included, once)
    by_vendor: dict[str, list[str]] = {}
    for key in once:
        vendors = _vendors(included[key].link, makers)
        if len(vendors) == 1:
            by_vendor.setdefault(next(iter(vendors)), []).append(key)
    for vendor in sorted(by_vendor, key=lambda one: (-total(included, by_vendor[one]), one)):
        mw = total(included, by_vendor[vendor])
        if of_mw and vendor in snapshot.organizations:
            links = tuple(included[key].link for key in by_vendor[vendor])
            yield ChipDependency(snapshot.organizations[host], snapshot.organizations[vendor], mw, of_mw, links)


# ---- the table of sides


def _source(link: Row) -> Sequence[str]:
    return (link.columns["from"],)


def _target(link: Row) -> Sequence[str]:
    return (link.columns["to"],)


def _chips(link: Row) -> Sequence[str]:
    return tuple(link["chips"] or ())


def _from_it(organization: str, snapshot: Snapshot) -> Callable[[Row], bool]:
    return lambda link: bool(link.columns["from"] == organization)


def _to_it(organization: str, snapshot: Snapshot) -> Callable[[Row], bool]:
    return lambda link: bool(link.columns["to"] == organization)


def _either_way(organization: str, snapshot: Snapshot) -> Callable[[Row], bool]:
    return lambda link: organization in (link.columns["from"], link.columns["to"])


def _to_it_or_its_sites(organization: str, snapshot: Snapshot) -> Callable[[Row], bool]:
    operations = (link for link in snapshot.links.values() if LinkRole.OPERATION in link_kind(link).roles)
    sites = {link.columns["to"] for link in operations if link.columns["from"] == organization and link["in_force"]}
    return lambda link: link.columns["to"] == organization or link.columns["to"] in sites


def _arranged(link: Row) -> str | None:
    role = link.of_role(PropertyRole.FUNDING_ROLE)
    lends = role in (None, LendingRole.LENDER, LendingRole.HOLDER)
    return None if lends else f"its role is {role}, which is not a lender"


def _deliveries(layers: Iterable[Layer] = Layer) -> Callable[[], frozenset[str]]:
    """The link types with a delivery in one of the layers."""
    wanted = set(layers)
    return lambda: frozenset(name for name in link_types(LinkRole.DELIVERY) if wanted & set(_layers(name)))


def _layers(name: str) -> Iterable[Layer]:
    of = LINKS[name].layer_of
    if isinstance(of, Mapping):
        return of.values()
    return () if of is None else (of,)


SIDES: Mapping[Side, _Rule] = {
    Side.CUSTOMERS: _Rule(_deliveries(), _from_it, _target),
    Side.SUPPLIERS: _Rule(_deliveries(), _to_it, _source),
    Side.CHIPS: _Rule(_deliveries(set(Layer) - {Layer.POWER}), _either_way, _chips),
    Side.POWER: _Rule(_deliveries({Layer.POWER}), _to_it_or_its_sites, _source, layer=Layer.POWER),
    Side.LENDERS: _Rule(partial(link_types, LinkRole.LOAN), _to_it, _source, layered=False, no_part=_arranged),
    Side.GUARANTORS: _Rule(partial(link_types, LinkRole.GUARANTEE), _to_it, _source, layered=False),
}


# ---- the declarations


def _concentration_title(result: Concentration, inputs: Mapping[str, Any]) -> str:
    title = f"{inputs['side'].capitalize()} of {inputs['organization']}"
    return f"{title}: HHI {_hhi(result)}" if result.shares else title


def _hhi(result: Concentration) -> str:
    range_ = f"{result.hhi_low:.3f}"
    if result.hhi is None:
        range_ += f" to {result.hhi_high:.3f}"
    return f"{range_}, {result.unnamed_share:.1%} with unnamed parties" if result.unnamed_share else range_


SHARE = Record(
    "Share",
    "The share of one organization or chip.",
    (
        Column("organization", RowOf("Organization", optional=True), "Of an organization: whose it is.", header=""),
        Column("chip", RowOf("Chip", optional=True), "Of a chip: which it is.", header=""),
        Column(
            "holder",
            RowOf("Entity"),
            "Whose it is; the first link where neither an organization nor a chip is named.",
            value=lambda share: share.organization or share.chip or share.links[0],
            header=("key", "name"),
            api=False,
        ),
        Column("unnamed", bool, "Whether it is a placeholder: no source names it.", sparse=True),
        Column("share", float, "From 0 to 1."),
        Column(
            "amount",
            float,
            "In the unit of the measure.",
            lambda result: UNITS[Weight(result.method.parameters["measure"])],
        ),
        Column("links", LINKS_OF_ROW, "The links that are added."),
    ),
)
CHIP_DEPENDENCY = Record(
    "ChipDependency",
    "How much of what a host has contracted runs on one vendor's chips alone.",
    (
        Column("organization", RowOf("Organization"), "The host.", header="host"),
        Column("vendor", RowOf("Organization"), "Who makes the chips."),
        Column("share", float, "From 0 to 1, at least: other contracts name no chips, or those of several vendors."),
        Column("mw", float, "Megawatts on this vendor's chips.", "MW"),
        Column("of_mw", float, "Megawatts contracted.", "MW", header="of"),
        Column("links", LINKS_OF_ROW, "The contracts on this vendor's chips."),
    ),
)

ANALYTICS = (
    Analytic(
        name="concentration",
        doc="On how few customers, suppliers, chips, power contracts, lenders or guarantors an organization hangs.",
        section=Section.DEPENDENCE,
        function=concentration,
        result=Record(
            "Concentration",
            "On how few others an organization hangs.",
            (
                Column("shares", ListOf(SHARE), "The largest first."),
                replace(TOTAL_COUNT, value=lambda result: len(result.shares)),
                Column(
                    "hhi",
                    float | None,
                    "Herfindahl-Hirschman index, the sum of squared shares: 1 for one alone, 1/n for n alike; null for "
                    "none, and where it hangs on who the unnamed parties are.",
                    value=lambda result: result.hhi if result.shares else None,
                ),
                Column(
                    "hhi_low",
                    float | None,
                    "The index if each unnamed party is another one; null for none.",
                    value=lambda result: result.hhi_low if result.shares else None,
                ),
                Column(
                    "hhi_high",
                    float | None,
                    "The index if all unnamed parties are one; null for none.",
                    value=lambda result: result.hhi_high if result.shares else None,
                ),
                Column(
                    "unnamed_share",
                    float | None,
                    "The share of unnamed parties, from 0 to 1; null for none at all.",
                    value=lambda result: result.unnamed_share if result.shares else None,
                ),
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing(_concentration_title, "shares", SHARE.columns),),
    ),
    Analytic(
        name="chip_dependency",
        doc="Which share of its contracted megawatts each host runs on one vendor's chips; needs a layer and a basis.",
        section=Section.DEPENDENCE,
        function=chip_dependency,
        result=Record(
            "ChipDependencyTable",
            "Chip dependency by host.",
            (
                Column("rows", ListOf(CHIP_DEPENDENCY), "By host, the largest vendor first."),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Chip dependency", "rows", CHIP_DEPENDENCY.columns),),
    ),
)
