"""Comparables: what contracts pay per megawatt, side by side within one structure and one basis.

Every ratio has both ends from one contract. Where a ratio would mean nothing, the row says why and has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from graph.analytics.core.amounts import amount_of, capacities_of, stated_amount
from graph.analytics.core.chains import distinct, total
from graph.analytics.core.declaration import Analytic, Column, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Excluded, Parties
from graph.analytics.core.inputs import InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import declared
from graph.analytics.core.records import BASIS, EXCLUDED_LINKS, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Scope, Weight, link_kind
from graph.analytics.core.selection import Included, select
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.firmness import is_firm
from graph.vocabulary.enums import GuaranteeCover, Layer, LeaseStructure, Service
from graph.vocabulary.model import LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, Money, total_capacity

_KW_MONTHS = 12 * 1000
"""Kilowatt-months in a megawatt-year."""
_OF_THE_RENT = frozenset({GuaranteeCover.RENT, GuaranteeCover.TERMINATION_FEE, GuaranteeCover.CAPACITY_PURCHASE, None})
"""Covers that secure the payments of a contract; other guarantees secure other debts."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """One contract in one basis. US dollars; `years` of the base term; `bound`: of the ratios.

    `first_year_…` and `last_year_…` follow from the escalator. `…_without_hardware` leaves out the chips that were
    bought for this contract alone. `guaranteed_usd` is the sum of the caps of guarantees for its payments, at most
    its base value. `excluded_because`: why it has no price per megawatt."""

    link: Row
    structure: str
    mw: float | None = None
    basis: CapacityBasis | None = None
    years: float | None = None
    base_usd: float | None = None
    bound: Bound = Bound.EXACT
    usd_per_mw_year: float | None = None
    first_year_usd_per_mw_year: float | None = None
    last_year_usd_per_mw_year: float | None = None
    usd_per_kw_month: float | None = None
    hardware_usd: float | None = None
    without_hardware_usd_per_mw_year: float | None = None
    noi_usd_per_mw_year: float | None = None
    prepayment_pct: float | None = None
    guaranteed_usd: float | None = None
    excluded_because: str | None = None


@dataclass(frozen=True, slots=True)
class StructureClass:
    """The contracts of one structure and basis that have a price without a bound, in USD per megawatt and year."""

    structure: str
    basis: CapacityBasis
    contracts: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class ComparableTable:
    """Rows by structure and basis, the dearest first, those without a price last."""

    rows: tuple[Comparable, ...]
    classes: tuple[StructureClass, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def comparables(snapshot: Snapshot, scope: InScope = DEFAULT_SCOPE) -> ComparableTable:
    """Capacity contracts in scope, one row for each basis that they state. Placeholder parties count too: a price is
    comparable whoever the parties are."""
    own = Scope(link_types(LinkRole.CAPACITY_CONTRACT), scope.where, scope.layer, None, scope.status, scope.commitment)
    selection = select(snapshot, own, Flow.LINK, Weight.COUNT, parties=Parties.ANY)
    about = _About.of(snapshot)
    rows = [row for link in selection.rows for row in _rows(link, about, scope.basis)]
    rows.sort(key=_sort_key)
    return ComparableTable(
        rows=tuple(rows),
        classes=tuple(_classes(rows)),
        excluded=selection.excluded,
        method=method_of(snapshot, "COMPARABLES", {}, "USD per MW and year, over the base term", _ASSUMED),
    )


_ASSUMED = (
    "USD per MW and year is the base-term value over megawatts and years; without one, the stated yearly value.",
    "The first year follows from the stated escalator: value = first year times the sum of (1 + step)^k over the term.",
    "UP_TO and AT_LEAST on one end bound the ratio; on both there is no ratio. ABOUT counts as stated.",
    "Net operating income is as stated, else the stated margin times the price.",
)


@dataclass(frozen=True)
class _About:
    """Users and guarantees by contract."""

    snapshot: Snapshot
    users: Mapping[str, Sequence[str]]
    guarantees: Mapping[str, Sequence[Row]]

    @staticmethod
    def of(snapshot: Snapshot) -> _About:
        users: dict[str, list[str]] = {}
        guarantees: dict[str, list[Row]] = {}
        for key, link in snapshot.links.items():
            for used in link["uses"] or ():
                users.setdefault(used, []).append(key)
            if LinkRole.GUARANTEE in link_kind(link).roles and _counts(link, snapshot):
                for guaranteed in link.of_role(PropertyRole.GUARANTEED_LINKS) or ():
                    guarantees.setdefault(guaranteed, []).append(link)
        return _About(snapshot, users, guarantees)


def _counts(link: Row, snapshot: Snapshot) -> bool:
    return is_firm(link) and link.key not in snapshot.replaced


# ---- structure


def structure_of(link: Row) -> str:
    """The class within which a contract may be compared: who pays for what besides rent, and whether the price
    contains chips. What is not stated makes a class of its own."""
    service, chips = link.of_role(PropertyRole.SERVICE), link.of_role(PropertyRole.CHIPS_INCLUDED)
    if service is Service.CLOUD:
        return {True: "GPU_CLOUD", False: "CLOUD_WITHOUT_CHIPS", None: "CLOUD_CHIPS_UNSTATED"}[chips]
    if chips:
        return "HARDWARE_LEASE"
    lease: LeaseStructure | None = link.of_role(PropertyRole.LEASE_STRUCTURE)
    if lease is not None:
        return str(lease)
    return f"{service or 'SERVICE'}_UNSTATED"


# ---- rows


def _rows(link: Row, about: _About, basis: CapacityBasis | None) -> Iterator[Comparable]:
    entries = capacities_of(link)
    bases = [one for one in CapacityBasis if basis in (None, one) and any(entry.basis is one for entry in entries)]
    for one in bases:
        yield _row(link, about, one, total_capacity(entries, one))
    if not bases:
        yield _row(link, about, basis, None)


def _row(link: Row, about: _About, basis: CapacityBasis | None, capacity: Capacity | None) -> Comparable:
    base = _base(link)
    price = _price(link, capacity, base, basis)
    hardware = _hardware(link, about)
    years, step = link.of_role(PropertyRole.TERM), link.of_role(PropertyRole.ESCALATOR)
    known = Comparable(
        link=link,
        structure=structure_of(link),
        mw=capacity.mw if capacity else None,
        basis=basis,
        years=years,
        base_usd=base.amount if base else None,
        hardware_usd=hardware,
        prepayment_pct=_prepayment(link, base),
        guaranteed_usd=_guaranteed(link, about, base),
    )
    if capacity is None or isinstance(price, str):
        return replace(known, excluded_because=str(price))
    first, last = _stepped(price.usd, years, step)
    return replace(
        known,
        bound=price.bound,
        usd_per_mw_year=price.usd,
        first_year_usd_per_mw_year=first,
        last_year_usd_per_mw_year=last,
        usd_per_kw_month=price.usd / _KW_MONTHS,
        without_hardware_usd_per_mw_year=_without(hardware, base, capacity, years),
        noi_usd_per_mw_year=_noi(link, capacity, price.usd),
    )


def _base(link: Row) -> Money | None:
    value = stated_amount(link)
    return value if value is not None and value.currency == "USD" else None


@dataclass(frozen=True, slots=True)
class _Price:
    usd: float
    bound: Bound


def _price(link: Row, capacity: Capacity | None, base: Money | None, basis: CapacityBasis | None) -> _Price | str:
    """USD per megawatt and year, or why there is none."""
    if capacity is None:
        return _no_megawatts(link, basis)
    if capacity.mw == 0:
        return "states 0 megawatts"
    if link["covers"]:
        return f"its value is also for {', '.join(link['covers'])}, and its megawatts are not"
    years, yearly = link.of_role(PropertyRole.TERM), link.of_role(PropertyRole.YEARLY_AMOUNT)
    if base is not None and years:
        return _ratio(base.amount / capacity.mw / years, base.bound, capacity.bound)
    if yearly is not None:
        return _ratio(yearly / capacity.mw, Bound.EXACT, capacity.bound)
    return _missing(link, base)


def _no_megawatts(link: Row, basis: CapacityBasis | None) -> str:
    if any(entry.basis is basis for entry in capacities_of(link)):
        return f"its phases state {basis} megawatts with different bounds"
    return f"states no {basis} megawatts" if basis else "states no megawatts"


def _missing(link: Row, base: Money | None) -> str:
    value = stated_amount(link)
    if base is None and value is not None:
        return f"its value is in {value.currency}"
    return "states no value" if base is None else "states no term"


_LOOSE = frozenset({Bound.AT_LEAST, Bound.UP_TO})
_OTHER_WAY: Mapping[Bound, Bound] = {Bound.AT_LEAST: Bound.UP_TO, Bound.UP_TO: Bound.AT_LEAST}


def _ratio(usd: float, value: Bound, megawatts: Bound) -> _Price | str:
    if value in _LOOSE and megawatts in _LOOSE:
        return f"its value is {value} and its megawatts are {megawatts}: no ratio of the two"
    if value in _LOOSE:
        return _Price(usd, value)
    if megawatts in _LOOSE:
        return _Price(usd, _OTHER_WAY[megawatts])
    return _Price(usd, Bound.ABOUT if Bound.ABOUT in (value, megawatts) else Bound.EXACT)


def _stepped(mean: float, years: float | None, step_pct: float | None) -> tuple[float | None, float | None]:
    """Of a mean price over the term, that of the first year and that of the last, which may be a part of one."""
    if years is None or step_pct is None or years <= 0:
        return None, None
    growth, whole = 1 + step_pct / 100, int(years)
    weight = sum(growth**year for year in range(whole)) + (years - whole) * growth**whole
    first = mean * years / weight
    return first, first * growth ** (whole - 1 if whole == years else whole)


# ---- hardware, income, prepayment, guarantees


def _hardware(link: Row, about: _About) -> float | None:
    """What the chips cost that the contract, and no other, is served out of; None where one has no figure in USD, or
    is not firm."""
    rows = [about.snapshot.links[used] for used in link["uses"] or () if used in about.snapshot.links]
    bought = [row for row in rows if row["layer"] is Layer.CHIP]
    if not bought or any(len(about.users[row.key]) > 1 or not _counts(row, about.snapshot) for row in bought):
        return None
    purchases: dict[str, Included] = {}
    for row in bought:
        amount = amount_of(row, Weight.VALUE_USD, Scope())
        if isinstance(amount, Excluded):
            return None
        purchases[row.key] = Included(row, row.columns["from"], row.columns["to"], amount)
    return total(purchases, distinct(purchases))


def _without(hardware: float | None, base: Money | None, capacity: Capacity, years: float | None) -> float | None:
    if hardware is None or base is None or not years or base.bound in _LOOSE or capacity.bound in _LOOSE:
        return None
    return (base.amount - hardware) / capacity.mw / years


def _noi(link: Row, capacity: Capacity, price: float) -> float | None:
    if capacity.bound in _LOOSE:
        return None
    yearly, margin = link.of_role(PropertyRole.YEARLY_INCOME), link.of_role(PropertyRole.INCOME_MARGIN)
    if yearly is not None:
        return float(yearly / capacity.mw)
    return None if margin is None else price * margin / 100


def _prepayment(link: Row, base: Money | None) -> float | None:
    share, paid = link.of_role(PropertyRole.PREPAID_SHARE), link.of_role(PropertyRole.PREPAID_AMOUNT)
    if share is not None:
        return float(share)
    if paid is None or base is None or base.bound in _LOOSE or not base.amount:
        return None
    return float(paid / base.amount * 100)


def _guaranteed(link: Row, about: _About, base: Money | None) -> float | None:
    promised = [one for one in about.guarantees.get(link.key, ()) if one.of_role(PropertyRole.COVER) in _OF_THE_RENT]
    amounts = (stated_amount(one) for one in promised)
    caps = [amount.amount for amount in amounts if amount and amount.currency == "USD"]
    if not caps:
        return None
    return min(sum(caps), base.amount) if base and base.bound is not Bound.AT_LEAST else sum(caps)


# ---- classes


def _sort_key(row: Comparable) -> tuple[str, int, bool, float, str]:
    basis = list(CapacityBasis).index(row.basis) if row.basis else len(CapacityBasis)
    return row.structure, basis, row.usd_per_mw_year is None, -(row.usd_per_mw_year or 0), row.link.key


def _classes(rows: Iterable[Comparable]) -> Iterator[StructureClass]:
    prices: dict[tuple[str, CapacityBasis], list[float]] = {}
    for row in rows:
        if row.usd_per_mw_year is not None and row.basis is not None and row.bound not in _LOOSE:
            prices.setdefault((row.structure, row.basis), []).append(row.usd_per_mw_year)
    for (structure, basis), of_class in prices.items():
        yield StructureClass(structure, basis, len(of_class), min(of_class), median(of_class), max(of_class))


# ---- the declaration

_PER_YEAR = "USD per MW and year"

COMPARABLE = Record(
    "Comparable",
    "What one contract pays, in one basis. Ratios have both ends from this contract.",
    (
        Column("link", RowOf("Link"), "The contract."),
        Column("structure", str, "Its class: only contracts of one structure are compared."),
        Column("basis", CapacityBasis | None, "What its megawatts measure."),
        Column("mw", float | None, "Its megawatts.", "MW"),
        Column("years", float | None, "The base term.", "years", header="term", detail=True),
        Column("base_usd", float | None, "US dollars over the base term.", "USD", header="base_value", detail=True),
        Column(
            "bound",
            Bound,
            "How the ratios are bounded; EXACT also without a ratio.",
            header="",
            deprecated="Read priceBound, which is null without a price.",
        ),
        Column(
            "price_bound",
            Bound | None,
            "How the ratios are bounded; null without a price.",
            value=lambda row: None if row.usd_per_mw_year is None else row.bound,
            header="bound",
        ),
        Column("usd_per_mw_year", float | None, "The price, on average.", _PER_YEAR, header="mean"),
        Column(
            "first_year_usd_per_mw_year",
            float | None,
            "The price in the first year, by the escalator.",
            _PER_YEAR,
            header="first_year",
            detail=True,
        ),
        Column(
            "last_year_usd_per_mw_year",
            float | None,
            "The price in the last year, by the escalator.",
            _PER_YEAR,
            header="last_year",
            detail=True,
        ),
        Column(
            "usd_per_kw_month",
            float | None,
            "The price, on average.",
            "USD per kW and month",
            header="per_kw_month",
            detail=True,
        ),
        Column("hardware_usd", float | None, "What the chips bought for this contract alone cost.", "USD", header=""),
        Column(
            "without_hardware_usd_per_mw_year",
            float | None,
            "The price without these chips.",
            _PER_YEAR,
            header="without_hardware",
            detail=True,
        ),
        Column("noi_usd_per_mw_year", float | None, "Net operating income.", _PER_YEAR, header="noi", detail=True),
        Column(
            "prepayment_pct",
            float | None,
            "Share of the value that is paid ahead.",
            "%",
            header="prepayment",
            detail=True,
        ),
        Column(
            "guaranteed_usd",
            float | None,
            "What guarantees for its payments cover, up to its value.",
            "USD",
            header="guaranteed",
            detail=True,
        ),
        Column("excluded_because", str | None, "Why it has no price per megawatt.", header="no_price_because"),
    ),
)
STRUCTURE_CLASS = Record(
    "StructureClass",
    "Prices of the contracts of one structure and basis.",
    (
        Column("structure", str, "The class."),
        BASIS,
        Column("contracts", int, "How many have a price without a bound."),
        Column("low", float, "The lowest.", _PER_YEAR),
        Column("median", float, "The median.", _PER_YEAR),
        Column("high", float, "The highest.", _PER_YEAR),
    ),
)

ANALYTICS = (
    Analytic(
        name="comparables",
        doc="What contracts for capacity pay per megawatt and year, side by side; structures and bases are never "
        "crossed.",
        section=Section.PRICES,
        function=comparables,
        result=Record(
            "ComparableTable",
            "Contracts side by side; structures and bases are never crossed.",
            (
                Column(
                    "rows",
                    ListOf(COMPARABLE),
                    "By structure and basis, the dearest first, those without a price last.",
                ),
                TOTAL_COUNT,
                Column("classes", ListOf(STRUCTURE_CLASS), "What the contracts of one structure and basis pay."),
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing("Contracts side by side", "rows", COMPARABLE.columns),
            Listing("By class", "classes", STRUCTURE_CLASS.columns),
        ),
    ),
)
