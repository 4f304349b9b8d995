"""Links in time: whether one is listed, in force, in service on the day of a lens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from graph.evidence.lens import Lens
from graph.evidence.policy import day_of
from graph.evidence.statements import Statement
from graph.vocabulary.enums import ENDED, LinkStatus, ServiceState
from graph.vocabulary.model import LINKS, TYPE_COLUMN, LinkRole, Row
from graph.vocabulary.values import Capacity, CapacityStage, Columns, PartialDate

FOLLOWS_FROM: Mapping[str, frozenset[str]] = {
    "in_force": frozenset({"announced", "effective_from", "effective_to", "status"}),
    "service_state": frozenset({"service_from", "service_to", "status", "capacities"}),
}
"""What a link is on the day of a lens, and the properties whose statements decide it."""


def link_columns(row: Row, counting: Sequence[Statement], lens: Lens) -> Columns:
    """The columns of a link as it is stated, with those that follow from it and the lens."""
    kind, columns = LINKS[row.columns[TYPE_COLUMN]], row.columns.copy()
    layer = kind.layer_for(columns)
    state = service_state(row, counting, lens) if LinkRole.DELIVERY in kind.roles else None
    columns["in_force"] = in_force(row, counting, lens)
    if row["status"] in ENDED and not columns["in_force"]:
        # what ran has ended with its agreement; what was only planned never came
        state = ServiceState.ENDED if state in (ServiceState.CONFIRMED, ServiceState.ENDED) else None
    return columns | ({"layer": str(layer)} if layer else {}) | ({"service_state": str(state)} if state else {})


def begins(link: Row) -> PartialDate | None:
    """When the agreement begins to bind: effective_from, else announced; None: always."""
    moment: PartialDate | None = link["effective_from"] or link["announced"]
    return moment


def is_listed(link: Row, lens: Lens) -> bool:
    """A link is listed from when it binds, and stays listed after it ends."""
    start = begins(link)
    return start is None or lens.begun(start, day_of(lens.valid_on))


def in_force(link: Row, counting: Sequence[Statement], lens: Lens) -> bool:
    """Whether the agreement stands on valid_on: it has begun and not ended. Its status says how far it binds.

    It ends with effective_to, or with a status that ends it; an ended status without a date of its own leaves the
    date to effective_to."""
    day = day_of(lens.valid_on)
    end: PartialDate | None = link["effective_to"]
    lasts = end is None or lens.lasts(end, day)
    if not is_listed(link, lens) or not lasts:
        return False
    status = link["status"]
    if status not in ENDED:
        return True
    dated = any(one.property == "status" and one.value is status and one.as_of for one in counting)
    return end is not None and not dated


def last_day(link: Row, counting: Iterable[Statement], lens: Lens) -> date | None:
    """The last day on which the agreement stands: that of `effective_to`, or the day before a dated status that ends
    it; None while neither is known."""
    end: PartialDate | None = link["effective_to"]
    days = [] if end is None else [end.latest if lens.lasts(end, end.latest) else end.earliest]
    status = link["status"]
    if status in ENDED:
        dated = (one.as_of for one in counting if one.property == "status" and one.value is status and one.as_of)
        days += [moment.earliest - timedelta(1) for moment in dated if lens.begun(moment, moment.latest)]
    return min(days, default=None)


RUNNING = frozenset({CapacityStage.IN_SERVICE, CapacityStage.BILLING})
"""Stages of megawatts that are in service."""


def service_state(link: Row, counting: Sequence[Statement], lens: Lens) -> ServiceState | None:
    """Whether the service runs on valid_on: a start that was known before it fell is a plan, and stays one until
    confirmed.

    Confirmed: a statement known on or after the start says ACTIVE, IN_SERVICE or BILLING, or repeats the past start.
    Of what is overdue, `overdue_state` says whether anybody could have confirmed it."""
    day = day_of(lens.valid_on)
    start: PartialDate | None = link["service_from"]
    end: PartialDate | None = link["service_to"]
    if end and not lens.lasts(end, day):
        return ServiceState.ENDED
    if start is None:
        running = link["status"] is LinkStatus.ACTIVE or any(_says_stage(one) for one in counting)
        return ServiceState.CONFIRMED if running else None
    if start.earliest > day:
        return ServiceState.PLANNED
    if any(confirms(one, start) for one in counting):
        return ServiceState.CONFIRMED
    return ServiceState.OVERDUE_UNCONFIRMED if start.latest < day else ServiceState.PLANNED


UNCONFIRMED = frozenset({ServiceState.OVERDUE_UNCONFIRMED, ServiceState.NOT_YET_REPORTED})
"""A planned start has passed, and no statement says that the service runs."""


def overdue_state(start: PartialDate, parties: Iterable[str], newest: Mapping[str, date]) -> ServiceState:
    """OVERDUE_UNCONFIRMED only where a source that cites a party was published on or after the start, so that it could
    have said that the service runs. `newest` is that of `newest_publications`."""
    could_say = any(party in newest and newest[party] >= start.latest for party in parties)
    return ServiceState.OVERDUE_UNCONFIRMED if could_say else ServiceState.NOT_YET_REPORTED


def says_running(statement: Statement) -> bool:
    """Whether it says that the service runs."""
    return _says_stage(statement) or (statement.property == "status" and statement.value is LinkStatus.ACTIVE)


def _says_stage(statement: Statement) -> bool:
    return isinstance(statement.value, Capacity) and statement.value.stage in RUNNING


def confirms(statement: Statement, start: PartialDate) -> bool:
    """Whether it says, on or after a start, that the service runs, or repeats the past start."""
    known = statement.known_earliest
    if known is None or known < start.earliest:
        return False
    if says_running(statement):
        return True
    return statement.property == "service_from" and statement.value == start and known >= start.latest
