"""Authentication of callers and authorization of mutations.

A token comes as `Authorization: Bearer wg_…`. A browser asks its user for it instead, and sends it as the password of
Basic authentication with every request, also with those that a foreign page makes it send, whose answer that page
cannot see: such a caller may only read."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo

from api.context.errors import Unauthenticated
from api.context.fields import Field
from api.context.store_provider import StoreProvider
from api.telemetry.request_record import note_caller, note_private_facts
from graph.audit.journal import Action, WriteRequest
from graph.audit.tokens import TokenScope, authenticate, token_id_in, utc_now
from graph.errors import Forbidden
from graph.evidence.lens import Lens
from graph.settings import Settings

_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE | re.ASCII)
_BASIC = re.compile(r"basic +(\S+) *", re.IGNORECASE | re.ASCII)
BASIC_CHALLENGE = 'Basic realm="Wattgraph: any name, a token as password", charset="UTF-8"'
"""Makes a browser ask its user."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request. `actor` names the bearer of a token in the journal, by name and id of the token; it is
    empty for a caller without one."""

    scope: TokenScope = TokenScope.READER
    actor: str = ""

    @property
    def is_authenticated(self) -> bool:
        return self.actor != ""

    def has_scope(self, required: TokenScope) -> bool:
        """Whether the caller may do what the scope allows; without a token that is reading at most."""
        return self.scope.covers(required) and (self.is_authenticated or required is TokenScope.READER)

    def check_lens(self, lens: Lens) -> None:
        """Raises Forbidden for a lens with private facts that the caller may not read: before anybody learns whether
        there are any."""
        if lens.overlay and not self.has_scope(TokenScope.OVERLAY):
            raise Forbidden("You may not read private facts.", remedy=_OVERLAY_REMEDY)
        if lens.overlay:
            note_private_facts()


_OVERLAY_REMEDY = (
    "Send a token of scope OVERLAY (`wattgraph token create --scope overlay`), or leave `overlay` out of the lens."
)
ANONYMOUS = Caller()
"""A caller without a token, where reading is public."""
OWNER = Caller(TokenScope.OVERLAY, "command line")
"""Who runs the program reads what its settings name."""


def unauthenticated() -> Unauthenticated:
    """The error for a missing, malformed, unknown, expired or revoked token. It is one for all, and reveals no more."""
    remedy = "Send a token that is neither expired nor revoked, as Authorization: Bearer ..."
    return Unauthenticated("This needs a valid token.", remedy=remedy, headers={"WWW-Authenticate": "Bearer"})


async def authenticate_headers(authorizations: Sequence[str], settings: Settings, provider: StoreProvider) -> Caller:
    """The caller who sends these values of `Authorization`. Raises Unauthenticated, StoreError."""
    if authorizations:
        return await _authenticate_token(provider, authorizations)
    if settings.public_reading:
        return ANONYMOUS
    raise unauthenticated()


async def _authenticate_token(provider: StoreProvider, authorizations: Sequence[str]) -> Caller:
    header = authorizations[0] if len(authorizations) == 1 else ""
    bearer, basic = _BEARER.fullmatch(header), _BASIC.fullmatch(header)
    text = bearer[1] if bearer else _password(basic[1]) if basic else ""
    token = authenticate(text, await provider.store.tokens(token_id_in(text)), utc_now())
    if token is None:
        raise unauthenticated()
    actor = f"{token.name} ({token.id})"
    note_caller(actor)
    scope = token.scope if bearer or token.scope.reads_only else TokenScope.READER
    return Caller(scope, actor)


def _password(credentials: str) -> str:
    """The password of Basic authentication (RFC 7617); empty where there is none."""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


# ---- authorization of mutations

Resolver = Callable[..., Any]


def guard_mutations(schema: strawberry.Schema) -> None:
    """Wrap the resolver of every mutation with a check of the scope that its field declares. A field that declares
    none is denied to all callers."""
    mutation = schema._schema.mutation_type
    for name, field in mutation.fields.items() if mutation else ():
        field.resolve = _with_scope_check(name, required_scope(field), cast(Resolver, field.resolve))


def required_scope(field: GraphQLField) -> TokenScope | None:
    definition = field.extensions.get("strawberry-definition")
    return definition.scope if isinstance(definition, Field) else None


def _with_scope_check(name: str, required: TokenScope | None, resolve: Resolver) -> Callable[..., Awaitable[Any]]:
    async def run(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        await _check_scope(name, required, info.context)
        return await resolve(source, info, **args)

    return run


async def _check_scope(name: str, required: TokenScope | None, context: Any) -> None:
    """Raises Forbidden. The refusal of an authenticated caller is entered into the journal."""
    caller: Caller = context.caller
    if required is not None and caller.has_scope(required):
        return
    if caller.is_authenticated:
        reason = f"{name} needs {required or 'a scope that nobody has'}; the token has {caller.scope}"
        await context.store.note(WriteRequest(Action.REFUSED, caller.actor, reason))
    remedy = f"Send a token with scope {required}." if required else "No scope allows it."
    raise Forbidden(f"You may not call {name}.", remedy=remedy)
