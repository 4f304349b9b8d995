"""Strengths: who provides and who takes how much. Each layer, category and basis has a table: none sums across them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graph.analytics.core.chains import distinct
from graph.analytics.core.exclusions import UNMEASURED, Excluded, Parties
from graph.analytics.core.memo_items import DECIDED, whole_figure
from graph.analytics.core.method import Method
from graph.analytics.core.scope import UNITS, Scope, Weight, link_kind
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import EdgeSide, NetworkView, build_view
from graph.analytics.network.centrality import centrality
from graph.evidence.firmness import MemoColumn, memo_column
from graph.reports.citations import LinkLine, Party, party
from graph.stores.query import And, Compare, Filter
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, CapacityBasis

ROLES: Mapping[str, tuple[EdgeSide, str]] = {
    "provider": (EdgeSide.OUT, "OUT_STRENGTH"),
    "customer": (EdgeSide.IN, "IN_STRENGTH"),
}
"""The side of the links that a role has, and its metric."""


# ---- the tables


@dataclass(frozen=True, slots=True)
class MemoItem:
    """An amount that is reported with the figure and is not part of it."""

    column: MemoColumn
    amount: float
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one link adds to a sum. `served_from` are links of the same table whose capacity this one hands on."""

    link: str
    amount: float
    bound: Bound
    served_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrengthRow:
    """`amount` is the sum of `contributions`, in the unit of the table; None, with the last rank, without any figure.
    A party that no source names has an amount and no rank.

    `contained` are links whose figure is part of another link's; `unmeasured` state no such figure."""

    rank: int | None
    organization: Party
    amount: float | None
    contributions: tuple[Contribution, ...]
    contained: tuple[str, ...]
    unmeasured: tuple[str, ...]
    memo_items: tuple[MemoItem, ...]


@dataclass(frozen=True, slots=True)
class RoleRows:
    role: str
    rows: tuple[StrengthRow, ...]
    method: Method


@dataclass(frozen=True, slots=True)
class StrengthTable:
    """Contracts of one layer, for megawatts of one basis, and of one `category` where the layer has several.

    There is no total: capacity that is handed on stands in the row of each organization that provides it."""

    weight: Weight
    layer: Layer
    basis: CapacityBasis | None
    category: str | None
    roles: tuple[RoleRows, ...]
    measured: tuple[str, ...]
    unmeasured: tuple[Excluded, ...]

    @property
    def unit(self) -> str:
        return UNITS[self.weight]

    @property
    def anchor(self) -> str:
        return "-".join(part.lower() for part in (self.weight, self.layer, self.basis, self.category) if part)

    @property
    def assumptions(self) -> tuple[str, ...]:
        return self.roles[0].method.assumptions


@dataclass(frozen=True, slots=True)
class LayerCoverage:
    """How many contracts of a layer state which figure."""

    layer: Layer
    contracts: int
    by_basis: Mapping[CapacityBasis, int]
    with_megawatts: int
    with_usd: int


# ---- how they are made


def coverage(included: Iterable[LinkLine]) -> Iterator[LayerCoverage]:
    for layer in Layer:
        lines = [line for line in included if line.layer == layer]
        yield LayerCoverage(
            layer,
            len(lines),
            {basis: sum(line.in_basis(basis) is not None for line in lines) for basis in CapacityBasis},
            sum(bool(line.megawatts) for line in lines),
            sum(has_usd(line) for line in lines),
        )


def has_usd(line: LinkLine) -> bool:
    return line.value is not None and (line.value.currency == "USD" or line.value.firm_usd is not None)


def strengths(snapshot: Snapshot) -> Iterator[StrengthTable]:
    """One table for each layer, category and basis in which some contract states a figure. Contracts with unnamed
    parties count."""
    main = build_view(snapshot, parties=Parties.NAMED_OR_NOT)
    for weight, bases in _MEASURES.items():
        for layer in Layer:
            for category, where in _categories(main, layer):
                for basis in bases:
                    measured = build_view(
                        snapshot,
                        Scope(layer=layer, basis=basis, where=where),
                        weight=weight,
                        parties=Parties.NAMED_OR_NOT,
                    )
                    if measured.included:
                        yield _strength_table(measured, weight, layer, category)


_MEASURES: Mapping[Weight, tuple[CapacityBasis | None, ...]] = {
    Weight.CAPACITY_MW: tuple(CapacityBasis),
    Weight.VALUE_USD: (None,),
}


def _categories(main: NetworkView, layer: Layer) -> Iterator[tuple[str | None, Filter]]:
    """The categories of contracts of the layer that are never summed across, each with its filter."""
    links = [one.link for one in main.included.values() if one.link["layer"] is layer]
    names = {link_kind(link).never_sum_across for link in links} - {""}
    if not names:
        yield None, And()
    for name in sorted(names):
        values = {str(link[name]) for link in links if link[name] is not None}
        for value in sorted(values):
            yield value, Compare(name, "eq", value)
        if any(link[name] is None for link in links):
            yield "UNSTATED", Compare(name, "isnull", True)


def _strength_table(measured: NetworkView, weight: Weight, layer: Layer, category: str | None) -> StrengthTable:
    return StrengthTable(
        weight=weight,
        layer=layer,
        basis=measured.scope.basis,
        category=category,
        roles=tuple(_role(measured, role) for role in ROLES),
        measured=tuple(measured.included),
        unmeasured=tuple(one for one in measured.excluded if one.reason in UNMEASURED),
    )


def _role(measured: NetworkView, role: str) -> RoleRows:
    side, metric = ROLES[role]
    ranking = centrality(measured, metric)
    memo_items = _memo_items(measured, "from" if side is EdgeSide.OUT else "to")
    rows = (
        _strength_row(measured, side, organization, rank, memo_items)
        for organization, rank in (
            *((one.organization, one.rank) for one in ranking.rows),
            *_unnamed(measured.snapshot),
        )
        if measured.links_at(organization.key, side) or measured.unmeasured_at(organization.key, side)
    )
    return RoleRows(role, tuple(rows), ranking.method)


def _unnamed(snapshot: Snapshot) -> Iterator[tuple[Row, None]]:
    """Parties that no source names follow the ranked ones."""
    yield from ((snapshot.organizations[key], None) for key in sorted(snapshot.placeholders))


def _strength_row(
    measured: NetworkView,
    side: EdgeSide,
    organization: Row,
    rank: int | None,
    memo_items: Mapping[str, tuple[MemoItem, ...]],
) -> StrengthRow:
    key = organization.key
    links = measured.links_at(key, side)
    once = measured.distinct(links)
    return StrengthRow(
        rank=rank,
        organization=party(organization),
        amount=measured.strength(key, side),
        contributions=tuple(_contribution(measured, link) for link in once),
        contained=tuple(link for link in links if link not in once),
        unmeasured=measured.unmeasured_at(key, side),
        memo_items=memo_items.get(key, ()),
    )


def _contribution(measured: NetworkView, key: str) -> Contribution:
    figure = measured.included[key]
    served_from = tuple(used for used in figure.link["uses"] or () if used in measured.included)
    return Contribution(key, figure.amount.value, figure.amount.bound, served_from)


def _memo_items(measured: NetworkView, end: str) -> Mapping[str, tuple[MemoItem, ...]]:
    """Amounts that are not firm, signed and in force, of the same layer, basis and category, by organization."""
    amounts: dict[str, dict[MemoColumn, dict[str, Included]]] = {}
    for one in measured.excluded:
        column = memo_column(one.link)
        figure = _whole_figure(one.link, measured) if one.reason in DECIDED and column else None
        if column and figure:
            amounts.setdefault(one.link.columns[end], {}).setdefault(column, {})[one.link.key] = figure
    return {key: tuple(_columns(columns)) for key, columns in amounts.items()}


def _whole_figure(link: Row, measured: NetworkView) -> Included | None:
    weight = measured.weight
    return None if weight is None else whole_figure(link, measured.snapshot, measured.scope, weight.weight)


def _columns(columns: Mapping[MemoColumn, Mapping[str, Included]]) -> Iterator[MemoItem]:
    for column in MemoColumn:
        links = columns.get(column, {})
        once = distinct(links)
        if once:
            yield MemoItem(column, sum(links[key].amount.value for key in once), once)
