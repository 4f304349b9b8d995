"""Who may do what: tokens and their scopes. A store keeps tokens without their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Each may do what the ones before it may."""

    READER = "READER"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token but its secret. Times are ISO 8601 in UTC; `expires` None: never, `revoked` None: it is
    good."""

    id: str
    name: str
    scope: Scope
    secret_hash: str
    created: str
    expires: str | None = None
    revoked: str | None = None
