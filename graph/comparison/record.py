"""The record: every statement that is known under a lens, by what it is about, with what the policy weighs it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.comparison.conflicts import Slot
from graph.evidence.lens import Lens
from graph.evidence.policy import Contest
from graph.evidence.rows import source_of, statements_of
from graph.evidence.statements import Source, Statement
from graph.stores.base import Reader
from graph.vocabulary.model import KINDS, LABELS, Merge, Row
from graph.vocabulary.values import PartialDate


@dataclass(frozen=True)
class EvidenceRecord:
    """`counted` are ids of the statements that count. `dated`: when a subject as a whole was announced or issued."""

    lens: Lens
    statements: Sequence[Statement]
    counted: frozenset[str]
    sources: Mapping[str, Source]
    dated: Mapping[str, PartialDate]
    placeholders: frozenset[str]

    @cached_property
    def by_slot(self) -> Mapping[Slot, Sequence[Statement]]:
        """Statements by what they are rivals about. What unites, such as aliases, has no rivals and is left out."""
        slots: dict[Slot, list[Statement]] = {}
        for one in self.statements:
            if one.about.merge is not Merge.UNITE:
                slots.setdefault((one.subject, one.property, one.slot), []).append(one)
        return slots

    def contest(self, rivals: Sequence[Statement]) -> Contest:
        """What the policy weighs the rivals of one slot by."""
        first = rivals[0]
        dates_record = first.property == KINDS[first.kind].dated_by
        return Contest(
            first.about, None if dates_record else self.dated.get(first.subject), self.placeholders, self.sources
        )

    def moment(self, statement: Statement) -> PartialDate | None:
        """Since when the value holds: statements about different moments are no rivals, since the world may have
        changed."""
        return statement.as_of or self.dated.get(statement.subject)


_SUBJECTS = tuple(label for label in LABELS if label not in ("Source", "Statement"))


async def read_record(reader: Reader) -> EvidenceRecord:
    """Reads all rows of a reader. Raises StoreError."""
    rows = {label: [row async for row in reader.stream(label)] for label in LABELS}
    return EvidenceRecord(
        lens=reader.lens,
        statements=tuple(statements_of(rows["Statement"])),
        counted=frozenset(row.key for row in rows["Statement"] if row["counted"]),
        sources={row.key: source_of(row) for row in rows["Source"]},
        dated=dict(_dates(row for label in _SUBJECTS for row in rows[label])),
        placeholders=frozenset(row.key for row in rows["Organization"] if row["placeholder"]),
    )


def _dates(rows: Iterator[Row]) -> Iterator[tuple[str, PartialDate]]:
    for row in rows:
        moment = row[row.kind.dated_by]
        if moment is not None:
            yield row.key, moment
