"""The log: all statements with the sources they cite, its version, and what differs between two logs."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain, pairwise
from operator import attrgetter
from typing import Any, TypeVar

from graph.errors import BadInput
from graph.evidence.policy import POLICY_VERSION
from graph.evidence.statements import Entered, Source, Statement
from graph.evidence.turning_days import TurningDays

Choices = dict[tuple[Hashable, ...], Any]
"""Values that were chosen among several statements, by what decides that."""


@dataclass(frozen=True)
class StatementLog:
    """Statements and the sources they cite. Statements are kept once by id, and by id in order."""

    statements: Sequence[Statement]
    sources: Mapping[str, Source]

    @staticmethod
    def of(statements: Iterable[Statement], sources: Iterable[Source]) -> StatementLog:
        """Of two equal statements the one that counts longer stays, with what the other knows of where it stands."""
        kept = _by_id_once(statements)
        by_key = {source.key: source for source in sources}
        return StatementLog(kept, {name: by_key[name] for name in sorted(by_key)})

    @staticmethod
    def from_stored(statements: Iterable[Statement], sources: Iterable[Source], version: str | None) -> StatementLog:
        """A log that was stored, under `version` where that is known. Statements come by id, sources by key, each
        once."""
        log = StatementLog(tuple(statements), {source.key: source for source in sources})
        if version is not None:
            vars(log)["version"] = version
        return log

    @cached_property
    def by_id(self) -> Mapping[str, Statement]:
        return InOrder(self.statements, attrgetter("id"))

    @cached_property
    def by_subject(self) -> Mapping[str, tuple[Statement, ...]]:
        grouped: dict[str, list[Statement]] = {}
        for statement in self.statements:
            grouped.setdefault(statement.subject, []).append(statement)
        return {subject: tuple(grouped.pop(subject)) for subject in sorted(grouped)}

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of every subject."""
        return {subject: group[0].kind for subject, group in self.by_subject.items()}

    @cached_property
    def choices(self) -> Choices:
        """What was chosen among statements of this log before (`select_values`)."""
        return {}

    @cached_property
    def turning_days(self) -> TurningDays:
        return TurningDays.of(self.statements, self.sources)

    @cached_property
    def version(self) -> str:
        """A hash over everything that answers depend on: statements with their times, sources with their grades,
        policy."""
        return self.version_under(POLICY_VERSION)

    def version_under(self, policy: int) -> str:
        """The same with another version of the policy, under which it was stored."""
        digest = hashlib.sha256(str(policy).encode())
        for dated in _dated(self.statements):
            digest.update(f"\n{dated}".encode())
        for source in self.sources.values():
            digest.update(f"\n{json.dumps(_graded(source))}".encode())
        return digest.hexdigest()[:16]

    def since(self, before: StatementLog) -> LogDifference:
        """What this log has otherwise than `before`."""
        sources = tuple(_altered(before.sources, self.sources))
        regraded = {now.key for then, now in sources if then and now}
        return LogDifference(
            *_differing(before.statements, self.statements),
            sources=sources,
            regraded=tuple(one for one in self.statements if one.source in regraded) if regraded else (),
        )

    def entered_by(self, entered: Entered) -> StatementLog:
        """The same, marked with where it came in."""
        if all(one.entered is entered for ones in (self.statements, self.sources.values()) for one in ones):
            return self
        return StatementLog.of(
            (_restating(statement, entered=entered) for statement in self.statements),
            (replace(source, entered=entered) for source in self.sources.values()),
        )

    def replacing_seeds_of(self, stored: StatementLog) -> StatementLog:
        """These seeds in place of the ones in `stored`; what entered `stored` by the API stays, with the sources it
        cites."""
        kept = {one.id: one for one in stored.statements if one.entered is Entered.API}
        cited = {statement.source for statement in kept.values()}
        sources = [source for source in stored.sources.values() if source.entered is Entered.API or source.key in cited]
        both = [_sooner(kept.pop(one.id), one) if one.id in kept else one for one in self.statements]
        return StatementLog.of((*both, *kept.values()), (*sources, *self.sources.values()))

    def still_withdrawn(self, added: StatementLog) -> tuple[Statement, ...]:
        """What `added` says and this log holds as withdrawn, though `added` does not: adding it changes nothing."""
        withdrawn = ((one, added.by_id.get(one.id)) for one in self.statements if one.withdrawn)
        return tuple(one for one, said in withdrawn if said and said.withdrawn is None)

    def changed(self, added: StatementLog, retracted: Collection[str], day: date) -> StatementLog:
        """With what is added, and with statements withdrawn by id as of `day`. Raises BadInput; a withdrawn one stays
        so."""
        unknown = sorted(set(retracted) - self.by_id.keys())
        if unknown:
            raise BadInput(f"No statement {', '.join(unknown)}.", remedy="Take ids from the field statements.")
        sources = {**self.sources, **added.sources}
        homeless = sorted({statement.source for statement in added.statements} - sources.keys())
        if homeless:
            raise BadInput(f"No source {', '.join(homeless)}.", remedy="Add the source together with its statements.")
        gone = set(retracted)
        kept = (
            _restating(statement, withdrawn=day, entered=Entered.API)
            if statement.id in gone and statement.withdrawn is None
            else _restated(statement, added.by_id[statement.id])
            if statement.id in added.by_id
            else statement
            for statement in self.statements
        )
        new = (statement for statement in added.statements if statement.id not in self.by_id)
        return StatementLog.of((*kept, *new), sources.values())


def how_to_restore(statement: Statement, day: date) -> str:
    """What brings a withdrawn statement back on a day: the same one stays withdrawn, so it takes another."""
    dated = statement.known_from is not None and statement.known_from.latest >= day
    other = "another note" if dated else f"known_from: '{day}'"
    return f"a claim with {other} says it anew"


@dataclass(frozen=True, slots=True)
class LogDifference:
    """What one log has otherwise than one from before; of the changed what was and what is, of sources pairs with None
    for what was not or is not any more."""

    added: Sequence[Statement]
    changed: Sequence[tuple[Statement, Statement]]
    removed: Sequence[Statement]
    sources: Sequence[tuple[Source | None, Source | None]]
    regraded: Sequence[Statement]
    """Statements whose source is another."""

    @property
    def statements(self) -> int:
        """How many differ."""
        return len(self.added) + len(self.changed) + len(self.removed)

    @property
    def has_changes(self) -> bool:
        return bool(self.statements or self.sources)

    @property
    def upserted(self) -> Sequence[Statement]:
        """The new and the changed."""
        return [*self.added, *(now for _, now in self.changed)] if self.changed else self.added

    @property
    def outdated(self) -> Sequence[Statement]:
        """What was, of the changed and the removed."""
        return [*(then for then, _ in self.changed), *self.removed]

    @property
    def withdrawn(self) -> tuple[Statement, ...]:
        """Those that are withdrawn now and were not before."""
        return tuple(now for then, now in self.changed if now.withdrawn and not then.withdrawn)

    @property
    def affected(self) -> Iterator[Statement]:
        """Statements whose subjects may show otherwise."""
        return chain(self.upserted, self.removed, self.regraded)


T = TypeVar("T")


def _altered(before: Mapping[str, T], after: Mapping[str, T]) -> Iterator[tuple[T | None, T | None]]:
    for key, now in after.items():
        then = before.get(key)
        if then is not now and then != now:
            yield then, now
    yield from ((then, None) for key, then in before.items() if key not in after)


OF_A_DICTIONARY = 50_000
"""Up to so many items a dictionary of all is made; of more it would take as much memory as the items."""


class InOrder(Mapping[str, T]):
    """Items by id, over a sequence in the order of their ids: of few by a dictionary, of many by bisection."""

    def __init__(self, items: Sequence[T], id_of: Callable[[T], str]) -> None:
        self._items = items
        self._id_of = id_of

    @cached_property
    def _few(self) -> Mapping[str, T] | None:
        return {self._id_of(item): item for item in self._items} if len(self._items) <= OF_A_DICTIONARY else None

    def __getitem__(self, id: str) -> T:
        if self._few is not None:
            return self._few[id]
        place = bisect_left(self._items, id, key=self._id_of)
        if place == len(self._items) or self._id_of(self._items[place]) != id:
            raise KeyError(id)
        return self._items[place]

    def __iter__(self) -> Iterator[str]:
        return map(self._id_of, self._items)

    def __len__(self) -> int:
        return len(self._items)


def _by_id_once(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """In the order of their ids, each once."""
    ordered = sorted(statements, key=attrgetter("id"))
    if not any(one.id == next.id for one, next in pairwise(ordered)):
        return tuple(ordered)
    once: list[Statement] = []
    for statement in ordered:
        if once and once[-1].id == statement.id:
            once[-1] = _longer(once[-1], statement)
        else:
            once.append(statement)
    return tuple(once)


def _dated(statements: Iterable[Statement]) -> Iterator[str]:
    """What of each the data version covers."""
    support: dict[int, str] = {}
    for one in statements:
        dated = support.get(id(one.support)) or support.setdefault(id(one.support), one.support.dated())
        yield f"{one.id} {one.said.kind} {dated}"


def _differing(
    before: Sequence[Statement], after: Sequence[Statement]
) -> tuple[Sequence[Statement], Sequence[tuple[Statement, Statement]], Sequence[Statement]]:
    """What is added, changed and removed; both are in the order of their ids."""
    if not before or not after:
        return tuple(after), (), tuple(before)
    added: list[Statement] = []
    changed: list[tuple[Statement, Statement]] = []
    removed: list[Statement] = []
    rest = iter(before)
    then = next(rest, None)
    for now in after:
        while then is not None and then.id < now.id:
            removed.append(then)
            then = next(rest, None)
        if then is None or then.id != now.id:
            added.append(now)
            continue
        if then is not now and then != now:
            changed.append((then, now))
        then = next(rest, None)
    removed += [] if then is None else [then, *rest]
    return tuple(added), tuple(changed), tuple(removed)


def _restating(statement: Statement, **changes: Any) -> Statement:
    """The same statement with other support, of parts that its id does not depend on."""
    return Statement.from_stored(statement.subject, statement.said, replace(statement.support, **changes), statement.id)


def _sooner(one: Statement, other: Statement) -> Statement:
    """Merges two records of the same statement: the earlier withdrawal counts; None: neither is withdrawn."""
    withdrawals = (stated.withdrawn for stated in (one, other) if stated.withdrawn)
    return _restating(_looked_up(one, other), withdrawn=min(withdrawals, default=None))


def _longer(one: Statement, other: Statement) -> Statement:
    """Merges two records of the same statement: the later withdrawal counts, or that there is none."""
    return _looked_up(other, one) if _end(other) > _end(one) else _looked_up(one, other)


def _restated(stored: Statement, added: Statement) -> Statement:
    """A stored statement after it was written once more."""
    return _restating(_looked_up(stored, added), entered=added.entered)


def _looked_up(one: Statement, other: Statement) -> Statement:
    """A statement with the locator that another record of it has, if any, and the later look of the two."""
    if not other.looked_up or other.looked_up == one.looked_up:
        return one
    looks = [each.last_verified for each in (one, other) if each.last_verified]
    return _restating(one, locator=other.locator or one.locator, last_verified=max(looks, default=None))


def _end(statement: Statement) -> date:
    return statement.withdrawn or date.max


def _graded(source: Source) -> list[str | None]:
    return [
        source.key,
        source.url,
        source.publisher,
        source.title,
        str(source.published),
        str(source.retrieved),
        source.kind,
        source.reliability,
        source.origin,
        *source.how_read,
        *([source.licence] if source.licence else []),
    ]
