"""The glossary: terms of the field with their meaning, for schema descriptions, tooltips and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graph.vocabulary.enums import (
    Commitment,
    Confidence,
    Extent,
    GuaranteeCover,
    HashRule,
    LeaseStructure,
    LinkStatus,
    Nature,
    ObservationMetric,
    PowerContractKind,
    Service,
    ServiceState,
    SourceKind,
    SourceReading,
    TradeRole,
)
from graph.vocabulary.values import Bound, CapacityBasis, CapacityStage, FlowOrStock, ObservationBasis

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

MEANINGS: Mapping[type[StrEnum], Mapping[str, str]] = {
    Bound: {
        "EXACT": "the figure itself",
        "UP_TO": "that much or less",
        "AT_LEAST": "that much or more",
        "ABOUT": "roughly that much",
    },
    CapacityBasis: {"UNSTATED": "the source does not say which"},
    CapacityStage: {
        "PLANNED": "announced or hoped for; nothing binding",
        "UNDER_CONSTRUCTION": "being built",
        "IN_SERVICE": "handed over or running for the customer",
    },
    Commitment: {
        "FIRM": "both sides are bound",
        "CONDITIONAL": "binding once a condition is met",
        "OPTION": "one side may call for it",
    },
    Confidence: {
        "LOW": "the source hardly supports the statement",
        "MEDIUM": "the source supports the statement in part",
        "HIGH": "the source says it plainly",
    },
    Extent: {"WHOLE": "all of the subject", "PART": "the part that scope names"},
    FlowOrStock: {"FLOW": "what came within the period", "STOCK": "what stands at the moment"},
    HashRule: {
        "VISIBLE_TEXT": "the characters of its text in their order, without white space (NFKC)",
        "BYTES": "the file as it is",
    },
    LinkStatus: {
        "RUMOURED": "reported without confirmation",
        "IN_TALKS": "the parties negotiate",
        "LETTER": "letter of intent, memorandum or term sheet",
        "ANNOUNCED": "made public; whether it is signed is not said",
        "SIGNED_CONDITIONAL": "signed, with conditions still to be met",
        "SIGNED": "signed and binding",
        "ACTIVE": "running",
        "EXPIRED": "ended at its time",
        "LAPSED": "ran out before it took effect",
        "SUPERSEDED": "replaced by another agreement",
        "TERMINATED": "ended before its time",
        "REJECTED": "refused by one side",
    },
    Nature: {
        "STATED": "a party to it says so",
        "REPORTED": "others say so",
        "ESTIMATED": "somebody's estimate",
        "DERIVED": "arithmetic on what was stated or reported",
    },
    ObservationBasis: {
        "ACTUAL": "from the accounts, after the fact",
        "GUIDANCE": "the company's own outlook",
        "CONSENSUS": "analysts together",
        "ESTIMATE": "somebody's estimate",
    },
    SourceReading: {
        "FIRST_HAND": "the document itself was read",
        "SECOND_HAND": "what others quote or summarise of it was read",
        "UNKNOWN": "nothing says how it was read",
    },
    Service: {
        "LEASE": "space and power, for rent",
        "HOSTING": "the customer's machines are housed and run",
    },
    ServiceState: {
        "PLANNED": "its start is still to come",
        "NOT_YET_REPORTED": "the planned start has passed; no source that cites a party is newer",
        "OVERDUE_UNCONFIRMED": "the planned start has passed; no source says that it runs, newer ones cite a party",
        "CONFIRMED": "somebody has said that it runs",
        "ENDED": "its end has passed",
    },
    SourceKind: {
        "FILING": "filed with a regulator or exchange",
        "PRESS_RELEASE": "published by a party to it",
        "NEWSWIRE": "a news agency",
        "NEWS": "a newspaper or broadcaster",
        "TRADE_PRESS": "a publication of the industry",
        "AGGREGATOR": "retells what others published",
        "DATASET": "a table or data base",
    },
    ObservationMetric: {
        "CAPEX": "capital expenditure",
        "CONTRACTED_VALUE": "value of signed contracts",
        "LEASE_COMMITMENTS_UNCOMMENCED": "leases signed whose term has not begun",
        "REVENUE_SHARE": "part of revenue that comes from one counterparty or line",
        "SHARE_PRICE_CHANGE": "move of the share price",
        "POWER_PORTFOLIO": "power that a company counts as its own, whatever its stage",
        "FLEET": "chips or machines in hand",
        "EQUITY": "new money raised",
    },
    TradeRole: {"BUYER": "it buys what is counted", "SELLER": "it sells what is counted"},
}
"""Members that need a word and are no terms of the field. What its name says whole is not here."""


def meaning(member: StrEnum) -> str | None:
    """What a member of an enum means, where its name does not say it whole."""
    term = TERMS.get(type(member), {}).get(member)
    return MEANINGS.get(type(member), {}).get(member) if term is None else f"{term}: {GLOSSARY[term]}"
