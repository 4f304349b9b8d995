"""Scenarios: "what if", as a change of the statements. What follows is the usual projection of the changed log.

A scenario is a record of `seeds/scenarios/*.yaml`: links to add, remove, scale or end, and the failures to ask about.
Whatever it says is a statement of the source `scenario-<id>`, of nature DERIVED: no fact is changed, and every value
that a scenario brought can be told by its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from graph.analytics.risk import ShockModel
from graph.errors import BadInput, BadValue, Problem, SeedErrors
from graph.model import LINKS, Confidence, Nature, SourceKind
from graph.readers import needed, part, read_choice, read_key, read_list, read_mapping, read_number, read_text
from graph.records import At, RecordFile, read_file
from graph.seeds import read_added
from graph.statements import Entered, Source, Statement, StatementLog
from graph.values import Capacity, Money, PartialDate, Raw

KEYS = ("id", "summary", "add", "remove", "scale", "end", "shocks")
_PRICES = frozenset({"price_usd"})
"""Dollars for one piece: a contract of half the size has the same."""


@dataclass(frozen=True)
class PlannedShock:
    """A failure to ask about once the scenario holds."""

    fail: tuple[str, ...]
    model: ShockModel = ShockModel.DIRECT


@dataclass(frozen=True)
class Scenario:
    """A hypothesis. `add` are records of the form of the seeds without sources; `scale` factors of the amounts of
    links; `end` the last day of links."""

    key: str
    summary: str
    add: tuple[Mapping[str, Raw], ...] = ()
    remove: tuple[str, ...] = ()
    scale: Mapping[str, float] = field(default_factory=dict)
    end: Mapping[str, PartialDate] = field(default_factory=dict)
    shocks: tuple[PlannedShock, ...] = ()

    @property
    def source(self) -> str:
        return f"scenario-{self.key}"


# ---- reading


def read_scenarios(folder: Path, log: StatementLog, day: date) -> Mapping[str, Scenario]:
    """The scenarios of `folder/scenarios`, each checked against the facts. Raises SeedErrors with every problem, each
    with file and line."""
    place = folder / "scenarios"
    names = sorted(path.name for path in place.glob("*.yaml")) if place.is_dir() else []
    files = [read_file(place / name, f"{folder.name}/scenarios/{name}") for name in names]
    found: dict[str, Scenario] = {}
    for file in files:
        for index, raw in enumerate(file.records):
            scenario = _read(file, raw, (index,))
            if scenario and scenario.key in found:
                file.report(
                    (index, "id"), f"scenario '{scenario.key}' stands twice", "in the folder", "choose another id"
                )
            elif scenario:
                found[scenario.key] = scenario
                _check(scenario, file, (index,), log, day)
    problems = [problem for file in files for problem in file.problems]
    if problems:
        raise SeedErrors(problems)
    return found


def _read(file: RecordFile, raw: Raw, at: At) -> Scenario | None:
    try:
        told = read_mapping(raw, KEYS)
        return Scenario(
            key=needed(told, "id", read_key),
            summary=needed(told, "summary", read_text),
            add=tuple(part(told, "add", _read_records, ())),
            remove=part(told, "remove", lambda one: read_list(one, read_key), ()),
            scale=dict(part(told, "scale", lambda one: read_list(one, _pair("by", _read_factor)), ())),
            end=dict(part(told, "end", lambda one: read_list(one, _pair("on", _read_moment)), ())),
            shocks=part(told, "shocks", lambda one: read_list(one, _read_shock), ()),
        )
    except BadValue as problem:
        where = f"in {raw['id']}" if isinstance(raw, dict) and isinstance(raw.get("id"), str) else f"scenario {at[0]}"
        file.report((*at, *problem.path), problem.message, where, problem.remedy)
        return None


def _read_records(raw: Raw) -> Sequence[Mapping[str, Raw]]:
    if not isinstance(raw, list) or not raw or not all(isinstance(one, dict) for one in raw):
        raise BadValue("no list of records", remedy="write '- id: …' with type and claims below")
    return raw


def _pair(name: str, read: Callable[[Raw], Any]) -> Callable[[Raw], tuple[str, Any]]:
    def pair(raw: Raw) -> tuple[str, Any]:
        told = read_mapping(raw, ("link", name))
        return needed(told, "link", read_key), needed(told, name, read)

    return pair


def _read_factor(raw: Raw) -> float:
    return read_number(raw, 0, 1000)


def _read_moment(raw: Raw) -> PartialDate:
    return PartialDate.read(read_text(raw))


def _read_shock(raw: Raw) -> PlannedShock:
    told = read_mapping(raw, ("fail", "model"))
    model = part(told, "model", lambda one: read_choice(ShockModel, one), ShockModel.DIRECT)
    return PlannedShock(needed(told, "fail", lambda one: read_list(one, read_key)), model)


def _check(scenario: Scenario, file: RecordFile, at: At, log: StatementLog, day: date) -> None:
    added = _added(scenario, log, day)
    for problem in added.problems:
        file.report((*at, "add", *problem.path), problem.what, problem.where, problem.remedy)
    kinds = {**log.kinds, **added.log.kinds}
    for name in ("remove", "scale", "end"):
        for index, key in enumerate(getattr(scenario, name)):
            if log.kinds.get(key) not in LINKS:
                file.report((*at, name, index), f"no link '{key}'", f"in {scenario.key}", "mend the id")
    for index, shock in enumerate(scenario.shocks):
        for key in shock.fail:
            if kinds.get(key) != "Organization":
                where = (*at, "shocks", index, "fail")
                file.report(where, f"no organization '{key}'", f"in {scenario.key}", "mend the id")


# ---- what it changes


def applied(log: StatementLog, scenario: Scenario, day: date) -> StatementLog:
    """The log as it would be if the scenario held. `day` is when what it says becomes known: the lens's known_on, or
    earlier. Statements of removed links are gone; amounts of scaled links, and ends, are the scenario's.

    Raises BadInput for what the facts do not hold."""
    added = _added(scenario, log, day)
    missing = sorted({*scenario.remove, *scenario.scale, *scenario.end} - log.by_subject.keys())
    if missing or added.problems:
        what = added.problems[0].what if added.problems else f"no link {', '.join(missing)}"
        raise BadInput(f"Scenario {scenario.key} does not fit the facts: {what}.", remedy="Mend its file.")
    changed = (_changed(one, scenario, day) for one in log.statements if one.subject not in scenario.remove)
    ends = (_end(log.kinds[key], key, scenario, day) for key in scenario.end)
    statements = [*filter(None, changed), *ends, *added.log.statements]
    return StatementLog.of(statements, [*log.sources.values(), _source(scenario, day)])


@dataclass(frozen=True)
class _Added:
    log: StatementLog
    problems: Sequence[Problem]


def _added(scenario: Scenario, log: StatementLog, day: date) -> _Added:
    """What the added records say, and their problems; a path begins with the place of the record in `add`."""
    stored = StatementLog(log.statements, {**log.sources, scenario.source: _source(scenario, day)})
    file = RecordFile("add", [_sourced(one, scenario) for one in scenario.add])
    read = read_added(file, stored, day)
    derived = (replace(one, nature=Nature.DERIVED) for one in read.statements)
    return _Added(StatementLog.of(derived, read.sources.values()), file.problems)


def _sourced(record: Mapping[str, Raw], scenario: Scenario) -> Mapping[str, Raw]:
    """The record with the scenario as the source of every claim."""
    claims = record.get("claims")
    told = {"sources": [scenario.source], "confidence": "high"}
    if not isinstance(claims, list):
        return record
    return {**record, "claims": [{**told, **one} if isinstance(one, dict) else one for one in claims]}


def _source(scenario: Scenario, day: date) -> Source:
    """Read on the day, and never published: how far the data reach does not hang on it."""
    return Source(
        key=scenario.source,
        url=f"https://scenario.invalid/{scenario.key}",
        publisher="Scenario (hypothetical)",
        kind=SourceKind.OTHER,
        origin=scenario.source,
        title=scenario.summary,
        retrieved=day,
        entered=Entered.API,
    )


def _changed(statement: Statement, scenario: Scenario, day: date) -> Statement | None:
    """The statement in the scenario; None where it holds no more."""
    if statement.subject in scenario.end and statement.property == "effective_to":
        return None
    factor = scenario.scale.get(statement.subject)
    value = None if factor is None else _scaled(statement, factor)
    if value is None:
        return statement
    note = f"{factor:g} times what {statement.source} says"
    return replace(statement, value=value, source=scenario.source, nature=Nature.DERIVED, note=note)


def _scaled(statement: Statement, factor: float) -> Any:
    """An amount of dollars or megawatts times the factor; None for what is no amount."""
    match statement.value:
        case Money():
            return replace(statement.value, amount=statement.value.amount * factor)
        case Capacity():
            return replace(statement.value, mw=statement.value.mw * factor)
        case float() if statement.about.unit == "USD" and statement.property not in _PRICES:
            return statement.value * factor
    return None


def _end(kind: str, key: str, scenario: Scenario, day: date) -> Statement:
    return Statement(
        subject=key,
        kind=kind,
        property="effective_to",
        value=scenario.end[key],
        source=scenario.source,
        confidence=Confidence.HIGH,
        nature=Nature.DERIVED,
        known_earliest=day,
        known_latest=day,
        entered=Entered.API,
    )
