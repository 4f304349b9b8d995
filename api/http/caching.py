"""ResponseCache that a client may hold already."""

from __future__ import annotations


def is_known(given: str, tag: str) -> bool:
    """Whether `If-None-Match` names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    return given.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in given.split(",")]
