"""Who may do what: tokens over HTTP, and every mutation for every scope."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from api.context.auth import Caller, guard_mutations
from api.context.fields import add_fields, field
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from graph.audit.journal import Action
from graph.audit.tokens import TokenScope
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests.api.writers import Client, token_of
from tests.printed_schema import printed_schema

Small = Callable[..., Awaitable[EmbeddedStore]]
VERSION = "{ dataVersion { id } }"
SCHEMA = printed_schema()
MUTATIONS = sorted(SCHEMA.mutation_type.fields) if SCHEMA.mutation_type else []
WHO = [None, *TokenScope]


def _literal(type_: Any) -> str:
    """Some value of an input type."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return f"{{ {', '.join(f'{name}: {_literal(given.type)}' for name, given in named.fields.items())} }}"
    return '"x"'


def _document(name: str) -> str:
    assert SCHEMA.mutation_type is not None
    made = SCHEMA.mutation_type.fields[name]
    arguments = ", ".join(f"{argument}: {_literal(about.type)}" for argument, about in made.args.items())
    chosen = "{ __typename }" if isinstance(get_named_type(made.type), GraphQLObjectType) else ""
    return f"mutation {{ {name}({arguments}) {chosen} }}"


async def _version(store: EmbeddedStore) -> str:
    return (await store.reader()).version.id


@pytest.mark.parametrize("scope", WHO, ids=[scope or "nobody" for scope in WHO])
@pytest.mark.parametrize("name", MUTATIONS)
async def test_every_mutation_is_denied_to_whoever_lacks_its_scope(
    small: Small, name: str, scope: TokenScope | None
) -> None:
    store = await small()
    before, (token, text) = await _version(store), await token_of(store, scope or TokenScope.READER)
    answer = await Client(store, text if scope else None).ask(_document(name))
    refused = answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"  # allowed, it is told what else is wrong
    assert refused == (scope is not TokenScope.EDITOR)
    assert await _version(store) == before
    entries = [entry for entry in await store.journal() if entry.action is Action.REFUSED]
    is_noted = refused and scope is not None
    assert [entry.actor for entry in entries] == ([f"{token.name} ({token.id})"] if is_noted else [])


@strawberry.type
class _Nothing:
    nothing: int = 0


async def test_a_mutation_that_declares_no_scope_is_denied_to_everybody(small: Small) -> None:
    ran = []

    async def run(source: Any) -> int:
        ran.append(source)
        return 1

    class Careless:
        pass

    add_fields(Careless, [field("careless", int, run, "Forgot its scope.")])
    made = strawberry.Schema(_Nothing, strawberry.type(Careless))
    guard_mutations(made)
    context = RequestContext(StoreProvider(await small()), Caller(TokenScope.EDITOR, "the chief"))
    found = await made.execute("mutation { careless }", context_value=context)
    assert found.errors
    assert "You may not call careless" in found.errors[0].message
    assert ran == []


BAD = {
    "no scheme": "wg_000000000000_" + "a" * 43,
    "another scheme": "Digest d2c6d2c=",
    "a wrong password": "Basic d2c6d2c=",
    "no base64": "Basic ~~~",
    "no text": "Basic //8=",
    "nothing": "",
    "no token": "Bearer",
    "an unknown one": "Bearer wg_000000000000_" + "a" * 43,
    "a long one": "Bearer " + "a" * 5_000,
    "two words": "Bearer a b",
}


async def test_every_token_that_is_not_good_gets_the_same_answer(small: Small) -> None:
    store = await small()
    good, text = await token_of(store, TokenScope.EDITOR)
    revoked, gone = await token_of(store, TokenScope.EDITOR)
    await store.put_token(replace(revoked, revoked="2026-11-01T00:00:00+00:00"))
    _, old = await token_of(store, TokenScope.EDITOR, date(2020, 1, 2), datetime(2020, 1, 1, tzinfo=UTC))
    other = text[:16] + gone[16:]
    headers = [*BAD.values(), f"Bearer {gone}", f"Bearer {old}", f"Bearer {other}", f"Bearer {text}x"]
    client, answers = Client(store).http, set()
    for header in headers:
        answer = await client.post("/graphql", json={"query": VERSION}, headers={"Authorization": header})
        answers.add((answer.status_code, answer.headers["WWW-Authenticate"], answer.text))
        assert good.id not in answer.text
    (only,) = answers
    assert only[:2] == (401, "Bearer")
    assert "UNAUTHENTICATED" in only[2]
    two = [("Authorization", f"Bearer {text}")] * 2
    assert (await client.post("/graphql", json={"query": VERSION}, headers=two)).status_code == 401
    one = {"Authorization": f"bearer {text}"}
    assert (await client.post("/graphql", json={"query": VERSION}, headers=one)).status_code == 200


async def test_a_revoked_token_is_refused_from_the_next_request_on(small: Small) -> None:
    store = await small()
    token, text = await token_of(store, TokenScope.READER)
    client = Client(store, text)
    assert "data" in await client.ask(VERSION)
    await store.put_token(replace(token, revoked="2026-11-23T00:00:00+00:00"))
    assert "data" not in await client.ask(VERSION)


async def test_where_reading_is_not_public_it_needs_a_token(small: Small) -> None:
    store = await small()
    _, text = await token_of(store, TokenScope.READER)
    visitor, reader = Client(store, public_reading=False), Client(store, text, public_reading=False)
    pages = {"/reports": 401, "/reports/centrality": 401, f"/graphql?query={VERSION}": 401, "/healthz": 200}
    for path, status in pages.items():
        assert (await visitor.http.get(path)).status_code == status, path
        assert (await reader.http.get(path)).status_code == 200, path
    assert (await visitor.http.get("/reports")).headers["WWW-Authenticate"] == "Bearer"


async def test_a_browser_sends_a_token_as_password_and_may_read_alone(small: Small) -> None:
    """It sends it with what a foreign page makes it send, too: so even the token of an editor writes nothing."""
    store = await small()
    token, text = await token_of(store, TokenScope.EDITOR)
    client = Client(store, public_reading=False).http
    client.auth = httpx.BasicAuth("anybody", text)
    assert (await client.get("/reports")).status_code == 200
    assert (await client.post("/graphql", json={"query": VERSION})).status_code == 200
    for name in MUTATIONS:
        answer = (await client.post("/graphql", json={"query": _document(name)})).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    refused = [entry for entry in await store.journal() if entry.action is Action.REFUSED]
    assert {entry.actor for entry in refused} == {f"{token.name} ({token.id})"}
    client.auth = httpx.BasicAuth(text, "")
    assert (await client.get("/reports")).status_code == 401


def test_reading_is_public_unless_it_is_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().public_reading
    monkeypatch.setenv("WATTGRAPH_PUBLIC_READING", "0")
    assert not read_settings().public_reading


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_by_get_is_not_run(small: Small, name: str) -> None:
    store = await small()
    _, text = await token_of(store, TokenScope.EDITOR)
    before = len(await store.journal())
    answer = await Client(store, text).http.get("/graphql", params={"query": _document(name)})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert len(await store.journal()) == before


async def test_a_token_stands_in_no_answer_and_no_log(small: Small, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = await small()
    token, text = await token_of(store, TokenScope.EDITOR)
    secret, client = text.split("_", 2)[2], Client(store, text)
    answers = [await client.ask(document) for document in (VERSION, "{ nothing }", "{", *map(_document, MUTATIONS))]
    answers.append(await Client(store, text[:-1] + "~").ask(VERSION))
    told = [str(answers), caplog.text, repr(token), repr(await store.tokens()), repr(await store.journal())]
    assert [secret[:20] in one for one in told] == [False] * len(told)
