"""The rows of one lens as pages look them up: by what names them, by subject, by the name that they are shown under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from graph.analytics.contracts.comparables import Comparable, comparables
from graph.analytics.contracts.firm_sums import FirmSums
from graph.analytics.core.facts import Facts
from graph.evidence.captions import caption
from graph.evidence.lens import Lens
from graph.evidence.rows import LazyRows
from graph.vocabulary.model import ENTITIES, NAMED_BY_LINKS, Row
from graph.vocabulary.values import CapacityBasis

T = TypeVar("T")
Groups = Mapping[str, Sequence[str]]
"""Keys of rows by the key of what they belong to."""


class FactIndex:
    """All rows that one lens shows. Groups are made when a page first needs them, and serve all later pages."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.snapshot = facts.snapshot
        self.links = facts.snapshot.links
        self.entities = facts.snapshot.entities
        self.observations = facts.observations
        self.sources = facts.sources
        self._statements: dict[str, Mapping[str, Sequence[Row]]] = {}
        self._captions: dict[str, str] = {}
        self._computed: dict[str, Any] = {}

    @property
    def lens(self) -> Lens:
        """The lens, with both dates."""
        return self.snapshot.lens

    # ---- figures of all links together

    @cached_property
    def sums(self) -> FirmSums:
        """What firm contracts for capacity add to."""
        return FirmSums(self.snapshot)

    @cached_property
    def prices(self) -> Mapping[str, Comparable]:
        """Contracts for capacity by key, with their price where it can be computed: of critical IT load where it
        is stated."""
        rows = comparables(self.snapshot).rows
        by_link: dict[str, Comparable] = {}
        for row in rows:
            known = by_link.get(row.link.key)
            if known is None or (known.basis is not CapacityBasis.CRITICAL_IT and row.usd_per_kw_month is not None):
                by_link[row.link.key] = row
        return by_link

    def computed(self, name: str, work: Callable[[Facts], T]) -> T:
        """The result of a work over all rows, made when a page first needs it."""
        if name not in self._computed:
            self._computed[name] = work(self.facts)
        made: T = self._computed[name]
        return made

    # ---- names

    def row(self, key: str) -> Row | None:
        """The entity, link, observation or source of a key."""
        for rows in (self.entities, self.links, self.observations, self.sources):
            if key in rows:
                return rows[key]
        return None

    def name(self, key: str) -> str:
        """How the row of a key is called; the key itself where there is none."""
        if key not in self._captions:
            row = self.row(key)
            self._captions[key] = caption(row, self._by_label) if row else key
        return self._captions[key]

    @cached_property
    def _by_label(self) -> Mapping[str, Mapping[str, Row]]:
        return dict.fromkeys(ENTITIES, self.entities)

    # ---- what belongs to what

    def links_naming(self, key: str, *columns: str) -> list[Row]:
        """The links that name an entity in one of these columns (`from`, `to`, `site`, `chips`, `deal`, `debt`; without
        any: in one of them all), by key."""
        wanted = set(columns or NAMED_BY_LINKS)
        rows = (self.links[link] for link in self._links_by_entity.get(key, ()))
        return [row for row in rows if key in row.keys_in(wanted)]

    def links_citing(self, key: str, column: str) -> list[Row]:
        """The links that refer to another link in `uses`, `replaces`, `covers` or `guarantees`."""
        return [self.links[link] for link in self._links_by_link[column].get(key, ())]

    def observations_of(self, key: str) -> list[Row]:
        return [self.observations[one] for one in self._observations_by_subject.get(key, ())]

    def debts_of(self, key: str) -> list[Row]:
        """The debts that an organization has issued."""
        return [self.entities[one] for one in self._debts_by_issuer.get(key, ())]

    def events_of(self, key: str) -> list[Row]:
        return [self.entities[one] for one in self._events_by_subject.get(key, ())]

    @cached_property
    def _links_by_entity(self) -> Groups:
        return _grouped(self.links.values(), NAMED_BY_LINKS)

    @cached_property
    def _links_by_link(self) -> Mapping[str, Groups]:
        columns = ("uses", "replaces", "covers", "guarantees")
        return {column: _grouped(self.links.values(), (column,)) for column in columns}

    @cached_property
    def _observations_by_subject(self) -> Groups:
        return _grouped(self.observations.values(), ("subject",))

    @cached_property
    def _debts_by_issuer(self) -> Groups:
        return _grouped(self._labelled("Debt"), ("issuer",))

    @cached_property
    def _events_by_subject(self) -> Groups:
        return _grouped(self._labelled("Event"), ("subjects",))

    def _labelled(self, label: str) -> Iterable[Row]:
        return (row for row in self.entities.values() if row.label == label)

    # ---- statements

    def statements_of(self, subject: str) -> Mapping[str, Sequence[Row]]:
        """The statements about a subject by property, counted or not, the best first."""
        known = self._statements.get(subject)
        if known is None:
            known = self._statements[subject] = self._by_property(subject)
        return known

    def _by_property(self, subject: str) -> Mapping[str, Sequence[Row]]:
        rows = [self.facts.statements[key] for key in self._statements_by_subject.get(subject, ())]
        rows.sort(key=_sort_key)  # keys are in order
        by_property: dict[str, list[Row]] = {}
        for row in rows:
            by_property.setdefault(row.columns["property"], []).append(row)
        return by_property

    @cached_property
    def _statements_by_subject(self) -> Groups:
        return self._statements_by("subject")

    def statements_by(self, source: str) -> list[Row]:
        """The statements that a source makes, by subject and property."""
        rows = [self.facts.statements[key] for key in self._statements_by_source.get(source, ())]
        return sorted(rows, key=lambda row: (row.columns["subject"], row.columns["place"], row.key))

    @cached_property
    def _statements_by_source(self) -> Groups:
        return self._statements_by("source")

    def _statements_by(self, column: str) -> Groups:
        rows = self.facts.statements
        if isinstance(rows, LazyRows):
            return rows.keys_by(column)  # without making the rows
        return _grouped(rows.values(), (column,))


def _sort_key(statement: Row) -> int:
    place: int = statement.columns["place"]
    return place


def _grouped(rows: Iterable[Row], columns: Sequence[str]) -> Groups:
    """In the order of keys."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.key):
        for parent in row.keys_in(columns):
            groups[parent].append(row.key)
    return groups
