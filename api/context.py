"""The context of a request: one reader for each lens it asks for, and loaders that batch what nested fields ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from strawberry.dataloader import DataLoader

from api.auth import VISITOR, Caller
from api.holder import StoreHolder
from graph.errors import BadLens
from graph.lens import DEFAULT_LENS, Lens, today
from graph.model import Row
from graph.query import Page, Query, Relation, Slice
from graph.stores.base import Reader, Store
from graph.stores.lenses import MOST_LENSES

Named = tuple[tuple[str, ...], str]
"""Labels that a row may have, and its key."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a nested field asks of every parent alike."""

    relation: Relation
    query: Query
    page: Page


class View:
    """What a request sees under one lens. What the fields of one level ask for goes to the store together:
    one call for each label of rows, one for each relation, filter, order and page, whatever the number of parents."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._rows: DataLoader[Named, Row | None] = DataLoader(self._load_rows)
        self._slices: DataLoader[tuple[Asked, str], Slice] = DataLoader(self._load_slices)

    @property
    def lens(self) -> Lens:
        return self.reader.lens

    def row(self, labels: tuple[str, ...], key: str) -> Awaitable[Row | None]:
        """The row of a key, whichever of the labels it has."""
        return self._rows.load((labels, key))

    def rows(self, labels: tuple[str, ...], keys: Iterable[str]) -> Awaitable[list[Row | None]]:
        return self._rows.load_many((labels, key) for key in keys)

    def slice(self, asked: Asked, parent: str) -> Awaitable[Slice]:
        """The page of the rows that belong to a parent."""
        return self._slices.load((asked, parent))

    async def _load_rows(self, named: Sequence[Named]) -> list[Row | None]:
        wanted: dict[str, dict[str, None]] = {}
        for labels, key in named:
            for label in labels:
                wanted.setdefault(label, {})[key] = None
        found: dict[tuple[str, str], Row | None] = {}
        answers = await asyncio.gather(*(self.reader.get(label, list(keys)) for label, keys in wanted.items()))
        for (label, keys), rows in zip(wanted.items(), answers, strict=True):
            found |= {(label, key): row for key, row in zip(keys, rows, strict=True)}
        return [next((row for label in labels if (row := found[label, key])), None) for labels, key in named]

    async def _load_slices(self, asked: Sequence[tuple[Asked, str]]) -> list[Slice]:
        parents: dict[Asked, dict[str, None]] = {}
        for one, parent in asked:
            parents.setdefault(one, {})[parent] = None
        answers = await asyncio.gather(
            *(self.reader.find_each(one.relation, list(keys), one.query, one.page) for one, keys in parents.items())
        )
        found = dict(zip(parents, answers, strict=True))
        return [found[one][parent] for one, parent in asked]


class Context:
    """One request. Its readers are made here and nowhere else, one for each lens, and stay until it is answered."""

    def __init__(self, holder: StoreHolder, caller: Caller = VISITOR) -> None:
        self._holder = holder
        self.caller = caller
        self._views: dict[Lens, asyncio.Task[View]] = {}

    @property
    def store(self) -> Store:
        """Raises StoreUnavailable."""
        return self._holder.store

    async def view(self, lens: Lens = DEFAULT_LENS) -> View:
        """Raises BadLens, StoreError."""
        if lens not in self._views:
            if len(self._views) >= MOST_LENSES:
                remedy = "Ask for the others in another request."
                raise BadLens(f"More than {MOST_LENSES} lenses in one request.", remedy=remedy)
            self._views[lens] = asyncio.create_task(self._open(lens))
        return await self._views[lens]

    async def _open(self, lens: Lens) -> View:
        reader = await self._holder.store.reader(None if lens == DEFAULT_LENS else lens)
        self._holder.seen = reader.version
        return View(reader)

    async def told(self, reached_store: bool) -> dict[str, Any]:
        """What every answer tells of its default lens. A request that was refused before it ran costs no store call."""
        view = None
        if reached_store:
            with suppress(Exception):  # the fields that failed for it have told
                view = await self.view()
        version = view.reader.version if view else self._holder.seen
        lens = view.lens if view else DEFAULT_LENS.on(today())
        return {"dataVersion": version.id if version else None, "validOn": lens.valid_on, "knownOn": lens.known_on}
