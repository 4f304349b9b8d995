"""How far the data reach: what is stated of how many links, how well it is supported, and what nobody states."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from graph.comparison.backing import FigureGroup, backed_figures, backing_sentences, group_figures
from graph.comparison.conflicts import contests, slot_of
from graph.comparison.freshness import NewestSource, freshness_sentences, newest_sources, unseen_links
from graph.evidence.policy import day_of
from graph.stores.base import Reader
from graph.vocabulary.enums import ServiceState
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Row


@dataclass(frozen=True, slots=True)
class Coverage:
    """`links_with_two_origins`: reprints of one original are one voice. `undated_statements` count, and may have been
    known at any time: neither their source nor their record has a first day. `conflicts`: values of which statements
    that count say more than one thing; `disagreements`: those that a later moment does not settle. `gaps`: sentences.

    `figures`: what the sources of contracts' values and megawatts are worth. `newest_sources`: by organization, the
    oldest first. `unseen_links`: those that nobody has looked at for a year."""

    data_through: date | None
    links: int
    links_with_value: int
    links_with_capacity: int
    links_with_two_origins: int
    undated_statements: int
    conflicts: int
    disagreements: int
    gaps: tuple[str, ...]
    figures: tuple[FigureGroup, ...] = ()
    newest_sources: tuple[NewestSource, ...] = ()
    unseen_links: tuple[Row, ...] = ()


_READ = ("Link", "Statement", "Organization", "Source", "Debt", "Observation")


async def coverage_of(reader: Reader) -> Coverage:
    """Reads every link, statement, source, organization, debt and figure; counts them off the event loop."""
    rows = {label: [row async for row in reader.stream(label)] for label in _READ}
    return await asyncio.to_thread(_count, rows, reader)


async def read_evidence(reader: Reader) -> tuple[str, ...]:
    """The sentences of the header of a report on what a reader shows. Raises StoreError."""
    return evidence_sentences(await coverage_of(reader))


def evidence_sentences(coverage: Coverage) -> tuple[str, ...]:
    """How good and how fresh the evidence is, as the header of a report says it."""
    return (
        *backing_sentences(coverage.figures),
        *freshness_sentences(coverage.newest_sources, coverage.unseen_links),
    )


def _count(rows: Mapping[str, Sequence[Row]], reader: Reader) -> Coverage:
    links, day = rows["Link"], day_of(reader.lens.known_on)
    counted = [row for row in rows["Statement"] if row["counted"]]
    sources = {row.key: row for row in rows["Source"]}
    naming = (row for label in ("Link", "Debt", "Observation") for row in rows[label])
    return Coverage(
        data_through=reader.data_through,
        links=len(links),
        links_with_value=_number_of(links, _has_value),
        links_with_capacity=_number_of(links, _has_capacity),
        links_with_two_origins=_number_of(links, lambda link: link["origins"] > 1),
        undated_statements=_number_of(counted, lambda row: row["known_from"] is None),
        conflicts=len({slot_of(row) for row in counted if not row["chosen"]}),
        disagreements=len({slot_of(row) for row in counted if contests(row)}),
        gaps=tuple(_gaps(links, rows["Organization"])),
        figures=group_figures(backed_figures(links, (row for row in counted if row["chosen"]), sources)),
        newest_sources=newest_sources(rows["Organization"], naming, _newest(counted, sources, _published), day),
        unseen_links=unseen_links(links, _newest(counted, sources, partial(_looked_at, day)), day),
    )


def _newest(
    statements: Iterable[Row], sources: Mapping[str, Row], day_of_statement: Callable[[Row, Row], date | None]
) -> Mapping[str, date]:
    """The latest of some day of the statements about each subject."""
    newest: dict[str, date] = {}
    for row in statements:
        day = day_of_statement(row, sources[row.columns["source"]])
        if day is not None:
            subject = row.columns["subject"]
            newest[subject] = max(day, newest.get(subject, day))
    return newest


def _published(_: Row, source: Row) -> date | None:
    moment = source["published"]
    return None if moment is None else moment.earliest


def _looked_at(until: date, statement: Row, source: Row) -> date | None:
    """When somebody last read the source up to a day, or compared the statement with it; it was read when it came out,
    at the earliest."""
    looks = (statement["last_verified"], source["retrieved"], _published(statement, source))
    return max((day for day in looks if day is not None and day <= until), default=None)


def _number_of(rows: Iterable[Row], what: Callable[[Row], bool]) -> int:
    return sum(map(what, rows))


def _has_value(link: Row) -> bool:
    return link["value"] is not None


def _has_capacity(link: Row) -> bool:
    return bool(link["capacities"])


# ---- gaps

_STATED: Mapping[str, Callable[[Row], bool]] = {
    "state no value": _has_value,
    "state no megawatts": _has_capacity,
    "do not say when the service begins": lambda link: link["service_from"] is not None,
}
"""What some links of a type say and others leave out. A type of which no link says it is not the kind that does."""


def _gaps(links: Sequence[Row], organizations: Sequence[Row]) -> Iterator[str]:
    by_type: dict[str, list[Row]] = {name: [] for name in LINKS}
    for link in links:
        by_type[link.columns[TYPE_COLUMN]].append(link)
    for name, of_type in by_type.items():
        for lacks, says in _STATED.items():
            lacking = len(of_type) - _number_of(of_type, says)
            if lacking < len(of_type):
                yield from _sentence(lacking, of_type, f"links of type {name} {lacks}")
    single = _number_of(links, lambda link: link["origins"] == 1)
    yield from _sentence(single, links, "links rest on a single origin")
    overdue = _number_of(links, lambda link: link["service_state"] is ServiceState.OVERDUE_UNCONFIRMED)
    yield from _sentence(overdue, links, "links have a planned start that has passed, and no source says that they run")
    unreported = _number_of(links, lambda link: link["service_state"] is ServiceState.NOT_YET_REPORTED)
    yield from _sentence(
        unreported, links, "links have a planned start that has passed, and no source about a party is newer"
    )
    unnamed = _number_of(organizations, lambda one: bool(one["placeholder"]))
    yield from _sentence(unnamed, organizations, "organizations stand for a party that is not named")


def _sentence(count: int, among: Sequence[Row], what: str) -> Iterator[str]:
    """A sentence with its counts; none for a count of zero."""
    if count:
        yield f"{count:,} of {len(among):,} {what}."
