"""Files of scenarios, `seeds/scenarios/*.yaml`: reading, checking against the facts, and typing the records they add.

What a scenario is, and how it changes the statements: `graph/evidence/scenarios.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from graph.errors import BadInput, BadLens, BadValue, Problem, SeedErrors
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import day_of
from graph.evidence.projection import Graph, project, project_other_days, projects_alike
from graph.evidence.scenarios import (
    PlannedShock,
    Scenario,
    ShockModel,
    check_source,
    misfits,
    scenario_source,
    suppose,
)
from graph.evidence.statements import Entered
from graph.seeding.fact_files import YAML, names_in
from graph.seeding.plausible_dates import misdated
from graph.seeding.reader import BEGIN_AND_END, is_plain, read_added
from graph.seeding.yaml_records import MAX_FILE_BYTES, At, RecordFile, read_file
from graph.vocabulary.model import KINDS, link_properties
from graph.vocabulary.parsing import (
    part,
    read_choice,
    read_key,
    read_list,
    read_mapping,
    read_number,
    read_text,
    required,
)
from graph.vocabulary.types import PartialDay
from graph.vocabulary.values import PartialDate, Raw, canonical, quote_raw

FOLDER = "scenarios"
"""Beside the facts."""
DATES = tuple(name for name, prop in link_properties().items() if isinstance(prop.type, PartialDay))
KEYS = ("id", "summary", "add", "remove", "scale", "end", "dates", "shocks")
_OWN_KEYS = ("sources", "confidence", "nature", "known_from", "withdrawn", "locator", "last_verified")
"""Keys that a claim of a scenario leaves out: the scenario is its source, and known under every lens that names it."""


# ---- all of a folder


@dataclass(frozen=True)
class _LocatedScenario:
    """A scenario, its file, and the path of its record in the file."""

    scenario: Scenario
    file: RecordFile
    at: At


@dataclass(frozen=True)
class Scenarios:
    """The scenarios of a folder as its files were when they were read. Of a file with a problem there is none."""

    files: Sequence[RecordFile] = ()
    located: Sequence[_LocatedScenario] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Scenario]:
        valid = (one.scenario for one in self.located if not one.file.problems)
        return {scenario.key: scenario for scenario in sorted(valid, key=lambda one: one.key)}

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files, whatever the facts are."""
        return [problem for file in self.files for problem in file.problems]

    @cached_property
    def digest(self) -> str:
        """A hash of what the files say."""
        content = canonical([[file.name, file.records] for file in self.files])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def named(self, name: str) -> Scenario:
        """The scenario of an id, or the only one of the file of that name. Raises BadLens."""
        scenario = self.by_id.get(name) or self._only_one_of(name)
        if scenario is None:
            raise BadLens(f"No scenario {quote_raw(name)}.", remedy=self._list_known())
        return scenario

    def _only_one_of(self, file: str) -> Scenario | None:
        inside = [one for one in self.by_id.values() if Path(one.file).stem == file]
        return inside[0] if len(inside) == 1 else None

    def _list_known(self) -> str:
        known = f"Name one of {', '.join(self.by_id)}." if self.by_id else f"There is none in the folder {FOLDER}."
        broken = sorted({problem.file for problem in self.problems})
        return f"{known} Not read: {', '.join(broken)}; `wattgraph check` tells why." if broken else known

    def check(self, log: StatementLog, day: date) -> None:
        """Raises SeedErrors with every problem of the files, and of what does not fit the facts."""
        problems = self.problems
        for one in self.located:
            file = RecordFile(one.file.name, lines=one.file.lines)
            _check(one.scenario, file, one.at, log, day)
            problems += file.problems
        if problems:
            raise SeedErrors(problems)

    def resolved(self, lens: Lens, day: date) -> Lens:
        """The lens with both dates and the id of its scenario, `day` being today. Raises BadLens."""
        dated = lens.on(day)
        return dated if lens.scenario is None else replace(dated, scenario=self.named(lens.scenario).key)

    def project(self, log: StatementLog, lens: Lens, known: Iterable[Graph] = ()) -> Graph:
        """`project` under a lens that may name a scenario; from the nearest of the known graphs, which this made, where
        one differs by its days alone and not by much. Raises BadLens, BadInput."""
        near = _nearest(known, log, lens) if lens.scenario is None else None
        return project(self._applied(log, lens), lens) if near is None else project_other_days(near, log, lens)

    def projects_alike(self, log: StatementLog, one: Lens, other: Lens) -> bool:
        """`projects_alike` of lenses that may name a scenario, both the same. Raises BadLens, BadInput."""
        return projects_alike(self._applied(log, other), one, other)

    def _applied(self, log: StatementLog, lens: Lens) -> StatementLog:
        return log if lens.scenario is None else apply_scenario(log, self.named(lens.scenario), lens)


_MOST_TURNED = 0.6
"""From this share of all subjects on, projecting everything is as fast."""


def _nearest(known: Iterable[Graph], log: StatementLog, lens: Lens) -> Graph | None:
    """The graph of which the fewest subjects have to be selected anew."""
    alike = [one for one in known if one.version == log.version and _differ_by_days_alone(one.lens, lens)]
    turned = [len(log.turning_days.subjects_between(one.lens, lens)) for one in alike]
    fewest = min(zip(turned, alike, strict=True), key=lambda pair: pair[0], default=None)
    if fewest is None or fewest[0] > _MOST_TURNED * len(log.by_subject):
        return None
    return fewest[1]


def _differ_by_days_alone(one: Lens, other: Lens) -> bool:
    return replace(one, valid_on=other.valid_on, known_on=other.known_on) == other


NO_SCENARIOS = Scenarios()


# ---- reading


def read_scenarios(folder: Path, max_bytes: int = MAX_FILE_BYTES) -> Scenarios:
    """The scenarios of a folder of facts. What is wrong with a file is among the problems of what it returns:
    the facts answer without it."""
    files = [_read_file(folder, f"{FOLDER}/{name}", max_bytes) for name in names_in(folder / FOLDER)]
    located = [one for file in files for one in _located(file)]
    _report_duplicates(located)
    return Scenarios(files, located)


def _read_file(folder: Path, name: str, max_bytes: int) -> RecordFile:
    if name.endswith(YAML):
        return read_file(folder / name, f"{folder.name}/{name}", max_bytes)
    file = RecordFile(f"{folder.name}/{name}", is_whole=False)
    file.report((), "an unknown file", "in the folder", "write scenarios as YAML into a file that ends in .yaml")
    return file


def _located(file: RecordFile) -> Iterator[_LocatedScenario]:
    for index, raw in enumerate(file.records):
        try:
            yield _LocatedScenario(_read(raw, file.name), file, (index,))
        except BadValue as problem:
            named = isinstance(raw, dict) and isinstance(raw.get("id"), str)
            where = f"in {raw['id']}" if named else f"scenario {index + 1}"
            file.report((index, *problem.path), problem.message, where, problem.remedy)


def _report_duplicates(located: Iterable[_LocatedScenario]) -> None:
    seen: set[str] = set()
    for one in located:
        if one.scenario.key in seen:
            what = f"scenario '{one.scenario.key}' stands twice"
            one.file.report((*one.at, "id"), what, "in the folder", "choose another id")
        seen.add(one.scenario.key)


def _read(raw: Raw, file: str) -> Scenario:
    entry = read_mapping(raw, KEYS)
    return _consistent(
        Scenario(
            key=required(entry, "id", read_key),
            summary=required(entry, "summary", read_text),
            add=part(entry, "add", lambda one: read_list(one, _read_record), ()),
            remove=part(entry, "remove", lambda one: read_list(one, read_key), ()),
            scale=part(entry, "scale", _by_link(("by",), lambda one: required(one, "by", _read_factor)), {}),
            end=part(entry, "end", _by_link(("on",), lambda one: required(one, "on", _read_moment)), {}),
            dates=part(entry, "dates", _by_link(DATES, _read_dates), {}),
            shocks=part(entry, "shocks", lambda one: read_list(one, _read_shock), ()),
            file=file,
        )
    )


def _consistent(scenario: Scenario) -> Scenario:
    """Raises BadValue for a link of which it says two things at once."""
    for name in ("scale", "end", "dates"):
        for index, link in enumerate(getattr(scenario, name)):
            if link in scenario.remove:
                raise BadValue(f"'{link}' is removed too", remedy="say one of the two", path=(name, index))
            if name == "dates" and link in scenario.end and "effective_to" in scenario.dates[link]:
                raise BadValue(f"'{link}' ends twice", remedy="leave one out", path=(name, index, "effective_to"))
    return scenario


def _read_record(raw: Raw) -> Mapping[str, Raw]:
    """A record of the form of the seeds, as far as that needs no facts."""
    if not isinstance(raw, dict):
        raise BadValue(f"{quote_raw(raw)} is no record", remedy="write '- id: …' with type and claims below")
    if raw.get("type") == KINDS["Source"].kind_name:
        raise BadValue("a source in a scenario", remedy="leave it out: the scenario is its own source", path=("type",))
    _refuse(("sources",), raw)
    claims = raw.get("claims")
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        _refuse(_OWN_KEYS, claim, ("claims", index))
    return raw


def _refuse(names: Iterable[str], raw: Raw, at: At = ()) -> None:
    for name in names:
        if isinstance(raw, dict) and name in raw:
            remedy = "leave it out: the scenario is the source of what it says"
            raise BadValue(f"{name} in a scenario", remedy=remedy, path=(*at, name))


def _by_link(names: Sequence[str], read: Callable[[Mapping[str, Raw]], Any]) -> Callable[[Raw], Mapping[str, Any]]:
    """Reads a list of `{link: …, …}` by link."""

    def read_one(raw: Raw) -> tuple[str, Any]:
        entry = read_mapping(raw, ("link", *names))
        return required(entry, "link", read_key), read(entry)

    def read_all(raw: Raw) -> Mapping[str, Any]:
        pairs = read_list(raw, read_one)
        links = [link for link, _ in pairs]
        for index, link in enumerate(links):
            if link in links[:index]:
                raise BadValue(f"'{link}' stands twice", remedy="unite the two", path=(index,))
        return dict(pairs)

    return read_all


def _read_factor(raw: Raw) -> float:
    return read_number(raw, 0, 1000)


def _read_moment(raw: Raw) -> PartialDate:
    return PartialDate.read(read_text(raw))


def _read_dates(entry: Mapping[str, Raw]) -> Mapping[str, PartialDate]:
    dates = {name: required(entry, name, _read_moment) for name in DATES if name in entry}
    if not dates:
        raise BadValue("a link without a date", remedy=f"add one of {', '.join(DATES)}")
    for begin, end in BEGIN_AND_END:
        if begin in dates and end in dates and dates[end].latest < dates[begin].earliest:
            raise BadValue(f"{end} is before {begin}", remedy="swap or mend the dates", path=(end,))
    return dates


def _read_shock(raw: Raw) -> PlannedShock:
    entry = read_mapping(raw, ("fail", "model"))
    model = part(entry, "model", lambda one: read_choice(ShockModel, one), ShockModel.DIRECT)
    return PlannedShock(required(entry, "fail", lambda one: read_list(one, read_key)), model)


# ---- whether it fits the facts


def _check(scenario: Scenario, file: RecordFile, at: At, log: StatementLog, day: date) -> None:
    """Reports to `file` what the facts do not hold."""
    added = _read_added(scenario, log, day)
    for problem in added.problems:
        file.report((*at, "add", *problem.path), problem.what, problem.where, problem.remedy)
    for path, what, remedy in _misdated(scenario, day):
        file.report((*at, *path), what, f"in {scenario.key}", remedy)
    for path, what, remedy in misfits(scenario, log, added.log):
        file.report((*at, *path), what, f"in {scenario.key}", remedy)


def _misdated(scenario: Scenario, day: date) -> Iterator[tuple[At, str, str]]:
    """Years of supposed dates that are slips."""
    dated = [
        (("dates", index, name), name, dates[name])
        for index, dates in _numbered(scenario.dates)
        for name in DATES
        if name in dates
    ]
    ended = [(("end", index, "on"), "effective_to", moment) for index, moment in _numbered(scenario.end)]
    for path, name, moment in (*dated, *ended):
        for _, what, remedy in misdated(link_properties()[name], moment, day, supposed=True):
            yield path, what, remedy


def _numbered(by_link: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    return enumerate(by_link.values())


# ---- what it changes


def apply_scenario(log: StatementLog, scenario: Scenario, lens: Lens) -> StatementLog:
    """The log as it would be if the scenario held, to be projected under `lens` (both dates set).

    Raises BadInput for what the facts do not hold, BadLens for a lens that excludes the scenario's own source."""
    check_source(scenario, lens)
    day, file = day_of(lens.known_on), RecordFile(scenario.file)
    _check(scenario, file, (), log, day)
    if file.problems:
        raise BadInput(
            f"Scenario {scenario.key} does not fit the facts: {file.problems[0].what}.",
            remedy="Mend its file; `wattgraph check` tells the line.",
        )
    return suppose(log, scenario, _read_added(scenario, log, day).log, lens)


@dataclass(frozen=True)
class _AddedRecords:
    """What the added records of a scenario say, and their problems."""

    log: StatementLog
    problems: Sequence[Problem]


def _read_added(scenario: Scenario, log: StatementLog, day: date) -> _AddedRecords:
    """Paths of problems begin with the index of the record in `add`."""
    stored = StatementLog(log.statements, {**log.sources, scenario.source: scenario_source(scenario, day)})
    file = RecordFile("add", [_with_source(record, scenario) for record in scenario.add])
    return _AddedRecords(
        StatementLog.of(read_added(file, stored, day, entered=Entered.SCENARIO).statements, ()), file.problems
    )


def _with_source(record: Mapping[str, Raw], scenario: Scenario) -> Mapping[str, Raw]:
    """The record with the scenario as the source of all that it says."""
    support = {"sources": [scenario.source], "confidence": "high"}
    claims = record.get("claims")
    if isinstance(claims, list):
        return {**record, "claims": [{**one, **support} if isinstance(one, dict) else one for one in claims]}
    kind = KINDS.get(str(record.get("type")))
    return {**record, "sources": support["sources"]} if kind and is_plain(kind) and "claims" not in record else record
