"""A dataset: entities, links, observations, statements and sources as one lens shows them, batch by batch.

Every format of this folder reads one. Rows come in the order of their keys and are never all held: what a format needs
to know of all of them (names, which link replaces which, who says what) is kept as keys and names alone.

A writer runs in a thread and reads plain iterators; the store answers on its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain, islice
from typing import Protocol, TypeVar

from graph.concurrency.progress import report_progress, run_stoppable
from graph.errors import StoreBusy
from graph.evidence.captions import Rows, caption
from graph.evidence.firmness import replaced_by
from graph.evidence.lens import Lens
from graph.exports.dataset.figures import FigureAddresses, address_rule
from graph.exports.wording import CONTAINS_PRIVATE_FACTS
from graph.publication.editions import EditionStamp
from graph.stores.base import Reader
from graph.stores.names import NamedKey, check_keys, check_party
from graph.stores.query import EVERYTHING, MAX_PER_PAGE, Filter, Page, Query, cursor_of
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import ENTITIES, LABELS, Row, kind_of
from graph.vocabulary.values import Json

T = TypeVar("T")
Batch = Sequence[Row]
BATCH = 2_000
"""Rows that are held at once."""


@dataclass(frozen=True, slots=True)
class LinkSelection:
    """Which links are wanted: a filter, and the same as the query of an address; `keys` and `parties` are what it
    names, which has to exist: keys, and texts with the filter of whom they name. With a filter the dataset holds these
    links, the entities that they name, and what is said of both."""

    where: Filter = EVERYTHING
    query: str = ""
    keys: tuple[NamedKey, ...] = ()
    parties: tuple[tuple[str, Filter], ...] = ()

    async def check(self, reader: Reader) -> None:
        """Raises BadQuery for a name of nothing: an empty file would not tell why it is empty."""
        await check_keys(reader, self.keys)
        for text, where in self.parties:
            await check_party(reader, text, where)


EVERY_LINK = LinkSelection()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What every file says of itself. `lens` has both dates."""

    data_version: str
    lens: Lens
    data_through: date | None
    query: str = ""

    def to_json(self) -> dict[str, Json]:
        return {
            "title": self.title,
            **EditionStamp(self.data_version, self.lens).to_json(),
            "dataThrough": self.data_through and self.data_through.isoformat(),
            "query": self.query,
            "figures": address_rule(self.lens),
            "licence": FACTS_LICENCE.to_json(),
        }

    @property
    def title(self) -> str:
        return f"{TITLE}. {CONTAINS_PRIVATE_FACTS.rstrip('.')}" if self.lens.overlay else TITLE

    @property
    def sentence(self) -> str:
        """All of it for a reader, in plain characters but for those of the query."""
        lens = EditionStamp(self.data_version, self.lens).to_json()["lens"]
        parts = [f"{name} {_words(value)}" for name, value in lens.items() if value is not None]
        through = f", data through {self.data_through}" if self.data_through else ""
        query = f", links where {self.query}" if self.query else ""
        stated = f"Data version {self.data_version}, {', '.join(parts)}{through}{query}"
        rule = address_rule(self.lens)
        return " ".join(
            [f"{self.title}. {stated}.", *([f"{rule}."] if rule else []), FACTS_LICENCE.sentence],
        )


TITLE = "Wattgraph: who provides AI capacity to whom"


def _words(value: Json) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


class RowSource(Protocol):
    """Rows of a label in the order of their keys, in batches."""

    def batches(self, label: str) -> Iterator[Batch]: ...

    def count(self, label: str) -> int:
        """How many there are, about."""

    @property
    def replaced(self) -> Mapping[str, str]:
        """By link, the link that has taken its place."""


@dataclass(frozen=True)
class Dataset:
    """What one lens shows of a selection. `figures` gives its numbers addresses; without it they have none."""

    provenance: Provenance
    source: RowSource
    figures: FigureAddresses | None = None

    def batches(self, label: str) -> Iterator[Batch]:
        """Reports its progress, and stops where nobody waits any more."""
        done, of = 0, self.source.count(label)
        for batch in self.source.batches(label):
            report_progress(f"writing {label}", done, max(of, done))
            yield batch
            done += len(batch)
        report_progress(f"writing {label}", done, max(of, done))

    def rows(self, *labels: str) -> Iterator[Row]:
        for label in labels:
            yield from chain.from_iterable(self.batches(label))

    # what is known of all rows

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of every entity; a debt by issuer and instrument."""
        rows = chain.from_iterable(map(self._quietly, ENTITIES))
        own = {row.key: str(row.columns.get("name", row.key)) for row in rows}
        named = named_rows(own)
        return own | {row.key: caption(row, named) for row in self._quietly("Debt")}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The label of everything that a reference may lead to, by key."""
        referred = [label for label in LABELS if label != "Statement"]
        return {row.key: label for label in referred for row in self._quietly(label)}

    @property
    def replaced(self) -> Mapping[str, str]:
        """By link, the link that has taken its place: it counts no longer."""
        return self.source.replaced

    @cached_property
    def sources_of(self) -> Mapping[str, Sequence[str]]:
        """By subject, the keys of the sources whose statements are chosen."""
        cited: dict[str, dict[str, None]] = {}
        for row in self._quietly("Statement"):
            if row.columns["chosen"]:
                cited.setdefault(row.columns["subject"], {})[row.columns["source"]] = None
        return {subject: sorted(keys) for subject, keys in cited.items()}

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """The address of each source."""
        return {row.key: row.columns["url"] for row in self._quietly("Source")}

    @cached_property
    def named_rows(self) -> Rows:
        """What captions need: the name of each entity, whatever its label."""
        return named_rows(self.names)

    def _quietly(self, label: str) -> Iterator[Row]:
        return chain.from_iterable(self.source.batches(label))


def named_rows(names: Mapping[str, str]) -> Rows:
    """What captions need of entities: by whatever label and key, a row with the name."""
    named = {key: Row("Organization", key, {"name": name}) for key, name in names.items()}
    return dict.fromkeys(ENTITIES, named)


# ---- rows in memory


def in_batches(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


class RowsInMemory:
    """Rows that are there already, such as those of a picture; in any order. `whole`: all links, where those here are a
    part of them."""

    def __init__(self, rows: Mapping[str, Iterable[Row]], replaced: Mapping[str, str] | None = None) -> None:
        self._rows = {label: list(of_label) for label, of_label in rows.items()}
        self.replaced = replaced_by(self._rows.get("Link", ())) if replaced is None else replaced

    def batches(self, label: str) -> Iterator[Batch]:
        return in_batches(self._rows.get(label, ()))

    def count(self, label: str) -> int:
        return len(self._rows.get(label, ()))


# ---- rows of a store


class StoreRows:
    """Rows that a reader gives, fetched on its event loop by a writer that runs in a thread."""

    def __init__(self, reader: Reader, selection: LinkSelection, counts: Mapping[str, int]) -> None:
        self._reader = reader
        self._selection = selection
        self._counts = counts
        self._loop = asyncio.get_running_loop()
        self._parts = _SelectedRows(reader, selection) if selection.where != EVERYTHING else _AllRows(reader)

    def batches(self, label: str) -> Iterator[Batch]:
        stream = self._parts.batches(label)
        while batch := asyncio.run_coroutine_threadsafe(_next_batch(stream), self._loop).result():
            yield batch

    def count(self, label: str) -> int:
        return self._counts[label]

    @cached_property
    def replaced(self) -> Mapping[str, str]:
        """Also by links that are not selected."""
        stream = _AllRows(self._reader).batches("Link")
        replacing: dict[str, str] = {}
        while batch := asyncio.run_coroutine_threadsafe(_next_batch(stream), self._loop).result():
            replacing |= replaced_by(batch)
        return replacing


async def _next_batch(stream: AsyncIterator[Batch]) -> Batch | None:
    return await anext(stream, None)


@dataclass(frozen=True)
class _AllRows:
    reader: Reader

    async def batches(self, label: str) -> AsyncIterator[Batch]:
        batch: list[Row] = []
        async for row in self.reader.stream(label):
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


@dataclass(frozen=True)
class _SelectedRows:
    """The links that a filter selects, what they name, and what is said of both."""

    reader: Reader
    selection: LinkSelection

    async def batches(self, label: str) -> AsyncIterator[Batch]:
        if label == "Link":
            async for links in self._links():
                yield links
        elif label in ENTITIES:
            async for rows in self._named(label, (await self._keys())[1]):
                yield rows
        elif label == "Statement":
            async for rows in self._statements():
                yield rows
        elif label == "Source":
            async for rows in self._named(label, await self._cited()):
                yield rows

    async def _links(self) -> AsyncIterator[Batch]:
        query = Query("Link", self.selection.where)
        part = await self.reader.find(query, Page(first=MAX_PER_PAGE))
        while part.rows:
            yield part.rows
            if not part.has_next:
                return
            part = await self.reader.find(query, Page(first=MAX_PER_PAGE, after=cursor_of(part.rows[-1], ())))

    async def _keys(self) -> tuple[set[str], set[str]]:
        """Of the links, and of what they name."""
        links: set[str] = set()
        named: set[str] = set()
        async for batch in self._links():
            for row in batch:
                links.add(row.key)
                named |= row.keys_in(prop.name for prop in kind_of("Link", row.columns).references())
        return links, named - links

    async def _named(self, label: str, keys: Collection[str]) -> AsyncIterator[Batch]:
        for part in in_batches(sorted(keys)):
            rows = [row for row in await self.reader.get(label, part) if row is not None]
            if rows:
                yield rows

    async def _statements(self) -> AsyncIterator[Batch]:
        links, named = await self._keys()
        subjects = links | named
        async for batch in _AllRows(self.reader).batches("Statement"):
            rows = [row for row in batch if row.columns["subject"] in subjects]
            if rows:
                yield rows

    async def _cited(self) -> set[str]:
        return {row.columns["source"] async for batch in self._statements() for row in batch}


# ---- from a reader


async def written(
    reader: Reader,
    write: Callable[[Dataset], T],
    selection: LinkSelection = EVERY_LINK,
    *,
    figures: bool = False,
    service: str = "",
) -> T:
    """What `write` makes of all that the reader shows of a selection. It runs in a thread of its own, and is stopped
    where nobody awaits it any more. `figures`: with the addresses of its numbers, at the address of a `service`, if
    that is known. Raises BadQuery for a selection by a name of nothing, StoreBusy when the data change meanwhile,
    BadInput for figures of private facts, and what `write` raises."""
    await selection.check(reader)
    version = reader.version.id
    addresses = FigureAddresses(reader.lens, service) if figures else None
    counts = {label: await _count(reader, label, selection) for label in LABELS}
    query = selection.query
    provenance = Provenance(reader.version.id, reader.lens, reader.data_through, query)
    result = await run_stoppable(write, Dataset(provenance, StoreRows(reader, selection, counts), addresses))
    if reader.version.id != version:
        raise StoreBusy("The data changed while they were written.", remedy="Try again.")
    return result


async def _count(reader: Reader, label: str, selection: LinkSelection) -> int:
    where = selection.where if label == "Link" else EVERYTHING
    return (await reader.find(Query(label, where), Page(first=1))).total
