"""What a report is: an entry that declares what it takes, how it is gathered, and the formats that it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any

from graph.analytics.core.parameters import Parameter, parameters_of
from graph.analytics.core.table import Table, TableOrigin
from graph.analytics.network.fragility import shared_evidence
from graph.evidence.lens import Lens
from graph.exports.documents.addresses import figure_table, with_addresses
from graph.exports.documents.formats import report_formats
from graph.exports.documents.model import ReportDocument
from graph.exports.documents.said import said_table
from graph.exports.formats import Format
from graph.stores.base import Reader, Store

DAYS_BETWEEN = 30
"""Days from the first of two lenses to the second, where the first names no day."""


class LensDays(str):
    """Both days of a lens as an address has them: `2026-06-30`, or `2026-06-30_2026-03-31` where what is known is of
    another day. Raises ValueError for other text."""

    def __init__(self, text: str) -> None:
        valid, _, known = text.partition("_")
        self.valid_on, self.known_on = date.fromisoformat(valid), date.fromisoformat(known or valid)

    @staticmethod
    def of(lens: Lens) -> LensDays:
        return LensDays("_".join(dict.fromkeys(map(str, (lens.valid_on, lens.known_on)))))


BEFORE = Parameter("The days of the first of two lenses.", name="before", type=LensDays)
"""What the address of a figure says of a report that compares."""


class Lenses(Enum):
    """How many lenses a report takes. TWO: `before` and `after`, which it compares."""

    ONE = 1
    TWO = 2


@dataclass(frozen=True)
class TabledReport:
    """A table with its supplements, whose numbers have addresses, and the document that is made of it: `compose` takes
    the table with its origin."""

    table: Table
    compose: Callable[[Table], ReportDocument]


@dataclass(frozen=True, slots=True)
class Report:
    """`name` stands in addresses and commands. `summary` is one sentence.

    `gather` makes the document that `formats` write: `gather(reader)` of one lens, `gather(store, before, after)` with
    a reader for each of two. An argument whose annotation holds a `Parameter` is an input, as of an analytic: `gather(
    reader, organization: OfOrganization)` is asked for as `/reports/NAME?organization=KEY`.

    What it gathers is a `ReportDocument`, a `Table`, or a `TabledReport`, which is both: each has all formats of
    `graph/exports/documents/formats.py`."""

    name: str
    title: str
    summary: str
    gather: Callable[..., Awaitable[Any]]
    formats: Mapping[str, Format] = field(default_factory=dict)
    lenses: Lenses = Lenses.ONE
    beside: Callable[[], str] = str
    """Changes with what the content depends on beside data, lenses and inputs; of most reports nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "formats", self.formats or report_formats(self.name))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The inputs that `gather` declares."""
        return tuple(parameters_of(self.gather).values())

    @property
    def required_inputs(self) -> tuple[str, ...]:
        """The inputs without which there is no such report, as addresses name them."""
        return tuple(parameter.field_name for parameter in self.parameters if parameter.required)

    @property
    def cited_name(self) -> str:
        """What the address of a figure calls it, apart from an analytic of the same name."""
        return f"report.{self.name}"

    @property
    def cited_parameters(self) -> tuple[Parameter, ...]:
        """The inputs that the address of a figure says."""
        return self.parameters if self.lenses is Lenses.ONE else (*self.parameters, BEFORE)

    async def document(self, store: Store, readers: Sequence[Reader], inputs: Mapping[str, Any]) -> Any:
        """The document under the lenses of the readers, of which there are as many as the report takes.

        Raises BadQuery for an input out of bounds."""
        gathered = await self._gathered(store, readers, inputs)
        document = gathered.compose(gathered.table) if isinstance(gathered, TabledReport) else gathered
        origin = self._origin(readers, inputs)
        return with_addresses(document, origin) if origin and isinstance(document, ReportDocument) else document

    async def table(self, store: Store, readers: Sequence[Reader], inputs: Mapping[str, Any]) -> Table | None:
        """The table that its figures are cells of, with its supplements; None for a report without one. Raises what
        `document` raises."""
        match await self._gathered(store, readers, inputs):
            case TabledReport(table, compose):
                return replace(table, supplements=(*table.supplements, said_table(compose(table))))
            case Table() as table:
                return table
            case ReportDocument() as document:
                return figure_table(document)
        return None

    async def _gathered(self, store: Store, readers: Sequence[Reader], inputs: Mapping[str, Any]) -> Any:
        for parameter in self.parameters:
            parameter.check(inputs[parameter.name])
        named = {parameter.identifier: inputs[parameter.name] for parameter in self.parameters}
        shared = () if self.lenses is Lenses.ONE else (store,)
        with shared_evidence():
            gathered = await self.gather(*shared, *readers, **named)
        origin = self._origin(readers, inputs)
        match gathered:
            case TabledReport(table):
                return replace(gathered, table=replace(table, origin=origin))
            case Table():
                return replace(gathered, origin=origin)
        return gathered

    def _origin(self, readers: Sequence[Reader], inputs: Mapping[str, Any]) -> TableOrigin | None:
        """What the addresses of its figures need; lenses that differ in more than their days have none."""
        first, last = readers[0].lens, readers[-1].lens
        if replace(first, valid_on=last.valid_on, known_on=last.known_on) != last:
            return None
        before = {} if self.lenses is Lenses.ONE else {BEFORE.name: LensDays.of(first)}
        return TableOrigin(self.cited_name, self.cited_parameters, {**inputs, **before})


async def open_readers(lenses: Sequence[Lens], read: Callable[[Lens], Awaitable[Reader]]) -> list[Reader]:
    """A reader for each lens, opened by `read`. Where the first of two lenses has no dates, they are `DAYS_BETWEEN`
    days before those of the second."""
    *earlier, last = lenses
    reader = await read(last)
    return [*[await read(_dated(lens, reader.lens)) for lens in earlier], reader]


def _dated(lens: Lens, after: Lens) -> Lens:
    return replace(
        lens,
        valid_on=lens.valid_on or _before(after.valid_on),
        known_on=lens.known_on or _before(after.known_on),
    )


def _before(day: date | None) -> date | None:
    return day and day - timedelta(days=DAYS_BETWEEN)
