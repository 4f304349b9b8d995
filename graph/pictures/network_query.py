"""What a picture of the graph shows, and what its colour, width and size stand for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.analytics.core.amounts import capacities_of, stated_amount
from graph.evidence.firmness import Firmness, firmness
from graph.pictures.network_plan import CONTRACTS
from graph.vocabulary.enums import Layer, LinkStatus, OrganizationKind
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, CapacityBasis, Money, total_capacity

MAX_DEPTH, MAX_PATH_HOPS = 4, 5


class Colour(StrEnum):
    """What the colour of a line stands for: how firmly it binds, or how good its evidence is."""

    COMMITMENT = "commitment"
    RIVALS = "rivals"
    AGE = "age"
    SOURCE = "source"


class WidthMeasure(StrEnum):
    """What the width of a line stands for: megawatts of one basis, or US dollars of one layer. USD_FINANCING are those
    of links without a layer: loans, investments, guarantees."""

    CRITICAL_IT = "CRITICAL_IT"
    GROSS = "GROSS"
    GENERATION = "GENERATION"
    UNSTATED = "UNSTATED"
    USD_POWER = "USD_POWER"
    USD_SHELL = "USD_SHELL"
    USD_COMPUTE = "USD_COMPUTE"
    USD_CHIP = "USD_CHIP"
    USD_FINANCING = "USD_FINANCING"

    @property
    def in_usd(self) -> bool:
        return self.startswith("USD_")

    @property
    def layer(self) -> Layer | None:
        """The layer of an amount in US dollars; None for links that have none."""
        name = self.removeprefix("USD_")
        return Layer(name) if name in Layer.__members__ else None

    @staticmethod
    def usd_of(layer: Layer | None) -> WidthMeasure:
        """US dollars of the links of a layer."""
        return WidthMeasure(f"USD_{layer}") if layer else WidthMeasure.USD_FINANCING

    def of(self, link: Row) -> tuple[float, Bound] | None:
        """Megawatts, or billions of US dollars; None where the link states none."""
        if not self.in_usd:
            total = total_capacity(capacities_of(link), CapacityBasis(self))
            return None if total is None else (total.mw, total.bound)
        value: Money | None = stated_amount(link) if link["layer"] is self.layer else None
        return (value.amount / 1e9, value.bound) if value is not None and value.currency == "USD" else None


USUAL_COMMITMENTS = frozenset(Firmness) - {Firmness.LAPSED}


@dataclass(frozen=True)
class NetworkQuery:
    """Which links are shown, and how. Of `kinds` one end is an organization; without any, all are shown, and so with
    `statuses`. `at_least` and `at_most` are in the unit of the measure. `source` is the key or publisher of a source
    that says something of a link. `around` and `depth`: the neighbourhood of an entity; `path_from`, `path_to` and
    `hops`: the paths between two. `size`: a metric of centrality; None for the number of counterparties."""

    types: frozenset[str] = CONTRACTS
    kinds: frozenset[OrganizationKind] = frozenset()
    commitments: frozenset[Firmness] = USUAL_COMMITMENTS
    statuses: frozenset[LinkStatus] = frozenset()
    measure: WidthMeasure = WidthMeasure.CRITICAL_IT
    at_least: float | None = None
    at_most: float | None = None
    source: str | None = None
    around: str | None = None
    depth: int = 1
    path_from: str | None = None
    path_to: str | None = None
    hops: int = 3
    colour: Colour = Colour.COMMITMENT
    size: str | None = None
    merged: bool = False

    @property
    def needs_evidence(self) -> bool:
        return self.colour is not Colour.COMMITMENT or self.source is not None

    @property
    def is_part(self) -> bool:
        """Whether it shows a part of the plane: a neighbourhood, or paths."""
        return self.around is not None or (self.path_from is not None and self.path_to is not None)


def drawn_firmness(link: Row, replaced: bool) -> Firmness:
    """What another link has replaced has lapsed, like what is not in force any more."""
    return Firmness.LAPSED if replaced else firmness(link)
