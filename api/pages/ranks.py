"""The position of an organization in rankings, with the interval where it may stand if sources err or are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.pages.documents import read_document
from api.pages.figure_address import cell_address, count_address
from api.pages.page import Visit, lens_variable
from api.pages.wording import billions
from graph.analytics.contracts.firm_sums import CONTRACTS
from graph.analytics.core.facts import Facts
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.network.rankings import RankingQuery, ranking, ranking_intervals
from graph.analytics.network.uncertainty import Interval
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import megawatts

_LEASES = Scope(types=CONTRACTS, layer=Layer.SHELL)
_LEASED_MW = Scope(types=CONTRACTS, layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)


@dataclass(frozen=True, slots=True)
class RankMeasure:
    """`name` is what a page calls it, `field` what its document does, `write` how its scores read."""

    name: str
    field: str
    query: RankingQuery
    write: Callable[[float], str]


MEASURES = (
    RankMeasure(
        "Critical IT let out, MW",
        "megawattsLetOut",
        RankingQuery("OUT_STRENGTH", _LEASED_MW, weight=Weight.CAPACITY_MW),
        megawatts,
    ),
    RankMeasure(
        "Value of leases, bn USD",
        "valueOfLeases",
        RankingQuery("OUT_STRENGTH", _LEASES, weight=Weight.VALUE_USD),
        billions,
    ),
    RankMeasure("Counterparties", "counterparties", RankingQuery("DEGREE"), lambda score: f"{score:,.0f}"),
    RankMeasure("Broker (betweenness)", "broker", RankingQuery("BETWEENNESS"), lambda score: f"{score:.4f}"),
    RankMeasure("PageRank", "pageRank", RankingQuery("PAGERANK"), lambda score: f"{score:.4f}"),
)
Intervals = Mapping[str, Mapping[str, Interval]]
"""By name of the measure and organization."""


class RankPlace(NamedTuple):
    """Where an organization stands in a ranking; `place` counts from 0, ties one by one."""

    place: int
    rank: int
    score: float | None


@dataclass(frozen=True, slots=True)
class RankLine:
    """`low` and `high` are None until the intervals are made. `addresses` are those of score, rank, low and high, by
    their columns."""

    name: str
    rank: int
    score: str
    low: int | None
    high: int | None
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RankTable:
    """`among_address`: that of the number of organizations."""

    among: int
    among_address: str
    lines: tuple[RankLine, ...]
    pending: bool


def rank_table(visit: Visit) -> RankTable | None:
    """None for an unnamed party, which stands in no ranking. An organization of score 0 has no line."""
    nodes = visit.facts.snapshot.nodes
    if visit.key not in nodes:
        return None
    intervals = visit.background.result("rank intervals", make_intervals)
    lines = tuple(_lines(visit, intervals or {}))
    address = count_address({"label": "Organization", "named": True}, visit.lens, len(nodes))
    return RankTable(len(nodes), address, lines, intervals is None) if lines else None


def _lines(visit: Visit, intervals: Intervals) -> list[RankLine]:
    lines = []
    for measure in MEASURES:
        ranked = visit.facts.computed("ranks", make_ranks)[measure.name].get(visit.key)
        if ranked is not None and ranked.score:
            interval = intervals.get(measure.name, {}).get(visit.key)
            low, high = (interval.low, interval.high) if interval else (None, None)
            cells = {"rank": ranked.rank, "score": ranked.score, "rank_low": low, "rank_high": high}
            addresses = {name: _address(visit, measure.query, name, value) for name, value in cells.items()}
            lines.append(RankLine(measure.name, ranked.rank, measure.write(ranked.score), low, high, addresses))
    return lines


def _address(visit: Visit, query: RankingQuery, column: str, value: float | None) -> str:
    """That of the same number in the table of `centrality`; an interval stands there where it is asked for."""
    inputs = {"metric": query.metric, "weight": query.weight, "scope": query.scope}
    doubted = {"uncertainty": True} if column in ("rank_low", "rank_high") else {}
    return cell_address("centrality", inputs | doubted, {"key": visit.key}, column, visit.lens, value)


def make_ranks(facts: Facts) -> Mapping[str, Mapping[str, RankPlace]]:
    """By name of the measure and organization."""
    return {
        measure.name: {
            row.organization.key: RankPlace(place, row.rank, row.score)
            for place, row in enumerate(ranking(facts, measure.query).rows)
        }
        for measure in MEASURES
    }


def make_intervals(facts: Facts) -> Intervals:
    """Takes seconds for each measure."""
    return {measure.name: ranking_intervals(facts, measure.query).intervals for measure in MEASURES}


def rank_query(visit: Visit) -> tuple[str, Mapping[str, Any]] | None:
    """The document that gives its line of each ranking; None for an unnamed party."""
    if visit.key not in visit.facts.snapshot.nodes:
        return None
    ranks = visit.facts.computed("ranks", make_ranks)
    placed = ((measure.field, ranks[measure.name].get(visit.key)) for measure in MEASURES)
    places = {name: found.place for name, found in placed if found}
    beyond = dict.fromkeys((measure.field for measure in MEASURES), len(visit.facts.snapshot.nodes))
    return read_document("organization_ranks.graphql"), {"lens": lens_variable(visit.address)} | beyond | places
