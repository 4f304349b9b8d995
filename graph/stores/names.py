"""Which organization a text means: its key, ticker, name, or an alias or former name, the first of these that fits."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from graph.errors import AmbiguousKey, BadQuery
from graph.stores.base import Reader
from graph.stores.query import MAX_PER_PAGE, Compare, Page, Query
from graph.vocabulary.model import SEARCH_FOLDED, Row
from graph.vocabulary.values import fold

_SUGGESTED = 3


async def organization_called(reader: Reader, text: str) -> Row | None:
    """Raises AmbiguousKey where two have the same ticker, name or alias."""
    (row,) = await reader.get("Organization", [text])
    return row or await _called(reader, text)


async def known_organization(reader: Reader, text: str) -> Row:
    """Raises BadQuery, with what else may have been meant, and AmbiguousKey."""
    row = await organization_called(reader, text)
    if row is None:
        meant = ", ".join(await _suggested(reader, text))
        remedy = f"Did you mean {meant}?" if meant else "Give its key, ticker or name."
        raise BadQuery(f"No organization {text[:60]!r}.", remedy=remedy)
    return row


async def _suggested(reader: Reader, text: str) -> list[str]:
    """Keys of organizations that are called so in part, else of those that are spelled alike."""
    hits = await reader.search(text, ("Organization",), _SUGGESTED)
    keys = [row.key async for row in reader.stream("Organization")] if not hits else []
    return [hit.row.key for hit in hits] or get_close_matches(text.lower(), keys, _SUGGESTED)


async def _called(reader: Reader, text: str) -> Row | None:
    folded = fold(text)
    query = Query("Organization", Compare(SEARCH_FOLDED, "has", folded))
    rows = (await reader.find(query, Page(MAX_PER_PAGE))).rows
    for column in ("ticker_fold", "name_fold"):
        named = [row for row in rows if row.columns.get(column) == folded]
        if named:
            return _only(named, text)
    return _only(rows, text) if rows else None


def _only(rows: Sequence[Row], text: str) -> Row:
    if len(rows) > 1:
        keys = ", ".join(row.key for row in rows)
        raise AmbiguousKey(
            f"{text!r} names {len(rows)} organizations: {keys}.", remedy="Ask for one of them by its key."
        )
    return rows[0]
