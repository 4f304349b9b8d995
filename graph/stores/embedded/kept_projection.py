"""The projection of the default lens as it is kept in the file, so that opening reads rows instead of projecting.

It holds for the data of one number, as long as no interval begins or ends (`next_flip`), and for the program that made
it: the fingerprint covers the code of vocabulary and evidence. Anything else, also one that does not match its
checksum, is projected anew: nothing is lost with it. Of statements it holds only what became of those that have a rival
or do not count; rows are made of that and of the table of statements, each on first use.
"""

from __future__ import annotations

import hashlib
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any
from zlib import compressobj, crc32, decompress

import orjson

from graph.concurrency.collector import collector_paused
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.policy import Verdict
from graph.evidence.projection import Graph
from graph.evidence.rows import JudgedStatements, LazyRows, Record, Verdicts
from graph.evidence.statements import Statement
from graph.vocabulary.model import LABELS, Row

_LAYOUT = 2
"""Raised when the content is laid out otherwise."""
_ROWS = 5_000
"""Rows in one line."""
_MADE_BY = ("graph.vocabulary", "graph.evidence")
"""The packages that decide what a projection holds."""


@cache
def fingerprint() -> str:
    """A hash of all code that a projection depends on."""
    digest = hashlib.sha256(f"{_LAYOUT} {unicodedata.unidata_version}".encode())
    for package in _MADE_BY:
        modules = (one for one in files(package).iterdir() if one.name.endswith(".py"))
        for module in sorted(modules, key=lambda one: one.name):
            digest.update(module.name.encode() + module.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class KeptProjection:
    """A row of the table `projection`: `content` are rows and verdicts as compressed JSON."""

    number: int
    fingerprint: str
    day: str
    next_flip: str | None
    content: bytes
    checksum: int

    def holds(self, number: int, day: date) -> bool:
        """Whether it is the projection that this program makes on `day` of the data of `number`."""
        current = (self.number, self.fingerprint) == (number, fingerprint())
        on = day.isoformat()
        return current and self.day <= on and (self.next_flip is None or on < self.next_flip) and self._is_whole()

    def _is_whole(self) -> bool:
        return self.checksum == _checksum(self.number, self.day, self.next_flip, self.content)

    def graph(self, statements: Sequence[Statement | Record], version: str, day: date) -> Graph:
        """The projection on `day`, with the rows of the statements, which come by id."""
        with collector_paused():
            return _graph(self.content, statements, version, day)


def _checksum(number: int, day: str, next_flip: str | None, content: bytes) -> int:
    return crc32(content, crc32(f"{number} {day} {next_flip}".encode()))


# ---- from and to the content


def _content(graph: Graph) -> bytes:
    """Lines of JSON, compressed as they are made: first what is said of all, then rows as columns by label and key. Of
    statements only the verdicts that do not follow from the property."""
    packer = compressobj(1)
    packed = [packer.compress(orjson.dumps(line) + b"\n") for line in _lines(graph)]
    return b"".join((*packed, packer.flush()))


def _lines(graph: Graph) -> Iterator[Mapping[str, Any]]:
    parts = LazyRows.of(graph.rows["Statement"]).parts
    verdicts = parts.verdicts.others.values()
    reasons = {reason: place for place, reason in enumerate(sorted({one.reason for one in verdicts}))}
    yield {
        "data_through": graph.data_through,
        "next_flip": graph.next_flip,
        "withheld_sources": {key: row.columns for key, row in graph.withheld["Source"].items()},
        "statements": len(parts.statements),
        "withheld_statements": sorted(parts.verdicts.withheld),
        "judged": list(parts.verdicts.others),
        "reasons": list(reasons),
        "reason": [reasons[one.reason] for one in verdicts],
        "counted": [one.counted for one in verdicts],
        "chosen": [one.chosen for one in verdicts],
        "place": [one.sort_key for one in verdicts],
    }
    for label, rows in graph.rows.items():
        if label != "Statement":
            yield from ({"label": label, "rows": part} for part in _parts(rows))


def _parts(rows: Mapping[str, Row]) -> Iterator[dict[str, Any]]:
    """The columns of the rows by key, some thousands at a time."""
    items = iter(rows.items())
    while part := {key: row.columns for key, row in islice(items, _ROWS)}:
        yield part


def _graph(content: bytes, statements: Sequence[Statement | Record], version: str, day: date) -> Graph:
    head, *parts = map(orjson.loads, decompress(content).splitlines())
    rows: dict[str, dict[str, Row]] = {label: {} for label in LABELS if label != "Statement"}
    for part in parts:
        rows[part["label"]] |= _rows(part["label"], part["rows"])
    if head["statements"] != len(statements):
        raise ValueError("it was made of other statements")
    verdicts = _verdicts(head)
    return Graph(
        lens=DEFAULT_LENS.on(day),
        version=version,
        rows={**rows, "Statement": LazyRows(JudgedStatements(statements, verdicts))},
        withheld={
            "Source": _rows("Source", head["withheld_sources"]),
            "Statement": LazyRows(JudgedStatements(statements, verdicts, withheld=True)),
        },
        data_through=_day(head["data_through"]),
        next_flip=_day(head["next_flip"]),
    )


def _verdicts(head: Mapping[str, Any]) -> Verdicts:
    reasons = map(head["reasons"].__getitem__, head["reason"])
    columns = zip(head["judged"], head["counted"], head["chosen"], reasons, head["place"], strict=True)
    others = {id: Verdict(*verdict) for id, *verdict in columns}
    return Verdicts(others, frozenset(head["withheld_statements"]))


def _rows(label: str, columns: Mapping[str, Any]) -> dict[str, Row]:
    return {key: Row(label, key, one) for key, one in columns.items()}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# ---- from and to the table


def kept_projection(connection: sqlite3.Connection) -> KeptProjection | None:
    row = connection.execute("SELECT number, fingerprint, day, next_flip, content, checksum FROM projection").fetchone()
    return KeptProjection(*row) if row else None


def keep_projection(connection: sqlite3.Connection, graph: Graph, number: int) -> None:
    """In place of the one before."""
    day, content = str(graph.lens.valid_on), _content(graph)
    next_flip = graph.next_flip.isoformat() if graph.next_flip else None
    connection.execute(
        "INSERT OR REPLACE INTO projection VALUES (0, ?, ?, ?, ?, ?, ?)",
        (number, fingerprint(), day, next_flip, content, _checksum(number, day, next_flip, content)),
    )
