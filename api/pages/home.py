"""`/`: what is largest, what is new, when it runs, how far and how deep the data reach, and how to ask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.pages.agreements import (
    BASIS_TEXT,
    LAYER_WORDS,
    Agreement,
    AgreementEnd,
    AgreementGroup,
    AgreementTable,
    TextPart,
    agreement,
    announced_figure,
    bar_scale,
    bar_words,
    subject_parts,
)
from api.pages.commitments import CommitmentMark, commitment_mark
from api.pages.figure_address import cell_address, count_address, firm_count_address
from api.pages.lead import LeadPart, Phrase, said, sentence
from api.pages.page import HtmlPage, Visit
from api.pages.parties import PartyName, party_name
from api.pages.pictures import megawatts_part, money_part, stated_megawatts
from graph.analytics.contracts.firm_sums import CONTRACTS
from graph.analytics.contracts.groups import Period
from graph.analytics.contracts.timeline import Timeline, TimelineRow, timeline
from graph.analytics.core.amounts import Amount, amount_of, stated_amount
from graph.analytics.core.facts import Facts
from graph.analytics.core.scope import Scope, Weight
from graph.comparison.backing import Backing, FigureGroup
from graph.comparison.coverage import Coverage, coverage_of
from graph.comparison.freshness import freshness_sentences
from graph.exports.documents.said import EVIDENCE
from graph.pictures.bars import PeriodColumn, columns
from graph.publication.figures import STATING, VALUE, FirmSumFigure
from graph.reports.coverage import DISAGREEMENTS, TWO_ORIGINS
from graph.stores.base import Reader, Store
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day, words

MAX_LARGEST, MAX_NEWS, MAX_ENTRANCES, MAX_GAPS = 10, 9, 4, 9
_NARROW = 358
_PERIODS_WIDE, _PERIODS_NARROW = 20, 8


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest firm contracts of one layer, by megawatts of one basis or by US dollars; `id` is its anchor."""

    id: str
    title: str
    note: Phrase
    table: AgreementTable


@dataclass(frozen=True, slots=True)
class NewsItem:
    day: str
    href: str
    source: PartyName
    reads: str
    target: PartyName
    mark: CommitmentMark
    status: str
    what: tuple[TextPart, ...]


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """A quarter with both numbers, each with its address."""

    period: str
    running: str
    planned: str
    running_address: str
    planned_address: str


@dataclass(frozen=True, slots=True)
class Growth:
    """Megawatts in service at the end of each quarter: as a picture, wide and narrow, and as a table."""

    wide: Markup
    narrow: Markup
    lines: tuple[GrowthLine, ...]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A row that a reader may begin with."""

    kind: str
    row: PartyName


@dataclass(frozen=True, slots=True)
class StockCount:
    """How many there are of something; `address` is that of the number."""

    noun: str
    count: str
    address: str


@dataclass(frozen=True, slots=True)
class BackingLine:
    """Of figures that may be compared: how many there are, and which share of their amount rests on what."""

    what: str
    figures: int
    shares: tuple[float, ...]


@dataclass(frozen=True)
class HomeView:
    largest: tuple[Largest, ...]
    news: tuple[NewsItem, ...]
    growth: Growth | None
    counts: tuple[StockCount, ...]
    backing: tuple[BackingLine, ...]
    freshness: tuple[Phrase, ...]
    gaps: tuple[str, ...]
    gap_words: tuple[Phrase, ...]
    """The first of them without codes."""
    entrances: tuple[Entrance, ...]
    contract: PartyName | None


def home_view(visit: Visit) -> HomeView:
    coverage: Coverage = visit.gathered
    largest = tuple(_largest(visit))
    return HomeView(
        largest=largest,
        news=tuple(_news(visit)),
        growth=_growth(visit, visit.facts.computed("growth", _in_service)),
        counts=tuple(_counts(visit, coverage)),
        backing=tuple(_backing(group) for group in coverage.figures if group.figures > 1),
        freshness=tuple(
            _of_report(visit, EVIDENCE, one)
            for one in freshness_sentences(coverage.newest_sources, coverage.unseen_links)
        ),
        gaps=coverage.gaps,
        gap_words=tuple(_gap_words(visit, gap) for gap in coverage.gaps[:MAX_GAPS]),
        entrances=tuple(_entrances(visit)),
        contract=party_name(visit, largest[0].table.lines[0].key) if largest else None,
    )


def _gap_words(visit: Visit, gap: str) -> Phrase:
    """Without codes."""
    parts = _of_report(visit, "gap", gap)
    return tuple(replace(one, text=re.sub("links of type ([A-Z_]+)", _plural, one.text)) for one in parts)


def _of_report(visit: Visit, where: str, text: str) -> Phrase:
    """As the report on coverage says it."""
    return sentence("report.coverage", {}, where, text, visit.lens)


async def gather_coverage(_: Store, readers: Sequence[Reader], __: Mapping[str, str]) -> Coverage:
    return await coverage_of(readers[-1])


# ---- the largest


def _largest(visit: Visit) -> Iterator[Largest]:
    """By critical IT load of buildings, then by dollars of each layer: never across layers or bases."""
    yield from _of_layer(visit, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    for layer in (Layer.COMPUTE, Layer.SHELL):
        yield from _of_layer(visit, layer, None)


def _of_layer(visit: Visit, layer: Layer, basis: CapacityBasis | None) -> Iterator[Largest]:
    scope = Scope(types=CONTRACTS, layer=layer, basis=basis)
    sized = [(amount.value, link) for link in _firm(visit, layer) if (amount := _amount(link, scope))]
    ranked = sorted(sized, key=lambda pair: (-pair[0], pair[1].key))[:MAX_LARGEST]
    if not ranked:
        return
    bars = bar_scale({link.key: size for size, link in ranked})
    lines = tuple(bars.on(_line(visit, link)) for _, link in ranked)
    about = f"by {BASIS_TEXT[basis]} load" if basis else "by dollars"
    table = replace(_table(lines, (basis,) if basis else ()), has_announced=basis is not None)
    yield Largest(
        id=f"largest-{layer.lower()}-{'mw' if basis else 'usd'}",
        title=f"{LAYER_WORDS[layer]}, {about}",
        note=tuple(_note(visit, layer, basis, len(sized))),
        table=replace(table, cut_at=bar_words(bars.longest, bool(basis)) if bars.cuts else ""),
    )


def _note(visit: Visit, layer: Layer, basis: CapacityBasis | None, stating: int) -> Iterator[LeadPart]:
    """How many firm contracts of the layer state it."""
    query = FirmSumFigure(layer, "all", "all", f"{STATING}{mw_column(basis) if basis else VALUE}")
    yield said(f"{stating:,}", firm_count_address(query, visit.lens, stating))
    yield said(" contract of this layer states it." if stating == 1 else " contracts of this layer state it.")


def _line(visit: Visit, link: Row) -> Agreement:
    end = AgreementEnd.BOTH
    return agreement(visit, link, end)._replace(announced=announced_figure(visit, link, end))


def _firm(visit: Visit, layer: Layer) -> Iterator[Row]:
    return (link for link in visit.facts.links.values() if link["layer"] is layer and _is_firm(visit, link))


def _is_firm(visit: Visit, link: Row) -> bool:
    return link.columns[TYPE_COLUMN] in CONTRACTS and visit.facts.sums.counts(link)


def _amount(link: Row, scope: Scope) -> Amount | None:
    made = amount_of(link, Weight.CAPACITY_MW if scope.basis else Weight.VALUE_USD, scope)
    return made if isinstance(made, Amount) else None


def _table(lines: tuple[Agreement, ...], bases: tuple[CapacityBasis, ...]) -> AgreementTable:
    """All of them are firm, and signed or active."""
    return AgreementTable(
        groups=(AgreementGroup("", lines, (), None),),
        bases=bases,
        has_value=any(line.value for line in lines),
        has_term=any(line.term for line in lines),
        has_price=False,
        has_service=True,
        has_commitment=False,
        has_status=False,
    )


# ---- what is new


def _news(visit: Visit) -> Iterator[NewsItem]:
    """The links announced last that say how much: megawatts or an amount."""
    dated = [link for link in visit.facts.links.values() if link["announced"] and _says_how_much(link)]
    newest = sorted(dated, key=lambda link: (link["announced"].earliest, link.key), reverse=True)
    for link in newest[:MAX_NEWS]:
        quantities = (megawatts_part(visit, link), money_part(visit, link))
        yield NewsItem(
            day=format_day(link["announced"]),
            href=visit.address.of(link),
            source=party_name(visit, link.columns["from"]),
            reads=link.kind.ends.reads,  # type: ignore[attr-defined]  # the kind of a link
            target=party_name(visit, link.columns["to"]),
            mark=commitment_mark(link, link.key in visit.facts.snapshot.replaced),
            status=words(link.columns.get("status")),
            what=tuple(part for part in (*quantities, *subject_parts(visit, link)) if part[0]),
        )


def _says_how_much(link: Row) -> bool:
    return stated_megawatts(link) is not None or stated_amount(link) is not None


# ---- when it runs


_SHELL_IT = Scope(types=CONTRACTS, layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)


def _in_service(facts: Facts) -> Timeline:
    return timeline(facts.snapshot, facts.log, by=Period.QUARTER, scope=_SHELL_IT)


def _growth(visit: Visit, made: Timeline) -> Growth | None:
    rows = [row for row in made.rows if row.confirmed_mw or row.expected_mw]
    if not rows:
        return None
    title = "Firm critical IT load in service at the end of each quarter, MW"
    return Growth(
        wide=columns([_column(visit, row) for row in rows[-_PERIODS_WIDE:]], title),
        narrow=columns([_column(visit, row) for row in rows[-_PERIODS_NARROW:]], title, _NARROW, 180),
        lines=tuple(_growth_line(visit, row) for row in rows),
    )


def _growth_line(visit: Visit, row: TimelineRow) -> GrowthLine:
    addresses = (
        _growth_address(visit, row, column, mw)
        for column, mw in (("in_service", row.in_service_mw), ("expected", row.expected_mw))
    )
    return GrowthLine(row.period, f"{row.in_service_mw:,.0f}", f"{row.expected_mw:,.0f}", *addresses)


def _growth_address(visit: Visit, row: TimelineRow, column: str, mw: float) -> str:
    inputs = {"by": Period.QUARTER, "scope": _SHELL_IT}
    cells = {"layer": row.layer, "basis": row.basis, "period": row.period}
    return cell_address("timeline", inputs, cells, column, visit.lens, mw)


def _column(visit: Visit, row: TimelineRow) -> PeriodColumn:
    year, _, quarter = row.period.partition("-")
    address = _growth_address(visit, row, "whole", row.whole_mw)
    return PeriodColumn(quarter, year, row.in_service_mw, row.expected_mw, address)


# ---- how far the data reach


def _counts(visit: Visit, coverage: Coverage) -> Iterator[StockCount]:
    labels = Counter(row.label for row in visit.facts.entities.values())
    for label, noun in (("Organization", "organizations"), ("Site", "sites"), ("Debt", "debts")):
        yield _count(visit, noun, labels[label], label)
    yield _count(visit, "links", coverage.links, "Link")
    yield _covered(visit, "links on two or more independent origins", coverage.links_with_two_origins, TWO_ORIGINS)
    yield _count(visit, "figures with a date", len(visit.facts.observations), "Observation")
    yield _count(visit, "sources", len(visit.facts.sources), "Source")
    yield _covered(visit, "values on which sources disagree", coverage.disagreements, DISAGREEMENTS)


def _count(visit: Visit, noun: str, count: int, label: str) -> StockCount:
    return StockCount(noun, f"{count:,}", count_address({"label": label}, visit.lens, count))


def _covered(visit: Visit, noun: str, count: int, what: str) -> StockCount:
    """That of the same count in the report on coverage."""
    address = cell_address("report.coverage", {}, {"what": what}, "count", visit.lens, count)
    return StockCount(noun, f"{count:,}", address)


_OWN = (Backing.PARTY_FIRST_HAND, Backing.PARTY_SECOND_HAND, Backing.PARTY_READING_UNKNOWN)
_SORTS = (_OWN, (Backing.PRESS,), (Backing.AGGREGATOR,), (Backing.DATASET, Backing.OTHER))
"""The columns of what figures rest on."""


def _backing(group: FigureGroup) -> BackingLine:
    shares = {one.backing: one.figures.amount_share for one in group.backing}
    by_sort = (sum(shares.get(one, 0.0) for one in sort) for sort in _SORTS)
    unit = f"MW {BASIS_TEXT[group.basis]}" if group.basis else f"value, {group.unit}"
    what = f"{LAYER_WORDS[group.layer]}, {unit}"
    return BackingLine(what, group.figures, (*by_sort, group.one_origin.amount_share, group.undated.amount_share))


_PLURALS: Mapping[str, str] = {
    "PROVIDES_CAPACITY": "contracts for capacity",
    "SUPPLIES": "supplies",
    "SUPPLIES_POWER": "power contracts",
    "INVESTS_IN": "investments",
    "LENDS_TO": "loans",
    "GUARANTEES": "guarantees",
    "OWNS": "holdings",
    "ACQUIRES": "acquisitions",
    "OPERATES": "roles at sites",
    "PARTNERS_WITH": "partnerships",
}


def _plural(of_type: re.Match[str]) -> str:
    return _PLURALS.get(of_type[1], f"links of type {of_type[1]}")


def _entrances(visit: Visit) -> Iterator[Entrance]:
    """The row of each label that most links name, and has a page."""
    for label, kind in (("Organization", "company"), ("Site", "site"), ("Chip", "chip"), ("Deal", "deal")):
        rows = [row for row in visit.facts.entities.values() if row.label == label]
        best = max(rows, key=lambda row: (row.columns.get("link_count") or 0, row.key), default=None)
        if best is not None:
            yield Entrance(kind, party_name(visit, best.key))


PAGE = HtmlPage(
    "/",
    "home.html.j2",
    "home.graphql",
    home_view,
    gather=gather_coverage,
    open_template="closed.html.j2",
)
