"""What all commands share: consoles, common options, progress bars, files written whole, a store that is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from graph.concurrency.progress import Progress as Told
from graph.errors import BadInput
from graph.reports import changes
from graph.settings import read_settings
from graph.stores.base import Store
from graph.stores.open import open_store

T = TypeVar("T")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Seeds = Annotated[
    Path | None, typer.Option(help="Folder of the facts [WATTGRAPH_SEEDS; default: seeds].", show_default=False)
]
Data = Annotated[
    Path | None, typer.Option(help="Folder of the embedded store [WATTGRAPH_DATA; default: data].", show_default=False)
]
Uri = Annotated[str | None, typer.Option(help="Use Neo4j at this address [WATTGRAPH_NEO4J_URI].", show_default=False)]
Day = Annotated[str | None, typer.Option(help="YYYY-MM-DD; default: today (UTC).", show_default=False)]


@contextmanager
def progress() -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        tasks: dict[str, int] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)  # type: ignore[arg-type]

        yield told


def day_of(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write it as 2026-07-15.", param_hint=option) from None


def write_whole(path: Path, text: str) -> None:
    """All of it or nothing: an interrupted write leaves what was there."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).", remedy="Name another --output.") from None
    err.print(f"Wrote {path}.")


def with_store(data: Path | None, neo4j_uri: str | None, use: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        store = await open_store(settings)
        try:
            return await use(store)
        finally:
            await store.close()

    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    return asyncio.run(run())


def print_changes(found: changes.Changes) -> None:
    table = Table("", "before", "after", "cause", box=None)
    for label, key, told in found.by_row:
        table.add_row(f"{label} {key}", style="bold")
        for change in (one.change for one in told):
            what = change.property or change.kind.lower()
            old, new = (escape(changes.worded(change, value)) for value in (change.before, change.after))
            table.add_row(f"  {what}", old, new, changes.CAUSES[change.cause])
    out.print(table)
    out.print(
        f"{len(found.told):,} changes from {changes.dates(found.before)} to {changes.dates(found.after)}; "
        f"data version {found.version}."
    )
