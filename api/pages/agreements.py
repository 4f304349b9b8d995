"""Links as lines of a table: who, what, how much, how firm, and since when; with what the firm ones add to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from api.pages.commitments import CommitmentMark, commitment_mark
from api.pages.evidence import ShownFigure, computed
from api.pages.figure_address import cell_address, firm_sum_address, stated_figure_address
from api.pages.page import Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import billions, bounded, count_of, format_megawatts
from graph.analytics.contracts.firm_sums import FirmSum
from graph.analytics.core.amounts import capacities_of, stated_amount
from graph.evidence.captions import describe_value
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import AMOUNT_ROLES, LINKS, TYPE_COLUMN, PropertyRole, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    CapacityStage,
    Money,
    PartialDate,
    total_capacity,
)
from graph.vocabulary.wording import format_day, megawatts, words

MAX_COLUMNS, MAX_COLUMNS_BESIDE = 9, 6
"""A table with more leaves the day of the announcement to the page of each link; so does one that shares the width of
the page with another."""


class AgreementEnd(Enum):
    """Who is named in the first column: the other end, as seen by the source or by the target, or both."""

    TARGET = "to"
    SOURCE = "from"
    BOTH = "both"


class Agreement(NamedTuple):
    """One link. `counts`: it is in the firm sum of its layer. `share` of the longest bar, 0 to 1; `cut`: its bar would
    be longer. `announced` is there where the table has room for it."""

    key: str
    href: str
    noun: str
    parties: tuple[PartyName, ...]
    site: PartyName | None
    what: tuple[TextPart, ...]
    mark: CommitmentMark
    counts: bool
    megawatts: Mapping[CapacityBasis, ShownFigure]
    share: float
    value: ShownFigure | None
    term: ShownFigure | None
    price: ShownFigure | None
    status: ShownFigure | None
    service: ShownFigure | None
    announced: ShownFigure | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class AgreementSums:
    """What the firm lines of a group add to, by basis and in US dollars."""

    megawatts: Mapping[CapacityBasis, ShownFigure]
    value: ShownFigure | None


@dataclass(frozen=True, slots=True)
class AgreementGroup:
    """Lines of one layer: first those that count, then the rest, which is in no sum."""

    title: str
    counted: tuple[Agreement, ...]
    rest: tuple[Agreement, ...]
    sums: AgreementSums | None


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """`bases`, and the flags, say which columns have anything in them."""

    groups: tuple[AgreementGroup, ...]
    bases: tuple[CapacityBasis, ...]
    has_value: bool
    has_term: bool
    has_price: bool
    has_service: bool
    has_commitment: bool = True
    has_status: bool = True
    has_announced: bool = True
    has_bars: bool = True
    """Bars before the first figures."""
    cut_at: str = ""
    """What the longest bars stand for, in words, where some are cut."""

    @property
    def lines(self) -> list[Agreement]:
        return [line for group in self.groups for line in (*group.counted, *group.rest)]

    @property
    def columns(self) -> int:
        """How many columns the table has beside that of the bar."""
        marks = (self.has_commitment, self.has_status)
        flags = (self.has_value, self.has_term, self.has_price, self.has_service, self.has_announced)
        return 1 + len(self.bases) + sum(marks) + sum(flags)


BASIS_WORDS: Mapping[CapacityBasis, str] = {
    CapacityBasis.CRITICAL_IT: "Critical IT",
    CapacityBasis.GROSS: "Gross",
    CapacityBasis.GENERATION: "Nameplate",
    CapacityBasis.UNSTATED: "Basis not stated",
}
BASIS_TEXT: Mapping[CapacityBasis, str] = {
    CapacityBasis.CRITICAL_IT: "critical IT",
    CapacityBasis.GROSS: "gross",
    CapacityBasis.GENERATION: "nameplate",
    CapacityBasis.UNSTATED: "basis not stated",
}
"""The same within a sentence."""
LAYER_WORDS: Mapping[Layer | None, str] = {
    Layer.SHELL: "Buildings and power",
    Layer.COMPUTE: "Computing",
    Layer.POWER: "Power",
    Layer.CHIP: "Chips and servers",
    None: "Layer not stated",
}
STATE_WORDS: Mapping[ServiceState, str] = {
    ServiceState.PLANNED: "planned",
    ServiceState.NOT_YET_REPORTED: "start passed, not yet reported",
    ServiceState.OVERDUE_UNCONFIRMED: "start passed, unconfirmed",
    ServiceState.CONFIRMED: "in service",
    ServiceState.ENDED: "ended",
}


def agreement_table(
    visit: Visit, links: Sequence[Row], end: AgreementEnd, *, by_layer: bool = False, wide: bool = False
) -> AgreementTable:
    """The table of some links. `by_layer`: contracts for capacity in one group for each layer, with the sums of what is
    firm; else all links are one group without sums. `wide`: the table has the whole page for itself."""
    bars = bar_scale(dict(_bar_sizes(links)))
    lines = {link.key: bars.on(agreement(visit, link, end)) for link in links}
    made = list(lines.values())
    table = AgreementTable(
        groups=(),
        bases=tuple(basis for basis in CapacityBasis if any(basis in line.megawatts for line in made)),
        has_value=any(line.value for line in made),
        has_term=any(line.term for line in made),
        has_price=any(line.price for line in made),
        has_service=any(line.service for line in made),
        has_commitment=by_layer or any(line.mark.code in _BOUND for line in made),
    )
    most = MAX_COLUMNS if by_layer else MAX_COLUMNS_BESIDE
    table = replace(
        table,
        has_announced=wide or table.columns <= most,
        has_bars=(by_layer or wide) and (bool(table.bases) or table.has_value),
        cut_at=_bar_words(bars, bool(table.bases)) if by_layer or wide else "",
    )
    if table.has_announced:
        lines = {link.key: lines[link.key]._replace(announced=announced_figure(visit, link, end)) for link in links}
    groups = tuple(_layer_groups(visit, links, lines, end)) if by_layer else _one_group(links, lines)
    return replace(table, groups=groups)


_BOUND = frozenset({"firm", "conditional", "option"})
"""Commitments that somebody states: without any, a column of them says nothing."""


def _one_group(links: Sequence[Row], lines: Mapping[str, Agreement]) -> tuple[AgreementGroup, ...]:
    ordered = sorted(links, key=lambda link: (lines[link.key].mark.code == "lapsed", _weight(link)))
    return (AgreementGroup("", (), tuple(lines[link.key] for link in ordered), None),) if links else ()


def _layer_groups(
    visit: Visit, links: Sequence[Row], lines: Mapping[str, Agreement], end: AgreementEnd
) -> Iterator[AgreementGroup]:
    for layer in (*Layer, None):
        of_layer = sorted((link for link in links if link["layer"] is layer), key=_weight)
        if of_layer:
            counted = tuple(lines[link.key] for link in of_layer if lines[link.key].counts)
            rest = tuple(lines[link.key] for link in of_layer if not lines[link.key].counts)
            sums = _sums(visit, layer, [line.key for line in counted], end) if layer else None
            yield AgreementGroup(LAYER_WORDS[layer], counted, rest, sums)


def _weight(link: Row) -> tuple[int, float, float, str]:
    """The firmest first, then the largest."""
    firmness = {"firm": 0, "unstated": 1, "conditional": 2, "option": 3, "lapsed": 4}[commitment_mark(link).code]
    amount = stated_amount(link)
    return firmness, -(_bar_megawatts(link) or 0), -(amount.amount if amount else 0), link.key


def _bar_sizes(links: Sequence[Row]) -> Iterator[tuple[str, float]]:
    """Of each link what its bar stands for: megawatts of the first basis that any states, else US dollars."""
    stating = [(link.key, entries) for link in links if (entries := capacities_of(link))]
    for basis in CapacityBasis:
        stated = [(key, total_capacity(entries, basis)) for key, entries in stating]
        if any(one for _, one in stated):
            yield from ((key, one.mw) for key, one in stated if one)
            return
    amounts = ((link.key, stated_amount(link)) for link in links)
    yield from ((key, one.amount) for key, one in amounts if one and one.currency == "USD")


_TIMES_LONGER = 3
"""From so many times the second on, the first bar would leave no room for the others."""


@dataclass(frozen=True, slots=True)
class BarScale:
    """What bars stand for by the key of their link, and what the longest one drawn stands for."""

    sizes: Mapping[str, float]
    longest: float

    @property
    def cuts(self) -> bool:
        return any(size > self.longest for size in self.sizes.values())

    def on(self, line: Agreement) -> Agreement:
        """The line with its bar."""
        size = self.sizes.get(line.key, 0.0)
        return line._replace(share=min(size / (self.longest or 1.0), 1.0), cut=size > self.longest) if size else line


def bar_scale(sizes: Mapping[str, float]) -> BarScale:
    """The longest bar stands for the largest, or for the second largest where the first is many times that."""
    first, second = (*sorted(sizes.values(), reverse=True), 0.0, 0.0)[:2]
    return BarScale(sizes, second if second and first > _TIMES_LONGER * second else first)


def _bar_words(bars: BarScale, are_megawatts: bool) -> str:
    return bar_words(bars.longest, are_megawatts) if bars.cuts else ""


def bar_words(size: float, are_megawatts: bool) -> str:
    return f"{megawatts(size)} MW" if are_megawatts else f"{billions(size)} bn USD"


def _bar_megawatts(link: Row) -> float | None:
    """The megawatts of the first basis that it states."""
    entries = capacities_of(link)
    totals = (total_capacity(entries, basis) for basis in (CapacityBasis if entries else ()))
    return next((one.mw for one in totals if one), None)


# ---- one line

_NOUNS: Mapping[str, str] = {
    "PROVIDES_CAPACITY": "contract",
    "SUPPLIES": "supply",
    "SUPPLIES_POWER": "contract",
    "INVESTS_IN": "investment",
    "LENDS_TO": "loan",
    "GUARANTEES": "guarantee",
    "OWNS": "ownership",
    "ACQUIRES": "acquisition",
    "OPERATES": "role",
    "MAKES": "who says so",
    "FABRICATES": "who says so",
    "PARTNERS_WITH": "partnership",
}
"""What leads to the page of a link, in the small line below its parties."""


def agreement(visit: Visit, link: Row, end: AgreementEnd) -> Agreement:
    """Without a bar, which depends on the other lines."""
    keys = [link.columns["from"], link.columns["to"]] if end is AgreementEnd.BOTH else [link.columns[end.value]]
    site = link.columns.get("site")
    who = visit.facts.name(keys[-1])
    return Agreement(
        key=link.key,
        href=visit.address.of(link),
        noun=_NOUNS[link.columns[TYPE_COLUMN]],
        parties=tuple(party_name(visit, key) for key in keys),
        site=party_name(visit, site) if site else None,
        what=subject_parts(visit, link),
        mark=commitment_mark(link, link.key in visit.facts.snapshot.replaced),
        counts=visit.facts.sums.counts(link),
        megawatts=dict(_megawatts(visit, link, who)),
        share=0.0,
        value=amount_figure(visit, link, f"Value over the base term, {who}"),
        term=term_figure(visit, link, f"Base term, {who}"),
        price=price_figure(visit, link),
        status=visit.citer.figure(link, "status", what=f"Status, {who}"),
        service=service_figure(visit, link, f"Service, {who}"),
    )


def announced_figure(visit: Visit, link: Row, end: AgreementEnd) -> ShownFigure | None:
    who = visit.facts.name(link.columns["from" if end is AgreementEnd.SOURCE else "to"])
    return visit.citer.figure(link, "announced", what=f"Announced, {who}", number=_day_number(link))


def _day_number(link: Row) -> str | None:
    moment = link["announced"]
    return moment.earliest.isoformat() if moment else None


def _megawatts(visit: Visit, link: Row, who: str) -> Iterator[tuple[CapacityBasis, ShownFigure]]:
    for basis in CapacityBasis if link["capacities"] else ():
        figure = megawatt_figure(visit, link, basis, f"{BASIS_WORDS[basis]}, MW, {who}")
        if figure is not None:
            yield basis, figure


def megawatt_figure(visit: Visit, row: Row, basis: CapacityBasis, what: str) -> ShownFigure | None:
    """The megawatts of one basis, with the statements of the entry, or of the phases that were added; None where there
    are none, or their bounds mix."""
    entries = row["capacities"]
    whole = total_capacity(entries, basis) if entries else None
    if whole is None:
        return None
    text = format_megawatts(whole.mw, whole.bound)
    slots = _slots_of(entries, whole)
    return visit.citer.figure(row, "capacities", what=what, text=text, number=whole.mw, slots=slots)


def megawatt_slots(row: Row, basis: CapacityBasis) -> set[str]:
    """The slots of the entries that give the megawatts of one basis: of the whole, or of the phases that were added."""
    entries = row["capacities"] or ()
    whole = total_capacity(entries, basis)
    return _slots_of(entries, whole) if whole else set()


def _slots_of(entries: Sequence[Capacity], whole: Capacity) -> set[str]:
    if whole in entries:
        return {whole.slot}
    return {one.slot for one in entries if (one.basis, one.stage) == (whole.basis, whole.stage)}


def amount_figure(visit: Visit, link: Row, what: str) -> ShownFigure | None:
    """What the agreement is about: billions of US dollars; of another currency with its code."""
    return money_figure(visit, link, amount_property(link), what)


def amount_property(link: Row) -> str:
    """The property that says what a link is about in money."""
    return _AMOUNT_PROPERTIES[link.columns[TYPE_COLUMN]]


_AMOUNT_PROPERTIES: Mapping[str, str] = {
    name: next((kind.by_role[role].name for role in AMOUNT_ROLES if role in kind.by_role), "value")
    for name, kind in LINKS.items()
}


def money_figure(visit: Visit, row: Row, name: str, what: str) -> ShownFigure | None:
    amount: Money | None = row[name]
    if amount is None:
        return None
    code = "" if amount.currency == "USD" else f" {amount.currency}"
    text = bounded(billions(amount.amount), amount.bound) + code
    return visit.citer.figure(row, name, what=what, text=text, number=amount.amount)


def term_figure(visit: Visit, link: Row, what: str) -> ShownFigure | None:
    prop = link.kind.by_role.get(PropertyRole.TERM)
    years = link[prop.name] if prop else None
    if prop is None or years is None:
        return None
    return visit.citer.figure(link, prop.name, what=what, text=f"{years:g}", number=years)


def service_figure(visit: Visit, link: Row, what: str) -> ShownFigure | None:
    """Whether the service runs, with the day from which; None where nobody says."""
    state: ServiceState | None = link["service_state"]
    moment = link["service_from"]
    if state is None and moment is None:
        return None
    part = running_part(link) if state is ServiceState.CONFIRMED else None
    words_of = f"{part.amount} in service" if part else STATE_WORDS[state] if state else "from"
    text = f"{words_of} {format_day(part.since if part and part.since else moment)}".strip()
    number = moment.earliest.isoformat() if moment else None
    return ShownFigure(text, what, number, visit.citer.evidence(link, "service_from" if moment else "status"))


_RUNNING_STAGES = (CapacityStage.IN_SERVICE, CapacityStage.BILLING)


@dataclass(frozen=True, slots=True)
class RunningPart:
    """The megawatts of a contract that run, where they are fewer than those that it is about."""

    mw: float
    whole: float
    since: PartialDate | None

    @property
    def amount(self) -> str:
        return f"{megawatts(self.mw)} of {megawatts(self.whole)} MW"


def running_part(link: Row) -> RunningPart | None:
    """None where all runs, or nobody says how much."""
    for basis in CapacityBasis:
        of_basis = [one for one in capacities_of(link) if one.basis is basis]
        running = [one for one in of_basis if one.stage in _RUNNING_STAGES and one.phase]
        whole = max((one.mw for one in of_basis if one.phase is None), default=0.0)
        mw = sum(one.mw for one in running)
        if running and mw < whole:
            since = [one.since for one in running if one.since]
            return RunningPart(mw, whole, min(since, key=lambda one: one.earliest) if since else None)
    return None


def price_figure(visit: Visit, link: Row) -> ShownFigure | None:
    """USD per kW and month, computed of value, megawatts and term."""
    priced = visit.facts.prices.get(link.key)
    if priced is None or priced.usd_per_kw_month is None or priced.mw is None:
        return None
    text = bounded(f"{priced.usd_per_kw_month:,.0f}", priced.bound)
    basis = BASIS_TEXT[priced.basis] if priced.basis else ""
    lines = [f"÷ {priced.mw * 1000:,.0f} kW, {basis}"]
    if priced.base_usd is not None and priced.years:
        lines = [f"{billions(priced.base_usd)} bn USD", *lines, f"÷ {priced.years:g} years", "÷ 12 months"]
    else:
        lines = ["stated value of one year", *lines, "÷ 12 months"]
    note = f"Comparable within one structure only: {words(priced.structure)}."
    row = {"link": priced.link.key} | ({"basis": priced.basis} if priced.basis else {})
    address = cell_address("comparables", {}, row, "per_kw_month", visit.lens, priced.usd_per_kw_month)
    what = "USD per kW and month, on average"
    return computed(text, what, lines, of=[priced.link], note=note, number=priced.usd_per_kw_month, address=address)


# ---- what it is about


def describe_subject(visit: Visit, link: Row) -> str:
    """What a link is about, in a few words: a lease, GB300 systems, warrants."""
    return ", ".join(text for text, _ in subject_parts(visit, link))


TextPart = tuple[str, str | None]
"""A text with the address of the number that it is; None for a name, or a text of others."""


def subject_parts(visit: Visit, link: Row) -> tuple[TextPart, ...]:
    """The same in parts."""
    describe = _SUBJECTS.get(link.kind.kind_name)
    return tuple(part for part in (describe(visit, link) if describe else ()) if part[0])


def _named(*texts: str | None) -> tuple[TextPart, ...]:
    return tuple((text, None) for text in texts if text)


def _stake(visit: Visit, link: Row) -> TextPart:
    if link["stake_pct"] is None:
        return "", None
    return f"{link['stake_pct']:g} %", stated_figure_address(link, "stake_pct", visit.lens)


def _service(_: Visit, link: Row) -> tuple[TextPart, ...]:
    with_chips = " with chips" if link["chips_included"] else ""
    structure = words(link.columns.get("lease_structure"))
    return _named(f"{words(link.columns.get('service'))}{with_chips}", structure)


def _supply(visit: Visit, link: Row) -> tuple[TextPart, ...]:
    chips = [visit.facts.name(key) for key in link["chips"] or ()]
    named = link["product"] or ", ".join(chips) or words(link.columns.get("category"))
    if not link["chip_count"]:
        return _named(named)
    number = f"{describe_value(link['chip_count'])} chips"
    return *_named(named), (number, stated_figure_address(link, "chip_count", visit.lens))


def _loan(visit: Visit, link: Row) -> tuple[TextPart, ...]:
    debt = link.columns.get("debt")
    return _named(words(link.columns.get("role")), visit.facts.name(debt) if debt else "")


def _guarantee(visit: Visit, link: Row) -> tuple[TextPart, ...]:
    obligor = link.columns.get("guaranteed_obligor")
    cover = words(link.columns.get("covers_kind"))
    return _named(f"{cover} of {visit.facts.name(obligor)}".strip() if obligor else cover)


_SUBJECTS: Mapping[str, Callable[[Visit, Row], tuple[TextPart, ...]]] = {
    "PROVIDES_CAPACITY": _service,
    "SUPPLIES": _supply,
    "SUPPLIES_POWER": lambda _, link: _named(words(link.columns.get("contract_kind")), link["fuel"]),
    "INVESTS_IN": lambda visit, link: (*_named(words(link.columns.get("instrument"))), _stake(visit, link)),
    "LENDS_TO": _loan,
    "GUARANTEES": _guarantee,
    "OWNS": lambda visit, link: (_stake(visit, link),),
    "OPERATES": lambda _, link: _named(words(link.columns.get("role"))),
    "FABRICATES": lambda _, link: _named(link["process"]),
    "PARTNERS_WITH": lambda _, link: _named(link["topic"]),
}


# ---- what firm lines add to


def _sums(visit: Visit, layer: Layer, keys: Sequence[str], end: AgreementEnd) -> AgreementSums | None:
    """None where no firm line states a figure."""
    made = AgreementSums(dict(_megawatt_sums(visit, layer, keys, end)), dollar_sum(visit, layer, keys, end))
    return made if made.megawatts or made.value else None


def _megawatt_sums(
    visit: Visit, layer: Layer, keys: Sequence[str], end: AgreementEnd
) -> Iterator[tuple[CapacityBasis, ShownFigure]]:
    for basis in CapacityBasis:
        made = megawatt_sum(visit, layer, basis, keys, end)
        if made is not None:
            yield basis, made


def megawatt_sum(
    visit: Visit, layer: Layer, basis: CapacityBasis, keys: Iterable[str], end: AgreementEnd
) -> ShownFigure | None:
    """What firm contracts add to in one basis; a range where it is not declared which of them are served out of which
    others."""
    made = visit.facts.sums.megawatts(layer, basis, keys)
    if made is None:
        return None
    text = megawatts(made.high) if made.low == made.high else f"{megawatts(made.low)} to {megawatts(made.high)}"
    text = bounded(text, _sum_bound(made))
    what = f"{BASIS_WORDS[basis]}, {LAYER_WORDS[layer].lower()}, firm, MW added"
    address = firm_sum_address(visit.facts, visit.key, layer, mw_column(basis), made)
    lines = _addends(visit, made, end, _mw_words)
    return computed(text, what, lines, of=made.links, note=_note(made), number=made.high, address=address)


def dollar_sum(visit: Visit, layer: Layer, keys: Iterable[str], end: AgreementEnd) -> ShownFigure | None:
    made = visit.facts.sums.dollars(layer, keys)
    if made is None:
        return None
    what = f"Base-term value, {LAYER_WORDS[layer].lower()}, firm, bn USD added"
    lines = _addends(visit, made, end, _usd_words)
    address = firm_sum_address(visit.facts, visit.key, layer, "value_usd", made)
    text = bounded(billions(made.high), _sum_bound(made))
    return computed(text, what, lines, of=made.links, note=_note(made), number=made.high, address=address)


def _sum_bound(made: FirmSum) -> Bound:
    """How sure a sum is: as its addends, and about where they are bounded from different sides."""
    bounds = {one.amount.bound for one in made.added} - {Bound.EXACT}
    return Bound.EXACT if not bounds else bounds.pop() if len(bounds) == 1 else Bound.ABOUT


def _mw_words(value: float, bound: str) -> str:
    return f"{format_megawatts(value, bound)} MW"


def _usd_words(value: float, bound: str) -> str:
    return bounded(billions(value), bound)


def _addends(visit: Visit, made: FirmSum, end: AgreementEnd, write: Callable[[float, str], str]) -> Iterator[str]:
    for one in (*made.added, *made.contained):
        keys = ("from", "to") if end is AgreementEnd.BOTH else (end.value,)
        parties = " to ".join(visit.facts.name(one.link.columns[key]) for key in keys)
        site = one.link.columns.get("site")
        place = f", {visit.facts.name(site)}" if site else ""
        contained = "" if one in made.added else " (part of another, not added)"
        yield f"{write(one.amount.value, one.amount.bound)}, {parties}{place}{contained}"


def _note(made: FirmSum) -> str:
    silent = f"{count_of(made.without, 'firm contract')} more state none. " if made.without else ""
    if made.low != made.high:
        silent += "The lower end holds only what is proven to be distinct. "
    return f"{silent}Options, letters and lapsed agreements are in no sum."
