"""The vocabulary: which kinds of entities and links exist, and what can be said of each.

This is the only place that knows. GraphQL types, Cypher, constraints, labels, filters, orders and documentation
derive from it. To add a kind, write its class here; to add a property, write its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, ClassVar

from graph.vocabulary.enums import (
    Commitment,
    Confidence,
    DebtInstrument,
    EventKind,
    Extent,
    GuaranteeCover,
    HashRule,
    InvestmentInstrument,
    Layer,
    LeaseStructure,
    LendingRole,
    Licence,
    LinkStatus,
    Nature,
    ObservationMetric,
    OrganizationKind,
    PowerContractKind,
    Recourse,
    Reliability,
    Seniority,
    Service,
    ServiceState,
    SiteRole,
    SourceKind,
    SourceReading,
    StakeBasis,
    SupplyCategory,
    TradeRole,
)
from graph.vocabulary.types import (
    USUAL_YEARS_AHEAD,
    Capacities,
    Choice,
    Choices,
    CountType,
    Day,
    FigureType,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    Refs,
    RenewalsType,
    TerminationType,
    Text,
    Texts,
    Type,
    Whole,
)
from graph.vocabulary.values import Bound, CapacityBasis, Columns, FlowOrStock, ObservationBasis

# ---- properties


class Merge(Enum):
    """How several statements about one property become its value."""

    BEST = "the best statement, whole"
    UNITE = "all of them together"
    EACH = "the best statement of each slot"


class PropertyRole(Enum):
    """What a property of a link or of a debt is to the analytics: they find a property by its role and know no name.

    A kind has at most one property of a role; its own takes the place of an inherited one. Amounts are in US dollars
    unless said otherwise."""

    CAPACITY = "megawatts, by basis, stage and phase"
    TOTAL = "value over the base term, in US dollars or another currency"
    PRINCIPAL = "what was lent or invested, in US dollars or another currency"
    CAP = "the most that a guarantee pays, in US dollars or another currency"
    FIRM_PART = "the firm part of the total"
    YEARLY_AMOUNT = "value of one year"
    PRICE = "price of one unit"
    TERM = "length of the base term, in years"
    ESCALATOR = "yearly step of the price, in percent"
    PREPAID_AMOUNT = "what is paid in advance"
    PREPAID_SHARE = "what is paid in advance, in percent of the total"
    YEARLY_INCOME = "net operating income of one year"
    INCOME_MARGIN = "net operating income, in percent of the yearly amount"
    SERVICE = "which service is delivered"
    LEASE_STRUCTURE = "who bears tax, insurance and upkeep"
    CHIPS_INCLUDED = "whether the price includes chips"
    AGREEMENT_START = "when the agreement begins to bind"
    SERVICE_START = "when the delivery begins"
    SERVICE_END = "when the delivery ends"
    FUNDING_ROLE = "as what a funder takes part"
    INSTRUMENT = "what an investor holds, or what sort of debt it is"
    EXERCISED = "whether an investor has used its right"
    OBLIGOR = "whose payments are guaranteed"
    GUARANTEED_LINKS = "which links' payments are guaranteed"
    COVER = "what a guarantee covers"
    LENT_UNDER = "the debt under which was lent"
    ISSUER = "who owes a debt"
    ISSUED = "when a debt was issued; without it, it is planned"
    MATURITY = "when a debt falls due"
    SECURITY = "links whose payments secure a debt"


class LinkRole(Enum):
    """What links of a kind are to the analytics: they find kinds by their roles and know none by name."""

    DELIVERY = "the source delivers to the target, from a day on that may differ from that of the agreement"
    CAPACITY_CONTRACT = "a delivery of data-centre capacity, whose price per megawatt can be compared"
    CLAIM = "one end owes money to the other: payments for a delivery, or the principal"
    LOAN = "the source has lent to the target"
    GUARANTEE = "the source pays the target if an obligor does not"
    OWNERSHIP = "the source holds a part of the target"
    OPERATION = "the source runs the target"
    MAKING = "the source designs and sells the target"


AMOUNT_ROLES = (PropertyRole.PRINCIPAL, PropertyRole.CAP, PropertyRole.TOTAL)
"""The roles of the amount that an agreement is about. The first that a kind has is that of its links."""


@dataclass(frozen=True)
class Property:
    """One thing that can be said of a kind.

    `on_record`: it stands on the record, not in a claim. `derived`: it follows from statements; nobody states it.
    `filtered`, `ordered`: queries may filter or order by it. `required`: every row has it; without it no row exists.
    `relation`: the relationship that leads to what it refers to in Neo4j. `own_field`: whether GraphQL shows it in a
    field of its own; None leaves that to `has_own_field`. `in_properties`: the JSON `properties` of a link holds it
    although it has a field: it stood there first. `role`: by which analytics find it."""

    type: Type
    doc: str
    name: str = ""
    unit: str = ""
    merge: Merge = Merge.BEST
    on_record: bool = False
    derived: bool = False
    filtered: bool = False
    ordered: bool = False
    required: bool = False
    relation: str = ""
    own_field: bool | None = None
    in_properties: bool = False
    role: PropertyRole | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of `says` that make its value."""
        return self.type.keys(self.name)

    @cached_property
    def refers_to(self) -> tuple[str, ...]:
        """Names of the kinds that its value refers to; none for a plain value."""
        return self.type.kinds if isinstance(self.type, (Ref, Refs)) else ()

    @property
    def order_column(self) -> str:
        """The column that orders rows by this property."""
        match self.type:
            case Text():
                return f"{self.name}_sort"
            case PartialDay():
                return f"{self.name}_earliest"
            case MoneyType():
                return f"{self.name}_usd"
            case FigureType():
                raise TypeError("order by a part of the figure")
            case _:
                return self.name


PAST, CENTURY = 0, 110
"""Years ahead: of what has happened when it is told, and of what ends (bonds and ground leases of a hundred years)."""


def text(
    doc: str,
    *,
    filtered: bool = False,
    ordered: bool = False,
    pattern: str | None = None,
    example: str = "",
    **more: Any,
) -> Property:
    return Property(Text(filtered, ordered, pattern, example), doc, filtered=filtered, ordered=ordered, **more)


def choice(choices: type[StrEnum], doc: str, **more: Any) -> Property:
    return Property(Choice(choices), doc, **more)


def moment(doc: str, *, years_ahead: int = USUAL_YEARS_AHEAD, **more: Any) -> Property:
    return Property(PartialDay(years_ahead), doc, **more)


def number(doc: str, unit: str, minimum: float | None = 0, maximum: float | None = None, **more: Any) -> Property:
    return Property(Number(minimum, maximum), doc, unit=unit, **more)


def usd(doc: str, **more: Any) -> Property:
    return number(doc, "USD", **more)


def pct(doc: str, minimum: float = 0, maximum: float = 100, **more: Any) -> Property:
    return number(doc, "PCT", minimum, maximum, **more)


def flag(doc: str, default: bool | None = None, **more: Any) -> Property:
    return Property(Flag(default), doc, **more)


def ref(doc: str, *kinds: str, **more: Any) -> Property:
    return Property(Ref(kinds), doc, **more)


def refs(doc: str, *kinds: str, **more: Any) -> Property:
    return Property(Refs(kinds), doc, **more)


def money(doc: str, **more: Any) -> Property:
    return Property(MoneyType(), doc, unit="USD or currency", **more)


# ---- kinds


class Kind:
    """A kind of row. Its properties are the class attributes of type Property, its own and inherited."""

    kind_name: ClassVar[str] = ""
    kind_label: ClassVar[str] = ""
    """Its label in Neo4j and the kind in global ids; all links share one."""
    seed_file: ClassVar[str] = ""
    """The file that holds its records, below the folder of the seeds."""
    dated_by: ClassVar[str] = "announced"
    """The property that dates a record as a whole."""
    properties: ClassVar[dict[str, Property]] = {}
    by_key: ClassVar[dict[str, Property]] = {}
    """Property by key of `says` or of the record."""
    by_role: ClassVar[dict[PropertyRole, Property]] = {}
    _references: ClassVar[tuple[Property, ...]] = ()
    _required: ClassVar[tuple[Property, ...]] = ()
    _defaults: ClassVar[Columns] = {}

    def __init_subclass__(cls, abstract: bool = False, name: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {
            attribute.rstrip("_"): named
            for base in reversed(cls.__mro__)
            for attribute, named in vars(base).items()
            if isinstance(named, Property)
        }
        cls.properties = {name: replace(prop, name=name) for name, prop in own.items()}
        cls.by_key = {key: prop for prop in cls.properties.values() if not prop.derived for key in prop.keys}
        cls.by_role = {prop.role: prop for prop in cls.properties.values() if prop.role is not None}
        cls._keep_selections()
        if not abstract:
            cls.kind_name = name or cls._named_as()
            cls.kind_label = cls.kind_label or cls.kind_name
            KINDS[cls.kind_name] = cls

    @classmethod
    def _keep_selections(cls) -> None:
        """Keep what is asked for of every row."""
        cls._references = tuple(prop for prop in cls.properties.values() if prop.refers_to)
        cls._required = tuple(prop for prop in cls.properties.values() if prop.required)
        cls._defaults = cls._flags()

    @classmethod
    def _named_as(cls) -> str:
        return cls.__name__

    @classmethod
    def references(cls) -> tuple[Property, ...]:
        """Its properties that refer to other rows."""
        return cls._references

    @classmethod
    def required_properties(cls) -> tuple[Property, ...]:
        """The properties without which a row does not exist."""
        return cls._required

    @classmethod
    def defaults(cls) -> Columns:
        """Columns of flags that are false where nothing says so."""
        return cls._defaults.copy()

    @classmethod
    def _flags(cls) -> Columns:
        return {
            prop.name: prop.type.default
            for prop in cls.properties.values()
            if isinstance(prop.type, Flag) and prop.type.default is not None and not prop.derived
        }


KINDS: dict[str, type[Kind]] = {}
"""Every kind by name; each class below enters itself."""


class Entity(Kind, abstract=True):
    """What links join or point to, and what statements describe."""

    link_count = Property(
        Whole(),
        "Number of listed links that name it: as an end, the site, a chip, the deal or the debt.",
        derived=True,
        ordered=True,
    )


class Organization(Entity):
    """A company, lab, utility, financier, joint venture, or an unnamed party (`placeholder`)."""

    seed_file = "organizations.yaml"
    name = text("Its name; the key where nothing names it.", filtered=True, ordered=True)
    aliases = Property(Texts(), "Other names in use.", merge=Merge.UNITE)
    former_names = Property(Texts(), "Names it bore before.", merge=Merge.UNITE)
    kinds = Property(Choices(OrganizationKind), "What it does.", filtered=True)
    placeholder = flag("Stands for a party that is not named; stays out of rankings.", default=False, filtered=True)
    ticker = text("Stock symbol.", filtered=True)
    exchange = text("Where its shares are traded.")
    country = text("ISO 3166-1 alpha-2 code.", pattern="[A-Z]{2}", example="US", filtered=True, ordered=True)
    cik = text("Its number at the US securities regulator.", pattern="[0-9]{1,10}", example="1878848")
    lei = text("Legal entity identifier.", pattern="[A-Z0-9]{20}", example="5493001KJTIIGC8Y1R12")
    fiscal_year_end = Property(Whole(1, 12), "Month in which its fiscal year ends, 1 to 12.", unit="month")


class Site(Entity):
    """A data-centre campus or a part of one, or a power plant."""

    seed_file = "sites.yaml"
    name = text("Its name; the key where nothing names it.", filtered=True, ordered=True)
    locality = text("Town or county.")
    region = text("State or province.", filtered=True)
    country = text("ISO 3166-1 alpha-2 code.", pattern="[A-Z]{2}", example="US", filtered=True, ordered=True)
    grid = text("Grid it draws from.", filtered=True)
    utility = ref("The utility that serves it.", "Organization", relation="SERVED_BY")
    part_of = ref("The site that it is a part of.", "Site", relation="WITHIN")
    capacities = Property(
        Capacities(), "Megawatts, by basis, stage and phase.", unit="MW", merge=Merge.EACH, filtered=True, ordered=True
    )
    energized = moment("When voltage is on; says nothing of tenants or revenue.", filtered=True)
    lat = number("Latitude.", "degrees", -90, 90)
    lon = number("Longitude.", "degrees", -180, 180)


class Chip(Entity):
    """A chip, accelerator or rack system."""

    seed_file = "chips.yaml"
    name = text("Its name; the key where nothing names it.", filtered=True, ordered=True)
    family = text("Family or generation.", filtered=True)
    process = text("Manufacturing process.")
    memory_gb = number("Memory.", "GB", filtered=True)
    memory_type = text("Type of memory.")
    tdp_w = number("Thermal design power.", "W", filtered=True)
    announced = moment("When it was made public.", years_ahead=PAST)
    in_production = moment("When production began or is planned to begin.", filtered=True)


class Deal(Entity):
    """What was signed together: lease, backstop, warrants, chips."""

    seed_file = "deals.yaml"
    name = text("Its name; the key where nothing names it.", filtered=True, ordered=True, on_record=True)
    announced = moment("When it was made public.", years_ahead=PAST, filtered=True, ordered=True, on_record=True)
    summary = text("What it is, in one line.", on_record=True)


class Debt(Entity):
    """One bond, loan or facility. Without `issued` it is planned or rumoured."""

    seed_file = "debts.yaml"
    dated_by = "issued"
    issuer = ref(
        "Who owes it.",
        "Organization",
        filtered=True,
        required=True,
        relation="ISSUED_BY",
        role=PropertyRole.ISSUER,
    )
    instrument = choice(
        DebtInstrument, "What sort of debt it is.", filtered=True, required=True, role=PropertyRole.INSTRUMENT
    )
    status = choice(LinkStatus, "How far it has come; nothing is owed of what has ended.", filtered=True)
    value = money("Principal or limit.", filtered=True, ordered=True, role=PropertyRole.PRINCIPAL)
    coupon_pct = pct("Coupon.", filtered=True, ordered=True)
    spread_bps = number("Spread over the reference rate.", "basis points")
    issued = moment("When it was issued.", filtered=True, ordered=True, role=PropertyRole.ISSUED)
    maturity = moment(
        "When it falls due.", years_ahead=CENTURY, filtered=True, ordered=True, role=PropertyRole.MATURITY
    )
    seniority = choice(Seniority, "Its rank.")
    rating = text("Rating, with the agency.")
    secured_by = refs(
        "Links whose payments secure it.", "Link", filtered=True, relation="SECURED_BY", role=PropertyRole.SECURITY
    )
    recourse = choice(Recourse, "Whom the lenders can turn to.")
    use = text("What the money is for.")


class Event(Entity):
    """Something dated that happened or is planned."""

    seed_file = "events.yaml"
    name = text("What it was; the key where nothing names it.", filtered=True, ordered=True)
    kind = choice(EventKind, "What sort of event it is.", filtered=True, on_record=True, required=True)
    subjects = refs(
        "Whom or what it concerns.",
        "Organization",
        "Site",
        "Chip",
        on_record=True,
        filtered=True,
        relation="CONCERNS",
    )
    date = moment("When it happened or is planned.", filtered=True, ordered=True)
    summary = text("What happened, in one line.")


class Observation(Kind):
    """A dated figure about one entity: guidance, backlog, a change of the share price."""

    seed_file = "observations.yaml"
    subject = ref(
        "Whom or what it is about.",
        "Organization",
        "Site",
        "Chip",
        on_record=True,
        required=True,
        filtered=True,
        relation="OBSERVES",
    )
    metric = choice(ObservationMetric, "What it measures.", on_record=True, required=True, filtered=True, ordered=True)
    label = text("What it measures, in words.", on_record=True)
    counterparty = ref(
        "The other party, for example a customer.", "Organization", on_record=True, filtered=True, relation="WITH_PARTY"
    )
    scope = text("What part of the subject it covers, in words.", on_record=True)
    extent = choice(Extent, "How much of the subject it covers.", on_record=True, filtered=True)
    acts_as = choice(
        TradeRole, "On which side of the contracts it counts the subject stands.", on_record=True, filtered=True
    )
    covers = refs("Links that the figure contains.", "Link", on_record=True, relation="COVERS")
    figure = Property(
        FigureType(), "The figure, whole: value or range, unit, period, basis.", unit="`unit`", required=True
    )


FIGURE_PARTS: Mapping[str, Property] = {
    "value": number("The figure, where it is one number.", "`unit`", None, filtered=True, ordered=True),
    "low": number("Lower end of a range.", "`unit`", None),
    "high": number("Upper end of a range.", "`unit`", None),
    "text": text("The figure, where it is words."),
    "bound": choice(Bound, "How the stated figure bounds the true one.", required=True),
    "unit": Property(Text(), "What it counts: PCT, MW, COUNT, TEXT or an ISO 4217 code.", required=True, filtered=True),
    "period": Property(Text(), "The time it covers, for example FY2026, 2026-Q1 or YTD.", filtered=True),
    "as_of": moment("The moment it describes.", filtered=True, ordered=True),
    "basis": choice(ObservationBasis, "Who stands behind it.", required=True, filtered=True),
    "definition": text("What is in it and what is not, in words."),
    "flow_or_stock": choice(FlowOrStock, "What came within its period, or what stands at its moment.", filtered=True),
    "capacity_basis": choice(CapacityBasis, "What its megawatts measure.", filtered=True),
}
"""The parts of an observation's figure by name; its columns carry the same names."""


class FlowDirection(Enum):
    """Which way something runs along a link."""

    ALONG = "from source to target"
    AGAINST = "from target to source"
    NONE = "not at all"


@dataclass(frozen=True)
class Ends:
    """What a link type joins, and how either end reads it."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    reads: str
    """As its source says it: "Hut 8 provides capacity to Fluidstack"."""
    reads_back: str
    """As its target says it: "Fluidstack gets capacity from Hut 8"."""


_END_KINDS = ("Organization", "Site", "Chip")


class Link(Kind, abstract=True):
    """A relationship between two entities: a contract, a supply, an investment. Always read from source to target."""

    kind_label = "Link"
    ends: ClassVar[Ends]
    money_flow: ClassVar[FlowDirection] = FlowDirection.NONE
    """Which way money flows."""
    dependency_flow: ClassVar[FlowDirection] = FlowDirection.NONE
    """ALONG: the target depends on the source. Harm spreads the same way."""
    layer_of: ClassVar[Layer | Mapping[str, Layer] | None] = None
    """Its layer; or by the value of `layer_property`."""
    layer_property: ClassVar[str] = ""
    never_sum_across: ClassVar[str] = ""
    """The property whose values are different things: tables keep them apart, and whatever adds them says so."""
    roles: ClassVar[frozenset[LinkRole]] = frozenset()
    """What it is to the analytics."""

    from_ = ref("The source of the link.", *_END_KINDS, on_record=True, required=True, relation="FROM")
    to = ref("The target of the link.", *_END_KINDS, on_record=True, required=True, relation="TO")
    deal = ref("What it was signed together with.", "Deal", on_record=True, filtered=True, relation="PART_OF")
    site = ref("Where it is.", "Site", on_record=True, filtered=True, relation="AT")
    chips = refs("Chips it is about.", "Chip", on_record=True, filtered=True, relation="WITH_CHIP")
    status = choice(LinkStatus, "How far the agreement has come.", filtered=True)
    disputed = flag("A party denies it.", default=False, filtered=True)
    commitment = choice(Commitment, "How firmly the parties are bound.", filtered=True)
    announced = moment(
        "When a party made it public, or it was first reported.", years_ahead=PAST, filtered=True, ordered=True
    )
    effective_from = moment(
        "Since when the agreement binds; where unstated, since it was announced.",
        filtered=True,
        ordered=True,
        role=PropertyRole.AGREEMENT_START,
    )
    effective_to = moment("When the agreement ends.", years_ahead=CENTURY)
    value = money("Value of the agreement: base term, firm.", filtered=True, ordered=True, role=PropertyRole.TOTAL)
    capacities = Property(
        Capacities(),
        "Megawatts, by basis, stage and phase.",
        unit="MW",
        merge=Merge.EACH,
        filtered=True,
        ordered=True,
        role=PropertyRole.CAPACITY,
    )
    uses = refs("Links that this one is served out of.", "Link", relation="USES")
    replaces = refs("Links that this one takes the place of.", "Link", relation="REPLACES")
    covers = refs("Links that this total contains.", "Link", relation="COVERS")
    layer = Property(Choice(Layer), "Its layer, from its type and service.", derived=True, filtered=True)
    origins = Property(
        Whole(),
        "Number of independent origins of the statements about it that count; reprints of one are one.",
        derived=True,
        filtered=True,
    )
    in_force = Property(
        Flag(False),
        "Whether it stands on the day of the lens: it has begun and not ended; `status` tells how far it binds.",
        derived=True,
        filtered=True,
    )
    service_state = Property(
        Choice(ServiceState), "Whether the service runs on the day of the lens.", derived=True, filtered=True
    )

    def __init_subclass__(cls, abstract: bool = False, **options: Any) -> None:
        super().__init_subclass__(abstract=abstract, **options)
        if not abstract:
            cls.seed_file = f"links/{cls.kind_name.lower()}.yaml"
            for end, kinds in (("from", cls.ends.source), ("to", cls.ends.target)):
                cls.properties[end] = cls.by_key[end] = replace(cls.properties[end], type=Ref(kinds))
            cls._keep_selections()

    @classmethod
    def _named_as(cls) -> str:
        """`ProvidesCapacity` is the type `PROVIDES_CAPACITY`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    @classmethod
    def layer_for(cls, columns: Columns) -> Layer | None:
        if isinstance(cls.layer_of, Mapping):
            return cls.layer_of.get(columns.get(cls.layer_property, ""))
        return cls.layer_of


class Delivery(Link, abstract=True):
    """A link with a service that begins and ends apart from the agreement."""

    roles = frozenset({LinkRole.DELIVERY})
    service_from = moment(
        "When capacity or goods are delivered and paid for.",
        filtered=True,
        ordered=True,
        role=PropertyRole.SERVICE_START,
    )
    service_to = moment("When the service ends.", years_ahead=CENTURY, role=PropertyRole.SERVICE_END)


_SHELL_AND_COMPUTE: Mapping[str, Layer] = {
    Service.LEASE: Layer.SHELL,
    Service.HOSTING: Layer.SHELL,
    Service.COLOCATION: Layer.SHELL,
    Service.CLOUD: Layer.COMPUTE,
}
_CHIP_SUPPLIES: Mapping[str, Layer] = {
    category: Layer.CHIP
    for category in SupplyCategory
    if category not in (SupplyCategory.POWER_EQUIPMENT, SupplyCategory.FAB_EQUIPMENT, SupplyCategory.OTHER)
}


class ProvidesCapacity(Delivery):
    """A host or cloud provides capacity to a customer."""

    roles = Delivery.roles | {LinkRole.CLAIM, LinkRole.CAPACITY_CONTRACT}
    ends = Ends(("Organization",), ("Organization",), "provides capacity to", "gets capacity from")
    money_flow = FlowDirection.AGAINST
    dependency_flow = FlowDirection.ALONG
    layer_of = _SHELL_AND_COMPUTE
    layer_property = "service"

    service = choice(Service, "What is provided.", filtered=True, role=PropertyRole.SERVICE)
    value_firm_usd = usd("The firm part of the value.", filtered=True, in_properties=True, role=PropertyRole.FIRM_PART)
    annual_value_usd = usd("Value of one year.", own_field=True, role=PropertyRole.YEARLY_AMOUNT)
    value_with_extensions_usd = usd("Value with all renewals taken.")
    term_years = number("Length of the base term.", "years", filtered=True, ordered=True, role=PropertyRole.TERM)
    renewals = Property(RenewalsType(), "Options to prolong.")
    prepayment_pct = pct("Paid in advance.", role=PropertyRole.PREPAID_SHARE)
    prepayment_usd = usd("Paid in advance.", role=PropertyRole.PREPAID_AMOUNT)
    escalator_pct = pct("Yearly step of the rent.", filtered=True, in_properties=True, role=PropertyRole.ESCALATOR)
    lease_structure = choice(
        LeaseStructure,
        "Who bears tax, insurance and upkeep.",
        filtered=True,
        in_properties=True,
        role=PropertyRole.LEASE_STRUCTURE,
    )
    power_included = flag("Whether the price includes power.")
    chips_included = flag("Whether the price includes chips.", role=PropertyRole.CHIPS_INCLUDED)
    take_or_pay = flag("Whether the buyer owes the price without using the capacity.")
    termination = Property(TerminationType(), "Who may end it early.", filtered=True, in_properties=True)
    noi_margin_pct = pct("Net operating income as a share of rent.", role=PropertyRole.INCOME_MARGIN)
    noi_usd_per_year = usd("Net operating income of one year.", role=PropertyRole.YEARLY_INCOME)
    build_cost_usd = usd("What the provider spends to build.")
    chip_count = Property(CountType(), "Number of chips.", own_field=True)


class Supplies(Delivery):
    """A supplier delivers chips, servers, memory, equipment to a buyer."""

    roles = Delivery.roles | {LinkRole.CLAIM}
    ends = Ends(("Organization",), ("Organization",), "supplies", "is supplied by")
    money_flow = FlowDirection.AGAINST
    dependency_flow = FlowDirection.ALONG
    layer_of = _CHIP_SUPPLIES
    layer_property = "category"

    category = choice(SupplyCategory, "What is delivered.", filtered=True)
    product = text("What is delivered, in words.")
    chip_count = Property(CountType(), "Number of chips.", own_field=True)
    share_pct = pct("Share of what the buyer buys.")
    term_years = number("Length of the agreement.", "years", filtered=True, ordered=True, role=PropertyRole.TERM)


class SuppliesPower(Delivery):
    """A utility or producer connects or supplies an organization or a site."""

    roles = Delivery.roles | {LinkRole.CLAIM}
    ends = Ends(("Organization",), ("Organization", "Site"), "supplies power to", "gets power from")
    money_flow = FlowDirection.AGAINST
    dependency_flow = FlowDirection.ALONG
    layer_of = Layer.POWER
    never_sum_across = "contract_kind"

    contract_kind = choice(PowerContractKind, "What is agreed.")
    term_years = number("Length of the agreement.", "years", filtered=True, ordered=True, role=PropertyRole.TERM)
    fuel = text("What the power is made from.")
    binding = flag("Whether it binds.")
    new_build = flag("Whether new generation is built for it.")


class InvestsIn(Link):
    """An investor takes, or may take, a stake. A warrant is not ownership."""

    roles = frozenset({LinkRole.CLAIM})
    ends = Ends(("Organization",), ("Organization",), "invests in", "has as investor")
    money_flow = FlowDirection.ALONG
    dependency_flow = FlowDirection.ALONG

    value = replace(Link.value, role=PropertyRole.PRINCIPAL)
    instrument = choice(InvestmentInstrument, "What is held.", own_field=True, role=PropertyRole.INSTRUMENT)
    stake_pct = pct("Stake.", filtered=True)
    stake_basis = choice(StakeBasis, "What the stake is a share of.")
    shares = number("Number of shares.", "shares")
    price_usd = usd("Price of a share, or of exercise.", role=PropertyRole.PRICE)
    exercised = flag("Whether the right has been used.", role=PropertyRole.EXERCISED)
    cumulative = flag("Whether the value is a running total.")


class LendsTo(Link):
    """A lender or holder has lent to a borrower; an arranger has arranged it."""

    roles = frozenset({LinkRole.CLAIM, LinkRole.LOAN})
    ends = Ends(("Organization",), ("Organization",), "lends to", "borrows from")
    money_flow = FlowDirection.ALONG
    dependency_flow = FlowDirection.ALONG

    value = replace(Link.value, role=PropertyRole.PRINCIPAL)
    role = choice(LendingRole, "Lender, arranger, agent or holder.", role=PropertyRole.FUNDING_ROLE)
    debt = ref("The instrument.", "Debt", relation="UNDER", role=PropertyRole.LENT_UNDER)


class Guarantees(Link):
    """A guarantor promises a beneficiary to pay if an obligor does not; neither debt nor rent."""

    roles = frozenset({LinkRole.GUARANTEE})
    ends = Ends(("Organization",), ("Organization",), "guarantees payment to", "has a guarantee from")
    money_flow = FlowDirection.ALONG
    dependency_flow = FlowDirection.ALONG

    value = replace(Link.value, role=PropertyRole.CAP)
    guarantees = refs(
        "Links whose payments are guaranteed.", "Link", relation="GUARANTEES_LINK", role=PropertyRole.GUARANTEED_LINKS
    )
    guaranteed_obligor = ref(
        "Whose payments are guaranteed.", "Organization", relation="FOR_OBLIGOR", role=PropertyRole.OBLIGOR
    )
    covers_kind = choice(GuaranteeCover, "What is covered; the value is the cap.", role=PropertyRole.COVER)
    term_years = number("Length of the guarantee.", "years", filtered=True, ordered=True, role=PropertyRole.TERM)


class Owns(Link):
    """An owner holds an organization or a site, whole or in part."""

    roles = frozenset({LinkRole.OWNERSHIP})
    ends = Ends(("Organization",), ("Organization", "Site"), "owns", "is owned by")
    dependency_flow = FlowDirection.ALONG

    stake_pct = pct("Stake.", filtered=True)


class Acquires(Link):
    """An acquirer buys an organization or a site from its holders."""

    roles = frozenset({LinkRole.OWNERSHIP})
    ends = Ends(("Organization",), ("Organization", "Site"), "acquires", "is acquired by")
    dependency_flow = FlowDirection.ALONG


class Operates(Delivery):
    """An organization runs, develops, owns or occupies a site."""

    roles = Delivery.roles | {LinkRole.OPERATION}
    ends = Ends(("Organization",), ("Site",), "operates", "is operated by")
    dependency_flow = FlowDirection.ALONG

    role = choice(SiteRole, "In which role.")


class Makes(Link):
    """A vendor designs and sells a chip."""

    roles = frozenset({LinkRole.MAKING})
    ends = Ends(("Organization",), ("Chip",), "makes", "is made by")
    dependency_flow = FlowDirection.ALONG


class Fabricates(Link):
    """A foundry or packager manufactures a chip."""

    ends = Ends(("Organization",), ("Chip",), "fabricates", "is fabricated by")
    dependency_flow = FlowDirection.ALONG

    process = text("Manufacturing process.")


class PartnersWith(Link):
    """Two organizations work together on a topic."""

    ends = Ends(("Organization",), ("Organization",), "partners with", "partners with")

    topic = text("What they work on.")


class SourceRecord(Kind, name="Source"):
    """A document that statements cite."""

    seed_file = "sources.yaml"
    url = text("Address.", pattern='https?://[^ <>"]+', example="https://example.org/page", required=True)
    publisher = text("Who published it.", filtered=True, required=True)
    title = text("Its title.", filtered=True)
    published = moment("When it was published.", years_ahead=PAST, filtered=True)
    retrieved = Property(Day(), "When it was read.")
    kind = choice(SourceKind, "What sort of document it is.", filtered=True, required=True)
    origin = text("Shared by reprints of one original; they are one voice.", filtered=True, required=True)
    read = choice(SourceReading, "How it was read; UNKNOWN where nothing says so.", filtered=True, required=True)
    through = refs(
        "Of one read second hand: the documents that quote or summarise it.",
        "Source",
        filtered=True,
        relation="READ_THROUGH",
    )
    sha256 = text(
        "Hash of the document that was read, by `hash_rule`.",
        pattern="[0-9a-f]{64}",
        example="9f86d081884c…, 64 digits",
    )
    hash_rule = choice(HashRule, "What of the document `sha256` covers.")
    licence = choice(Licence, "Under which licence it is, where it is a data set that says so.", filtered=True)
    reliability = Property(
        Choice(Reliability),
        "Its grade; follows from its kind, and is at most medium where it was read second hand.",
        derived=True,
        filtered=True,
        required=True,
    )


class StatementRecord(Kind, name="Statement"):
    """One source saying one thing about one subject: the evidence behind every value."""

    subject = text("Key of what it is about.")
    subject_kind = text("Kind of what it is about.", own_field=False)
    property = text("Which property it says.", required=True)
    value = text("What it says, as JSON.")
    source = ref("Who says it.", "Source", relation="CITES", required=True)
    confidence = choice(Confidence, "How far the source supports it.", required=True)
    nature = choice(Nature, "Stated by a party, reported, derived or estimated.", required=True)
    as_of = moment("Since when the value holds, where it changed over time.")
    known_from = Property(Day(), "The first day on which it may have been known; absent: at any time.")
    known_from_latest = Property(Day(), "The day on which it was known at the latest.", required=True)
    withdrawn = Property(Day(), "The day from which it no longer counts.")
    note = text("A remark.")
    locator = text(
        "Where in the document it stands: page, section, exhibit, table, paragraph, time code.",
    )
    last_verified = Property(Day(), "The day on which somebody last compared it with the document.")
    counted = Property(Flag(False), "Whether it counts under the lens.")
    chosen = Property(Flag(False), "Whether its value is the one shown.")
    reason = text("Why it is, or is not.", required=True)
    caption = text("A short text to show in a picture.", own_field=False)


LINKS: Mapping[str, type[Link]] = {name: kind for name, kind in KINDS.items() if issubclass(kind, Link)}
"""Link types by name, such as PROVIDES_CAPACITY."""
ENTITIES: Mapping[str, type[Entity]] = {name: kind for name, kind in KINDS.items() if issubclass(kind, Entity)}
LABELS: tuple[str, ...] = (*ENTITIES, "Observation", "Link", "Source", "Statement")
"""The kinds that a store holds, by label; all link types are the one kind Link."""
LinkType = StrEnum("LinkType", {name: name for name in LINKS})  # type: ignore[misc]  # its members are the classes
LinkType.__doc__ = "Types of links, always read from source to target."

SEARCH_TEXTS = "search_texts"
"""The column with the texts by which an entity is found: name, key, ticker, aliases, former names."""
SEARCH_FOLDED = "search_folded"
"""The same texts, folded."""
TYPE_COLUMN = "type"
"""The column of a Link that holds its type."""
NAMED_BY_LINKS = ("from", "to", "site", "chips", "deal", "debt")
"""The columns of a Link that hold the entities whose link it is: ends, site, chips, deal, debt."""


def link_properties() -> dict[str, Property]:
    """Every property that some link type has; a name means the same in all of them."""
    merged: dict[str, Property] = {}
    for kind in LINKS.values():
        for name, prop in kind.properties.items():
            merged.setdefault(name, prop)
    return merged


def has_own_field(label: str, prop: Property) -> bool:
    """Whether GraphQL shows a property of a label in a field of its own.

    Of a link: what all types or all deliveries share, what queries filter by, what refers to other rows, and what is
    declared so; the JSON `properties` holds the rest."""
    if prop.own_field is not None or label != "Link":
        return prop.own_field is not False
    shared = prop.name in Link.properties or prop.name in Delivery.properties
    return shared or prop.filtered or bool(prop.refers_to)


def link_types(role: LinkRole) -> frozenset[str]:
    """The link types of a role."""
    return frozenset(name for name, kind in LINKS.items() if role in kind.roles)


def property_names(role: PropertyRole) -> frozenset[str]:
    """The names that a role has in the link types."""
    return frozenset(kind.by_role[role].name for kind in LINKS.values() if role in kind.by_role)


def kind_of(label: str, columns: Columns) -> type[Kind]:
    """The kind of a row of `label` that has `columns`."""
    return KINDS[columns[TYPE_COLUMN]] if label == "Link" else KINDS[label]


@dataclass(frozen=True, slots=True)
class Row:
    """One entity, link, observation, source or statement as a lens shows it.

    `label` is one of LABELS. `columns` holds flat scalars; `row[name]` gives the typed value of a property (None, or an
    empty tuple, where there is none)."""

    label: str
    key: str
    columns: Columns = field(hash=False)
    _values: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)
    """Typed values by name, decoded at their first use and shared by all readers of the row."""

    @property
    def kind(self) -> type[Kind]:
        return kind_of(self.label, self.columns)

    def __getitem__(self, name: str) -> Any:
        values = self._values
        if values is None:
            values = {}
            object.__setattr__(self, "_values", values)
        if name not in values:
            values[name] = self._restored(name)
        return values[name]

    def keys_in(self, columns: Iterable[str]) -> set[str]:
        """The keys of other rows that these columns hold."""
        keys: set[str] = set()
        for column in columns:
            value = self.columns.get(column)
            keys |= set(value) if isinstance(value, list) else {value} if value is not None else set()
        return keys

    def of_role(self, role: PropertyRole) -> Any:
        """The typed value of the property of a role; None where its kind has none."""
        prop = self.kind.by_role.get(role)
        return None if prop is None else self[prop.name]

    def _restored(self, name: str) -> Any:
        prop = self.kind.properties.get(name)
        return None if prop is None else prop.type.from_columns(name, self.columns)
