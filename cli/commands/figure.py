"""`wattgraph figure ID`: what has become of a number that somebody cited."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import out
from graph.evidence.captions import own_caption
from graph.publication.figures import read_figure
from graph.publication.living import FigureState, MovingStatement, state_of
from graph.reports.catalog import FIGURE_TABLES
from graph.vocabulary.model import Row


def figure(
    id: Annotated[str, typer.Argument(help="Its ID, or the address of its page.", metavar="ID")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What has become of a number that somebody cited: whether it is still the same, and if not, whether the world
    changed or we learnt more, and which statements moved it.

    Example: wattgraph figure akamai-anthropic:value:2026-06-30:1800000000USD:2-c00556"""
    cited = read_figure(id.rpartition("/figures/")[2], FIGURE_TABLES)
    _print(with_store(data, neo4j_uri, lambda store: state_of(store, cited, sources=FIGURE_TABLES)))


def _print(state: FigureState) -> None:
    lens, today = state.figure.lens, state.today
    out.line(f"{state.title}\n")
    out.line(f"cited  {state.cited}, true on {lens.valid_on}, known by {lens.known_on}")
    out.line(f"today  {state.words(state.now)}, true on {today.valid_on}, known by {today.known_on}\n")
    out.line(f"{state.outcome}: {state.sentence}")
    if state.movers:
        out.line("")
    for one in state.movers:
        out.line(_line(one))


def _line(mover: MovingStatement) -> str:
    side = "as cited    " if mover.supports else "in its place"
    return f"{side}  {own_caption(mover.statement)} ({_source(mover.source) or mover.statement.columns['source']})"


def _source(source: Row | None) -> str:
    return "" if source is None else own_caption(source) or source.key
