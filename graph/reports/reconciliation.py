"""The reconciliation report: what companies state in total, what their links add to, and the gap."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graph.analytics.contracts.reconciliation import Reconciliation
from graph.exports.documents.model import (
    EMPTY,
    DocumentCell,
    DocumentChart,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.pictures.bars import IntervalBar, interval_bars
from graph.reports.analysis import Analysis, ReportFacts, read_report_facts, report_document
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.wording import dollars, megawatts, words

CHARTED = 12


@dataclass(frozen=True)
class CompanyTotals:
    """The stated totals of an organization beside what its links add to."""

    organization: str
    analysis: Analysis

    @property
    def rows(self) -> Sequence[Reconciliation]:
        return self.analysis.result.rows  # type: ignore[no-any-return]


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    companies = [CompanyTotals(key, of.analyze("reconciliation", organization=key)) for key in _stating(of)]
    rows = [(one.organization, row) for one in companies for row in one.rows]
    return report_document(
        "reconciliation",
        "Against the companies' own totals",
        of,
        sentences=tuple(_sentences(of, companies, rows)),
        sections=(_compared_section(of, companies, rows), *_not_compared(companies)),
        analyses=[one.analysis for one in companies] or [of.analyze("capacity")],
        figures=(
            ("Companies that state totals", f"{len(companies):,}"),
            ("Totals compared", f"{len({row.observation.key for _, row in rows}):,}"),
        ),
    )


def _stating(of: ReportFacts) -> list[str]:
    """Organizations of which totals are observed."""
    subjects = {str(one.columns["subject"]) for one in of.facts.observations.values()}
    return sorted(subjects & of.facts.snapshot.organizations.keys(), key=lambda key: (of.name(key).casefold(), key))


def _share(row: Reconciliation) -> float:
    return abs(row.gap or 0.0) / row.stated if row.stated else 0.0


def _sentences(
    of: ReportFacts, companies: Sequence[CompanyTotals], rows: Sequence[tuple[str, Reconciliation]]
) -> Iterator[str]:
    known = [(key, row) for key, row in rows if row.gap is not None]
    if not known:
        yield "No stated total can be compared with what links add to."
        yield of.through
        return
    near = sum(_share(row) <= _NEAR for _, row in known)
    yield (
        f"{len(rows)} comparisons of totals that {len(companies)} companies state: in {near} of {len(known)} with a "
        f"figure on both sides the links add to the total, give or take {_NEAR:.0%}."
    )
    key, widest = max(known, key=lambda pair: (_share(pair[1]), pair[0]))
    yield (
        f"The widest gap by share is {of.name(key)}: {_amount(widest, widest.stated)} stated as "
        f"{_label(widest)}, {_amount(widest, widest.found)} found."
    )
    told = "a positive one says that links are missing, a negative one that they hold more"
    yield f"A gap is shown and not filled: {told}. {of.through}"


_NEAR = 0.05
"""A gap of so much of the total is called near."""


def _amount(row: Reconciliation, value: float | None) -> str:
    if value is None:
        return "nothing known"
    return f"{megawatts(value)} MW" if row.unit == "MW" else f"{dollars(value)} {row.unit}"


def _label(row: Reconciliation) -> str:
    """What the total is about, and as of when."""
    moment = row.observation["as_of"]
    about = row.observation["label"] or words(row.observation["metric"])
    return f"{about}, {moment}" if moment else str(about)


def _compared_section(
    of: ReportFacts, companies: Sequence[CompanyTotals], rows: Sequence[tuple[str, Reconciliation]]
) -> DocumentSection:
    known = [(key, row) for key, row in rows if row.found is not None and row.stated]
    widest = sorted(known, key=lambda pair: (-_share(pair[1]), pair[0]))[:CHARTED]
    bars = [_bar(of, key, row) for key, row in widest]
    title = "The widest gaps: what links add to, as a share of the stated total"
    chart = DocumentChart(
        "gaps", title, interval_bars(bars, title, width=880), "% of the total", "The line ends at 100 %."
    )
    text = (
        "A total is compared where it names its links or its counterparty, or speaks of the whole company. Megawatts "
        "are compared in one basis; where the company does not say which, each basis has a row.",
    )
    return DocumentSection(
        "compared", "Compared", text, (chart,) if bars else (), _joined(companies, 0, "compared", 30)
    )


def _bar(of: ReportFacts, key: str, row: Reconciliation) -> IntervalBar:
    share = 100 * (row.found or 0.0) / row.stated
    label = f"{of.name(key)}: {_label(row)}"
    said = f"{share:,.0f} %: {_amount(row, row.found)} of {_amount(row, row.stated)}"
    return IntervalBar(label, share, said, min(share, 100.0), max(share, 100.0), light=True)


def _joined(companies: Sequence[CompanyTotals], part: int, name: str, printed: int) -> tuple[DocumentTable, ...]:
    """The tables of all companies as one; each number keeps its address."""
    tables = [one.analysis.tables("compared", "not-compared") for one in companies]
    parts = [each[part] for each in tables if len(each) > part]
    if not parts:
        return ()
    columns = {column.name: column for one in parts for column in one.columns}
    title = ("Stated totals, and what links add to", "Not compared, and why")[part]
    rows = [_readable(row) for one in parts for row in one.rows]
    return (replace(parts[0], name=name, title=title, columns=tuple(columns.values()), rows=rows, printed=printed),)


def _readable(row: DocumentRow) -> DocumentRow:
    """Dollars in billions; the column cannot say so, since other rows of it are megawatts."""
    unit = row.cells.get("unit", EMPTY).value
    cells = {name: _in_billions(cell) if unit == "USD" else cell for name, cell in row.cells.items()}
    return replace(row, cells=cells)


def _in_billions(cell: DocumentCell) -> DocumentCell:
    return replace(cell, text=dollars(cell.value)) if isinstance(cell.value, int | float) else cell


def _not_compared(companies: Sequence[CompanyTotals]) -> Iterator[DocumentSection]:
    tables = _joined(companies, 1, "not-compared", 0)
    if tables and tables[0].rows:
        yield DocumentSection("not-compared", "Not compared, and why", tables=tables)


REPORT = Report(
    name="reconciliation",
    title="Reconciliation",
    summary="What companies state in total, what their links add to, and the gap, which is shown and not filled.",
    gather=gather,
)
