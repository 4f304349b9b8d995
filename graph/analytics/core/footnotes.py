"""Footnotes: what a reader needs to cite a figure, by key: names, parties, dates and sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.captions import caption
from graph.evidence.citing import annotation
from graph.vocabulary.model import ENTITIES, Row
from graph.vocabulary.types import Day, PartialDay
from graph.vocabulary.values import sortable
from graph.vocabulary.wording import words


@dataclass(frozen=True, slots=True)
class Citation:
    """A source, and what is known of how it was read and where in it the cited stands (`graph/evidence/citing.py`)."""

    source: Row
    annotation: str


@dataclass(frozen=True)
class Footnotes:
    """All that may be cited under one lens. A key that no row has is its own name, and has nothing else."""

    snapshot: Snapshot
    observations: Mapping[str, Row]
    statements: Mapping[str, Row]
    sources: Mapping[str, Row]

    def name(self, key: str) -> str:
        """An entity by its name, a debt by issuer and instrument, a link by its ends, a source by its title, a stated
        total by what it is about."""
        entity = self.snapshot.entities.get(key)
        if entity is not None:
            return caption(entity, dict.fromkeys(ENTITIES, self.snapshot.entities))
        return self.parties(key) or self._title(key) or key

    def _title(self, key: str) -> str:
        source = self.sources.get(key)
        return "" if source is None else str(source["title"] or source["publisher"])

    def parties(self, key: str) -> str:
        """Of a link its ends, of a stated total whose it is and what it is about; else empty."""
        link, total = self.snapshot.links.get(key), self.observations.get(key)
        if link is not None:
            return f"{self.name(link.columns['from'])} → {self.name(link.columns['to'])}"
        return (
            ""
            if total is None
            else f"{self.name(total.columns['subject'])}: {total['label'] or words(total['metric'])}"
        )

    def dates(self, key: str) -> str:
        """The dates that a link, a debt or a stated total states, each with its property."""
        row = self.snapshot.links.get(key) or self.snapshot.entities.get(key) or self.observations.get(key)
        if row is None:
            return ""
        dated = (name for name, prop in row.kind.properties.items() if isinstance(prop.type, Day | PartialDay))
        return ", ".join(f"{name} {row[name]}" for name in dated if row[name] is not None)

    def citations_of(self, keys: Iterable[str]) -> list[Citation]:
        """The sources of the statements that were chosen about these rows, each once, by publisher, then date. A source
        is its own source, a statement has the one that it cites."""
        cited: dict[str, list[Row]] = {}
        for key in keys:
            for source, statements in self._cited(key):
                cited.setdefault(source, []).extend(statements)
        rows = sorted((self.sources[key] for key in cited if key in self.sources), key=_list_order)
        return [Citation(row, annotation(row, cited[row.key], self.sources)) for row in rows]

    def chosen_about(self, key: str) -> Sequence[Row]:
        """The statements that were chosen about a row, by property, then key."""
        rows = (row for of_source in self._chosen.get(key, {}).values() for row in of_source)
        return sorted(rows, key=lambda row: (row.columns["property"], row.key))

    def _cited(self, key: str) -> Iterator[tuple[str, Sequence[Row]]]:
        yield from self._chosen.get(key, {}).items()
        if key in self.statements:
            statement = self.statements[key]
            yield statement.columns["source"], [statement]
        if key in self.sources:
            yield key, ()

    @cached_property
    def _chosen(self) -> Mapping[str, Mapping[str, Sequence[Row]]]:
        """Chosen statements by subject and source."""
        chosen: dict[str, dict[str, list[Row]]] = {}
        for row in self.statements.values():
            if row.columns["chosen"]:
                chosen.setdefault(row.columns["subject"], {}).setdefault(row.columns["source"], []).append(row)
        return chosen


def _list_order(source: Row) -> tuple[str, str, str]:
    columns = source.columns
    return sortable(columns["publisher"]), columns.get("published_earliest", ""), source.key
