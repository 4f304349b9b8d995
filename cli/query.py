"""`wattgraph query`: a GraphQL document on the store, without a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.execution.execute import run_document
from cli.answer_rows import render_answer
from cli.lens_options import with_lens_options
from cli.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, err, out
from graph.errors import BadInput
from graph.evidence.lens import Lens


class AnswerFormat(StrEnum):
    """How `query` writes an answer."""

    json = "json"
    csv = "csv"


@with_lens_options()
def query(
    document: Annotated[str, typer.Argument(help="A GraphQL document, @FILE, or - for standard input.")],
    variables: Annotated[str, typer.Option(help="Variables as a JSON object, or @FILE.")] = "{}",
    format: Annotated[
        AnswerFormat, typer.Option(help="json: what the API gives; csv: the rows of the one list of the answer.")
    ] = AnswerFormat.json,
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Run a GraphQL query on the store, without a server; prints the answer as JSON, exits 1 if it has errors.

    The lens is that of the fields for which the document names none. As CSV, the columns are the paths of the fields,
    what stands around the list is repeated in each row, and lists inside a row are joined by semicolons."""
    document, variables = _text(document), _text(variables)
    answer, failed = with_store(data, neo4j_uri, lambda store: run_document(store, document, variables, lens))
    if format is AnswerFormat.json:
        out.line(answer)
    else:
        _print_rows(json.loads(answer))
    if failed:
        raise typer.Exit(PROBLEM)


def _print_rows(answer: Mapping[str, Any]) -> None:
    """Prints the rows of an answer, or its errors; its notes, and that there are more rows, on standard error."""
    for error in answer.get("errors", ()):
        err.line(f"wattgraph: {error['message']}")
    if not answer.get("errors"):
        out.write(render_answer(answer))
        for note in answer["extensions"].get("notes", ()):
            err.line(note)
        if answer["extensions"]["truncated"]:
            err.line("A list has more rows than these: ask for more with `first`, or go on with `after`.")


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
