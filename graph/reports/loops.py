"""The loops report: money that comes back, whether chance makes as much of it, and what would have to be false."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from graph.analytics.network.fragility import Fragility
from graph.analytics.network.loops import LoopTable, MoneyLoop
from graph.analytics.network.null_model import LoopNullModel
from graph.exports.documents.model import (
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentSection,
    ReportDocument,
)
from graph.pictures.bars import IntervalBar, interval_bars
from graph.reports.analysis import Analysis, ReportFacts, printed, read_report_facts, report_document
from graph.reports.doubts import Doubt, doubted_loop, doubts_section
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.wording import dollars

LOOPS = 100
"""Loops that are listed."""
DOUBTED = 8
"""Loops of which the report says what would have to be false."""


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    loops, chance = of.analyze("money_loops", first=LOOPS), of.analyze("loop_null_model")
    doubts = [_doubt(of, loop) for loop in loops.result.rows[:DOUBTED]]
    return report_document(
        "loops",
        "Money that comes back",
        of,
        sentences=tuple(_sentences(of, loops.result, chance.result, [one.result for one in doubts])),
        sections=(_chance_section(chance), _loops_section(loops), _doubts_section(doubts)),
        analyses=(loops, chance, *(one.analysis for one in doubts)),
        figures=(
            ("Loops of up to 5 legs", f"{loops.result.total_count:,}"),
            ("… by chance, median", f"{chance.result.rows[0].standing.median:,.0f}"),
        ),
    )


def _doubt(of: ReportFacts, loop: MoneyLoop) -> Doubt:
    lead = {"loop": DocumentCell(loop.number), "organizations": DocumentCell(_circle(of, loop))}
    return doubted_loop(of, tuple(row.key for row in loop.organizations), lead)


def _sentences(of: ReportFacts, loops: LoopTable, chance: LoopNullModel, doubts: list[Fragility]) -> Iterator[str]:
    whole = chance.rows[0].standing
    if not loops.rows:
        yield "No money comes back to where it started in up to five legs of links that count."
        yield of.through
        return
    first = loops.rows[0]
    least = "" if first.min_value_usd is None else f", each leg with {dollars(first.min_value_usd)} USD at least"
    yield (
        f"Money comes back to where it started in {loops.total_count:,} loops of up to five legs; the largest runs "
        f"{_circle(of, first)}{least}."
    )
    beyond = [row for row in chance.rows[1:] if row.standing.beyond]
    apart = "; ".join(
        f"of {row.legs} legs there are {row.standing.value:,.0f}, by chance {row.standing.low:,.0f} to "
        f"{row.standing.high:,.0f}"
        for row in beyond
    )
    yield (
        f"Where each organization has as many counterparties, chance makes {whole.low:,.0f} to {whole.high:,.0f} loops"
        + (f"; {apart}." if apart else ", for each number of legs about as many as there are.")
    )
    sizes = [one.lower for one in doubts if one.lower is not None]
    if sizes:
        single = sum(one == 1 for one in sizes)
        yield (
            f"Of the {len(doubts)} largest {single or 'none'} {'hangs' if single < 2 else 'hang'} on a single origin; "
            f"the one that most origins tell of is gone without {max(sizes)} of them. {of.through}"
        )


def _circle(of: ReportFacts, loop: MoneyLoop) -> str:
    return " → ".join(of.name(row) for row in (*loop.organizations, loop.organizations[0]))


def _chance_section(chance: Analysis) -> DocumentSection:
    rows = chance.result.rows
    bars = [
        IntervalBar(
            "All together" if row.legs is None else f"{row.legs} legs",
            row.standing.value,
            f"{row.standing.value:,.0f}; by chance {row.standing.low:,.0f} to {row.standing.high:,.0f}",
            row.standing.low,
            row.standing.high,
            light=True,
        )
        for row in rows
    ]
    title = "Loops that there are, and how many chance makes"
    chart = DocumentChart(
        "chance",
        title,
        interval_bars(bars, title, width=880),
        "loops",
        "A bar is what there is; the line with ends holds 90 % of random graphs.",
    )
    text = (
        "Many loops come about by chance alone where many pay many. The random graphs give each organization as many "
        "counterparties as it has; where what there is stands among them is told by rank. A percentile of 97 says that "
        "97 of a hundred random graphs have fewer.",
    )
    return DocumentSection("chance", "Is it more than chance?", text, (chart,), tuple(chance.tables("chance")))


def _loops_section(loops: Analysis) -> DocumentSection:
    text = (
        "Organizations stand in the order in which the money passes them. All legs are in force on one day; amounts of "
        "stock and of flow stand side by side and are never added. The weakest leg is as good as its best link.",
    )
    main, legs = loops.tables("loops", "legs")
    return DocumentSection("loops", "The loops", text, tables=(printed(main, 12), printed(legs, 0)))


# ---- what would have to be false

_LEAD = (DocumentColumn("loop", "Loop", digits=0), DocumentColumn("organizations", "Organizations"))


def _doubts_section(doubts: list[Doubt]) -> DocumentSection | None:
    text = f"The smallest sets of origins without which each of the first {len(doubts)} loops is gone."
    return doubts_section(doubts, text, _LEAD)


REPORT = Report(
    name="loops",
    title="Loops",
    summary="Money that comes back to where it started, leg by leg; whether chance makes as many loops; without which "
    "origins each is gone.",
    gather=gather,
)
