"""What changed between two lenses: changes grouped by row, each with its cause and its sources.

`changes_between` gathers it from a store; DIFFERENCE is the command `wattgraph diff`. The report of changes tells more
(`changes_document.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

from graph.analytics.core.parameters import Parameter
from graph.comparison.coverage import read_evidence
from graph.comparison.diff import (
    COMPARED_LABELS,
    ChangeCause,
    ChangeKind,
    RowChange,
    carriers,
    difference_between,
    selected,
)
from graph.evidence.lens import Lens
from graph.exports import csv, html, json, markdown
from graph.exports.formats import HTML_SUFFIX, Format, by_suffix
from graph.exports.templates import render_page, render_template
from graph.reports.report import Lenses, Report
from graph.stores.base import Reader, Store
from graph.stores.query import And, Compare, Filter
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import KINDS, TYPE_COLUMN, LinkType, Row
from graph.vocabulary.values import Json, canonical
from graph.vocabulary.wording import bound_sign, dollars, megawatts, words

ChangedLabel = StrEnum("ChangedLabel", {label: label for label in COMPARED_LABELS})  # type: ignore[misc]
"""The kinds of rows that are compared."""

OfEntities = Annotated[
    tuple[str, ...], Parameter("Only of these entities, and of links and others that name one.", key_of="Entity")
]
OfTypes = Annotated[tuple[LinkType, ...], Parameter("Only of links of these types.")]
OfLabels = Annotated[tuple[ChangedLabel, ...], Parameter("Only of rows of these kinds, e.g. Link, Organization.")]
OfKinds = Annotated[tuple[ChangeKind, ...], Parameter("Only what was added, removed or changed.")]
OfCauses = Annotated[tuple[ChangeCause, ...], Parameter("Only with these causes.")]

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class SourcedChange:
    """A change with the keys of the sources whose statements carry it, and how each was read."""

    change: RowChange
    sources: tuple[str, ...]
    read: tuple[SourceReading, ...]

    @property
    def citations(self) -> str:
        """The sources; of each that is said how it was read."""
        pairs = zip(self.sources, self.read, strict=True)
        return ", ".join(key if read is SourceReading.UNKNOWN else f"{key} ({words(read)})" for key, read in pairs)


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """Changes between two lenses: contracts first, then by kind of row, key and property."""

    before: Lens
    after: Lens
    data_version: str
    changes: tuple[SourcedChange, ...]
    total: int
    """Changes of which these were selected."""
    evidence: tuple[str, ...] = ()
    """What the sources of figures are worth under the lens of after, in sentences."""

    @property
    def count(self) -> str:
        """How many there are, in words."""
        every = f"{self.total:,} {'change' if self.total == 1 else 'changes'}"
        return every if len(self.changes) == self.total else f"{len(self.changes):,} of {every}"

    @property
    def by_row(self) -> Iterator[tuple[str, str, str, list[SourcedChange]]]:
        """Label, key and name of a row, with what changed of it."""
        for (label, key), group in groupby(self.changes, key=lambda one: (one.change.label, one.change.key)):
            of_row = list(group)
            yield label, key, of_row[0].change.name or key, of_row


async def changes_between(store: Store, before: Lens, after: Lens) -> ChangeReport:
    """Raises BadLens, StoreError."""
    return await gather(store, *[await store.reader(lens) for lens in (before, after)])


async def gather(
    store: Store,
    before: Reader,
    after: Reader,
    *,
    subject: OfEntities = (),
    type: OfTypes = (),
    label: OfLabels = (),
    kind: OfKinds = (),
    cause: OfCauses = (),
) -> ChangeReport:
    """Raises BadLens, StoreError."""
    where = _filter(subject=subject, type=type, label=label, kind=kind, cause=cause)
    every = await difference_between(store, before, after)
    changes = selected(every, where)
    subjects = {change.key for change in changes}
    old, new = [await _chosen_statements(reader, subjects) for reader in (before, after)]
    read = {row.key: row["read"] for reader in (before, after) async for row in reader.stream("Source")}
    cited = ((change, _sources(change, old.get(change.key, ()), new.get(change.key, ()))) for change in changes)
    sourced = (SourcedChange(change, sources, tuple(read[key] for key in sources)) for change, sources in cited)
    evidence = await read_evidence(after)
    return ChangeReport(before.lens, after.lens, after.version.id, tuple(sourced), len(every), evidence)


def _filter(subject: Sequence[str], **choices: Sequence[StrEnum]) -> Filter:
    """All of the conditions that are stated, by the columns of a change."""
    stated = {column: tuple(map(str, values)) for column, values in choices.items() if values}
    conditions: list[Filter] = [Compare(column, "in", values) for column, values in stated.items()]
    named = [Compare("subject", "hasany", tuple(subject))] if subject else []
    return And((*conditions, *named))


async def _chosen_statements(reader: Reader, subjects: set[str]) -> Mapping[str, Sequence[Row]]:
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


def format_value(change: RowChange, value: Json) -> str:
    """A value in words; a whole row by its name, or by the properties that it needs."""
    if value is None:
        return ""
    return _format_row(change.label, value) if change.property is None else _format_part(value)


def _format_row(label: str, values: Mapping[str, Json]) -> str:
    if label == "Link":
        return f"{words(values[TYPE_COLUMN])}: {values['from']} → {values['to']}"
    needed = [prop.name for prop in KINDS[label].required_properties() if prop.name in values]
    return ", ".join(_format_part(values[name]) for name in (["name"] if "name" in values else needed))


def _format_part(value: Json) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list():
            return "; ".join(_format_part(part) for part in value)
        case dict():
            return _format_mapping(value)
        case _:
            return canonical(value)


def _format_mapping(value: Mapping[str, Any]) -> str:
    """Money, megawatts and figures in words; other mappings as JSON."""
    sign = bound_sign(value.get("bound", "EXACT"))
    if "amount" in value:
        return f"{sign}{value['currency']} {dollars(value['amount'])}"
    if "mw" in value:
        since = f"from {value['from']}" if "from" in value else ""
        more = (words(value.get("stage")), value.get("phase", ""), since)
        return ", ".join([f"{sign}{megawatts(value['mw'])} MW {words(value['basis'])}", *filter(None, more)])
    if "unit" in value:
        return f"{sign}{_format_figure(value)} {value.get('period', '')}".strip()
    if "value" in value:
        return f"{sign}{value['value']:,}"
    return canonical(value)


_NO_CURRENCY = ("PCT", "MW", "COUNT")


def _format_figure(value: Mapping[str, Any]) -> str:
    if "text" in value:
        return str(value["text"])
    unit = value["unit"]
    figures = [value[name] for name in ("value", "low", "high") if name in value]
    if unit in _NO_CURRENCY:
        return f"{' to '.join(f'{figure:,.15g}' for figure in figures)} {unit}"
    return f"{unit} {' to '.join(dollars(figure) for figure in figures)}"


# ---- formats


def _context(report: ChangeReport) -> dict[str, Any]:
    return {"report": report, "causes": CAUSES, "format_value": format_value}


def render_markdown(report: ChangeReport) -> str:
    return render_template(TEMPLATES / "changes.md.j2", **_context(report))


def render_html(report: ChangeReport) -> str:
    return render_page(TEMPLATES / "changes.html.j2", **_context(report))


_CHANGE_COLUMNS = ("label", "key", "name", "type", "property", "kind", "cause", "before", "after", "sources")


def render_csv(report: ChangeReport) -> str:
    columns = (*_CHANGE_COLUMNS, "licence", "sources_read")
    return csv.render_csv_rows(columns, (_csv_row(one) for one in report.changes))


def _csv_row(one: SourcedChange) -> dict[str, str | None]:
    change = one.change
    return {
        "label": change.label,
        "key": change.key,
        "name": change.name,
        "type": change.type,
        "property": change.property,
        "kind": change.kind,
        "cause": change.cause,
        "before": None if change.before is None else canonical(change.before),
        "after": None if change.after is None else canonical(change.after),
        "sources": " ".join(one.sources),
        "licence": FACTS_LICENCE.name,
        "sources_read": " ".join(one.read),
    }


def to_json(report: ChangeReport) -> dict[str, Json]:
    """The report as data: lenses, data version, and every change with its whole values."""
    lenses = {
        name: {
            "validOn": str(lens.valid_on),
            "knownOn": str(lens.known_on),
            **({"overlay": True} if lens.overlay else {}),
        }
        for name, lens in (("before", report.before), ("after", report.after))
    }
    return {
        "dataVersion": report.data_version,
        **lenses,
        "total": report.total,
        "evidence": list(report.evidence),
        "changes": [_json_change(one) for one in report.changes],
        "licence": FACTS_LICENCE.to_json(),
    }


def _json_change(one: SourcedChange) -> dict[str, Json]:
    return {
        "kind": one.change.kind,
        "cause": one.change.cause,
        "label": one.change.label,
        "key": one.change.key,
        "name": one.change.name,
        "type": one.change.type,
        "property": one.change.property,
        "before": one.change.before,
        "after": one.change.after,
        "sources": list(one.sources),
        "sourcesRead": list(one.read),
    }


def render_json(report: ChangeReport) -> str:
    return json.render_json(to_json(report))


DIFFERENCE = Report(
    name="changes",
    title="Changes",
    summary="What changed between two days: what was added, removed, changed, and whether the world changed or we "
    "learnt more.",
    gather=gather,
    formats=by_suffix(
        Format("md", markdown.MEDIA_TYPE, render_markdown),
        Format("csv", csv.MEDIA_TYPE, render_csv, download=True),
        Format("json", json.MEDIA_TYPE, render_json),
        Format(HTML_SUFFIX, html.MEDIA_TYPE, render_html),
    ),
    lenses=Lenses.TWO,
)
