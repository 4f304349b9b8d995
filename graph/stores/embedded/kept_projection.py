"""The projection of the default lens as it is kept in the file, so that opening reads rows instead of projecting.

It holds for the data of one number, as long as no interval begins or ends (`next_flip`), and for the program that made
it: the fingerprint covers the code of vocabulary and evidence. Anything else, also one that does not match its
checksum, is projected anew: nothing is lost with it. Of statements it holds only what became of each, in the order of
ids; their rows are made of that and of the table of statements, each on first use.
"""

from __future__ import annotations

import hashlib
import sqlite3
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

import orjson

from graph.concurrency.collector import collector_paused
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.policy import Verdict
from graph.evidence.projection import Graph
from graph.evidence.rows import Judged, LazyRows, Record
from graph.vocabulary.model import Row

_LAYOUT = 1
"""Raised when the content is laid out otherwise."""
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
    """A row of the table `projection`: `content` are rows and verdicts as JSON."""

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

    def graph(self, statements: Sequence[Record], version: str, day: date) -> Graph:
        """The projection on `day`, with the rows of the statements, which come by id."""
        with collector_paused():
            return _graph(orjson.loads(self.content), statements, version, day)


def _checksum(number: int, day: str, next_flip: str | None, content: bytes) -> int:
    return crc32(content, crc32(f"{number} {day} {next_flip}".encode()))


# ---- from and to the content


def _content(graph: Graph) -> bytes:
    """Rows as columns by label and key; of statements only the verdicts, by id."""
    withheld = LazyRows.of(graph.withheld["Statement"])
    parts = {**LazyRows.of(graph.rows["Statement"]).parts, **withheld.parts}
    verdicts = [parts[id][1] for id in sorted(parts)]
    reasons = {reason: place for place, reason in enumerate(sorted({one.reason for one in verdicts}))}
    return orjson.dumps(
        {
            "data_through": graph.data_through,
            "next_flip": graph.next_flip,
            "rows": {label: _columns_by_key(rows) for label, rows in graph.rows.items() if label != "Statement"},
            "withheld_sources": _columns_by_key(graph.withheld["Source"]),
            "withheld_statements": list(withheld),
            "reasons": list(reasons),
            "reason": [reasons[one.reason] for one in verdicts],
            "counted": [one.counted for one in verdicts],
            "chosen": [one.chosen for one in verdicts],
            "place": [one.sort_key for one in verdicts],
        }
    )


def _columns_by_key(rows: Mapping[str, Row]) -> dict[str, Any]:
    return {key: row.columns for key, row in rows.items()}


def _graph(content: Mapping[str, Any], statements: Sequence[Record], version: str, day: date) -> Graph:
    parts = _statement_parts(content, statements)
    withheld = {id: parts.pop(id) for id in content["withheld_statements"]}
    return Graph(
        lens=DEFAULT_LENS.on(day),
        version=version,
        rows={
            **{label: _rows(label, columns) for label, columns in content["rows"].items()},
            "Statement": LazyRows(parts),
        },
        withheld={
            "Source": _rows("Source", content["withheld_sources"]),
            "Statement": LazyRows(withheld),
        },
        data_through=_day(content["data_through"]),
        next_flip=_day(content["next_flip"]),
    )


def _statement_parts(content: Mapping[str, Any], statements: Sequence[Record]) -> dict[str, Judged]:
    """Shown and withheld, by id. Raises ValueError where there are not as many verdicts as statements."""
    reasons = map(content["reasons"].__getitem__, content["reason"])
    verdicts = zip(content["counted"], content["chosen"], reasons, content["place"], strict=True)
    # most statements share theirs with many others
    known: dict[tuple[bool, bool, str, str], Verdict] = {}
    pairs = zip(statements, verdicts, strict=True)
    return {record[0]: (record, known.get(one) or known.setdefault(one, Verdict(*one))) for record, one in pairs}


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
