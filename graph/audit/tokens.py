"""Who may do what: tokens and their scopes. A token is `wg_<id>_<secret>`; a store keeps all of it but the secret.

At rest stands a salted SHA-256 of the secret. A slow hash is for what people choose, to make guessing dear; the secret
has 256 random bits, which nobody guesses however fast the hash, so every request can afford to check one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from graph.errors import BadInput, BadValue
from graph.vocabulary.parsing import read_text

MAX_NAME_LENGTH = 100
_TEXT = re.compile(r"wg_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)
_SECRET_BYTES = 32


class TokenScope(StrEnum):
    """READER reads; EDITOR also writes; OVERLAY also reads the private overlay, and does not write."""

    READER = "READER"
    EDITOR = "EDITOR"
    OVERLAY = "OVERLAY"

    @classmethod
    def _missing_(cls, value: object) -> TokenScope | None:
        """Earlier versions also made tokens of the scope ADMIN, which never allowed more than EDITOR does."""
        return cls.EDITOR if value == "ADMIN" else None

    def covers(self, required: TokenScope) -> bool:
        return required in (self, TokenScope.READER)

    @property
    def reads_only(self) -> bool:
        return self is not TokenScope.EDITOR


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token but its secret. Times are ISO 8601 in UTC; `expires` None: never, `revoked` None: it is
    valid."""

    id: str
    name: str
    scope: TokenScope
    secret_hash: str = field(repr=False)
    created: str
    expires: str | None = None
    revoked: str | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired; on the moment `expires` it is."""
        return self.revoked is None and (self.expires is None or now < datetime.fromisoformat(self.expires))


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_token(name: str, scope: TokenScope, expires: date | None = None, *, now: datetime) -> tuple[Token, str]:
    """A token, and its text, which nobody can show again. From the day `expires` on (UTC) it is no longer valid.

    Raises BadInput for a name that is no line of text, or a day that has come."""
    try:
        valid_name = read_text(name, MAX_NAME_LENGTH)
    except BadValue as problem:
        raise BadInput(f"The name of the token is {problem.message}.", remedy="Name whose it is.") from None
    if expires is not None and expires <= now.date():
        raise BadInput(f"The token would have expired on {expires}.", remedy="Name a later day, or none.")
    key, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
    end = f"{expires}T00:00:00+00:00" if expires else None
    token = Token(
        key, valid_name, scope, _salted_hash(secret, secrets.token_hex(16)), now.isoformat(timespec="seconds"), end
    )
    return token, f"wg_{key}_{secret}"


def token_id_in(text: str) -> str:
    """The id of the token that a text is; empty for what is none."""
    match = _TEXT.fullmatch(text)
    return match["id"] if match else ""


def authenticate(text: str, tokens: Iterable[Token], now: datetime) -> Token | None:
    """The valid token that a text is; None for any other. The same work whether its id, its secret or its time is
    wrong."""
    match = _TEXT.fullmatch(text)
    key, secret = (match["id"], match["secret"]) if match else ("", text[:100])
    token = {one.id: one for one in tokens}.get(key, _NO_TOKEN)
    right = hmac.compare_digest(_salted_hash(secret, token.secret_hash.partition(":")[0]), token.secret_hash)
    valid = token.is_valid(now)
    return token if right and valid and token is not _NO_TOKEN else None


def _salted_hash(secret: str, salt: str) -> str:
    return f"{salt}:{hashlib.sha256(f'{salt}:{secret}'.encode(errors='replace')).hexdigest()}"


_NO_TOKEN = Token(
    "", "", TokenScope.READER, _salted_hash(secrets.token_urlsafe(_SECRET_BYTES), secrets.token_hex(16)), ""
)
"""Stands for every token that there is not, so that an unknown id costs what a known one costs."""
