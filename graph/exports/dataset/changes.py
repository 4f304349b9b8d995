"""What an edition has otherwise than the one before: both files of JSON Lines, read side by side, line by line."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any

from graph.evidence.captions import Rows, caption
from graph.exports.csv import safe_cell
from graph.exports.escaping import escape_markdown
from graph.vocabulary.model import LABELS, TYPE_COLUMN, LinkRole, Row, link_types

SAID_ONLY = frozenset({"Statement", "Source"})
"""Labels whose rows are new or gone; what became of them under another lens is told by what they are about."""
MAX_LISTED = 300
"""Changed rows that a reader's list names; the table has all."""
_FOLLOWS = ("_earliest", "_latest", "_bound")
"""Endings of columns that follow from another."""


class EditionChange(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class RevisedRow:
    """A row that is new, gone or otherwise; `properties` of one that is otherwise: before and after, by column."""

    label: str
    key: str
    name: str
    change: EditionChange
    properties: Mapping[str, tuple[Any, Any]]
    is_contract: bool = False
    """Whether it is a contract for capacity."""


Record = Mapping[str, Any]
_Side = tuple[tuple[int, str], int, Record]
"""Where a record stands in the order of a file, in which of the two files, and the record."""


def changes_between(before: Path, after: Path, named: Rows) -> Iterator[RevisedRow]:
    """In the order of the files: entities, observations, links, sources, statements; by key."""
    with before.open(encoding="utf-8") as old, after.open(encoding="utf-8") as new:
        sides = merge(_records(old, 0), _records(new, 1), key=lambda side: side[0])
        for _, group in groupby(sides, key=lambda side: side[0]):
            by_side = {side: record for _, side, record in group}
            changed = _changed(by_side.get(0), by_side.get(1), named)
            if changed is not None:
                yield changed


def _records(lines: Iterable[str], side: int) -> Iterator[_Side]:
    for line in lines:
        record = json.loads(line)
        if record["label"] in LABELS:
            yield (LABELS.index(record["label"]), record["key"]), side, record


def _changed(before: Record | None, after: Record | None, named: Rows) -> RevisedRow | None:
    shown = after or before or {}
    change = EditionChange.CHANGED if before and after else EditionChange.ADDED if after else EditionChange.REMOVED
    properties = _differences(before, after) if before and after and shown["label"] not in SAID_ONLY else {}
    if change is EditionChange.CHANGED and not properties:
        return None
    row = Row(shown["label"], shown["key"], {name: one for name, one in shown.items() if name not in ("label", "key")})
    is_contract = row.columns.get(TYPE_COLUMN) in link_types(LinkRole.CAPACITY_CONTRACT)
    return RevisedRow(row.label, row.key, caption(row, named), change, properties, is_contract)


def _differences(before: Record, after: Record) -> Mapping[str, tuple[Any, Any]]:
    names = [name for name in {**before, **after} if not name.endswith(_FOLLOWS)]
    pairs = {name: (before.get(name), after.get(name)) for name in sorted(names)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


# ---- as files

_HEADER = ("label", "key", "name", "change", "property", "before", "after")


def changes_csv(changes: Iterable[RevisedRow]) -> Iterator[bytes]:
    """A line for each property that changed, and for each row that is new or gone."""
    yield _lines([_HEADER])
    for one in changes:
        head = (one.label, one.key, one.name, str(one.change))
        rows = [(*head, name, _text(old), _text(new)) for name, (old, new) in one.properties.items()]
        yield _lines(rows or [(*head, "", "", "")])


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def changes_markdown(changes: Iterable[RevisedRow], since: str) -> str:
    """How many rows of each kind, then contracts, other links, and the rest, up to MAX_LISTED."""
    counts: Counter[tuple[str, EditionChange]] = Counter()
    listed: list[RevisedRow] = []
    for one in changes:
        counts[one.label, one.change] += 1
        if _listed(one):
            listed.append(one)
    listed.sort(key=_sort_key)
    table = [
        f"| {label} | {' | '.join(str(counts[label, change]) for change in EditionChange)} |"
        for label in LABELS
        if any(counts[label, change] for change in EditionChange)
    ]
    more = [f"\n{len(listed) - MAX_LISTED:,} more stand in changes.csv."] if len(listed) > MAX_LISTED else []
    lines = [
        f"# Changes since {escape_markdown(since)}\n",
        *(
            ["| rows | added | removed | changed |", "|---|---|---|---|", *table, ""]
            if table
            else ["Nothing changed.\n"]
        ),
        *(_line(one) for one in listed[:MAX_LISTED]),
        *more,
    ]
    return "\n".join(lines) + "\n"


def _listed(one: RevisedRow) -> bool:
    return one.label not in SAID_ONLY and bool(one.change is not EditionChange.CHANGED or _independent_changes(one))


def _independent_changes(one: RevisedRow) -> Mapping[str, tuple[Any, Any]]:
    """What of a changed row the list tells; the table has all."""
    doubled = {name.replace("_usd", "_amount") for name in one.properties if name.endswith("_usd")}
    return {name: pair for name, pair in one.properties.items() if name not in _IN_TABLE | doubled}


_IN_TABLE = frozenset({"origins", "link_count", "capacities"})
"""How much is said of a row, and entries of megawatts, whose totals stand in columns of their own."""


def _sort_key(one: RevisedRow) -> tuple[bool, bool, int, str]:
    """Contracts first, then other links, then by kind and key."""
    return not one.is_contract, one.label != "Link", LABELS.index(one.label), one.key


def _line(one: RevisedRow) -> str:
    what = "; ".join(f"{name} {_short(old)} → {_short(new)}" for name, (old, new) in _independent_changes(one).items())
    said = f"{one.name} ({one.label} {one.key}), {one.change.lower()}{f': {what}' if what else ''}"
    return f"- {escape_markdown(said)}"


def _short(value: Any) -> str:
    text = f"{value:,.12g}" if isinstance(value, float) else _text(value) or "nothing"
    return text if len(text) <= 80 else f"{text[:79]}…"
