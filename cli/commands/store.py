"""`wattgraph store verify | backup | restore`: whether a store is whole, and the file that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, err, new_table, out, progress
from graph.concurrency.progress import progress_to
from graph.errors import StoreDamaged
from graph.settings import Settings, read_settings
from graph.stores.base import MovesContent, Store, StoreCheck
from graph.stores.embedded import backup as backups
from graph.stores.embedded.store import FILE_NAME

store_app = typer.Typer(no_args_is_help=True, help="Whether what a store holds is what its statements say.")
_ACTOR = "command line"
_SHOWN_KEYS = 5


@store_app.command()
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Write anew what differs.")] = False,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Compare all that the store holds with its statements, and say what differs; exits 1 where something does.

    With --repair it is written anew. What came over the API, tokens and the journal stay; statements that were altered
    by hand cannot be trusted: they go, and those of the facts come back with `wattgraph load`."""
    check = with_store(data, neo4j_uri, lambda store: store.verify())
    _print_check(check)
    if check.is_whole:
        out.line(f"What the store holds is what its statements say: data version {check.version.id}.")
        return
    if not repair:
        err.line("wattgraph: What the store holds is not what its statements say. Repair it with --repair.")
        raise typer.Exit(PROBLEM)
    done = with_store(data, neo4j_uri, lambda store: _repaired(store))
    out.line(f"Repaired: data version {done.version.id}, {done.version.statements:,} statements.")
    if check.altered or done.version.id != check.version.id:
        err.line("Statements were missing or altered: run `wattgraph load` to bring back those of the facts.")


async def _repaired(store: Store) -> StoreCheck:
    """How it is afterwards. Raises StoreDamaged where that did not help."""
    await store.repair(actor=_ACTOR)
    check = await store.verify()
    if not check.is_whole:
        raise StoreDamaged(
            "The store differs from its statements also after the repair.",
            remedy="Put a backup in its place, or load into an empty one.",
        )
    return check


def _print_check(check: StoreCheck) -> None:
    table = new_table("", "rows", "expected", "missing", "extra", "changed", "hash", "expected")
    for one in check.labels:
        if one.stored or one.expected:
            counts = (one.stored, one.expected, len(one.missing), len(one.extra), len(one.changed))
            table.add_row(one.label, *(f"{count:,}" for count in counts), one.stored_hash[:8], one.expected_hash[:8])
    out.print(table)
    for one in check.labels:
        for what, keys in (("missing", one.missing), ("extra", one.extra), ("changed", one.changed)):
            if keys:
                out.line(f"{one.label} {what}: {_listed(keys)}")
    if check.altered:
        out.line(f"Altered, no longer what was stored under these keys: {_listed(check.altered)}")
    if not check.fits_version:
        out.line(f"The statements are not those of data version {check.version.id}.")
    if check.strays:
        out.line(
            f"{check.strays:,} rows under the labels of the store have no key of their own: they were made by hand."
        )


def _listed(keys: Sequence[str]) -> str:
    more = len(keys) - _SHOWN_KEYS
    return ", ".join(keys[:_SHOWN_KEYS]) + (f" and {more:,} more" if more > 0 else "")


def backup(
    file: Annotated[Path, typer.Argument(help="New file to write.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Write what the store holds to one file: statements, their history, journal and tokens.

    It is checked and bears a hash; services may go on meanwhile. A backup of one store can be restored into another."""
    settings = _settings(data, neo4j_uri)
    if settings.neo4j_uri is None:
        summary = backups.back_up(settings.data / FILE_NAME, file)
    else:
        backups.check_is_new(file)
        content = with_store(None, settings.neo4j_uri, lambda store: cast(MovesContent, store).content())
        summary = backups.write_backup(content, file)
    err.line(f"Wrote {file}: {_described(summary)}.")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Check a backup and put it in place of what the store holds.

    Whatever is there goes; services that run go on with what was restored."""
    settings = _settings(data, neo4j_uri)
    if settings.neo4j_uri is None:
        place = str(settings.data / FILE_NAME)
        summary = backups.restore(file, settings.data / FILE_NAME)
    else:
        place = settings.neo4j_uri.rpartition("@")[2]
        content, summary = backups.read_backup(file)
        with progress() as bar, progress_to(bar):
            with_store(None, settings.neo4j_uri, lambda store: cast(MovesContent, store).put_content(content))
    err.line(f"{place} holds {file}: {_described(summary)}.")
    if not summary.sealed:
        err.line("It bears no hash, being no work of `wattgraph backup`; its statements and its journal are whole.")


def _settings(data: Path | None, neo4j_uri: str | None) -> Settings:
    """A folder that is named goes before an address of Neo4j that is only set."""
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    return settings if data is None or neo4j_uri else settings.model_copy(update={"neo4j_uri": None})


def _described(summary: backups.Summary) -> str:
    version, entries = summary.version, f"{summary.head.number:,} entries in the journal"
    if version is None:
        return f"no facts, {entries}"
    return f"data version {version.id}, {version.statements:,} statements, {entries}"
