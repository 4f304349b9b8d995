"""`project(log, lens)`: the one pure function that turns statements into a graph.

Per subject and property (and slot) the best of the counting statements is chosen by POLICY, criterion by criterion; the
others stay as alternatives, each with the reason. Time travel, "what if" and "without this source" are this function
with another lens.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from graph.errors import BadLens
from graph.lens import Certainty, Lens
from graph.model import (
    ENDED,
    ENTITIES,
    KINDS,
    LINKS,
    NATURE_ORDER,
    SEARCH_FOLDED,
    SEARCH_TEXTS,
    TYPE_COLUMN,
    Confidence,
    Kind,
    LinkStatus,
    Merge,
    Property,
    Reliability,
    Row,
    ServiceState,
)
from graph.statements import Entered, Source, Statement, StatementLog
from graph.values import Capacity, CapacityStage, Columns, PartialDate, fold

Rows = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Graph:
    """What statements say under a lens: rows by label and key.

    `withheld` are the statements and sources that are not known yet under the lens; a store keeps them, no query shows
    them. On `next_flip` some interval begins or ends, so that today's graph has to be projected again."""

    lens: Lens
    version: str
    rows: Rows
    withheld: Rows
    data_through: date | None
    next_flip: date | None


def project(log: StatementLog, lens: Lens) -> Graph:
    """The graph that the counting statements make. `lens` has both dates set. Raises BadLens."""
    unknown = sorted(lens.exclude_sources - log.sources.keys())
    if unknown:
        raise BadLens(f"No source {', '.join(unknown)}.", remedy="Exclude keys of sources that exist.")
    return _Projection(log, lens).graph()


# ---- which statements count


def _day(day: date | None) -> date:
    if day is None:
        raise BadLens("The lens has no dates.", remedy="Resolve it with Lens.on(today()).")
    return day


def is_known(statement: Statement, lens: Lens) -> bool:
    """Whether the statement had become known on the lens's known_on."""
    on = _day(lens.known_on)
    if lens.certainty is Certainty.CERTAIN:
        return statement.known_latest <= on
    return statement.known_earliest is None or statement.known_earliest <= on


def why_not(statement: Statement, source: Source, lens: Lens) -> str | None:
    """Why a known statement does not count under the lens; None when it does."""
    if statement.withdrawn and statement.withdrawn <= _day(lens.known_on):
        return f"withdrawn on {statement.withdrawn}"
    if statement.source in lens.exclude_sources:
        return "its source is excluded"
    if lens.min_confidence and _grade(statement.confidence) < _grade(lens.min_confidence):
        return f"confidence {statement.confidence} is below {lens.min_confidence}"
    if lens.min_reliability and _grade(source.reliability) < _grade(lens.min_reliability):
        return f"reliability {source.reliability} of its source is below {lens.min_reliability}"
    if statement.nature not in lens.natures:
        return f"nature {statement.nature} is left out"
    if statement.as_of and not lens.begun(statement.as_of, _day(lens.valid_on)):
        return f"holds only from {statement.as_of}"
    return None


_GRADES: Mapping[str, int] = {grade: index for index, grade in enumerate(Confidence)}


def _grade(grade: Confidence | Reliability) -> int:
    return _GRADES[grade]


# ---- which statement wins


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A counting statement with what the policy weighs, best when greatest."""

    statement: Statement
    weights: tuple[int, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one statement. `place` orders the statements of a subject: by property, the best first."""

    counted: bool
    chosen: bool
    reason: str
    place: str


POLICY = (
    "party",
    "moment",
    "confidence",
    "nature",
    "reliability of the source",
    "independent origins",
    "publication",
)
"""The criteria, in their order; of statements equal in all of them the smaller id is taken.

The moment is the statement's as_of, else when the record is dated (announced, issued), else earlier than any: its
first day. Publication is never the moment. "Party" concerns ends, site and chips alone: a placeholder, or a
party named with low confidence, yields to one that is named with at least medium confidence."""


@dataclass(frozen=True, slots=True)
class _Contest:
    """Candidates for one property of one subject."""

    about: Property
    dated: PartialDate | None
    placeholders: frozenset[str]
    sources: Mapping[str, Source]

    def rank(self, statements: Sequence[Statement]) -> list[_Candidate]:
        """From the best to the weakest."""
        origins: dict[tuple[str, date | None], set[str]] = {}
        for statement in statements:
            origins.setdefault(self._voice(statement), set()).add(self.sources[statement.source].origin)
        counted = [self._weigh(statement, len(origins[self._voice(statement)])) for statement in statements]
        return sorted(sorted(counted, key=lambda one: one.statement.id), key=lambda one: one.weights, reverse=True)

    def _voice(self, statement: Statement) -> tuple[str, date | None]:
        moment = self._moment(statement)
        return statement.text, moment.earliest if moment else None

    def _moment(self, statement: Statement) -> PartialDate | None:
        return statement.as_of or self.dated

    def _weigh(self, statement: Statement, origins: int) -> _Candidate:
        moment = self._moment(statement)
        source = self.sources[statement.source]
        weighed: tuple[tuple[int, str], ...] = (
            self._named(statement),
            (moment.earliest.toordinal() if moment else 0, moment.text if moment else "unknown"),
            (_grade(statement.confidence), statement.confidence),
            (NATURE_ORDER.index(statement.nature), statement.nature),
            (_grade(source.reliability), source.reliability),
            (origins, str(origins)),
            (source.published.earliest.toordinal(), source.published.text) if source.published else (0, "undated"),
        )
        weights, shown = zip(*weighed, strict=True)
        return _Candidate(statement, weights, shown)

    def _named(self, statement: Statement) -> tuple[int, str]:
        if not (self.about.on_record and self.about.refers_to):
            return 1, ""
        if isinstance(statement.value, str) and statement.value in self.placeholders:
            return 0, "a placeholder"
        return (0, "weakly supported") if statement.confidence is Confidence.LOW else (1, "well supported")


def _lost(loser: _Candidate, winner: _Candidate) -> str:
    """Why the loser lost: the first criterion in which they differ."""
    for name, low, high, low_shown, high_shown in zip(
        POLICY, loser.weights, winner.weights, loser.shown, winner.shown, strict=True
    ):
        if low != high:
            return f"{name}: {low_shown}; the chosen: {high_shown}"
    return "equal in every criterion; the smaller id was taken"


def _won(winner: _Candidate, rival: _Candidate | None) -> str:
    if rival is None:
        return "no other value"
    for name, high, low, high_shown, low_shown in zip(
        POLICY, winner.weights, rival.weights, winner.shown, rival.shown, strict=True
    ):
        if low != high:
            return f"{name}: {high_shown}; the next: {low_shown}"
    return "equal to the next in every criterion; the smaller id was taken"


# ---- the projection


@dataclass
class _Projection:
    log: StatementLog
    lens: Lens
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    placeholders: frozenset[str] = frozenset()
    newest: date | None = None

    def graph(self) -> Graph:
        self.rows = {label: {} for label in (*ENTITIES, "Observation", "Link")}
        subjects = self.log.by_subject
        entities = [subject for subject in subjects if self.log.kinds[subject] in ENTITIES]
        for subject in entities:
            self._subject(subject)
        self.placeholders = frozenset(
            key for key, row in self.rows["Organization"].items() if row.columns.get("placeholder")
        )
        for subject in sorted(subjects.keys() - set(entities)):
            self._subject(subject)
        self._name_what_is_named()
        self._count_links()
        statements, withheld = self._statement_rows()
        sources, withheld_sources = self._source_rows()
        return Graph(
            lens=self.lens,
            version=self.log.version,
            rows={
                **{label: _by_key(rows) for label, rows in self.rows.items()},
                "Source": sources,
                "Statement": statements,
            },
            withheld={"Source": withheld_sources, "Statement": withheld},
            data_through=self.newest,
            next_flip=self._next_flip(),
        )

    # one subject

    def _subject(self, subject: str) -> None:
        kind = KINDS[self.log.kinds[subject]]
        counting = list(self._counting(self.log.by_subject[subject]))
        columns = kind.defaults()
        by_property: dict[str, list[Statement]] = {}
        for statement in counting:
            by_property.setdefault(statement.property, []).append(statement)
        dated: PartialDate | None = None
        for name in sorted(by_property, key=lambda name: (name != kind.dated_by, name)):
            value = self._choose(kind.properties[name], by_property[name], None if name == kind.dated_by else dated)
            columns |= kind.properties[name].type.columns(name, value)
            if name == kind.dated_by:
                dated = value
        if counting and _is_whole(kind, columns):
            self._add(kind, subject, columns, counting)

    def _counting(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        for statement in statements:
            if not is_known(statement, self.lens):
                continue
            source = self.log.sources[statement.source]
            reason = why_not(statement, source, self.lens)
            if reason is None:
                self._note_source(source)
                yield statement
            else:
                self.verdicts[statement.id] = Verdict(False, False, reason, f"{statement.property}/9{statement.id}")

    def _note_source(self, source: Source) -> None:
        if source.published and (self.newest is None or source.published.earliest > self.newest):
            self.newest = source.published.earliest

    def _choose(self, about: Property, statements: Sequence[Statement], dated: PartialDate | None) -> Any:
        contest = _Contest(about, dated, self.placeholders, self.log.sources)
        ranked = contest.rank(statements)
        if about.merge is Merge.UNITE:
            return self._unite(ranked)
        slots: dict[str, list[_Candidate]] = {}
        for candidate in ranked:
            slots.setdefault(candidate.statement.slot, []).append(candidate)
        place = 0
        for rivals in slots.values():
            place = self._judge(rivals, place)
        best = {slot: rivals[0].statement.value for slot, rivals in slots.items()}
        return tuple(best[slot] for slot in sorted(best)) if about.merge is Merge.EACH else best[""]

    def _judge(self, ranked: Sequence[_Candidate], place: int) -> int:
        """Record what became of the candidates for one slot; returns the next free place."""
        winner = ranked[0]
        shown = winner.statement.text
        rival = next((one for one in ranked if one.statement.text != shown), None)
        for candidate in ranked:
            statement = candidate.statement
            agrees = statement.text == shown
            if candidate is winner:
                reason = _won(winner, rival)
            else:
                reason = "says the same as the best statement" if agrees else _lost(candidate, winner)
            self.verdicts[statement.id] = Verdict(True, agrees, reason, f"{statement.property}/0{place:06d}")
            place += 1
        return place

    def _unite(self, ranked: Sequence[_Candidate]) -> tuple[str, ...]:
        for place, candidate in enumerate(ranked):
            statement = candidate.statement
            where = f"{statement.property}/0{place:06d}"
            self.verdicts[statement.id] = Verdict(True, True, "united with what the others say", where)
        return tuple(sorted({item for candidate in ranked for item in candidate.statement.value}))

    def _add(self, kind: type[Kind], subject: str, columns: Columns, counting: Sequence[Statement]) -> None:
        if kind.kind_name in LINKS:
            columns = _link_columns(kind.kind_name, columns, counting, self.lens)
            if not is_listed(Row("Link", subject, columns), self.lens):
                return
        self.rows[kind.kind_label][subject] = _shown_row(kind, subject, columns)

    # what follows from all rows

    def _name_what_is_named(self) -> None:
        """An entity exists while a row names it; its name falls back to its key."""
        named: dict[str, set[tuple[str, ...]]] = {}
        for row in self._all_rows():
            for key, kinds in _named_by(row):
                named.setdefault(key, set()).add(kinds)
        for key in sorted(named):
            # where no statement is about it, the narrowest reference tells of what kind it is
            narrowest = min(named[key], key=lambda kinds: (len(kinds), kinds))[0]
            kind = ENTITIES.get(self.log.kinds.get(key, narrowest))
            if kind and not kind.needs() and key not in self.rows[kind.kind_label]:
                self.rows[kind.kind_label][key] = _shown_row(kind, key, kind.defaults())

    def _all_rows(self) -> Iterator[Row]:
        return (row for rows in self.rows.values() for row in rows.values())

    def _count_links(self) -> None:
        counts = Counter(row.columns[end] for row in self.rows["Link"].values() for end in ("from", "to"))
        for label in ENTITIES:
            for key, row in self.rows[label].items():
                self.rows[label][key] = Row(label, key, row.columns | {"link_count": counts.get(key, 0)})

    def _statement_rows(self) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        shown: dict[str, Row] = {}
        withheld: dict[str, Row] = {}
        for statement in self.log.statements:
            verdict = self.verdicts.get(statement.id)
            hidden = Verdict(False, False, "not known yet", f"{statement.property}/9{statement.id}")
            kept = withheld if verdict is None else shown
            kept[statement.id] = statement_row(statement, verdict or hidden)
        return shown, withheld

    def _source_rows(self) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        shown: dict[str, Row] = {}
        withheld: dict[str, Row] = {}
        for key, source in self.log.sources.items():
            known = source.published is None or self.lens.begun(source.published, _day(self.lens.known_on))
            (shown if known else withheld)[key] = source_row(source)
        return shown, withheld

    def _next_flip(self) -> date | None:
        valid, known = _day(self.lens.valid_on), _day(self.lens.known_on)
        times = (
            time
            for statement in self.log.statements
            for time in (statement.known_earliest, statement.known_latest, statement.withdrawn)
            if time and time > known
        )
        published = (
            day for source in self.log.sources.values() if source.published for day in _flips(source.published)
        )
        moments = (
            day
            for statement in self.log.statements
            for moment in (statement.as_of, statement.value)
            if isinstance(moment, PartialDate)
            for day in _flips(moment)
            if day > valid
        )
        return min((*times, *moments, *(day for day in published if day > known)), default=None)


def _flips(moment: PartialDate) -> Iterator[date]:
    """The days on which an answer about an interval may change: its first, its last, and the day after it."""
    yield moment.earliest
    yield moment.latest
    if moment.latest < date.max:
        yield moment.latest + timedelta(days=1)


def _is_whole(kind: type[Kind], columns: Columns) -> bool:
    return all(about.type.restore(about.name, columns) is not None for about in kind.needs())


def _by_key(rows: Mapping[str, Row]) -> Mapping[str, Row]:
    return {key: rows[key] for key in sorted(rows)}


def _named_by(row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys that a row refers to, with the kinds they may be of."""
    for about in row.kind.references():
        value = row[about.name]
        keys = value if isinstance(value, tuple) else (value,) if value else ()
        yield from ((key, about.refers_to) for key in keys)


def _shown_row(kind: type[Kind], key: str, columns: Columns) -> Row:
    """The row with its name and the texts by which a search finds it."""
    if "name" in kind.properties and "name" not in columns:
        columns = columns | kind.properties["name"].type.columns("name", key)
    if kind.kind_name in ENTITIES:
        columns = columns | _search_columns(key, columns)
    return Row(kind.kind_label, key, columns)


def _search_columns(key: str, columns: Columns) -> Columns:
    texts = [columns["name"]] if "name" in columns else []
    texts += [key, *(columns[name] for name in ("ticker",) if name in columns)]
    texts += [*columns.get("aliases", ()), *columns.get("former_names", ())]
    unique = list(dict.fromkeys(texts))
    return {SEARCH_TEXTS: unique, SEARCH_FOLDED: [fold(one) for one in unique]}


# ---- links in time


def _link_columns(link_type: str, columns: Columns, counting: Sequence[Statement], lens: Lens) -> Columns:
    kind = LINKS[link_type]
    columns = columns | {TYPE_COLUMN: link_type}
    row = Row("Link", "", columns)
    layer = kind.layer_for(columns)
    state = service_state(row, counting, lens) if kind.delivers else None
    columns["in_force"] = in_force(row, counting, lens)
    return columns | ({"layer": str(layer)} if layer else {}) | ({"service_state": str(state)} if state else {})


def begins(link: Row) -> PartialDate | None:
    """When the agreement begins to bind: effective_from, else announced; None: always."""
    moment: PartialDate | None = link["effective_from"] or link["announced"]
    return moment


def is_listed(link: Row, lens: Lens) -> bool:
    """A link is listed from when it binds, and stays listed after it ends."""
    start = begins(link)
    return start is None or lens.begun(start, _day(lens.valid_on))


def in_force(link: Row, counting: Sequence[Statement], lens: Lens) -> bool:
    """Whether the agreement binds on valid_on.

    It ends with effective_to, or with a status that ends it; an ended status without a date of its own leaves the
    date to effective_to."""
    day = _day(lens.valid_on)
    end: PartialDate | None = link["effective_to"]
    lasts = end is None or lens.lasts(end, day)
    if not is_listed(link, lens) or not lasts:
        return False
    status = link["status"]
    if status not in ENDED:
        return True
    dated = any(one.property == "status" and one.value is status and one.as_of for one in counting)
    return end is not None and not dated


_IN_SERVICE = frozenset({CapacityStage.IN_SERVICE, CapacityStage.BILLING})


def service_state(link: Row, counting: Sequence[Statement], lens: Lens) -> ServiceState | None:
    """Whether the service runs on valid_on: a start that was known before it fell is a plan, and stays one until
    confirmed.

    Confirmed: a statement known on or after the start says ACTIVE, IN_SERVICE or BILLING, or repeats the past start."""
    day = _day(lens.valid_on)
    start: PartialDate | None = link["service_from"]
    end: PartialDate | None = link["service_to"]
    if end and not lens.lasts(end, day):
        return ServiceState.ENDED
    if start is None:
        running = link["status"] is LinkStatus.ACTIVE or any(_says_running(one) for one in counting)
        return ServiceState.CONFIRMED if running else None
    if start.earliest > day:
        return ServiceState.PLANNED
    if any(_confirms(one, start) for one in counting):
        return ServiceState.CONFIRMED
    return ServiceState.OVERDUE_UNCONFIRMED if start.latest < day else ServiceState.PLANNED


def _says_running(statement: Statement) -> bool:
    return isinstance(statement.value, Capacity) and statement.value.stage in _IN_SERVICE


def _confirms(statement: Statement, start: PartialDate) -> bool:
    known = statement.known_earliest
    if known is None or known < start.earliest:
        return False
    if _says_running(statement) or (statement.property == "status" and statement.value is LinkStatus.ACTIVE):
        return True
    return statement.property == "service_from" and statement.value == start and known > start.latest


# ---- statements and sources as rows


def statement_row(statement: Statement, verdict: Verdict) -> Row:
    judged = {
        "counted": verdict.counted,
        "chosen": verdict.chosen,
        "reason": verdict.reason,
        "place": verdict.place,
        "caption": _caption(statement),
    }
    return Row("Statement", statement.id, statement_columns(statement) | judged)


def statement_columns(statement: Statement) -> Columns:
    """All of the statement; `statement_of` reads it back."""
    given: dict[str, Any] = {
        "subject": statement.subject,
        "subject_kind": statement.kind,
        "property": statement.property,
        "value": statement.text,
        "source": statement.source,
        "confidence": str(statement.confidence),
        "nature": str(statement.nature),
        "known_from": statement.known_earliest and statement.known_earliest.isoformat(),
        "known_from_latest": statement.known_latest.isoformat(),
        "said_known_from": statement.known_from and statement.known_from.text,
        "withdrawn": statement.withdrawn and statement.withdrawn.isoformat(),
        "note": statement.note,
        "entered": str(statement.entered),
    }
    as_of = KINDS["Statement"].properties["as_of"].type.columns("as_of", statement.as_of) if statement.as_of else {}
    return {name: value for name, value in given.items() if value is not None} | as_of


def _caption(statement: Statement) -> str:
    told = statement.text.strip('"')
    return f"{statement.property}: {told}"[:40]


def statement_of(row: Row) -> Statement:
    """The statement that a row of label Statement holds."""
    columns = row.columns
    about = KINDS[columns["subject_kind"]].properties[columns["property"]]
    said = columns.get("said_known_from")
    known = columns.get("known_from")
    return Statement(
        subject=columns["subject"],
        kind=columns["subject_kind"],
        property=columns["property"],
        value=about.type.from_json(json.loads(columns["value"])),
        source=columns["source"],
        confidence=row["confidence"],
        nature=row["nature"],
        known_earliest=date.fromisoformat(known) if known else None,
        known_latest=row["known_from_latest"],
        as_of=row["as_of"],
        known_from=PartialDate.read(said) if said else None,
        withdrawn=row["withdrawn"],
        note=columns.get("note"),
        entered=Entered(columns["entered"]),
    )


def source_row(source: Source) -> Row:
    columns: Columns = {"entered": str(source.entered)}
    for name, given in KINDS["Source"].properties.items():
        value = getattr(source, name)
        if value is not None:
            columns |= given.type.columns(name, value)
    return Row("Source", source.key, columns)


def source_of(row: Row) -> Source:
    """The source that a row of label Source holds."""
    stated = {name: row[name] for name, given in row.kind.properties.items() if not given.derived}
    return Source(key=row.key, entered=Entered(row.columns["entered"]), **stated)
