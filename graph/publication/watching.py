"""What has become of a watch list since a day or an edition: new, changed, slipped and lapsed rows, by organization.

Days come from the facts alone: a change is of the day on which the newest statement that carries it became known or
came to hold, or that it names (a contract ends). So the same facts give the same news, whenever somebody asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from graph.analytics.contracts.slippage import Slip, slippage
from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Scope
from graph.comparison.diff import ChangeKind, RowChange, carriers, difference_between
from graph.evidence.lens import Lens
from graph.evidence.link_time import FOLLOWS_FROM
from graph.publication.living import CHOSEN, statements_by_subject
from graph.publication.watchlists import WatchList
from graph.stores.base import Reader, Store
from graph.vocabulary.enums import Commitment, LinkStatus
from graph.vocabulary.model import Row
from graph.vocabulary.values import PartialDate

ALL_CONTRACTS = Scope(status=frozenset(LinkStatus), commitment=frozenset(Commitment))
MAX_SOURCES = 5
"""Sources that are named of a row, the newest first."""


class Became(StrEnum):
    """What became of a row; the first that holds."""

    NEW = "NEW"
    LAPSED = "LAPSED"
    SLIPPED = "SLIPPED"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class WatchedRow:
    """A row with what changed of it. `slips` are its planned starts that moved. `day` is that of the newest of it, by
    the facts; `sources` carry it, the newest first."""

    became: Became
    label: str
    key: str
    name: str
    day: date
    changes: tuple[RowChange, ...]
    slips: tuple[Slip, ...]
    sources: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class OrganizationNews:
    """The rows of an organization: contracts first, then other links, then what else there is."""

    key: str
    name: str
    rows: tuple[WatchedRow, ...]


@dataclass(frozen=True)
class WatchReport:
    """What became of a list from `before` to `after`; `news` are in the order of the list, without organizations of
    which there are none."""

    watched: WatchList
    before: Lens
    after: Lens
    data_version: str
    data_through: date | None
    news: tuple[OrganizationNews, ...]

    @property
    def rows(self) -> list[WatchedRow]:
        """Each row once, the newest first."""
        every = {(row.label, row.key): row for one in self.news for row in one.rows}
        return sorted(every.values(), key=lambda row: (-row.day.toordinal(), row.label, row.key))


async def watch(store: Store, watched: WatchList, before: Lens, after: Lens) -> WatchReport:
    """Raises BadWatchList, BadLens, StoreError."""
    then, now = [await store.reader(lens) for lens in (before, after)]
    await watched.check(now)
    changes = [one for one in await difference_between(store, then, now) if _owners(one, watched)]
    slips = await _slips(now, then.lens)
    evidence = await _carried_by(then, now, sorted({change.key for change in changes}))
    rows: dict[str, list[WatchedRow]] = {}
    for _, group in groupby(changes, key=lambda one: (one.label, one.key)):
        of_row = list(group)
        made = _watched_row(now, of_row, slips.get(of_row[0].key, ()), evidence)
        for owner in _owners(of_row[0], watched):
            rows.setdefault(owner, []).append(made)
    names = dict(zip(watched.organizations, await now.get("Organization", watched.organizations), strict=True))
    return WatchReport(
        watched=watched,
        before=then.lens,
        after=now.lens,
        data_version=now.version.id,
        data_through=now.data_through,
        news=tuple(
            OrganizationNews(key, str((row and row["name"]) or key), tuple(rows[key]))
            for key, row in names.items()
            if key in rows
        ),
    )


def _owners(change: RowChange, watched: WatchList) -> list[str]:
    """The organizations of the list that a change is news of."""
    keys = [row.key for row in change.subjects if row.key in watched.types]
    return [key for key in keys if (types := watched.types[key]) is None or change.type in types]


async def _slips(now: Reader, before: Lens) -> Mapping[str, Sequence[Slip]]:
    """By link, what became known since."""
    facts = await facts_of(now)
    by_link: dict[str, list[Slip]] = {}
    for slip in slippage(facts.snapshot, facts.plans, ALL_CONTRACTS).rows:
        if before.known_on and slip.known_on > before.known_on:
            by_link.setdefault(slip.link.key, []).append(slip)
    return by_link


@dataclass(frozen=True, slots=True)
class _CarriedBy:
    """The chosen statements about rows under both lenses, by row, and their sources by key."""

    then: Mapping[str, Sequence[Row]]
    now: Mapping[str, Sequence[Row]]
    sources: Mapping[str, Row]

    def sides(self, change: RowChange) -> tuple[list[Row], list[Row]]:
        """The statements that carry a change: those of then, and those of now."""
        return carriers(change, self.then.get(change.key, ()), self.now.get(change.key, ()))


async def _carried_by(then: Reader, now: Reader, keys: Sequence[str]) -> _CarriedBy:
    chosen = [await statements_by_subject(reader, keys, CHOSEN) for reader in (then, now)]
    cited = {row.columns["source"] for of in chosen for rows in of.values() for row in rows}
    rows = [row for reader in (then, now) for row in await reader.get("Source", sorted(cited))]
    return _CarriedBy(chosen[0], chosen[1], {row.key: row for row in rows if row})


def _watched_row(now: Reader, changes: Sequence[RowChange], slips: Sequence[Slip], evidence: _CarriedBy) -> WatchedRow:
    head = changes[0]
    sides = [evidence.sides(change) for change in changes]
    statements = [row for old, new in sides for row in new or old]
    days = [day for change, side in zip(changes, sides, strict=True) for day in _days(change, [*side[0], *side[1]])]
    days += [slip.known_on for slip in slips]
    today = now.lens.valid_on or date.max
    cited = {row.columns["source"] for row in statements}
    sources = [evidence.sources[key] for key in cited if key in evidence.sources]
    return WatchedRow(
        became=_became(changes, slips),
        label=head.label,
        key=head.key,
        name=head.name or head.key,
        day=max((day for day in days if day <= today), default=now.data_through or date.min),
        changes=tuple(changes),
        slips=tuple(slips),
        sources=tuple(sorted(sources, key=_newest_first)[:MAX_SOURCES]),
    )


def _became(changes: Sequence[RowChange], slips: Sequence[Slip]) -> Became:
    if any(change.kind is ChangeKind.ADDED for change in changes):
        return Became.NEW
    ended = any(change.property == "in_force" and change.before and not change.after for change in changes)
    if ended or any(change.kind is ChangeKind.REMOVED for change in changes):
        return Became.LAPSED
    return Became.SLIPPED if slips else Became.CHANGED


def _days(change: RowChange, statements: Iterable[Row]) -> Iterator[date]:
    """The days of a change: when the statements that carry it became known, were withdrawn, or came to hold; and where
    the passing of time alone may have made it, the days that they name."""
    follows = change.property is None or change.property in FOLLOWS_FROM
    deciding = FOLLOWS_FROM[change.property or "in_force"] if follows else frozenset()
    for row in statements:
        yield from (day for day in (row["known_from"], row["withdrawn"]) if day)
        if row["as_of"]:
            yield row["as_of"].latest
        value = json.loads(row.columns["value"])
        if row.columns["property"] in deciding and isinstance(value, str) and value[:4].isdigit():
            yield PartialDate.read(value).latest


def _newest_first(source: Row) -> tuple[int, str]:
    published = source["published"]
    return -(published.earliest.toordinal() if published else 0), source.key
