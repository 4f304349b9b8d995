"""What is known about one row, as counts: its links by what they say of it, and how deep the evidence goes.

In an ID `known,about=hut8:what=provides:count`. Pages take their sections and counts from here, so that a count of a
page has an address like any other number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.analytics.contracts.debt import debt_profile
from graph.analytics.core.facts import Facts
from graph.analytics.core.parameters import Parameter
from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.comparison.conflicts import conflicts_of, slot_of
from graph.comparison.standing import standing_of
from graph.publication.sources import Compute, count_method
from graph.stores.base import Reader, Store
from graph.vocabulary.enums import Reliability
from graph.vocabulary.model import NAMED_BY_LINKS, TYPE_COLUMN, Row
from graph.vocabulary.values import PartialDate

KNOWN = "known"
"""What an ID calls it."""
WHAT, COUNT = "what", "count"
_ABOUT = Parameter("The key of a row: what is known about it.", name="about", type=str)

# ---- links by what they say of a row


@dataclass(frozen=True, slots=True)
class LinksAround:
    """The links of an organization: from it, to it, those that bring power to its sites, and guarantees of what it
    owes."""

    out: Sequence[Row]
    into: Sequence[Row]
    at_sites: Sequence[Row] = ()
    obliged: Sequence[Row] = ()

    @property
    def every(self) -> Mapping[str, Row]:
        return {link.key: link for link in (*self.out, *self.into, *self.at_sites)}


def of_types(links: Iterable[Row], *types: str) -> list[Row]:
    return [link for link in links if link.columns[TYPE_COLUMN] in types]


def _guarantees(around: LinksAround) -> list[Row]:
    both = of_types((*around.out, *around.into), "GUARANTEES")
    named = {link.key for link in both}
    return [*both, *(link for link in around.obliged if link.key not in named)]


SECTIONS: Mapping[str, Callable[[LinksAround], list[Row]]] = {
    "provides": lambda of: of_types(of.out, "PROVIDES_CAPACITY"),
    "takes": lambda of: of_types(of.into, "PROVIDES_CAPACITY"),
    "supplied-by": lambda of: of_types((*of.into, *of.at_sites), "SUPPLIES", "SUPPLIES_POWER"),
    "supplies": lambda of: of_types(of.out, "SUPPLIES", "SUPPLIES_POWER"),
    "money-in": lambda of: of_types(of.into, "INVESTS_IN", "LENDS_TO"),
    "money-out": lambda of: of_types(of.out, "INVESTS_IN", "LENDS_TO"),
    "guarantees": _guarantees,
    "owns": lambda of: of_types(of.out, "OWNS", "ACQUIRES"),
    "owners": lambda of: of_types(of.into, "OWNS", "ACQUIRES"),
    "partners": lambda of: of_types((*of.out, *of.into), "PARTNERS_WITH"),
}
"""The links of an organization by section of its page."""
_RUN = ("OWNS", "OPERATES", "ACQUIRES")
SECTIONS_OF: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Site": {"contracts": ("PROVIDES_CAPACITY",), "run": _RUN, "power": ("SUPPLIES_POWER",)},
    "Chip": {"contracts": ("PROVIDES_CAPACITY",), "supplies": ("SUPPLIES",), "made": ("MAKES", "FABRICATES")},
    "Debt": {"loans": ("LENDS_TO",)},
}
"""The types of the links of other rows by section of their pages; what is left is `others`."""


def sites_of(around: LinksAround, labels: Callable[[str], str]) -> list[str]:
    """The sites that it runs or owns."""
    ends = dict.fromkeys(link.columns["to"] for link in of_types(around.out, "OPERATES", "OWNS"))
    return [key for key in ends if labels(key) == "Site"]


def chips_of(around: LinksAround) -> list[str]:
    """The chips that it makes, and those of its contracts and supplies."""
    links = (*around.out, *around.into)
    named = dict.fromkeys(key for link in links for key in link["chips"] or ())
    made = dict.fromkeys(link.columns["to"] for link in of_types(around.out, "MAKES", "FABRICATES"))
    return list(named | made)


def counterparties_of(around: LinksAround, labels: Callable[[str], str]) -> list[str]:
    """The organizations at the other ends of its links."""
    ends = {link.columns["to"] for link in around.out} | {link.columns["from"] for link in around.into}
    return sorted(key for key in ends if labels(key) == "Organization")


# ---- how deep the evidence goes


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """Counts over the properties that statements say: by independent origins of what is shown, and of sources by kind
    and reliability. `newest`: the day of the newest source."""

    properties: int
    statements: int
    sources: int
    one: int
    two: int
    more: int
    low_reliability: int
    kinds: Sequence[tuple[str, int]]
    newest: PartialDate | None

    def named(self) -> Iterator[tuple[str, int]]:
        """Each count by what an ID calls it."""
        for name in ("properties", "statements", "sources", "low_reliability"):
            yield name, getattr(self, name)
        for name in ("one", "two", "more"):
            yield f"of_{name}_origin", getattr(self, name)
        for kind, count in self.kinds:
            yield f"kind_{kind}", count


def evidence_counts(counted: Iterable[Sequence[Row]], sources: Mapping[str, Row]) -> EvidenceCounts:
    """Over the statements that count, property by property."""
    origins: list[int] = []
    cited: set[str] = set()
    statements = 0
    for rows in counted:
        statements += len(rows)
        cited.update([row.columns["source"] for row in rows])
        chosen = [row.columns["source"] for row in rows if row.columns["chosen"]]
        several = len(chosen) > 1
        origins.append(len({sources[one].columns["origin"] for one in chosen}) if several else len(chosen))
    rows_cited = [sources[key] for key in sorted(cited)]
    published = [row["published"] for row in rows_cited if row["published"]]
    return EvidenceCounts(
        properties=len(origins),
        statements=statements,
        sources=len(rows_cited),
        one=sum(count <= 1 for count in origins),
        two=sum(count == 2 for count in origins),
        more=sum(count > 2 for count in origins),
        low_reliability=sum(row["reliability"] is Reliability.LOW for row in rows_cited),
        kinds=Counter(row.columns["kind"] for row in rows_cited).most_common(),
        newest=max(published, key=lambda one: one.earliest, default=None),
    )


# ---- all of it


@dataclass(frozen=True)
class KnownRow:
    """All rows that are about one, found among all facts: for what is opened once, not for pages."""

    facts: Facts
    key: str
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Sequence[str]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.label_of(self.key)

    def label_of(self, key: str) -> str:
        for label, rows in (
            ("Link", self.facts.snapshot.links),
            ("Observation", self.facts.observations),
            ("Source", self.facts.sources),
        ):
            if key in rows:
                return label
        row = self.facts.snapshot.entities.get(key)
        return row.label if row else ""

    def add(self, what: str, keys: Collection[str]) -> None:
        self.counts[what], self.rows[what] = len(keys), sorted(keys)

    def links_naming(self, *columns: str) -> list[Row]:
        links = self.facts.snapshot.links
        return [links[key] for key in sorted(links) if self.key in links[key].keys_in(set(columns or NAMED_BY_LINKS))]

    def statements_about(self, subjects: Collection[str]) -> Mapping[tuple[str, str], list[Row]]:
        """By subject and property, the best first."""
        by_property: dict[tuple[str, str], list[Row]] = {}
        about = [row for row in self.facts.statements.values() if row.columns["subject"] in subjects]
        for row in sorted(about, key=lambda row: (row.columns["place"], row.key)):
            by_property.setdefault((row.columns["subject"], row.columns["property"]), []).append(row)
        return by_property


def known_counts(facts: Facts, key: str) -> KnownRow:
    """Counts by what they count, and of links the rows."""
    known = KnownRow(facts, key)
    if known.label == "Source":
        _count_said(known)
    elif known.label:
        _count_around(known)
    return known


def _count_around(known: KnownRow) -> None:
    facts, key, entities = known.facts, known.key, known.facts.snapshot.entities
    observations = [row.key for row in facts.observations.values() if row.columns["subject"] == key]
    known.add("observations", observations)
    known.add("events", [row.key for row in entities.values() if row.label == "Event" and key in row["subjects"]])
    subjects = {key, *observations, *_links_around(known)}
    stated = known.statements_about(subjects)
    counted = [list(filter(_counts, rows)) for rows in stated.values()]
    depth = evidence_counts(filter(None, counted), facts.sources)
    known.counts.update(depth.named())
    conflicts = [one for rows in counted for one in conflicts_of(rows)]
    known.counts["conflicts"] = len(conflicts)
    known.counts["unsettled_conflicts"] = sum(not one.is_settled for one in conflicts)
    own = [row for (subject, _), rows in stated.items() if subject == key for row in rows]
    known.counts["own_properties"] = len({slot_of(row) for row in own})
    known.counts["own_statements"] = len(own)
    known.counts["own_sources"] = len({row.columns["source"] for row in own})


def _counts(statement: Row) -> bool:
    return bool(statement.columns["counted"])


def _links_around(known: KnownRow) -> set[str]:
    """Counts the links by section; the keys of what is around the row and has statements."""
    if known.label == "Organization":
        return _around_organization(known)
    links = known.links_naming()
    _count_sections(known, links)
    every = {link.key for link in links}
    if known.label == "Debt":
        secured = known.facts.snapshot.entities[known.key]["secured_by"] or ()
        known.add("security", [key for key in secured if key in known.facts.snapshot.links])
        every.update(known.rows["security"])
    known.add("links", every)
    known.counts["parties"] = len({link.columns[end] for link in links for end in ("from", "to")})
    return every


def _count_sections(known: KnownRow, links: Sequence[Row]) -> None:
    sections = SECTIONS_OF.get(known.label, {})
    for what, types in sections.items():
        known.add(what, {link.key for link in of_types(links, *types)})
    counted = {one for types in sections.values() for one in types}
    known.add("others", {link.key for link in links if link.columns[TYPE_COLUMN] not in counted})
    for type_, of_type in Counter(link.columns[TYPE_COLUMN] for link in links).items():
        known.counts[section_of_type(type_)] = of_type


def section_of_type(type_: str) -> str:
    """What an ID calls the links of a type."""
    return type_.lower().replace("_", "-")


def _around_organization(known: KnownRow) -> set[str]:
    facts, key = known.facts, known.key
    both = known.links_naming("from", "to")
    out = [link for link in both if link.columns["from"] == key]
    into = [link for link in both if link.columns["to"] == key]
    run = {link.columns["to"] for link in of_types(out, "OPERATES", "OWNS")}
    links = facts.snapshot.links.values()
    power = [link for link in of_types(links, "SUPPLIES_POWER") if link.columns["to"] in run]
    obliged = [link for link in of_types(links, "GUARANTEES") if link.columns.get("guaranteed_obligor") == key]
    around = LinksAround(out, into, power, obliged)
    for what, of_section in SECTIONS.items():
        known.add(what, [link.key for link in of_section(around)])
    known.add("sites", sites_of(around, known.label_of))
    known.add("chips", chips_of(around))
    known.add("links", [*(link.key for link in out), *(link.key for link in into)])
    parties = counterparties_of(around, known.label_of)
    known.add("counterparties", parties)
    known.add("unnamed_counterparties", [one for one in parties if one in facts.snapshot.placeholders])
    debts = [row.key for row in facts.snapshot.entities.values() if row.columns.get("issuer") == key]
    known.add("debts", debts)
    profile = debt_profile(facts.snapshot, group_by=(), issuer=key)
    known.add("outstanding_debts", {debt.key for part in profile.rows for debt in part.debts})
    return {*around.every, *debts}


def _count_said(known: KnownRow) -> None:
    """Of a source: its statements, and what became of them."""
    said = [row for row in known.facts.statements.values() if row.columns["source"] == known.key]
    known.counts["said"] = len(said)
    known.counts["said_of"] = len({row.columns["subject"] for row in said})
    known.counts.update(Counter(standing_of(row).code for row in said))


# ---- as a source of tables


@dataclass(frozen=True, slots=True)
class KnownCounts:
    """The counts as a source of tables."""

    doc: str = "How much is known about a row: its links by what they say of it, and what they rest on."
    parameters: Sequence[Parameter] = (_ABOUT,)

    def long(self, inputs: Mapping[str, object]) -> bool:
        return False

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, object], compute: Compute) -> Table:
        key = str(inputs[_ABOUT.name])
        known: KnownRow = await compute.work(reader, (KNOWN, key), lambda facts: known_counts(facts, key), long=False)
        rows: list[TableRow] = [
            {WHAT: what, COUNT: count, "rows": tuple(known.rows.get(what, ()))} for what, count in known.counts.items()
        ]
        columns = (TableColumn(WHAT, identifies=True), TableColumn(COUNT), TableColumn("rows", refers_to="Link"))
        title = f"Known about {known.facts.footnotes.name(key)}"
        return Table(title, columns, rows, count_method(reader, inputs), key=(WHAT,), footnotes=known.facts.footnotes)
