"""Snapshots to derive answers from by hand, and networks that others have published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.vocabulary.enums import Commitment, DebtInstrument, LinkStatus, ObservationMetric, Service
from graph.vocabulary.model import ENTITIES, LINKS, TYPE_COLUMN, Chip, Debt, Observation, Organization, Row, Site
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Figure, Money, PartialDate

DAY = date(2026, 11, 23)
LENS = Lens(DAY, DAY)
SIGNED = {"status": LinkStatus.SIGNED}


def organization(key: str, **values: Any) -> Row:
    return Row("Organization", key, _columns(Organization, {"name": key.title(), "placeholder": False} | values))


def site(key: str, **values: Any) -> Row:
    return Row("Site", key, _columns(Site, {"name": key.title()} | values))


def chip(key: str) -> Row:
    return Row("Chip", key, _columns(Chip, {"name": key.title()}))


def debt(key: str, issuer: str, **values: Any) -> Row:
    """Notes that were issued before DAY, unless `values` say otherwise; None leaves one out."""
    usual = {"issuer": issuer, "instrument": DebtInstrument.NOTES, "issued": moment("2026-01")}
    return Row("Debt", key, _columns(Debt, usual | values))


def observation(key: str, subject: str, metric: ObservationMetric, figure: Figure, **values: Any) -> Row:
    return Row(
        "Observation", key, _columns(Observation, {"subject": subject, "metric": metric, "figure": figure} | values)
    )


def moment(text: str) -> PartialDate:
    return PartialDate.read(text)


def link(key: str, source: str, target: str, type_: str = "PROVIDES_CAPACITY", **values: Any) -> Row:
    """A signed lease in force, which states no commitment, unless `values` say otherwise; None leaves one out."""
    kind = LINKS[type_]
    usual: dict[str, Any] = {"status": LinkStatus.SIGNED, "in_force": True}
    if type_ == "PROVIDES_CAPACITY":
        usual["service"] = Service.LEASE
    columns = {TYPE_COLUMN: type_, "from": source, "to": target} | _columns(kind, usual | values)
    layer = kind.layer_for(columns)
    return Row("Link", key, columns | ({"layer": str(layer)} if layer else {}))


def _columns(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            columns |= kind.properties[name].type.columns(name, value)
    return columns


def mw(
    amount: float,
    basis: CapacityBasis = CapacityBasis.CRITICAL_IT,
    bound: Bound = Bound.EXACT,
    stage: CapacityStage | None = None,
) -> tuple[Capacity, ...]:
    return (Capacity(amount, basis, stage, bound),)


def usd(amount: float, bound: Bound = Bound.EXACT) -> Money:
    return Money(amount, "USD", bound)


def snapshot(links: Iterable[Row], *more: Row, lens: Lens = LENS) -> Snapshot:
    """The links with an organization for every end that `more` does not hold."""
    links = list(links)
    named = {row.key: row for row in more}
    ends = {link.columns[end] for link in links for end in ("from", "to")} - named.keys()
    entities = {key: organization(key) for key in sorted(ends)} | named
    return Snapshot({row.key: row for row in links}, entities, lens, "version", DAY)


def network(edges: Iterable[tuple[Any, Any]]) -> Snapshot:
    """A published network: a link for every edge."""
    return snapshot(
        link(f"l{number}", str(tail), str(head), "PARTNERS_WITH") for number, (tail, head) in enumerate(edges)
    )


def world_of(graph: Graph) -> Snapshot:
    """The snapshot of a projection."""
    entities = {key: row for label in ENTITIES for key, row in graph.rows[label].items()}
    return Snapshot(graph.rows["Link"], entities, graph.lens, graph.version, graph.data_through)


FIRM = Commitment.FIRM
NO_LOG = StatementLog.of((), ())
"""Links that no statement says anything of are taken as they are in the snapshot."""
