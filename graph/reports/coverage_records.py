"""The records of the coverage report, for its tables and for the API, which needs nothing else of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from graph.analytics.core.declaration import PAGE_OF_LINKS, Column, ListOf, Record, RowOf, within
from graph.comparison.backing import Backing
from graph.comparison.half_life import HORIZONS, HalfLife
from graph.comparison.publisher_record import CONFIDENCE, MIN_CASES
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis

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
        Column("conflicts", int, "Conflicts under the lens: values of which statements say more than one thing."),
        Column("disagreements", int, "Conflicts that a later moment does not settle."),
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
