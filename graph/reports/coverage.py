"""The coverage report: how far the data reach, what the sources of figures are worth, how long values stand, and how
often publishers turned out right. REPORT is its entry in the catalog; its records stand in coverage_records.py."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from graph.analytics.core.declaration import Column, Listing, RowOf, within
from graph.analytics.core.facts import facts_of
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of_listings
from graph.comparison.backing import FigureGroup, FigureShare
from graph.comparison.coverage import Coverage, coverage_of, evidence_sentences
from graph.comparison.half_life import HalfLife, half_lives
from graph.comparison.publisher_record import MIN_CASES, PublisherRecord, publisher_record
from graph.comparison.record import read_record
from graph.exports.documents.formats import BIBLIOGRAPHIES, report_formats
from graph.exports.documents.from_table import document_tables
from graph.exports.documents.model import (
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.pictures.stacks import ShareBar, share_bars
from graph.reports.coverage_records import (
    FIGURE_GROUP,
    FIGURE_SHARE,
    HALF_LIFE_COLUMNS,
    NEWEST_SOURCE,
    TRACK_RECORD,
    UNSEEN_LINK,
)
from graph.reports.report import Report, TabledReport
from graph.seeding.address_checks import AddressCheck, AddressState, read_checks
from graph.settings import read_settings
from graph.stores.base import Reader
from graph.vocabulary.model import Row
from graph.vocabulary.wording import words

# ---- the report


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """All that the report shows."""

    coverage: Coverage
    half_lives: tuple[HalfLife, ...]
    publishers: PublisherRecord
    method: Method
    addresses: tuple[CheckedSource, ...] = ()
    """Sources whose address was checked, the dead ones first."""


@dataclass(frozen=True, slots=True)
class CheckedSource:
    source: Row
    check: AddressCheck


async def gather(reader: Reader) -> TabledReport:
    """Raises StoreError."""
    facts, coverage, record = await facts_of(reader), await coverage_of(reader), await read_record(reader)
    snapshot = facts.snapshot
    lives, publishers = await asyncio.to_thread(lambda: (half_lives(record), publisher_record(record)))
    method = method_of(snapshot, "COVERAGE", {}, "none", _assumptions(publishers), libraries=("scipy",))
    addresses = await asyncio.to_thread(_checked_sources, [row async for row in reader.stream("Source")])
    report = CoverageReport(coverage, lives, publishers, method, addresses)
    listings = (*LISTINGS, ADDRESSES) if addresses else LISTINGS
    table = replace(table_of_listings(listings, report), footnotes=facts.footnotes)
    return TabledReport(table, partial(_document, report))


def _checked_sources(sources: Iterable[Row]) -> tuple[CheckedSource, ...]:
    """Raises BadInput for a file that holds no checks."""
    checks = read_checks(read_settings().source_checks)
    checked = (CheckedSource(row, checks[row["url"]]) for row in sources if row["url"] in checks)
    states = (AddressState.DIED, AddressState.MOVED, AddressState.UNKNOWN, AddressState.ANSWERS)
    return tuple(sorted(checked, key=lambda one: (states.index(one.check.state), one.source.key)))


def _document(report: CoverageReport, table: Table) -> ReportDocument:
    coverage = report.coverage
    printed = _PRINTED if report.addresses else {name: rows for name, rows in _PRINTED.items() if name != "addresses"}
    made = zip(document_tables(table, list(printed)), printed.values(), strict=True)
    parts = [_FOR_READERS.get(part.name, _as_it_is)(replace(part, printed=printed)) for part, printed in made]
    return ReportDocument(
        name="coverage",
        title="Coverage: how far the data reach, and what they are worth",
        sentences=(*_sentences(coverage), *_address_sentence(report.addresses)),
        sections=tuple(
            DocumentSection(shown[0].name, shown[0].title, _TEXTS.get(shown[0].name, ()), _charts(report, shown), shown)
            for shown in parts
        ),
        method=report.method,
        footnotes=table.footnotes,
        figures=(
            ("Links", f"{coverage.links:,}"),
            ("… with a value", f"{coverage.links_with_value:,}"),
            ("… with megawatts", f"{coverage.links_with_capacity:,}"),
            ("… with two origins", f"{coverage.links_with_two_origins:,}"),
            ("Disagreements", f"{coverage.disagreements:,}"),
            ("Data through", str(coverage.data_through or "no dated source")),
        ),
        evidence=tuple(evidence_sentences(coverage)),
    )


def _as_it_is(table: DocumentTable) -> tuple[DocumentTable, ...]:
    return (table,)


def _ended_or_not(table: DocumentTable) -> tuple[DocumentTable, ...]:
    """Properties of which some value ended; of the others there is little to tell."""
    changes = [one.name for one in table.columns if one.name.startswith("changes_")]
    ended = [row for row in table.rows if any(row.cells[name].value for name in changes if name in row.cells)]
    told = [one for one in table.columns if one.name in ("label", "property") or one.name.startswith("values_")]
    rest = replace(
        table,
        name="never-ended",
        title="Properties of which no value has ended, and their values",
        columns=tuple(told),
        rows=[row for row in table.rows if row not in ended],
        printed=0,
    )
    return replace(table, rows=ended), rest


def _dated_first(table: DocumentTable) -> tuple[DocumentTable, ...]:
    """The oldest first; organizations without a dated source at the end."""
    undated = [row for row in table.rows if row.cell(_PUBLISHED).value is None]
    said = [replace(row, cells={**row.cells, _PUBLISHED.name: DocumentCell(None, "undated")}) for row in undated]
    dated = [row for row in table.rows if row.cell(_PUBLISHED).value is not None]
    return (replace(table, rows=[*dated, *said]),)


def _in_words(table: DocumentTable) -> tuple[DocumentTable, ...]:
    """Kinds of sources as words."""
    named = [(row, str(row.cells["name"].value)) for row in table.rows]
    rows = [replace(row, cells={**row.cells, "name": DocumentCell(kind, words(kind))}) for row, kind in named]
    return (replace(table, rows=rows),)


_PUBLISHED = DocumentColumn("published", "Published")
_FOR_READERS: Mapping[str, Callable[[DocumentTable], tuple[DocumentTable, ...]]] = {
    "half-lives": _ended_or_not,
    "kinds": _in_words,
    "newest-sources": _dated_first,
}
"""Tables that a document shows otherwise than they are computed; their numbers keep their addresses."""
_PRINTED = {
    "coverage": 12,
    "figures": 40,
    "gaps": 40,
    "half-lives": 12,
    "publishers": 15,
    "kinds": 10,
    "newest-sources": 12,
    "unseen-links": 10,
    "addresses": 20,
}
"""The tables by name, with the number of rows that print shows."""
_TEXTS = {
    "figures": (
        "What the best source of each figure is worth, by unit, layer and basis; amounts are in no sum, as what is "
        "handed on stands in each contract of its chain.",
    ),
    "half-lives": (
        "How long a value stands before another takes its place: for each property the earliest and the latest that "
        "the record allows.",
    ),
    "publishers": (
        "Of contested values that a party's own document settled later, how often each had the settled one, with "
        "Wilson's interval.",
    ),
}


def _sentences(coverage: Coverage) -> Iterator[str]:
    through = f"through {coverage.data_through}" if coverage.data_through else "to no date: no source is dated"
    yield f"The data hold {coverage.links:,} links and reach {through}."
    yield (
        f"{_share(coverage.links_with_value, coverage.links)} of the links state a value, "
        f"{_share(coverage.links_with_capacity, coverage.links)} megawatts, and "
        f"{_share(coverage.links_with_two_origins, coverage.links)} rest on two independent origins or more."
    )
    yield (
        f"Sources disagree on {coverage.disagreements:,} values; of "
        f"{coverage.conflicts - coverage.disagreements:,} more some say an earlier state. Nobody has looked at "
        f"{len(coverage.unseen_links):,} links for a year."
    )


def _address_sentence(addresses: Sequence[CheckedSource]) -> Iterator[str]:
    if addresses:
        counts = Counter(one.check.state for one in addresses)
        yield (
            f"Of {len(addresses):,} sources whose address was asked, {counts[AddressState.ANSWERS]:,} answer, "
            f"{counts[AddressState.MOVED]:,} moved, {counts[AddressState.DIED]:,} died, and of "
            f"{counts[AddressState.UNKNOWN]:,} it could not be told."
        )


def _beside() -> str:
    """Changes with the file of checks, which the report shows beside the data."""
    try:
        found = read_settings().source_checks.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size}"


def _share(count: int, among: int) -> str:
    return f"{count / among:.0%}" if among else "none"


def _charts(report: CoverageReport, tables: Sequence[DocumentTable]) -> tuple[DocumentChart, ...]:
    """Of publishers and kinds of sources how often they were right, with the intervals."""
    name = tables[0].name
    records = {"publishers": report.publishers.publishers, "kinds": report.publishers.kinds}.get(name)
    if not records:
        return ()
    bars = [
        ShareBar(one.name if name == "publishers" else words(one.name), one.share, _cases(one), one.low, one.high)
        for one in records[:15]
    ]
    title = f"How often {'publishers' if name == 'publishers' else 'kinds of sources'} had the settled value"
    return (DocumentChart(name, title, share_bars(bars, title), "share of cases", "A line is Wilson's interval."),)


def _cases(record: Any) -> str:
    """A track record in short: 12 of 15."""
    return f"{record.right} of {record.cases}"


def _assumptions(publishers: PublisherRecord) -> Iterator[str]:
    yield "Shares run from 0 to 1. Figures are those of contracts for capacity in force, signed or active, firm."
    yield (
        "How long values stand: what nobody entered cannot end, so that values stand for less time in the world than "
        "here. First and last day are the ends of the interval in which a statement became known."
    )
    yield (
        f"Publishers: {publishers.settled:,} contested values were settled later by a party's own document; "
        f"{publishers.few:,} publishers with fewer than {MIN_CASES} cases are not listed. The policy never uses this."
    )


@dataclass(frozen=True, slots=True)
class CoverageCount:
    """A count, and of how many."""

    what: str
    count: int
    among: int | None

    @property
    def share(self) -> float | None:
        return self.count / self.among if self.among else None


TWO_ORIGINS = "links with two independent origins"
DISAGREEMENTS = "values on which sources disagree"


def _measures(report: CoverageReport) -> Iterator[CoverageCount]:
    coverage = report.coverage
    yield CoverageCount("links", coverage.links, None)
    yield CoverageCount("links with a value", coverage.links_with_value, coverage.links)
    yield CoverageCount("links with megawatts", coverage.links_with_capacity, coverage.links)
    yield CoverageCount(TWO_ORIGINS, coverage.links_with_two_origins, coverage.links)
    yield CoverageCount("links that nobody has looked at for a year", len(coverage.unseen_links), coverage.links)
    undated = sum(one.published is None for one in coverage.newest_sources)
    yield CoverageCount("organizations without a dated source", undated, len(coverage.newest_sources))
    yield CoverageCount("statements that may have been known at any time", coverage.undated_statements, None)
    yield CoverageCount(DISAGREEMENTS, coverage.disagreements, None)
    yield CoverageCount("conflicts", coverage.conflicts, None)


@dataclass(frozen=True, slots=True)
class BackedShare:
    """One line of the table of figures: those of a group of which something holds."""

    group: FigureGroup
    what: str
    figures: FigureShare


def _backed_shares(report: CoverageReport) -> Iterator[BackedShare]:
    for group in report.coverage.figures:
        for one in group.backing:
            yield BackedShare(group, str(one.backing), one.figures)
        yield BackedShare(group, "one origin", group.one_origin)
        yield BackedShare(group, "several origins", group.several_origins)
        yield BackedShare(group, "undated", group.undated)


LISTINGS = (
    Listing(
        "Coverage",
        _measures,
        (
            Column("what", str, ""),
            Column("count", int, ""),
            Column("among", int, "", header="of"),
            Column("share", float, ""),
        ),
    ),
    Listing(
        "What the sources of figures are worth",
        _backed_shares,
        (
            *within(lambda one: one.group, FIGURE_GROUP.columns[:3]),
            Column("what", str, "", header="best source, origins, dates"),
            *within(lambda one: one.figures, FIGURE_SHARE.columns),
        ),
    ),
    Listing("What is missing", lambda report: report.coverage.gaps, (Column("gap", str, "", value=str),)),
    Listing("How long values stand", "half_lives", HALF_LIFE_COLUMNS),
    Listing("Publishers", lambda report: report.publishers.publishers, TRACK_RECORD.columns),
    Listing("Kinds of sources", lambda report: report.publishers.kinds, TRACK_RECORD.columns),
    Listing(
        "The newest source about each organization",
        lambda report: report.coverage.newest_sources,
        NEWEST_SOURCE.columns,
    ),
    Listing(
        "Links that nobody has looked at for a year",
        lambda report: report.coverage.unseen_links,
        (Column("link", UNSEEN_LINK, "", value=lambda link: link),),
    ),
)

ADDRESSES = Listing(
    "Whether addresses of sources answer",
    "addresses",
    (
        Column("source", RowOf("Source"), "", value=lambda one: one.source),
        Column("state", AddressState, "", value=lambda one: one.check.state),
        Column("checked", date, "", value=lambda one: datetime.fromisoformat(one.check.checked).date()),
        Column("status", int | None, "", value=lambda one: one.check.status),
        Column("location", str | None, "", value=lambda one: one.check.location, header="leads to"),
        Column("reason", str | None, "", value=lambda one: one.check.reason),
    ),
)
"""Where `wattgraph source check` has looked."""

REPORT = Report(
    "coverage",
    "Coverage",
    "How far the data reach, what the sources of figures are worth, how long values stand, and how often publishers "
    "turned out right.",
    gather,
    {suffix: each for suffix, each in report_formats("coverage").items() if suffix not in BIBLIOGRAPHIES},
    beside=_beside,
)
