"""Shares: which part of the megawatts or dollars of a layer few providers and few customers have.

What is handed on counts once: of contracts that are served out of one another those are added that add to most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graph.analytics.core.exclusions import Parties
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.scope import UNITS, Scope, Weight
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import NetworkView, build_view
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis

MIN_CONTRACTS = 5
"""Below so many contracts with a figure a share says nothing."""


@dataclass(frozen=True, slots=True)
class PartyShare:
    """The part of one organization: `amount` from `links`, `share` from 0 to 1."""

    key: str
    share: float
    amount: float
    links: tuple[str, ...]
    unnamed: bool


@dataclass(frozen=True)
class PartyShares:
    """The shares of one side of the contracts of a layer, the largest first; `side` is from (providers) or to
    (customers)."""

    layer: Layer
    basis: CapacityBasis | None
    weight: Weight
    side: str
    shares: tuple[PartyShare, ...]
    contracts: int
    total: float
    method: Method

    @property
    def unit(self) -> str:
        return UNITS[self.weight]

    @property
    def unnamed_share(self) -> float:
        return sum((one.share for one in self.shares if one.unnamed), 0.0)

    @property
    def hhi_low(self) -> float:
        """Herfindahl-Hirschman index where each unnamed party is another one."""
        return sum(one.share**2 for one in self.shares)

    @property
    def hhi_high(self) -> float:
        """Where all unnamed parties are one."""
        return sum(one.share**2 for one in self.shares if not one.unnamed) + self.unnamed_share**2


_MEASURES: Mapping[Weight, tuple[CapacityBasis | None, ...]] = {
    Weight.CAPACITY_MW: (
        CapacityBasis.CRITICAL_IT,
        CapacityBasis.GROSS,
        CapacityBasis.GENERATION,
        CapacityBasis.UNSTATED,
    ),
    Weight.VALUE_USD: (None,),
}


def party_shares(snapshot: Snapshot) -> Iterator[PartyShares]:
    """Of every layer and basis with enough contracts, providers before customers."""
    for weight, bases in _MEASURES.items():
        for layer in Layer:
            for basis in bases:
                scope = Scope(layer=layer, basis=basis)
                view = build_view(snapshot, scope, weight=weight, parties=Parties.NAMED_OR_NOT)
                once = view.distinct(tuple(view.included))
                if len(once) >= MIN_CONTRACTS:
                    for side in ("from", "to"):
                        yield _shares(view, once, side, weight)


def _shares(view: NetworkView, once: tuple[str, ...], side: str, weight: Weight) -> PartyShares:
    by_party: dict[str, list[str]] = {}
    for key in once:
        by_party.setdefault(view.included[key].link.columns[side], []).append(key)
    amounts = {key: sum(view.included[link].amount.value for link in links) for key, links in by_party.items()}
    total = sum(amounts[key] for key in sorted(amounts))
    unnamed = view.snapshot.placeholders
    shares = tuple(
        PartyShare(key, amounts[key] / total, amounts[key], tuple(sorted(by_party[key])), key in unnamed)
        for key in sorted(amounts, key=lambda key: (-amounts[key], key))
        if total
    )
    scope = view.scope
    assert scope.layer is not None  # noqa: S101 (`party_shares` names one)
    method = method_of(
        view.snapshot, "PARTY_SHARES", {"scope": scope.to_dict(), "side": side}, str(view.weight), view.assumptions
    )
    return PartyShares(scope.layer, scope.basis, weight, side, shares, len(once), total, method)
