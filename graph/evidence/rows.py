"""Statements and sources as rows of a store, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from graph.evidence.log import InOrder
from graph.evidence.policy import Verdict, verdict_of_only
from graph.evidence.statements import Entered, Said, Source, Statement, Support
from graph.vocabulary.enums import Confidence, Nature
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.values import Columns, PartialDate

STATEMENT_COLUMNS = (
    "subject",
    "subject_kind",
    "property",
    "value",
    "source",
    "confidence",
    "nature",
    "known_from",
    "known_from_latest",
    "said_known_from",
    "withdrawn",
    "note",
    "entered",
    "as_of",
    "locator",
    "last_verified",
)
"""The columns that hold all of a statement but its id; the value is canonical JSON, dates are ISO 8601."""
OVERLAY = "overlay"
"""Column of a row of which a private statement counts; other rows do not have it."""
_SOURCE = 1 + STATEMENT_COLUMNS.index("source")
Record = tuple[Any, ...]
"""A statement as text: its id, then one entry for each of STATEMENT_COLUMNS, None where it has none."""


Judged = tuple["Statement | Record", Verdict]
"""A statement, or the record of it, and what became of it."""


def statement_row(stated: Statement | Record, verdict: Verdict) -> Row:
    """The row of label Statement that a statement and its verdict make."""
    record = record_of(stated)
    verdict_columns = {
        "counted": verdict.counted,
        "chosen": verdict.chosen,
        "reason": verdict.reason,
        "place": verdict.sort_key,
        "caption": f"{record[3]}: {record[4].strip(_QUOTES)}"[:40],
    }
    return Row("Statement", record[0], _record_columns(record, verdict_columns))


_QUOTES = '"'


def text_in(stated: Statement | Record, column: str) -> str:
    """What a column holds that every statement has."""
    text = getattr(stated, column) if isinstance(stated, Statement) else stated[1 + STATEMENT_COLUMNS.index(column)]
    return str(text)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of the statements of a log. Most count without a rival: of these nothing is held."""

    others: Mapping[str, Verdict]
    """By id: of those that have a rival, that do not count, or that are withheld."""
    withheld: Set[str]
    """Ids of those that are not known yet."""

    def of(self, id: str, stated: Statement | Record) -> Verdict:
        return self.others.get(id) or verdict_of_only(*_about(stated))

    def after(self, judged_anew: Set[str], verdicts: Verdicts) -> Verdicts:
        """With these of the statements that were judged anew, or are gone."""
        others = {id: one for id, one in self.others.items() if id not in judged_anew}
        return Verdicts({**others, **verdicts.others}, (self.withheld - judged_anew) | verdicts.withheld)


class JudgedStatements(Mapping[str, Judged]):
    """The statements of a log that are shown under a lens, or those that are withheld, each with its verdict; by id,
    in order."""

    def __init__(self, statements: Sequence[Statement | Record], verdicts: Verdicts, *, withheld: bool = False) -> None:
        self.statements = statements
        self.verdicts = verdicts
        self._withheld = withheld
        self._by_id = InOrder(statements, _id_of)

    def __getitem__(self, id: str) -> Judged:
        if (id in self.verdicts.withheld) is not self._withheld:
            raise KeyError(id)
        stated = self._by_id[id]
        return stated, self.verdicts.of(id, stated)

    def __iter__(self) -> Iterator[str]:
        if self._withheld:
            return iter(sorted(self.verdicts.withheld))
        hidden = self.verdicts.withheld
        return (id for id in map(_id_of, self.statements) if id not in hidden) if hidden else iter(self._by_id)

    def __len__(self) -> int:
        hidden = len(self.verdicts.withheld)
        return hidden if self._withheld else len(self.statements) - hidden

    def all(self) -> JudgedStatements:
        """Of the whole log, shown or not."""
        return JudgedStatements(self.statements, Verdicts(self.verdicts.others, frozenset()))

    def each(self) -> Iterator[tuple[str, Statement | Record]]:
        """Id and statement of all, in order, without looking each up."""
        if self._withheld:
            return ((id, self._by_id[id]) for id in self)
        hidden = self.verdicts.withheld
        return ((id, one) for one in self.statements if (id := _id_of(one)) not in hidden)


def _id_of(stated: Statement | Record) -> str:
    return stated.id if isinstance(stated, Statement) else stated[0]


def _about(stated: Statement | Record) -> tuple[str, str]:
    return (stated.said.kind, stated.said.property) if isinstance(stated, Statement) else stated[2:4]


class LazyRows(Mapping[str, Row]):
    """Rows of statements by key. Each is made of its parts once, on first use: most answers show few of them."""

    def __init__(self, parts: JudgedStatements) -> None:
        self.parts = parts
        self._rows: dict[str, tuple[Judged, Row]] = {}
        """With what each was made of. Projections that follow from each other share them."""

    @staticmethod
    def of(rows: Mapping[str, Row]) -> LazyRows:
        """Rows of statements, none of which was made otherwise."""
        assert isinstance(rows, LazyRows), "a projection holds no others"  # noqa: S101
        return rows

    def __getitem__(self, key: str) -> Row:
        parts = self.parts[key]
        made = self._rows.get(key)
        if made is None:
            # of two threads that make it at once, both get the one that was first
            made = self._rows.setdefault(key, (parts, statement_row(*parts)))
        if not judged_alike(made[0], parts):
            made = self._rows[key] = parts, statement_row(*parts)
        return made[1]

    def unkept(self, key: str) -> Row:
        """A row that is made for this look, and not kept."""
        return statement_row(*self.parts[key])

    def with_parts(self, parts: JudgedStatements) -> LazyRows:
        """The rows of other parts; those of the same parts are the same objects."""
        rows = LazyRows(parts)
        rows._rows = self._rows
        return rows

    def sources(self, *, counted: bool) -> set[str]:
        """The sources that they cite, or those of which one counts."""
        others = self.parts.verdicts.others if counted else {}
        return {
            stated.support.source if isinstance(stated, Statement) else stated[_SOURCE]
            for id, stated in self.parts.each()
            if id not in others or others[id].counted
        }

    def __contains__(self, key: object) -> bool:
        return key in self.parts

    def keys_by(self, column: str) -> dict[str, list[str]]:
        """The keys of the rows by what the column holds, a column that every statement has; makes no row."""
        groups: dict[str, list[str]] = {}
        for key, stated in self.parts.each():
            groups.setdefault(text_in(stated, column), []).append(key)
        return groups

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


def judged_alike(one: Judged, other: Judged) -> bool:
    """Whether two statements of one id, or records of them, say the same and had the same verdict."""
    (stated, verdict), (stated_before, verdict_before) = one, other
    if verdict is not verdict_before and verdict != verdict_before:
        return False
    return stated is stated_before or record_of(stated) == record_of(stated_before)


def record_of(stated: Statement | Record) -> Record:
    return statement_record(stated) if isinstance(stated, Statement) else stated


def statement_record(statement: Statement) -> Record:
    """All of the statement as text; `statements_of_records` reads it back."""
    said = statement.said
    return (
        *(statement.id, statement.subject, said.kind, said.property, said.text),
        *_support_record(statement.support),
    )


def statement_records(statements: Iterable[Statement]) -> Iterator[Record]:
    """The same of many; what they share is written once."""
    support: dict[int, Record] = {}
    for one in statements:
        said, shared = one.said, support.get(id(one.support))
        if shared is None:
            shared = support[id(one.support)] = _support_record(one.support)
        yield (one.id, one.subject, said.kind, said.property, said.text, *shared)


def _support_record(support: Support) -> Record:
    return (
        support.source,
        support.confidence._value_,  # `value` takes five times as long, and this runs for every claim
        support.nature._value_,
        _iso(support.known_earliest),
        _iso(support.known_latest),
        support.known_from and support.known_from.text,
        _iso(support.withdrawn),
        support.note,
        support.entered._value_,
        support.as_of and support.as_of.text,
        support.locator,
        _iso(support.last_verified),
    )


@lru_cache(maxsize=16_384)
def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _record_columns(record: Record, verdict_columns: Columns) -> Columns:
    # name by name: a loop over STATEMENT_COLUMNS takes twice as long, and this runs for every statement of a store
    (_, subject, kind, name, text, source, confidence, nature, *rest) = record
    (earliest, latest, said_known_from, withdrawn, note, entered, as_of, locator, last_verified) = rest
    columns: Columns = {
        "subject": subject,
        "subject_kind": kind,
        "property": name,
        "value": text,
        "source": source,
        "confidence": confidence,
        "nature": nature,
        "known_from_latest": latest,
        "entered": entered,
        **verdict_columns,
    }
    if earliest is not None:
        columns["known_from"] = earliest
    if said_known_from is not None:
        columns["said_known_from"] = said_known_from
    if withdrawn is not None:
        columns["withdrawn"] = withdrawn
    if note is not None:
        columns["note"] = note
    if locator is not None:
        columns["locator"] = locator
    if last_verified is not None:
        columns["last_verified"] = last_verified
    return columns if as_of is None else columns | _as_of_columns(as_of)


@lru_cache(maxsize=65_536)
def _as_of_columns(text: str) -> Columns:
    return KINDS["Statement"].properties["as_of"].type.columns("as_of", PartialDate.read(text))


def statements_of_records(records: Iterable[Record]) -> Iterator[Statement]:
    """The statements of records that the caller has verified: their ids are taken over, not computed again. Statements
    that say the same share it, and so do those with the same support."""
    said: dict[Record, Said] = {}
    support: dict[Record, Support] = {}
    for record in records:
        says, supported = record[2:5], record[5:]
        one = said.get(says)
        if one is None:
            kind, name, text = says
            one = said[says] = Said.from_stored(kind, name, _typed(kind, name, text), text)
        by = support.get(supported)
        if by is None:
            by = support[supported] = _support_of(supported)
        yield Statement.from_stored(record[1], one, by, record[0])


def _support_of(record: Record) -> Support:
    (source, confidence, nature, earliest, latest, known_from, withdrawn, note, entered, as_of, locator, verified) = (
        record
    )
    return Support(
        source,
        _CONFIDENCES[confidence],
        _NATURES[nature],
        known_earliest=earliest and _day(earliest),
        known_latest=_day(latest),
        as_of=as_of and PartialDate.read(as_of),
        known_from=known_from and PartialDate.read(known_from),
        withdrawn=withdrawn and _day(withdrawn),
        note=note,
        locator=locator,
        last_verified=verified and _day(verified),
        entered=_ENTERED[entered],
    )


def _typed(kind: str, name: str, text: str) -> Any:
    return KINDS[kind].properties[name].type.from_json(json.loads(text))


_CONFIDENCES: dict[str, Confidence] = {one.value: one for one in Confidence}
_NATURES: dict[str, Nature] = {one.value: one for one in Nature}
_ENTERED: dict[str, Entered] = {one.value: one for one in Entered}
_day = lru_cache(maxsize=65_536)(date.fromisoformat)


def statement_of(row: Row) -> Statement:
    """The statement that a row of label Statement holds, its id computed from what it says."""
    columns = row.columns
    about = KINDS[columns["subject_kind"]].properties[columns["property"]]
    claimed, known = columns.get("said_known_from"), columns.get("known_from")
    return Statement(
        subject=columns["subject"],
        kind=columns["subject_kind"],
        property=columns["property"],
        value=about.type.from_json(json.loads(columns["value"])),
        source=columns["source"],
        confidence=row["confidence"],
        nature=row["nature"],
        known_earliest=date.fromisoformat(known) if known else None,
        known_latest=row["known_from_latest"],
        as_of=row["as_of"],
        known_from=PartialDate.read(claimed) if claimed else None,
        withdrawn=row["withdrawn"],
        note=columns.get("note"),
        locator=columns.get("locator"),
        last_verified=row["last_verified"],
        entered=Entered(columns["entered"]),
    )


def statements_of(rows: Iterable[Row]) -> Iterator[Statement]:
    """The statements that rows of a store hold. Keys are taken over as ids, which takes a third of the time that
    computing each again (`statement_of`) does."""
    return statements_of_records((row.key, *map(row.columns.get, STATEMENT_COLUMNS)) for row in rows)


@dataclass(frozen=True, slots=True)
class SharedParts:
    """Gives statements that say the same, or have the same support, one object for it."""

    _said: dict[tuple[str, str, str], Said] = field(default_factory=dict)
    _support: dict[Record, Support] = field(default_factory=dict)

    def shared(self, statement: Statement) -> Statement:
        said, support = statement.said, statement.support
        said = self._said.setdefault((said.kind, said.property, said.text), said)
        support = self._support.setdefault(_support_record(support), support)
        return Statement.from_stored(statement.subject, said, support, statement.id)


def is_private(row: Row) -> bool:
    """Whether it comes from the private overlay: a statement or source of it, or a row of which such a statement
    counts."""
    return row.columns.get("entered") == Entered.OVERLAY or OVERLAY in row.columns


def source_row(source: Source) -> Row:
    columns: Columns = {"entered": str(source.entered)}
    for name, prop in KINDS["Source"].properties.items():
        value = getattr(source, name)
        if value not in (None, ()):
            columns |= prop.type.columns(name, value)
    return Row("Source", source.key, columns)


def source_of(row: Row) -> Source:
    """The source that a row of label Source holds."""
    values = {name: row[name] for name, prop in row.kind.properties.items() if not prop.derived}
    stated = {name: value for name, value in values.items() if value is not None}
    return Source(key=row.key, entered=Entered(row.columns["entered"]), **stated)
