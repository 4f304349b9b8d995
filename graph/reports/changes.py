"""What changed between two lenses, to read: changes grouped by row, each with its cause and its sources.

`changes_between` gathers it from a store; FORMATS write it. The same data version and lenses give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from graph.comparison.diff import ChangeCause, RowChange, carriers, difference_between
from graph.evidence.lens import Lens
from graph.reports.rendering import bound_sign, dollars, megawatts, render_csv_rows, render_template, words
from graph.stores.base import Reader, Store
from graph.vocabulary.model import KINDS, TYPE_COLUMN, Row
from graph.vocabulary.values import Json, canonical


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change with the keys of the sources whose statements carry it."""

    change: RowChange
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes between two lenses, by kind of row, key and property."""

    before: Lens
    after: Lens
    version: str
    told: tuple[ToldChange, ...]

    @property
    def by_row(self) -> Iterator[tuple[str, str, list[ToldChange]]]:
        """Label and key of a row, with what changed of it."""
        for (label, key), group in groupby(self.told, key=lambda one: one.change.place[:2]):
            yield label, key, list(group)


async def changes_between(store: Store, before: Lens, after: Lens) -> Changes:
    """Raises BadLens, StoreError."""
    readers = [await store.reader(lens) for lens in (before, after)]
    found = await difference_between(store, *readers)
    subjects = {change.key for change in found}
    old, new = [await _chosen(reader, subjects) for reader in readers]
    told = (ToldChange(change, _sources(change, old.get(change.key, ()), new.get(change.key, ()))) for change in found)
    return Changes(readers[0].lens, readers[1].lens, readers[1].version.id, tuple(told))


async def _chosen(reader: Reader, subjects: set[str]) -> Mapping[str, Sequence[Row]]:
    """The chosen statements about each subject."""
    rows: dict[str, list[Row]] = {}
    async for row in reader.stream("Statement"):
        if row["chosen"] and row.columns["subject"] in subjects:
            rows.setdefault(row.columns["subject"], []).append(row)
    return rows


def _sources(change: RowChange, before: Sequence[Row], after: Sequence[Row]) -> tuple[str, ...]:
    return tuple(sorted({row.columns["source"] for rows in carriers(change, before, after) for row in rows}))


# ---- words

CAUSES: Mapping[ChangeCause, str] = {
    ChangeCause.WORLD_CHANGED: "the world changed",
    ChangeCause.WE_LEARNT_MORE: "we learnt more",
    ChangeCause.BOTH: "both",
}


def dates(lens: Lens) -> str:
    """Both dates of a lens, one where they are the same; and its scenario."""
    same = lens.valid_on == lens.known_on
    told = str(lens.valid_on) if same else f"{lens.valid_on} as known on {lens.known_on}"
    return f"{told} in scenario {lens.scenario}" if lens.scenario else told


def worded(change: RowChange, value: Json) -> str:
    """A value as a reader takes it in; of a whole row what it is."""
    if value is None:
        return ""
    return _row_in_words(change.label, value) if change.property is None else _value_in_words(value)


def _row_in_words(label: str, values: Mapping[str, Json]) -> str:
    if label == "Link":
        return f"{words(values[TYPE_COLUMN])}: {values['from']} → {values['to']}"
    needed = [about.name for about in KINDS[label].needs() if about.name in values]
    return ", ".join(_value_in_words(values[name]) for name in (["name"] if "name" in values else needed))


def _value_in_words(value: Json) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list():
            return "; ".join(_value_in_words(part) for part in value)
        case dict():
            return _parts_in_words(value)
        case _:
            return canonical(value)


def _parts_in_words(value: Mapping[str, Any]) -> str:
    """Money, megawatts and figures in words; what else has parts as it is."""
    sign = bound_sign(value.get("bound", "EXACT"))
    if "amount" in value:
        return f"{sign}{value['currency']} {dollars(value['amount'])}"
    if "mw" in value:
        since = f"from {value['from']}" if "from" in value else ""
        more = (words(value.get("stage")), value.get("phase", ""), since)
        return ", ".join([f"{sign}{megawatts(value['mw'])} MW {words(value['basis'])}", *filter(None, more)])
    if "unit" in value:
        return f"{sign}{_figure(value)} {value.get('period', '')}".strip()
    return canonical(value)


_NO_CURRENCY = ("PCT", "MW", "COUNT")


def _figure(value: Mapping[str, Any]) -> str:
    if "text" in value:
        return str(value["text"])
    unit = value["unit"]
    figures = [value[name] for name in ("value", "low", "high") if name in value]
    if unit in _NO_CURRENCY:
        return f"{' to '.join(f'{figure:,.15g}' for figure in figures)} {unit}"
    return f"{unit} {' to '.join(dollars(figure) for figure in figures)}"


# ---- formats


def render_markdown(changes: Changes) -> str:
    return render_template("changes.md.j2", changes=changes, causes=CAUSES, dates=dates, worded=worded)


def render_csv(changes: Changes) -> str:
    columns = ("label", "key", "property", "kind", "cause", "before", "after", "sources")
    return render_csv_rows(columns, (_csv_row(told) for told in changes.told))


def _csv_row(told: ToldChange) -> dict[str, str | None]:
    change = told.change
    return {
        "label": change.label,
        "key": change.key,
        "property": change.property,
        "kind": change.kind,
        "cause": change.cause,
        "before": None if change.before is None else canonical(change.before),
        "after": None if change.after is None else canonical(change.after),
        "sources": " ".join(told.sources),
    }


def render_json(changes: Changes) -> str:
    told = [
        {
            "kind": one.change.kind,
            "cause": one.change.cause,
            "label": one.change.label,
            "key": one.change.key,
            "property": one.change.property,
            "before": one.change.before,
            "after": one.change.after,
            "sources": list(one.sources),
        }
        for one in changes.told
    ]
    lenses = {
        name: {"validOn": str(lens.valid_on), "knownOn": str(lens.known_on)}
        for name, lens in (("before", changes.before), ("after", changes.after))
    }
    whole = {"dataVersion": changes.version, **lenses, "changes": told}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Changes], str]] = {
    "md": render_markdown,
    "csv": render_csv,
    "json": render_json,
}
"""How changes are written, by name."""
