"""Recency: how new the newest source is that cites a party. What no source could have said yet is not overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from datetime import date
from typing import Any

from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import exclusion_reason, is_known
from graph.evidence.statements import Statement


def newest_publications(log: StatementLog, lens: Lens, parties: Set[str]) -> Mapping[str, date]:
    """By party, when the newest source was published, at the earliest, that is known under the lens and says something
    of it, or of what names it: a link, an observation. Whether that holds on valid_on already does not matter."""
    newest: dict[str, date] = {}
    whenever = replace(lens, valid_on=date.max)
    for subject, cited in _subjects_of(log, lens, parties).items():
        for day in _published(log, log.by_subject.get(subject, ()), whenever):
            for party in cited:
                newest[party] = max(day, newest.get(party, day))
    return newest


def _subjects_of(log: StatementLog, lens: Lens, parties: Set[str]) -> Mapping[str, set[str]]:
    """The subjects that name parties, and the parties themselves, each with the parties that it is about."""
    cited = {party: {party} for party in parties}
    for statement in log.statements:
        for value in _texts(statement.value):
            if value in parties and is_known(statement, lens):
                cited.setdefault(statement.subject, set()).add(value)
    return cited


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()


def _published(log: StatementLog, statements: tuple[Statement, ...], lens: Lens) -> Iterator[date]:
    for statement in statements:
        source = log.sources[statement.source]
        if source.published and is_known(statement, lens) and exclusion_reason(statement, source, lens) is None:
            yield source.published.earliest
