"""Content negotiation by the header Accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from api.context.errors import NotAcceptable

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
"""Under this type an invalid document answers 400; under `application/json` it answers 200 with errors."""
EVENTS = "text/event-stream"
OFFERED = (GRAPHQL_JSON, JSON)
"""The first wins where a client weighs both alike."""


def negotiate_graphql(accept: str | None, offered: tuple[str, ...] = OFFERED) -> str:
    """The offered type of the greatest weight in a header Accept; JSON under a wildcard, and without the header.

    Raises NotAcceptable."""
    if accept is None or not accept.strip():
        return JSON
    weights = dict(_ranges(accept))
    weighted = [(weights[media], media) for media in offered if media in weights]
    best = max(weighted, key=lambda pair: pair[0], default=(0.0, ""))
    if best[0] > 0:
        return best[1]
    if any(weights.get(wildcard, 0) > 0 for wildcard in ("*/*", "application/*")) and weights.get(JSON, 1) > 0:
        return JSON
    raise _not_acceptable(offered)


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type of the greatest weight in a header Accept; the first of several, and without the header.

    Raises NotAcceptable."""
    ranges = dict(_ranges(accept)) if accept and accept.strip() else {"*/*": 1.0}
    best = max(offered, key=lambda media: _quality(media, ranges))
    if not _quality(best, ranges):
        raise _not_acceptable(offered)
    return best


def _not_acceptable(offered: Sequence[str]) -> NotAcceptable:
    remedy = f"Accept {' or '.join(offered)}."
    return NotAcceptable("The service offers none of the media types in Accept.", remedy=remedy)


def _quality(media: str, ranges: Mapping[str, float]) -> float:
    """The weight of the most specific range that covers the type."""
    covering = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Media types with their weights (RFC 9110, 12.5.1); a weight that cannot be read is 0."""
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
