"""Exposures: what an organization has at stake with others, contract by contract, with and without guarantees.

What is delivered is lost along the dependency that a link type declares; what is owed is lost the other way, by who
delivers or funds to who owes, wherever the type lets money flow. A guarantee is neither: it stands beside a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from graph.analytics.core.amounts import Amount, amount_of, capacities_of
from graph.analytics.core.chains import MwRange, declared_dag, distinct, possible_dag, range_of
from graph.analytics.core.claims import Claim, claim_kind, claim_of, no_claim_reason
from graph.analytics.core.exclusions import UNMEASURED, Excluded, ExclusionReason, Parties
from graph.analytics.core.scope import Flow, Scope, Weight, ends_of, link_kind
from graph.analytics.core.selection import Included, select
from graph.analytics.core.snapshot import Snapshot
from graph.concurrency.lazy_import import lazy_import
from graph.vocabulary.enums import GuaranteeCover, Layer
from graph.vocabulary.model import LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.values import CapacityBasis

nx = lazy_import("networkx")

# ---- what is answered


@dataclass(frozen=True, slots=True)
class MwAtRisk:
    layer: Layer
    basis: CapacityBasis
    mw: MwRange


@dataclass(frozen=True, slots=True)
class UsdAtRisk:
    """Claims of one layer and sort; payments of no known layer come each by itself.

    `value_usd` is face value without guarantees, `annual_usd` one year of it, `guaranteed_usd` what guarantees in force
    on the day of the lens pay, up to their caps; None: no figure, as where one of them states no cap in US dollars."""

    layer: Layer | None
    claim: Claim
    value_usd: float | None
    annual_usd: float | None
    guaranteed_usd: float | None

    @property
    def uncovered_usd(self) -> float | None:
        """What is left with guarantees."""
        if self.value_usd is None or self.guaranteed_usd is None:
            return None
        return self.value_usd - self.guaranteed_usd


# ---- guarantees

_PAID_ON_FAILURE = frozenset({GuaranteeCover.RENT, GuaranteeCover.TERMINATION_FEE, GuaranteeCover.DEBT})
"""What a guarantor pays because the obligor failed, of what the obligor owed."""


def _not_paid(guarantee: Row) -> str:
    cover = guarantee.of_role(PropertyRole.COVER)
    return f"it covers {cover}, which is not what was owed" if cover else "it does not state what it covers"


def guarantees_of(snapshot: Snapshot, scope: Scope) -> tuple[Mapping[str, Included], tuple[Excluded, ...]]:
    """Guarantees in force of the scope's status and commitment, whatever types and layer it takes: those that pay when
    the obligor fails, each with its cap; the others with the reason."""
    guarantees = Scope(types=link_types(LinkRole.GUARANTEE), status=scope.status, commitment=scope.commitment)
    selection = select(snapshot, guarantees, Flow.DEPENDENCY, Weight.VALUE_USD, parties=Parties.NAMED_OR_NOT)
    result, left_out = selection.included, selection.excluded
    paying = {key: one for key, one in result.items() if one.link.of_role(PropertyRole.COVER) in _PAID_ON_FAILURE}
    others = [one.link for key, one in result.items() if key not in paying]
    return paying, (*left_out, *(Excluded(link, ExclusionReason.NO_CLAIM, _not_paid(link)) for link in others))


def without_cap(left_out: Iterable[Excluded]) -> tuple[Row, ...]:
    """Of the guarantees that `guarantees_of` leaves out, those that pay when the obligor fails, up to what nobody
    says."""
    unmeasured = (one.link for one in left_out if one.reason in UNMEASURED)
    return tuple(link for link in unmeasured if link.of_role(PropertyRole.COVER) in _PAID_ON_FAILURE)


# ---- megawatts


def mw_at_risk(snapshot: Snapshot, links: Mapping[str, Row], scope: Scope) -> Iterator[MwAtRisk]:
    """The megawatts of links by layer and basis, in the order of the model."""
    declared = declared_dag(snapshot)
    for layer in Layer:
        here = {key: link for key, link in links.items() if link["layer"] is layer}
        for basis in CapacityBasis if scope.basis is None else [scope.basis]:
            included = dict(_counted(here, replace(scope, basis=basis)))
            if included:
                yield MwAtRisk(layer, basis, range_of(included, declared, possible_dag(snapshot, here)))


def _counted(links: Mapping[str, Row], scope: Scope) -> Iterator[tuple[str, Included]]:
    for key, link in links.items():
        amount = amount_of(link, Weight.CAPACITY_MW, scope)
        if isinstance(amount, Amount):
            yield key, Included(link, link.columns["from"], link.columns["to"], amount)


def without_megawatts(link: Row) -> Excluded | None:
    if LinkRole.DELIVERY not in link_kind(link).roles:
        return None
    if not capacities_of(link):
        return Excluded(link, ExclusionReason.NO_FIGURE, "states no megawatts")
    return (
        Excluded(link, ExclusionReason.NO_LAYER, "its megawatts are of no known layer")
        if link["layer"] is None
        else None
    )


# ---- dollars


@dataclass(frozen=True)
class Exposure:
    """What an organization has at stake with those that failed. `touching`: its links with them; `guarantees`: all that
    are in force, `without_cap` those of them that state no cap in US dollars."""

    organization: str
    failed: frozenset[str]
    touching: Mapping[str, Row]
    guarantees: Mapping[str, Included]
    scope: Scope
    without_cap: tuple[Row, ...] = ()

    @property
    def without_value(self) -> list[Excluded]:
        return [one for one in self.values.values() if isinstance(one, Excluded)]

    @cached_property
    def usd_at_risk(self) -> tuple[UsdAtRisk, ...]:
        return tuple(usd_at_risk([self]))

    @property
    def owed(self) -> Iterator[Row]:
        return (self.touching[key] for key in self._owed)

    @cached_property
    def _owed(self) -> list[str]:
        """Links by which it loses money: it delivers or funds, and who owes has failed."""
        claims = ((key, claim_of(link), no_claim_reason(link)) for key, link in self.touching.items())
        return [key for key, claim, nothing in claims if claim and claim[0] == self.organization and not nothing]

    @cached_property
    def values(self) -> Mapping[str, Included | Excluded]:
        """What each claim is worth, or why it has no value."""
        scope = self.scope if self.scope.basis is None else replace(self.scope, basis=None)
        result: dict[str, Included | Excluded] = {}
        for key in self._owed:
            link = self.touching[key]
            amount = amount_of(link, Weight.VALUE_USD, scope)
            debtor = _other_end(link, self.organization)
            result[key] = amount if isinstance(amount, Excluded) else Included(link, self.organization, debtor, amount)
        return result

    @cached_property
    def paid(self) -> Mapping[str, float | None]:
        """By claim, USD that solvent guarantors pay, up to the amount owed and up to their caps: the maximum flow from
        guarantees to the claims they cover. None where one of them states no cap."""
        owed = [one for one in self.values.values() if isinstance(one, Included)]
        flow = self._flow_of_guarantees(owed) if self._active_guarantees else {}
        return {
            one.link.key: None
            if any(_covers(guarantee, one) for guarantee in self._active_without_cap)
            else flow.get(("claim", one.link.key), {}).get("holder", 0.0)
            for one in owed
        }

    def _flow_of_guarantees(self, owed: Sequence[Included]) -> Mapping[Any, Mapping[Any, float]]:
        network = nx.DiGraph()
        for name, guarantee in self._active_guarantees.items():
            for one in (one for one in owed if _covers(guarantee.link, one)):
                network.add_edge("guarantors", ("guarantee", name), capacity=guarantee.amount.value)
                network.add_edge(("guarantee", name), ("claim", one.link.key))
                network.add_edge(("claim", one.link.key), "holder", capacity=one.amount.value)
        flow: Mapping[Any, Mapping[Any, float]] = nx.maximum_flow(network, "guarantors", "holder")[1] if network else {}
        return flow

    @cached_property
    def _active_guarantees(self) -> Mapping[str, Included]:
        return {
            key: one
            for key, one in self.guarantees.items()
            if one.head == self.organization and one.tail not in self.failed
        }

    @property
    def _active_without_cap(self) -> Iterator[Row]:
        for link in self.without_cap:
            if (ends := ends_of(link, Flow.DEPENDENCY)) and ends[1] == self.organization and ends[0] not in self.failed:
                yield link


def _covers(guarantee: Row, owed: Included) -> bool:
    named = set(guarantee.of_role(PropertyRole.GUARANTEED_LINKS) or ())
    if named:
        return bool(named & {owed.link.key, *(owed.link["covers"] or ())})
    return bool(guarantee.of_role(PropertyRole.OBLIGOR) == owed.head)


def _other_end(link: Row, key: str) -> str:
    source, target = link.columns["from"], link.columns["to"]
    return str(target if source == key else source)


def _group(link: Row) -> tuple[str, str, str]:
    """The group within which claims are added; payments of no known layer each form their own."""
    layer, claim = link["layer"], claim_kind(link)
    return claim, str(layer or ""), link.key if _stands_alone(layer, claim) else ""


def _stands_alone(layer: Layer | None, claim: Claim) -> bool:
    return layer is None and claim is Claim.PAYMENTS


def usd_at_risk(exposures: Iterable[Exposure]) -> Iterator[UsdAtRisk]:
    """The losses of these organizations together, by layer and sort."""
    each = list(exposures)
    owed = sorted((link for one in each for link in one.owed), key=lambda link: (_group(link), link.key))
    if not owed:
        return
    values = {key: value for one in each for key, value in one.values.items()}
    paid = {key: usd for one in each for key, usd in one.paid.items()}
    for _, links in groupby(owed, key=_group):
        yield _at_risk(list(links), values, paid)


def _at_risk(
    links: list[Row], values: Mapping[str, Included | Excluded], paid: Mapping[str, float | None]
) -> UsdAtRisk:
    """Totals replace their parts, in value and in yearly value alike, also where others lose the parts."""
    valued = {link.key: one for link in links if isinstance(one := values[link.key], Included)}
    once = distinct(valued)
    parts = {part for link in links for part in link["covers"] or ()}
    yearly = [link.of_role(PropertyRole.YEARLY_AMOUNT) for link in links if link.key in once or link.key not in parts]
    return UsdAtRisk(
        links[0]["layer"],
        claim_kind(links[0]),
        sum_of_stated(valued[key].amount.value for key in once),
        sum_of_stated(yearly),
        _sum_of_known([paid.get(key, 0.0) for key in once]),
    )


def _sum_of_known(amounts: Sequence[float | None]) -> float | None:
    """None where one is unknown, or there is none."""
    return None if None in amounts else sum_of_stated(amounts)


def sum_of_stated(amounts: Iterable[float | None]) -> float | None:
    """None where nothing is stated."""
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated) if stated else None
