"""Which of the media types of GraphQL a client takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from api.context.errors import NotAcceptable

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
"""Under this type a refused request has a status of its own; under JSON it answers 200 with errors."""
EVENTS = "text/event-stream"
OFFERED = (GRAPHQL_JSON, JSON)
"""The first is taken where a client likes both as much."""


def accepted(accept: str | None, offered: tuple[str, ...] = OFFERED) -> str:
    """The offered type that the header Accept likes best; JSON where it leaves the choice (or is missing).

    Raises NotAcceptable."""
    if accept is None or not accept.strip():
        return JSON
    liked = dict(_ranges(accept))
    by_name = [(liked[media], media) for media in offered if media in liked]
    best = max(by_name, key=lambda pair: pair[0], default=(0.0, ""))
    if best[0] > 0:
        return best[1]
    if any(liked.get(wide, 0) > 0 for wide in ("*/*", "application/*")) and liked.get(JSON, 1) > 0:
        return JSON
    raise NotAcceptable("The answer cannot be had in any of these types.", remedy=f"Accept {' or '.join(offered)}.")


def negotiated(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type that the header Accept likes best; the first of several, and where the header is missing.

    Raises NotAcceptable."""
    ranges = dict(_ranges(accept)) if accept and accept.strip() else {"*/*": 1.0}
    best = max(offered, key=lambda media: _quality(media, ranges))
    if not _quality(best, ranges):
        remedy = f"Accept {' or '.join(offered)}."
        raise NotAcceptable("The answer cannot be had in any of these types.", remedy=remedy)
    return best


def _quality(media: str, ranges: Mapping[str, float]) -> float:
    """The weight of the most specific range that covers the type."""
    covering = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Media types with their weights (RFC 9110, 12.5.1); one whose weight cannot be read is not wanted."""
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
        yield media, _weight(weights[-1]) if weights else 1.0


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
