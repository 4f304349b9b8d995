"""Gaps that mislead: facts in which nothing is wrong, and with which a reader may still go wrong.

Each entry of GAPS looks for one kind, over what the default lens shows, and tells it as a `Problem` with file, line and
remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any

from graph.errors import Problem
from graph.evidence.closeness import ROUNDING, difference
from graph.evidence.firmness import is_firm, replaced_by
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.log import StatementLog
from graph.evidence.party_documents import is_party_document
from graph.evidence.policy import exclusion_reason, is_known
from graph.evidence.projection import Rows, select_values
from graph.evidence.statements import Statement
from graph.seeding.yaml_records import At, RecordFile
from graph.vocabulary.enums import ENDED, Layer, LinkStatus, ObservationMetric
from graph.vocabulary.model import KINDS, LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Count, Figure, Money
from graph.vocabulary.wording import dollars, megawatts, words

_LINK_ROLES = (LinkRole.CAPACITY_CONTRACT, LinkRole.LOAN, LinkRole.OPERATION)


_RawClaim = Mapping[str, Any]


@dataclass(frozen=True)
class CheckedFacts:
    """The facts of files that have no problem, as the default lens shows them on `day`."""

    files: Sequence[RecordFile]
    log: StatementLog
    day: date

    @cached_property
    def lens(self) -> Lens:
        return DEFAULT_LENS.on(self.day)

    @cached_property
    def rows(self) -> Rows:
        """Of the kinds that some gap is about, and of backlogs."""
        kinds = {"Organization", "Site", "Debt"}.union(*map(link_types, _LINK_ROLES))
        subjects = {key for key, kind in self.log.kinds.items() if kind in kinds}
        return select_values(self.log, self.lens, subjects | self._backlogs)

    @property
    def _backlogs(self) -> set[str]:
        return {one.subject for one in self.log.statements if one.value is ObservationMetric.BACKLOG}

    @cached_property
    def contracts(self) -> Mapping[str, Row]:
        """Contracts for capacity that have not ended."""
        types = link_types(LinkRole.CAPACITY_CONTRACT)
        links = self.rows["Link"]
        replaced = replaced_by(links.values())
        return {
            key: link
            for key, link in links.items()
            if link.kind.kind_name in types and link["status"] not in ENDED and key not in replaced
        }

    def counting(self, subject: str, name: str) -> list[Statement]:
        """The statements that count about one property of a subject."""
        return [one for one in self.log.by_subject.get(subject, ()) if one.property == name and self.counts(one)]

    def counts(self, statement: Statement) -> bool:
        source = self.log.sources[statement.source]
        return is_known(statement, self.lens) and exclusion_reason(statement, source, self.lens) is None

    # where it stands

    @cached_property
    def _places(self) -> Mapping[str, tuple[RecordFile, int]]:
        return {record["id"]: (file, index) for file in self.files for index, record in enumerate(file.records)}

    def gap(self, key: str, what: str, remedy: str, *, says: Iterable[str] = (), source: str = "") -> Problem:
        """A gap of a record; its line is that of the last claim that says one of these keys, of a source if named."""
        return self._problem(key, what, remedy, lambda claim: _stating_slot(claim, frozenset(says), source))

    def gap_of_note(self, key: str, what: str, remedy: str, note: str) -> Problem:
        """The same of a claim that has this note."""
        return self._problem(key, what, remedy, lambda claim: ("note",) if claim.get("note") == note else ())

    def _problem(self, key: str, what: str, remedy: str, locate: Callable[[_RawClaim], At]) -> Problem:
        file, index = self._places[key]
        claims: Sequence[_RawClaim] = file.records[index].get("claims") or ()
        paths = (("claims", number, *at) for number, claim in enumerate(claims) if (at := locate(claim)))
        path: At = (index, *max(paths, default=()))
        return Problem(file.name, file.line(path), what, f"in {key}", remedy, path)


def _stating_slot(claim: _RawClaim, names: frozenset[str], source: str) -> At:
    if "withdrawn" in claim or (source and source not in claim["sources"]):
        return ()
    stated = next((name for name in claim["says"] if name in names), None)
    return ("says", stated) if stated else ()


def gaps(files: Sequence[RecordFile], log: StatementLog, day: date) -> list[Problem]:
    """Every gap in facts that were read without a problem, `day` being today; by file and line."""
    facts = CheckedFacts(files, log, day)
    return sorted(gap for find in GAPS for gap in find(facts))


# ---- what a map and a table of countries leave out


def _parties_without_country(facts: CheckedFacts) -> Iterator[Problem]:
    roles: dict[str, set[str]] = {}
    for link in facts.contracts.values():
        for end, role in (("from", "host"), ("to", "tenant")):
            roles.setdefault(link.columns[end], set()).add(role)
    for key in roles:
        party = facts.rows["Organization"].get(key)
        if party is not None and not party["placeholder"] and party["country"] is None:
            remedy = "say the country of its seat, from a source that names it"
            yield facts.gap(key, f"a {' and '.join(sorted(roles[key]))} without country", remedy, says=("name",))


def _sites_without_place(facts: CheckedFacts) -> Iterator[Problem]:
    for key, site in facts.rows["Site"].items():
        missing = [] if site["region"] else ["region"]
        missing += [] if site["lat"] is not None and site["lon"] is not None else ["coordinates"]
        if missing:
            remedy = f"say {' and '.join(_SITE_KEYS[name] for name in missing)}, from a source that has them"
            yield facts.gap(key, f"a site without {' and '.join(missing)}", remedy, says=("name",))


_SITE_KEYS = {"region": "region", "coordinates": "lat and lon"}

# ---- what rests on little


def _weakly_supported_values(facts: CheckedFacts) -> Iterator[Problem]:
    for key, link in facts.contracts.items():
        total = link.kind.by_role[PropertyRole.TOTAL]
        support = [one for one in facts.counting(key, total.name) if one.value == link[total.name]]
        if not support:
            continue
        sources = [facts.log.sources[one.source] for one in support]
        missing = [] if len({source.origin for source in sources}) > 1 else ["a second origin"]
        own = any(is_party_document(one, source) for one, source in zip(support, sources, strict=True))
        missing += [] if own else ["a party's document"]
        if missing:
            remedy = "add a claim with the source that has it: a filing or release, or one of another origin"
            what = f"a value without {' or '.join(missing)}"
            yield facts.gap(key, what, remedy, says=total.keys, source=support[0].source)


# ---- figures that are less than they seem


def _backlogs_of_a_year(facts: CheckedFacts) -> Iterator[Problem]:
    for key, row in facts.rows["Observation"].items():
        moment = row["figure"].as_of
        if moment and len(moment.text) == len("2026"):
            remedy = "write as_of with the day, month or quarter on which it stood"
            yield facts.gap(key, f"a backlog as of the year {moment}", remedy, says=("as_of",))


_HEDGED = re.compile(r"\b(?:about|up to)\s+(?:[A-Z]{2,3}\s?)?[$€£]?[0-9][0-9.,]*[0-9]?", re.IGNORECASE)
"""A number in a note that is no exact one."""


def _hedged_figures(facts: CheckedFacts) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for one in facts.log.statements:
        hedge = _HEDGED.search(one.note) if one.note and one.withdrawn is None else None
        if hedge and (one.subject, one.note) not in seen and _is_exact(one.value):
            seen.add((one.subject, str(one.note)))
            what = f"'{hedge[0]}' in a note beside an exact figure ({one.property})"
            remedy = "say the bound (ABOUT, UP_TO), or write the note otherwise if the figure is exact"
            yield facts.gap_of_note(one.subject, what, remedy, str(one.note))


_AMOUNTS = (float, int, Money, Capacity, Count, Figure)


def _is_exact(value: object) -> bool:
    return isinstance(value, Money | Capacity | Count | Figure) and value.bound is Bound.EXACT


def _close_rivals(facts: CheckedFacts) -> Iterator[Problem]:
    slots: dict[tuple[str, str, str, str], dict[str, list[Statement]]] = {}
    for one in facts.log.statements:
        if isinstance(one.value, _AMOUNTS):
            moment = one.as_of.text if one.as_of else ""
            slots.setdefault((one.subject, one.property, one.slot, moment), {}).setdefault(one.text, []).append(one)
    for (subject, name, _, _), rivals in slots.items():
        counting = [next(filter(facts.counts, group), None) for group in rivals.values() if len(rivals) > 1]
        for one, other in combinations(filter(None, counting), 2):
            share = difference(one.value, other.value)
            if share is not None and 0 < share < ROUNDING:
                remedy = "write the more precise one in both claims, with a note, or the bound ABOUT"
                says = KINDS[one.kind].properties[name].keys
                yield facts.gap(subject, f"rival values of {name} that differ by rounding", remedy, says=says)
                break


# ---- figures that do not fit each other


def _sites_smaller_than_their_leases(facts: CheckedFacts) -> Iterator[Problem]:
    leases: dict[str, dict[str, Row]] = {}
    for key, link in facts.contracts.items():
        if is_firm(link) and link["layer"] is Layer.SHELL and link["site"]:
            for site in _within(facts, link["site"]):
                leases.setdefault(site, {})[key] = link
    for site, at_site in leases.items():
        for basis in CapacityBasis:
            stated, leased = _stated_mw(facts.rows["Site"].get(site), basis), _leased_mw(at_site, basis)
            if stated is not None and leased > stated * (1 + ROUNDING):
                what = f"{megawatts(stated)} MW {words(basis)} where its leases add to {megawatts(leased)}"
                remedy = "add a claim with what the site has now, or mend the site or the megawatts of a lease"
                yield facts.gap(site, what, remedy, says=("capacities",))


def _within(facts: CheckedFacts, site: str | None) -> Iterator[str]:
    """The site, and those that it is a part of."""
    seen: set[str] = set()
    while site and site not in seen:
        seen.add(site)
        yield site
        row = facts.rows["Site"].get(site)
        site = row["part_of"] if row else None


def _stated_mw(site: Row | None, basis: CapacityBasis) -> float | None:
    """The most that is stated of the whole site at any stage; None where it may be more."""
    entries = [one for one in (site["capacities"] if site else ()) if one.basis is basis]
    if any(one.bound is Bound.AT_LEAST for one in entries):
        return None
    stages = {one.stage for one in entries}
    return max((_at_stage([one for one in entries if one.stage is stage]) for stage in stages), default=None)


def _at_stage(entries: Sequence[Capacity]) -> float:
    totals = [one.mw for one in entries if one.phase is None]
    return max(totals) if totals else sum(one.mw for one in entries)


def _leased_mw(leases: Mapping[str, Row], basis: CapacityBasis) -> float:
    """The sum of leases that are not served out of one another, and contain none; at least so much."""
    own = (link for link in leases.values() if not leases.keys() & {*(link["uses"] or ()), *(link["covers"] or ())})
    return sum(
        _at_stage(entries)
        for link in own
        if (entries := [one for one in link["capacities"] if one.basis is basis and one.bound is not Bound.UP_TO])
    )


def _yearly_above_average(facts: CheckedFacts) -> Iterator[Problem]:
    for key, link in facts.contracts.items():
        total, term = link.of_role(PropertyRole.TOTAL), link.of_role(PropertyRole.TERM)
        yearly = link.of_role(PropertyRole.YEARLY_AMOUNT)
        if not (total and term and yearly) or total.currency != "USD" or total.bound is Bound.AT_LEAST:
            continue
        average = total.amount / term
        most = (total.amount + _rounding(total.amount)) / term * _last_year(link.of_role(PropertyRole.ESCALATOR), term)
        if yearly - _rounding(yearly) > most:
            what = f"{dollars(yearly)} a year where the contract's average is {dollars(average)}"
            remedy = "mend value, term or yearly value, or say the escalator that explains it"
            yield facts.gap(key, what, remedy, says=link.kind.by_role[PropertyRole.YEARLY_AMOUNT].keys)


def _rounding(amount: float) -> float:
    """Half a unit of the last digit that is not zero, and of the second at most: 7 bn may be 6.95 to 7.05 bn."""
    _, digits, exponent = Decimal(repr(amount)).normalize().as_tuple()
    last = int(exponent) - max(0, 2 - len(digits))
    return float(Decimal(5).scaleb(last - 1))


def _last_year(escalator_pct: float | None, years: float) -> float:
    """The rent of the last year over the average, where it rises by so many percent a year."""
    if not escalator_pct:
        return 1.0
    growth = 1 + escalator_pct / 100
    return float(growth ** (years - 1) * years * (growth - 1) / (growth**years - 1))


# ---- states that nothing bears out


def _debts_whose_links_are_superseded(facts: CheckedFacts) -> Iterator[Problem]:
    lent: dict[str, list[Row]] = {}
    for link in facts.rows["Link"].values():
        debt = link.of_role(PropertyRole.LENT_UNDER)
        if debt:
            lent.setdefault(debt, []).append(link)
    for key, links in lent.items():
        debt = facts.rows["Debt"].get(key)
        if debt is not None and debt["status"] is None and all(link["status"] in ENDED for link in links):
            remedy = "say its status, from the source that says that it was replaced"
            yield facts.gap(key, "a debt without status whose loans are superseded", remedy, says=("issuer",))


def _active_sites_without_service(facts: CheckedFacts) -> Iterator[Problem]:
    operates = link_types(LinkRole.OPERATION)
    remedy = "say the megawatts in service of the site, or another status of the link"
    for key, link in facts.rows["Link"].items():
        active = link.kind.kind_name in operates and link["status"] is LinkStatus.ACTIVE
        if active and not any(_says_megawatts_in_service(facts, of) for of in (link.columns["to"], key)):
            yield facts.gap(key, "active, and no megawatts of the site are in service", remedy, says=("status",))


def _says_megawatts_in_service(facts: CheckedFacts, subject: str) -> bool:
    """Whether somebody says so, be it an estimate."""
    said = (one.value for one in facts.log.by_subject.get(subject, ()) if one.withdrawn is None)
    return any(isinstance(value, Capacity) and value.stage in _RUNNING for value in said)


_RUNNING = frozenset({CapacityStage.IN_SERVICE, CapacityStage.BILLING})

GAPS: Sequence[Callable[[CheckedFacts], Iterator[Problem]]] = (
    _parties_without_country,
    _sites_without_place,
    _weakly_supported_values,
    _backlogs_of_a_year,
    _hedged_figures,
    _close_rivals,
    _sites_smaller_than_their_leases,
    _yearly_above_average,
    _debts_whose_links_are_superseded,
    _active_sites_without_service,
)
"""One function for each kind of gap."""
