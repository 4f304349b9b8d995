"""Service plans: when the megawatts of each contract begin, and until when they last.

The past of a series must not move with the day of the question. So contracts are read as they are on `known_on`,
whatever `valid_on` is; those that have ended by then, or that others have replaced, as they stood on their last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from graph.analytics.contracts.capacity import LayerContracts
from graph.analytics.core.amounts import capacities_of
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.firmness import takes_place
from graph.evidence.lens import Certainty, Lens
from graph.evidence.link_time import RUNNING, begins, confirms, last_day, overdue_state, says_running
from graph.evidence.log import StatementLog
from graph.evidence.policy import day_of, exclusion_reason, is_known
from graph.evidence.projection import select_values
from graph.evidence.recency import newest_publications
from graph.evidence.statements import Statement
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import LINKS, PropertyRole, Row, property_names
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage, PartialDate


class Standing(StrEnum):
    """In which column of a series megawatts stand on a day."""

    CONFIRMED = "CONFIRMED"
    START_UNKNOWN = "START_UNKNOWN"
    """They run by a later source, and nobody says since when."""
    PLANNED = "PLANNED"
    NOT_YET_REPORTED = "NOT_YET_REPORTED"
    OVERDUE = "OVERDUE"


# ---- what is known of contracts, whatever the day of the question


@dataclass(frozen=True)
class ContractHistory:
    """The contracts of a snapshot as the statements of `log` show them on its known_on. A link without statements in
    the log is taken from the snapshot."""

    snapshot: Snapshot
    log: StatementLog

    @cached_property
    def lens(self) -> Lens:
        return replace(self.snapshot.lens, valid_on=self.known_on)

    @property
    def known_on(self) -> date:
        return day_of(self.snapshot.lens.known_on)

    @cached_property
    def contracts(self) -> Snapshot:
        """Ended and replaced contracts as they stood on their last day, the others as they are on known_on."""
        gone: dict[date, set[str]] = {}
        for key, day in self.last_days.items():
            if key in self._subjects and day < self.known_on:
                gone.setdefault(day, set()).add(key)
        then = [self._rows_on(day, keys) for day, keys in sorted(gone.items())]
        links = {**self._known, **{key: row for rows in then for key, row in rows.items()}}
        # what a contract replaced counts until then: `last_days` says so
        return replace(self.snapshot, links=dict(sorted(links.items())), lens=self.lens, whole={})

    @cached_property
    def last_days(self) -> Mapping[str, date]:
        """The last day on which a contract stands, of those that have one."""
        own = ((key, last_day(row, self.counting(key), self.lens)) for key, row in self._known.items())
        days = {key: day for key, day in own if day is not None}
        for key, day in self._replaced():
            days[key] = min(day, days.get(key, day))
        return days

    def counting(self, key: str) -> Sequence[Statement]:
        """The statements about a link that count on known_on."""
        return self._counting.get(key, ())

    def has_statements(self, key: str) -> bool:
        return key in self._subjects

    def first_day(self, link: Row) -> date:
        """The day on which a link begins to be listed."""
        start = begins(link)
        return date.min if start is None else self._first(start)

    @cached_property
    def newest(self) -> Mapping[str, date]:
        """The publication of the newest source about each party of a contract."""
        rows = [row for row in self.contracts.links.values() if row.key in self._subjects]
        return newest_publications(self.log, self.lens, {row.columns[end] for row in rows for end in ("from", "to")})

    @cached_property
    def _known(self) -> Mapping[str, Row]:
        """Links as they are on known_on, and those that begin between then and valid_on."""
        known = self._rows_on(self.known_on, self._subjects)
        later = day_of(self.snapshot.lens.valid_on) > self.known_on
        others = {
            key: row
            for key, row in self.snapshot.links.items()
            if key not in self._subjects or (later and key not in known)
        }
        return {**others, **known}

    def _rows_on(self, day: date, keys: Set[str]) -> Mapping[str, Row]:
        if not keys:
            return {}
        return select_values(self.log, replace(self.lens, valid_on=day), keys | self._unnamed)["Link"]

    def _replaced(self) -> Iterator[tuple[str, date]]:
        """Links that others have replaced, with their last day."""
        for row in self._known.values():
            if row.columns.get("replaces") and takes_place(row):
                start = self.first_day(row)
                for old in row["replaces"]:
                    if old != row.key:
                        yield old, max(start, date.min + timedelta(1)) - timedelta(1)

    def _first(self, moment: PartialDate) -> date:
        return moment.earliest if self.lens.certainty is Certainty.POSSIBLE else moment.latest

    @cached_property
    def _subjects(self) -> frozenset[str]:
        """Links of which a statement says megawatts."""
        capacities = property_names(PropertyRole.CAPACITY)
        stating = {one.subject for one in self.log.statements if one.property in capacities}
        return frozenset(key for key in stating if self.log.kinds[key] in LINKS)

    @cached_property
    def _unnamed(self) -> frozenset[str]:
        """Parties that are placeholders: they yield to those that are named."""
        return frozenset(one.subject for one in self.log.statements if one.property == "placeholder")

    @cached_property
    def _counting(self) -> Mapping[str, Sequence[Statement]]:
        return {key: tuple(filter(self._counts, self.log.by_subject[key])) for key in self._subjects}

    def _counts(self, statement: Statement) -> bool:
        source = self.log.sources[statement.source]
        return is_known(statement, self.lens) and exclusion_reason(statement, source, self.lens) is None


# ---- one contract


@dataclass(frozen=True, slots=True)
class Part:
    """Megawatts of a contract that begin on one day; `since` None: it is not known. From `unknown_from` until then
    they run or not, nobody says."""

    mw: float
    since: date | None
    standing: Standing | None
    unknown_from: date | None = None

    def on(self, day: date) -> Standing | None:
        if self.since is None:
            return None
        if self.since <= day:
            return self.standing
        return Standing.START_UNKNOWN if self.unknown_from is not None and self.unknown_from <= day else None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """When the megawatts of one contract, in one basis, begin, and until which day they last. `first_day`: from when
    the contract is listed."""

    included: Included
    layer: Layer
    basis: CapacityBasis
    parts: tuple[Part, ...]
    first_day: date
    until: date
    ended: bool

    @property
    def link(self) -> Row:
        return self.included.link

    def on(self, day: date, valid_on: date) -> Mapping[Standing, float]:
        """The megawatts on a day, by standing. Of the days after valid_on only what had begun by then is planned."""
        if day > self.until or (day > valid_on and self.first_day > valid_on):
            return {}
        mw_by_standing: dict[Standing, float] = {}
        for part in self.parts:
            standing = part.on(day)
            if standing:
                mw_by_standing[standing] = mw_by_standing.get(standing, 0.0) + part.mw
        return mw_by_standing


def service_plans(contracts: LayerContracts, history: ContractHistory) -> Iterator[ServicePlan]:
    """Of `contracts`, those of `history.contracts` in one layer."""
    valid_on = day_of(history.snapshot.lens.valid_on)
    for basis, measured in contracts.measured.items():
        for one in measured.values():
            until = _until(one.link, history)
            yield ServicePlan(
                included=one,
                layer=contracts.layer,
                basis=basis,
                parts=tuple(_Starts(one.link, history, valid_on).parts(one, basis)),
                first_day=history.first_day(one.link),
                until=until,
                ended=until < valid_on,
            )


def _until(link: Row, history: ContractHistory) -> date:
    """The last day on which the service may run."""
    end: PartialDate | None = link.of_role(PropertyRole.SERVICE_END)
    service = [] if end is None else [end.latest if history.lens.lasts(end, end.latest) else end.earliest]
    return min([*service, history.last_days.get(link.key, date.max)])


@dataclass(frozen=True)
class _Starts:
    """When the parts of one link begin, by all statements about it."""

    link: Row
    history: ContractHistory
    valid_on: date

    def parts(self, included: Included, basis: CapacityBasis) -> Iterator[Part]:
        """Dated phases, then the rest of the contract from its own start."""
        phases = list(_dated(self.link, basis))
        parts = [self._phase(entry) for entry in phases]
        yield from parts
        rest = included.amount.value - sum(part.mw for part in parts)
        if rest <= 0:
            return
        if any(entry.stage in RUNNING for entry in phases):
            # what runs is stated; the start of the service was that of this part
            yield Part(rest, None, None)
        else:
            yield self._whole(rest)

    def _phase(self, entry: Capacity) -> Part:
        start: PartialDate | None = entry.since or self._start
        if entry.stage in RUNNING or start is None:
            return self._running(entry.mw, start, self._running_days_of(entry))
        with_service = self._start is not None and start.latest <= self._start.latest
        if with_service and self._start is not None and self._is_confirmed(self._start):
            return self._running(entry.mw, start, self._running_days)
        return self._due(entry.mw, start)

    def _whole(self, mw: float) -> Part:
        start = self._start
        if start is None:
            return self._running(mw, None, self._running_days) if self._runs else Part(mw, None, None)
        return self._running(mw, start, self._running_days) if self._is_confirmed(start) else self._due(mw, start)

    @property
    def _start(self) -> PartialDate | None:
        start: PartialDate | None = self.link.of_role(PropertyRole.SERVICE_START)
        return start

    @property
    def _runs(self) -> bool:
        if self.history.has_statements(self.link.key):
            return any(self._running_days)
        return self.link["service_state"] in _SERVED

    def _is_confirmed(self, start: PartialDate) -> bool:
        if self.history.has_statements(self.link.key):
            return any(confirms(one, start) for one in self.history.counting(self.link.key))
        return self.link["service_state"] in _SERVED

    @cached_property
    def _running_days(self) -> list[date]:
        """The days from which sources say that the service runs."""
        return [_effective_day(one) for one in self.history.counting(self.link.key) if says_running(one)]

    def _running_days_of(self, entry: Capacity) -> list[date]:
        """The same of one phase."""
        return [
            _effective_day(one)
            for one in self.history.counting(self.link.key)
            if isinstance(one.value, Capacity)
            and says_running(one)
            and (one.value.basis, one.value.phase) == (entry.basis, entry.phase)
        ]

    def _running(self, mw: float, start: PartialDate | None, said: Iterable[date]) -> Part:
        """It runs at the latest since the first day from which a source says so."""
        first = min(said, default=None)
        if start is None:
            since = first or self.history.known_on
            return Part(mw, since, Standing.CONFIRMED, self.history.first_day(self.link))
        in_time = first is not None and first >= start.earliest
        return Part(mw, min(start.latest, first) if first and in_time else start.latest, Standing.CONFIRMED)

    def _due(self, mw: float, start: PartialDate) -> Part:
        if start.latest > self.valid_on:
            return Part(mw, start.latest, Standing.PLANNED)
        return Part(mw, start.latest, _PASSED[self._overdue(start)])

    def _overdue(self, start: PartialDate) -> ServiceState:
        if not self.history.has_statements(self.link.key):
            late = self.link["service_state"] is not ServiceState.NOT_YET_REPORTED
            return ServiceState.OVERDUE_UNCONFIRMED if late else ServiceState.NOT_YET_REPORTED
        parties = (self.link.columns["from"], self.link.columns["to"])
        return overdue_state(start, parties, self.history.newest)


_SERVED = frozenset({ServiceState.CONFIRMED, ServiceState.ENDED})
_PASSED: Mapping[ServiceState, Standing] = {
    ServiceState.OVERDUE_UNCONFIRMED: Standing.OVERDUE,
    ServiceState.NOT_YET_REPORTED: Standing.NOT_YET_REPORTED,
}


def _effective_day(statement: Statement) -> date:
    """The day from which a statement says what it says: its as_of, at the latest when it had become known."""
    known, moment = statement.known_latest, statement.as_of
    if moment is None:
        return known
    return moment.latest if moment.earliest > known else min(moment.latest, known)


def _dated(link: Row, basis: CapacityBasis) -> Iterator[Capacity]:
    """Entries that say since when, or that it runs; of each phase the furthest stage."""
    stages = [None, *CapacityStage]
    furthest: dict[str | None, Capacity] = {}
    for entry in capacities_of(link):
        if entry.basis is basis and (entry.since or entry.stage in RUNNING):
            known = furthest.get(entry.phase)
            if known is None or stages.index(entry.stage) > stages.index(known.stage):
                furthest[entry.phase] = entry
    whole = furthest.pop(None, None)
    if whole is not None and not furthest:
        yield whole
    yield from furthest.values()
