"""Cursors: opaque text that holds a position in an order (values and key), the order itself, and the resolved lens."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from api.context.request_context import LensView
from api.schema.properties import numeric_columns
from graph.errors import BadCursor
from graph.evidence.lens import Lens
from graph.stores.query import Cursor, Orders, Query
from graph.vocabulary.parsing import KEY
from graph.vocabulary.values import canonical

_MAX_LENGTH = 30_000
"""A name of 2,000 letters, none of them ASCII, takes 14,000 characters in its order column."""
_LIST_ORDER = "place"
"""Stands for the order in a cursor of a sorted list."""
_BETWEEN = " to "
"""Between the fingerprints of two lenses that are compared."""
_REMEDY = "Page on with the arguments and the lens of the page that gave it, or start again without a cursor."
_MAX_NUMBER = 1e18
"""No number of the seeds is larger."""


def write_cursor(position: Cursor, query: Query, lens: Lens) -> str:
    return _encode(
        [query.label, _format_orders(query.orders), lens_fingerprint(lens), list(position.values), position.key]
    )


def read_cursor(text: str, query: Query, lens: Lens) -> Cursor:
    """The position of a cursor in the order of `query`. Raises BadCursor, also for a cursor of another label, order
    or lens."""
    label, orders, fingerprint, values, key = _decode(text)
    _check("kind", label, query.label)
    _check("order", orders, _format_orders(query.orders))
    _check("lens", fingerprint, lens_fingerprint(lens))
    is_valid = len(values) == len(query.orders) and _is_key(key)
    if not is_valid or not all(
        _fits(query.label, order.column, value) for order, value in zip(query.orders, values, strict=True)
    ):
        raise _no_cursor()
    return Cursor(tuple(values), key)


def write_list_cursor(kind: str, fingerprint: str, sort_key: Sequence[str]) -> str:
    """A cursor in a sorted list of things of a kind, computed from the data of a fingerprint."""
    *values, key = sort_key
    return _encode([kind, _LIST_ORDER, fingerprint, values, key])


def read_list_cursor(text: str | None, kind: str, fingerprint: str, parts: int) -> tuple[str, ...] | None:
    """The sort key of a cursor, which has as many parts; None without a cursor. Raises BadCursor."""
    if text is None:
        return None
    cursor_kind, order, cursor_fingerprint, values, key = _decode(text)
    _check("kind", cursor_kind, kind)
    _check("order", order, _LIST_ORDER)
    _check("lens", cursor_fingerprint, fingerprint)
    sort_key = (*values, key)
    if len(sort_key) != parts or not all(isinstance(part, str) for part in sort_key):
        raise _no_cursor()
    return sort_key


async def lenses_of_page(text: str | None, views: Sequence[LensView]) -> list[Lens]:
    """The lenses of the page that gave a cursor: those of the views, on the days of the cursor where they show the same
    then, so that a loop over pages goes on after midnight. Raises BadCursor where they do not."""
    fingerprints = ["" for _ in views] if text is None else _decode(text)[2].split(_BETWEEN)
    if len(fingerprints) != len(views):
        return [view.lens for view in views]
    lenses = [_on_days_of(fingerprint, view.lens) for fingerprint, view in zip(fingerprints, views, strict=True)]
    for lens, view in zip(lenses, views, strict=True):
        if not await view.shows_the_same_as(lens):
            day = f'graph(lens: {{validOn: "{lens.valid_on}", knownOn: "{lens.known_on}"}})'
            remedy = f"Between these days the facts change. Page on under {day}, or start again without a cursor."
            _check("lens", lens_fingerprint(lens), lens_fingerprint(view.lens), remedy)
    return lenses


def _on_days_of(fingerprint: str, lens: Lens) -> Lens:
    """The lens on the days of a fingerprint, where that is of a lens which is alike in all else; else the lens."""
    try:
        valid_on, known_on = map(date.fromisoformat, fingerprint.split("/")[:2])
    except ValueError:
        return lens
    dated = replace(lens, valid_on=valid_on, known_on=known_on)
    return dated if lens_fingerprint(dated) == fingerprint else lens


def page_fingerprint(lenses: Iterable[Lens]) -> str:
    """The fingerprint of a list that is computed under lenses."""
    return _BETWEEN.join(map(lens_fingerprint, lenses))


def lens_fingerprint(lens: Lens) -> str:
    """A short text that is equal for lenses that show the same: validOn, knownOn, digest of the rest."""
    rest = [
        lens.min_confidence,
        lens.min_reliability,
        sorted(lens.natures),
        sorted(lens.exclude_sources),
        lens.certainty,
        # only where there is one, so that cursors from before there were scenarios stay valid
        *filter(None, [lens.scenario, "overlay" if lens.overlay else None]),
    ]
    return f"{lens.valid_on}/{lens.known_on}/{hashlib.sha256(canonical(rest).encode()).hexdigest()[:8]}"


def _format_orders(orders: Orders) -> str:
    return ", ".join(f"{order.column} {'DESC' if order.descending else 'ASC'}" for order in orders) or "key"


def _encode(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(canonical(parts).encode()).decode().rstrip("=")


def _decode(text: str) -> tuple[str, str, str, list[Any], Any]:
    """The parts of a cursor. Raises BadCursor."""
    try:
        label, orders, fingerprint, values, key = json.loads(_decode_base64(text))
    except (ValueError, TypeError, RecursionError):
        raise _no_cursor() from None
    if not all(isinstance(part, str) for part in (label, orders, fingerprint)) or not isinstance(values, list):
        raise _no_cursor()
    return label, orders, fingerprint, values, key


def _decode_base64(text: str) -> bytes:
    if len(text) > _MAX_LENGTH:
        raise ValueError("longer than any cursor")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _no_cursor() -> BadCursor:
    return BadCursor("That is not a cursor.", remedy="Give a cursor as an answer gave it, whole.")


def _check(part: str, actual: str, expected: str, remedy: str = _REMEDY) -> None:
    if actual != expected:
        raise BadCursor(f"The cursor is of another {part}: {actual[:200]!r}, not {expected!r}.", remedy=remedy)


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= 200 and KEY.fullmatch(key) is not None


def _fits(label: str, column: str, value: Any) -> bool:
    """Whether a value can stand in an order column: a forged one must not reach a store."""
    if value is None:
        return True
    if column in numeric_columns(label):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MAX_NUMBER
    return isinstance(value, str) and value.isascii()
