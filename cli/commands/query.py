"""`wattgraph query`: a GraphQL document on the store, without a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.context.limits import Limits
from api.execution.execute import run_document
from cli.commands.answer_rows import render_answer
from cli.options.lens import with_lens_options
from cli.options.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, err, out
from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.settings import read_settings


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

    A file or pipe gets the bytes that the API gives, on one line; a terminal shows them indented. The lens is that of
    the fields for which the document names none. As CSV, the columns are the paths of the fields, what stands around
    the list is repeated in each row, and lists inside a row are joined by semicolons."""
    document, variables = read_text(document), read_text(variables)
    limits = Limits.of(read_settings(data=data, neo4j_uri=neo4j_uri))
    answer, failed = with_store(data, neo4j_uri, lambda store: run_document(store, document, variables, lens, limits))
    if format is AnswerFormat.json:
        _print_json(answer)
    else:
        _print_rows(orjson.loads(answer))
    if failed:
        raise typer.Exit(PROBLEM)


def _print_json(answer: str) -> None:
    if out.is_terminal:
        out.line(orjson.dumps(orjson.loads(answer), option=orjson.OPT_INDENT_2).decode())
    else:
        out.write(answer)


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


def read_text(argument: str) -> str:
    """The argument itself, or what it names: - is standard input, @FILE a file. Raises BadInput."""
    if argument == "-":
        return _read("Standard input", sys.stdin.read)
    if not argument.startswith("@"):
        return argument
    path = Path(argument[1:])
    return _read(str(path), partial(path.read_text, encoding="utf-8-sig"))


def _read(what: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise BadInput(f"{what} cannot be read ({reason}).", remedy="Give text in UTF-8.") from None
