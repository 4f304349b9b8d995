"""Slippage: planned dates that moved, according to the statements of the time.

For every day on which something became known, or was withdrawn, the policy chooses the date that was believed then.
Where the chosen date left the interval that was planned before it fell, it slipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph.analytics.core.declaration import Analytic, Column, KeyOf, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Excluded, Parties
from graph.analytics.core.inputs import InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import declared
from graph.analytics.core.plans import PlanStatements
from graph.analytics.core.records import EXCLUDED_LINKS, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Weight
from graph.analytics.core.selection import select
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.beliefs import beliefs
from graph.evidence.lens import Lens
from graph.evidence.policy import Contest, day_of
from graph.evidence.statements import Source, Statement
from graph.vocabulary.model import Row
from graph.vocabulary.values import Capacity, PartialDate


@dataclass(frozen=True, slots=True)
class Slip:
    """A planned start that moved. `property` plans it, its role is one of PLAN_ROLES; `phase` is that of the megawatts.

    It was planned for `before`; on `known_on` it became known that it is `after`, by the statement with the id
    `statement`."""

    link: Row
    property: str
    phase: str | None
    before: PartialDate
    after: PartialDate
    known_on: date
    statement: str


@dataclass(frozen=True, slots=True)
class SlippageTable:
    """Slips, the latest known first. `excluded` are the contracts in scope that do not count."""

    rows: tuple[Slip, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@declared
def slippage(snapshot: Snapshot, plans: PlanStatements, scope: InScope = DEFAULT_SCOPE) -> SlippageTable:
    """Slips of the contracts in scope, the latest known first. Placeholder parties count too: the result lists
    contracts and ranks nobody. A date that only became more precise, or less, did not move."""
    selection = select(snapshot, scope, Flow.LINK, Weight.COUNT, parties=Parties.ANY)
    slips = (
        slip
        for key, one in selection.included.items()
        for slip in _slips(one.link, plans.by_subject.get(key, ()), plans.sources, snapshot.lens)
    )
    return SlippageTable(
        rows=tuple(sorted(slips, key=_sort_key)),
        excluded=selection.excluded,
        method=method_of(snapshot, "SLIPPAGE", {}, "none", ()),
    )


def _sort_key(slip: Slip) -> tuple[int, str, str, str]:
    return -slip.known_on.toordinal(), slip.link.key, slip.property, slip.phase or ""


def _slips(link: Row, statements: Sequence[Statement], sources: Mapping[str, Source], lens: Lens) -> Iterator[Slip]:
    slots: dict[tuple[str, str, str | None], dict[str, PartialDate]] = {}
    by_id = {one.id: one for one in statements}
    for statement in statements:
        start = _start(statement)
        if start is not None:
            slots.setdefault(_rivalry(statement), {})[statement.id] = start
    for (about, _, phase), starts in slots.items():
        told = [by_id[name] for name in starts]
        rivals = [one for one in told if not _is_corrected(one, told, lens)]
        contest = Contest(rivals[0].about, link["announced"], frozenset(), sources)
        believed = ((day, one.id, starts[one.id]) for day, one in beliefs(rivals, contest, lens) if one is not None)
        for move in _moves(believed):
            yield Slip(link, about, phase, *move)


def _is_corrected(statement: Statement, told: Iterable[Statement], lens: Lens) -> bool:
    """Whether it was withdrawn on the day on which another came to be known: it was wrong, and no plan that moved."""
    day = statement.withdrawn
    return day is not None and day <= day_of(lens.known_on) and any(one.known_earliest == day for one in told)


def _start(statement: Statement) -> PartialDate | None:
    """The planned start that a statement gives."""
    value = statement.value
    start: PartialDate | None = value.since if isinstance(value, Capacity) else value
    return start


def _rivalry(statement: Statement) -> tuple[str, str, str | None]:
    """Property, basis and phase: statements about one start. A phase stays itself when it reaches another stage."""
    value = statement.value
    if isinstance(value, Capacity):
        return statement.property, value.basis, value.phase
    return statement.property, "", None


def _moves(believed: Iterable[tuple[date, str, PartialDate]]) -> Iterator[tuple[PartialDate, PartialDate, date, str]]:
    """Before, after, since when it is known, and the statement: where a plan was left that was made before it fell."""
    plan: PartialDate | None = None
    made = date.min
    for day, name, moment in believed:
        if plan is None:
            plan, made = moment, day
        elif plan.contains(moment):
            plan = moment
        elif not moment.contains(plan):
            if made <= plan.latest:
                yield plan, moment, day, name
            plan, made = moment, day


# ---- the declaration

SLIP = Record(
    "Slip",
    "A planned date that moved.",
    (
        Column("link", RowOf("Link"), "The contract."),
        Column("property", str, "Which date: service_from, effective_from, or capacities (a phase of its megawatts)."),
        Column("phase", str | None, "The phase, where it is one."),
        Column("before", PartialDate, "What was planned."),
        Column("after", PartialDate, "What became of it."),
        Column("known_on", date, "Since when that is known."),
        Column("statement", KeyOf("Statement"), "The statement that says so."),
    ),
)

ANALYTICS = (
    Analytic(
        name="slippage",
        doc="Planned dates that moved, the latest known first.",
        section=Section.MEGAWATTS,
        function=slippage,
        result=Record(
            "SlippageTable",
            "Planned dates that moved.",
            (
                Column("rows", ListOf(SLIP), "The latest known first."),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Planned dates that moved", "rows", SLIP.columns),),
        lists={"slippage": "rows"},
        deprecated_lists={"slippage": "Read slippageTable, which has the method and what is left out too."},
    ),
)
