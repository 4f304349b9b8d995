"""The tables of a report, as what figures may be cells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.analytics.core.parameters import Parameter
from graph.analytics.core.table import Table
from graph.evidence.lens import Lens
from graph.publication.figures import unknown_figure
from graph.publication.sources import Compute
from graph.reports.report import BEFORE, LensDays, Report
from graph.stores.base import Reader, Store


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The tables of a report."""

    report: Report

    @property
    def doc(self) -> str:
        return self.report.summary

    @property
    def parameters(self) -> Sequence[Parameter]:
        return self.report.cited_parameters

    def long(self, inputs: Mapping[str, Any]) -> bool:
        """A report may resample, or rank several days."""
        return True

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, Any], compute: Compute) -> Table:
        """Raises UnknownFigure for a report without tables."""

        async def make() -> Any:
            return await self.report.table(store, await self._readers(store, reader, inputs), inputs)

        table = await compute.document(reader, f"{self.report.cited_name} {sorted(map(repr, inputs.items()))}", make)
        if not isinstance(table, Table):
            raise unknown_figure(f"the report {self.report.name} has no tables")
        return table

    async def _readers(self, store: Store, reader: Reader, inputs: Mapping[str, Any]) -> list[Reader]:
        *earlier, _ = cited_lenses(reader.lens, inputs)
        return [*[await store.reader(lens) for lens in earlier], reader]


def cited_lenses(lens: Lens, inputs: Mapping[str, Any]) -> list[Lens]:
    """The lenses under which a report was cited: of two, the days of the first stand among its inputs."""
    days: LensDays | None = inputs.get(BEFORE.name)
    return [lens] if days is None else [replace(lens, valid_on=days.valid_on, known_on=days.known_on), lens]
