"""What is told of changes while they happen: one hub per app reads the journal of the store and hands every listener
what it wants to know.

The journal is polled, so a change is seen whichever process wrote it, over every store. While nobody listens nothing is
read.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from api.context.store_provider import StoreProvider
from graph.audit.journal import Action, Entry
from graph.errors import WattgraphError
from graph.stores.base import DataVersion, Reader
from graph.stores.query import LINKS_BOTH, STATEMENTS_OF, Compare, Page, Query
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.types import Ref, Refs

logger = logging.getLogger(__name__)

MOST_SUBJECTS = 500
"""Subjects that one change names at most."""
ENTRIES_AT_ONCE = 100
KEYS_AT_ONCE = 500
_SILENT = (Action.REFUSED, Action.TOKEN)
"""Actions that leave the data as they are."""


Name = tuple[str | None, str]
"""A label, or None for whichever it is, and a key."""


@dataclass(frozen=True)
class TouchedSubject:
    """A subject that a write touched. Of a link also its type and what it joins or names, as far as that is still
    known: of a link that is gone with its statements it is not."""

    label: str
    key: str
    type: str | None = None
    ends: frozenset[Name] = frozenset()

    @property
    def is_unknown_link(self) -> bool:
        return self.label == "Link" and self.type is None

    @cached_property
    def names(self) -> frozenset[Name]:
        """Whoever asks for one of these is told."""
        return self.ends | {(None, self.key), (self.label, self.key)}


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """The data became another version. `all`: more subjects changed than are listed, possibly any."""

    version: DataVersion
    subjects: tuple[TouchedSubject, ...]
    all: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes a listener is told: those of a subject or of a link that names it, and those of links of the
    types. None: of any. A link of which nothing is known any more is told to everybody."""

    subjects: frozenset[Name] | None = None
    types: frozenset[str] | None = None

    def of(self, change: ChangeEvent) -> ChangeEvent | None:
        """The part of a change that is wanted."""
        found = change.subjects if self == EVERYTHING else tuple(filter(self._wants, change.subjects))
        if not found and not change.all:
            return None
        return replace(change, subjects=found[:MOST_SUBJECTS], all=change.all or len(found) > MOST_SUBJECTS)

    def _wants(self, touched: TouchedSubject) -> bool:
        if touched.is_unknown_link:
            return True
        return (self.types is None or touched.type in self.types) and (
            self.subjects is None or not self.subjects.isdisjoint(touched.names)
        )


EVERYTHING = ChangeFilter()


class Subscriber:
    """The changes that one listener has not taken yet. When they become too many they are put into one that says so,
    so that a slow listener costs no memory and still knows that it has to look."""

    def __init__(self, wanted: ChangeFilter, most: int) -> None:
        self._wanted = wanted
        self._most = most
        self._waiting: deque[ChangeEvent] = deque()
        self._told = asyncio.Event()

    def publish(self, change: ChangeEvent) -> None:
        found = self._wanted.of(change)
        if found is None:
            return
        if len(self._waiting) == self._most:
            self._waiting.clear()
            found = replace(found, subjects=(), all=True)
        self._waiting.append(found)
        self._told.set()

    async def next(self) -> ChangeEvent:
        """The oldest change that was not taken yet."""
        while not self._waiting:
            self._told.clear()
            await self._told.wait()
        return self._waiting.popleft()


class ChangeFeed:
    """One poller for all listeners. A store that does not answer is asked again; what it wrote meanwhile is told then,
    and nobody is sent away."""

    def __init__(self, provider: StoreProvider, every: float, most_waiting: int) -> None:
        self._provider = provider
        self._every = every
        self._most_waiting = most_waiting
        self._subscribers: set[Subscriber] = set()
        self._poller: asyncio.Task[None] | None = None
        self._at: int | None = None
        self._begun = asyncio.Event()

    @property
    def subscribers(self) -> int:
        return len(self._subscribers)

    @property
    def is_polling(self) -> bool:
        return self._poller is not None

    @property
    def has_begun(self) -> bool:
        """Whether it is known from where on changes are told."""
        return self._begun.is_set()

    @asynccontextmanager
    async def listen(self, wanted: ChangeFilter) -> AsyncIterator[Subscriber]:
        """Entered as soon as the store has told where its journal stands: what is written from then on is told."""
        subscriber = Subscriber(wanted, self._most_waiting)
        self._subscribers.add(subscriber)
        try:
            if self._poller is None:
                self._poller = asyncio.create_task(self._poll())
            await self._begun.wait()
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            if not self._subscribers:
                await self._rest()

    async def _rest(self) -> None:
        """Stop polling; who listens next begins with what is written then."""
        poller, self._poller, self._at = self._poller, None, None
        self._begun.clear()
        if poller is not None:
            poller.cancel()
            await asyncio.gather(poller, return_exceptions=True)

    async def _poll(self) -> None:
        answers = True
        while True:
            try:
                await self._look()
                answers = True
            except WattgraphError as problem:
                if answers:
                    logger.warning("The journal cannot be read, it is tried again and again: %s", problem)
                answers = False
            except Exception:  # whatever a driver throws must not end the trying
                logger.exception("The journal cannot be read, it is tried again")
                answers = False
            await asyncio.sleep(self._every)

    async def _look(self) -> None:
        """Tell what was entered since the last look. Raises StoreError."""
        store = self._provider.store
        head = (await store.journal_head()).number
        if self._at is None:
            self._at = head
            self._begun.set()
        if head < self._at:  # the store was emptied, or another one stands in its place
            await self.publish(ChangeEvent((await store.reader()).version, (), all=True))
            self._at = head
        while self._at < head and (entries := await store.journal(self._at, ENTRIES_AT_ONCE)):
            for entry in entries:
                change = await self._change(entry)
                self._at = entry.number  # only now: what failed is tried again
                if change is not None:
                    await self.publish(change)

    async def publish(self, change: ChangeEvent) -> None:
        """A change of thousands of subjects takes long for hundreds of filters, so others get their turn between."""
        for subscriber in tuple(self._subscribers):
            subscriber.publish(change)
            await asyncio.sleep(0)

    async def _change(self, entry: Entry) -> ChangeEvent | None:
        if entry.action in _SILENT:
            return None
        version = DataVersion(entry.version, entry.at, entry.statements, entry.reason)
        if entry.more or entry.action is Action.POLICY:
            return ChangeEvent(version, (), all=True)
        named = [_parts(subject) for subject in entry.subjects]
        reader = await self._provider.store.reader()
        return ChangeEvent(version, await touched(reader, named)) if named else None


def _parts(subject: str) -> tuple[str, str]:
    label, _, key = subject.partition(":")
    return label, key


# ---- what is known of touched links

_JOINS = Query("Statement", Compare("property", "in", LINKS_BOTH.columns))
"""Statements that say what a link joins or names."""


async def touched(reader: Reader, named: Sequence[tuple[str, str]]) -> tuple[TouchedSubject, ...]:
    """Subjects by label and key, with what is known of the links among them.

    It is read from the statements, since they also tell of a link that is shown no more, or joined another before."""
    links: dict[str, TouchedSubject] = {}
    keys = [key for label, key in named if label == "Link"]
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = keys[start : start + KEYS_AT_ONCE]
        said = await reader.find_each(STATEMENTS_OF, part, _JOINS, Page(KEYS_AT_ONCE))
        links |= {key: _link(key, slice.rows) for key, slice in said.items() if slice.rows}
    return tuple((label == "Link" and links.get(key)) or TouchedSubject(label, key) for label, key in named)


def _link(key: str, statements: Sequence[Row]) -> TouchedSubject:
    type_ = statements[0].columns["subject_kind"]
    ends = frozenset(end for statement in statements for end in _ends(statement))
    return TouchedSubject("Link", key, type_, ends)


def _ends(statement: Row) -> Iterator[Name]:
    """What a statement about a link names, under every label that it may have."""
    type_ = KINDS[statement.columns["subject_kind"]].properties[statement.columns["property"]].type
    labels = (None, *(type_.kinds if isinstance(type_, Ref | Refs) else ()))
    value = json.loads(statement.columns["value"])
    return ((label, key) for key in (value if isinstance(value, list) else [value]) for label in labels)
