"""Pages over the small world of tests/facts.py, with some files of their own."""

from __future__ import annotations

from pathlib import Path

from api.pages.fact_index import FactIndex
from graph.analytics.core.facts import facts_of
from graph.evidence.projection import project
from tests import facts
from tests.seeds_fixture import reader_of


async def small_index(folder: Path, **files: str) -> FactIndex:
    return FactIndex(await facts_of(reader_of(project(facts.log_of(folder, **files), facts.lens()))))
