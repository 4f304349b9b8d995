"""Reconciliation: compares the sum of the links with the total that the company states. A gap is shown, not filled.

A total is compared only where it is known which links it contains: it names them (`covers`) or its counterparty, its
extent is the whole subject, or it counts what the subject buys. To compare another metric, add its entry to METRICS at
the foot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from graph.analytics.core.amounts import Amount, amount_of, capacities_of
from graph.analytics.core.assumptions import assumptions_of
from graph.analytics.core.chains import declared_dag, distinct, total
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Excluded, Parties
from graph.analytics.core.inputs import OfOrganization
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import declared
from graph.analytics.core.records import EXCLUDED_LINKS, LAYER, LINKS_OF_ROW, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import EdgeWeight, Flow, Scope, Weight, link_kind
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.snapshot import Snapshot
from graph.errors import BadQuery
from graph.evidence.link_time import begins
from graph.vocabulary.enums import Extent, Layer, ObservationMetric, ServiceState, TradeRole
from graph.vocabulary.model import LinkRole, Row
from graph.vocabulary.values import (
    Capacity,
    CapacityBasis,
    CapacityStage,
    Figure,
    FlowOrStock,
    PartialDate,
    total_capacity,
)
from graph.vocabulary.wording import quote


@dataclass(frozen=True)
class Reconciliation:
    """A stated total, what `links` add to in `unit`, and the gap (stated less found: positive where links are
    missing). `found` is None where contracts count and none states a figure: unknown, which is not 0.

    Of one layer, and for megawatts of one basis. `basis_stated` is False where the company does not say which, and one
    row stands for each. `other_bases` are megawatts of the same contracts that are not comparable; `beyond` are
    contracts of the same parties that the total does not name. What a page does not show is made when it is read."""

    observation: Row
    layer: Layer
    basis: CapacityBasis | None
    basis_stated: bool
    stated: float
    found: float | None
    unit: str
    links: tuple[Row, ...]
    excluded: tuple[Excluded, ...]
    compared: _Compared = field(repr=False, compare=False)

    @property
    def gap(self) -> float | None:
        return None if self.found is None else self.stated - self.found

    @cached_property
    def other_bases(self) -> Mapping[CapacityBasis, float]:
        one = self.compared
        return _other_bases(one.snapshot, one.links, one.scope, METRICS[self.observation["metric"]])

    @cached_property
    def beyond(self) -> tuple[Row, ...]:
        return _beyond(self.compared.snapshot, self.observation, self.compared.links, self.layer)

    @cached_property
    def method(self) -> Method:
        return _method(self.observation, self.compared)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The links that a total contains, in a scope, and those of them that count."""

    snapshot: Snapshot
    links: Mapping[str, Row]
    scope: Scope
    included: Mapping[str, Included]


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A stated total that is not compared; `because` is a sentence without its full stop."""

    observation: Row
    because: str


@dataclass(frozen=True, slots=True)
class Reconciliations:
    """Of one organization, the newest figure first; each row has a method and exclusions of its own."""

    rows: tuple[Reconciliation, ...]
    not_compared: tuple[NotCompared, ...]
    method: Method

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """Those of all rows, each link once."""
        return tuple({one.link.key: one for row in self.rows for one in row.excluded}.values())


@declared
def reconciliation(
    snapshot: Snapshot, observations: Mapping[str, Row], organization: OfOrganization
) -> Reconciliations:
    """Compares every total that the organization states about its contracts with the sum of its links. Placeholder
    parties count: the company's total includes them. Raises BadQuery for an unknown organization."""
    if organization not in snapshot.organizations:
        raise BadQuery(f"No organization {quote(organization)}.", remedy="Give the key of an organization.")
    rows, not_compared = stated_totals(snapshot, observations, organization)
    assumed = (f"{row.observation.key}: {sentence}" for row in rows for sentence in row.method.assumptions)
    method = method_of(snapshot, "RECONCILIATION", {}, "MW or USD, as each total is stated", assumed)
    return Reconciliations(tuple(rows), tuple(not_compared), method)


def stated_totals(
    snapshot: Snapshot, observations: Mapping[str, Row], organization: str
) -> tuple[Sequence[Reconciliation], Sequence[NotCompared]]:
    """The totals that are compared, and those that are not, the newest figure first."""
    rows: list[Reconciliation] = []
    not_compared: list[NotCompared] = []
    own = (one for one in observations.values() if one.columns["subject"] == organization and one["metric"] in METRICS)
    for one in sorted(own, key=_newest_first):
        because = _incomparable(one)
        not_compared += [NotCompared(one, because)] if because else []
        rows += () if because else _compared(snapshot, one)
    return rows, not_compared


def _newest_first(observation: Row) -> tuple[int, str]:
    moment: PartialDate | None = observation["figure"].as_of
    return -moment.latest.toordinal() if moment else 0, observation.key


# ---- which totals


def _incomparable(observation: Row) -> str | None:
    figure: Figure = observation["figure"]
    metric = METRICS[observation["metric"]]
    if figure.value is None:
        return "states a range or a text, not one figure"
    if figure.unit != metric.unit:
        return f"is stated in {figure.unit}"
    if figure.flow_or_stock is FlowOrStock.FLOW:
        return "counts what was signed in a period, and links are a stock"
    if observation["covers"] or observation["counterparty"] or _covers_all(observation) or metric.bought:
        return None
    return f"names no links, and its scope ({observation['scope'] or 'unstated'}) is not said to be the whole company"


def _covers_all(observation: Row) -> bool:
    """Whether the total holds every contract of its subject, or every one in which the subject buys."""
    return observation["extent"] is Extent.WHOLE or observation["acts_as"] is TradeRole.BUYER


@dataclass(frozen=True, slots=True)
class _StatedMetric:
    """What a metric measures of links, and in which unit. `counts` and `layers` narrow the links, `stages` the
    megawatts; `bought`: the subject is the customer."""

    unit: str
    counts: Callable[[Row], bool] = lambda link: True
    layers: frozenset[Layer] = frozenset(Layer)
    stages: frozenset[CapacityStage] | None = None
    bought: bool = False
    caution: str = ""

    @property
    def weight(self) -> Weight:
        return Weight.CAPACITY_MW if self.unit == "MW" else Weight.VALUE_USD


# ---- which links


def _parties(snapshot: Snapshot, observation: Row) -> Mapping[str, Row]:
    """Deliveries between the parties of the observation that had begun on its date."""
    subject, other = observation["subject"], observation["counterparty"]
    buys = METRICS[observation["metric"]].bought or observation["acts_as"] is TradeRole.BUYER
    own, far = ("to", "from") if buys else ("from", "to")
    deliveries = (
        link
        for link in snapshot.links_of(subject)
        if link.columns[own] == subject
        and other in (None, link.columns[far])
        and LinkRole.DELIVERY in link_kind(link).roles
    )
    return {link.key: link for link in deliveries if _had_begun(link, observation["figure"].as_of)}


def _had_begun(link: Row, moment: PartialDate | None) -> bool:
    start = begins(link)
    return moment is None or start is None or start.earliest <= moment.latest


def _contained(snapshot: Snapshot, observation: Row) -> Mapping[str, Row]:
    named = observation["covers"] or ()
    if named:
        return {key: snapshot.links[key] for key in named if key in snapshot.links}
    return _parties(snapshot, observation)


# ---- one total


def _compared(snapshot: Snapshot, observation: Row) -> Iterator[Reconciliation]:
    metric = METRICS[observation["metric"]]
    contained = _contained(snapshot, observation)
    for layer in _layers(snapshot, contained, metric):
        here = {key: link for key, link in contained.items() if link["layer"] is layer}
        for basis in _bases(here, observation, metric):
            yield _row(snapshot, observation, here, Scope(layer=layer, basis=basis))


def _layers(snapshot: Snapshot, links: Mapping[str, Row], metric: _StatedMetric) -> list[Layer]:
    """The layers of the active contracts; without an active contract, the layers of all contracts of the total."""
    active = _active_links(snapshot)
    active_layers = {link["layer"] for key, link in links.items() if key in active} & metric.layers
    layers = {link["layer"] for link in links.values()} & metric.layers
    return [layer for layer in Layer if layer in (active_layers or layers)]


def _active_links(snapshot: Snapshot) -> frozenset[str]:
    """The links that count in the default scope, whoever their parties are; found once for each snapshot."""
    kept: frozenset[str] | None = vars(snapshot).get(_KEPT)
    if kept is None:
        active = select(snapshot, Scope(), Flow.LINK, Weight.COUNT, parties=Parties.ANY)
        kept = vars(snapshot)[_KEPT] = frozenset(row.key for row in active.rows)
    return kept


_KEPT = "active_links"


def _bases(links: Mapping[str, Row], observation: Row, metric: _StatedMetric) -> Sequence[CapacityBasis | None]:
    if metric.weight is not Weight.CAPACITY_MW:
        return (None,)
    basis = stated_basis(observation)
    if basis is not None:
        return (basis,)
    present = {entry.basis for link in links.values() for entry in capacities_of(link)}
    return [basis for basis in CapacityBasis if basis in present] or [CapacityBasis.UNSTATED]


def stated_basis(observation: Row) -> CapacityBasis | None:
    """The basis of a total in megawatts; None where it states none."""
    basis: CapacityBasis | None = observation["figure"].capacity_basis
    return basis


def _row(snapshot: Snapshot, observation: Row, links: Mapping[str, Row], scope: Scope) -> Reconciliation:
    metric, figure = METRICS[observation["metric"]], observation["figure"]
    included, excluded = _measured(snapshot, links, scope, metric)
    once = distinct(included, declared_dag(snapshot))
    assert scope.layer is not None  # noqa: S101 (one layer at a time)
    return Reconciliation(
        observation=observation,
        layer=scope.layer,
        basis=scope.basis,
        basis_stated=scope.basis is not None and stated_basis(observation) is scope.basis,
        stated=figure.value,
        found=None if not included and _any_counts(snapshot, links, scope, metric) else total(included, once),
        unit=metric.unit,
        links=tuple(included[key].link for key in once),
        excluded=excluded,
        compared=_Compared(snapshot, links, scope, included),
    )


def _measured(
    snapshot: Snapshot, links: Mapping[str, Row], scope: Scope, metric: _StatedMetric
) -> tuple[Mapping[str, Included], tuple[Excluded, ...]]:
    if metric.stages is None:
        here = snapshot.part(_narrowed(links, metric))
        selection = select(here, scope, Flow.LINK, metric.weight, parties=Parties.ANY)
        return selection.included, selection.excluded
    active = _active(snapshot, links, scope, metric)
    staged = {key: _at_stages(one, scope.basis, metric.stages) for key, one in active.included.items()}
    return {key: one for key, one in staged.items() if one is not None}, active.excluded


def _any_counts(snapshot: Snapshot, links: Mapping[str, Row], scope: Scope, metric: _StatedMetric) -> bool:
    return bool(_active(snapshot, links, scope, metric).rows)


def _active(snapshot: Snapshot, links: Mapping[str, Row], scope: Scope, metric: _StatedMetric) -> Selection:
    """The contracts that count, with a figure or without."""
    here = snapshot.part(_narrowed(links, metric))
    scope = scope if scope.basis is None else replace(scope, basis=None)
    return select(here, scope, Flow.LINK, Weight.COUNT, parties=Parties.ANY)


def _narrowed(links: Mapping[str, Row], metric: _StatedMetric) -> Mapping[str, Row]:
    return {key: link for key, link in links.items() if metric.counts(link)}


def _at_stages(included: Included, basis: CapacityBasis | None, stages: frozenset[CapacityStage]) -> Included | None:
    entries: list[Capacity] = [entry for entry in capacities_of(included.link) if entry.stage in stages]
    reached = total_capacity(entries, basis) if basis else None
    return replace(included, amount=Amount(reached.mw, reached.bound, reached.stage)) if reached else None


def _other_bases(
    snapshot: Snapshot, links: Mapping[str, Row], scope: Scope, metric: _StatedMetric
) -> Mapping[CapacityBasis, float]:
    """Megawatts of the same contracts in other bases, where a contract states none in this one."""
    if metric.weight is not Weight.CAPACITY_MW:
        return {}
    silent = {
        key: link for key, link in links.items() if not isinstance(amount_of(link, Weight.CAPACITY_MW, scope), Amount)
    }
    stated = {entry.basis for link in silent.values() for entry in capacities_of(link)} - {scope.basis}
    chains = declared_dag(snapshot)
    mw_by_basis: dict[CapacityBasis, float] = {}
    for basis in (one for one in CapacityBasis if one in stated):
        included, _ = _measured(snapshot, silent, replace(scope, basis=basis), metric)
        if included:
            mw_by_basis[basis] = total(included, distinct(included, chains))
    return mw_by_basis


def _beyond(snapshot: Snapshot, observation: Row, links: Mapping[str, Row], layer: Layer) -> tuple[Row, ...]:
    """Contracts that count, between the same parties and in the same layer, and are not in the total."""
    if not observation["covers"]:
        return ()
    others = {key: link for key, link in _parties(snapshot, observation).items() if key not in links}
    active = select(snapshot.part(others), Scope(layer=layer), Flow.LINK, Weight.COUNT, parties=Parties.ANY)
    return tuple(row for row in active.rows if row["layer"] is layer)


def _method(observation: Row, compared: _Compared) -> Method:
    snapshot, scope, metric = compared.snapshot, compared.scope, METRICS[observation["metric"]]
    parameters = {"observation": observation.key, "scope": scope.to_dict()}
    return method_of(
        snapshot,
        "RECONCILIATION",
        parameters,
        str(EdgeWeight(metric.weight)),
        (*_assumed(snapshot, observation, scope, metric), *assumptions_of(compared.included, scope, metric.weight)),
    )


def _assumed(snapshot: Snapshot, observation: Row, scope: Scope, metric: _StatedMetric) -> Iterator[str]:
    figure: Figure = observation["figure"]
    moment = f"as of {figure.as_of}" if figure.as_of else "without a date"
    in_force_on = snapshot.lens.valid_on
    yield f"The total is {figure.bound}, {figure.basis}, {moment}; links are those in force on {in_force_on}."
    if metric.weight is Weight.CAPACITY_MW and stated_basis(observation) is None:
        yield f"The total does not say its basis; here it stands beside {scope.basis}."
    if not observation["covers"]:
        yield "The total names no links; those of its parties that had begun by then are taken."
    if metric.caution:
        yield metric.caution


# ---- the table of metrics


def _not_begun(link: Row) -> bool:
    return link["service_state"] is not ServiceState.CONFIRMED and link["service_state"] is not ServiceState.ENDED


_STAGES = list(CapacityStage)
_ENERGIZED = frozenset(_STAGES[_STAGES.index(CapacityStage.GRID_ENERGIZED) :])
_REMAINING = "It falls as the service is delivered and paid; the values of contracts do not."

METRICS: Mapping[ObservationMetric, _StatedMetric] = {
    ObservationMetric.CONTRACTED_MW: _StatedMetric("MW"),
    ObservationMetric.ENERGIZED_MW: _StatedMetric("MW", stages=_ENERGIZED),
    ObservationMetric.BILLING_MW: _StatedMetric("MW", stages=frozenset({CapacityStage.BILLING})),
    ObservationMetric.CONTRACTED_VALUE: _StatedMetric("USD"),
    ObservationMetric.BACKLOG: _StatedMetric("USD", caution=_REMAINING),
    ObservationMetric.RPO: _StatedMetric("USD", caution=_REMAINING),
    ObservationMetric.LEASE_COMMITMENTS_UNCOMMENCED: _StatedMetric(
        "USD",
        counts=_not_begun,
        layers=frozenset({Layer.SHELL}),
        bought=True,
        caution="Leases that have begun are not in it, nor here.",
    ),
}


# ---- the declaration

OTHER_BASIS = Record(
    "OtherBasis",
    "Megawatts of the same contracts in a basis that is not comparable.",
    (
        Column("basis", CapacityBasis, "What they measure.", value=lambda pair: pair[0]),
        Column("mw", float, "Megawatts.", "MW", value=lambda pair: pair[1]),
    ),
)
RECONCILIATION = Record(
    "Reconciliation",
    "A total that a company states, beside what the links add to. The gap is shown, not filled.",
    (
        Column("observation", RowOf("Observation"), "The total, with its source."),
        LAYER,
        Column("basis", CapacityBasis | None, "What megawatts measure; null for money."),
        Column("basis_stated", bool, "Whether the company says which basis; else one row stands for each.", header=""),
        Column("unit", str, "MW or USD."),
        Column("stated", float, "What the company states."),
        Column(
            "found",
            float,
            "What the links add to, 0 also where that is unknown.",
            value=lambda row: row.found or 0.0,
            header="",
            deprecated="Read linkTotal, which is null for what is unknown.",
        ),
        Column(
            "gap",
            float,
            "Stated less found.",
            value=lambda row: row.stated - (row.found or 0.0),
            header="",
            deprecated="Read difference, which is null for what is unknown.",
        ),
        Column(
            "link_total",
            float | None,
            "What the links add to; null where contracts count and none states such a figure, 0 without a contract.",
            value=lambda row: row.found,
            header="found",
        ),
        Column(
            "difference",
            float | None,
            "Stated less found: positive where links are missing; null where it is unknown what they add to.",
            value=lambda row: row.gap,
            header="gap",
        ),
        Column("links", LINKS_OF_ROW, "The links that are added."),
        Column(
            "other_bases",
            ListOf(OTHER_BASIS, page=None),
            "The same contracts in bases that are not comparable.",
            value=lambda row: list(row.other_bases.items()),
            header="",
        ),
        Column("beyond", LINKS_OF_ROW, "Contracts of the same parties that the total does not name."),
        replace(EXCLUDED_LINKS, header=""),
        replace(METHOD_OF_RESULT, header=""),
    ),
)
NOT_COMPARED = Record(
    "NotCompared",
    "A stated total that is not compared.",
    (
        Column("observation", RowOf("Observation"), "The total."),
        Column("because", str, "Why it is not compared."),
    ),
)

ANALYTICS = (
    Analytic(
        name="reconciliation",
        doc="What the links add to, against the totals that the company states, the newest first; the gap is shown, "
        "not filled.",
        section=Section.TOTALS,
        function=reconciliation,
        result=Record(
            "ReconciliationTable",
            "Totals that a company states, beside what the links add to.",
            (
                Column("rows", ListOf(RECONCILIATION), "The newest first."),
                TOTAL_COUNT,
                Column("not_compared", ListOf(NOT_COMPARED), "Totals that the company states, not compared."),
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(
                lambda result, inputs: f"Totals that {inputs['organization']} states, and what the links add to",
                "rows",
                RECONCILIATION.columns,
            ),
            Listing("Not compared", "not_compared", NOT_COMPARED.columns),
        ),
        lists={"reconciliation": "rows", "not_compared": "not_compared"},
    ),
)
