"""What a reader gives for a figure: the value of its query, what it is about, and the rows of which it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.analytics.contracts.firm_sums import FirmSum, FirmSums
from graph.analytics.contracts.in_service import InService, megawatts_in_service
from graph.analytics.core.table import Cell, Table, TableColumn, TableRow
from graph.comparison.diff import COMPARED_LABELS
from graph.errors import BadInput
from graph.evidence.captions import caption
from graph.publication.figures import (
    CONTRACTS,
    IN_SERVICE,
    LARGEST_SHARE,
    RUNNING,
    STATING,
    UNSTATED,
    VALUE,
    CellFigure,
    FigureQuery,
    FirmSumFigure,
    StatedFigure,
    cell_text,
    column_text,
    range_text,
    requested_inputs,
    unknown_figure,
)
from graph.publication.sources import Compute, ComputeAnew, TableSources
from graph.publication.tables import TABLES
from graph.publication.values import computed_text, value_text
from graph.stores.base import Reader, Store
from graph.vocabulary.model import ENTITIES, LINKS, TYPE_COLUMN, Property, Row, link_properties
from graph.vocabulary.types import Capacities, RenewalsType, TerminationType, mw_column
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage, total_capacity
from graph.vocabulary.wording import words

MEGAWATTS: Mapping[str, tuple[CapacityBasis, CapacityStage | None]] = {
    mw_column(basis, stage): (basis, stage) for basis in CapacityBasis for stage in (None, *CapacityStage)
}
"""What a figure of megawatts is called: of a basis, at its furthest stage or at one stage."""
PARTS: Mapping[str, str] = {
    column: prop.name
    for prop in link_properties().values()
    if isinstance(prop.type, RenewalsType | TerminationType)
    for column in prop.type.column_names(prop.name)
}
"""What a part of a value is called that has several (`renewals_years`), with its property."""
_MADE_OF = frozenset({"Link", "Debt", "Observation"})
"""Labels of the rows of which a computed figure is made."""


@dataclass(frozen=True, slots=True)
class FigureAnswer:
    """The text of the value, None where there is none; `unit` is that of a number without one. `title` is what it is
    about, `doc` what that means. `row`: the row that says it, if one does; `made_of`: keys of the rows that make it."""

    value: str | None
    unit: str
    title: str
    doc: str
    row: Row | None
    made_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answering:
    """What gives values to figures: a store, the way to compute, and the tables that figures may be cells of."""

    store: Store
    compute: Compute = field(default_factory=ComputeAnew)
    sources: TableSources = field(default_factory=lambda: TABLES)

    async def answer(self, reader: Reader, query: FigureQuery) -> FigureAnswer | None:
        """What a reader gives; None where it shows nothing that the query is about. Raises UnknownFigure for a property
        that its row cannot have and for a cell that several rows have, and for inputs that the source refuses."""
        if isinstance(query, StatedFigure):
            return await _stated(reader, query)
        if isinstance(query, FirmSumFigure):
            return await _firm_sum(reader, query, self.compute)
        try:
            return _cell(await self._table(reader, query), query, self.sources[query.source].doc)
        except BadInput as problem:
            raise unknown_figure(problem.message.rstrip(".")) from None

    async def _table(self, reader: Reader, query: CellFigure) -> Table:
        inputs = requested_inputs(query, self.sources)
        return await self.sources[query.source].table(self.store, reader, inputs, self.compute)


# ---- what is said of a row


async def _stated(reader: Reader, query: StatedFigure) -> FigureAnswer | None:
    row = await row_of_key(reader, query.subject)
    if row is None:
        return None
    prop = stated_property(row, query.property)
    what = words(query.property)
    if query.property in MEGAWATTS:
        what = ", ".join(["megawatts", *(words(part) for part in MEGAWATTS[query.property] if part)])
    unit, title = "" if prop.unit == "MW" else prop.unit, f"{await _name(reader, row)}: {what}"
    text = stated_text(prop, row[prop.name], query.property)
    return FigureAnswer(text, unit, title, prop.doc, row, frozenset({row.key}))


def megawatts_of(entries: Sequence[Capacity], name: str) -> Capacity | None:
    """The total that a figure of megawatts is."""
    basis, stage = MEGAWATTS[name]
    return total_capacity([one for one in entries if stage is None or one.stage is stage], basis)


def stated_text(prop: Property, value: Any, name: str) -> str | None:
    """The text of what a figure says of the value of its property: of megawatts a total, of a value with parts one."""
    if value is None:
        return None
    if name in MEGAWATTS:
        return value_text(megawatts_of(value, name))
    return value_text(prop.type.columns(prop.name, value).get(name) if name in PARTS else value)


def stated_property(row: Row, name: str) -> Property:
    """The property of a row that a figure is about. Raises UnknownFigure."""
    properties = row.kind.properties
    if name in MEGAWATTS:
        capacities = next((one for one in properties.values() if isinstance(one.type, Capacities)), None)
        if capacities is not None:
            return capacities
    elif PARTS.get(name, name) in properties:
        return properties[PARTS.get(name, name)]
    raise unknown_figure(f"nothing says {name} of {row.key}")


async def row_of_key(reader: Reader, key: str) -> Row | None:
    """The entity, link or observation of a key."""
    rows = await asyncio.gather(*(reader.get(label, [key]) for label in COMPARED_LABELS))
    return next((row for (row,) in rows if row is not None), None)


async def _name(reader: Reader, row: Row) -> str:
    """What a row is, without its own figures: who provides to whom, what is observed of whom."""
    keys = sorted(row.keys_in(prop.name for prop in row.kind.references()))
    named = await asyncio.gather(*(reader.get(label, keys) for label in ENTITIES))
    names = {one.key: str(one["name"] or one.key) for rows in named for one in rows if one}
    if row.label == "Link":
        source, target = (names.get(row.columns[end], row.columns[end]) for end in ("from", "to"))
        return f"{source} {LINKS[row.columns[TYPE_COLUMN]].ends.reads} {target}"
    if row.label == "Observation":
        subject = row.columns["subject"]
        return f"{names.get(subject, subject)}, {row['label'] or words(row['metric'])}"
    return caption(
        row, {label: {one.key: one for one in rows if one} for label, rows in zip(ENTITIES, named, strict=True)}
    )


# ---- what firm contracts add to


async def _firm_sum(reader: Reader, query: FirmSumFigure, compute: Compute) -> FigureAnswer | None:
    sums: FirmSums = await compute.work(reader, "firm sums", lambda facts: FirmSums(facts.snapshot), long=False)
    row = await row_of_key(reader, query.key) if query.end != "all" else None
    if row is None and query.end != "all":
        return None
    if query.measure.startswith(IN_SERVICE):
        running: InService = await compute.work(reader, "in service", megawatts_in_service, long=False)
        value = _text_of(running.get((query.end, query.key, query.layer, _basis_of(query))))
    else:
        value = firm_text(sums, query)
    what = _measured_words(query.measure)
    return FigureAnswer(
        value,
        _unit_of(query.measure),
        f"{row['name'] or row.key if row else 'All'}, firm contracts{_AT[query.end]}, {words(query.layer)}: {what}",
        "What contracts for capacity that are firm, signed and in force add to; nothing is counted twice.",
        None,
        sums.contracts_of(query.layer, query.end, query.key),
    )


def firm_text(sums: FirmSums, query: FirmSumFigure) -> str | None:
    """The text of what is summed or counted; None where no contract states a figure."""
    measure, keys = query.measure, sums.contracts_of(query.layer, query.end, query.key)
    if measure == CONTRACTS:
        return str(len(keys))
    if measure == RUNNING:
        return str(sums.running(query.layer, keys))
    made = firm_sum(sums, query)
    if measure.startswith(STATING):
        return str(len(keys) - made.without if made else 0)
    if measure.startswith(LARGEST_SHARE):
        largest = made.largest_party({"from": "to", "to": "from"}.get(query.end, "to")) if made else None
        return _text_of(largest[1]) if largest else None
    return None if made is None else range_text(made.low, made.high)


def _text_of(value: float | None) -> str | None:
    return None if value is None else range_text(value, value)


def _plain_measure(measure: str) -> str:
    """Without what is asked of it."""
    return next((measure.removeprefix(one) for one in _ASKED if measure.startswith(one)), measure)


_ASKED: Mapping[str, str] = {
    STATING: "how many state",
    LARGEST_SHARE: "share of the party with the most",
    IN_SERVICE: "in service",
}


def _basis_of(query: FirmSumFigure) -> CapacityBasis:
    return MEGAWATTS[_plain_measure(query.measure)][0]


def _measured_words(measure: str) -> str:
    """What is summed or counted, in words."""
    if measure in (CONTRACTS, RUNNING):
        return "how many" if measure == CONTRACTS else "how many are in service"
    plain = _plain_measure(measure)
    what = "base-term value" if plain == VALUE else f"megawatts, {words(MEGAWATTS[plain][0])}"
    asked = next((said for prefix, said in _ASKED.items() if measure.startswith(prefix)), "")
    return f"{asked}: {what}" if asked else what


def _unit_of(measure: str) -> str:
    if measure == VALUE:
        return "USD"
    return "MW" if measure in MEGAWATTS or measure.startswith(IN_SERVICE) else ""


def firm_sum(sums: FirmSums, query: FirmSumFigure) -> FirmSum | None:
    """None where no contract states a figure."""
    keys, measure = sums.contracts_of(query.layer, query.end, query.key), _plain_measure(query.measure)
    if measure == VALUE:
        return sums.dollars(query.layer, keys)
    return sums.megawatts(query.layer, MEGAWATTS[measure][0], keys)


_AT = {"from": " as provider", "to": " as customer", "party": " as either party", "site": " at the site", "all": ""}

# ---- a cell of what is computed


def _cell(table: Table, query: CellFigure, doc: str) -> FigureAnswer | None:
    for part in table.parts:
        rows = [row for row in part.rows if _is_row(part, row, query)] if _may_have(part, query) else []
        if len({computed_text(_value(part, row, query)) for row in rows}) > 1:
            raise unknown_figure("several rows are what it names")
        if rows:
            return _answer_in(part, rows[0], query, table, doc)
    return None


def _may_have(part: Table, query: CellFigure) -> bool:
    asked = {query.column, *(name for name, _ in query.row)}
    return query.part in ("", part.part) and _columns(part).keys() >= asked


def _value(part: Table, row: TableRow, query: CellFigure) -> Cell:
    return row.get(_columns(part)[query.column].name)


def _answer_in(part: Table, row: TableRow, query: CellFigure, table: Table, doc: str) -> FigureAnswer:
    column = _columns(part)[query.column]
    named = ", ".join(_described(part, row, table, *pair) for pair in query.row if pair[1] != UNSTATED)
    title = ", ".join(one for one in (part.title, named, words(column.name)) if one)
    doc = " ".join(one for one in (doc, _inputs_sentence(query, table)) if one)
    text = computed_text(_value(part, row, query))
    return FigureAnswer(text, column.unit, title, doc, None, frozenset(_made_of(part, row)))


def _inputs_sentence(query: CellFigure, table: Table) -> str:
    """The inputs that are no default, in words."""
    stated = ((name.removeprefix("scope.").removeprefix("where."), text.split("~")) for name, text in query.inputs)
    sentence = "; ".join(f"{words(name)} {', '.join(_plain(one, table) for one in texts)}" for name, texts in stated)
    return f"With {sentence}." if sentence else ""


def _plain(text: str, table: Table) -> str:
    """A code in words, a key by its name."""
    return words(text) if text.isupper() else table.name(text)


def _described(part: Table, row: TableRow, table: Table, name: str, text: str) -> str:
    """A cell that tells the row, as people read it."""
    cell = row.get(_columns(part)[name].name)
    if isinstance(cell, tuple):
        return f"{words(name)} {'; '.join(map(table.name, cell))}"
    shown = str(cell)
    called = table.name(shown)
    if called != shown:
        return called
    return f"{words(name)} {words(shown) if shown.isupper() else shown}"


def _columns(table: Table) -> Mapping[str, TableColumn]:
    """By what an ID calls them."""
    return {column_text(column.name): column for column in table.columns}


def _is_row(table: Table, row: TableRow, query: CellFigure) -> bool:
    columns = _columns(table)
    return all((cell_text(row.get(columns[name].name)) or UNSTATED) == text for name, text in query.row)


def _made_of(table: Table, row: TableRow) -> Iterator[str]:
    for column in table.columns:
        cell = row.get(column.name)
        if column.refers_to in _MADE_OF and isinstance(cell, (str, tuple)):
            yield from (cell,) if isinstance(cell, str) else cell
