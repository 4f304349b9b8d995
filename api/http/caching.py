"""Conditional requests."""

from __future__ import annotations


def matches_etag(if_none_match: str, tag: str) -> bool:
    """Whether a header `If-None-Match` names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    return if_none_match.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
