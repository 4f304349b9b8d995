"""Statements and sources in the format of the seeds: what `read_seeds` reads back is the same log, times included.

A claim unites what its sources say in the same way. What follows from the format is left to follow: the sources of a
claim stand for what is on the record, and when a claim became known is written only where nothing else tells it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from graph.errors import BadInput, ExportRefused, SeedErrors
from graph.evidence.log import StatementLog
from graph.evidence.statements import Source, Statement
from graph.seeding.reader import BEGIN_AND_END, INCOMPLETE, KNOWN, is_plain, known_interval, read_seeds
from graph.seeding.yaml_records import write_records
from graph.vocabulary.enums import Confidence, Nature, SourceReading
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import KINDS, LINKS, Kind, Property
from graph.vocabulary.values import PartialDate, Raw

Record = dict[str, Raw]
NOTICE = "NOTICE"
"""The file of an export that states licences."""


def export_statements(log: StatementLog, folder: Path) -> None:
    """Write the log into a new folder, all of it or nothing; what was written is read back before it takes its place.

    Raises BadInput for a folder that holds something, ExportRefused for a log that the format cannot hold."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something already.", remedy="Name a new folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror}).", remedy="Name another folder.") from None
    try:
        _write({**statement_files(log), NOTICE: _notice(log)}, part)
        _check(log, part)
        part.chmod(0o755)
        part.replace(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror}).", remedy="Name another folder.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _notice(log: StatementLog) -> str:
    """The licence of the facts, and those of the data sets among their sources."""
    licensed = [source for source in log.sources.values() if source.licence]
    lines = [f"{one.publisher}, {one.title or one.key} ({one.url}): {one.licence}" for one in licensed]
    return "\n".join([FACTS_LICENCE.sentence, *lines, ""])


def _check(log: StatementLog, folder: Path) -> None:
    try:
        version = read_seeds(folder, check_dates=False).version
    except SeedErrors as error:
        raise _refused(str(error.problems[0])) from None
    if version != log.version:
        raise _refused(f"it reads back as version {version}, not {log.version}")


def _refused(why: str) -> ExportRefused:
    return ExportRefused(f"The store holds what the seeds cannot say: {why}.", remedy="Report it; nothing was written.")


def statement_files(log: StatementLog) -> Mapping[str, str]:
    """The text of every file of the export, by name; the same bytes for the same log."""
    files: dict[str, list[Record]] = {}
    files["sources.yaml"] = [_source_record(source) for source in log.sources.values()]
    unsaid = _unsaid(log)
    records = {subject: _Subject(subject, group, log.sources).record() for subject, group in log.by_subject.items()}
    records |= {key: _identity(key, KINDS[kind]) | {INCOMPLETE: True} for key, kind in unsaid.items()}
    kinds = {**unsaid, **log.kinds}
    for key in sorted(records):
        files.setdefault(KINDS[kinds[key]].seed_file, []).append(records[key])
    return {name: write_records(files[name]) for name in sorted(files) if files[name]}


def _source_record(source: Source) -> Record:
    record: Record = {"id": source.key}
    for name, about in KINDS["Source"].properties.items():
        value = None if about.derived else getattr(source, name)
        record |= {} if value in (None, (), SourceReading.UNKNOWN) else _dump(about, value)
    return record


def _unsaid(log: StatementLog) -> Mapping[str, str]:
    """Kinds of what statements refer to and nobody says anything of, by key."""
    named: dict[str, set[tuple[str, ...]]] = {}
    for statement in log.statements:
        for key in _references(statement):
            if key not in log.kinds:
                named.setdefault(key, set()).add(statement.about.refers_to)
    narrowest = {key: min(kinds, key=lambda one: (len(one), one))[0] for key, kinds in named.items()}
    # of a link that is gone nobody knows the type; where nothing is said, any will do
    return {key: next(iter(LINKS)) if kind == "Link" else kind for key, kind in narrowest.items()}


def _references(statement: Statement) -> tuple[str, ...]:
    if not statement.about.refers_to:
        return ()
    return statement.value if isinstance(statement.value, tuple) else (statement.value,)


def _identity(key: str, kind: type[Kind]) -> Record:
    return {"id": key} | ({"type": kind.kind_name} if kind.kind_name in LINKS else {})


def _dump(about: Property, value: Any) -> Record:
    return {key: _plain(part) for key, part in about.type.dump(about.name, value).items()}


def _plain(value: Raw) -> Raw:
    """Numbers without a needless fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value


# ---- one subject

Times = tuple[date | None, date]


@dataclass(frozen=True, slots=True)
class _ClaimSupport:
    """How a claim is supported and dated: all of it but what it says and its sources."""

    confidence: Confidence
    nature: Nature
    as_of: PartialDate | None
    known_from: PartialDate | None
    known: Times | None
    withdrawn: date | None
    note: str | None
    locator: str | None
    last_verified: date | None

    def record(self) -> Record:
        parts = {
            "confidence": self.confidence.lower(),
            "nature": None if self.nature is Nature.STATED else str(self.nature),
            "as_of": self.as_of and self.as_of.text,
            "known_from": self.known_from and self.known_from.text,
            KNOWN: self.known and _known_record(*self.known),
            "withdrawn": self.withdrawn and self.withdrawn.isoformat(),
            "note": self.note,
            "locator": self.locator,
            "last_verified": self.last_verified and self.last_verified.isoformat(),
        }
        return {name: value for name, value in parts.items() if value is not None}

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(f"{name} {value}" for name, value in self.record().items())


def _known_record(earliest: date | None, latest: date) -> Record:
    return ({"earliest": earliest.isoformat()} if earliest else {}) | {"latest": latest.isoformat()}


@dataclass(frozen=True)
class _Subject:
    key: str
    statements: tuple[Statement, ...]
    sources: Mapping[str, Source]

    @property
    def kind(self) -> type[Kind]:
        return KINDS[self.statements[0].kind]

    @cached_property
    def by_id(self) -> Mapping[str, Statement]:
        return {one.id: one for one in self.statements}

    @cached_property
    def first(self) -> date | None:
        """When it was announced first."""
        announced = (one.value.earliest for one in self.statements if one.property == "announced")
        return min(announced, default=None)

    def record(self) -> Record:
        plain = self._plain_record() if is_plain(self.kind) else None
        if plain is not None:
            return plain
        entry = self._entry()
        follows = {one.id for one in self._following(entry) if self.by_id[one.id] == one}
        incomplete = {} if self._is_complete() else {INCOMPLETE: True}
        claimed = [one for one in self.statements if one.id not in follows]
        return self._head() | incomplete | _of_entry(entry) | {"claims": self._claims(claimed)}

    def _head(self) -> Record:
        return _identity(self.key, self.kind)

    def _is_complete(self) -> bool:
        stated = {one.property for one in self.statements}
        return all(about.name in stated for about in self.kind.required_properties())

    def _plain_record(self) -> Record | None:
        """The record without claims; None unless every source supports every value with the plain support."""
        values = {one.property: one.value for one in self.statements}
        entry = {about: values[name] for name, about in self.kind.properties.items() if name in values}
        cited = sorted({one.source for one in self.statements})
        plain_support = _ClaimSupport(Confidence.HIGH, Nature.STATED, *[None] * 7)
        whole = len(self.statements) == len(entry) * len(cited)
        if not whole or any(
            self._support_of(one) != plain_support or one.value != entry[one.about] for one in self.statements
        ):
            return None
        return self._head() | _of_entry(entry) | {"sources": cited}

    # what stands on the record

    def _entry(self) -> Mapping[Property, Any]:
        """What may stand on the record, so that every claim's sources support it just as the statements say."""
        entry = {about: self._commonest(about) for about in self.kind.properties.values() if about.on_record}
        claimed = any(not one.about.on_record for one in self.statements)
        return {
            about: value
            for about, value in entry.items()
            if claimed and value is not None and all(map(self._is_covered, self._following({about: value})))
        }

    def _commonest(self, about: Property) -> Any:
        statements = [one for one in self.statements if one.property == about.name]
        texts = sorted(one.text for one in statements)
        best = max(dict.fromkeys(texts), key=texts.count, default=None)
        return next((one.value for one in statements if one.text == best), None)

    def _following(self, entry: Mapping[Property, Any]) -> Iterator[Statement]:
        """What reading makes of the entry: each claim's sources support it."""
        for one in self.statements:
            if not one.about.on_record:
                for about, value in entry.items():
                    yield one.but(
                        property=about.name, value=value, as_of=None, note=None, locator=None, last_verified=None
                    )

    def _is_covered(self, following: Statement) -> bool:
        """Whether the log holds the statement, at least as long; an equal statement may come from another record."""
        logged = self.by_id.get(following.id)
        if logged is None or _times(logged) != _times(following):
            return False
        return (logged.withdrawn or date.max) >= (following.withdrawn or date.max)

    # claims

    def _claims(self, statements: Sequence[Statement]) -> list[Record]:
        sources: dict[tuple[_ClaimSupport, tuple[Statement, ...]], list[str]] = {}
        alike: dict[Any, tuple[_ClaimSupport, tuple[Statement, ...]]] = {}
        for (source, support), group in self._grouped(statements):
            for layer in _layers(group):
                # a locator is of one document
                apart = source if support.locator else None
                content = (support, apart, tuple((one.property, one.text) for one in layer))
                sources.setdefault(alike.setdefault(content, (support, layer)), []).append(source)
        return [
            {"says": _says(layer), "sources": sources[support, layer]} | support.record()
            for support, layer in sorted(sources, key=lambda claim: self._order(*claim))
        ]

    def _grouped(self, statements: Sequence[Statement]) -> Iterator[tuple[tuple[str, _ClaimSupport], list[Statement]]]:
        """Statements by source and support, in the order of the model; those of the record form separate claims."""
        order = list(self.kind.properties)
        supported = [(one, self._support_of(one)) for one in statements]
        supported.sort(key=lambda pair: (pair[0].source, pair[1].order, order.index(pair[0].property), pair[0].text))
        for key, group in groupby(supported, lambda pair: (pair[0].source, pair[1])):
            both = [one for one, _ in group]
            yield key, [one for one in both if one.about.on_record]
            yield key, [one for one in both if not one.about.on_record]

    def _support_of(self, one: Statement) -> _ClaimSupport:
        as_of = None if one.as_of == getattr(one.value, "as_of", None) else one.as_of
        follows = known_interval(self.sources[one.source], one.known_from, self.first)
        known = None if follows == _times(one) and not self._is_later(one) else _times(one)
        looked_up = (one.locator, one.last_verified)
        return _ClaimSupport(
            one.confidence, one.nature, as_of, one.known_from, known, one.withdrawn, one.note, *looked_up
        )

    def _is_later(self, one: Statement) -> bool:
        """Whether it became known after its source was read, which the reader takes only where it is said, or where the
        record corrects itself."""
        read = self.sources[one.source].retrieved
        late = bool(read and one.known_from and one.known_from.earliest > read)
        return late and not any(other.withdrawn for other in self.statements)

    def _order(self, support: _ClaimSupport, layer: tuple[Statement, ...]) -> tuple[Any, ...]:
        order = list(self.kind.properties)
        return tuple((order.index(one.property), one.text) for one in layer), support.order


def _times(one: Statement) -> Times:
    return one.known_earliest, one.known_latest


def _of_entry(entry: Mapping[Property, Any]) -> Record:
    return {key: value for prop, stated in entry.items() for key, value in _dump(prop, stated).items()}


def _layers(group: Iterable[Statement]) -> list[tuple[Statement, ...]]:
    """As few claims as can hold them: no claim has rivals, or ends before it begins."""
    layers: list[list[Statement]] = []
    for one in group:
        fitting = next((layer for layer in layers if _fits(one, layer)), None)
        if fitting is None:
            layers.append([one])
        else:
            fitting.append(one)
    return [tuple(layer) for layer in layers]


def _fits(one: Statement, layer: Sequence[Statement]) -> bool:
    values = {other.property: other.value for other in layer} | {one.property: one.value}
    rival = any((other.property, other.slot) == (one.property, one.slot) for other in layer)
    backward = any(
        begin in values and end in values and values[end].latest < values[begin].earliest
        for begin, end in BEGIN_AND_END
    )
    return not rival and not backward


def _says(layer: Sequence[Statement]) -> Record:
    says: Record = {}
    for one in layer:
        for key, value in _dump(one.about, one.value).items():
            # several capacities are one list
            says[key] = [*says[key], *value] if key in says else value
    return says
