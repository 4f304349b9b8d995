"""`seeds/*.yaml`, or records of the same form, into a StatementLog; every problem at once, with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from graph.concurrency.collector import collector_paused
from graph.errors import BadValue, OverlayErrors, Problem, RecordErrors, SeedErrors
from graph.evidence.lens import today
from graph.evidence.log import StatementLog
from graph.evidence.statements import Entered, Said, Source, Statement, Support
from graph.seeding.fact_files import FILES, kinds_there, read_folder, unread_kinds
from graph.seeding.plausible_dates import (
    Misdated,
    has_happened,
    is_dated,
    known_too_early,
    known_too_late,
    misdated,
    misdated_moment,
    misdated_source,
    verified_too_early,
)
from graph.seeding.yaml_records import MAX_FILE_BYTES, At, RecordFile
from graph.vocabulary.enums import Confidence, Nature, SourceReading
from graph.vocabulary.model import KINDS, LINKS, Kind, Property, StatementRecord
from graph.vocabulary.parsing import (
    part,
    read_choice,
    read_flag,
    read_key,
    read_list,
    read_mapping,
    read_text,
    required,
)
from graph.vocabulary.types import USUAL_YEARS_AHEAD, Choice, Day, Flag, Number, PartialDay, Whole
from graph.vocabulary.values import Figure, PartialDate, Raw, quote_raw

CLAIM_KEYS = (
    *("says", "sources", "confidence", "nature", "as_of", "known_from", "withdrawn", "note"),
    *("locator", "last_verified"),
)
KNOWN = "known"
"""Of a claim in a file: when it became known, where that follows from nothing else. An export writes it."""
INCOMPLETE = "incomplete"
"""Of a record in a file: the rest of it is not there. An export writes it."""
_PROPERTIES = [prop for kind in KINDS.values() for prop in kind.properties.values()]
_DATED = frozenset(id(prop) for prop in _PROPERTIES if is_dated(prop))
_HAVE_HAPPENED = frozenset(id(prop) for prop in _PROPERTIES if has_happened(prop))
_REPEATED = frozenset(
    id(prop) for prop in _PROPERTIES if isinstance(prop.type, Choice | Day | Flag | Number | PartialDay | Whole)
)
"""Properties of which many records say the same, and that one key says. By identity: they are what the vocabulary
holds, and hashing one takes longer than reading a value."""
_MAX_VALUES = 100_000
BEGIN_AND_END = (("effective_from", "effective_to"), ("service_from", "service_to"), ("issued", "maturity"))


def read_seeds(folder: Path, *, check_dates: bool = True, max_bytes: int = MAX_FILE_BYTES) -> StatementLog:
    """Reads all facts of a folder, whose files have at most `max_bytes`. Raises SeedErrors with every problem; then
    nothing was read.

    Without `check_dates` dates that cannot be are taken as they stand: what was stored can be read back."""
    files = read_folder(folder, max_bytes)
    return read_files(files, day=today() if check_dates else None, lets_go=True)


def read_files(files: Sequence[RecordFile], *, day: date | None, lets_go: bool = False) -> StatementLog:
    """The statements of files that are read already, `day` being today; None leaves dates unchecked. With `lets_go` the
    files have no records afterwards. Raises SeedErrors."""
    with collector_paused():
        log = _Reading(files, Entered.SEEDS, day, lets_go=lets_go).log()
    problems = [problem for file in files for problem in file.problems]
    if problems:
        raise SeedErrors(problems)
    return log


def read_records(records: Sequence[Raw], stored: StatementLog, day: date) -> StatementLog:
    """What JSON records add to what is stored: the statements they make and the sources they bring.

    They have the form of the seeds, and each its kind as `type`. They may name what is stored, and say more of it. When
    a statement became known follows as from the seeds; it is `day` at the latest. Raises RecordErrors."""
    file = RecordFile("records", list(records), {(index,): index + 1 for index in range(len(records))})
    log = read_added(file, stored, day)
    if file.problems:
        raise RecordErrors(file.problems)
    return log


def read_added(file: RecordFile, stored: StatementLog, day: date, *, entered: Entered = Entered.API) -> StatementLog:
    """The same of a file; its problems stay with it."""
    return Addition([file], entered, day, stored=stored).log()


def read_layer(files: Sequence[RecordFile], public: StatementLog, day: date) -> StatementLog:
    """What the files of another folder say beside the public facts: they may name what these hold, say otherwise of it,
    and add to it. Raises OverlayErrors."""
    log = _OverlayReading(files, Entered.OVERLAY, day, stored=public).log()
    problems = [problem for file in files for problem in file.problems]
    if problems:
        raise OverlayErrors(problems)
    return log


@dataclass(frozen=True)
class RecordDraft:
    """A record with the place it stands at."""

    file: RecordFile
    kind: type[Kind]
    key: str
    raw: Mapping[str, Raw]
    at: At

    def report(self, path: At, what: str, remedy: str, where: str = "") -> None:
        self.file.report((*self.at, *path), what, where or _where(self.key, path), remedy)


def _where(key: str, path: At) -> str:
    steps = [f"{step + 1}" if isinstance(step, int) else step for step in path]
    return f"in {key}" + (f": {' '.join(steps)}" if steps else "")


@dataclass(frozen=True)
class _ClaimDraft:
    """A claim as typed; `values` pairs a property with one value it says."""

    at: At
    values: list[tuple[Property, Any]]
    sources: tuple[str, ...]
    confidence: Confidence
    nature: Nature = Nature.STATED
    as_of: PartialDate | None = None
    known_from: PartialDate | None = None
    known: tuple[date | None, date] | None = None
    withdrawn: date | None = None
    note: str | None = None
    locator: str | None = None
    last_verified: date | None = None


@dataclass
class _Reading:
    files: Sequence[RecordFile]
    entered: Entered
    day: date | None
    lets_go: bool = field(default=False, kw_only=True)
    """Whether records go once they are read: they take more memory than what is read of them."""
    kinds: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[RecordFile, At]] = field(default_factory=dict)
    """Where each record stands."""
    refused: set[str] = field(default_factory=set)
    """Keys of records that are not taken: what names them is no problem of its own."""
    sources: dict[str, Source] = field(default_factory=dict)
    _there: frozenset[str] = frozenset()
    """Labels of the kinds whose records were there before they went."""
    _values: dict[tuple[int, str], list[Any]] = field(default_factory=dict)
    """What texts of _REPEATED properties say, in which there is no problem."""
    _said: dict[tuple[str, int, str | int], Said] = field(default_factory=dict)
    _supports: dict[tuple[Any, ...], Support] = field(default_factory=dict)

    def log(self) -> StatementLog:
        return StatementLog.of(self._all_statements(), self.sources.values())

    def _all_statements(self) -> Iterable[Statement]:
        records = [record for file in self.files for record in self._records(file)]
        for record in records:
            if record.kind is KINDS["Source"]:
                self._source(record)
        self._check_publishers(records)
        self._check_through(records)
        if self.lets_go:
            self._there = kinds_there(self.files)
            for file in self.files:
                file.records = []
        records.reverse()
        while records:
            record = records.pop()
            if record.kind is not KINDS["Source"]:
                yield from self._statements(record)

    # records

    def _records(self, file: RecordFile) -> Iterator[RecordDraft]:
        for index, raw in enumerate(file.records):
            key = self._key(file, raw, (index,))
            kind = None if key is None else self._kind(file, raw, (index,))
            if key is not None and kind is None:
                self.refused.add(key)
            if key is None or kind is None:
                continue
            record = RecordDraft(file, kind, key, raw, (index,))
            if self._identify(record):
                yield record

    def _kind(self, file: RecordFile, raw: Mapping[str, Raw], at: At) -> type[Kind] | None:
        return FILES.get(file.stands_for)

    def _key(self, file: RecordFile, raw: Raw, at: At) -> str | None:
        where = f"record {int(at[0]) + 1}"
        if not isinstance(raw, dict):
            file.report(at, "not a record", where, "write '- id: …' with its properties below")
            return None
        try:
            return read_key(raw.get("id"))
        except BadValue as problem:
            what = "a record without an id" if raw.get("id") is None else problem.message
            file.report((*at, "id"), what, where, problem.remedy)
            return None

    def _identify(self, record: RecordDraft) -> bool:
        if record.key in self.kinds:
            file, at = self.places[record.key]
            other = f"also a {self.kinds[record.key]} at {file.name}:{file.line((*at, 'id'))}"
            record.report(("id",), f"id '{record.key}' stands twice ({other})", "choose another id or merge them")
            return False
        self.kinds[record.key] = record.kind.kind_name
        self.places[record.key] = record.file, record.at
        self._check_form(record)
        return True

    def _check_form(self, record: RecordDraft) -> None:
        """Checks the keys of the record, and the type of a link."""
        self._check_keys(record, _RECORD_KEYS[record.kind.kind_name])
        if record.kind.kind_name in LINKS and record.raw.get("type") != record.kind.kind_name:
            record.report(
                ("type",), f"type is not {record.kind.kind_name}", f"write type: {record.kind.kind_name} or move it"
            )

    def _check_keys(self, record: RecordDraft, allowed: Sequence[str]) -> None:
        for name in record.raw:
            if name not in allowed:
                record.report((name,), f"unknown key {quote_raw(name)}", f"use {', '.join(allowed)}")

    # sources

    def _source(self, record: RecordDraft) -> None:
        """Takes a source that has no problem: what follows from one is none of the records that cite it."""
        values: dict[str, Any] = {}
        before = len(record.file.problems)
        for name, prop in record.kind.properties.items():
            if not prop.derived and record.raw.get(name) is not None:
                read = self._read(record, prop, record.raw, ())
                values |= {name: read[0]} if read else {}
        self._check_reading(record, values)
        if self.day:
            self._report_dates(record, (), misdated_source(values, self.day))
        missing = [name for name in ("url", "publisher", "kind", "origin") if record.raw.get(name) is None]
        for name in missing:
            record.report((), f"a source without {name}", f"add {name}")
        if values.get("published") is None and values.get("retrieved") is None:
            record.report((), "a source without published and retrieved", "add the day on which it was read: retrieved")
        if len(record.file.problems) == before:
            self.sources[record.key] = Source(key=record.key, entered=self.entered, **values)

    def _check_reading(self, record: RecordDraft, values: Mapping[str, Any]) -> None:
        """Checks that how the source was read fits together."""
        read = values.get("read", SourceReading.UNKNOWN)
        if values.get("through") and read is not SourceReading.SECOND_HAND:
            what = f"through of a source that was not read {SourceReading.SECOND_HAND}"
            record.report(("through",), what, f"write read: {SourceReading.SECOND_HAND}, or leave through out")
        if values.get("sha256") and read is not SourceReading.FIRST_HAND:
            what = f"sha256 of a source that was not read {SourceReading.FIRST_HAND}"
            record.report(("sha256",), what, f"write read: {SourceReading.FIRST_HAND}, or leave sha256 out")
        if ("sha256" in values) != ("hash_rule" in values):
            what = "one of sha256 and hash_rule without the other"
            record.report((), what, "write what `wattgraph source hash FILE` prints")

    def _check_through(self, records: Iterable[RecordDraft]) -> None:
        """Checks that sources read through others lead to one that was not."""
        drafts = {record.key: record for record in records if record.key in self.sources}
        try:
            TopologicalSorter({key: self.sources[key].through for key in drafts}).prepare()
        except CycleError as error:
            circle = error.args[1]
            first = min(set(circle) & drafts.keys())
            what = f"sources that were read through each other ({', '.join(sorted(set(circle)))})"
            drafts[first].report(("through",), what, "name the documents that were opened")

    def _check_publishers(self, records: Iterable[RecordDraft]) -> None:
        own = {record.key for record in records}
        seen = {source.url: source for key, source in self.sources.items() if key not in own}
        for record in records:
            source = self.sources.get(record.key)
            if source is None or record.kind is not KINDS["Source"]:
                continue
            first = seen.setdefault(source.url, source)
            if first.publisher != source.publisher:
                what = f"two publishers for one url ('{first.publisher}' in {first.key}, '{source.publisher}' here)"
                record.report(("publisher",), what, "name one publisher, or mend the url")

    # claims

    def _statements(self, record: RecordDraft) -> Iterator[Statement]:
        before = len(record.file.problems)
        incomplete = self._is_incomplete(record)
        claims = [] if incomplete and record.raw.get("claims") is None else self._claims(record)
        entry = self._entry(record)
        first = min((*_announced(claims, entry), *self._announced_before(record)), default=None)
        if not incomplete and len(record.file.problems) == before:  # a claim with a problem may say what is needed
            self._check_needed(record, claims, entry)
        self._check_dates(record, claims, entry)
        for claim in claims:
            claimed = {prop.name for prop, _ in claim.values}
            only_keys = bool(claim.values) and all(prop.on_record for prop, _ in claim.values)
            supported = [] if only_keys else [pair for pair in entry if pair[0].name not in claimed]
            for source in claim.sources:
                if source not in self.sources:
                    continue
                times = claim.known or known_interval(self.sources[source], claim.known_from, first)
                self._check_known(record, claim, source, times)
                support = self._support(claim, source, times)
                yield from self._stated(record, claim.values, support)
                # what stands on the record is as well supported as the claim; its moment is the record's
                if claim.as_of or claim.note or claim.locator or claim.last_verified:
                    support = replace(support, as_of=None, note=None, locator=None, last_verified=None)
                yield from self._stated(record, supported, support)

    def _support(self, claim: _ClaimDraft, source: str, times: tuple[date | None, date]) -> Support:
        """One object for what is supported alike."""
        dated = claim.as_of, claim.known_from, claim.withdrawn
        looked_up = claim.note, claim.locator, claim.last_verified
        key = source, claim.confidence.value, claim.nature.value, *times, *dated, *looked_up
        if key not in self._supports:
            self._supports[key] = Support(
                source,
                claim.confidence,
                claim.nature,
                *times,
                as_of=claim.as_of,
                known_from=claim.known_from,
                withdrawn=claim.withdrawn,
                note=claim.note,
                locator=claim.locator,
                last_verified=claim.last_verified,
                entered=self.entered,
            )
        return self._supports[key]

    def _stated(
        self, record: RecordDraft, values: Iterable[tuple[Property, Any]], support: Support
    ) -> Iterator[Statement]:
        """A figure is of its own moment where the claim has none."""
        said: list[Said] = []
        for prop, value in values:
            one = self._said_of(record.kind.kind_name, prop, value)
            if support.as_of is None and isinstance(value, Figure) and value.as_of:
                yield from Statement.each(record.key, [one], replace(support, as_of=value.as_of))
            else:
                said.append(one)
        yield from Statement.each(record.key, said, support)

    def _said_of(self, kind: str, prop: Property, value: Any) -> Said:
        """One object for each text, and for each value that `_read` keeps."""
        key = kind, id(prop), value if type(value) is str else id(value)
        known = self._said.get(key)
        if known is None:
            known = Said(kind, prop.name, value)
            if (type(value) is str or id(prop) in _REPEATED) and len(self._said) < _MAX_VALUES:
                self._said[key] = known  # which keeps the value, so that no other has its identity
        return known

    def _announced_before(self, record: RecordDraft) -> Iterable[date]:
        """When others than these files say it was announced."""
        return ()

    def _stated_before(self, record: RecordDraft) -> Iterable[str]:
        """Names of properties that others than these files say."""
        return ()

    def _check_dates(
        self, record: RecordDraft, claims: Sequence[_ClaimDraft], entry: Sequence[tuple[Property, Any]]
    ) -> None:
        """Checks that claims tell nothing before it happened, and nothing later than their sources were read."""
        if self.day is None or self.entered is Entered.SCENARIO:
            return
        for claim in claims:
            cited = self._cited(claim)
            self._check_happened(record, (*claim.at, "says"), claim.values, cited)
            if claim.known_from and not claim.known and not self._may_be_later(record):
                self._report_dates(record, claim.at, known_too_late(claim.known_from, cited))
            if claim.last_verified:
                self._report_dates(record, claim.at, verified_too_early(claim.last_verified, cited))
        every = {source.key: source for claim in claims for source in self._cited(claim)}
        self._check_happened(record, (), entry, list(every.values()))

    def _cited(self, claim: _ClaimDraft) -> list[Source]:
        return [self.sources[key] for key in claim.sources if key in self.sources]

    def _check_happened(
        self, record: RecordDraft, at: At, pairs: Iterable[tuple[Property, Any]], cited: Sequence[Source]
    ) -> None:
        for prop, value in pairs:
            if id(prop) in _HAVE_HAPPENED:
                self._report_dates(record, at, known_too_early(prop, value, cited))

    def _report_dates(self, record: RecordDraft, at: At, problems: Iterable[Misdated]) -> None:
        for key, what, remedy in problems:
            record.report((*at, key), what, remedy)

    def _may_be_later(self, record: RecordDraft) -> bool:
        """Whether claims of the record may be known later than their sources were read: they correct others."""
        claims = record.raw.get("claims")
        return any(isinstance(claim, dict) and claim.get("withdrawn") for claim in claims or ())

    def _check_known(
        self, record: RecordDraft, claim: _ClaimDraft, source: str, times: tuple[date | None, date]
    ) -> None:
        """Checks when the claim became known by one source against today and its own withdrawal."""
        if self.day and claim.withdrawn and times[0] and claim.withdrawn < times[0]:
            what = f"withdrawn on {claim.withdrawn}, before it became known on {times[0]}"
            record.report((*claim.at, "withdrawn"), what, "mend one of the two")

    def _is_incomplete(self, record: RecordDraft) -> bool:
        try:
            return read_flag(record.raw.get(INCOMPLETE, "false"))
        except BadValue as problem:
            record.report((INCOMPLETE,), problem.message, problem.remedy)
            return False

    def _claims(self, record: RecordDraft) -> list[_ClaimDraft]:
        if is_plain(record.kind) and "claims" not in record.raw:
            return self._plain_claims(record)
        raw = record.raw.get("claims")
        if is_plain(record.kind) and "sources" in record.raw:
            record.report(("sources",), "sources beside claims", "name the sources in the claims")
        if not isinstance(raw, list) or not raw:
            record.report(("claims",), "a record without claims", "add a claim with says and sources")
            return []
        claims = [self._claim(record, item, ("claims", index)) for index, item in enumerate(raw)]
        return [claim for claim in claims if claim]

    def _plain_claims(self, record: RecordDraft) -> list[_ClaimDraft]:
        """A record without claims: its sources support all of it."""
        sources = self._sources(record, record.raw.get("sources"), ())
        return [_ClaimDraft((), [], sources, Confidence.HIGH)] if sources else []

    def _claim(self, record: RecordDraft, raw: Raw, at: At) -> _ClaimDraft | None:
        before = len(record.file.problems)
        try:
            read_mapping(raw, self._claim_keys())
        except BadValue as problem:
            record.report((*at, *problem.path), problem.message, problem.remedy)
            return None
        sources = self._sources(record, raw.get("sources"), at)
        values = self._says(record, raw.get("says"), (*at, "says"))
        support = self._read_support(record, raw, at)
        if "locator" in support and len(sources) > 1:
            what, remedy = "a locator beside several sources", "write a claim for each document"
            record.report((*at, "locator"), what, remedy)
        return None if len(record.file.problems) > before else _ClaimDraft(at, values, sources, **support)

    def _claim_keys(self) -> tuple[str, ...]:
        return (*CLAIM_KEYS, KNOWN)

    def _sources(self, record: RecordDraft, raw: Raw, at: At) -> tuple[str, ...]:
        if raw is None or raw == []:
            record.report(at, "a claim without a source", "name at least one source; no value stands without one")
            return ()
        try:
            sources: tuple[str, ...] = read_list(raw, read_key)
        except BadValue as problem:
            record.report((*at, "sources", *problem.path), problem.message, problem.remedy)
            return ()
        for index, source in enumerate(sources):
            if self.kinds.get(source) != "Source" and not self._is_reported(source, ("Source",)):
                record.report((*at, "sources", index), f"no source '{source}'", "add it to sources.yaml or mend the id")
        return sources

    def _read_support(self, record: RecordDraft, raw: Mapping[str, Raw], at: At) -> dict[str, Any]:
        """How the claim is supported and dated: all of it but what it says."""
        if raw.get("confidence") is None:
            record.report(at, "a claim without confidence", "add confidence: high, medium or low")
        support: dict[str, Any] = {}
        for name, read in _SUPPORT.items():
            if raw.get(name) is not None:
                try:
                    support[name] = read(raw[name])
                except BadValue as problem:
                    record.report((*at, name, *problem.path), problem.message, problem.remedy)
        self._check_support(record, support, at)
        return support

    def _check_support(self, record: RecordDraft, support: Mapping[str, Any], at: At) -> None:
        """Checks the dates of a claim against today."""
        for name, years_ahead in _SUPPORT_YEARS.items():
            if self.day and name in support:
                moment = support[name]
                moment = moment if isinstance(moment, PartialDate) else PartialDate.on(moment)
                self._report_dates(record, at, misdated_moment(name, moment, self.day, years_ahead))

    def _says(self, record: RecordDraft, raw: Raw, at: At) -> list[tuple[Property, Any]]:
        if not isinstance(raw, dict) or not raw:
            record.report(at, "a claim that says nothing", "add says: {property: value}")
            return []
        values: list[tuple[Property, Any]] = []
        for prop in self._properties(record, raw, at):
            values += [(prop, value) for value in self._read(record, prop, raw, at)]
        self._check_order(record, values, at)
        return values

    def _properties(self, record: RecordDraft, raw: Mapping[str, Raw], at: At) -> list[Property]:
        props: dict[str, Property] = {}
        for name in raw:
            prop = record.kind.by_key.get(name)
            if prop is None:
                known = ", ".join(record.kind.by_key)
                record.report(
                    (*at, name), f"unknown property {quote_raw(name)}", f"a {record.kind.kind_name} has {known}"
                )
            elif raw[name] is None:
                record.report((*at, name), f"{name} has no value", "write one or leave it out")
            else:
                props[prop.name] = prop
        return list(props.values())

    def _entry(self, record: RecordDraft) -> list[tuple[Property, Any]]:
        """What stands on the record itself."""
        entry: list[tuple[Property, Any]] = []
        for prop in record.kind.properties.values():
            if prop.on_record and record.raw.get(prop.name) is not None:
                entry += [(prop, value) for value in self._read(record, prop, record.raw, ())]
        return entry

    def _read(self, record: RecordDraft, prop: Property, raw: Mapping[str, Raw], at: At) -> list[Any]:
        text = raw.get(prop.name) if id(prop) in _REPEATED else None
        known = self._values.get((id(prop), text)) if type(text) is str else None
        if known is not None:
            return known
        problems = len(record.file.problems)
        values = self._read_anew(record, prop, raw, at)
        if type(text) is str and len(record.file.problems) == problems and len(self._values) < _MAX_VALUES:
            self._values[id(prop), text] = values
        return values

    def _read_anew(self, record: RecordDraft, prop: Property, raw: Mapping[str, Raw], at: At) -> list[Any]:
        try:
            values = prop.type.read(prop.name, raw)
        except BadValue as problem:
            record.report((*at, *problem.path), problem.message, problem.remedy)
            return []
        for value in values:
            if prop.refers_to:
                self._check_reference(record, prop, value, (*at, prop.name))
            if self.day and id(prop) in _DATED:
                supposed = self.entered is Entered.SCENARIO
                self._report_dates(record, at, misdated(prop, value, self.day, supposed=supposed))
        return values

    # checks across records

    def _check_reference(self, record: RecordDraft, prop: Property, value: Any, at: At) -> None:
        for key in value if isinstance(value, tuple) else (value,):
            kind = self._kind_named(key)
            wanted = " or ".join(prop.refers_to)
            if self._is_reported(key, prop.refers_to):
                continue
            if kind is None:
                record.report(at, f"no {wanted} '{key}'", "add it or mend the id")
            elif kind not in prop.refers_to:
                record.report(at, f"'{key}' is a {kind}", f"{prop.name} takes a {wanted}")
            elif key == record.key:
                record.report(at, f"{prop.name} names the record itself", "name another")

    def _is_reported(self, key: str, labels: Sequence[str]) -> bool:
        """Whether a record that is not there follows from what is a problem already: a file or a record that could not
        be read, or a kind without a file."""
        if key in self.kinds:
            return False
        return key in self.refused or not self._unread.isdisjoint(labels) or self._tell_missing_file(labels)

    @cached_property
    def _unread(self) -> set[str]:
        """Labels of kinds of which records are missing because of a problem that is told."""
        return set(unread_kinds(self.files))

    def _tell_missing_file(self, labels: Sequence[str]) -> bool:
        """Tells once that there is no file for the kinds, or that it is empty."""
        if not (self._there | kinds_there(self.files)).isdisjoint(labels):
            return False
        self._unread.update(labels)
        names = sorted(name for name, kind in FILES.items() if kind.kind_label in labels)
        folder = self.files[0].name.split("/", 1)[0]
        if any(file.stands_for in names for file in self.files):
            what, remedy = f"nothing stands in {' or '.join(names)}", "fill it: records name what it should hold"
        else:
            what, remedy = f"no file {' or '.join(names)}", "add it: records name what it holds"
        self.files[0].problems.append(Problem(folder, 1, what, "in the folder", remedy))
        return True

    def _kind_named(self, key: str) -> str | None:
        name = self.kinds.get(key)
        return KINDS[name].kind_label if name else None

    def _check_needed(
        self, record: RecordDraft, claims: Sequence[_ClaimDraft], entry: Sequence[tuple[Property, Any]]
    ) -> None:
        stated = {prop.name for claim in claims for prop, _ in claim.values} | {prop.name for prop, _ in entry}
        stated.update(self._stated_before(record))
        for prop in record.kind.required_properties():
            if prop.name not in stated and claims:
                record.report((), f"a {record.kind.kind_name} without {prop.name}", f"add {prop.name}")

    def _check_order(self, record: RecordDraft, values: Sequence[tuple[Property, Any]], at: At) -> None:
        dates = {prop.name: value for prop, value in values}
        for begin, end in BEGIN_AND_END:
            if begin in dates and end in dates and dates[end].latest < dates[begin].earliest:
                record.report((*at, end), f"{end} is before {begin}", "swap or mend the dates")


@dataclass
class Addition(_Reading):
    """Records that add to what is stored."""

    day: date
    stored: StatementLog = field(kw_only=True)
    own: set[str] = field(default_factory=set)

    def log(self) -> StatementLog:
        self.kinds = {**self.stored.kinds, **dict.fromkeys(self.stored.sources, "Source")}
        self.sources = dict(self.stored.sources)
        return StatementLog.of(self._all_statements(), self._own_sources())

    def _own_sources(self) -> Iterator[Source]:
        yield from (source for key, source in self.sources.items() if key in self.own)

    def _kind(self, file: RecordFile, raw: Mapping[str, Raw], at: At) -> type[Kind] | None:
        name = raw.get("type")
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None or kind is StatementRecord:
            known = ", ".join(kind.kind_name for kind in FILES.values())
            file.report((*at, "type"), "a record without a known type", f"in {raw['id']}", f"write one of {known}")
            return None
        return kind

    def _identify(self, record: RecordDraft) -> bool:
        there = self.kinds.get(record.key)
        if record.key in self.own:
            record.report(("id",), f"id '{record.key}' stands twice", "unite the two records")
        elif there is not None and there != record.kind.kind_name:
            record.report(("id",), f"'{record.key}' is a {there}", "choose another id or mend the type")
        else:
            self.own.add(record.key)
            self.kinds[record.key] = record.kind.kind_name
            self._check_form(record)
            return True
        return False

    def _check_form(self, record: RecordDraft) -> None:
        self._check_keys(record, tuple(dict.fromkeys(("id", "type", *_record_keys(record.kind)))))

    def _source(self, record: RecordDraft) -> None:
        super()._source(record)
        stored, added = self.stored.sources.get(record.key), self.sources.get(record.key)
        if stored and added and replace(added, entered=stored.entered) != stored:
            record.report((), "another source of this id is stored", "choose another id, or leave the record out")

    def _announced_before(self, record: RecordDraft) -> Iterable[date]:
        statements = self.stored.by_subject.get(record.key, ())
        return (one.value.earliest for one in statements if one.property == "announced")

    def _stated_before(self, record: RecordDraft) -> Iterable[str]:
        return (one.property for one in self.stored.by_subject.get(record.key, ()))

    def _may_be_later(self, record: RecordDraft) -> bool:
        """What is sent today may have been learnt today, from whatever was read long ago."""
        return True

    def _check_known(
        self, record: RecordDraft, claim: _ClaimDraft, source: str, times: tuple[date | None, date]
    ) -> None:
        super()._check_known(record, claim, source, times)
        mended_elsewhere = claim.known_from or source in self.own
        if times[0] is not None and times[0] > self.day and not mended_elsewhere:
            remedy = f"write what is known on {self.day}"
            record.report((), f"what {source} says becomes known on {times[0]}, which is in the future", remedy)

    def _tell_missing_file(self, labels: Sequence[str]) -> bool:
        return False

    def _is_incomplete(self, record: RecordDraft) -> bool:
        return False

    def _claim_keys(self) -> tuple[str, ...]:
        return CLAIM_KEYS


@dataclass
class _OverlayReading(Addition):
    """Records that add to what is stored, in files of the form of the seeds."""

    def _kind(self, file: RecordFile, raw: Mapping[str, Raw], at: At) -> type[Kind] | None:
        return _Reading._kind(self, file, raw, at)

    def _check_form(self, record: RecordDraft) -> None:
        _Reading._check_form(self, record)

    def _is_incomplete(self, record: RecordDraft) -> bool:
        if INCOMPLETE in record.raw:
            record.report((INCOMPLETE,), "an incomplete record", "leave it out: what is stored makes it whole")
        return False


def _read_confidence(raw: Raw) -> Any:
    if raw not in ("high", "medium", "low"):
        raise BadValue(f"{quote_raw(raw)} is not a confidence", remedy="write high, medium or low")
    return Confidence(raw.upper())


def _read_day(raw: Raw) -> date:
    moment = PartialDate.read(read_text(raw))
    if moment.earliest != moment.latest:
        raise BadValue(f"{quote_raw(raw)} is not a day", remedy="write a whole date such as '2026-07-15'")
    return moment.earliest


def _read_known(raw: Raw) -> tuple[date | None, date]:
    support = read_mapping(raw, ("earliest", "latest"))
    earliest, latest = part(support, "earliest", _read_day), required(support, "latest", _read_day)
    if earliest and earliest > latest:
        raise BadValue("earliest is after latest", remedy="swap them", path=("earliest",))
    return earliest, latest


_SUPPORT: Mapping[str, Any] = {
    "confidence": _read_confidence,
    "nature": lambda raw: read_choice(Nature, raw),
    "as_of": lambda raw: PartialDate.read(read_text(raw)),
    "known_from": lambda raw: PartialDate.read(read_text(raw)),
    KNOWN: _read_known,
    "withdrawn": _read_day,
    "note": read_text,
    "locator": read_text,
    "last_verified": _read_day,
}
_SUPPORT_YEARS = {"as_of": USUAL_YEARS_AHEAD, "known_from": 0, "withdrawn": 0, "last_verified": 0}
"""How many years ahead the dates of a claim may lie."""


def is_plain(kind: type[Kind]) -> bool:
    """Whether every property of the kind may stand on the record, so that its records need no claims."""
    return kind.kind_name in _PLAIN


_PLAIN = frozenset(
    kind.kind_name
    for kind in KINDS.values()
    if all(prop.on_record or prop.derived for prop in kind.properties.values())
)


def _record_keys(kind: type[Kind]) -> tuple[str, ...]:
    if kind is KINDS["Source"]:
        return ("id", *(name for name, prop in kind.properties.items() if not prop.derived))
    on_record = tuple(name for name, prop in kind.properties.items() if prop.on_record)
    link_type = ("type",) if kind.kind_name in LINKS else ()
    return ("id", *link_type, *on_record, *["sources"] * is_plain(kind), "claims")


_RECORD_KEYS = {kind.kind_name: (*_record_keys(kind), INCOMPLETE) for kind in KINDS.values()}


def _announced(claims: Sequence[_ClaimDraft], entry: Sequence[tuple[Property, Any]]) -> Iterator[date]:
    pairs = [pair for claim in claims for pair in claim.values] + list(entry)
    return (value.earliest for prop, value in pairs if prop.name == "announced")


def known_interval(source: Source, known_from: PartialDate | None, announced: date | None) -> tuple[date | None, date]:
    """When a statement became known: published; else `known_from`; else from the first announcement of its
    record until its source was read.

    A claim that was added later (a correction) says so with a known_from after its source's publication."""
    if source.published and not (known_from and known_from.earliest > source.published.earliest):
        return source.published.earliest, source.published.latest
    if known_from:
        return known_from.earliest, known_from.latest
    read = source.retrieved or date.max
    return (min(announced, read) if announced else None), read
