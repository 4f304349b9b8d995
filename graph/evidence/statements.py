"""Statements: who says what about whom, since when it holds and when it became known. The atom of everything else."""

from __future__ import annotations

import builtins
import hashlib
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from graph.vocabulary.enums import (
    BEST_RELIABILITY,
    RELIABILITY,
    Confidence,
    HashRule,
    Licence,
    Nature,
    Reliability,
    SourceKind,
    SourceReading,
)
from graph.vocabulary.model import KINDS, Property
from graph.vocabulary.values import PartialDate, canonical, json_text


class Entered(StrEnum):
    """Where a statement or source came in; loading seeds removes only what seeds brought, and what a scenario supposes,
    or the private overlay says, is never stored."""

    SEEDS = "SEEDS"
    API = "API"
    SCENARIO = "SCENARIO"
    OVERLAY = "OVERLAY"


@dataclass(frozen=True, slots=True)
class Source:
    """A document. `published` and `retrieved` bound when its statements became known.

    `through`: keys of the sources that quote or summarise it, by which it was read. `sha256`: hash of what was read, by
    `hash_rule`."""

    key: str
    url: str
    publisher: str
    kind: SourceKind
    origin: str
    title: str | None = None
    published: PartialDate | None = None
    retrieved: date | None = None
    read: SourceReading = SourceReading.UNKNOWN
    through: tuple[str, ...] = ()
    sha256: str | None = None
    hash_rule: HashRule | None = None
    licence: Licence | None = None
    entered: Entered = Entered.SEEDS

    @property
    def reliability(self) -> Reliability:
        by_kind, at_most = RELIABILITY[self.kind], BEST_RELIABILITY[self.read]
        return min(by_kind, at_most, key=_RELIABILITIES.index)

    @property
    def how_read(self) -> tuple[str, ...]:
        """What is said of how it was read; nothing where nothing is."""
        read = () if self.read is SourceReading.UNKNOWN else (self.read, *self.through)
        return (*read, *[part for part in (self.hash_rule, self.sha256) if part])


_RELIABILITIES = list(Reliability)


@dataclass(frozen=True, slots=True)
class Statement:
    """One source says `property` of `subject` is `value`.

    `kind` is the name of the subject's kind (a link type for links). `as_of`: since when the value holds, where it
    changed over time. `known_from` is what the claim itself says of when it became known; `known_earliest` (None: at
    any time) and `known_latest` are the interval that follows from it, the source and the record. From `withdrawn` on
    it no longer counts. `locator` is where in the document it stands, `last_verified` when somebody last compared them.
    """

    subject: str
    kind: str
    property: str
    value: Any
    source: str
    confidence: Confidence
    nature: Nature
    known_earliest: date | None
    known_latest: date
    as_of: PartialDate | None = None
    known_from: PartialDate | None = None
    withdrawn: date | None = None
    note: str | None = None
    locator: str | None = None
    last_verified: date | None = None
    entered: Entered = Entered.SEEDS
    text: str = field(init=False, compare=False, repr=False)
    """The value as canonical JSON: equal for equal values."""
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        _put_text(self, canonical(KINDS[self.kind].properties[self.property].type.to_json(self.value)))
        _put_id(self, hashlib.sha256(self._content().encode()).hexdigest()[:24])

    @classmethod
    def from_stored(cls, *values: Any) -> Statement:
        """A statement that was stored: `values` are those of all fields, in their order; what `__post_init__` encodes
        and hashes is taken over."""
        statement = object.__new__(cls)
        for put, value in zip(_PUT, values, strict=True):
            put(statement, value)
        return statement

    def _content(self) -> str:
        """What makes it this statement. The times at which it became known and was withdrawn are not part of it, nor is
        where it stands and when somebody looked: it stays the same when these are filled in."""
        # the bytes of json.dumps, in a third of its time
        said = f"{json_text(self.subject)}, {json_text(self.property)}, {json_text(self.text)}"
        support = f"{json_text(self.source)}, {json_text(self.confidence)}, {json_text(self.nature)}"
        as_of = "null" if self.as_of is None else json_text(self.as_of.text)
        known_from = "null" if self.known_from is None else json_text(self.known_from.text)
        note = "null" if self.note is None else json_text(self.note)
        return f"[{said}, {support}, {as_of}, {known_from}, {note}]"

    @builtins.property
    def dated(self) -> str:
        """What of it the data version covers."""
        dated = f"{self.id} {self.kind} {self.known_earliest} {self.known_latest} {self.withdrawn}"
        return " ".join((dated, *self.looked_up)) if self.last_verified or self.locator else dated

    @builtins.property
    def looked_up(self) -> tuple[str, ...]:
        """When somebody looked and where it stands; nothing where neither is said."""
        if not (self.last_verified or self.locator):
            return ()
        return self.last_verified.isoformat() if self.last_verified else "", self.locator or ""

    @builtins.property
    def about(self) -> Property:
        return KINDS[self.kind].properties[self.property]

    @builtins.property
    def slot(self) -> str:
        return self.about.type.slot(self.value)


_PUT = tuple(getattr(Statement, one.name).__set__ for one in fields(Statement))
"""Sets each slot of a frozen statement."""
_put_text, _put_id = (getattr(Statement, name).__set__ for name in ("text", "id"))
