"""The options that name a store and the facts, and the store that they name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from graph.settings import read_settings
from graph.stores.base import Store, no_store
from graph.stores.embedded.store import FILE_NAME
from graph.stores.open import open_store

T = TypeVar("T")

Seeds = Annotated[
    Path | None, typer.Option(help="Folder of the facts [WATTGRAPH_SEEDS; default: seeds].", show_default=False)
]
Data = Annotated[
    Path | None, typer.Option(help="Folder of the embedded store [WATTGRAPH_DATA; default: data].", show_default=False)
]
Uri = Annotated[str | None, typer.Option(help="Use Neo4j at this address [WATTGRAPH_NEO4J_URI].", show_default=False)]


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns.

    It is no result of a task: asyncio.run of Python 3.11 and 3.12 writes that of its task out as text, twice, when it
    takes down its handler of interrupts, and the text of a store's content takes half a second."""
    results: list[T] = []

    async def keep() -> None:
        results.append(await work)

    asyncio.run(keep())
    return results[0]


def with_store(
    data: Path | None, neo4j_uri: str | None, use: Callable[[Store], Awaitable[T]], *, may_be_new: bool = False
) -> T:
    """What `use` makes of the store, which is closed afterwards. Raises BadSettings, StoreError.

    An embedded store that is not there is made where it `may_be_new`; else its folder is probably a slip, which an
    empty store would hide. Raises StoreNotReady."""

    async def run() -> T:
        store = await open_store(settings)
        try:
            return await use(store)
        finally:
            await store.close()

    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    if not may_be_new and settings.neo4j_uri is None and not any(settings.data.glob(f"{FILE_NAME}*")):
        raise no_store(settings.data)
    return run_to_end(run())
