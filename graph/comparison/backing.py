"""Backing: what the best source of each figure of a contract is worth, and how much hangs on which sort of source.

Counted are the contracts for capacity that count by default: in force, signed or active, firm, not replaced. Figures of
one layer, unit and basis have a common share of the amount. What is handed on stands in each contract of its chain, so
that the amount itself would mean nothing, and is not told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.evidence.firmness import is_firm, replaced_by
from graph.evidence.party_documents import PARTY_KINDS
from graph.vocabulary.enums import Layer, Nature, SourceKind, SourceReading
from graph.vocabulary.model import KINDS, LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.values import CapacityBasis, Money, total_capacity
from graph.vocabulary.wording import words


class Backing(StrEnum):
    """The best source of a figure, the strongest first: a party's own document (filing or release that states it), by
    how it was read; the press, which reports it; a data set; an aggregator; another page."""

    PARTY_FIRST_HAND = "PARTY_FIRST_HAND"
    PARTY_SECOND_HAND = "PARTY_SECOND_HAND"
    PARTY_READING_UNKNOWN = "PARTY_READING_UNKNOWN"
    PRESS = "PRESS"
    DATASET = "DATASET"
    AGGREGATOR = "AGGREGATOR"
    OTHER = "OTHER"


_STRENGTH: Mapping[Backing, int] = {backing: rank for rank, backing in enumerate(Backing)}
_OF_READING = {
    SourceReading.FIRST_HAND: Backing.PARTY_FIRST_HAND,
    SourceReading.SECOND_HAND: Backing.PARTY_SECOND_HAND,
    SourceReading.UNKNOWN: Backing.PARTY_READING_UNKNOWN,
}
_OF_KIND = {
    SourceKind.DATASET: Backing.DATASET,
    SourceKind.AGGREGATOR: Backing.AGGREGATOR,
    SourceKind.OTHER: Backing.OTHER,
}
"""Of kinds that are neither a party's nor the press."""


@dataclass(frozen=True, slots=True)
class BackedFigure:
    """A value, or megawatts of one basis, that a contract states. `unit` is MW or a currency. `origins`: how many
    independent ones say it; not `dated`: none of its sources has a date."""

    link: Row
    unit: str
    basis: CapacityBasis | None
    amount: float
    backing: Backing
    origins: int
    dated: bool

    @property
    def group(self) -> tuple[str, str, str]:
        return self.unit, str(self.link["layer"] or ""), self.basis or ""


@dataclass(frozen=True, slots=True)
class FigureShare:
    """Some figures of a group: how many, and their shares of its number and of its amount, 0 to 1."""

    figures: int
    share: float
    amount_share: float


@dataclass(frozen=True, slots=True)
class BackingShare:
    """The figures of a group whose best source is of one sort."""

    backing: Backing
    figures: FigureShare


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures that may be compared: of one unit, layer and basis. `backing` has those sorts that occur, the strongest
    first."""

    unit: str
    layer: Layer | None
    basis: CapacityBasis | None
    figures: int
    backing: tuple[BackingShare, ...]
    one_origin: FigureShare
    several_origins: FigureShare
    undated: FigureShare


# ---- the figures


def backed_figures(links: Iterable[Row], chosen: Iterable[Row], sources: Mapping[str, Row]) -> list[BackedFigure]:
    """The figures of the contracts among all links, by key of the contract; `chosen` statements say what is shown."""
    every = list(links)
    replaced, types = replaced_by(every), link_types(LinkRole.CAPACITY_CONTRACT)
    contracts = {
        link.key: link for link in every if link.kind.kind_name in types and is_firm(link) and link.key not in replaced
    }
    support: dict[tuple[str, str], list[Row]] = {}
    for row in chosen:
        if row.columns["subject"] in contracts:
            support.setdefault((row.columns["subject"], row.columns["property"]), []).append(row)
    return [figure for key in sorted(contracts) for figure in _figures(contracts[key], support, sources)]


def _figures(
    link: Row, support: Mapping[tuple[str, str], Sequence[Row]], sources: Mapping[str, Row]
) -> Iterator[BackedFigure]:
    money = link.kind.by_role[PropertyRole.TOTAL].name
    value: Money | None = link[money]
    if value is not None:
        yield _figure(link, value.currency, None, value.amount, support.get((link.key, money), ()), sources)
    megawatts = link.kind.by_role[PropertyRole.CAPACITY].name
    for basis in CapacityBasis:
        total = total_capacity(link[megawatts], basis)
        if total is not None:
            of_basis = [row for row in support.get((link.key, megawatts), ()) if _value(row).basis is basis]
            whole = [row for row in of_basis if _value(row) == total]
            yield _figure(link, "MW", basis, total.mw, whole or of_basis, sources)


def _value(statement: Row) -> Any:
    columns = statement.columns
    return KINDS[columns["subject_kind"]].properties[columns["property"]].type.from_json(json.loads(columns["value"]))


def _figure(
    link: Row,
    unit: str,
    basis: CapacityBasis | None,
    amount: float,
    statements: Sequence[Row],
    sources: Mapping[str, Row],
) -> BackedFigure:
    cited = [(row, sources[row.columns["source"]]) for row in statements]
    return BackedFigure(
        link,
        unit,
        basis,
        amount,
        min((_backing(row, source) for row, source in cited), key=_STRENGTH.__getitem__, default=Backing.OTHER),
        len({source["origin"] for _, source in cited}),
        any(source["published"] is not None for _, source in cited),
    )


def _backing(statement: Row, source: Row) -> Backing:
    if source["kind"] not in PARTY_KINDS:
        return _OF_KIND.get(source["kind"], Backing.PRESS)
    if statement["nature"] is not Nature.STATED:
        return Backing.PRESS  # a document that reports what others say
    return _OF_READING[source["read"] or SourceReading.UNKNOWN]


# ---- by group


def group_figures(figures: Iterable[BackedFigure]) -> tuple[FigureGroup, ...]:
    """Dollars before other units, then by layer and basis in their order."""
    groups: dict[tuple[str, str, str], list[BackedFigure]] = {}
    for one in figures:
        groups.setdefault(one.group, []).append(one)
    return tuple(_group(groups[key]) for key in sorted(groups, key=_group_order))


def _group_order(key: tuple[str, str, str]) -> tuple[bool, str, int, str]:
    unit, layer, basis = key
    return unit != "USD", unit, [*map(str, Layer), ""].index(layer), basis


def _group(figures: Sequence[BackedFigure]) -> FigureGroup:
    first = figures[0]
    sorts = ((backing, [one for one in figures if one.backing is backing]) for backing in Backing)
    return FigureGroup(
        unit=first.unit,
        layer=first.link["layer"],
        basis=first.basis,
        figures=len(figures),
        backing=tuple(BackingShare(backing, _share(some, figures)) for backing, some in sorts if some),
        one_origin=_share([one for one in figures if one.origins == 1], figures),
        several_origins=_share([one for one in figures if one.origins > 1], figures),
        undated=_share([one for one in figures if not one.dated], figures),
    )


def _share(some: Sequence[BackedFigure], figures: Sequence[BackedFigure]) -> FigureShare:
    whole = sum(one.amount for one in figures)
    of_amount = sum(one.amount for one in some) / whole if whole else 0.0
    return FigureShare(len(some), len(some) / len(figures), of_amount)


# ---- in words


def backing_sentences(groups: Sequence[FigureGroup]) -> Iterator[str]:
    """What the header of a report says: of values and of megawatts by count, then of each group of several figures by
    amount, as groups have no common share of an amount."""
    for what, unit_is_mw in (("values", False), ("figures of megawatts", True)):
        chosen = [group for group in groups if (group.unit == "MW") is unit_is_mw]
        if chosen:
            yield _by_count(f"{what} of firm contracts for capacity", chosen)
    for group in groups:
        if group.figures > 1:
            yield _by_amount(group)


def _by_amount(group: FigureGroup) -> str:
    shares = {one.backing: one.figures.amount_share for one in group.backing}
    first, second, unknown = (shares.get(backing, 0.0) for backing in _OF_READING.values())
    layer = f"of the {words(group.layer)} layer" if group.layer else "of no layer"
    basis = f" ({words(group.basis)})" if group.basis else ""
    parts = (
        f"By amount, of {group.figures:,} figures in {group.unit}{basis} of contracts {layer},",
        f" {first + second + unknown:.0%} rests on a party's own document ({first:.0%} read first hand, {second:.0%}",
        f" second hand, of {unknown:.0%} nobody says how), {shares.get(Backing.PRESS, 0.0):.0%} on the press,",
        f" {shares.get(Backing.AGGREGATOR, 0.0):.0%} on aggregators,",
        f" {shares.get(Backing.DATASET, 0.0) + shares.get(Backing.OTHER, 0.0):.0%} on other pages;",
        f" {group.one_origin.amount_share:.0%} has a single origin, {group.undated.amount_share:.0%} no dated source.",
    )
    return "".join(parts)


def _by_count(what: str, groups: Sequence[FigureGroup]) -> str:
    counts = Counter[Backing]()
    for group in groups:
        counts.update({one.backing: one.figures.figures for one in group.backing})
    own = sum(counts[backing] for backing in _OF_READING.values())
    parts = (
        f"Of {counts.total():,} {what} {own:,} rest on a party's own document",
        f" ({counts[Backing.PARTY_FIRST_HAND]:,} read first hand, {counts[Backing.PARTY_SECOND_HAND]:,} second hand,"
        f" of {counts[Backing.PARTY_READING_UNKNOWN]:,} nobody says how),",
        f" {counts[Backing.PRESS]:,} on the press, {counts[Backing.AGGREGATOR]:,} on aggregators,",
        f" {counts[Backing.DATASET] + counts[Backing.OTHER]:,} on other pages;",
        f" {sum(group.one_origin.figures for group in groups):,} have a single origin,",
        f" {sum(group.undated.figures for group in groups):,} no dated source.",
    )
    return "".join(parts)
