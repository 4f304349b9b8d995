"""Statements: who says what about whom, since when it holds and when it became known. The atom of everything else."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Iterable, Iterator
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
class Said:
    """What statements say of a subject of `kind` (a link type for links): that its `property` is `value`. Statements
    that say the same may share one."""

    kind: str
    property: str
    value: Any
    text: str = field(init=False, compare=False, repr=False)
    """The value as canonical JSON: equal for equal values."""

    def __post_init__(self) -> None:
        _put_text(self, canonical(KINDS[self.kind].properties[self.property].type.to_json(self.value)))

    @classmethod
    def from_stored(cls, kind: str, name: str, value: Any, text: str) -> Said:
        """What was stored with its text."""
        said = object.__new__(cls)
        for put, part in zip(_PUT_SAID, (kind, name, value, text), strict=True):
            put(said, part)
        return said

    @builtins.property
    def about(self) -> Property:
        return KINDS[self.kind].properties[self.property]


@dataclass(frozen=True, slots=True)
class Support:
    """Who says something, how surely, and when. The statements of one claim by one source share one.

    `as_of`: since when the value holds, where it changed over time. `known_from` is what the claim itself says of when
    it became known; `known_earliest` (None: at any time) and `known_latest` are the interval that follows from it, the
    source and the record. From `withdrawn` on it no longer counts. `locator` is where in the document it stands,
    `last_verified` when somebody last compared them."""

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
    _content: str | None = field(default=None, init=False, repr=False, compare=False)

    def content(self) -> str:
        """What of it makes a statement this one, as JSON. The times at which it became known and was withdrawn are not
        part of it, nor is where it stands and when somebody looked: it stays the same when these are filled in."""
        if self._content is None:
            support = f"{json_text(self.source)}, {json_text(self.confidence)}, {json_text(self.nature)}"
            as_of = "null" if self.as_of is None else json_text(self.as_of.text)
            known_from = "null" if self.known_from is None else json_text(self.known_from.text)
            note = "null" if self.note is None else json_text(self.note)
            object.__setattr__(self, "_content", f"{support}, {as_of}, {known_from}, {note}")
        return str(self._content)

    def dated(self) -> str:
        """What of it the data version covers beside the id."""
        dated = f"{self.known_earliest} {self.known_latest} {self.withdrawn}"
        return " ".join((dated, *self.looked_up)) if self.last_verified or self.locator else dated

    @property
    def looked_up(self) -> tuple[str, ...]:
        """When somebody looked and where it stands; nothing where neither is said."""
        if not (self.last_verified or self.locator):
            return ()
        return self.last_verified.isoformat() if self.last_verified else "", self.locator or ""


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Statement:
    """One source says `property` of `subject` is `value`. What it says and who says so are shared with others: a log of
    millions holds four words of each."""

    subject: str
    said: Said
    support: Support
    id: str
    """A hash of the content."""

    def __init__(self, subject: str, kind: str, property: str, value: Any, *support: Any, **more: Any) -> None:
        """`support` and `more` are the parts of Support."""
        said, supported = Said(kind, property, value), Support(*support, **more)
        self._fill(subject, said, supported, _id(f"[{json_text(subject)}", said, supported.content()))

    @staticmethod
    def each(subject: str, said: Iterable[Said], support: Support) -> Iterator[Statement]:
        """The statements of one claim by one source about a subject."""
        begin, end = f"[{json_text(subject)}", support.content()
        for one in said:
            yield Statement.from_stored(subject, one, support, _id(begin, one, end))

    @classmethod
    def from_stored(cls, subject: str, said: Said, support: Support, id: str) -> Statement:
        """A statement whose id is known."""
        statement = object.__new__(cls)
        statement._fill(subject, said, support, id)
        return statement

    def _fill(self, subject: str, said: Said, support: Support, id: str) -> None:
        _put_subject(self, subject)
        _put_said(self, said)
        _put_support(self, support)
        _put_id(self, id)

    def but(self, **changes: Any) -> Statement:
        """The same with other parts, and the id that follows from them."""
        about = {"subject": self.subject, "kind": self.kind, "property": self.property, "value": self.value}
        support = {one.name: getattr(self.support, one.name) for one in fields(Support) if one.init}
        return Statement(**(about | support | changes))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statement):
            return NotImplemented
        return self is other or (
            self.subject == other.subject
            and (self.said is other.said or self.said == other.said)
            and (self.support is other.support or self.support == other.support)
        )

    def __hash__(self) -> int:
        return hash(self.id)

    @builtins.property
    def dated(self) -> str:
        """What of it the data version covers."""
        return f"{self.id} {self.kind} {self.support.dated()}"

    @builtins.property
    def looked_up(self) -> tuple[str, ...]:
        return self.support.looked_up

    @builtins.property
    def about(self) -> Property:
        return self.said.about

    @builtins.property
    def slot(self) -> str:
        return self.about.type.slot(self.value)

    # the parts of both

    @builtins.property
    def kind(self) -> str:
        return self.said.kind

    @builtins.property
    def value(self) -> Any:
        return self.said.value

    @builtins.property
    def text(self) -> str:
        return self.said.text

    @builtins.property
    def source(self) -> str:
        return self.support.source

    @builtins.property
    def confidence(self) -> Confidence:
        return self.support.confidence

    @builtins.property
    def nature(self) -> Nature:
        return self.support.nature

    @builtins.property
    def known_earliest(self) -> date | None:
        return self.support.known_earliest

    @builtins.property
    def known_latest(self) -> date:
        return self.support.known_latest

    @builtins.property
    def as_of(self) -> PartialDate | None:
        return self.support.as_of

    @builtins.property
    def known_from(self) -> PartialDate | None:
        return self.support.known_from

    @builtins.property
    def withdrawn(self) -> date | None:
        return self.support.withdrawn

    @builtins.property
    def note(self) -> str | None:
        return self.support.note

    @builtins.property
    def locator(self) -> str | None:
        return self.support.locator

    @builtins.property
    def last_verified(self) -> date | None:
        return self.support.last_verified

    @builtins.property
    def entered(self) -> Entered:
        return self.support.entered

    @builtins.property
    def property(self) -> str:
        return self.said.property


def _id(begin: str, said: Said, end: str) -> str:
    # the bytes of json.dumps of the whole, in a third of its time
    content = f"{begin}, {json_text(said.property)}, {json_text(said.text)}, {end}]"
    return hashlib.sha256(content.encode()).hexdigest()[:24]


_PUT_SAID = tuple(getattr(Said, one.name).__set__ for one in fields(Said))
"""Sets each slot of a frozen object, as those below."""
_put_text = _PUT_SAID[-1]
_put_subject, _put_said, _put_support, _put_id = (getattr(Statement, one.name).__set__ for one in fields(Statement))
