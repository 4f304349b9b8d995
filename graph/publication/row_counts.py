"""Plain counts: how many rows of a kind there are, by what they are about; in an ID `rows,label=Link,from=hut8`.

A count is a table of one row like any other, so that it has an address like any other number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.analytics.core.parameters import Parameter
from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.publication.sources import Compute, count_method
from graph.stores.base import Reader, Store
from graph.stores.query import MAX_PER_PAGE, And, Compare, Filter, Or, Page, Query, cursor_of
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import LABELS, TYPE_COLUMN, LinkType, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import words

ROWS = "rows"
"""What an ID calls it."""
COUNT = "count"
"""Its one column."""
CountedLabel = StrEnum("CountedLabel", {label: label for label in LABELS})  # type: ignore[misc]
"""The kinds of rows that are counted."""


def _several(name: str, type_: Any, doc: str) -> Parameter:
    return Parameter(doc, name=name, type=type_, collection=tuple, default=())


_PARTY = Parameter("Of links: who stands at either end.", name="party", type=str, default=None)
PARAMETERS = (
    Parameter("Which kind of rows.", name="label", type=CountedLabel),
    _several(TYPE_COLUMN, LinkType, "Of links: of these types."),
    _several("status", LinkStatus, "Of links: of these statuses."),
    _several("commitment", Commitment, "Of links: of these commitments."),
    _several("layer", Layer, "Of links: of these layers."),
    Parameter("With megawatts of this basis.", name="basis", type=CapacityBasis, default=None),
    *(
        Parameter(f"With this key as {name}.", name=name, type=str, default=None)
        for name in ("from", "to", "site", "deal", "subject", "source")
    ),
    _PARTY,
    Parameter("Of links: about this chip.", name="chip", type=str, default=None),
    Parameter("Of organizations: those that are named.", name="named", type=bool, default=False),
)


def counted_filter(inputs: Mapping[str, Any]) -> Filter:
    """The rows that are counted, of their label."""
    stated = ((one.name, inputs.get(one.name)) for one in PARAMETERS[1:])
    return And(tuple(_condition(name, value) for name, value in stated if value))


def _condition(name: str, value: Any) -> Filter:
    match name, value:
        case "party", key:
            return Or((Compare("from", "eq", key), Compare("to", "eq", key)))
        case "chip", key:
            return Compare("chips", "has", key)
        case "named", _:
            return Compare("placeholder", "eq", False)
        case "basis", basis:
            return Compare(mw_column(basis), "isnull", False)
        case _, tuple():
            return Compare(name, "in", tuple(map(str, value)))
    return Compare(name, "eq", value)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The counts as a source of tables."""

    doc: str = "How many rows there are; a link is listed from its announcement on, also after it has ended."
    parameters: Sequence[Parameter] = PARAMETERS

    def long(self, inputs: Mapping[str, Any]) -> bool:
        return False

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, Any], compute: Compute) -> Table:
        label = str(inputs["label"])
        keys = [row.key async for row in _rows(reader, Query(label, counted_filter(inputs)))]
        columns = (TableColumn(COUNT), TableColumn(ROWS, refers_to=label))
        row: TableRow = {COUNT: len(keys), ROWS: tuple(keys)}
        return Table(_title(label, inputs), columns, [row], count_method(reader, inputs))


def _title(label: str, inputs: Mapping[str, Any]) -> str:
    stated = ((one.name, inputs.get(one.name)) for one in PARAMETERS[1:])
    texts = ((name, value if isinstance(value, tuple) else (value,)) for name, value in stated if value)
    named = (f"{words(name)} {', '.join(_describe(one) for one in values)}" for name, values in texts)
    return ", ".join([f"{label}s", *named])


def _describe(value: Any) -> str:
    """A code in words, a key as it is."""
    return words(str(value)) if isinstance(value, StrEnum) else str(value)


async def _rows(reader: Reader, query: Query) -> AsyncIterator[Row]:
    """All rows that satisfy a query."""
    if query.where == And():
        async for row in reader.stream(query.label):
            yield row
        return
    after = None
    while True:
        part = await reader.find(query, Page(first=MAX_PER_PAGE, after=after))
        for row in part.rows:
            yield row
        if not part.has_next:
            return
        after = cursor_of(part.rows[-1], query.orders)
