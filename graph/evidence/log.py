"""The log: all statements with the sources they cite, its version, and what differs between two logs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from graph.errors import BadInput
from graph.evidence.policy import POLICY_VERSION
from graph.evidence.statements import Entered, Source, Statement
from graph.evidence.turning_days import TurningDays


@dataclass(frozen=True)
class StatementLog:
    """Statements and the sources they cite. Statements are kept once by id, and by id in order."""

    statements: tuple[Statement, ...]
    sources: Mapping[str, Source]

    @staticmethod
    def of(statements: Iterable[Statement], sources: Iterable[Source]) -> StatementLog:
        """Of two equal statements the one that counts longer stays, with what the other knows of where it stands."""
        kept: dict[str, Statement] = {}
        for statement in statements:
            other = kept.get(statement.id)
            kept[statement.id] = statement if other is None else _longer(other, statement)
        by_key = {source.key: source for source in sources}
        return StatementLog(tuple(kept[name] for name in sorted(kept)), {name: by_key[name] for name in sorted(by_key)})

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
        return {statement.id: statement for statement in self.statements}

    @cached_property
    def by_subject(self) -> Mapping[str, tuple[Statement, ...]]:
        grouped: dict[str, list[Statement]] = {}
        for statement in self.statements:
            grouped.setdefault(statement.subject, []).append(statement)
        return {subject: tuple(group) for subject, group in sorted(grouped.items())}

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of every subject."""
        return {subject: group[0].kind for subject, group in self.by_subject.items()}

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
        parts = [str(policy)]
        parts += [statement.dated for statement in self.statements]
        parts += [json.dumps(_graded(source)) for source in self.sources.values()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def since(self, before: StatementLog) -> LogDifference:
        """What this log has otherwise than `before`."""
        sources = tuple(_altered(before.sources, self.sources))
        regraded = {now.key for then, now in sources if then and now}
        return LogDifference(
            statements=tuple(_altered(before.by_id, self.by_id)),
            sources=sources,
            regraded=tuple(one for one in self.statements if one.source in regraded) if regraded else (),
        )

    def entered_by(self, entered: Entered) -> StatementLog:
        """The same, marked with where it came in."""
        if all(one.entered is entered for ones in (self.statements, self.sources.values()) for one in ones):
            return self
        return StatementLog.of(
            (replace(statement, entered=entered) for statement in self.statements),
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
        pairs = ((one, self.by_id.get(one.id)) for one in added.statements if one.withdrawn is None)
        return tuple(stored for _, stored in pairs if stored and stored.withdrawn)

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
            replace(statement, withdrawn=day, entered=Entered.API)
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
    """What one log has otherwise than one from before: pairs of what was and what is, None for what was not or is not
    any more."""

    statements: tuple[tuple[Statement | None, Statement | None], ...]
    sources: tuple[tuple[Source | None, Source | None], ...]
    regraded: tuple[Statement, ...]
    """Statements whose source is another."""

    @property
    def has_changes(self) -> bool:
        return bool(self.statements or self.sources)

    @property
    def added(self) -> tuple[Statement, ...]:
        return tuple(now for then, now in self.statements if now and not then)

    @property
    def upserted(self) -> tuple[Statement, ...]:
        """The new and the changed."""
        return tuple(now for _, now in self.statements if now)

    @property
    def removed(self) -> tuple[Statement, ...]:
        return tuple(then for then, now in self.statements if then and not now)

    @property
    def withdrawn(self) -> tuple[Statement, ...]:
        """Those that are withdrawn now and were not before."""
        return tuple(now for then, now in self.statements if then and now and now.withdrawn and not then.withdrawn)

    @property
    def affected(self) -> tuple[Statement, ...]:
        """Statements whose subjects may show otherwise."""
        return (*self.upserted, *self.removed, *self.regraded)


T = TypeVar("T")


def _altered(before: Mapping[str, T], after: Mapping[str, T]) -> Iterator[tuple[T | None, T | None]]:
    for key, now in after.items():
        then = before.get(key)
        if then is not now and then != now:
            yield then, now
    yield from ((then, None) for key, then in before.items() if key not in after)


def _sooner(one: Statement, other: Statement) -> Statement:
    """Merges two records of the same statement: the earlier withdrawal counts; None: neither is withdrawn."""
    withdrawals = (stated.withdrawn for stated in (one, other) if stated.withdrawn)
    return replace(_looked_up(one, other), withdrawn=min(withdrawals, default=None))


def _longer(one: Statement, other: Statement) -> Statement:
    """Merges two records of the same statement: the later withdrawal counts, or that there is none."""
    return _looked_up(other, one) if _end(other) > _end(one) else _looked_up(one, other)


def _restated(stored: Statement, added: Statement) -> Statement:
    """A stored statement after it was written once more."""
    return replace(_looked_up(stored, added), entered=added.entered)


def _looked_up(one: Statement, other: Statement) -> Statement:
    """A statement with the locator that another record of it has, if any, and the later look of the two."""
    if not other.looked_up or other.looked_up == one.looked_up:
        return one
    looks = [each.last_verified for each in (one, other) if each.last_verified]
    return replace(one, locator=other.locator or one.locator, last_verified=max(looks, default=None))


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
