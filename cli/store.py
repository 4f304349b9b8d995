"""`wattgraph backup | restore`: the file of the embedded store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.stores import Data
from cli.terminal import err
from graph.errors import BadSettings
from graph.settings import read_settings
from graph.stores.embedded import backup as backups
from graph.stores.embedded.store import FILE_NAME


def backup(
    file: Annotated[Path, typer.Argument(help="New file to write.")],
    data: Data = None,
) -> None:
    """Write what the embedded store holds to one file.

    It is checked and bears a hash; services may go on meanwhile."""
    summary = backups.back_up(_store_file(data), file)
    err.line(f"Wrote {file}: {_described(summary)}.")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    data: Data = None,
) -> None:
    """Check a backup and put it in place of the embedded store.

    Whatever lies there goes; services that run go on with what was restored."""
    path = _store_file(data)
    summary = backups.restore(file, path)
    err.line(f"{path} holds {file}: {_described(summary)}.")
    if not summary.sealed:
        err.line("It bears no hash, being no work of `wattgraph backup`; its statements and its journal are whole.")


def _store_file(data: Path | None) -> Path:
    settings = read_settings(data=data)
    if settings.neo4j_uri is not None and data is None:
        raise BadSettings(
            "WATTGRAPH_NEO4J_URI is set, and this is about the embedded store.",
            remedy="Back up Neo4j with its own tools (docs/neo4j.md), or name the folder of the embedded store with"
            " --data.",
        )
    return settings.data / FILE_NAME


def _described(summary: backups.Summary) -> str:
    version, entries = summary.version, f"{summary.head.number:,} entries in the journal"
    if version is None:
        return f"no facts, {entries}"
    return f"data version {version.id}, {version.statements:,} statements, {entries}"
