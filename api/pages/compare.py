"""`/compare`: what changed between two lenses, row by row, why, and who says so.

The words are those of the report `changes`, whose pieces make the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.datastructures import QueryParams

from api.http.report_parameters import requested_inputs
from api.pages.address import with_query
from api.pages.evidence import CitedDocument, Citer, ShownFigure
from api.pages.lead import Phrase, sentence
from api.pages.page import HtmlPage, Visit, lens_fields
from api.pages.wording import count_of
from graph.comparison.diff import ChangeCause, ChangeKind, RowChange
from graph.evidence.link_time import FOLLOWS_FROM
from graph.exports.documents.said import EVIDENCE
from graph.reports import changes
from graph.reports.changes import CAUSES, ChangeReport, SourcedChange, format_value
from graph.reports.report import BEFORE, LensDays, Lenses
from graph.stores.base import Reader, Store
from graph.vocabulary.model import TYPE_COLUMN, Merge, Row
from graph.vocabulary.values import Json
from graph.vocabulary.wording import format_days, words

MAX_EVIDENCE = 2
MAX_ROWS = 100
"""Rows on one page; each with all that changed of it."""
MAX_SUMMARY = 7
"""Properties of a row that is new or gone."""
MAX_DOCUMENTS = 4
"""Sources of a change that a page names; it says how many more there are."""
_INPUTS = tuple(parameter.field_name for parameter in changes.DIFFERENCE.parameters)
_KINDS: Mapping[ChangeKind, str] = {
    ChangeKind.ADDED: "new",
    ChangeKind.REMOVED: "gone",
    ChangeKind.CHANGED: "changed",
}


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A property of a row that became another, or the row itself that came or went."""

    property: str
    before: ShownFigure | None
    after: ShownFigure | None
    cause: str
    documents: tuple[CitedDocument, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """`became`: new, gone or changed."""

    label: str
    name: str
    href: str
    became: str
    values: tuple[ChangedValue, ...]


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A value of a filter, how many changes have it, and the address that shows these alone, or all again."""

    parameter: str
    value: str
    text: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class CompareView:
    """`rows` of one page, of so many on all; `previous` and `next` are empty on the first and the last."""

    lead: str
    choices: Mapping[str, Sequence[FilterChoice]]
    rows: tuple[ChangedRow, ...]
    shown: str
    previous: str
    next: str
    evidence: Sequence[Phrase]
    report: str


async def gather_changes(store: Store, readers: Sequence[Reader], parameters: Mapping[str, str]) -> ChangeReport:
    """Raises BadInput, BadQuery, StoreError."""
    inputs = requested_inputs(changes.DIFFERENCE, QueryParams(dict(parameters)))
    report: ChangeReport = await changes.DIFFERENCE.document(store, readers, inputs)
    return report


def compare_view(visit: Visit) -> CompareView:
    report: ChangeReport = visit.gathered
    rows = list(report.by_row)
    skipped = _skipped(visit)
    page = islice(rows, skipped, skipped + MAX_ROWS)
    last = min(skipped + MAX_ROWS, len(rows))
    return CompareView(
        lead=_lead(report),
        choices={name: tuple(made) for name, made in _choices(visit, report)},
        rows=tuple(_ChangeWriter(visit).rows(page)),
        shown=f"{skipped + 1:,} to {last:,} of {count_of(len(rows), 'row')}" if rows else "",
        previous=visit.address.here(skip=str(skipped - MAX_ROWS) if skipped > MAX_ROWS else "") if skipped else "",
        next=visit.address.here(skip=str(last)) if last < len(rows) else "",
        evidence=tuple(_evidence(visit, one) for one in report.evidence[:MAX_EVIDENCE]),
        report=with_query("/reports/changes", [pair for pair in _pairs(visit) if pair[0] != "skip"]),
    )


def _evidence(visit: Visit, text: str) -> Phrase:
    """As the report of changes says it."""
    assert visit.before is not None  # noqa: S101 (the page compares two)
    return sentence("report.changes", {BEFORE.name: LensDays.of(visit.before.lens)}, EVIDENCE, text, visit.lens)


def _pairs(visit: Visit) -> Sequence[tuple[str, str]]:
    return [*visit.address.own, *(visit.address.sides or ())]


def _skipped(visit: Visit) -> int:
    text = visit.parameters.get("skip", "0")
    return min(int(text), 10**6) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _lead(report: ChangeReport) -> str:
    """How many changes there are, and why."""
    if not report.changes:
        return f"None of {count_of(report.total, 'change')} is of this kind." if report.total else "Nothing changed."
    by_cause = Counter(one.change.cause for one in report.changes)
    parts = [f"{by_cause[cause]:,} because {text}" for cause, text in _BECAUSE.items() if by_cause[cause]]
    return f"{report.count}: {', '.join(parts)}."


_BECAUSE: Mapping[ChangeCause, str] = {
    ChangeCause.WORLD_CHANGED: CAUSES[ChangeCause.WORLD_CHANGED],
    ChangeCause.WE_LEARNT_MORE: CAUSES[ChangeCause.WE_LEARNT_MORE],
    ChangeCause.BOTH: "of both",
}


# ---- filters


def _choices(visit: Visit, report: ChangeReport) -> Iterator[tuple[str, Iterable[FilterChoice]]]:
    """By heading: the values of each filter among the changes that are shown."""
    columns: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "Why": ("cause", {str(cause): text for cause, text in CAUSES.items()}),
        "What happened": ("kind", {str(kind): text for kind, text in _KINDS.items()}),
        "To what": ("label", {}),
        "Links": ("type", {}),
    }
    for heading, (name, texts) in columns.items():
        counts = Counter(str(value) for one in report.changes if (value := getattr(one.change, name)))
        named = ((value, texts.get(value) or words(value).lower(), count) for value, count in counts.most_common())
        yield heading, [_choice(visit, name, *one) for one in named]


def _choice(visit: Visit, name: str, value: str, text: str, count: int) -> FilterChoice:
    chosen = visit.parameters.get(name) == value
    href = visit.address.here(**{name: "" if chosen else value, "skip": ""})
    return FilterChoice(name, value, text, count, href, chosen)


# ---- rows


class _ChangeWriter:
    """Writes changes of one visit; figures open the statements of the lens that shows them."""

    def __init__(self, visit: Visit) -> None:
        assert visit.before is not None, "the page takes two lenses"  # noqa: S101
        self._visit = visit
        self._citers = {"before": Citer(visit.before, visit.address, visit.citer.bibliography), "after": visit.citer}

    def rows(self, rows: Iterable[tuple[str, str, str, list[SourcedChange]]]) -> Iterator[ChangedRow]:
        for label, key, name, made in rows:
            kind = made[0].change.kind
            href = self._visit.address.of_key(label, key) if kind is not ChangeKind.REMOVED else ""
            yield ChangedRow(label.lower(), name, href, _KINDS[kind], tuple(map(self._value, made)))

    def _value(self, one: SourcedChange) -> ChangedValue:
        change = one.change
        cited = [self._visit.citer.bibliography.document(key) for key in one.sources[:MAX_DOCUMENTS]]
        return ChangedValue(
            property=words(change.property) if change.property else _KINDS[change.kind],
            before=self._figure(change, "before"),
            after=self._figure(change, "after"),
            cause=CAUSES[change.cause],
            documents=tuple(cited),
            more=len(one.sources) - len(cited),
        )

    def _figure(self, change: RowChange, side: str) -> ShownFigure | None:
        value = getattr(change, side)
        if value is None:
            return None
        citer = self._citers[side]
        row = citer.index.row(change.key)
        stated = sorted(FOLLOWS_FROM.get(change.property or "", {change.property or ""}))
        evidence = next((made for name in stated if row and (made := citer.evidence(row, name))), None)
        what = f"{change.name}: {words(change.property)}" if change.property else change.name
        return ShownFigure(_format(citer, change, value, row), what, None, evidence)


def _format(citer: Citer, change: RowChange, value: Json, row: Row | None) -> str:
    """A value with names for keys; of a whole row the first of what is said of it."""
    if row is None:
        return format_value(change, value)
    if change.property is None:
        return "; ".join(islice(_summary(citer, row), MAX_SUMMARY))
    prop = row.kind.properties[change.property]
    if change.property in FOLLOWS_FROM or prop.merge is Merge.EACH:
        return words(value) if isinstance(value, str) else format_days(format_value(change, value))
    return citer.describe(prop, prop.type.from_json(value))


def _summary(citer: Citer, row: Row) -> Iterator[str]:
    """What is said of a row that is not its name nor whom it refers to, property by property."""
    if row.label == "Link":
        yield words(row.columns[TYPE_COLUMN])
    for name, prop in row.kind.properties.items():
        value = row[name]
        if name != "name" and not prop.derived and not prop.refers_to and value not in (None, (), False):
            yield f"{words(name)} {citer.describe(prop, value)}"


# ---- the entry


def compare_variables(visit: Visit) -> Mapping[str, Any]:
    """Both lenses, the filter, and a page that holds at least the rows of the first one."""
    assert visit.before is not None, "the page takes two lenses"  # noqa: S101
    parts = ("kind", "cause", "label", "type")
    where: dict[str, Any] = {
        name: {"in": visit.parameters[name].split(",")} for name in parts if name in visit.parameters
    }
    if "subject" in visit.parameters:
        where["subjectWhere"] = {"key": {"in": visit.parameters["subject"].split(",")}}
    return {"before": lens_fields(visit.before.lens), "after": lens_fields(visit.lens), "where": where, "first": 500}


PAGE = HtmlPage(
    "/compare",
    "compare.html.j2",
    "compare.graphql",
    compare_view,
    parameters=(*_INPUTS, "skip"),
    lenses=Lenses.TWO,
    gather=gather_changes,
    variables=compare_variables,
    navigation="Compare",
)
