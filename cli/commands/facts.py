"""`wattgraph check | load`: the facts, from their files into the store."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.options.stores import Data, Seeds, Uri, run_to_end
from cli.terminal import err, new_table, out, progress
from graph.comparison.misleading_gaps import gaps
from graph.comparison.removals import Removal, removals
from graph.comparison.stock import Stock, take_stock
from graph.concurrency.progress import progress_to
from graph.errors import BadInput, StoreBusy, StoreDamaged, StoreNotReady
from graph.evidence.lens import today
from graph.evidence.log import StatementLog, how_to_restore
from graph.evidence.statements import Statement
from graph.seeding.fact_files import read_folder
from graph.seeding.history import deleted_since, seeds_at
from graph.seeding.overlay_files import Overlay
from graph.seeding.reader import read_files, read_seeds
from graph.seeding.scenario_files import read_scenarios
from graph.settings import Settings, read_settings
from graph.stores.base import Store, WriteOutcome
from graph.stores.open import open_store
from graph.vocabulary.model import ENTITIES

MAX_WITHDRAWN = 10
"""Warnings of one load."""


def check(
    seeds: Seeds = None,
    against: Annotated[
        str | None,
        typer.Option(help="Revision of git: also warn of claims that were deleted since.", show_default=False),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where there is a warning.")] = False,
    overlay: Annotated[
        Path | None,
        typer.Option(
            help="Also check this folder of private facts against them [WATTGRAPH_OVERLAY].", show_default=False
        ),
    ] = None,
) -> None:
    """Check the facts and the scenarios: every problem as `file:line: what, where, remedy`. Writes nothing.

    What is no problem and may mislead a reader is a warning of the same form."""
    settings, day = read_settings(seeds=seeds, overlay=overlay), today()
    folder, max_bytes = settings.seeds, settings.facts_file_bytes
    files = read_folder(folder, max_bytes)
    log, scenarios = read_files(files, day=day), read_scenarios(folder, max_bytes)
    scenarios.check(log, day)
    warnings = [str(gap) for gap in gaps(files, log, day)]
    for claim in deleted_since(seeds_at(folder, against, max_bytes), log) if against else ():
        warnings.append(f"{_claim_text(claim)} was deleted since {against}; put the claim back and mark it withdrawn")
    for warning in warnings:
        out.line(f"warning: {warning}")
    out.line(f"{_size(log)}, {len(scenarios.by_id)} scenarios: no problem{_count(warnings)}")
    if settings.overlay:
        private = Overlay(settings.overlay, max_bytes).added(log, day)
        out.line(f"{settings.overlay.name} (private): {_size(private)}: no problem")
    if strict and warnings:
        raise typer.Exit(1)


def _claim_text(claim: Statement) -> str:
    return f"{claim.subject}: {claim.property} {claim.text} ({claim.source})"


def _size(log: StatementLog) -> str:
    return f"{len(log.by_subject)} records, {len(log.statements)} statements, {len(log.sources)} sources"


def _count(warnings: Sequence[str]) -> str:
    return f", {len(warnings):,} warning{'s' if len(warnings) > 1 else ''}" if warnings else ""


def load(
    seeds: Seeds = None,
    data: Data = None,
    neo4j_uri: Uri = None,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="Load also where more than a tenth of a kind goes.")
    ] = False,
) -> None:
    """Load the facts into the store: what is new is added, what is gone is removed, all or nothing.

    Where more than a tenth of a kind would go, it asks on a terminal and refuses elsewhere."""
    settings = read_settings(seeds=seeds, data=data, neo4j_uri=neo4j_uri)
    outcome, stored = run_to_end(_load(settings, allow_removals))
    _print_outcome(outcome)
    if stored:
        _print_stock(stored.stock)
        _print_withdrawn(stored.withdrawn)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds after a load, and what the files say of it that was retracted over the API."""

    stock: Stock
    withdrawn: Sequence[Statement]


async def _load(settings: Settings, allow_removals: bool) -> tuple[WriteOutcome, _Stored | None]:
    """What the load did, and what the store holds now."""
    log = read_seeds(settings.seeds, max_bytes=settings.facts_file_bytes)
    store = await open_store(_patient(settings))
    try:
        if not allow_removals:
            await _check_removals(store, log)
        with progress() as bar, progress_to(bar):
            outcome = await store.load(log, reason=f"load of {settings.seeds.name}")
        return outcome, await _stored(store, log)
    finally:
        await store.close()


def _patient(settings: Settings) -> Settings:
    """A load may read for as long as it may write: a server that has just started takes its time."""
    return settings.model_copy(update={"neo4j_timeout": max(settings.neo4j_timeout, settings.neo4j_write_timeout)})


async def _stored(store: Store, loaded: StatementLog) -> _Stored | None:
    stored = await _log_of(store)
    if stored is None:
        return None
    reader = await store.reader()
    rows = {label: await reader.rows(label) for label in (*ENTITIES, "Observation", "Link")}
    stock = await asyncio.to_thread(take_stock, stored, today(), rows)
    return _Stored(stock, stored.still_withdrawn(loaded))


async def _log_of(store: Store) -> StatementLog | None:
    """What the store holds; None where nothing is there, nothing that can be read, or another writer is at it."""
    try:
        return await store.log()
    except (StoreNotReady, StoreDamaged, StoreBusy):
        return None


async def _check_removals(store: Store, log: StatementLog) -> None:
    """Raises BadInput where much would go and nobody says that it is meant."""
    stored = await _log_of(store)
    if stored is None:
        return
    large = [one for one in await asyncio.to_thread(removals, stored, log, today()) if one.is_large]
    if large and not _is_meant(large):
        gone = "; ".join(map(str, large))
        raise BadInput(
            f"The load would remove {gone}. Nothing was loaded.",
            remedy="See whether a file of the facts is missing; if it is meant, load with --allow-removals.",
        )


def _is_meant(large: Sequence[Removal]) -> bool:
    """Asks on a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    for one in large:
        err.line(f"The load would remove {one}.")
    return typer.confirm("Is that meant?", err=True)


def _print_outcome(outcome: WriteOutcome) -> None:
    version = outcome.version
    if outcome.has_changes:
        table = new_table("", "added", "changed", "removed")
        for label in dict.fromkeys([*outcome.added, *outcome.changed, *outcome.removed]):
            counts = (part.get(label, 0) for part in (outcome.added, outcome.changed, outcome.removed))
            table.add_row(label, *(f"{count:,}" for count in counts))
        out.print(table)
    else:
        out.line("Nothing changed.")
    out.line(f"Data version {version.id}.")


def _print_stock(stock: Stock) -> None:
    out.line(f"Stored: {stock.records:,} records, {stock.statements:,} statements, {stock.sources:,} sources.")
    out.line(f"The default lens shows {stock.shown:,} of the records.")
    left_out = {
        "estimates (a lens whose natures have ESTIMATED shows them)": stock.estimates,
        "withdrawn or not yet begun": stock.others,
    }
    if any(left_out.values()):
        out.line(f"Left out: {', '.join(f'{count:,} {what}' for what, count in left_out.items() if count)}.")


def _print_withdrawn(statements: Sequence[Statement]) -> None:
    """What the files say and somebody retracted over the API."""
    for one in statements[:MAX_WITHDRAWN]:
        out.line(
            f"warning: {one.property} of {one.subject} ({one.source}) was retracted on {one.withdrawn} and stays so; "
            f"{how_to_restore(one, today())}"
        )
    if len(statements) > MAX_WITHDRAWN:
        out.line(f"warning: {len(statements) - MAX_WITHDRAWN:,} more statements of the files stay retracted")
