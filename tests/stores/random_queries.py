"""Random graphs and random questions about them, aimed at what stores get wrong: text beyond ASCII, numbers at the
edge, missing values, references that lead nowhere, cursors of rows that are gone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.statements import Source, Statement
from graph.stores.query import (
    KEY_COLUMN,
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    RELATIONS,
    And,
    Compare,
    Cursor,
    Filter,
    Linked,
    Not,
    Or,
    Order,
    Orders,
    Page,
    Query,
    Refers,
    Relation,
    cursor_of,
    text_filter,
)
from graph.vocabulary.enums import (
    Confidence,
    Extent,
    LeaseStructure,
    LendingRole,
    LinkStatus,
    Nature,
    ObservationMetric,
    OrganizationKind,
    Service,
    SourceKind,
    SourceReading,
    TradeRole,
)
from graph.vocabulary.model import KINDS, LABELS, link_properties
from graph.vocabulary.types import Ref, Refs
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    CapacityStage,
    Count,
    Figure,
    FlowOrStock,
    Money,
    ObservationBasis,
    PartialDate,
    Termination,
    TerminationParty,
)

TODAY = date(2026, 11, 23)
TROUBLE = (
    "Straße",
    "strasse",
    "STRASSE",
    "Étoile\u00a0Corp",
    "e\u0301toile corp",
    "\ue000",
    "\uffee",
    "\U00010000",
    "\U0001d504 lab",
    "İstanbul",
    "ﬁber",
    "Quote ' \" ` corp",
    "}) DETACH DELETE n //",
    "$p0",
    "a",
    "A",
    "zed",
    "~",
    "ΑΒΓς",
)
NUMBERS = (-0.0, 0.0, 1.0, 1.5, 0.1 + 0.2, 1e18, 9.7e9, float(2**53), 5e-324)
DATES = ("2025", "2026", "2026-H1", "2026-Q3", "2026-03", "2026-03-02", "2027")
ORGANIZATIONS = tuple(f"org-{number}" for number in range(12))
SITES = ("site-0", "site-1", "site-2")
CHIPS = ("chip-0", "chip-1")
DEALS = ("deal-0", "deal-1")
DEBTS = ("debt-0", "debt-1", "debt-2")
LINKS = tuple(f"link-{number}" for number in range(42))
NOWHERE = ("link-nowhere", "org-nowhere")
_LINK_KINDS = ("PROVIDES_CAPACITY", "SUPPLIES", "GUARANTEES", "LENDS_TO", "OPERATES", "MAKES")
_TARGETS = {"OPERATES": SITES, "MAKES": CHIPS}
"""What links lead to that do not lead to organizations."""


# ---- a random graph


@dataclass
class _World:
    draw: random.Random
    statements: list[Statement]

    def say(self, subject: str, kind: str, name: str, value: Any) -> None:
        known = self.draw.choice([None, None, None, date(2026, 1, 1), date(2026, 12, 24)])
        told = Statement(
            subject,
            kind,
            name,
            value,
            f"source-{self.draw.randrange(6)}",
            self.draw.choice(list(Confidence)),
            self.draw.choice(list(Nature)),
            known,
            known or date(2026, 11, 1),
        )
        self.statements.append(told)

    def maybe(self, subject: str, kind: str, /, **values: Sequence[Any]) -> None:
        """Each property with even odds, one of its values."""
        for name, choices in values.items():
            if self.draw.random() < 0.5:
                self.say(subject, kind, name, self.draw.choice(choices))

    def surely(self, subject: str, kind: str, /, **values: Sequence[Any]) -> None:
        for name, choices in values.items():
            told = self.draw.choice(choices)
            source = f"source-{self.draw.randrange(6)}"
            self.statements.append(
                Statement(subject, kind, name, told, source, Confidence.HIGH, Nature.STATED, None, date(2026, 11, 1))
            )

    def some(self, choices: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.draw.sample(choices, self.draw.randint(1, min(3, len(choices)))))


def random_log(seed: int) -> StatementLog:
    world = _World(random.Random(seed), [])
    moments = [PartialDate.read(text) for text in DATES]
    for key in ORGANIZATIONS:
        world.maybe(
            key,
            "Organization",
            name=TROUBLE,
            country=["US", "NO"],
            ticker=TROUBLE,
            placeholder=[True, False],
            aliases=[world.some(TROUBLE)],
            kinds=[world.draw.sample(list(OrganizationKind), 2)],
        )
    for key in SITES:
        world.maybe(key, "Site", name=TROUBLE, region=TROUBLE, utility=[*ORGANIZATIONS, NOWHERE[1]], part_of=SITES)
        world.maybe(key, "Site", capacities=[_capacity(world.draw)], energized=moments)
    for key in CHIPS:
        world.maybe(key, "Chip", name=TROUBLE, memory_gb=NUMBERS, tdp_w=NUMBERS)
    for key in DEALS:
        world.maybe(key, "Deal", name=TROUBLE, announced=moments)
    for key in DEBTS:
        world.surely(key, "Debt", issuer=ORGANIZATIONS, instrument=["NOTES"])
        world.maybe(key, "Debt", value=[_money(world.draw)], issued=moments, secured_by=[world.some(LINKS)])
    for number in range(10):
        _observe(world, f"observation-{number}", moments)
    for number, key in enumerate(LINKS):
        _link(world, key, _LINK_KINDS[number % len(_LINK_KINDS)], moments)
    return StatementLog.of(world.statements, [_source(number, world.draw) for number in range(6)])


def _observe(world: _World, key: str, moments: Sequence[PartialDate]) -> None:
    world.surely(
        key,
        "Observation",
        subject=[*ORGANIZATIONS, *SITES],
        metric=list(ObservationMetric),
        figure=[_figure(world)],
    )
    world.maybe(key, "Observation", counterparty=ORGANIZATIONS, covers=[world.some((*LINKS, NOWHERE[0]))])
    world.maybe(key, "Observation", extent=list(Extent), acts_as=list(TradeRole))


def _figure(world: _World) -> Figure:
    draw = world.draw
    amount, flow_or_stock = draw.choice(NUMBERS), draw.choice((*FlowOrStock, None))
    if draw.random() < 0.5:
        return Figure("USD", ObservationBasis.ACTUAL, amount, flow_or_stock=flow_or_stock)
    return Figure("MW", ObservationBasis.GUIDANCE, amount, capacity_basis=draw.choice((*CapacityBasis, None)))


_TERMINATIONS = (Termination(TerminationParty.EITHER, 90), Termination(TerminationParty.NONE))


def _link(world: _World, key: str, kind: str, moments: Sequence[PartialDate]) -> None:
    world.surely(key, kind, **{"from": ORGANIZATIONS, "to": _TARGETS.get(kind, ORGANIZATIONS)})
    world.maybe(
        key,
        kind,
        site=SITES,
        deal=DEALS,
        chips=[world.some(CHIPS)],
        status=list(LinkStatus),
        disputed=[True, False],
        announced=moments,
        effective_from=moments,
        value=[_money(world.draw)],
        capacities=[_capacity(world.draw)],
        uses=[world.some((*LINKS, NOWHERE[0]))],
    )
    if kind == "PROVIDES_CAPACITY":
        world.maybe(key, kind, service=list(Service), chip_count=[Count(2**53), Count(0)], term_years=NUMBERS)
        world.maybe(key, kind, value_firm_usd=NUMBERS, escalator_pct=NUMBERS, lease_structure=list(LeaseStructure))
        world.maybe(
            key, kind, termination=[Termination(TerminationParty.EITHER, 90), Termination(TerminationParty.NONE)]
        )
    if kind == "GUARANTEES":
        world.maybe(key, kind, guarantees=[world.some((*LINKS, NOWHERE[0]))], guaranteed_obligor=ORGANIZATIONS)
    if kind == "LENDS_TO":
        world.maybe(key, kind, debt=[*DEBTS], role=list(LendingRole))


def _money(draw: random.Random) -> Money:
    return Money(draw.choice(NUMBERS), draw.choice(["USD", "EUR"]), draw.choice(list(Bound)))


def _capacity(draw: random.Random) -> Capacity:
    stage = draw.choice([None, *CapacityStage])
    return Capacity(draw.choice(NUMBERS), draw.choice(list(CapacityBasis)), stage, phase=draw.choice([None, "one"]))


def _source(number: int, draw: random.Random) -> Source:
    published = draw.choice([None, "2026", "2026-03-02", "2027-01"])
    made = Source(
        f"source-{number}",
        f"https://example.org/{number}",
        draw.choice(TROUBLE),
        draw.choice(list(SourceKind)),
        f"origin-{number % 3}",
        title=draw.choice([None, *TROUBLE]),
        published=PartialDate.read(published) if published else None,
        retrieved=date(2026, 11, 1),
    )
    through = tuple(draw.sample([f"source-{other}" for other in range(7)], draw.randrange(3)))
    return replace(made, read=draw.choice(list(SourceReading)), through=through)


def graph_of(log: StatementLog) -> Graph:
    return project(log, DEFAULT_LENS.on(TODAY))


# ---- random questions

_COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte")
_PLAIN_ENDS = ("_earliest", "_latest", "_sort")
"""Columns that are ASCII: stores order these alike."""


@dataclass(frozen=True)
class RandomQueries:
    """Draws questions that a graph has something to say to."""

    graph: Graph
    _columns: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    _filters: dict[tuple[str, int], st.SearchStrategy[Filter]] = field(default_factory=dict)

    def values(self, label: str) -> Mapping[str, list[Any]]:
        """The columns of a label's rows, with values that occur."""
        if label not in self._columns:
            found = self._columns[label] = {}
            for row in self.graph.rows[label].values():
                for name, value in row.columns.items():
                    found.setdefault(name, []).append(value)
        return self._columns[label]

    def filters(self, label: str, depth: int = 3) -> st.SearchStrategy[Filter]:
        """Kept, because making a strategy takes longer than drawing from it."""
        if (label, depth) not in self._filters:
            self._filters[label, depth] = self._made(label, depth)
        return self._filters[label, depth]

    def _made(self, label: str, depth: int) -> st.SearchStrategy[Filter]:
        leaves = [self._compare(label), self._keyed(label)] if self.graph.rows[label] else []
        leaves += [st.just(And()), st.just(Or()), st.just(Linked())]
        if depth == 0:
            return st.one_of(leaves)
        inner = st.deferred(lambda: self.filters(label, depth - 1))
        parts = st.lists(inner, max_size=3).map(tuple)
        reaching = [*self._refers(label, depth), self.linked(depth - 1)]
        return st.one_of(*leaves, *reaching, inner.map(Not), parts.map(And), parts.map(Or))

    def linked(self, depth: int = 2) -> st.SearchStrategy[Filter]:
        """Through links to what stands at their other end."""
        directions = st.sampled_from([LINKS_OUT, LINKS_IN, LINKS_BOTH])
        links = st.deferred(lambda: self.filters("Link", depth))
        return st.builds(Linked, directions, st.just(And()) | self._ends(depth), st.just(And()) | links)

    def _ends(self, depth: int) -> st.SearchStrategy[Filter]:
        return st.deferred(lambda: st.one_of(self.filters(label, depth) for label in ("Organization", "Site", "Chip")))

    def _refers(self, label: str, depth: int) -> list[st.SearchStrategy[Filter]]:
        properties = link_properties() if label == "Link" else KINDS[label].properties
        names = [given.name for given in properties.values() if isinstance(given.type, Ref | Refs) and given.relation]
        names = [name for name in names if name in self.values(label)]
        return [self._behind(name, depth - 1).map(lambda where, name=name: Refers(name, where)) for name in names]

    def _behind(self, name: str, depth: int) -> st.SearchStrategy[Filter]:
        """Filters of the rows that a property refers to."""
        if name in ("from", "to", "subject", "subjects"):
            return self._ends(depth)
        labels = {
            "site": "Site",
            "part_of": "Site",
            "deal": "Deal",
            "debt": "Debt",
            "source": "Source",
            "chips": "Chip",
            "through": "Source",
        }
        labels |= dict.fromkeys(("secured_by", "covers", "uses", "replaces", "guarantees"), "Link")
        return st.deferred(lambda: self.filters(labels.get(name, "Organization"), depth))

    def _keyed(self, label: str) -> st.SearchStrategy[Filter]:
        keys = st.sampled_from([*self.graph.rows[label], "nowhere", "link-1"])
        one = st.builds(Compare, st.just(KEY_COLUMN), st.sampled_from(["eq", "ne", "startswith", "gt"]), keys)
        return one | st.builds(Compare, st.just(KEY_COLUMN), st.just("in"), st.lists(keys, max_size=3).map(tuple))

    def _compare(self, label: str) -> st.SearchStrategy[Filter]:
        columns = self.values(label)
        return st.sampled_from(sorted(columns)).flatmap(lambda name: _comparison(name, columns[name]))

    def orders(self, label: str) -> st.SearchStrategy[Orders]:
        columns = [name for name, values in self.values(label).items() if _is_orderable(name, values)]
        if not columns:
            return st.just(())
        return st.lists(st.builds(Order, st.sampled_from(sorted(columns)), st.booleans()), max_size=3).map(tuple)

    def queries(self, label: str | None = None) -> st.SearchStrategy[Query]:
        labels = st.just(label) if label else st.sampled_from(LABELS)
        return labels.flatmap(lambda one: st.builds(Query, st.just(one), self.filters(one), self.orders(one)))

    def pages(self, query: Query) -> st.SearchStrategy[Page]:
        cursors = st.none() | self.cursors(query)
        sizes = st.integers(1, 8)
        forward = st.builds(Page, first=sizes, after=cursors, last=st.none(), before=cursors)
        return forward | st.builds(Page, first=st.none(), after=cursors, last=sizes, before=cursors)

    def cursors(self, query: Query) -> st.SearchStrategy[Cursor]:
        """Of rows that are there, and of rows that are not any more."""
        rows = list(self.graph.rows[query.label].values())
        if not rows:
            return st.just(Cursor(tuple(None for _ in query.orders), "gone"))
        there = st.sampled_from(rows).map(lambda row: cursor_of(row, query.orders))
        other_keys = st.sampled_from(["", "a", "link-15x", "zz"])
        gone = st.builds(lambda one, key: Cursor(one.values, key), there, other_keys)
        mixed = st.builds(lambda one, other: Cursor((*one.values[:1], *other.values[1:]), one.key), there, there)
        return st.one_of(there, gone, mixed)

    def relations(self) -> st.SearchStrategy[tuple[Relation, tuple[str, ...]]]:
        keys = sorted({*NOWHERE, *(key for rows in self.graph.rows.values() for key in rows)})
        return st.sampled_from(RELATIONS).flatmap(
            lambda relation: st.tuples(
                st.just(relation), st.lists(st.sampled_from(self._parents(relation, keys)), max_size=12).map(tuple)
            )
        )

    def _parents(self, relation: Relation, keys: Sequence[str]) -> Sequence[str]:
        """Mostly keys that have children."""
        found = {parent for row in self.graph.rows[relation.label].values() for parent in relation.parents(row)}
        return sorted(found) + list(keys[:5])


def _is_orderable(name: str, values: Sequence[Any]) -> bool:
    if any(isinstance(value, list) for value in values):
        return False
    return all(not isinstance(value, str) or value.isascii() for value in values) or name.endswith(_PLAIN_ENDS)


def _comparison(name: str, values: Sequence[Any]) -> st.SearchStrategy[Filter]:
    there = st.sampled_from(values)
    missing = st.builds(Compare, st.just(name), st.just("isnull"), st.booleans())
    if isinstance(values[0], list):
        return missing | _list_comparison(name, sorted({item for value in values for item in value}))
    if isinstance(values[0], bool):
        return missing | st.builds(Compare, st.just(name), st.sampled_from(["eq", "ne"]), there)
    if isinstance(values[0], str):
        return missing | _text_comparison(name, values)
    numbers = there | st.sampled_from([*NUMBERS, 2**53 + 1, 2**63, -(2**70), 10**400])
    several = st.builds(Compare, st.just(name), st.just("in"), st.lists(numbers, max_size=3).map(tuple))
    return missing | several | st.builds(Compare, st.just(name), st.sampled_from(_COMPARISONS), numbers)


def _list_comparison(name: str, items: Sequence[str]) -> st.SearchStrategy[Filter]:
    known = st.sampled_from([*items, "nothing"])
    return st.one_of(
        st.builds(Compare, st.just(name), st.just("has"), known),
        st.builds(Compare, st.just(name), st.just("hasany"), st.lists(known, max_size=3).map(tuple)),
        st.builds(Compare, st.just(name), st.just("hascontaining"), known.map(lambda text: text[:2])),
    )


def _text_comparison(name: str, values: Sequence[str]) -> st.SearchStrategy[Filter]:
    texts = st.sampled_from([*values, *TROUBLE])
    found: list[st.SearchStrategy[Filter]] = [
        st.builds(Compare, st.just(name), st.sampled_from(["eq", "ne"]), texts),
        st.builds(Compare, st.just(name), st.just("in"), st.lists(texts, max_size=3).map(tuple)),
    ]
    if name.endswith("_fold"):
        parts = st.builds(
            lambda text, start, length: text[start : start + length], texts, st.integers(0, 2), st.integers(0, 3)
        )
        operators = st.sampled_from(["contains", "startswith"])
        found.append(st.builds(lambda op, part: text_filter(name.removesuffix("_fold"), op, part), operators, parts))
    if name.endswith(_PLAIN_ENDS):
        found.append(st.builds(Compare, st.just(name), st.sampled_from(_COMPARISONS), st.sampled_from(values)))
    return st.one_of(found)


SEARCHES = st.one_of(
    st.sampled_from(TROUBLE),
    st.sampled_from(["org", "site chip", "o 1", "ss", "ÉTOILE", "corp étoile", "nothing at all", "1"]),
)
