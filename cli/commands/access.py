"""`wattgraph token … | audit …`: who may write, and who did what."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from cli.options.stores import Data, Uri, with_store
from cli.terminal import PROBLEM, day_of, err, out
from graph.audit.journal import Head, columns_of
from graph.audit.tokens import TokenScope, new_token, utc_now
from graph.errors import BadInput, StoreDamaged, StoreNotReady
from graph.stores.base import Store

token_app = typer.Typer(no_args_is_help=True, help="Tokens that let a client write, or read what is private.")
audit_app = typer.Typer(no_args_is_help=True, help="The journal: who did what to the store.")
ScopeOption = StrEnum("ScopeOption", {scope: scope.lower() for scope in TokenScope})  # type: ignore[misc]  # the table's keys
_SCOPES = "reader reads, editor also writes, overlay also reads private facts (docs/overlay.md)."
_ACTOR = "command line"
_MAX_NUMBER = 2**63 - 1
"""The largest whole number that both stores hold."""


@token_app.command()
def create(
    name: Annotated[str, typer.Option(help="Whose it is; stands in the journal beside what it writes.")],
    scope: Annotated[ScopeOption, typer.Option(help=_SCOPES)],
    expires: Annotated[
        str | None,
        typer.Option(help="YYYY-MM-DD: from this day on (UTC) it is worthless; default: never.", show_default=False),
    ] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Make a token and print it, once: the store keeps only a hash of it."""
    token, text = new_token(name, TokenScope(scope.upper()), day_of("--expires", expires), now=utc_now())
    reason = f"create {token.id} ({token.name}, {token.scope})"
    with_store(data, neo4j_uri, lambda store: store.put_token(token, actor=_ACTOR, reason=reason), may_be_new=True)
    out.line(text)
    err.line("This is shown once. Send it as: Authorization: Bearer ...")


@token_app.command("list")
def list_tokens(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Every token, without its secret."""
    for token in with_store(data, neo4j_uri, lambda store: store.tokens()):
        state = f"revoked {token.revoked}" if token.revoked else f"expires {token.expires or 'never'}"
        line = f"{token.id}  {token.scope:<7}  {token.name}  created {token.created}  {state}"
        out.line(line)


@token_app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="Its id, as `token list` shows it: the part after wg_.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Make a token worthless, at once and for good."""
    with_store(data, neo4j_uri, lambda store: _revoke(store, id))
    out.line(f"Revoked {id}.")


async def _revoke(store: Store, id: str) -> None:
    tokens = await store.tokens(id)
    if not tokens:
        raise BadInput("There is no token of this id.", remedy="See: wattgraph token list.")
    (token,) = tokens
    if token.revoked is None:
        gone = replace(token, revoked=utc_now().isoformat(timespec="seconds"))
        await store.put_token(gone, actor=_ACTOR, reason=f"revoke {token.id} ({token.name})")


@audit_app.command()
def verify(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Check the chain of the journal; exits 1 naming the first entry that was altered or is missing.

    It also exits 1 when the store holds other rows than its statements make: `wattgraph store verify` says which."""
    try:
        head, is_whole = with_store(data, neo4j_uri, _verified)
    except StoreDamaged as error:
        err.line(f"wattgraph: {error}")
        raise typer.Exit(PROBLEM) from None
    out.line(f"{head.number:,} entries, unbroken. Head: {head.hash}")
    if not is_whole:
        err.line("wattgraph: The rows of the store are not what its statements say. See: wattgraph store verify.")
        raise typer.Exit(PROBLEM)


async def _verified(store: Store) -> tuple[Head, bool]:
    """The head of the journal, and whether what the store holds is what its statements make; without any it is."""
    head = await store.verify_journal()
    try:
        return head, (await store.verify()).is_whole
    except StoreNotReady:
        return head, True


@audit_app.command()
def show(
    after: Annotated[int, typer.Option(min=0, max=_MAX_NUMBER, help="Only entries with a number above this.")] = 0,
    first: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first.")] = 500,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Who did what, and when: one entry a line, as JSON."""
    for entry in with_store(data, neo4j_uri, lambda store: store.journal(after, first)):
        out.line(json.dumps(columns_of(entry)))
