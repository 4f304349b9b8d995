"""What stands in the file, compared with what its statements make: each has the id that follows from what it says, and
what is kept of the projection is what would be projected."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.evidence.rows import STATEMENT_COLUMNS, statements_of_records
from graph.evidence.statements import Entered, Statement
from graph.stores.base import LabelCheck
from graph.stores.embedded.statement_table import StoredRows, source_of_record

T = TypeVar("T")
_ENTERED = 1 + STATEMENT_COLUMNS.index("entered")


@dataclass(frozen=True, slots=True)
class TrustedRows:
    """The statements and sources that can be trusted, and the keys of the others."""

    log: StatementLog
    altered_statements: tuple[str, ...]
    altered_sources: tuple[str, ...]
    has_altered_writes: bool
    """Whether statements that came over the API are among the altered."""

    @staticmethod
    def of(rows: StoredRows) -> TrustedRows:
        sources = {row[0]: source for row, source in _read(rows.sources, source_of_record)}
        statements = [
            one for row, one in _read(rows.statements, _statement) if one.id == row[0] and one.source in sources
        ]
        trusted = {one.id for one in statements}
        altered = [row for row in rows.statements if row[0] not in trusted]
        return TrustedRows(
            StatementLog.of(statements, sources.values()),
            tuple(row[0] for row in altered),
            tuple(row[0] for row in rows.sources if row[0] not in sources),
            any(row[_ENTERED] != Entered.SEEDS for row in altered),
        )

    @property
    def altered(self) -> tuple[str, ...]:
        return (*self.altered_statements, *self.altered_sources)

    def checks(self, rows: StoredRows) -> Iterator[LabelCheck]:
        """Of the table of statements and that of sources."""
        yield _table_check("Statement", rows.statements, self.altered_statements)
        yield _table_check("Source", rows.sources, self.altered_sources)


def _read(rows: Iterable[Sequence[Any]], read: Callable[[Any], T]) -> Iterator[tuple[Sequence[Any], T]]:
    """Rows that can be read, with what they say."""
    for row in rows:
        try:
            yield row, read(row)
        except (KeyError, TypeError, ValueError):
            continue


def _statement(row: Any) -> Statement:
    """With the id that follows from what the row says."""
    [statement] = statements_of_records([row])
    return statement.but()


def _table_check(label: str, rows: Sequence[Sequence[object]], altered: Collection[str]) -> LabelCheck:
    trusted = [row for row in rows if row[0] not in altered]
    hashes = (_digest(map(repr, rows)), _digest(map(repr, trusted)))
    return LabelCheck(label, len(rows), len(trusted), *hashes, changed=tuple(sorted(altered)))


def projection_checks(kept: Graph, made: Graph) -> Iterator[LabelCheck]:
    """Of the labels of a kept projection, compared with one made anew; its statements are checked in their table."""
    for label in made.rows:
        if label not in ("Statement", "Source"):
            stored, wanted = _columns(kept, label), _columns(made, label)
            both = stored.keys() & wanted.keys()
            yield LabelCheck(
                label,
                len(stored),
                len(wanted),
                _digest(map(repr, sorted(stored.items()))),
                _digest(map(repr, sorted(wanted.items()))),
                missing=tuple(sorted(wanted.keys() - stored.keys())),
                extra=tuple(sorted(stored.keys() - wanted.keys())),
                changed=tuple(sorted(key for key in both if stored[key] != wanted[key])),
            )


def _columns(graph: Graph, label: str) -> Mapping[str, str]:
    return {key: repr(sorted(row.columns.items(), key=lambda item: item[0])) for key, row in graph.rows[label].items()}


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
