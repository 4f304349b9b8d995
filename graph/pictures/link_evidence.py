"""How good and how old the evidence of a link is, as a picture colours it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from graph.evidence.party_documents import PARTY_KINDS
from graph.vocabulary.enums import Nature, SourceKind
from graph.vocabulary.model import Row


class RivalClass(StrEnum):
    """Whether sources disagree about something of a link, and no later moment settles it; or how many agree."""

    RIVALS = "rivals"
    AGREED = "agreed"
    SINGLE = "single"


class AgeClass(StrEnum):
    """How old the newest dated source of a link is on the day of the state of knowledge."""

    QUARTER = "quarter"
    YEAR = "year"
    OLDER = "older"
    UNDATED = "undated"


class SourceClass(StrEnum):
    """The best sort of source of what is shown of a link."""

    PARTY = "party"
    PRESS = "press"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """`sources`: keys and publishers, of all statements that count."""

    rivals: bool
    origins: int
    newest: date | None
    best: SourceClass
    sources: frozenset[str]

    @property
    def rival_class(self) -> RivalClass:
        if self.rivals:
            return RivalClass.RIVALS
        return RivalClass.AGREED if self.origins > 1 else RivalClass.SINGLE

    def age_class(self, day: date) -> AgeClass:
        if self.newest is None:
            return AgeClass.UNDATED
        age = day - self.newest
        if age <= timedelta(days=92):
            return AgeClass.QUARTER
        return AgeClass.YEAR if age <= timedelta(days=365) else AgeClass.OLDER


def evidence_of_links(
    links: Iterable[str], statements: Iterable[Row], sources: Mapping[str, Row]
) -> Mapping[str, LinkEvidence]:
    """The evidence of each link, from the statements that count."""
    by_link: dict[str, list[Row]] = {key: [] for key in links}
    for row in statements:
        group = by_link.get(row.columns["subject"])
        if group is not None and row.columns["counted"]:
            group.append(row)
    return {key: _evidence(rows, sources) for key, rows in by_link.items()}


def _evidence(rows: list[Row], sources: Mapping[str, Row]) -> LinkEvidence:
    cited = {row.columns["source"]: sources[row.columns["source"]] for row in rows}
    published = [source["published"].earliest for source in cited.values() if source["published"]]
    ranks = [
        list(SourceClass).index(_sort_of(row, cited[row.columns["source"]])) for row in rows if row.columns["chosen"]
    ]
    return LinkEvidence(
        rivals=any(map(_disagrees, rows)),
        origins=len({source["origin"] for source in cited.values()}),
        newest=max(published, default=None),
        best=list(SourceClass)[min(ranks, default=-1)],
        sources=frozenset({*cited, *(str(source["publisher"]) for source in cited.values())}),
    )


def _disagrees(statement: Row) -> bool:
    """Whether it says something else than what is shown, and not of an earlier moment or of an unnamed party."""
    settled = statement.columns["reason"].startswith(("moment:", "party:"))
    return not statement.columns["chosen"] and not settled


def _sort_of(statement: Row, source: Row) -> SourceClass:
    if source["kind"] in PARTY_KINDS and statement["nature"] is Nature.STATED:
        return SourceClass.PARTY
    collected = source["kind"] in (SourceKind.AGGREGATOR, SourceKind.DATASET, SourceKind.OTHER)
    return SourceClass.COLLECTED if collected else SourceClass.PRESS
