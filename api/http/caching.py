"""Conditional requests."""

from __future__ import annotations

from graph.stores.base import Reader

STALE_SINCE = "Wattgraph-Stale-Since"
"""Of an answer that was read from what is kept of a store that does not answer: since when it does not."""


def version_headers(reader: Reader) -> dict[str, str]:
    """What an answer says of the data that it was read from."""
    stale = {STALE_SINCE: reader.stale_since} if reader.stale_since else {}
    return {"Wattgraph-Data-Version": reader.version.id, **stale}


def matches_etag(if_none_match: str, tag: str) -> bool:
    """Whether a header `If-None-Match` names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    return if_none_match.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]


def asks_anew(cache_control: str) -> bool:
    """Whether a header `Cache-Control` of a request takes nothing that was kept without a look at where it comes from
    (RFC 9111, 5.2.1)."""
    return not {"no-cache", "max-age=0"}.isdisjoint(one.strip().lower() for one in cache_control.split(","))
