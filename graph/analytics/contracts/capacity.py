"""Capacity: contracted megawatts by provider, customer, site, time, stage, service, chip or place.

One row for each group, layer and basis, which are never added. Capacity that is resold counts once. Megawatts that
are not firm, signed and in force are memo items, in columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

from graph.analytics.contracts.groups import (
    CapacityGroup,
    Group,
    group_of,
    group_sort_key,
    group_to_dict,
    names_placeholder,
)
from graph.analytics.core.amounts import Amount, amount_of, capacities_of
from graph.analytics.core.assumptions import assumptions_of
from graph.analytics.core.chains import ContractDag, MwRange, declared_dag, distinct, possible_dag, range_of, total
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, Section
from graph.analytics.core.exclusions import Excluded, ExclusionReason, Parties
from graph.analytics.core.inputs import InScope
from graph.analytics.core.memo_items import memo_items, memo_links
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, camel, declared
from graph.analytics.core.records import (
    BASIS,
    EXCLUDED_LINKS,
    GROUP,
    LAYER,
    LINKS_OF_ROW,
    METHOD_OF_RESULT,
    MW,
    MW_RANGE,
    TOTAL_COUNT,
    UNNAMED,
)
from graph.analytics.core.scope import DEFAULT_SCOPE, EdgeWeight, Flow, Scope, Weight, in_scope, link_kind
from graph.analytics.core.selection import Included, select
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.firmness import MemoColumn
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis, Json


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """`contracts` of a group and layer, of which `without` state no megawatts of the basis; `links` are those that do.
    `mw` is None where there are contracts and none states any: unknown, which is not 0.

    `contained` are links whose megawatts are part of another's. `memo_items` are the links of each memo column that
    state megawatts of the basis, `memo_mw` what they add to: None where there are such contracts and none states any,
    0 without such a contract."""

    group: Mapping[str, Json]
    unnamed: bool
    layer: Layer
    basis: CapacityBasis
    mw: MwRange | None
    links: tuple[Row, ...]
    contained: tuple[Row, ...]
    without: tuple[Row, ...]
    memo_mw: Mapping[MemoColumn, float | None]
    memo_items: Mapping[MemoColumn, tuple[Row, ...]]

    @property
    def contracts(self) -> int:
        return len(self.links) + len(self.without)

    @property
    def contracts_without_mw(self) -> int:
        return len(self.without)

    @property
    def conditional_mw(self) -> float | None:
        return self.memo_mw[MemoColumn.CONDITIONAL]

    @property
    def option_mw(self) -> float | None:
        return self.memo_mw[MemoColumn.OPTION]

    @property
    def letter_mw(self) -> float | None:
        return self.memo_mw[MemoColumn.LETTER]

    @property
    def lapsed_mw(self) -> float | None:
        return self.memo_mw[MemoColumn.LAPSED]


@dataclass(frozen=True, slots=True)
class CapacityTable:
    """Rows by layer and basis, the largest first."""

    rows: tuple[CapacityRow, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def capacity(
    snapshot: Snapshot,
    group_by: Annotated[
        tuple[CapacityGroup, ...], Parameter("By what; nothing: all together.", required_by_api=True)
    ] = (CapacityGroup.PROVIDER,),
    scope: InScope = DEFAULT_SCOPE,
) -> CapacityTable:
    """Contracted megawatts by group. No layer or basis in the scope: one row for each. `group_by` may be empty."""
    groupings = tuple(dict.fromkeys(group_by))
    layers = layers_of(snapshot, scope)
    return CapacityTable(
        rows=tuple(row for one in layers for row in _rows(one, groupings)),
        excluded=excluded_of(layers, snapshot, scope),
        method=method_of(snapshot, "CAPACITY", {}, str(EdgeWeight(Weight.CAPACITY_MW)), _assumed(layers)),
    )


def layers_of(snapshot: Snapshot, scope: Scope) -> list[LayerContracts]:
    """The contracts of every layer in scope."""
    layers = tuple(Layer) if scope.layer is None else (scope.layer,)
    return [LayerContracts.of(snapshot, scope, layer) for layer in layers]


# ---- the contracts of a layer


@dataclass(frozen=True)
class LayerContracts:
    """The active contracts of one layer, with and without megawatts, and the excluded links."""

    snapshot: Snapshot
    layer: Layer
    scope: Scope
    active: Mapping[str, Included]
    excluded: tuple[Excluded, ...]

    @staticmethod
    def of(snapshot: Snapshot, scope: Scope, layer: Layer) -> LayerContracts:
        own = replace(scope, layer=layer)
        selection = select(snapshot, replace(own, basis=None), Flow.LINK, Weight.COUNT, parties=Parties.ANY)
        return LayerContracts(snapshot, layer, own, selection.included, selection.excluded)

    @property
    def bases(self) -> Sequence[CapacityBasis]:
        return tuple(CapacityBasis) if self.scope.basis is None else (self.scope.basis,)

    @cached_property
    def declared(self) -> ContractDag:
        return declared_dag(self.snapshot)

    @cached_property
    def possible(self) -> ContractDag:
        return possible_dag(self.snapshot, self.active)

    @cached_property
    def measured(self) -> Mapping[CapacityBasis, Mapping[str, Included]]:
        """The contracts that state megawatts of a basis, with them."""
        return {basis: dict(self._amounts(basis)) for basis in self.bases}

    def _amounts(self, basis: CapacityBasis) -> Iterator[tuple[str, Included]]:
        for key, one in self.active.items():
            amount = amount_of(one.link, Weight.CAPACITY_MW, replace(self.scope, basis=basis))
            if isinstance(amount, Amount):
                yield key, replace(one, amount=amount)

    @cached_property
    def memo_links(self) -> Mapping[MemoColumn, Mapping[str, Row]]:
        """The contracts of each memo column, with megawatts or without, by key."""
        return memo_links(self.excluded)

    @cached_property
    def memo_items(self) -> Mapping[CapacityBasis, Mapping[MemoColumn, Mapping[str, Included]]]:
        """Memo items of a basis, by column and key of the link."""
        return {
            basis: memo_items(self.memo_links, self.snapshot, replace(self.scope, basis=basis), Weight.CAPACITY_MW)
            for basis in self.bases
        }

    @cached_property
    def without_megawatts(self) -> frozenset[str]:
        """The contracts that state megawatts in none of the bases in scope."""
        return frozenset(self.active) - {key for included in self.measured.values() for key in included}

    @cached_property
    def unmeasured(self) -> tuple[Excluded, ...]:
        """Active contracts that add nothing: those without a figure, and those whose figures have no sum."""
        excluded = (self._unmeasured(one.link) for one in self.active.values())
        return tuple(one for one in excluded if one is not None)

    def _unmeasured(self, link: Row) -> Excluded | None:
        figures = [amount_of(link, Weight.CAPACITY_MW, replace(self.scope, basis=basis)) for basis in self.bases]
        none = [one for one in figures if isinstance(one, Excluded)]
        mixed = next((one for one in none if one.reason is ExclusionReason.MIXED_BOUNDS), None)
        return mixed or (none[0] if len(none) == len(figures) else None)


def excluded_of(layers: Iterable[LayerContracts], snapshot: Snapshot, scope: Scope) -> tuple[Excluded, ...]:
    """Every link in scope that adds nothing, once, by key."""
    excluded: dict[str, Excluded] = {}
    for one in layers:
        for left_out in (*one.excluded, *one.unmeasured):
            excluded.setdefault(left_out.link.key, left_out)
    if scope.layer is None:
        for left_out in _of_no_layer(snapshot, scope):
            excluded.setdefault(left_out.link.key, left_out)
    return tuple(excluded[key] for key in sorted(excluded))


def _of_no_layer(snapshot: Snapshot, scope: Scope) -> Iterator[Excluded]:
    for link in snapshot.links.values():
        if link["layer"] is None and capacities_of(link) and in_scope(link, scope, snapshot.entities):
            yield Excluded(link, ExclusionReason.NO_LAYER, "belongs to no layer, so that its megawatts stand alone")


# ---- rows


def _rows(contracts: LayerContracts, by: Sequence[CapacityGroup]) -> list[CapacityRow]:
    rows_of_bases: list[CapacityRow] = []
    for basis in contracts.bases:
        rows = [_row(contracts, basis, group, keys) for group, keys in _groups(contracts, basis, by).items()]
        rows_of_bases += sorted((row for row in rows if row), key=_sort_key)
    return rows_of_bases


def _sort_key(row: CapacityRow) -> tuple[float, tuple[str, ...]]:
    """The largest first, what is unknown last."""
    return -row.mw.high if row.mw else 1.0, group_sort_key(tuple(row.group.items()))


def _groups(contracts: LayerContracts, basis: CapacityBasis, by: Sequence[CapacityGroup]) -> Mapping[Group, list[str]]:
    """Keys of all contracts by group, memo items included."""
    snapshot, keys_by_group = contracts.snapshot, dict[Group, list[str]]()
    for key, one in contracts.active.items():
        measured = contracts.measured[basis].get(key)
        keys_by_group.setdefault(
            group_of(one.link, by, snapshot, measured.amount.stage if measured else None), []
        ).append(key)
    for column, links in contracts.memo_links.items():
        figures = contracts.memo_items[basis].get(column, {})
        for key, link in links.items():
            stage = figures[key].amount.stage if key in figures else None
            keys_by_group.setdefault(group_of(link, by, snapshot, stage), []).append(key)
    return keys_by_group


def _row(contracts: LayerContracts, basis: CapacityBasis, group: Group, keys: Sequence[str]) -> CapacityRow | None:
    included = _of(contracts.measured[basis], keys)
    memo_items = {column: _of(figures, keys) for column, figures in contracts.memo_items[basis].items()}
    figures = {column: links for column, links in memo_items.items() if links}
    without = [key for key in keys if key in contracts.active and key not in included]
    # contracts that state no megawatts at all stand with the last basis, which is UNSTATED unless the scope names one
    is_shown = basis is contracts.bases[-1] and any(key in contracts.without_megawatts for key in without)
    if not (included or figures or is_shown):
        return None
    once = distinct(included, contracts.declared)
    return CapacityRow(
        group=group_to_dict(group),
        unnamed=names_placeholder(group, contracts.snapshot),
        layer=contracts.layer,
        basis=basis,
        mw=None if without and not included else range_of(included, contracts.declared, contracts.possible),
        links=tuple(one.link for one in included.values()),
        contained=tuple(one.link for key, one in included.items() if key not in once),
        without=tuple(contracts.active[key].link for key in without),
        memo_mw={column: _memo_mw(contracts, column, figures.get(column, {}), keys) for column in MemoColumn},
        memo_items={column: tuple(one.link for one in figures[column].values()) for column in figures},
    )


def _memo_mw(
    contracts: LayerContracts, column: MemoColumn, figures: Mapping[str, Included], keys: Iterable[str]
) -> float | None:
    """What the figures add to; None where contracts of the column are among `keys` and none states a figure."""
    if not figures and not contracts.memo_links.get(column, {}).keys().isdisjoint(keys):
        return None
    return total(figures, distinct(figures, contracts.declared))


def _of(included: Mapping[str, Included], keys: Iterable[str]) -> Mapping[str, Included]:
    return {key: included[key] for key in keys if key in included}


# ---- what is assumed


def _assumed(layers: Iterable[LayerContracts]) -> Iterator[str]:
    for one in layers:
        for basis, included in one.measured.items():
            if included:
                yield f"{one.layer}, {basis}: {len(included)} of {len(one.active)} contracts state a figure."
            for partition, links in _never_summed(included).items():
                about = ", ".join(str(part) for part in (one.layer, basis, partition) if part)
                yield from (f"{about}: {sentence}" for sentence in assumptions_of(links, one.scope, Weight.CAPACITY_MW))
    yield (
        "Low counts what is proven to be distinct: where a customer is itself a provider of the layer and nothing is "
        "declared, its contracts may be about the same megawatts. High counts all but what is declared to overlap."
    )


def _never_summed(included: Mapping[str, Included]) -> Mapping[str, Mapping[str, Included]]:
    """Contracts by the value of the property that sums never cross; "" for types without such a property."""
    by_part: dict[str, dict[str, Included]] = {}
    for key, one in included.items():
        name = link_kind(one.link).never_sum_across
        by_part.setdefault(str(one.link[name] or "UNSTATED") if name else "", {})[key] = one
    return by_part


# ---- the declaration


def _memo_columns(name: str, of: str) -> tuple[Column, Column]:
    """The column of what is not firm, and the one before it, which shows 0 for what is unknown."""

    def read(row: CapacityRow) -> float | None:
        return row.memo_mw[MemoColumn[name.upper()]]

    stated = Column(
        f"stated_{name}_mw",
        float | None,
        f"Beside: megawatts {of}; null where there are such contracts and none states any of the basis.",
        "MW",
        value=read,
        header=name,
    )
    known = Column(
        f"{name}_mw",
        float,
        f"Beside: megawatts {of}, 0 also where they are unknown.",
        "MW",
        value=lambda row: read(row) or 0.0,
        header="",
        deprecated=f"Read {camel(stated.name)}, which is null for what is unknown.",
    )
    return known, stated


CAPACITY_ROW = Record(
    "CapacityRow",
    "Contracted megawatts of one group, layer and basis.",
    (
        GROUP,
        UNNAMED,
        LAYER,
        BASIS,
        replace(
            MW,
            type=replace(MW_RANGE, optional=True),
            doc="The megawatts; null where no contract of the group states any of the basis, 0 without a contract.",
        ),
        Column("contracts", int, "Contracts of the group and layer."),
        Column(
            "contracts_without_mw",
            int,
            "Those of them that state no megawatts of the basis.",
            header="without_mw",
        ),
        *_memo_columns("conditional", "under a condition"),
        *_memo_columns("option", "of options and rights"),
        *_memo_columns("letter", "of letters of intent"),
        *_memo_columns("lapsed", "of agreements no longer in force"),
        Column("links", LINKS_OF_ROW, "The contracts that state megawatts of the basis."),
        Column("contained", LINKS_OF_ROW, "Those of them whose megawatts are in another's.", header=""),
        Column("without", LINKS_OF_ROW, "The contracts that state none of the basis.", header=""),
    ),
)

ANALYTICS = (
    Analytic(
        name="capacity",
        doc="Contracted megawatts by group, once per chain of contracts, with what is not firm beside: one row for "
        "each layer and basis, which are never added.",
        section=Section.MEGAWATTS,
        function=capacity,
        result=Record(
            "CapacityTable",
            "Contracted megawatts by group; rows are never added across layers or bases.",
            (
                Column("rows", ListOf(CAPACITY_ROW), "By layer and basis, the largest first."),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Contracted megawatts", "rows", CAPACITY_ROW.columns),),
    ),
)
