"""The journal: who did what to the store, and when, as a chain of hashes in which no entry can be altered in silence.

Every entry holds the hash of the one before it, and its own over all its fields. A store keeps with the journal its
head, so that also a missing end is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from graph.errors import ImportKeyReused, StoreDamaged
from graph.evidence.log import LogDifference, StatementLog
from graph.evidence.statements import Source, Statement
from graph.vocabulary.model import KINDS
from graph.vocabulary.values import canonical

MAX_SUBJECTS = 10_000
"""Subjects that an entry names at most."""


class Action(StrEnum):
    """What was done; REFUSED and TOKEN leave the data as they are."""

    LOAD = "LOAD"
    ADD = "ADD"
    RETRACT = "RETRACT"
    REFUSED = "REFUSED"
    TOKEN = "TOKEN"  # noqa: S105 (no secret)
    POLICY = "POLICY"
    """Another version of the policy was put to use: the same statements have another data version."""
    REPAIR = "REPAIR"
    """What the store held was written anew from its statements."""

    @property
    def always_entered(self) -> bool:
        """Whether it enters the journal also when it changed nothing."""
        return self not in (Action.LOAD, Action.POLICY)


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A write as it is requested: the part of an entry that is known beforehand.

    `digest` is a hash of what was requested (`digest_of`); an import key belongs to one digest for ever."""

    action: Action
    actor: str = ""
    reason: str = ""
    import_key: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a request did to the statements: how many were added, were there already, were withdrawn or removed; and
    whom they concern, as `Label:key`. `more`: more subjects than are named."""

    added: int = 0
    unchanged: int = 0
    retracted: int = 0
    subjects: tuple[str, ...] = ()
    more: bool = False


NO_EFFECT = Effect()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a journal: its number and hash."""

    number: int
    hash: str


EMPTY_HEAD = Head(0, "")
"""The head of an empty journal."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done. `at` is ISO 8601 in UTC; `version` and `statements` are the data's afterwards. Entries are
    numbered from 1 without a gap."""

    at: str
    version: str
    statements: int
    action: Action
    actor: str = ""
    reason: str = ""
    import_key: str | None = None
    digest: str | None = None
    added: int = 0
    unchanged: int = 0
    retracted: int = 0
    subjects: tuple[str, ...] = ()
    more: bool = False
    number: int = 0
    previous: str = ""
    hash: str = ""

    @property
    def head(self) -> Head:
        return Head(self.number, self.hash)


def entry_for(request: WriteRequest, effect: Effect, *, at: str, version: str, statements: int, head: Head) -> Entry:
    """The entry that comes after `head`, with its hash."""
    parts = {one.name: getattr(part, one.name) for part in (request, effect) for one in fields(part)}
    return chain_entry(Entry(at=at, version=version, statements=statements, **parts), head)


def chain_entry(entry: Entry, head: Head) -> Entry:
    """The entry as the next after `head`: with its number, the hash before it and its own."""
    linked = replace(entry, number=head.number + 1, previous=head.hash, hash="")
    return replace(linked, hash=_hash_of(linked))


def _hash_of(entry: Entry) -> str:
    return hashlib.sha256(canonical(columns_of(replace(entry, hash=""))).encode()).hexdigest()


def verify(entries: Iterable[Entry], head: Head | None = None, start: Head = EMPTY_HEAD) -> Head:
    """The head of the entries, which follow `start`. Raises StoreDamaged naming the first number that does not fit:
    an entry that was altered, is missing or stands elsewhere, or (with `head`, the one that the store recorded) a
    missing end."""
    last = start
    for entry in entries:
        if (entry.number, entry.previous, entry.hash) != (last.number + 1, last.hash, _hash_of(entry)):
            raise _broken(last.number + 1)
        last = entry.head
    if head is not None and head != last:
        raise _broken(min(head.number, last.number) + (head.number != last.number))
    return last


def _broken(number: int) -> StoreDamaged:
    return StoreDamaged(
        f"The journal cannot be trusted from entry {number} on: it was altered, or entries are missing.",
        remedy="Compare it with a backup.",
    )


def columns_of(entry: Entry) -> dict[str, Any]:
    """All of the entry that is not None; `entry_of` reads it back."""
    columns = asdict(entry) | {"action": str(entry.action), "subjects": list(entry.subjects)}
    return {name: value for name, value in columns.items() if value is not None}


def entry_of(columns: Mapping[str, Any]) -> Entry:
    return Entry(**{**columns, "action": Action(columns["action"]), "subjects": tuple(columns["subjects"])})


# ---- requests and their effects


def action_of(added: StatementLog, retracted: Collection[str]) -> Action:
    return Action.RETRACT if retracted and not added.statements else Action.ADD


def digest_of(added: StatementLog, retracted: Collection[str]) -> str:
    """A hash of what a write requests. The days on which its statements became known and its sources were retrieved
    are not part of it: without a statement of them they are the day of the write, and a retry may be of another."""
    parts = (map(_content, added.statements), map(_source_content, added.sources.values()), sorted(set(retracted)))
    # the bytes of canonical JSON of the three lists, without a text of all of it
    digest = hashlib.sha256(b"[")
    for number, part in enumerate(parts):
        digest.update(b",[" if number else b"[")
        for place, item in enumerate(part):
            digest.update(f"{',' if place else ''}{canonical(item)}".encode())
        digest.update(b"]")
    digest.update(b"]")
    return digest.hexdigest()


def _content(one: Statement) -> list[str | None]:
    return [one.id, one.kind, one.withdrawn.isoformat() if one.withdrawn else None, *one.looked_up]


def _source_content(source: Source) -> list[str | None]:
    published = source.published.text if source.published else None
    content = [source.key, source.url, source.publisher, source.kind, source.origin, source.title, published]
    return [*content, *source.how_read]


def check_repeat(first: Entry, request: WriteRequest) -> None:
    """Raises ImportKeyReused when the key that `first` was written under now comes with another content."""
    if first.digest != request.digest:
        raise ImportKeyReused(
            f"The import key {request.import_key!r} was used for another content on {first.at}.",
            remedy="Give new content a new key; with the same key repeat exactly what was sent.",
        )


def effect_of(requested: StatementLog, difference: LogDifference) -> Effect:
    """What a write did that requested these statements."""
    subjects = _subjects_of(difference)
    withdrawn = {one.id for one in difference.withdrawn}
    added = {one.id for one in difference.added}
    done = added | withdrawn
    return Effect(
        added=len(added),
        unchanged=sum(one.id not in done for one in requested.statements),
        retracted=len(withdrawn) + len(difference.removed),
        subjects=tuple(subjects[:MAX_SUBJECTS]),
        more=len(subjects) > MAX_SUBJECTS,
    )


def _subjects_of(difference: LogDifference) -> list[str]:
    subjects = {(one.kind, one.subject) for one in difference.affected}
    affected = (f"{KINDS[kind].kind_label}:{subject}" for kind, subject in subjects)
    cited = (f"Source:{source.key}" for pair in difference.sources for source in pair if source)
    return sorted({*affected, *cited})
