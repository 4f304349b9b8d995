"""The columns of a dataset as tables: names, types, units and words, from the vocabulary; and their cells, a column of
a batch at a time.

Megawatts stand in columns by basis. Of links `mw_critical_it` and its kin, and `value_usd`, hold what is firm, signed,
in force and not replaced; `stated_mw_critical_it` and its kin what the link states, however firm: whoever adds up a
plain column adds nothing that does not count. Layers are to be kept apart (`layer`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from itertools import chain, repeat
from typing import Any, TypeVar

from graph.evidence.firmness import Firmness, firmness, is_firm
from graph.exports.dataset.dataset import Batch, Dataset
from graph.exports.dataset.figures import SAID
from graph.publication.answers import PARTS
from graph.vocabulary.model import (
    AMOUNT_ROLES,
    ENTITIES,
    FIGURE_PARTS,
    KINDS,
    TYPE_COLUMN,
    Property,
    PropertyRole,
    Row,
    link_properties,
    property_names,
)
from graph.vocabulary.types import (
    Capacities,
    Choices,
    CountType,
    Day,
    FigureType,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Refs,
    RenewalsType,
    TerminationType,
    Texts,
    Whole,
    mw_column,
)
from graph.vocabulary.values import Bound, CapacityBasis, total_capacity
from graph.vocabulary.wording import words

T = TypeVar("T")
FIGURE = "_figure"
"""What the name of a column of addresses ends with."""
STATED = "stated_"
"""What the name of a column begins with that holds what a link states, however firm."""


class ColumnType(StrEnum):
    """What a column holds: text, a number, a whole number, true or false, a day, a list of texts, a list of entries,
    each of which is JSON."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    WHOLE = "WHOLE"
    FLAG = "FLAG"
    DAY = "DAY"
    TEXTS = "TEXTS"
    ENTRIES = "ENTRIES"


NUMBERS = (ColumnType.NUMBER, ColumnType.WHOLE)


@dataclass(frozen=True)
class TableBatch:
    """Some rows of a table, and the dataset that they are of."""

    dataset: Dataset
    rows: Batch

    @cached_property
    def columns(self) -> list[dict[str, Any]]:
        return [row.columns for row in self.rows]

    @cached_property
    def names(self) -> frozenset[str]:
        """Columns in which some row holds something."""
        return frozenset().union(*self.columns)

    def stated(self, name: str) -> list[Any]:
        """What the rows hold in a column, None where they hold nothing."""
        if name not in self.names:
            return [None] * len(self.rows)
        return list(map(dict.get, self.columns, repeat(name)))

    @cached_property
    def figures(self) -> list[Mapping[str, str]]:
        """The addresses of the numbers of each row, in a dataset that has them."""
        return [self.dataset.figures.of_row(row) if self.dataset.figures else {} for row in self.rows]

    @cached_property
    def standing(self) -> list[tuple[Any, ...]]:
        """Of links: what tells how firm they are."""
        return list(zip(*map(self.stated, ("in_force", "status", "commitment", TYPE_COLUMN)), strict=True))

    @cached_property
    def firm(self) -> list[bool]:
        """Of links: whether what they state counts."""
        replaced = self.dataset.replaced
        pairs = zip(self.rows, self.standing, strict=True)
        return [_is_firm(*standing) and row.key not in replaced for row, standing in pairs]

    def where_firm(self, cells: Sequence[Any]) -> list[Any]:
        return [cell if firm else None for cell, firm in zip(cells, self.firm, strict=True)]


def _link_of(in_force: Any, status: Any, commitment: Any, type_: str) -> Row:
    stated = {"in_force": in_force, "status": status, "commitment": commitment}
    return Row("Link", "", {TYPE_COLUMN: type_} | {name: one for name, one in stated.items() if one is not None})


@cache
def _is_firm(*standing: Any) -> bool:
    return is_firm(_link_of(*standing))


@cache
def _firmness(*standing: Any) -> str:
    return str(firmness(_link_of(*standing)))


Cells = Callable[[TableBatch], Sequence[Any]]
"""The cells of a column, None where there is nothing."""


@dataclass(frozen=True)
class DatasetColumn:
    """`cells` reads them of a batch; without it they are what the rows hold under the name. `figures`: what the figure
    of a number is called; of several the first that a row has."""

    name: str
    type: ColumnType
    doc: str
    unit: str = ""
    cells: Cells | None = field(default=None, compare=False)
    figures: tuple[str, ...] = ()

    def of(self, batch: TableBatch) -> Sequence[Any]:
        return batch.stated(self.name) if self.cells is None else self.cells(batch)


@dataclass(frozen=True)
class DatasetTable:
    """One table: the labels of its rows, and its columns. `primary_key`: those that tell a row from all others."""

    name: str
    doc: str
    labels: tuple[str, ...]
    columns: tuple[DatasetColumn, ...]
    primary_key: tuple[str, ...] = ("key",)

    def batches(self, dataset: Dataset) -> Iterator[TableBatch]:
        for label in self.labels:
            for rows in dataset.batches(label):
                yield TableBatch(dataset, rows)

    def of(self, dataset: Dataset) -> DatasetTable:
        """The table as files of a dataset have it: with addresses beside its numbers where it has them."""
        return replace(self, columns=columns_of(self.columns, dataset))


def columns_of(columns: tuple[DatasetColumn, ...], dataset: Dataset) -> tuple[DatasetColumn, ...]:
    """The columns as files of a dataset have them."""
    return _with_figures(columns) if dataset.figures else columns


def _with_figures(columns: tuple[DatasetColumn, ...]) -> tuple[DatasetColumn, ...]:
    return tuple(chain.from_iterable((one, *_figure_columns(one)) for one in columns))


def _figure_columns(column: DatasetColumn) -> Iterator[DatasetColumn]:
    name = f"{column.name}{FIGURE}"
    if column.type is ColumnType.ENTRIES:
        doc = f"Addresses of the entries of {column.name}, in their order."
        yield DatasetColumn(name, ColumnType.TEXTS, doc, cells=_entry_addresses(column))
    elif column.figures:
        doc = f"Address of {column.name}: whether it is still so."
        yield DatasetColumn(name, ColumnType.TEXT, doc, cells=_addresses(column))


def _addresses(column: DatasetColumn) -> Cells:
    def cells(batch: TableBatch) -> list[str | None]:
        stated = zip(column.of(batch), batch.figures, strict=True)
        return [None if cell is None else first_of(figures, column.figures) for cell, figures in stated]

    return cells


def first_of(figures: Mapping[str, T], names: Sequence[str]) -> T | None:
    """The address of the first of these that a row has."""
    return next((figures[name] for name in names if name in figures), None)


def _entry_addresses(column: DatasetColumn) -> Cells:
    def cells(batch: TableBatch) -> list[list[str] | None]:
        addresses = batch.dataset.figures
        rows = zip(batch.rows, batch.figures, strict=True)
        return [addresses.of_entries(row, column.name, figures) or None if addresses else None for row, figures in rows]

    return cells


# ---- from the vocabulary

_BOUND = "how the stated figure bounds the true one"


@dataclass(frozen=True)
class _ColumnPart:
    """One of the columns of a property: what its name ends with, and what it says beyond the property's own words."""

    suffix: str
    type: ColumnType
    more: str = ""
    unit: str = ""


_TEXT = (_ColumnPart("", ColumnType.TEXT),)
_TEXT_LIST = (_ColumnPart("", ColumnType.TEXTS),)
_BOUNDED = _ColumnPart("_bound", ColumnType.TEXT, _BOUND)
_COLUMNS_OF: Mapping[type, Sequence[_ColumnPart]] = {
    Texts: _TEXT_LIST,
    Refs: _TEXT_LIST,
    Choices: _TEXT_LIST,
    Number: (_ColumnPart("", ColumnType.NUMBER),),
    Whole: (_ColumnPart("", ColumnType.WHOLE),),
    Flag: (_ColumnPart("", ColumnType.FLAG),),
    Day: (_ColumnPart("", ColumnType.DAY),),
    PartialDay: (
        _ColumnPart("", ColumnType.TEXT, "as precisely as it is known, such as 2026-Q3"),
        _ColumnPart("_earliest", ColumnType.DAY, "the first day that it may be"),
        _ColumnPart("_latest", ColumnType.DAY, "the last day that it may be"),
    ),
    MoneyType: (
        _ColumnPart("_amount", ColumnType.NUMBER, "in its currency", "currency"),
        _ColumnPart("_currency", ColumnType.TEXT, "currency (ISO 4217)"),
        _BOUNDED,
        _ColumnPart("_usd", ColumnType.NUMBER, "where it is in US dollars", "USD"),
    ),
    CountType: (_ColumnPart("", ColumnType.WHOLE), _BOUNDED),
    RenewalsType: (
        _ColumnPart("_count", ColumnType.WHOLE, "how many"),
        _ColumnPart("_years", ColumnType.NUMBER, "each", "years"),
    ),
    TerminationType: (
        _ColumnPart("_party", ColumnType.TEXT, "which party"),
        _ColumnPart("_notice_days", ColumnType.WHOLE, "notice", "days"),
    ),
    Capacities: (_ColumnPart("", ColumnType.ENTRIES, "each entry as JSON; entries are never added"),),
}
"""By the type of a property; of any other it is one text."""


def _property_columns(prop: Property) -> Iterator[DatasetColumn]:
    """The columns of a property, but for what only filters and orders of a store need."""
    if isinstance(prop.type, FigureType):
        for name, part in FIGURE_PARTS.items():
            for one in _property_columns(replace(part, name=name)):
                yield replace(one, figures=(prop.name,)) if one.figures else one
        return
    unit = prop.unit if isinstance(prop.type, Number | Whole) else ""
    for column in _COLUMNS_OF.get(type(prop.type), _TEXT):
        said = f"{prop.doc.rstrip('.')}: {column.more}." if column.more else prop.doc
        name = f"{prop.name}{column.suffix}"
        figures = (name if name in PARTS else prop.name,) if column.type in NUMBERS else ()
        yield DatasetColumn(name, column.type, said, column.unit or unit, figures=figures)
    if isinstance(prop.type, Capacities):
        yield from _megawatt_columns()


def _megawatt_columns() -> Iterator[DatasetColumn]:
    for basis in CapacityBasis:
        column, doc = mw_column(basis), f"Megawatts, {words(basis)}, of the furthest stage."
        yield DatasetColumn(column, ColumnType.NUMBER, doc, "MW", figures=(column,))
        name = f"{column}_bound"
        yield DatasetColumn(name, ColumnType.TEXT, f"Megawatts, {words(basis)}: {_BOUND}.", cells=_bounds_of(basis))


def _bounds_of(basis: CapacityBasis) -> Cells:
    def cells(batch: TableBatch) -> list[Any]:
        stated = zip(batch.rows, batch.stated(mw_column(basis)), strict=True)
        return [None if mw is None else _bound(row, basis) for row, mw in stated]

    return cells


def _bound(row: Row, basis: CapacityBasis) -> str:
    entries: list[str] = row.columns["capacities"]
    if all(_EXACT in entry for entry in entries):  # as of most, and reading the entries takes a hundred times as long
        return Bound.EXACT.value
    total = total_capacity(row["capacities"], basis)
    return str(total.bound) if total else Bound.EXACT.value


_EXACT = json.dumps({"bound": Bound.EXACT}, separators=(",", ":"))[1:-1]


def _unique(columns: Iterator[DatasetColumn]) -> tuple[DatasetColumn, ...]:
    """Each name once; kinds that share a name mean the same by it."""
    by_name: dict[str, DatasetColumn] = {}
    for column in columns:
        known = by_name.setdefault(column.name, column)
        if known.type is not column.type:
            raise TypeError(f"{column.name} is {known.type} of one kind and {column.type} of another")
    return tuple(by_name.values())


def _key(what: str) -> DatasetColumn:
    return DatasetColumn("key", ColumnType.TEXT, what, cells=lambda batch: [row.key for row in batch.rows])


# ---- entities


def _entity_columns() -> Iterator[DatasetColumn]:
    yield _key("Its key.")
    yield DatasetColumn("label", ColumnType.TEXT, "Its kind.", cells=lambda batch: [row.label for row in batch.rows])
    yield DatasetColumn("name", ColumnType.TEXT, "Its name; of a debt issuer and instrument.", cells=_own_names)
    for kind in ENTITIES.values():
        for prop in kind.properties.values():
            yield from _property_columns(prop)
    yield _SOURCES


def _own_names(batch: TableBatch) -> list[str]:
    return [batch.dataset.names[row.key] for row in batch.rows]


_SOURCES = DatasetColumn(
    "sources",
    ColumnType.TEXTS,
    "Keys of the sources whose statements are the ones shown.",
    cells=lambda batch: [batch.dataset.sources_of.get(row.key) for row in batch.rows],
)

# ---- links

_ENDS = {"source": "from", "target": "to"}


def _link_columns() -> Iterator[DatasetColumn]:
    yield _key("Its key.")
    yield DatasetColumn(TYPE_COLUMN, ColumnType.TEXT, "Its type, read from source to target.")
    for end, stored in _ENDS.items():
        yield DatasetColumn(end, ColumnType.TEXT, f"Key of its {end}.", cells=_stated_cells(stored))
        yield DatasetColumn(f"{end}_name", ColumnType.TEXT, f"Name of its {end}.", cells=_names_of(stored))
    yield DatasetColumn(
        "firmness", ColumnType.TEXT, "How firmly it binds: FIRM, CONDITIONAL, OPTION, LAPSED or UNSTATED.", cells=_firm
    )
    yield DatasetColumn("firm", ColumnType.FLAG, "Whether plain sums count it.", cells=lambda batch: batch.firm)
    yield DatasetColumn("replaced_by", ColumnType.TEXT, "The link that has taken its place.", cells=_replacing)
    for prop in link_properties().values():
        if prop.name not in _ENDS.values():
            for column in _property_columns(prop):
                yield from _counted_and_stated(column)
    yield _SOURCES


def _stated_cells(name: str) -> Cells:
    return lambda batch: batch.stated(name)


def _names_of(name: str) -> Cells:
    def cells(batch: TableBatch) -> list[str]:
        names = batch.dataset.names
        return [names.get(key, key) for key in batch.stated(name)]

    return cells


def _firm(batch: TableBatch) -> list[str]:
    replaced = batch.dataset.replaced
    pairs = zip(batch.rows, batch.standing, strict=True)
    return [Firmness.LAPSED.value if row.key in replaced else _firmness(*standing) for row, standing in pairs]


def _replacing(batch: TableBatch) -> list[str | None]:
    return [batch.dataset.replaced.get(row.key) for row in batch.rows]


@cache
def _amounts() -> frozenset[str]:
    return frozenset(f"{name}_usd" for role in AMOUNT_ROLES for name in property_names(role))


def _counted_and_stated(column: DatasetColumn) -> Iterator[DatasetColumn]:
    """Of megawatts and amounts two columns: what counts, and what is stated."""
    if column.unit == "MW" and column.type is ColumnType.NUMBER:
        counted: Cells = lambda batch: batch.where_firm(batch.stated(column.name))  # noqa: E731 (a line of its own)
    elif column.name in _amounts():
        counted = _counted_amounts(column.name)
    else:
        yield column
        return
    firm = "what is firm, signed, in force and not replaced"
    parts = FIRM_PARTS if column.name in _amounts() else ()
    figures = (*parts, *column.figures)
    yield replace(column, doc=f"{column.doc.rstrip('.')}: {firm}.", cells=counted, figures=figures)
    name = f"{STATED}{column.name}"
    yield replace(
        column, name=name, doc=f"{column.doc.rstrip('.')}: as stated, however firm.", cells=_stated_cells(column.name)
    )


FIRM_PARTS = tuple(sorted(property_names(PropertyRole.FIRM_PART)))
"""Properties that say how much of an amount is firm."""


def _counted_amounts(name: str) -> Cells:
    """Where a firm part is stated, that part alone."""

    def cells(batch: TableBatch) -> list[Any]:
        amounts = batch.stated(name)
        for part in FIRM_PARTS:
            amounts = [
                amount if firm is None else firm for amount, firm in zip(amounts, batch.stated(part), strict=True)
            ]
        return batch.where_firm(amounts)

    return cells


# ---- what is said


def _columns_of(label: str, *without: str) -> Iterator[DatasetColumn]:
    yield _key("Its key.")
    for prop in KINDS[label].properties.values():
        if prop.name not in without:
            yield from _property_columns(prop)


def _statement_columns() -> Iterator[DatasetColumn]:
    for column in _columns_of("Statement", "caption"):
        yield replace(column, figures=(SAID,)) if column.name == SAID else column
    yield DatasetColumn("said_known_from", ColumnType.TEXT, "What the claim itself says of when it became known.")
    yield DatasetColumn("entered", ColumnType.TEXT, "Where it came in: SEEDS, API, SCENARIO or OVERLAY.")


ENTITY_TABLE = DatasetTable(
    "entities", "Organizations, sites, chips, deals, debts and events.", tuple(ENTITIES), _unique(_entity_columns())
)
LINK_TABLE = DatasetTable(
    "links", "Contracts and other links between two entities.", ("Link",), _unique(_link_columns())
)
OBSERVATION_TABLE = DatasetTable(
    "observations", "Dated figures about one entity.", ("Observation",), _unique(_columns_of("Observation"))
)
STATEMENT_TABLE = DatasetTable(
    "statements",
    "One source saying one thing about one subject, whether it counts and is the one shown, and why.",
    ("Statement",),
    _unique(_statement_columns()),
)
SOURCE_TABLE = DatasetTable(
    "sources", "The documents that statements cite.", ("Source",), _unique(_columns_of("Source"))
)
TABLES = (ENTITY_TABLE, LINK_TABLE, OBSERVATION_TABLE, STATEMENT_TABLE, SOURCE_TABLE)


def columns_by_name(table: DatasetTable) -> Mapping[str, DatasetColumn]:
    return {column.name: column for column in table.columns}


@cache
def _names_by_column(label: str) -> Mapping[str, Sequence[str]]:
    columns = (column for table in TABLES if label in table.labels for column in table.columns)
    return {one.name: one.figures for one in columns if one.figures}


def figures_called(label: str, column: str) -> Sequence[str]:
    """What the figure of a column of rows of a label is called, of several the first that a row has; of megawatts of
    one stage too, and of what a figure is called itself."""
    return _names_by_column(label).get(column, (column.removeprefix(STATED),))
