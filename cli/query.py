"""`wattgraph query`: a GraphQL document on the store, without a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.execution.execute import run_document
from cli.lens_options import with_lens_options
from cli.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, out
from graph.errors import BadInput
from graph.evidence.lens import Lens


@with_lens_options()
def query(
    document: Annotated[str, typer.Argument(help="A GraphQL document, @FILE, or - for standard input.")],
    variables: Annotated[str, typer.Option(help="Variables as a JSON object, or @FILE.")] = "{}",
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Run a GraphQL query on the store, without a server; prints the answer as JSON, exits 1 if it has errors.

    The lens is that of the fields for which the document names none."""
    document, variables = _text(document), _text(variables)
    answer, failed = with_store(data, neo4j_uri, lambda store: run_document(store, document, variables, lens))
    out.line(answer)
    if failed:
        raise typer.Exit(PROBLEM)


def _text(argument: str) -> str:
    """The argument itself, or what it names: - is standard input, @FILE a file."""
    if argument == "-":
        return sys.stdin.read()
    return _read(Path(argument[1:])) if argument.startswith("@") else argument


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error}).", remedy="Name a text file in UTF-8.") from None
