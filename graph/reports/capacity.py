"""The capacity report: megawatts in service by year and state, and who is contracted for how many."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from graph.analytics.contracts.capacity import CapacityRow
from graph.analytics.contracts.groups import CapacityGroup, Period
from graph.analytics.contracts.timeline import TimelineRow
from graph.exports.documents.model import (
    CellEvidence,
    DocumentChart,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.exports.wording import megawatts_of
from graph.pictures.bars import IntervalBar, interval_bars
from graph.pictures.stacks import StackedColumn, stacked_columns
from graph.reports.analysis import Analysis, ReportFacts, read_report_facts, report_document
from graph.reports.doubts import Doubt, doubted_megawatts, doubts_section
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import megawatts, words

CHARTED = 12
"""Providers in a chart."""
CHARTS = 3
"""Layers and bases of which years are drawn: those with the most megawatts."""
DOUBTED = 6
"""Providers of whose megawatts the report says what would have to be false."""
STATES = ("confirmed", "unconfirmed or start unknown", "overdue", "planned")


@dataclass(frozen=True, slots=True)
class KindOfMegawatts:
    """What may be added: megawatts of one layer and basis, and for power of one kind of contract."""

    layer: str
    basis: str
    contract: str = ""

    @staticmethod
    def of(row: TimelineRow | CapacityRow) -> KindOfMegawatts:
        return KindOfMegawatts(str(row.layer), str(row.basis), str(row.group.get("CONTRACT_KIND") or ""))

    @property
    def words(self) -> str:
        contract = f", {words(self.contract)}" if self.contract else ""
        return f"{words(self.layer)} layer{contract}, {megawatts_of(self.basis)}"

    @property
    def anchor(self) -> str:
        return "-".join(filter(None, (self.layer, self.contract, self.basis))).lower().replace("_", "-")


Series = Mapping[KindOfMegawatts, Sequence[TimelineRow]]


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    years = of.analyze("timeline", by=Period.YEAR)
    providers = of.analyze("capacity", group_by=(CapacityGroup.PROVIDER,))
    series = _series(years.result.rows)
    doubts = [*_doubts(of, series, providers.result.rows)]
    return report_document(
        "capacity",
        "Capacity",
        of,
        sentences=tuple(_sentences(of, series, providers.result.rows)),
        sections=(_years_section(years, series), _providers_section(of, providers, series), _doubts_section(doubts)),
        analyses=(years, providers, *(one.analysis for one in doubts)),
        figures=tuple(_figures(providers.result.rows)),
    )


def _series(rows: Sequence[TimelineRow]) -> Series:
    """The rows by what may be added: critical IT first, then what comes to the most megawatts."""
    series: dict[KindOfMegawatts, list[TimelineRow]] = {}
    for row in rows:
        series.setdefault(KindOfMegawatts.of(row), []).append(row)
    order = sorted(series, key=lambda kind: (kind.basis != "CRITICAL_IT", -max(map(_whole, series[kind]))))
    return {kind: series[kind] for kind in order}


def _parts(row: TimelineRow) -> dict[str, float]:
    unsure = row.not_yet_reported_mw + row.start_unknown_mw
    return dict(zip(STATES, (row.confirmed_mw, unsure, row.overdue_mw, row.planned_mw), strict=True))


def _whole(row: TimelineRow) -> float:
    return sum(_parts(row).values())


def _sentences(of: ReportFacts, series: Series, providers: Sequence[CapacityRow]) -> Iterator[str]:
    if not series:
        yield "No contract for capacity that counts states megawatts and a start."
        yield of.through
        return
    kind, years = next(iter(series.items()))
    now = next((row for row in years if row.period == str(of.facts.snapshot.lens.valid_on)[:4]), years[0])
    last = years[-1]
    yield (
        f"{kind.words[0].upper()}{kind.words[1:]}: {megawatts(now.confirmed_mw)} MW are confirmed in service by the "
        f"end of {now.period}, {megawatts(now.planned_mw)} MW more are planned by then, and "
        f"{megawatts(now.overdue_mw)} MW are overdue; by {last.period} {megawatts(_whole(last))} MW would run."
    )
    own = _of_kind(providers, kind)
    if own and own[0].mw:
        most = f"{_provider(of, own[0])}, {_range(own[0])} MW"
        yield f"Of these the most are contracted from {most}; {len(own)} providers have some."
    yield f"Layers and bases stand side by side and are never added. {of.through}"


def _of_kind(rows: Sequence[CapacityRow], kind: KindOfMegawatts) -> Sequence[CapacityRow]:
    """Those that state megawatts of a kind, the largest first."""
    own = [row for row in rows if KindOfMegawatts.of(row) == kind and row.mw]
    return sorted(own, key=lambda row: (-(row.mw.high if row.mw else 0.0), -len(row.links)))


def _range(row: CapacityRow) -> str:
    low, high = (row.mw.low, row.mw.high) if row.mw else (0.0, 0.0)
    return megawatts(low) if low == high else f"{megawatts(low)} to {megawatts(high)}"


def _provider(of: ReportFacts, row: CapacityRow) -> str:
    key = row.group[CapacityGroup.PROVIDER]
    return of.name(str(key)) if key else "unstated"


def _figures(rows: Sequence[CapacityRow]) -> Iterator[tuple[str, str]]:
    contracts = {link.key for row in rows for link in (*row.links, *row.without)}
    stating = {link.key for row in rows for link in row.links}
    yield "Contracts", f"{len(contracts):,}"
    yield "… with megawatts", f"{len(stating):,}"


def _years_section(years: Analysis, series: Series) -> DocumentSection:
    charts = tuple(_years_chart(kind, series[kind]) for kind in list(series)[:CHARTS])
    text = (
        "Megawatts in service on the last day of each year. In force is not in service: confirmed is what a source "
        "known after the start says to run; overdue is what was to run and newer sources do not confirm; planned is to "
        "come. Each kind of megawatts has a chart of its own: critical IT first, then the kinds with the most.",
    )
    main, *more = years.tables("years")
    ordered = replace(main, rows=_in_order(series, main.rows, years.result.rows), printed=24)
    tables = (_without_links_in_print(ordered), *more)
    return DocumentSection("years", "By year and state", text, charts, tables)


def _without_links_in_print(table: DocumentTable) -> DocumentTable:
    """Dozens of links, year after year, leave no room for the numbers; their sources stand in print."""
    return replace(
        table, columns=tuple(replace(one, detail=one.detail or one.name == "links") for one in table.columns)
    )


def _in_order(
    series: Series, shown: Sequence[DocumentRow], rows: Sequence[TimelineRow | CapacityRow]
) -> list[DocumentRow]:
    """The rows of a table by kind of megawatts, as the charts stand."""
    places = {kind: place for place, kind in enumerate(series)}
    pairs = zip(rows, shown, strict=True)
    ordered = sorted(pairs, key=lambda pair: places.get(KindOfMegawatts.of(pair[0]), len(places)))
    return [row for _, row in ordered]


def _years_chart(kind: KindOfMegawatts, years: Sequence[TimelineRow]) -> DocumentChart:
    title = f"In service at the end of each year: {kind.words}"
    columns = [StackedColumn(row.period, _parts(row)) for row in years]
    return DocumentChart(f"years-{kind.anchor}", title, stacked_columns(columns, STATES, title, megawatts), "MW")


def _providers_section(of: ReportFacts, providers: Analysis, series: Series) -> DocumentSection:
    rows = providers.result.rows
    charts = tuple(_providers_chart(of, rows, kind) for kind in list(series)[:CHARTS])
    text = (
        "Contracted, firm, signed or active. Where a customer is itself a provider and nothing says whether it passes "
        "the same capacity on, the line with ends runs from what is proven to be distinct to all. Conditional, "
        "options, letters and what has lapsed stand in columns beside, in no sum.",
    )
    (table,) = providers.tables("providers")
    resting = list(map(_resting, table.rows, rows))
    tables = (_without_links_in_print(replace(table, rows=_in_order(series, resting, rows), printed=20)),)
    return DocumentSection("providers", "By provider", text, charts, tables)


def _resting(shown: DocumentRow, row: CapacityRow) -> DocumentRow:
    """A row rests on its contracts without megawatts too."""
    contracts = (*row.links, *row.without, *row.contained, *(one for each in row.memo_items.values() for one in each))
    return replace(shown, evidence=CellEvidence(tuple(dict.fromkeys(link.key for link in contracts))))


def _providers_chart(of: ReportFacts, rows: Sequence[CapacityRow], kind: KindOfMegawatts) -> DocumentChart:
    bars = [_provider_bar(of, row) for row in _of_kind(rows, kind)[:CHARTED]]
    title = f"The largest providers: {kind.words}"
    return DocumentChart(f"providers-{kind.anchor}", title, interval_bars(bars, title, width=880), "MW")


def _provider_bar(of: ReportFacts, row: CapacityRow) -> IntervalBar:
    low, high = (row.mw.low, row.mw.high) if row.mw else (0.0, 0.0)
    contracts = f"{len(row.links)} contract{'' if len(row.links) == 1 else 's'}"
    low_end, high_end = (None, None) if low == high else (low, high)
    return IntervalBar(_provider(of, row), high, f"{_range(row)} MW, {contracts}", low_end, high_end, light=True)


# ---- what would have to be false


def _doubts(of: ReportFacts, series: Series, providers: Sequence[CapacityRow]) -> Iterator[Doubt]:
    """Of the largest named providers of the first kind of megawatts."""
    for kind in list(series)[:1]:
        named = (str(key) for row in _of_kind(providers, kind) if (key := row.group[CapacityGroup.PROVIDER]))
        for key in islice((one for one in named if one in of.facts.snapshot.nodes), DOUBTED):
            yield from doubted_megawatts(of, key, Layer(kind.layer), CapacityBasis(kind.basis))


def _doubts_section(doubts: Sequence[Doubt]) -> DocumentSection | None:
    text = (
        f"The smallest sets of origins without which the megawatts of each of the first {len(doubts)} providers fall "
        "below a round figure; each contract counts once."
    )
    return doubts_section(doubts, text)


REPORT = Report(
    name="capacity",
    title="Capacity",
    summary="Megawatts in service by year and state, and contracted by provider; megawatts of different kinds are "
    "never added.",
    gather=gather,
)
