"""`wattgraph figure ID`: what has become of a number that somebody cited; `wattgraph figure of KEY PROPERTY`: its
address."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options.lens import with_lens_options
from cli.options.stores import Data, Uri, with_store
from cli.terminal import out
from graph.errors import BadInput
from graph.evidence.captions import own_caption
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.exports.dataset.columns import figures_called, first_of
from graph.exports.dataset.figures import FigureAddresses
from graph.publication.answers import row_of_key
from graph.publication.figures import read_figure
from graph.publication.living import FigureState, MovingStatement, state_of
from graph.reports.catalog import FIGURE_TABLES
from graph.settings import read_settings
from graph.stores.base import Store
from graph.vocabulary.model import Row


@with_lens_options()
def figure(
    cited: Annotated[
        list[str],
        typer.Argument(help="Its ID, or the address of its page; or `of` with key and property.", metavar="ID"),
    ],
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What has become of a number that somebody cited: whether it is still the same, and if not, whether the world
    changed or we learnt more, and which statements moved it. `figure of KEY PROPERTY` prints the address of a number of
    a row under a lens.

    Example: wattgraph figure akamai-anthropic:value:2026-06-30:1800000000USD:2-c00556

    Example: wattgraph figure of akamai-anthropic value --known-on 2026-06-30"""
    match cited:
        case ["of", key, name]:
            out.line(with_store(data, neo4j_uri, lambda store: _address(store, lens, key, name)))
        case [id] if lens == DEFAULT_LENS:
            known = read_figure(id.rpartition("/figures/")[2], FIGURE_TABLES)
            _print(with_store(data, neo4j_uri, lambda store: state_of(store, known, sources=FIGURE_TABLES)))
        case [_]:
            raise BadInput("An ID says its lens itself.", remedy="Leave the options of the lens out.")
        case _:
            raise BadInput("It is one ID, or `of KEY PROPERTY`.", remedy="See `wattgraph figure --help`.")


async def _address(store: Store, lens: Lens, key: str, name: str) -> str:
    """Raises BadInput for what the lens does not show, and for private facts."""
    reader = await store.reader(lens)
    row = await row_of_key(reader, key)
    if row is None:
        raise BadInput(f"The lens shows nothing of key {key!r}.", remedy="Give the key as its page has it.")
    found = FigureAddresses(reader.lens, read_settings().public_address or "").of_row(row)
    address = first_of(found, figures_called(row.label, name))
    if address is None:
        has = f"It has {', '.join(sorted(found))}." if found else "It has no number."
        raise BadInput(f"{key} states no number {name!r}.", remedy=has)
    return address


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
