"""The report on the real facts, on a day that stays, and readers over facts that a test writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.reports.catalog import REPORTS
from graph.reports.centrality import CentralityReport, centrality_report
from graph.stores.base import DataVersion, Reader, Store
from graph.stores.embedded.reader import EmbeddedReader
from tests import facts


def reader_over(log: StatementLog, lens: Lens | None = None) -> EmbeddedReader:
    graph = project(log, (lens or Lens()).on(facts.TODAY))
    return EmbeddedReader(graph, DataVersion(graph.version, "", len(log.statements), "test"))


@pytest.fixture(scope="session")
async def report(seeds_graph: Graph) -> CentralityReport:
    """On the seeds of the project."""
    return await centrality_report(EmbeddedReader(seeds_graph, DataVersion(seeds_graph.version, "", 0, "test")))


async def report_on(folder: Path, lens: Lens | None = None, **files: str) -> CentralityReport:
    """On the small world with the given files in place of its own."""
    return await centrality_report(reader_over(facts.log_of(folder, **files), lens))


async def document_on(name: str, reader: Reader) -> Any:
    """The document of a report of one lens that reads no store."""
    return await REPORTS[name].document(cast("Store", None), [reader], {})
