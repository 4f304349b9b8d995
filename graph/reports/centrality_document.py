"""The centrality report: its numbers, said. REPORT is its entry in the catalog.

A section is a function of the numbers; to add one, add it to SECTIONS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from markupsafe import Markup

from graph.analytics.network.centrality import METRICS
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
from graph.pictures.network import draw_network
from graph.pictures.network_plan import plan_network
from graph.pictures.network_query import NetworkQuery
from graph.pictures.network_svg import draw_svg
from graph.pictures.rank_bands import RankBand
from graph.pictures.ranking import RankCourse, RankedBar, ranking, ranks_over_time
from graph.pictures.stacks import ShareBar, share_bars
from graph.reports.analysis import ReportFacts
from graph.reports.centrality import METRIC_COLUMNS, CentralityReport, RankingRow, centrality_report
from graph.reports.citations import STATUS_PROPERTIES
from graph.reports.doubts import Doubt, doubted_neighbours, doubts_section
from graph.reports.hubs_by_chance import hubs_section
from graph.reports.link_tables import LINK_COLUMNS, link_row
from graph.reports.party_shares import PartyShares
from graph.reports.rank_history import DayRanks
from graph.reports.rank_support import rank_correlation
from graph.reports.report import Report
from graph.reports.strengths import RoleRows, StrengthRow, StrengthTable
from graph.stores.base import Reader
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import bound_sign, dollars, megawatts, words

CHARTED = 20
"""Organizations in the chart of the ranking."""
LINES = 8
"""Organizations whose ranks are drawn over time."""
NEIGHBOURS = 10
"""Organizations of which the report says what would have to be false for two of them to change places."""
LABELS = {
    "DEGREE": "Degree",
    "IN_DEGREE": "In",
    "OUT_DEGREE": "Out",
    "BETWEENNESS": "Betweenness",
    "PAGERANK": "PageRank",
}
NOT_IMPORTANCE = (
    "A documented degree is not importance. It counts counterparties with whom a contract is on record here; who has "
    "to publish its contracts, and whom the press follows, has more of them. Read it beside what it rests on: the "
    "sources and independent origins of each organization, and how many of its links a party's own document states."
)

SectionOf = Callable[[CentralityReport], DocumentSection | None]


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    report = await centrality_report(reader)
    return await asyncio.to_thread(_with_chance, report)


def _with_chance(report: CentralityReport) -> ReportDocument:
    document = document_of(report)
    if report.facts is None or not report.ranking:
        return document
    section, result = hubs_section(report.facts)
    compared = replace(document, methods=(*document.methods, result.method)).with_section(section, after="ranking")
    doubts = [*_doubts(report, ReportFacts(report.facts, report.evidence))]
    fragile = doubts_section(doubts, _FALSE)
    methods = (*compared.methods, *(one.result.method for one in doubts))
    return replace(compared, methods=methods).with_section(fragile, after="hubs") if fragile else compared


_FALSE = (
    f"The smallest sets of origins without which neighbours among the first {NEIGHBOURS} change places; those with as "
    "many counterparties share a place and have no order."
)


def _doubts(report: CentralityReport, of: ReportFacts) -> Iterator[Doubt]:
    degrees = ((row.organization.key, row.scores["DEGREE"].value or 0.0) for row in report.ranking[:NEIGHBOURS])
    return doubted_neighbours(of, degrees)


def document_of(report: CentralityReport) -> ReportDocument:
    assert report.facts is not None  # noqa: S101 (`centrality_report` reads them)
    sections = (section(report) for section in SECTIONS)
    return ReportDocument(
        name="centrality",
        title=report.title,
        sentences=tuple(_sentences(report)),
        sections=tuple(one for one in sections if one is not None),
        method=report.methods[0],
        footnotes=report.facts.footnotes,
        figures=(
            ("Links that count", f"{len(report.included):,}"),
            ("… with a figure in MW", f"{report.with_megawatts:,}"),
            ("… with a figure in USD", f"{report.with_usd:,}"),
            ("Links left out", f"{report.listed - len(report.included):,}"),
            ("Organizations ranked", f"{len(report.ranking):,}"),
            ("Data through", str(report.data_through or "no dated source")),
        ),
        evidence=report.evidence,
        methods=(
            *report.methods,
            *(one.method for one in report.intervals.values()),
        ),
        notes=tuple(_notes(report)),
    )


# ---- three sentences


def _sentences(report: CentralityReport) -> Iterator[str]:
    if not report.ranking:
        yield f"On {report.valid_on} no link that counts joins two named organizations."
        return
    first, *others = report.ranking[:3]
    yield (
        f"On {report.valid_on} {first.organization.name} has the most counterparties on record, {_degree(first)} of "
        f"{len(report.ranking) - 1:,}{_rank_range(report, first)}"
        + "".join(f"; then {one.organization.name} with {_degree(one)}" for one in others)
        + "."
    )
    yield (
        f"{len(report.included):,} links count, {report.with_megawatts:,} of them with megawatts and "
        f"{report.with_usd:,} with dollars; {report.listed - len(report.included):,} are left out, with the reason."
    )
    yield _support_sentence(report)


def _degree(row: RankingRow) -> str:
    return f"{row.scores['DEGREE'].value or 0:,.0f}"


def _rank_range(report: CentralityReport, row: RankingRow) -> str:
    interval = report.intervals["DEGREE"].intervals[row.organization.key] if report.intervals else None
    if interval is None:
        return ""
    where = f"rank {interval.low}" if interval.low == interval.high else f"ranks {interval.low} to {interval.high}"
    return f", and stands on {where} in 90 % of draws in which sources are doubted"


def _support_sentence(report: CentralityReport) -> str:
    keys = [row.organization.key for row in report.ranking if row.organization.key in report.support]
    degrees = [row.scores["DEGREE"].value or 0.0 for row in report.ranking if row.organization.key in report.support]
    correlation = rank_correlation(degrees, [report.support[key].sources for key in keys])
    if correlation is None:
        return "A documented degree is not importance: it grows with what is published about an organization."
    return (
        "A documented degree is not importance: it goes with the number of sources about an organization (rank "
        f"correlation {correlation:.2f} over {len(keys):,})."
    )


# ---- ranking


def _ranking(report: CentralityReport) -> DocumentSection:
    return DocumentSection(
        "ranking",
        "Ranking",
        (
            f"Organizations with a link that is in force on {report.valid_on}, signed or active, and firm. Equal "
            "values share a rank. In brackets stands the interval of the rank: from the best to the worst in 90 % of "
            "draws in which each source is believed by its confidence.",
            NOT_IMPORTANCE,
        ),
        charts=(_ranking_chart(report),) if report.ranking else (),
        tables=(_ranking_table(report), *_unconnected(report)),
    )


def _ranking_chart(report: CentralityReport) -> DocumentChart:
    bars = [
        RankedBar(_band(report, row), f"{_degree(row)}, {report.support[row.organization.key].sources} sources")
        for row in report.ranking[:CHARTED]
    ]
    title = f"The first {len(bars)} by number of counterparties, with the intervals of their ranks"
    picture = ranking(bars, len(report.ranking), title, "counterparties, and sources about them", width=880)
    note = "A dot is a rank, a band its interval, on a logarithmic axis."
    return DocumentChart("ranking", title, picture, "rank", note)


def _band(report: CentralityReport, row: RankingRow) -> RankBand:
    interval = report.intervals["DEGREE"].intervals[row.organization.key]
    return RankBand(row.organization.name, row.scores["DEGREE"].rank, interval.low, interval.high)


_RANKING_COLUMNS = (
    DocumentColumn("rank", "Rank", origin="By degree; equal degrees share a rank.", digits=0),
    DocumentColumn("organization", "Organization"),
    DocumentColumn("degree", "Degree", "counterparties", METRICS["DEGREE"].doc, digits=0),
    DocumentColumn("links", "Links", "", "Links that count; several with one counterparty are one edge.", digits=0),
    DocumentColumn("sources", "Sources", "", "Different sources of the statements chosen about these links.", digits=0),
    DocumentColumn("origins", "Origins", "", "Independent ones among them; reprints are one.", digits=0),
    DocumentColumn("own_links", "Own", "links", "Links that a party's own document states.", digits=0),
    DocumentColumn("betweenness_rank", "Betweenness", "rank", METRICS["BETWEENNESS"].doc, digits=0),
    DocumentColumn("pagerank_rank", "PageRank", "rank", METRICS["PAGERANK"].doc, digits=0),
    DocumentColumn("in_degree", "In", "counterparties", METRICS["IN_DEGREE"].doc, digits=0, detail=True),
    DocumentColumn("out_degree", "Out", "counterparties", METRICS["OUT_DEGREE"].doc, digits=0, detail=True),
    DocumentColumn("betweenness", "Betweenness", "share of pairs", METRICS["BETWEENNESS"].doc, digits=5, detail=True),
    DocumentColumn("pagerank", "PageRank", "share", METRICS["PAGERANK"].doc, digits=5, detail=True),
    DocumentColumn("kinds", "What it is", detail=True),
)


def _ranking_table(report: CentralityReport) -> DocumentTable:
    return DocumentTable(
        "ranking",
        "All ranked organizations",
        _RANKING_COLUMNS,
        [_ranking_row(report, row) for row in report.ranking],
        note="Edges point as the link reads, from provider, investor, lender to customer, company, borrower.",
        printed=CHARTED,
    )


def _ranking_row(report: CentralityReport, row: RankingRow) -> DocumentRow:
    key, support = row.organization.key, report.support.get(row.organization.key)
    cells = {
        "rank": _rank_cell(report, row, "DEGREE"),
        "organization": DocumentCell(row.organization.name, target=key),
        "betweenness_rank": _rank_cell(report, row, "BETWEENNESS"),
        "pagerank_rank": _rank_cell(report, row, "PAGERANK"),
        "links": DocumentCell(len(row.links)),
        "kinds": DocumentCell(", ".join(map(words, row.organization.kinds))),
        **{name.lower(): _score_cell(row, name) for name in METRIC_COLUMNS},
    }
    if support:
        counts = {"sources": support.sources, "origins": support.origins, "own_links": support.own_links}
        cells |= {name: DocumentCell(count) for name, count in counts.items()}
    return DocumentRow(cells, key, CellEvidence(row.links, STATUS_PROPERTIES))


def _rank_cell(report: CentralityReport, row: RankingRow, metric: str) -> DocumentCell:
    rank = row.scores[metric].rank
    if metric not in report.intervals:
        return DocumentCell(rank)
    interval = report.intervals[metric].intervals[row.organization.key]
    return DocumentCell(rank, low=interval.low, high=interval.high)


def _score_cell(row: RankingRow, metric: str) -> DocumentCell:
    score = row.scores[metric]
    return DocumentCell(score.value, evidence=CellEvidence(figure=score.figure))


def _unconnected(report: CentralityReport) -> Iterator[DocumentTable]:
    if report.unconnected:
        rows = [DocumentRow({"organization": DocumentCell(one.name)}, one.key) for one in report.unconnected]
        title = f"{len(rows):,} organizations without a link that counts, which share the last rank"
        columns = (DocumentColumn("organization", "Organization"),)
        yield DocumentTable("unconnected", title, columns, rows, printed=0, folded=True)


# ---- over time


def _over_time(report: CentralityReport) -> DocumentSection | None:
    if len(report.days) < 2:
        return None
    first, last = report.days[0], report.days[-1]
    names = {row.organization.key: row.organization.name for row in report.ranking}
    keys = [row.organization.key for row in report.ranking]
    days = [one.day for one in report.days]
    lines = [
        RankCourse(names[key], {one.day: one.ranks[key] for one in report.days if key in one.ranks})
        for key in keys[:LINES]
    ]
    title = "Ranks by degree, as they stood on each day"
    chart = DocumentChart("ranks-over-time", title, ranks_over_time(lines, days, title), "rank")
    columns = (
        DocumentColumn("organization", "Organization"),
        *(DocumentColumn(f"rank_{day}", f"{day}", "rank", f"As of {day}, as known on {day}.", 0) for day in days),
        DocumentColumn("degree_before", f"Degree {first.day}", "counterparties", digits=0, detail=True),
        DocumentColumn("degree_now", f"Degree {last.day}", "counterparties", digits=0, detail=True),
    )
    rows = [_row_over_time(report.days, key, names[key]) for key in keys]
    counts = ", ".join(f"{one.day} {len(one.ranks):,}" for one in report.days)
    return DocumentSection(
        "over-time",
        "Ranks over time",
        (
            "What this report would have said on each day, of the world of that day as it was known then. "
            f"Organizations ranked: {counts}. More are on record now, so that a rank may fall while a degree rises.",
        ),
        (chart,),
        (DocumentTable("ranks-over-time", "Ranks on several days", columns, rows, printed=LINES),),
    )


def _row_over_time(days: Sequence[DayRanks], key: str, name: str) -> DocumentRow:
    first, last = days[0], days[-1]
    cells = {
        "organization": DocumentCell(name, target=key),
        **{f"rank_{one.day}": DocumentCell(one.ranks[key]) for one in days if key in one.ranks},
        "degree_before": DocumentCell(first.degrees.get(key)),
        "degree_now": DocumentCell(last.degrees.get(key)),
    }
    return DocumentRow(cells, evidence=CellEvidence(last.links[key], STATUS_PROPERTIES))


# ---- concentration


def _concentration(report: CentralityReport) -> DocumentSection | None:
    if not report.concentrations:
        return None
    largest = max(report.concentrations, key=lambda one: (one.contracts, one.side))
    pair = [one for one in report.concentrations if (one.layer, one.basis, one.weight) == _measure(largest)]
    return DocumentSection(
        "concentration",
        "Concentration",
        (
            "How much of the contracted megawatts or dollars of one layer few organizations have. What is handed on "
            "counts once. HHI is the sum of squared shares: 1 for one alone, 1/n for n alike; where parties are not "
            "named it lies between the ends given.",
        ),
        tuple(_share_chart(report, one) for one in pair),
        (_concentration_table(report), *(_share_table(report, one) for one in pair)),
    )


def _measure(one: PartyShares) -> tuple[object, ...]:
    return one.layer, one.basis, one.weight


def _side(one: PartyShares) -> str:
    return "providers" if one.side == "from" else "customers"


def _of_layer(layer: Layer, basis: CapacityBasis | None) -> str:
    return f"{words(layer)} layer, {megawatts_of(basis)}" if basis else f"{words(layer)} layer, dollars"


def _share_chart(report: CentralityReport, one: PartyShares) -> DocumentChart:
    bars = [
        ShareBar(
            report.view.snapshot.entities[share.key]["name"],
            share.share,
            f"{share.share:.1%}, {_amount(one.unit, share.amount)}",
            hollow=share.unnamed,
        )
        for share in one.shares[:10]
    ]
    title = f"The largest {_side(one)}: {_of_layer(one.layer, one.basis)}"
    note = "Hollow: a party that no source names."
    return DocumentChart(f"shares-{_side(one)}", title, share_bars(bars, title), f"share of {one.unit}", note)


def _amount(unit: str, amount: float) -> str:
    return f"{megawatts(amount)} MW" if unit == "MW" else f"{dollars(amount)} USD"


_CONCENTRATION_COLUMNS = (
    DocumentColumn("layer", "Layer"),
    DocumentColumn("basis", "Basis"),
    DocumentColumn("side", "Shares of"),
    DocumentColumn("contracts", "Contracts", "", "Contracts with a figure, each chain once.", digits=0),
    DocumentColumn("parties", "Parties", digits=0),
    DocumentColumn("total_mw", "Sum", "MW", "Sum of what counts once.", digits=1),
    DocumentColumn("total_usd", "Sum", "USD", "Sum of what counts once."),
    DocumentColumn("hhi", "HHI", "", "Sum of squared shares, from 0 to 1.", digits=3),
    DocumentColumn("largest", "Largest"),
    DocumentColumn("largest_share", "Its share", "", "From 0 to 1.", digits=3),
    DocumentColumn("unnamed_share", "Unnamed", "", "The share of unnamed parties, from 0 to 1.", digits=3, detail=True),
)


def _concentration_table(report: CentralityReport) -> DocumentTable:
    rows = [_concentration_row(report, one) for one in report.concentrations]
    return DocumentTable("concentration", "Concentration by layer and basis", _CONCENTRATION_COLUMNS, rows, printed=10)


def _concentration_row(report: CentralityReport, one: PartyShares) -> DocumentRow:
    ends = (one.hhi_low, one.hhi_high) if one.hhi_high > one.hhi_low else (None, None)
    largest = one.shares[0]
    cells = {
        "layer": DocumentCell(words(one.layer)),
        "basis": DocumentCell(words(one.basis) if one.basis else "dollars"),
        "side": DocumentCell(_side(one)),
        "contracts": DocumentCell(one.contracts),
        "parties": DocumentCell(len(one.shares)),
        ("total_mw" if one.unit == "MW" else "total_usd"): DocumentCell(one.total),
        "hhi": DocumentCell(one.hhi_low, low=ends[0], high=ends[1]),
        "largest": DocumentCell(report.view.snapshot.entities[largest.key]["name"], target=largest.key),
        "largest_share": DocumentCell(largest.share),
        "unnamed_share": DocumentCell(one.unnamed_share),
    }
    links = tuple(sorted(link for share in one.shares for link in share.links))
    return DocumentRow(cells, evidence=CellEvidence(links, _amount_properties(one)))


def _amount_properties(one: PartyShares) -> frozenset[str]:
    return frozenset({f"capacities/{one.basis}"} if one.basis else {"value", "value_firm_usd"})


def _share_table(report: CentralityReport, one: PartyShares) -> DocumentTable:
    columns = (
        DocumentColumn("party", "Organization"),
        DocumentColumn(
            "amount", "Sum", one.unit, "Sum of its contracts that count once.", 1 if one.unit == "MW" else None
        ),
        DocumentColumn("share", "Share", "", "Its sum by the sum of all.", digits=3),
        DocumentColumn("contracts", "Contracts", digits=0),
    )
    rows = [
        DocumentRow(
            {
                "party": DocumentCell(report.view.snapshot.entities[share.key]["name"], target=share.key),
                "amount": DocumentCell(share.amount),
                "share": DocumentCell(share.share, formula="{amount}/SUM({amount:})"),
                "contracts": DocumentCell(len(share.links)),
            },
            evidence=CellEvidence(share.links, _amount_properties(one)),
        )
        for share in one.shares
    ]
    return DocumentTable(
        f"shares-{_side(one)}",
        f"Shares of {_side(one)}: {_of_layer(one.layer, one.basis)}",
        columns,
        rows,
        note=" ".join(one.method.assumptions),
        printed=5,
    )


# ---- the network


def _network(report: CentralityReport) -> DocumentSection | None:
    assert report.facts is not None  # noqa: S101 (`document_of` says so)
    network = draw_network(report.view.snapshot, plan_network(report.facts.log, "contracts"), NetworkQuery())
    if not network.lines:
        return None
    title = "Contracts for capacity, by how firmly they bind and by megawatts of critical IT load"
    drawn = draw_svg(network, title, font=False, styled=False).partition("\n")[2].strip()
    chart = DocumentChart("network", title, Markup(drawn), "MW critical IT")  # noqa: S704 (drawn and escaped there)
    text = (
        f"{len(network.links):,} of {network.total:,} contracts for capacity are drawn, of which "
        f"{network.without_amount:,} state no megawatts of critical IT load. /graph shows it with names at every size."
    )
    return DocumentSection("network", "The network", (text,), (chart,))


# ---- megawatts and dollars


def _megawatts(report: CentralityReport) -> DocumentSection:
    return DocumentSection(
        "megawatts",
        "Megawatts",
        (
            "One table for each layer and basis; they are never added, nor are the rows: what is handed on stands in "
            "the row of each that provides it. Megawatts are contracted: in force is not in service. Contracts with "
            "unnamed parties count; such a party stands after the others, without a rank.",
        ),
        tables=(_coverage(report), *_strength_tables(report, report.megawatt_tables)),
    )


def _dollars(report: CentralityReport) -> DocumentSection:
    return DocumentSection(
        "dollars",
        "Dollars",
        (
            "Value of the base term in US dollars, one table for each layer. Where a contract says how much of it is "
            "firm, the firm part counts.",
        ),
        tables=tuple(_strength_tables(report, report.dollar_tables)),
    )


def _coverage(report: CentralityReport) -> DocumentTable:
    columns = (
        DocumentColumn("layer", "Layer"),
        DocumentColumn("contracts", "Contracts", digits=0),
        *(DocumentColumn(f"mw_{basis.lower()}", f"MW, {words(basis)}", digits=0) for basis in CapacityBasis),
        DocumentColumn("no_mw", "No MW", digits=0),
        DocumentColumn("usd", "USD", digits=0),
        DocumentColumn("no_usd", "No USD", digits=0),
    )
    rows = [
        DocumentRow(
            {
                "layer": DocumentCell(words(one.layer)),
                "contracts": DocumentCell(one.contracts),
                **{f"mw_{basis.lower()}": DocumentCell(one.by_basis[basis]) for basis in CapacityBasis},
                "no_mw": DocumentCell(one.contracts - one.with_megawatts),
                "usd": DocumentCell(one.with_usd),
                "no_usd": DocumentCell(one.contracts - one.with_usd),
            }
        )
        for one in report.coverage
    ]
    return DocumentTable("coverage", "How many contracts state a figure", columns, rows)


def _strength_tables(report: CentralityReport, tables: Sequence[StrengthTable]) -> Iterator[DocumentTable]:
    """The table with the most contracts is printed, the others are not."""
    most = max(tables, key=lambda one: len(one.measured), default=None)
    for table in tables:
        for rows in table.roles:
            if rows.rows:
                yield _strength_table(report, table, rows, 8 if table is most else 0)


def _strength_table(report: CentralityReport, table: StrengthTable, rows: RoleRows, printed: int) -> DocumentTable:
    kind = f", {words(table.category)}" if table.category else ""
    unit = "MW" if table.unit == "MW" else "USD"
    digits = 1 if unit == "MW" else None
    columns = (
        DocumentColumn("rank", "Rank", digits=0),
        DocumentColumn("organization", "Organization"),
        DocumentColumn("amount", "Sum", unit, f"Sum of what its contracts state as {rows.role}.", digits),
        DocumentColumn("contracts", "With a figure", "contracts", digits=0),
        DocumentColumn("unmeasured", "Without", "contracts", digits=0),
        *(
            DocumentColumn(name, name.capitalize(), unit, "Beside the sum, not in it.", digits, detail=name != "option")
            for name in ("conditional", "option", "letter", "lapsed")
        ),
        DocumentColumn("made_of", "Made of"),
    )
    return DocumentTable(
        f"{table.anchor}-{rows.role}",
        f"{words(table.layer).capitalize()}{kind}, {_measured(table)}: {rows.role}s",
        columns,
        [_strength_row(report, table, rows.role, row) for row in rows.rows],
        note=f"Weight: {rows.method.weight}. {' '.join(table.assumptions)}",
        printed=printed,
        folded=not printed,
    )


def _measured(table: StrengthTable) -> str:
    return megawatts_of(table.basis) if table.basis else "dollars"


def _strength_row(report: CentralityReport, table: StrengthTable, role: str, row: StrengthRow) -> DocumentRow:
    links = tuple(part.link for part in row.contributions)
    properties = frozenset({f"capacities/{table.basis}"} if table.basis else {"value", "value_firm_usd"})
    cells = {
        "rank": DocumentCell(None if row.amount is None else row.rank),
        "organization": DocumentCell(row.organization.name, target=row.organization.key),
        "amount": DocumentCell(row.amount),
        "contracts": DocumentCell(len(row.contributions) + len(row.contained)),
        "unmeasured": DocumentCell(len(row.unmeasured)),
        "made_of": DocumentCell("; ".join(_made_of(report, table, role, row))),
        **{item.column.lower(): DocumentCell(item.amount) for item in row.memo_items},
    }
    return DocumentRow(cells, evidence=CellEvidence(links, properties))


def _made_of(report: CentralityReport, table: StrengthTable, role: str, row: StrengthRow) -> Iterator[str]:
    def other(key: str) -> str:
        line = report.links[key]
        return (line.target if role == "provider" else line.source).name

    def amount(value: float) -> str:
        return megawatts(value) if table.unit == "MW" else dollars(value)

    for part in row.contributions:
        out_of = [f"{report.links[key].source.name} → {report.links[key].target.name}" for key in part.served_from]
        served = f" (out of {', '.join(out_of)})" if out_of else ""
        yield f"{other(part.link)} {bound_sign(part.bound)}{amount(part.amount)}{served}"
    yield from (f"in it: {other(key)}" for key in row.contained)


# ---- left out, links


def _left_out(report: CentralityReport) -> DocumentSection:
    counts = DocumentTable(
        "reasons",
        "Why links are left out",
        (DocumentColumn("reason", "Reason"), DocumentColumn("links", "Links", digits=0)),
        [
            DocumentRow({"reason": DocumentCell(str(group.why)), "links": DocumentCell(len(group.links))})
            for group in report.excluded
        ],
    )
    excluded = [
        link_row(report.links[one.link.key], reason=str(group.why), because=one.because)
        for group in report.excluded
        for one in group.links
    ]
    columns = (DocumentColumn("reason", "Reason"), DocumentColumn("because", "Because"), *LINK_COLUMNS)
    title = "Links that are left out"
    return DocumentSection(
        "left-out",
        "Left out, and why",
        (
            f"Beside every figure and in none: {', '.join(report.excluded_counts)}. Links with an unnamed party are in "
            "no ranking, and in the sums of megawatts and dollars all the same. "
            f"{len(report.no_layer):,} links count in the ranking and in no sum: their type has no layer.",
        ),
        tables=(counts, DocumentTable("excluded", title, columns, excluded, printed=0, folded=True)),
    )


def _links(report: CentralityReport) -> DocumentSection:
    lines = sorted(
        (report.links[key] for key in report.included),
        key=lambda line: (line.source.name.casefold(), line.target.name.casefold(), line.key),
    )
    table = DocumentTable("link", "Links that count", LINK_COLUMNS, [link_row(line) for line in lines], printed=0)
    text = (
        f"{len(lines):,} links, by the name of the first party. A number leads to its living address at the service, "
        "which says later whether it is still the same; its marks are the sources that say it."
    )
    return DocumentSection("links", "Links that count", (text,), tables=(table,))


def _notes(report: CentralityReport) -> Iterator[str]:
    yield f"Lens: {'; '.join(f'{name} {value}' for name, value in report.lens)}."
    yield f"Left out of every figure: {', '.join(report.excluded_counts)}; listed, with the reason."
    yield "Signs: ≤ up to, ≥ at least, ≈ about; such figures count as stated."
    for metric in METRIC_COLUMNS:
        yield f"{LABELS[metric]}: {METRICS[metric].doc}"


SECTIONS: tuple[SectionOf, ...] = (
    _ranking,
    _over_time,
    _concentration,
    _network,
    _megawatts,
    _dollars,
    _left_out,
    _links,
)
"""In the order of the report; one that has nothing to say returns None."""

REPORT = Report(
    name="centrality",
    title="Centrality",
    summary="Who is linked to whom, who stands between others, who provides and takes how many megawatts and dollars; "
    "ranks with intervals and over time, each row with its contracts and their sources.",
    gather=gather,
)
