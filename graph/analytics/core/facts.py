"""Facts: all that analytics read under one lens, from a store or from a folder of seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path

from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.plans import PlanStatements
from graph.analytics.core.snapshot import Snapshot, read_snapshot
from graph.analytics.core.support import confidence_by_subject
from graph.analytics.core.views import NetworkView, build_view
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.evidence.log import StatementLog
from graph.evidence.rows import source_of, statements_of
from graph.seeding.reader import read_seeds
from graph.seeding.scenario_files import read_scenarios
from graph.settings import read_settings
from graph.stores.base import Reader
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import ENTITIES, Row

_CACHED_VIEWS = 4


@dataclass(frozen=True)
class Facts:
    """All rows that one lens shows. Properties derived from the statements are computed on first use."""

    snapshot: Snapshot
    observations: Mapping[str, Row]
    statements: Mapping[str, Row]
    sources: Mapping[str, Row]

    @cached_property
    def view(self) -> Callable[..., NetworkView]:
        """`build_view` over these links. Caches the last few views: building one takes longer than most analytics."""
        return lru_cache(_CACHED_VIEWS)(partial(build_view, self.snapshot))

    @cached_property
    def plans(self) -> PlanStatements:
        """The statements about plans."""
        return PlanStatements.of(self.statements.values(), self.sources.values())

    @cached_property
    def confidence(self) -> Mapping[str, Confidence]:
        """How far each link, or other subject, is supported."""
        return confidence_by_subject(self.statements.values())

    @cached_property
    def footnotes(self) -> Footnotes:
        """Names and sources of what is shown."""
        return Footnotes(self.snapshot, self.observations, self.statements, self.sources)

    @cached_property
    def log(self) -> StatementLog:
        """The statements that are known under the lens, counted or not."""
        return StatementLog.of(statements_of(self.statements.values()), map(source_of, self.sources.values()))


async def facts_of(reader: Reader) -> Facts:
    """All that a reader shows. Raises StoreError."""
    snapshot = await read_snapshot(reader)
    observations, statements, sources = [await reader.rows(label) for label in ("Observation", "Statement", "Source")]
    return Facts(snapshot, observations, statements, sources)


def read_facts(folder: str | Path | None = None, lens: Lens = DEFAULT_LENS) -> Facts:
    """All that a folder of seeds shows, without a store; takes about a second. Without a folder, reads that of the
    settings (`WATTGRAPH_SEEDS`).

    Raises SeedErrors, BadSettings, BadLens, and BadInput for a scenario that does not fit."""
    settings = read_settings()
    folder, max_bytes = settings.seeds if folder is None else Path(folder), settings.facts_file_bytes
    scenarios = read_scenarios(folder, max_bytes)
    graph = scenarios.project(read_seeds(folder, max_bytes=max_bytes), scenarios.resolved(lens, today()))
    entities = {key: row for label in ENTITIES for key, row in graph.rows[label].items()}
    return Facts(
        Snapshot(graph.rows["Link"], entities, graph.lens, graph.version, graph.data_through),
        graph.rows["Observation"],
        graph.rows["Statement"],
        graph.rows["Source"],
    )
