"""Of the centrality report: whether hubs are more than their numbers of counterparties make likely."""

from __future__ import annotations

from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.facts import Facts
from graph.analytics.core.tabulation import table_of
from graph.analytics.network.null_model import COVERAGE, HubNullModel, HubStanding
from graph.exports.documents.from_table import document_table
from graph.exports.documents.model import DocumentChart, DocumentSection
from graph.pictures.bars import IntervalBar, interval_bars

CHARTED = 12
PRINTED = 12


def hubs_section(facts: Facts) -> tuple[DocumentSection, HubNullModel]:
    """The section, and what it says. Takes two seconds of processor time."""
    analytic = ANALYTICS["hub_null_model"]
    inputs = analytic.inputs()
    result: HubNullModel = analytic.compute(facts, inputs)
    table = table_of(analytic, result, inputs, footnotes=facts.footnotes)
    text = (
        "Whoever has many counterparties lies on many shortest paths by that alone. Betweenness is compared with "
        "random graphs that give each organization as many counterparties as it has, those it reaches and those that "
        "reach it. Where it stands among them is told by rank; a percentile of 2 says that 2 of a hundred random "
        "graphs put it between fewer pairs.",
        sentence(result),
    )
    shown = document_table(table, "hubs", printed=PRINTED)
    return DocumentSection("hubs", "Is it more than chance?", text, _charts(result), (shown,)), result


def sentence(result: HubNullModel) -> str:
    """How many stand out, against how many chance alone puts there."""
    above = sum(row.standing.value > row.standing.high for row in result.rows)
    below = sum(row.standing.value < row.standing.low for row in result.rows)
    by_chance = (1 - COVERAGE) / 2 * len(result.rows)
    return (
        f"Of {len(result.rows):,} organizations {above} lie between more than chance makes likely, and {below} between "
        f"fewer; chance alone puts about {by_chance:.0f} on either side."
    )


def _charts(result: HubNullModel) -> tuple[DocumentChart, ...]:
    bars = [_bar(row) for row in result.rows[:CHARTED]]
    title = "Betweenness, and what chance makes of as many counterparties"
    note = "A bar is what is seen; the line with ends holds 90 % of random graphs."
    drawn = interval_bars(bars, title, width=880)
    return (DocumentChart("hubs", title, drawn, "% of pairs", note),) if bars else ()


def _bar(row: HubStanding) -> IntervalBar:
    value, low, high = (100 * one for one in (row.standing.value, row.standing.low, row.standing.high))
    said = f"{value:.2f} %, by chance {low:.2f} to {high:.2f} %"
    return IntervalBar(str(row.organization["name"]), value, said, low, high, light=True)
