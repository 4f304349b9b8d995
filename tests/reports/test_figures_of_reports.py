"""The numbers of the centrality report lead to their addresses, in every format."""

from __future__ import annotations

import csv
import io
import re

import pytest

from graph.publication.figures import CellFigure, StatedFigure, read_figure
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.reports.centrality import CentralityReport
from graph.reports.centrality_document import REPORT, document_of
from graph.stores.embedded.store import EmbeddedStore

CONTRACT = "iren-microsoft-cloud"


@pytest.mark.slow
def test_pages_and_markdown_link_the_same_figures_and_csv_names_them(report: CentralityReport) -> None:
    document = document_of(report)
    written = {suffix: str(REPORT.formats[suffix].render(document)) for suffix in ("html", "md", "csv")}
    page = set(re.findall(r'href="/figures/([^"]+)"', written["html"]))
    markdown = set(re.findall(r"\]\(/figures/([^)]+)\)", written["md"]))
    rows = csv.DictReader(io.StringIO(written["csv"]))
    table = {id for row in rows for id in row["figures"].split()}
    assert page == markdown == table
    assert {type(read_figure(id).query) for id in page} == {StatedFigure, CellFigure}


async def test_they_are_what_the_report_says(report: CentralityReport, seeded: EmbeddedStore) -> None:
    value = report.links[CONTRACT].value
    assert value is not None
    scores = report.ranking[0].scores
    for id, amount in ((value.figure, value.amount), *((one.figure, one.value) for one in scores.values())):
        state = await state_of(seeded, read_figure(id))
        assert state.outcome is Outcome.SAME, id
        assert amount is not None
        assert float(re.sub(r"[A-Za-z]", "", state.figure.value)) == pytest.approx(amount, rel=1e-8)
