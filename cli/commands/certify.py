"""`wattgraph certify`: a certificate of an answer, and the proof of one."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.context.limits import Limits
from api.execution.execute import run_document
from api.execution.lens_arguments import names_lens
from cli.commands.query import read_text
from cli.options.lens import with_lens_options
from cli.options.stores import Data, Seeds, Uri, with_store
from cli.terminal import PROBLEM, out, progress, write_output
from graph.concurrency.progress import progress_to
from graph.errors import BadInput
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.publication.certificates import (
    Answers,
    Certificate,
    CertificateState,
    OtherFacts,
    read_certificate,
    state_of_certificate,
)
from graph.publication.certificates import (
    certify as make_certificate,
)
from graph.publication.outcomes import Outcome
from graph.seeding.history import earlier_seeds
from graph.settings import Settings, read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.values import Json

MAX_REVISIONS = 30
"""Revisions of the facts that a check looks through; reading one takes a second or two."""


@with_lens_options()
def certify(
    document: Annotated[
        str | None,
        typer.Argument(help="A GraphQL document, @FILE, or - for standard input.", show_default=False),
    ] = None,
    variables: Annotated[str, typer.Option(help="Variables as a JSON object, or @FILE.")] = "{}",
    output: Annotated[
        Path | None, typer.Option(help="File to write [default: standard output].", show_default=False)
    ] = None,
    check: Annotated[Path | None, typer.Option(help="Instead: the certificate to check.", show_default=False)] = None,
    revisions: Annotated[
        int, typer.Option(help="To check: how many revisions of the facts to look through.", min=0)
    ] = MAX_REVISIONS,
    *,
    lens: Lens,
    seeds: Seeds = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Certify the answer to a query, and prove a certificate later.

    A certificate is one file: query, lens, data version and a hash of the answer.

    With --check FILE: prove from the facts and their history that this was the answer then, and that nothing that
    became known later leaked into it; and say what has become of it, as of a figure (docs/figures.md). Exits 1 where
    nothing proves it.

    Example: wattgraph certify '{ capacity(groupBy: [PROVIDER]) { rows { group basis mw { high } } } }' --known-on
    2026-06-30 --output then.json; later: wattgraph certify --check then.json"""
    settings = read_settings(seeds=seeds, data=data, neo4j_uri=neo4j_uri)
    if check is not None:
        if document is not None or lens != DEFAULT_LENS:
            raise typer.BadParameter("The certificate names query and lens itself.", param_hint="--check")
        state = with_store(data, neo4j_uri, _checking(check, revisions, settings))
        _print(state)
        raise typer.Exit(0 if state.is_proven else PROBLEM)
    if document is None:
        raise typer.BadParameter("Name a query to certify, or a certificate with --check.", param_hint="document")
    query, given = _question(document, variables)
    answers = partial(_answers, query, given, Limits.of(settings))
    made = with_store(data, neo4j_uri, lambda store: make_certificate(store, lens, query, given, answers))
    write_output(orjson.dumps(made.to_json(), option=orjson.OPT_INDENT_2).decode() + "\n", output)


def _question(document: str, variables: str) -> tuple[str, Mapping[str, Any]]:
    """The query and its variables. Raises BadInput."""
    query, given = read_text(document), _parsed("The variables", read_text(variables))
    if not isinstance(given, dict):
        raise BadInput("The variables are no JSON object.", remedy='Give an object such as {"key": "iren"}.')
    if names_lens(query):
        remedy = "Give the lens by options (--valid-on, --known-on, ...): the certificate names one lens for all of it."
        raise BadInput("The query names a lens of its own.", remedy=remedy)
    return query, given


def _parsed(what: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadInput(f"{what} holds no JSON ({problem}).", remedy="Give a JSON object.") from None


async def _answers(query: str, variables: Mapping[str, Json], limits: Limits, store: Store, lens: Lens) -> Json:
    text, failed = await run_document(store, query, orjson.dumps(dict(variables)).decode(), lens, limits)
    answer = orjson.loads(text)
    if failed:
        raise BadInput(f"The query has errors: {answer['errors'][0]['message']}", remedy="Try it by `wattgraph query`.")
    data: Json = answer["data"]
    return data


# ---- the check


def _checking(path: Path, revisions: int, settings: Settings) -> Callable[[Store], Awaitable[CertificateState]]:
    """What tells, with a store, the state of the certificate in a file. Raises BadInput."""
    certificate, limits = read_certificate(_parsed(str(path), read_text(f"@{path}"))), Limits.of(settings)
    history = partial(earlier_seeds, settings.seeds, revisions, settings.facts_file_bytes)
    return lambda store: _check(store, certificate, limits, _other_facts(store, history))


async def _check(store: Store, certificate: Certificate, limits: Limits, others: OtherFacts) -> CertificateState:
    answers: Answers = partial(_answers, certificate.query, certificate.variables, limits)
    with progress() as report, progress_to(report):
        return await state_of_certificate(store, certificate, answers, others)


def _other_facts(store: Store, history: Callable[[], Any]) -> OtherFacts:
    @asynccontextmanager
    async def opened(log: StatementLog) -> AsyncIterator[Store]:
        day = (await store.reader()).lens.valid_on
        assert day is not None  # noqa: S101 (the lens of a reader has both dates)
        with tempfile.TemporaryDirectory() as folder:
            other = await EmbeddedStore.open(Path(folder), clock=_on(day), scenarios=store.scenarios)
            try:
                await other.load(log)
                yield other
            finally:
                await other.close()

    return OtherFacts(opened, history)


def _on(day: date) -> Callable[[], date]:
    return lambda: day


_SENTENCES: Mapping[Outcome, str] = {
    Outcome.SAME: "The answer is the same today.",
    Outcome.CHANGED_BY_THE_WORLD: "It was the answer, also by what is known today of its day; the world has changed.",
    Outcome.WE_LEARNT_MORE: "It was the answer; by what is known today it would have been another even then.",
    Outcome.DECIDED_OTHERWISE: "The facts of then are found; another version of the policy prefers others of them.",
    Outcome.CANNOT_TELL: "The facts that are here do not give it under its lens; no facts of then that do are found.",
}


def _print(state: CertificateState) -> None:
    certificate = state.certificate
    lens, cited = certificate.lens, certificate.answer
    out.line(f"certified  true on {lens.valid_on}, known by {lens.known_on}; data version {certificate.version}")
    out.line(f"           answer {cited}\n")
    out.line(f"{_mark(state.then == cited)}  By the facts that are here, under its lens: {_same(state.then == cited)}.")
    out.line(f"{_mark(not state.leaked)}  {_sealed(state)}")
    out.line(f"{_mark(_is_recorded_answer(state))}  {_history(state)}\n")
    out.line(f"{state.outcome}: {_SENTENCES[state.outcome]}")
    out.line("Proven." if state.is_proven else "Not proven.")


def _mark(holds: bool) -> str:
    return "yes" if holds else "no "


def _same(holds: bool) -> str:
    return "the same answer" if holds else "another answer"


def _sealed(state: CertificateState) -> str:
    without = f"Without the {state.later:,} statements that became known later"
    return f"{without}: {'another answer, so that they leak into it' if state.leaked else 'the same, none leaks in'}."


def _is_recorded_answer(state: CertificateState) -> bool:
    return state.facts is not None and state.facts.answer == state.certificate.answer


def _history(state: CertificateState) -> str:
    if state.facts is None:
        return "The facts of its data version are not found, neither here nor in the history of their folder."
    return f"The facts of its data version, {state.facts.where}: {_same(_is_recorded_answer(state))}."
