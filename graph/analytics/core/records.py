"""Records and columns that the results of many analytics have."""

from __future__ import annotations

from datetime import date

from graph.analytics.core.declaration import PAGE_OF_LINKS, Column, Groups, ListOf, Record, RowOf
from graph.analytics.core.method import Engine
from graph.evidence.lens import Lens
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis, Json

METHOD = Record(
    "Method",
    "How a figure came about.",
    (
        Column("name", str, "What was computed."),
        Column("parameters", Json, "With which parameters, the scope among them."),
        Column("size", Json, "What was counted for it, by name: nodes, edges, links."),
        Column("weight", str, "What a weight means, in words: strength or distance, and its unit."),
        Column("engine", Engine, "What computed it."),
        Column("libraries", Json, "Versions of the libraries, by name."),
        Column("data_version", str, "Id of the data version."),
        Column(
            "data_through",
            date,
            f"Publication date of the newest source that counts; {date.min} where no dated source counts.",
            value=lambda method: method.data_through or date.min,
        ),
        Column("lens", Lens, "The lens, with both dates."),
        Column("assumptions", list[str], "What counts with a grain of salt, each as a sentence with its number."),
    ),
)
EXCLUDED = Record(
    "Excluded",
    "A link that was asked for and does not count.",
    (
        Column("link", RowOf("Link"), "The link."),
        Column("because", str, "Why it does not count."),
    ),
)
MW_RANGE = Record(
    "MwRange",
    "Megawatts of contracts that may be about the same capacity.",
    (
        Column("low", float, "What is proven to be distinct.", "MW"),
        Column("high", float, "If nothing overlaps but what is declared to.", "MW"),
    ),
)

METHOD_OF_RESULT = Column("method", METHOD, "How it came about.")
EXCLUDED_LINKS = Column(
    "excluded", ListOf(EXCLUDED), "Links that were asked for and do not count, each with the reason."
)
EXCLUDED_ON_THE_WAY = Column(
    "excluded",
    ListOf(EXCLUDED),
    "Links that would lead further if they counted, each with the reason why they do not.",
)
TRUNCATED = Column("truncated", bool, "Whether there are more, or the search was cut short.")
TOTAL_COUNT = Column("total_count", int, "How many rows there are in all.", value=lambda result: len(result.rows))
TOTAL_FOUND = Column(
    "total_count", int, "How many there are in all; where the search was cut short, how many were found."
)

GROUP = Column("group", Groups, "What the contracts have in common, by the name of the group; null: they do not say.")
UNNAMED = Column("unnamed", bool, "Whether a party of the group is a placeholder: no source names it.", sparse=True)
LAYER = Column("layer", Layer, "The layer; layers are never added.")
BASIS = Column("basis", CapacityBasis, "What the megawatts measure; bases are never added.")
MW = Column("mw", MW_RANGE, "The megawatts.")
LINKS_OF_ROW = ListOf(RowOf("Link"), page=PAGE_OF_LINKS)
