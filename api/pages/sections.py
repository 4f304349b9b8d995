"""Parts that pages of rows have in common: tables of links, events, the bar of how deep the evidence goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.agreements import AgreementTable
from api.pages.depth import EvidenceDepth
from api.pages.evidence import ShownFigure
from api.pages.page import Visit
from graph.pictures.bars import BarPart, depth_bar
from graph.vocabulary.wording import words


@dataclass(frozen=True, slots=True)
class LinkSection:
    """A table of links with its heading; `id` is its anchor."""

    id: str
    title: str
    head: str
    table: AgreementTable
    note: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    day: ShownFigure | None
    name: str
    kind: str
    summary: str


def event_lines(visit: Visit) -> Iterator[EventLine]:
    """The events that concern the row of the visit, the newest first."""
    rows = visit.facts.events_of(visit.key)
    for row in sorted(rows, key=lambda row: (row["date"].latest.isoformat() if row["date"] else "", row.key))[::-1]:
        name = visit.facts.name(row.key)
        day = visit.citer.figure(row, "date", what=f"When: {name}")
        yield EventLine(day, name, words(row.columns["kind"]), row["summary"] or "")


def depth_picture(depth: EvidenceDepth) -> Markup:
    counts, of = depth.counts, depth.addresses
    parts = (
        BarPart("one origin", counts.one, of["of_one_origin"]),
        BarPart("two", counts.two, of["of_two_origin"]),
        BarPart("three or more", counts.more, of["of_more_origin"]),
    )
    return depth_bar(parts, "Properties by independent origins")
