"""Citations: links as a report shows them, each figure with the numbers of its sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.citing import annotation
from graph.publication.figures import figure_id
from graph.stores.base import Reader
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import Bound, CapacityBasis, Money, sortable, total_capacity

STATUS_PROPERTIES = frozenset({"from", "to", "status", "commitment", "announced", "disputed"})
"""Properties that say that a link exists, and its status."""
VALUE_PROPERTIES = frozenset({"value", "value_firm_usd"})
CITED_PROPERTIES = (*STATUS_PROPERTIES, *VALUE_PROPERTIES, *(f"capacities/{basis}" for basis in CapacityBasis))
"""All that is cited of a link, as `Citing` names it."""


@dataclass(frozen=True, slots=True)
class CitedSource:
    """One entry of the list of sources. `published` as precisely as it is known; None: undated. `annotation`: how it
    was read, where in it the figures stand, when somebody last looked, as far as it is known."""

    number: int
    key: str
    publisher: str
    title: str | None
    url: str
    published: str | None
    read: SourceReading = SourceReading.UNKNOWN
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """An end of a link."""

    key: str
    name: str
    label: str
    kinds: tuple[str, ...] = ()
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Megawatts:
    """What a link states in one basis; `sources` are numbers of the list, `figure` is the ID of the figure."""

    mw: float
    basis: CapacityBasis
    bound: Bound
    sources: tuple[int, ...]
    figure: str


@dataclass(frozen=True, slots=True)
class Dollars:
    """What a link states of its value, in `currency`; `firm_usd` is the firm part, where it is stated. `figure` is the
    ID of the figure."""

    amount: float
    currency: str
    bound: Bound
    firm_usd: float | None
    sources: tuple[int, ...]
    figure: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link with its figures. `category` is the kind of contract that its type never sums across.

    `status_sources` say that the link exists, and its status; `sources` are all of them."""

    key: str
    type: str
    source: Party
    target: Party
    reads: str
    reads_back: str
    layer: str | None
    category: str | None
    status: str | None
    commitment: str | None
    announced: str | None
    service_state: str | None
    megawatts: tuple[Megawatts, ...]
    value: Dollars | None
    status_sources: tuple[int, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        cited = {*self.status_sources, *(self.value.sources if self.value else ())}
        return tuple(sorted(cited.union(*(one.sources for one in self.megawatts))))

    def in_basis(self, basis: CapacityBasis) -> Megawatts | None:
        return next((one for one in self.megawatts if one.basis is basis), None)


Citing = Mapping[tuple[str, str], frozenset[str]]
"""Keys of sources by link and property, where each basis of capacities counts as one: `capacities/<basis>`."""


@dataclass(frozen=True)
class Citations:
    """The sources of what a report shows of links."""

    by_property: Citing
    sources: Mapping[str, Row] = field(default_factory=dict)
    looked_up: Mapping[tuple[str, str], Sequence[Row]] = field(default_factory=dict)
    """Statements that say where they stand, or when somebody looked, by link and property."""


async def read_citations(reader: Reader) -> Citations:
    """The chosen statements about links, and all sources."""
    citing: dict[tuple[str, str], set[str]] = {}
    looked_up: dict[tuple[str, str], list[Row]] = {}
    async for row in reader.stream("Statement"):
        if row.columns["chosen"] and row.columns["subject_kind"] in LINKS:
            citing.setdefault(_property_of(row.columns), set()).add(row.columns["source"])
            if not _LOOKED_UP.isdisjoint(row.columns):
                looked_up.setdefault(_property_of(row.columns), []).append(row)
    sources = await reader.rows("Source")
    return Citations({prop: frozenset(keys) for prop, keys in citing.items()}, sources, looked_up)


_LOOKED_UP = frozenset({"locator", "last_verified"})


def _property_of(columns: Mapping[str, Any]) -> tuple[str, str]:
    name: str = columns["property"]
    if name == "capacities":
        name = f"capacities/{json.loads(columns['value'])['basis']}"
    return columns["subject"], name


class LinkLines:
    """Links as lines, with their sources numbered: by publisher, then date, then key."""

    def __init__(self, snapshot: Snapshot, citations: Citations, links: Iterable[str]) -> None:
        self._snapshot = snapshot
        self._citing = citations.by_property
        self._looked_up = citations.looked_up
        listed = sorted(links)
        keys = {key for link in listed for key in self._all_citations(snapshot.links[link])}
        ordered = sorted((citations.sources[key] for key in keys), key=_list_order)
        statements = self._statements_by_source(snapshot.links[link] for link in listed)
        self.sources = tuple(
            _cited_source(number, row, annotation(row, statements.get(row.key, ()), citations.sources))
            for number, row in enumerate(ordered, start=1)
        )
        self._numbers = {source.key: source.number for source in self.sources}
        self.links: Mapping[str, LinkLine] = {key: self._line(snapshot.links[key]) for key in listed}

    def _line(self, link: Row) -> LinkLine:
        kind = LINKS[link.columns[TYPE_COLUMN]]
        category = link[kind.never_sum_across] if kind.never_sum_across else None
        return LinkLine(
            key=link.key,
            type=link.columns[TYPE_COLUMN],
            source=party(self._snapshot.entities[link.columns["from"]]),
            target=party(self._snapshot.entities[link.columns["to"]]),
            reads=kind.ends.reads,
            reads_back=kind.ends.reads_back,
            layer=_text(link["layer"]),
            category=_text(category),
            status=_text(link["status"]),
            commitment=_text(link["commitment"]),
            announced=_text(link["announced"]),
            service_state=_text(link["service_state"]),
            megawatts=tuple(self._megawatts(link)),
            value=self._dollars(link),
            status_sources=self._numbers_of(self._status_citations(link)),
        )

    def _megawatts(self, link: Row) -> Iterator[Megawatts]:
        for basis in CapacityBasis:
            total = total_capacity(link["capacities"] or (), basis)
            if total is not None:
                yield Megawatts(
                    total.mw,
                    basis,
                    total.bound,
                    self._numbers_of(self._citing_keys(link, f"capacities/{basis}")),
                    self._figure(link, mw_column(basis), total),
                )

    def _dollars(self, link: Row) -> Dollars | None:
        value: Money | None = link["value"]
        firm: float | None = link["value_firm_usd"]
        numbers = self._numbers_of(source for name in VALUE_PROPERTIES for source in self._citing_keys(link, name))
        if value is not None:
            figure = self._figure(link, "value", value)
            return Dollars(value.amount, value.currency, value.bound, firm, numbers, figure)
        if firm is None:
            return None
        return Dollars(firm, "USD", Bound.EXACT, firm, numbers, self._figure(link, "value_firm_usd", firm))

    def _figure(self, link: Row, name: str, value: Any) -> str:
        return figure_id(link.key, name, self._snapshot.lens, value) or ""

    def _citing_keys(self, link: Row, name: str) -> frozenset[str]:
        return self._citing.get((link.key, name), frozenset())

    def _status_citations(self, link: Row) -> frozenset[str]:
        return frozenset().union(*(self._citing_keys(link, name) for name in STATUS_PROPERTIES))

    def _all_citations(self, link: Row) -> frozenset[str]:
        return frozenset().union(*(self._citing_keys(link, name) for name in CITED_PROPERTIES))

    def _statements_by_source(self, links: Iterable[Row]) -> Mapping[str, list[Row]]:
        """What is shown of the links and says where it stands, or when somebody looked."""
        by_source: dict[str, list[Row]] = {}
        for link in links:
            for row in (row for name in CITED_PROPERTIES for row in self._looked_up.get((link.key, name), ())):
                by_source.setdefault(row.columns["source"], []).append(row)
        return by_source

    def _numbers_of(self, keys: Iterable[str]) -> tuple[int, ...]:
        return tuple(sorted({self._numbers[key] for key in keys}))


def party(row: Row) -> Party:
    kinds = tuple(str(kind) for kind in row["kinds"] or ())
    return Party(row.key, row["name"] or row.key, row.label, kinds, bool(row["placeholder"]))


def _list_order(row: Row) -> tuple[str, str, str]:
    return sortable(row.columns["publisher"]), row.columns.get("published_earliest", ""), row.key


def _cited_source(number: int, row: Row, more: str) -> CitedSource:
    columns = row.columns
    return CitedSource(
        number,
        row.key,
        columns["publisher"],
        columns.get("title"),
        columns["url"],
        columns.get("published"),
        read=row["read"] or SourceReading.UNKNOWN,
        annotation=more,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
