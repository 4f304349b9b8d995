"""Charts of reports: what draws one, under which lens, and the ID that says all of this, as that of a figure does.

report.debt:wall:2026-06-30-1c2a9f
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.evidence.lens import Lens
from graph.publication.figures import (
    MAX_ID,
    CellFigure,
    Pairs,
    check_citable,
    lens_text,
    pairs_text,
    read_lens,
    read_pairs,
    requested_inputs,
    unknown_figure,
    with_hash,
)
from graph.publication.sources import TableSources


@dataclass(frozen=True, slots=True)
class CitedChart:
    """A chart by its name in the report `source`, whose `inputs` are those that are no default. `lens` has both
    dates."""

    source: str
    inputs: Pairs
    name: str
    lens: Lens

    def __post_init__(self) -> None:
        """Raises BadInput for private facts."""
        check_citable(self.lens)

    @property
    def id(self) -> str:
        return with_hash(":".join([",".join([self.source, *pairs_text(self.inputs)]), self.name, lens_text(self.lens)]))

    @property
    def address(self) -> str:
        return f"/charts/{self.id}.svg"

    def query(self) -> CellFigure:
        """The same as a query for a table, which says its inputs."""
        return CellFigure(self.source, self.inputs, (), self.name)


def read_chart(id: str, sources: TableSources) -> CitedChart:
    """The chart of an ID. Raises UnknownFigure for what is none, or for a report that this version does not know."""
    text = id.rpartition("-")[0]
    parts = text.split(":")
    if len(id) > MAX_ID or id != with_hash(text) or len(parts) != 3:
        raise unknown_figure("the address is not whole")
    (source, *inputs), name, lens = parts[0].split(","), parts[1], parts[2]
    if source not in sources:
        raise unknown_figure("its report is none that this version knows")
    chart = CitedChart(source, read_pairs(inputs), name, read_lens(lens))
    requested_inputs(chart.query(), sources)
    return chart
