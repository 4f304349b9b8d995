"""`wattgraph source verify | hash`: whether a document at hand is the one that was read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, UNRECORDED, err, out
from graph.errors import BadInput
from graph.evidence.rows import source_of
from graph.evidence.statements import Source
from graph.seeding.documents import DocumentHash, hash_document
from graph.seeding.reader import read_seeds
from graph.settings import read_settings
from graph.stores.base import Store
from graph.vocabulary.enums import HashRule

source_app = typer.Typer(no_args_is_help=True, help="Whether a document at hand is the one that was read.")
Document = Annotated[
    Path,
    typer.Argument(help="The document: a text, a saved web page, a PDF.", exists=True, dir_okay=False, metavar="FILE"),
]


@source_app.command("hash")
def print_hash(
    file: Document,
    rule: Annotated[
        HashRule | None,
        typer.Option(help="What the hash covers [default: VISIBLE_TEXT of texts and web pages, BYTES of others]."),
    ] = None,
) -> None:
    """Print what to write beside a source in seeds/sources.yaml, so that others can tell whether they have the same
    document."""
    hashed = _hash(file, rule)
    out.line(f"hash_rule: {hashed.rule}")
    out.line(f"sha256: '{hashed.sha256}'")


@source_app.command()
def verify(
    file: Document,
    key: Annotated[str, typer.Argument(help="Key of the source, as in seeds/sources.yaml.", metavar="KEY")],
    seeds: Annotated[
        Path | None, typer.Option(help="Folder of facts to look it up in, instead of the store.", show_default=False)
    ] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Say whether the file is the document that was read as a source: exits 0 where it is, 1 where it is another, 4
    where no hash of what was read is recorded, 2 for a file or a source that is not there."""
    if seeds:
        source = read_seeds(seeds, max_bytes=read_settings().facts_file_bytes).sources.get(key)
    else:
        source = with_store(data, neo4j_uri, lambda one: _read(one, key))
    if source is None:
        raise typer.BadParameter(f"there is no source {key!r}.", param_hint="KEY")
    if source.sha256 is None:
        err.line(f"wattgraph: Nothing says what of {key} was read: it has no sha256. {_remedy(file, source)}")
        raise typer.Exit(UNRECORDED)
    if _hash(file, source.hash_rule).sha256 != source.sha256:
        err.line(
            f"wattgraph: {file} is not what was read of {key} ({source.hash_rule}). Compare the two at {source.url}."
        )
        raise typer.Exit(PROBLEM)
    out.line(f"{file} is what was read of {key} ({source.hash_rule}).")


async def _read(store: Store, key: str) -> Source | None:
    [row] = await (await store.reader()).get("Source", [key])
    return None if row is None else source_of(row)


def _hash(file: Path, rule: HashRule | None) -> DocumentHash:
    try:
        return hash_document(file.read_bytes(), rule)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read ({error.strerror}).", param_hint="FILE") from None
    except BadInput as problem:
        raise typer.BadParameter(str(problem), param_hint="FILE") from None


def _remedy(file: Path, source: Source) -> str:
    return (
        f"Read {source.url}, and if it says what is cited, write what `wattgraph source hash {file}` prints into "
        "seeds/sources.yaml, with read: FIRST_HAND."
    )
