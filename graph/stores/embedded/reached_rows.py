"""Filters that reach other rows, as the keys of the rows that satisfy them: found once from the other side, instead of
row by row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

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
    Predicate,
    Refers,
    Relation,
    other_ends,
    predicate,
)
from graph.vocabulary.model import ENTITIES, Row

F = TypeVar("F", bound=Filter)
T = TypeVar("T")

_MAX_KEPT = 32
_AT_ONCE = 100
"""Rows that are looked at between two checkpoints: of each, as many conditions as a filter may have."""
_OPPOSITE: Mapping[Relation, tuple[str, str]] = {LINKS_OUT: ("from", "to"), LINKS_IN: ("to", "from")}
"""The column of a link that names a row, and the one that names its counterparty."""
_FEW = 500
"""So few rows at the other end of links are looked up by their links; of more, all links are looked at."""


class ReachedRows:
    """Filters of one projection without their reach: in its place stands a comparison with keys."""

    def __init__(
        self, indexes: Mapping[str, RowIndex], groups: RowGroups, rows: Rows, by_key: Mapping[str, Row]
    ) -> None:
        self._indexes, self._groups, self._by_key = indexes, groups, by_key
        self._rows = rows
        self._linked_keys = _Kept[Linked]()
        self._entity_keys = _Kept[Filter]()

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
                return Compare(KEY_COLUMN, "in", await self._linked_keys.get(where, self._keys_of))
            case Refers(name, part) if label is not None and self._indexes[label].holds_one(name):
                return Compare(name, "in", await self._referred(label, name, part))
        return where

    def _predicate(self, where: Filter) -> Predicate:
        return predicate(where, self._by_key.get, self._groups.children)

    async def _referred(self, label: str, name: str, where: Filter) -> frozenset[str]:
        """The keys that a column holds, whose rows satisfy the filter."""
        fits = self._predicate(await self.resolved(where, None))
        keys: list[str] = []
        async for some in _slices(self._indexes[label].values(name)):
            keys += [key for key in some if (row := self._by_key.get(key)) is not None and fits(row)]
        return frozenset(keys)

    async def _keys_of(self, where: Linked) -> frozenset[str]:
        """The keys of rows that the filter holds of."""
        found: set[str] = set()
        fitting = await self._entity_keys.get(where.counterparty, self._entities)
        direction = where.direction
        if direction in _OPPOSITE:  # a row is the one end, its counterparty the other
            async for pairs in _slices(await self._ends(where, *_OPPOSITE[direction])):
                found.update([own for own, other in pairs if other in fitting])
            return frozenset(found)
        async for links in _slices(await self._links(where)):
            found |= {
                key
                for link in links
                for key in direction.parents(link)
                if not fitting.isdisjoint(other_ends(link, key))
            }
        return frozenset(found)

    async def _ends(self, where: Linked, *columns: str) -> Collection[tuple[str, ...]]:
        """What these columns hold of the links that satisfy the filter of links."""
        ranged = self._indexes["Link"].range(where.link)
        if ranged is not None and isinstance(where.link, Compare) and self._few_entities(where.counterparty) is None:
            op, want = where.link.op, where.link.value
            return [*zip(*(ranged.satisfying_in(column, op, want) for column in columns), strict=True)]
        return [tuple(link.columns[column] for column in columns) for link in await self._links(where)]

    async def _entities(self, where: Filter) -> frozenset[str]:
        """The keys of the entities that satisfy a filter."""
        fits = self._predicate(await self.resolved(where, None))
        keys: list[str] = []
        for label in ENTITIES:
            candidates = self._indexes[label].candidates(where)
            async for some in _slices(self._rows[label].values() if candidates is None else candidates):
                keys += [row.key for row in some if fits(row)]
        return frozenset(keys)

    async def _links(self, where: Linked) -> Collection[Row]:
        """The links that satisfy the filter of links; where few rows can stand at their other end, no others than
        theirs."""
        ends, children = self._few_entities(where.counterparty), self._groups.children
        if ends is None:
            return await self._satisfying(await self.resolved(where.link, "Link"))
        named = {link.key: link for end in ends for one in (LINKS_OUT, LINKS_IN) for link in children(one, end.key)}
        return [*filter(self._predicate(where.link), named.values())]

    async def _satisfying(self, where: Filter) -> Collection[Row]:
        """The links that satisfy a filter."""
        candidates = self._indexes["Link"].candidates(where)
        if where == EVERYTHING or (candidates is not None and isinstance(where, Compare)):
            return self._rows["Link"].values() if candidates is None else candidates
        fits, satisfying = self._predicate(where), list[Row]()
        async for links in _slices(self._rows["Link"].values() if candidates is None else candidates):
            satisfying += filter(fits, links)
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


class _Kept(Generic[F]):
    """The keys that filters stand for; of those asked for lately."""

    def __init__(self) -> None:
        self._keys: OrderedDict[F, frozenset[str]] = OrderedDict()

    async def get(self, where: F, find: Callable[[F], Awaitable[frozenset[str]]]) -> frozenset[str]:
        if where in self._keys:
            self._keys.move_to_end(where)
            return self._keys[where]
        keys = self._keys[where] = await find(where)
        if len(self._keys) > _MAX_KEPT:
            self._keys.popitem(last=False)
        return keys


async def _slices(items: Collection[T]) -> AsyncIterator[Sequence[T]]:
    """Parts that are short work, with a checkpoint before each."""
    every = iter(items)
    while some := [*islice(every, _AT_ONCE)]:
        await checkpoint()
        yield some
