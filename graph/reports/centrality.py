"""The centrality report: who is connected to whom, who stands between others, who provides and who takes how much.

`centrality_report` gathers what a reader holds; `build` is the pure function that makes the report from it; REPORT is
its entry in the catalog. The same data version and lens give the same bytes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from graph.analytics.core.exclusions import Excluded, ExclusionReason, Parties
from graph.analytics.core.memo_items import DECIDED
from graph.analytics.core.method import Method
from graph.analytics.core.scope import MONEY, Weight
from graph.analytics.core.snapshot import Snapshot, read_snapshot
from graph.analytics.core.views import EdgeSide, NetworkView, build_view
from graph.analytics.network.centrality import METRICS, Centrality, CentralityMetric, Ranked, centrality, fitting
from graph.comparison.coverage import read_evidence
from graph.evidence.citing import reading_counts
from graph.evidence.firmness import MemoColumn, memo_column
from graph.evidence.lens import Lens
from graph.exports import html, markdown
from graph.exports.csv import MEDIA_TYPE as CSV_MEDIA_TYPE
from graph.exports.csv import PlainCell, render_csv_rows
from graph.exports.formats import HTML_SUFFIX, Format, by_suffix
from graph.exports.templates import render_page, render_template
from graph.publication.figures import cell_id
from graph.reports.citations import Citations, CitedSource, LinkLine, LinkLines, Party, party, read_citations
from graph.reports.report import Report
from graph.reports.strengths import LayerCoverage, StrengthTable, coverage, has_usd, strengths
from graph.stores.base import Reader
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis

TEMPLATES = Path(__file__).parent / "templates"
METRIC_COLUMNS = ("DEGREE", "IN_DEGREE", "OUT_DEGREE", "BETWEENNESS", "PAGERANK")
"""The metrics of the main ranking; the first decides the order."""


# ---- the report


@dataclass(frozen=True, slots=True)
class Score:
    """`figure` is the ID of the value; empty without one."""

    rank: int
    value: float | None
    figure: str


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One organization of the main ranking. `outgoing` and `incoming` are keys of its included links."""

    organization: Party
    scores: Mapping[str, Score]
    outgoing: tuple[str, ...]
    incoming: tuple[str, ...]

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(sorted({*self.outgoing, *self.incoming}))


@dataclass(frozen=True, slots=True)
class ExclusionGroup:
    why: ExclusionReason
    links: tuple[Excluded, ...]


@dataclass(frozen=True, slots=True)
class OrganizationLinks:
    """An organization with its included links, by counterparty."""

    organization: Party
    outgoing: tuple[LinkLine, ...]
    incoming: tuple[LinkLine, ...]


@dataclass(frozen=True)
class CentralityReport:
    """What every rendering shows. Rows name links by key and sources by number."""

    title: str
    valid_on: date
    known_on: date
    scenario: str | None
    lens: tuple[tuple[str, str], ...]
    data_version: str
    data_through: date | None
    listed: int
    included: tuple[str, ...]
    with_megawatts: int
    with_usd: int
    ranking: tuple[RankingRow, ...]
    unconnected: tuple[Party, ...]
    methods: tuple[Method, ...]
    excluded_counts: tuple[str, ...]
    coverage: tuple[LayerCoverage, ...]
    strengths: tuple[StrengthTable, ...]
    no_layer: tuple[LinkLine, ...]
    excluded: tuple[ExclusionGroup, ...]
    organizations: tuple[OrganizationLinks, ...]
    links: Mapping[str, LinkLine]
    sources: tuple[CitedSource, ...]
    evidence: tuple[str, ...] = ()
    """What the sources of figures are worth, in sentences."""

    @property
    def megawatt_tables(self) -> tuple[StrengthTable, ...]:
        return tuple(table for table in self.strengths if table.weight is Weight.CAPACITY_MW)

    @property
    def readings(self) -> str:
        """How the sources were read, in a sentence."""
        return reading_counts(source.read for source in self.sources)

    @property
    def dollar_tables(self) -> tuple[StrengthTable, ...]:
        return tuple(table for table in self.strengths if table.weight in MONEY)


async def centrality_report(reader: Reader) -> CentralityReport:
    """The report on what the reader holds, under its lens; computed off the event loop."""
    snapshot, citations = await read_snapshot(reader), await read_citations(reader)
    return await asyncio.to_thread(build, snapshot, citations, await read_evidence(reader))


def build(snapshot: Snapshot, citations: Citations, evidence: tuple[str, ...] = ()) -> CentralityReport:
    main = build_view(snapshot)
    tables = {metric: centrality(fitting(main, metric), metric) for metric in METRIC_COLUMNS}
    lines = LinkLines(snapshot, citations, (*main.included, *(one.link.key for one in main.excluded)))
    included = [lines.links[key] for key in main.included]
    added = [lines.links[key] for key in build_view(snapshot, parties=Parties.NAMED_OR_NOT).included]
    return CentralityReport(
        title="Centrality of organizations in AI infrastructure",
        valid_on=_resolved(snapshot.lens.valid_on),
        known_on=_resolved(snapshot.lens.known_on),
        scenario=snapshot.lens.scenario,
        lens=tuple(_lens_parts(snapshot.lens)),
        data_version=snapshot.data_version,
        data_through=snapshot.data_through,
        listed=len(snapshot.links),
        included=tuple(main.included),
        with_megawatts=sum(bool(line.megawatts) for line in included),
        with_usd=sum(has_usd(line) for line in included),
        ranking=tuple(_ranking(main, tables)),
        unconnected=tuple(party(snapshot.organizations[key]) for key in main.graph if not main.links_at(key)),
        methods=tuple(table.method for table in tables.values()),
        excluded_counts=tuple(_excluded_counts(main)),
        coverage=tuple(coverage(added)),
        strengths=tuple(strengths(snapshot)),
        no_layer=tuple(line for line in included if line.layer is None and (line.megawatts or line.value)),
        excluded=tuple(_groups(main.excluded)),
        organizations=tuple(_organizations(main, lines.links)),
        links=lines.links,
        sources=lines.sources,
        evidence=evidence,
    )


def _resolved(day: date | None) -> date:
    if day is None:
        raise ValueError("the lens of a reader has both dates")
    return day


def _lens_parts(lens: Lens) -> Iterator[tuple[str, str]]:
    """The lens without its dates, in words."""
    if lens.scenario:
        yield "scenario (hypothetical)", lens.scenario
    yield "certainty", str(lens.certainty)
    yield "natures", ", ".join(sorted(lens.natures))
    if lens.min_confidence:
        yield "confidence at least", str(lens.min_confidence)
    if lens.min_reliability:
        yield "reliability at least", str(lens.min_reliability)
    if lens.exclude_sources:
        yield "without sources", ", ".join(sorted(lens.exclude_sources))


# ---- the main ranking


def _ranking(main: NetworkView, tables: Mapping[str, Centrality]) -> Iterator[RankingRow]:
    """Organizations with a included link, by the first metric, then the others, then name."""
    lens = main.snapshot.lens
    scores = {
        metric: {row.organization.key: _score(row, metric, lens) for row in table.rows}
        for metric, table in tables.items()
    }
    joined = [row.organization.key for row in tables[METRIC_COLUMNS[0]].rows if main.links_at(row.organization.key)]
    for key in sorted(joined, key=lambda key: [of[key].rank for of in scores.values()]):
        yield RankingRow(
            party(main.snapshot.organizations[key]),
            {metric: of[key] for metric, of in scores.items()},
            main.links_at(key, EdgeSide.OUT),
            main.links_at(key, EdgeSide.IN),
        )


def _score(row: Ranked, metric: str, lens: Lens) -> Score:
    inputs, key = {"metric": CentralityMetric(metric)}, row.organization.key
    figure = cell_id("centrality", inputs, {"key": key}, "score", lens=lens, value=row.score)
    return Score(row.rank, row.score, figure or "")


def _excluded_counts(main: NetworkView) -> Iterator[str]:
    """How many links are memo items, by column, and how many have another status."""
    decided = [one.link for one in main.excluded if one.reason in DECIDED]
    columns = Counter(memo_column(link) for link in decided)
    for column in MemoColumn:
        yield f"{columns[column]} {column.lower()}"
    statuses = Counter(str(link["status"] or "without status").lower() for link in decided if memo_column(link) is None)
    yield from (f"{count} {status.replace('_', ' ')}" for status, count in sorted(statuses.items()))


def _groups(excluded: Iterable[Excluded]) -> Iterator[ExclusionGroup]:
    order = list(ExclusionReason)
    ordered = sorted(excluded, key=lambda one: (order.index(one.reason), one.because, one.link.key))
    for why, group in groupby(ordered, key=lambda one: one.reason):
        yield ExclusionGroup(why, tuple(group))


def _organizations(main: NetworkView, links: Mapping[str, LinkLine]) -> Iterator[OrganizationLinks]:
    """By name; links by the name of the counterparty, the newest first."""
    for key in sorted(main.graph, key=lambda key: (_name_sort(main.snapshot.organizations[key]), key)):
        outgoing = [links[link] for link in main.links_at(key, EdgeSide.OUT)]
        incoming = [links[link] for link in main.links_at(key, EdgeSide.IN)]
        if outgoing or incoming:
            yield OrganizationLinks(
                party(main.snapshot.organizations[key]),
                tuple(sorted(outgoing, key=lambda line: (line.target.name, line.type, line.key))),
                tuple(sorted(incoming, key=lambda line: (line.source.name, line.type, line.key))),
            )


def _name_sort(row: Row) -> str:
    return str(row.columns.get("name_sort", row.key))


# ---- renderings


LABELS: Mapping[str, str] = {
    "DEGREE": "Degree",
    "IN_DEGREE": "In",
    "OUT_DEGREE": "Out",
    "BETWEENNESS": "Betweenness",
    "PAGERANK": "PageRank",
    "OUT_STRENGTH": "Strength as provider",
    "IN_STRENGTH": "Strength as customer",
}


def _context(report: CentralityReport) -> dict[str, Any]:
    return {
        "report": report,
        "metrics": METRICS,
        "columns": METRIC_COLUMNS,
        "labels": LABELS,
        "bases": tuple(CapacityBasis),
        "tops": {
            metric: max((row.scores[metric].value or 0 for row in report.ranking), default=0)
            for metric in METRIC_COLUMNS
        },
    }


def render_markdown(report: CentralityReport) -> str:
    return render_template(TEMPLATES / "centrality.md.j2", **_context(report))


def render_html(report: CentralityReport) -> str:
    """A self-contained page."""
    return render_page(TEMPLATES / "centrality.html.j2", **_context(report))


CSV_COLUMNS = (
    "record",
    "measure",
    "weight",
    "unit",
    "layer",
    "basis",
    "kind",
    "role",
    "rank",
    "organization_key",
    "organization",
    "score",
    "contracts",
    "contracts_without_figure",
    "conditional",
    "option",
    "letter",
    "lapsed",
    "link_keys",
    "contained_link_keys",
    "link_keys_without_figure",
    "from_key",
    "from",
    "type",
    "to_key",
    "to",
    "status",
    "commitment",
    "announced",
    "service_state",
    *(f"mw_{basis.lower()}" for basis in CapacityBasis),
    "value",
    "currency",
    "firm_value_usd",
    "source_urls",
    "note",
    "valid_on",
    "known_on",
    "data_version",
    "data_through",
    "scenario",
    "licence",
    "sources_read",
    "figures",
)
"""One table for all: `record` is evidence, method, ranking, strength, link, excluded or source (how it was read). Lists
are separated by spaces. `figures` are the addresses of scores, megawatts and value, in this order, below /figures/."""

CsvRow = dict[str, PlainCell]


def render_csv(report: CentralityReport) -> str:
    stamp: CsvRow = {
        "valid_on": report.valid_on.isoformat(),
        "known_on": report.known_on.isoformat(),
        "data_version": report.data_version,
        "data_through": report.data_through.isoformat() if report.data_through else None,
        "scenario": report.scenario,
        "licence": FACTS_LICENCE.name,
    }
    parts = (_csv_evidence, _csv_methods, _csv_ranking, _csv_strengths, _csv_links, _csv_excluded, _csv_annotations)
    return render_csv_rows(CSV_COLUMNS, ({**row, **stamp} for part in parts for row in part(report)))


def _csv_evidence(report: CentralityReport) -> Iterator[CsvRow]:
    for sentence in report.evidence:
        yield {"record": "evidence", "note": sentence}


def _csv_methods(report: CentralityReport) -> Iterator[CsvRow]:
    for method in report.methods:
        yield {"record": "method", **_csv_method(method)}
    for table in report.strengths:
        for rows in table.roles:
            yield {"record": "method", **_csv_table(table), "role": rows.role, **_csv_method(rows.method)}


def _csv_method(method: Method) -> CsvRow:
    libraries = ", ".join(f"{name} {version}" for name, version in method.libraries.items())
    note = " ".join((METRICS[method.name].doc, f"{method.engine}: {libraries}.", *method.assumptions))
    return {"measure": method.name, "weight": method.weight, "note": note}


def _csv_ranking(report: CentralityReport) -> Iterator[CsvRow]:
    for metric in METRIC_COLUMNS:
        for row in sorted(report.ranking, key=lambda row: row.scores[metric].rank):
            score = row.scores[metric]
            yield {
                "record": "ranking",
                "measure": metric,
                **_csv_organization(row.organization),
                "rank": score.rank,
                "score": score.value,
                "contracts": len(row.links),
                "link_keys": " ".join(row.links),
                **_csv_sources(report, row.links),
                "figures": score.figure,
            }


def _csv_strengths(report: CentralityReport) -> Iterator[CsvRow]:
    for table in report.strengths:
        for rows in table.roles:
            for row in rows.rows:
                links = tuple(part.link for part in row.contributions)
                yield {
                    "record": "strength",
                    "measure": rows.method.name,
                    **_csv_table(table),
                    "role": rows.role,
                    **_csv_organization(row.organization),
                    "rank": None if row.amount is None else row.rank,
                    "score": row.amount,
                    "contracts": len(row.contributions) + len(row.contained),
                    "contracts_without_figure": len(row.unmeasured),
                    **{figure.column.lower(): figure.amount for figure in row.memo_items},
                    "link_keys": " ".join(links),
                    "contained_link_keys": " ".join(row.contained),
                    "link_keys_without_figure": " ".join(row.unmeasured),
                    **_csv_sources(report, links),
                }


def _csv_table(table: StrengthTable) -> CsvRow:
    return {
        "weight": str(table.weight),
        "unit": table.unit,
        "layer": str(table.layer),
        "basis": table.basis and str(table.basis),
        "kind": table.category,
    }


def _csv_organization(organization: Party) -> CsvRow:
    return {"organization_key": organization.key, "organization": organization.name}


def _csv_links(report: CentralityReport) -> Iterator[CsvRow]:
    for key in report.included:
        yield {"record": "link", **_csv_link(report, report.links[key])}


def _csv_excluded(report: CentralityReport) -> Iterator[CsvRow]:
    for group in report.excluded:
        for one in group.links:
            note = f"{group.why}: {one.because}"
            yield {"record": "excluded", **_csv_link(report, report.links[one.link.key]), "note": note}


def _csv_link(report: CentralityReport, line: LinkLine) -> CsvRow:
    value = line.value
    return {
        "link_keys": line.key,
        "from_key": line.source.key,
        "from": line.source.name,
        "type": line.type,
        "to_key": line.target.key,
        "to": line.target.name,
        "layer": line.layer,
        "kind": line.category,
        "status": line.status,
        "commitment": line.commitment,
        "announced": line.announced,
        "service_state": line.service_state,
        **{f"mw_{one.basis.lower()}": one.mw for one in line.megawatts},
        "value": value.amount if value else None,
        "currency": value.currency if value else None,
        "firm_value_usd": value.firm_usd if value else None,
        **_csv_sources(report, (line.key,)),
        "figures": " ".join([*(one.figure for one in line.megawatts), *([value.figure] if value else [])]),
    }


def _csv_sources(report: CentralityReport, links: Iterable[str]) -> CsvRow:
    numbers = sorted({number for key in links for number in report.links[key].sources})
    cited = [report.sources[number - 1] for number in numbers]
    return {
        "source_urls": " ".join(source.url for source in cited),
        "sources_read": " ".join(source.read for source in cited),
    }


def _csv_annotations(report: CentralityReport) -> Iterator[CsvRow]:
    for source in report.sources:
        if source.annotation:
            yield {
                "record": "source",
                "source_urls": source.url,
                "sources_read": source.read,
                "note": source.annotation,
            }


REPORT = Report(
    name="centrality",
    title="Centrality",
    summary="Who is linked to whom, who stands between others, who provides and takes how many megawatts and dollars; "
    "each row with its contracts and their sources.",
    gather=centrality_report,
    formats=by_suffix(
        Format("md", markdown.MEDIA_TYPE, render_markdown),
        Format("csv", CSV_MEDIA_TYPE, render_csv, download=True),
        Format(HTML_SUFFIX, html.MEDIA_TYPE, render_html),
    ),
)
