"""The method of a figure: how it came about. Every analytic result and report carries one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Any

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.lens import Lens


class Engine(StrEnum):
    """What computed a result."""

    NETWORKX = "NETWORKX"
    IGRAPH = "IGRAPH"
    GDS = "GDS"


@dataclass(frozen=True, slots=True)
class Method:
    """`parameters` are the inputs, as JSON; `size` counts what they led to (nodes, edges, links). `weight` describes
    what a weight means, with its unit; `libraries` maps names to versions.

    `data_through` is the publication date of the newest source that counts. Each assumption is a sentence with its
    number."""

    name: str
    parameters: Mapping[str, Any]
    weight: str
    engine: Engine
    libraries: Mapping[str, str]
    data_version: str
    data_through: date | None
    lens: Lens
    assumptions: tuple[str, ...]
    size: Mapping[str, int] = field(default_factory=dict)


def method_of(
    snapshot: Snapshot,
    name: str,
    parameters: Mapping[str, Any],
    weight: str,
    assumptions: Iterable[str],
    *,
    engine: Engine = Engine.NETWORKX,
    libraries: Sequence[str] = ("networkx",),
    size: Mapping[str, int] | None = None,
) -> Method:
    """The method of a result computed from a snapshot. Repeated assumptions are listed once."""
    return Method(
        name=name,
        parameters=parameters,
        weight=weight,
        engine=engine,
        libraries=versions_of(*libraries),
        data_version=snapshot.data_version,
        data_through=snapshot.data_through,
        lens=snapshot.lens,
        assumptions=tuple(dict.fromkeys(assumptions)),
        size=size or {},
    )


def versions_of(*libraries: str) -> Mapping[str, str]:
    return {name: _version(name) for name in libraries}


@cache
def _version(library: str) -> str:
    return version(library)
