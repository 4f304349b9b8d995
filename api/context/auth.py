"""Who calls, and what the caller may do. A token comes as `Authorization: Bearer wg_…`, in no other way."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo

from api.context.errors import Unauthenticated
from api.context.fields import Field
from api.context.store_provider import StoreProvider
from graph.audit.journal import Action, WriteRequest
from graph.audit.tokens import TokenScope, authenticate, token_id_in, utc_now
from graph.errors import Forbidden
from graph.settings import Settings

_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `actor` is what the journal calls the bearer of a token: its name and id; empty without one."""

    scope: TokenScope = TokenScope.READER
    actor: str = ""

    @property
    def is_known(self) -> bool:
        return self.actor != ""

    def may(self, wanted: TokenScope) -> bool:
        """Nobody writes without a token."""
        return self.scope.covers(wanted) and (self.is_known or wanted is TokenScope.READER)


ANONYMOUS = Caller()
"""Whoever comes without a token, where reading is public."""


def unauthenticated() -> Unauthenticated:
    """No token where one is needed, or one that is not good: one answer for all, which tells no more."""
    remedy = "Send a token that is neither expired nor revoked, as Authorization: Bearer ..."
    return Unauthenticated("This needs a good token.", remedy=remedy, headers={"WWW-Authenticate": "Bearer"})


async def authenticate_headers(given: Sequence[str], settings: Settings, provider: StoreProvider) -> Caller:
    """The caller who sends these values of Authorization. Raises Unauthenticated, StoreError."""
    if given:
        return await _bearer(provider, given)
    if settings.public_reading:
        return ANONYMOUS
    raise unauthenticated()


async def _bearer(provider: StoreProvider, given: Sequence[str]) -> Caller:
    match = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    text = match[1] if match else ""
    token = authenticate(text, await provider.store.tokens(token_id_in(text)), utc_now())
    if token is None:
        raise unauthenticated()
    return Caller(token.scope, f"{token.name} ({token.id})")


# ---- what a mutation needs

Resolver = Callable[..., Any]


def guard(schema: strawberry.Schema) -> None:
    """From now on every mutation asks first whether its caller has the scope that its field declares. One that
    declares none is denied to everybody."""
    mutation = schema._schema.mutation_type
    for name, field in mutation.fields.items() if mutation else ():
        field.resolve = _guarded(name, required_scope(field), cast(Resolver, field.resolve))


def required_scope(field: GraphQLField) -> TokenScope | None:
    definition = field.extensions.get("strawberry-definition")
    return definition.scope if isinstance(definition, Field) else None


def _guarded(name: str, wanted: TokenScope | None, resolve: Resolver) -> Callable[..., Awaitable[Any]]:
    async def run(source: Any, info: GraphQLResolveInfo[Any], **asked: Any) -> Any:
        await _check(name, wanted, info.context)
        return await resolve(source, info, **asked)

    return run


async def _check(name: str, wanted: TokenScope | None, context: Any) -> None:
    """Raises Forbidden; that of a known caller is entered into the journal."""
    caller: Caller = context.caller
    if wanted is not None and caller.may(wanted):
        return
    if caller.is_known:
        has = f"{name} needs {wanted or 'a scope that nobody has'}; the token has {caller.scope}"
        await context.store.note(WriteRequest(Action.REFUSED, caller.actor, has))
    needed = f"Send a token with scope {wanted}." if wanted else "Nobody may."
    raise Forbidden(f"You may not call {name}.", remedy=needed)
