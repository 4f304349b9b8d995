"""The centrality report: who is connected to whom, who stands between others, who provides and who takes how much.

`centrality_report` gathers what a reader holds; `build` is the pure function that makes the report from it; FORMATS
renders it. The same data version and lens give the same bytes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from graph.analytics.core.amounts import DECIDED
from graph.analytics.core.method import Method
from graph.analytics.core.scope import MONEY, Beside, Excluded, Weight, Why, beside
from graph.analytics.core.snapshot import Snapshot, read_snapshot
from graph.analytics.core.views import Side, View, view
from graph.analytics.network.centrality import METRICS, Centrality, Ranked, centrality, fitting
from graph.reports.evidence import CitedSource, Evidence, Lines, LinkLine, Party, evidence, party
from graph.reports.rendering import Cell, render_csv_rows, render_page, render_template
from graph.reports.strengths import LayerCoverage, StrengthTable, coverage, has_usd, strengths
from graph.stores.base import Reader
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis

METRIC_COLUMNS = ("DEGREE", "IN_DEGREE", "OUT_DEGREE", "BETWEENNESS", "PAGERANK")
"""The metrics of the main ranking; the first decides the order."""


# ---- the report


@dataclass(frozen=True, slots=True)
class Score:
    rank: int
    value: float | None


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One organization of the main ranking. `outgoing` and `incoming` are keys of its counted links."""

    organization: Party
    scores: Mapping[str, Score]
    outgoing: tuple[str, ...]
    incoming: tuple[str, ...]

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(sorted({*self.outgoing, *self.incoming}))


@dataclass(frozen=True, slots=True)
class ExclusionGroup:
    why: Why
    links: tuple[Excluded, ...]


@dataclass(frozen=True, slots=True)
class OrganizationLinks:
    """An organization with its counted links, by counterparty."""

    organization: Party
    outgoing: tuple[LinkLine, ...]
    incoming: tuple[LinkLine, ...]


@dataclass(frozen=True)
class CentralityReport:
    """What every rendering shows. Links and sources are held once; rows name them by key and number."""

    title: str
    valid_on: date
    known_on: date
    scenario: str | None
    lens: tuple[tuple[str, str], ...]
    data_version: str
    data_through: date | None
    listed: int
    counted: tuple[str, ...]
    with_megawatts: int
    with_usd: int
    ranking: tuple[RankingRow, ...]
    unconnected: tuple[Party, ...]
    methods: tuple[Method, ...]
    left_out: tuple[str, ...]
    coverage: tuple[LayerCoverage, ...]
    strengths: tuple[StrengthTable, ...]
    no_layer: tuple[LinkLine, ...]
    excluded: tuple[ExclusionGroup, ...]
    organizations: tuple[OrganizationLinks, ...]
    links: Mapping[str, LinkLine]
    sources: tuple[CitedSource, ...]

    @property
    def megawatt_tables(self) -> tuple[StrengthTable, ...]:
        return tuple(table for table in self.strengths if table.weight is Weight.CAPACITY_MW)

    @property
    def dollar_tables(self) -> tuple[StrengthTable, ...]:
        return tuple(table for table in self.strengths if table.weight in MONEY)


async def centrality_report(reader: Reader) -> CentralityReport:
    """The report on what the reader holds, under its lens; computed off the event loop."""
    given, found = await read_snapshot(reader), await evidence(reader)
    return await asyncio.to_thread(build, given, found)


def build(given: Snapshot, found: Evidence) -> CentralityReport:
    main = view(given)
    tables = {metric: centrality(fitting(main, metric), metric) for metric in METRIC_COLUMNS}
    lines = Lines(given, found, (*main.counted, *(one.link.key for one in main.excluded)))
    counted = [lines.links[key] for key in main.counted]
    return CentralityReport(
        title="Centrality of organizations in AI infrastructure",
        valid_on=_set(given.lens.valid_on),
        known_on=_set(given.lens.known_on),
        scenario=given.lens.scenario,
        lens=tuple(_lens(given)),
        data_version=given.data_version,
        data_through=given.data_through,
        listed=len(given.links),
        counted=tuple(main.counted),
        with_megawatts=sum(bool(line.megawatts) for line in counted),
        with_usd=sum(has_usd(line) for line in counted),
        ranking=tuple(_ranking(main, tables)),
        unconnected=tuple(party(given.organizations[key]) for key in main.graph if not main.links_at(key)),
        methods=tuple(table.method for table in tables.values()),
        left_out=tuple(_left_out(main)),
        coverage=tuple(coverage(counted)),
        strengths=tuple(strengths(given, main)),
        no_layer=tuple(line for line in counted if line.layer is None and (line.megawatts or line.value)),
        excluded=tuple(_groups(main.excluded)),
        organizations=tuple(_organizations(main, lines.links)),
        links=lines.links,
        sources=lines.sources,
    )


def _set(day: date | None) -> date:
    if day is None:
        raise ValueError("the lens of a reader has both dates")
    return day


def _lens(given: Snapshot) -> Iterator[tuple[str, str]]:
    """What the lens asks besides its dates, in words."""
    lens = given.lens
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


def _ranking(main: View, tables: Mapping[str, Centrality]) -> Iterator[RankingRow]:
    """Organizations with a counted link, by the first metric, then the others, then name."""
    scores = {metric: {row.organization.key: _score(row) for row in table.rows} for metric, table in tables.items()}
    joined = [row.organization.key for row in tables[METRIC_COLUMNS[0]].rows if main.links_at(row.organization.key)]
    for key in sorted(joined, key=lambda key: [of[key].rank for of in scores.values()]):
        yield RankingRow(
            party(main.snapshot.organizations[key]),
            {metric: of[key] for metric, of in scores.items()},
            main.links_at(key, Side.OUT),
            main.links_at(key, Side.IN),
        )


def _score(row: Ranked) -> Score:
    return Score(row.rank, row.score)


def _left_out(main: View) -> Iterator[str]:
    """How many links stand beside the figures, by column, and how many are only talked about."""
    decided = [one.link for one in main.excluded if one.why in DECIDED]
    columns = Counter(beside(link) for link in decided)
    for column in Beside:
        yield f"{columns[column]} {column.lower()}"
    statuses = Counter(str(link["status"] or "without status").lower() for link in decided if beside(link) is None)
    yield from (f"{count} {status.replace('_', ' ')}" for status, count in sorted(statuses.items()))


def _groups(excluded: Iterable[Excluded]) -> Iterator[ExclusionGroup]:
    order = list(Why)
    ordered = sorted(excluded, key=lambda one: (order.index(one.why), one.because, one.link.key))
    for why, group in groupby(ordered, key=lambda one: one.why):
        yield ExclusionGroup(why, tuple(group))


def _organizations(main: View, links: Mapping[str, LinkLine]) -> Iterator[OrganizationLinks]:
    """By name; links by the name of the counterparty, the newest first."""
    for key in sorted(main.graph, key=lambda key: (_name_sort(main.snapshot.organizations[key]), key)):
        outgoing = [links[link] for link in main.links_at(key, Side.OUT)]
        incoming = [links[link] for link in main.links_at(key, Side.IN)]
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


def _given(report: CentralityReport) -> dict[str, Any]:
    """What the templates are given."""
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
    return render_template("centrality.md.j2", **_given(report))


def render_html(report: CentralityReport) -> str:
    """A self-contained page."""
    return render_page("centrality.html.j2", **_given(report))


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
)
"""One table for all: `record` is method, ranking, strength, link or excluded. Lists are separated by spaces."""

CsvRow = dict[str, Cell]


def render_csv(report: CentralityReport) -> str:
    stamp: CsvRow = {
        "valid_on": report.valid_on.isoformat(),
        "known_on": report.known_on.isoformat(),
        "data_version": report.data_version,
        "data_through": report.data_through.isoformat() if report.data_through else None,
        "scenario": report.scenario,
    }
    parts = (_csv_methods, _csv_ranking, _csv_strengths, _csv_links, _csv_excluded)
    return render_csv_rows(CSV_COLUMNS, ({**row, **stamp} for part in parts for row in part(report)))


def _csv_methods(report: CentralityReport) -> Iterator[CsvRow]:
    for method in report.methods:
        yield {"record": "method", **_csv_method(method)}
    for table in report.strengths:
        for rows in table.roles:
            yield {"record": "method", **_csv_table(table), "role": rows.role, **_csv_method(rows.method)}


def _csv_method(method: Method) -> CsvRow:
    libraries = ", ".join(f"{name} {version}" for name, version in method.libraries.items())
    told = " ".join((METRICS[method.name].says, f"{method.engine}: {libraries}.", *method.assumptions))
    return {"measure": method.name, "weight": method.weight, "note": told}


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
                "source_urls": _urls(report, row.links),
            }


def _csv_strengths(report: CentralityReport) -> Iterator[CsvRow]:
    for table in report.strengths:
        for rows in table.roles:
            for row in rows.rows:
                links = tuple(part.link for part in row.parts)
                yield {
                    "record": "strength",
                    "measure": rows.method.name,
                    **_csv_table(table),
                    "role": rows.role,
                    **_csv_organization(row.organization),
                    "rank": None if row.amount is None else row.rank,
                    "score": row.amount,
                    "contracts": len(row.parts) + len(row.contained),
                    "contracts_without_figure": len(row.without),
                    **{figure.column.lower(): figure.amount for figure in row.beside},
                    "link_keys": " ".join(links),
                    "contained_link_keys": " ".join(row.contained),
                    "link_keys_without_figure": " ".join(row.without),
                    "source_urls": _urls(report, links),
                }


def _csv_table(table: StrengthTable) -> CsvRow:
    return {
        "weight": str(table.weight),
        "unit": table.unit,
        "layer": str(table.layer),
        "basis": table.basis and str(table.basis),
        "kind": table.apart,
    }


def _csv_organization(organization: Party) -> CsvRow:
    return {"organization_key": organization.key, "organization": organization.name}


def _csv_links(report: CentralityReport) -> Iterator[CsvRow]:
    for key in report.counted:
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
        "kind": line.apart,
        "status": line.status,
        "commitment": line.commitment,
        "announced": line.announced,
        "service_state": line.service_state,
        **{f"mw_{one.basis.lower()}": one.mw for one in line.megawatts},
        "value": value.amount if value else None,
        "currency": value.currency if value else None,
        "firm_value_usd": value.firm_usd if value else None,
        "source_urls": _urls(report, (line.key,)),
    }


def _urls(report: CentralityReport, links: Iterable[str]) -> str:
    numbers = sorted({number for key in links for number in report.links[key].sources})
    return " ".join(report.sources[number - 1].url for number in numbers)


FORMATS: Mapping[str, Callable[[CentralityReport], str]] = {
    "md": render_markdown,
    "csv": render_csv,
    "html": render_html,
}
"""How a report is written, by name; `rendering.MEDIA_TYPES` has the media types."""
