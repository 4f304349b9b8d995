"""Which entity a text names: its key, ticker, name, or another or former name, the first of these that fits.

Nothing is guessed: a text that names several is an error with the candidates, one that names none is an error with what
is spelled alike. Whoever takes keys alone (filters, records) does not come here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from operator import itemgetter

from graph.errors import AmbiguousKey, BadQuery
from graph.stores.base import Reader
from graph.stores.query import MAX_PER_PAGE, MAX_SEARCH_LENGTH, Compare, Filter, Page, Query
from graph.vocabulary.model import ENTITIES, SEARCH_FOLDED, Row
from graph.vocabulary.values import fold
from graph.vocabulary.wording import quote

Labels = tuple[str, ...]
NamedKey = tuple[Labels, str]
"""A key, and the labels of the rows that may have it."""

ORGANIZATIONS: Labels = ("Organization",)
ANY_ENTITY: Labels = tuple(ENTITIES)
LINK_ENDS: Labels = ("Organization", "Site", "Chip")
_MAX_SUGGESTED = 3
_MAX_COMPARED = 5_000
"""Rows whose spelling is compared with that of a text, in the order of keys: a fifth of a second."""
_LEAST_ALIKE = 0.7
_NEARLY_AS_ALIKE = 0.05
"""What is less alike than the most alike by more than this is not suggested."""


async def entity_called(reader: Reader, text: str, labels: Labels = ORGANIZATIONS) -> Row | None:
    """Raises AmbiguousKey where two have the same ticker, name or other name."""
    found = await asyncio.gather(*(reader.get(label, [text]) for label in labels))
    return next((row for (row,) in found if row), None) or await _called(reader, text, labels)


async def known_entity(reader: Reader, text: str, labels: Labels = ORGANIZATIONS) -> Row:
    """Raises BadQuery, with what else may have been meant, and AmbiguousKey."""
    row = await entity_called(reader, text, labels)
    if row is None:
        alike = await suggestion(reader, text, labels)
        raise BadQuery(f"No {noun(labels)} {quote(text)}.", remedy=alike or "Give its key, ticker or name.")
    return row


async def check_keys(reader: Reader, named: Iterable[NamedKey]) -> None:
    """Raises BadQuery for keys that no row under the lens has, with what else may have been meant."""
    keys_of: dict[Labels, dict[str, None]] = {}
    for labels, key in named:
        keys_of.setdefault(labels, {})[key] = None
    for labels, keys in keys_of.items():
        missing = await _missing(reader, labels, keys)
        if missing:
            alike = await suggestion(reader, missing[0], labels)
            listed = ", ".join(map(quote, missing[:_MAX_SUGGESTED]))
            more = f" and {len(missing) - _MAX_SUGGESTED:,} more" if len(missing) > _MAX_SUGGESTED else ""
            raise BadQuery(
                f"No {noun(labels)} has the key {listed}{more} under this lens, and a filter by key takes no name.",
                remedy=alike or "A search by name gives its key.",
            )


async def check_party(reader: Reader, text: str, where: Filter) -> None:
    """Raises BadQuery where the filter, which is what the text names, fits no end of a link under the lens."""
    slices = await asyncio.gather(*(reader.find(Query(label, where), Page(first=1)) for label in LINK_ENDS))
    if not any(one.total for one in slices):
        alike = await suggestion(reader, text, LINK_ENDS)
        remedy = alike or "Give a key, a ticker, or a part of a name."
        raise BadQuery(f"Nobody at the end of a link is called {quote(text)} under this lens.", remedy=remedy)


async def _missing(reader: Reader, labels: Labels, keys: Collection[str]) -> list[str]:
    found = await asyncio.gather(*(reader.get(label, list(keys)) for label in labels))
    there = {row.key for rows in found for row in rows if row is not None}
    return [key for key in keys if key not in there]


def noun(labels: Labels) -> str:
    """What rows of these labels are called."""
    return labels[0].lower() if len(labels) == 1 else "entity"


async def suggestion(reader: Reader, text: str, labels: Labels) -> str:
    """`Did you mean hut8?`, with the keys of what is called so, else so in part, else of what is spelled alike; empty
    where nothing is."""
    keys = await _similar(reader, text, labels)
    return f"Did you mean {' or '.join(keys)}?" if keys else ""


async def _similar(reader: Reader, text: str, labels: Labels) -> list[str]:
    if not text.strip() or len(text) > MAX_SEARCH_LENGTH:
        return []
    called = [row.key for row in await _bearers(reader, text, labels)]
    return called or await _search_keys(reader, text, labels) or await _spelled_alike(reader, text, labels)


async def _search_keys(reader: Reader, text: str, labels: Labels) -> list[str]:
    searched = [label for label in labels if label in ENTITIES]
    return [hit.row.key for hit in await reader.search(text, searched, _MAX_SUGGESTED)]


async def _spelled_alike(reader: Reader, text: str, labels: Labels) -> list[str]:
    rows: list[Row] = []
    for label in labels:
        async for row in reader.stream(label):
            if len(rows) == _MAX_COMPARED:
                break
            rows.append(row)
    return await asyncio.to_thread(_most_alike, fold(text), rows)


def _most_alike(text: str, rows: Iterable[Row]) -> list[str]:
    """The keys of the rows with a key or name most like the text."""
    matcher = SequenceMatcher(b=text)
    alike = ((row.key, max(_likeness(text, matcher, one) for one in _names(row))) for row in rows)
    ranked = sorted((pair for pair in alike if pair[1] >= _LEAST_ALIKE), key=itemgetter(1), reverse=True)
    return [key for key, ratio in ranked[:_MAX_SUGGESTED] if ratio >= ranked[0][1] - _NEARLY_AS_ALIKE]


def _names(row: Row) -> Sequence[str]:
    return [row.key, *row.columns.get(SEARCH_FOLDED, ())]


def _likeness(text: str, matcher: SequenceMatcher[str], name: str) -> float:
    if name.startswith(text):
        return 1.0
    matcher.set_seq1(name)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())
    return matcher.ratio() if quick >= _LEAST_ALIKE else 0.0


async def _called(reader: Reader, text: str, labels: Labels) -> Row | None:
    bearers = await _bearers(reader, text, labels)
    return _only(bearers, text) if bearers else None


async def _bearers(reader: Reader, text: str, labels: Labels) -> Sequence[Row]:
    """The rows that have the text as ticker; without any as name; without any as another name."""
    folded = fold(text)
    query_of = (Query(label, Compare(SEARCH_FOLDED, "has", folded)) for label in labels if label in ENTITIES)
    slices = await asyncio.gather(*(reader.find(query, Page(MAX_PER_PAGE)) for query in query_of))
    rows = [row for slice in slices for row in slice.rows]
    for column in ("ticker_fold", "name_fold"):
        named = [row for row in rows if row.columns.get(column) == folded]
        if named:
            return named
    return rows


def _only(rows: Sequence[Row], text: str) -> Row:
    if len(rows) > 1:
        labels = tuple(dict.fromkeys(row.label for row in rows))
        kinds = f"{noun(labels)}s" if len(labels) == 1 else "entities"
        keys = ", ".join(sorted(row.key for row in rows))
        raise AmbiguousKey(
            f"{quote(text)} names {len(rows)} {kinds}: {keys}.", remedy="Ask for one of them by its key."
        )
    return rows[0]
