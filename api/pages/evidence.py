"""Who says a figure: the marker beside it, and the panel that it opens.

The marker counts independent origins: the sources that say what is shown, reprints of one original once. It is weak
where none of them is read plainly in a source of more than low reliability. It is contested where a source says
something else that counts, and no later moment settles it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from api.pages.address import Address
from api.pages.fact_index import FactIndex
from api.pages.figure_address import stated_address
from api.pages.wording import READ_AS, format_reason
from graph.comparison.standing import ValueStanding, standing_of
from graph.evidence.captions import describe_capacity, describe_value
from graph.evidence.citing import how_read
from graph.evidence.rows import is_private
from graph.exports.escaping import linkable
from graph.vocabulary.countries import country_name
from graph.vocabulary.enums import Confidence, Nature, Reliability
from graph.vocabulary.model import KINDS, Property, Row
from graph.vocabulary.values import Capacity, Money, PartialDate
from graph.vocabulary.wording import format_day, words

MAX_TESTIMONIES = 5
"""Sources that a panel lists of one value; it says how many more there are."""


class CitedDocument(NamedTuple):
    """A source in the list of a page. `url` is empty where it may not become a link, `href` leads to its page."""

    number: int
    key: str
    publisher: str
    title: str
    url: str
    href: str
    kind: str
    reliability: str
    published: str
    how_read: str
    private: bool = False


class Testimony(NamedTuple):
    """One source saying one value; `href` leads to the page of the statement."""

    href: str
    document: CitedDocument
    read: str
    """How far the source supports it: plainly, in part, weakly."""
    nature: str
    locator: str
    last_verified: str
    note: str
    weak: bool
    private: bool


class SaidValue(NamedTuple):
    """A value with those who say it, at most as many as the panel lists; `sources` counts them all. `why` is a clause,
    empty where nothing had to be weighed."""

    text: str
    standing: ValueStanding
    why: str
    testimonies: tuple[Testimony, ...]
    sources: int

    @property
    def more(self) -> int:
        return self.sources - len(self.testimonies)

    @property
    def is_rival(self) -> bool:
        return self.standing in (ValueStanding.EARLIER, ValueStanding.OTHERWISE)


class Evidence(NamedTuple):
    """The statements behind one figure, the property `about`, the shown value first. `contested` counts the values that
    are said otherwise, `supposed` marks what a scenario says, `private` what the overlay does."""

    about: str
    values: tuple[SaidValue, ...]
    origins: int
    weak: bool
    contested: int
    estimated: bool
    supposed: bool
    private: bool
    href: str
    figure: str
    """The address of the figure, where it has one."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The first sources of the value that is shown, as the list of the page numbers them."""
        return tuple(one.document.number for one in self.values[0].testimonies[:2])

    @property
    def rivals(self) -> tuple[SaidValue, ...]:
        return tuple(one for one in self.values if one.is_rival)


@dataclass(frozen=True, slots=True)
class Marker:
    """What stands beside a figure whose statements are not on the page; the fields are those of `Evidence`."""

    origins: int
    weak: bool
    contested: int
    private: bool


class ShownFigure(NamedTuple):
    """A figure as a page shows it. It opens its `evidence`, or of a computed one the `lines` that it was computed from;
    `what` is the head of that panel, `number` what a table sorts by."""

    text: str
    what: str = ""
    number: float | str | None = None
    evidence: Evidence | None = None
    lines: tuple[str, ...] = ()
    note: str = ""
    address: str = ""
    """Of a computed one, where it has one."""
    private: bool = False
    """Of a computed one: whether a private statement about what it was computed from counts."""

    @property
    def cited(self) -> str:
        """Its address, whether it is stated or computed; empty without one."""
        return self.evidence.figure if self.evidence else self.address


class Bibliography:
    """The sources of a page, numbered in the order in which it first shows them."""

    def __init__(self, sources: Mapping[str, Row], address: Address) -> None:
        self._sources = sources
        self._address = address
        self._documents: dict[str, CitedDocument] = {}

    @property
    def documents(self) -> Sequence[CitedDocument]:
        return list(self._documents.values())

    def document(self, key: str) -> CitedDocument:
        known = self._documents.get(key)
        if known is None:
            known = self._documents[key] = self._describe(len(self._documents) + 1, self._sources[key])
        return known

    def _describe(self, number: int, source: Row) -> CitedDocument:
        columns = source.columns
        return CitedDocument(
            number=number,
            key=source.key,
            publisher=columns["publisher"],
            title=columns.get("title", ""),
            url=columns["url"] if linkable(columns["url"]) else "",
            href=self._address.of(source),
            kind=words(columns["kind"]),
            reliability=source["reliability"].lower(),
            published=format_day(source["published"]),
            how_read=how_read(source, self._sources, format_day),
            private=is_private(source),
        )


@dataclass
class Citer:
    """Makes the evidence of figures on one page."""

    index: FactIndex
    address: Address
    bibliography: Bibliography

    def figure(
        self,
        row: Row,
        name: str,
        *,
        what: str,
        text: str | None = None,
        number: float | str | None = None,
        slots: Collection[str] | None = None,
    ) -> ShownFigure | None:
        """The figure that a property of a row is, with its evidence; None where it has none. `text` and `number` are
        how a table writes and sorts it, where that is not how a panel does. `slots`: of a property with several values
        those that are meant."""
        value = row[name]
        if value is None or value == ():
            return None
        written = self.describe(row.kind.properties[name], value) if text is None else text
        return ShownFigure(written, what, number, self.evidence(row, name, slots=slots))

    def evidence(
        self,
        row: Row,
        name: str,
        *,
        slots: Collection[str] | None = None,
        limit: int = MAX_TESTIMONIES,
    ) -> Evidence | None:
        """The statements about a property of a row; None where nothing was stated."""
        statements = self._statements(row, name, slots)
        return self._evidence(row, name, statements, limit) if statements else None

    def marker(self, row: Row, name: str, slots: Collection[str] | None = None) -> Marker | None:
        """The marker of the figure alone; None where nothing was stated."""
        statements = self._statements(row, name, slots)
        if not statements:
            return None
        chosen = [one for one in statements if one.columns["chosen"]]
        otherwise = {one.columns["value"] for one in statements if standing_of(one) is ValueStanding.OTHERWISE}
        private = any(map(is_private, chosen))
        return Marker(self._origins(chosen), self._are_weak(chosen), len(otherwise), private)

    def _statements(self, row: Row, name: str, slots: Collection[str] | None) -> Sequence[Row]:
        statements = self.index.statements_of(row.key).get(name, ())
        return statements if slots is None else [one for one in statements if _slot(one) in slots]

    def _origins(self, chosen: Sequence[Row]) -> int:
        return len({self.index.sources[one.columns["source"]].columns["origin"] for one in chosen})

    def _are_weak(self, chosen: Sequence[Row]) -> bool:
        return bool(chosen) and all(map(self._is_weak, chosen))

    def _evidence(self, row: Row, name: str, statements: Sequence[Row], limit: int) -> Evidence:
        groups = _by_value(statements)
        first = groups[0][0]
        values = tuple([self._said_value(first, group, limit) for group in groups])
        chosen = [one for one in statements if one.columns["chosen"]]
        href = self.address.of(row)
        return Evidence(
            about=name,
            values=values,
            origins=self._origins(chosen),
            weak=self._are_weak(chosen),
            contested=sum(one.standing is ValueStanding.OTHERWISE for one in values),
            estimated=bool(chosen) and all(one.columns["nature"] == Nature.ESTIMATED for one in chosen),
            supposed=any(one.columns["entered"] == "SCENARIO" for one in chosen),
            private=any(map(is_private, chosen)),
            href=f"{href}#{name}" if href else "",
            figure=stated_address(row, name, self.index.lens, lambda: {_slot(one) for one in statements}),
        )

    def _said_value(self, shown: Row, group: Sequence[Row], limit: int) -> SaidValue:
        first, by_source = group[0], group
        if len(group) > 1:
            by_source = list({one.columns["source"]: one for one in reversed(group)}.values())[::-1]
        return SaidValue(
            text=self.describe_beside(shown, first),
            standing=standing_of(first),
            why=format_reason(first.columns["reason"]),
            testimonies=tuple(map(self._testimony, by_source[:limit])),
            sources=len(by_source),
        )

    def _testimony(self, statement: Row) -> Testimony:
        columns = statement.columns
        return Testimony(
            href=self.address.of(statement),
            document=self.bibliography.document(columns["source"]),
            read=READ_AS[columns["confidence"]],
            nature=words(columns["nature"]),
            locator=columns.get("locator", ""),
            last_verified=format_day(columns.get("last_verified")),
            note=columns.get("note", ""),
            weak=self._is_weak(statement),
            private=is_private(statement),
        )

    def _is_weak(self, statement: Row) -> bool:
        source = self.index.sources[statement.columns["source"]]
        confidence, reliability = statement.columns["confidence"], source.columns["reliability"]
        return bool(confidence != Confidence.HIGH or reliability == Reliability.LOW)

    # ---- values as texts

    def describe_statement(self, statement: Row) -> str:
        """What a statement says, with names for keys."""
        columns = statement.columns
        kind, name, said = columns["subject_kind"], columns["property"], columns["value"]
        prop = KINDS[kind].properties[name]
        if prop.refers_to:
            return self._named(typed_value(kind, name, said))
        return _described(kind, name, said)

    def describe_beside(self, shown: Row, statement: Row) -> str:
        """What a statement says, in full where it would read like the value shown and is another."""
        text, columns = self.describe_statement(statement), statement.columns
        if columns["value"] == shown.columns["value"] or text != self.describe_statement(shown):
            return text
        value = typed_value(columns["subject_kind"], columns["property"], columns["value"])
        return f"{value.amount:,.0f} {value.currency}" if isinstance(value, Money) else text

    def describe(self, prop: Property, value: Any) -> str:
        """A value of a property as a panel writes it."""
        return self._named(value) if prop.refers_to else _describe(prop, value)

    def _named(self, value: Any) -> str:
        return ", ".join(map(self.index.name, [value] if isinstance(value, str) else value))


@lru_cache(maxsize=16_384)
def _described(kind: str, name: str, text: str) -> str:
    """What a statement says that names no other row."""
    return _describe(KINDS[kind].properties[name], typed_value(kind, name, text))


def _describe(prop: Property, value: Any) -> str:
    if prop.name == "country":
        return country_name(value)
    if isinstance(value, PartialDate):
        return format_day(value)
    if isinstance(value, Capacity):
        return describe_capacity(value, format_day)
    if isinstance(value, tuple):
        return "; ".join(_describe(prop, one) for one in value)
    return f"{_describe_number(value, prop)}" if isinstance(value, float) else describe_value(value)


def _describe_number(value: float, prop: Property) -> str:
    if prop.unit == "USD":
        return describe_value(Money(value))
    return f"{describe_value(value)}{_UNITS.get(prop.unit, f' {prop.unit}')}"


_UNITS = {"PCT": " %", "": "", "`unit`": ""}


@lru_cache(maxsize=65_536)
def typed_value(kind: str, name: str, text: str) -> Any:
    """The value that a statement holds as JSON."""
    return KINDS[kind].properties[name].type.from_json(json.loads(text))


def _by_value(statements: Sequence[Row]) -> Sequence[Sequence[Row]]:
    """Those that say one value together: the shown one first, what does not count last."""
    if len(statements) == 1:
        return [statements]
    groups: dict[tuple[bool, bool, str], list[Row]] = {}
    for one in statements:
        columns = one.columns
        groups.setdefault((not columns["chosen"], not columns["counted"], columns["value"]), []).append(one)
    return [group for _, group in sorted(groups.items(), key=lambda group: group[0][:2])]


def _slot(statement: Row) -> str:
    columns = statement.columns
    kind, name = columns["subject_kind"], columns["property"]
    return KINDS[kind].properties[name].type.slot(typed_value(kind, name, columns["value"]))


def computed(
    text: str,
    what: str,
    lines: Iterable[str],
    *,
    of: Iterable[Row],
    note: str = "",
    number: float | None = None,
    address: str = "",
) -> ShownFigure:
    """A figure that was computed here, `of` these rows: it opens what it was computed from."""
    private = any(map(is_private, of))
    return ShownFigure(text, what, number, lines=tuple(lines), note=note, address=address, private=private)
