"""The numbers of the centrality report: who is connected to whom, who stands between others, who provides and who takes
how much.

`centrality_report` gathers what a reader holds; `build` is the pure function that makes the numbers from it;
`graph/reports/centrality_document.py` says them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from graph.analytics.core.exclusions import Excluded, ExclusionReason, Parties
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.memo_items import DECIDED
from graph.analytics.core.method import Method
from graph.analytics.core.scope import MONEY, Weight
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import EdgeSide, NetworkView, build_view
from graph.analytics.network.centrality import Centrality, CentralityMetric, Ranked, centrality, fitting
from graph.analytics.network.uncertainty import RankIntervals, several_rank_intervals
from graph.comparison.coverage import read_evidence
from graph.evidence.citing import reading_counts
from graph.evidence.firmness import MemoColumn, memo_column
from graph.evidence.lens import Lens
from graph.publication.figures import cell_id
from graph.reports.citations import Citations, CitedSource, LinkLine, LinkLines, Party, party, read_citations
from graph.reports.party_shares import PartyShares, party_shares
from graph.reports.rank_history import DayRanks, ranks_by_day
from graph.reports.rank_support import RankSupport, rank_support
from graph.reports.strengths import LayerCoverage, StrengthTable, coverage, has_usd, strengths
from graph.stores.base import Reader
from graph.vocabulary.model import Row

INTERVAL_METRICS = ("DEGREE", "BETWEENNESS", "PAGERANK")
"""The metrics whose ranks have intervals."""
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
    view: NetworkView
    support: Mapping[str, RankSupport]
    intervals: Mapping[str, RankIntervals]
    days: tuple[DayRanks, ...]
    concentrations: tuple[PartyShares, ...]
    facts: Facts | None = None
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
    facts, citations = await facts_of(reader), await read_citations(reader)
    return await asyncio.to_thread(build, facts.snapshot, citations, await read_evidence(reader), facts)


def build(
    snapshot: Snapshot, citations: Citations, evidence: tuple[str, ...] = (), facts: Facts | None = None
) -> CentralityReport:
    """Without `facts` there are no intervals, no ranks on other days, and no footnotes."""
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
        view=main,
        support=rank_support(main, facts.footnotes) if facts else {},
        intervals=several_rank_intervals(main, INTERVAL_METRICS, facts.log) if facts else {},
        days=ranks_by_day(main, facts.log) if facts else (),
        concentrations=tuple(party_shares(snapshot)),
        facts=facts,
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
    if lens.overlay:
        yield "private facts", "count"
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
