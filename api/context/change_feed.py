"""The change feed: one poller per app reads the journal of the store and publishes every change to the subscribers
whose filter it passes.

Polling the journal shows changes of any process, over every store. Without subscribers nothing is polled."""

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

MAX_SUBJECTS = 500
"""Subjects of one change event; `all` stands for more."""
_ENTRIES_PER_READ = 100
_KEYS_PER_READ = 500
_ACTIONS_WITHOUT_CHANGE = (Action.REFUSED, Action.TOKEN)


SubjectName = tuple[str | None, str]
"""A label, or None for any label, and a key."""


@dataclass(frozen=True)
class TouchedSubject:
    """A subject of a write. A link also has its type and what it joins or names, as far as statements still say so:
    a link that was removed together with its statements has neither."""

    label: str
    key: str
    type: str | None = None
    ends: frozenset[SubjectName] = frozenset()

    @property
    def is_unknown_link(self) -> bool:
        return self.label == "Link" and self.type is None

    @cached_property
    def names(self) -> frozenset[SubjectName]:
        """The names under which a filter selects the subject."""
        return self.ends | {(None, self.key), (self.label, self.key)}


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A new data version. `all`: more subjects changed than are listed, possibly any."""

    version: DataVersion
    subjects: tuple[TouchedSubject, ...]
    all: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Selects the changes of some subjects and of links that name one of them, and those of links of some types. None
    selects any. A link without a known type passes every filter."""

    subjects: frozenset[SubjectName] | None = None
    types: frozenset[str] | None = None

    def select(self, change: ChangeEvent) -> ChangeEvent | None:
        """The part of a change that passes; None where nothing does."""
        subjects = change.subjects if self == EVERYTHING else tuple(filter(self._passes, change.subjects))
        if not subjects and not change.all:
            return None
        return replace(change, subjects=subjects[:MAX_SUBJECTS], all=change.all or len(subjects) > MAX_SUBJECTS)

    def _passes(self, subject: TouchedSubject) -> bool:
        if subject.is_unknown_link:
            return True
        return (self.types is None or subject.type in self.types) and (
            self.subjects is None or not self.subjects.isdisjoint(subject.names)
        )


EVERYTHING = ChangeFilter()


class Subscriber:
    """The queue of one subscription. A full queue is replaced by one event with `all`, so that a slow subscriber costs
    no memory and still learns that it has to read anew."""

    def __init__(self, filter: ChangeFilter, max_queued: int) -> None:
        self._filter = filter
        self._max_queued = max_queued
        self._queue: deque[ChangeEvent] = deque()
        self._filled = asyncio.Event()

    def publish(self, change: ChangeEvent) -> None:
        event = self._filter.select(change)
        if event is None:
            return
        if len(self._queue) == self._max_queued:
            self._queue.clear()
            event = replace(event, subjects=(), all=True)
        self._queue.append(event)
        self._filled.set()

    async def next(self) -> ChangeEvent:
        """Remove and return the oldest event; wait for one where the queue is empty."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


class ChangeFeed:
    """One poller for all subscribers. After a failure of the store it polls on, publishes what was written meanwhile,
    and keeps its subscribers."""

    def __init__(self, provider: StoreProvider, poll_seconds: float, max_queued: int) -> None:
        self._provider = provider
        self._poll_seconds = poll_seconds
        self._max_queued = max_queued
        self._subscribers: set[Subscriber] = set()
        self._poller: asyncio.Task[None] | None = None
        self._position: int | None = None
        """Number of the last journal entry that was published."""
        self._positioned = asyncio.Event()

    @property
    def subscribers(self) -> int:
        return len(self._subscribers)

    @property
    def is_polling(self) -> bool:
        return self._poller is not None

    @property
    def is_positioned(self) -> bool:
        """Whether the head of the journal has been read, from which on changes are published."""
        return self._positioned.is_set()

    @asynccontextmanager
    async def subscribe(self, filter: ChangeFilter) -> AsyncIterator[Subscriber]:
        """Entered as soon as the head of the journal is known: all later changes are published."""
        subscriber = Subscriber(filter, self._max_queued)
        self._subscribers.add(subscriber)
        try:
            if self._poller is None:
                self._poller = asyncio.create_task(self._poll())
            await self._positioned.wait()
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            if not self._subscribers:
                await self._stop_polling()

    async def _stop_polling(self) -> None:
        """The next subscriber starts at the head that the journal has then."""
        poller, self._poller, self._position = self._poller, None, None
        self._positioned.clear()
        if poller is not None:
            poller.cancel()
            await asyncio.gather(poller, return_exceptions=True)

    async def _poll(self) -> None:
        is_failing = False
        while True:
            try:
                await self._publish_new_entries()
                is_failing = False
            except WattgraphError as problem:
                if not is_failing:
                    logger.warning("The journal cannot be read, retrying: %s", problem)
                is_failing = True
            except Exception:  # an unexpected error of a driver must not end the polling
                logger.exception("The journal cannot be read, retrying")
                is_failing = True
            await asyncio.sleep(self._poll_seconds)

    async def _publish_new_entries(self) -> None:
        """Raises StoreError."""
        store = self._provider.store
        head = (await store.journal_head()).number
        if self._position is None:
            self._position = head
            self._positioned.set()
        if head < self._position:  # the store was emptied or replaced
            await self.publish(ChangeEvent((await store.reader()).version, (), all=True))
            self._position = head
        while self._position < head and (entries := await store.journal(self._position, _ENTRIES_PER_READ)):
            for entry in entries:
                change = await self._change_of(entry)
                self._position = entry.number  # only now: an entry that failed is read again
                if change is not None:
                    await self.publish(change)

    async def publish(self, change: ChangeEvent) -> None:
        """Filtering thousands of subjects for hundreds of subscribers takes long, so it yields after each of them."""
        for subscriber in tuple(self._subscribers):
            subscriber.publish(change)
            await asyncio.sleep(0)

    async def _change_of(self, entry: Entry) -> ChangeEvent | None:
        if entry.action in _ACTIONS_WITHOUT_CHANGE:
            return None
        version = DataVersion(entry.version, entry.at, entry.statements, entry.reason)
        if entry.more or entry.action in (Action.POLICY, Action.REPAIR):
            return ChangeEvent(version, (), all=True)
        subjects = [_label_and_key(subject) for subject in entry.subjects]
        reader = await self._provider.store.reader()
        return ChangeEvent(version, await touched_subjects(reader, subjects)) if subjects else None


def _label_and_key(subject: str) -> tuple[str, str]:
    label, _, key = subject.partition(":")
    return label, key


# ---- touched links

_ENDS = Query("Statement", Compare("property", "in", LINKS_BOTH.columns))
"""Statements about what a link joins or names."""


async def touched_subjects(reader: Reader, subjects: Sequence[tuple[str, str]]) -> tuple[TouchedSubject, ...]:
    """Subjects by label and key, with type and ends of the links among them.

    These are read from the statements, which still have them of a link that the lens does not show any more."""
    links: dict[str, TouchedSubject] = {}
    keys = [key for label, key in subjects if label == "Link"]
    for start in range(0, len(keys), _KEYS_PER_READ):
        batch = keys[start : start + _KEYS_PER_READ]
        statements = await reader.find_each(STATEMENTS_OF, batch, _ENDS, Page(_KEYS_PER_READ))
        links |= {key: _touched_link(key, slice.rows) for key, slice in statements.items() if slice.rows}
    return tuple((label == "Link" and links.get(key)) or TouchedSubject(label, key) for label, key in subjects)


def _touched_link(key: str, statements: Sequence[Row]) -> TouchedSubject:
    type_ = statements[0].columns["subject_kind"]
    ends = frozenset(end for statement in statements for end in _ends(statement))
    return TouchedSubject("Link", key, type_, ends)


def _ends(statement: Row) -> Iterator[SubjectName]:
    """What a statement about a link names, under every label that it may have."""
    type_ = KINDS[statement.columns["subject_kind"]].properties[statement.columns["property"]].type
    labels = (None, *(type_.kinds if isinstance(type_, Ref | Refs) else ()))
    value = json.loads(statement.columns["value"])
    return ((label, key) for key in (value if isinstance(value, list) else [value]) for label in labels)
