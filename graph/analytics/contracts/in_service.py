"""Megawatts that firm contracts for capacity have in service on the day of the lens, by who provides and who takes."""

from __future__ import annotations

from collections.abc import Mapping

from graph.analytics.contracts.firm_sums import FIRM_CONTRACTS
from graph.analytics.contracts.groups import CapacityGroup, Period, period_of
from graph.analytics.contracts.timeline import timeline
from graph.analytics.core.facts import Facts
from graph.evidence.policy import day_of
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis

InService = Mapping[tuple[str, str, Layer, CapacityBasis], float]
"""Megawatts by the end at which an organization stands (`from`, `to`), its key, layer and basis."""


def megawatts_in_service(facts: Facts) -> InService:
    """What runs today, as the timeline has it."""
    day = day_of(facts.snapshot.lens.valid_on)
    period = period_of(day.year, day.month, Period.QUARTER)
    running: dict[tuple[str, str, Layer, CapacityBasis], float] = {}
    for end, group in (("from", CapacityGroup.PROVIDER), ("to", CapacityGroup.CUSTOMER)):
        for row in timeline(facts.snapshot, facts.log, (group,), Period.QUARTER, FIRM_CONTRACTS).rows:
            if row.period == period:
                running[end, str(row.group[group]), row.layer, row.basis] = row.in_service_mw
    return running
