"""Cursors: opaque text that carries a place in an order (values and key), the order itself, and the resolved lens."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from api.schema.properties import numeric_columns
from graph.errors import BadCursor
from graph.evidence.lens import Lens
from graph.stores.query import Cursor, Orders, Query
from graph.vocabulary.parsing import KEY
from graph.vocabulary.values import canonical

_LONGEST = 30_000
"""A name of 2,000 letters, none of them ASCII, takes 14,000 characters in its order column."""
_BY_PLACE = "place"
_LARGEST = 1e18
"""No number of the seeds is larger."""


def write_cursor(place: Cursor, query: Query, lens: Lens) -> str:
    return _encoded([query.label, _told(query.orders), lens_fingerprint(lens), list(place.values), place.key])


def read_cursor(text: str, query: Query, lens: Lens) -> Cursor:
    """The place in the order of `query`. Raises BadCursor for one of another kind, order or lens, or none at all."""
    label, orders, mark, values, key = _parts(text)
    _check("kind", label, query.label)
    _check("order", orders, _told(query.orders))
    _check("lens", mark, lens_fingerprint(lens))
    sound = len(values) == len(query.orders) and _is_key(key)
    if not sound or not all(
        _fits(query.label, order.column, value) for order, value in zip(query.orders, values, strict=True)
    ):
        raise _no_cursor()
    return Cursor(tuple(values), key)


def write_list_cursor(kind: str, mark: str, place: Sequence[str]) -> str:
    """A cursor in what is no list of rows: things of a `kind`, by place; `mark` tells what the places are of."""
    *values, key = place
    return _encoded([kind, _BY_PLACE, mark, values, key])


def read_list_cursor(text: str | None, kind: str, mark: str, parts: int) -> tuple[str, ...] | None:
    """The place of a cursor, of so many parts; None without one. Raises BadCursor."""
    if text is None:
        return None
    given, orders, had, values, key = _parts(text)
    _check("kind", given, kind)
    _check("order", orders, _BY_PLACE)
    _check("lens", had, mark)
    place = (*values, key)
    if len(place) != parts or not all(isinstance(part, str) for part in place):
        raise _no_cursor()
    return place


def lens_fingerprint(lens: Lens) -> str:
    """A short text that two lenses share when they show the same: validOn, knownOn, digest of the rest."""
    rest = [
        lens.min_confidence,
        lens.min_reliability,
        sorted(lens.natures),
        sorted(lens.exclude_sources),
        lens.certainty,
        # only where there is one, so that cursors from before there were scenarios stay good
        *filter(None, [lens.scenario]),
    ]
    return f"{lens.valid_on}/{lens.known_on}/{hashlib.sha256(canonical(rest).encode()).hexdigest()[:8]}"


def _told(orders: Orders) -> str:
    return ", ".join(f"{order.column} {'DESC' if order.descending else 'ASC'}" for order in orders) or "key"


def _encoded(told: list[Any]) -> str:
    return base64.urlsafe_b64encode(canonical(told).encode()).decode().rstrip("=")


def _parts(text: str) -> tuple[str, str, str, list[Any], Any]:
    try:
        label, orders, mark, values, key = json.loads(_decoded(text))
    except (ValueError, TypeError, RecursionError):
        raise _no_cursor() from None
    if not all(isinstance(part, str) for part in (label, orders, mark)) or not isinstance(values, list):
        raise _no_cursor()
    return label, orders, mark, values, key


def _decoded(text: str) -> bytes:
    if len(text) > _LONGEST:
        raise ValueError("longer than any cursor")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _no_cursor() -> BadCursor:
    return BadCursor("That is not a cursor.", remedy="Give a cursor as an answer gave it, whole.")


def _check(what: str, have: str, want: str) -> None:
    if have != want:
        raise BadCursor(
            f"The cursor is of another {what}: {have[:200]!r}, not {want!r}.",
            remedy="Page on with the arguments and the lens of the page that gave it, or start again without a cursor.",
        )


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= 200 and KEY.fullmatch(key) is not None


def _fits(label: str, column: str, value: Any) -> bool:
    """Whether a value can stand in an order column: a made-up one must not reach a store."""
    if value is None:
        return True
    if column in numeric_columns(label):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(value, str) and value.isascii()
