"""The coverage report: how far the data reach, what the sources of figures are worth, how long values stand, and how
often publishers turned out right. REPORT is its entry in the catalog.

Its records are declared here, for its tables and for the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from graph.analytics.core.declaration import PAGE_OF_LINKS, Column, Listing, ListOf, Record, RowOf, within
from graph.analytics.core.facts import facts_of
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of_listings
from graph.comparison.backing import Backing, FigureGroup, FigureShare
from graph.comparison.coverage import Coverage, coverage_of, evidence_sentences
from graph.comparison.half_life import HORIZONS, HalfLife, half_lives
from graph.comparison.publisher_record import CONFIDENCE, MIN_CASES, PublisherRecord, publisher_record
from graph.comparison.record import read_record
from graph.exports.documents.from_table import document_tables
from graph.exports.documents.model import DocumentChart, DocumentSection, ReportDocument
from graph.pictures.stacks import ShareBar, share_bars
from graph.reports.report import Report, TabledReport
from graph.stores.base import Reader
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import words

# ---- how well figures are backed

FIGURE_SHARE = Record(
    "FigureShare",
    "Some figures of a group.",
    (
        Column("figures", int, "How many."),
        Column("share", float, "Their share of the number of figures, 0 to 1."),
        Column("amount_share", float, "Their share of the amount of all figures of the group, 0 to 1."),
    ),
)
BACKING_SHARE = Record(
    "BackingShare",
    "The figures whose best source is of one sort.",
    (
        Column("backing", Backing, "The best source."),
        Column("figures", FIGURE_SHARE, "The figures."),
    ),
)
FIGURE_GROUP = Record(
    "FigureGroup",
    "Figures of firm contracts for capacity, of one unit, layer and basis, by what their sources are worth. There is "
    "no sum: what is handed on stands in each contract of its chain.",
    (
        Column("unit", str, "MW, or the currency of values."),
        Column("layer", Layer | None, "The layer; null where the contracts do not say what they provide."),
        Column("basis", CapacityBasis | None, "What the megawatts measure; null for values."),
        Column("figures", int, "How many figures there are."),
        Column(
            "backing", ListOf(BACKING_SHARE, page=None), "By the best source, the strongest first; those that occur."
        ),
        Column("one_origin", FIGURE_SHARE, "Those that a single origin supports; reprints are one voice."),
        Column("several_origins", FIGURE_SHARE, "Those that several independent origins support."),
        Column("undated", FIGURE_SHARE, "Those of which no source is dated."),
    ),
)
NEWEST_SOURCE = Record(
    "NewestSource",
    "The newest dated source about an organization, or about a link, a debt or a figure that names it.",
    (
        Column("organization", RowOf("Organization"), "The organization.", header=("organization", "name")),
        Column("published", date | None, "When it was published, at the earliest; null where none is dated."),
        Column("age_days", int | None, "Days from then to the state of knowledge of the lens.", "days", header="age"),
    ),
)
UNSEEN_LINK = RowOf("Link")

# ---- how far the data reach

COVERAGE = Record(
    "Coverage",
    "How far the data reach under the lens, and how well they are supported.",
    (
        Column(
            "data_through",
            date,
            f"Publication date of the newest source that counts; {date.min} where no dated source counts.",
            value=lambda coverage: coverage.data_through or date.min,
        ),
        Column("links", int, "Links under the lens."),
        Column("links_with_value", int, "Links of which a value is stated, in whatever currency."),
        Column("links_with_capacity", int, "Links of which megawatts are stated, of whatever basis."),
        Column(
            "links_with_two_origins",
            int,
            "Links about which statements of at least two independent origins count; reprints are one.",
        ),
        Column(
            "undated_statements",
            int,
            "Statements that count and may have been known at any time: nothing says since when.",
        ),
        Column("conflicts", int, "Conflicts under the lens."),
        Column("gaps", list[str], "What is missing, in sentences with counts."),
        Column("figures", ListOf(FIGURE_GROUP, page=None), "What the sources of contracts' figures are worth."),
        Column("newest_sources", ListOf(NEWEST_SOURCE), "The newest source of each organization, the oldest first."),
        Column(
            "links_unseen_for_a_year",
            int,
            "Links that nobody has looked at for a year: since then no source of them was read, and no statement "
            "compared with its source.",
            value=lambda coverage: len(coverage.unseen_links),
        ),
        Column("unseen_links", ListOf(UNSEEN_LINK, page=PAGE_OF_LINKS), "These links, by key."),
    ),
)

# ---- how long values stand

SHARE_STANDING = Record(
    "ShareStanding",
    "The share of values that stand some months after they became known.",
    (
        Column("months", int, "So many months."),
        Column("share", float | None, "The share, 0 to 1; null where no value was seen for so long."),
        Column("at_risk", int, "How many values were seen for so long, and had not ended before."),
    ),
)
SURVIVAL = Record(
    "Survival",
    "How long values stand, by the product-limit estimate of Kaplan and Meier over the time of the record.",
    (
        Column("values", int, "Values that were shown for some time."),
        Column("changes", int, "How many of them ended: another took their place, or they were withdrawn."),
        Column("standing", ListOf(SHARE_STANDING, page=None), "What stands after 3, 6 and 12 months."),
        Column(
            "half_life_days",
            int | None,
            "After how many days half of the values have ended; null where more stand for as long as they were seen.",
        ),
    ),
)
HALF_LIFE = Record(
    "HalfLife",
    "How long what is said of one property stands before another value takes its place.",
    (
        Column("label", str, "The kind of row; all types of links are one."),
        Column("property", str, "The property, as in the seeds."),
        Column("first_day", SURVIVAL, "With every statement known as soon as it may have been."),
        Column("last_day", SURVIVAL, "With every statement known as late as it was known for certain."),
        Column("undated", int, "Values that may have been known at any time: firstDay leaves them out."),
    ),
)


def _ends(life: Callable[[HalfLife], Any], end: str) -> tuple[Column, ...]:
    """The columns of a table for one end of the intervals."""
    counts = (
        Column("values", int, "", header=f"values_{end}"),
        Column("changes", int, "", header=f"changes_{end}"),
        *(
            Column(f"months_{months}", float, "", header=f"standing_{months}_months_{end}", value=_standing(index))
            for index, months in enumerate(HORIZONS)
        ),
        Column("seen", int, "", header=f"seen_{HORIZONS[-1]}_months_{end}", value=lambda of: of.standing[-1].at_risk),
        Column("half_life_days", int, "", "days", header=f"half_life_{end}"),
    )
    return within(life, (replace(one, detail=end == "last_day") for one in counts))


def _standing(index: int) -> Callable[[Any], float | None]:
    return lambda survival: survival.standing[index].share


HALF_LIFE_COLUMNS = (
    *HALF_LIFE.columns[:2],
    *_ends(lambda life: life.first_day, "first_day"),
    *_ends(lambda life: life.last_day, "last_day"),
    Column("undated", int, ""),
)

# ---- how often publishers turned out right

TRACK_RECORD = Record(
    "TrackRecord",
    "How often what was said turned out to be what a party's own document settled.",
    (
        Column("name", str, "The publisher, or the kind of source."),
        Column("cases", int, "Values that it said before, of those that rivals contradicted or the settled one did."),
        Column("right", int, "Those of them that were the settled value."),
        Column("share", float, "Their share, 0 to 1."),
        Column("low", float, f"Lower end of Wilson's interval for the share, at {CONFIDENCE:.0%} confidence."),
        Column("high", float, "Upper end of it."),
    ),
)
PUBLISHER_RECORD = Record(
    "PublisherRecord",
    "Of rival values that were settled later by a party's own document (a filing or release that states it), how often "
    "each publisher and each kind of source had the settled one. What nobody contradicted is no case. The policy never "
    "uses it.",
    (
        Column(
            "publishers", ListOf(TRACK_RECORD, page=None), f"Publishers with {MIN_CASES} cases or more, most first."
        ),
        Column(
            "kinds",
            ListOf(TRACK_RECORD, page=None),
            f"Kinds of sources with {MIN_CASES} cases or more, one case for each origin of a value.",
        ),
        Column("settled", int, "Values that these cases are about."),
        Column("few", int, f"Publishers with fewer than {MIN_CASES} cases, which are not listed."),
    ),
)

# ---- the report


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """All that the report shows."""

    coverage: Coverage
    half_lives: tuple[HalfLife, ...]
    publishers: PublisherRecord
    method: Method


async def gather(reader: Reader) -> TabledReport:
    """Raises StoreError."""
    facts, coverage, record = await facts_of(reader), await coverage_of(reader), await read_record(reader)
    snapshot = facts.snapshot
    lives, publishers = await asyncio.to_thread(lambda: (half_lives(record), publisher_record(record)))
    method = method_of(snapshot, "COVERAGE", {}, "none", _assumptions(publishers), libraries=("scipy",))
    report = CoverageReport(coverage, lives, publishers, method)
    table = replace(table_of_listings(LISTINGS, report), footnotes=facts.footnotes)
    return TabledReport(table, partial(_document, report))


def _document(report: CoverageReport, table: Table) -> ReportDocument:
    coverage = report.coverage
    made = zip(document_tables(table, list(_PRINTED)), _PRINTED.values(), strict=True)
    parts = [replace(part, printed=printed) for part, printed in made]
    return ReportDocument(
        name="coverage",
        title="Coverage: how far the data reach, and what they are worth",
        sentences=tuple(_sentences(coverage)),
        sections=tuple(
            DocumentSection(part.name, part.title, _TEXTS.get(part.name, ()), _charts(report, part.name), (part,))
            for part in parts
        ),
        method=report.method,
        footnotes=table.footnotes,
        figures=(
            ("Links", f"{coverage.links:,}"),
            ("… with a value", f"{coverage.links_with_value:,}"),
            ("… with megawatts", f"{coverage.links_with_capacity:,}"),
            ("… with two origins", f"{coverage.links_with_two_origins:,}"),
            ("Conflicts", f"{coverage.conflicts:,}"),
            ("Data through", str(coverage.data_through or "no dated source")),
        ),
        evidence=tuple(evidence_sentences(coverage)),
    )


_PRINTED = {
    "coverage": 12,
    "figures": 40,
    "gaps": 40,
    "half-lives": 12,
    "publishers": 15,
    "kinds": 10,
    "newest-sources": 12,
    "unseen-links": 10,
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
        f"Statements contradict each other on {coverage.conflicts:,} values, and nobody has looked at "
        f"{len(coverage.unseen_links):,} links for a year."
    )


def _share(count: int, among: int) -> str:
    return f"{count / among:.0%}" if among else "none"


def _charts(report: CoverageReport, name: str) -> tuple[DocumentChart, ...]:
    """Of publishers and kinds of sources how often they were right, with the intervals."""
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
CONFLICTS = "conflicts"


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
    yield CoverageCount(CONFLICTS, coverage.conflicts, None)


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

REPORT = Report(
    "coverage",
    "Coverage",
    "How far the data reach, what the sources of figures are worth, how long values stand, and how often publishers "
    "turned out right.",
    gather,
)
