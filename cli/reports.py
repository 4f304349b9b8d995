"""`wattgraph report …`: each report as a command."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.lens_options import with_lens_options
from cli.stores import Data, Uri, with_store
from cli.terminal import write_whole
from graph.evidence.lens import Lens
from graph.reports.centrality import FORMATS, centrality_report
from graph.stores.base import Store

app = typer.Typer(no_args_is_help=True, help="Write a report.")
Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]  # its members are the table's keys
_DEFAULT_FORMAT = Format("md")


@app.command()
@with_lens_options()
def centrality(
    format: Annotated[Format, typer.Option(help="How to write it.")] = _DEFAULT_FORMAT,
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: standard output.", show_default=False)
    ] = None,
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Who is central: degree, strength in MW and USD, betweenness, PageRank, each row with its links and sources."""

    async def render(store: Store) -> str:
        return FORMATS[format](await centrality_report(await store.reader(lens)))

    text = with_store(data, neo4j_uri, render)
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text)
