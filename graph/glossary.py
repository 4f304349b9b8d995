"""The glossary: terms of the field with their meaning, for schema descriptions, tooltips and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graph.model import Commitment, GuaranteeCover, LeaseStructure, ObservationMetric, PowerContractKind, Service
from graph.values import CapacityBasis, CapacityStage

GLOSSARY: Mapping[str, str] = {
    "critical IT load": "power available to servers and network gear, before cooling and losses",
    "gross (utility) MW": "power at the site's meter or grid connection; always the larger figure",
    "PUE": "facility power divided by IT power",
    "nameplate": "maximum output of a generator, whatever it delivers",
    "interconnection agreement": "right to draw or feed power at a grid point; no energy is bought",
    "PPA": "contract to buy power or its attributes over years",
    "behind the meter": "generation that reaches the load without crossing the public grid",
    "energized": "voltage is on at the stated point; says nothing of tenants or revenue",
    "ready for service": "handed over so that the tenant may install equipment",
    "billing MW": "capacity on which rent is charged now",
    "contracted MW": "under a signed, binding agreement, built or not",
    "pipeline": "sites or power hoped for; no customer promised",
    "powered shell": "building with power; the tenant fits out everything inside",
    "colocation (turnkey)": "landlord supplies space, power, cooling; tenant brings chips",
    "GPU cloud contract": "provider supplies the chips too",
    "triple net": "tenant pays tax, insurance and upkeep on top of rent",
    "modified gross": "landlord bears some of those costs",
    "NOI": "rent less property costs, before interest, depreciation, head office",
    "yield on cost": "yearly stabilised NOI over build cost",
    "base-term value": "payments over the first firm term, without renewals",
    "renewal option": "the tenant's right, not duty, to prolong",
    "escalator": "yearly rent step written into the lease",
    "take-or-pay": "the buyer owes the price whether or not it uses the capacity",
    "RPO": "accounting figure for signed revenue not yet recognised",
    "backlog": "a company's own wider count",
    "tenor": "years from start to final maturity",
    "backstop": "a third party's promise to pay or step in if the tenant fails, up to a cap",
    "residual value guarantee": "promise to make up a shortfall in asset value at lease end",
    "ROFO, ROFR": "right to be offered first, to match another's offer; commits no capacity",
    "attributable MW": "capacity times ownership share",
}
"""Term to meaning."""

TERMS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    CapacityBasis: {
        CapacityBasis.CRITICAL_IT: "critical IT load",
        CapacityBasis.GROSS: "gross (utility) MW",
        CapacityBasis.GENERATION: "nameplate",
    },
    CapacityStage: {
        CapacityStage.CONTRACTED: "contracted MW",
        CapacityStage.GRID_ENERGIZED: "energized",
        CapacityStage.BILLING: "billing MW",
    },
    Commitment: {Commitment.ROFO: "ROFO, ROFR", Commitment.ROFR: "ROFO, ROFR"},
    Service: {Service.COLOCATION: "colocation (turnkey)", Service.CLOUD: "GPU cloud contract"},
    ObservationMetric: {
        ObservationMetric.RPO: "RPO",
        ObservationMetric.BACKLOG: "backlog",
        ObservationMetric.BILLING_MW: "billing MW",
        ObservationMetric.CONTRACTED_MW: "contracted MW",
        ObservationMetric.ENERGIZED_MW: "energized",
    },
    PowerContractKind: {
        PowerContractKind.INTERCONNECTION: "interconnection agreement",
        PowerContractKind.PPA: "PPA",
    },
    LeaseStructure: {LeaseStructure.TRIPLE_NET: "triple net", LeaseStructure.MODIFIED_GROSS: "modified gross"},
    GuaranteeCover: {GuaranteeCover.RESIDUAL_VALUE: "residual value guarantee"},
}
"""Members of the model's enums that are terms of the glossary."""


def meaning(member: StrEnum) -> str | None:
    """What a member of an enum means, where it is a term of the glossary."""
    term = TERMS.get(type(member), {}).get(member)
    return None if term is None else f"{term}: {GLOSSARY[term]}"
