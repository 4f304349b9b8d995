"""Enumerations: the values that properties of the model, lenses and links in time take, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class OrganizationKind(StrEnum):
    """What an organization does in this industry; one may be several."""

    MINER = "MINER"
    AI_HOST = "AI_HOST"
    NEOCLOUD = "NEOCLOUD"
    HYPERSCALER = "HYPERSCALER"
    AI_LAB = "AI_LAB"
    CHIP_VENDOR = "CHIP_VENDOR"
    FOUNDRY = "FOUNDRY"
    MEMORY_VENDOR = "MEMORY_VENDOR"
    SEMICONDUCTOR_EQUIPMENT_VENDOR = "SEMICONDUCTOR_EQUIPMENT_VENDOR"
    SERVER_VENDOR = "SERVER_VENDOR"
    NETWORK_VENDOR = "NETWORK_VENDOR"
    POWER_EQUIPMENT_VENDOR = "POWER_EQUIPMENT_VENDOR"
    UTILITY = "UTILITY"
    POWER_PRODUCER = "POWER_PRODUCER"
    GRID_OPERATOR = "GRID_OPERATOR"
    FINANCIER = "FINANCIER"
    JOINT_VENTURE = "JOINT_VENTURE"
    OTHER = "OTHER"


KIND_PRECEDENCE = (
    OrganizationKind.HYPERSCALER,
    OrganizationKind.AI_LAB,
    OrganizationKind.NEOCLOUD,
    OrganizationKind.AI_HOST,
    OrganizationKind.MINER,
    OrganizationKind.CHIP_VENDOR,
    OrganizationKind.MEMORY_VENDOR,
    OrganizationKind.FOUNDRY,
    OrganizationKind.SEMICONDUCTOR_EQUIPMENT_VENDOR,
    OrganizationKind.SERVER_VENDOR,
    OrganizationKind.NETWORK_VENDOR,
    OrganizationKind.POWER_EQUIPMENT_VENDOR,
    OrganizationKind.UTILITY,
    OrganizationKind.POWER_PRODUCER,
    OrganizationKind.GRID_OPERATOR,
    OrganizationKind.FINANCIER,
    OrganizationKind.JOINT_VENTURE,
    OrganizationKind.OTHER,
)
"""By which of its kinds an organization is drawn that has several: the first of these. A hyperscaler with chips of its
own is drawn as a hyperscaler."""


class Layer(StrEnum):
    """The tier of the stack a link belongs to; megawatts, dollars and chips are only ever summed within one."""

    POWER = "POWER"
    SHELL = "SHELL"
    COMPUTE = "COMPUTE"
    CHIP = "CHIP"


class LinkStatus(StrEnum):
    """How far an agreement has come, from rumour to its end."""

    RUMOURED = "RUMOURED"
    IN_TALKS = "IN_TALKS"
    LETTER = "LETTER"
    ANNOUNCED = "ANNOUNCED"
    SIGNED_CONDITIONAL = "SIGNED_CONDITIONAL"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    LAPSED = "LAPSED"
    SUPERSEDED = "SUPERSEDED"
    TERMINATED = "TERMINATED"
    REJECTED = "REJECTED"


ENDED = frozenset(
    {LinkStatus.EXPIRED, LinkStatus.LAPSED, LinkStatus.SUPERSEDED, LinkStatus.TERMINATED, LinkStatus.REJECTED}
)
"""Statuses after which an agreement no longer binds."""


class Commitment(StrEnum):
    """How firmly the parties are bound; an option is a link of its own."""

    FIRM = "FIRM"
    CONDITIONAL = "CONDITIONAL"
    OPTION = "OPTION"
    ROFO = "ROFO"
    ROFR = "ROFR"


class Service(StrEnum):
    """What a host or cloud provides."""

    LEASE = "LEASE"
    HOSTING = "HOSTING"
    COLOCATION = "COLOCATION"
    CLOUD = "CLOUD"


class SupplyCategory(StrEnum):
    """What a supplier delivers."""

    CHIP = "CHIP"
    SERVER = "SERVER"
    FOUNDRY = "FOUNDRY"
    PACKAGING = "PACKAGING"
    MEMORY = "MEMORY"
    NETWORK = "NETWORK"
    POWER_EQUIPMENT = "POWER_EQUIPMENT"
    FAB_EQUIPMENT = "FAB_EQUIPMENT"
    OTHER = "OTHER"


class ServiceState(StrEnum):
    """Whether the service of a link runs on the day of the lens. In force is not in service."""

    PLANNED = "PLANNED"
    NOT_YET_REPORTED = "NOT_YET_REPORTED"
    OVERDUE_UNCONFIRMED = "OVERDUE_UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    ENDED = "ENDED"


class Confidence(StrEnum):
    """How far its source supports a statement."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Reliability(StrEnum):
    """The grade of a source; it follows from its kind, and from how it was read."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Nature(StrEnum):
    """Who says it: a party (STATED), others (REPORTED), arithmetic (DERIVED), somebody's estimate (ESTIMATED)."""

    STATED = "STATED"
    REPORTED = "REPORTED"
    ESTIMATED = "ESTIMATED"
    DERIVED = "DERIVED"


NATURE_ORDER = (Nature.ESTIMATED, Nature.DERIVED, Nature.REPORTED, Nature.STATED)
"""From the weakest to the strongest."""


class SourceKind(StrEnum):
    """What sort of document a source is."""

    FILING = "FILING"
    PRESS_RELEASE = "PRESS_RELEASE"
    NEWSWIRE = "NEWSWIRE"
    NEWS = "NEWS"
    TRADE_PRESS = "TRADE_PRESS"
    AGGREGATOR = "AGGREGATOR"
    DATASET = "DATASET"
    OTHER = "OTHER"


RELIABILITY: Mapping[SourceKind, Reliability] = {
    SourceKind.FILING: Reliability.HIGH,
    SourceKind.PRESS_RELEASE: Reliability.HIGH,
    SourceKind.NEWSWIRE: Reliability.MEDIUM,
    SourceKind.NEWS: Reliability.MEDIUM,
    SourceKind.TRADE_PRESS: Reliability.MEDIUM,
    SourceKind.DATASET: Reliability.MEDIUM,
    SourceKind.AGGREGATOR: Reliability.LOW,
    SourceKind.OTHER: Reliability.LOW,
}


class SourceReading(StrEnum):
    """How a source was read. UNKNOWN never counts as first hand."""

    FIRST_HAND = "FIRST_HAND"
    SECOND_HAND = "SECOND_HAND"
    UNKNOWN = "UNKNOWN"


BEST_RELIABILITY: Mapping[SourceReading, Reliability] = {
    SourceReading.FIRST_HAND: Reliability.HIGH,
    SourceReading.SECOND_HAND: Reliability.MEDIUM,
    SourceReading.UNKNOWN: Reliability.HIGH,
}
"""How reliable a source can be that was read so, whatever its kind."""


class HashRule(StrEnum):
    """What of a document a hash covers."""

    VISIBLE_TEXT = "VISIBLE_TEXT"
    BYTES = "BYTES"


class Licence(StrEnum):
    """Under which licence others give a data set away; PUBLIC_DOMAIN is without one."""

    CC_BY_4_0 = "CC_BY_4_0"
    CC_BY_SA_4_0 = "CC_BY_SA_4_0"
    CC0_1_0 = "CC0_1_0"
    ODC_BY_1_0 = "ODC_BY_1_0"
    ODBL_1_0 = "ODBL_1_0"
    MIT = "MIT"
    PUBLIC_DOMAIN = "PUBLIC_DOMAIN"


class InvestmentInstrument(StrEnum):
    EQUITY = "EQUITY"
    WARRANT = "WARRANT"
    CONVERTIBLE = "CONVERTIBLE"
    OPTION = "OPTION"


class StakeBasis(StrEnum):
    """What a stake is a share of."""

    OUTSTANDING = "OUTSTANDING"
    PRO_FORMA = "PRO_FORMA"
    UNSTATED = "UNSTATED"


class LendingRole(StrEnum):
    LENDER = "LENDER"
    ARRANGER = "ARRANGER"
    AGENT = "AGENT"
    HOLDER = "HOLDER"


class SiteRole(StrEnum):
    OPERATOR = "OPERATOR"
    OWNER = "OWNER"
    DEVELOPER = "DEVELOPER"
    TENANT = "TENANT"


class PowerContractKind(StrEnum):
    """Interconnection, power purchase and nameplate are three things."""

    INTERCONNECTION = "INTERCONNECTION"
    GRID_SUPPLY = "GRID_SUPPLY"
    PPA = "PPA"
    ONSITE_GENERATION = "ONSITE_GENERATION"


class GuaranteeCover(StrEnum):
    """What a guarantor pays for if the obligor does not."""

    RENT = "RENT"
    TERMINATION_FEE = "TERMINATION_FEE"
    PASS_THROUGH = "PASS_THROUGH"  # noqa: S105 (a cost passed on, no password)
    DEBT = "DEBT"
    COMPLETION = "COMPLETION"
    RESIDUAL_VALUE = "RESIDUAL_VALUE"
    CAPACITY_PURCHASE = "CAPACITY_PURCHASE"


class LeaseStructure(StrEnum):
    """Who bears tax, insurance and upkeep of what is leased."""

    TRIPLE_NET = "TRIPLE_NET"
    MODIFIED_GROSS = "MODIFIED_GROSS"
    GROSS = "GROSS"


class DebtInstrument(StrEnum):
    NOTES = "NOTES"
    CONVERTIBLE_NOTES = "CONVERTIBLE_NOTES"
    TERM_LOAN = "TERM_LOAN"
    CREDIT_FACILITY = "CREDIT_FACILITY"
    LEASE_FINANCE = "LEASE_FINANCE"
    OTHER = "OTHER"


class Seniority(StrEnum):
    SENIOR = "SENIOR"
    SENIOR_SECURED = "SENIOR_SECURED"
    SENIOR_UNSECURED = "SENIOR_UNSECURED"


class Recourse(StrEnum):
    NON_RECOURSE = "NON_RECOURSE"
    LIMITED = "LIMITED"
    COMPLETION_GUARANTEE = "COMPLETION_GUARANTEE"
    FULL = "FULL"


class EventKind(StrEnum):
    EARNINGS = "EARNINGS"
    HALVING = "HALVING"
    PRODUCT_MILESTONE = "PRODUCT_MILESTONE"
    SITE_MILESTONE = "SITE_MILESTONE"
    CORPORATE = "CORPORATE"
    FINANCING = "FINANCING"
    REGULATION = "REGULATION"
    STATEMENT = "STATEMENT"


class ObservationMetric(StrEnum):
    """What a dated figure about an entity measures. EQUITY is new money raised."""

    CAPEX = "CAPEX"
    RPO = "RPO"
    BACKLOG = "BACKLOG"
    CONTRACTED_VALUE = "CONTRACTED_VALUE"
    CONTRACTED_MW = "CONTRACTED_MW"
    LEASE_COMMITMENTS_UNCOMMENCED = "LEASE_COMMITMENTS_UNCOMMENCED"
    REVENUE = "REVENUE"
    REVENUE_SHARE = "REVENUE_SHARE"
    SHARE_PRICE_CHANGE = "SHARE_PRICE_CHANGE"
    POWER_PORTFOLIO = "POWER_PORTFOLIO"
    ENERGIZED_MW = "ENERGIZED_MW"
    BILLING_MW = "BILLING_MW"
    FLEET = "FLEET"
    VALUATION = "VALUATION"
    MARKET_SHARE = "MARKET_SHARE"
    TOTAL_DEBT = "TOTAL_DEBT"
    CASH = "CASH"
    EQUITY = "EQUITY"
    CREDIT_RATING = "CREDIT_RATING"
    PRICE = "PRICE"
    HEADCOUNT = "HEADCOUNT"
    CONSTRUCTION_COST = "CONSTRUCTION_COST"
    OTHER = "OTHER"


class Extent(StrEnum):
    """How much of its subject an observation covers; for PART its scope says which part."""

    WHOLE = "WHOLE"
    PART = "PART"


class TradeRole(StrEnum):
    """On which side of the contracts that an observation counts its subject stands."""

    BUYER = "BUYER"
    SELLER = "SELLER"
