"""The numbers of the centrality report lead to their addresses, in every format."""

from __future__ import annotations

import csv
import io
import re
from typing import cast

import pytest

from graph.publication.figures import CellFigure, FirmSumFigure, StatedFigure, read_figure
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.reports.catalog import FIGURE_TABLES, REPORTS
from graph.reports.centrality import CentralityReport
from graph.stores.base import Store
from graph.stores.embedded.reader import EmbeddedReader
from graph.stores.embedded.store import EmbeddedStore

CONTRACT = "iren-microsoft-cloud"


@pytest.mark.slow
async def test_pages_and_markdown_link_the_same_figures_and_csv_names_them(seeds_reader: EmbeddedReader) -> None:
    document = await REPORTS["dossier"].document(cast("Store", None), [seeds_reader], {"organization": "iren"})
    written = {suffix: str(REPORTS["dossier"].formats[suffix].render(document)) for suffix in ("html", "md", "csv")}
    page = set(re.findall(r'href="/figures/([^"]+)"', written["html"]))
    markdown = set(re.findall(r"\]\(/figures/([^)]+)\)", written["md"]))
    rows = csv.DictReader(io.StringIO(written["csv"]))
    table = {id for row in rows for id in row["figures"].split()}
    assert page == table
    assert markdown == {id for id in page if ":where=chart_" not in id}, "it has no charts"
    assert {StatedFigure, CellFigure, FirmSumFigure} == {type(read_figure(id, FIGURE_TABLES).query) for id in page}


async def test_they_are_what_the_report_says(report: CentralityReport, seeded: EmbeddedStore) -> None:
    value = report.links[CONTRACT].value
    assert value is not None
    scores = report.ranking[0].scores
    for id, amount in ((value.figure, value.amount), *((one.figure, one.value) for one in scores.values())):
        state = await state_of(seeded, read_figure(id))
        assert state.outcome is Outcome.SAME, id
        assert amount is not None
        assert float(re.sub(r"[A-Za-z]", "", state.figure.value)) == pytest.approx(amount, rel=1e-8)
