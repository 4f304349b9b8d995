"""Notes about keys that name no row: a filter takes keys alone, and an empty list would not tell why it is empty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from api.context.request_context import LensView
from api.schema.ids import key_for, parse_id
from api.schema.properties import properties_of
from graph.stores.names import ANY_ENTITY, LINK_ENDS, Labels, NamedKey, noun, suggestion
from graph.stores.query import KEY_COLUMN, And, Compare, Filter, Linked, Not, Or, Query, Refers
from graph.vocabulary.model import KINDS
from graph.vocabulary.wording import quote

_MAX_SUGGESTIONS = 3
"""Unknown keys of a filter for which it is looked up what may have been meant."""
_BY_KEY = frozenset({"eq", "ne", "in", "has", "hasany"})


async def note_unknown_row(view: LensView, label: str, text: str) -> None:
    """Note that a row was asked for by a key, or an organization by a name, that the lens shows none of."""
    key = key_for(text, label)
    if key is not None:
        await _note(view, (label,), key, f"No {noun((label,))} {quote(key)}")


async def note_unknown_ids(view: LensView, ids: Sequence[str]) -> None:
    """Note which rows were asked for by a global id, or by a key of any label, that the lens shows none of. What may
    have been meant is looked up for keys alone: nobody types an id."""
    keys = [key for label, key in map(parse_id, ids) if label is None]
    for key in keys[:_MAX_SUGGESTIONS]:
        await _note(view, ANY_ENTITY, key, f"No row {quote(key)}")
    for id in ids:
        if id not in keys[:_MAX_SUGGESTIONS]:
            view.notes.add("No row has this id or key", id)


async def note_unknown_keys(view: LensView, query: Query) -> None:
    """Note which keys of a filter name no row under the lens; each once for a request."""
    unknown = await _unknown(view, list(dict.fromkeys(named_keys(query.where, (query.label,)))))
    for labels, key in unknown[:_MAX_SUGGESTIONS]:
        await _note(view, labels, key, f"No {noun(labels)} has the key {quote(key)}, and a filter by key takes no name")
    for labels, key in unknown[_MAX_SUGGESTIONS:]:
        view.notes.add(f"No {noun(labels)} has this key", key)


async def _unknown(view: LensView, named: Sequence[NamedKey]) -> Sequence[NamedKey]:
    new = [one for one in named if one not in view.looked_up]
    if not new:
        return []
    view.looked_up.update(new)
    rows = await asyncio.gather(*(view.row(labels, key) for labels, key in new))
    return [one for one, row in zip(new, rows, strict=True) if row is None]


async def _note(view: LensView, labels: Labels, key: str, text: str) -> None:
    where = "" if view.is_default else " under this lens"
    meant = await suggestion(view.reader, key, labels)
    view.notes.add(f"{text}{where}. {meant}" if meant else f"{text}{where}")


def named_keys(where: Filter, labels: Labels) -> Iterator[NamedKey]:
    """The keys that a filter of rows of these labels names, with the labels of the rows that may have them."""
    match where:
        case Compare(column, op, value) if op in _BY_KEY:
            of = labels if column == KEY_COLUMN else _referred(labels, column)
            keys = value if isinstance(value, (tuple, list)) else (value,)
            yield from ((of, key) for key in keys if of)
        case And(parts) | Or(parts):
            for part in parts:
                yield from named_keys(part, labels)
        case Not(part):
            yield from named_keys(part, labels)
        case Refers(name, part):
            yield from named_keys(part, _referred(labels, name))
        case Linked(_, counterparty, link):
            yield from named_keys(counterparty, LINK_ENDS)
            yield from named_keys(link, ("Link",))


def _referred(labels: Labels, column: str) -> Labels:
    """The labels of what a property refers to."""
    props = (properties_of(label)[column] for label in labels if column in properties_of(label))
    kinds = (kind for prop in props for kind in prop.refers_to)
    return tuple(dict.fromkeys(KINDS[kind].kind_label if kind in KINDS else kind for kind in kinds))
