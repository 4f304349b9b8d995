"""What firm contracts for capacity of one party add to, each layer and basis by itself, nothing counted twice: the same
selection and the same chains (`uses`, `covers`) as in the tables of capacity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from graph.analytics.contracts.capacity import LayerContracts, layers_of
from graph.analytics.core.amounts import Amount, amount_of
from graph.analytics.core.chains import MwRange, distinct, range_of, total
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import LinkRole, Row, link_types
from graph.vocabulary.values import CapacityBasis

CONTRACTS = link_types(LinkRole.CAPACITY_CONTRACT)
FIRM_CONTRACTS = Scope(types=CONTRACTS)


@dataclass(frozen=True, slots=True)
class FirmSum:
    """What contracts of one layer add to, in megawatts of one basis or in US dollars. `added` are those that the sum
    holds, `contained` those whose figure is part of another's, `without` how many state none. `low` is what is proven
    to be distinct."""

    low: float
    high: float
    added: tuple[Included, ...]
    contained: tuple[Included, ...]
    without: int

    @property
    def links(self) -> list[Row]:
        """Those that state a figure."""
        return [one.link for one in (*self.added, *self.contained)]

    @property
    def contracts(self) -> tuple[frozenset[str], int]:
        """The keys of those that state a figure, and how many state none."""
        return frozenset(link.key for link in self.links), self.without

    def largest_party(self, end: str) -> tuple[str, float] | None:
        """The party at an end that has the most of the sum, and its share; None where one has all, or it is a range."""
        if not self.high or self.low != self.high:
            return None
        by_party: dict[str, float] = {}
        for one in self.added:
            key = one.link.columns[end]
            by_party[key] = by_party.get(key, 0.0) + one.amount.value
        key, most = max(by_party.items(), key=lambda pair: (pair[1], pair[0]))
        return (key, most / self.high) if len(by_party) > 1 else None


class FirmSums:
    """The firm contracts of a snapshot, by layer."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._layers = {one.layer: one for one in layers_of(snapshot, FIRM_CONTRACTS)}

    def counts(self, link: Row) -> bool:
        """Whether a contract is firm, signed and in force, and of a known layer."""
        layer: Layer | None = link["layer"]
        return layer is not None and link.key in self._layers[layer].active

    def running(self, layer: Layer, keys: Iterable[str]) -> int:
        """How many of these contracts are known to run."""
        active = self._layers[layer].active
        return sum(active[key].link["service_state"] is ServiceState.CONFIRMED for key in keys)

    def contracts_of(self, layer: Layer, end: str, key: str) -> frozenset[str]:
        """The firm contracts of a layer with this party at an end (`from`, `to`; `party`: at either) or at this
        `site`; `all`: every one."""
        if end == "all":
            return frozenset(self._layers[layer].active)
        ends = ("from", "to") if end == "party" else (end,)
        return frozenset(link for one in ends for link in self._ends.get((layer, one, key), ()))

    @cached_property
    def _ends(self) -> Mapping[tuple[Layer, str, str], list[str]]:
        """The firm contracts by layer, end or site, and who is there."""
        by_end: dict[tuple[Layer, str, str], list[str]] = {}
        for layer, contracts in self._layers.items():
            for key, one in contracts.active.items():
                for end in ("from", "to", "site"):
                    if end in one.link.columns:
                        by_end.setdefault((layer, end, one.link.columns[end]), []).append(key)
        return by_end

    def megawatts(self, layer: Layer, basis: CapacityBasis, keys: Iterable[str]) -> FirmSum | None:
        """Of the contracts among these keys; None where none states megawatts of the basis."""
        contracts = self._layers[layer]
        active = [key for key in keys if key in contracts.active]
        included = {key: one for key in active if (one := contracts.measured[basis].get(key))}
        if not included:
            return None
        once = distinct(included, contracts.declared)
        within: MwRange = range_of(included, contracts.declared, contracts.possible)
        return _sum(within.low, within.high, included, once, len(active) - len(included))

    def dollars(self, layer: Layer, keys: Iterable[str]) -> FirmSum | None:
        """Base-term value of the contracts among these keys; None where none states one in US dollars."""
        contracts, values = self._layers[layer], self._values[layer]
        active = [key for key in keys if key in contracts.active]
        included = {key: values[key] for key in active if key in values}
        if not included:
            return None
        once = distinct(included, contracts.declared)
        usd = total(included, once)
        return _sum(usd, usd, included, once, len(active) - len(included))

    @cached_property
    def _values(self) -> Mapping[Layer, Mapping[str, Included]]:
        return {layer: dict(_valued(one)) for layer, one in self._layers.items()}


def _sum(low: float, high: float, included: Mapping[str, Included], once: Iterable[str], without: int) -> FirmSum:
    added = set(once)
    return FirmSum(
        low,
        high,
        tuple(one for key, one in included.items() if key in added),
        tuple(one for key, one in included.items() if key not in added),
        without,
    )


def _valued(contracts: LayerContracts) -> Iterable[tuple[str, Included]]:
    for key, one in contracts.active.items():
        amount = amount_of(one.link, Weight.VALUE_USD, contracts.scope)
        if isinstance(amount, Amount):
            yield key, Included(one.link, one.tail, one.head, amount)
