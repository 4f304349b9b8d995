"""Scenarios: "what if", as a change of the statements. What follows is the usual projection of the changed log.

A scenario adds records, removes links, scales them, ends them or dates them otherwise, and names the failures to
compute. Whatever it says is a statement of the source `scenario-<id>`, of nature DERIVED and entered as SCENARIO: it
counts under every lens that names the scenario, and goes before what the facts say of the same. Facts stay as they are,
beside it; of removed links there are none. `graph/seeding/scenario_files.py` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from graph.errors import BadLens
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import day_of
from graph.evidence.projection import project
from graph.evidence.statements import Entered, Source, Statement
from graph.vocabulary.enums import Confidence, Nature, SourceKind
from graph.vocabulary.model import LINKS, PropertyRole
from graph.vocabulary.values import Capacity, Money, PartialDate, Raw


class ShockModel(StrEnum):
    """How a failure spreads."""

    DIRECT = "DIRECT"
    CASCADE = "CASCADE"
    DEBTRANK_2012 = "DEBTRANK_2012"
    DEBTRANK_2015 = "DEBTRANK_2015"
    ESRI = "ESRI"


@dataclass(frozen=True)
class PlannedShock:
    """A failure to compute in the world of the scenario."""

    fail: tuple[str, ...]
    model: ShockModel = ShockModel.DIRECT


@dataclass(frozen=True)
class Scenario:
    """A hypothesis. `add` are records of the form of the seeds without sources; of links by key: `scale` factors of
    their amounts, `end` their last days, `dates` other dates by property. `file` is where it stands."""

    key: str
    summary: str
    add: tuple[Mapping[str, Raw], ...] = ()
    remove: tuple[str, ...] = ()
    scale: Mapping[str, float] = field(default_factory=dict)
    end: Mapping[str, PartialDate] = field(default_factory=dict)
    dates: Mapping[str, Mapping[str, PartialDate]] = field(default_factory=dict)
    shocks: tuple[PlannedShock, ...] = ()
    file: str = ""

    @property
    def source(self) -> str:
        return f"scenario-{self.key}"

    @property
    def dated(self) -> Iterator[tuple[str, str, PartialDate]]:
        """Link, property and date of all that it dates otherwise."""
        yield from ((link, "effective_to", day) for link, day in self.end.items())
        yield from ((link, name, day) for link, dates in self.dates.items() for name, day in dates.items())


def scenario_source(scenario: Scenario, day: date) -> Source:
    """The source of all that a scenario says: retrieved on the day and never published, so that `data_through` does not
    depend on it."""
    return Source(
        key=scenario.source,
        url=f"https://scenario.invalid/{scenario.key}",
        publisher="Scenario (hypothetical)",
        kind=SourceKind.OTHER,
        origin=scenario.source,
        title=scenario.summary,
        retrieved=day,
        entered=Entered.SCENARIO,
    )


# ---- whether it fits the facts


Misfit = tuple[tuple[str | int, ...], str, str]
"""The path within a scenario, what is wrong there, and the remedy."""


def misfits(scenario: Scenario, log: StatementLog, added: StatementLog) -> Iterator[Misfit]:
    """What the facts do not hold, and what the scenario says twice. `added` are the statements of its records."""
    if scenario.source in log.sources:
        yield ("id",), f"a source '{scenario.source}' is there", "choose another id"
    for name in ("remove", "scale", "end", "dates"):
        for index, link in enumerate(getattr(scenario, name)):
            if log.kinds.get(link) not in LINKS:
                yield (name, index), f"no link '{link}'", "mend the id"
    yield from _misfits_of_amounts(scenario, log)
    yield from _misfits_of_dates(scenario, log)
    yield from _misfits_of_repetition(scenario, added)
    yield from _misfits_of_shocks(scenario, {**log.kinds, **added.kinds})


def _misfits_of_amounts(scenario: Scenario, log: StatementLog) -> Iterator[Misfit]:
    for index, link in enumerate(scenario.scale):
        if log.kinds.get(link) in LINKS and not any(map(_is_amount, log.by_subject[link])):
            yield ("scale", index), f"'{link}' states no dollars and no megawatts", "leave it out"


def _misfits_of_dates(scenario: Scenario, log: StatementLog) -> Iterator[Misfit]:
    for index, (link, dates) in enumerate(scenario.dates.items()):
        kind = LINKS.get(log.kinds.get(link, ""))
        for name in dates:
            if kind and name not in kind.properties:
                yield ("dates", index, name), f"a {kind.kind_name} has no {name}", "leave it out"


def _misfits_of_repetition(scenario: Scenario, added: StatementLog) -> Iterator[Misfit]:
    """What an added record says of a link, and scale, end or dates too."""
    dated = {(link, name) for link, name, _ in scenario.dated}
    for one in added.statements:
        if (one.subject, one.property) in dated or (one.subject in scenario.scale and _is_amount(one)):
            yield ("add",), f"{one.property} of '{one.subject}' is said twice", "leave one out"


def _misfits_of_shocks(scenario: Scenario, kinds: Mapping[str, str]) -> Iterator[Misfit]:
    for index, shock in enumerate(scenario.shocks):
        for number, key in enumerate(shock.fail):
            if kinds.get(key) != "Organization":
                yield ("shocks", index, "fail", number), f"no organization '{key}'", "mend the id"


# ---- what it changes


def suppose(log: StatementLog, scenario: Scenario, added: StatementLog, lens: Lens) -> StatementLog:
    """The log as it would be if the scenario held, to be projected under `lens` (both dates set). `added` are the
    statements of the records that it adds. Amounts are scaled from those that the lens shows; what the scenario says is
    known on the lens's known_on.

    Raises BadLens for a lens that excludes the scenario's own source."""
    check_source(scenario, lens)
    day = day_of(lens.known_on)
    records = (_supposed(statement, scenario) for statement in added.statements)
    own = [*_scaled(log, scenario, lens), *_dated(log, scenario, day), *records]
    kept = (one for one in log.statements if one.subject not in scenario.remove)
    return StatementLog.of([*kept, *own], [*log.sources.values(), *[scenario_source(scenario, day)] * bool(own)])


def check_source(scenario: Scenario, lens: Lens) -> None:
    """Raises BadLens for a lens that excludes the scenario's own source."""
    if scenario.source in lens.exclude_sources:
        raise BadLens(
            f"{scenario.source} is the source of the scenario, and excluded.", remedy="Leave one of the two out."
        )


def _supposed(statement: Statement, scenario: Scenario) -> Statement:
    """The statement as one of the scenario."""
    return statement.but(source=scenario.source, nature=Nature.DERIVED, entered=Entered.SCENARIO)


def _scaled(log: StatementLog, scenario: Scenario, lens: Lens) -> Iterator[Statement]:
    """Of every amount that the lens shows of a scaled link, one statement: what is shown, times the factor."""
    stated = [one for link in scenario.scale for one in log.by_subject[link]]
    rows = project(StatementLog.of(stated, log.sources.values()), lens).rows["Statement"].values()
    scaled: set[tuple[str, str, str]] = set()
    for row in sorted(rows, key=lambda row: str(row.columns["place"])):
        statement = log.by_id[row.key]
        what, factor = (statement.subject, statement.property, statement.slot), scenario.scale[statement.subject]
        value = _times(statement, factor) if row["chosen"] and what not in scaled else None
        if value is not None:
            scaled.add(what)
            note = f"{factor:g} times what {statement.source} says"
            yield _supposed(statement, scenario).but(value=value, note=note)


def _times(statement: Statement, factor: float) -> Any:
    """An amount of dollars or megawatts times the factor; None for what is no amount."""
    match statement.value:
        case Money():
            return replace(statement.value, amount=statement.value.amount * factor)
        case Capacity():
            return replace(statement.value, mw=statement.value.mw * factor)
        case float() if statement.about.unit == "USD" and statement.about.role is not PropertyRole.PRICE:
            # a price is of one unit: a contract of half the size has the same
            return statement.value * factor
    return None


def _is_amount(statement: Statement) -> bool:
    return _times(statement, 1) is not None


def _dated(log: StatementLog, scenario: Scenario, day: date) -> Iterator[Statement]:
    for link, name, moment in scenario.dated:
        yield Statement(
            subject=link,
            kind=log.kinds[link],
            property=name,
            value=moment,
            source=scenario.source,
            confidence=Confidence.HIGH,
            nature=Nature.DERIVED,
            known_earliest=day,
            known_latest=day,
            entered=Entered.SCENARIO,
        )
