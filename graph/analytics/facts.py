"""The facts of a folder of seeds, ready for analytics: for scripts and notebooks, without a store or a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graph.analytics.scope import Snapshot
from graph.analytics.slippage import Evidence
from graph.lens import DEFAULT_LENS, Lens, today
from graph.model import ENTITIES, Row
from graph.projection import project
from graph.seeds import read_seeds
from graph.settings import PROJECT


@dataclass(frozen=True)
class Facts:
    """What one lens shows: links and entities, observations, and the statements about plans."""

    snapshot: Snapshot
    observations: Mapping[str, Row]
    evidence: Evidence


def read_facts(folder: Path = PROJECT / "seeds", lens: Lens = DEFAULT_LENS) -> Facts:
    """Reads and projects all seeds; takes about a second. Raises SeedErrors, BadLens."""
    graph = project(read_seeds(folder), lens.on(today()))
    entities = {key: row for label in ENTITIES for key, row in graph.rows[label].items()}
    return Facts(
        snapshot=Snapshot(graph.rows["Link"], entities, graph.lens, graph.version, graph.data_through),
        observations=graph.rows["Observation"],
        evidence=Evidence.of(graph.rows["Statement"].values(), graph.rows["Source"].values()),
    )
