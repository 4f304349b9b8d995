"""The comparables report: what capacity contracts pay, side by side. In a workbook derived cells are live formulas."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence

from graph.analytics.contracts.comparables import Comparable, ComparableTable, StructureClass
from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.exports.wording import megawatts_of
from graph.pictures.bars import IntervalBar, interval_bars
from graph.reports.analysis import Analysis, ReportFacts, read_report_facts, report_document
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.values import Bound
from graph.vocabulary.wording import dollars, words

_KW_MONTHS = 12_000
"""Kilowatts of a megawatt, times the months of a year."""


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    analysis = of.analyze("comparables")
    result: ComparableTable = analysis.result
    priced = [row for row in result.rows if row.usd_per_mw_year is not None]
    unpriced = [row for row in result.rows if row.usd_per_mw_year is None]
    return report_document(
        "comparables",
        "Comparables",
        of,
        sentences=tuple(_sentences(of, result, priced)),
        sections=(
            _classes_section(analysis),
            _rows_section(of, "priced", "Contracts with a price", priced),
            _rows_section(of, "unpriced", "Contracts without a price", unpriced),
        ),
        analyses=(analysis,),
        figures=(
            ("Contracts, by basis", f"{len(result.rows):,}"),
            ("… with a price per MW and year", f"{len(priced):,}"),
        ),
    )


def _sentences(of: ReportFacts, result: ComparableTable, priced: Sequence[Comparable]) -> Iterator[str]:
    if not priced:
        yield "No capacity contract that counts has a price per megawatt and year."
        yield of.through
        return
    largest = max(result.classes, key=lambda one: (one.contracts, one.structure), default=None)
    yield (f"{len(priced)} of {len(result.rows)} rows have a price per megawatt and year; the others say why not.")
    if largest:
        yield (
            f"The class with the most unbounded prices is {words(largest.structure)} in {megawatts_of(largest.basis)}: "
            f"{dollars(largest.low)} to {dollars(largest.high)} USD per MW and year, {dollars(largest.median)} at the "
            f"median of {largest.contracts} contracts."
        )
    yield f"Prices compare within one structure and one basis; a cloud's includes its chips. {of.through}"


def _classes_section(analysis: Analysis) -> DocumentSection:
    classes = sorted(analysis.result.classes, key=lambda one: (-one.contracts, one.structure, one.basis))
    bars = [_class_bar(one) for one in classes]
    title = "USD per megawatt and year, by structure and basis"
    note = "A bar is the median, the line with ends runs from the lowest to the highest; bounded prices are left out."
    chart = DocumentChart("classes", title, interval_bars(bars, title, width=880), "USD per MW and year", note)
    text = (
        "A structure is the class within which prices compare; what a contract does not state makes one of its own.",
    )
    tables = tuple(analysis.tables("contracts", "classes")[1:2])
    return DocumentSection("classes", "By structure and basis", text, (chart,) if bars else (), tables)


def _class_bar(one: StructureClass) -> IntervalBar:
    label = f"{words(one.structure)}, {megawatts_of(one.basis)}"
    if one.contracts == 1:
        return IntervalBar(label, one.median, f"{dollars(one.median)}, one contract", light=True)
    said = f"median {dollars(one.median)}, {dollars(one.low)} to {dollars(one.high)}, {one.contracts} contracts"
    return IntervalBar(label, one.median, said, one.low, one.high, light=True)


_COLUMNS = (
    DocumentColumn("provider", "Provider"),
    DocumentColumn("customer", "Customer"),
    DocumentColumn("structure", "Structure"),
    DocumentColumn("basis", "Basis"),
    DocumentColumn("mw", "Capacity", "MW", "As stated, of this basis.", 1),
    DocumentColumn("years", "Term", "years", "Base term.", 1),
    DocumentColumn("base_usd", "Value", "USD", "Payments over the base term, without renewals."),
    DocumentColumn(
        "mean", "Mean", "USD per MW and year", "Value by megawatts and years; else as stated for a year.", 0
    ),
    DocumentColumn("per_kw_month", "Per kW", "USD per kW and month", "Mean by 12,000.", 2),
    DocumentColumn("bound", "Bound", "", "Of the price, where value or megawatts are a bound.", detail=True),
    DocumentColumn("first_year", "First year", "USD per MW and year", "From the stated escalator.", 0, detail=True),
    DocumentColumn("last_year", "Last year", "USD per MW and year", "From the stated escalator.", 0, detail=True),
    DocumentColumn("hardware", "Chips", "USD", "Chips that were bought for this contract alone.", detail=True),
    DocumentColumn("without_hardware", "Without chips", "USD per MW and year", "Value less chips.", 0),
    DocumentColumn("noi", "NOI", "USD per MW and year", "Net operating income, as stated or by the margin.", 0),
    DocumentColumn("prepayment", "Prepaid", "%", "As stated.", 1, detail=True),
    DocumentColumn("guaranteed", "Guaranteed", "USD", "Caps of guarantees, at most the value.", detail=True),
    DocumentColumn("because", "No price because"),
)


def _rows_section(of: ReportFacts, name: str, title: str, rows: Sequence[Comparable]) -> DocumentSection | None:
    if not rows:
        return None
    columns = _COLUMNS[:-1] if name == "priced" else tuple(one for one in _COLUMNS if one.name in _UNPRICED)
    table = DocumentTable(name, title, columns, [_row(of, one) for one in rows], printed=40 if name == "priced" else 12)
    text = (
        "In the workbook, mean, price per kilowatt and price without chips are live formulas of the cells beside them."
        if name == "priced"
        else "Each with the reason.",
    )
    return DocumentSection(name, title, text, tables=(table,))


_UNPRICED = frozenset({"provider", "customer", "structure", "basis", "mw", "years", "base_usd", "because"})


def _row(of: ReportFacts, one: Comparable) -> DocumentRow:
    link = one.link
    cells = {
        "provider": DocumentCell(of.name(link.columns["from"])),
        "customer": DocumentCell(of.name(link.columns["to"])),
        "structure": DocumentCell(one.structure, words(one.structure)),
        "basis": DocumentCell(one.basis, words(one.basis)),
        "mw": DocumentCell(one.mw),
        "years": DocumentCell(one.years),
        "base_usd": DocumentCell(one.base_usd),
        "mean": _derived(one.usd_per_mw_year, "{base_usd}/{mw}/{years}", _ratio(one.base_usd, one.mw, one.years)),
        "per_kw_month": _derived(
            one.usd_per_kw_month, f"{{mean}}/{_KW_MONTHS}", _ratio(one.usd_per_mw_year, _KW_MONTHS, 1)
        ),
        "bound": DocumentCell() if one.bound is Bound.EXACT else DocumentCell(one.bound, words(one.bound)),
        "first_year": DocumentCell(one.first_year_usd_per_mw_year),
        "last_year": DocumentCell(one.last_year_usd_per_mw_year),
        "hardware": DocumentCell(one.hardware_usd),
        "without_hardware": _derived(
            one.without_hardware_usd_per_mw_year,
            "({base_usd}-{hardware})/{mw}/{years}",
            _ratio(None if one.base_usd is None else one.base_usd - (one.hardware_usd or 0.0), one.mw, one.years),
        ),
        "noi": DocumentCell(one.noi_usd_per_mw_year),
        "prepayment": DocumentCell(one.prepayment_pct),
        "guaranteed": DocumentCell(one.guaranteed_usd),
        "because": DocumentCell(one.excluded_because or ""),
    }
    return DocumentRow(cells, link.key, CellEvidence((link.key,)))


def _ratio(amount: float | None, by: float | None, years: float | None) -> float | None:
    return None if amount is None or not by or not years else amount / by / years


def _derived(value: float | None, formula: str, from_cells: float | None) -> DocumentCell:
    """A live formula where it gives the value; else the value was stated, or comes from elsewhere."""
    lives = value is not None and from_cells is not None and math.isclose(value, from_cells, rel_tol=1e-9)
    return DocumentCell(value, formula=formula if lives else "")


REPORT = Report(
    name="comparables",
    title="Comparables",
    summary="What capacity contracts pay per megawatt and year, within one structure and basis; in the workbook "
    "derived cells are live formulas.",
    gather=gather,
)
