"""Paths between two entities, and what is reached from one, link by link, with the megawatts that are carried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice, pairwise
from typing import Annotated

from graph.analytics.core.amounts import Amount, amount_of
from graph.analytics.core.assumptions import assumptions_of
from graph.analytics.core.chains import distinct
from graph.analytics.core.claims import is_income, no_claim_reason
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, RowOf, Section, within
from graph.analytics.core.exclusions import Excluded, Exclusion, ExclusionReason, Parties
from graph.analytics.core.inputs import Along, Directed, First, InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import EXCLUDED_ON_THE_WAY, METHOD_OF_RESULT, TOTAL_FOUND, TRUNCATED
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Scope, Weight
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.network.walks import (
    Adjacency,
    Hop,
    SearchBudget,
    both_ways,
    completing,
    leading_on,
    ways_of,
    weakest,
)
from graph.errors import BadQuery
from graph.vocabulary.enums import Confidence, Layer
from graph.vocabulary.model import TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import quote

MAX_HOPS = 10
"""Paths of more hops are not looked for."""


class Direction(StrEnum):
    """Which way to go: DOWNSTREAM to those who depend, UPSTREAM to those depended on."""

    UPSTREAM = "UPSTREAM"
    DOWNSTREAM = "DOWNSTREAM"


class Dependency(StrEnum):
    """What somebody depends on another for. SUPPLY: it gets capacity, goods, power or funds from it. INCOME: it lives
    on what the other pays, as rent, price or interest. The one runs against the other along a contract."""

    SUPPLY = "SUPPLY"
    INCOME = "INCOME"


@dataclass(frozen=True)
class Path:
    """Entities in the order of the path, and the hops between them with all their links.

    `mw` is what every hop carries: the least megawatts of a hop, in one layer and basis that all hops state; None where
    there is none, or more than one, and where the path turns against the flow."""

    hops: tuple[Hop, ...]
    entities: tuple[Row, ...]
    mw: float | None
    layer: Layer | None
    basis: CapacityBasis | None
    weakest_confidence: Confidence

    @property
    def links(self) -> tuple[Row, ...]:
        return tuple(link for hop in self.hops for link in hop.links)


@dataclass(frozen=True)
class PathTable:
    """The shortest first; of equals by the keys on the way."""

    paths: tuple[Path, ...]
    truncated: bool
    excluded: tuple[Excluded, ...]
    method: Method


@dataclass(frozen=True)
class ReachRow:
    """An entity, and the first of the shortest paths to it."""

    entity: Row
    hops: int
    path: Path


@dataclass(frozen=True)
class ReachTable:
    """The nearest first; of equals by key. `total_count` counts those beyond the rows too."""

    rows: tuple[ReachRow, ...]
    total_count: int
    truncated: bool
    excluded: tuple[Excluded, ...]
    method: Method


From = Annotated[str, Parameter("The entity to start from.", key_of="Entity")]
MaxHops = Annotated[int, Parameter("At most so many hops.", at_least=1, at_most=MAX_HOPS)]


@declared
def paths(
    snapshot: Snapshot,
    from_: From,
    to: Annotated[str, Parameter("The entity to arrive at.", key_of="Entity")],
    confidence: Mapping[str, Confidence],
    *,
    max_hops: MaxHops = 4,
    flow: Along = Flow.DEPENDENCY,
    directed: Directed = True,
    scope: InScope = DEFAULT_SCOPE,
    first: First = 10,
    budget: SearchBudget | None = None,
) -> PathTable:
    """Paths from one entity to another that visit nothing twice: along the flow, or either way.

    Raises BadQuery for unknown or equal ends, and for lengths beyond MAX_HOPS."""
    _check(snapshot, from_, to)
    if from_ == to:
        raise BadQuery(f"A path from {from_} to itself.", remedy="Name two entities, or ask for money loops.")
    network = _LinkNetwork(snapshot, scope, flow, directed, confidence)
    left = budget or SearchBudget()
    walks = list(islice(network.adjacency.simple_paths(from_, to, max_hops, left), first + 1))
    return PathTable(
        paths=tuple(network.path(walk) for walk in walks[:first]),
        truncated=left.cut_short or len(walks) > first,
        excluded=completing(network.excluded, network.ways, network.adjacency.edges, (from_, to), max_hops),
        method=network.method("PATHS", left.cut_short),
    )


@declared
def reach(
    snapshot: Snapshot,
    from_: From,
    confidence: Mapping[str, Confidence],
    *,
    direction: Annotated[
        Direction, Parameter("DOWNSTREAM to those who depend, UPSTREAM to those depended on.")
    ] = Direction.DOWNSTREAM,
    dependency: Annotated[
        Dependency,
        Parameter("What for: SUPPLY of capacity, goods, power or funds, or INCOME from rent, prices or interest."),
    ] = Dependency.SUPPLY,
    max_hops: MaxHops = 3,
    scope: InScope = DEFAULT_SCOPE,
    first: First = 100,
) -> ReachTable:
    """Who depends on the start within `max_hops`, for supply or for income, or on whom it depends. Raises BadQuery."""
    _check(snapshot, from_)
    income = dependency is Dependency.INCOME
    # along a contract income runs against supply
    against = (direction is Direction.UPSTREAM) is not income
    network = _LinkNetwork(snapshot, scope, Flow.DEPENDENCY, True, confidence, against=against, income=income)
    walks = list(network.nearest(from_, max_hops))
    rows = (ReachRow(snapshot.entities[walk[-1]], len(walk) - 1, network.path(walk)) for walk in walks[:first])
    return ReachTable(
        tuple(rows),
        total_count=len(walks),
        truncated=len(walks) > first,
        excluded=leading_on(network.excluded, network.ways, network.adjacency.edges, from_, max_hops),
        method=network.method("REACH", False),
    )


def _check(snapshot: Snapshot, *keys: str) -> None:
    unknown = sorted(set(keys) - snapshot.entities.keys())
    if unknown:
        raise BadQuery(f"No entity {', '.join(map(quote, unknown))}.", remedy="Name keys of entities.")


@dataclass(frozen=True)
class _LinkNetwork:
    """The links in scope as ways to go; `against`: all of them backwards; `income`: only those that pay somebody."""

    snapshot: Snapshot
    scope: Scope
    flow: Flow
    directed: bool
    confidence: Mapping[str, Confidence]
    against: bool = False
    income: bool = False

    @cached_property
    def _selected(self) -> Selection:
        return select(self.snapshot, self.scope, self.flow, Weight.NONE, parties=Parties.NAMED)

    @cached_property
    def included(self) -> Mapping[str, Included]:
        selected = self._selected.included
        return {key: one for key, one in selected.items() if key not in self._unpaid}

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        return tuple(sorted((*self._selected.excluded, *self._unpaid.values()), key=lambda one: one.link.key))

    @cached_property
    def _unpaid(self) -> Mapping[str, Excluded]:
        """Links by which nobody has an income, where that is what counts."""
        links = [one.link for one in self._selected.included.values()] if self.income else []
        because = ((link, _no_income(link)) for link in links)
        return {link.key: Excluded(link, *reason) for link, reason in because if reason}

    def ways(self, link: Row) -> list[tuple[str, str]]:
        """The steps that a link makes, or would make if it counted."""
        if self.income and not is_income(link):
            return both_ways(link) if self.scope.types else []
        along = ways_of(link, self.flow, self.scope)
        if not self.directed:
            return both_ways(link) if along else []
        return [(head, tail) for tail, head in along] if self.against else along

    @cached_property
    def _links(self) -> Mapping[tuple[str, str], tuple[Included, ...]]:
        """Links by step (tail, head), in the order of their keys."""
        links_by_step: dict[tuple[str, str], list[Included]] = {}
        for one in self.included.values():
            for step in {*self.ways(one.link)}:
                links_by_step.setdefault(step, []).append(one)
        return {step: tuple(links) for step, links in links_by_step.items()}

    @cached_property
    def adjacency(self) -> Adjacency:
        return Adjacency.of(self._links)

    def nearest(self, start: str, max_hops: int) -> Iterator[tuple[str, ...]]:
        """The first of the shortest walks to everything within reach, the nearest first, then by key."""
        reached: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        for _ in range(max_hops):
            further: dict[str, tuple[str, ...]] = {}
            for walk in sorted(reached):
                for key in self.adjacency.successors.get(walk[-1], ()):
                    if key not in seen:
                        further.setdefault(key, (*walk, key))
            reached = [further[key] for key in sorted(further)]
            seen |= further.keys()
            yield from reached

    def path(self, walk: tuple[str, ...]) -> Path:
        steps = list(pairwise(walk))
        hops = tuple(Hop(tail, head, tuple(one.link for one in self._links[tail, head])) for tail, head in steps)
        common = self._carried(steps)
        (layer, basis), mw = common if common else ((None, None), None)
        entities = tuple(self.snapshot.entities[key] for key in walk)
        return Path(hops, entities, mw, layer, basis, weakest(hops, self.confidence))

    def _carried(self, steps: list[tuple[str, str]]) -> tuple[tuple[Layer, CapacityBasis], float] | None:
        """The one layer and basis in which every hop states megawatts, and the least of them."""
        for turned in (False, True):
            each = [self._megawatts((head, tail) if turned else (tail, head), tail, head) for tail, head in steps]
            common = set.intersection(*(set(one) for one in each))
            if len(common) == 1:
                (kind,) = common
                return kind, min(one[kind] for one in each)
        return None

    def _megawatts(
        self, direction: tuple[str, str], tail: str, head: str
    ) -> Mapping[tuple[Layer, CapacityBasis], float]:
        """Megawatts of the links of a step that run in this direction, by layer and basis."""
        running = [one for one in self._links[tail, head] if (one.tail, one.head) == direction]
        mw_by_kind: dict[tuple[Layer, CapacityBasis], float] = {}
        for layer in {one.link["layer"] for one in running} - {None}:
            for basis in CapacityBasis if self.scope.basis is None else [self.scope.basis]:
                scope = replace(self.scope, basis=basis)
                amounts = ((one, amount_of(one.link, Weight.CAPACITY_MW, scope)) for one in running)
                of_layer = {
                    one.link.key: replace(one, amount=amount)
                    for one, amount in amounts
                    if isinstance(amount, Amount) and one.link["layer"] is layer
                }
                if of_layer:
                    mw_by_kind[layer, basis] = sum(of_layer[key].amount.value for key in distinct(of_layer))
        return mw_by_kind

    def method(self, name: str, cut_short: bool) -> Method:
        notes = ["The search was cut short: there are more paths."] if cut_short else []
        notes.append(
            "Megawatts along a path are the least of its hops; whether the same ones run through is not known."
        )
        assumed = (*notes, *assumptions_of(self.included, self.scope, Weight.NONE))
        size = {"links": len(self.included)}
        return method_of(self.snapshot, name, {}, "none", assumed, libraries=(), size=size)


def _no_income(link: Row) -> Exclusion | None:
    """Why nobody lives on what is paid along a link; None where somebody does."""
    if not is_income(link):
        return Exclusion(ExclusionReason.NO_FLOW, f"no income flows along {link.columns[TYPE_COLUMN]}")
    because = no_claim_reason(link)
    return None if because is None else Exclusion(ExclusionReason.NO_CLAIM, because)


# ---- the declarations

_CARRIED = (
    Column(
        "mw",
        float | None,
        "The least megawatts of a hop, in the one layer and basis that all hops state; null without such.",
        "MW",
        header="carried",
    ),
    Column("layer", Layer | None, "The layer of these megawatts."),
    Column("basis", CapacityBasis | None, "What these megawatts measure."),
    Column(
        "weakest_confidence", Confidence, "Confidence of the weakest step: that of its best link.", header="weakest"
    ),
    Column("links", ListOf(RowOf("Link")), "The links, hop by hop."),
)
PATH = Record(
    "Path",
    "A way from one entity to another, with the links of every hop.",
    (
        Column("hops", int, "How many hops it has.", value=lambda path: len(path.hops)),
        Column("entities", ListOf(RowOf("Entity"), page=None), "The entities on the way, both ends included."),
        *_CARRIED,
    ),
)
REACH_ROW = Record(
    "ReachRow",
    "An entity within reach.",
    (
        Column("hops", int, "In so many hops."),
        Column("entity", RowOf("Entity"), "What is reached.", header=("key", "name")),
        Column("path", PATH, "The first of the shortest ways."),
    ),
)

ANALYTICS = (
    Analytic(
        name="paths",
        doc="Ways from one entity to another, with the links of every hop and the megawatts that are carried.",
        section=Section.WALKS,
        function=paths,
        result=Record(
            "PathTable",
            "Ways that visit nothing twice.",
            (
                Column("paths", ListOf(PATH, page=None), "The shortest first."),
                TRUNCATED,
                EXCLUDED_ON_THE_WAY,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing(lambda result, inputs: f"From {inputs['from']} to {inputs['to']}", "paths", PATH.columns),),
    ),
    Analytic(
        name="reach",
        doc="Who depends on an entity, for supply or for income, or on whom it depends.",
        section=Section.WALKS,
        function=reach,
        result=Record(
            "ReachTable",
            "What is reached from an entity, along a dependency or against it.",
            (
                Column("rows", ListOf(REACH_ROW, page=None), "The nearest first."),
                TOTAL_FOUND,
                TRUNCATED,
                EXCLUDED_ON_THE_WAY,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(
                lambda result, inputs: (
                    f"{inputs['direction'].capitalize()} of {inputs['from']}, for {inputs['dependency'].lower()}"
                ),
                "rows",
                (*REACH_ROW.columns[:2], *within(lambda row: row.path, _CARRIED)),
            ),
        ),
    ),
)
