"""Filters that reach other rows, as the keys of the rows that satisfy them: found once from the other side, instead of
row by row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from graph.concurrency.cooperative import checkpoint
from graph.evidence.projection import Rows
from graph.stores.embedded.row_index import RowGroups, RowIndex
from graph.stores.query import (
    EVERYTHING,
    KEY_COLUMN,
    LINKS_IN,
    LINKS_OUT,
    And,
    Compare,
    Filter,
    Linked,
    Not,
    Or,
    Refers,
    matches,
    other_ends,
)
from graph.vocabulary.model import ENTITIES, Row

_MAX_KEPT = 32
_FEW = 500
"""So few rows at the other end of links are looked up by their links; of more, all links are looked at."""


class ReachedRows:
    """Filters of one projection without their reach: in its place stands a comparison with keys."""

    def __init__(
        self, indexes: Mapping[str, RowIndex], groups: RowGroups, rows: Rows, by_key: Mapping[str, Row]
    ) -> None:
        self._indexes, self._groups, self._by_key = indexes, groups, by_key
        self._all_links = rows["Link"]
        self._kept: OrderedDict[Linked, frozenset[str]] = OrderedDict()

    async def resolved(self, where: Filter, label: str | None) -> Filter:
        """Satisfied by the same rows of the label; of any, without one."""
        match where:
            case And(parts):
                return And(tuple([await self.resolved(part, label) for part in parts]))
            case Or(parts):
                return Or(tuple([await self.resolved(part, label) for part in parts]))
            case Not(part):
                return Not(await self.resolved(part, label))
            case Linked():
                return Compare(KEY_COLUMN, "in", await self._linked(where))
            case Refers(name, part) if label is not None and self._indexes[label].holds_one(name):
                return Compare(name, "in", await self._referred(label, name, part))
        return where

    async def _referred(self, label: str, name: str, where: Filter) -> frozenset[str]:
        """The keys that a column holds, whose rows satisfy the filter."""
        where = await self.resolved(where, None)
        return frozenset([key for key in self._indexes[label].values(name) if await self._satisfies(key, where)])

    async def _satisfies(self, key: str, where: Filter) -> bool:
        await checkpoint()
        row = self._by_key.get(key)
        return row is not None and matches(where, row, self._by_key.get, self._groups.children)

    async def _linked(self, where: Linked) -> frozenset[str]:
        if where in self._kept:
            self._kept.move_to_end(where)
            return self._kept[where]
        keys = self._kept[where] = frozenset(await self._keys_of(where))
        if len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return keys

    async def _keys_of(self, where: Linked) -> set[str]:
        found: set[str] = set()
        fits: dict[str, bool] = {}
        counterparty = await self.resolved(where.counterparty, None)
        for link in await self._links(where):
            await checkpoint()
            for key in where.direction.parents(link):
                for other in other_ends(link, key):
                    if other not in fits:
                        fits[other] = await self._satisfies(other, counterparty)
                    if fits[other]:
                        found.add(key)
        return found

    async def _links(self, where: Linked) -> Collection[Row]:
        """The links that satisfy the filter of links; where few rows can stand at their other end, no others than
        theirs."""
        ends, children = self._few_entities(where.counterparty), self._groups.children
        if ends is None:
            return await self._satisfying(await self.resolved(where.link, "Link"))
        named = {link.key: link for end in ends for one in (LINKS_OUT, LINKS_IN) for link in children(one, end.key)}
        return [link for link in named.values() if matches(where.link, link, self._by_key.get, children)]

    async def _satisfying(self, where: Filter) -> Collection[Row]:
        """The links that satisfy a filter."""
        candidates = self._indexes["Link"].candidates(where)
        if where == EVERYTHING or (candidates is not None and isinstance(where, Compare)):
            return self._all_links.values() if candidates is None else candidates
        satisfying: list[Row] = []
        for link in self._all_links.values() if candidates is None else candidates:
            await checkpoint()
            if matches(where, link, self._by_key.get, self._groups.children):
                satisfying.append(link)
        return satisfying

    def _few_entities(self, where: Filter) -> Iterable[Row] | None:
        """Entities among which are all that satisfy the filter; None where they are not known to be few."""
        few: list[Row] = []
        for label in ENTITIES:
            candidates = self._indexes[label].candidates(where)
            if candidates is None or len(few) + len(candidates) > _FEW:
                return None
            few += candidates
        return few
