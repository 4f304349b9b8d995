"""Null models: whether loops and hubs are more than what numbers of counterparties make likely by chance.

The view is compared with random graphs that give each organization as many counterparties as it has, those it reaches
and those that reach it. Where what is seen stands among them is told by ranks, so that no shape of a curve is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from graph.analytics.core.declaration import Analytic, Column, Cost, Listing, ListOf, Record, RowOf, Section, within
from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.igraph_info import NAME as IGRAPH
from graph.analytics.core.inputs import Flowing, InScope
from graph.analytics.core.method import Method
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import EXCLUDED_LINKS, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow
from graph.analytics.core.views import Edges, NetworkView
from graph.analytics.network.centrality import METRICS, TIED, CentralityMetric, checked, method_of_view, ranked
from graph.analytics.network.cycle_counts import cycle_counts
from graph.analytics.network.loops import MAX_LENGTH
from graph.analytics.network.rewiring import EdgeList, RewiringLog, rewirings
from graph.concurrency.lazy_import import lazy_import
from graph.concurrency.progress import report_progress
from graph.errors import BadQuery
from graph.vocabulary.model import TYPE_COLUMN, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.analytics.core.snapshot import Positions
else:
    np = lazy_import("numpy")

DEFAULT_REWIRINGS = 500
MAX_REWIRINGS = 2_000
COVERAGE = 0.9
"""The part of the rewirings that an interval holds."""
MAX_WALKS = 1_000_000
"""Walks of which the loops of random graphs are made, at once: some 100 MB."""
_TOGETHER = 50


class Keeping(StrEnum):
    """What every rewiring keeps of each organization: how many counterparties it has either way (DEGREES), or how many
    by each type of link (DEGREES_BY_TYPE)."""

    DEGREES = "DEGREES"
    DEGREES_BY_TYPE = "DEGREES_BY_TYPE"


@dataclass(frozen=True, slots=True)
class NullStanding:
    """Where a value stands among those of the rewirings: their median, the interval that holds `COVERAGE` of them, the
    percentage of them below it (equal ones count half), and its `p_value`, the share of all, itself included, that are
    at least so much."""

    value: float
    median: float
    low: float
    high: float
    percentile: float
    p_value: float

    @property
    def beyond(self) -> bool:
        return not self.low <= self.value <= self.high


@dataclass(frozen=True, slots=True)
class LoopStanding:
    """How many loops there are of so many legs; None: of any number."""

    legs: int | None
    standing: NullStanding


@dataclass(frozen=True, slots=True)
class LoopNullModel:
    """All lengths together first, then the shortest."""

    rows: tuple[LoopStanding, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@dataclass(frozen=True, slots=True)
class HubStanding:
    """The score of an organization, with its rank and its number of counterparties, which every rewiring keeps."""

    organization: Row
    rank: int
    degree: int
    standing: NullStanding


@dataclass(frozen=True, slots=True)
class HubNullModel:
    """The highest score first."""

    metric: str
    rows: tuple[HubStanding, ...]
    excluded: tuple[Excluded, ...]
    method: Method


def standing(value: float, drawn: NDArray[np.float64]) -> NullStanding:
    """By rank alone. The p-value is that of Phipson and Smyth 2010 (arXiv:1603.05766): chance may give what is seen, so
    that it is never 0."""
    ordered, count = np.sort(drawn), len(drawn)
    # rounded before it is cut: 0.05 * 500 is 25, and not a little less
    outside = math.floor(round((1 - COVERAGE) / 2 * count, 9))
    near = TIED * max(abs(value), 1e-300)
    below, not_above = int((ordered < value - near).sum()), int((ordered <= value + near).sum())
    return NullStanding(
        value=value,
        median=float(np.median(ordered)),
        low=float(ordered[outside]),
        high=float(ordered[count - 1 - outside]),
        percentile=100 * (below + not_above) / 2 / count,
        p_value=(count - below + 1) / (count + 1),
    )


BETWEENNESS = CentralityMetric("BETWEENNESS")
Draws = Annotated[int, Parameter("How many random graphs to compare with.", at_least=20, at_most=MAX_REWIRINGS)]
Seed = Annotated[int, Parameter("What chance starts from.", at_least=0, at_most=2**31 - 1)]
Kept = Annotated[Keeping, Parameter("What each of them keeps of every organization.")]


# ---- loops


@declared
def loop_null_model(
    view: Callable[..., NetworkView],
    max_length: Annotated[int, Parameter("Loops of at most so many legs.", at_least=2, at_most=MAX_LENGTH)] = 5,
    keeping: Kept = Keeping.DEGREES,
    rewirings: Draws = DEFAULT_REWIRINGS,
    seed: Seed = 0,
    scope: InScope = DEFAULT_SCOPE,
) -> LoopNullModel:
    """How many money loops there are, and how many there would be by chance.

    Raises BadQuery where random graphs have more walks than `MAX_WALKS`."""
    shown = view(scope, flow=Flow.MONEY)
    together = _graphs_together(shown, max_length)
    drawing = _Drawing.of(shown, keeping, rewirings, seed)
    edges, drawn = drawing.edges, drawing.heads()
    parts = iter(lambda: list(islice(drawn, together)), [])
    counts = np.concatenate([_loops(edges, np.array(heads), max_length) for heads in parts]).astype(np.float64)
    (seen,) = _loops(edges, edges.heads[None], max_length)
    rows = [LoopStanding(None, standing(float(seen.sum()), counts.sum(axis=1)))]
    rows += [LoopStanding(legs, standing(float(seen[legs]), counts[:, legs])) for legs in range(2, max_length + 1)]
    return LoopNullModel(tuple(rows), shown.excluded, drawing.method("LOOP_NULL_MODEL", (_LOOP_NOTE,)))


_LOOP_NOTE = "Loops are counted, not weighed: what flows in them, and when it was agreed, is not compared."


def _loops(edges: EdgeList, heads: Positions, max_length: int) -> NDArray[np.int64]:
    """By graph and number of legs, how many loops there are."""
    return cycle_counts(edges.nodes, edges.tails, heads, max_length)


def _graphs_together(view: NetworkView, max_length: int) -> int:
    """How many graphs to count the loops of at once. A random graph has about as many walks of k edges as edges, times
    the number of ways on from the head of an edge to the power of k - 1. Raises BadQuery above `MAX_WALKS`."""
    edges, nodes = view.edges, len(view.nodes)
    onward = float(np.bincount(edges.tails, minlength=nodes)[edges.heads].mean()) if len(edges) else 0.0
    walks = len(edges) * max(onward, 1.0) ** (max_length - 2)
    if walks > MAX_WALKS:
        raise BadQuery(
            f"Chance makes about {walks:,.0f} walks of {max_length - 1} legs, in each random graph.",
            remedy="Give a smaller max_length, or narrow the scope.",
        )
    return max(1, min(_TOGETHER, int(MAX_WALKS / max(walks, 1.0))))


# ---- hubs


@declared
def hub_null_model(
    view: Callable[..., NetworkView],
    metric: Annotated[CentralityMetric, Parameter("What to rank by.")] = BETWEENNESS,
    flow: Flowing = Flow.LINK,
    keeping: Kept = Keeping.DEGREES,
    rewirings: Draws = DEFAULT_REWIRINGS,
    seed: Seed = 0,
    scope: InScope = DEFAULT_SCOPE,
    max_work: int | None = None,
) -> HubNullModel:
    """Organizations by a metric, and where each would stand by chance with as many counterparties.

    Raises BadQuery for a metric that every rewiring leaves as it is, and above `max_work`."""
    shown, entry = view(scope, flow=flow), METRICS[metric]
    if entry.of_own_links:
        raise BadQuery(f"{metric} hangs on numbers that every rewiring keeps.", remedy="Ask for BETWEENNESS.")
    _check_work(shown, rewirings, max_work)
    score = _scorer(shown, str(metric))
    drawing = _Drawing.of(shown, keeping, rewirings, seed)
    drawn = np.array([score(drawing.edges, heads) for heads in drawing.heads()], np.float64)
    seen = score(drawing.edges, drawing.edges.heads)
    degrees = np.bincount(np.concatenate((shown.edges.tails, shown.edges.heads)), minlength=len(shown.nodes))
    rows = tuple(
        HubStanding(row.organization, row.rank, int(degrees[place]), standing(float(seen[place]), drawn[:, place]))
        for row in ranked(shown, dict(zip(shown.nodes, seen.tolist(), strict=True)))
        if degrees[place := shown.nodes[row.organization.key]]
    )
    return HubNullModel(str(metric), rows, shown.excluded, drawing.method(f"HUB_NULL_MODEL {metric}", _hub_notes(rows)))


def _hub_notes(rows: Sequence[HubStanding]) -> Iterator[str]:
    above = sum(row.standing.value > row.standing.high for row in rows)
    below = sum(row.standing.value < row.standing.low for row in rows)
    by_chance = (1 - COVERAGE) / 2 * len(rows)
    yield (
        f"{above} of {len(rows)} organizations score above their interval and {below} below; by chance alone about "
        f"{by_chance:.0f} would either way."
    )


def _scorer(view: NetworkView, metric: str) -> Callable[[EdgeList, Positions], NDArray[np.float64]]:
    """The score of every node, 0 where there is none."""
    entry, parameters = checked(view, metric, {})
    backend = {"backend": IGRAPH} if entry.by_igraph else {}

    def score(edges: EdgeList, heads: Positions) -> NDArray[np.float64]:
        rewired = replace(view, edges=_edges(edges, heads))
        try:
            scores = entry.score(rewired, None, **parameters, **backend)
        except NotImplementedError:
            scores = entry.score(rewired, None, **parameters)
        return np.array([scores.get(key) or 0.0 for key in view.nodes], np.float64)

    return score


def _edges(edges: EdgeList, heads: Positions) -> Edges:
    """As those of a view, with these heads and without links."""
    pairs = np.unique(edges.tails * edges.nodes + heads)
    nothing = np.zeros(len(pairs) + 1, np.int64)
    return Edges(pairs // edges.nodes, pairs % edges.nodes, nothing[:0], nothing)


def _check_work(view: NetworkView, count: int, max_work: int | None) -> None:
    """Raises BadQuery where all rewirings together pass more nodes and edges than `max_work`, paths running from every
    node."""
    work = count * len(view.nodes) * (len(view.nodes) + len(view.edges))
    if max_work is not None and work > max_work:
        raise BadQuery(
            f"{count} rewirings of {len(view.nodes):,} organizations and {len(view.edges):,} edges take too long here.",
            remedy="Narrow the scope, ask for fewer rewirings, or compute it in Python.",
        )


# ---- rewirings of a view


@dataclass(frozen=True)
class _Drawing:
    """The random graphs that a view is compared with."""

    view: NetworkView
    edges: EdgeList
    keeping: Keeping
    count: int
    seed: int
    log: RewiringLog

    @staticmethod
    def of(view: NetworkView, keeping: Keeping, count: int, seed: int) -> _Drawing:
        ends = _ends_by_type(view) if keeping is Keeping.DEGREES_BY_TYPE else (view.edges.tails, view.edges.heads)
        edges = EdgeList.of(*ends[:2], len(view.nodes), *ends[2:])
        return _Drawing(view, edges, keeping, count, seed, RewiringLog())

    def heads(self) -> Iterator[Positions]:
        """Those of the edges, in each random graph."""
        for number, heads in enumerate(rewirings(self.edges, self.count, self.seed, self.log), start=1):
            yield heads
            report_progress("random graphs", number, self.count)

    def method(self, name: str, notes: Iterable[str]) -> Method:
        log, edges = self.log, len(self.edges)
        kept = "by each type of link " if self.keeping is Keeping.DEGREES_BY_TYPE else ""
        made = method_of_view(self.view, name, {}, libraries=("numpy", "igraph"))
        assumptions = (
            f"{self.count} random graphs, seed {self.seed}, each with as many counterparties of every organization "
            f"{kept}either way; each after {log.tried / max(log.edges, 1):.0f} tries for every one of {edges} edges to "
            f"swap heads, {log.acceptance:.0%} of them made; {log.kept_share:.0%} of the edges stand where they stood.",
            f"An interval holds {COVERAGE:.0%} of the random graphs, by rank.",
            "A random graph may join whoever could not be a counterparty: chance knows no trade.",
            *notes,
        )
        return replace(made, assumptions=(*assumptions, *made.assumptions))


def _ends_by_type(view: NetworkView) -> tuple[Positions, Positions, Positions]:
    """Tails, heads and type of the links of the view, those of one type between the same two once."""
    selection, nodes = view.selection, len(view.nodes)
    types = [row.columns[TYPE_COLUMN] for row in selection.rows]
    numbers = {name: number for number, name in enumerate(sorted(set(types)))}
    kinds = np.array([numbers[name] for name in types], np.int64)
    joined = (selection.tails >= 0) & (selection.heads >= 0)
    codes = np.unique(((kinds * nodes + selection.tails) * nodes + selection.heads)[joined])
    return codes // nodes % nodes, codes % nodes, codes // (nodes * nodes)


# ---- the declarations

_BY_CHANCE = within(
    lambda row: row.standing,
    (
        Column("median", float, "The median of the random graphs."),
        Column("low", float, "Where the interval that holds most of them begins."),
        Column("high", float, "Where it ends."),
        Column("percentile", float, "How many of a hundred random graphs have less; equal ones count half."),
        Column(
            "p_value",
            float,
            "The share of the random graphs, and of what is seen beside them, that have at least so much; never 0.",
        ),
        Column("beyond", bool, "Whether what is seen lies outside of the interval."),
    ),
)
LOOP_STANDING = Record(
    "LoopStanding",
    "How many money loops there are, and how many by chance.",
    (
        Column("legs", int | None, "Loops of so many legs; null: of any number.", header=""),
        Column(
            "length",
            str,
            "The same as a text.",
            value=lambda row: "all" if row.legs is None else f"{row.legs} legs",
            header="legs",
            api=False,
        ),
        Column("loops", int, "How many there are.", "loops", value=lambda row: int(row.standing.value)),
        *_BY_CHANCE,
    ),
)
HUB_STANDING = Record(
    "HubStanding",
    "The score of an organization, and what it is by chance.",
    (
        Column("rank", int, "1 is the highest; after equal scores the next ranks are left free."),
        Column("organization", RowOf("Organization"), "Who.", header=("key", "name")),
        Column("degree", int, "Its counterparties, those it reaches and those it is reached from added.", "edges"),
        Column("score", float, "The score; 0 where there is none.", value=lambda row: row.standing.value),
        *_BY_CHANCE,
    ),
)

ANALYTICS = (
    Analytic(
        name="loop_null_model",
        doc="Whether there are more money loops than in random graphs that give each organization as many "
        "counterparties.",
        section=Section.WALKS,
        function=loop_null_model,
        result=Record(
            "LoopNullModel",
            "Money loops by length, and by chance.",
            (
                Column("rows", ListOf(LOOP_STANDING, page=None), "All lengths together first, then the shortest."),
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Money loops, and by chance", "rows", LOOP_STANDING.columns),),
        cost=Cost.RESAMPLING,
    ),
    Analytic(
        name="hub_null_model",
        doc="Whether organizations are more central than in random graphs that give each as many counterparties.",
        section=Section.RANKINGS,
        function=hub_null_model,
        result=Record(
            "HubNullModel",
            "Organizations with a counterparty by a metric, and by chance.",
            (
                Column(
                    "metric",
                    CentralityMetric,
                    "What is ranked by.",
                    value=lambda result: CentralityMetric(result.metric),
                ),
                Column("rows", ListOf(HUB_STANDING, page=None), "The first of them."),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(
                lambda result, inputs: f"Organizations by {inputs['metric']}, and by chance",
                "rows",
                HUB_STANDING.columns,
            ),
        ),
        page=20,
        cost=Cost.RESAMPLING,
    ),
)
