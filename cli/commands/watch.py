"""`wattgraph watch LIST`: what is new about the organizations of a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import day_of, write_output
from graph.evidence.lens import Lens
from graph.publication.editions import read_edition
from graph.publication.watching import watch as watch_list
from graph.publication.watchlists import read_watch_list
from graph.reports.watch import render_atom, render_json, render_markdown
from graph.settings import read_settings


class WatchFormat(StrEnum):
    """How news are written."""

    md = "md"
    json = "json"
    atom = "atom"


_RENDER = {WatchFormat.md: render_markdown, WatchFormat.json: render_json, WatchFormat.atom: render_atom}
_SINCE = "YYYY-MM-DD: what was true and known on that day; or the folder of an edition."


def watch(
    list_name: Annotated[str, typer.Argument(help="The name of a list, or its file (*.yaml).", metavar="LIST")],
    since: Annotated[str, typer.Option(help=_SINCE)],
    format: Annotated[WatchFormat, typer.Option(help="How to write it.")] = WatchFormat.md,
    output: Annotated[
        Path | None, typer.Option(help="File to write [default: standard output].", show_default=False)
    ] = None,
    lists: Annotated[
        Path | None, typer.Option(help="Folder of the lists [WATTGRAPH_WATCH].", show_default=False)
    ] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What is new about the organizations of a list: new, changed, slipped and lapsed since a day or an edition,
    by organization, contracts first.

    Two lists come along, miners and labs; docs/watch.md says how to write others. The service has each as a feed, at
    /feeds/LIST.atom.

    Example: wattgraph watch miners --since 2026-10-31"""
    watched = read_watch_list(lists or read_settings(data=data, neo4j_uri=neo4j_uri).watch, list_name)
    before = lens_since(since)
    after = replace(before, valid_on=None, known_on=None)
    report = with_store(data, neo4j_uri, lambda store: watch_list(store, watched, before, after))
    write_output(_RENDER[format](report), output)


def lens_since(text: str) -> Lens:
    """The lens of a day, or of the edition in a folder. Raises BadParameter, BadInput."""
    if Path(text).exists():
        return read_edition(Path(text)).lens
    day: date | None = day_of("--since", text)
    return Lens(day, day)
