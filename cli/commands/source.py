"""`wattgraph source verify | hash | check`: whether a document at hand is the one that was read, whether it is still
there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, UNRECORDED, err, new_table, out, progress
from graph.errors import BadInput
from graph.evidence.rows import source_of
from graph.evidence.statements import Source
from graph.seeding.address_checks import (
    AddressCheck,
    AddressState,
    CheckFile,
    Manners,
    check_addresses,
    due,
    mend_end,
    read_checks,
)
from graph.seeding.documents import DocumentHash, hash_document
from graph.seeding.reader import read_seeds
from graph.settings import read_settings
from graph.stores.base import Store
from graph.vocabulary.enums import HashRule

source_app = typer.Typer(
    no_args_is_help=True, help="Whether a document at hand is the one that was read; whether addresses still answer."
)
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


@source_app.command()
def check(
    output: Annotated[
        Path | None, typer.Option(help="File that keeps what is found [default: WATTGRAPH_SOURCE_CHECKS].")
    ] = None,
    contact: Annotated[
        str, typer.Option(help="How hosts reach you, such as a mail address; it stands in each request.")
    ] = "",
    delay: Annotated[float, typer.Option(min=0, help="Seconds between two requests to one host.")] = 2.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that one answer may take.")] = 20.0,
    max_age: Annotated[int, typer.Option(min=0, help="Days after which an address is asked again.")] = 30,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Ask loopback and private networks too.")
    ] = False,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Ask the address of each source whether it still answers, and keep what is found, for the coverage report.

    Each host is asked for one thing at a time, as its robots.txt allows. Each answer is kept at once: after an
    interruption the next run goes on."""
    if not all(" " <= one <= "~" for one in contact):
        raise typer.BadParameter("it has characters that no request can bear.", param_hint="--contact")
    path = output or read_settings().source_checks
    urls = with_store(data, neo4j_uri, _read_urls)
    waiting = due(urls, read_checks(path), timedelta(days=max_age), datetime.now(UTC))
    manners = Manners(_user_agent(contact), delay, timeout, allow_private)
    put_off = _check_into(path, waiting, manners)
    _print_states(path, urls)
    if put_off:
        err.line(f"{put_off:,} were put off, because their hosts asked for a rest: run it again later.")


async def _read_urls(store: Store) -> list[str]:
    log = await store.log()
    return sorted({source.url for source in log.sources.values()})


def _user_agent(contact: str) -> str:
    about = "; ".join(filter(None, ("checks whether sources that it cites are still there", contact)))
    return f"wattgraph/{version('wattgraph')} ({about})"


def _check_into(path: Path, urls: Sequence[str], manners: Manners) -> int:
    """How many were put off. Raises BadInput where the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mend_end(path)
        with path.open("a", encoding="utf-8") as file, progress() as update:
            kept, done = CheckFile(file), count(1)

            def keep(check: AddressCheck) -> None:
                kept.append(check)
                update("Asking addresses", next(done), len(urls))

            return check_addresses(urls, manners, keep)
    except OSError as error:
        remedy = "Name another file: --output FILE."
        raise BadInput(f"{path} cannot be written ({error.strerror}).", remedy=remedy) from None


def _print_states(path: Path, urls: list[str]) -> None:
    checks = [check for url, check in read_checks(path).items() if url in set(urls)]
    counts = Counter(check.state for check in checks)
    table = new_table("addresses", "")
    for state in AddressState:
        table.add_row(_STATES[state], f"{counts[state]:,}")
    table.add_row("not asked yet", f"{len(urls) - len(checks):,}")
    out.print(table)
    for one in checks:
        if one.state in (AddressState.DIED, AddressState.MOVED):
            out.line(f"{one.state.lower()}: {one.url}{f' -> {one.location}' if one.location else ''}")


_STATES = {
    AddressState.ANSWERS: "answer",
    AddressState.MOVED: "moved for good",
    AddressState.DIED: "died",
    AddressState.UNKNOWN: "could not be told",
}


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
