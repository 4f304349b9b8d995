"""Centralities by Neo4j Graph Data Science: the edges of a view are projected in the database, and computed there.

Values are networkx's own, within 1e-6. To add a metric, add an entry to _METRICS at the foot of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import repeat
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from graph.analytics.core.method import Engine
from graph.analytics.core.scope import Meaning
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import Centrality, checked, method_of_view, ranked, unsupported
from graph.errors import EngineUnsupported, StoreError
from graph.evidence.lens import DEFAULT_LENS, today
from graph.stores.neo4j.cypher import Cypher


@runtime_checkable
class Computes(Protocol):
    async def compute(self, statement: Cypher) -> Any:
        """The `answer` of a statement."""


@dataclass(frozen=True, slots=True)
class _Procedure:
    """A GDS procedure: `settings` derives its configuration, `scaled` converts its scores to the scale of networkx."""

    procedure: str
    settings: Callable[[NetworkView, Mapping[str, Any]], Mapping[str, Any]]
    scaled: Callable[[NetworkView, Mapping[str, float], Mapping[str, Any]], Mapping[str, float]]
    weight_meaning: Meaning | None = None


async def gds_centrality(
    database: Computes, view: NetworkView, metric: str, *, on: date | None = None, **parameters: Any
) -> Centrality:
    """As `centrality`, with the engine GDS. `on` is the day of the default lens, today if None.

    Raises EngineUnsupported for another metric, weight, parameter or lens, and where the database lacks Graph Data
    Science; else what `centrality` and the store raise."""
    _, taken = checked(view, metric, parameters)
    entry = _METRICS.get(metric)
    if entry is None:
        raise unsupported(metric, Engine.GDS, "")
    if view.weight is not None and entry.weight_meaning is None:
        raise unsupported(metric, Engine.GDS, " with a weight")
    if taken.get("samples") is not None:
        raise unsupported(metric, Engine.GDS, " from samples")
    if view.snapshot.lens != DEFAULT_LENS.on(on or today()):
        raise unsupported(metric, Engine.GDS, " under another lens than the default")
    version = await _version(database)
    scores = entry.scaled(view, await _streamed(database, view, entry, taken), taken)
    method = method_of_view(view, metric, taken, engine=Engine.GDS)
    return Centrality(metric, ranked(view, scores), view.excluded, replace(method, libraries={"neo4j-gds": version}))


async def _version(database: Computes) -> str:
    known = "SHOW FUNCTIONS YIELD name WHERE name = 'gds.version' RETURN count(*) AS answer"
    if not await database.compute(Cypher(known)):
        raise EngineUnsupported("This Neo4j has no Graph Data Science.", remedy="Install it, or ask for NETWORKX.")
    return str(await database.compute(Cypher("RETURN gds.version() AS answer")))


async def _streamed(
    database: Computes, view: NetworkView, entry: _Procedure, parameters: Mapping[str, Any]
) -> Mapping[str, float]:
    keys = list(view.nodes)
    if not keys:
        return {}
    name = f"wattgraph-{uuid4().hex}"
    weighted = view.weight is not None
    parameters_ = {
        "name": name,
        "edges": list(_edges(view)),
        "undirected": [] if view.directed else ["*"],
        "settings": {
            **entry.settings(view, parameters),
            **({"relationshipWeightProperty": "weight"} if weighted else {}),
        },
    }
    try:
        result = await database.compute(Cypher(_STATEMENT.format(procedure=entry.procedure), parameters_))
    except StoreError:
        await database.compute(Cypher(_DROP, {"name": name}))
        raise
    return {keys[place]: score for place, score in result}


def _edges(view: NetworkView) -> Iterator[tuple[int, int | None, float]]:
    """Nodes without an edge lead nowhere."""
    edges = view.edges
    joined = {*edges.tails.tolist(), *edges.heads.tolist()}
    yield from ((place, None, 1.0) for place in range(len(view.nodes)) if place not in joined)
    weights = repeat(1.0, len(edges)) if edges.weights is None else edges.weights.tolist()
    yield from zip(edges.tails.tolist(), edges.heads.tolist(), weights, strict=True)


# One statement: in a cluster each may reach another server, and the projection lives on one.
_STATEMENT = """
UNWIND $edges AS edge
WITH gds.graph.project(
  $name, edge[0], edge[1],
  {{relationshipType: 'EDGE', relationshipProperties: {{weight: edge[2]}}}},
  {{undirectedRelationshipTypes: $undirected}}
) AS made
CALL gds.{procedure}.stream(made.graphName, $settings) YIELD nodeId, score
WITH made, collect([nodeId, score]) AS answer
CALL gds.graph.drop(made.graphName, false) YIELD graphName
RETURN answer
"""
_DROP = "CALL gds.graph.drop($name, false) YIELD graphName RETURN count(*) AS answer"


def _nothing(view: NetworkView, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _degree(orientation: str) -> _Procedure:
    def settings(view: NetworkView, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"orientation": orientation if view.directed else "NATURAL"}

    return _Procedure("degree", settings, _share_of_others)


def _share_of_others(
    view: NetworkView, scores: Mapping[str, float], parameters: Mapping[str, Any]
) -> Mapping[str, float]:
    most = max(len(view.nodes) - 1, 1) if parameters["normalized"] else 1
    return {key: score / most for key, score in scores.items()}


def _share_of_pairs(
    view: NetworkView, scores: Mapping[str, float], parameters: Mapping[str, Any]
) -> Mapping[str, float]:
    others = len(view.nodes) - 1
    pairs = max(others * (others - 1) / (1 if view.directed else 2), 1)
    return {key: score / pairs for key, score in scores.items()} if parameters["normalized"] else scores


def _walk(view: NetworkView, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    # its own 20 rounds are 4 % off
    return {
        "dampingFactor": parameters["alpha"],
        "tolerance": parameters["tolerance"],
        "maxIterations": parameters["max_iterations"],
    }


def _adding_to_one(
    view: NetworkView, scores: Mapping[str, float], parameters: Mapping[str, Any]
) -> Mapping[str, float]:
    total = sum(scores.values())
    return {key: score / total for key, score in scores.items()}


def _as_they_are(view: NetworkView, scores: Mapping[str, float], parameters: Mapping[str, Any]) -> Mapping[str, float]:
    return scores


_METRICS: Mapping[str, _Procedure] = {
    "DEGREE": _degree("UNDIRECTED"),
    "IN_DEGREE": _degree("REVERSE"),
    "OUT_DEGREE": _degree("NATURAL"),
    "BETWEENNESS": _Procedure("betweenness", _nothing, _share_of_pairs, Meaning.DISTANCE),
    "CLOSENESS": _Procedure("closeness", lambda view, parameters: {"useWassermanFaust": True}, _as_they_are),
    "PAGERANK": _Procedure("pageRank", _walk, _adding_to_one, Meaning.STRENGTH),
}
