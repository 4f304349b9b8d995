"""`wattgraph import`: statements and sources from CSV and Parquet files into the store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import out, progress
from graph.concurrency.progress import progress_to
from graph.errors import StoreNotReady
from graph.evidence.lens import today
from graph.evidence.log import StatementLog
from graph.seeding.statement_files import read_statement_files
from graph.stores.base import Store


def import_files(
    files: Annotated[
        list[Path], typer.Argument(help="Tables of statements and of sources, as .csv or .parquet.", metavar="FILE...")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the files; write nothing.")] = False,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Add statements and sources from CSV and Parquet files, all or nothing: the tables `statements` and `sources` of
    `wattgraph export csv | parquet`, or tables with their columns (docs/writing.md).

    What is imported stays when the facts are loaded anew. Every problem is told with file and row."""
    with progress() as bar, progress_to(bar):
        lines = with_store(data, neo4j_uri, lambda store: _import(store, files, dry_run), may_be_new=not dry_run)
    for line in lines:
        out.line(line)


async def _import(store: Store, files: list[Path], dry_run: bool) -> list[str]:
    """What to print of what was done."""
    stored = await _log_of(store)
    added = await asyncio.to_thread(read_statement_files, files, stored, today())
    if dry_run:
        new = sum(one.id not in stored.by_id for one in added.statements)
        return [f"{_count(added)}: no problem, {new:,} of the statements are new. Nothing was written."]
    outcome = await store.apply(added, reason=f"import of {', '.join(file.name for file in files)}")
    counts = f"{outcome.effect.added:,} statements added, {outcome.effect.unchanged:,} were there"
    return [f"{_count(added)}: {counts}.", f"Data version {outcome.version.id}."]


async def _log_of(store: Store) -> StatementLog:
    try:
        return await store.log()
    except StoreNotReady:
        if await store.versions():
            raise
        return StatementLog((), {})


def _count(log: StatementLog) -> str:
    return f"{len(log.statements):,} statements, {len(log.sources):,} sources"
