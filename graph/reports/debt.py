"""The debt report: what falls due when, by the tenants whose payments secure it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from graph.analytics.contracts.debt import DebtGroup, DebtRow
from graph.exports.documents.model import DocumentChart, DocumentSection, ReportDocument
from graph.pictures.stacks import StackedColumn, stacked_columns
from graph.reports.analysis import Analysis, ReportFacts, printed, read_report_facts, report_document
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.wording import dollars

TENANTS = 3
"""Tenants, or groups of them, that have a shade of their own in the chart."""
NOBODY, OTHERS = "no tenant is stated", "other tenants"


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    wall = of.analyze("debt_profile", group_by=(DebtGroup.MATURITY_YEAR, DebtGroup.TENANT))
    years = of.analyze("debt_profile", group_by=(DebtGroup.MATURITY_YEAR,))
    tenants = of.analyze("debt_profile", group_by=(DebtGroup.TENANT,))
    issuers = of.analyze("debt_profile")
    return report_document(
        "debt",
        "Debt",
        of,
        sentences=tuple(_sentences(of, years.result.rows, tenants.result.rows)),
        sections=(
            _wall_section(of, wall, tenants.result.rows),
            _plain_section("years", "By year of maturity", years),
            _plain_section("tenants", "By tenant", tenants),
            _plain_section("issuers", "By issuer", issuers),
        ),
        analyses=(wall, years, tenants, issuers),
        figures=(
            ("Debts not yet due", f"{sum(len(row.debts) for row in years.result.rows):,}"),
            ("… without a figure in USD", f"{sum(len(row.without_usd) for row in years.result.rows):,}"),
        ),
    )


def _tenant(of: ReportFacts, group: Mapping[str, object]) -> str:
    """Several tenants of one debt stand together: no source says how it splits."""
    value = group[DebtGroup.TENANT]
    keys = value if isinstance(value, list | tuple) else [value] if value else []
    return " and ".join(of.name(str(key)) for key in keys) or NOBODY


def _sentences(of: ReportFacts, years: Sequence[DebtRow], tenants: Sequence[DebtRow]) -> Iterator[str]:
    stated = [row for row in years if row.value_usd and row.group[DebtGroup.MATURITY_YEAR]]
    if not stated:
        yield "No debt that counts states dollars and a maturity."
        yield of.through
        return
    peak = max(stated, key=lambda row: row.value_usd or 0.0)
    total = sum(row.value_usd or 0.0 for row in years)
    unstated = sum(row.value_usd or 0.0 for row in years if not row.group[DebtGroup.MATURITY_YEAR])
    yield (
        f"{dollars(total)} USD of debt are issued and not yet due, of which {dollars(unstated)} USD state no year; of "
        f"the others most falls due in {peak.group[DebtGroup.MATURITY_YEAR]}: {dollars(peak.value_usd or 0.0)} USD in "
        f"{len(peak.debts)} {'debt' if len(peak.debts) == 1 else 'debts'}."
    )
    named = [row for row in tenants if _tenant(of, row.group) != NOBODY and row.value_usd]
    if named:
        first = named[0]
        yield (
            f"{dollars(first.value_usd or 0.0)} USD of it are secured by contracts of {_tenant(of, first.group)}, the "
            f"most of any tenant; the contracts of {len(named)} tenants, or groups of them, secure debt."
        )
    yield f"Guarantees are no debt and stand in a report of their own. {of.through}"


def _wall_section(of: ReportFacts, wall: Analysis, tenants: Sequence[DebtRow]) -> DocumentSection:
    names = [name for row in tenants if (name := _tenant(of, row.group)) != NOBODY][:TENANTS]
    columns: dict[str, dict[str, float]] = {}
    for row in wall.result.rows:
        year = str(row.group[DebtGroup.MATURITY_YEAR] or "unstated")
        tenant = _tenant(of, row.group)
        part = tenant if tenant in names else OTHERS
        if row.value_usd:
            column = columns.setdefault(year, {})
            column[part] = column.get(part, 0.0) + row.value_usd
    title = "What falls due, by year and tenant"
    stacks = [StackedColumn(year, parts) for year, parts in sorted(columns.items())]
    shades = [*names, OTHERS]
    note = f"{OTHERS.capitalize()}: of other tenants, of none, or of one that no source names."
    chart = DocumentChart("wall", title, stacked_columns(stacks, shades, title, dollars), "USD", note)
    text = (
        "Issued and not yet due, in US dollars. A tenant is who owes payments under the contracts that secure a debt; "
        "where several do, they stand together, since no source says how the debt splits. What is planned and not "
        "issued stands in a column beside, in no sum.",
    )
    main, *more = wall.tables("wall", "not-counted", "loans")
    return DocumentSection("wall", "Maturity wall by tenant", text, (chart,), (printed(main, 24), *more))


def _plain_section(name: str, title: str, analysis: Analysis) -> DocumentSection:
    return DocumentSection(name, title, tables=(printed(analysis.tables(name)[0], 14),))


REPORT = Report(
    name="debt",
    title="Debt",
    summary="What falls due in which year, by the tenants whose payments secure it, and by issuer; guarantees are no "
    "debt.",
    gather=gather,
)
