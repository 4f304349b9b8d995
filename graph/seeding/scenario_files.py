"""Scenarios: "what if", as a change of the statements. What follows is the usual projection of the changed log.

A scenario is a record of `seeds/scenarios/*.yaml`: records to add, links to remove, to scale, to end or to date
otherwise, and the failures to ask about. Whatever it says is a statement of the source `scenario-<id>`, of nature
DERIVED and entered as SCENARIO: it counts under every lens that names the scenario, and goes before what the facts say
of the same. Facts stay as they are, beside it; of removed links there are none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from graph.errors import BadInput, BadLens, BadValue, Problem, SeedErrors
from graph.evidence.lens import Lens
from graph.evidence.policy import day_of
from graph.evidence.projection import Graph, project
from graph.evidence.statements import Entered, Source, Statement, StatementLog
from graph.seeding.reader import BEGIN_AND_END, is_plain, read_added
from graph.seeding.yaml_records import At, RecordFile, read_file
from graph.vocabulary.enums import Confidence, Nature, SourceKind
from graph.vocabulary.model import KINDS, LINKS, link_properties
from graph.vocabulary.parsing import (
    needed,
    part,
    read_choice,
    read_key,
    read_list,
    read_mapping,
    read_number,
    read_text,
)
from graph.vocabulary.types import PartialDay
from graph.vocabulary.values import Capacity, Money, PartialDate, Raw, canonical, shown

FOLDER = "scenarios"
"""Beside the facts."""
DATES = tuple(name for name, about in link_properties().items() if isinstance(about.type, PartialDay))
KEYS = ("id", "summary", "add", "remove", "scale", "end", "dates", "shocks")
_ITS_OWN = ("sources", "confidence", "nature", "known_from", "withdrawn")
"""What a claim of a scenario does not tell: the scenario is its source, and known to whoever asks."""
_PRICES = frozenset({"price_usd"})
"""Dollars for one piece: a contract of half the size has the same."""


class ShockModel(StrEnum):
    """How a failure spreads."""

    DIRECT = "DIRECT"
    CASCADE = "CASCADE"
    DEBTRANK_2012 = "DEBTRANK_2012"
    DEBTRANK_2015 = "DEBTRANK_2015"
    ESRI = "ESRI"


@dataclass(frozen=True)
class PlannedShock:
    """A failure to ask about once the scenario holds."""

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


# ---- all of a folder


@dataclass(frozen=True)
class _Placed:
    """A scenario with the place it was read from."""

    scenario: Scenario
    file: RecordFile
    at: At


@dataclass(frozen=True)
class Scenarios:
    """The scenarios of a folder as its files were when they were read. Of a file with a problem there is none."""

    files: Sequence[RecordFile] = ()
    placed: Sequence[_Placed] = ()

    @cached_property
    def known(self) -> Mapping[str, Scenario]:
        """By id."""
        sound = (one.scenario for one in self.placed if not one.file.problems)
        return {scenario.key: scenario for scenario in sorted(sound, key=lambda one: one.key)}

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files, whatever the facts are."""
        return [problem for file in self.files for problem in file.problems]

    @cached_property
    def digest(self) -> str:
        """Another for files that say something else."""
        told = canonical([[file.name, file.records] for file in self.files])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def named(self, name: str) -> Scenario:
        """The scenario of an id, or the only one of the file of that name. Raises BadLens."""
        found = self.known.get(name) or self._only_one_of(name)
        if found is None:
            raise BadLens(f"No scenario {shown(name)}.", remedy=self._what_there_is())
        return found

    def _only_one_of(self, file: str) -> Scenario | None:
        inside = [one for one in self.known.values() if Path(one.file).stem == file]
        return inside[0] if len(inside) == 1 else None

    def _what_there_is(self) -> str:
        known = f"Name one of {', '.join(self.known)}." if self.known else f"There is none in the folder {FOLDER}."
        broken = sorted({problem.file for problem in self.problems})
        return f"{known} Not read: {', '.join(broken)}; `wattgraph check` tells why." if broken else known

    def check(self, log: StatementLog, day: date) -> None:
        """Raises SeedErrors with every problem of the files, and of what does not fit the facts."""
        found = self.problems
        for one in self.placed:
            fitted = RecordFile(one.file.name, lines=one.file.lines)
            _check(one.scenario, fitted, one.at, log, day)
            found += fitted.problems
        if found:
            raise SeedErrors(found)

    def resolved(self, lens: Lens, day: date) -> Lens:
        """The lens with both dates and the id of its scenario, `day` being today. Raises BadLens."""
        dated = lens.on(day)
        return dated if lens.scenario is None else replace(dated, scenario=self.named(lens.scenario).key)

    def project(self, log: StatementLog, lens: Lens) -> Graph:
        """`project` under a lens that may name a scenario. Raises BadLens, BadInput."""
        changed = log if lens.scenario is None else applied(log, self.named(lens.scenario), lens)
        return project(changed, lens)


NO_SCENARIOS = Scenarios()


# ---- reading


def read_scenarios(folder: Path) -> Scenarios:
    """The scenarios beside the facts of a folder. What is wrong with a file is among the problems of what it returns:
    the facts answer without it."""
    place = folder / FOLDER
    paths = sorted(path for path in place.rglob("*") if path.suffix in (".yaml", ".yml")) if place.is_dir() else []
    files = [read_file(path, f"{folder.name}/{path.relative_to(folder).as_posix()}") for path in paths]
    placed = [one for file in files for one in _placed(file)]
    _report_twice(placed)
    return Scenarios(files, placed)


def _placed(file: RecordFile) -> Iterator[_Placed]:
    for index, raw in enumerate(file.records):
        try:
            yield _Placed(_read(raw, file.name), file, (index,))
        except BadValue as problem:
            named = isinstance(raw, dict) and isinstance(raw.get("id"), str)
            where = f"in {raw['id']}" if named else f"scenario {index + 1}"
            file.report((index, *problem.path), problem.message, where, problem.remedy)


def _report_twice(placed: Iterable[_Placed]) -> None:
    seen: set[str] = set()
    for one in placed:
        if one.scenario.key in seen:
            what = f"scenario '{one.scenario.key}' stands twice"
            one.file.report((*one.at, "id"), what, "in the folder", "choose another id")
        seen.add(one.scenario.key)


def _read(raw: Raw, file: str) -> Scenario:
    told = read_mapping(raw, KEYS)
    return _consistent(
        Scenario(
            key=needed(told, "id", read_key),
            summary=needed(told, "summary", read_text),
            add=part(told, "add", lambda one: read_list(one, _read_record), ()),
            remove=part(told, "remove", lambda one: read_list(one, read_key), ()),
            scale=part(told, "scale", _by_link(("by",), lambda one: needed(one, "by", _read_factor)), {}),
            end=part(told, "end", _by_link(("on",), lambda one: needed(one, "on", _read_moment)), {}),
            dates=part(told, "dates", _by_link(DATES, _read_dates), {}),
            shocks=part(told, "shocks", lambda one: read_list(one, _read_shock), ()),
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
        raise BadValue(f"{shown(raw)} is no record", remedy="write '- id: …' with type and claims below")
    if raw.get("type") == KINDS["Source"].kind_name:
        raise BadValue("a source in a scenario", remedy="leave it out: the scenario is its own source", path=("type",))
    _refuse(("sources",), raw)
    claims = raw.get("claims")
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        _refuse(_ITS_OWN, claim, ("claims", index))
    return raw


def _refuse(names: Iterable[str], raw: Raw, at: At = ()) -> None:
    for name in names:
        if isinstance(raw, dict) and name in raw:
            remedy = "leave it out: the scenario is the source of what it says"
            raise BadValue(f"{name} in a scenario", remedy=remedy, path=(*at, name))


def _by_link(names: Sequence[str], read: Callable[[Mapping[str, Raw]], Any]) -> Callable[[Raw], Mapping[str, Any]]:
    """Reads a list of `{link: …, …}` by link."""

    def read_one(raw: Raw) -> tuple[str, Any]:
        told = read_mapping(raw, ("link", *names))
        return needed(told, "link", read_key), read(told)

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


def _read_dates(told: Mapping[str, Raw]) -> Mapping[str, PartialDate]:
    dates = {name: needed(told, name, _read_moment) for name in DATES if name in told}
    if not dates:
        raise BadValue("a link without a date", remedy=f"add one of {', '.join(DATES)}")
    for begin, end in BEGIN_AND_END:
        if begin in dates and end in dates and dates[end].latest < dates[begin].earliest:
            raise BadValue(f"{end} is before {begin}", remedy="swap or mend the dates", path=(end,))
    return dates


def _read_shock(raw: Raw) -> PlannedShock:
    told = read_mapping(raw, ("fail", "model"))
    model = part(told, "model", lambda one: read_choice(ShockModel, one), ShockModel.DIRECT)
    return PlannedShock(needed(told, "fail", lambda one: read_list(one, read_key)), model)


# ---- whether it fits the facts


Misfit = tuple[At, str, str]
"""Where in a scenario, what is wrong, and the remedy."""


def _check(scenario: Scenario, file: RecordFile, at: At, log: StatementLog, day: date) -> None:
    """Reports to `file` what the facts do not hold."""
    added = _added(scenario, log, day)
    for problem in added.problems:
        file.report((*at, "add", *problem.path), problem.what, problem.where, problem.remedy)
    for path, what, remedy in _misfits(scenario, log, added.log):
        file.report((*at, *path), what, f"in {scenario.key}", remedy)


def _misfits(scenario: Scenario, log: StatementLog, added: StatementLog) -> Iterator[Misfit]:
    if scenario.source in log.sources:
        yield ("id",), f"a source '{scenario.source}' is there", "choose another id"
    for name in ("remove", "scale", "end", "dates"):
        for index, link in enumerate(getattr(scenario, name)):
            if log.kinds.get(link) not in LINKS:
                yield (name, index), f"no link '{link}'", "mend the id"
    yield from _misfits_of_amounts(scenario, log)
    yield from _misfits_of_dates(scenario, log)
    yield from _said_twice(scenario, added)
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


def _said_twice(scenario: Scenario, added: StatementLog) -> Iterator[Misfit]:
    """What an added record says of a link, and scale, end or dates too."""
    dated = {(link, name) for link, name, _ in scenario.dated}
    for one in added.statements:
        if (one.subject, one.property) in dated or (one.subject in scenario.scale and _is_amount(one)):
            yield ("add",), f"{one.property} of '{one.subject}' is said twice", "leave one out"


def _misfits_of_shocks(scenario: Scenario, kinds: Mapping[str, str]) -> Iterator[Misfit]:
    for index, shock in enumerate(scenario.shocks):
        for place, key in enumerate(shock.fail):
            if kinds.get(key) != "Organization":
                yield ("shocks", index, "fail", place), f"no organization '{key}'", "mend the id"


# ---- what it changes


def applied(log: StatementLog, scenario: Scenario, lens: Lens) -> StatementLog:
    """The log as it would be if the scenario held, to be projected under `lens` (both dates set): amounts are scaled
    from those that the lens shows, and what the scenario says is known on its known_on.

    Raises BadInput for what the facts do not hold, BadLens for a lens without the scenario's own source."""
    if scenario.source in lens.exclude_sources:
        raise BadLens(
            f"{scenario.source} is the source of the scenario, and excluded.", remedy="Leave one of the two out."
        )
    day, place = day_of(lens.known_on), RecordFile(scenario.file)
    _check(scenario, place, (), log, day)
    if place.problems:
        raise BadInput(
            f"Scenario {scenario.key} does not fit the facts: {place.problems[0].what}.",
            remedy="Mend its file; `wattgraph check` tells the line.",
        )
    own = [*_scaled(log, scenario, lens), *_dated(log, scenario, day), *_added(scenario, log, day).log.statements]
    kept = (one for one in log.statements if one.subject not in scenario.remove)
    return StatementLog.of([*kept, *own], [*log.sources.values(), *[_source(scenario, day)] * bool(own)])


@dataclass(frozen=True)
class _Added:
    log: StatementLog
    problems: Sequence[Problem]


def _added(scenario: Scenario, log: StatementLog, day: date) -> _Added:
    """What the added records say, and their problems; a path begins with the place of the record in `add`."""
    stored = StatementLog(log.statements, {**log.sources, scenario.source: _source(scenario, day)})
    file = RecordFile("add", [_sourced(one, scenario) for one in scenario.add])
    read = read_added(file, stored, day)
    supposed = (replace(one, nature=Nature.DERIVED, entered=Entered.SCENARIO) for one in read.statements)
    return _Added(StatementLog.of(supposed, ()), file.problems)


def _sourced(record: Mapping[str, Raw], scenario: Scenario) -> Mapping[str, Raw]:
    """The record with the scenario as the source of all that it says."""
    told = {"sources": [scenario.source], "confidence": "high"}
    claims = record.get("claims")
    if isinstance(claims, list):
        return {**record, "claims": [{**one, **told} if isinstance(one, dict) else one for one in claims]}
    kind = KINDS.get(str(record.get("type")))
    return {**record, "sources": told["sources"]} if kind and is_plain(kind) and "claims" not in record else record


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
        entered=Entered.SCENARIO,
    )


def _scaled(log: StatementLog, scenario: Scenario, lens: Lens) -> Iterator[Statement]:
    """Of every amount that the lens shows of a scaled link, one statement: what is shown, times the factor."""
    told = [one for link in scenario.scale for one in log.by_subject[link]]
    rows = project(StatementLog.of(told, log.sources.values()), lens).rows["Statement"].values()
    seen: set[tuple[str, str, str]] = set()
    for row in sorted(rows, key=lambda row: str(row.columns["place"])):
        statement = log.by_id[row.key]
        what, factor = (statement.subject, statement.property, statement.slot), scenario.scale[statement.subject]
        value = _times(statement, factor) if row["chosen"] and what not in seen else None
        if value is not None:
            seen.add(what)
            note = f"{factor:g} times what {statement.source} says"
            yield replace(_supposed(statement, scenario), value=value, note=note)


def _times(statement: Statement, factor: float) -> Any:
    """An amount of dollars or megawatts times the factor; None for what is no amount."""
    match statement.value:
        case Money():
            return replace(statement.value, amount=statement.value.amount * factor)
        case Capacity():
            return replace(statement.value, mw=statement.value.mw * factor)
        case float() if statement.about.unit == "USD" and statement.property not in _PRICES:
            return statement.value * factor
    return None


def _is_amount(statement: Statement) -> bool:
    return _times(statement, 1) is not None


def _supposed(statement: Statement, scenario: Scenario) -> Statement:
    return replace(statement, source=scenario.source, nature=Nature.DERIVED, entered=Entered.SCENARIO)


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
