"""Statements and sources as rows of CSV and Parquet files, into a StatementLog; every problem with file and row.

A row is a claim about one property. Its columns are those of the tables `statements` and `sources` of an export, so
that an export comes back by them; columns that follow from others are not looked at. What a row says is checked by the
code that checks records (`reader.py`). Files are read twice, first for the subjects that others may name; only
statements are kept of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.concurrency.collector import collector_paused
from graph.concurrency.lazy_import import lazy_import
from graph.concurrency.progress import report_progress
from graph.errors import BadInput, BadSettings, BadValue, RowErrors
from graph.evidence.log import StatementLog
from graph.evidence.rows import STATEMENT_COLUMNS
from graph.evidence.statements import Entered, Statement
from graph.seeding.reader import CLAIM_KEYS, KNOWN, Addition, RecordDraft
from graph.seeding.yaml_records import RecordFile
from graph.vocabulary.model import KINDS, LINKS, Kind, Property
from graph.vocabulary.parsing import read_key
from graph.vocabulary.types import (
    Capacities,
    Choice,
    CountType,
    Day,
    FigureType,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    Text,
    Whole,
)
from graph.vocabulary.values import PartialDate, Raw
from graph.vocabulary.wording import FORMULA_STARTS

if TYPE_CHECKING:
    from pyarrow import parquet as pq
else:
    pq = lazy_import("pyarrow.parquet")

NEEDED = ("subject", "subject_kind", "property", "value", "source", "confidence")
"""The columns that a table of statements has to have."""
SOURCE_NEEDED = ("key", "url", "publisher", "kind", "origin")
MAX_PROBLEMS = 1_000
"""Reading ends where there are so many."""
_FOLLOWS = ("key", "counted", "chosen", "reason", "place", "caption", "entered", "as_of_earliest", "as_of_latest")
_PROVENANCE = ("valid_on", "known_on", "data_version", "facts_licence", "figures")
"""Columns of every CSV of an export."""
_SOURCE_FOLLOWS = ("reliability", "entered", "published_earliest", "published_latest")
_AS_TYPED = (Choice, Day, Flag, Number, PartialDay, Ref, Text, Whole)
"""Types of which a cell may hold the plain text, as the files of the facts do."""
_IN_PARTS = (Capacities, CountType, FigureType, MoneyType)
"""Types of which a record says a value in several keys."""
_ROWS = 10_000
Cells = Mapping[str, str]
"""The cells of a row that hold something, by column."""


def read_statement_files(paths: Sequence[Path], stored: StatementLog, day: date) -> StatementLog:
    """What the files add to what is stored, `day` being today. Raises RowErrors with every problem, up to MAX_PROBLEMS,
    BadInput for a file that cannot be read, and BadSettings where Parquet is and pyarrow is not."""
    tables = [_StatementFile.of(path) for path in paths]
    files = [RecordFile(table.name) for table in tables]
    importing = _Import(files, Entered.API, day, stored=stored, tables=tables)
    try:
        with collector_paused():
            log = importing.log()
    except _TooMany:
        log = None
    problems = [problem for file in files for problem in file.problems]
    if log is None or problems:
        raise RowErrors(problems)
    return log


class _TooMany(Exception):
    """There are enough problems to begin with."""


@dataclass(frozen=True)
class _StatementFile:
    """A file of rows; `of_sources` where it holds sources."""

    path: Path
    columns: tuple[str, ...]
    of_sources: bool

    @property
    def name(self) -> str:
        return self.path.name

    @staticmethod
    def of(path: Path) -> _StatementFile:
        """Raises BadInput for a file that is none, or lacks columns."""
        columns = tuple(_columns(path))
        of_sources = "url" in columns
        needed = SOURCE_NEEDED if of_sources else NEEDED
        missing = [name for name in needed if name not in columns]
        if missing:
            raise BadInput(
                f"{path.name} has no column {', '.join(missing)}.",
                remedy=f"A table of statements has {', '.join(NEEDED)}; one of sources {', '.join(SOURCE_NEEDED)}.",
            )
        known = _source_columns() if of_sources else STATEMENT_COLUMNS
        follows = _SOURCE_FOLLOWS if of_sources else _FOLLOWS
        unknown = [name for name in columns if name not in (*known, *follows, *_PROVENANCE)]
        if unknown:
            remedy = f"Leave out, or name otherwise: {', '.join(known)}."
            raise BadInput(f"{path.name} has an unknown column {', '.join(unknown)}.", remedy=remedy)
        return _StatementFile(path, columns, of_sources)

    def rows(self, columns: Collection[str]) -> Iterator[tuple[int, Cells]]:
        """Each with its number, and the cells of these columns. The number of the first is 2 in CSV, as a spreadsheet
        shows it, and 1 in Parquet."""
        wanted = [name for name in self.columns if name in columns]
        if _is_parquet(self.path):
            return enumerate(_parquet_rows(self.path, wanted), 1)
        return enumerate(_csv_rows(self.path, wanted), 2)


@cache
def _source_columns() -> tuple[str, ...]:
    return ("key", *(name for name, prop in KINDS["Source"].properties.items() if not prop.derived))


# ---- the two formats


def _is_parquet(path: Path) -> bool:
    return path.suffix in (".parquet", ".pq")


def _columns(path: Path) -> Sequence[str]:
    if not _is_parquet(path) and path.suffix != ".csv":
        raise BadInput(f"{path.name} is neither CSV nor Parquet.", remedy="Give files that end in .csv or .parquet.")
    if _is_parquet(path) and find_spec("pyarrow") is None:
        remedy = "Install it with: pip install 'wattgraph[parquet]'."
        raise BadSettings("Parquet needs pyarrow, which is not installed.", remedy=remedy)
    try:
        if _is_parquet(path):
            names: Sequence[str] = pq.read_schema(path).names
            return names
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, ValueError) as error:  # what pyarrow raises for another file is a ValueError too
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> BadInput:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error).partition("\n")[0]
    return BadInput(f"{path.name} cannot be read ({why}).", remedy="Give a whole file of CSV in UTF-8, or of Parquet.")


def _csv_rows(path: Path, wanted: Sequence[str]) -> Iterator[Cells]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = next(rows)
            places = [(name, header.index(name)) for name in wanted]
            for cells in filter(None, rows):
                if len(cells) != len(header):
                    raise ValueError(f"row {cells} has not as many cells as there are columns"[:200])
                yield {name: _unguarded(text) if text[0] == "'" else text for name, at in places if (text := cells[at])}
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _unguarded(text: str) -> str:
    """A cell without the apostrophe by which an export keeps a spreadsheet from taking it for a formula."""
    return text[1:] if text.startswith(FORMULA_STARTS, 1) else text


def _parquet_rows(path: Path, wanted: Sequence[str]) -> Iterator[Cells]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS, columns=wanted):
                columns = [[_text(cell) for cell in column.to_pylist()] for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    yield {name: cell for name, cell in zip(batch.schema.names, cells, strict=True) if cell}
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _text(cell: Any) -> str:
    if cell is None or cell == []:
        return ""
    return json.dumps(cell) if isinstance(cell, list | bool) else str(cell)


# ---- rows as records


@dataclass
class _Import(Addition):
    """Reads tables as records: each run of rows about one subject, with a claim for each of its rows."""

    tables: Sequence[_StatementFile] = field(kw_only=True)
    stated: dict[str, set[str]] = field(default_factory=dict)
    """What rows say of each subject, of that which its kind needs."""
    announced: dict[str, date] = field(default_factory=dict)
    """When rows say first that each subject was announced."""

    def _all_statements(self) -> Iterator[Statement]:
        self._take_sources()
        rows = self._survey()
        done = 0
        for draft in self._drafts():
            yield from self._statements(draft)
            done += len(draft.raw["claims"])
            if done % _ROWS < len(draft.raw["claims"]):
                report_progress("reading rows", done, rows)

    def _files(self, *, of_sources: bool) -> Iterator[tuple[_StatementFile, RecordFile]]:
        pairs = zip(self.tables, self.files, strict=True)
        return ((table, file) for table, file in pairs if table.of_sources is of_sources)

    def _take_sources(self) -> None:
        drafts: list[tuple[int, RecordDraft]] = []
        for table, file in self._files(of_sources=True):
            for number, cells in table.rows(_source_columns()):
                file.lines = {(): number}
                raw = {name: _source_value(name, text) for name, text in cells.items()}
                raw["id"] = raw.pop("key", None)
                draft = self._draft(file, KINDS["Source"], raw)
                if draft and super()._identify(draft):
                    drafts.append((number, draft))
        for number, draft in drafts:  # after all: a source may have been read through a later one
            draft.file.lines = {(): number}
            self._source(draft)
        records = [draft for _, draft in drafts]
        self._check_publishers(records)
        self._check_through(records)

    def _survey(self) -> int:
        """Looks which subjects there are, before what rows say of them is read; returns the number of rows."""
        count = 0
        for table, _ in self._files(of_sources=False):
            for _, cells in table.rows(("subject", "subject_kind", "property", "value")):
                count += 1
                subject, kind_name = _subject_of(cells)
                kind, name = _kind_of_rows(kind_name), cells.get("property", "")
                if kind is None:
                    continue
                self.kinds.setdefault(subject, kind_name)
                if name in _needed(kind_name):
                    self.stated.setdefault(subject, set()).add(name)
                if name == "announced":
                    with suppress(BadValue, ValueError):
                        day = PartialDate.read(_plain(cells.get("value", ""))).earliest
                        self.announced[subject] = min(day, self.announced.get(subject, day))
        return count

    def _drafts(self) -> Iterator[RecordDraft]:
        """The records that rows of statements make; the lines of the file are those of the record at hand."""
        for table, file in self._files(of_sources=False):
            for (subject, kind_name), group in groupby(
                table.rows(STATEMENT_COLUMNS), key=lambda row: _subject_of(row[1])
            ):
                rows = list(group)
                file.lines = {(): rows[0][0]} | {("claims", index): number for index, (number, _) in enumerate(rows)}
                kind = _kind_of_rows(kind_name)
                if kind is None:
                    known = ", ".join(one.kind_name for one in KINDS.values() if one.seed_file)
                    file.report((), f"no known subject_kind '{kind_name}'", f"in {subject}", f"write one of {known}")
                    continue
                claims = [self._claim_of(file, kind, index, cells) for index, (_, cells) in enumerate(rows)]
                raw = {"id": subject or None, "claims": claims}
                draft = self._draft(file, kind, raw | ({"type": kind_name} if kind_name in LINKS else {}))
                if draft and self._identify(draft) and all(claims):
                    yield draft
                if len(file.problems) >= MAX_PROBLEMS:
                    raise _TooMany

    def _draft(self, file: RecordFile, kind: type[Kind], raw: dict[str, Raw]) -> RecordDraft | None:
        try:
            return RecordDraft(file, kind, read_key(raw.get("id")), raw, ())
        except BadValue as problem:
            file.report((), problem.message, "in the row", problem.remedy)
            return None

    def _identify(self, record: RecordDraft) -> bool:
        """Rows about one subject may stand apart, and in several files."""
        there = self.kinds[record.key]
        if there != record.kind.kind_name:
            record.report((), f"'{record.key}' is a {there}", "choose another subject, or mend subject_kind")
        return there == record.kind.kind_name

    def _announced_before(self, record: RecordDraft) -> Iterator[date]:
        yield from super()._announced_before(record)
        yield from [self.announced[record.key]] if record.key in self.announced else []

    def _stated_before(self, record: RecordDraft) -> Iterator[str]:
        yield from super()._stated_before(record)
        yield from self.stated.get(record.key, ())

    def _claim_of(self, file: RecordFile, kind: type[Kind], index: int, cells: Cells) -> Raw:
        """The claim of a row; None where what it says cannot be read, which is told."""
        name = cells.get("property", "")
        prop = kind.properties.get(name)
        where = f"in {cells.get('subject')}"
        if prop is None or prop.derived:
            known = ", ".join(one.name for one in kind.properties.values() if not one.derived)
            file.report(("claims", index), f"unknown property '{name}'", where, f"a {kind.kind_name} has {known}")
            return None
        try:
            says = _says(prop, cells.get("value", ""))
        except (KeyError, TypeError, ValueError, AttributeError, BadValue) as problem:
            what = problem.message if isinstance(problem, BadValue) else f"a value that {name} does not have"
            file.report(("claims", index), what, where, "write JSON as an export does, or a plain text")
            return None
        return {"says": says, **_support(cells)}

    def _claim_keys(self) -> tuple[str, ...]:
        return (*CLAIM_KEYS, KNOWN)


def _kind_of_rows(name: str) -> type[Kind] | None:
    """The kind of a subject that rows may be about."""
    kind = KINDS.get(name)
    return None if kind is None or not kind.seed_file or kind is KINDS["Source"] else kind


@cache
def _needed(kind_name: str) -> frozenset[str]:
    return frozenset(prop.name for prop in KINDS[kind_name].required_properties())


def _subject_of(cells: Cells) -> tuple[str, str]:
    return cells.get("subject", ""), cells.get("subject_kind", "")


def _source_value(name: str, text: str) -> Raw:
    return json.loads(text) if name == "through" else text


def _says(prop: Property, text: str) -> Mapping[str, Raw]:
    """What a record says to mean the value of a cell. Raises ValueError, KeyError, TypeError, BadValue."""
    if isinstance(prop.type, _AS_TYPED):
        return {prop.name: _plain(text)}
    data, of_type = json.loads(text), prop.type
    return of_type.dump(prop.name, of_type.from_json(data)) if _is_in_parts(prop) else {prop.name: data}


def _is_in_parts(prop: Property) -> bool:
    return isinstance(prop.type, _IN_PARTS)


def _plain(text: str) -> str:
    """A text that stands in quotation marks, or without them."""
    return str(json.loads(text)) if text.startswith('"') else text


def _support(cells: Cells) -> dict[str, Raw]:
    """How the claim of a row is supported and dated."""
    support: dict[str, Raw] = {name: cells[name] for name in _SUPPORT if name in cells}
    support |= {"sources": [cells[name] for name in ("source",) if name in cells]}
    support |= {"confidence": cells["confidence"].lower()} if "confidence" in cells else {}
    support |= {"known_from": cells["said_known_from"]} if "said_known_from" in cells else {}
    if "known_from_latest" in cells:
        earliest = {"earliest": cells["known_from"]} if "known_from" in cells else {}
        support[KNOWN] = earliest | {"latest": cells["known_from_latest"]}
    return support


_SUPPORT = ("nature", "as_of", "withdrawn", "note", "locator", "last_verified")
