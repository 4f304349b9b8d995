"""The numbers of the centrality report lead to their addresses, in every format."""

from __future__ import annotations

import csv
import io
import re

import pytest

from graph.publication.figures import CellFigure, StatedFigure, read_figure
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.reports.centrality import CentralityReport, centrality_report, render_csv, render_html, render_markdown
from graph.stores.embedded.store import EmbeddedStore

CONTRACT = "iren-microsoft-cloud"


@pytest.fixture(scope="module")
async def report(seeded: EmbeddedStore) -> CentralityReport:
    return await centrality_report(await seeded.reader())


def test_pages_and_markdown_link_the_same_figures_and_csv_names_them(report: CentralityReport) -> None:
    page = set(re.findall(r'href="/figures/([^"]+)"', render_html(report)))
    markdown = set(re.findall(r"\]\(/figures/([^)]+)\)", render_markdown(report)))
    rows = csv.DictReader(io.StringIO(render_csv(report)))
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
